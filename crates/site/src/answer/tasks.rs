//! Tasks: a page of them, by state.

use super::{id, time};
use crate::history::{Reader, Run};
use crate::naming::label;
use pelago_agent::Layout;
use pelago_grid::{Grid, Job, Settled, TaskState};
use pelago_job::{GroupNo, Outcome, Report, Role, TaskRef};
use pelago_wire::message::{Answer, Refusal};
use pelago_wire::view::TaskView;
use std::path::Path;

/// The words for states, with which tasks can be asked for.
const STATES: [&str; 11] =
    ["waiting", "checking", "ready", "running", "retrying", "held", "done", "reused", "failed", "skipped", "cancelled"];

/// States of tasks that have begun to wait for something in particular.
const WAITING: [&str; 4] = ["waiting", "checking", "ready", "retrying"];

/// Tasks of a job in some states, at most `limit`, and how many there are.
pub fn answer(
    grid: &Grid,
    history: &Reader,
    state: &Path,
    which: Option<&str>,
    states: &[String],
    limit: u64,
) -> Result<Answer, Refusal> {
    let (job, one) = id::job_or_task(grid, which)?;
    let job = id::job(grid, Some(&job.to_string()))?;
    if let Some(task) = one {
        return Ok(Answer::Tasks { tasks: vec![view(task, grid, history, state)], total: 1 });
    }
    if let Some(unknown) = states.iter().find(|word| !STATES.contains(&word.as_str())) {
        return Err(Refusal {
            what: format!("`{unknown}` is not a state of a task"),
            hint: Some(format!("states are {}", STATES.join(", "))),
            code: 2,
        });
    }
    let (mut tasks, mut total) = (Vec::new(), 0);
    for number in (0..job.groups.len() as u16).map(GroupNo) {
        each(grid, job, number, states, &mut |task| {
            total += 1;
            if tasks.len() < limit as usize {
                tasks.push(task);
            }
        });
    }
    let tasks = tasks.into_iter().map(|task| view(task, grid, history, state)).collect();
    Ok(Answer::Tasks { tasks, total })
}

/// Every task of a group that is in one of the states. `waiting` is all that `pelago status` counts so: also what is ready,
/// is being looked up or is to be tried again.
fn each(grid: &Grid, job: &Job, number: GroupNo, states: &[String], each: &mut dyn FnMut(TaskRef)) {
    let Some(group) = job.group(number) else { return };
    let wants = |word: &str| states.is_empty() || states.iter().any(|state| state == word);
    let task = |index| TaskRef { job: job.id(), group: number, index };
    if states.is_empty() {
        let event = job.role(number) == Role::Event;
        (0..group.size)
            .map(task)
            .filter(|t| !event || grid.settled(*t).is_some() || grid.tasks.contains_key(t))
            .for_each(each);
        return;
    }
    for (word, set) in [
        ("done", &group.done),
        ("reused", &group.reused),
        ("failed", &group.failed),
        ("skipped", &group.skipped),
        ("cancelled", &group.cancelled),
    ] {
        if wants(word) {
            set.iter().map(task).for_each(&mut *each);
        }
    }
    let active = grid.tasks.range(task(0)..=task(u64::MAX));
    let asked = |state: &'static str| wants(state) || (WAITING.contains(&state) && wants("waiting"));
    active.filter(|(_, row)| asked(word(&row.state))).for_each(|(task, _)| each(*task));
    if wants("waiting") && job.role(number) != Role::Event {
        let open = (0..group.size).filter(|i| group.settled(*i).is_none() && !grid.tasks.contains_key(&task(*i)));
        open.map(task).for_each(each);
    }
}

fn word(state: &TaskState) -> &'static str {
    match state {
        TaskState::Checking => "checking",
        TaskState::Blocked { .. } => "waiting",
        TaskState::Ready => "ready",
        TaskState::Running => "running",
        TaskState::Failing { .. } | TaskState::Backoff { .. } => "retrying",
        TaskState::Held => "held",
    }
}

/// The state of a task in one word.
pub fn state_word(grid: &Grid, task: TaskRef) -> &'static str {
    match (grid.settled(task), grid.tasks.get(&task)) {
        (Some(Settled::Done), _) => "done",
        (Some(Settled::Reused), _) => "reused",
        (Some(Settled::Failed), _) => "failed",
        (Some(Settled::Skipped), _) => "skipped",
        (Some(Settled::Cancelled), _) => "cancelled",
        (None, Some(row)) => word(&row.state),
        (None, None) => "waiting",
    }
}

/// A task whose attempt has just ended, without a look into the history.
pub fn ended_view(task: TaskRef, attempt: u32, report: &Report, grid: &Grid) -> TaskView {
    let cause = match &report.outcome {
        Outcome::Done => None,
        Outcome::Failed(failure) => Some(&failure.cause),
    };
    TaskView {
        id: label(grid, task),
        state: state_word(grid, task).to_string(),
        values: grid.job(task.job).map(|job| job.plan.labels(task.group, task.index)).unwrap_or_default(),
        attempts: attempt,
        outcome: Some(cause.map_or_else(|| "done".to_string(), ToString::to_string)),
        cause: cause.map(|cause| cause.word().to_string()),
        started: None,
        usage: Some(report.usage),
        directory: None,
        varies: varies(task, grid),
    }
}

/// Whether a task has made something again with other content than before.
fn varies(task: TaskRef, grid: &Grid) -> bool {
    grid.group(task).is_some_and(|group| group.varies.contains(task.index))
}

/// One task.
pub fn view(task: TaskRef, grid: &Grid, history: &Reader, state: &Path) -> TaskView {
    let last: Option<Run> = history.last_attempt(task).ok().flatten();
    let row = grid.tasks.get(&task);
    let id = label(grid, task);
    let kept = last.as_ref().filter(|run| run.outcome != "done").map(|run| Layout::new(state).failed(&id, run.attempt));
    TaskView {
        state: state_word(grid, task).to_string(),
        values: grid.job(task.job).map(|job| job.plan.labels(task.group, task.index)).unwrap_or_default(),
        attempts: row.map(|row| row.attempt).or(last.as_ref().map(|run| run.attempt)).unwrap_or(0),
        outcome: last.as_ref().map(|run| run.detail.clone().unwrap_or_else(|| run.outcome.to_string())),
        cause: last.as_ref().filter(|run| run.outcome != "done").map(|run| run.outcome.to_string()),
        started: last.as_ref().map(|run| time::text(run.started_ms)),
        usage: last.as_ref().map(|run| run.usage),
        varies: varies(task, grid),
        directory: kept.filter(|dir| dir.is_dir()).map(|dir| dir.display().to_string()),
        id,
    }
}
