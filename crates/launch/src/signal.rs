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
    #[expect(unsafe_code, reason = "no safe wrapper of sigaction exists")]
    // SAFETY: the action is plain data, all set: an empty mask, and a handler of the type that goes without SA_SIGINFO.
    let result = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = nothing as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(signal, &raw const action, std::ptr::null_mut())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

extern "C" fn nothing(_: i32) {}
