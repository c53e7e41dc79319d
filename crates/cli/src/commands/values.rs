//! `pelago values`: the table of values.

use super::{print, style};
use crate::desk::{Desk, odd};
use crate::ending::{End, Failure};
use crate::render::words::clean;
use crate::render::{json, values};
use crate::state::DirArg;
use clap::Args;
use pelago_wire::message::{Answer, Request};

/// Print the table of values: a column for every parameter and value, a row for every task that has one
#[derive(Args, Debug)]
pub struct ValuesArgs {
    /// A job, or one of its tasks, such as 3.fl [default: the last job, and its first task that has values]
    pub id: Option<String>,
    /// Print comma-separated values, with a head line
    #[arg(long, conflicts_with_all = ["json", "table"])]
    pub csv: bool,
    /// Print one JSON document
    #[arg(long, conflicts_with = "table")]
    pub json: bool,
    /// Print aligned columns (the default)
    #[arg(long)]
    pub table: bool,
    #[command(flatten)]
    pub dir: DirArg,
}

/// Runs the command.
pub fn run(args: &ValuesArgs) -> Result<End, Failure> {
    let mut door = args.dir.look()?;
    print(&text(&mut door, args)?)?;
    Ok(End::GOOD)
}

fn text(desk: &mut dyn Desk, args: &ValuesArgs) -> Result<String, Failure> {
    let answer = desk.call(Request::Values { id: args.id.clone() })?;
    if let Answer::Values(view) = &answer
        && !view.others.is_empty()
        && !args.json
    {
        let others: Vec<String> = view.others.iter().map(|id| format!("`pelago values {}`", clean(id))).collect();
        eprintln!("note: other tasks have tables too: {}", others.join(", "));
    }
    match answer {
        Answer::Values(view) if args.json => Ok(json::values(&view)),
        Answer::Values(view) if args.csv => Ok(values::csv(&view)),
        Answer::Values(view) if view.rows.is_empty() => Ok("no task has ended with values yet\n".to_string()),
        Answer::Values(view) => Ok(values::table(&view, style())),
        other => Err(odd(&other).into()),
    }
}
