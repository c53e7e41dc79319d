//! Live files: outputs of tasks that someone will still read, hold or fetch.

use pelago_job::{Digest, FileRef, Made};
use serde::{Deserialize, Serialize};

/// Where a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum At {
    /// In the site's store under its own name.
    Store,
    /// In the site's store under the name it has as an output of an earlier job.
    Earlier(FileRef),
    /// In the experiment directory.
    Home,
    /// Nowhere: it can be made again.
    Gone,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileRow {
    /// Where it is.
    pub at: At,
    /// What it is.
    pub made: Made,
    /// Its digest when it was made for the first time: what the proofs of its readers hold.
    pub first: Digest,
    /// Counted up whenever it is made again.
    pub version: u32,
    /// Unfinished tasks that will read it.
    pub readers: u64,
    /// Event tasks that hold it.
    pub events: u32,
    /// Files of later jobs that are this one.
    pub borrowers: u32,
    /// On its way to the experiment directory.
    pub delivering: bool,
    /// Survives its last reader.
    pub kept: Kept,
}

/// Why a file survives its last reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kept {
    /// It does not.
    #[default]
    No,
    /// The plan says so of this output or of all states, or an event task does: never gives way.
    Declared,
    /// By the `auto` rule: gives way when space is short.
    Auto,
    /// By the rule `every N`: gives way when space is short and nothing is left that the `auto` rule keeps.
    Every,
}

impl FileRow {
    /// Whether a task can read it.
    pub fn is_there(&self) -> bool {
        self.at != At::Gone
    }

    /// Whether nobody needs it.
    pub fn is_orphan(&self) -> bool {
        self.is_unused() && self.kept == Kept::No
    }

    /// Whether nobody reads, holds, borrows or fetches it.
    pub fn is_unused(&self) -> bool {
        self.readers == 0 && self.events == 0 && self.borrowers == 0 && !self.delivering
    }

    /// Whether it is only kept by a rule that gives way to work. One that lies in the name of an earlier job frees nothing by
    /// itself, but that one can give way after it.
    pub fn is_spare(&self) -> bool {
        matches!(self.kept, Kept::Auto | Kept::Every)
            && self.is_unused()
            && matches!(self.at, At::Store | At::Earlier(_))
    }

    /// Bytes it takes in the store under its own name.
    pub fn stored_bytes(&self) -> u64 {
        if self.at == At::Store { self.made.size.0 } else { 0 }
    }
}
