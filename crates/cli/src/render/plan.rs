//! What a plan would run: the document of `pelago plan --json`, and the same as text.

use super::style::Style;
use super::table::{Side, Table};
use super::words::{about, clean, count, cut, number, seconds};
use pelago_describe::diagnostic::Located;
use pelago_job::{Bytes, Experiment, Group, GroupNo, Keep, Order};
use pelago_plan::Plan;
use pelago_site::Forecast;
use serde::Serialize;

/// Most commands of the first task that are shown to people.
const COMMANDS: usize = 12;
/// Most edges and outputs of a group that are shown to people.
const LINES: usize = 12;
/// Most names of missing files that are shown.
pub const NAMES: usize = 10;

/// What a plan would run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outlook {
    /// The plan's name.
    pub name: String,
    /// The experiment directory.
    pub root: String,
    /// Tasks of all combinations; those that run first, last or on events are not among them.
    pub tasks: u64,
    /// Parameters, in the order of their declaration.
    pub parameters: Vec<Axis>,
    /// Groups, in the order of the plan.
    pub groups: Vec<GroupOutlook>,
    /// Files that the experiment directory must hold.
    pub external: External,
    /// What earlier runs let expect, if there were any.
    pub expected: Option<Expected>,
    /// What kept states and results will take, if that is known.
    pub space: Option<Forecast>,
    /// Things to know.
    pub notices: Vec<String>,
    /// What the document's reader had to say, each with its place.
    pub diagnostics: Vec<Located>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// `parameter` or `seqameter`.
    pub kind: &'static str,
    /// How many values it has.
    pub values: u64,
    /// The first.
    pub first: String,
    /// The last.
    pub last: String,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupOutlook {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: &'static str,
    /// How many tasks.
    pub tasks: u64,
    /// How many of them wait for no other one of their chain.
    pub chains: u64,
    /// How many tasks a chain has.
    pub chain_length: u64,
    /// Which tasks wait for which, in words.
    pub edges: Vec<String>,
    /// Its outputs.
    pub outputs: Vec<OutputOutlook>,
    /// Names of the values that are taken.
    pub values: Vec<String>,
    /// How many tasks of a chain run again, at most, when its result is lost; `None` if there are no chains with files,
    /// or it is decided while they run.
    pub restart: Option<u64>,
    /// How states are kept: `none`, `every N`, `auto`, `all`.
    pub keep: String,
    /// What its tasks may use and how often they are tried.
    pub limits: LimitsOutlook,
    /// Its first task.
    pub first: Option<FirstOutlook>,
}

/// What the document lets each task of a group use; absent where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LimitsOutlook {
    /// Seconds that it may run.
    pub walltime: Option<f64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Bytes of disk.
    pub disk: Option<u64>,
    /// How often it is tried again.
    pub retries: Option<u32>,
    /// How many tasks run at a time.
    pub at_once: Option<u32>,
}

impl LimitsOutlook {
    fn of(group: &Group) -> Self {
        Self {
            walltime: group.limits.walltime.map(|limit| limit.0 as f64 / 1000.0),
            memory: group.limits.memory.map(|bytes| bytes.0),
            disk: group.limits.disk.map(|bytes| bytes.0),
            retries: group.retries,
            at_once: group.throttle.as_ref().map(|throttle| throttle.most),
        }
    }

    fn words(&self) -> String {
        let retries = self.retries.map(|retries| match retries {
            u32::MAX => "tried again until it ends well".to_string(),
            _ => format!("tried again {} at most", count(u64::from(retries), "time")),
        });
        let said = [
            self.walltime.map(|limit| format!("ended after {}", seconds(limit))),
            self.memory.map(|bytes| format!("{} of memory", Bytes(bytes))),
            self.disk.map(|bytes| format!("{} of disk", Bytes(bytes))),
            retries,
            self.at_once.map(|most| format!("{} at a time", number(u64::from(most)))),
        ];
        said.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// An output of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputOutlook {
    /// As written.
    pub name: String,
    /// Files that other tasks read; `None` if they were too many to count.
    pub states: Option<u64>,
    /// Files that come home; `None` if they were too many to count.
    pub results: Option<u64>,
}

/// A first task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FirstOutlook {
    /// Its label.
    pub task: String,
    /// What it reads, and which task makes that: none for files of the experiment directory.
    pub inputs: Vec<(String, Option<String>)>,
    /// Its commands, filled in.
    pub commands: Vec<String>,
    /// What it makes.
    pub outputs: Vec<String>,
}

/// Files that the experiment directory must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct External {
    /// How many names were looked at.
    pub count: u64,
    /// Whether these are all there are.
    pub complete: bool,
    /// How many of them are not there now.
    pub missing: u64,
    /// The first of those.
    pub names: Vec<String>,
    /// Whether a task that runs before everything else may still make them.
    pub made_first: bool,
}

/// What earlier runs let expect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expected {
    /// The job it is taken from.
    pub job: u32,
    /// Seconds of all tasks together.
    pub task_seconds: f64,
    /// Seconds with that many tasks at a time, and no less than the longest chain takes.
    pub seconds: f64,
    /// Tasks at a time.
    pub slots: u64,
    /// Bytes that are made.
    pub bytes: Option<u64>,
}

/// The parameters of an experiment.
pub fn axes(experiment: &Experiment) -> Vec<Axis> {
    let axis = |parameter: &pelago_job::Parameter| {
        let values = parameter.domain.len();
        Axis {
            name: parameter.name.clone(),
            kind: if parameter.order == Order::Chain { "seqameter" } else { "parameter" },
            values,
            first: parameter.domain.text(0).into_owned(),
            last: parameter.domain.text(values.saturating_sub(1)).into_owned(),
        }
    };
    experiment.parameters.iter().map(axis).collect()
}

/// What a group of a plan would do.
pub fn group(plan: &Plan, number: GroupNo, group: &Group) -> Option<GroupOutlook> {
    let preview = plan.preview(number)?;
    let has_chain_files = preview.chain_len > 1 && !group.outputs.is_empty();
    let (keep, restart) = match group.keep {
        Keep::None => ("none".to_string(), Some(preview.chain_len)),
        Keep::Every(n) => (format!("every {n}"), Some(n.min(preview.chain_len))),
        Keep::Auto => ("auto".to_string(), None),
        Keep::All => ("all".to_string(), Some(1)),
    };
    let outputs = preview.outputs.into_iter().map(|output| OutputOutlook {
        name: output.name,
        states: output.census.map(|census| census.states),
        results: output.census.map(|census| census.results),
    });
    let first = preview.first.map(|first| FirstOutlook {
        task: first.label,
        inputs: first.inputs,
        commands: first.commands,
        outputs: first.outputs,
    });
    Some(GroupOutlook {
        role: preview.role.word(),
        name: preview.name,
        tasks: preview.size,
        chains: preview.chains,
        chain_length: preview.chain_len,
        edges: preview.edges,
        outputs: outputs.collect(),
        values: group.values.iter().map(|rule| rule.name.clone()).collect(),
        restart: restart.filter(|_| has_chain_files),
        keep,
        limits: LimitsOutlook::of(group),
        first,
    })
}

/// The outlook as text.
pub fn text(outlook: &Outlook, style: Style) -> String {
    let mut out = format!("{}: {}\n", style.strong(&clean(&outlook.name)), count(outlook.tasks, "task"));
    for notice in &outlook.notices {
        out.push_str(&format!("{} {}\n", style.notable("note:"), clean(notice)));
    }
    if !outlook.parameters.is_empty() {
        out.push('\n');
        let mut table =
            Table::new([("parameter", Side::Left), ("values", Side::Right), ("", Side::Left), ("", Side::Left)]);
        for axis in &outlook.parameters {
            let span = match axis.values {
                1 => axis.first.clone(),
                _ => format!("{} … {}", cut(&axis.first, 25), cut(&axis.last, 25)),
            };
            let kind = if axis.kind == "seqameter" { "each waits for the one before it" } else { "" };
            table.row([axis.name.clone(), number(axis.values), span, kind.to_string()]);
        }
        out.push_str(&table.text(style));
    }
    out.push('\n');
    let right = ["tasks", "chains", "of each"].map(|name| (name, Side::Right));
    let head = [("group", Side::Left), ("runs", Side::Left)].into_iter().chain(right).chain([("keeps", Side::Left)]);
    let mut table = Table::new(head);
    for group in &outlook.groups {
        let chained = group.chain_length > 1;
        let when = match group.role {
            "rootstart" => "once, first",
            "rootfinish" => "once, last",
            "nodestart" => "once per machine, first",
            "nodefinish" => "once per machine, last",
            "event" => "when a file is made or copied",
            _ => "for every combination",
        };
        let chains = if chained { [number(group.chains), number(group.chain_length)] } else { Default::default() };
        let keep = if chained && group.keep != "none" { group.keep.clone() } else { String::new() };
        let [chains, each] = chains;
        table.row([group.name.clone(), when.into(), number(group.tasks), chains, each, keep]);
    }
    out.push_str(&table.text(style));
    limits(outlook, style, &mut out);
    files(outlook, style, &mut out);
    if let Some(group) = outlook.groups.iter().find(|group| group.role == "main")
        && let Some(first) = &group.first
    {
        out.push_str(&format!("\n{} {}\n", style.strong("First task:"), clean(&first.task)));
        for (name, maker) in &first.inputs {
            let from = maker.as_deref().unwrap_or("the experiment directory");
            out.push_str(&format!("  reads {} from {}\n", clean(name), clean(from)));
        }
        for command in first.commands.iter().take(COMMANDS) {
            out.push_str(&format!("  {} {}\n", style.faint("$"), cut(&clean(command), 300)));
        }
        more(first.commands.len(), COMMANDS, "command", &mut out);
        for name in &first.outputs {
            out.push_str(&format!("  makes {}\n", clean(name)));
        }
    }
    if let Some(space) = &outlook.space {
        out.push_str(&format!("\n{} {}\n", style.strong("Space:"), clean(&space.words())));
    }
    if let Some(expected) = &outlook.expected {
        let bytes = expected.bytes.map(|bytes| format!(", {} made", Bytes(bytes))).unwrap_or_default();
        out.push_str(&format!(
            "\n{} about {} with {} at a time ({} of task time){bytes}, if all tasks run and are as those of job {}\n",
            style.strong("Expected:"),
            about(expected.seconds),
            number(expected.slots),
            seconds(expected.task_seconds),
            expected.job,
        ));
    }
    out
}

fn limits(outlook: &Outlook, style: Style, out: &mut String) {
    let said = outlook.groups.iter().map(|group| (group, group.limits.words()));
    let said: Vec<_> = said.filter(|(_, words)| !words.is_empty()).collect();
    if said.is_empty() {
        return;
    }
    out.push_str(&format!("\n{}\n", style.strong("Each task:")));
    for (group, words) in said.iter().take(LINES) {
        out.push_str(&format!("  {}: {words}\n", clean(&group.name)));
    }
    more(said.len(), LINES, "line", out);
}

fn files(outlook: &Outlook, style: Style, out: &mut String) {
    let edges: Vec<&String> = outlook.groups.iter().flat_map(|group| &group.edges).collect();
    if !edges.is_empty() {
        out.push_str(&format!("\n{}\n", style.strong("Who waits for whom:")));
        for edge in edges.iter().take(LINES) {
            out.push_str(&format!("  {}\n", clean(edge)));
        }
        more(edges.len(), LINES, "line", out);
    }
    let outputs: Vec<(&GroupOutlook, &OutputOutlook)> =
        outlook.groups.iter().flat_map(|group| group.outputs.iter().map(move |output| (group, output))).collect();
    if !outputs.is_empty() {
        out.push_str(&format!("\n{}\n", style.strong("Files:")));
        for (group, output) in outputs.iter().take(LINES) {
            let what = match (output.states, output.results) {
                (Some(0), Some(results)) => format!("{}, brought home", count(results, "result")),
                (Some(states), Some(0)) => format!("{}, deleted when read", count(states, "state")),
                (Some(states), Some(results)) => {
                    format!("{}, deleted when read; {}, brought home", count(states, "state"), count(results, "result"))
                }
                _ => "too many to tell states from results here".to_string(),
            };
            out.push_str(&format!("  {} by {}: {what}\n", clean(&output.name), clean(&group.name)));
        }
        more(outputs.len(), LINES, "output", out);
    }
    for group in outlook.groups.iter().filter(|group| group.chain_length > 1 && !group.outputs.is_empty()) {
        let name = clean(&group.name);
        out.push_str(&match (group.restart, group.keep.as_str()) {
            (None, _) => format!("  a lost result of {name} restarts from the nearest kept state; which ones are kept is decided as they are made\n"),
            (Some(1), "all") => format!("  a lost result of {name} is made again from the state before it: all are kept\n"),
            (Some(n), "none") => format!("  a lost result of {name} restarts its chain: {} (see `keep every N`)\n", count(n, "task")),
            (Some(n), _) => format!("  a lost result of {name} restarts from the nearest kept state: at most {}\n", count(n, "task")),
        });
    }
    let external = &outlook.external;
    if external.count > 0 {
        let least = if external.complete { "" } else { "at least " };
        let needed = format!("{least}{}", count(external.count, "file"));
        if external.missing == 0 {
            out.push_str(&format!("  {needed} must be in {}: all there\n", clean(&outlook.root)));
        } else {
            let names: Vec<String> = external.names.iter().map(|name| clean(name)).collect();
            let more = external.missing.saturating_sub(names.len() as u64);
            let more = if more > 0 { format!(" and {} more", number(more)) } else { String::new() };
            let missing = style.notable(&format!("{} of them missing now", number(external.missing)));
            let first = if external.made_first { " (rootstart may make them)" } else { "" };
            out.push_str(&format!("  {needed} must be in {}; {missing}{first}:\n", clean(&outlook.root)));
            out.push_str(&format!("    {}{more}\n", names.join(", ")));
        }
    }
    let values: Vec<&str> = outlook.groups.iter().flat_map(|group| &group.values).map(String::as_str).collect();
    if !values.is_empty() {
        out.push_str(&format!("\n{} {}\n", style.strong("Values:"), clean(&values.join(", "))));
    }
}

fn more(all: usize, shown: usize, noun: &str, out: &mut String) {
    if all > shown {
        out.push_str(&format!("  … and {} more (--json shows all)\n", count((all - shown) as u64, noun)));
    }
}
