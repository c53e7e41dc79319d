//! The syntax tree of RSL 1: boolean combinations of relations between an attribute and values.

use std::ops::Range;

/// A specification.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Spec {
    /// Several specifications, combined.
    Combined {
        /// How.
        how: Combine,
        /// What.
        items: Vec<Spec>,
        /// Where the sign stands.
        span: Range<usize>,
    },
    /// One relation.
    Relation(Relation),
}

/// The signs before a list of specifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Combine {
    /// `&`: all of them describe one job.
    All,
    /// `|`: any one of them.
    Any,
    /// `+`: each is a request of its own.
    Each,
}

/// `attribute operator values`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Relation {
    /// The attribute in lower case without underscores, as both readers compare it.
    pub name: String,
    /// The attribute as written.
    pub written: String,
    /// The sign between attribute and values.
    pub operator: Operator,
    /// The values, at least one in Globus RSL.
    pub values: Vec<Value>,
    /// Where the attribute's name stands.
    pub name_span: Range<usize>,
    /// Where all of it stands.
    pub span: Range<usize>,
}

/// The signs of relations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Operator {
    /// The sign.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::AtMost => "<=",
            Operator::Greater => ">",
            Operator::AtLeast => ">=",
        }
    }
}

/// A value, not evaluated yet.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A word, quoted or not.
    Literal(String, Range<usize>),
    /// `$(NAME)` or `$(NAME default)`.
    Variable(Vec<Value>, Range<usize>),
    /// Words and variables that become one word.
    Joined(Vec<Value>),
    /// `( … )`
    Sequence(Vec<Value>, Range<usize>),
}

impl Value {
    /// Where it stands.
    pub(super) fn span(&self) -> Range<usize> {
        match self {
            Value::Literal(_, span) | Value::Variable(_, span) | Value::Sequence(_, span) => span.clone(),
            Value::Joined(parts) => match (parts.first(), parts.last()) {
                (Some(first), Some(last)) => first.span().start..last.span().end,
                _ => 0..0,
            },
        }
    }
}

/// An attribute's name as readers compare it: lower case, underscores removed.
pub(super) fn canonical(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}
