//! `decide`: looks at the tables and proposes the next decision. All policy is here, none in `apply`.
//!
//! One decision is proposed at a time and applied before the next is asked for, so that proposals never contradict each
//! other and no table has to be copied to plan ahead.

mod ending;
mod failure;
mod keeping;
pub(crate) mod placing;
mod stuck;

use crate::record::Record;
use crate::tables::Grid;
use pelago_job::GridTime;

impl Grid {
    /// The next decision at grid time `now`, or nothing when all that is left is to wait for facts.
    ///
    /// The order says what matters more: the consequences of failures, space that can be freed, back-offs that have
    /// ended, jobs that can move on, new attempts, and only then the question whether anything is stuck.
    pub fn decide(&self, now: GridTime) -> Option<Record> {
        failure::decide(self, now)
            .or_else(|| keeping::decide(self))
            .or_else(|| self.due(now))
            .or_else(|| ending::decide(self))
            .or_else(|| placing::decide(self))
            .or_else(|| stuck::decide(self))
    }

    fn due(&self, now: GridTime) -> Option<Record> {
        let (at, task) = self.timers.first()?;
        (*at <= now).then_some(Record::Due { task: *task })
    }
}
