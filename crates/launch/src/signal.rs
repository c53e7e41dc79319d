//! The signals of a spawner: it stays when asked to go.

use std::io;

/// Signals with which somebody may ask a spawner to go. It goes when its owner goes, and not before: only then is
/// everything below it ended in order. And the one that comes from writing to somebody who has gone.
const STAY: [i32; 4] = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM, libc::SIGPIPE];

/// Installs the handlers.
///
/// Handlers and not a mask or `SIG_IGN`: a command inherits the latter two, but starts with the default in place of a
/// handler. They do nothing, so it does not matter that a new process has them until its `exec`.
pub(crate) fn install() -> io::Result<()> {
    for signal in STAY {
        handle(signal)?;
    }
    // One that was started in the background of a shell ignores what comes from the keyboard, and commands would too.
    for signal in (1..32).filter(|signal| is_ignored(*signal)) {
        set(signal, libc::SIG_DFL)?;
    }
    // An owner may have been started with signals blocked.
    #[expect(unsafe_code, reason = "no safe wrapper of the signal mask exists")]
    // SAFETY: the set is plain data that `sigemptyset` initialises before it is read; this process has one thread.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
    Ok(())
}

fn handle(signal: i32) -> io::Result<()> {
    set(signal, nothing as *const () as usize)
}

fn set(signal: i32, action: libc::sighandler_t) -> io::Result<()> {
    #[expect(unsafe_code, reason = "no safe wrapper of sigaction exists")]
    // SAFETY: the action is plain data, all set: an empty mask, and the default or a handler of the type that goes without
    // SA_SIGINFO.
    let result = unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = action;
        new.sa_flags = libc::SA_RESTART;
        libc::sigaction(signal, &raw const new, std::ptr::null_mut())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn is_ignored(signal: i32) -> bool {
    #[expect(unsafe_code, reason = "no safe wrapper of sigaction exists")]
    // SAFETY: without a new action the call only writes the present one to live memory of its type.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut now) == 0 && now.sa_sigaction == libc::SIG_IGN
    }
}

extern "C" fn nothing(_: i32) {}
