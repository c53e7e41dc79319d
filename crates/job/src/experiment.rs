//! An experiment: what a plan file, or a bare command with parameters, says. It is the template of a job
//! and never changes once the job is submitted.

use crate::{Bytes, Domain, GroupNo, Millis, ParamNo, Step, Template, ValueRule};
use serde::{Deserialize, Serialize};

/// The template of a job: parameters, and groups of tasks over them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// A name for people: the plan's file stem or the command's program.
    pub name: String,
    /// All parameters, in the order of their declaration.
    pub parameters: Vec<Parameter>,
    /// Explicit rows of a `jobs` block, if there is one.
    pub rows: Option<Rows>,
    /// The groups of tasks. Exactly one has [`Role::Main`].
    pub groups: Vec<Group>,
    /// Environment variables that count for the proof of a run.
    pub env: Vec<String>,
    /// Whether tasks run in the experiment directory itself, as a shell tool's commands do.
    pub in_place: bool,
}

/// A named, ordered set of values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Text for people.
    pub label: Option<String>,
    /// Whether it crosses or chains.
    pub order: Order,
    /// Its values.
    pub domain: Domain,
}

/// How the values of a parameter relate to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// `parameter`: every value stands alone.
    Cross,
    /// `seqameter`: each value waits for the one before it (seed 003, figure 4).
    Chain,
}

/// The rows of a `jobs` block: for each row, a position in the list of each of the first `variables` parameters.
/// They take the place of those parameters' product; further parameters still cross.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// How many leading parameters the rows cover.
    pub variables: u16,
    /// The rows.
    pub rows: Vec<Vec<u32>>,
}

/// What a group is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// Once, in the experiment directory, before everything else.
    RootStart,
    /// Once per machine, before the first task there; what it leaves is staged into every task's directory.
    NodeStart,
    /// The tasks the plan is about.
    Main,
    /// Further tasks over a space of their own, tied to the others by the files they read and write.
    Other,
    /// Runs when a file that names it is made or copied; `$FILE` is the file.
    Event,
    /// Once per machine, after the last task there.
    NodeFinish,
    /// Once, in the experiment directory, after everything else.
    RootFinish,
}

impl Role {
    /// The role in one word: the name that a plan gives to a task of it, where there is only one.
    pub fn word(self) -> &'static str {
        match self {
            Role::RootStart => "rootstart",
            Role::NodeStart => "nodestart",
            Role::Main => "main",
            Role::Other => "other",
            Role::Event => "event",
            Role::NodeFinish => "nodefinish",
            Role::RootFinish => "rootfinish",
        }
    }
}

/// A template of tasks over a sub-space of the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name in the plan.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The crossing parameters of its space, in order of declaration.
    pub parameters: Vec<ParamNo>,
    /// The chaining parameters of its space, in order of declaration; the last varies fastest.
    pub seqameters: Vec<ParamNo>,
    /// Files it reads.
    pub inputs: Vec<Input>,
    /// Files it makes.
    pub outputs: Vec<Output>,
    /// What it does.
    pub steps: Vec<Step>,
    /// Values taken from its tasks.
    pub values: Vec<ValueRule>,
    /// What a task may use.
    pub limits: Limits,
    /// How often a failed task is tried again; absent means what the command line says.
    pub retries: Option<u32>,
    /// Ends after which it is not: exit codes, and signals as numbers below 0.
    pub spent: Vec<i32>,
    /// Ends, written likewise, that end the whole job: what runs of other groups is stopped, and nothing else begins but
    /// what comes after any end.
    pub aborts: Vec<i32>,
    /// With how many others its tasks may run at a time.
    pub throttle: Option<Throttle>,
    /// A task that may have run is held for a person instead of being run again.
    pub once: bool,
    /// Which states of its chains are kept.
    pub keep: Keep,
    /// Groups that end before a task of this one starts: the edges of a workflow that no file stands for.
    pub after: Vec<After>,
}

/// The most tasks that run at a time, over all groups of the job with a throttle of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// Its name.
    pub name: String,
    /// How many; at least one.
    pub most: u32,
}

/// An edge between groups: every task of another group ends before a task of this one starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// The other group: [`Role::Main`] or [`Role::Other`].
    pub group: GroupNo,
    /// Whether any end will do (a workflow's final node). Otherwise all its tasks end well, or those of this
    /// group are skipped.
    pub any_end: bool,
}

/// A file that a group's tasks read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its name: an output of another task, else a file of the experiment directory.
    pub name: Template,
    /// Its name in the working directory, if another one.
    pub as_name: Option<Template>,
    /// Whether the task promises not to change it.
    pub read_only: bool,
    /// Found as a word of a command, not declared: used if it is there, no error if it is not.
    pub found: bool,
}

/// A file that a group's tasks make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its name in the working directory, and at home if it is a result.
    pub name: Template,
    /// Event tasks.
    pub hooks: Vec<Hook>,
    /// Kept in the store even when nobody will read it any more.
    pub keep: bool,
}

/// An event task hooked to an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// When.
    pub event: Event,
    /// Which group runs.
    pub group: GroupNo,
}

/// What can happen to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Event {
    /// A version is whole for the first time.
    Create,
    /// A further whole copy is somewhere else.
    Copy,
}

/// Which states of a chain survive their last reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keep {
    /// None.
    #[default]
    None,
    /// Every n-th link's.
    Every(u64),
    /// Those whose loss would cost more than their space.
    Auto,
    /// All of them.
    All,
}

/// What one task may use. Absent means not declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Run time.
    pub walltime: Option<Millis>,
    /// Memory of all its processes.
    pub memory: Option<Bytes>,
    /// Disk in its working directory, outputs included.
    pub disk: Option<Bytes>,
}

impl Experiment {
    /// The group with that role that comes first, with its number.
    pub fn group_with(&self, role: Role) -> Option<(GroupNo, &Group)> {
        self.groups.iter().enumerate().find(|(_, g)| g.role == role).map(|(n, g)| (GroupNo(n as u16), g))
    }

    /// A group by its number. Numbers come from the experiment itself; one from elsewhere gives `None`.
    pub fn group(&self, number: GroupNo) -> Option<&Group> {
        self.groups.get(number.0 as usize)
    }

    /// A parameter by its number.
    pub fn parameter(&self, number: ParamNo) -> Option<&Parameter> {
        self.parameters.get(number.0 as usize)
    }
}

impl Group {
    /// An empty group, to be filled.
    pub fn new(name: impl Into<String>, role: Role) -> Self {
        Self {
            name: name.into(),
            role,
            parameters: Vec::new(),
            seqameters: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            steps: Vec::new(),
            values: Vec::new(),
            limits: Limits::default(),
            retries: None,
            spent: Vec::new(),
            aborts: Vec::new(),
            throttle: None,
            once: false,
            keep: Keep::default(),
            after: Vec::new(),
        }
    }
}
