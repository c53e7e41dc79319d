//! `pelago plan`: what would run, from the plan, the experiment directory and what earlier runs have taught.

use super::{check, print, style};
use crate::desk::Desk;
use crate::ending::{End, Failure, bad_input};
use crate::machine;
use crate::render::json;
use crate::render::plan::{self as render, Expected, External, NAMES, Outlook};
use crate::render::style::Style;
use crate::state::DirArg;
use crate::subject::{self, Subject, SubjectArgs, Unusable};
use crate::terminal::{self, Stream, tell};
use clap::Args;
use pelago_describe::{diagnostic, ground, loss};
use pelago_job::{Bytes, GroupNo, Role};
use pelago_plan::Plan;
use pelago_site::{Forecast, door, submit};
use pelago_wire::message::{Answer, Request, RunOptions, Submit};
use pelago_wire::view::{GroupView, JobView};
use std::path::Path;

/// Most files of the experiment directory that are looked for.
const LOOKED_FOR: usize = 100_000;

/// Show what a plan would run: groups, counts, files, the first task
///
/// Nothing is run and nothing is made on disk.
#[derive(Args, Debug)]
#[command(override_usage = "pelago plan [OPTIONS] FILE\n       pelago plan [OPTIONS] -- COMMAND…")]
pub struct PlanArgs {
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// Print the document itself, with what applications.toml says in place of the names of applications
    #[arg(long, conflicts_with = "command")]
    pub ground: bool,
    /// The quota that the space is set against [default: that of the state directory]
    #[arg(long, value_name = "SIZE")]
    pub quota: Option<Bytes>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub dir: DirArg,
}

/// Runs the command.
pub fn run(args: &PlanArgs) -> Result<End, Failure> {
    if args.ground {
        return concrete(args);
    }
    let subject = match args.subject.read(&args.dir) {
        Ok(subject) => subject,
        Err(Unusable::Refused(refusal)) => return Err(refusal.into()),
        Err(Unusable::Rejected(source, diagnostics, code)) => {
            return check::rejected(&source, &diagnostics, args.json, code);
        }
    };
    let Subject { experiment, root, source, diagnostics, .. } = subject;
    let source = source.as_ref().filter(|_| !diagnostics.is_empty());
    let ready = submit::prepare(&Submit { experiment, root: root.clone(), options: RunOptions::default() })?;
    let groups = ready.plan.experiment().groups.iter().enumerate();
    let groups = groups.filter_map(|(n, group)| render::group(&ready.plan, GroupNo(n as u16), group));
    let known = jobs(&args.dir.place(&root)).unwrap_or_default();
    let mut notices = ready.notices;
    notices.extend(args.quota.into_iter().flat_map(|quota| never(&ready.plan, quota)));
    let outlook = Outlook {
        name: ready.plan.experiment().name.clone(),
        root: root.display().to_string(),
        tasks: subject::tasks(&ready.plan),
        parameters: render::axes(ready.plan.experiment()),
        groups: groups.collect(),
        external: external(&ready.plan, &root),
        expected: expected(&ready.plan, &known, slots()),
        space: space(&ready.plan, &known, args.quota),
        notices,
        diagnostics: source.map(|source| diagnostic::located(&diagnostics, source)).unwrap_or_default(),
    };
    if let Some(source) = source.filter(|_| !args.json) {
        let coloured = Style::of(terminal::colour(Stream::Err)).coloured();
        tell(&(diagnostic::render(&diagnostics, source, coloured) + "\n"));
    }
    print(&match args.json {
        true => json::document(&outlook),
        false => render::text(&outlook, style()),
    })?;
    Ok(End::GOOD)
}

/// Prints the document with its applications grounded: in its own language, or as the model where that is only read.
fn concrete(args: &PlanArgs) -> Result<End, Failure> {
    let Some(path) = &args.subject.file else {
        return Err(bad_input("there is no document to print", "`pelago plan --ground FILE`").into());
    };
    let source = subject::read_source(path)?;
    let reading = pelago_describe::read(&source, args.subject.language);
    let Some(said) = reading.said else {
        return check::rejected(&source, &reading.diagnostics, args.json, 2);
    };
    let applications = machine::applications(&subject::directory_of(path)?)?;
    let description = match ground::concrete(&said.description, &applications) {
        Ok(description) => description,
        Err(refusals) => {
            let refused = refusals.iter().map(|refusal| refusal.diagnostic(&said.origins, reading.language));
            return check::rejected(&source, &refused.collect::<Vec<_>>(), args.json, 4);
        }
    };
    let printed = reading.language.filter(|_| !args.json).and_then(|language| language.print(&description));
    print(&match printed {
        Some(printed) => printed.text,
        None => json::document(&loss::tree(&description)),
    })?;
    Ok(End::GOOD)
}

/// Which files the experiment directory must hold, and which of them it does not.
fn external(plan: &Plan, root: &Path) -> External {
    let wanted = plan.root_names(LOOKED_FOR);
    let missing: Vec<&String> = wanted.names.iter().filter(|name| !root.join(name).exists()).collect();
    External {
        count: wanted.names.len() as u64,
        complete: wanted.complete,
        missing: missing.len() as u64,
        names: missing.into_iter().take(NAMES).cloned().collect(),
        made_first: plan.experiment().group_with(Role::RootStart).is_some(),
    }
}

/// What a quota refuses in any case.
fn never(plan: &Plan, quota: Bytes) -> Vec<String> {
    let groups = plan.experiment().groups.iter();
    let asks = groups.filter_map(|group| Some((&group.name, group.limits.disk.filter(|disk| *disk > quota)?)));
    asks.map(|(name, disk)| {
        format!("a task of {name} needs {disk}, as the plan says, and the quota is {quota}: `run` refuses that; it takes --quota of {disk} or more")
    })
    .collect()
}

/// Jobs that have run in a state directory; none if there is none, or it cannot be asked.
fn jobs(state: &Path) -> Option<Vec<JobView>> {
    // Expectations are a courtesy: whatever is wrong there is for `pelago doctor`.
    let mut door = state.is_dir().then(|| door::look(state).ok())??;
    match Desk::call(&mut door, Request::Status { id: None }).ok()? {
        Answer::Jobs { jobs } => Some(jobs),
        _ => None,
    }
}

fn slots() -> u64 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64)
}

/// What kept states will take, by what the last job of that name has taught, or by what the plan declares.
fn space(plan: &Plan, jobs: &[JobView], quota: Option<Bytes>) -> Option<Forecast> {
    let quota = quota.map(|quota| quota.0).or_else(|| jobs.last().and_then(|job| job.disk.quota));
    let of = |learned: &[GroupView]| Forecast::of(plan, learned, quota, slots());
    let same = jobs.iter().rev().filter(|job| job.name == plan.experiment().name);
    same.map(|job| of(&job.groups)).find(Option::is_some).unwrap_or_else(|| of(&[]))
}

/// What the last job of that name lets expect, if it has measured every group that has tasks.
fn expected(plan: &Plan, jobs: &[JobView], slots: u64) -> Option<Expected> {
    let job = jobs.iter().rev().find(|job| job.name == plan.experiment().name && job.counts.done > 0)?;
    let (mut task_seconds, mut longest) = (0f64, 0f64);
    for (number, group) in plan.experiment().groups.iter().enumerate() {
        let number = GroupNo(number as u16);
        let known = job.groups.iter().find(|view| view.name == group.name);
        let Some(mean) = known.and_then(|view| view.mean_seconds) else {
            continue;
        };
        task_seconds += mean * plan.size(number) as f64;
        longest = longest.max(mean * plan.chain_len(number) as f64);
    }
    let bytes = job.bytes_made.checked_div(job.counts.done).map(|each| each.saturating_mul(subject::tasks(plan)));
    let seconds = (task_seconds / slots.max(1) as f64).max(longest);
    let bytes = bytes.filter(|bytes| *bytes > 0);
    (task_seconds > 0.0).then_some(Expected { job: job.job, task_seconds, seconds, slots, bytes })
}
