//! `pelago logs`: what a task wrote.

use super::print_bytes;
use crate::desk::{Desk, odd};
use crate::ending::{End, Failure, bad_input};
use crate::printed;
use crate::render::json;
use crate::state::DirArg;
use clap::Args;
use pelago_job::Stream;
use pelago_wire::message::{Answer, Request};
use pelago_wire::view::LogChunk;
use std::path::Path;

/// Print what a task wrote to its standard output, as it wrote it
#[derive(Args, Debug)]
pub struct LogsArgs {
    /// A task: 1.17, or 1.fl.3 of another group than main; a job that has only one [default: the last job]
    pub id: Option<String>,
    /// What it wrote to standard error instead
    #[arg(long)]
    pub stderr: bool,
    /// Go on until the task has ended
    #[arg(long, short = 'f')]
    pub follow: bool,
    /// Print one JSON object for each stretch of text
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub dir: DirArg,
}

/// Runs the command.
pub fn run(args: &LogsArgs) -> Result<End, Failure> {
    let mut door = args.dir.look()?;
    let state = door.state().map(Path::to_path_buf).unwrap_or_default();
    copy(&mut door, &state, args, &mut |bytes| print_bytes(bytes))?;
    Ok(End::GOOD)
}

fn copy(
    desk: &mut dyn Desk,
    state: &Path,
    args: &LogsArgs,
    write: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let mut result = Ok(());
    let id = match &args.id {
        Some(id) => id.clone(),
        None => match desk.call(Request::Status { id: None })? {
            Answer::Jobs { jobs } => match jobs.last() {
                Some(job) => job.job.to_string(),
                None => return Err(bad_input("no job has been run here", "start one with `pelago run`").into()),
            },
            other => return Err(odd(&other).into()),
        },
    };
    let request = Request::Logs { id, stderr: args.stderr, follow: args.follow };
    desk.stream(request, &mut |answer| {
        result = match answer {
            Answer::Log(chunk) if args.json => write(json::document(&chunk).as_bytes()).map_err(Failure::from),
            Answer::Log(LogChunk { whole: Some(span), .. }) => {
                let stream = if args.stderr { Stream::Err } else { Stream::Out };
                printed::copy(state, span, stream, write).map_err(Failure::from)
            }
            Answer::Log(chunk) => write(chunk.text.as_bytes()).map_err(Failure::from),
            other => Err(odd(&other).into()),
        };
        result.is_ok()
    })?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use pelago_wire::message::Refusal;
    use pelago_wire::view::LogChunk;

    struct Two;

    impl Desk for Two {
        fn call(&mut self, _: Request) -> Result<Answer, Refusal> {
            Ok(Answer::Done { text: String::new() })
        }

        fn stream(&mut self, request: Request, each: &mut dyn FnMut(Answer) -> bool) -> Result<(), Refusal> {
            assert_eq!(request, Request::Logs { id: "1.2".into(), stderr: true, follow: false });
            for (text, end) in [("a\x1b", false), ("b", true)] {
                if !each(Answer::Log(LogChunk { text: text.into(), end, whole: None })) {
                    break;
                }
            }
            Ok(())
        }
    }

    fn args(json: bool) -> LogsArgs {
        LogsArgs { id: Some("1.2".into()), stderr: true, follow: false, json, dir: DirArg::default() }
    }

    #[test]
    fn text_is_as_it_was_written() {
        let mut seen = String::new();
        let result = copy(&mut Two, Path::new(""), &args(false), &mut |text| {
            seen.push_str(std::str::from_utf8(text).unwrap());
            Ok(())
        });
        assert!(result.is_ok());
        assert_eq!(seen, "a\x1bb");
    }

    #[test]
    fn a_closed_output_ends_it() {
        let mut calls = 0;
        let result = copy(&mut Two, Path::new(""), &args(true), &mut |_| {
            calls += 1;
            Err(std::io::ErrorKind::BrokenPipe.into())
        });
        assert!(matches!(result, Err(Failure::Output(_))));
        assert_eq!(calls, 1);
    }
}
