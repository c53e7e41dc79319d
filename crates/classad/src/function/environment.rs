//! Environments as one text: version 1, `A=1;B=2`, and version 2, words with single quotation marks.

use super::Call;
use super::argument::{join_quoted, split_quoted};
use crate::eval::Done;
use crate::value::Value;
use std::collections::BTreeMap;

/// Variables in the order of their names; without a value what is to be expanded later, `$$(…)`.
type Variables = BTreeMap<String, Option<String>>;

/// What a text of version 1 may begin with to say what separates its variables.
const DELIMITERS: &str = "!#$%&*+,-/:;<>?@^`|~\x1f";

fn set(variables: &mut Variables, entry: &str) -> Option<()> {
    match entry.split_once('=') {
        Some(("", _)) => return None,
        Some((name, value)) => variables.insert(name.to_string(), Some(value.to_string())),
        None if entry.contains("$$") => variables.insert(entry.to_string(), None),
        None => return None,
    };
    Some(())
}

fn print(variables: &Variables) -> String {
    let entries: Vec<String> = variables
        .iter()
        .map(|(name, value)| value.as_ref().map_or_else(|| name.clone(), |value| format!("{name}={value}")))
        .collect();
    join_quoted(entries.iter().map(String::as_str))
}

pub(super) fn from_v1(call: &mut Call<'_>) -> Done {
    if call.count() != 1 {
        return Ok(Value::Error);
    }
    let text = match call.argument(0)? {
        Value::String(text) => text,
        Value::Undefined => return Ok(Value::Undefined),
        _ => return Ok(Value::Error),
    };
    // A delimiter that the text begins with is the one of the whole.
    let (delimiter, text) = match text.chars().next() {
        Some(first) if DELIMITERS.contains(first) => (first, &text[1..]),
        _ => (';', &text[..]),
    };
    let mut variables = Variables::new();
    for entry in text.split([delimiter, '\n']) {
        let entry = entry.trim_start_matches([' ', '\t', '\n', '\r']);
        if !entry.is_empty() && set(&mut variables, entry).is_none() {
            return Ok(Value::Error);
        }
    }
    call.text(print(&variables))
}

pub(super) fn merge(call: &mut Call<'_>) -> Done {
    let mut variables = Variables::new();
    for at in 0..call.count() {
        let text = match call.argument(at)? {
            Value::String(text) => text,
            Value::Undefined => continue,
            _ => return Ok(Value::Error),
        };
        let merged = split_quoted(&text).and_then(|words| words.iter().try_for_each(|w| set(&mut variables, w)));
        if merged.is_none() {
            return Ok(Value::Error);
        }
    }
    call.text(print(&variables))
}
