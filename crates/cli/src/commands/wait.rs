//! `pelago wait`: until a job has ended; the exit code is its own.

use crate::desk::{Desk, odd};
use crate::ending::{End, Failure};
use crate::render::style::Style;
use crate::report::{Manner, Report};
use crate::state::DirArg;
use crate::terminal::{self, Stream};
use clap::Args;
use pelago_wire::message::{Answer, Event, Refusal, Request};
use std::time::Instant;

/// Wait until a job has ended; the exit code is as `pelago run` gives it
#[derive(Args, Debug)]
pub struct WaitArgs {
    /// A job [default: the last one]
    pub id: Option<String>,
    /// Print events as JSON, one object a line
    #[arg(long, conflicts_with = "quiet")]
    pub json: bool,
    /// Print nothing but failures
    #[arg(long, short)]
    pub quiet: bool,
    #[command(flatten)]
    pub dir: DirArg,
}

/// Runs the command.
pub fn run(args: &WaitArgs) -> Result<End, Failure> {
    let manner = match (args.json, args.quiet) {
        (true, _) => Manner::Json,
        (_, true) => Manner::Quiet,
        _ if terminal::can_redraw(Stream::Err) => Manner::Live,
        _ => Manner::Plain,
    };
    let style = Style::of(terminal::colour(Stream::Err));
    let (people, data) = (Box::new(std::io::stderr()), Box::new(std::io::stdout()));
    let mut report = Report::new(manner, style, people, data, terminal::width);
    let mut door = args.dir.look()?;
    let code = follow(&mut door, args.id.clone(), &mut report)?;
    report.broken().map_or(Ok(End::Code(code)), |error| Err(error.into()))
}

/// Says what happens to a job until it has ended, and its exit code.
fn follow(desk: &mut dyn Desk, id: Option<String>, report: &mut Report) -> Result<u8, Failure> {
    let start = Instant::now();
    let mut end: Result<Option<u8>, Refusal> = Ok(None);
    desk.stream(Request::Follow { id }, &mut |answer| {
        match answer {
            Answer::Event(event) => {
                if let Event::Ended { job, failures, code, .. } = &event {
                    report.ended(job, failures, &event, start.elapsed());
                    end = Ok(Some(*code));
                } else {
                    report.event(&event, start.elapsed());
                }
            }
            other => end = Err(odd(&other)),
        }
        matches!(end, Ok(None))
    })?;
    report.clear();
    // A stream that ends before the job: its owner is gone, and the job can be continued.
    Ok(end?.unwrap_or(3))
}
