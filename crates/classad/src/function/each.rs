//! `evalInEachContext` and `countMatches`: an expression in each ad of a list.

use super::Call;
use crate::eval::{Done, Found};
use crate::expr::Expr;
use crate::scope::Scope;
use crate::value::{List, Value};
use std::sync::Arc;

pub(super) fn run(call: &mut Call<'_>) -> Done {
    let counts = call.name == "countmatches";
    let [expr, ads] = call.arguments else { return Ok(Value::Error) };
    // A name that is known here stands for its expression, which then sees the ads of the list.
    let known = match (expr, call.scope) {
        (Expr::Attribute { base: None, name, .. }, Some(scope)) => Some(call.evaluation.find_far(scope, name)),
        (Expr::Attribute { base: Some(base), name, .. }, scope) => match call.evaluation.contained(base, scope)? {
            Value::Ad(ad) => Some(call.evaluation.find(&ad, name)),
            _ => None,
        },
        _ => None,
    };
    let holder = match known {
        Some(Found::Attribute(scope, at)) => Some((scope, at)),
        _ => None,
    };
    let expr = holder.as_ref().and_then(|(scope, at)| scope.ad().at(*at)).unwrap_or(expr);
    // And the list is looked for where the name was found.
    let scope = holder.as_ref().map(|(scope, _)| scope).or(call.scope);
    let list = match ads {
        // Ads that are written out here stand here all the same.
        Expr::List(items) => Value::List(List { items: Arc::clone(items), scope: call.scope.cloned(), made: false }),
        other => call.evaluation.contained(other, scope)?,
    };
    let list = match list {
        Value::List(list) => list,
        Value::Undefined => return Ok(if counts { Value::Integer(0) } else { Value::Undefined }),
        _ => return Ok(Value::Error),
    };
    let values = evaluate(call, expr, &list, scope)?;
    if counts {
        return Ok(Value::Integer(values.iter().filter(|v| v.truth() == Some(true)).count() as i64));
    }
    Ok(Value::list(values))
}

fn evaluate(
    call: &mut Call<'_>,
    expr: &Expr,
    list: &List,
    scope: Option<&Scope>,
) -> Result<Vec<Value>, crate::Failure> {
    let mut values = Vec::with_capacity(list.items.len());
    for item in list.items.iter() {
        values.push(match call.evaluation.element(list, item, scope)? {
            Value::Ad(ad) => call.evaluation.in_each(expr, ad)?.into_element(),
            Value::Undefined => Value::Undefined,
            _ => Value::Error,
        });
    }
    Ok(values)
}
