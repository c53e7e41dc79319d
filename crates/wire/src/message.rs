//! Requests to a site and its answers. On a local socket each is one line of JSON.

use crate::view::{Accepted, JobView, LogChunk, Progress, TaskView, ValuesView, WhyView};
use pelago_job::{Bytes, Experiment, LogSpan};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "request")]
pub enum Request {
    /// Run an experiment: continue the job that it already is, or start a new one. Answered by [`Answer::Accepted`].
    Submit(Box<Submit>),
    /// Events of a job until it ends: a stream of [`Answer::Event`], closed by [`Event::Ended`].
    Follow {
        /// Which; the last one if absent.
        id: Option<String>,
    },
    /// One job, or all. Answered by [`Answer::Jobs`].
    Status {
        /// Which; all if absent.
        id: Option<String>,
    },
    /// Tasks of a job. Answered by [`Answer::Tasks`].
    Tasks {
        /// Which job; the last one if absent.
        id: Option<String>,
        /// Only these states (words of [`TaskView::state`]); all if empty.
        states: Vec<String>,
        /// At most so many.
        limit: u64,
    },
    /// Why something is as it is. Answered by [`Answer::Why`].
    Why {
        /// A job, or a task such as `1.17` or `1.fl.3`; the last job if absent.
        id: Option<String>,
    },
    /// What a task printed. Answered by [`Answer::Log`], more than once when `follow` is set.
    Logs {
        /// A task.
        id: String,
        /// Standard error instead of standard output.
        stderr: bool,
        /// Go on until the task has ended.
        follow: bool,
    },
    /// The table of values. Answered by [`Answer::Values`].
    Values {
        /// Which job; the last one if absent.
        id: Option<String>,
    },
    /// End a job or a task for good. Answered by [`Answer::Done`].
    Cancel {
        /// Which; the last job if absent.
        id: Option<String>,
    },
    /// Start no further task of a job until it is released. Answered by [`Answer::Done`].
    Hold {
        /// Which; the last job if absent.
        id: Option<String>,
    },
    /// Undo a hold. Answered by [`Answer::Done`].
    Release {
        /// Which; the last job if absent.
        id: Option<String>,
    },
    /// Stop the owner: no new task starts; running ones finish, or are stopped at once. Answered by [`Answer::Done`].
    Stop {
        /// Stop running tasks too.
        now: bool,
    },
}

/// An experiment to run, with what the command line adds to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submit {
    /// What to run, with its globs and random values not yet resolved.
    pub experiment: Experiment,
    /// The experiment directory, absolute.
    pub root: PathBuf,
    /// Options.
    pub options: RunOptions,
}

/// Options of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunOptions {
    /// Start a job that reuses nothing.
    pub again: bool,
    /// A finished experiment simply runs again (bare commands without declared files).
    pub always: bool,
    /// Tries after the first for a task that fails by its own fault.
    pub retries: u32,
    /// Whether other tasks go on after one has failed for good.
    pub keep_going: bool,
    /// Disk quota of the whole state directory; absent leaves what is in force.
    pub quota: Option<Bytes>,
    /// Rerun readers of a file that was made again with another digest.
    pub strict: bool,
}

/// What a site answers.
#[expect(clippy::large_enum_variant, reason = "answers come one at a time; boxing events would cost every reader")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Answer {
    /// A submission was taken and is durable.
    Accepted(Accepted),
    /// Something happened.
    Event(Event),
    /// Jobs.
    Jobs {
        /// In the order of submission.
        jobs: Vec<JobView>,
    },
    /// Tasks.
    Tasks {
        /// The tasks, by group and index.
        tasks: Vec<TaskView>,
        /// How many there are in all in those states.
        total: u64,
    },
    /// An explanation.
    Why(Box<WhyView>),
    /// Output of a task.
    Log(LogChunk),
    /// Values.
    Values(ValuesView),
    /// It is done; what changed, in words.
    Done {
        /// For people.
        text: String,
    },
    /// It was refused or went wrong.
    Error(Refusal),
}

/// A refusal: what, why, what to do next, and the exit code it stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{what}")]
pub struct Refusal {
    /// What failed, for what, and why.
    pub what: String,
    /// What to do next.
    pub hint: Option<String>,
    /// 2 bad input, 3 interrupted, 4 refused, 5 not reached, 70 our bug.
    pub code: u8,
}

/// Where all that a task printed lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    /// Standard output.
    pub stdout: LogSpan,
    /// Standard error.
    pub stderr: LogSpan,
}

/// Something that happened to a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// Where the job stands; at most a few times a second.
    Progress(Progress),
    /// An attempt ended well. Sent only for commands in place, with what they printed.
    Done {
        /// The task.
        task: TaskView,
        /// Its standard output.
        stdout: String,
        /// Its standard error.
        stderr: String,
        /// Where both lie in the packs of the state directory, when the texts here are not all that was printed: they are
        /// cut, or bytes that are no UTF-8 are replaced.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        whole: Option<Whole>,
    },
    /// An attempt failed; `task.state` says whether it is tried again.
    Failed {
        /// The task.
        task: TaskView,
        /// The end of what it wrote to standard error.
        tail: String,
    },
    /// Something worth a line.
    Notice {
        /// For people.
        text: String,
    },
    /// The job has ended, or its owner stops.
    Ended {
        /// How it stands.
        job: JobView,
        /// Every failure that is final, at most 20.
        failures: Vec<TaskView>,
        /// Exit code by the rules of the command line.
        code: u8,
        /// The exit code of the command itself (128 and the signal if one ended it), when the job is a single command in
        /// place; absent for every other job and while the command has not ended.
        #[serde(default)]
        exit_code: Option<i32>,
    },
}
