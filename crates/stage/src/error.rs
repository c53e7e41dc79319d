//! Why something could not be done with a file.

use crate::path::PathRefused;
use std::io;
use std::path::{Path, PathBuf};

/// What went wrong, with which file.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A file is not there, or not what it should be.
    #[error("{path}: {why}", path = path.display())]
    Missing {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is no space left.
    #[error("the disk is full: {path}", path = path.display())]
    DiskFull {
        /// What was being written.
        path: PathBuf,
    },
    /// A path leads where it must not.
    #[error(transparent)]
    Refused(#[from] PathRefused),
    /// Neither a file nor a directory.
    #[error("{path} is {kind}; only files and directories can be kept", path = path.display())]
    Special {
        /// Which.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// The system refused something else.
    #[error("{doing} {path}: {source}", path = path.display())]
    System {
        /// What was tried: `cannot read`, `cannot rename`.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl StageError {
    /// The error for a failed system call. `ENOSPC` and `EDQUOT` become [`StageError::DiskFull`].
    pub fn system(doing: &'static str, path: &Path, source: impl Into<io::Error>) -> Self {
        let (source, path) = (source.into(), path.to_path_buf());
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StageError::DiskFull { path },
            io::ErrorKind::NotFound => StageError::Missing { path, why: "not there".to_string() },
            _ => StageError::System { doing, path, source },
        }
    }
}
