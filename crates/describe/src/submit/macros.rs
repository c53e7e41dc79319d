//! The macros of a document: every `name = value`, known commands and users' own words alike.

use super::names;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

/// A definition.
#[derive(Clone, Debug)]
pub(super) struct Macro {
    /// As it was written.
    pub name: String,
    /// Not expanded, apart from references to itself.
    pub value: String,
    /// Where the name stands.
    pub name_span: Range<usize>,
    /// Where the value stands.
    pub span: Range<usize>,
    /// Whether anything asked for it.
    pub used: Cell<bool>,
}

/// All definitions, by their names in small letters.
#[derive(Debug, Default)]
pub(super) struct Macros {
    table: BTreeMap<String, Macro>,
}

impl Macros {
    /// Defines, or defines anew; the use of an earlier definition counts for the later one.
    pub fn set(&mut self, name: &str, value: String, name_span: Range<usize>, span: Range<usize>) {
        let key = name.to_ascii_lowercase();
        let used = Cell::new(self.table.get(&key).is_some_and(|m| m.used.get()));
        self.table.insert(key, Macro { name: name.to_string(), value, name_span, span, used });
    }

    /// A definition whose value is not empty, which now counts as used.
    pub fn get(&self, name: &str) -> Option<&Macro> {
        let found = self.table.get(&name.to_ascii_lowercase())?;
        found.used.set(true);
        (!found.value.is_empty()).then_some(found)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Macro> {
        self.table.values()
    }

    /// The value with references to `name` itself replaced by what it was before.
    pub fn without_self(&self, name: &str, value: &str) -> String {
        if !value.contains("$(") {
            return value.to_string();
        }
        let before = self.table.get(&name.to_ascii_lowercase()).map_or("", |m| m.value.as_str());
        let mut out = String::new();
        let mut rest = value;
        while let Some(at) = rest.find("$(") {
            let (literal, from) = rest.split_at(at);
            out.push_str(literal);
            let body = from.get(2..).unwrap_or("");
            let end = body.bytes().position(|b| !names::is_name_byte(b)).unwrap_or(body.len());
            let called = body.get(..end).unwrap_or("");
            let after = body.get(end..).unwrap_or("");
            let doubled = out.ends_with('$');
            if !called.eq_ignore_ascii_case(name) || doubled {
                out.push_str("$(");
                rest = body;
            } else if let Some(after) = after.strip_prefix(')') {
                out.push_str(before);
                rest = after;
            } else if let Some((default, after)) = after.strip_prefix(':').and_then(|after| after.split_once(')')) {
                out.push_str(if before.is_empty() { default } else { before });
                rest = after;
            } else {
                out.push_str("$(");
                rest = body;
            }
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_names_itself_takes_what_was_before() {
        let mut macros = Macros::default();
        assert_eq!(macros.without_self("x", "$(X:one) two $(y)"), "one two $(y)");
        macros.set("x", "old".into(), 0..0, 0..0);
        assert_eq!(macros.without_self("X", "$(x) new $(X:one) $$(x) $(x1)"), "old new old $$(x) $(x1)");
    }
}
