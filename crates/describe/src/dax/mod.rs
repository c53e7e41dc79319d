//! Pegasus' abstract workflows in XML (DAX): read from 2.0 to 3.6 and as generators of synthetic workflows write them, printed
//! in 3.6.
//!
//! A job names a logical transformation, `namespace::name` and a version, which is the model's abstract application, and uses
//! logical files. The catalogues that a document includes are kept word for word, and looked up: they say where a program
//! ([`catalogue`]) or a file is. Facts are from Pegasus' schemas 2.1 and 3.6 and its parsers.

mod argument;
mod catalogue;
mod graph;
mod job;
mod print;
mod profile;
mod read;
mod uses;

use crate::language::{Entry, Language};
use crate::xml;

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Dax,
    name: "dax",
    title: "Pegasus abstract workflow (XML)",
    extensions: &["dax"],
    recognise,
    read: read::read,
    print: Some(print::print),
};

/// Its name in extensions.
const NAME: &str = "dax";
/// The namespace of all versions from 2.0.
const DAX: &str = "http://pegasus.isi.edu/schema/DAX";
/// The namespace of instances of schemas.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The prefixes that a printed document binds.
const BOUND: [(&str, &str); 2] = [("", DAX), ("xsi", XSI)];

fn recognise(head: &str) -> bool {
    xml::root(head).is_some_and(|(name, _)| xml::local(name) == "adag")
}
