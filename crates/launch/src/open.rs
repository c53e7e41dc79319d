//! Files that take the output of commands.

use crate::script::{Input, Script, Sink};
use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat, openat2};
use rustix::io::Errno;
use rustix::stdio::{dup2_stderr, dup2_stdout};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

/// The log files of a lane, kept open from script to script; they are the spawner's own standard streams.
///
/// Commands get a file of the lane and never the pack that holds the logs of all: `echo x > /dev/stderr` opens it again
/// and empties it, which must not cost another task's log.
#[derive(Default)]
pub(crate) struct Logs {
    pub(crate) stdout: Option<Log>,
    pub(crate) stderr: Option<Log>,
}

/// One log file.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    /// It was empty when the last script had ended, and no process was left to write.
    empty: bool,
}

impl Logs {
    /// Opens what the script names, if it is not open, and empties it when a task begins.
    pub(crate) fn prepare(&mut self, script: &Script) -> io::Result<()> {
        if let Some(file) = prepare(&mut self.stdout, &script.stdout, script.begin)? {
            dup2_stdout(file)?;
        }
        if let Some(file) = prepare(&mut self.stderr, &script.stderr, script.begin)? {
            dup2_stderr(file)?;
        }
        Ok(())
    }
}

/// Prepares one log. Gives the file if it is a new one: as our own stream a command inherits it, which is cheaper than
/// being given it each time.
fn prepare<'a>(log: &'a mut Option<Log>, path: &Path, empty: bool) -> io::Result<Option<&'a File>> {
    match log {
        Some(log) if log.path == path => {
            if empty && !std::mem::take(&mut log.empty) {
                log.file.set_len(0)?;
            }
            Ok(None)
        }
        _ => {
            let file = File::options().append(true).create(true).open(path)?;
            if empty {
                file.set_len(0)?;
            }
            Ok(Some(&log.insert(Log { path: path.to_path_buf(), file, empty: false }).file))
        }
    }
}

impl Log {
    /// Its length, after a script; `quiet` if no process is left that could write to it.
    pub(crate) fn len(&mut self, quiet: bool) -> u64 {
        let length = self.file.metadata().map(|m| m.len());
        self.empty = quiet && matches!(length, Ok(0));
        length.unwrap_or_default()
    }
}

/// Opens a sink. All are opened for appending, so that two streams in one file do not overwrite each other.
pub(crate) fn open_sink(sink: &Sink) -> io::Result<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::CREATE | OFlags::APPEND | OFlags::NOCTTY;
    let mode = Mode::from_raw_mode(0o666);
    match sink {
        Sink::Null => Ok(open("/dev/null", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?),
        Sink::File(path) => Ok(open(path, flags | OFlags::TRUNC, mode)?),
        Sink::Beneath { directory, path, append } => {
            let top = open(directory, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
            let flags = if *append { flags } else { flags | OFlags::TRUNC };
            match openat2(&top, path, flags, mode, ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS) {
                Err(Errno::NOSYS | Errno::PERM) => open_by_steps(top, path, flags, mode),
                other => Ok(other?),
            }
        }
    }
}

/// Opens what a command reads.
pub(crate) fn open_input(input: &Input) -> io::Result<OwnedFd> {
    let top = open(&input.directory, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let (flags, mode) = (OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty());
    match openat2(&top, &input.path, flags, mode, ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS) {
        Err(Errno::NOSYS | Errno::PERM) => open_by_steps(top, &input.path, flags, mode),
        other => Ok(other?),
    }
}

/// For systems without `openat2`: every part of the path by itself, following no link at all.
fn open_by_steps(top: OwnedFd, path: &Path, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
    let mut directory = top;
    let mut parts = path.components().filter(|part| *part != Component::CurDir).peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else { return Err(Errno::XDEV.into()) };
        if parts.peek().is_none() {
            return Ok(openat(&directory, name, flags | OFlags::NOFOLLOW, mode)?);
        }
        let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        directory = openat(&directory, name, step, Mode::empty())?;
    }
    Err(Errno::ISDIR.into())
}
