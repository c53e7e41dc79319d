//! Digests of files outside the store, remembered while the file stays as it is.

use pelago_job::Made;
use pelago_stage::DigestCache;
use std::io;
use std::path::Path;

/// A cache of digests.
pub struct Digests(DigestCache);

impl Digests {
    /// A cache that remembers in `file`.
    pub fn remembered(file: &Path) -> Self {
        // A memory that cannot be read or kept costs time, not truth.
        Self(DigestCache::open(file).unwrap_or_else(|_| DigestCache::new()))
    }

    /// Size and digest of a file or directory.
    pub fn of(&mut self, path: &Path) -> io::Result<Made> {
        self.0.digest(path).map_err(|error| io::Error::other(error.to_string()))
    }
}
