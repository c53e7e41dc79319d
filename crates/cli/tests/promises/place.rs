//! A place to run in: a temporary directory, the program, and what it left there.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A directory with files.
pub struct Place {
    dir: TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code, or minus the signal that ended it.
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let status = output.status;
        let code = status.code().unwrap_or_else(|| -status.signal().unwrap_or(0));
        Self { code, out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Demands an exit code.
    #[track_caller]
    pub fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Demands words on standard error.
    #[track_caller]
    pub fn saying(self, words: &str) -> Self {
        assert!(self.err.contains(words), "`{words}` is not in:\n{}", self.err);
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

impl Place {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        for (name, text) in files {
            place.write(name, text);
        }
        place
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.at(name)).unwrap();
    }

    /// Waits until somebody writes a line into a fifo.
    #[track_caller]
    pub fn heard(&self, name: &str) -> String {
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let mut pipe = fs::OpenOptions::new().read(true).custom_flags(flags).open(self.at(name)).unwrap();
        let mut text = String::new();
        // Without a writer there is nothing to read, and with one that has not written yet it would block.
        until(&format!("a line in {name}"), || {
            let _ = pipe.read_to_string(&mut text);
            text.ends_with('\n')
        });
        text
    }

    pub fn fifo(&self, name: &str) {
        assert!(Command::new("mkfifo").arg(self.at(name)).status().unwrap().success());
    }

    /// The program, to be run here; tasks find this directory in `$HERE`.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pelago"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command.env("NO_COLOR", "1").env("HERE", self.path());
        command
    }

    pub fn pelago(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.command(arguments).output().unwrap())
    }

    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Lines of a file that tasks append to, sorted; none if it is not there.
    pub fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.at(name)).unwrap_or_default();
        let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
        lines.sort();
        lines
    }

    /// The history, as any other tool would open it.
    pub fn history(&self) -> rusqlite::Connection {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        rusqlite::Connection::open_with_flags(self.at(".pelago/history.db"), flags).unwrap()
    }

    pub fn count(&self, sql: &str) -> i64 {
        self.history().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Files under a folder of the state directory.
    pub fn kept(&self, folder: &str) -> BTreeSet<PathBuf> {
        let mut open = vec![self.at(".pelago").join(folder)];
        let mut found = BTreeSet::new();
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => open.push(entry.path()),
                    Ok(_) => drop(found.insert(entry.path())),
                    Err(_) => {}
                }
            }
        }
        found
    }

    /// Processes that belong to tasks of this directory, by the mark that they inherit, and `pelago` itself, by its own.
    pub fn processes(&self) -> Vec<i32> {
        let id = fs::read_to_string(self.at(".pelago/id")).unwrap_or_default();
        let marks = [
            format!("PELAGO_OWNER={}", id.lines().next().unwrap_or_default()),
            format!("HERE={}", self.path().display()),
        ];
        let marked = |pid: &i32| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|v| marks.iter().any(|mark| mark.as_bytes() == v))
        };
        let entries = fs::read_dir("/proc").unwrap().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(marked).collect()
    }

    /// A copy of this directory, with the state that an owner has left or is at.
    pub fn copy(&self) -> Self {
        let place = Self::new(&[]);
        let from = format!("{}/.", self.path().display());
        assert!(Command::new("cp").args(["-a", &from]).arg(place.path()).status().unwrap().success());
        place
    }
}

/// Waits for something that another process does.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE, "it did not happen: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn signal(pid: i32, signal: rustix::process::Signal) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        // It may have ended by itself.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

#[track_caller]
pub fn finish(child: Child) -> Ended {
    Ended::of(&child.wait_with_output().unwrap())
}
