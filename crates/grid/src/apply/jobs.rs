//! Jobs: submitted, proved, reopened, from phase to phase, ended.

use super::turn::Turn;
use super::{Apply, Todo};
use crate::action::Action;
use crate::group::{GroupState, Settled};
use crate::job::{Job, JobState, Phase};
use crate::record::{GroupProof, Submitted};
use crate::task::TaskState;
use pelago_job::{Bytes, FileRef, Group, GroupNo, JobId, Place, Role, Step, TaskRef};
use pelago_plan::{Plan, Source};
use roaring::RoaringTreemap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Apply<'_> {
    /// A job was submitted. Its template was compiled before it was accepted; a journal of a newer program may hold one
    /// that this program refuses, and then the job is refused, not the journal.
    pub(super) fn submitted(&mut self, submitted: &Submitted) {
        let id = submitted.job;
        if self.grid.jobs.contains_key(&id) {
            return;
        }
        let (plan, state) = match Plan::compile(Arc::new(submitted.experiment.clone())) {
            Ok(plan) => (plan, JobState::Active),
            Err(errors) => {
                let why = errors.first().map_or_else(String::new, ToString::to_string);
                (Plan::empty(), JobState::Refused(why))
            }
        };
        let groups = if state == JobState::Active { group_states(submitted, &plan) } else { Vec::new() };
        let started = plan.experiment().group_with(Role::RootStart).is_none();
        let active = state == JobState::Active;
        let job = Job {
            submitted: Arc::new(submitted.clone()),
            plan: Arc::new(plan),
            state,
            phase: Phase::Proving { started },
            held: false,
            cancelling: false,
            aborted: None,
            retries: submitted.retries,
            keep_going: submitted.keep_going,
            groups,
            throttled: BTreeMap::new(),
            ready: BTreeMap::new(),
            deliveries: 0,
            since: self.grid.now,
            ended: None,
        };
        self.grid.jobs.insert(id, job);
        if active {
            self.grid.open.insert(id);
            self.out.push(Action::Prove { job: id, started });
        }
    }

    /// What was looked up for a job: its tasks can have their turns now.
    pub(super) fn proved(&mut self, id: JobId, groups: &[GroupProof], start_first: bool) {
        let Some(job) = self.grid.jobs.get_mut(&id) else { return };
        if !matches!(job.phase, Phase::Proving { .. }) {
            return;
        }
        if start_first {
            job.phase = Phase::Start;
            // It may have run before, and what it made is gone.
            for number in 0..job.groups.len() {
                if job.role(GroupNo(number as u16)) == Role::RootStart {
                    job.groups[number].run_again();
                }
            }
            return;
        }
        job.phase = Phase::Work;
        for (number, proof) in groups.iter().enumerate() {
            let active = self.active_indices(id, GroupNo(number as u16));
            // What the node's tasks leave is on a machine as it is now, which no earlier run proves.
            let once_per_machine = self.grid.is_of_node(id, GroupNo(number as u16));
            let Some(state) = self.grid.group_mut(id, GroupNo(number as u16)) else { continue };
            state.template = proof.template;
            state.check = proof.check;
            let settled = &state.done | &state.failed | &state.skipped | &state.cancelled | active;
            if !once_per_machine {
                state.prove(&proof.reused - settled);
            }
        }
        self.count_readers(id);
    }

    fn active_indices(&self, job: JobId, group: GroupNo) -> RoaringTreemap {
        self.grid.tasks_of(job).filter(|(task, _)| task.group == group).map(|(task, _)| task.index).collect()
    }

    /// Counts the readers of a job's live files anew, after whole sets of tasks have changed.
    fn count_readers(&mut self, id: JobId) {
        let counted: Vec<(FileRef, u64)> =
            self.grid.files_of(id).map(|(file, _)| (file, self.grid.open_readers(file))).collect();
        for (file, readers) in counted {
            self.change_file(file, |row| row.readers = readers);
        }
    }

    /// A job can never run.
    pub(super) fn refuse(&mut self, id: JobId, why: &str) {
        if self.grid.is_active(id) {
            self.close(id, JobState::Refused(why.to_string()));
        }
    }

    /// An ended job continues: what did not end well has not run.
    pub(super) fn reopened(&mut self, id: JobId, retries: u32, keep_going: bool) {
        let Some(job) = self.grid.jobs.get_mut(&id) else { return };
        job.retries = retries;
        job.keep_going = keep_going;
        job.held = false;
        job.cancelling = false;
        if job.state == JobState::Active || job.groups.is_empty() {
            return;
        }
        job.state = JobState::Active;
        job.ended = None;
        job.aborted = None;
        let started = job.plan.experiment().group_with(Role::RootStart).is_none();
        job.phase = Phase::Proving { started };
        let mut again = Vec::new();
        for (number, state) in job.groups.iter_mut().enumerate() {
            let bad = &state.failed | &state.skipped | &state.cancelled;
            let len = state.chain_len.max(1);
            for index in &bad {
                let chain = index / len;
                // The cursor comes to those that it has not passed.
                let passed = chain < state.next || state.early.contains(&chain);
                if passed && !state.begun.contains_key(&chain) {
                    state.restart.insert(chain);
                }
            }
            for set in [&mut state.failed, &mut state.skipped, &mut state.cancelled] {
                set.clear();
            }
            // A final node has seen the end of a run that goes on now.
            if state.size == 1 && job.submitted.experiment.groups[number].after.iter().any(|after| after.any_end) {
                state.run_again();
            }
            // Late word of an attempt of before must never be taken for one of those to come.
            state.base = state.top;
            again.push((GroupNo(number as u16), bad));
        }
        self.grid.open.insert(id);
        self.out.push(Action::Prove { job: id, started });
        self.count_readers(id);
        for (group, bad) in again {
            if self.grid.job(id).is_some_and(|job| job.role(group) == Role::Event) {
                self.reopen_event_tasks(id, group, &bad);
            } else {
                self.reopen_behind_cursor(id, group, &bad);
            }
        }
        let rows: Vec<TaskRef> = self.grid.tasks_of(id).map(|(task, _)| task).collect();
        for task in rows {
            if let Some(row) = self.grid.tasks.get_mut(&task) {
                row.faults = 0;
            }
        }
    }

    /// A chain that is under way does not come back to a task that failed while it was made again: it runs beside it.
    fn reopen_behind_cursor(&mut self, id: JobId, group: GroupNo, bad: &RoaringTreemap) {
        let Some(state) = self.grid.job(id).and_then(|job| job.group(group)) else { return };
        let len = state.chain_len.max(1);
        let behind: Vec<u64> = bad
            .iter()
            .filter(|index| state.begun.get(&(index / len)).is_some_and(|step| index % len < *step))
            .collect();
        for index in behind {
            let task = TaskRef { job: id, group, index };
            // Whether its results are at home is not known: they come home once more.
            self.activate(task, self.grid.class_of(task), Turn::Again);
        }
    }

    /// Event tasks are in no chain and have no cursor: those that failed are triggered anew. A file that has given way is
    /// made again for them.
    fn reopen_event_tasks(&mut self, id: JobId, group: GroupNo, bad: &RoaringTreemap) {
        if let Some(state) = self.grid.group_mut(id, group) {
            state.restart.clear();
        }
        for index in bad {
            self.trigger(TaskRef { job: id, group, index });
        }
    }

    /// A job enters a phase.
    pub(super) fn enter(&mut self, id: JobId, phase: Phase) {
        let Some(job) = self.grid.jobs.get_mut(&id) else { return };
        job.phase = phase;
        match phase {
            Phase::Proving { started } => self.out.push(Action::Prove { job: id, started }),
            Phase::Finish => {
                // The node's tasks had nothing to serve if they have not run by now.
                let ran = job.groups.iter().any(|state| !state.done.is_empty());
                for number in 0..job.groups.len() {
                    match job.role(GroupNo(number as u16)) {
                        Role::NodeStart | Role::NodeFinish if job.groups[number].settled_count() == 0 => {
                            job.groups[number].reused.insert(0);
                        }
                        // Its proof was for the same results; any task that ran may have changed them.
                        Role::RootFinish if ran && job.groups[number].reused.remove(0) => {
                            job.groups[number].restart.insert(0);
                        }
                        _ => {}
                    }
                }
            }
            Phase::Start | Phase::Work | Phase::NodeFinish => {}
        }
    }

    /// What has not run of a group is skipped; what runs ends by itself. The cursor stays where it is, for when the
    /// job is reopened.
    pub(super) fn cut_off(&mut self, id: JobId, group: GroupNo) {
        let rows = self.grid.tasks_of(id).filter(|(task, _)| task.group == group);
        let active: Vec<(TaskRef, bool)> = rows.map(|(task, row)| (task, row.state.is_under_way())).collect();
        let Some(state) = self.grid.group_mut(id, group) else { return };
        let mut rest = RoaringTreemap::new();
        rest.insert_range(0..state.size);
        for ended in [&state.done, &state.reused, &state.failed, &state.cancelled] {
            rest -= ended;
        }
        for (task, _) in &active {
            rest.remove(task.index);
        }
        state.skipped |= rest;
        for (task, under_way) in active {
            if !under_way {
                self.todo.push_back(Todo::Settle(task, Settled::Skipped));
            }
        }
    }

    /// A job has ended.
    pub(super) fn ended(&mut self, id: JobId, state: &JobState) {
        self.close(id, state.clone());
    }

    /// A job goes no further within the quota.
    pub(super) fn stuck(&mut self, id: JobId, task: TaskRef, need: Bytes, free: Bytes) {
        let Some(job) = self.grid.job(id) else { return };
        let name = job.submitted.experiment.group(task.group).map_or_else(String::new, |group| task.shown(group));
        let space = &self.grid.space;
        let quota = space.quota.unwrap_or_default();
        let why = format!(
            "task {name} needs {need} and {free} of the quota of {quota} is free: {} of live and kept files, {} of kept \
             failures, {} of deletions under way",
            Bytes(space.files),
            Bytes(space.failed_bytes),
            Bytes(space.leaving_bytes)
        );
        self.close(id, JobState::Stuck(why));
    }

    fn close(&mut self, id: JobId, state: JobState) {
        let now = self.grid.now;
        let Some(job) = self.grid.jobs.get_mut(&id) else { return };
        let gone = matches!(state, JobState::Cancelled);
        job.state = state;
        job.ended = Some(now);
        self.grid.open.remove(&id);
        self.out.push(Action::JobEnded { job: id });
        if gone {
            // Nobody will read its states; what the plan keeps stays.
            let files: Vec<FileRef> = self.grid.files_of(id).map(|(file, _)| file).collect();
            files.into_iter().for_each(|file| self.change_file(file, |row| row.readers = 0));
            let waiting = self.grid.tasks_of(id).filter(|(_, row)| row.state != TaskState::Running);
            self.todo.extend(waiting.map(|(task, _)| Todo::Settle(task, Settled::Cancelled)));
        }
    }
}

fn group_states(submitted: &Submitted, plan: &Plan) -> Vec<GroupState> {
    let groups = submitted.experiment.groups.iter().enumerate();
    groups
        .map(|(number, group)| {
            let number = GroupNo(number as u16);
            let chain_len = if group.role == Role::Event { 1 } else { plan.chain_len(number) };
            let mut state = GroupState::new(plan.size(number), chain_len, group.keep);
            state.reads = reads_tasks(plan, number, state.size);
            state.plain = !state.reads && is_plain(group);
            state
        })
        .collect()
}

/// Whether tasks of a group read what other tasks make. All tasks of a group have inputs of the same form, and where one of
/// them reads from outside what others read from tasks it is the first or the last.
fn reads_tasks(plan: &Plan, group: GroupNo, size: u64) -> bool {
    let mut found = false;
    for index in BTreeSet::from([0, size / 2, size.saturating_sub(1)]) {
        if index < size {
            plan.inputs(group, index, &mut |_, source| found |= matches!(source, Source::Task { .. }));
        }
    }
    found
}

/// Whether tasks of a group that reads nothing from tasks have no files that are theirs alone, so that one look at what they
/// have in common proves them all. Chains are never plain: each link waits for the one before.
fn is_plain(group: &Group) -> bool {
    group.seqameters.is_empty()
        && group.outputs.is_empty()
        && group.inputs.iter().all(|input| input.name.params().is_empty())
        && !group.steps.iter().any(|step| {
            matches!(step, Step::Copy { to, .. } if to.iter().any(|(place, _)| matches!(place, Place::Root | Place::Machine)))
        })
}
