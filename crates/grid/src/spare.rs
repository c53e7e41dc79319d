//! Spare files: states that nobody reads and that only a rule keeps, in the order in which they give way to work.

use crate::file::{FileRow, Kept};
use pelago_job::{FileRef, TaskRef};
use std::collections::BTreeSet;

/// Files among which one is looked for that is not the newest of its chain.
const LOOKED: usize = 1000;

/// The spare files of all jobs. Follows from the files, so it is in no snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spare {
    /// Kept by the `auto` rule.
    auto: BTreeSet<FileRef>,
    /// Kept by the rule `every N`.
    every: BTreeSet<FileRef>,
    /// Bytes that all of them take.
    bytes: u64,
    /// Bytes of results that are on their way home.
    going: u64,
}

impl Spare {
    /// All spare files among these.
    pub fn of<'a>(files: impl Iterator<Item = (&'a FileRef, &'a FileRow)>) -> Self {
        let mut spare = Self::default();
        files.for_each(|(file, row)| spare.add(*file, row));
        spare
    }

    /// Bytes that all of them take.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes of results that are on their way home, and take no space here once they have come.
    pub fn going(&self) -> u64 {
        self.going
    }

    /// Adds a file, if it is spare or going.
    pub(crate) fn add(&mut self, file: FileRef, row: &FileRow) {
        if row.delivering {
            self.going += row.stored_bytes();
        }
        if row.is_spare() {
            self.bytes += row.made.size.0;
            if row.kept == Kept::Auto {
                self.auto.insert(file)
            } else {
                self.every.insert(file)
            };
        }
    }

    /// Takes a file out that looked like this when it was added.
    pub(crate) fn remove(&mut self, file: FileRef, row: &FileRow) {
        if row.delivering {
            self.going -= row.stored_bytes();
        }
        if self.auto.remove(&file) || self.every.remove(&file) {
            self.bytes -= row.made.size.0;
        }
    }

    /// The file that gives way next: what the `auto` rule keeps before what `every N` does; of older jobs first; of each
    /// chain the oldest first and the newest last. `chain` gives the number of a task's chain.
    pub fn next(&self, chain: impl Fn(TaskRef) -> u64) -> Option<FileRef> {
        let rule = if self.auto.is_empty() { &self.every } else { &self.auto };
        let of = |file: &FileRef| (file.task.job, file.task.group, chain(file.task));
        let older = rule.iter().zip(rule.iter().skip(1)).take(LOOKED).find(|(one, next)| of(one) == of(next));
        older.map(|(one, _)| *one).or_else(|| rule.first().copied())
    }
}
