//! Expansion of macros in a text. What differs between tasks goes in as a symbol, what is only known when a job is
//! submitted stays as it is written.

use super::format;
use super::function;
use super::macros::Macros;
use super::names;
use super::symbol::{Symbol, Symbols};
use std::collections::{BTreeMap, BTreeSet};

/// How deep macros may name macros.
const MAX_DEPTH: usize = 60;
/// How deep names may be put together from the values of others.
const MAX_INSIDE: usize = 3;
/// How much text expansion may make for one document.
const MAX_TEXT: usize = 16 << 20;

/// Why a text could not be expanded as the language says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(super) enum Fault {
    /// A macro that contains itself by way of others.
    #[error("`$({0})` contains itself: {1}")]
    Circle(String, String),
    /// Macros in macros, too many.
    #[error("the macros are nested deeper than {MAX_DEPTH} levels")]
    Depth,
    /// More text than anyone wants.
    #[error("the macros expand to more than {} MB of text", MAX_TEXT >> 20)]
    Size,
    /// What a function says.
    #[error("{0}")]
    Function(String),
    /// A word like a function.
    #[error("`${0}(…)` is no function")]
    NoFunction(String, Option<&'static str>),
}

/// An item variable, as far as expansion cares.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Variable {
    /// Its name.
    pub name: String,
    /// Whether all its values are integers.
    pub integer: bool,
    /// Whether some value is empty.
    pub empty: bool,
}

/// What an expansion may know, and what it found.
pub(super) struct Expander<'a> {
    /// The definitions.
    pub macros: &'a Macros,
    /// What counts before the definitions, by names in small letters.
    pub live: &'a BTreeMap<String, String>,
    /// The item variables that symbols stand for.
    pub variables: &'a [Variable],
    /// All symbols.
    pub symbols: &'a mut Symbols,
    /// Text made so far, for the whole document.
    pub made: &'a mut usize,
    /// What went wrong.
    pub faults: BTreeSet<Fault>,
    /// Names that nothing defines.
    pub undefined: BTreeSet<String>,
    /// Whether something has to be computed for each task apart.
    pub apart: bool,
    /// Whether there may be definitions that are not known here: what seems undefined stays as it is written then.
    pub unknown: bool,
    /// How deep names are being put together.
    pub inside: usize,
    /// The macros that are being expanded.
    pub active: Vec<String>,
}

impl Expander<'_> {
    /// The text with everything in it replaced.
    pub fn expand(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        // Behind the last closing bracket nothing can be a macro, and looking for brackets there would take long.
        let (last, last_ad) = (text.rfind(')').unwrap_or(0), text.rfind("])").unwrap_or(0));
        while let Some(at) = rest.find('$') {
            let (literal, from) = rest.split_at(at);
            out.push_str(literal);
            let place = text.len() - from.len();
            if place > last {
                out.push_str(from);
                rest = "";
                break;
            }
            rest = self.dollar(from, place < last_ad, &mut out);
            if *self.made > MAX_TEXT {
                self.faults.insert(Fault::Size);
                return out;
            }
        }
        out.push_str(rest);
        *self.made = self.made.saturating_add(out.len());
        out
    }

    /// What begins with a dollar sign; gives the rest of the text after it.
    fn dollar<'t>(&mut self, from: &'t str, ads: bool, out: &mut String) -> &'t str {
        let after = from.get(1..).unwrap_or("");
        if let Some(twice) = after.strip_prefix('$') {
            // Filled when the job has found its machine. `$$([…])` ends at the first `])`.
            let end = match twice.strip_prefix("([") {
                Some(inner) if ads => inner.find("])").map(|at| at + 4),
                Some(_) => None,
                None if twice.starts_with('(') => twice.find(')').map(|at| at + 1),
                None => None,
            };
            let (kept, rest) = twice.split_at_checked(end.unwrap_or(0)).unwrap_or(("", twice));
            out.push_str("$$");
            out.push_str(kept);
            return rest;
        }
        let word = after.bytes().position(|b| !b.is_ascii_alphanumeric() && b != b'_').unwrap_or(after.len());
        let (name, tail) = after.split_at_checked(word).unwrap_or((after, ""));
        let Some(body) = tail.strip_prefix('(') else {
            out.push('$');
            return after;
        };
        if name.is_empty() {
            return match self.reference(body, out) {
                Some(rest) => rest,
                None => {
                    out.push_str("$(");
                    body
                }
            };
        }
        let known = names::FUNCTIONS.contains(&name) || names::is_file_function(name);
        let later = names::LATER_FUNCTIONS.iter().any(|f| f.trim_matches(['$', '(']) == name);
        let closed = body.split_once(')');
        match closed {
            Some((arguments, rest)) if known => {
                let value = function::evaluate(self, name, arguments);
                match value {
                    Ok(Some(text)) => out.push_str(&text),
                    Ok(None) => {
                        self.apart = true;
                        out.push_str(&self.as_written(&format!("${name}({arguments})")));
                    }
                    Err(why) => {
                        self.faults.insert(Fault::Function(why));
                    }
                }
                rest
            }
            Some((arguments, rest)) if later => {
                out.push_str(&self.later(name, arguments));
                rest
            }
            _ => {
                if closed.is_some() {
                    let near = crate::spelling::nearest(name, names::FUNCTIONS);
                    if let Some(near) = near.and_then(|near| names::FUNCTIONS.into_iter().find(|f| *f == near)) {
                        self.faults.insert(Fault::NoFunction(name.to_string(), Some(near)));
                    }
                }
                out.push('$');
                after
            }
        }
    }

    /// `$(name)` or `$(name:default)` after its bracket; `None` if it is no reference.
    fn reference<'t>(&mut self, body: &'t str, out: &mut String) -> Option<&'t str> {
        let mut name = String::new();
        let mut rest = body;
        loop {
            let length = rest.bytes().position(|b| !names::is_name_byte(b)).unwrap_or(rest.len());
            let (part, tail) = rest.split_at_checked(length)?;
            name.push_str(part);
            match tail.bytes().next()? {
                b')' => {
                    let value = self.value(&name);
                    out.push_str(&value.unwrap_or_default());
                    return tail.get(1..);
                }
                b':' => {
                    let (default, after) = default_of(tail.get(1..)?)?;
                    match self.lookup(&name) {
                        Some(value) => out.push_str(&value),
                        None if self.unknown => out.push_str(&format!("$({name}:{default})")),
                        None => out.push_str(&self.nested(&name, default)),
                    }
                    return Some(after);
                }
                // A name may be put together from the values of others.
                b'$' if tail.starts_with("$(") && self.inside < MAX_INSIDE => {
                    self.inside += 1;
                    let mut inner = String::new();
                    let after = self.reference(tail.get(2..)?, &mut inner);
                    self.inside -= 1;
                    rest = after?;
                    name.push_str(&inner);
                    if !names::is_name(&inner) && !inner.is_empty() {
                        return None;
                    }
                }
                _ => return None,
            }
        }
    }

    /// The value of a name; notes that it has none.
    fn value(&mut self, name: &str) -> Option<String> {
        let found = self.lookup(name);
        if found.is_none() && !name.is_empty() && self.macros.get(name).is_none() {
            if self.unknown {
                return Some(format!("$({name})"));
            }
            self.undefined.insert(name.to_string());
        }
        found
    }

    /// The expanded value of a name that has one.
    pub fn lookup(&mut self, name: &str) -> Option<String> {
        if name.eq_ignore_ascii_case("DOLLAR") {
            return Some("$".into());
        }
        let live = self.live.get(&name.to_ascii_lowercase()).cloned();
        if let Some(value) = live {
            return match value.contains('$') {
                true => Some(self.nested(name, &value)),
                false => Some(value).filter(|value| !value.is_empty()),
            };
        }
        if let Some(found) = self.macros.get(name) {
            return Some(self.nested(name, &found.value)).filter(|value| !value.is_empty());
        }
        if let Some(value) = names::platform(name) {
            return Some(value.to_string());
        }
        names::LATER.iter().any(|later| later.eq_ignore_ascii_case(name)).then(|| format!("$({name})"))
    }

    /// Expands the value of a macro, unless it is being expanded already.
    fn nested(&mut self, name: &str, value: &str) -> String {
        if !value.contains('$') {
            return value.to_string();
        }
        let key = name.to_ascii_lowercase();
        if self.active.contains(&key) {
            let way = self.active.iter().filter(|n| !n.is_empty()).map(|n| format!("`$({n})`"));
            let way = way.collect::<Vec<_>>().join(" uses ");
            self.faults.insert(Fault::Circle(name.to_string(), format!("{way} uses `$({name})`")));
            return String::new();
        }
        if self.active.len() >= MAX_DEPTH {
            self.faults.insert(Fault::Depth);
            return String::new();
        }
        self.active.push(key);
        let expanded = self.expand(value);
        self.active.pop();
        expanded
    }

    /// A function that is filled later: the name of a list in it becomes the list.
    fn later(&mut self, name: &str, arguments: &str) -> String {
        let numbers: Vec<Option<i64>> = arguments.split(',').map(|number| number.trim().parse().ok()).collect();
        let empty = match numbers[..] {
            [Some(from), Some(to)] => from > to,
            [Some(from), Some(to), Some(step)] => from > to || step < 1,
            _ => false,
        };
        if name == "RANDOM_INTEGER" && empty {
            let why = format!("`$RANDOM_INTEGER({arguments})`: there is no number from the first to the second");
            self.faults.insert(Fault::Function(why));
        }
        let listed = match name {
            "RANDOM_CHOICE" if !arguments.contains(',') => self.lookup(arguments.trim()),
            _ => None,
        };
        let listed = listed.unwrap_or_else(|| arguments.to_string());
        self.as_written(&format!("${name}({listed})"))
    }

    /// A text with the names of symbols in their place.
    pub fn as_written(&self, text: &str) -> String {
        as_written(text, self.symbols, self.variables)
    }
}

/// The default of a reference, and what follows its bracket.
fn default_of(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b')' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            b'(' => at += bytes.get(at..)?.iter().position(|b| *b == b')')? + 1,
            _ => at += 1,
        }
    }
    None
}

/// A text as it would be written in a document: `$(name)` for each symbol.
pub(super) fn as_written(text: &str, symbols: &Symbols, variables: &[Variable]) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match symbols.of(c) {
            Some((_, symbol)) => out.push_str(&written(symbol, symbols, variables)),
            None => out.push(c),
        }
    }
    out
}

fn written(symbol: &Symbol, symbols: &Symbols, variables: &[Variable]) -> String {
    match symbol {
        Symbol::Cluster => "$(Cluster)".into(),
        Symbol::Process => "$(Process)".into(),
        Symbol::Step => "$(Step)".into(),
        Symbol::Index => "$(ItemIndex)".into(),
        Symbol::Item(number) => variables.get(*number).map_or(String::new(), |v| format!("$({})", v.name)),
        Symbol::Count { name, .. } => format!("$INT({name})"),
        Symbol::Arithmetic(expr) => {
            let name = |p| {
                symbols.get(p).map_or(String::new(), |symbol| match symbol {
                    Symbol::Arithmetic(_) => String::new(),
                    other => written(other, symbols, variables),
                })
            };
            format!("$INT({})", format::arithmetic(expr, &name))
        }
    }
}
