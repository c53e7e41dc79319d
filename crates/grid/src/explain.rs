//! Explaining: how a task stands, and everything that is in its way, as data.

use crate::decide::placing;
use crate::group::Settled;
use crate::job::{Job, JobState, Phase};
use crate::tables::Grid;
use crate::task::TaskState;
use pelago_job::{GroupNo, Role, TaskRef};
use pelago_match::Reason;

/// How a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has ended so.
    Settled(Settled),
    /// It is active.
    Active(TaskState),
    /// Its turn has not come.
    NotBegun,
}

impl Grid {
    /// How a task stands, and all that keeps it from starting now.
    pub fn explain(&self, task: TaskRef) -> (Standing, Vec<Reason>) {
        if let Some(how) = self.settled(task) {
            let reasons = if matches!(how, Settled::Skipped) { self.broken_by(task) } else { Vec::new() };
            return (Standing::Settled(how), reasons);
        }
        let Some(job) = self.job(task.job) else { return (Standing::NotBegun, Vec::new()) };
        let mut reasons = self.job_reasons(job, task.group);
        let Some(row) = self.tasks.get(&task) else {
            reasons.extend(self.turn(job, task));
            return (Standing::NotBegun, reasons);
        };
        match &row.state {
            TaskState::Checking => reasons.push(Reason::Checking),
            TaskState::Blocked { .. } => reasons.extend(self.makers(task)),
            TaskState::Ready => reasons.extend(placing::blockers(self, job, task)),
            TaskState::Backoff { until, cause } => {
                reasons.push(Reason::Backoff { until: *until, cause: cause.clone() });
            }
            TaskState::Held => reasons.push(Reason::Held),
            TaskState::Running | TaskState::Failing { .. } => reasons.clear(),
        }
        (Standing::Active(row.state.clone()), reasons)
    }

    fn job_reasons(&self, job: &Job, group: GroupNo) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if job.held {
            reasons.push(Reason::Held);
        }
        if self.draining && job.state == JobState::Active {
            reasons.push(Reason::Draining);
        }
        if job.stopped()
            && let Some((number, state)) = job.groups.iter().enumerate().find(|(_, state)| !state.failed.is_empty())
        {
            let index = state.failed.min().unwrap_or_default();
            reasons.push(Reason::Stopped { by: TaskRef { job: job.id(), group: GroupNo(number as u16), index } });
        }
        for (after, left) in job.barriers(group) {
            reasons.push(Reason::After { group: after.group, left });
        }
        if !job.in_phase(group) {
            let under_way = match job.phase {
                Phase::Start => job.with_role(Role::RootStart).next(),
                Phase::NodeFinish => job.with_role(Role::NodeFinish).next(),
                _ => job.with_role(Role::Main).next(),
            };
            reasons.push(match (job.phase, under_way) {
                (Phase::Proving { .. }, _) | (_, None) => Reason::Checking,
                (_, Some((number, _))) => Reason::Phase { group: number },
            });
        }
        reasons
    }

    fn turn(&self, job: &Job, task: TaskRef) -> Option<Reason> {
        if job.role(task.group) == Role::Event {
            return self.event_file(task).map(|file| Reason::NoEvent { maker: file.task });
        }
        // Nobody's turn comes in a job that has ended.
        if job.state != JobState::Active {
            return None;
        }
        let group = job.group(task.group)?;
        let chain = task.index / group.chain_len.max(1);
        match self.current_of_chain(task) {
            Some(at) if at != task => Some(Reason::Chain { at }),
            _ => Some(Reason::Turn { before: chain.saturating_sub(group.next) }),
        }
    }

    fn makers(&self, task: TaskRef) -> Vec<Reason> {
        let edges = self.edges(task).into_iter();
        edges
            .filter(|edge| !self.files.get(&edge.file).is_some_and(|row| row.is_there() && !row.delivering))
            .map(|edge| Reason::File { maker: edge.file.task })
            .collect()
    }

    fn broken_by(&self, task: TaskRef) -> Vec<Reason> {
        let Some(group) = self.group(task) else { return Vec::new() };
        let first = task.index - task.index % group.chain_len.max(1);
        let in_chain =
            (first..task.index).rev().find(|index| group.failed.contains(*index) || group.cancelled.contains(*index));
        let by_file = self
            .edges(task)
            .into_iter()
            .map(|edge| edge.file.task)
            .find(|maker| self.settled(*maker).is_some_and(|how| !matches!(how, Settled::Done | Settled::Reused)));
        let by_group = || {
            let job = self.job(task.job)?;
            let after = &job.submitted.experiment.group(task.group)?.after;
            after.iter().filter(|after| !after.any_end).find_map(|after| {
                let state = job.group(after.group)?;
                let index = [&state.failed, &state.cancelled, &state.skipped].into_iter().find_map(|set| set.min())?;
                Some(TaskRef { job: task.job, group: after.group, index })
            })
        };
        let by = in_chain.map(|index| TaskRef { index, ..task }).or(by_file).or_else(by_group);
        by.map(|by| Reason::Broken { by }).into_iter().collect()
    }
}
