//! The progress of one group: sets of settled indices, and a cursor for what has not begun.

use pelago_job::{Digest, Keep};
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settled {
    /// It ran and ended well.
    Done,
    /// An earlier run proves it.
    Reused,
    /// It failed for good.
    Failed,
    /// A task before it did.
    Skipped,
    /// A person ended it.
    Cancelled,
}

/// What finished attempts teach about a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Attempts that ended well.
    pub good: u64,
    /// Attempts that failed.
    pub bad: u64,
    /// Their run time together, in milliseconds.
    pub wall: u64,
    /// Most disk that one of them used, in bytes.
    pub disk: u64,
    /// Bytes of the outputs that they made.
    pub made: u64,
}

/// The progress of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupState {
    /// Tasks of the whole space.
    pub size: u64,
    /// Tasks in a chain; 1 where there are no chains.
    pub chain_len: u64,
    /// Digest of what its tasks have in common, once it is known.
    pub template: Option<Digest>,
    /// Whether each task is looked up before it runs.
    pub check: bool,
    /// Whether its tasks neither read nor make files of their own, so that they need no look at all.
    pub plain: bool,
    /// Whether some of its tasks read what other tasks make.
    pub reads: bool,
    /// Ended well.
    pub done: RoaringTreemap,
    /// Proved by an earlier run.
    pub reused: RoaringTreemap,
    /// Failed for good.
    pub failed: RoaringTreemap,
    /// Behind a failure.
    pub skipped: RoaringTreemap,
    /// Ended by a person.
    pub cancelled: RoaringTreemap,
    /// Made again with another digest.
    pub varies: RoaringTreemap,
    /// The first chain that has not been begun in order.
    pub next: u64,
    /// Chains that have begun before their turn, or ended without one.
    pub early: BTreeSet<u64>,
    /// Chains that have begun, with their current step.
    pub begun: BTreeMap<u64, u64>,
    /// Chains to begin again after a job was reopened.
    pub restart: BTreeSet<u64>,
    /// The largest attempt number so far.
    pub top: u32,
    /// The attempt number before the first one of a task that has not run: 0 until the job is reopened.
    pub base: u32,
    /// Active tasks.
    pub active: u64,
    /// Attempts that run.
    pub running: u64,
    /// Runs that only made a lost file again.
    pub remade: u64,
    /// What finished attempts teach.
    pub stats: Stats,
    /// Which states are kept.
    pub keep: Keep,
}

impl GroupState {
    /// A group of which nothing has run.
    pub fn new(size: u64, chain_len: u64, keep: Keep) -> Self {
        let none = RoaringTreemap::new;
        Self {
            size,
            chain_len,
            template: None,
            check: false,
            plain: false,
            reads: false,
            done: none(),
            reused: none(),
            failed: none(),
            skipped: none(),
            cancelled: none(),
            varies: none(),
            next: 0,
            early: BTreeSet::new(),
            begun: BTreeMap::new(),
            restart: BTreeSet::new(),
            top: 0,
            base: 0,
            active: 0,
            running: 0,
            remade: 0,
            stats: Stats::default(),
            keep,
        }
    }

    /// How many chains there are.
    pub fn chains(&self) -> u64 {
        self.size / self.chain_len.max(1)
    }

    /// How an index ended, if it has.
    pub fn settled(&self, index: u64) -> Option<Settled> {
        [
            (&self.done, Settled::Done),
            (&self.reused, Settled::Reused),
            (&self.failed, Settled::Failed),
            (&self.skipped, Settled::Skipped),
            (&self.cancelled, Settled::Cancelled),
        ]
        .into_iter()
        .find(|(set, _)| set.contains(index))
        .map(|(_, how)| how)
    }

    /// Whether an index ended well.
    pub fn is_good(&self, index: u64) -> bool {
        self.done.contains(index) || self.reused.contains(index)
    }

    /// The set that holds what ended so.
    pub fn set_mut(&mut self, how: Settled) -> &mut RoaringTreemap {
        match how {
            Settled::Done => &mut self.done,
            Settled::Reused => &mut self.reused,
            Settled::Failed => &mut self.failed,
            Settled::Skipped => &mut self.skipped,
            Settled::Cancelled => &mut self.cancelled,
        }
    }

    /// How many indices have ended.
    pub fn settled_count(&self) -> u64 {
        self.done.len() + self.reused.len() + self.failed.len() + self.skipped.len() + self.cancelled.len()
    }

    /// How many ended badly.
    pub fn bad_count(&self) -> u64 {
        self.failed.len() + self.skipped.len() + self.cancelled.len()
    }

    /// A group of one task that has ended well runs again, under new attempt numbers.
    pub(crate) fn run_again(&mut self) {
        self.done.clear();
        self.reused.clear();
        self.base = self.top;
        if self.next > 0 && !self.begun.contains_key(&0) {
            self.restart.insert(0);
        }
    }

    /// The next chain that could begin, if any: one to begin again, else the next in order.
    pub fn next_chain(&self) -> Option<u64> {
        self.restart.first().copied().or_else(|| (self.next < self.chains()).then_some(self.next))
    }

    /// Notes that a chain has begun at one of its steps.
    pub(crate) fn begin(&mut self, chain: u64, step: u64) {
        self.restart.remove(&chain);
        self.begun.insert(chain, step);
        if chain == self.next {
            self.next += 1;
            self.settle_cursor();
        } else if chain > self.next {
            self.early.insert(chain);
        }
    }

    /// Moves the cursor over chains that have begun early or are proved as a whole, and forgets proved chains that were
    /// to begin again.
    pub(crate) fn settle_cursor(&mut self) {
        while self.next < self.chains() {
            if self.chain_len == 1 && self.reused.contains(self.next) {
                // Jump over a whole run of proved tasks at once.
                self.next = self.after_run_of_reused(self.next);
            } else if self.early.remove(&self.next) || self.is_over(self.next) {
                self.next += 1;
            } else {
                break;
            }
        }
    }

    /// Adds what earlier runs prove; chains that were to begin again and are proved as a whole need not.
    pub(crate) fn prove(&mut self, mut proved: RoaringTreemap) {
        proved.remove_range(self.size..);
        self.reused |= proved;
        let over: Vec<u64> = self.restart.iter().copied().filter(|chain| self.first_open(*chain).is_none()).collect();
        over.iter().for_each(|chain| {
            self.restart.remove(chain);
        });
        self.settle_cursor();
    }

    /// Whether every task of a chain has ended, well or not.
    fn is_over(&self, chain: u64) -> bool {
        let len = self.chain_len.max(1);
        // The last task is looked at first: it decides for all chains but those whose end alone is proved.
        (chain * len..(chain + 1) * len).rev().all(|index| self.settled(index).is_some())
    }

    fn after_run_of_reused(&self, from: u64) -> u64 {
        // Rank tells how many set bits lie at or below an index, so a run can be bisected.
        let base = self.reused.rank(from);
        let (mut low, mut high) = (from, self.size);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.reused.rank(middle) - base == middle - from { low = middle } else { high = middle }
        }
        low + 1
    }

    /// The first task of a chain that has not ended well.
    pub fn first_open(&self, chain: u64) -> Option<u64> {
        (chain * self.chain_len..(chain + 1) * self.chain_len).find(|index| !self.is_good(*index))
    }

    /// Mean run time of an attempt that ended well, in milliseconds.
    pub fn mean_wall(&self) -> Option<u64> {
        (self.stats.good > 0).then(|| self.stats.wall / self.stats.good)
    }
}
