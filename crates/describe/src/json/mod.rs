//! JSON as a tree with places: strict, or as relaxed as the readers of UNICORE are; and tables that say how the
//! members of an object are read and printed, so that a reader and its printer cannot drift apart.

mod field;
mod input;
mod kept;
mod output;
mod plain;
mod read;
mod recognise;
mod write;

pub use field::Field;
pub use input::In;
pub use kept::kept;
pub use output::{Out, amount, written_out};
pub use plain::plain;
pub use read::{Dialect, read};
pub use recognise::keys;
pub use write::{compact, pretty};

use std::ops::Range;

/// A value and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Where it stands; `0..0` in values that are to be printed.
    pub span: Range<usize>,
}

/// What a value is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Kind {
    /// `null`.
    #[default]
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A string, without its quotes and escapes.
    Text(String),
    /// `[…]`.
    List(Vec<Value>),
    /// `{…}`, in the order of the text; each name once.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Range<usize>,
    /// Its value.
    pub value: Value,
}

impl Member {
    /// A member that is to be printed.
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self { name: name.into(), name_span: 0..0, value }
    }
}

impl Value {
    /// A string that is to be printed.
    pub fn text(text: impl Into<String>) -> Self {
        Kind::Text(text.into()).into()
    }

    /// A number that is to be printed; whole numbers without a point.
    pub fn number(number: f64) -> Self {
        Kind::Number(written(number)).into()
    }

    /// A list of strings that is to be printed.
    pub fn texts(texts: impl IntoIterator<Item = String>) -> Self {
        Kind::List(texts.into_iter().map(Value::text).collect()).into()
    }

    /// The members, if it is an object.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn items(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string, number or truth value.
    pub fn scalar(&self) -> Option<String> {
        match &self.kind {
            Kind::Text(text) | Kind::Number(text) => Some(text.clone()),
            Kind::Bool(value) => Some(value.to_string()),
            Kind::Null | Kind::List(_) | Kind::Object(_) => None,
        }
    }

    /// The member of that name, if it is an object that has one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members()?.iter().find(|m| m.name == name).map(|m| &m.value)
    }

    /// What it is, for messages: `a string`, `an object`.
    pub fn what(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a truth value",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Object(_) => "an object",
        }
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Self { kind, span: 0..0 }
    }
}

/// A number in the shortest form that reads back as the same; whole ones without a point or exponent.
pub fn written(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e18 { format!("{number:.0}") } else { format!("{number}") }
}
