//! A description as a plan: each job that can be a task is one.
//!
//! A part is taken only when reading it back gives it again: a task is printed alone and read, first with everything
//! that it could say, then part by part.

use super::model;
use crate::loss::{Rest, essence};
use crate::{Diagnostics, Source};
use pelago_job::description::{Command, Location, Path, Space, Staging, Stdio};
use pelago_job::{Description, Experiment, Group, Job, Order, ParamNo, Parameter, Role, Rows, Text};
use std::collections::BTreeSet;

/// The name of the task that every plan has.
const MAIN: &str = "main";

/// Moves a part of a job to the copy that is tried.
type Part = fn(&mut Job, &mut Job);

/// The parts of a job that a task can say, in the order in which they are tried.
const PARTS: [Part; 7] = [
    |from, to| to.space = from.space.take(),
    commands,
    streams,
    files,
    |from, to| {
        to.application.limits.wall_time = from.application.limits.wall_time.take();
        to.application.limits.memory = from.application.limits.memory.take();
    },
    |from, to| {
        to.policy.retries = from.policy.retries.take();
        to.policy.once = from.policy.once.take();
    },
    |from, to| to.group = from.group.take(),
];

/// Programs with their words, and lines for the shell; what else is said of a command stays.
fn commands(from: &mut Job, to: &mut Job) {
    to.application.steps = std::mem::take(&mut from.application.steps);
    for command in &mut from.application.commands {
        let plain = |path: &Path| path.filesystem.is_none();
        let words = command.executable.as_ref().is_some_and(plain) && command.arguments.iter().all(plain);
        let shell = command.shell.is_some() && command.executable.is_none();
        if !shell && (!words || command.at_front_end) {
            to.application.commands.push(Command::default());
            continue;
        }
        to.application.commands.push(Command {
            executable: command.executable.take(),
            arguments: std::mem::take(&mut command.arguments),
            shell: command.shell.take(),
            ignore_failure: std::mem::take(&mut command.ignore_failure),
            at_front_end: std::mem::take(&mut command.at_front_end),
            ..Command::default()
        });
    }
}

/// Files that take what commands print, below the working directory.
fn streams(from: &mut Job, to: &mut Job) {
    for (from, to) in from.application.commands.iter_mut().zip(&mut to.application.commands) {
        if to.executable.is_none() && to.shell.is_none() {
            continue;
        }
        for (from, to) in [(&mut from.output, &mut to.output), (&mut from.error, &mut to.error)] {
            let Some(stdio) = from.as_mut().filter(|stdio| stdio.filesystem.is_none()) else { continue };
            let path = stdio.path.take_if(|path| beside(path));
            *to = path.map(|path| Stdio {
                path: Some(path),
                append: std::mem::take(&mut stdio.append),
                ..Stdio::default()
            });
        }
    }
}

/// Files that lie where the plan does: those that come, under any name, and those that go home under their own.
fn files(from: &mut Job, to: &mut Job) {
    for entry in &mut from.staging {
        let Staging { file, filesystem, source, target, read_only, optional, .. } = entry;
        let uri = |location: &Option<Location>| location.as_ref().and_then(|location| location.uri.clone());
        let whole = |location: &Option<Location>| location.as_ref().is_none_or(|location| location.content.is_none());
        let fits = filesystem.is_none() && !*optional && whole(source) && file.as_ref().is_some_and(beside);
        let mut said = Staging::default();
        match (uri(source), uri(target)) {
            (Some(uri), None) if fits && target.is_none() && beside(&uri) => {
                let uri = source.as_mut().and_then(|source| source.uri.take());
                said.source = Some(Location { uri, ..Location::default() });
                said.read_only = std::mem::take(read_only);
                said.file = file.take();
            }
            (None, Some(uri)) if fits && source.is_none() && file.as_ref() == Some(&uri) => {
                let uri = target.as_mut().and_then(|target| target.uri.take());
                said.target = Some(Location { uri, ..Location::default() });
                said.file = file.take();
            }
            _ => {}
        }
        to.staging.push(said);
    }
}

/// Whether a path is relative, stays inside and is no URL.
fn beside(path: &Text) -> bool {
    let text = path.write(str::to_string, |_| "x".to_string());
    !text.is_empty()
        && !text.contains(':')
        && text.split('/').all(|part| !part.is_empty() && part != ".." && part != ".")
}

/// Prints what is left.
pub(super) fn print(rest: &mut Rest) -> String {
    if rest.left.jobs.is_empty() {
        rest.left.jobs.push(Job::default());
        rest.changed("/jobs/0/name", MAIN, "every plan has a task `main`");
    }
    let mut parameters = named(rest);
    if !holds(&parameters, &[task(MAIN)], &[]) {
        parameters.clear();
        (0..rest.left.jobs.len())
            .for_each(|job| rest.first_task(job, "a plan cannot say the values of the parameters"));
    }
    let env = env(rest, &parameters);
    if let Some(text) = whole(rest, &parameters, &env) {
        return text;
    }
    let main = main(&rest.left);
    let several = rest.left.jobs.len() > 1;
    let mut taken: BTreeSet<String> = BTreeSet::from([MAIN.to_string()]);
    let mut jobs = Vec::new();
    for number in 0..rest.left.jobs.len() {
        if number != main && several && jobs.len() > 200 {
            break;
        }
        let mut name = name(rest, number, main, &mut taken);
        let Some(job) = rest.left.jobs.get_mut(number) else { continue };
        let mut said = Job::default();
        let alone = |said: &Job| {
            let mut tasks = vec![said.clone()];
            if number != main {
                tasks.insert(0, task(MAIN));
            }
            holds(&parameters, &tasks, &[])
        };
        said.name = Some(Text::literal(name.0.as_str()));
        // Most jobs are either a task or not; only for the others are parts tried one by one.
        let (mut left, mut whole) = (job.clone(), said.clone());
        PARTS.iter().for_each(|part| part(&mut left, &mut whole));
        if alone(&whole) {
            (*job, said) = (left, whole);
        } else {
            for part in PARTS {
                let (mut left, mut more) = (job.clone(), said.clone());
                part(&mut left, &mut more);
                if more != said && alone(&more) {
                    (*job, said) = (left, more);
                }
            }
        }
        if number != main && !alone(&said) {
            continue;
        }
        job.name = None;
        if let Some(why) = name.1.take() {
            rest.changed(format!("/jobs/{number}/name"), name.0.as_str(), why);
        }
        jobs.push((number, said));
    }
    let all: Vec<Job> = jobs.iter().map(|(_, job)| job.clone()).collect();
    if !holds(&parameters, &all, &env) {
        // Together they are none: then the main task stands alone, and the others are what they were.
        for (number, said) in jobs.extract_if(.., |(number, _)| *number != main) {
            if let Some(job) = rest.left.jobs.get_mut(number) {
                let mut said = said;
                PARTS.iter().for_each(|part| part(&mut said, job));
                job.name = said.name;
            }
        }
    }
    // Positions of jobs that are no tasks go, so the tasks behind them move.
    let all: Vec<Job> = jobs.into_iter().map(|(_, job)| job).collect();
    if !parameters.is_empty() {
        rest.left.parameters.clear();
    }
    rest.left.proof_variables.retain(|name| !env.contains(name));
    crate::print::plan(&experiment(&parameters, &all, &env)).text
}

/// All jobs with all that tasks say, where they are the tasks of a plan: what was a plan is one again.
fn whole(rest: &mut Rest, parameters: &[Parameter], env: &[String]) -> Option<String> {
    let mut left = rest.left.jobs.clone();
    let said: Vec<Job> = left
        .iter_mut()
        .map(|job| {
            let mut said = Job { name: job.name.take(), ..Job::default() };
            PARTS.iter().for_each(|part| part(job, &mut said));
            said
        })
        .collect();
    if !holds(parameters, &said, env) {
        return None;
    }
    rest.left.jobs = left;
    rest.left.parameters.drain(..parameters.len().min(rest.left.parameters.len()));
    rest.left.proof_variables.retain(|name| !env.contains(name));
    Some(crate::print::plan(&experiment(parameters, &said, env)).text)
}

/// A task that does nothing.
fn task(name: &str) -> Job {
    Job { name: Some(Text::literal(name)), ..Job::default() }
}

/// The job that becomes the main task.
fn main(description: &Description) -> usize {
    let named = |job: &Job| job.name.as_ref().and_then(Text::as_literal).as_deref() == Some(MAIN);
    description.jobs.iter().position(named).unwrap_or(0)
}

/// The parameters, with names that a plan takes; changes are noted.
fn named(rest: &mut Rest) -> Vec<Parameter> {
    let mut parameters = rest.left.parameters.clone();
    let mut taken = BTreeSet::new();
    for (number, parameter) in parameters.iter_mut().enumerate() {
        let name = word(&parameter.name, &mut taken);
        if name != parameter.name {
            rest.changed(format!("/parameters/{number}/name"), name.as_str(), "a name has letters, digits and `_`");
            parameter.name = name;
        }
    }
    parameters
}

/// A name like this one that a plan takes and that is new.
fn word(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let mut plain: String = name.chars().map(plain).collect();
    if !plain.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        plain.insert(0, '_');
    }
    let (mut tried, mut count) = (plain.clone(), 1);
    while !taken.insert(tried.clone()) {
        count += 1;
        tried = format!("{plain}_{count}");
    }
    tried
}

fn name(rest: &Rest, number: usize, main: usize, taken: &mut BTreeSet<String>) -> (String, Option<&'static str>) {
    let said = rest.left.jobs.get(number).and_then(|job| job.name.as_ref()).and_then(Text::as_literal);
    if number == main {
        let why = (said.as_deref() != Some(MAIN)).then_some("every plan has a task `main`");
        return (MAIN.to_string(), why);
    }
    let name = word(said.as_deref().unwrap_or("task"), taken);
    let why =
        (said.as_ref() != Some(&name)).then_some("a task's name has letters, digits and `_`, and no other has it");
    (name, why)
}

/// Names of variables that can stand in an `env` line.
fn env(rest: &Rest, parameters: &[Parameter]) -> Vec<String> {
    let one = |name: &&String| holds(parameters, &[task(MAIN)], std::slice::from_ref(*name));
    let mut seen = BTreeSet::new();
    rest.left.proof_variables.iter().filter(|name| seen.insert(name.as_str())).take(1000).filter(one).cloned().collect()
}

/// The plan's experiment.
fn experiment(parameters: &[Parameter], jobs: &[Job], env: &[String]) -> Experiment {
    let chains = |p: ParamNo| parameters.get(usize::from(p.0)).is_some_and(|p| p.order == Order::Chain);
    let name = |job: &Job| job.name.as_ref().and_then(Text::as_literal).unwrap_or_default();
    let groups: Vec<Group> = jobs.iter().map(|job| model::group(job, &name(job), &chains)).collect();
    Experiment {
        name: String::new(),
        parameters: parameters.to_vec(),
        rows: jobs.iter().find_map(|job| rows(job.space.as_ref()?)),
        groups,
        env: env.to_vec(),
        in_place: false,
    }
}

/// The rows of a `jobs` block, if a space has them over the first parameters.
fn rows(space: &Space) -> Option<Rows> {
    let found = match space {
        Space::Product(parts) => parts.iter().find(|part| matches!(part, Space::Rows { .. }))?,
        other => other,
    };
    let Space::Rows { parameters, rows } = found else { return None };
    let variables = u16::try_from(parameters.len()).ok()?;
    let first = parameters.iter().copied().eq((0..variables).map(ParamNo));
    (first && variables > 0).then(|| Rows { variables, rows: rows.clone() })
}

/// Whether a plan with these tasks says exactly them.
fn holds(parameters: &[Parameter], jobs: &[Job], env: &[String]) -> bool {
    let experiment = experiment(parameters, jobs, env);
    if experiment.groups.iter().filter(|group| group.role == Role::Main).count() != 1 {
        return false;
    }
    let text = crate::print::plan(&experiment).text;
    let mut diagnostics = Diagnostics::default();
    let read = super::read(&Source::new("plan", text), &mut diagnostics).filter(|_| !diagnostics.failed());
    let said = Description {
        parameters: parameters.to_vec(),
        jobs: jobs.to_vec(),
        proof_variables: env.to_vec(),
        ..Description::default()
    };
    read.is_some_and(|read| essence(&model::description(&read)) == essence(&said))
}
