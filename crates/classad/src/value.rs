//! Values: what expressions evaluate to.

use crate::expr::Expr;
use crate::number;
use crate::print::{self, Style};
use crate::scope::Scope;
use crate::time;
use std::fmt;
use std::sync::Arc;

/// A value. Comparing two with `==` compares how they are made; [`crate::BinaryOp::Is`] is the language's comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An attribute that does not exist, and what follows from that.
    Undefined,
    /// What has no meaning, as a string plus a number.
    Error,
    /// `true` or `false`.
    Boolean(bool),
    /// 64 bits; sums and products wrap around.
    Integer(i64),
    /// A double; sums and products that would be positive infinity are `Error`.
    Real(f64),
    /// Text.
    String(Arc<str>),
    /// A point in time: seconds since 1970-01-01 00:00 UTC, and the seconds east of Greenwich it is told in.
    AbsTime {
        /// Since the epoch.
        seconds: i64,
        /// East of Greenwich.
        offset: i32,
    },
    /// A span of seconds.
    RelTime(f64),
    /// A list, whose elements are expressions.
    List(List),
    /// An ad, with the place where it stands.
    Ad(Scope),
}

/// Elements, and where the nested ads among them stand.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    pub(crate) items: Arc<[Expr]>,
    pub(crate) scope: Option<Scope>,
    /// Whether a function made it; `=?=` tells such lists from those that were written.
    pub(crate) made: bool,
}

impl List {
    /// The elements, not evaluated.
    pub fn items(&self) -> &[Expr] {
        &self.items
    }

    /// Where the list was written.
    pub fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }
}

impl Value {
    /// A string.
    pub fn string(text: &str) -> Self {
        Self::String(Arc::from(text))
    }

    /// A list of values.
    pub fn list(values: impl IntoIterator<Item = Value>) -> Self {
        Self::List(List { items: values.into_iter().map(Expr::Literal).collect(), scope: None, made: true })
    }

    /// Whether it is `Undefined`.
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    /// Whether it is `Error`.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error)
    }

    /// As a condition: a boolean, or a number that is or is not zero. Strings are no conditions.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Boolean(b) => Some(*b),
            Self::Integer(i) => Some(*i != 0),
            Self::Real(r) => Some(*r != 0.0),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is an integer, a real or a boolean.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Boolean(b) => Some(f64::from(u8::from(*b))),
            Self::Integer(i) => Some(*i as f64),
            Self::Real(r) => Some(*r),
            _ => None,
        }
    }

    /// The name of its type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Error => "error",
            Self::Boolean(_) => "boolean",
            Self::Integer(_) => "integer",
            Self::Real(_) => "real",
            Self::String(_) => "string",
            Self::AbsTime { .. } => "absolute time",
            Self::RelTime(_) => "relative time",
            Self::List(_) => "list",
            Self::Ad(_) => "ad",
        }
    }

    /// As an element of a list that was made from results: there HTCondor keeps whole seconds of a span.
    pub(crate) fn into_element(self) -> Self {
        match self {
            Self::RelTime(seconds) => Self::RelTime(seconds.trunc()),
            other => other,
        }
    }

    /// As the function `string` has it; `Err` holds what cannot be a text: undefined or an error.
    pub(crate) fn to_text(&self) -> Result<Arc<str>, Value> {
        Ok(match self {
            Self::Undefined | Self::Error => return Err(self.clone()),
            Self::String(text) => Arc::clone(text),
            Self::AbsTime { seconds, offset } => time::absolute(*seconds, *offset).into(),
            Self::RelTime(seconds) => time::relative(seconds.trunc()).into(),
            other => match print::value(other, Style::CONDOR) {
                (text, true) => text.into(),
                (_, false) => return Err(Self::Error),
            },
        })
    }

    /// As the function `real` has it.
    pub(crate) fn to_real(&self) -> Result<f64, Value> {
        Ok(match self {
            Self::Undefined => return Err(Self::Undefined),
            Self::Error | Self::Ad(_) | Self::List(_) => return Err(Self::Error),
            Self::String(text) => number::leading_real(text).ok_or(Self::Error)?,
            Self::Boolean(b) => f64::from(u8::from(*b)),
            Self::Integer(i) => *i as f64,
            Self::Real(r) => *r,
            Self::AbsTime { seconds, .. } => *seconds as f64,
            Self::RelTime(seconds) => seconds.trunc(),
        })
    }

    /// As the function `int` has it.
    pub(crate) fn to_integer(&self) -> Result<i64, Value> {
        Ok(match self {
            Self::Integer(i) => *i,
            Self::AbsTime { seconds, .. } => *seconds,
            other => number::truncate(other.to_real()?),
        })
    }
}

impl fmt::Display for Value {
    /// Reads back as the same value, unless it is longer than 8 MiB: then it ends with `…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, whole) = print::value(self, Style::EXACT);
        f.write_str(&text)?;
        f.write_str(if whole { "" } else { "…" })
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::string(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}
