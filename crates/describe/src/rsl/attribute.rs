//! What an attribute is: its names, the shape of its value, when it may be said, and the one field of the model that
//! reading fills and printing takes from. The dialects' tables are made of these.

use super::clause::Clause;
use super::print::Printer;
use super::read::Reader;
use pelago_job::Job;
use pelago_job::description::{Path, Range, Text, Variable};

/// Said when a job is submitted.
pub(super) const SUBMIT: u8 = 1;
/// Said when a job manager is started again for a job that runs.
pub(super) const RESTART: u8 = 2;
/// Said when the places of a running job's streams change.
pub(super) const UPDATE: u8 = 4;

/// One row of a dialect's table.
pub(super) struct Attribute {
    /// The name in lower case without underscores.
    pub name: &'static str,
    /// The name as it is printed.
    pub shown: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// In which requests it may stand.
    pub when: u8,
    /// What a second one does.
    pub again: Again,
    /// Whether other signs than `=` mean something.
    pub signs: bool,
    /// Where in a job it is kept, as a JSON pointer.
    pub part: &'static str,
    /// How it gets there and back.
    pub field: Field,
}

/// The shape of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One word.
    Word,
    /// One word, a whole number from this one on.
    Whole(u64),
    /// One word, `yes` or `no`.
    YesNo,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Words.
    Words,
    /// Sequences of so many words each.
    Rows(usize),
    /// What its own reader looks at.
    Own,
}

/// What a second clause with the same attribute does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It is refused.
    Refused,
    /// The first counts.
    First,
    /// The last counts.
    Last,
    /// Both count.
    Both,
}

/// How an attribute is read and printed.
#[derive(Clone, Copy)]
pub(super) enum Field {
    /// A text.
    Text(fn(&mut Job) -> &mut Option<Text>),
    /// A path of the job.
    Path(fn(&mut Job) -> &mut Option<Path>),
    /// Texts.
    Texts(fn(&mut Job) -> &mut Vec<Text>),
    /// The first of some texts: the language has one only.
    First(fn(&mut Job) -> &mut Vec<Text>),
    /// Paths and other words of a command.
    Paths(fn(&mut Job) -> &mut Vec<Path>),
    /// Names and values.
    Variables(fn(&mut Job) -> &mut Vec<Variable>),
    /// A number, in so many of the model's units.
    Number(f64, fn(&mut Job) -> &mut Option<f64>),
    /// A number that is the least to be provided, in so many of the model's units.
    Least(f64, fn(&mut Job) -> &mut Option<Range>),
    /// Nothing in the model: kept as it stands; whether it asks for nothing.
    Kept(bool),
    /// Its own functions.
    Own(fn(&mut Reader<'_>, &Clause), fn(&mut Printer<'_>, &'static Attribute)),
}

impl Attribute {
    /// A row for submitted jobs.
    pub(super) const fn new(
        name: &'static str,
        shown: &'static str,
        shape: Shape,
        part: &'static str,
        field: Field,
    ) -> Self {
        Self { name, shown, shape, when: SUBMIT, again: Again::First, signs: false, part, field }
    }

    /// A row without a place in the model.
    pub(super) const fn kept(name: &'static str, shown: &'static str, shape: Shape, remark: bool) -> Self {
        Self::new(name, shown, shape, "/extensions", Field::Kept(remark))
    }

    /// The row, for these requests.
    pub(super) const fn when(mut self, when: u8) -> Self {
        self.when = when;
        self
    }

    /// The row, for relations of all signs.
    pub(super) const fn signs(mut self) -> Self {
        self.signs = true;
        self
    }

    /// The row, with what a second clause does.
    pub(super) const fn again(mut self, again: Again) -> Self {
        self.again = again;
        self
    }
}

/// For attributes that another one prints.
pub(super) fn with_another(_: &mut Printer<'_>, _: &'static Attribute) {}
