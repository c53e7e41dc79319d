//! Phases and ends of jobs.

use crate::group::GroupState;
use crate::job::{Job, JobState, Phase};
use crate::record::Record;
use crate::tables::Grid;
use pelago_job::{GroupNo, JobId, Role};

/// Decides that a job enters its next phase, or has ended.
pub(super) fn decide(grid: &Grid) -> Option<Record> {
    grid.open.iter().find_map(|id| next(grid, grid.job(*id)?))
}

fn next(grid: &Grid, job: &Job) -> Option<Record> {
    let id = job.id();
    let ended = |state| Some(Record::Ended { job: id, state });
    let running = job.groups.iter().any(|group| group.running > 0) || fails(grid, id);
    if job.cancelling {
        return if running { None } else { ended(JobState::Cancelled) };
    }
    if let Some(group) = cut_off(grid, job) {
        return Some(Record::CutOff { job: id, group, by: job.aborted_for(group) });
    }
    if job.stopped() && !running && job.deliveries == 0 {
        return ended(JobState::Failed);
    }
    if job.held || job.deliveries > 0 || matches!(job.phase, Phase::Proving { .. }) || !complete(job) {
        return None;
    }
    let bad = |(_, group): (_, &GroupState)| group.bad_count() > 0;
    let own = [Role::RootStart, Role::NodeStart, Role::Main, Role::Other, Role::NodeFinish, Role::RootFinish];
    if own.into_iter().any(|role| job.with_role(role).any(bad)) {
        return ended(JobState::Failed);
    }
    let has = |role| job.with_role(role).next().is_some();
    let ran = |role| job.with_role(role).any(|(_, group)| !group.done.is_empty());
    let enter = |phase| Some(Record::Entered { job: id, phase });
    match job.phase {
        Phase::Proving { .. } => None,
        Phase::Start => enter(Phase::Proving { started: true }),
        Phase::Work if has(Role::NodeFinish) && (ran(Role::Main) || ran(Role::Other)) => enter(Phase::NodeFinish),
        Phase::Work | Phase::NodeFinish => enter(Phase::Finish),
        // A failed event task stops nothing, but the job has not ended well.
        Phase::Finish if job.with_role(Role::Event).any(bad) => ended(JobState::Failed),
        Phase::Finish => ended(JobState::Done),
    }
}

/// A group with tasks that can never start.
fn cut_off(grid: &Grid, job: &Job) -> Option<GroupNo> {
    let numbered = job.groups.iter().enumerate().map(|(number, state)| (GroupNo(number as u16), state));
    let mut open = numbered.filter(|(number, state)| state.settled_count() < state.size && job.is_cut_off(*number));
    open.find(|(number, state)| {
        let rows = grid.tasks_of(job.id()).filter(|(task, row)| task.group == *number && row.state.is_under_way());
        state.settled_count() + (rows.count() as u64) < state.size
    })
    .map(|(number, _)| number)
}

fn fails(grid: &Grid, id: JobId) -> bool {
    grid.failing.iter().any(|task| task.job == id)
}

/// Whether every task that belongs to the phase has ended.
fn complete(job: &Job) -> bool {
    job.groups.iter().enumerate().all(|(number, group)| {
        let number = GroupNo(number as u16);
        match job.role(number) {
            _ if !job.in_phase(number) => true,
            Role::Event => group.active == 0,
            // The node's start task runs only when a task asks for it.
            Role::NodeStart => group.active == 0,
            _ => group.settled_count() == group.size,
        }
    })
}
