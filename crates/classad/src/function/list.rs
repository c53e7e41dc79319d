//! Lists: members, sizes, sums, extremes, comparisons.

use super::Call;
use crate::eval::Done;
use crate::expr::BinaryOp;
use crate::operator;
use crate::value::{List, Value};

/// The only argument, a list; or what the function gives instead.
fn only_list(call: &mut Call<'_>) -> Result<Result<List, Value>, crate::Failure> {
    if call.count() != 1 {
        return Ok(Err(Value::Error));
    }
    Ok(match call.argument(0)? {
        Value::List(list) => Ok(list),
        Value::Undefined => Err(Value::Undefined),
        _ => Err(Value::Error),
    })
}

pub(super) fn member(call: &mut Call<'_>) -> Done {
    let identical = call.name == "identicalmember";
    if call.count() != 2 {
        return Ok(Value::Error);
    }
    let (value, list) = (call.argument(0)?, call.argument(1)?);
    if list.is_undefined() || !identical && value.is_undefined() {
        return Ok(Value::Undefined);
    }
    let Value::List(list) = list else { return Ok(Value::Error) };
    if matches!(value, Value::List(_) | Value::Ad(_)) || !identical && value.is_error() {
        return Ok(Value::Error);
    }
    let op = if identical { BinaryOp::Is } else { BinaryOp::Equal };
    for item in list.items.iter() {
        let element = call.evaluation.element(&list, item, call.scope)?;
        if operator::binary(op, &element, &value) == Value::Boolean(true) {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(Value::Boolean(false))
}

pub(super) fn size(call: &mut Call<'_>) -> Done {
    if call.count() != 1 {
        return Ok(Value::Error);
    }
    Ok(match call.argument(0)? {
        Value::Undefined => Value::Undefined,
        Value::List(list) => Value::Integer(list.items.len() as i64),
        Value::Ad(ad) => Value::Integer(ad.ad().len() as i64),
        Value::String(text) => Value::Integer(text.len() as i64),
        _ => Value::Error,
    })
}

/// The elements that are numbers; undefined ones are passed over. `None` if one is neither.
fn numbers(call: &mut Call<'_>, list: &List) -> Result<Option<Vec<Value>>, crate::Failure> {
    let mut numbers = Vec::new();
    for item in list.items.iter() {
        match call.evaluation.element(list, item, call.scope)? {
            Value::Undefined => {}
            number @ (Value::Integer(_) | Value::Real(_) | Value::Boolean(_)) => numbers.push(number),
            _ => return Ok(None),
        }
    }
    Ok(Some(numbers))
}

pub(super) fn sum(call: &mut Call<'_>) -> Done {
    let list = match only_list(call)? {
        Ok(list) => list,
        Err(instead) => return Ok(instead),
    };
    let Some(numbers) = numbers(call, &list)? else { return Ok(Value::Error) };
    let count = numbers.len();
    let sum = numbers.into_iter().reduce(|a, b| operator::binary(BinaryOp::Add, &a, &b)).unwrap_or(Value::Integer(0));
    Ok(match call.name {
        "avg" if count > 0 => operator::binary(BinaryOp::Divide, &sum, &Value::Real(count as f64)),
        _ => sum,
    })
}

pub(super) fn extreme(call: &mut Call<'_>) -> Done {
    let list = match only_list(call)? {
        Ok(list) => list,
        Err(instead) => return Ok(instead),
    };
    let Some(numbers) = numbers(call, &list)? else { return Ok(Value::Error) };
    let op = if call.name == "min" { BinaryOp::Less } else { BinaryOp::Greater };
    let better = |best: Value, next: Value| {
        // Comparing makes numbers of one type of both, and the greater or lesser one stays so.
        let (best, next) = alike(best, next);
        match operator::binary(op, &next, &best) {
            Value::Boolean(true) => next,
            _ => best,
        }
    };
    Ok(numbers.into_iter().reduce(better).unwrap_or(Value::Undefined))
}

fn alike(a: Value, b: Value) -> (Value, Value) {
    let real = |value: &Value| value.as_number().map_or(Value::Error, Value::Real);
    let whole = |value: Value| match value {
        Value::Boolean(b) => Value::Integer(i64::from(b)),
        other => other,
    };
    match (&a, &b) {
        (Value::Real(_), _) | (_, Value::Real(_)) => (real(&a), real(&b)),
        _ => (whole(a), whole(b)),
    }
}

pub(super) fn compare(call: &mut Call<'_>) -> Done {
    let all = call.name == "allcompare";
    if call.count() != 3 {
        return Ok(Value::Error);
    }
    let op = match call.argument(0)? {
        Value::Undefined => return Ok(Value::Undefined),
        Value::String(symbol) => match &*symbol {
            "<" => BinaryOp::Less,
            "<=" => BinaryOp::LessEqual,
            "!=" => BinaryOp::NotEqual,
            "==" => BinaryOp::Equal,
            ">" => BinaryOp::Greater,
            ">=" => BinaryOp::GreaterEqual,
            "is" => BinaryOp::Is,
            "isnt" => BinaryOp::Isnt,
            _ => return Ok(Value::Error),
        },
        _ => return Ok(Value::Error),
    };
    let list = match call.argument(1)? {
        Value::List(list) => list,
        Value::Undefined => return Ok(Value::Undefined),
        _ => return Ok(Value::Error),
    };
    let value = call.argument(2)?;
    for item in list.items.iter() {
        let element = call.evaluation.element(&list, item, call.scope)?;
        match operator::binary(op, &element, &value) {
            Value::Boolean(holds) if holds == all => {}
            Value::Boolean(holds) => return Ok(Value::Boolean(holds)),
            // An undefined comparison ends the walk and does not count.
            Value::Undefined => return Ok(Value::Boolean(false)),
            _ => return Ok(Value::Error),
        }
    }
    Ok(Value::Boolean(all))
}
