//! A text of a description, with parameters in it where the job is a sweep.

use super::Point;
use crate::name::Values;
use crate::{Expr, ParamNo, Piece, Template};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// A text with holes for parameters. As a string, in reports, a hole is `${n}` with the parameter's number, and a
/// dollar sign of the text itself before a brace is doubled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text(pub Template);

impl Text {
    /// A text without holes.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        Self(if text.is_empty() { Template::default() } else { Template::literal(text) })
    }

    /// A text that is one parameter's value.
    pub fn param(number: ParamNo) -> Self {
        Self(Template(vec![Piece::Param(number)]))
    }

    /// The text, if there are no holes.
    pub fn as_literal(&self) -> Option<String> {
        self.0.as_literal()
    }

    /// Fills holes: those whose parameter has a value in `point`, and the task's number where it is given.
    /// Arithmetic that has no value stays as it is.
    pub fn fill(&mut self, point: &Point, number: Option<u64>) {
        let mut filled = Template::default();
        for piece in std::mem::take(&mut self.0.0) {
            let values = Filling { point, number: number.unwrap_or(0) };
            let known = match &piece {
                Piece::Param(p) => point.contains_key(p),
                Piece::JobName | Piece::JobIndex => number.is_some(),
                Piece::Arith(_) => Template(vec![piece.clone()]).params().iter().all(|p| point.contains_key(p)),
                Piece::Text(_) | Piece::Prev(_) => false,
            };
            match (&piece, known.then(|| Template(vec![piece.clone()]).fill(&values))) {
                (_, Some(Ok(text))) => filled.push_text(&text),
                (Piece::Text(text), _) => filled.push_text(text),
                _ => filled.0.push(piece),
            }
        }
        self.0 = filled;
    }

    /// Whether it is the empty text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The string with each hole written by `hole`; literal parts go through `literal`.
    pub fn write(&self, literal: impl Fn(&str) -> String, hole: impl Fn(&Piece) -> String) -> String {
        let part = |piece: &Piece| match piece {
            Piece::Text(text) => literal(text),
            other => hole(other),
        };
        self.0.0.iter().map(part).collect()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::literal(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::literal(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hole = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Param(p) => format!("${{{}}}", p.0),
            Piece::Prev(p) => format!("${{{}.prev}}", p.0),
            Piece::Arith(expr) => format!("$(({}))", arithmetic(expr)),
            Piece::JobName => "${jobname}".into(),
            Piece::JobIndex => "${jobindex}".into(),
        };
        f.write_str(&self.write(|text| text.replace("${", "$${").replace("$((", "$$(("), hole))
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The values of one task, for [`Text::fill`].
struct Filling<'a> {
    point: &'a Point,
    number: u64,
}

impl Values for Filling<'_> {
    fn text(&self, param: ParamNo) -> Cow<'_, str> {
        Cow::Borrowed(self.point.get(&param).map_or("", String::as_str))
    }

    fn previous(&self, _: ParamNo) -> Option<Cow<'_, str>> {
        None
    }

    fn number(&self) -> u64 {
        self.number
    }
}

fn arithmetic(expr: &Expr) -> String {
    let both = |a: &Expr, sign: &str, b: &Expr| format!("({} {sign} {})", arithmetic(a), arithmetic(b));
    match expr {
        Expr::Int(value) => value.to_string(),
        Expr::Param(p) => format!("${{{}}}", p.0),
        Expr::Prev(p) => format!("${{{}.prev}}", p.0),
        Expr::Neg(a) => format!("-{}", arithmetic(a)),
        Expr::Add(a, b) => both(a, "+", b),
        Expr::Sub(a, b) => both(a, "-", b),
        Expr::Mul(a, b) => both(a, "*", b),
        Expr::Div(a, b) => both(a, "/", b),
        Expr::Rem(a, b) => both(a, "%", b),
    }
}
