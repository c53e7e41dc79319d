//! What was decided about a job or a task, in words.

use crate::history::{Decision, Reader};
use pelago_grid::{Grid, Job, JobState, Record, Verdict};
use pelago_job::{FileRef, Role, TaskRef};

/// Decisions shown.
const MOST: u64 = 50;

/// The newest decisions about a job or one of its tasks, with when they were made.
pub fn decisions(grid: &Grid, history: &Reader, job: &Job, task: Option<TaskRef>) -> Vec<(u64, String)> {
    let told = recorded(history, job, task).into_iter();
    told.filter_map(|(at, what)| Some((at, words(grid, job, what)?))).collect()
}

/// What was decided about one file.
pub fn about_file(grid: &Grid, history: &Reader, job: &Job, file: FileRef) -> Vec<(u64, String)> {
    let told = recorded(history, job, Some(file.task)).into_iter();
    told.filter(|(_, what)| {
        let of = match what {
            Told::Submitted => None,
            Told::Record(
                Record::Lost { file }
                | Record::Condemned { file }
                | Record::Sacrificed { file }
                | Record::GaveWay { file }
                | Record::Kept { file, .. },
            ) => Some(*file),
            Told::Record(_) => None,
        };
        of == Some(file)
    })
    .filter_map(|(at, what)| Some((at, words(grid, job, what)?)))
    .collect()
}

/// A decision as it was recorded.
enum Told {
    /// The job was submitted; its experiment is told elsewhere.
    Submitted,
    Record(Record),
}

fn recorded(history: &Reader, job: &Job, task: Option<TaskRef>) -> Vec<(u64, Told)> {
    let (group, index) = (task.map(|task| task.group), task.map(|task| task.index));
    let found = history.decisions(job.id(), group, index, MOST).unwrap_or_default();
    let mut told: Vec<(u64, Told)> = Vec::new();
    for decision in found {
        let Some(what) = read(&decision) else { continue };
        // An owner holds the jobs that it finds, and a command releases its own and goes on with it: that is one thing to people.
        if matches!(what, Told::Record(Record::Reopened { .. })) {
            let released = told.pop_if(|(_, last)| matches!(last, Told::Record(Record::Release { .. })));
            released.and_then(|_| told.pop_if(|(_, last)| matches!(last, Told::Record(Record::Hold { .. }))));
        }
        told.push((decision.at_ms, what));
    }
    told
}

fn read(decision: &Decision) -> Option<Told> {
    match decision.text == "\"Submitted\"" {
        true => Some(Told::Submitted),
        false => serde_json::from_str(&decision.text).ok().map(Told::Record),
    }
}

/// A decision in words; nothing if it says nothing to people.
fn words(grid: &Grid, job: &Job, what: Told) -> Option<String> {
    let record = match what {
        Told::Submitted => return Some("submitted".to_string()),
        Told::Record(record) => record,
    };
    let name = |file: FileRef| {
        grid.job(file.task.job).and_then(|job| crate::naming::output_name(job, file).ok()).unwrap_or_default()
    };
    Some(match record {
        Record::Reopened { .. } => {
            "the command was given again: it goes on, and what had failed or was skipped counts as not run".to_string()
        }
        Record::Unprovable { why, .. } => format!("refused: {why}"),
        Record::Hold { .. } => "held".to_string(),
        Record::Release { .. } => "released".to_string(),
        Record::Cancel { .. } => "cancelled by a person".to_string(),
        Record::Entered { phase, .. } => match phase {
            pelago_grid::Phase::Proving { .. } => "looking up inputs and earlier runs".to_string(),
            pelago_grid::Phase::Start => "the root start task".to_string(),
            pelago_grid::Phase::Work => "its tasks".to_string(),
            pelago_grid::Phase::NodeFinish => "the node finish task".to_string(),
            pelago_grid::Phase::Finish if job.with_role(Role::RootFinish).next().is_none() => return None,
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
            format!(
                "the kept directory of attempt {attempt} was deleted: room was needed, or 20 newer ones of its cause are kept"
            )
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
        Record::CutOff { group, by, .. } => {
            let name = |group| job.submitted.experiment.group(group).map_or(String::new(), |group| group.name.clone());
            match by {
                Some(by) => format!("{} goes no further: a task of {} has ended the job", name(group), name(by)),
                None => format!("{} never runs: a task that it comes after did not end well", name(group)),
            }
        }
        Record::Kept { file, auto } => {
            let rule = if auto { "keep auto" } else { "keep" };
            format!("its output {} is kept by the rule `{rule}`", name(file))
        }
        _ => return None,
    })
}

fn is_result(job: &Job, file: FileRef) -> bool {
    job.plan.reader_count(file.task.group, file.task.index, file.output) == 0
}
