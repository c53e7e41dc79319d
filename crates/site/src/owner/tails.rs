//! Those who follow what a task prints: told while it runs, and told when no more will come.

use crate::answer;
use crate::history::Reader;
use crossbeam_channel::Sender;
use pelago_agent::Agent;
use pelago_grid::{Grid, TaskState};
use pelago_job::{Report, Stream, TaskRef};
use pelago_wire::message::Answer;
use pelago_wire::view::LogChunk;
use std::path::Path;

/// The most that is sent at once.
const CHUNK: u64 = 1 << 20;

/// Who follows the output of which task.
#[derive(Default)]
pub struct Tails(Vec<Tail>);

struct Tail {
    task: TaskRef,
    stream: Stream,
    /// The attempt that was told of last, and how much of it.
    attempt: u32,
    sent: u64,
    to: Sender<Answer>,
    /// Whoever followed is gone, or knows the end.
    over: bool,
}

impl Tails {
    /// Whether nobody follows.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Somebody follows. What ended before is told at once, and is all.
    pub fn add(&mut self, id: &str, stderr: bool, to: Sender<Answer>, grid: &Grid, history: &Reader, state: &Path) {
        match answer::id::task(grid, id) {
            Err(refusal) => drop(to.send(Answer::Error(refusal))),
            Ok(task) if is_over(grid, task) => {
                let _ = to.send(answer::logs::answer(task, id, stderr, grid, history, state));
            }
            Ok(task) => {
                let stream = if stderr { Stream::Err } else { Stream::Out };
                self.0.push(Tail { task, stream, attempt: 0, sent: 0, to, over: false });
            }
        }
    }

    /// Tells what running attempts have printed meanwhile.
    pub fn poll(&mut self, grid: &Grid, agent: &Agent) {
        for tail in &mut self.0 {
            let Some(row) = grid.tasks.get(&tail.task).filter(|row| row.state == TaskState::Running) else { continue };
            tail.turn_to(row.attempt);
            while let Some(bytes) = agent.live_log(tail.task, row.attempt, tail.stream, tail.sent, CHUNK)
                && tail.send(whole(&bytes))
            {}
        }
        self.0.retain(|tail| !tail.over);
    }

    /// An attempt has ended: the rest of what it printed is in the packs.
    pub fn finished(&mut self, task: TaskRef, attempt: u32, report: &Report, state: &Path) {
        for tail in self.0.iter_mut().filter(|tail| tail.task == task) {
            tail.turn_to(attempt);
            let span = if tail.stream == Stream::Err { report.stderr } else { report.stdout };
            while tail.sent < span.len
                && let Ok(bytes) = pelago_agent::read_log(state, span, tail.stream, tail.sent, CHUNK)
                && tail.send(if tail.sent + bytes.len() as u64 >= span.len { &bytes } else { whole(&bytes) })
            {
            }
        }
    }

    /// Takes leave of those whose task will print no more, whether it has run or not.
    pub fn settle(&mut self, grid: &Grid) {
        self.0.retain(|tail| {
            let over = is_over(grid, tail.task);
            if over {
                let _ = tail.to.send(Answer::Log(LogChunk { text: String::new(), end: true, whole: None }));
            }
            !over && !tail.over
        });
    }
}

/// What a task that runs has printed so far; none if it does not run.
pub fn so_far(id: &str, stderr: bool, grid: &Grid, agent: &Agent) -> Option<Answer> {
    let task = answer::id::task(grid, id).ok()?;
    let row = grid.tasks.get(&task).filter(|row| row.state == TaskState::Running)?;
    let stream = if stderr { Stream::Err } else { Stream::Out };
    let bytes = agent.live_log(task, row.attempt, stream, 0, answer::logs::MOST)?;
    Some(Answer::Log(LogChunk { text: String::from_utf8_lossy(&bytes).into_owned(), end: true, whole: None }))
}

impl Tail {
    fn turn_to(&mut self, attempt: u32) {
        if self.attempt != attempt {
            (self.attempt, self.sent) = (attempt, 0);
        }
    }

    /// Whether there was something to send and somebody to take it.
    fn send(&mut self, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return false;
        }
        self.sent += bytes.len() as u64;
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.over = self.to.send(Answer::Log(LogChunk { text, end: false, whole: None })).is_err();
        !self.over
    }
}

fn is_over(grid: &Grid, task: TaskRef) -> bool {
    !grid.is_active(task.job) || (grid.settled(task).is_some() && !grid.tasks.contains_key(&task))
}

/// The bytes up to the last whole character: the rest of one may not have been written yet.
fn whole(bytes: &[u8]) -> &[u8] {
    let start = bytes.len().saturating_sub(3);
    let cut = (start..bytes.len()).find(|at| {
        let len = match bytes[*at] {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => 1,
        };
        at + len > bytes.len()
    });
    &bytes[..cut.unwrap_or(bytes.len())]
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn characters_are_not_cut() {
        assert_eq!(whole("a€".as_bytes()), "a€".as_bytes());
        for cut in 2..=3 {
            assert_eq!(whole(&"a€".as_bytes()[..cut]), b"a");
        }
        assert_eq!(whole(&"a🦀".as_bytes()[..4]), b"a");
        assert_eq!(whole(b""), b"");
        assert_eq!(whole(b"\xff\x80\x80"), b"\xff\x80\x80", "what is no UTF-8 at all goes through");
    }
}
