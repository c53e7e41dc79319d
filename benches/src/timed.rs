//! Running a command to its end: how long it took, and what it and everything below it used.

use std::io;
use std::process::{Command, ExitStatus};
use std::time::Instant;

/// What a command came to.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    /// Seconds from before its start until it was collected.
    pub seconds: f64,
    /// CPU seconds, user and system, of it and of all that it collected.
    pub cpu: f64,
    /// The largest resident set of it or of one of those, in kilobytes.
    pub memory: u64,
}

/// Runs a command that has to end well.
pub fn run(command: &mut Command) -> io::Result<Timed> {
    let (status, timed) = any(command)?;
    match status.success() {
        true => Ok(timed),
        false => Err(io::Error::other(format!("{}: {status}", command.get_program().display()))),
    }
}

/// Runs a command, however it ends.
pub fn any(command: &mut Command) -> io::Result<(ExitStatus, Timed)> {
    use std::os::unix::process::ExitStatusExt;
    let begin = Instant::now();
    let child =
        command.spawn().map_err(|why| io::Error::other(format!("{}: {why}", command.get_program().display())))?;
    let id = child.id().cast_signed();
    let mut status = 0;
    let mut usage = zero();
    loop {
        #[expect(unsafe_code, reason = "only wait4 tells what one child used")]
        // SAFETY: both pointers are to values that live and are written whole; the child is ours and is collected once,
        // for `child` is never waited for.
        let collected = unsafe { libc::wait4(id, &raw mut status, 0, &raw mut usage) };
        if collected == id {
            break;
        }
        let why = io::Error::last_os_error();
        if why.kind() != io::ErrorKind::Interrupted {
            return Err(why);
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    let cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    let memory = u64::try_from(usage.ru_maxrss).unwrap_or(0);
    Ok((ExitStatus::from_raw(status), Timed { seconds, cpu, memory }))
}

fn zero() -> libc::rusage {
    #[expect(unsafe_code, reason = "the C structure has no constructor")]
    // SAFETY: it consists of integers, for which all bits zero is a value.
    unsafe {
        std::mem::zeroed()
    }
}

fn seconds_of(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 * 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_children_of_children_use_is_counted() {
        let work = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        let timed = run(Command::new("sh").args(["-c", &format!("sh -c '{work}'; true")])).unwrap();
        assert!(timed.cpu > 0.02 && timed.seconds >= timed.cpu * 0.4, "{timed:?}");
        assert!(run(Command::new("sh").args(["-c", "exit 3"])).is_err());
    }
}
