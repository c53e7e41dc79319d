//! Digests of files outside the store, remembered while the file stays as it is.

use pelago_job::Made;
use pelago_stage::DigestCache;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The digests that the agent remembers too.
pub struct Digests(pub Arc<DigestCache>);

impl Digests {
    /// Size and digest of a file or directory.
    pub fn of(&mut self, path: &Path) -> io::Result<Made> {
        self.0.digest(path).map_err(|error| io::Error::other(error.to_string()))
    }
}
