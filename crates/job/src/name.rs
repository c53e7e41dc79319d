//! Texts with parameters in them: file names, command lines, and the integer arithmetic they may contain.

use crate::ParamNo;
use serde::{Deserialize, Serialize};

/// A text whose holes are filled from a task's parameter values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Template(pub Vec<Piece>);

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// The value of a parameter.
    Param(ParamNo),
    /// The value that a seqameter has in the task before this one in its chain (`${month.prev}`).
    Prev(ParamNo),
    /// Integer arithmetic on parameters (`$((timestep - 1))`).
    Arith(Expr),
    /// `jobname`: `j` and the index, from 1.
    JobName,
    /// `jobindex`: the index, from 1.
    JobIndex,
}

/// Integer arithmetic on parameter values. Evaluation is checked: it never wraps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Expr {
    /// A literal.
    Int(i64),
    /// The value of an integer parameter.
    Param(ParamNo),
    /// The previous value of a seqameter.
    Prev(ParamNo),
    /// `-a`
    Neg(Box<Expr>),
    /// `a + b`
    Add(Box<Expr>, Box<Expr>),
    /// `a - b`
    Sub(Box<Expr>, Box<Expr>),
    /// `a * b`
    Mul(Box<Expr>, Box<Expr>),
    /// `a / b`, rounded to zero
    Div(Box<Expr>, Box<Expr>),
    /// `a % b`, with the sign of `a`
    Rem(Box<Expr>, Box<Expr>),
}

/// Why a template has no text for some task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The value of a parameter in arithmetic is no integer.
    #[error("`{0}` is not an integer, so it cannot be used in arithmetic")]
    NotAnInteger(String),
    /// A result outside 64 bits.
    #[error("the arithmetic overflows 64-bit integers")]
    Overflow,
    /// Division by zero.
    #[error("the arithmetic divides by zero")]
    DivisionByZero,
    /// `.prev` of the first link of a chain.
    #[error("the first task of a chain has no previous value")]
    NoPrevious,
}

/// What a template is filled from. `plan` implements it for a task.
pub trait Values {
    /// The text of a parameter's value.
    fn text(&self, param: ParamNo) -> std::borrow::Cow<'_, str>;
    /// The text that a seqameter's value had one link before; `None` for a first link.
    fn previous(&self, param: ParamNo) -> Option<std::borrow::Cow<'_, str>>;
    /// The task's index from 1.
    fn number(&self) -> u64;
}

impl Template {
    /// A template without holes.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// The text, if there are no holes.
    pub fn as_literal(&self) -> Option<String> {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds literal text at the end, joining it to literal text that is there.
    pub fn push_text(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.0.push(Piece::Text(text.to_string())),
        }
    }

    /// The parameters that appear, in order of appearance, each once.
    pub fn params(&self) -> Vec<ParamNo> {
        fn walk(expr: &Expr, found: &mut Vec<ParamNo>) {
            match expr {
                Expr::Int(_) => {}
                Expr::Param(p) | Expr::Prev(p) => found.push(*p),
                Expr::Neg(a) => walk(a, found),
                Expr::Add(a, b) | Expr::Sub(a, b) | Expr::Mul(a, b) | Expr::Div(a, b) | Expr::Rem(a, b) => {
                    walk(a, found);
                    walk(b, found);
                }
            }
        }
        let mut found = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Param(p) | Piece::Prev(p) => found.push(*p),
                Piece::Arith(expr) => walk(expr, &mut found),
                Piece::Text(_) | Piece::JobName | Piece::JobIndex => {}
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|p| seen.insert(*p));
        found
    }

    /// The text for one task.
    pub fn fill(&self, values: &dyn Values) -> Result<String, NameError> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Param(p) => out.push_str(&values.text(*p)),
                Piece::Prev(p) => out.push_str(&values.previous(*p).ok_or(NameError::NoPrevious)?),
                Piece::Arith(expr) => out.push_str(&expr.evaluate(values)?.to_string()),
                Piece::JobName => out.push_str(&format!("j{}", values.number())),
                Piece::JobIndex => out.push_str(&values.number().to_string()),
            }
        }
        Ok(out)
    }
}

impl Expr {
    /// The value for one task.
    pub fn evaluate(&self, values: &dyn Values) -> Result<i64, NameError> {
        let number = |text: &str| text.parse::<i64>().map_err(|_| NameError::NotAnInteger(text.to_string()));
        let both = |a: &Expr, b: &Expr| Ok((a.evaluate(values)?, b.evaluate(values)?));
        match self {
            Expr::Int(value) => Ok(*value),
            Expr::Param(p) => number(&values.text(*p)),
            Expr::Prev(p) => number(&values.previous(*p).ok_or(NameError::NoPrevious)?),
            Expr::Neg(a) => a.evaluate(values)?.checked_neg().ok_or(NameError::Overflow),
            Expr::Add(a, b) => both(a, b).and_then(|(a, b)| a.checked_add(b).ok_or(NameError::Overflow)),
            Expr::Sub(a, b) => both(a, b).and_then(|(a, b)| a.checked_sub(b).ok_or(NameError::Overflow)),
            Expr::Mul(a, b) => both(a, b).and_then(|(a, b)| a.checked_mul(b).ok_or(NameError::Overflow)),
            Expr::Div(a, b) => match both(a, b)? {
                (_, 0) => Err(NameError::DivisionByZero),
                (a, b) => a.checked_div(b).ok_or(NameError::Overflow),
            },
            Expr::Rem(a, b) => match both(a, b)? {
                (_, 0) => Err(NameError::DivisionByZero),
                (a, b) => a.checked_rem(b).ok_or(NameError::Overflow),
            },
        }
    }
}
