//! `pelago why`: an explanation of a job, a task or a file.

use super::{moment, print, style};
use crate::desk::{Desk, odd};
use crate::ending::{End, Failure};
use crate::render::{json, why};
use crate::state::DirArg;
use clap::Args;
use pelago_wire::message::{Answer, Request};

/// Explain a job, a task or a file: what is in the way, what was decided, what would change it
#[derive(Args, Debug)]
pub struct WhyArgs {
    /// A job (1), a task (1.17, or 1.fl.3 of another group than main), or a file by its name in the plan [default: the last
    /// job]
    pub id: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub dir: DirArg,
}

/// Runs the command.
pub fn run(args: &WhyArgs) -> Result<End, Failure> {
    let mut door = args.dir.look()?;
    print(&text(&mut door, args)?)?;
    Ok(End::GOOD)
}

fn text(desk: &mut dyn Desk, args: &WhyArgs) -> Result<String, Failure> {
    match desk.call(Request::Why { id: args.id.clone() })? {
        Answer::Why(view) if args.json => Ok(json::document(&view)),
        Answer::Why(view) => {
            let (now, zone) = moment();
            Ok(why::text(&view, now, &zone, style()))
        }
        other => Err(odd(&other).into()),
    }
}
