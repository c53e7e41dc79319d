//! Space: what the state directory keeps and promises, against its quota.

use crate::record::FreedSpace;
use pelago_job::{Bytes, TaskRef};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The ledger of a site's disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Space {
    /// The quota; absent means none.
    pub quota: Option<Bytes>,
    /// Bytes of live files in the store.
    pub files: u64,
    /// Bytes reserved by running attempts.
    pub reserved: u64,
    /// Deletions that are not confirmed.
    pub leaving: BTreeMap<FreedSpace, u64>,
    /// Sum of `leaving`.
    pub leaving_bytes: u64,
    /// Kept directories of failed attempts, with their cause's word, oldest first.
    pub failed: BTreeMap<(TaskRef, u32), (String, u64)>,
    /// Sum of `failed`.
    pub failed_bytes: u64,
    /// The most that was ever kept at once, by this ledger.
    pub peak: u64,
    /// While the disk has less free than must stay so: what is free, and what must stay.
    pub low: Option<(Bytes, Bytes)>,
}

impl Space {
    /// Bytes that are kept now, reservations apart.
    pub fn used(&self) -> u64 {
        self.files + self.leaving_bytes + self.failed_bytes
    }

    /// Bytes that are neither used nor reserved, if there is a quota.
    pub fn free(&self) -> Option<u64> {
        self.quota.map(|quota| quota.0.saturating_sub(self.used() + self.reserved))
    }

    /// Notes that something is being deleted.
    pub fn leave(&mut self, what: FreedSpace, bytes: u64) {
        *self.leaving.entry(what).or_default() += bytes;
        self.leaving_bytes += bytes;
    }

    /// Notes that a deletion is confirmed.
    pub fn freed(&mut self, what: FreedSpace) {
        self.leaving_bytes -= self.leaving.remove(&what).unwrap_or_default();
    }

    /// Brings the peak up to date.
    pub fn touch(&mut self) {
        self.peak = self.peak.max(self.used());
    }
}
