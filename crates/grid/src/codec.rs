//! The journal's text of a group of records: a version, grid time, wall time, the records; in postcard's format.

use crate::record::Record;
use pelago_job::GridTime;
use serde::{Deserialize, Serialize};

/// The version of the format that this program writes. It reads every version up to it.
pub const FORMAT: u16 = 1;

/// The records of one step, which are durable together or not at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordGroup {
    /// Grid time.
    pub now: GridTime,
    /// Wall time in milliseconds since 1970: a label for people, which decides nothing.
    pub wall: u64,
    /// Facts, then decisions.
    pub records: Vec<Record>,
}

/// Why a group cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Written by a newer program.
    #[error(
        "the journal was written in format {found}, and this program reads formats up to {FORMAT}; use a newer pelago"
    )]
    Newer {
        /// Its format.
        found: u16,
    },
    /// Not a group at all.
    #[error(
        "a record of the journal cannot be read ({0}); it was damaged, or written by a newer pelago: try `pelago doctor`"
    )]
    Damaged(String),
}

impl RecordGroup {
    /// The group as bytes.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        let head = FORMAT.to_le_bytes().to_vec();
        postcard::to_extend(self, head).map_err(|e| CodecError::Damaged(e.to_string()))
    }

    /// The group that bytes stand for.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let damaged = |why: &str| CodecError::Damaged(why.to_string());
        let (head, body) = bytes.split_at_checked(2).ok_or_else(|| damaged("it is too short"))?;
        let found = u16::from_le_bytes([head[0], head[1]]);
        match found {
            0 => Err(damaged("it has format 0")),
            1..=FORMAT => postcard::from_bytes(body).map_err(|e| damaged(&e.to_string())),
            _ => Err(CodecError::Newer { found }),
        }
    }
}
