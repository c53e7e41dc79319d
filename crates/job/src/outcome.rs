//! How an attempt ended: typed, with its evidence.

use crate::{Bytes, Cell, Digest, Millis};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How one attempt at a task ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Every step ended well and every declared output is whole.
    Done,
    /// It did not.
    Failed(Failure),
}

/// A failure with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Why.
    pub cause: Cause,
    /// Which step of the task, from 0, if it was one.
    pub step: Option<u16>,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// A command ended with this code, which was not 0.
    Exit(i32),
    /// A command was ended by this signal.
    Signal(i32),
    /// The memory limit was exceeded, or the system killed the command for want of memory.
    OutOfMemory {
        /// Most memory seen in use.
        used: Bytes,
        /// The limit, if one was declared.
        limit: Option<Bytes>,
    },
    /// It ran longer than was declared.
    Walltime {
        /// The declared limit.
        limit: Millis,
    },
    /// A command could not be started: the program and the system's reason.
    CannotStart(String),
    /// An input was not there, or not what was recorded.
    InputMissing(String),
    /// A declared output was not there after the last step.
    OutputMissing(String),
    /// The disk is full.
    DiskFull,
    /// The attempt outgrew the space that was reserved for it.
    Disk {
        /// What was reserved.
        reserved: Bytes,
        /// What was in use when it was stopped.
        used: Bytes,
    },
    /// Someone asked for it.
    Cancelled,
    /// The process that ran it is gone: no fault of the task's.
    LostAgent,
    /// The owner was asked to stop: no fault of the task's.
    Interrupted,
    /// A step asks for something that is refused, such as a path outside the task's directories.
    Refused(String),
    /// The spawner that ran it is gone, by no fault of the task's.
    LostSpawner {
        /// Its slot, from 0.
        slot: u32,
        /// Its process.
        pid: u32,
        /// The signal that ended it, if one did.
        signal: Option<i32>,
    },
}

impl Cause {
    /// Whether the loss is ours: then it never counts against the task's retries.
    pub fn is_ours(&self) -> bool {
        self.is_lost() || matches!(self, Cause::Interrupted | Cause::Disk { .. })
    }

    /// Whether what ran it is gone, so that nobody can say how far it came.
    pub fn is_lost(&self) -> bool {
        matches!(self, Cause::LostAgent | Cause::LostSpawner { .. })
    }

    /// One word for tables and filters.
    pub fn word(&self) -> &'static str {
        match self {
            Cause::Exit(_) => "exit",
            Cause::Signal(_) => "signal",
            Cause::OutOfMemory { .. } => "memory",
            Cause::Walltime { .. } => "walltime",
            Cause::CannotStart(_) => "cannot-start",
            Cause::InputMissing(_) => "input-missing",
            Cause::OutputMissing(_) => "output-missing",
            Cause::DiskFull => "disk-full",
            Cause::Disk { .. } => "disk",
            Cause::Cancelled => "cancelled",
            Cause::LostAgent => "lost-agent",
            Cause::Interrupted => "interrupted",
            Cause::Refused(_) => "refused",
            Cause::LostSpawner { .. } => "lost-spawner",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Exit(code) => write!(f, "exit code {code}"),
            Cause::Signal(signal) => write!(f, "ended by signal {signal}"),
            Cause::OutOfMemory { used, limit: Some(limit) } => {
                write!(f, "out of memory: used {used}, may use {limit}")
            }
            Cause::OutOfMemory { used, limit: None } => {
                write!(f, "out of memory: used {used}, killed by the system")
            }
            Cause::Walltime { limit } => write!(f, "ran longer than its walltime of {limit}"),
            Cause::CannotStart(why) => write!(f, "could not start: {why}"),
            Cause::InputMissing(name) => write!(f, "input `{name}` is missing"),
            Cause::OutputMissing(name) => write!(f, "declared output `{name}` was not made"),
            Cause::DiskFull => f.write_str("the disk is full"),
            Cause::Disk { reserved, used } => {
                write!(f, "used {used} of disk, {reserved} was reserved for it")
            }
            Cause::Cancelled => f.write_str("cancelled"),
            Cause::LostAgent => f.write_str("the process that ran it is gone"),
            Cause::Interrupted => f.write_str("interrupted"),
            Cause::Refused(what) => write!(f, "refused: {what}"),
            Cause::LostSpawner { slot, pid, signal: Some(signal) } => {
                write!(f, "the spawner of slot {slot} (process {pid}) was ended by signal {signal}")
            }
            Cause::LostSpawner { slot, pid, signal: None } => {
                write!(f, "the spawner of slot {slot} (process {pid}) is gone")
            }
        }
    }
}

/// An output that is whole: its size and digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Bytes.
    pub size: Bytes,
    /// Of its content; of its listing for a directory.
    pub digest: Digest,
}

/// A file that a `copy … root:` step set aside, to be given its name in the experiment directory
/// once the outcome is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Its name within the attempt's `home` directory.
    pub staged: String,
    /// Its path below the experiment directory.
    pub path: String,
    /// What it is.
    pub made: Made,
}

/// A stretch of a pack file: where the text that an attempt printed is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSpan {
    /// The pack file's number.
    pub pack: u32,
    /// First byte.
    pub offset: u64,
    /// How many bytes.
    pub len: u64,
}

/// What an attempt used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// From start to end.
    pub wall: Millis,
    /// User and system time of all its processes.
    pub cpu: Millis,
    /// Largest resident set of one of its processes.
    pub memory: Bytes,
    /// Most disk seen in use in its directories.
    pub disk: Bytes,
}

/// All that is known of a finished attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// Declared outputs in their order; empty unless `outcome` is `Done`.
    pub outputs: Vec<Made>,
    /// Files set aside for the experiment directory.
    pub home: Vec<Delivered>,
    /// Whether a step asked that the file of this event stays in the site's store.
    pub keep_local: bool,
    /// Values by the order of the group's rules.
    pub values: Vec<Cell>,
    /// What it wrote to its standard output.
    pub stdout: LogSpan,
    /// What it wrote to its standard error.
    pub stderr: LogSpan,
    /// What it used.
    pub usage: Usage,
}

impl Report {
    /// A report of an attempt that ended without one of its own.
    pub fn failed(cause: Cause) -> Self {
        Self::of(Outcome::Failed(Failure { cause, step: None }))
    }

    /// A report with nothing but an outcome.
    pub fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            outputs: Vec::new(),
            home: Vec::new(),
            keep_local: false,
            values: Vec::new(),
            stdout: LogSpan::default(),
            stderr: LogSpan::default(),
            usage: Usage::default(),
        }
    }
}
