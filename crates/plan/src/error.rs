//! Why an experiment cannot be planned: what, where, an example by name, and the mend.

use crate::column::DomainFault;
use pelago_job::NameError;
use std::fmt;

/// A reason why an experiment is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A parameter without values.
    #[error("parameter `{parameter}` has no values, so there is nothing to run; give it at least one")]
    EmptyParameter {
        /// Its name.
        parameter: String,
    },
    /// A parameter whose values cannot be used.
    #[error("parameter `{parameter}`: {fault}")]
    BadParameter {
        /// Its name.
        parameter: String,
        /// Why.
        fault: DomainFault,
    },
    /// The rows of the `jobs` block do not fit the variables.
    #[error("jobs block, row {row}: {fault}")]
    BadRows {
        /// The row, from 1; 0 or 1 for the block as a whole.
        row: usize,
        /// Why.
        fault: RowsFault,
    },
    /// A group that uses some of the variables of the `jobs` block only.
    #[error(
        "task `{group}` uses variables of the jobs block but not `{missing}`{}; the rows stand for all of them together: \
         list all variables in its `parameters` line, or none",
        if *chained { " as a crossing parameter" } else { "" }
    )]
    PartOfRows {
        /// The group.
        group: String,
        /// The variable that is not among its parameters.
        missing: String,
        /// Whether it is there, but as a seqameter.
        chained: bool,
    },
    /// More tasks than an index can hold.
    #[error(
        "task `{group}` would run {} times, more than {most}; shorten a range or list fewer parameters",
        product(factors)
    )]
    TooLarge {
        /// The group.
        group: String,
        /// Names and lengths of the factors.
        factors: Vec<(String, u64)>,
        /// The largest size allowed.
        most: u64,
    },
    /// More of something than can be counted or compared.
    #[error("there are more than {most} {what}; split the experiment")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        most: u64,
    },
    /// A group names a parameter that the experiment does not have.
    #[error("task `{group}` refers to parameter number {number}, which does not exist")]
    UnknownParameter {
        /// The group.
        group: String,
        /// The number.
        number: u16,
    },
    /// A group lists a parameter twice.
    #[error("task `{group}` lists `{parameter}` twice; list it once")]
    ParameterTwice {
        /// The group.
        group: String,
        /// The parameter.
        parameter: String,
    },
    /// A hook to a group that does not exist.
    #[error("an output of task `{group}` triggers group number {number}, which does not exist")]
    UnknownGroup {
        /// The group with the output.
        group: String,
        /// The number.
        number: u16,
    },
    /// A hook to a group that does not run on events.
    #[error(
        "an output of task `{group}` triggers `{task}`, which is not an event task; give `{task}` no space of its own"
    )]
    NotAnEventTask {
        /// The group with the output.
        group: String,
        /// The group that it names.
        task: String,
    },
    /// An event task's output that triggers something.
    #[error(
        "an output of event task `{group}` triggers `{task}`; event tasks trigger no others: hook `{task}` to the file that `{group}` runs for"
    )]
    EventOfEvent {
        /// The event group.
        group: String,
        /// What it would trigger.
        task: String,
    },
    /// An event group that nothing triggers.
    #[error(
        "task `{group}` never runs: it has no parameters and no output names it; add `on create {group}` to an output"
    )]
    NeverRuns {
        /// The group.
        group: String,
    },
    /// A text of a group uses a parameter that its tasks have no value of.
    #[error("task `{group}`: `{text}` uses `{parameter}`, of which its tasks have no value; add `{parameter}` to its `{}` line", if *previous { "seqameters" } else { "parameters" })]
    NoValue {
        /// The group.
        group: String,
        /// The text.
        text: String,
        /// The parameter.
        parameter: String,
        /// Whether it asks for the previous value, which only seqameters have.
        previous: bool,
    },
    /// An output named by the previous value.
    #[error(
        "task `{group}`: output `{name}` is named by a previous value, which the first task of a chain does not have; name it by the present value"
    )]
    PreviousInOutput {
        /// The group.
        group: String,
        /// The output.
        name: String,
    },
    /// Arithmetic on values that are no integers.
    #[error(
        "task `{group}`: `{name}` calculates with `{parameter}`, whose value `{text}` is not an integer; use integer values or leave the arithmetic out"
    )]
    NotIntegers {
        /// The group.
        group: String,
        /// The file name.
        name: String,
        /// The parameter.
        parameter: String,
        /// One of its values that is none.
        text: String,
    },
    /// Arithmetic that has no result.
    #[error("task `{group}`: `{name}` has no text for some task, since {error}")]
    Arithmetic {
        /// The group.
        group: String,
        /// The file name.
        name: String,
        /// Why.
        error: NameError,
    },
    /// Arithmetic that is not `a*t + b` where edges depend on it.
    #[error("task `{group}`: the arithmetic `{arithmetic}` in {} `{name}` is not of the form a*t + b of one parameter, so {}", if reader.is_some() { "output" } else { "input" }, not_affine(reader))]
    NotAffine {
        /// The group.
        group: String,
        /// The file name.
        name: String,
        /// The arithmetic.
        arithmetic: String,
        /// For an output: the group that reads it.
        reader: Option<String>,
    },
    /// A name that leaves the task's directory.
    #[error("task `{group}`: the file name `{name}` {fault}; use a relative path inside the directory")]
    Escapes {
        /// The group.
        group: String,
        /// The name, filled for the task where it happens.
        name: String,
        /// How.
        fault: PathFault,
    },
    /// Two tasks of a group that write the same file.
    #[error("`{first}` and `{second}` would both write `{name}`; {mend}")]
    SameFile {
        /// One task.
        first: String,
        /// The other.
        second: String,
        /// The file.
        name: String,
        /// What to do.
        mend: String,
    },
    /// Two outputs whose names can be the same.
    #[error("`{first}` and `{second}` would both write `{name}`; give the outputs `{}` and `{}` names that differ", written[0], written[1])]
    SameName {
        /// One task.
        first: String,
        /// The other.
        second: String,
        /// The file.
        name: String,
        /// Both outputs as written in the plan.
        written: Box<[String; 2]>,
    },
    /// A question of names that neither arithmetic nor a bounded list answers.
    #[error(
        "it cannot be decided whether {question}: the names say too little, and {count} are too many to compare one by one (at most {most}); {mend}"
    )]
    Undecided {
        /// What should be known.
        question: String,
        /// How many would have to be compared.
        count: u64,
        /// How many are.
        most: u64,
        /// What to do.
        mend: String,
    },
    /// Tasks that wait for one another.
    #[error("{}", cycle(needs))]
    Cycle {
        /// Around the circle; the last needs the first.
        needs: Vec<Need>,
    },
    /// Groups that wait for one another.
    #[error("these tasks wait for one another: {}", circle(groups))]
    GroupCycle {
        /// Around the circle; the last is the first again.
        groups: Vec<String>,
    },
    /// An edge from or to a group whose place in the job is fixed.
    #[error(
        "task `{group}` cannot wait for `{other}`: only tasks of the job proper wait for one another, not those at its start, its end or on events"
    )]
    AfterRole {
        /// The group.
        group: String,
        /// The group that it names.
        other: String,
    },
    /// A task that reads what a later one of the same order makes.
    #[error(
        "`{reader}` needs `{file}`, which the later `{writer}` makes; tasks may read from earlier ones only: turn the range round (from the last value to the first, with a negative step)"
    )]
    Forward {
        /// The task that reads.
        reader: String,
        /// The file.
        file: String,
        /// The task that makes it.
        writer: String,
    },
    /// Two values that a file name cannot tell apart, in an input that some task makes.
    #[error("task `{group}`: input `{name}` cannot tell the values `{}` and `{}` of `{parameter}` apart; give every value once", values[0], values[1])]
    SameValue {
        /// The group.
        group: String,
        /// The input.
        name: String,
        /// The parameter.
        parameter: String,
        /// The two values.
        values: Box<[String; 2]>,
    },
    /// An input that is made by a group that runs later.
    #[error("task `{reader}` runs before task `{writer}`, so it cannot read `{file}`, which `{writer}` makes")]
    TooEarly {
        /// The group that reads.
        reader: String,
        /// The group that makes the file.
        writer: String,
        /// The file as the reader names it.
        file: String,
    },
    /// An input that an event task makes.
    #[error(
        "task `{reader}` reads `{file}`, which event task `{writer}` makes; an event task may run again or not at all: make the file in a task of its own"
    )]
    FromEvent {
        /// The group that reads.
        reader: String,
        /// The event group.
        writer: String,
        /// The file as the reader names it.
        file: String,
    },
    /// An event task is held for by the file of its event alone.
    #[error(
        "event task `{reader}` reads `{file}`, which task `{writer}` makes; besides the file of its event, which comes as `$FILE`, it reads only what lies in the experiment directory: read the other file in a task of its own"
    )]
    IntoEvent {
        /// The event group.
        reader: String,
        /// The group that makes the file.
        writer: String,
        /// The file as the reader names it.
        file: String,
    },
}

/// Why the rows of a `jobs` block do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowsFault {
    /// A wrong number of entries.
    #[error("has {has} entries for {wants} variables")]
    Width {
        /// Entries.
        has: usize,
        /// Variables.
        wants: usize,
    },
    /// No rows, or rows of nothing.
    #[error("there are no rows or no variables, so there is nothing to run")]
    Empty,
    /// A variable that chains.
    #[error("`{parameter}` is a seqameter; rows stand for crossing parameters only")]
    Chained {
        /// The variable.
        parameter: String,
    },
    /// A position that the list does not have.
    #[error("asks for value {position} of `{parameter}`, which has {values} (counted from 0)")]
    Outside {
        /// The variable.
        parameter: String,
        /// The position.
        position: u32,
        /// How many values there are.
        values: u64,
    },
}

/// How a name leaves its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// Nothing is left of it.
    #[error("is empty")]
    Empty,
    /// It begins with a slash.
    #[error("is absolute")]
    Absolute,
    /// It has a component `..`.
    #[error("leads out of the directory with `..`")]
    Parent,
    /// It has a component that is empty or `.`.
    #[error("has an empty or `.` component, so one file would have two names")]
    Crooked,
    /// It is longer than a path can be.
    #[error("is longer than 4096 bytes")]
    TooLong,
    /// It contains a byte that no file name can have.
    #[error("contains a NUL byte")]
    Nul,
}

/// One step around a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The task.
    pub task: String,
    /// A file that it makes.
    pub makes: Option<String>,
    /// The file by which it needs the next; `None` for the order of its chain.
    pub by: Option<String>,
}

/// Something legal that is surely not meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// A calculated input name that steps over the values there are.
    #[error(
        "task `{group}`: input `{input}` matches no output `{output}`: for example `{example}` is made by no task, since `{parameter}` goes in steps of {step}; write `{mend}` if the task before is meant"
    )]
    Missed {
        /// The group.
        group: String,
        /// The input as written.
        input: String,
        /// The output that it looks like.
        output: String,
        /// One name.
        example: String,
        /// The parameter.
        parameter: String,
        /// Its step.
        step: i64,
        /// What would fit.
        mend: String,
    },
    /// Two tasks copy to the same place.
    #[error(
        "tasks {first} and {second} both copy to `{name}`: the later one replaces what the earlier one brought; {mend}"
    )]
    SameCopy {
        /// One task.
        first: String,
        /// Another one.
        second: String,
        /// Where to.
        name: String,
        /// What would keep them apart.
        mend: String,
    },
}

fn product(factors: &[(String, u64)]) -> String {
    let lengths: Vec<String> = factors.iter().map(|(name, len)| format!("{len} ({name})")).collect();
    lengths.join(" x ")
}

fn not_affine(reader: &Option<String>) -> String {
    match reader {
        None => "the task that makes the file cannot be found; name the file by parameters or by a*t + b".to_string(),
        Some(reader) => format!(
            "it cannot be said which file task `{reader}` reads; such names are for results that no task reads: use a*t + b"
        ),
    }
}

fn circle(groups: &[String]) -> String {
    groups.iter().map(|group| format!("`{group}`")).collect::<Vec<_>>().join(" waits for ")
}

fn cycle(needs: &[Need]) -> String {
    let name = |need: &Need| need.makes.clone().unwrap_or_else(|| need.task.clone());
    let mut text = String::from("these tasks wait for one another: ");
    for (number, need) in needs.iter().enumerate() {
        let next = &needs[(number + 1) % needs.len()];
        if number == 0 {
            text.push_str(&name(need));
        }
        let by = match &need.by {
            Some(file) => file.clone(),
            None => format!("{} (the task before it in its chain)", name(next)),
        };
        let word = if number == 0 { " needs " } else { ", which needs " };
        text.push_str(word);
        text.push_str(&by);
    }
    text.push_str("; a task may read only what earlier tasks make");
    text
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.makes.as_deref().unwrap_or(&self.task))
    }
}
