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
    pub fn new(size: u64, chain_len: u64, plain: bool, keep: Keep) -> Self {
        let none = RoaringTreemap::new;
        Self {
            size,
            chain_len,
            template: None,
            check: false,
            plain,
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

    /// The next chain that could begin, if any: one to begin again, else the next in order.
    pub fn next_chain(&self) -> Option<u64> {
        if let Some(chain) = self.restart.first() {
            return Some(*chain);
        }
        let mut chain = self.next;
        while chain < self.chains() {
            if !self.early.contains(&chain) && !self.chain_settled(chain) {
                return Some(chain);
            }
            chain = if self.chain_len == 1 && self.reused.contains(chain) {
                // Jump over a whole run of proved tasks at once.
                self.after_run_of_reused(chain)
            } else {
                chain + 1
            };
        }
        None
    }

    /// Whether the last task of a chain has ended, which ends the chain.
    fn chain_settled(&self, chain: u64) -> bool {
        self.settled(chain * self.chain_len + self.chain_len - 1).is_some()
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
