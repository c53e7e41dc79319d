//! Views: what people and programs see of jobs, tasks, values and reasons. These are the documents of `--json`.

use pelago_job::{Cell, LogSpan, Usage};
use serde::{Deserialize, Serialize};

/// The answer to a submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// The job.
    pub job: u32,
    /// Whether it was there before and continues.
    pub continued: bool,
    /// Tasks in all.
    pub tasks: u64,
    /// Things to know, such as files that were taken as inputs.
    pub notices: Vec<String>,
}

/// Counts of tasks by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All tasks.
    pub total: u64,
    /// Not ready yet, or ready and waiting for room.
    pub waiting: u64,
    /// On a slot.
    pub running: u64,
    /// Ended well in this job.
    pub done: u64,
    /// Proved by an earlier run.
    pub reused: u64,
    /// Failed for good.
    pub failed: u64,
    /// Not run because a task before them failed.
    pub skipped: u64,
    /// Ended by a person.
    pub cancelled: u64,
    /// Held.
    pub held: u64,
    /// Of the done ones, runs that only made a lost file again.
    pub remade: u64,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobView {
    /// Its number.
    pub job: u32,
    /// Its name.
    pub name: String,
    /// `running`, `held`, `paused` (no owner), `done`, `failed` or `cancelled`.
    pub state: String,
    /// Main tasks and those of other groups with an index space.
    pub counts: Counts,
    /// Per group: name, role, counts.
    pub groups: Vec<GroupView>,
    /// When it was submitted, RFC 3339.
    pub submitted: String,
    /// When it ended, RFC 3339.
    pub ended: Option<String>,
    /// Seconds of all attempts together.
    pub task_seconds: f64,
    /// Bytes that its tasks made.
    pub bytes_made: u64,
    /// Space now.
    pub disk: DiskView,
}

/// A group of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupView {
    /// Its name.
    pub name: String,
    /// What it is for: `main`, `other`, `event`, `rootstart`, …
    pub role: String,
    /// Counts.
    pub counts: Counts,
    /// Mean run time of an attempt in seconds, once one has ended.
    pub mean_seconds: Option<f64>,
    /// Space reserved for one task, once known.
    pub step_bytes: Option<u64>,
    /// Mean size of each output, once known.
    #[serde(default)]
    pub output_bytes: Vec<Option<u64>>,
}

/// Disk of a state directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskView {
    /// Kept now: working directories, intermediates, kept failures.
    pub used: u64,
    /// Promised to running attempts beyond what they use.
    pub reserved: u64,
    /// Most that was ever kept at once.
    pub peak: u64,
    /// The quota, if there is one.
    pub quota: Option<u64>,
}

/// Where a running job stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The job.
    pub job: u32,
    /// Its tasks.
    pub counts: Counts,
    /// Tasks finished in a second, over the last half minute.
    pub rate: f64,
    /// Estimate of seconds left, when there is a ground for one.
    pub seconds_left: Option<f64>,
    /// Space.
    pub disk: DiskView,
    /// Tasks that have run for unusually long, or wait for something unusual: at most 5 short texts.
    pub notable: Vec<String>,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskView {
    /// `1.17`, or `1.fl.3`.
    pub id: String,
    /// `waiting`, `checking`, `ready`, `running`, `done`, `reused`, `failed`, `skipped`, `cancelled`, `held`, `retrying`.
    pub state: String,
    /// Parameter values, in order.
    pub values: Vec<(String, String)>,
    /// Attempts so far.
    pub attempts: u32,
    /// How the last attempt ended, in words.
    pub outcome: Option<String>,
    /// The cause in one word, for filters.
    pub cause: Option<String>,
    /// When the last attempt started, RFC 3339.
    pub started: Option<String>,
    /// What it used.
    pub usage: Option<Usage>,
    /// Where its working directory was kept.
    pub directory: Option<String>,
    /// Whether it was made to run again and made something with other content than before.
    #[serde(default)]
    pub varies: bool,
}

/// A stretch of a task's output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogChunk {
    /// The text; bytes that are no UTF-8 are replaced.
    pub text: String,
    /// Whether no more will come.
    pub end: bool,
    /// Where all of it lies in the packs of the state directory, when the text is not all that was printed: it is cut, or bytes
    /// are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<LogSpan>,
}

/// The table of values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValuesView {
    /// Columns: parameters first, then values.
    pub columns: Vec<String>,
    /// How many of the columns are parameters.
    pub parameters: u32,
    /// Rows, by index.
    pub rows: Vec<Vec<Cell>>,
    /// IDs of the job's other tables, of its other tasks, if this one was not asked for by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
}

/// An explanation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhyView {
    /// What was asked about.
    pub id: String,
    /// One sentence: how it stands.
    pub summary: String,
    /// Everything that is in the way now, each with the smallest change that would end it.
    pub blockers: Vec<Blocker>,
    /// What was decided so far, oldest first.
    pub history: Vec<Step>,
    /// What to do next, if anything.
    pub next: Option<String>,
}

/// Something in the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blocker {
    /// The reason with its numbers.
    pub reason: String,
    /// Who can end it.
    pub owner: String,
    /// The smallest change that would end it.
    pub change: String,
    /// When it is looked at again, RFC 3339, if that is by time.
    pub review: Option<String>,
}

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// When, RFC 3339.
    pub at: String,
    /// What.
    pub text: String,
}
