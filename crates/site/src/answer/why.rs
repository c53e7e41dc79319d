//! Why: how something stands, everything that is in its way, and what was decided about it.

use super::{id, reason, status, tasks, time};
use crate::history::{Decision, Reader, Run};
use crate::naming::label;
use pelago_agent::Layout;
use pelago_grid::explain::Standing;
use pelago_grid::{Grid, Job, JobState, Record, Settled, Verdict};
use pelago_job::TaskRef;
use pelago_match::Reason;
use pelago_wire::message::{Answer, Refusal};
use pelago_wire::view::{Blocker, Step, WhyView};
use std::path::Path;

/// Decisions and attempts shown.
const MOST: u64 = 50;

/// An explanation of a job or a task.
pub fn answer(
    grid: &Grid,
    history: &Reader,
    state: &Path,
    which: Option<&str>,
    owned: bool,
) -> Result<Answer, Refusal> {
    let (job, task) = id::job_or_task(grid, which)?;
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
    if !owned && !settled {
        reasons.push(Reason::NoOwner);
    }
    let wall = crate::clock::wall();
    let blockers: Vec<Blocker> = reasons.iter().map(|r| reason::blocker(grid, job, r, wall)).collect();
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
        Standing::Active(_) | Standing::NotBegun => format!("it is {}", tasks::state_word(grid, task)),
    };
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
        if !owned {
            reasons.push(Reason::NoOwner);
        }
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
    }
    let blockers = reasons.iter().map(|r| reason::blocker(grid, job, r, wall)).collect();
    let (summary, next) = match &job.state {
        JobState::Active => (
            format!(
                "it is {}: {} of {} tasks have ended, {} run",
                status::state(job, owned),
                counts.total - counts.waiting - counts.running - counts.held,
                counts.total,
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

fn decisions(grid: &Grid, history: &Reader, job: &Job, task: Option<TaskRef>) -> Vec<(u64, String)> {
    let found = match task {
        Some(task) => history.decisions(job.id(), Some(task.group), Some(task.index), MOST),
        None => history.decisions(job.id(), None, None, MOST),
    };
    found.unwrap_or_default().iter().filter_map(|decision| Some((decision.at_ms, words(grid, decision)?))).collect()
}

/// A decision in words.
fn words(grid: &Grid, decision: &Decision) -> Option<String> {
    if decision.text == "\"Submitted\"" {
        return Some("submitted".to_string());
    }
    let record: Record = serde_json::from_str(&decision.text).ok()?;
    let name = |file: pelago_job::FileRef| {
        grid.job(file.task.job).and_then(|job| crate::naming::output_name(job, file).ok()).unwrap_or_default()
    };
    Some(match record {
        Record::Reopened { .. } => "run again: what failed or was skipped counts as not run".to_string(),
        Record::Unprovable { why, .. } => format!("refused: {why}"),
        Record::Hold { .. } => "held".to_string(),
        Record::Release { .. } => "released".to_string(),
        Record::Cancel { .. } => "cancelled by a person".to_string(),
        Record::Entered { phase, .. } => match phase {
            pelago_grid::Phase::Proving { .. } => "looking up inputs and earlier runs".to_string(),
            pelago_grid::Phase::Start => "the root start task".to_string(),
            pelago_grid::Phase::Work => "its tasks".to_string(),
            pelago_grid::Phase::NodeFinish => "the node finish task".to_string(),
            pelago_grid::Phase::Finish => "everything else has ended: the root finish task".to_string(),
        },
        Record::Ended { state, .. } => match state {
            JobState::Done => "ended: all tasks ended well".to_string(),
            JobState::Failed => "ended with failures".to_string(),
            JobState::Cancelled => "ended: cancelled".to_string(),
            JobState::Refused(why) | JobState::Stuck(why) => format!("ended: {why}"),
            JobState::Active => return None,
        },
        Record::Stuck { need, free, .. } => format!("stopped: the next task needs {need} and {free} is free"),
        Record::Checked { verdict: Verdict::Run { why: Some(why) }, .. } => format!("it has to run: {why}"),
        Record::Checked { verdict: Verdict::Missing { name }, .. } => format!("its input {name} is missing"),
        Record::Retry { cause, .. } => format!("tried again after: {cause}"),
        Record::GaveUp { cause, .. } => format!("given up after: {cause}"),
        Record::HeldBack { .. } => "held: it may have run, and the plan says `once`".to_string(),
        Record::DropFailed { attempt, .. } => {
            format!("the kept directory of attempt {attempt} was deleted to make room")
        }
        Record::Lost { file } => format!("its output {} was lost", name(file)),
        // A result that has come home is only forgotten here.
        Record::Condemned { file } if grid.job(file.task.job).is_some_and(|job| is_result(job, file)) => return None,
        Record::Condemned { file } => format!("its output {} was deleted: no one will read it again", name(file)),
        Record::Sacrificed { file } => {
            format!("its output {} gave way to make room; it is made again when it is needed", name(file))
        }
        Record::GaveWay { file } => {
            format!("its output {}, which was only kept, gave way to work that had no room", name(file))
        }
        Record::CutOff { group, .. } => {
            let name = job_of(grid, decision).and_then(|job| job.submitted.experiment.group(group));
            let name = name.map_or(String::new(), |group| group.name.clone());
            format!("{name} never runs: a task that it comes after did not end well")
        }
        Record::Kept { file, auto } => {
            let rule = if auto { "keep auto" } else { "keep" };
            format!("its output {} is kept by the rule `{rule}`", name(file))
        }
        _ => return None,
    })
}

fn job_of<'a>(grid: &'a Grid, decision: &Decision) -> Option<&'a Job> {
    grid.job(decision.job)
}

fn is_result(job: &Job, file: pelago_job::FileRef) -> bool {
    job.plan.reader_count(file.task.group, file.task.index, file.output) == 0
}
