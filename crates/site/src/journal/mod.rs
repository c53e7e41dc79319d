//! The journal of a site in SQLite: one row per group of records, one synced transaction per append.
//!
//! The file is `journal.db` in the state directory. A row holds a position, the writer's epoch, the wall time as a
//! label, a check and the group's bytes, which are not looked into here. Beside it lies `reserve`, space to record
//! outcomes and deletions in when the disk is full.

mod entry;
mod error;
pub mod filesystem;
pub(crate) mod fresh;
mod reserve;
mod snapshot;

pub use entry::{Entries, Entry};
pub use error::JournalError;
pub use snapshot::Snapshot;

use pelago_driver::store::{AppendError, Store};
use reserve::Reserve;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// The name of the journal's file in a state directory.
pub const FILE: &str = "journal.db";

/// The largest group: a bound for memory, far above what a driver gathers.
const GROUP_MAX: usize = 256 << 20;

/// `PRAGMA application_id` of a journal: "Pelj".
const APPLICATION: i64 = 0x5065_6C6A;

/// `PRAGMA user_version`: the format of the tables.
const FORMAT: i64 = 1;

/// How long another writer of the same file (a snapshot, a reader that checkpoints) is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often, in wall milliseconds, the reserve is tried to be filled again while the disk is short.
const REFILL_MS: u64 = 2_000;

const TABLES: &str = "
    CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE journal(
        position INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, at_ms INTEGER NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE TABLE snapshot(
        position INTEGER NOT NULL, part INTEGER NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(position, part));
    INSERT INTO meta VALUES ('epoch', 1), ('pruned', 0);
";

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    path: PathBuf,
    /// It was made by this handle, in its first epoch.
    made: bool,
    reserve: Reserve,
    /// Whether the reserve has been touched, for others to see.
    scarce: Arc<AtomicBool>,
    /// Wall time of the last try to fill the reserve again.
    refilled_ms: u64,
    /// Set when the outcome of an append is unknown: this handle's view of the file can no longer be trusted.
    broken: Option<String>,
}

impl Journal {
    /// Opens the journal of the state directory `dir` for writing, and makes it if it is not there.
    ///
    /// The last group is checked; the others are when they are read.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        let dir = existing(dir)?;
        let path = dir.join(FILE);
        // On a file system of several machines the write-ahead log's shared index would not be shared.
        let shared = filesystem::shared(&dir)
            .map_err(|source| JournalError::NoDirectory { dir: dir.clone(), source })?
            .is_some();
        let mode = if shared { "TRUNCATE" } else { "WAL" };
        let tables = format!("{TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT};");
        let made = fresh::make(&path, mode, &tables).map_err(|error| match error.is_full() {
            true => JournalError::Full { path: path.clone() },
            false => JournalError::ReadOnly { path: path.clone(), why: error.to_string() },
        })?;
        let at = |error| JournalError::of(&path, "its header", error);
        let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(at)?;
        inspect(&connection, &path)?;
        connection
            .execute_batch(&format!(
                "PRAGMA journal_mode = {mode}; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;"
            ))
            .map_err(at)?;
        Self::with(connection, path, made, &dir)
    }

    /// Opens an existing journal for reading only, also in a directory that may not be written.
    pub fn look(dir: &Path) -> Result<Self, JournalError> {
        let dir = existing(dir)?;
        let path = dir.join(FILE);
        if !path.exists() {
            return Err(JournalError::NoJournal { path });
        }
        let at = |error| JournalError::of(&path, "its header", error);
        let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(at)?;
        let connection = match inspect(&connection, &path) {
            // The index of a write-ahead log cannot be made here; without a log the file alone is the journal.
            Err(JournalError::ReadOnly { .. }) if !has_log(&path) => {
                let connection = connect_immutable(&path).map_err(at)?;
                inspect(&connection, &path)?;
                connection
            }
            Err(error) => return Err(error),
            Ok(()) => connection,
        };
        Self::with(connection, path, false, &dir)
    }

    fn with(connection: Connection, path: PathBuf, made: bool, dir: &Path) -> Result<Self, JournalError> {
        let reserve = Reserve::find(dir);
        let scarce = Arc::new(AtomicBool::new(false));
        let journal = Self { connection, path, made, reserve, scarce, refilled_ms: 0, broken: None };
        let last = journal.last()?;
        if last > journal.pruned()? {
            journal.read(last)?.next().transpose()?;
        }
        Ok(journal)
    }

    /// Takes the journal over: increments its epoch and returns it. Owners of older epochs are fenced from here on.
    /// Also fills the reserve, as far as there is room. A journal that this handle has just made is its own in the first epoch.
    pub fn claim(&mut self) -> Result<u64, JournalError> {
        let epoch = match std::mem::take(&mut self.made) {
            true => 1,
            false => self.change("its epoch", |transaction| {
                let sql = "UPDATE meta SET value = value + 1 WHERE key = 'epoch' RETURNING value";
                transaction.query_row(sql, [], |row| row.get(0))
            })?,
        };
        // Other errors mean that this file system cannot allocate ahead, which says nothing about its room.
        let short = self.reserve.fill().is_err_and(|error| {
            matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
        });
        self.scarce.store(short, Ordering::Relaxed);
        Ok(epoch)
    }

    /// The epoch that the journal is in.
    pub fn epoch(&self) -> Result<u64, JournalError> {
        self.meta("epoch")
    }

    /// The position of the last group; 0 if there never was one.
    pub fn last(&self) -> Result<u64, JournalError> {
        last(&self.connection).map_err(|error| JournalError::of(&self.path, "its last group", error))
    }

    /// The last position that was pruned; 0 if none was.
    pub fn pruned(&self) -> Result<u64, JournalError> {
        self.meta("pruned")
    }

    /// Checks that the journal reaches `position`, which something else (a projection, an agent) knows to have been
    /// acknowledged. So a file that was cut off, emptied or replaced by an older copy is seen before anything is done.
    pub fn demand(&self, position: u64) -> Result<(), JournalError> {
        let at = self.last()?;
        match at >= position {
            true => Ok(()),
            false => Err(JournalError::CutOff { path: self.path.clone(), at, seen: position }),
        }
    }

    /// The groups from position `from` (at least 1) to the last one there is now.
    pub fn read(&self, from: u64) -> Result<Entries<'_>, JournalError> {
        let pruned = self.pruned()?;
        if from <= pruned && pruned > 0 {
            return Err(JournalError::Pruned { path: self.path.clone(), from, pruned });
        }
        Ok(Entries::new(&self.connection, &self.path, from, self.last()?))
    }

    /// Bytes that the journal takes on disk, its log included and the reserve not.
    pub fn bytes(&self) -> u64 {
        let log = fresh::suffixed(&self.path, "-wal");
        [&self.path, &log].iter().filter_map(|path| std::fs::metadata(path).ok()).map(|data| data.len()).sum()
    }

    /// True while the disk is so full that the reserve had to be touched: nothing new should be admitted then.
    pub fn scarce(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.scarce)
    }

    /// Bytes that the reserve holds now.
    pub fn reserve(&self) -> u64 {
        self.reserve.held()
    }

    /// Compares every page, row and check of the file with what was written. Reads all of it: for `doctor`.
    pub fn examine(&self) -> Result<(), JournalError> {
        let at = |error| JournalError::of(&self.path, "its pages", error);
        let verdict: String =
            self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(at)?;
        if verdict != "ok" {
            return Err(self.damaged("its pages", &verdict));
        }
        self.newest_snapshot()?;
        self.read(self.pruned()? + 1)?.try_for_each(|entry| entry.map(drop))
    }

    fn meta(&self, key: &str) -> Result<u64, JournalError> {
        meta(&self.connection, key).map_err(|error| JournalError::of(&self.path, "its header", error))
    }

    fn damaged(&self, place: &str, why: &str) -> JournalError {
        JournalError::Damaged { path: self.path.clone(), place: place.to_string(), why: why.to_string() }
    }

    fn write(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate)
    }

    /// Makes a change in one transaction; on a full disk with the help of the reserve. `place` is for error messages.
    fn change<T>(
        &mut self,
        place: &str,
        act: impl Fn(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        loop {
            let done = self.write().and_then(|transaction| {
                let value = act(&transaction)?;
                transaction.commit()?;
                Ok(value)
            });
            match done {
                Err(error) if is_full(&error) && self.lend() => {}
                done => return done.map_err(|error| JournalError::of(&self.path, place, error)),
            }
        }
    }

    /// Notes that the disk is full and gives a part of the reserve to it; false when nothing is left.
    fn lend(&mut self) -> bool {
        self.scarce.store(true, Ordering::Relaxed);
        self.refilled_ms = wall_ms();
        self.reserve.give()
    }

    /// One try to append.
    fn try_append(&mut self, epoch: u64, expected: u64, group: &[u8]) -> Try {
        let transaction = match self.write() {
            Ok(transaction) => transaction,
            Err(error) => return Try::Before(error),
        };
        match place(&transaction, epoch, expected, group) {
            Err(error) => return Try::Before(error),
            Ok(Err(refused)) => return Try::Refused(refused),
            Ok(Ok(())) => {}
        }
        match transaction.commit() {
            Ok(()) => Try::Done,
            Err(error) => Try::Commit(error),
        }
    }

    /// While the disk is short: tries now and then whether there is room for the reserve again.
    fn refill(&mut self) {
        let now = wall_ms();
        if self.scarce.load(Ordering::Relaxed) && now.abs_diff(self.refilled_ms) >= REFILL_MS {
            self.refilled_ms = now;
            if self.reserve.fill().is_ok() {
                self.scarce.store(false, Ordering::Relaxed);
            }
        }
    }

    fn said(&self, error: rusqlite::Error) -> String {
        JournalError::of(&self.path, "its end", error).to_string()
    }
}

/// How one try to append went.
enum Try {
    Done,
    /// The journal does not take this group.
    Refused(AppendError),
    /// It failed while the group could not have been written whole.
    Before(rusqlite::Error),
    /// It failed while it was being written.
    Commit(rusqlite::Error),
}

impl Store for Journal {
    fn append(&mut self, epoch: u64, expected: u64, group: &[u8]) -> Result<u64, AppendError> {
        if let Some(why) = &self.broken {
            return Err(AppendError::Failed(why.clone()));
        }
        if group.len() > GROUP_MAX {
            let path = self.path.display();
            return Err(AppendError::Failed(format!(
                "{path}: a group of {} bytes is above the {GROUP_MAX} that fit; this is our bug",
                group.len()
            )));
        }
        self.refill();
        loop {
            let error = match self.try_append(epoch, expected, group) {
                Try::Done => return Ok(expected.saturating_add(1)),
                Try::Refused(refused) if refused == (AppendError::Mismatch { at: expected.saturating_add(1) }) => {
                    return self.repeated(epoch, expected.saturating_add(1), group);
                }
                Try::Refused(refused) => return Err(refused),
                // SQLite takes a transaction back whole when the disk is full.
                Try::Before(error) | Try::Commit(error) if is_full(&error) => {
                    if self.lend() {
                        continue;
                    }
                    return Err(AppendError::Full(self.said(error)));
                }
                Try::Before(error) => return Err(AppendError::Failed(self.said(error))),
                Try::Commit(error) => error,
            };
            // After a failed sync the system may call pages clean that never reached the disk, so that a later sync
            // would lie. Only a new start, which reads the tail, may go on.
            let why = self.said(error);
            self.broken = Some(why.clone());
            return Err(AppendError::Failed(why));
        }
    }
}

impl Journal {
    /// The answer to a group whose place is taken: if it is the same group, the caller missed the first answer.
    fn repeated(&mut self, epoch: u64, position: u64, group: &[u8]) -> Result<u64, AppendError> {
        let last = self.read(position).and_then(|mut entries| entries.next().transpose());
        match last {
            Ok(Some(entry)) if entry.epoch == epoch && entry.body == group => Ok(position),
            Ok(_) => Err(AppendError::Mismatch { at: position }),
            Err(error) => Err(AppendError::Failed(error.to_string())),
        }
    }
}

/// Puts a group at the end, if it belongs there.
fn place(
    transaction: &Transaction<'_>,
    epoch: u64,
    expected: u64,
    group: &[u8],
) -> rusqlite::Result<Result<(), AppendError>> {
    let seen = meta(transaction, "epoch")?;
    if seen != epoch {
        return Ok(Err(AppendError::Fenced { seen }));
    }
    let at = last(transaction)?;
    if at != expected {
        return Ok(Err(AppendError::Mismatch { at }));
    }
    let (position, at_ms) = (expected + 1, wall_ms());
    transaction
        .prepare_cached("INSERT INTO journal(position, epoch, at_ms, crc, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![position, epoch, at_ms, entry::check(position, epoch, at_ms, group), group])?;
    Ok(Ok(()))
}

fn meta(connection: &Connection, key: &str) -> rusqlite::Result<u64> {
    connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row(params![key], |row| row.get(0))
}

fn last(connection: &Connection) -> rusqlite::Result<u64> {
    let newest: Option<u64> =
        connection.prepare_cached("SELECT max(position) FROM journal")?.query_row([], |row| row.get(0))?;
    match newest {
        Some(position) => Ok(position),
        None => meta(connection, "pruned"),
    }
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

fn existing(dir: &Path) -> Result<PathBuf, JournalError> {
    // SQLite is told to follow no link: those above the directory are the user's own and resolved here.
    dir.canonicalize().map_err(|source| JournalError::NoDirectory { dir: dir.to_path_buf(), source })
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    prepare(Connection::open_with_flags(path, flags)?)
}

fn connect_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    prepare(Connection::open_with_flags(immutable_uri(path), flags)?)
}

fn prepare(connection: Connection) -> rusqlite::Result<Connection> {
    connection.busy_timeout(PATIENCE)?;
    // The file may have been written by anyone: its schema gets no trust.
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    Ok(connection)
}

/// The `file:` URI of a database that is certain not to change.
pub(crate) fn immutable_uri(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut uri = "file:".to_string();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?immutable=1"
}

/// An error if the file is no journal, or a newer one.
fn inspect(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let at = |error| JournalError::of(path, "its header", error);
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(at);
    let path = path.to_path_buf();
    match (number("PRAGMA application_id")?, number("PRAGMA user_version")?) {
        (APPLICATION, ..=FORMAT) => Ok(()),
        (APPLICATION, found) => Err(JournalError::Newer { path, found, known: FORMAT }),
        // A journal comes into its place whole: an empty file is one that lost its content.
        (0, 0) if number("SELECT count(*) FROM sqlite_schema")? == 0 => {
            let why = "the file is empty; if nothing was run here yet, delete it".to_string();
            Err(JournalError::Damaged { path, place: "its header".to_string(), why })
        }
        _ => Err(JournalError::Foreign { path, why: "it is a database of another program".to_string() }),
    }
}

pub(crate) fn has_log(path: &Path) -> bool {
    std::fs::metadata(fresh::suffixed(path, "-wal")).is_ok_and(|data| data.len() > 0)
}

fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
