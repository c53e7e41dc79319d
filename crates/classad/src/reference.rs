//! Which names an expression refers to.

use crate::eval::{Evaluation, Found};
use crate::expr::Expr;
use crate::name::{Name, Special};
use crate::scope::Scope;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The names that `expr` needs, through the attributes it refers to, and that no ad around it has; alphabetically,
/// without `TARGET.` before them.
pub(crate) fn unresolved(evaluation: &mut Evaluation, expr: &Expr, scope: &Scope) -> Result<Vec<Name>, crate::Failure> {
    let mut names = BTreeMap::new();
    let mut seen = BTreeSet::new();
    walk(evaluation, expr, scope, &mut seen, &mut names)?;
    Ok(names.into_values().collect())
}

fn walk(
    evaluation: &mut Evaluation,
    expr: &Expr,
    scope: &Scope,
    seen: &mut BTreeSet<usize>,
    names: &mut BTreeMap<String, Name>,
) -> Result<(), crate::Failure> {
    evaluation.spend(1)?;
    let mut external = |text: &str| {
        let name = if text.to_ascii_lowercase().starts_with("target.") { &text[7..] } else { text };
        // In the order of the whole text.
        names.insert(text.to_ascii_lowercase(), Name::new(name));
    };
    let Expr::Attribute { base, name, .. } = expr else {
        for child in expr.children() {
            walk(evaluation, child, scope, seen, names)?;
        }
        return Ok(());
    };
    let found = match base {
        None => evaluation.find(scope, name),
        Some(base) => match evaluation.contained(base, Some(scope))? {
            Value::Ad(ad) => evaluation.find(&ad, name),
            Value::Undefined => {
                external(&format!("{base}.{name}"));
                return Ok(());
            }
            _ => return Ok(()),
        },
    };
    match found {
        Found::Attribute(holder, at) => match holder.ad().at(at) {
            Some(expr) if seen.insert(std::ptr::from_ref(expr).addr()) => walk(evaluation, expr, &holder, seen, names),
            _ => Ok(()),
        },
        Found::Nothing => {
            external(name.as_str());
            Ok(())
        }
        Found::Ad(_) | Found::Now => Ok(()),
    }
}

/// Adds all names in an expression, of whatever ad they are. False if it may look at attributes that it does not name:
/// by a computed name, by text that is evaluated, or because it takes a whole ad as a value.
pub(crate) fn named(expr: &Expr, names: &mut BTreeSet<Name>) -> bool {
    match expr {
        Expr::Attribute { base, name, .. } => {
            let whole = |name: &Name| name.special().is_some_and(|special| special != Special::CurrentTime);
            names.insert(name.clone());
            match base.as_deref() {
                None => !whole(name),
                // `MY.x` and `TARGET.x` name x and nothing else.
                Some(Expr::Attribute { base: None, name: side, .. }) if whole(side) && !whole(name) => {
                    names.insert(side.clone());
                    true
                }
                Some(base) => named(base, names) && !whole(name),
            }
        }
        Expr::Call(callee, arguments) => {
            let by_text = matches!(callee.name().key(), "eval" | "unparse" | "unresolved");
            !by_text && arguments.iter().all(|argument| named(argument, names))
        }
        Expr::Subscript(base, index) => {
            // The elements of a list have no names; those of an ad in an attribute are in its expression.
            named(base, names) && named(index, names)
        }
        other => other.children().into_iter().all(|child| named(child, names)),
    }
}
