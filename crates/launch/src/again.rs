//! A spawner that is started late, or in place of one that was killed: this program once more, executed as nothing but a
//! spawner.
//!
//! The first spawner is forked while there is one thread. Later that is not possible, because a fork of a program with
//! threads inherits locks that nobody opens again; executing a program is.

use crate::child;
use crate::spawner::LaunchError;
use rustix::process::Pid;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// The name under which the program executes itself as a spawner; nobody types it.
const NAME: &str = "pelago-spawner";

/// Whether this program would become a spawner if it executed itself.
static PREPARED: AtomicBool = AtomicBool::new(false);

/// To be called first thing in `main` by a program whose spawners are to be replaced when they are killed. Where the program
/// was executed to be one, it does not return.
pub fn become_spawner() {
    if std::env::args_os().next().is_some_and(|name| name == NAME) {
        // The owner's socket is standard input, the file to keep standard output.
        let streams = (rustix::stdio::stdin().try_clone_to_owned(), rustix::stdio::stdout().try_clone_to_owned());
        let (Ok(socket), Ok(keep)) = streams else { std::process::exit(70) };
        child::main(UnixStream::from(socket), Some(std::os::fd::AsFd::as_fd(&keep)));
    }
    PREPARED.store(true, Ordering::Relaxed);
}

/// Whether this program can execute itself as a spawner.
pub(crate) fn is_prepared() -> bool {
    PREPARED.load(Ordering::Relaxed)
}

/// Executes this program as a spawner.
pub(crate) fn start(socket: UnixStream, keep: Option<&OwnedFd>) -> Result<Pid, LaunchError> {
    if !is_prepared() {
        return Err(LaunchError::NotPrepared);
    }
    let keep = keep.map(OwnedFd::try_clone).transpose().map_err(LaunchError::System)?;
    // The link leads to the program that runs, also when its file was replaced meanwhile.
    let child = Command::new("/proc/self/exe")
        .arg0(NAME)
        .stdin(OwnedFd::from(socket))
        .stdout(keep.map_or_else(Stdio::null, Stdio::from))
        .stderr(Stdio::null())
        .spawn()
        .map_err(LaunchError::System)?;
    // Its end is awaited by number.
    let none = || LaunchError::System(io::Error::other("a process without a number"));
    Pid::from_raw(child.id().cast_signed()).ok_or_else(none)
}
