//! What can be wrong with a text, and where.

use std::ops::Range;
use thiserror::Error;

/// A text that is no ClassAd expression or ad.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct ParseError {
    /// The bytes of the text that are wrong; empty at its end if something is missing.
    pub span: Range<usize>,
    /// What is wrong.
    pub kind: Fault,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Another token is needed here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What could stand here.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// A character that begins no token.
    #[error("`{0}` begins nothing in this language")]
    Character(char),
    /// `"` or `'` without its end.
    #[error("this text has no closing quotation mark")]
    Unclosed,
    /// `/*` without `*/`.
    #[error("this comment has no end; expected `*/`")]
    Comment,
    /// A number with a letter, a point without digits, an exponent without digits.
    #[error("this is no number: {0}")]
    Number(&'static str),
    /// An integer of more than 64 bits.
    #[error("this integer does not fit in 64 bits; write it as a real, with `.0`")]
    Range,
    /// NUL in a string, itself or as `\0`.
    #[error("a string cannot hold the character NUL")]
    Nul,
    /// The argument of `absTime` or `relTime` cannot be read.
    #[error("`{0}` is no time; an absolute one is `2026-01-31T09:00:00+01:00`, a relative one `1+02:03:04`")]
    Time(String),
    /// Brackets in brackets, or operators in a chain, beyond the limit.
    #[error("the expression is nested deeper than {0} levels")]
    Depth(usize),
    /// More of the text than the expression.
    #[error("the expression ends before this; expected an operator or the end, found {0}")]
    Trailing(String),
}

impl ParseError {
    pub(crate) fn new(span: Range<usize>, kind: Fault) -> Self {
        Self { span, kind }
    }

    /// Line and column of its beginning in `text`, both from 1; columns count characters.
    pub fn position(&self, text: &str) -> (usize, usize) {
        let start = (0..=self.span.start.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let before = &text[..start];
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
    }
}

/// Why an evaluation gave no value at all. It is not the value `error`, which an expression may test for: a failure
/// ends the whole evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// The evaluation took more steps than its context allows.
    #[error("the expression takes more than the {0} steps allowed")]
    Fuel(u64),
    /// References and brackets go deeper than the limit.
    #[error("the evaluation goes deeper than {0} levels")]
    Depth(usize),
    /// `.name` where there is no ad at all.
    #[error("`.{0}` means an attribute of the outermost ad, and there is no ad")]
    NoRoot(String),
    /// `random(n)` with nothing to choose from.
    #[error("random() needs a number greater than zero, not {0}")]
    Random(String),
    /// A function whose arguments cannot even be looked at.
    #[error("{function}() {why}")]
    Call {
        /// The function.
        function: &'static str,
        /// What is wrong, to follow its name.
        why: &'static str,
    },
}
