//! `pelago status`: jobs, or one in full.

use super::{moment, print, style};
use crate::desk::{Desk, odd};
use crate::ending::{End, Failure};
use crate::render::{jobs, json};
use crate::state::DirArg;
use clap::Args;
use pelago_wire::message::{Answer, Request};
use serde_json::json;

/// Show jobs, or one in full
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// A job; without it all jobs are listed, and a single one is shown in full
    pub id: Option<String>,
    /// Print one JSON document with everything that is known
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub dir: DirArg,
}

/// Runs the command.
pub fn run(args: &StatusArgs) -> Result<End, Failure> {
    let mut door = args.dir.look()?;
    print(&text(&mut door, args)?)?;
    Ok(End::GOOD)
}

fn text(desk: &mut dyn Desk, args: &StatusArgs) -> Result<String, Failure> {
    let jobs = match desk.call(Request::Status { id: args.id.clone() })? {
        Answer::Jobs { jobs } => jobs,
        other => return Err(odd(&other).into()),
    };
    if args.json {
        return Ok(json::document(&json!({ "jobs": jobs })));
    }
    let (now, zone) = moment();
    Ok(match jobs.as_slice() {
        [job] => jobs::detail(job, now, &zone, style()),
        jobs => jobs::table(jobs, now, &zone, style()),
    })
}
