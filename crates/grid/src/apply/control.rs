//! The owner and people: opening, stopping, cancelling, holding.

use super::turn::Turn;
use super::{Apply, Todo};
use crate::action::Action;
use crate::file::At;
use crate::group::Settled;
use crate::job::{JobState, Phase};
use crate::record::FreedSpace;
use crate::task::TaskState;
use pelago_job::{JobId, TaskRef};

impl Apply<'_> {
    /// A new owner: what an earlier one may have left undone is asked for again. All actions can be repeated.
    pub(super) fn opened(&mut self, slots: u32) {
        self.grid.slots = slots;
        self.grid.draining = false;
        // In the order in which they were first asked for: into the store, home, away.
        for ((task, attempt), outputs) in &self.grid.collecting {
            self.out.push(Action::Collect { task: *task, attempt: *attempt, outputs: *outputs });
        }
        for (file, row) in &self.grid.files {
            if row.delivering {
                self.out.push(Action::Deliver { file: *file, made: row.made });
            }
        }
        for ((task, attempt), files) in &self.grid.homes {
            self.out.push(Action::DeliverHome { task: *task, attempt: *attempt, files: files.clone() });
        }
        let leaving: Vec<FreedSpace> = self.grid.space.leaving.keys().copied().collect();
        for what in leaving {
            match what {
                // A newer version under the same name took the place of the one that was to go.
                FreedSpace::File { file, .. } if self.grid.files.get(&file).is_some_and(|row| row.at == At::Store) => {
                    self.freed(what);
                }
                FreedSpace::File { file, version } => self.out.push(Action::Delete { file, version }),
                FreedSpace::Attempt { task, attempt } if !self.grid.homes.contains_key(&(task, attempt)) => {
                    let kept = self.grid.space.failed.contains_key(&(task, attempt));
                    if !kept && !self.grid.collecting.contains_key(&(task, attempt)) {
                        self.out.push(Action::DropFailed { task, attempt });
                    }
                    self.out.push(Action::Discard { task, attempt });
                }
                FreedSpace::Attempt { .. } => {}
            }
        }
        // Programs and inputs may have changed while nobody watched.
        for id in self.grid.open.clone() {
            let Some(job) = self.grid.jobs.get_mut(&id) else { continue };
            match job.phase {
                Phase::Work => job.phase = Phase::Proving { started: true },
                Phase::Proving { .. } => {}
                Phase::Start | Phase::NodeFinish | Phase::Finish => continue,
            }
            let started = job.phase == Phase::Proving { started: true };
            self.out.push(Action::Prove { job: id, started });
        }
        let checking: Vec<TaskRef> =
            self.grid.tasks.iter().filter(|(_, row)| row.state == TaskState::Checking).map(|(task, _)| *task).collect();
        for task in checking {
            self.todo.push_back(Todo::Arm(task, false));
        }
    }

    /// A person ends a job: what runs is stopped, what is active ends, what has not begun never does.
    pub(super) fn cancel_job(&mut self, id: JobId) {
        let Some(job) = self.grid.jobs.get_mut(&id).filter(|job| job.state == JobState::Active) else { return };
        job.cancelling = true;
        let active: Vec<TaskRef> = self.grid.tasks_of(id).map(|(task, _)| task).collect();
        active.into_iter().for_each(|task| self.cancel_task(task));
    }

    /// A person ends one task.
    pub(super) fn cancel_task(&mut self, task: TaskRef) {
        match self.grid.tasks.get(&task) {
            Some(row) if row.state == TaskState::Running => {
                self.out.push(Action::Stop { task, attempt: row.attempt });
            }
            Some(_) => self.todo.push_back(Todo::Settle(task, Settled::Cancelled)),
            // Its chain begins and ends with it.
            None if self.grid.can_be_cancelled(task) => {
                self.mark_begun(task);
                self.add_row(task, self.grid.class_of(task), Turn::First);
                self.todo.push_back(Todo::Settle(task, Settled::Cancelled));
            }
            None => {}
        }
    }

    /// A person holds or releases a job. Releasing one that is not held lets go of its tasks that were held because they
    /// may have run: that is a decision of its own, so ending a hold of the whole job does not imply it.
    pub(super) fn hold(&mut self, id: JobId, held: bool) {
        let Some(job) = self.grid.jobs.get_mut(&id) else { return };
        let was = std::mem::replace(&mut job.held, held);
        if held || was {
            return;
        }
        let held = self.grid.tasks_of(id).filter(|(_, row)| row.state == TaskState::Held);
        let back: Vec<TaskRef> = held.map(|(task, _)| task).collect();
        for task in back {
            self.set_state(task, TaskState::Blocked { pending: 0, checked: true });
            self.todo.push_back(Todo::Arm(task, true));
        }
    }
}
