//! Reasons: why work waits, as data. They are rendered only when someone asks.

use pelago_job::{Bytes, Cause, GridTime, GroupNo, TaskRef};
use serde::{Deserialize, Serialize};

/// One thing that keeps a task from starting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// Every slot is taken.
    Slots {
        /// Attempts placed.
        busy: u32,
        /// Slots there are.
        slots: u32,
    },
    /// As many tasks as may run at a time under a limit of the document do.
    Throttle {
        /// Its group, which says the limit.
        group: GroupNo,
        /// Attempts placed under it.
        busy: u32,
        /// The limit.
        most: u32,
    },
    /// The quota has no room for the attempt.
    Space {
        /// What the attempt would reserve.
        need: Bytes,
        /// What is free now.
        free: Bytes,
        /// What must stay free because this would begin a chain.
        reserve: Bytes,
        /// The quota.
        quota: Bytes,
    },
    /// The disk is nearly full.
    Floor {
        /// What is free.
        free: Bytes,
        /// What must stay free.
        floor: Bytes,
    },
    /// Nothing is known of the space that this group's tasks need, and another one is finding out.
    SpaceUnknown {
        /// The group.
        group: GroupNo,
    },
    /// Other tasks come first in the order of the index space.
    Turn {
        /// How many chains begin before it.
        before: u64,
    },
    /// An earlier task of its chain has not ended.
    Chain {
        /// The task that is under way, or next.
        at: TaskRef,
    },
    /// A file that another task makes is not there yet.
    File {
        /// The task that makes it.
        maker: TaskRef,
    },
    /// It serves an event, which has not happened to the file that this task makes.
    NoEvent {
        /// The task that makes the file.
        maker: TaskRef,
    },
    /// A task before it failed, was skipped or cancelled.
    Broken {
        /// That task.
        by: TaskRef,
    },
    /// It failed and is tried again later.
    Backoff {
        /// When.
        until: GridTime,
        /// What happened.
        cause: Cause,
    },
    /// An earlier phase of the job has not ended.
    Phase {
        /// The group that is under way.
        group: GroupNo,
    },
    /// Tasks of another group have to end first.
    After {
        /// The group.
        group: GroupNo,
        /// How many of its tasks have not.
        left: u64,
    },
    /// Its inputs and its proof are being looked at.
    Checking,
    /// A person said so.
    Held,
    /// The owner is stopping.
    Draining,
    /// Another task failed for good and the job was not told to keep going.
    Stopped {
        /// That task.
        by: TaskRef,
    },
    /// No process owns the state directory.
    NoOwner,
}
