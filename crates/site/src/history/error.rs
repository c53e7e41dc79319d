//! Why the history cannot be opened, written or read, with what to do.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// An error of the history file.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Its bytes are not what was written, or it is no history.
    #[error(
        "{path} is damaged or no Pelago history: {why}; move it away: it is made again from what the journal still holds"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        why: String,
    },
    /// A later version of the program wrote it.
    #[error(
        "{path} has format {found}, and this program reads up to {known}; use the version that wrote it, or a later one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// It may not be written, or is not there.
    #[error("{path} cannot be opened or written: {why}; make its directory writable, or name another one with --dir")]
    Closed {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        why: String,
    },
    /// There is no room.
    #[error("the disk is full, {path} cannot grow; free some space and run the same command again, which continues")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Something else, as SQLite tells it.
    #[error("{path}: {source}; check the file system, then run the same command again")]
    Sql {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl HistoryError {
    /// The error that `source` is for the file `path`.
    pub(super) fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let why = source.to_string();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged { path, why },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Closed { path, why }
            }
            Some(ErrorCode::DiskFull) => Self::Full { path },
            _ => match source {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..) => Self::Damaged { path, why },
                source => Self::Sql { path, source },
            },
        }
    }
}
