//! `pelago cancel`, `hold` and `release`: a person decides about a job or task.

use super::print;
use crate::desk::{Desk, odd};
use crate::ending::{End, Failure};
use crate::render::json;
use crate::render::words::clean;
use crate::state::DirArg;
use clap::Args;
use pelago_site::door::{self, Enter};
use pelago_wire::message::{Answer, Request};
use serde_json::json;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// End it for good.
    Cancel,
    /// Start no further task.
    Hold,
    /// Undo a hold.
    Release,
}

/// The arguments of all three.
#[derive(Args, Debug)]
pub struct ControlArgs {
    /// A job, or a task where that makes sense [default: the last job]
    pub id: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub dir: DirArg,
}

/// Runs the command.
pub fn run(act: Act, args: &ControlArgs) -> Result<End, Failure> {
    if act != Act::Cancel {
        let mut door = args.dir.look()?;
        print(&text(&mut door, act, args)?)?;
        return Ok(End::GOOD);
    }
    // What nobody runs can be ended all the same: for that moment this process owns the directory, once what a dead owner ran
    // has ended. It starts nothing, since an owner holds the jobs that it finds.
    let mut door = door::enter(Enter { state: args.dir.find()?, slots: None })?;
    let said = text(&mut door, act, args);
    door.close()?;
    print(&said?)?;
    Ok(End::GOOD)
}

fn text(desk: &mut dyn Desk, act: Act, args: &ControlArgs) -> Result<String, Failure> {
    let id = args.id.clone();
    let request = match act {
        Act::Cancel => Request::Cancel { id },
        Act::Hold => Request::Hold { id },
        Act::Release => Request::Release { id },
    };
    match desk.call(request)? {
        Answer::Done { text } if args.json => Ok(json::document(&json!({ "text": text }))),
        Answer::Done { text } => Ok(format!("{}\n", clean(&text))),
        other => Err(odd(&other).into()),
    }
}
