//! RSL 1 as text: words in quotes where they need them, variables, and clauses.

use super::evaluate::{Item, Part, Word};

/// A word that all readers of RSL take without quotes, else one in quotes with each `"` doubled.
pub(super) fn literal(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:-".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_string(),
        false => format!("\"{}\"", text.replace('"', "\"\"")),
    }
}

/// A word with its variables.
pub(super) fn word(word: &Word) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => literal(text),
        Part::Late(name) => format!("$({})", literal(name)),
    };
    match word.parts.is_empty() {
        true => literal(""),
        false => word.parts.iter().map(part).collect::<Vec<_>>().join(" # "),
    }
}

/// Values with blanks between them.
pub(super) fn items(list: &[Item]) -> String {
    let item = |item: &Item| match item {
        Item::Word(value) => word(value),
        Item::List(inside, _) => format!("({})", items(inside)),
    };
    list.iter().map(item).collect::<Vec<_>>().join(" ")
}

/// A relation in brackets.
pub(super) fn clause(name: &str, sign: &str, values: &[Item]) -> String {
    format!("({name} {sign} {})", items(values))
}
