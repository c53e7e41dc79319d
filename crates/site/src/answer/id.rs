//! What people type for a job or a task: `3`, `3.17`, `3.fl.17`; nothing means the last job.

use pelago_grid::{Grid, Job};
use pelago_job::{GroupNo, JobId, Role, TaskRef};
use pelago_wire::message::Refusal;

/// A job, by number; the last one without.
pub fn job<'a>(grid: &'a Grid, id: Option<&str>) -> Result<&'a Job, Refusal> {
    let Some(text) = id else {
        return grid.last_job().ok_or_else(|| none("no job has been run in this directory".to_string()));
    };
    let number = text.split('.').next().unwrap_or(text);
    let parsed = number.parse().ok().map(JobId);
    parsed.and_then(|id| grid.job(id)).ok_or_else(|| {
        let known = match grid.last_job() {
            Some(last) => format!("; the last one here is {}", last.id()),
            None => String::new(),
        };
        none(format!("there is no job `{number}`{known}"))
    })
}

/// A task.
pub fn task(grid: &Grid, id: &str) -> Result<TaskRef, Refusal> {
    let (found, task) = job_or_task(grid, Some(id))?;
    let only = || {
        let job = grid.job(found)?;
        let alone = job.groups.len() == 1 && job.group(GroupNo(0))?.size == 1;
        alone.then_some(TaskRef { job: found, group: GroupNo(0), index: 0 })
    };
    task.or_else(only).ok_or_else(|| none(format!("job {id} has several tasks; one of them is written `{id}.1`")))
}

/// A job, and a task of it if one is named.
pub fn job_or_task(grid: &Grid, id: Option<&str>) -> Result<(JobId, Option<TaskRef>), Refusal> {
    let found = job(grid, id)?;
    let Some((_, rest)) = id.and_then(|text| text.split_once('.')) else { return Ok((found.id(), None)) };
    let (group, index) = match rest.rsplit_once('.') {
        Some((name, index)) => (by_name(found, name)?, index),
        None if rest.parse::<u64>().is_ok() => (main(found)?, rest),
        // A group of one task needs no index.
        None => (by_name(found, rest)?, "1"),
    };
    let size = found.group(group).map_or(0, |group| group.size);
    let number = index.parse::<u64>().ok().filter(|number| (1..=size).contains(number)).ok_or_else(|| {
        none(format!("job {} has no task `{rest}`; its tasks are numbered from 1 to {size}", found.id()))
    })?;
    Ok((found.id(), Some(TaskRef { job: found.id(), group, index: number - 1 })))
}

fn main(job: &Job) -> Result<GroupNo, Refusal> {
    let found = job.with_role(Role::Main).next().map(|(number, _)| number);
    found.ok_or_else(|| none(format!("job {} was refused and has no tasks", job.id())))
}

/// A group of a job, by its name.
pub fn group(job: &Job, name: &str) -> Result<GroupNo, Refusal> {
    by_name(job, name)
}

fn by_name(job: &Job, name: &str) -> Result<GroupNo, Refusal> {
    let groups = &job.submitted.experiment.groups;
    let found = groups.iter().position(|group| group.name == name).map(|number| GroupNo(number as u16));
    found.ok_or_else(|| {
        let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
        none(format!("job {} has no task `{name}`; it has {}", job.id(), names.join(", ")))
    })
}

fn none(what: String) -> Refusal {
    Refusal { what, hint: Some("`pelago status` lists the jobs, `pelago tasks` the tasks of one".to_string()), code: 2 }
}
