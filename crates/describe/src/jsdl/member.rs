//! What a table of JSDL's elements consists of: for each name how it is read and how it is printed.

use super::namespace::Space;
use super::printing::Printing;
use super::reader::Reader;
use crate::xml::Element;
use pelago_job::description::{Range, Text};

/// One element that may stand in another one. A table of them, in the schema's order, is all that the reader and the
/// printer know about the outer element's content.
pub struct Member<T: 'static> {
    /// Its namespace.
    pub space: Space,
    /// Its name.
    pub name: &'static str,
    /// The field of the model that it sets, as the end of a JSON pointer; empty where it sets several.
    pub field: &'static str,
    /// What it holds.
    pub kind: Kind<T>,
}

/// What an element holds, and where it goes in the model.
#[derive(Clone)]
pub enum Kind<T: 'static> {
    /// Text, once.
    Text(Style, fn(&mut T) -> &mut Option<Text>),
    /// Text, any number of times.
    Texts(Style, fn(&mut T) -> &mut Vec<Text>),
    /// A name (`xsd:NCName`), or one of the given words.
    Word(&'static [&'static str], fn(&mut T) -> &mut Option<String>),
    /// A range value.
    Range(Measure, fn(&mut T) -> &mut Option<Range>),
    /// A whole number that is not negative.
    Limit(fn(&mut T) -> &mut Option<f64>),
    /// A truth value.
    Flag(fn(&mut T) -> &mut Option<bool>),
    /// A truth value that is false unless said.
    Yes(fn(&mut T) -> &mut bool),
    /// Anything else; the first says whether it may stand several times.
    Own(bool, fn(&mut Reader<'_>, &Element, &mut T, &str), fn(&mut Printing<'_>, &mut T, &str)),
}

/// How the text of an element is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// One word or line: white space around it is left out.
    Line,
    /// As it is.
    Free,
    /// A URI: white space around it does not count (`xsd:anyURI`).
    Uri,
    /// A word of an enumeration.
    Of(&'static [&'static str]),
    /// A whole number from 1.
    Count,
}

/// What a range value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Whole things, at least one.
    Count,
    /// An amount.
    Amount,
}

impl<T> Member<T> {
    /// An element with this content.
    pub const fn new(space: Space, name: &'static str, field: &'static str, kind: Kind<T>) -> Self {
        Self { space, name, field, kind }
    }

    /// Whether it may stand several times.
    pub fn many(&self) -> bool {
        matches!(self.kind, Kind::Texts(..) | Kind::Own(true, ..))
    }
}
