//! Argument lists of programs as one text: old ones (version 1, words between blanks) and those with single quotation
//! marks (version 2).

use super::Call;
use crate::eval::Done;
use crate::value::Value;

/// The words of a text of version 2; `None` for a quotation that does not end.
pub(super) fn split_quoted(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        // Two of them are one.
                        '\'' if letters.next_if_eq(&'\'').is_some() => word.push('\''),
                        '\'' => break,
                        other => word.push(other),
                    }
                }
            }
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

/// Words as one text of version 2.
pub(super) fn join_quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        if word.is_empty() {
            text.push_str("''");
        }
        for letter in word.chars() {
            if !matches!(letter, ' ' | '\t' | '\n' | '\r' | '\'') {
                text.push(letter);
                continue;
            }
            // A quoted part right before goes on instead of beginning another one.
            if text.ends_with('\'') {
                text.pop();
            } else {
                text.push('\'');
            }
            if letter == '\'' {
                text.push('\'');
            }
            text.push(letter);
            text.push('\'');
        }
    }
    text
}

/// 1 or 2, the second argument; 2 without one.
fn version(call: &mut Call<'_>) -> Result<Option<i64>, crate::Failure> {
    Ok(match call.count() {
        1 => Some(2),
        2 => match call.argument(1)? {
            Value::Integer(version @ 1..=2) => Some(version),
            _ => None,
        },
        _ => None,
    })
}

pub(super) fn args_to_list(call: &mut Call<'_>) -> Done {
    let Some(version) = version(call)? else { return Ok(Value::Error) };
    let Value::String(text) = call.argument(0)? else { return Ok(Value::Error) };
    let words = match version {
        1 => text.split([' ', '\t', '\n', '\r']).filter(|w| !w.is_empty()).map(str::to_string).collect(),
        _ => match split_quoted(&text) {
            Some(words) => words,
            None => return Ok(Value::Error),
        },
    };
    call.texts(words)
}

pub(super) fn list_to_args(call: &mut Call<'_>) -> Done {
    let Some(version) = version(call)? else { return Ok(Value::Error) };
    let Value::List(list) = call.argument(0)? else { return Ok(Value::Error) };
    let values = call.elements(&list)?;
    let Some(words) = values.iter().map(Value::as_str).collect::<Option<Vec<_>>>() else { return Ok(Value::Error) };
    if version == 1 {
        if words.iter().any(|w| w.contains([' ', '\t', '\n', '\r'])) {
            return Ok(Value::Error);
        }
        let mut text = String::new();
        for word in words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        return call.text(text);
    }
    call.text(join_quoted(words))
}
