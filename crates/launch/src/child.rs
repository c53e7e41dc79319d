//! The spawner's own side: a loop that runs scripts and ends everything below itself when its owner is gone.

use crate::group::MemoryGroup;
use crate::meter::{Exit, Meter, memory_below, system_oom_kills};
use crate::open::{Log, Logs};
use crate::script::{Command, Ended, How, Script};
use crate::signal;
use crate::spawn::Running;
use crate::start::start;
use crate::tree::end_all;
use crate::wire::{Frames, Request, frame};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{getpid, set_child_subreaper, setsid};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// How often memory is measured where no control group does it.
const MEMORY_EVERY: Duration = Duration::from_millis(50);
/// How often the system's count of memory kills is read, so that an old kill elsewhere is not taken for ours.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Everything that happens in a forked spawner. Never returns, never unwinds into the program that forked it.
pub(crate) fn main(socket: UnixStream, keep: Option<BorrowedFd<'_>>) -> ! {
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        detach(&socket, keep)?;
        let mut child = Child {
            socket,
            frames: Frames::default(),
            waiting: VecDeque::new(),
            killed: None,
            logs: Logs::default(),
            oom: (system_oom_kills(), Instant::now()),
        };
        child.serve()
    }));
    // Whatever happened: nothing may outlive us.
    end_all(&mut Meter::default());
    let code = if matches!(ran, Ok(Ok(()))) { 0 } else { 70 };
    #[expect(unsafe_code, reason = "a forked child must not run the exit handlers of the program it was forked from")]
    // SAFETY: `_exit` takes any number and does not return; no destructor that matters is left to run.
    unsafe {
        libc::_exit(code)
    }
}

/// Cuts all ties to the owner except the socket and the file to keep.
fn detach(socket: &UnixStream, keep: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let _ = rustix::thread::set_name(c"pelago-spawner");
    // A session of its own: Ctrl-C and a closed terminal do not reach us, and a task that asks the terminal for a password
    // fails at once instead of waiting for ever.
    setsid()?;
    set_child_subreaper(Some(getpid()))?;
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    drop(null);
    close_others(&[Some(socket.as_raw_fd()), keep.map(|fd| fd.as_raw_fd())])?;
    signal::install()
}

/// Among the others are the owner's ends of other spawners' sockets: held open here, those would never see their owner go.
fn close_others(kept: &[Option<RawFd>]) -> io::Result<()> {
    let open: Vec<RawFd> = std::fs::read_dir("/proc/self/fd")?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|fd| *fd > 2 && !kept.contains(&Some(*fd)))
        .collect();
    for fd in open {
        #[expect(unsafe_code, reason = "descriptors of unknown owners are to be closed")]
        // SAFETY: the values that own these descriptors belong to code that never runs in this process: it only
        // continues in `main` above, which never returns. One that is closed already gives an error, which is fine.
        unsafe {
            libc::close(fd);
        }
    }
    Ok(())
}

struct Child {
    socket: UnixStream,
    frames: Frames,
    /// Requests that came while a script ran.
    waiting: VecDeque<Script>,
    /// The script that was killed last: the word may come before the script itself.
    killed: Option<u64>,
    logs: Logs,
    /// The system's count of memory kills, and when it was read.
    oom: (Option<u64>, Instant),
}

/// Whether an exit code is a success.
fn succeeds(command: &Command, code: i32) -> bool {
    if command.success.is_empty() { code == 0 } else { command.success.contains(&code) }
}

/// What ended the wait for a command.
enum Woken {
    Exit(Exit),
    Walltime,
    Memory(u64),
    Killed,
}

/// The owner is gone, or talks nonsense.
struct OwnerGone;

impl Child {
    fn serve(&mut self) -> io::Result<()> {
        let mut idle = Meter::default();
        loop {
            while let Some(script) = self.waiting.pop_front() {
                let Ok(ended) = self.run(&script) else { return Ok(()) };
                let bytes = frame(&ended)?;
                if self.socket.write_all(&bytes).is_err() {
                    return Ok(());
                }
            }
            // Processes that a task leaves in the background between two of its scripts may end meanwhile.
            let left = idle.reap(None).left;
            let (talk, _) = self.wait(None, left.then_some(LOOK_EVERY))?;
            if talk && self.listen(None).is_err() {
                return Ok(());
            }
        }
    }

    fn run(&mut self, script: &Script) -> Result<Ended, OwnerGone> {
        let mut meter = Meter::default();
        let deadline = script.walltime.and_then(|limit| Instant::now().checked_add(Duration::from_millis(limit)));
        let group = script.memory.and_then(MemoryGroup::enter);
        // A control group does the work in the kernel; without one, use is polled.
        let poll_limit = if group.is_some() { None } else { script.memory };
        let prepared = self.logs.prepare(script);
        let killed = self.killed == Some(script.id);
        let ran = match prepared {
            Ok(()) if killed => Ok((How::Killed, 0)),
            Ok(()) => self.commands(script, &mut meter, deadline, poll_limit),
            Err(why) => {
                let text = format!("the log files {} and .err: {why}", script.stdout.display());
                Ok((How::CannotStart { why: text, errno: why.raw_os_error() }, 0))
            }
        };
        let mut quiet = script.end || !matches!(ran, Ok((How::Done, _)));
        if quiet {
            end_all(&mut meter);
        }
        let limited = group.map(MemoryGroup::leave);
        let (mut how, mut command) = ran?;
        // As with a limit that is polled: it ends the task, also when a shell line goes on after what was killed.
        if let Some((peak, kills)) = limited
            && kills > 0
            && matches!(how, How::Done | How::Exit(_) | How::Signal(_))
        {
            if how == How::Done {
                end_all(&mut meter);
                quiet = true;
            }
            how = How::OutOfMemory { used: peak, limit: true };
        }
        if matches!(how, How::Signal(libc::SIGKILL) | How::Exit(137)) && self.system_killed() {
            how = How::OutOfMemory { used: meter.memory(), limit: false };
        }
        if how == How::Done {
            command = u32::try_from(script.commands.len()).unwrap_or(u32::MAX);
        }
        let length = |log: &mut Option<Log>| log.as_mut().map(|log| log.len(quiet)).unwrap_or_default();
        Ok(Ended {
            id: script.id,
            how,
            command,
            cpu: meter.cpu(),
            memory: meter.memory(),
            stdout: length(&mut self.logs.stdout),
            stderr: length(&mut self.logs.stderr),
        })
    }

    fn commands(
        &mut self,
        script: &Script,
        meter: &mut Meter,
        deadline: Option<Instant>,
        memory: Option<u64>,
    ) -> Result<(How, u32), OwnerGone> {
        for (number, command) in (0u32..).zip(&script.commands) {
            let how = self.one(command, script, meter, deadline, memory)?;
            let passed = match how {
                How::Done => true,
                How::Exit(_) | How::Signal(_) | How::CannotStart { .. } => command.ignore_failure,
                How::Walltime | How::OutOfMemory { .. } | How::Killed => false,
            };
            if !passed {
                return Ok((how, number));
            }
        }
        Ok((How::Done, 0))
    }

    fn one(
        &mut self,
        command: &Command,
        script: &Script,
        meter: &mut Meter,
        deadline: Option<Instant>,
        memory: Option<u64>,
    ) -> Result<How, OwnerGone> {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(How::Walltime);
        }
        let process = match start(command, script) {
            Ok(process) => process,
            Err(refused) => return Ok(How::CannotStart { why: refused.why, errno: refused.errno }),
        };
        Ok(match self.watch(&process, script.id, meter, deadline, memory)? {
            Woken::Exit(Exit::Code(code)) if succeeds(command, code) => How::Done,
            Woken::Exit(Exit::Code(code)) => How::Exit(code),
            Woken::Exit(Exit::Signal(signal)) => How::Signal(signal),
            Woken::Walltime => How::Walltime,
            Woken::Memory(used) => {
                meter.saw_memory(used);
                How::OutOfMemory { used, limit: true }
            }
            Woken::Killed => How::Killed,
        })
    }

    /// Waits for the end of a command, or for a reason to end it.
    fn watch(
        &mut self,
        process: &Running,
        id: u64,
        meter: &mut Meter,
        deadline: Option<Instant>,
        memory: Option<u64>,
    ) -> Result<Woken, OwnerGone> {
        loop {
            let now = Instant::now();
            let look = if memory.is_some() { MEMORY_EVERY } else { LOOK_EVERY };
            let timeout = deadline.map_or(look, |deadline| look.min(deadline.saturating_duration_since(now)));
            let (talk, ended) = self.wait(Some(&process.handle), Some(timeout)).map_err(|_| OwnerGone)?;
            if ended && let Some(exit) = meter.collect(process.pid) {
                return Ok(Woken::Exit(exit));
            }
            if talk && self.listen(Some(id))? {
                return Ok(Woken::Killed);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(Woken::Walltime);
            }
            if let Some(used) = memory.and_then(memory_below) {
                return Ok(Woken::Memory(used));
            }
            if !ended && !talk && self.oom.1.elapsed() >= LOOK_EVERY {
                self.oom = (system_oom_kills(), Instant::now());
                // What the command left behind came to us, and may have ended.
                if let Some(exit) = meter.reap(Some(process.pid)).main {
                    return Ok(Woken::Exit(exit));
                }
            }
        }
    }

    /// Waits for the socket or for the end of a process; says which of them showed.
    fn wait(&self, process: Option<&OwnedFd>, timeout: Option<Duration>) -> io::Result<(bool, bool)> {
        let timeout =
            timeout.map(|time| Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() });
        // Without a process there is nothing but the socket to ask about.
        let process = process.map_or(self.socket.as_fd(), AsFd::as_fd);
        let asked = |fd| PollFd::from_borrowed_fd(fd, PollFlags::IN);
        let mut fds = [asked(self.socket.as_fd()), asked(process)];
        match poll(&mut fds, timeout.as_ref()) {
            Err(rustix::io::Errno::INTR) => return Ok((false, false)),
            other => other?,
        };
        let [talk, ended] = fds.map(|fd| !fd.revents().is_empty());
        Ok((talk, ended))
    }

    /// Reads what the owner says; whether it asks to stop the script `running`.
    fn listen(&mut self, running: Option<u64>) -> Result<bool, OwnerGone> {
        let mut buffer = [0u8; 16384];
        let count = rustix::io::retry_on_intr(|| match (&self.socket).read(&mut buffer) {
            Ok(count) => Ok(count),
            Err(why) => Err(rustix::io::Errno::from_io_error(&why).unwrap_or(rustix::io::Errno::IO)),
        })
        .map_err(|_| OwnerGone)?;
        if count == 0 {
            return Err(OwnerGone);
        }
        self.frames.push(buffer.get(..count).unwrap_or_default());
        let mut kill = false;
        while let Some(request) = self.frames.next().map_err(|_| OwnerGone)? {
            match request {
                Request::Run(script) => self.waiting.push_back(script),
                Request::Kill { id } => {
                    kill |= running == Some(id);
                    self.killed = Some(id);
                }
            }
        }
        Ok(kill)
    }

    /// Whether the system has killed a process for want of memory since we looked last.
    fn system_killed(&mut self) -> bool {
        let now = system_oom_kills();
        let before = std::mem::replace(&mut self.oom, (now, Instant::now())).0;
        matches!((before, now), (Some(before), Some(now)) if now > before)
    }
}
