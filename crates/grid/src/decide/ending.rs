//! Phases and ends of jobs, and what to do when nothing moves.

use crate::decide::placing;
use crate::file::Kept;
use crate::job::{Job, JobState, Phase};
use crate::record::Record;
use crate::tables::Grid;
use crate::task::{Class, TaskState};
use pelago_job::{Bytes, JobId, Role, TaskRef};

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
    if job.stopped() && !running && job.deliveries == 0 {
        return ended(JobState::Failed);
    }
    if job.held || job.deliveries > 0 || matches!(job.phase, Phase::Proving { .. }) || !complete(job) {
        return None;
    }
    if job.groups.iter().any(|group| group.bad_count() > 0) {
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
        Phase::Finish => ended(JobState::Done),
    }
}

fn fails(grid: &Grid, id: JobId) -> bool {
    grid.failing.iter().any(|task| task.job == id)
}

/// Whether every task that belongs to the phase has ended.
fn complete(job: &Job) -> bool {
    job.groups.iter().enumerate().all(|(number, group)| {
        let number = pelago_job::GroupNo(number as u16);
        match job.role(number) {
            _ if !job.open(number) => true,
            Role::Event => group.active == 0,
            // The node's start task runs only when a task asks for it.
            Role::NodeStart => group.active == 0,
            _ => group.settled_count() == group.size,
        }
    })
}

/// When nothing runs and nothing is due, and yet a task is ready: space is in the way. What may go goes; else the job
/// is refused with the arithmetic.
pub(super) fn stuck(grid: &Grid) -> Option<Record> {
    if grid.is_busy() || grid.draining {
        return None;
    }
    let (job, task) = grid.open.iter().filter_map(|id| grid.job(*id)).filter(|job| job.runs()).find_map(|job| {
        [Class::Event, Class::Remake, Class::Step, Class::Start]
            .into_iter()
            .find_map(|class| placing::first_ready(job, class))
            .map(|task| (job, task))
    })?;
    debug_assert!(grid.tasks.get(&task).is_some_and(|row| row.state == TaskState::Ready));
    if let Some((task, attempt)) = oldest_failure(grid) {
        return Some(Record::DropFailed { task, attempt });
    }
    if let Some((file, _)) = grid.files.iter().find(|(_, row)| row.kept == Kept::Auto && row.readers == 0) {
        return Some(Record::Condemned { file: *file });
    }
    let need = placing::need(grid, job, task).space.unwrap_or(Bytes(1));
    let free = Bytes(grid.space.free().unwrap_or_default());
    Some(Record::Stuck { job: job.id(), task, need, free })
}

fn oldest_failure(grid: &Grid) -> Option<(TaskRef, u32)> {
    grid.space.failed.iter().find(|(_, (_, bytes))| *bytes > 0).map(|(key, _)| *key)
}
