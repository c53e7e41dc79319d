//! The oracle: a slow and obvious model of who may run when, and of what must be where at the end.
//!
//! It knows sets and lists only: no queues, no classes, no leases, no cursors. It follows the records as they become
//! durable and judges every action before it is performed.

use crate::disk::Disk;
use crate::truth::{Origin, Truth};
use pelago_grid::{At, Grid, JobState, Located, Record};
use pelago_job::{Cause, Digest, Event, FileRef, JobId, Keep, Outcome, Role, TaskRef};
use std::collections::{BTreeMap, BTreeSet};

/// What the oracle knows of a job.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its tasks.
    pub truth: Truth,
    /// The version of its programs.
    pub model: u64,
    /// Files that a first run of their task made in this job.
    created: BTreeSet<FileRef>,
    /// Results that came home in this job.
    copied: BTreeSet<FileRef>,
    /// Event tasks that ran well.
    told: BTreeSet<TaskRef>,
}

/// The model.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    /// Jobs that are durable.
    pub jobs: BTreeMap<JobId, Known>,
    /// Tasks that ran well, or are proved, in their job.
    good: BTreeSet<TaskRef>,
    /// The attempt that is under way.
    current: BTreeMap<TaskRef, u32>,
    /// The largest attempt number that was ever placed.
    top: BTreeMap<TaskRef, u32>,
    /// What each file was when it was made last.
    contents: BTreeMap<FileRef, Digest>,
    /// What each reader was given of each file when it started last.
    read: BTreeMap<(TaskRef, FileRef), Digest>,
    /// What came home last under each name, and the newest job of that moment.
    brought: BTreeMap<String, (FileRef, JobId)>,
    /// Submissions that were acknowledged.
    pub acknowledged: BTreeSet<JobId>,
    /// Jobs that a task has ended as a whole.
    over: BTreeSet<JobId>,
    /// Tasks that made a file that was reported lost.
    lost: BTreeSet<TaskRef>,
    /// Files that survive their readers, and whether by the `auto` rule.
    kept: BTreeMap<FileRef, bool>,
    /// States that gave way to work.
    pub gave_way: u64,
    /// Whether some task is not reproducible.
    pub varied: bool,
    /// Rules that were broken.
    pub complaints: Vec<String>,
}

impl Oracle {
    /// A group is durable.
    pub fn follow(&mut self, records: &[Record], grid: &Grid, models: &BTreeMap<JobId, u64>) {
        for (number, record) in records.iter().enumerate() {
            match record {
                Record::Stuck { job, .. } => {
                    let deletes = |record: &Record| {
                        matches!(
                            record,
                            Record::Condemned { .. }
                                | Record::GaveWay { .. }
                                | Record::Sacrificed { .. }
                                | Record::DropFailed { .. }
                        )
                    };
                    if grid.space.leaving_bytes > 0 && !records.iter().skip(number).any(deletes) {
                        self.complaints.push(format!("job {job} is refused while space is being freed"));
                    }
                }
                Record::Submitted(submitted) => {
                    let Some(job) = grid.job(submitted.job) else { continue };
                    let truth = Truth::of(submitted.job, &submitted.experiment, &job.plan);
                    let model = models.get(&submitted.job).copied().unwrap_or_default();
                    let (created, copied, told) = Default::default();
                    self.jobs.entry(submitted.job).or_insert(Known { truth, model, created, copied, told });
                    self.acknowledged.insert(submitted.job);
                }
                Record::GaveUp { task, cause: cause @ (Cause::Exit(_) | Cause::Signal(_)) } => {
                    let group = grid.job(task.job).and_then(|job| job.submitted.experiment.group(task.group));
                    let aborts = |end: &i32| match cause {
                        Cause::Exit(code) => end == code,
                        Cause::Signal(signal) => *end == -signal,
                        _ => false,
                    };
                    if group.is_some_and(|group| group.aborts.iter().any(aborts)) {
                        self.over.insert(task.job);
                    }
                }
                Record::Reopened { job, .. } => {
                    self.over.remove(job);
                }
                Record::Placed { task, attempt, .. } => {
                    let what = self.jobs.get(&task.job).and_then(|known| known.truth.tasks.get(task));
                    let ends = what.is_some_and(|what| {
                        matches!(what.role, Role::Main | Role::Other) && !what.after.iter().any(|after| after.any_end)
                    });
                    if ends && self.over.contains(&task.job) {
                        self.complaints.push(format!("{task} is placed though a task has ended its job"));
                    }
                    if self.top.get(task).is_some_and(|top| top >= attempt) {
                        self.complaints.push(format!("attempt {attempt} of {task} is placed for the second time"));
                    }
                    self.top.insert(*task, *attempt);
                    if let Some(other) = self.current.insert(*task, *attempt) {
                        self.complaints.push(format!("{task}: attempt {attempt} placed while {other} is under way"));
                    }
                }
                Record::Finished { task, attempt, report, .. } if self.current.get(task) == Some(attempt) => {
                    self.current.remove(task);
                    if report.outcome == Outcome::Done {
                        self.ran(*task, report);
                    }
                }
                Record::Kept { file, auto } => {
                    self.kept.insert(*file, *auto);
                }
                Record::Condemned { file } => {
                    self.kept.remove(file);
                    self.judge_delete(*file, grid);
                }
                Record::Sacrificed { file } => {
                    self.kept.remove(file);
                }
                Record::GaveWay { file } => self.judge_give_way(*file, grid),
                Record::Lost { file } => {
                    self.kept.remove(file);
                    self.lost.insert(file.task);
                }
                Record::Delivered { file } => {
                    let newest = self.jobs.keys().next_back().copied().unwrap_or(file.task.job);
                    if let Some(known) = self.jobs.get_mut(&file.task.job) {
                        known.copied.insert(*file);
                        self.brought.insert(known.truth.name(*file).to_string(), (*file, newest));
                    }
                }
                Record::Checked { task, .. } if grid.group(*task).is_some_and(|g| g.reused.contains(task.index)) => {
                    self.good.insert(*task);
                }
                Record::Proved { job, .. } => {
                    let Some(known) = self.jobs.get(job) else { continue };
                    let proved = |task: &&TaskRef| grid.group(**task).is_some_and(|g| g.reused.contains(task.index));
                    self.good.extend(known.truth.tasks.keys().filter(proved));
                }
                _ => {}
            }
        }
    }

    /// Whether this is the attempt that is under way.
    pub fn is_current(&self, task: TaskRef, attempt: u32) -> bool {
        self.current.get(&task) == Some(&attempt)
    }

    fn ran(&mut self, task: TaskRef, report: &pelago_job::Report) {
        let first = self.good.insert(task);
        self.lost.remove(&task);
        let Some(known) = self.jobs.get_mut(&task.job) else { return };
        for (output, made) in report.outputs.iter().enumerate() {
            let file = FileRef { task, output: output as u16 };
            if first && !self.contents.contains_key(&file) {
                known.created.insert(file);
            }
            self.contents.insert(file, made.digest);
            self.kept.remove(&file);
        }
        if known.truth.tasks.get(&task).is_some_and(|task| task.event.is_some()) {
            known.told.insert(task);
        }
    }

    /// Whether the core may start this attempt now.
    pub fn judge_launch(&mut self, task: TaskRef, attempt: u32, inputs: &[Option<Located>], grid: &Grid, disk: &Disk) {
        let mut wrong = Vec::new();
        let Some(known) = self.jobs.get(&task.job) else {
            return self.complaints.push(format!("{task} of an unknown job starts"));
        };
        let Some(what) = known.truth.tasks.get(&task) else {
            return self.complaints.push(format!("{task} starts and is no task"));
        };
        if self.current.get(&task) != Some(&attempt) {
            wrong.push("its attempt was not placed".to_string());
        }
        if grid.job(task.job).is_none_or(|job| job.held || job.state != JobState::Active) || grid.draining {
            wrong.push("nothing of its job may start".to_string());
        }
        for need in &what.needs {
            let Origin::Task(file) = need.origin else { continue };
            if !self.good.contains(&file.task) {
                wrong.push(format!("{} has not been made", need.name));
            }
            self.judge_input(file, inputs.get(need.input).copied().flatten(), disk, known, &mut wrong);
        }
        if let Some((file, event)) = what.event {
            let happened = match event {
                Event::Create => self.contents.contains_key(&file),
                Event::Copy => known.copied.contains(&file),
            };
            if !happened {
                wrong.push(format!("its event {event:?} has not happened"));
            }
            self.judge_input(file, inputs.first().copied().flatten(), disk, known, &mut wrong);
        }
        if let Some(before) = what.before
            && !self.good.contains(&before)
            && grid.tasks.get(&before).is_none_or(|row| !row.remake)
        {
            wrong.push(format!("{before}, the one before it in its chain, has not ended well"));
        }
        if grid.tasks.get(&task).is_none_or(|row| !row.remake) {
            let of = |group| known.truth.tasks.keys().filter(move |other| other.group == group);
            let ended = |other: &TaskRef, any: bool| self.good.contains(other) || any && grid.settled(*other).is_some();
            let open = what.after.iter().find_map(|after| of(after.group).find(|other| !ended(other, after.any_end)));
            wrong.extend(open.map(|other| format!("{other}, of a group before its own, has not ended")));
        }
        self.judge_phase(task, what.role, known, &mut wrong);
        // A task that comes last is proved for what was there before it: when something ran, it runs too. So does one that
        // comes after the end of others, whatever that was, when they go on.
        let last = what.role == Role::RootFinish || what.after.iter().any(|after| after.any_end);
        let anew = last && !grid.group(task).is_some_and(|group| group.done.contains(task.index));
        // A result that was lost on its way is made again, even if another job has brought it home by then.
        let lost = self.lost.contains(&task);
        let anew = anew || lost;
        let Some(known) = self.jobs.get(&task.job) else { return };
        if self.good.contains(&task) && what.event.is_none() && !anew && !self.is_wanted_again(task, known, grid, disk)
        {
            wrong.push("it has run well and nothing it made is missing".to_string());
        }
        let needs = what.needs.iter().filter_map(|need| match need.origin {
            Origin::Task(file) => Some((file, inputs.get(need.input).copied().flatten()?.made.digest)),
            _ => None,
        });
        self.read.extend(needs.map(|(file, digest)| ((task, file), digest)));
        self.complaints.extend(wrong.into_iter().map(|why| format!("{task} ({}) starts although {why}", what.label)));
    }

    fn judge_input(
        &self,
        file: FileRef,
        located: Option<Located>,
        disk: &Disk,
        known: &Known,
        wrong: &mut Vec<String>,
    ) {
        let Some(located) = located else { return wrong.push(format!("{file:?} is not located")) };
        let at = match located.at {
            At::Store => disk.store.get(&file),
            At::Earlier(other) => disk.store.get(&other),
            At::Home => disk.home.get(known.truth.name(file)),
            At::Gone => None,
        };
        match at {
            Some(made) if made.digest == located.made.digest => {}
            // Another job may have brought home another version.
            Some(_) if self.varied && located.at == At::Home => {}
            Some(_) => wrong.push(format!("{file:?} is not what it was")),
            None if disk.vanished.contains(&file) => {}
            None if matches!(located.at, At::Earlier(other) if disk.vanished.contains(&other)) => {}
            None => wrong.push(format!("{file:?} is not there ({:?})", located.at)),
        }
    }

    fn judge_phase(&self, task: TaskRef, role: Role, known: &Known, wrong: &mut Vec<String>) {
        let all = |wanted: &[Role]| {
            let mut of_role = known.truth.tasks.iter().filter(|(_, task)| wanted.contains(&task.role));
            of_role.all(|(task, _)| self.good.contains(task))
        };
        let _ = task;
        let before: &[&[Role]] = match role {
            Role::RootStart => &[],
            Role::NodeStart | Role::Event => &[&[Role::RootStart]],
            Role::Main | Role::Other => &[&[Role::RootStart], &[Role::NodeStart]],
            Role::NodeFinish => &[&[Role::Main, Role::Other]],
            Role::RootFinish => &[&[Role::Main, Role::Other]],
        };
        for roles in before.iter().filter(|roles| !all(roles)) {
            wrong.push(format!("{roles:?} have not ended well"));
        }
    }

    /// Whether a task that ended well has to run again: something it made is not there, and somebody needs it; or, strictly, a
    /// file that it has read was made again with other content.
    fn is_wanted_again(&self, task: TaskRef, known: &Known, grid: &Grid, disk: &Disk) -> bool {
        let Some(what) = known.truth.tasks.get(&task) else { return false };
        let changed = |file: FileRef| {
            let (now, then) = (self.contents.get(&file), self.read.get(&(task, file)));
            now.is_some() && now != then
        };
        let strict = grid.job(task.job).is_some_and(|job| job.submitted.strict);
        if strict && what.needs.iter().any(|need| matches!(need.origin, Origin::Task(file) if changed(file))) {
            return true;
        }
        (0..what.outputs.len()).any(|output| {
            let file = FileRef { task, output: output as u16 };
            let name = known.truth.name(file);
            let stored = match grid.files.get(&file).map(|row| row.at) {
                Some(At::Earlier(other)) => disk.store.contains_key(&other),
                Some(At::Home) => disk.home.contains_key(name),
                _ => disk.store.contains_key(&file),
            };
            let readers = known.truth.readers.get(&file).into_iter().flatten();
            let read = readers.into_iter().any(|r| !grid.group(*r).is_some_and(|group| group.is_good(r.index)));
            let events = known.truth.events.get(&file).into_iter().flatten();
            let held = events.into_iter().any(|event| grid.tasks.contains_key(event));
            let home = disk.home.get(name).map(|made| made.digest);
            let result = known.truth.is_result(file) && home != self.contents.get(&file).copied();
            !stored && (read || held || result)
        })
    }

    /// Whether the core may condemn this file.
    fn judge_delete(&mut self, file: FileRef, grid: &Grid) {
        let Some(known) = self.jobs.get(&file.task.job) else { return };
        if grid.job(file.task.job).is_some_and(|job| job.state == JobState::Cancelled) {
            return;
        }
        let readers = known.truth.readers.get(&file).into_iter().flatten();
        for reader in readers.filter(|reader| !self.good.contains(reader)) {
            self.complaints.push(format!("{file:?} is deleted and {reader} has not read it"));
        }
        for event in known.truth.events.get(&file).into_iter().flatten().filter(|e| grid.tasks.contains_key(e)) {
            self.complaints.push(format!("{file:?} is deleted and its event task {event} has not ended"));
        }
        for (other, row) in grid.files.iter().filter(|(_, row)| row.at == At::Earlier(file)) {
            self.complaints.push(format!("{file:?} is deleted and is {other:?}, read by {}", row.readers));
        }
        if self.current.keys().any(|task| {
            known.truth.tasks.get(task).is_some_and(|t| t.needs.iter().any(|need| need.origin == Origin::Task(file)))
        }) {
            self.complaints.push(format!("{file:?} is deleted while it is being read"));
        }
    }

    /// Whether the core may let this file give way to work, and this one first.
    fn judge_give_way(&mut self, file: FileRef, grid: &Grid) {
        self.gave_way += 1;
        self.judge_delete(file, grid);
        let rule = |file: &FileRef| grid.group(file.task).map_or(Keep::None, |group| group.keep);
        let Some(auto) = self.kept.remove(&file) else {
            return self.complaints.push(format!("{file:?} gives way and was not kept"));
        };
        if !auto && !matches!(rule(&file), Keep::Every(_)) {
            self.complaints.push(format!("{file:?} gives way although the plan keeps it in any case"));
        }
        let spare = |other: &FileRef| grid.files.get(other).is_some_and(|row| row.is_unused() && row.at == At::Store);
        let autos = self.kept.iter().filter(|(_, by_auto)| **by_auto).map(|(other, _)| other);
        if !auto && let Some(other) = autos.filter(|other| spare(other)).find(|other| self.rests(other, grid)) {
            self.complaints.push(format!("{file:?} gives way before {other:?}, which only `auto` keeps"));
        }
        // Of one chain the oldest goes first.
        let chain = grid.group(file.task).map_or(1, |group| group.chain_len.max(1));
        let first = file.task.index - file.task.index % chain;
        let older = (first..file.task.index).map(|index| FileRef { task: TaskRef { index, ..file.task }, ..file });
        let older = older.filter(|other| self.kept.get(other) == Some(&auto) && self.rests(other, grid));
        let mut older = older.filter(spare);
        if let Some(other) = older.next() {
            self.complaints.push(format!("{file:?} gives way before {other:?}, which is older"));
        }
    }

    /// Whether nothing is under way that has to do with a file.
    fn rests(&self, file: &FileRef, grid: &Grid) -> bool {
        !grid.tasks.contains_key(&file.task)
    }

    /// A job has ended well: whether everything is as it must be.
    pub fn judge_end(&mut self, id: JobId, grid: &Grid, disk: &Disk, newest: bool) {
        let Some(known) = self.jobs.get(&id) else { return };
        let mut wrong = Vec::new();
        for (task, what) in &known.truth.tasks {
            let settled = grid.settled(*task);
            if what.event.is_none() && settled.is_none() {
                wrong.push(format!("{task} ({}) never ended", what.label));
            }
            let by_use = matches!(what.role, Role::NodeStart | Role::NodeFinish | Role::Event);
            if !by_use && !self.good.contains(task) {
                wrong.push(format!("{task} ({}) did not end well", what.label));
            }
            for output in 0..what.outputs.len() {
                let file = FileRef { task: *task, output: output as u16 };
                if newest && known.truth.is_result(file) {
                    self.judge_result(file, known, disk, &mut wrong);
                }
            }
            if let Some((file, event)) = what.event {
                let due = match event {
                    Event::Create => known.created.contains(&file),
                    Event::Copy => known.copied.contains(&file),
                };
                match (due, known.told.contains(task)) {
                    (true, false) => wrong.push(format!("{task}: {event:?} of {file:?} was told to nobody")),
                    (false, true) if event == Event::Copy => {
                        wrong.push(format!("{task}: {event:?} of {file:?} was told and did not happen"));
                    }
                    _ => {}
                }
            }
        }
        self.complaints.extend(wrong);
    }

    fn judge_result(&self, file: FileRef, known: &Known, disk: &Disk, wrong: &mut Vec<String>) {
        let name = known.truth.name(file);
        let Some(made) = disk.home.get(name) else { return wrong.push(format!("result {name} is not at home")) };
        // An older job that was still under way may have brought home its own since.
        if let Some((other, newest)) = self.brought.get(name)
            && other.task.job < file.task.job
            && *newest >= file.task.job
            && self.contents.get(other) == Some(&made.digest)
        {
            return;
        }
        if !self.varied && known.truth.content(file, known.model, &disk.home) != Some(made.digest) {
            wrong.push(format!("result {name} is not what its inputs lead to"));
        }
    }
}
