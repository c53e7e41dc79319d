//! What an agent is given and what it tells its owner.

use crossbeam_channel::Sender;
use pelago_job::{Bytes, FileRef, JobId, Report, TaskRef};
use pelago_launch::Spawner;
use std::path::PathBuf;

/// What an agent needs to begin.
pub struct Config {
    /// The state directory, absolute; the caller holds its lock.
    pub state: PathBuf,
    /// The state directory's own name (a UUID), put into the environment of every task as `PELAGO_OWNER`.
    pub owner: String,
    /// Whether that name has just been made, so that no process can have it.
    pub fresh: bool,
    /// One spawner a slot; those without a process get one with the first work for their slot.
    pub spawners: Vec<Spawner>,
    /// Where to tell what happened.
    pub reports: Sender<Told>,
}

/// Something that happened on this machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// An attempt left the queue and has a slot.
    Started {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
        /// The slot, from 0.
        slot: usize,
    },
    /// An attempt ended; no process of it is left.
    Finished {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
        /// All that is known of it.
        report: Box<Report>,
    },
    /// Space was given back after [`crate::Agent::discard`], [`crate::Agent::condemn`] or [`crate::Agent::drop_failed`].
    Freed {
        /// What is gone.
        what: Freed,
        /// Allocated bytes that it used.
        bytes: Bytes,
    },
    /// A task changed an input that it had promised only to read, and which it shared with the store or the
    /// experiment directory.
    InputChanged {
        /// The culprit.
        task: TaskRef,
        /// Its attempt.
        attempt: u32,
        /// The file as it is known outside the working directory.
        file: PathBuf,
    },
    /// A slot goes on with another spawner, because its own was killed from outside.
    SlotBack {
        /// The slot, from 0.
        slot: usize,
        /// The process that is gone.
        gone: u32,
        /// The process in its place.
        pid: u32,
    },
    /// A slot can run nothing more: its spawner was killed from outside, and none can be started in its place.
    SlotLost {
        /// The slot, from 0.
        slot: usize,
    },
}

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freed {
    /// What an attempt had left.
    Attempt(TaskRef, u32),
    /// A file of the store.
    File(FileRef),
    /// The kept directory of a failed attempt, or all but its logs.
    Failed(String, u32),
    /// The files that a job's node start task left.
    NodeFiles(JobId),
}

/// What the state directory holds, read from its names: for an owner that has just started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Attempts that ended and were not discarded yet.
    pub attempts: Vec<Found>,
    /// Files in the store, with their allocated bytes.
    pub stored: Vec<(FileRef, Bytes)>,
    /// Kept directories of failed attempts: label, attempt, allocated bytes.
    pub failed: Vec<(String, u32, Bytes)>,
    /// Jobs whose node start task has left files.
    pub node_files: Vec<JobId>,
}

/// What is left of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The task.
    pub task: TaskRef,
    /// The attempt.
    pub attempt: u32,
    /// Which outputs were set aside and not collected yet.
    pub outputs: Vec<u16>,
    /// Names of files set aside for the experiment directory and not delivered yet.
    pub home: Vec<String>,
    /// What its directory takes on disk.
    pub disk: Bytes,
}
