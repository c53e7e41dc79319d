//! Turns: when a task becomes active, what it waits for, when it is ready, and what its end means for others.

use super::{Apply, Todo};
use crate::action::{Action, Located};
use crate::file::{FileRow, Kept};
use crate::group::Settled;
use crate::task::{Class, TaskRow, TaskState};
use pelago_job::{Bytes, TaskRef};
use std::collections::BTreeSet;

/// Why a task becomes active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has not run yet.
    First,
    /// It has, and what it did has to be done again.
    Again,
    /// It has, and only a file is made again: its results are at home, and nothing is told.
    Remake,
}

impl Apply<'_> {
    /// A chain begins at `task`.
    pub(super) fn begin(&mut self, task: TaskRef) {
        if !self.mark_begun(task) {
            return;
        }
        if self.grid.settled(task).is_some() {
            // It failed when it was made again, before the chain's turn came.
            self.advance_chain(task, false);
        } else if !self.grid.tasks.contains_key(&task) {
            self.activate(task, self.grid.class_of(task), Turn::First);
        }
        // A task that is being made again already is the one from which its chain goes on.
    }

    /// Takes a chain off the cursor and gives it a current step.
    pub(super) fn mark_begun(&mut self, task: TaskRef) -> bool {
        let Some(group) = self.grid.group_mut(task.job, task.group).filter(|group| task.index < group.size) else {
            return false;
        };
        group.begin(task.index / group.chain_len.max(1), task.index % group.chain_len.max(1));
        true
    }

    /// Makes a row for a task whose turn has come, and looks at what it waits for.
    ///
    /// A task that has ended well before runs `again`: no proof is asked, for it would only say so; and its attempts get
    /// numbers above all earlier ones of its group, so that late word of an old one is never taken for a new one.
    pub(super) fn activate(&mut self, task: TaskRef, class: Class, turn: Turn) {
        self.add_row(task, class, turn);
        self.todo.push_back(Todo::Arm(task, turn != Turn::First));
    }

    pub(super) fn add_row(&mut self, task: TaskRef, class: Class, turn: Turn) {
        let now = self.grid.now;
        let Some(group) = self.grid.group_mut(task.job, task.group) else { return };
        group.active += 1;
        let base = if turn == Turn::First { group.base } else { group.top };
        let mut row = TaskRow::new(class, now, base);
        row.remake = turn == Turn::Remake;
        self.grid.tasks.insert(task, row);
        self.grid.checking += 1;
    }

    /// Looks at everything an active task waits for, and puts it into the state that follows.
    pub(super) fn arm(&mut self, task: TaskRef, checked: bool) {
        let Some(row) = self.grid.tasks.get(&task) else { return };
        if row.state == TaskState::Running {
            return;
        }
        let class = row.class;
        let looks_up = self.grid.group(task).is_some_and(|g| g.check)
            && class != Class::Event
            && !self.grid.is_of_node(task.job, task.group);
        let proven = checked || !looks_up;
        // A maker of several inputs ends once.
        let (mut makers, mut broken) = (BTreeSet::new(), false);
        for edge in self.grid.edges(task) {
            let maker = edge.file.task;
            match self.grid.settled(maker) {
                Some(Settled::Done | Settled::Reused) => {
                    let there = self.grid.files.get(&edge.file).is_some_and(FileRow::is_there);
                    if proven && !there {
                        self.remake(maker);
                        makers.insert(maker);
                    }
                }
                Some(_) => broken = true,
                None => {
                    self.pull(maker);
                    makers.insert(maker);
                }
            }
        }
        let state = match () {
            () if broken => return self.todo.push_back(Todo::Settle(task, Settled::Skipped)),
            // A result changes its place while it comes home: who is told of it waits until it has.
            () if class == Class::Event && self.is_on_its_way(task) => TaskState::Blocked { pending: 0, checked: true },
            () if !makers.is_empty() => TaskState::Blocked { pending: makers.len() as u32, checked: proven },
            () if !proven => {
                let inputs = self.digests(task);
                self.out.push(Action::Check { task, inputs });
                TaskState::Checking
            }
            () => TaskState::Ready,
        };
        self.set_state(task, state);
        for maker in makers {
            self.grid.waiting.entry(maker).or_default().insert(task);
        }
    }

    fn is_on_its_way(&self, event: TaskRef) -> bool {
        let file = self.grid.event_file(event).and_then(|file| self.grid.files.get(&file));
        file.is_some_and(|row| row.delivering)
    }

    /// Changes the state of an active task, with its place in the queues.
    pub(super) fn set_state(&mut self, task: TaskRef, state: TaskState) {
        let Some(row) = self.grid.tasks.get_mut(&task) else { return };
        let key = (task.group, task.index);
        let was = std::mem::replace(&mut row.state, state);
        let (class, state) = (row.class, row.state.clone());
        self.leave_state(task, class, &was);
        match state {
            TaskState::Ready => {
                if let Some(job) = self.grid.jobs.get_mut(&task.job) {
                    job.ready.entry(class).or_default().insert(key);
                }
            }
            TaskState::Checking => self.grid.checking += 1,
            TaskState::Running => {
                self.grid.running += 1;
                if let Some(group) = self.grid.group_mut(task.job, task.group) {
                    group.running += 1;
                }
                if let Some(job) = self.grid.jobs.get_mut(&task.job) {
                    job.count_throttled(task.group, true);
                }
            }
            TaskState::Failing { .. } => {
                self.grid.failing.insert(task);
            }
            TaskState::Backoff { until, .. } => {
                self.grid.timers.insert((until, task));
            }
            TaskState::Blocked { .. } | TaskState::Held => {}
        }
    }

    fn leave_state(&mut self, task: TaskRef, class: Class, was: &TaskState) {
        match was {
            TaskState::Ready => {
                if let Some(queue) = self.grid.jobs.get_mut(&task.job).and_then(|job| job.ready.get_mut(&class)) {
                    queue.remove(&(task.group, task.index));
                }
            }
            TaskState::Checking => self.grid.checking -= 1,
            TaskState::Running => {
                self.grid.running -= 1;
                if let Some(group) = self.grid.group_mut(task.job, task.group) {
                    group.running -= 1;
                }
                if let Some(job) = self.grid.jobs.get_mut(&task.job) {
                    job.count_throttled(task.group, false);
                }
            }
            TaskState::Failing { .. } => {
                self.grid.failing.remove(&task);
            }
            TaskState::Backoff { until, .. } => {
                self.grid.timers.remove(&(*until, task));
            }
            TaskState::Blocked { pending: 0, .. } | TaskState::Held => {}
            TaskState::Blocked { .. } => {
                for edge in self.grid.edges(task) {
                    let maker = edge.file.task;
                    if let Some(readers) = self.grid.waiting.get_mut(&maker)
                        && readers.remove(&task)
                        && readers.is_empty()
                    {
                        self.grid.waiting.remove(&maker);
                    }
                }
            }
        }
    }

    /// Begins the chain of a task that another one waits for, if it has not begun: so a full window never starves.
    fn pull(&mut self, maker: TaskRef) {
        let Some(group) = self.grid.group(maker) else { return };
        let chain = maker.index / group.chain_len.max(1);
        if group.begun.contains_key(&chain) || self.grid.tasks.contains_key(&maker) {
            return;
        }
        if let Some(index) = group.first_open(chain) {
            self.begin(TaskRef { index, ..maker });
        }
    }

    /// A task that ended well is to run again because its file is gone.
    fn remake(&mut self, maker: TaskRef) {
        if self.unsettle(maker) {
            // One that reads nothing begins a chain anew, and needs as much room as any other start.
            let class = if self.grid.class_of(maker) == Class::Start { Class::Start } else { Class::Remake };
            self.activate(maker, class, Turn::Remake);
        }
    }

    /// Takes a task out of the set it ended in; its inputs have one more reader again.
    pub(super) fn unsettle(&mut self, task: TaskRef) -> bool {
        if self.grid.tasks.contains_key(&task) {
            return false;
        }
        let Some(how) = self.grid.settled(task) else { return false };
        if let Some(group) = self.grid.group_mut(task.job, task.group) {
            group.set_mut(how).remove(task.index);
        }
        if matches!(how, Settled::Done | Settled::Reused) && !self.grid.is_event(task) {
            for edge in self.grid.edges(task) {
                self.change_file(edge.file, |row| row.readers += 1);
            }
        }
        true
    }

    /// A task has ended, well or not.
    pub(super) fn settle(&mut self, task: TaskRef, how: Settled) {
        // Two makers of one reader can fail: the second word about it finds no row.
        let Some(row) = self.grid.tasks.get(&task) else { return };
        let (class, remade, was) = (row.class, row.remake, row.state.clone());
        self.leave_state(task, class, &was);
        self.grid.tasks.remove(&task);
        let good = matches!(how, Settled::Done | Settled::Reused);
        let edges = self.grid.edges(task);
        let Some(group) = self.grid.group_mut(task.job, task.group) else { return };
        group.active = group.active.saturating_sub(1);
        group.set_mut(how).insert(task.index);
        group.remade += u64::from(remade && good);
        if self.grid.is_event(task) {
            self.release_event_file(task);
        } else if good {
            for edge in edges {
                self.change_file(edge.file, |row| row.readers = row.readers.saturating_sub(1));
            }
        }
        self.advance_chain(task, good);
        for reader in self.grid.waiting.remove(&task).unwrap_or_default() {
            self.maker_ended(reader, good);
        }
    }

    fn maker_ended(&mut self, reader: TaskRef, good: bool) {
        let Some(row) = self.grid.tasks.get_mut(&reader) else { return };
        let TaskState::Blocked { pending, checked } = &mut row.state else { return };
        *pending = pending.saturating_sub(1);
        let (pending, checked) = (*pending, *checked);
        match (good, pending) {
            (false, _) => self.todo.push_back(Todo::Settle(reader, Settled::Skipped)),
            (true, 0) => self.todo.push_back(Todo::Arm(reader, checked)),
            (true, _) => {}
        }
    }

    /// After the current task of a chain: the next one has its turn, or the rest is skipped.
    fn advance_chain(&mut self, task: TaskRef, good: bool) {
        let Some(group) = self.grid.group_mut(task.job, task.group) else { return };
        let len = group.chain_len.max(1);
        let (chain, step) = (task.index / len, task.index % len);
        if group.begun.get(&chain) != Some(&step) {
            return;
        }
        let end = (chain + 1) * len;
        if good {
            match (task.index + 1..end).find(|index| !group.is_good(*index)) {
                // The rest was cut off while it ran.
                Some(index) if group.settled(index).is_some() => {
                    group.begun.remove(&chain);
                }
                Some(index) => {
                    group.begun.insert(chain, index % len);
                    let next = TaskRef { index, ..task };
                    // One that is being made again already is the one from which the chain goes on.
                    if !self.grid.tasks.contains_key(&next) {
                        self.activate(next, self.grid.class_of(next), Turn::First);
                    }
                }
                None => {
                    group.begun.remove(&chain);
                }
            }
            return;
        }
        group.begun.remove(&chain);
        let open: Vec<u64> = (task.index + 1..end).filter(|index| group.settled(*index).is_none()).collect();
        for index in open {
            let behind = TaskRef { index, ..task };
            if self.grid.tasks.contains_key(&behind) {
                // It is being made again, and goes on by itself.
                continue;
            }
            if let Some(group) = self.grid.group_mut(task.job, task.group) {
                group.skipped.insert(index);
            }
        }
        let rest = TaskRef { index: task.index + 1, ..task }..TaskRef { index: end, ..task };
        let waited: Vec<TaskRef> = self.grid.waiting.range(rest).map(|(maker, _)| *maker).collect();
        for maker in waited {
            for reader in self.grid.waiting.remove(&maker).unwrap_or_default() {
                self.maker_ended(reader, false);
            }
        }
    }

    /// A task is placed. A task that needs no look at files begins here without a record of its own.
    pub(super) fn placed(&mut self, task: TaskRef, attempt: u32, reserved: Option<Bytes>) {
        if !self.grid.tasks.contains_key(&task) {
            if self.grid.settled(task).is_some() || !self.mark_begun(task) {
                return;
            }
            self.add_row(task, self.grid.class_of(task), Turn::First);
        }
        let now = self.grid.now;
        let space = reserved.map_or(0, |r| r.0);
        let Some(row) = self.grid.tasks.get_mut(&task).filter(|row| row.state != TaskState::Running) else { return };
        row.attempt = attempt;
        row.reserved = space;
        row.since = now;
        if let Some(group) = self.grid.group_mut(task.job, task.group) {
            group.top = group.top.max(attempt);
        }
        self.grid.space.reserved += space;
        self.set_state(task, TaskState::Running);
        let inputs = self.located(task);
        self.out.push(Action::Launch { task, attempt, reserved, inputs });
    }

    fn inputs_of(&self, task: TaskRef) -> usize {
        self.grid
            .job(task.job)
            .and_then(|job| job.submitted.experiment.group(task.group))
            .map_or(0, |group| group.inputs.len())
    }

    fn digests(&self, task: TaskRef) -> Vec<Option<pelago_job::Digest>> {
        let mut digests = vec![None; self.inputs_of(task)];
        for edge in self.grid.edges(task) {
            if let (Some(slot), Some(row)) = (digests.get_mut(edge.input), self.grid.files.get(&edge.file)) {
                *slot = Some(row.first);
            }
        }
        digests
    }

    fn located(&self, task: TaskRef) -> Vec<Option<Located>> {
        let edges = self.grid.edges(task);
        let mut located = vec![None; self.inputs_of(task).max(edges.iter().map(|e| e.input + 1).max().unwrap_or(0))];
        for edge in edges {
            located[edge.input] = self.grid.files.get(&edge.file).map(|row| Located {
                file: edge.file,
                at: row.at,
                made: row.made,
                first: row.first,
            });
        }
        located
    }

    /// Makes an event task, or brings one back that has to run again, and lets it hold its file.
    pub(super) fn trigger(&mut self, task: TaskRef) {
        if self.grid.tasks.contains_key(&task) {
            return;
        }
        let turn = if self.unsettle(task) { Turn::Again } else { Turn::First };
        self.activate(task, Class::Event, turn);
        if let Some(file) = self.grid.event_file(task) {
            let events = self.grid.active_events(file);
            self.change_file(file, |row| {
                row.events = events;
                // What was kept for it is judged anew when it has ended.
                if row.kept == Kept::Auto {
                    row.kept = Kept::No;
                }
            });
        }
    }
}
