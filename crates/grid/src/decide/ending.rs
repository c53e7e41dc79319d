//! Phases and ends of jobs, and what to do when nothing moves.

use crate::decide::{keeping, placing};
use crate::group::GroupState;
use crate::job::{Job, JobState, Phase};
use crate::record::Record;
use crate::tables::Grid;
use pelago_job::{Bytes, FileRef, JobId, Role, TaskRef};

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

/// A state that takes space and that only this task waits for.
fn spare_state(grid: &Grid, task: TaskRef) -> Option<FileRef> {
    let edges = grid.edges(task);
    let own = |file: FileRef| edges.iter().filter(|edge| edge.file == file).count() as u64;
    edges.iter().map(|edge| edge.file).find(|file| {
        grid.files.get(file).is_some_and(|row| {
            let free = row.events == 0 && row.borrowers == 0 && !row.delivering;
            row.stored_bytes() > 0 && free && row.readers == own(*file)
        })
    })
}

/// When nothing runs and nothing is due, and yet a task is ready: space is in the way.
///
/// Any task that fits is placed, whatever its place in the queue. Else what may go goes. Else a task may have what is
/// otherwise kept for steps, since no step asks for it. Else the state of the last task in the queue goes, to be made again
/// later, so that the first one can go on. Else the job is refused with the arithmetic. As long as a person
/// holds a job nothing is refused, since that job may still give space back.
pub(super) fn stuck(grid: &Grid) -> Option<Record> {
    if grid.is_busy() || grid.draining {
        return None;
    }
    let ready =
        || grid.open.iter().filter_map(|id| grid.job(*id)).filter(|job| job.runs()).flat_map(placing::all_ready);
    ready().next()?;
    if let Some(placed) = ready().find_map(|task| placing::place(grid, task)) {
        return Some(placed);
    }
    if let Some(relief) = keeping::relief(grid, true) {
        return Some(relief);
    }
    if let Some(placed) = ready().find_map(|task| placing::place_alone(grid, task)) {
        return Some(placed);
    }
    if grid.open.iter().filter_map(|id| grid.job(*id)).any(|job| job.held) {
        return None;
    }
    let task = ready().next()?;
    if let Some(file) = ready().filter(|other| *other != task).filter_map(|other| spare_state(grid, other)).last() {
        return Some(Record::Sacrificed { file });
    }
    let need = placing::need(grid, grid.job(task.job)?, task).space.unwrap_or(Bytes(1));
    let free = Bytes(grid.space.free()?);
    Some(Record::Stuck { job: task.job, task, need, free })
}
