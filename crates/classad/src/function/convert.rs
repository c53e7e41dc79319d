//! Types: asking for them, changing them; and the functions that look at expressions instead of values.

use super::Call;
use super::pattern;
use crate::error::Failure;
use crate::eval::{Done, Found};
use crate::expr::Expr;
use crate::name::Name;
use crate::parser;
use crate::print::{self, Style};
use crate::reference;
use crate::value::Value;

/// The value of the only argument.
fn only(call: &mut Call<'_>) -> Result<Option<Value>, Failure> {
    if call.count() == 1 { call.argument(0).map(Some) } else { Ok(None) }
}

/// `debug(e)`: the value of `e`; what it is made of is not printed anywhere.
pub(super) fn same(call: &mut Call<'_>) -> Done {
    Ok(only(call)?.unwrap_or(Value::Error))
}

pub(super) fn is_type(call: &mut Call<'_>) -> Done {
    let Some(value) = only(call)? else { return Ok(Value::Error) };
    Ok(Value::Boolean(match call.name {
        "isundefined" => value.is_undefined(),
        "iserror" => value.is_error(),
        "isboolean" => matches!(value, Value::Boolean(_)),
        "isinteger" => matches!(value, Value::Integer(_)),
        "isreal" => matches!(value, Value::Real(_)),
        "isstring" => matches!(value, Value::String(_)),
        "isabstime" => matches!(value, Value::AbsTime { .. }),
        "isreltime" => matches!(value, Value::RelTime(_)),
        "islist" => matches!(value, Value::List(_)),
        _ => matches!(value, Value::Ad(_)),
    }))
}

pub(super) fn integer(call: &mut Call<'_>) -> Done {
    let Some(value) = only(call)? else { return Ok(Value::Error) };
    Ok(value.to_integer().map_or_else(|why| why, Value::Integer))
}

pub(super) fn real(call: &mut Call<'_>) -> Done {
    let Some(value) = only(call)? else { return Ok(Value::Error) };
    Ok(value.to_real().map_or_else(|why| why, Value::Real))
}

pub(super) fn string(call: &mut Call<'_>) -> Done {
    let Some(value) = only(call)? else { return Ok(Value::Error) };
    match value.to_text() {
        Ok(text) => call.text(text),
        Err(why) => Ok(why),
    }
}

pub(super) fn boolean(call: &mut Call<'_>) -> Done {
    let Some(value) = only(call)? else { return Ok(Value::Error) };
    Ok(match &value {
        Value::String(text) if text.eq_ignore_ascii_case("true") => Value::Boolean(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Value::Boolean(false),
        Value::String(_) | Value::Undefined => Value::Undefined,
        Value::RelTime(seconds) => Value::Boolean(seconds.trunc() != 0.0),
        other => other.truth().map_or(Value::Error, Value::Boolean),
    })
}

pub(super) fn if_then_else(call: &mut Call<'_>) -> Done {
    let [_, yes, no] = call.arguments else { return Ok(Value::Error) };
    let condition = call.argument(0)?;
    call.evaluation.choose(&condition, yes, no, call.scope)
}

/// `eval(text)`: the text as an expression in the same place.
pub(super) fn eval(call: &mut Call<'_>) -> Done {
    let Some(value) = only(call)? else { return Ok(Value::Error) };
    let Ok(text) = value.to_text() else { return Ok(Value::Error) };
    call.evaluation.spend(text.len() as u64 / 8)?;
    match parser::parse(&text) {
        Ok(expr) => call.evaluation.eval(&expr, call.scope),
        Err(_) => Ok(Value::Error),
    }
}

/// `unparse(attribute)`: the text of its expression, empty if this very ad has none.
pub(super) fn unparse(call: &mut Call<'_>) -> Done {
    let [reference @ Expr::Attribute { .. }] = call.arguments else { return Ok(Value::Error) };
    // What is looked up is the reference as it is written, so `a.b` is found only if an attribute is called that.
    let name = Name::new(&print::expr(reference, Style::PRETTY));
    let text = call.scope.and_then(|scope| scope.ad().get(&name)).map(|expr| print::expr(expr, Style::PRETTY));
    call.text(text.unwrap_or_default())
}

/// `unresolved(attribute)`: the names in its expression that this ad does not know, or whether a pattern is in one.
pub(super) fn unresolved(call: &mut Call<'_>) -> Done {
    let (Some(Expr::Attribute { base, name, .. }), Some(scope), 1..=2) =
        (call.arguments.first(), call.scope, call.count())
    else {
        return Ok(if call.count() == 1 && matches!(call.arguments[0], Expr::Attribute { .. }) {
            Value::Undefined
        } else {
            Value::Error
        });
    };
    let known = match base {
        None => call.evaluation.find_far(scope, name),
        Some(base) => match call.evaluation.eval(base, Some(scope))? {
            Value::Ad(ad) => call.evaluation.find(&ad, name),
            // What is taken out of each element has no names any more.
            Value::List(_) if call.count() == 1 => return Ok(Value::string("")),
            Value::List(_) => return Ok(Value::Boolean(false)),
            _ => return Ok(Value::Undefined),
        },
    };
    let Found::Attribute(holder, found) = known else { return Ok(Value::Undefined) };
    let Some(expr) = holder.ad().at(found) else { return Ok(Value::Undefined) };
    let names = reference::unresolved(call.evaluation, expr, &holder)?;
    if call.count() == 1 {
        let names: Vec<&str> = names.iter().map(Name::as_str).collect();
        return call.text(names.join(","));
    }
    let Value::String(pattern) = call.argument(1)? else {
        return Err(Failure::Call { function: "unresolved", why: "takes a pattern as its second argument" });
    };
    pattern::any(call, &pattern, names.iter().map(Name::as_str))
}

/// `userHome(user, default)`: the default. Whose home is where is a matter of one machine, and not of expressions.
pub(super) fn user_home(call: &mut Call<'_>) -> Done {
    if !matches!(call.count(), 1 | 2) {
        return Err(Failure::Call { function: "userHome", why: "takes a name and perhaps a default" });
    }
    let (user, default) = (call.argument(0)?, call.argument(1)?);
    Ok(match (user, default) {
        (_, Value::String(text)) if !text.is_empty() => Value::String(text),
        (Value::String(_) | Value::Undefined, _) => Value::Undefined,
        _ => Value::Error,
    })
}

/// `userMap(map, user, preferred, default)`: there are no maps, so it is the default.
pub(super) fn user_map(call: &mut Call<'_>) -> Done {
    let values = call.all()?;
    Ok(match &values[..] {
        [_, _, _, default] => default.clone(),
        [_, _] | [_, _, _] => Value::Undefined,
        _ => Value::Error,
    })
}
