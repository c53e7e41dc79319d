//! One new process, with as little as the system lets one do: `clone` as `vfork` does it, then `exec`.
//!
//! The standard library's way resets every signal one by one in the new process, 120 system calls of the 130 that it
//! makes, and copies the page tables where limits are to be set. A spawner needs neither: its handlers do nothing, and
//! the system takes them away at `exec`.

use rustix::process::{Pid, Resource, Rlimit, WaitOptions, setrlimit, waitpid};
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr;

/// What the new process needs of stack: a handful of calls that keep little there, and the frame of a signal.
const STACK: usize = 64 * 1024;

thread_local! {
    /// The new process runs on it while this thread is suspended, so one is enough.
    static STACK_OF_CHILD: RefCell<Box<[MaybeUninit<u128>]>> =
        RefCell::new(Box::new_uninit_slice(STACK / size_of::<u128>()));
}

/// What the new process is to be.
pub(crate) struct Process<'a> {
    /// The program's path; nothing is searched.
    pub(crate) program: &'a CStr,
    pub(crate) argv: &'a [CString],
    /// `NAME=VALUE` each.
    pub(crate) environment: &'a [&'a CStr],
    pub(crate) directory: &'a CStr,
    /// In place of standard input, output and error; `None` inherits ours. None of them is a standard stream itself.
    pub(crate) streams: [Option<RawFd>; 3],
    /// Limits that the process sets for itself.
    pub(crate) limits: &'a [(Resource, Rlimit)],
}

/// What could not be done in the new process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Clone,
    Limit,
    Directory,
    Exec,
}

/// A process that runs: its number, and a descriptor that becomes readable when it ends.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) pid: Pid,
    pub(crate) handle: OwnedFd,
}

/// What both processes see, while one waits for the other.
struct Shared {
    program: *const c_char,
    argv: *const *const c_char,
    environment: *const *const c_char,
    directory: *const c_char,
    streams: [Option<RawFd>; 3],
    limits: *const [(Resource, Rlimit)],
    failed: Option<(Step, c_int)>,
}

impl Process<'_> {
    /// Starts the process, as the leader of a process group of its own. Returns when its program runs, or cannot.
    pub(crate) fn spawn(&self) -> Result<Running, (Step, io::Error)> {
        let argv = pointers(self.argv.iter().map(CString::as_c_str));
        let environment = pointers(self.environment.iter().copied());
        let mut shared = Shared {
            program: self.program.as_ptr(),
            argv: argv.as_ptr(),
            environment: environment.as_ptr(),
            directory: self.directory.as_ptr(),
            streams: self.streams,
            limits: self.limits,
            failed: None,
        };
        let mut handle: RawFd = -1;
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;
        let pid = STACK_OF_CHILD.with_borrow_mut(|stack| {
            let top = stack.as_mut_ptr_range().end;
            let shared: *mut Shared = &raw mut shared;
            #[expect(unsafe_code, reason = "no safe wrapper of clone exists")]
            // SAFETY: `begin` runs on `stack`, which nothing else uses, is aligned as the system asks and outlives it:
            // with CLONE_VFORK this thread goes on only when the child has left the shared memory by `exec` or `_exit`.
            // For the same reason all that `shared` points to lives long enough, and nobody else reads or writes it
            // meanwhile. The child shares this thread's `errno`, which nobody relies on across the call, and makes system
            // calls only. `handle` takes the one descriptor that CLONE_PIDFD writes.
            unsafe {
                libc::clone(begin, top.cast(), flags, shared.cast::<c_void>(), &raw mut handle)
            }
        });
        let Some(pid) = (pid > 0).then(|| Pid::from_raw(pid)).flatten() else {
            return Err((Step::Clone, io::Error::last_os_error()));
        };
        #[expect(unsafe_code, reason = "a descriptor that the system has just made gets its owner")]
        // SAFETY: the call succeeded, so it has put a new descriptor there that nothing else owns.
        let handle = unsafe { OwnedFd::from_raw_fd(handle) };
        #[expect(unsafe_code, reason = "the child wrote there, which the compiler cannot see")]
        // SAFETY: a live value of this very function.
        match unsafe { ptr::read_volatile(&raw const shared.failed) } {
            None => Ok(Running { pid, handle }),
            Some((step, errno)) => {
                let _ = waitpid(Some(pid), WaitOptions::empty());
                Err((step, io::Error::from_raw_os_error(errno)))
            }
        }
    }
}

fn pointers<'a>(strings: impl Iterator<Item = &'a CStr>) -> Vec<*const c_char> {
    strings.map(CStr::as_ptr).chain([ptr::null()]).collect()
}

/// The new process from its first instruction. Never returns: an error is left behind for the one that waits.
extern "C" fn begin(shared: *mut c_void) -> c_int {
    let shared = shared.cast::<Shared>();
    #[expect(unsafe_code, reason = "this is the other side of `clone`")]
    // SAFETY: see `spawn`: `shared` and all it points to are alive, and ours alone while we run. Only system calls are made,
    // through wrappers that take no lock and allocate nothing, so it does not matter what the other threads, if there
    // were any, were doing. `_exit` runs no handlers of the program that is shared.
    unsafe {
        let failed = |step, errno| -> ! {
            (&raw mut (*shared).failed).write_volatile(Some((step, errno)));
            libc::_exit(127)
        };
        let errno = || *libc::__errno_location();
        libc::setpgid(0, 0);
        for (resource, limit) in &*(*shared).limits {
            if let Err(errno) = setrlimit(*resource, *limit) {
                failed(Step::Limit, errno.raw_os_error());
            }
        }
        for (target, stream) in (*shared).streams.iter().enumerate() {
            if let Some(stream) = stream {
                libc::dup2(*stream, target as c_int);
            }
        }
        if libc::chdir((*shared).directory) != 0 {
            failed(Step::Directory, errno());
        }
        libc::execve((*shared).program, (*shared).argv, (*shared).environment);
        failed(Step::Exec, errno())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn c(text: &str) -> CString {
        CString::new(text).unwrap()
    }

    fn start(program: &str, argv: &[&str], directory: &str) -> Result<Running, (Step, io::Error)> {
        let (program, directory) = (c(program), c(directory));
        let argv: Vec<CString> = argv.iter().map(|word| c(word)).collect();
        let own = c("ONLY=this");
        let process = Process {
            program: &program,
            argv: &argv,
            environment: &[&own],
            directory: &directory,
            streams: [None; 3],
            limits: &[(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })],
        };
        process.spawn()
    }

    fn code(child: &Running) -> Option<i32> {
        let ended = rustix::event::PollFd::new(&child.handle, rustix::event::PollFlags::IN);
        rustix::event::poll(&mut [ended], None).unwrap();
        waitpid(Some(child.pid), WaitOptions::NOHANG).unwrap().and_then(|(_, status)| status.exit_status())
    }

    #[test]
    fn a_process_has_what_it_was_given() {
        let script = "[ \"$ONLY\" = this ] && [ $(pwd) = / ] && [ $(ulimit -c) = 0 ] && exit 7";
        let child = start("/bin/sh", &["sh", "-c", script], "/").unwrap();
        assert_eq!(rustix::process::getpgid(Some(child.pid)).ok(), Some(child.pid));
        assert_eq!(code(&child), Some(7));
    }

    #[test]
    fn what_cannot_be_done_is_named_and_leaves_no_process() {
        let (step, why) = start("/bin/sh", &["sh"], "/nowhere").unwrap_err();
        assert_eq!((step, why.raw_os_error()), (Step::Directory, Some(libc::ENOENT)));
        let (step, why) = start("/etc/passwd", &["x"], "/").unwrap_err();
        assert_eq!((step, why.raw_os_error()), (Step::Exec, Some(libc::EACCES)));
        let children = "/proc/thread-self/children";
        assert_eq!(std::fs::read_to_string(children).unwrap_or_default().trim(), "");
    }

    #[test]
    fn many_in_a_row_use_one_stack() {
        for _ in 0..200 {
            let child = start("/bin/true", &["true"], "/").unwrap();
            assert_eq!(code(&child), Some(0));
        }
    }
}
