//! Actions: what the hands are to do once the records that led to it are durable. They may be repeated after a crash.

use crate::file::At;
use pelago_job::{Bytes, Delivered, Digest, FileRef, JobId, Made, TaskRef};

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Look up what earlier runs prove for a job and whether its inputs are there. Answered by `Proved` or `Unprovable`.
    Prove {
        /// The job.
        job: JobId,
        /// Whether its root start task has run.
        started: bool,
    },
    /// Look up one task. Answered by `Checked`.
    Check {
        /// The task.
        task: TaskRef,
        /// For each input of its group, the first digest of the file if a task makes it.
        inputs: Vec<Option<Digest>>,
    },
    /// Run one attempt. Answered by `Finished`.
    Launch {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
        /// Space reserved.
        reserved: Option<Bytes>,
        /// For each input of its group, where the file is if a task makes it.
        inputs: Vec<Option<Located>>,
    },
    /// Move the outputs of an attempt into the store.
    Collect {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
        /// How many outputs.
        outputs: u16,
    },
    /// Give a result its name in the experiment directory. Answered by `Delivered`.
    Deliver {
        /// The result.
        file: FileRef,
        /// What it is.
        made: Made,
    },
    /// Give the files that an attempt set aside their names. Answered by `HomeDelivered`.
    DeliverHome {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
        /// The files.
        files: Vec<Delivered>,
    },
    /// Remove the directory of an attempt that ended well. Answered by `Freed`.
    Discard {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
    },
    /// Remove the kept directory of a failed attempt. Answered by `Freed`.
    DropFailed {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
    },
    /// Delete a file of the store. Answered by `Freed`.
    Delete {
        /// The file.
        file: FileRef,
        /// Its version.
        version: u32,
    },
    /// Stop an attempt. Its end is reported by `Finished`.
    Stop {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
    },
    /// A job has ended: tell those who follow it.
    JobEnded {
        /// The job.
        job: JobId,
    },
}

/// A file with its place and digest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Located {
    /// The file.
    pub file: FileRef,
    /// Where it is.
    pub at: At,
    /// What it is.
    pub made: Made,
    /// Its digest when it was made for the first time, which is what proofs hold.
    pub first: Digest,
}
