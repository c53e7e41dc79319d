//! Taking values from what a task made.

use pelago_job::{Cell, Take};
use regex_lite::{Regex, RegexBuilder};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// A longer text is not read for values.
const LONGEST: u64 = 16 << 20;
/// A longer cell is not a value but a file.
const WIDEST: usize = 64 << 10;
/// Bytes that a compiled expression may take.
const EXPRESSION: usize = 1 << 20;

/// Compiled expressions: a group has few, its tasks are many.
#[derive(Default)]
pub(crate) struct Expressions(BTreeMap<String, Option<Regex>>);

impl Expressions {
    /// The value in a text; [`Cell::Missing`] if there is none, or one longer than 64 KiB.
    pub(crate) fn take(&mut self, take: &Take, text: &str) -> Cell {
        match take {
            Take::Whole => cell(text.trim()),
            Take::Match(pattern) => {
                if self.0.len() > 1000 {
                    self.0.clear();
                }
                let compile = || RegexBuilder::new(pattern).size_limit(EXPRESSION).build().ok();
                let Some(expression) = self.0.entry(pattern.clone()).or_insert_with(compile) else {
                    return Cell::Missing;
                };
                let Some(found) = expression.captures(text) else { return Cell::Missing };
                // A first group that took no part in the match is a value that is not there.
                match found.len() {
                    1 => found.get(0).map_or(Cell::Missing, |whole| cell(whole.as_str())),
                    _ => found.get(1).map_or(Cell::Missing, |group| cell(group.as_str())),
                }
            }
            Take::Pointer(pointer) => {
                let Ok(document) = serde_json::from_str::<serde_json::Value>(text) else { return Cell::Missing };
                match document.pointer(pointer) {
                    None | Some(serde_json::Value::Null) => Cell::Missing,
                    Some(serde_json::Value::String(text)) => match text.len() {
                        // A text in the document stays one, even if it looks like a number.
                        0..=WIDEST => Cell::Text(text.clone()),
                        _ => Cell::Missing,
                    },
                    Some(other) => cell(&other.to_string()),
                }
            }
        }
    }
}

fn cell(text: &str) -> Cell {
    if text.is_empty() || text.len() > WIDEST { Cell::Missing } else { Cell::of(text) }
}

/// The text of a file for values; `None` if it is longer than 16 MiB or cannot be read.
pub(crate) fn text(mut file: &File) -> Option<String> {
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= LONGEST).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_or_missing() {
        let mut expressions = Expressions::default();
        let text = "warming: 1.25 K\ncount=42\n";
        let pattern = |p: &str| Take::Match(p.to_string());
        for (take, expected) in [
            (pattern(r"warming: ([0-9.]+)"), Cell::Real(1.25)),
            (pattern(r"count=\d+"), Cell::Text("count=42".into())),
            (pattern(r"count=(\d+)|(x)"), Cell::Integer(42)),
            (pattern(r"absent"), Cell::Missing),
            (pattern(r"(absent)|count"), Cell::Missing),
            (pattern(r"(("), Cell::Missing),
            (pattern(r"((a{1000}){1000}){1000}"), Cell::Missing),
            (Take::Whole, Cell::Text(text.trim().into())),
        ] {
            assert_eq!(expressions.take(&take, text), expected, "{take:?}");
        }
        let json = r#"{"a": [1, {"b/c": 2.5}], "s": "7", "n": null, "l": [1,2]}"#;
        for (pointer, expected) in [
            ("/a/0", Cell::Integer(1)),
            ("/a/1/b~1c", Cell::Real(2.5)),
            ("/s", Cell::Text("7".into())),
            ("/n", Cell::Missing),
            ("/x", Cell::Missing),
            ("/l", Cell::Text("[1,2]".into())),
        ] {
            assert_eq!(expressions.take(&Take::Pointer(pointer.into()), json), expected, "{pointer}");
        }
        assert_eq!(expressions.take(&Take::Pointer("/a".into()), &"[".repeat(1 << 20)), Cell::Missing);
        assert_eq!(expressions.take(&Take::Whole, &"x".repeat(WIDEST + 1)), Cell::Missing);
        assert_eq!(expressions.take(&Take::Whole, " \n"), Cell::Missing);
    }
}
