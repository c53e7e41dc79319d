//! Activity descriptions of the EMI execution service (ADL 1.16) as ARC reads and writes them, with NorduGrid's
//! extensions.
//!
//! [`word`] is the table of elements, which reading and printing share; [`command`], [`machine`], [`notice`], [`slots`] and
//! [`files`] know those that need more than a line. Facts are from ARC's parser of the language and from NorduGrid's schema.

mod command;
mod files;
mod machine;
mod notice;
mod parallel;
mod print;
mod read;
mod slots;
mod word;

use crate::language::{Entry, Language};
use crate::xml;

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Adl,
    name: "adl",
    title: "ARC job description (EMI ADL, XML)",
    extensions: &["adl"],
    recognise,
    read: read::read,
    print: Some(print::print),
};

/// Its name in extensions.
const NAME: &str = "adl";
/// The namespace of the language.
const ADL: &str = "http://www.eu-emi.eu/es/2010/12/adl";
/// The namespace of NorduGrid's extensions.
const ARC: &str = "http://www.nordugrid.org/es/2011/12/nordugrid-adl";
/// The prefixes that a printed document binds.
const BOUND: [(&str, &str); 2] = [("", ADL), ("nordugrid-adl", ARC)];

/// The greatest number of something that ARC reads: of bytes in 64 bits, of all else in 32.
fn most(unit: &str) -> f64 {
    if unit == "bytes" { 9.2e18 } else { f64::from(i32::MAX) }
}

fn recognise(head: &str) -> bool {
    xml::root(head).is_some_and(|(name, _)| matches!(xml::local(name), "ActivityDescription" | "ActivityDescriptions"))
}
