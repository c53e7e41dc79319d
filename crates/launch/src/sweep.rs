//! Finding and ending what is left of a state directory's tasks when their spawners were killed too.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// How long a killed process may take to go; only one that hangs in the kernel needs longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why left-over processes are still there.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The process table cannot be read.
    #[error("cannot look for processes that earlier tasks left: /proc: {0}")]
    Proc(#[source] io::Error),
    /// A process does not go.
    #[error("process {pid} was left by an earlier task and does not end, {why}; end it and start again")]
    Stays {
        /// Which.
        pid: i32,
        /// Why.
        why: String,
    },
}

/// Ends every process whose environment says `PELAGO_OWNER=<owner>`, and `PELAGO_SLOT=<slot>` if one is given; waits
/// until it is gone, and says how many there were.
///
/// To be called by a new owner once it has the lock of the state directory: then no spawner of an earlier owner lives.
/// With a slot: when the spawner of that slot was killed.
pub fn sweep(owner: &str, slot: Option<usize>) -> Result<usize, SweepError> {
    let mut marks = vec![format!("PELAGO_OWNER={owner}").into_bytes()];
    marks.extend(slot.map(|slot| format!("PELAGO_SLOT={slot}").into_bytes()));
    let begin = Instant::now();
    let mut ended = 0;
    loop {
        let found = find(&marks).map_err(SweepError::Proc)?;
        if found.is_empty() {
            return Ok(ended);
        }
        for (pid, handle) in &found {
            match pidfd_send_signal(handle, Signal::KILL) {
                Ok(()) => ended += 1,
                Err(rustix::io::Errno::SRCH) => {}
                Err(why) => return Err(SweepError::Stays { pid: *pid, why: why.to_string() }),
            }
        }
        for (pid, handle) in &found {
            let left = PATIENCE.saturating_sub(begin.elapsed());
            let timeout = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
            let mut fds = [PollFd::new(handle, PollFlags::IN)];
            let gone = rustix::io::retry_on_intr(|| poll(&mut fds, Some(&timeout)));
            if !matches!(gone, Ok(1..)) {
                return Err(SweepError::Stays { pid: *pid, why: "although it was killed".to_string() });
            }
        }
    }
}

/// Processes with all marks in their environment. The handle is opened before the environment is read: if the number was
/// given to another process in between, the handle belongs to one that is gone, and a signal through it does nothing.
fn find(marks: &[Vec<u8>]) -> io::Result<Vec<(i32, OwnedFd)>> {
    let own = std::process::id();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Some(raw) = pid.try_into().ok().and_then(Pid::from_raw) else { continue };
        if pid == own {
            continue;
        }
        let Ok(handle) = pidfd_open(raw, PidfdFlags::empty()) else { continue };
        let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { continue };
        let has = |mark: &Vec<u8>| environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_slice());
        if marks.iter().all(has) {
            found.push((raw.as_raw_nonzero().get(), handle));
        }
    }
    Ok(found)
}
