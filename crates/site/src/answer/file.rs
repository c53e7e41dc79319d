//! Why a file is as it is: who makes it, where it is now, who still needs it.

use super::decisions::about_file;
use super::{reason, time};
use crate::history::Reader;
use crate::naming::label;
use pelago_grid::explain::Standing;
use pelago_grid::{At, FileRow, Grid, Job, JobState, Kept, Settled};
use pelago_job::{FileRef, GroupNo, Piece, Place, Role, Step, TaskRef, Template};
use pelago_match::Reason;
use pelago_wire::view::{Blocker, Step as Told, WhyView};
use std::path::{Path, PathBuf};

/// Jobs that are looked through, the newest first.
const JOBS: usize = 20;
/// Names that are looked at in each of them.
const NAMES: u64 = 2_000_000;

/// What a name stands for in a job.
enum Found {
    /// A task makes it.
    Output(FileRef),
    /// A task copies it home.
    Copy(TaskRef),
    /// A task reads it, and none makes it.
    Input(TaskRef),
}

/// An explanation of the file of this name; nothing if the newest jobs know none.
pub fn answer(grid: &Grid, history: &Reader, name: &str, owned: bool) -> Option<WhyView> {
    let name = name.strip_prefix("./").unwrap_or(name);
    let jobs = || grid.jobs.values().rev().take(JOBS);
    let (job, found) = jobs().find_map(|job| Some((job, find(job, name)?)))?;
    let home = Path::new(&job.submitted.root).join(name);
    Some(match found {
        Found::Output(file) => of_output(grid, history, job, file, name, &home, owned),
        Found::Copy(task) => {
            let made = grid.settled(task);
            let summary = match made {
                Some(Settled::Done | Settled::Reused) => {
                    format!("task {} copied it home, where it {}", label(grid, task), is_there(&home))
                }
                _ => format!("task {} copies it home when it has ended well", label(grid, task)),
            };
            let blockers = if made.is_some() { Vec::new() } else { waiting_for(grid, job, task) };
            view(name, summary, blockers, Vec::new(), None)
        }
        Found::Input(task) => {
            let shown = label(grid, task);
            let there = is_there(&home);
            let summary = format!("an input of task {shown} that no task makes; in {} it {there}", job.submitted.root);
            view(name, summary, Vec::new(), Vec::new(), None)
        }
    })
}

fn view(
    name: &str,
    summary: String,
    blockers: Vec<Blocker>,
    steps: Vec<(u64, String)>,
    next: Option<String>,
) -> WhyView {
    let history = steps.into_iter().map(|(at, text)| Told { at: time::text(at), text }).collect();
    WhyView { id: name.to_string(), summary, blockers, history, next }
}

fn of_output(grid: &Grid, history: &Reader, job: &Job, file: FileRef, name: &str, home: &Path, owned: bool) -> WhyView {
    let task = file.task;
    let kind = if grid.is_result(file) { "a result" } else { "a state" };
    let what = format!("{kind} of task {}", label(grid, task));
    let mut blockers = Vec::new();
    let row = grid.files.get(&file);
    let summary = match (row, grid.settled(task)) {
        (Some(row), _) if row.is_there() => {
            if row.delivering && !owned {
                blockers.push(not_home(home));
            }
            format!("{what}, {}: {}", row.made.size, whereabouts(row, job, home))
        }
        (_, Some(Settled::Done | Settled::Reused)) if grid.is_result(file) => {
            format!("{what}: it came home, where it {}", is_there(home))
        }
        (_, Some(Settled::Done | Settled::Reused)) => format!(
            "{what}: deleted, because nobody will read it again; that its task ran stays proved, and it is made again if it is needed"
        ),
        (_, Some(_)) => {
            blockers = vec![reason::blocker(grid, job, &Reason::Broken { by: task }, crate::clock::wall())];
            format!("{what}, which did not make it")
        }
        (_, None) => {
            blockers = waiting_for(grid, job, task);
            format!("{what}, which has not made it yet")
        }
    };
    let lost = grid.is_result(file) && grid.settled(task).is_some() && job.state != JobState::Active && !home.exists();
    let next = match row {
        Some(row) if row.delivering => None,
        _ if lost && matches!(grid.settled(task), Some(Settled::Done | Settled::Reused)) => {
            let first = if job.state == JobState::Done { "" } else { "when all of the job has ended well, " };
            Some(format!("{first}run the same command again: it makes what is gone again, and what is needed for that"))
        }
        _ => None,
    };
    view(name, summary, blockers, about_file(grid, history, job, file), next)
}

/// A result that waits in the state directory.
pub fn not_home(home: &Path) -> Blocker {
    let directory = home.parent().unwrap_or(home).display().to_string();
    Blocker {
        reason: format!("its result {} waits in the state directory and has not come home", home.display()),
        owner: "you".to_string(),
        change: format!("{directory} can be written; then run the same command again"),
        review: None,
    }
}

/// Results of a task that are whole and have not come home.
pub fn not_home_of(grid: &Grid, job: &Job, task: TaskRef) -> Vec<PathBuf> {
    let end = TaskRef { index: task.index + 1, ..task };
    let rows = grid.files.range(FileRef { task, output: 0 }..FileRef { task: end, output: 0 });
    let waiting = rows.filter(|(_, row)| row.delivering);
    let names = waiting.filter_map(|(file, _)| crate::naming::output_name(job, *file).ok());
    names.map(|name| Path::new(&job.submitted.root).join(name)).collect()
}

/// Results of a job that are whole and have not come home.
pub fn not_home_of_job(grid: &Grid, job: &Job) -> Vec<PathBuf> {
    let waiting = grid.files_of(job.id()).filter(|(_, row)| row.delivering);
    let names = waiting.filter_map(|(file, _)| crate::naming::output_name(job, file).ok());
    names.map(|name| Path::new(&job.submitted.root).join(name)).collect()
}

/// Where a file is and who holds it.
fn whereabouts(row: &FileRow, job: &Job, home: &Path) -> String {
    let place = match row.at {
        At::Home => return format!("it came home, where it {}", is_there(home)),
        At::Gone => return "it is gone, and is made again when it is needed".to_string(),
        At::Store => "it is whole in the state directory".to_string(),
        At::Earlier(file) => format!("it is whole in the state directory, as job {} made it", file.task.job),
    };
    let many = |count: u64, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {more}")),
    };
    let kept = match row.kept {
        Kept::No => None,
        Kept::Declared => Some("the plan keeps it".to_string()),
        Kept::Auto => Some("`keep auto` keeps it as long as there is room".to_string()),
        Kept::Every => Some("`keep every` keeps it as long as there is room".to_string()),
    };
    let holders = [
        row.delivering.then(|| format!("it is to come home to {}", job.submitted.root)),
        many(row.readers, "task will read it", "tasks will read it"),
        many(u64::from(row.events), "event task holds it", "event tasks hold it"),
        many(u64::from(row.borrowers), "later job uses it", "later jobs use it"),
        kept,
    ];
    let holders: Vec<String> = holders.into_iter().flatten().collect();
    match holders.is_empty() {
        true => format!("{place}; nobody needs it any more, so it goes"),
        false => format!("{place}; {}", holders.join("; ")),
    }
}

/// What keeps the maker of a file from having made it.
fn waiting_for(grid: &Grid, job: &Job, task: TaskRef) -> Vec<Blocker> {
    let (standing, reasons) = grid.explain(task);
    let wall = crate::clock::wall();
    let mut blockers = vec![reason::blocker(grid, job, &Reason::File { maker: task }, wall)];
    blockers[0].reason = format!("task {} makes it", label(grid, task));
    if !matches!(standing, Standing::Settled(_)) {
        blockers.extend(reasons.iter().map(|reason| reason::blocker(grid, job, reason, wall)));
    }
    blockers
}

fn is_there(home: &Path) -> &'static str {
    if home.exists() { "is there" } else { "is not there (any more)" }
}

fn find(job: &Job, name: &str) -> Option<Found> {
    let experiment = &job.submitted.experiment;
    let groups = || experiment.groups.iter().enumerate().map(|(number, group)| (GroupNo(number as u16), group));
    let at = |group, template: &Template| index_of(job, group, template, name);
    let task = |group, index| TaskRef { job: job.id(), group, index };
    let makes = groups().find_map(|(number, group)| {
        group.outputs.iter().enumerate().find_map(|(output, named)| {
            at(number, &named.name)
                .map(|index| Found::Output(FileRef { task: task(number, index), output: output as u16 }))
        })
    });
    let copies = || {
        groups().find_map(|(number, group)| {
            let home = group.steps.iter().filter_map(|step| match step {
                Step::Copy { from: Place::Node, to, .. } => Some(to.iter().filter(|(place, _)| *place == Place::Root)),
                _ => None,
            });
            home.flatten().find_map(|(_, target)| at(number, target).map(|index| Found::Copy(task(number, index))))
        })
    };
    let reads = || {
        groups().find_map(|(number, group)| {
            let mut inputs = group.inputs.iter();
            inputs.find_map(|input| at(number, &input.name).map(|index| Found::Input(task(number, index))))
        })
    };
    makes.or_else(copies).or_else(reads)
}

/// The first task of a group for which a template has this text.
fn index_of(job: &Job, group: GroupNo, template: &Template, name: &str) -> Option<u64> {
    // What is written out in it says of most templates that they are others.
    let text = |piece: Option<&Piece>| match piece {
        Some(Piece::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let (first, last) = (text(template.0.first()), text(template.0.last()));
    if !name.starts_with(&first) || !name.ends_with(&last) {
        return None;
    }
    let size = job.group(group).map_or(0, |state| state.size);
    let size = if template.as_literal().is_some() { size.min(1) } else { size.min(NAMES) };
    let event = job.role(group) == Role::Event;
    (0..size).find(|index| !event && job.plan.fill(group, *index, template).is_ok_and(|filled| filled == name))
}
