//! What an option of a batch system is: its names, what it takes, what it says of a job.

use super::print::Printer;
use super::read::{Given, Reader};
use pelago_job::description::{Job, Range, Text};

/// An option, or a resource of `-l`.
pub(super) struct Row {
    /// Its name with its dashes, or the resource's name.
    pub name: &'static str,
    /// Another name: a letter with its dash, or a resource's alias.
    pub short: &'static str,
    pub takes: Takes,
    /// The part, as a pointer from the job.
    pub part: &'static str,
    pub meaning: Meaning,
}

/// What follows an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Value,
    /// A value, or nothing; only with `=`.
    Maybe,
    /// Two values.
    Two,
}

/// How an option is read and printed.
pub(super) enum Meaning {
    /// A text.
    Text(fn(&mut Job) -> &mut Option<Text>),
    /// Texts with this sign between them.
    Texts(fn(&mut Job) -> &mut Vec<Text>, char),
    /// A list of texts of which there is one.
    First(fn(&mut Job) -> &mut Vec<Text>),
    /// A whole number, as a text.
    Count(fn(&mut Job) -> &mut Option<Text>),
    /// A time limit, seconds.
    Time(fn(&mut Job) -> &mut Option<f64>),
    /// At most so many seconds.
    MostTime(fn(&mut Job) -> &mut Option<Range>),
    /// A limit in bytes.
    Bytes(fn(&mut Job) -> &mut Option<f64>),
    /// At least so many bytes.
    LeastBytes(fn(&mut Job) -> &mut Option<Range>),
    /// Exactly so many, or from here to there.
    Exactly(fn(&mut Job) -> &mut Option<Range>),
    /// At least so many.
    Least(fn(&mut Job) -> &mut Option<Range>),
    /// What is there or not.
    Flag(fn(&mut Job) -> &mut Option<bool>, bool),
    /// It has functions of its own.
    Own(fn(&mut Reader<'_>, &Given), fn(&mut Printer<'_>, &Row)),
    /// The model has no place for it: kept.
    Keep,
    /// Kept, and it asks for nothing that the job would miss.
    Remark,
}

/// A row of a table of options.
pub(super) const fn option(name: &'static str, short: &'static str, part: &'static str, meaning: Meaning) -> Row {
    Row { name, short, takes: Takes::Value, part, meaning }
}

/// A row for an option that is there or not.
pub(super) const fn flag(name: &'static str, short: &'static str, part: &'static str, meaning: Meaning) -> Row {
    Row { name, short, takes: Takes::Nothing, part, meaning }
}

/// A row for an option that is kept.
pub(super) const fn keep(name: &'static str, short: &'static str, takes: Takes) -> Row {
    Row { name, short, takes, part: "", meaning: Meaning::Keep }
}

/// A row for an option that is kept and asks for nothing.
pub(super) const fn remark(name: &'static str, short: &'static str, takes: Takes) -> Row {
    Row { name, short, takes, part: "", meaning: Meaning::Remark }
}
