//! The prover: a thread that reads files, so that the owner never waits for a disk.
//!
//! It answers three questions: what a job's groups have in common and whether its inputs are there; whether an earlier
//! run proves one task; and, when a task starts, under which key its own run will be found later.

mod body;
mod digests;
mod task;
mod template;

pub use body::{ProofBody, history_key};
pub use template::{Component, GroupTemplate};

use crate::history::Reader;
use crossbeam_channel::{Receiver, Sender};
use digests::Digests;
use pelago_grid::{ProofKey, Submitted, Verdict};
use pelago_job::{Digest, GroupNo, JobId, TaskRef};
use pelago_plan::Plan;
use pelago_stage::DigestCache;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// How many names of inputs are looked for before the first task starts; the rest is looked for as tasks come up.
pub const NAMES: usize = 100_000;

/// What the prover knows of a job.
#[derive(Clone)]
pub struct About {
    /// What was submitted.
    pub submitted: Arc<Submitted>,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// The newest earlier job of the same name and directory, with its plan.
    pub earlier: Option<(JobId, Arc<Plan>)>,
}

/// A question.
pub enum Ask {
    /// About a whole job.
    Job {
        /// The job.
        about: About,
        /// Whether its root start task has run.
        started: bool,
        /// Position that the history must have reached.
        position: u64,
    },
    /// Whether a task is proved.
    Task {
        /// The task.
        task: TaskRef,
        /// First digests of the inputs that tasks make.
        inputs: Vec<Option<Digest>>,
        /// Whether it has to run whatever is known, because what it depends on cannot be named.
        run: bool,
    },
    /// The key of a task that starts.
    Key {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
        /// First digests of the inputs that tasks make.
        inputs: Vec<Option<Digest>>,
    },
}

/// An answer.
pub enum Proof {
    /// Templates of a job's groups, and inputs that are missing.
    Job {
        /// The job.
        job: JobId,
        /// Whether its root start task had run.
        started: bool,
        /// By group.
        templates: Vec<GroupTemplate>,
        /// Names of inputs that nobody makes and nobody has, at most 20, and how many there are.
        missing: (Vec<String>, usize),
    },
    /// A task was looked up.
    Task {
        /// The task.
        task: TaskRef,
        /// What was found.
        verdict: Verdict,
        /// The run that proves it, if one does.
        by: Option<TaskRef>,
    },
    /// A key.
    Key {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
        /// Its key; none if a file that it depends on cannot be read.
        key: Option<ProofKey>,
    },
}

/// Under what the components of a group's template are kept in the history.
pub fn components_key(job: JobId, group: GroupNo) -> String {
    format!("components/{job}/{}", group.0)
}

/// Under what it is kept which run proved the reused tasks of a group.
pub fn reused_key(job: JobId, group: GroupNo) -> String {
    format!("reused/{job}/{}/", group.0)
}

/// The prover's own state.
struct Prover {
    history: Reader,
    store: Box<dyn Fn(pelago_job::FileRef) -> PathBuf + Send>,
    digests: Digests,
    jobs: BTreeMap<JobId, Known>,
}

/// A job with its templates.
struct Known {
    about: About,
    templates: Vec<GroupTemplate>,
    changed: Vec<Option<String>>,
}

/// Starts the prover. It ends when the owner drops its side of `asks`.
pub fn start(
    digests: Arc<DigestCache>,
    history: Reader,
    store: Box<dyn Fn(pelago_job::FileRef) -> PathBuf + Send>,
    asks: Receiver<Ask>,
    answers: Sender<Proof>,
    reached: Arc<crate::history::Reached>,
) -> std::thread::JoinHandle<()> {
    let mut prover = Prover { history, store, digests: Digests(digests), jobs: BTreeMap::new() };
    std::thread::spawn(move || {
        for ask in asks {
            let answer = match ask {
                Ask::Job { about, started, position } => {
                    reached.wait(position);
                    prover.job(about, started)
                }
                Ask::Task { task, inputs, run } => prover.task(task, &inputs, run),
                Ask::Key { task, attempt, inputs } => Proof::Key { task, attempt, key: prover.key(task, &inputs) },
            };
            if answers.send(answer).is_err() {
                return;
            }
        }
    })
}

impl Prover {
    fn job(&mut self, about: About, started: bool) -> Proof {
        let job = about.submitted.job;
        let root = PathBuf::from(&about.submitted.root);
        let experiment = &about.submitted.experiment;
        let numbers = (0..experiment.groups.len() as u16).map(GroupNo);
        let templates: Vec<GroupTemplate> =
            numbers.clone().map(|number| template::of(&about.plan, &root, number, &mut self.digests)).collect();
        let changed = numbers
            .zip(&templates)
            .map(|(number, template)| {
                let (earlier, plan) = about.earlier.as_ref()?;
                let name = &experiment.group(number)?.name;
                let old = plan.experiment().groups.iter().position(|group| group.name == *name)?;
                let text = self.history.label(&components_key(*earlier, GroupNo(old as u16))).ok()??;
                let components: Vec<Component> = serde_json::from_str(&text).ok()?;
                template.difference(&components)
            })
            .collect::<Vec<_>>();
        let names = about.plan.root_names(NAMES);
        let found = |name: &String| {
            experiment
                .groups
                .iter()
                .any(|g| g.inputs.iter().any(|i| i.found && i.name.as_literal().as_ref() == Some(name)))
        };
        let missing: Vec<&String> =
            names.names.iter().filter(|name| !root.join(name).exists() && !found(name)).collect();
        let missing = (missing.iter().take(20).map(|name| (*name).clone()).collect(), missing.len());
        self.jobs.insert(job, Known { about, templates: templates.clone(), changed });
        Proof::Job { job, started, templates, missing }
    }
}
