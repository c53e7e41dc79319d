//! The signals of a spawner: it stays when asked to go, and learns of ended children through a descriptor.

use rustix::event::{EventfdFlags, eventfd};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// Where the handler of `SIGCHLD` writes.
static ENDED: AtomicI32 = AtomicI32::new(-1);

/// Signals with which somebody may ask a spawner to go. It goes when its owner goes, and not before: only then is
/// everything below it ended in order. They are few because each costs two system calls at every start of a command.
const STAY: [i32; 3] = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM];

/// Installs the handlers. The descriptor is readable after a child has ended.
///
/// Handlers and not a mask or `SIG_IGN`: a command inherits the latter two, but starts with the default in place of a
/// handler.
pub(crate) fn install() -> io::Result<OwnedFd> {
    let ended = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
    ENDED.store(ended.as_raw_fd(), Ordering::Relaxed);
    handle(libc::SIGCHLD, on_child)?;
    for signal in STAY {
        handle(signal, on_other)?;
    }
    // An owner may have been started with signals blocked.
    #[expect(unsafe_code, reason = "no safe wrapper of the signal mask exists")]
    // SAFETY: the set is plain data that `sigemptyset` initialises before it is read; this process has one thread.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
    Ok(ended)
}

fn handle(signal: i32, handler: extern "C" fn(i32)) -> io::Result<()> {
    #[expect(unsafe_code, reason = "no safe wrapper of sigaction exists")]
    // SAFETY: the action is plain data, all set: an empty mask, and a handler of the type that goes without SA_SIGINFO.
    // The handlers below call nothing but `write`, which a handler may call.
    let result = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_RESTART | if signal == libc::SIGCHLD { libc::SA_NOCLDSTOP } else { 0 };
        libc::sigaction(signal, &raw const action, std::ptr::null_mut())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

extern "C" fn on_child(_: i32) {
    let one = 1u64;
    #[expect(unsafe_code, reason = "a signal handler may use little but write")]
    // SAFETY: eight bytes are read from a live u64. A wrong descriptor or a full counter gives an error, and both leave
    // nothing to do. `errno` is put back, because the code that was interrupted may be about to read it.
    unsafe {
        let errno = *libc::__errno_location();
        libc::write(ENDED.load(Ordering::Relaxed), (&raw const one).cast(), 8);
        *libc::__errno_location() = errno;
    }
}

extern "C" fn on_other(_: i32) {}
