//! Values: cells of a job's table, taken from what a task made.

use crate::Template;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A rule that takes one named value from a finished task.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ValueRule {
    /// The column's name.
    pub name: String,
    /// The text it is taken from.
    pub source: ValueSource,
    /// How it is taken.
    pub take: Take,
}

/// Where a value is taken from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ValueSource {
    /// What the task wrote to its standard output.
    Stdout,
    /// A file in the task's working directory.
    File(Template),
}

/// How a value is taken from a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Take {
    /// The whole text, without the white space at its ends.
    Whole,
    /// The first group of a regular expression's first match, or the whole match if it has no group.
    Match(String),
    /// A JSON pointer (RFC 6901) into a JSON document.
    Pointer(String),
}

/// One cell of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing was found.
    Missing,
    /// A whole number.
    Integer(i64),
    /// Another number.
    Real(f64),
    /// Anything else.
    Text(String),
}

impl Cell {
    /// The most exact cell for a text: an integer, else a finite number, else the text.
    pub fn of(text: &str) -> Self {
        if let Ok(integer) = text.parse::<i64>() {
            // "007" and "+7" are names more often than numbers.
            if integer.to_string() == text {
                return Cell::Integer(integer);
            }
        }
        match text.parse::<f64>() {
            Ok(real) if real.is_finite() && text.starts_with(|c: char| c.is_ascii_digit() || "-.".contains(c)) => {
                Cell::Real(real)
            }
            _ => Cell::Text(text.to_string()),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Missing => Ok(()),
            Cell::Integer(value) => write!(f, "{value}"),
            Cell::Real(value) => write!(f, "{value}"),
            Cell::Text(value) => f.write_str(value),
        }
    }
}
