//! Ownership of a state directory: one process at a time holds `lock` in it, and the file says who.
//!
//! The kernel's lock (`flock`) decides, the text only informs: what a dead owner wrote is no obstacle. The lock belongs
//! to the open file, so processes that inherit its descriptor by fork keep the directory owned until the last of them
//! has ended. On NFS the kernel turns it into a lock of the process, which is not inherited.

use crate::journal::filesystem;
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// The name of the lock file in a state directory.
pub const FILE: &str = "lock";

/// The most that is read of a lock file, which may hold anything.
const TEXT_MAX: u64 = 4096;

/// What the owner of a directory says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its machine.
    pub host: String,
    /// Its process.
    pub pid: u32,
    /// When it started, RFC 3339.
    pub since: String,
    /// The same in clock ticks since the machine started: with `pid` it names a process for good.
    pub ticks: u64,
    /// The program's version.
    pub version: String,
}

/// A held lock. Dropping it gives the directory up, unless a child that inherited it is still there.
#[derive(Debug)]
pub struct Lock {
    file: File,
    owner: Owner,
}

/// Why a directory cannot be owned.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process owns it.
    #[error("{}", held(.dir, .owner, *.shared))]
    Held {
        /// The state directory.
        dir: PathBuf,
        /// Who, as far as it is known: fields are empty or 0 while a new owner is still writing them.
        owner: Box<Owner>,
        /// The kind of file system if other machines may have it mounted too.
        shared: Option<&'static str>,
    },
    /// The lock file cannot be made or locked.
    #[error("{path} cannot be locked: {source}; make the directory writable, or name another one with --dir")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn held(dir: &Path, owner: &Owner, shared: Option<&str>) -> String {
    let dir = dir.display();
    let who = match owner.pid {
        0 => "another process".to_string(),
        pid => format!("process {pid} (since {}, pelago {})", owner.since, owner.version),
    };
    match shared {
        None => format!("{dir} is owned by {who}; wait for it to end, or stop it"),
        Some(kind) => {
            let host = if owner.host.is_empty() { "a machine not known yet" } else { &owner.host };
            format!(
                "{dir} is owned by {who} on {host}, which shares it over {kind}; wait for it to end, or stop it there"
            )
        }
    }
}

impl Lock {
    /// Takes the state directory `dir`, waiting for at most `wait` for its owner to give it up.
    pub fn take(dir: &Path, wait: Duration) -> Result<Self, LockError> {
        let path = dir.join(FILE);
        let at = |source: io::Error| LockError::Io { path: path.clone(), source };
        let file = open(&path).map_err(at)?;
        let file = match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => file,
            Err(Errno::WOULDBLOCK) => match wait_for(file, wait).map_err(at)? {
                Some(file) => file,
                None => {
                    let shared = filesystem::shared(dir).unwrap_or(None);
                    let owner = Box::new(Self::owner(dir).unwrap_or_default());
                    return Err(LockError::Held { dir: dir.to_path_buf(), owner, shared });
                }
            },
            Err(error) => return Err(at(error.into())),
        };
        // The file may have been removed or replaced while it was waited for: then this lock protects nothing.
        if !same(&file, &path) {
            drop(file);
            return Self::take(dir, wait);
        }
        let owner = Owner::this().map_err(at)?;
        let mut lock = Self { file, owner };
        lock.write().map_err(at)?;
        Ok(lock)
    }

    /// What is written in the lock file of `dir`: its owner, or the last one it had. Says nothing about whether that
    /// process is alive. `None` if there is nothing that can be read.
    pub fn owner(dir: &Path) -> Option<Owner> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = File::from(rustix::fs::open(dir.join(FILE), flags, Mode::empty()).ok()?);
        let mut text = String::new();
        file.take(TEXT_MAX).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// What this process wrote of itself.
    pub fn me(&self) -> &Owner {
        &self.owner
    }

    fn write(&mut self) -> io::Result<()> {
        let text = serde_json::to_string(&self.owner).map_err(io::Error::other)?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())?;
        self.file.write_all(b"\n")
    }
}

impl AsFd for Lock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl AsRawFd for Lock {
    /// For processes that are to keep the directory owned; it is closed on exec.
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

impl Owner {
    /// This process.
    fn this() -> io::Result<Self> {
        let odd = |what: &str| io::Error::other(format!("{what} cannot be understood"));
        let stat = std::fs::read_to_string("/proc/self/stat")?;
        // The second field is the program's name in brackets and may contain anything; the 22nd is the start time.
        let (_, fields) = stat.rsplit_once(')').ok_or_else(|| odd("/proc/self/stat"))?;
        let ticks: u64 = fields
            .split_whitespace()
            .nth(19)
            .and_then(|ticks| ticks.parse().ok())
            .ok_or_else(|| odd("/proc/self/stat"))?;
        let system = std::fs::read_to_string("/proc/stat")?;
        let boot: u64 = system
            .lines()
            .find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
            .ok_or_else(|| odd("/proc/stat"))?;
        let seconds = boot.saturating_add(ticks / rustix::param::clock_ticks_per_second().max(1));
        let since = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        Ok(Self {
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            pid: std::process::id(),
            since: since.map(|since| since.to_string()).unwrap_or_default(),
            ticks,
            version: env!("CARGO_PKG_VERSION").to_string(),
        })
    }
}

fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?.into())
}

/// Waits for the lock in a thread, because `flock` knows no time limit. When the time is up the thread stays behind;
/// a lock that it still gets finds no receiver and is given up at once.
fn wait_for(file: File, wait: Duration) -> io::Result<Option<File>> {
    if wait.is_zero() {
        return Ok(None);
    }
    let (got, answer) = mpsc::sync_channel(0);
    std::thread::Builder::new().name("lock".into()).spawn(move || {
        let done = loop {
            match rustix::fs::flock(&file, FlockOperation::LockExclusive) {
                Err(Errno::INTR) => {}
                done => break done,
            }
        };
        // An error of sending means that nobody waits any more.
        let _ = got.send(done.map(|()| file));
    })?;
    match answer.recv_timeout(wait) {
        Ok(done) => Ok(Some(done?)),
        Err(_) => Ok(None),
    }
}

/// Whether `path` still names this open file.
fn same(file: &File, path: &Path) -> bool {
    match (rustix::fs::fstat(file), rustix::fs::lstat(path)) {
        (Ok(open), Ok(named)) => (open.st_dev, open.st_ino) == (named.st_dev, named.st_ino),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    const DIR: &str = "PELAGO_TEST_LOCK";

    #[test]
    #[ignore = "is the child process of other tests"]
    fn holds_it_for_its_parent() {
        let Some(dir) = std::env::var_os(DIR) else { return };
        let _lock = Lock::take(dir.as_ref(), Duration::ZERO).unwrap();
        println!("taken");
        // Until the parent ends it, or its end of the pipe.
        let _ = io::stdin().read_line(&mut String::new());
    }

    fn holder(dir: &Path) -> std::process::Child {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "lock::tests::holds_it_for_its_parent", "--ignored", "--nocapture"])
            .env(DIR, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.contains("taken")));
        child
    }

    #[test]
    fn a_living_owner_is_named_and_a_killed_one_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = holder(dir.path());
        match Lock::take(dir.path(), Duration::ZERO) {
            Err(LockError::Held { owner, shared: None, .. }) => {
                assert_eq!((owner.pid, owner.ticks > 0), (child.id(), true));
                assert!(owner.since.parse::<jiff::Timestamp>().is_ok(), "{}", owner.since);
            }
            other => panic!("{other:?}"),
        }
        let error = Lock::take(dir.path(), Duration::from_millis(20)).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", child.id())), "{error}");
        child.kill().unwrap();
        child.wait().unwrap();
        // The text of the dead one is still there.
        assert_eq!(Lock::owner(dir.path()).unwrap().pid, child.id());
        let lock = Lock::take(dir.path(), Duration::from_secs(30)).unwrap();
        assert_eq!(lock.me().pid, std::process::id());
        assert_eq!(Lock::owner(dir.path()).as_ref(), Some(lock.me()));
    }

    #[test]
    fn one_who_waits_gets_it_when_the_owner_ends() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = holder(dir.path());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| Lock::take(dir.path(), Duration::from_secs(60)).map(|lock| lock.me().pid));
            drop(child.stdin.take());
            assert_eq!(waiting.join().unwrap().unwrap(), std::process::id());
        });
        child.wait().unwrap();
    }

    #[test]
    fn a_descriptor_that_lives_on_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::take(dir.path(), Duration::ZERO).unwrap();
        let inherited = lock.as_fd().try_clone_to_owned().unwrap();
        drop(lock);
        assert!(matches!(Lock::take(dir.path(), Duration::ZERO), Err(LockError::Held { .. })));
        drop(inherited);
        assert!(Lock::take(dir.path(), Duration::ZERO).is_ok());
    }

    #[test]
    fn foreign_text_and_links_do_no_harm() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "x".repeat(100_000)).unwrap();
        assert_eq!(Lock::owner(dir.path()), None);
        drop(Lock::take(dir.path(), Duration::ZERO).unwrap());
        assert_eq!(Lock::owner(dir.path()).unwrap().pid, std::process::id());
        let other = tempfile::tempdir().unwrap();
        let victim = other.path().join("victim");
        std::fs::write(&victim, "mine").unwrap();
        std::os::unix::fs::symlink(&victim, other.path().join(FILE)).unwrap();
        assert!(matches!(Lock::take(other.path(), Duration::ZERO), Err(LockError::Io { .. })));
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "mine");
    }

    #[test]
    fn a_shared_file_system_names_the_host() {
        let owner = Owner { host: "node7".into(), pid: 12, since: "then".into(), ..Owner::default() };
        let text = LockError::Held { dir: "d".into(), owner: Box::new(owner), shared: Some("NFS") }.to_string();
        assert!(text.contains("on node7") && text.contains("NFS"), "{text}");
    }
}
