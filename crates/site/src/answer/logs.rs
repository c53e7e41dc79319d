//! Logs: what tasks have printed, from the pack files.

use crate::history::{Reader, Run};
use pelago_grid::Grid;
use pelago_job::{Stream, TaskRef};
use pelago_wire::message::{Answer, Refusal};
use pelago_wire::view::LogChunk;
use std::path::Path;

/// The most of one task's output that is sent at once.
pub const MOST: u64 = 64 << 20;

/// What the last attempt at a task printed.
pub fn answer(task: TaskRef, id: &str, stderr: bool, grid: &Grid, history: &Reader, state: &Path) -> Answer {
    let run = match history.last_attempt(task) {
        Ok(Some(run)) => run,
        Ok(None) => {
            let word = super::tasks::state_word(grid, task);
            return Answer::Error(Refusal {
                what: format!("task {id} has printed nothing yet: it is {word}"),
                hint: Some(format!("`pelago why {id}` says what is in its way; `pelago logs {id} --follow` waits")),
                code: 2,
            });
        }
        Err(error) => return Answer::Error(Refusal { what: error.to_string(), hint: None, code: 3 }),
    };
    match read(&run, stderr, state, 0, MOST) {
        Ok(text) => {
            let span = if stderr { run.stderr } else { run.stdout };
            // A replacement takes more bytes than what it stands for, or is not alone; either way the text is another one.
            let exact = text.len() as u64 == span.len && !text.contains(char::REPLACEMENT_CHARACTER);
            Answer::Log(LogChunk { text, end: true, whole: (!exact).then_some(span) })
        }
        Err(what) => Answer::Error(Refusal { what, hint: None, code: 3 }),
    }
}

fn read(run: &Run, stderr: bool, state: &Path, skip: u64, most: u64) -> Result<String, String> {
    let (span, stream) = if stderr { (run.stderr, Stream::Err) } else { (run.stdout, Stream::Out) };
    let bytes = pelago_agent::read_log(state, span, stream, skip, most).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The end of what the last attempt wrote to standard error, else to standard output; empty if that is not known.
pub fn tail(task: TaskRef, history: &Reader, state: &Path, most: u64) -> String {
    let Ok(Some(run)) = history.last_attempt(task) else { return String::new() };
    let end = |len: u64| len.saturating_sub(most);
    let stderr = read(&run, true, state, end(run.stderr.len), most).unwrap_or_default();
    if stderr.trim().is_empty() {
        read(&run, false, state, end(run.stdout.len), most).unwrap_or_default()
    } else {
        stderr
    }
}
