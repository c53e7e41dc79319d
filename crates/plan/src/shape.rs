//! The shape of a file name: literal text and holes, each hole with what can stand in it.

use crate::column::{Looks, canonical};
use crate::error::PlanError;
use crate::linear::Linear;
use crate::show;
use crate::spaces::{Block, Spaces};
use crate::task::TaskValues;
use pelago_job::name::Values;
use pelago_job::{Expr, NameError, ParamNo, Piece, Template};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What fills a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filling {
    /// The text of a value.
    Value { param: ParamNo, previous: bool },
    /// `a * value + b`, `a` not 0.
    Number { param: ParamNo, previous: bool, a: i64, b: i64 },
    /// The task's index from 1.
    Index,
    /// Other arithmetic: its parameters, and whether different values of them give different results.
    Other { expr: Expr, params: Vec<ParamNo>, one_to_one: bool },
}

/// A hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    pub filling: Filling,
    pub looks: Looks,
}

/// Literal text or a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    Hole(Hole),
}

/// A file name's parts; no two texts in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape(pub Vec<Part>);

impl Filling {
    /// The parameter and whether it is its previous value, for a hole filled from one parameter.
    pub fn param(&self) -> Option<(ParamNo, bool)> {
        match self {
            Filling::Value { param, previous } | Filling::Number { param, previous, .. } => Some((*param, *previous)),
            Filling::Index | Filling::Other { .. } => None,
        }
    }

    /// The position whose value fills the hole with `text`.
    pub fn position(&self, spaces: &Spaces, text: &str) -> Option<u64> {
        let (param, _) = self.param()?;
        let column = spaces.columns.get(usize::from(param.0))?;
        match self {
            Filling::Number { a, b, .. } => {
                let rest = i128::from(canonical(text)?) - i128::from(*b);
                let number = rest.checked_div(i128::from(*a)).filter(|n| n * i128::from(*a) == rest)?;
                column.position_of_number(i64::try_from(number).ok()?)
            }
            _ => column.position(&spaces.experiment.parameter(param)?.domain, text),
        }
    }

    /// What a position fills the hole with.
    pub fn text<'a>(&self, spaces: &'a Spaces, position: u64) -> Option<Cow<'a, str>> {
        let (param, _) = self.param()?;
        let column = spaces.columns.get(usize::from(param.0))?;
        let domain = &spaces.experiment.parameter(param)?.domain;
        match self {
            Filling::Number { a, b, .. } => {
                let number = i128::from(*a) * i128::from(column.number(domain, position)?) + i128::from(*b);
                Some(Cow::Owned(number.to_string()))
            }
            _ => Some(column.text(domain, position)),
        }
    }
}

impl Shape {
    /// The shape of a template in a block.
    pub fn of(spaces: &Spaces, at: usize, template: &Template) -> Result<Self, PlanError> {
        let mut shape = Self(Vec::new());
        let block = &spaces.blocks[at];
        for (number, piece) in template.0.iter().enumerate() {
            match piece {
                Piece::Text(text) => shape.push_text(&clean(text, number == 0)),
                Piece::Param(param) => shape.push_value(spaces, *param, false),
                Piece::Prev(param) => shape.push_value(spaces, *param, true),
                Piece::Arith(expr) => shape.push_arithmetic(spaces, at, template, expr)?,
                Piece::JobName => {
                    shape.push_text("j");
                    shape.push_index(block);
                }
                Piece::JobIndex => shape.push_index(block),
            }
        }
        // "dir/" is the file "dir".
        if let Some(Part::Text(last)) = shape.0.last_mut() {
            last.truncate(last.trim_end_matches('/').len());
            if last.is_empty() {
                shape.0.pop();
            }
        }
        Ok(shape)
    }

    fn push_text(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.0.push(Part::Text(text.to_string())),
        }
    }

    fn push_index(&mut self, block: &Block) {
        let looks = Looks::of_integers(1, i64::try_from(block.start + block.size).unwrap_or(i64::MAX));
        self.0.push(Part::Hole(Hole { filling: Filling::Index, looks }));
    }

    fn push_value(&mut self, spaces: &Spaces, param: ParamNo, previous: bool) {
        let Some(column) = spaces.columns.get(usize::from(param.0)) else { return };
        let filling = match column.is_integers() {
            true => Filling::Number { param, previous, a: 1, b: 0 },
            false => Filling::Value { param, previous },
        };
        self.0.push(Part::Hole(Hole { filling, looks: column.looks }));
    }

    fn push_arithmetic(&mut self, spaces: &Spaces, at: usize, name: &Template, expr: &Expr) -> Result<(), PlanError> {
        let group = || spaces.group_name(at).to_string();
        let shown = || show::template(&spaces.experiment, name);
        let form = Linear::of(expr);
        let mut params = Template(vec![Piece::Arith(expr.clone())]).params();
        params.sort_unstable();
        for param in &params {
            let Some(column) = spaces.columns.get(usize::from(param.0)) else { continue };
            if column.ends().is_none() {
                let domain = spaces.experiment.parameter(*param).map(|p| &p.domain);
                let text =
                    domain.and_then(|d| (0..d.len().min(1000)).map(|p| d.text(p)).find(|t| t.parse::<i64>().is_err()));
                return Err(PlanError::NotIntegers {
                    group: group(),
                    name: shown(),
                    parameter: spaces.name(*param).into(),
                    text: text.unwrap_or_default().into_owned(),
                });
            }
        }
        let overflow = |error| PlanError::Arithmetic { group: group(), name: shown(), error };
        match form {
            // Constant parts are evaluated as the task will do it: they can overflow where the sum does not.
            None if params.is_empty() => self.push_text(&evaluate_at(expr, 0).map_err(overflow)?.to_string()),
            Some(form) if form.factors.is_empty() => {
                let ends = params.iter().filter_map(|p| spaces.columns.get(usize::from(p.0))?.ends());
                for (least, most) in ends.chain([(0, 0)]) {
                    evaluate_at(expr, least).map_err(overflow)?;
                    evaluate_at(expr, most).map_err(overflow)?;
                }
                self.push_text(&form.constant.to_string());
            }
            Some(form) if form.factors.len() == 1 => {
                for ((param, previous), a) in &form.factors {
                    let Some(column) = spaces.columns.get(usize::from(param.0)) else { continue };
                    let (least, most) = column.ends().unwrap_or((0, 0));
                    let ends =
                        [evaluate_at(expr, least).map_err(overflow)?, evaluate_at(expr, most).map_err(overflow)?];
                    let narrow = |value: i128| i64::try_from(value).map_err(|_| overflow(NameError::Overflow));
                    let filling = Filling::Number {
                        param: *param,
                        previous: *previous,
                        a: narrow(*a)?,
                        b: narrow(form.constant)?,
                    };
                    let looks = Looks::of_integers(ends[0].min(ends[1]), ends[0].max(ends[1]));
                    self.0.push(Part::Hole(Hole { filling, looks }));
                }
            }
            form => {
                let one_to_one = form.is_some_and(|form| mixed_radix(spaces, &form));
                let looks = Looks { width: None, ..Looks::of_integers(-1, 1) };
                let filling = Filling::Other { expr: expr.clone(), params, one_to_one };
                self.0.push(Part::Hole(Hole { filling, looks }));
            }
        }
        Ok(())
    }

    /// The holes, from left to right.
    pub fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.0.iter().filter_map(|part| match part {
            Part::Hole(hole) => Some(hole),
            Part::Text(_) => None,
        })
    }

    /// Arithmetic that is not `a*x + b`.
    pub fn other(&self) -> Option<&Expr> {
        self.holes().find_map(|hole| match &hole.filling {
            Filling::Other { expr, .. } => Some(expr),
            _ => None,
        })
    }

    /// The name for one task.
    pub fn fill(&self, spaces: &Spaces, at: usize, local: u64) -> Result<String, NameError> {
        let values = TaskValues::of(spaces, at, local);
        let mut name = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Hole(hole) => match &hole.filling {
                    Filling::Index => name.push_str(&values.number().to_string()),
                    Filling::Other { expr, .. } => name.push_str(&expr.evaluate(&values)?.to_string()),
                    filling => {
                        let Some((param, previous)) = filling.param() else { continue };
                        let position = values.position(param, previous).ok_or(NameError::NoPrevious)?;
                        name.push_str(&filling.text(spaces, position).unwrap_or_default());
                    }
                },
            }
        }
        Ok(name)
    }

    /// The text, if there are no holes.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The parameters whose values of the same task stand in the name, or in its arithmetic.
    pub fn params(&self) -> BTreeSet<(ParamNo, bool)> {
        let mut found = BTreeSet::new();
        for hole in self.holes() {
            match &hole.filling {
                Filling::Other { params, .. } => found.extend(params.iter().map(|param| (*param, false))),
                filling => found.extend(filling.param()),
            }
        }
        found
    }

    /// Whether the task's index stands in the name.
    pub fn has_index(&self) -> bool {
        self.holes().any(|hole| hole.filling == Filling::Index)
    }

    /// Whether no name of this shape is a name of the other, as far as their bytes tell.
    pub fn apart(&self, other: &Shape) -> bool {
        // Most pairs differ in the literal text at one of their ends.
        let (head, tail) = (literal(self.0.first()), literal(self.0.last()));
        let (other_head, other_tail) = (literal(other.0.first()), literal(other.0.last()));
        if head.iter().zip(other_head).any(|(a, b)| a != b)
            || tail.iter().rev().zip(other_tail.iter().rev()).any(|(a, b)| a != b)
        {
            return true;
        }
        let (mine, theirs) = (steps(self), steps(other));
        // Which (place in mine, place in theirs) can be reached by the same text.
        let width = theirs.len() + 1;
        let mut reached = vec![false; (mine.len() + 1) * width];
        let mut todo = vec![(0, 0)];
        while let Some((i, j)) = todo.pop() {
            if std::mem::replace(&mut reached[i * width + j], true) {
                continue;
            }
            match (mine.get(i), theirs.get(j)) {
                (None, None) => return false,
                // Text that both can hold moves neither.
                (Some(Place::Any(_)), Some(Place::Any(_))) => todo.extend([(i + 1, j), (i, j + 1)]),
                (Some(Place::Any(a)), Some(Place::One(b))) => {
                    todo.push((i + 1, j));
                    if a.contains(*b) {
                        todo.push((i, j + 1));
                    }
                }
                (Some(Place::One(a)), Some(Place::Any(b))) => {
                    todo.push((i, j + 1));
                    if b.contains(*a) {
                        todo.push((i + 1, j));
                    }
                }
                (Some(Place::One(a)), Some(Place::One(b))) if a == b => todo.push((i + 1, j + 1)),
                (Some(Place::Any(_)), None) => todo.push((i + 1, j)),
                (None, Some(Place::Any(_))) => todo.push((i, j + 1)),
                _ => {}
            }
        }
        true
    }
}

fn literal(part: Option<&Part>) -> &[u8] {
    match part {
        Some(Part::Text(text)) => text.as_bytes(),
        _ => &[],
    }
}

/// One byte of a name, or any number out of a set.
enum Place {
    One(u8),
    Any(crate::bytes::ByteSet),
}

fn steps(shape: &Shape) -> Vec<Place> {
    let mut places = Vec::new();
    for part in &shape.0 {
        match part {
            Part::Text(text) => places.extend(text.bytes().map(Place::One)),
            Part::Hole(hole) => places.push(Place::Any(hole.looks.any())),
        }
    }
    places
}

/// `./a//b/./c` without what does not matter. Only whole components within one text are touched.
fn clean(text: &str, at_start: bool) -> Cow<'_, str> {
    if !(text.contains("//") || text.contains("/./") || (at_start && text.starts_with("./"))) {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_string();
    while at_start && text.starts_with("./") && text.len() > 2 {
        text.drain(..2);
    }
    for (from, to) in [("/./", "/"), ("//", "/")] {
        while text.contains(from) {
            text = text.replace(from, to);
        }
    }
    Cow::Owned(text)
}

/// Whether different values give different sums: each factor outweighs all that the smaller ones can add up to.
fn mixed_radix(spaces: &Spaces, form: &Linear) -> bool {
    let mut weights: Vec<(u128, u128)> = Vec::new();
    for ((param, previous), factor) in &form.factors {
        let Some(column) = spaces.columns.get(usize::from(param.0)) else { return false };
        let (crate::column::Numbers::Range { step, .. }, false) = (&column.numbers, *previous) else { return false };
        let Some(weight) = factor.unsigned_abs().checked_mul(u128::from(step.unsigned_abs())) else { return false };
        weights.push((weight, u128::from(column.len().saturating_sub(1))));
    }
    weights.sort_unstable();
    let mut reach = 0u128;
    weights.iter().all(|(weight, most)| {
        let outweighs = *most == 0 || *weight > reach;
        reach = reach.saturating_add(weight.saturating_mul(*most));
        outweighs
    })
}

/// A world in which every parameter has the same value.
struct Everywhere(String);

impl Values for Everywhere {
    fn text(&self, _: ParamNo) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn previous(&self, _: ParamNo) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.0))
    }

    fn number(&self) -> u64 {
        1
    }
}

fn evaluate_at(expr: &Expr, value: i64) -> Result<i64, NameError> {
    expr.evaluate(&Everywhere(value.to_string()))
}
