//! Which state directory a command means, and how it asks there.

use clap::Args;
use pelago_client::directory;
use pelago_site::door::{self, Door};
use pelago_wire::message::Refusal;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The option of every command that asks a site.
#[derive(Args, Clone, Debug, Default)]
pub struct DirArg {
    /// Where the state is kept: the directory that holds .pelago, or .pelago itself [default: for `run`, beside the plan;
    /// else the nearest one, upwards from here]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

impl DirArg {
    /// The state directory of a run whose experiment directory is `root`. It need not exist.
    pub fn place(&self, root: &Path) -> PathBuf {
        directory::place(self.dir.as_deref(), root)
    }

    /// The state directory that is there; an error if there is none.
    pub fn find(&self) -> Result<PathBuf, Refusal> {
        let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        directory::find(self.dir.as_deref(), &here).map_err(|error| {
            let (what, hint) = split(&error.to_string());
            Refusal { what, hint, code: error.code() }
        })
    }

    /// A site to ask: the owner of the directory, or its records when nothing runs.
    pub fn look(&self) -> Result<Door, Refusal> {
        door::look(&self.find()?)
    }
}

/// Whether a process owns the state directory.
pub fn is_owned(state: &Path) -> io::Result<bool> {
    // A shared lock, held for no longer than this call, is granted only while there is no owner.
    match flock(open_lock(state)?, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(false),
        Err(Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Returns when the owner of the state directory, and every process it has started, has ended.
pub fn wait_for_owner(state: &Path) -> io::Result<()> {
    let lock = open_lock(state)?;
    loop {
        match flock(&lock, FlockOperation::LockShared) {
            Err(Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

fn open_lock(state: &Path) -> io::Result<File> {
    File::open(state.join(pelago_site::lock::FILE))
}

/// Messages of the client say what to do after a semicolon.
fn split(text: &str) -> (String, Option<String>) {
    match text.split_once("; ") {
        Some((what, hint)) => (what.to_string(), Some(hint.to_string())),
        None => (text.to_string(), None),
    }
}
