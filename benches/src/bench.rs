//! What all measurements share: the program, the peers, fresh directories, how often.

use crate::hyperqueue::HyperQueue;
use serde::de::DeserializeOwned;
use std::cell::{Cell, OnceCell};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How and where to measure.
#[derive(Debug)]
pub struct Bench {
    /// The release program.
    pub pelago: PathBuf,
    /// This program, for what it does in processes of its own.
    pub own: PathBuf,
    /// Where directories are made; removed at the end.
    pub scratch: PathBuf,
    /// Where peers are kept.
    pub cache: PathBuf,
    /// Pairs for the rows that are compared with another system.
    pub pairs: usize,
    /// A tenth of the work, to see that everything runs.
    pub quick: bool,
    /// The whole of the row that needs much disk.
    pub full: bool,
    made: Cell<u64>,
    hyperqueue: OnceCell<HyperQueue>,
}

impl Bench {
    /// Measures with the programs in `release`, below `target`.
    pub fn new(release: &Path, target: &Path) -> io::Result<Bench> {
        let scratch = target.join("bench").join(format!("scratch-{}", std::process::id()));
        fs::create_dir_all(&scratch)?;
        Ok(Bench {
            pelago: release.join("pelago"),
            own: std::env::current_exe()?,
            scratch,
            cache: target.join("bench/peers"),
            pairs: 15,
            quick: false,
            full: false,
            made: Cell::new(0),
            hyperqueue: OnceCell::new(),
        })
    }

    /// A directory that nobody has used.
    pub fn fresh(&self) -> io::Result<PathBuf> {
        let nth = self.made.get() + 1;
        self.made.set(nth);
        let dir = self.scratch.join(nth.to_string());
        fs::create_dir_all(&dir)?;
        Ok(dir)
    }

    /// The peer, installed when it is first asked for.
    pub fn hyperqueue(&self) -> io::Result<&HyperQueue> {
        if let Some(there) = self.hyperqueue.get() {
            return Ok(there);
        }
        let installed = HyperQueue::install(&self.cache)?;
        Ok(self.hyperqueue.get_or_init(|| installed))
    }

    /// The program in a directory, silent.
    pub fn pelago(&self, dir: &Path, arguments: &[&str]) -> Command {
        silent(Command::new(&self.pelago), dir, arguments)
    }

    /// The figures that a command of this program prints as one JSON document.
    pub fn figures<T: DeserializeOwned>(&self, dir: &Path, arguments: &[&str]) -> io::Result<T> {
        let output = self.own(dir, arguments).stdout(Stdio::piped()).stderr(Stdio::inherit()).output()?;
        serde_json::from_slice(&output.stdout)
            .map_err(|why| io::Error::other(format!("pelago-bench {}: {why}, {}", arguments.join(" "), output.status)))
    }

    /// This program in a directory.
    pub fn own(&self, dir: &Path, arguments: &[&str]) -> Command {
        silent(Command::new(&self.own), dir, arguments)
    }

    /// `count`, or a tenth of it when quick.
    pub fn scaled(&self, count: u64) -> u64 {
        if self.quick { count / 10 } else { count }
    }
}

fn silent(mut command: Command, dir: &Path, arguments: &[&str]) -> Command {
    command.args(arguments).current_dir(dir).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.scratch);
    }
}
