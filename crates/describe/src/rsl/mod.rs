//! RSL in three dialects over one scanner, grammar and evaluator: Globus RSL, NorduGrid's xRSL, and InfoGram's requests for
//! jobs and information.
//!
//! Each dialect has a table of attributes that reads and prints; the readers that are followed are the Globus Toolkit's
//! (`gram/rsl`, `gram/jobmanager` and its `*.rvf` files) and ARC's (`JobDescriptionParser`).

mod attribute;
mod clause;
mod dialect;
mod draft;
mod evaluate;
mod files;
mod gram;
mod infogram;
mod nordugrid;
mod parse;
mod print;
mod read;
mod token;
mod tree;
mod write;

use crate::Diagnostics;
use crate::language::{Entry, Language};
use dialect::Dialect;
use token::{Kind, Lexer, Syntax};

/// The language in the table.
pub const RSL: Entry = Entry {
    language: Language::Rsl,
    name: "rsl",
    title: "Globus RSL",
    extensions: &["rsl"],
    recognise: |text| names(text, false).is_some_and(|names| !is_xrsl(&names) && !infogram::recognise(&names)),
    read: |source, diagnostics| read::read(&gram::GRAM, source, diagnostics),
    print: Some(|rest| print::print(&gram::GRAM, rest)),
};

/// The language in the table.
pub const XRSL: Entry = Entry {
    language: Language::Xrsl,
    name: "xrsl",
    title: "NorduGrid xRSL",
    extensions: &["xrsl"],
    // Many requests are in both dialects; then the name of the file decides, and without one it is Globus RSL.
    recognise: |text| names(text, false).is_some_and(|names| !infogram::recognise(&names)),
    read: |source, diagnostics| read::read(&nordugrid::NORDUGRID, source, diagnostics),
    print: Some(|rest| print::print(&nordugrid::NORDUGRID, rest)),
};

/// The language in the table.
pub const INFOGRAM: Entry = Entry {
    language: Language::Infogram,
    name: "infogram",
    title: "InfoGram requests: jobs and information",
    extensions: &["infogram"],
    recognise: |text| names(text, true).is_some_and(|names| infogram::recognise(&names)),
    read: |source, diagnostics| read::read(&infogram::INFOGRAM, source, diagnostics),
    print: Some(|rest| print::print(&infogram::INFOGRAM, rest)),
};

/// The attributes of a text that begins like a request; `loose` takes one that begins with a bracket.
fn names(text: &str, loose: bool) -> Option<Vec<String>> {
    let mut scratch = Diagnostics::default();
    let mut lexer = Lexer::new(text.trim_start_matches('\u{feff}'), Syntax::Arc);
    let first = lexer.next(&mut scratch).kind;
    if first != Kind::Open && lexer.next(&mut scratch).kind != Kind::Open {
        return None;
    }
    let signed = matches!(first, Kind::And | Kind::Or | Kind::Plus);
    if !signed && (!loose || first != Kind::Open) {
        return None;
    }
    let (mut names, mut word) = (Vec::new(), None);
    let mut after_bracket = true;
    for _ in 0..20_000 {
        match lexer.next(&mut scratch).kind {
            Kind::End => break,
            Kind::Word(text, _) if after_bracket => (word, after_bracket) = (Some(text), false),
            Kind::Operator(_) => names.extend(word.take().map(|word| tree::canonical(&word))),
            Kind::Open => after_bracket = true,
            _ => (word, after_bracket) = (None, false),
        }
    }
    (!names.is_empty()).then_some(names)
}

/// Whether some attribute is of NorduGrid's dialect and not of Globus RSL.
fn is_xrsl(names: &[String]) -> bool {
    let known = |dialect: &Dialect, name: &str| dialect.attribute(name).is_some();
    let only = |name: &String| known(&nordugrid::NORDUGRID, name) && !known(&infogram::INFOGRAM, name);
    names.iter().any(only)
}
