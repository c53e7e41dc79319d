//! Jobs: how they stand.

use super::{id, time};
use crate::forecast::output_sizes;
use pelago_grid::{Grid, GroupState, Job, JobState, TaskState};
use pelago_job::{GroupNo, Role};
use pelago_wire::message::{Answer, Refusal};
use pelago_wire::view::{Counts, DiskView, GroupView, JobView};

/// One job, or all of them.
pub fn answer(grid: &Grid, which: Option<&str>, owned: bool) -> Result<Answer, Refusal> {
    let jobs = match which {
        Some(_) => vec![view(grid, id::job(grid, which)?, owned)],
        None => grid.jobs.values().map(|job| view(grid, job, owned)).collect(),
    };
    Ok(Answer::Jobs { jobs })
}

/// A job's view. Without an owner nothing runs, whatever the tables say.
pub fn view(grid: &Grid, job: &Job, owned: bool) -> JobView {
    let experiment = &job.submitted.experiment;
    let groups = experiment.groups.iter().enumerate().map(|(number, group)| {
        let number = GroupNo(number as u16);
        let state = job.group(number);
        GroupView {
            name: group.name.clone(),
            role: group.role.word().to_string(),
            counts: state.map(|state| group_counts(grid, job, number, state)).unwrap_or_default(),
            mean_seconds: state.and_then(GroupState::mean_wall).map(|ms| ms as f64 / 1000.0),
            // What is reserved for a task that has left nothing on disk so far says nothing to people.
            step_bytes: pelago_grid::step_space(job, number)
                .filter(|_| group.limits.disk.is_some() || state.is_some_and(|state| state.stats.disk > 0))
                .map(|bytes| bytes.0),
            output_bytes: output_sizes(grid, job, number),
        }
    });
    let since = |at: pelago_job::GridTime| job.submitted.wall + at.since(job.since).0;
    JobView {
        job: job.id().0,
        name: experiment.name.clone(),
        state: state(job, owned),
        counts: counts(grid, job),
        groups: groups.collect(),
        submitted: time::text(job.submitted.wall),
        ended: job.ended.map(|at| time::text(since(at))),
        task_seconds: job.groups.iter().map(|group| group.stats.wall).sum::<u64>() as f64 / 1000.0,
        bytes_made: job.groups.iter().map(|group| group.stats.made).sum(),
        disk: disk(grid),
    }
}

/// A job's state in one word.
pub fn state(job: &Job, owned: bool) -> String {
    let word = match &job.state {
        JobState::Active if job.held && owned => "held",
        JobState::Active if !owned || job.held => "paused",
        JobState::Active => "running",
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
        JobState::Refused(_) => "refused",
        JobState::Stuck(_) => "stuck",
    };
    word.to_string()
}

/// Counts of the tasks that the job is about: main and other groups.
pub fn counts(grid: &Grid, job: &Job) -> Counts {
    let groups = job.groups.iter().enumerate().map(|(number, state)| (GroupNo(number as u16), state));
    groups
        .filter(|(number, _)| matches!(job.role(*number), Role::Main | Role::Other))
        .map(|(number, state)| group_counts(grid, job, number, state))
        .fold(Counts::default(), add)
}

fn add(a: Counts, b: Counts) -> Counts {
    Counts {
        total: a.total + b.total,
        waiting: a.waiting + b.waiting,
        running: a.running + b.running,
        done: a.done + b.done,
        reused: a.reused + b.reused,
        failed: a.failed + b.failed,
        skipped: a.skipped + b.skipped,
        cancelled: a.cancelled + b.cancelled,
        held: a.held + b.held,
        remade: a.remade + b.remade,
    }
}

fn group_counts(grid: &Grid, job: &Job, number: GroupNo, state: &GroupState) -> Counts {
    // Of an event group only what has been triggered counts.
    let total = match job.role(number) {
        Role::Event => state.settled_count() + state.active,
        _ => state.size,
    };
    let held = held(grid, job, number);
    // What is placed beyond the slots waits for one, though its slot need not wait for it.
    let running = state.running.min(u64::from(grid.slots));
    Counts {
        total,
        waiting: total.saturating_sub(state.settled_count() + running + held),
        running,
        done: state.done.len(),
        reused: state.reused.len(),
        failed: state.failed.len(),
        skipped: state.skipped.len(),
        cancelled: state.cancelled.len(),
        held,
        remade: state.remade,
    }
}

fn held(grid: &Grid, job: &Job, group: GroupNo) -> u64 {
    let once = job.submitted.experiment.group(group).is_some_and(|group| group.once);
    if !once {
        return 0;
    }
    let of_group = grid.tasks.iter().filter(|(task, _)| task.job == job.id() && task.group == group);
    of_group.filter(|(_, row)| row.state == TaskState::Held).count() as u64
}

/// The disk of the state directory.
pub fn disk(grid: &Grid) -> DiskView {
    DiskView {
        used: grid.space.used(),
        reserved: grid.space.reserved,
        peak: grid.space.peak,
        quota: grid.space.quota.map(|quota| quota.0),
    }
}
