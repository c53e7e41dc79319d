//! `apply`: one record changes the tables. No policy: what is not in the record is a mechanical consequence of it.
//!
//! Consequences that can cascade (a chain skipped behind a failure, a lost file whose makers lost theirs) go through a
//! work list, so that no depth of dependency becomes depth of recursion.

mod control;
mod files;
mod finish;
mod jobs;
mod turn;

use crate::action::Action;
use crate::group::Settled;
use crate::record::Record;
use crate::tables::Grid;
use pelago_job::{GridTime, TaskRef};
use std::collections::VecDeque;

/// What still follows from the record being applied.
#[derive(Clone, Copy, Debug)]
enum Todo {
    /// A task's turn has come, or something it waited for has ended; whether its proof was looked up.
    Arm(TaskRef, bool),
    /// A task has ended.
    Settle(TaskRef, Settled),
}

/// The application of one record.
struct Apply<'a> {
    grid: &'a mut Grid,
    out: &'a mut Vec<Action>,
    todo: VecDeque<Todo>,
}

impl Grid {
    /// Applies one record at grid time `now`, and adds what is to be done to `out`.
    ///
    /// Records that do not fit the tables (late, doubled, of unknown things) change nothing.
    pub fn apply(&mut self, now: GridTime, record: &Record, out: &mut Vec<Action>) {
        self.now = self.now.max(now);
        let mut apply = Apply { grid: self, out, todo: VecDeque::new() };
        apply.record(record);
        while let Some(todo) = apply.todo.pop_front() {
            match todo {
                Todo::Arm(task, checked) => apply.arm(task, checked),
                Todo::Settle(task, how) => apply.settle(task, how),
            }
        }
        self.space.touch();
    }
}

impl Apply<'_> {
    fn record(&mut self, record: &Record) {
        match record {
            Record::Opened { slots, .. } => self.opened(*slots),
            Record::Quota { quota } => self.grid.space.quota = *quota,
            Record::Draining => self.grid.draining = true,
            Record::Tick => {}
            Record::Submitted(submitted) => self.submitted(submitted),
            Record::Reopened { job, retries, keep_going } => self.reopened(*job, *retries, *keep_going),
            Record::Proved { job, groups, start_first } => self.proved(*job, groups, *start_first),
            Record::Unprovable { job, why } => self.refuse(*job, why),
            Record::Checked { task, verdict } => self.checked(*task, verdict),
            Record::Finished { task, attempt, report, .. } => self.finished(*task, *attempt, report),
            Record::Delivered { file } => self.delivered(*file),
            Record::HomeDelivered { task, attempt } => self.home_delivered(*task, *attempt),
            Record::Freed(what) => self.freed(*what),
            Record::Lost { file } => self.lost(*file),
            Record::Cancel { job, task: None } => self.cancel_job(*job),
            Record::Cancel { task: Some(task), .. } => self.cancel_task(*task),
            Record::Hold { job } => self.hold(*job, true),
            Record::Release { job } => self.hold(*job, false),
            Record::Begun { task } => self.begin(*task),
            Record::Placed { task, attempt, reserved } => self.placed(*task, *attempt, *reserved),
            Record::Retry { task, at, cause } => self.retry(*task, *at, cause),
            Record::Due { task } => self.due(*task),
            Record::GaveUp { task, cause } => self.gave_up(*task, cause),
            Record::HeldBack { task } => self.held_back(*task),
            Record::Condemned { file } => self.condemn(*file),
            Record::Kept { file, auto } => self.keep(*file, *auto),
            Record::DropFailed { task, attempt } => self.drop_failed(*task, *attempt),
            Record::Entered { job, phase } => self.enter(*job, *phase),
            Record::Ended { job, state } => self.ended(*job, state),
            Record::Stuck { job, task, need, free } => self.stuck(*job, *task, *need, *free),
            Record::Sacrificed { file } => self.sacrifice(*file),
            Record::Floor { low } => self.grid.space.low = *low,
            Record::CutOff { job, group, .. } => self.cut_off(*job, *group),
            Record::GaveWay { file } => self.give_way(*file),
            Record::Image(image) => image.restore(self.grid),
        }
    }
}
