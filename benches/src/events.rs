//! Following `pelago run --json` as far as an event, and ending it there.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Seconds after which nobody waits any more.
const PATIENCE: i64 = 60;

/// A run that has said what was waited for.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Seconds from before its start.
    pub seconds: f64,
    /// The most memory that it has had since it started, in kilobytes.
    pub memory: u64,
}

/// Starts a command, waits until it prints an event of a kind, and ends it.
pub fn until(command: &mut Command, kind: &str) -> io::Result<Said> {
    let begin = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let found = wait(&mut child, kind);
    let seconds = begin.elapsed().as_secs_f64();
    let memory = peak(child.id());
    signal(&child, libc::SIGKILL);
    // What it still prints has to be taken, or it would wait for us.
    let mut rest = found?;
    io::copy(&mut rest, &mut io::sink())?;
    child.wait()?;
    Ok(Said { seconds, memory })
}

/// Starts a command, waits until one of its tasks has written to a pipe that was made for it, and ends it as Ctrl-C does.
/// Seconds until then.
pub fn until_marked(command: &mut Command, fifo: &Path) -> io::Result<f64> {
    // Also for writing, so that there is always someone who might write.
    let mut pipe = File::options().read(true).write(true).open(fifo)?;
    let begin = Instant::now();
    let mut child = command.spawn()?;
    let patience = Timespec { tv_sec: PATIENCE, tv_nsec: 0 };
    let ready = poll(&mut [PollFd::new(&pipe, PollFlags::IN)], Some(&patience))?;
    let seconds = begin.elapsed().as_secs_f64();
    signal(&child, libc::SIGINT);
    child.wait()?;
    if ready == 0 {
        return Err(io::Error::other(format!("no task ran within {PATIENCE} s")));
    }
    // What other tasks have written meanwhile.
    let _ = pipe.read(&mut [0; 1 << 16])?;
    Ok(seconds)
}

fn signal(child: &Child, signal: i32) {
    #[expect(unsafe_code, reason = "signals a child by its number")]
    // SAFETY: the child has not been collected yet, so the number is its own.
    unsafe {
        libc::kill(child.id().cast_signed(), signal);
    }
}

fn wait(child: &mut Child, kind: &str) -> io::Result<impl io::Read + use<>> {
    let mut lines = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        let event: serde_json::Value = serde_json::from_str(&line).map_err(io::Error::other)?;
        if event.get("event").is_some_and(|event| event == kind) {
            return Ok(lines);
        }
        line.clear();
    }
    Err(io::Error::other(format!("it ended without the event `{kind}`")))
}

/// `VmHWM` of a process, in kilobytes; 0 if it is gone.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}
