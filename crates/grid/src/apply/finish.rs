//! The end of an attempt: what it made, what it cost, and what becomes of its task.

use super::turn::Turn;
use super::{Apply, Todo};
use crate::action::Action;
use crate::file::{At, FileRow, Kept};
use crate::group::Settled;
use crate::record::{FreedSpace, Reused, Verdict};
use crate::task::{LOSSES, TaskState};
use pelago_job::{Bytes, Cause, Event, FileRef, GridTime, Made, Outcome, Report, Role, TaskRef};

impl Apply<'_> {
    /// An attempt has ended. Only the current one counts; what another one left is thrown away.
    pub(super) fn finished(&mut self, task: TaskRef, attempt: u32, report: &Report) {
        let current = self.grid.tasks.get_mut(&task).filter(|r| r.state == TaskState::Running && r.attempt == attempt);
        let Some(row) = current else {
            return self.discard_stray(task, attempt);
        };
        let reserved = std::mem::take(&mut row.reserved);
        let remake = row.remake;
        self.grid.space.reserved = self.grid.space.reserved.saturating_sub(reserved);
        if let Some(group) = self.grid.group_mut(task.job, task.group) {
            match report.outcome {
                Outcome::Done => {
                    group.stats.good += 1;
                    group.stats.wall += report.usage.wall.0;
                    group.stats.disk = group.stats.disk.max(report.usage.disk.0);
                }
                Outcome::Failed(_) => group.stats.bad += 1,
            }
        }
        let declared = self.grid.job(task.job).and_then(|job| job.submitted.experiment.group(task.group));
        let short = declared.is_some_and(|group| report.outputs.len() < group.outputs.len());
        match &report.outcome {
            // Readers wait for every declared output, so a report without one is no success whatever it says.
            Outcome::Done if short => {
                let cause = Cause::OutputMissing(format!("output {}", report.outputs.len() + 1));
                self.failed(task, attempt, &cause, report);
            }
            Outcome::Done => self.succeeded(task, attempt, report, remake),
            Outcome::Failed(failure) => self.failed(task, attempt, &failure.cause, report),
        }
    }

    /// Throws away what an attempt left whose end is reported too late or twice, unless it is still of use: to be
    /// delivered, kept for a person, or going already.
    fn discard_stray(&mut self, task: TaskRef, attempt: u32) {
        let known = self.grid.homes.contains_key(&(task, attempt))
            || self.grid.collecting.contains_key(&(task, attempt))
            || self.grid.space.failed.contains_key(&(task, attempt))
            || self.grid.space.leaving.contains_key(&FreedSpace::Attempt { task, attempt });
        if !known {
            self.out.push(Action::Discard { task, attempt });
        }
    }

    fn succeeded(&mut self, task: TaskRef, attempt: u32, report: &Report, remake: bool) {
        let made: u64 = report.outputs.iter().map(|made| made.size.0).sum();
        if let Some(group) = self.grid.group_mut(task.job, task.group) {
            group.stats.made += made;
        }
        if !report.outputs.is_empty() {
            // What an earlier attempt left of the same outputs must never take their place.
            let earlier: Vec<_> = self.grid.collecting.range((task, 0)..(task, attempt)).map(|(key, _)| *key).collect();
            earlier.iter().for_each(|key| {
                self.grid.collecting.remove(key);
            });
            self.grid.collecting.insert((task, attempt), report.outputs.len() as u16);
            self.out.push(Action::Collect { task, attempt, outputs: report.outputs.len() as u16 });
        }
        for (output, made) in report.outputs.iter().enumerate() {
            self.output_made(FileRef { task, output: output as u16 }, *made, remake);
        }
        let leftover = report.usage.disk.0.saturating_sub(made);
        if report.home.is_empty() {
            if report.usage.disk.0 > 0 || !report.outputs.is_empty() {
                self.grid.space.leave(FreedSpace::Attempt { task, attempt }, leftover);
                self.out.push(Action::Discard { task, attempt });
            }
        } else {
            // The directory goes once its files have their names.
            self.grid.space.leave(FreedSpace::Attempt { task, attempt }, leftover);
            self.grid.homes.insert((task, attempt), report.home.clone());
            self.count_delivery(task, 1);
            self.out.push(Action::DeliverHome { task, attempt, files: report.home.clone() });
        }
        if report.keep_local
            && let Some(file) = self.grid.event_file(task)
        {
            self.change_file(file, |row| row.kept = Kept::Declared);
        }
        self.todo.push_back(Todo::Settle(task, Settled::Done));
    }

    /// An output is whole and on its way into the store.
    fn output_made(&mut self, file: FileRef, made: Made, remake: bool) {
        let task = file.task;
        let (strict, keep) = match self.grid.job(task.job) {
            Some(job) => {
                let output =
                    job.submitted.experiment.group(task.group).and_then(|g| g.outputs.get(file.output as usize));
                (job.submitted.strict, output.is_some_and(|o| o.keep))
            }
            None => return,
        };
        let old = self.grid.files.get(&file).cloned();
        let first = old.as_ref().filter(|_| !strict).map_or(made.digest, |old| old.first);
        if first != made.digest
            && let Some(group) = self.grid.group_mut(task.job, task.group)
        {
            group.varies.insert(task.index);
        }
        if strict && old.as_ref().is_some_and(|old| old.made.digest != made.digest) {
            self.run_readers_again(file);
        }
        // A run that only makes a lost file again brings no result home twice, unless one was just on its way.
        let under_way = old.as_ref().is_some_and(|old| old.delivering);
        let result = under_way || (!remake && self.grid.is_result(file));
        let new = old.as_ref().map_or(!remake, |old| old.made.digest != made.digest);
        self.grid.versions += 1;
        let events = self.grid.active_events(file);
        let row = FileRow {
            at: At::Store,
            made,
            first,
            version: self.grid.versions,
            readers: self.grid.open_readers(file),
            events,
            borrowers: old.as_ref().map_or(0, |old| old.borrowers),
            delivering: result,
            kept: if keep { Kept::Declared } else { Kept::No },
        };
        self.put_file(file, row);
        if result {
            self.count_delivery(task, i64::from(!under_way));
            self.out.push(Action::Deliver { file, made });
            // It was at home before, perhaps, and now those who are told of it wait once more.
            if events > 0 {
                self.look_again(self.grid.event_tasks(file));
            }
        }
        if new || !remake {
            self.fire(file, Event::Create, new);
        }
    }

    /// A file has other content than what its readers have read: those that have ended well run again. They wait until its
    /// maker has ended.
    fn run_readers_again(&mut self, file: FileRef) {
        let Some(job) = self.grid.job(file.task.job) else { return };
        let mut readers = Vec::new();
        job.plan.readers(file.task.group, file.task.index, file.output, &mut |group, index, _| {
            if job.role(group) != Role::Event && job.group(group).is_some_and(|state| state.is_good(index)) {
                readers.push(TaskRef { group, index, ..file.task });
            }
        });
        for task in readers {
            if self.unsettle(task) {
                self.activate(task, self.grid.class_of(task), Turn::Again);
            }
        }
    }

    /// Makes the event tasks that an event of a file asks for; each holds the file. For a version that is not new only those
    /// that have not ended well.
    pub(super) fn fire(&mut self, file: FileRef, event: Event, new: bool) {
        let Some(job) = self.grid.job(file.task.job) else { return };
        let triggered: Vec<_> = job.plan.event_tasks(file.task.group, file.task.index, file.output, event);
        for (group, index) in triggered {
            let task = TaskRef { job: file.task.job, group, index };
            if new || !self.grid.group(task).is_some_and(|state| state.is_good(index)) {
                self.trigger(task);
            }
        }
    }

    fn failed(&mut self, task: TaskRef, attempt: u32, cause: &Cause, report: &Report) {
        let keep = !cause.is_ours() && *cause != Cause::Cancelled;
        let mut disk = report.usage.disk.0;
        if keep && !report.home.is_empty() {
            // What it set aside comes home although it has failed; the rest of it is kept.
            let aside = report.home.iter().map(|file| file.made.size.0).sum::<u64>().min(disk);
            disk -= aside;
            self.grid.space.leave(FreedSpace::Attempt { task, attempt }, aside);
            self.grid.homes.insert((task, attempt), report.home.clone());
            self.count_delivery(task, 1);
            self.out.push(Action::DeliverHome { task, attempt, files: report.home.clone() });
        }
        if keep {
            let kept = (cause.word().to_string(), disk);
            self.grid.space.failed_bytes += disk;
            self.grid.space.failed.insert((task, attempt), kept);
        } else {
            self.grid.space.leave(FreedSpace::Attempt { task, attempt }, disk);
            self.out.push(Action::Discard { task, attempt });
        }
        self.set_state(task, TaskState::Failing { cause: cause.clone() });
    }

    /// Another attempt follows.
    pub(super) fn retry(&mut self, task: TaskRef, at: GridTime, cause: &Cause) {
        let now = self.grid.now;
        let Some(row) = self.grid.tasks.get_mut(&task) else { return };
        if cause.is_ours() {
            row.losses += 1;
            row.faults += u32::from(row.losses > LOSSES);
        } else {
            row.faults += 1;
            row.losses = 0;
        }
        if let Cause::Disk { reserved, used } = cause {
            row.grown = Some(Bytes(reserved.0.max(used.0).saturating_mul(2)));
        }
        if at <= now {
            self.set_state(task, TaskState::Blocked { pending: 0, checked: true });
            self.todo.push_back(Todo::Arm(task, true));
        } else {
            self.set_state(task, TaskState::Backoff { until: at, cause: cause.clone() });
        }
    }

    /// A back-off has ended.
    pub(super) fn due(&mut self, task: TaskRef) {
        if self.grid.tasks.get(&task).is_some_and(|row| matches!(row.state, TaskState::Backoff { .. })) {
            self.set_state(task, TaskState::Blocked { pending: 0, checked: true });
            self.todo.push_back(Todo::Arm(task, true));
        }
    }

    /// A task has failed for good, or was ended by a person.
    pub(super) fn gave_up(&mut self, task: TaskRef, cause: &Cause) {
        let how = if *cause == Cause::Cancelled { Settled::Cancelled } else { Settled::Failed };
        if !self.grid.tasks.contains_key(&task) {
            return;
        }
        self.todo.push_back(Todo::Settle(task, how));
        let end = match cause {
            Cause::Exit(code) => *code,
            Cause::Signal(signal) => -signal,
            _ => return,
        };
        let group = self.grid.job(task.job).and_then(|job| job.submitted.experiment.group(task.group));
        if group.is_some_and(|group| group.aborts.contains(&end)) {
            self.abort(task);
        }
    }

    /// A task has ended the whole job: what else runs is stopped. What has not begun is cut off by decisions of its own.
    fn abort(&mut self, task: TaskRef) {
        if let Some(job) = self.grid.jobs.get_mut(&task.job) {
            job.aborted = Some(task.group);
        }
        let Some(job) = self.grid.job(task.job) else { return };
        let rows = self.grid.tasks_of(task.job);
        let running =
            rows.filter(|(other, row)| row.state == TaskState::Running && job.aborted_for(other.group).is_some());
        let stops = running.map(|(other, row)| Action::Stop { task: other, attempt: row.attempt });
        let stops: Vec<Action> = stops.collect();
        self.out.extend(stops);
    }

    /// A task declared `once` may have run.
    pub(super) fn held_back(&mut self, task: TaskRef) {
        if self.grid.tasks.get(&task).is_some_and(|row| matches!(row.state, TaskState::Failing { .. })) {
            self.set_state(task, TaskState::Held);
        }
    }

    /// A task's inputs and proof were looked up.
    pub(super) fn checked(&mut self, task: TaskRef, verdict: &Verdict) {
        if self.grid.tasks.get(&task).is_none_or(|row| row.state != TaskState::Checking) {
            return;
        }
        match verdict {
            Verdict::Run { .. } => {
                self.set_state(task, TaskState::Blocked { pending: 0, checked: true });
                self.todo.push_back(Todo::Arm(task, true));
            }
            Verdict::Reuse { outputs } => {
                for (output, reused) in outputs.iter().enumerate() {
                    self.output_reused(FileRef { task, output: output as u16 }, reused);
                }
                self.todo.push_back(Todo::Settle(task, Settled::Reused));
            }
            Verdict::Missing { name } => {
                self.set_state(task, TaskState::Failing { cause: Cause::InputMissing(name.clone()) });
            }
        }
    }

    /// An output of a proved task: it has a row as long as someone may read it, wherever it is.
    fn output_reused(&mut self, file: FileRef, reused: &Reused) {
        let readers = self.grid.open_readers(file);
        if readers == 0 {
            return;
        }
        self.grid.versions += 1;
        let row = FileRow {
            at: reused.at,
            made: reused.now,
            first: reused.first.digest,
            version: self.grid.versions,
            readers,
            events: self.grid.active_events(file),
            borrowers: 0,
            delivering: false,
            kept: Kept::No,
        };
        self.put_file(file, row);
    }
}
