//! The virtual disk: the store, the experiment directory, the directories of attempts, and what is being deleted.

use pelago_grid::FreedSpace;
use pelago_job::{FileRef, Made, TaskRef};
use std::collections::{BTreeMap, BTreeSet};

/// The directory of an attempt.
#[derive(Clone, Debug, Default)]
pub struct Dir {
    /// Outputs that have not been moved into the store.
    pub outputs: BTreeMap<u16, Made>,
    /// Bytes that it set aside although it failed.
    pub aside: u64,
    /// All other bytes in it.
    pub rest: u64,
}

/// Everything that survives a crash, the journal apart.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// The store.
    pub store: BTreeMap<FileRef, Made>,
    /// The experiment directory.
    pub home: BTreeMap<String, Made>,
    /// Directories of attempts.
    pub dirs: BTreeMap<(TaskRef, u32), Dir>,
    /// Bytes that are being deleted.
    pub trash: BTreeMap<FreedSpace, u64>,
    /// Files that a fault took away, as long as nobody has noticed.
    pub vanished: BTreeSet<FileRef>,
}

impl Dir {
    /// Bytes in it.
    pub fn bytes(&self) -> u64 {
        self.rest + self.aside + self.outputs.values().map(|made| made.size.0).sum::<u64>()
    }
}

impl Disk {
    /// Bytes in use that count against the quota.
    pub fn used(&self) -> u64 {
        self.store.values().map(|made| made.size.0).sum::<u64>()
            + self.dirs.values().map(Dir::bytes).sum::<u64>()
            + self.trash.values().sum::<u64>()
    }

    /// Moves the directory of an attempt out of the way, to be deleted.
    pub fn discard(&mut self, task: TaskRef, attempt: u32) {
        if let Some(dir) = self.dirs.remove(&(task, attempt)) {
            *self.trash.entry(FreedSpace::Attempt { task, attempt }).or_default() += dir.bytes();
        }
    }

    /// Moves what a failed attempt set aside out of the way; the rest of its directory stays.
    pub fn discard_aside(&mut self, task: TaskRef, attempt: u32) {
        if let Some(dir) = self.dirs.get_mut(&(task, attempt)) {
            let aside = std::mem::take(&mut dir.aside);
            *self.trash.entry(FreedSpace::Attempt { task, attempt }).or_default() += aside;
        }
    }

    /// Moves a file of the store out of the way, to be deleted.
    pub fn delete(&mut self, file: FileRef, version: u32) {
        if let Some(made) = self.store.remove(&file) {
            *self.trash.entry(FreedSpace::File { file, version }).or_default() += made.size.0;
        }
    }
}
