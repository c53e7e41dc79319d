//! Why a journal cannot be opened, read or kept: each error names the file, the position and what to do.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// An error of the journal file.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The state directory is not there.
    #[error("there is no state directory {dir}: {source}; `pelago run` makes one")]
    NoDirectory {
        /// The directory asked for.
        dir: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The journal is not there, and only a reader asked.
    #[error("{path} is not there: nothing was run in this directory; `pelago run` makes it")]
    NoJournal {
        /// The journal file.
        path: PathBuf,
    },
    /// It may not be written.
    #[error(
        "{path} cannot be written: {why}; make the directory writable, or name another one with --dir, \
         and run the same command again"
    )]
    ReadOnly {
        /// The journal file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file is something else.
    #[error("{path} is not a Pelago journal: {why}; move it away, or name another directory with --dir")]
    Foreign {
        /// The journal file.
        path: PathBuf,
        /// How that was seen.
        why: String,
    },
    /// A later version of the program wrote it.
    #[error(
        "{path} has format {found}, and this program reads up to {known}; use the version that wrote it, or a later one"
    )]
    Newer {
        /// The journal file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// What is in the file is not what was written. Nothing was changed.
    #[error("{path} is damaged at {place}: {why}; nothing was changed; run `pelago doctor` to see what can be saved")]
    Damaged {
        /// The journal file.
        path: PathBuf,
        /// Where, such as `position 17`.
        place: String,
        /// How that was seen.
        why: String,
    },
    /// Something else remembers more than the journal holds: the file was cut off, or an old copy was put back.
    #[error(
        "{path} ends at position {at}, but position {seen} was already acknowledged: the file was cut off or replaced by an \
         older copy; put the right one back, or run `pelago doctor` to see what can be saved"
    )]
    CutOff {
        /// The journal file.
        path: PathBuf,
        /// Its last position.
        at: u64,
        /// The last position known from elsewhere.
        seen: u64,
    },
    /// The groups asked for have been pruned.
    #[error("{path} holds groups after position {pruned} only; those from {from} are in its snapshot")]
    Pruned {
        /// The journal file.
        path: PathBuf,
        /// The first position asked for.
        from: u64,
        /// The last position that was pruned.
        pruned: u64,
    },
    /// Groups would be lost that no snapshot covers, or a snapshot is of a position that is not there.
    #[error(
        "{path}: a snapshot or a pruning at position {asked} was refused, {limit} is the last one possible; this is our bug"
    )]
    Beyond {
        /// The journal file.
        path: PathBuf,
        /// The position asked for.
        asked: u64,
        /// The last position for which it is possible.
        limit: u64,
    },
    /// Someone else is writing for too long.
    #[error(
        "{path} is in use by another program that does not let go of it; end that program and run the same command again"
    )]
    Busy {
        /// The journal file.
        path: PathBuf,
    },
    /// There is no room.
    #[error("the disk is full, {path} cannot grow; free some space and run the same command again, which continues")]
    Full {
        /// The journal file.
        path: PathBuf,
    },
    /// Something else, as SQLite tells it.
    #[error("{path}: {source}; check the file system, then run the same command again, which continues")]
    Sql {
        /// The journal file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl JournalError {
    /// The error that `source` is for the file `path`, met at `place`.
    pub(crate) fn of(path: &Path, place: &str, source: rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let why = source.to_string();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign { path, why },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, place: place.to_string(), why },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly { path, why }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            _ => match source {
                // A column of another type than the one that was written.
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..) => Self::Damaged { path, place: place.to_string(), why },
                source => Self::Sql { path, source },
            },
        }
    }
}
