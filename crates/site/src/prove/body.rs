//! What a proof holds, and under what the history finds it.

use pelago_job::{Digest, Made};
use serde::{Deserialize, Serialize};

/// What the proof of a run holds, beside its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofBody {
    /// For each output what it was the first time, and what it was last.
    pub outputs: Vec<(Made, Made)>,
    /// Marks of the inputs, in order.
    pub inputs: Vec<u32>,
    /// Results that the task copied home by itself.
    pub home: Vec<(String, Made)>,
}

/// The key of a proof in the history.
pub fn history_key(digest: &Digest) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&digest.0[..16]);
    key
}
