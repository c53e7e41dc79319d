//! Expressions: what the parser gives and evaluation takes.

use crate::ad::Ad;
use crate::function::Callee;
use crate::name::Name;
use crate::value::Value;
use std::sync::Arc;

/// An expression. Parsed ones are at most [`Expr::MAX_HEIGHT`] levels high, so walks over them may recurse.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A value.
    Literal(Value),
    /// `name`, `.name` (from the outermost ad), or `base.name`.
    Attribute {
        /// What stands before the point.
        base: Option<Box<Expr>>,
        /// Whether it is `.name`; has no meaning with a base.
        absolute: bool,
        /// The name.
        name: Name,
    },
    /// An operator before its operand.
    Unary(UnaryOp, Box<Expr>),
    /// An operator between two operands.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `condition ? yes : no`.
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `(expr)`; kept, so that what is printed looks like what was read.
    Parens(Box<Expr>),
    /// `list[index]` or `ad["name"]`.
    Subscript(Box<Expr>, Box<Expr>),
    /// `name(arguments)`.
    Call(Callee, Vec<Expr>),
    /// `{a, b}`: its elements are evaluated when they are looked at.
    List(Arc<[Expr]>),
    /// `[a = 1; b = 2]`.
    Ad(Arc<Ad>),
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `!`
    Not,
    /// `~`
    BitNot,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "their spelling is the table of `symbol`")]
pub enum BinaryOp {
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
    Equal,
    NotEqual,
    Is,
    Isnt,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulus,
    /// `a ?: b`, which binds as tightly as a subscript and to the right.
    Elvis,
}

impl UnaryOp {
    /// Its spelling.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Minus => "-",
            Self::Plus => "+",
            Self::Not => "!",
            Self::BitNot => "~",
        }
    }
}

impl BinaryOp {
    /// Its spelling; `Is` and `Isnt` have two, this is the one old ads know too.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::BitOr => "|",
            Self::BitXor => "^",
            Self::BitAnd => "&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Is => "=?=",
            Self::Isnt => "=!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::ShiftRightUnsigned => ">>>",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulus => "%",
            Self::Elvis => "?:",
        }
    }

    /// How tightly it binds: 1 (`||`) to 10 (`*`), 12 for `?:`.
    pub fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::BitOr => 3,
            Self::BitXor => 4,
            Self::BitAnd => 5,
            Self::Equal | Self::NotEqual | Self::Is | Self::Isnt => 6,
            Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual => 7,
            Self::ShiftLeft | Self::ShiftRight | Self::ShiftRightUnsigned => 8,
            Self::Add | Self::Subtract => 9,
            Self::Multiply | Self::Divide | Self::Modulus => 10,
            Self::Elvis => 12,
        }
    }
}

impl Expr {
    /// How many levels a parsed expression has at most; long chains of operators count a level for each.
    pub const MAX_HEIGHT: usize = 1000;

    /// An unscoped attribute.
    pub fn attribute(name: &str) -> Self {
        Self::Attribute { base: None, absolute: false, name: Name::new(name) }
    }

    /// The value, if it is written as one.
    pub fn as_literal(&self) -> Option<&Value> {
        match self {
            Self::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The expressions directly in this one; those of a nested ad too.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Attribute { base, .. } => base.iter().map(|b| &**b).collect(),
            Self::Unary(_, a) | Self::Parens(a) => vec![a],
            Self::Binary(_, a, b) | Self::Subscript(a, b) => vec![a, b],
            Self::Ternary(a, b, c) => vec![a, b, c],
            Self::Call(_, arguments) => arguments.iter().collect(),
            Self::List(items) => items.iter().collect(),
            Self::Ad(ad) => ad.iter().map(|(_, expr)| expr).collect(),
        }
    }
}

impl From<Value> for Expr {
    fn from(value: Value) -> Self {
        Self::Literal(value)
    }
}
