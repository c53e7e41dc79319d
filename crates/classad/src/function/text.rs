//! Texts: joining, cutting, comparing. Positions and sizes count bytes.

use super::Call;
use crate::eval::Done;
use crate::operator;
use crate::value::Value;
use std::cmp::Ordering;

pub(super) fn concatenate(call: &mut Call<'_>) -> Done {
    let mut text = String::new();
    for at in 0..call.count() {
        match call.argument(at)?.to_text() {
            Ok(part) => {
                call.evaluation.spend(part.len() as u64 / 8)?;
                text.push_str(&part);
            }
            Err(why) => return Ok(why),
        }
    }
    call.text(text)
}

/// `join(separator, values…)`, `join(separator, list)` or `join(list)`.
pub(super) fn join(call: &mut Call<'_>) -> Done {
    let mut values = Vec::new();
    let last = call.count().wrapping_sub(1);
    let list = match call.count() {
        1 | 2 => match call.argument(last)? {
            Value::List(list) => Some(list),
            _ => None,
        },
        _ => None,
    };
    match list {
        Some(list) => {
            values.push(if last == 0 { Value::string("") } else { call.argument(0)? });
            // The first error ends it, so what comes after it is not evaluated.
            for item in list.items.iter() {
                values.push(call.evaluation.element(&list, item, call.scope)?);
            }
        }
        None => values = call.all()?,
    }
    let (mut text, mut separator, mut defined, mut undefined) = (String::new(), None, false, false);
    for (at, value) in values.iter().enumerate() {
        let part = match value.to_text() {
            Ok(part) => part,
            Err(Value::Undefined) => {
                undefined = true;
                continue;
            }
            Err(_) => return Ok(Value::Error),
        };
        if at == 0 {
            separator = Some(part);
            continue;
        }
        if !text.is_empty() {
            text.push_str(separator.as_deref().unwrap_or_default());
        }
        defined = true;
        call.evaluation.spend(part.len() as u64 / 8)?;
        text.push_str(&part);
    }
    if undefined && !defined { Ok(Value::Undefined) } else { call.text(text) }
}

pub(super) fn case(call: &mut Call<'_>) -> Done {
    if call.count() != 1 {
        return Ok(Value::Error);
    }
    match call.argument(0)?.to_text() {
        Ok(text) if call.name == "tolower" => call.text(text.to_ascii_lowercase()),
        Ok(text) => call.text(text.to_ascii_uppercase()),
        Err(why) => Ok(why),
    }
}

/// `substr(text, from, length)`: below zero both count from the end.
pub(super) fn part(call: &mut Call<'_>) -> Done {
    if !matches!(call.count(), 2 | 3) {
        return Ok(Value::Error);
    }
    let values = call.all()?;
    if values.iter().any(Value::is_undefined) {
        return Ok(Value::Undefined);
    }
    let (Value::String(text), Value::Integer(from)) = (&values[0], &values[1]) else { return Ok(Value::Error) };
    let length = match values.get(2) {
        None => None,
        Some(Value::Integer(length)) => Some(*length),
        Some(_) => return Ok(Value::Error),
    };
    let size = text.len() as i64;
    let from = if *from < 0 { from.saturating_add(size).max(0) } else { (*from).min(size) };
    let left = size - from;
    let length = match length {
        None => left,
        Some(length @ 0..) => length.min(left),
        Some(length) => left.saturating_add(length).max(0),
    };
    let bytes = &text.as_bytes()[from as usize..(from + length) as usize];
    call.text(String::from_utf8_lossy(bytes))
}

pub(super) fn compare(call: &mut Call<'_>) -> Done {
    if call.count() != 2 {
        return Ok(Value::Error);
    }
    let (a, b) = (call.argument(0)?, call.argument(1)?);
    if a.is_undefined() || b.is_undefined() {
        return Ok(Value::Undefined);
    }
    let (Ok(a), Ok(b)) = (a.to_text(), b.to_text()) else { return Ok(Value::Error) };
    let order = if call.name == "strcmp" { a.cmp(&b) } else { operator::order_ignoring_case(&a, &b) };
    Ok(Value::Integer(match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

/// `splitUserName` and `splitSlotName`: what is before and after the first `@`.
pub(super) fn split_at(call: &mut Call<'_>) -> Done {
    let [_] = call.arguments else { return Ok(Value::Error) };
    let Value::String(text) = call.argument(0)? else { return Ok(Value::Error) };
    let parts = match text.split_once('@') {
        Some((first, second)) => [first, second],
        None if call.name == "splitslotname" => ["", &text],
        None => [&text, ""],
    };
    call.texts(parts)
}

/// `split(text, delimiters)`: blanks are passed over, and nothing between two equal delimiters is an empty part.
pub(super) fn split(call: &mut Call<'_>) -> Done {
    let ([_] | [_, _]) = call.arguments else { return Ok(Value::Error) };
    let values = call.all()?;
    let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
    let Some(texts) = texts else { return Ok(Value::Error) };
    let (text, delimiters) = (texts[0], texts.get(1).copied().unwrap_or(", \t"));
    let (mut parts, mut from, mut before) = (Vec::new(), 0, None);
    for (at, letter) in text.char_indices().filter(|(_, c)| delimiters.contains(*c)) {
        if at > from {
            parts.push(&text[from..at]);
        } else if before == Some(letter) {
            parts.push("");
        }
        if !letter.is_ascii_whitespace() {
            before = Some(letter);
        }
        from = at + letter.len_utf8();
    }
    if from < text.len() {
        parts.push(&text[from..]);
    }
    call.texts(parts)
}
