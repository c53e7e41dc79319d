//! Collecting ended processes, and what they used.

use crate::tree;
use rustix::process::Pid;
use std::fs;
use std::io;

/// Any process below us.
const ANY: i32 = -1;

/// What the processes of one script used so far.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// User and system time in microseconds.
    cpu: u64,
    /// Largest resident set of one process, in bytes.
    memory: u64,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
}

/// What one round of collecting gave.
pub(crate) struct Reaped {
    /// The process asked for has ended.
    pub(crate) main: Option<Exit>,
    /// Whether there are still processes below us.
    pub(crate) left: bool,
}

enum Waited {
    Ended(i32, Exit),
    NoneYet,
    NoChild,
}

impl Meter {
    /// Collects all that have ended, without waiting.
    pub(crate) fn reap(&mut self, main: Option<Pid>) -> Reaped {
        let mut exit = None;
        loop {
            match self.wait(ANY, libc::WNOHANG) {
                Waited::Ended(pid, how) if main.is_some_and(|main| main.as_raw_nonzero().get() == pid) => {
                    exit = Some(how)
                }
                Waited::Ended(..) => {}
                Waited::NoneYet => return Reaped { main: exit, left: true },
                Waited::NoChild => return Reaped { main: exit, left: false },
            }
        }
    }

    /// Collects a process, if it has ended.
    pub(crate) fn collect(&mut self, process: Pid) -> Option<Exit> {
        match self.wait(process.as_raw_nonzero().get(), libc::WNOHANG) {
            Waited::Ended(_, exit) => Some(exit),
            Waited::NoneYet | Waited::NoChild => None,
        }
    }

    /// Waits until one process has ended, and collects it.
    pub(crate) fn wait_any(&mut self) {
        self.wait(ANY, 0);
    }

    /// Time used, in milliseconds.
    pub(crate) fn cpu(&self) -> u64 {
        self.cpu / 1000
    }

    /// Largest resident set, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.memory
    }

    /// Notes a measurement of the memory that was in use at one time.
    pub(crate) fn saw_memory(&mut self, bytes: u64) {
        self.memory = self.memory.max(bytes);
    }

    fn wait(&mut self, which: i32, options: i32) -> Waited {
        let mut status = 0;
        loop {
            #[expect(unsafe_code, reason = "no safe wrapper gives the resources used")]
            // SAFETY: both pointers are to live, writable memory of the right types; `rusage` is plain integers, for which
            // zeroes are a value.
            let (pid, usage) = unsafe {
                let mut usage: libc::rusage = std::mem::zeroed();
                (libc::wait4(which, &raw mut status, options, &raw mut usage), usage)
            };
            match pid {
                0 => return Waited::NoneYet,
                -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
                -1 => return Waited::NoChild,
                pid => {
                    let micros =
                        |time: libc::timeval| u64::try_from(time.tv_sec * 1_000_000 + time.tv_usec).unwrap_or_default();
                    self.cpu += micros(usage.ru_utime) + micros(usage.ru_stime);
                    self.saw_memory(u64::try_from(usage.ru_maxrss).unwrap_or_default() * 1024);
                    let exit = match libc::WIFSIGNALED(status) {
                        true => Exit::Signal(libc::WTERMSIG(status)),
                        false => Exit::Code(libc::WEXITSTATUS(status)),
                    };
                    return Waited::Ended(pid, exit);
                }
            }
        }
    }
}

/// Memory that the processes below us use now, in bytes, if it may be more than `limit`.
///
/// Resident sets count shared pages once for each process, so they can only be too large; only when their sum is over the
/// limit is the dearer, exact share asked for.
pub(crate) fn memory_below(limit: u64) -> Option<u64> {
    let processes = tree::descendants();
    let page = rustix::param::page_size() as u64;
    let resident = |pid: &Pid| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
        Some(text.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()?.saturating_mul(page))
    };
    let share = |pid: &Pid| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        Some(line.split_ascii_whitespace().next()?.parse::<u64>().ok()?.saturating_mul(1024))
    };
    let total: u64 = processes.iter().filter_map(resident).sum();
    if total <= limit {
        return None;
    }
    let exact = processes.iter().filter_map(|pid| share(pid).or_else(|| resident(pid))).sum();
    (exact > limit).then_some(exact)
}

/// How many processes the system has killed for want of memory since it was started.
pub(crate) fn system_oom_kills() -> Option<u64> {
    let text = fs::read_to_string("/proc/vmstat").ok()?;
    text.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}
