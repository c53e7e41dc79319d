//! Why the agent could not do what its owner asked.

use pelago_launch::SweepError;
use pelago_stage::{PathRefused, StageError};
use std::io;
use std::path::{Path, PathBuf};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// With a file.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// With processes of an earlier owner.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// With the state directory.
    #[error("{doing} {path}: {source}", path = path.display())]
    State {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
}

impl AgentError {
    pub(crate) fn state(doing: &'static str, path: &Path, source: io::Error) -> Self {
        match StageError::system(doing, path, source) {
            StageError::System { doing, path, source } => AgentError::State { doing, path, source },
            other => other.into(),
        }
    }
}

impl From<PathRefused> for AgentError {
    fn from(refused: PathRefused) -> Self {
        StageError::from(refused).into()
    }
}
