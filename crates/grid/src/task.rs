//! Active tasks: those between their turn and their end. Everything else is a bit in a set.

use pelago_job::{Bytes, Cause, GridTime};
use serde::{Deserialize, Serialize};

/// Losses in a row after which even losses of ours count as the task's: something about it ends its owner.
pub const LOSSES: u32 = 20;

/// What an active task is at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskState {
    /// Its inputs and its proof are being looked up.
    Checking,
    /// It waits for so many files.
    Blocked {
        /// Makers that have not ended.
        pending: u32,
        /// Whether its proof was looked up before.
        checked: bool,
    },
    /// It can start as soon as there is room.
    Ready,
    /// An attempt is placed.
    Running,
    /// An attempt has failed and what follows is not decided yet.
    Failing {
        /// Why.
        cause: Cause,
    },
    /// It is tried again later.
    Backoff {
        /// Not before.
        until: GridTime,
        /// What happened.
        cause: Cause,
    },
    /// Held for a person: it may have run, and was declared `once`.
    Held,
}

impl TaskState {
    /// Whether an attempt runs, or has ended in a way that is not decided on yet.
    pub fn is_under_way(&self) -> bool {
        matches!(self, TaskState::Running | TaskState::Failing { .. })
    }
}

/// Which queue a ready task stands in, in the order in which they are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Class {
    /// Event tasks hold files.
    Event,
    /// Tasks that go on from what others made: chains that have begun go before new ones.
    Step,
    /// Tasks that go on and only make a file again. What gave its space to others must not take it back before they have
    /// gone on, so they come after those.
    Remake,
    /// Tasks that begin something: the first of a chain, or of no chain, reading nothing that another task makes.
    Start,
}

/// An active task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRow {
    /// What it is at.
    pub state: TaskState,
    /// Its queue.
    pub class: Class,
    /// The number of the last attempt; numbers of a task only ever go up, also when it runs again later.
    pub attempt: u32,
    /// The number before this row's first attempt.
    pub base: u32,
    /// Whether it only makes a file again.
    pub remake: bool,
    /// Attempts that failed by the task's own fault.
    pub faults: u32,
    /// Attempts that were lost by ours, in a row.
    pub losses: u32,
    /// Space the current attempt reserves.
    pub reserved: u64,
    /// Space to reserve next time, when it outgrew the last reservation.
    pub grown: Option<Bytes>,
    /// When the current attempt was placed.
    pub since: GridTime,
}

impl TaskRow {
    /// A task whose turn has come, and whose attempts are numbered after `base`.
    pub fn new(class: Class, now: GridTime, base: u32) -> Self {
        Self {
            state: TaskState::Checking,
            class,
            attempt: base,
            base,
            remake: false,
            faults: 0,
            losses: 0,
            reserved: 0,
            grown: None,
            since: now,
        }
    }
}
