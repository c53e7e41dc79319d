//! Making a new database: built beside its place without a sync per step, synced once, and put into place whole.
//!
//! So a new store costs one sync instead of a dozen, and a file that is empty or half made was never ours.

use rusqlite::{Connection, OpenFlags};
use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Why a database could not be made.
#[derive(Debug)]
pub(crate) enum FreshError {
    /// As SQLite tells it.
    Sql(rusqlite::Error),
    /// As the system tells it.
    Io(io::Error),
}

impl FreshError {
    /// Whether the disk is full.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Sql(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Self::Io(error) => matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded),
        }
    }
}

impl std::fmt::Display for FreshError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sql(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

/// Makes the database `path` with the statements `sql`, unless there is something of that name already. `mode` is its
/// journal mode. The directory is synced with the first commit, because SQLite then makes another file in it. Gives whether
/// it was made here.
pub(crate) fn make(path: &Path, mode: &str, sql: &str) -> Result<bool, FreshError> {
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let beside = suffixed(path, ".new");
    // Left by a process that was killed here.
    for left in ["", "-wal", "-shm", "-journal"].map(|suffix| suffixed(&beside, suffix)) {
        match std::fs::remove_file(&left) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(FreshError::Io(error)),
            _ => {}
        }
    }
    build(&beside, mode, sql).map_err(FreshError::Sql)?;
    publish(&beside, path).map_err(FreshError::Io)
}

fn build(beside: &Path, mode: &str, sql: &str) -> rusqlite::Result<()> {
    // It was just removed if it was there; the directory belongs to this user.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(beside, flags)?;
    // Each of them writes when it comes, so the syncs are turned off first.
    connection.execute_batch(&format!(
        "PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; \
         PRAGMA auto_vacuum = INCREMENTAL; BEGIN IMMEDIATE; {sql} COMMIT; PRAGMA journal_mode = {mode};"
    ))?;
    connection.close().map_err(|(_, error)| error)
}

fn publish(beside: &Path, path: &Path) -> io::Result<bool> {
    File::open(beside)?.sync_all()?;
    match rustix::fs::renameat_with(CWD, beside, CWD, path, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        // Another process was quicker; its file is as good.
        Err(Errno::EXIST) => std::fs::remove_file(beside).map(|()| false),
        // The file system knows no such renaming; whoever owns the directory is alone here.
        Err(Errno::INVAL | Errno::NOSYS) => std::fs::rename(beside, path).map(|()| true),
        Err(error) => Err(error.into()),
    }
}

/// `path` with `suffix` after its last name.
pub(crate) fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_no_obstacle_and_what_is_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        std::fs::write(suffixed(&path, ".new"), "half").unwrap();
        std::fs::write(suffixed(&path, ".new-wal"), "half").unwrap();
        assert!(make(&path, "WAL", "CREATE TABLE t(x);").unwrap());
        let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["a.db"]);
        let before = std::fs::read(&path).unwrap();
        assert!(!make(&path, "WAL", "CREATE TABLE other(x);").unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), before);
        let mode: String =
            Connection::open(&path).unwrap().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }
}
