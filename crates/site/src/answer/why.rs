//! Why: how something stands, everything that is in its way, and what was decided about it.

use super::decisions::decisions;
use super::{file, id, reason, status, tasks, time};
use crate::history::{Reader, Run};
use crate::naming::label;
use pelago_agent::Layout;
use pelago_grid::explain::Standing;
use pelago_grid::{Grid, Job, JobState, Settled};
use pelago_job::TaskRef;
use pelago_match::Reason;
use pelago_wire::message::{Answer, Refusal};
use pelago_wire::view::{Blocker, Step, WhyView};
use std::path::Path;

/// Results shown that have not come home.
const RESULTS: usize = 5;
/// Attempts shown.
const MOST: u64 = 50;

/// An explanation of a job, a task or a file.
pub fn answer(
    grid: &Grid,
    history: &Reader,
    state: &Path,
    which: Option<&str>,
    owned: bool,
) -> Result<Answer, Refusal> {
    let found = match (id::job_or_task(grid, which), which) {
        (Err(refusal), Some(name)) => match file::answer(grid, history, name, owned) {
            Some(view) => return Ok(Answer::Why(Box::new(view))),
            None => {
                Err(Refusal { what: format!("{}, and no job here has a file of that name", refusal.what), ..refusal })
            }
        },
        (found, _) => found,
    };
    let (job, task) = found?;
    let job = id::job(grid, Some(&job.to_string()))?;
    let view = match task {
        Some(task) => of_task(grid, history, state, job, task, owned),
        None => of_job(grid, history, job, owned),
    };
    Ok(Answer::Why(Box::new(view)))
}

fn of_task(grid: &Grid, history: &Reader, state: &Path, job: &Job, task: TaskRef, owned: bool) -> WhyView {
    let (standing, mut reasons) = grid.explain(task);
    let settled = matches!(standing, Standing::Settled(_));
    without_owner(&mut reasons, job, owned || settled);
    let wall = crate::clock::wall();
    let mut blockers: Vec<Blocker> = reasons.iter().map(|r| reason::blocker(grid, job, r, wall)).collect();
    if settled && !owned {
        blockers.extend(file::not_home_of(grid, job, task).iter().map(|home| file::not_home(home)));
    }
    let runs = history.attempts(task, MOST).unwrap_or_default();
    let shown = label(grid, task);
    let values = job.plan.labels(task.group, task.index);
    let values: Vec<String> = values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let last = runs.last();
    let summary = match standing {
        Standing::Settled(Settled::Done) => format!("it ended well{}", took(last)),
        Standing::Settled(Settled::Reused) => {
            "an earlier run under the same key proves it, so it did not run again".to_string()
        }
        Standing::Settled(Settled::Failed) => {
            let how = last.and_then(|run| run.detail.clone()).unwrap_or_else(|| "an input is missing".to_string());
            format!("it failed for good: {how}")
        }
        Standing::Settled(Settled::Skipped) => "it was skipped".to_string(),
        Standing::Settled(Settled::Cancelled) => "it was cancelled".to_string(),
        Standing::Active(_) if tasks::state_word(grid, task) == "running" => {
            let since = grid.tasks.get(&task).map(|row| grid.now.since(row.since)).unwrap_or_default();
            if owned { format!("it runs, since {since}") } else { "it was running when its owner ended".to_string() }
        }
        Standing::Active(_) | Standing::NotBegun if job.state != JobState::Active => "it did not run".to_string(),
        Standing::Active(_) | Standing::NotBegun => format!("it is {}", tasks::state_word(grid, task)),
    };
    let varies = grid.group(task).is_some_and(|group| group.varies.contains(task.index));
    let summary =
        if varies { format!("{summary}; it varies: run again, it made other content than before") } else { summary };
    let summary = if values.is_empty() { summary } else { format!("{summary} ({})", values.join(", ")) };
    let decisions = decisions(grid, history, job, Some(task));
    // Within a millisecond: what the job was, then what ran, then what was decided about it.
    let mut steps: Vec<(u64, bool, String)> =
        decisions.into_iter().map(|(at, text)| (at, at > job.submitted.wall, text)).collect();
    steps.extend(runs.iter().map(|run| attempt(run, state, &shown)).map(|(at, text)| (at, false, text)));
    steps.sort_by_key(|(at, decided, _)| (*at, *decided));
    let next = match standing {
        Standing::Settled(Settled::Failed) => Some(format!(
            "`pelago logs {shown} --stderr`; then run the same command again: it runs what failed and what was skipped"
        )),
        _ => None,
    };
    let history = steps.into_iter().map(|(at, _, text)| Step { at: time::text(at), text }).collect();
    WhyView { id: shown, summary, blockers, history, next }
}

/// Without an owner that is in the way of all that has not ended; and none is stopping.
fn without_owner(reasons: &mut Vec<Reason>, job: &Job, owned: bool) {
    if !owned {
        reasons.retain(|reason| !matches!(reason, Reason::Draining));
        if job.state == JobState::Active {
            reasons.insert(0, Reason::NoOwner);
        }
    }
}

fn took(run: Option<&Run>) -> String {
    run.map_or_else(String::new, |run| {
        let tries = if run.attempt > 1 { format!(", at attempt {}", run.attempt) } else { String::new() };
        format!(" after {}{tries}", run.usage.wall)
    })
}

fn attempt(run: &Run, state: &Path, shown: &str) -> (u64, String) {
    let how = run.detail.clone().unwrap_or_else(|| "ended well".to_string());
    let kept = Layout::new(state).failed(shown, run.attempt);
    let kept = if kept.is_dir() { format!("; its directory is kept in {}", kept.display()) } else { String::new() };
    (run.started_ms + run.usage.wall.0, format!("attempt {}: {how} after {}{kept}", run.attempt, run.usage.wall))
}

fn of_job(grid: &Grid, history: &Reader, job: &Job, owned: bool) -> WhyView {
    let counts = status::counts(grid, job);
    let wall = crate::clock::wall();
    let mut reasons = Vec::new();
    if job.state == JobState::Active {
        // What keeps the first task that could go on speaks for the job.
        let first = job.plan.experiment().group_with(pelago_job::Role::Main).map(|(number, _)| number);
        let waiting = first.and_then(|group| {
            let state = job.group(group)?;
            let index = (0..state.size).find(|i| {
                state.settled(*i).is_none()
                    && tasks::state_word(grid, TaskRef { job: job.id(), group, index: *i }) != "running"
            })?;
            Some(TaskRef { job: job.id(), group, index })
        });
        reasons.extend(waiting.map(|task| grid.explain(task).1).unwrap_or_default());
        without_owner(&mut reasons, job, owned);
    }
    let mut blockers: Vec<Blocker> = reasons.iter().map(|r| reason::blocker(grid, job, r, wall)).collect();
    if job.state == JobState::Active && !owned {
        blockers.extend(file::not_home_of_job(grid, job).iter().take(RESULTS).map(|home| file::not_home(home)));
    }
    let (summary, next) = match &job.state {
        JobState::Active => (
            format!(
                "it is {}: {} of {} {} ended, {} run",
                status::state(job, owned),
                counts.total - counts.waiting - counts.running - counts.held,
                counts.total,
                if counts.total == 1 { "task has" } else { "tasks have" },
                if owned { counts.running } else { 0 }
            ),
            None,
        ),
        JobState::Done => {
            (format!("all {} tasks ended well, {} of them by proof of earlier runs", counts.total, counts.reused), None)
        }
        JobState::Failed => (
            failures(job, &counts),
            Some(format!("`pelago tasks {} --state failed`; then run the same command again", job.id())),
        ),
        JobState::Cancelled => ("it was cancelled".to_string(), None),
        JobState::Refused(why) => (why.clone(), Some("mend that, then run the same command again".to_string())),
        JobState::Stuck(why) => (
            why.clone(),
            Some("give it more room with --quota, or keep less, then run the same command again".to_string()),
        ),
    };
    let summary = match history.gave_way(job.id()).unwrap_or_default() {
        0 => summary,
        gone => format!("{summary}; {gone} kept states gave way to work that had no room"),
    };
    let steps = decisions(grid, history, job, None).into_iter();
    let history = steps.map(|(at, text)| Step { at: time::text(at), text }).collect();
    WhyView { id: job.id().to_string(), summary, blockers, history, next }
}

/// What went wrong in a job, in one sentence; event tasks are not among the job's own.
fn failures(job: &Job, counts: &pelago_wire::view::Counts) -> String {
    let events: u64 = job.with_role(pelago_job::Role::Event).map(|(_, group)| group.failed.len()).sum();
    let many = |count: u64, what: &str| match count {
        0 => None,
        1 => Some(format!("1 task {what}")),
        _ => Some(format!("{count} tasks {what}")),
    };
    let parts = [
        many(counts.failed, "failed"),
        many(counts.skipped, "skipped behind a failure"),
        many(counts.cancelled, "cancelled"),
        many(counts.waiting, "not run"),
        many(events, "hooked to files failed"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
