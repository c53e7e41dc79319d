//! The measurements, by name.

mod core;
mod extended;
mod inputs;
mod latency;
mod logs;
mod noop;
mod peers;
mod spawn;
mod submit;
mod version;

use crate::bench::Bench;
use crate::row::Row;
use std::io;

/// A measurement, which may give several rows.
pub struct Measurement {
    /// The names that ask for it, one a row.
    pub names: &'static [&'static str],
    /// Measures those of its rows that are asked for.
    pub run: fn(&Bench, &[&str]) -> io::Result<Vec<Row>>,
}

/// All of them, in the order in which they are run.
pub const ALL: &[Measurement] = &[
    Measurement { names: &["spawn", "hyperqueue"], run: spawn::run },
    Measurement { names: &["latency"], run: latency::run },
    Measurement { names: &["version"], run: version::run },
    Measurement { names: &["submit", "memory"], run: submit::run },
    Measurement { names: &["core"], run: core::run },
    Measurement { names: &["noop", "behind", "restart"], run: noop::run },
    Measurement { names: &["extended"], run: extended::run },
    Measurement { names: &["files", "logs"], run: logs::run },
    Measurement { names: &["peers"], run: peers::run },
    Measurement { names: &["inputs", "known"], run: inputs::run },
];

/// All names.
pub fn names() -> Vec<&'static str> {
    ALL.iter().flat_map(|one| one.names).copied().collect()
}
