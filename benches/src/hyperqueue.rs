//! HyperQueue, the fastest peer: its module from PyPI in an environment of its own, with a server and a worker in one process.
//!
//! The module cannot turn its journal on; what it saves by that is in its favour. The program `hq`, which can, is in no
//! registry.

use serde::Deserialize;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

const SCRIPT: &str = include_str!("peer.py");

/// An installed module.
#[derive(Debug)]
pub struct HyperQueue {
    python: PathBuf,
    script: PathBuf,
}

/// What a job of many tasks took.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Rate {
    /// Seconds from making the job until all has finished.
    pub seconds: f64,
    /// CPU seconds of server, worker, client and tasks together.
    pub cpu: f64,
}

/// What one task took.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Latency {
    /// Seconds from its submission to the end of its process.
    pub seconds: f64,
    /// Seconds until a client that asks hears that it has finished.
    pub heard: f64,
}

/// A server that runs one task after the other.
#[derive(Debug)]
pub struct Server {
    child: Child,
    say: Option<ChildStdin>,
    hear: BufReader<ChildStdout>,
    /// The release.
    pub version: String,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

impl HyperQueue {
    /// The module below `cache`, installed if it is not there.
    pub fn install(cache: &Path) -> io::Result<HyperQueue> {
        let environment = cache.join("hyperqueue");
        let python = environment.join("bin/python");
        let script = cache.join("peer.py");
        std::fs::create_dir_all(cache)?;
        std::fs::write(&script, SCRIPT)?;
        let there = Command::new(&python).args(["-c", "import hyperqueue"]).stderr(Stdio::null()).status();
        if !there.is_ok_and(|status| status.success()) {
            done(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
            done(Command::new(&python).args(["-m", "pip", "install", "-q", "hyperqueue"]))?;
        }
        Ok(HyperQueue { python, script })
    }

    /// Runs `count` no-op processes in a fresh server; their output goes to files of `dir`, or nowhere.
    pub fn rate(&self, count: u64, dir: &Path, files: bool) -> io::Result<Rate> {
        let mut command = self.command("rate", dir);
        command.arg(count.to_string()).arg(if files { "files" } else { "none" });
        let output = command.output()?;
        match serde_json::from_slice(&output.stdout) {
            Ok(rate) if output.status.success() => Ok(rate),
            _ => Err(io::Error::other(format!("HyperQueue: {}: {}", output.status, last(&output.stderr)))),
        }
    }

    /// A server for single tasks, which run `mark` to say that their process is at its end.
    pub fn server(&self, dir: &Path, mark: &Path) -> io::Result<Server> {
        let mut command = self.command("latency", dir);
        let mut child = command.arg(mark).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (Some(say), Some(hear)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let mut server = Server { child, say: Some(say), hear: BufReader::new(hear), version: String::new() };
        server.version = server.read::<Version>()?.version;
        Ok(server)
    }

    fn command(&self, kind: &str, dir: &Path) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(&self.script).arg(kind).arg(dir).stdin(Stdio::null());
        command
    }
}

impl Server {
    /// Runs one task, so long after the last one was heard of.
    pub fn one(&mut self, after: Duration) -> io::Result<Latency> {
        let mut say = self.say.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(say, "{}", after.as_secs_f64())?;
        self.read()
    }

    fn read<T: for<'a> Deserialize<'a>>(&mut self) -> io::Result<T> {
        let mut line = String::new();
        self.hear.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|why| io::Error::other(format!("HyperQueue says `{}`: {why}", line.trim())))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its input.
        self.say = None;
        let _ = self.child.wait();
    }
}

fn done(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("{command:?}: {}", last(&output.stderr)))),
    }
}

fn last(said: &[u8]) -> String {
    String::from_utf8_lossy(said).trim().lines().last().unwrap_or_default().to_string()
}
