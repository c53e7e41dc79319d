//! Why a client got no answer, with what to do.

use crate::line::LineError;
use pelago_wire::message::Refusal;
use std::io;
use std::path::PathBuf;

/// An error of a client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no state directory.
    #[error(
        "no .pelago directory {} {}; start something with `pelago run`, or name its directory with --dir",
        if *.upwards { "upwards from" } else { "in" },
        .from.display()
    )]
    NoState {
        /// Where it was looked for.
        from: PathBuf,
        /// Whether the directories above were looked into as well.
        upwards: bool,
    },
    /// No owner answers there: what is known can be read from the files.
    #[error("nothing runs in {dir}: {source}; `pelago run` continues what was begun there")]
    NotRunning {
        /// The state directory.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The socket is there, but may not be used.
    #[error("the socket in {dir} cannot be used: {source}; only the user who runs `pelago` there may speak to it")]
    NotAllowed {
        /// The state directory.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The owner is a program of another version.
    #[error("the owner speaks version {theirs} and this program version {ours}; use the same program for both")]
    Version {
        /// What the owner said.
        theirs: u32,
        /// What is spoken here.
        ours: u32,
    },
    /// The connection failed.
    #[error("the owner of {dir} does not answer: {source}; run the same command again, which continues")]
    Line {
        /// The state directory.
        dir: PathBuf,
        /// How.
        source: LineError,
    },
    /// A request was answered by nothing.
    #[error("the owner gave no answer; this is our bug")]
    Silent,
    /// It was refused or went wrong.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl ClientError {
    /// The exit code that it stands for by the rules of the command line.
    pub fn code(&self) -> u8 {
        match self {
            Self::NoState { .. } => 2,
            Self::NotRunning { .. } | Self::NotAllowed { .. } | Self::Version { .. } | Self::Line { .. } => 5,
            Self::Silent => 70,
            Self::Refused(refusal) => refusal.code,
        }
    }
}
