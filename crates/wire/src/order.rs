//! Orders: all that an agent needs to run one attempt, with every parameter filled in.

use pelago_job::{Bytes, Limits, Made, OnError, Place, Resource, Stream, Take, TaskRef};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One attempt at one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The task.
    pub task: TaskRef,
    /// The attempt, counted from 1.
    pub attempt: u32,
    /// The task's form for people, `42.17`.
    pub label: String,
    /// The experiment directory, absolute.
    pub root: PathBuf,
    /// Whether the steps run in `root` itself, or in `within`, and no working directory is made.
    pub in_place: bool,
    /// The directory that the steps run in, absolute, if it is neither `root` nor an empty one; made if it is not there.
    pub within: Option<PathBuf>,
    /// Files to put into the working directory before the first step.
    pub inputs: Vec<StageIn>,
    /// Whether what the node's start task left is staged in as well.
    pub node_files: bool,
    /// Whether this is the node's start task, whose working directory is kept as the node's files.
    pub makes_node_files: bool,
    /// What to do.
    pub steps: Vec<OrderStep>,
    /// Declared outputs: paths in the working directory.
    pub outputs: Vec<String>,
    /// Values to take, in the order of the group's rules.
    pub values: Vec<OrderValue>,
    /// Variables set on top of the owner's environment.
    pub env: Vec<(String, String)>,
    /// Declared limits.
    pub limits: Limits,
    /// Disk space reserved; an attempt that uses more is stopped.
    pub reserved: Option<Bytes>,
}

/// A file to stage in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageIn {
    /// Where it is now, absolute.
    pub from: PathBuf,
    /// Its path in the working directory, relative, without `..`.
    pub name: String,
    /// Whether the task promised not to change it, so that a link will do.
    pub read_only: bool,
    /// What it must be, if that is known.
    pub expect: Option<Made>,
}

/// A step with its parameters filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OrderStep {
    /// One program, no shell.
    Exec {
        /// The program as written.
        program: String,
        /// All of `argv`, `argv[0]` included.
        argv: Vec<String>,
        /// Whether `PATH` is searched.
        search_path: bool,
        /// Working directory or experiment directory.
        at: Place,
    },
    /// A line for `/bin/sh -c`.
    Shell {
        /// The line.
        line: String,
        /// Working directory or experiment directory.
        at: Place,
    },
    /// From the experiment directory (or the store) into the working directory.
    CopyIn {
        /// The source, absolute, or relative to the experiment directory.
        from: PathBuf,
        /// The destination in the working directory; `.` or a path that ends with `/` keeps the source's last name.
        to: String,
        /// Whether both contain shell text to be expanded first.
        dynamic: bool,
    },
    /// Within the working directory.
    CopyWithin {
        /// The source; may be a glob.
        from: String,
        /// The destination.
        to: String,
        /// Whether both contain shell text to be expanded first.
        dynamic: bool,
    },
    /// From the working directory to the experiment directory: set aside now, named once the outcome is recorded.
    CopyHome {
        /// The source; may be a glob.
        from: String,
        /// The path below the experiment directory; empty, or ending with `/`, keeps the source's last name.
        to: String,
        /// Whether both contain shell text to be expanded first.
        dynamic: bool,
    },
    /// From the working directory to an absolute path, in the same way.
    CopyOut {
        /// The source; may be a glob.
        from: String,
        /// The path; a directory, or ending with `/`, keeps the source's last name.
        to: String,
    },
    /// The event's file stays in the site's store.
    KeepLocal,
    /// Copies a file of the working directory, replacing `$name` and `${name}`.
    Substitute {
        /// The file with placeholders.
        source: String,
        /// The file to write.
        target: String,
        /// Names and values.
        values: Vec<(String, String)>,
    },
    /// Where a stream of later commands goes; `None` gives it back to the log.
    Redirect {
        /// Which.
        stream: Stream,
        /// File in the working directory, and whether it is appended to.
        target: Option<(String, bool)>,
    },
    /// What a failing later command does.
    OnError(OnError),
    /// What holds for later commands.
    Set(OrderSetting),
}

/// A setting with its parameters filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderSetting {
    /// A variable and its value; none takes the variable away.
    Variable(String, Option<String>),
    /// The file in the working directory that standard input comes from; none means nothing to read.
    Input(Option<String>),
    /// The directory that commands run in, below the working directory or absolute; none means the working directory.
    Directory(Option<String>),
    /// The exit codes that count as success.
    Success(Vec<i32>),
    /// The most that each process may use of a resource.
    Limit(Resource, u64),
    /// Whether what follows is done also when the task's commands have failed.
    AfterFailure(bool),
    /// The exit code with which a command ends the task well at once.
    Skip(Option<i32>),
}

/// A value to take when the steps have ended well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderValue {
    /// A file in the working directory; `None` is standard output.
    pub file: Option<String>,
    /// How.
    pub take: Take,
}
