//! Lists written as one text, with delimiters between the items.

use super::{Call, worst};
use crate::eval::Done;
use crate::number;
use crate::value::Value;

/// The items, without the blanks around them; empty ones do not count.
pub(super) fn items<'t>(text: &'t str, delimiters: &str) -> Vec<&'t str> {
    let blank = |c: char| c.is_ascii_whitespace() || c == '\u{b}';
    text.split(|c| delimiters.contains(c))
        .map(|item| item.trim_matches(blank))
        .filter(|item| !item.is_empty())
        .collect()
}

/// One or two texts, the second one the delimiters.
fn text_and_delimiters(call: &mut Call<'_>) -> Result<Option<Vec<Value>>, crate::Failure> {
    if !matches!(call.count(), 1 | 2) {
        return Ok(None);
    }
    let mut values = call.all()?;
    if values.len() == 1 {
        values.push(Value::string(", "));
    }
    Ok(values.iter().all(|v| v.as_str().is_some()).then_some(values))
}

pub(super) fn size(call: &mut Call<'_>) -> Done {
    let Some(values) = text_and_delimiters(call)? else { return Ok(Value::Error) };
    let [Some(text), Some(delimiters)] = [values[0].as_str(), values[1].as_str()] else { return Ok(Value::Error) };
    Ok(Value::Integer(items(text, delimiters).len() as i64))
}

pub(super) fn summary(call: &mut Call<'_>) -> Done {
    let Some(values) = text_and_delimiters(call)? else { return Ok(Value::Error) };
    let [Some(text), Some(delimiters)] = [values[0].as_str(), values[1].as_str()] else { return Ok(Value::Error) };
    let items = items(text, delimiters);
    if items.is_empty() {
        return Ok(if matches!(call.name, "stringlistsum" | "stringlistavg") {
            Value::Real(0.0)
        } else {
            Value::Undefined
        });
    }
    // The bounds are HTCondor's: the greatest and the least positive single precision number.
    let mut result = match call.name {
        "stringlistmin" => f64::from(f32::MAX),
        "stringlistmax" => f64::from(f32::MIN_POSITIVE),
        _ => 0.0,
    };
    let mut whole = true;
    for item in &items {
        let Some(number) = number::leading_real(item) else { return Ok(Value::Error) };
        whole &= item.bytes().all(|b| b.is_ascii_digit() || b == b'+' || b == b'-');
        result = match call.name {
            "stringlistmin" if number < result => number,
            "stringlistmax" if number > result => number,
            "stringlistmin" | "stringlistmax" => result,
            _ => number + result,
        };
    }
    if call.name == "stringlistavg" {
        result /= items.len() as f64;
    }
    Ok(if whole { Value::Integer(number::truncate(result)) } else { Value::Real(result) })
}

/// An item or a list, a list and perhaps delimiters; `Err` is what the function gives instead.
fn two_and_delimiters(call: &mut Call<'_>) -> Result<Result<[Value; 3], Value>, crate::Failure> {
    if !matches!(call.count(), 2 | 3) {
        return Ok(Err(Value::Error));
    }
    let (first, list, delimiters) = (call.argument(0)?, call.argument(1)?, call.argument(2)?);
    let text = |value: &Value| matches!(value, Value::String(_) | Value::Undefined);
    if !(text(&first) && text(&list) && text(&delimiters)) {
        return Ok(Err(Value::Error));
    }
    if first.is_undefined() && list.is_undefined() {
        return Ok(Err(Value::Undefined));
    }
    Ok(Ok([first, list, delimiters]))
}

const DELIMITERS: &str = ", \t\r\n";

pub(super) fn member(call: &mut Call<'_>) -> Done {
    let [item, list, delimiters] = match two_and_delimiters(call)? {
        Ok(values) => values,
        Err(instead) => return Ok(instead),
    };
    let (item, list) = (item.as_str().unwrap_or(""), list.as_str().unwrap_or(""));
    let items = items(list, delimiters.as_str().unwrap_or(DELIMITERS));
    Ok(Value::Boolean(match call.name {
        "stringlistmember" => items.contains(&item),
        _ => items.iter().any(|have| have.eq_ignore_ascii_case(item)),
    }))
}

pub(super) fn subset(call: &mut Call<'_>) -> Done {
    let [first, list, delimiters] = match two_and_delimiters(call)? {
        Ok(values) => values,
        Err(instead) => return Ok(instead),
    };
    let delimiters = delimiters.as_str().unwrap_or(DELIMITERS);
    let text = first.as_str().unwrap_or("");
    if text.is_empty() {
        return Ok(Value::Boolean(true));
    }
    let have = items(list.as_str().unwrap_or(""), delimiters);
    let exact = call.name == "stringlistsubsetmatch";
    let found = |item: &&str| match exact {
        true => have.contains(item),
        false => have.iter().any(|h| h.eq_ignore_ascii_case(item)),
    };
    let wanted = items(text, delimiters);
    call.evaluation.spend((wanted.len() as u64 * have.len() as u64) / 8)?;
    // A text of nothing but delimiters is no subset, unlike an empty one.
    Ok(Value::Boolean(!wanted.is_empty() && wanted.iter().all(found)))
}

pub(super) fn intersect(call: &mut Call<'_>) -> Done {
    if !matches!(call.count(), 2 | 3) {
        return Ok(Value::Error);
    }
    let mut values = Vec::new();
    for argument in call.arguments {
        // Here, unlike in the other functions, a failure of an argument is an error.
        values.push(call.evaluation.contained(argument, call.scope)?);
    }
    if let Some(worst) = worst(&values) {
        return Ok(worst);
    }
    let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
    let Some(texts) = texts else { return Ok(Value::Error) };
    let delimiters = texts.get(2).copied().filter(|d| !d.is_empty()).unwrap_or(" ,");
    // Here, unlike in the other functions, blanks around an item belong to it.
    let split = |text| -> Vec<&str> {
        str::split(text, |c| delimiters.contains(c)).filter(|item: &&str| !item.is_empty()).collect()
    };
    let (first, second) = (split(texts[0]), split(texts[1]));
    call.evaluation.spend((first.len() as u64 * second.len() as u64) / 8)?;
    Ok(Value::Boolean(first.iter().any(|item| second.contains(item))))
}
