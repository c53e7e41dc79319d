//! `pelago wait`: until a job has ended; the exit code is its own.

use crate::desk::{Desk, odd};
use crate::ending::{End, Failure, bad_input};
use crate::render::style::Style;
use crate::report::{Manner, Report};
use crate::state::DirArg;
use crate::terminal::{self, Stream};
use clap::Args;
use jiff::Timestamp;
use pelago_wire::message::{Answer, Event, Refusal, Request};
use std::time::{Duration, Instant};

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
    let jobs = match desk.call(Request::Status { id })? {
        Answer::Jobs { jobs } => jobs,
        other => return Err(odd(&other).into()),
    };
    let Some(job) = jobs.last() else {
        return Err(bad_input("there is no job to wait for", "start one with `pelago run`").into());
    };
    if let Some(code) = final_code(&job.state) {
        end(report, &Event::Ended { job: job.clone(), failures: Vec::new(), code, exit_code: None }, start);
        return Ok(code);
    }
    let mut ended: Result<Option<u8>, Refusal> = Ok(None);
    let streamed = desk.stream(Request::Follow { id: Some(job.job.to_string()) }, &mut |answer| {
        match answer {
            Answer::Event(event) => match end(report, &event, start) {
                Some(code) => ended = Ok(Some(code)),
                None => report.event(&event, start.elapsed()),
            },
            other => ended = Err(odd(&other)),
        }
        matches!(ended, Ok(None))
    });
    report.clear();
    if matches!(ended, Ok(None)) {
        // Its owner may have ended with it, before it could say so.
        let now = match desk.call(Request::Status { id: Some(job.job.to_string()) }) {
            Ok(Answer::Jobs { jobs }) => jobs.last().and_then(|job| Some((job.clone(), final_code(&job.state)?))),
            _ => None,
        };
        if let Some((job, code)) = now {
            end(report, &Event::Ended { job, failures: Vec::new(), code, exit_code: None }, start);
            return Ok(code);
        }
        streamed?;
    }
    // A stream that ends before the job: its owner is gone, and the job can be continued.
    Ok(ended?.unwrap_or(3))
}

/// Says how a job ended, if the event is that; the time is from its submission on, where that is known.
fn end(report: &mut Report, event: &Event, start: Instant) -> Option<u8> {
    let Event::Ended { job, failures, code, .. } = event else {
        return None;
    };
    let at = |text: &str| text.parse::<Timestamp>().ok();
    let took = job.ended.as_deref().and_then(at).zip(at(&job.submitted));
    let took = took.and_then(|(ended, submitted)| Duration::try_from(ended.duration_since(submitted)).ok());
    report.ended(job, failures, event, took.unwrap_or_else(|| start.elapsed()));
    Some(*code)
}

/// The exit code of a job in which nothing happens any more, by its state.
fn final_code(state: &str) -> Option<u8> {
    match state {
        "done" => Some(0),
        "failed" | "cancelled" => Some(1),
        "refused" => Some(2),
        "paused" => Some(3),
        "stuck" => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::jobs::tests::job;

    struct One(&'static str);

    impl Desk for One {
        fn call(&mut self, _: Request) -> Result<Answer, Refusal> {
            Ok(Answer::Jobs { jobs: vec![job("failed"), job(self.0)] })
        }

        fn stream(&mut self, request: Request, each: &mut dyn FnMut(Answer) -> bool) -> Result<(), Refusal> {
            assert_eq!(request, Request::Follow { id: Some("1".into()) });
            each(Answer::Event(Event::Ended { job: job("done"), failures: Vec::new(), code: 0, exit_code: None }));
            Ok(())
        }
    }

    #[test]
    fn the_code_is_that_of_the_last_job() {
        for (state, code) in [("running", 0), ("held", 0), ("done", 0), ("cancelled", 1), ("paused", 3)] {
            let sink = || Box::new(std::io::sink());
            let mut report = Report::new(Manner::Quiet, Style::PLAIN, sink(), sink(), || 80);
            assert_eq!(follow(&mut One(state), None, &mut report).unwrap(), code, "{state}");
        }
    }
}
