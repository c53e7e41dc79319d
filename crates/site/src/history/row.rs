//! Rows: what the history is fed with, one type per table.

use pelago_job::{Cell, GroupNo, JobId, LogSpan, TaskRef, Usage};
use std::borrow::Cow;

/// One row for one of the tables.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// An attempt has ended. Replaces what is known of the same attempt.
    Run(Run),
    /// A job has a table of values: comes before its rows.
    Table(Table),
    /// The values of a task. Replaces those of an earlier attempt.
    Values(Values),
    /// A task with inputs of its own is proved.
    Proof(Proof),
    /// Something was decided.
    Decision(Decision),
    /// A text under a key. Replaces the one there was.
    Label {
        /// The key.
        key: String,
        /// The text.
        text: String,
    },
}

/// One attempt that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The task.
    pub task: TaskRef,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Where it ran.
    pub slot: u32,
    /// Wall time of its start, in milliseconds since 1970.
    pub started_ms: u64,
    /// What it used.
    pub usage: Usage,
    /// How it ended, in one word: `done`, or that of its cause.
    pub outcome: Cow<'static, str>,
    /// How it ended, in a sentence, if one word is not all.
    pub detail: Option<String>,
    /// Where its standard output is.
    pub stdout: LogSpan,
    /// Where its standard error is.
    pub stderr: LogSpan,
}

/// The table of values of one group of a job: its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The job.
    pub job: JobId,
    /// The group whose tasks are the rows.
    pub group: GroupNo,
    /// The view's name; [`Table::view_name`] gives the usual one.
    pub view: String,
    /// Names of the parameter columns.
    pub parameters: Vec<String>,
    /// Names of the value columns, in the order of the group's rules.
    pub values: Vec<String>,
}

impl Table {
    /// `values_7` for the main group of job 7, `values_7_fl` for its group `fl`.
    pub fn view_name(job: JobId, group: Option<&str>) -> String {
        match group {
            None => format!("values_{job}"),
            Some(group) => format!("values_{job}_{group}"),
        }
    }
}

/// The values of one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// The task.
    pub task: TaskRef,
    /// The texts of its parameters, in the order of [`Table::parameters`].
    pub parameters: Vec<String>,
    /// The cells, in the order of [`Table::values`].
    pub cells: Vec<Cell>,
}

/// A proof that a task ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What it is found by: the first 16 bytes of a digest over all that the task depends on.
    pub key: [u8; 16],
    /// The task that ran.
    pub task: TaskRef,
    /// What it made, in the caller's form.
    pub outputs: Vec<u8>,
    /// Wall time, in milliseconds since 1970.
    pub at_ms: u64,
}

/// Something that was decided, with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Wall time, in milliseconds since 1970.
    pub at_ms: u64,
    /// The job that it is about.
    pub job: JobId,
    /// The group, if it is about one.
    pub group: Option<GroupNo>,
    /// The index, if it is about one task.
    pub index: Option<u64>,
    /// The decision, as JSON in the caller's form.
    pub text: String,
}
