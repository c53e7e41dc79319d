//! `pelago tasks`: the tasks of a job.

use super::{print, style};
use crate::desk::{Desk, odd};
use crate::ending::{End, Failure, bad_input};
use crate::render::{json, tasks};
use crate::state::DirArg;
use clap::Args;
use pelago_wire::message::{Answer, Request};
use serde_json::json;

/// The words of states, as in `TaskView::state`.
const STATES: [&str; 11] =
    ["waiting", "checking", "ready", "running", "retrying", "held", "done", "reused", "failed", "skipped", "cancelled"];
/// How many tasks are shown to people unless they say otherwise.
const SHOWN: u64 = 100;

/// List the tasks of a job
#[derive(Args, Debug)]
pub struct TasksArgs {
    /// A job [default: the last one]
    pub id: Option<String>,
    /// Only tasks in this state: waiting, checking, ready, running, retrying, held, done, reused, failed, skipped,
    /// cancelled. May be given more than once, or as a list with commas
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',')]
    pub states: Vec<String>,
    /// At most so many; 0 for all [default: 100, with --json all]
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub dir: DirArg,
}

/// Runs the command.
pub fn run(args: &TasksArgs) -> Result<End, Failure> {
    if let Some(unknown) = args.states.iter().find(|state| !STATES.contains(&state.as_str())) {
        let hint = format!("states are {}", STATES.join(", "));
        return Err(bad_input(format!("`{unknown}` is no state of a task"), hint).into());
    }
    let mut door = args.dir.look()?;
    print(&text(&mut door, args)?)?;
    Ok(End::GOOD)
}

fn text(desk: &mut dyn Desk, args: &TasksArgs) -> Result<String, Failure> {
    let limit = match args.limit {
        Some(0) => u64::MAX,
        Some(limit) => limit,
        None if args.json => u64::MAX,
        None => SHOWN,
    };
    match desk.call(Request::Tasks { id: args.id.clone(), states: args.states.clone(), limit })? {
        Answer::Tasks { tasks, total } if args.json => Ok(json::document(&json!({ "total": total, "tasks": tasks }))),
        Answer::Tasks { tasks, total } => Ok(tasks::table(&tasks, total, style())),
        other => Err(odd(&other).into()),
    }
}
