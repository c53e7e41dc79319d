//! From records to the rows of the history: runs, values, proofs, and decisions with their reasons.

use crate::history::{Decision, Proof, Row, Run, Table, Values};
use crate::naming::output_name;
use crate::prove::{ProofBody, history_key};
use pelago_grid::{At, Grid, ProofKey, Record, RecordGroup, Verdict};
use pelago_job::{Cause, FileRef, Made, Outcome, Report, Role, TaskRef};
use std::borrow::Cow;

/// Applies a group to the follower's tables and adds the rows that follow from it.
pub fn project(grid: &mut Grid, group: &RecordGroup, rows: &mut Vec<Row>) {
    let mut unused = Vec::new();
    for record in &group.records {
        // A report counts only for the attempt that is under way, which only the tables before it know.
        let current = match record {
            Record::Finished { task, attempt, .. } => grid.tasks.get(task).is_some_and(|row| row.attempt == *attempt),
            _ => false,
        };
        let homes = match record {
            Record::HomeDelivered { task, attempt } => grid.homes.get(&(*task, *attempt)).cloned().unwrap_or_default(),
            _ => Vec::new(),
        };
        // A result that has come home is only forgotten: nothing is deleted.
        let forgets = match record {
            Record::Condemned { file } => grid.files.get(file).is_none_or(|row| row.at != At::Store),
            _ => false,
        };
        grid.apply(group.now, record, &mut unused);
        unused.clear();
        match record {
            Record::Finished { task, attempt, key, report } if current => {
                finished(grid, group.wall, *task, *attempt, key.as_ref(), report, rows);
            }
            Record::Submitted(submitted) => tables(grid, submitted.job, rows),
            Record::Delivered { file } => {
                let name = grid.job(file.task.job).and_then(|job| output_name(job, *file).ok());
                if let (Some(name), Some(row)) = (name, grid.files.get(file)) {
                    rows.push(at_home(grid, file.task, &name, &row.made));
                }
            }
            Record::HomeDelivered { task, .. } => {
                rows.extend(homes.iter().map(|file| at_home(grid, *task, &file.path, &file.made)));
            }
            _ => {}
        }
        if let Some(decision) = decision(group.wall, record).filter(|_| !forgets) {
            rows.push(Row::Decision(decision));
        }
    }
}

/// Under what the digest of the last delivery to a path is kept: a file that is still that is ours to replace.
pub fn home_key(root: &str, path: &str) -> String {
    format!("home/{root}/{path}")
}

fn at_home(grid: &Grid, task: TaskRef, path: &str, made: &Made) -> Row {
    let root = grid.job(task.job).map_or("", |job| job.submitted.root.as_str());
    Row::Label { key: home_key(root, path), text: made.digest.to_string() }
}

fn finished(
    grid: &Grid,
    wall: u64,
    task: TaskRef,
    attempt: u32,
    key: Option<&ProofKey>,
    report: &Report,
    rows: &mut Vec<Row>,
) {
    let (outcome, detail) = match &report.outcome {
        Outcome::Done => ("done", None),
        // It was given back before it started.
        Outcome::Failed(failure) if failure.cause == Cause::Interrupted && report.usage.wall.0 == 0 => return,
        Outcome::Failed(failure) => (failure.cause.word(), Some(failure.cause.to_string())),
    };
    rows.push(Row::Run(Run {
        task,
        attempt,
        slot: 0,
        started_ms: wall.saturating_sub(report.usage.wall.0),
        usage: report.usage,
        outcome: Cow::Borrowed(outcome),
        detail,
        stdout: report.stdout,
        stderr: report.stderr,
    }));
    if report.outcome != Outcome::Done {
        return;
    }
    let Some(job) = grid.job(task.job) else { return };
    if !report.values.is_empty() {
        let parameters = job.plan.labels(task.group, task.index).into_iter().map(|(_, value)| value).collect();
        rows.push(Row::Values(Values { task, parameters, cells: report.values.clone() }));
    }
    if let Some(key) = key {
        let outputs = report.outputs.iter().enumerate().map(|(output, made)| {
            let row = grid.files.get(&FileRef { task, output: output as u16 });
            let first = row.map_or(made.digest, |row| row.first);
            (Made { digest: first, ..*made }, *made)
        });
        let body = ProofBody {
            outputs: outputs.collect(),
            inputs: key.inputs.clone(),
            home: report.home.iter().map(|file| (file.path.clone(), file.made)).collect(),
        };
        // Encoding into memory cannot fail for these types.
        let outputs = postcard::to_stdvec(&body).unwrap_or_default();
        rows.push(Row::Proof(Proof { key: history_key(&key.digest), task, outputs, at_ms: wall }));
    }
}

fn tables(grid: &Grid, job: pelago_job::JobId, rows: &mut Vec<Row>) {
    let Some(job) = grid.job(job) else { return };
    let experiment = &job.submitted.experiment;
    for (number, group) in experiment.groups.iter().enumerate().filter(|(_, group)| !group.values.is_empty()) {
        let name = if group.role == Role::Main { None } else { Some(group.name.as_str()) };
        let of = |params: &[pelago_job::ParamNo]| {
            params.iter().filter_map(|p| experiment.parameter(*p)).map(|p| p.name.clone()).collect::<Vec<_>>()
        };
        rows.push(Row::Table(Table {
            job: job.id(),
            group: pelago_job::GroupNo(number as u16),
            view: Table::view_name(job.id(), name),
            parameters: [of(&group.parameters), of(&group.seqameters)].concat(),
            values: group.values.iter().map(|rule| rule.name.clone()).collect(),
        }));
    }
}

/// The decision that a record is, if it is one that someone may ask about later. What the other tables tell is left out.
fn decision(at_ms: u64, record: &Record) -> Option<Decision> {
    let (job, task) = match record {
        Record::Submitted(submitted) => (submitted.job, None),
        Record::Reopened { job, .. }
        | Record::Unprovable { job, .. }
        | Record::Hold { job }
        | Record::Release { job }
        | Record::Entered { job, .. }
        | Record::Ended { job, .. }
        | Record::CutOff { job, .. }
        | Record::Stuck { job, .. } => (*job, None),
        Record::Cancel { job, task } => (*job, *task),
        Record::Checked { task, verdict: Verdict::Run { why: Some(_) } | Verdict::Missing { .. } } => {
            (task.job, Some(*task))
        }
        Record::Retry { task, .. }
        | Record::GaveUp { task, .. }
        | Record::HeldBack { task }
        | Record::DropFailed { task, .. } => (task.job, Some(*task)),
        Record::Lost { file }
        | Record::Condemned { file }
        | Record::Sacrificed { file }
        | Record::GaveWay { file }
        | Record::Kept { file, .. } => (file.task.job, Some(file.task)),
        _ => return None,
    };
    let text = match record {
        // The experiment itself is in the journal and in the tables.
        Record::Submitted(_) => "\"Submitted\"".to_string(),
        record => serde_json::to_string(record).ok()?,
    };
    Some(Decision { at_ms, job, group: task.map(|task| task.group), index: task.map(|task| task.index), text })
}
