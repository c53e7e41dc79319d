//! The measurements, by name.

mod latency;
mod spawn;
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
];
