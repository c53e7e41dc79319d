//! The owner's side of a spawner: forking it, giving it work, stopping it.

use crate::script::{Ended, Script};
use crate::wire::{Frames, Request, frame};
use crate::{again, child};
use rustix::process::{Pid, WaitOptions, waitpid};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a thread that was joined may be seen; any other one stays longer.
const LEAVING: Duration = Duration::from_millis(500);

/// Why a spawner could not be made, or answers no more.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// A fork of a process with several threads would leave the child with locks that nobody opens again.
    #[error("spawners must be forked before the first thread is started, and there are {0} threads already")]
    Threads(usize),
    /// Only a program that calls [`crate::become_spawner`] first can start one while it runs.
    #[error("this program cannot start a spawner in place of one that is gone")]
    NotPrepared,
    /// The system refused.
    #[error("cannot make a spawner process: {0}")]
    System(#[source] io::Error),
    /// Its process is gone.
    #[error("spawner process {pid} is gone; what it ran may be left over until the next start: {source}")]
    Gone {
        /// Which.
        pid: u32,
        /// What ended it, if it was a signal.
        signal: Option<i32>,
        /// How this was seen.
        source: io::Error,
    },
}

/// A small process that runs the commands of one task at a time. Dropping it ends everything that it runs, and waits.
#[derive(Debug)]
pub struct Spawner {
    /// The last process; none before the first.
    pid: Option<Pid>,
    /// Whether its end was seen: then its number may belong to another process.
    ended: bool,
    /// What every spawner of this owner keeps open.
    keep: Option<OwnedFd>,
    reader: UnixStream,
    frames: FramesBox,
    killer: Killer,
}

/// Stops what a spawner runs, from any thread.
#[derive(Clone, Debug)]
pub struct Killer(Arc<Mutex<UnixStream>>);

#[derive(Default)]
struct FramesBox(Frames);

impl std::fmt::Debug for FramesBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Frames")
    }
}

impl Spawner {
    /// Forks `count` spawners. To be called first thing in `main`: while there is one thread, and little memory to share.
    ///
    /// Each spawner leads a session of its own, so that Ctrl-C reaches only the owner. It closes every file it inherits
    /// except `keep`: the owner's `flock`ed lock file, which thus stays locked until the last spawner has ended all it ran.
    pub fn fork_all(count: usize, keep: Option<BorrowedFd<'_>>) -> Result<Vec<Spawner>, LaunchError> {
        let begin = Instant::now();
        loop {
            let threads = std::fs::read_dir("/proc/self/task").map_err(LaunchError::System)?.count();
            if threads == 1 {
                break;
            }
            // The kernel lists a thread for a moment after it was joined: that is no event that could be awaited.
            if begin.elapsed() > LEAVING {
                return Err(LaunchError::Threads(threads));
            }
            std::thread::yield_now();
        }
        (0..count).map(|_| Self::fork(keep)).collect()
    }

    /// The spawners of `count` slots. Where this program can execute itself as one, only the first is forked, as by
    /// [`Spawner::fork_all`]; the others have no process before [`Spawner::start_again`], because most slots of a large machine
    /// never have anything to do.
    pub fn for_slots(count: usize, keep: Option<BorrowedFd<'_>>) -> Result<Vec<Spawner>, LaunchError> {
        if !again::is_prepared() {
            return Self::fork_all(count, keep);
        }
        let mut spawners = Self::fork_all(count.min(1), keep)?;
        while spawners.len() < count {
            let (ours, _) = UnixStream::pair().map_err(LaunchError::System)?;
            spawners.push(Self::over(ours, keep, None)?);
        }
        Ok(spawners)
    }

    /// A spawner behind a socket; it has no process yet if there is no number.
    fn over(ours: UnixStream, keep: Option<BorrowedFd<'_>>, pid: Option<Pid>) -> Result<Spawner, LaunchError> {
        let writer = ours.try_clone().map_err(LaunchError::System)?;
        let keep = keep.map(|fd| fd.try_clone_to_owned()).transpose().map_err(LaunchError::System)?;
        let killer = Killer(Arc::new(Mutex::new(writer)));
        Ok(Spawner { pid, ended: pid.is_none(), keep, reader: ours, frames: FramesBox::default(), killer })
    }

    fn fork(keep: Option<BorrowedFd<'_>>) -> Result<Spawner, LaunchError> {
        let (ours, theirs) = UnixStream::pair().map_err(LaunchError::System)?;
        #[expect(unsafe_code, reason = "no safe wrapper of fork exists")]
        // SAFETY: `fork_all` has seen that this is the only thread, and nothing here starts another, so no lock is held by a
        // thread that the child lacks and the child may use all of the standard library. The child never returns from
        // `child::main`, so no destructor of this process runs twice.
        let pid = unsafe { libc::fork() };
        match pid {
            0 => child::main(theirs, keep),
            -1 => Err(LaunchError::System(io::Error::last_os_error())),
            pid => {
                let Some(pid) = Pid::from_raw(pid) else {
                    return Err(LaunchError::System(io::Error::other("fork gave a process id that is none")));
                };
                Self::over(ours, keep, Some(pid))
            }
        }
    }

    /// Starts a process, in place of this spawner's last one, which is ended if it is not gone. Killers stay good.
    ///
    /// What a program with threads cannot fork it can still execute: itself, as [`crate::become_spawner`] says.
    pub fn start_again(&mut self) -> Result<(), LaunchError> {
        self.end();
        let (ours, theirs) = UnixStream::pair().map_err(LaunchError::System)?;
        let writer = ours.try_clone().map_err(LaunchError::System)?;
        self.pid = Some(again::start(theirs, self.keep.as_ref())?);
        self.ended = false;
        self.reader = ours;
        self.frames = FramesBox::default();
        *self.killer.0.lock().unwrap_or_else(PoisonError::into_inner) = writer;
        Ok(())
    }

    /// Ends the process and waits until it is gone. What ended it, if that was a signal and is seen for the first time.
    fn end(&mut self) -> Option<i32> {
        // Killers may live on; shutting the socket down ends the spawner all the same.
        let _ = self.reader.shutdown(Shutdown::Both);
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        let pid = self.pid?;
        let ended = rustix::io::retry_on_intr(|| waitpid(Some(pid), WaitOptions::empty()));
        ended.ok().flatten().and_then(|(_, status)| status.terminating_signal())
    }

    /// The number of the spawner's last process; none before its first.
    pub fn pid(&self) -> Option<u32> {
        self.pid.map(|pid| pid.as_raw_nonzero().get().unsigned_abs())
    }

    /// A handle that can stop a running script from another thread.
    pub fn killer(&self) -> Killer {
        self.killer.clone()
    }

    /// Runs a script and waits for its end.
    pub fn run(&mut self, script: Script) -> Result<Ended, LaunchError> {
        let id = script.id;
        self.exchange(id, &Request::Run(script)).map_err(|source| {
            let signal = self.end();
            LaunchError::Gone { pid: self.pid().unwrap_or_default(), signal, source }
        })
    }

    fn exchange(&mut self, id: u64, request: &Request) -> io::Result<Ended> {
        self.killer.send(request)?;
        let mut buffer = [0; 4096];
        loop {
            while let Some(ended) = self.frames.0.next::<Ended>()? {
                if ended.id == id {
                    return Ok(ended);
                }
            }
            match self.reader.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.frames.0.push(buffer.get(..count).unwrap_or_default()),
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(why),
            }
        }
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        self.end();
    }
}

impl Killer {
    /// Stops the script with this id, if it is the one that runs. It then ends with [`crate::How::Killed`].
    /// A spawner that is gone has nothing to stop, so this cannot fail.
    pub fn kill(&self, id: u64) {
        let _ = self.send(&Request::Kill { id });
    }

    fn send(&self, request: &Request) -> io::Result<()> {
        let bytes = frame(request)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&bytes)
    }
}
