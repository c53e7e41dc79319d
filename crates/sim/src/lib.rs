//! A virtual world around the real core and the real driver: a journal, a clock and hands that are only numbers, and every
//! fault that CORE lists, drawn from a seed. A seed repeats exactly, so a failure can be looked at as often as needed.

mod attempt;
pub mod clock;
pub mod design;
pub mod disk;
pub mod fault;
pub mod journal;
pub mod machine;
pub mod oracle;
pub mod prover;
pub mod rng;
pub mod scenario;
pub mod soak;
pub mod truth;
pub mod world;

pub use fault::Fault;
pub use scenario::Scenario;

use std::collections::{BTreeMap, BTreeSet};

/// What to run, besides the seed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tasks of a job at most, about.
    pub limit: u64,
    /// Faults that are left out.
    pub without: BTreeSet<Fault>,
    /// How many records are kept to be shown if a promise is broken.
    pub trace: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { limit: 200, without: BTreeSet::new(), trace: 0 }
    }
}

/// A run that kept every promise.
#[derive(Clone, Debug, Default)]
pub struct Passed {
    /// How often each fault had an effect.
    pub faults: BTreeMap<Fault, u64>,
    /// Tasks that ended.
    pub tasks: u64,
    /// Groups of records that were written.
    pub groups: u64,
    /// Owners there were.
    pub lives: u64,
}

/// A run that broke one.
#[derive(Clone, Debug)]
pub struct Broken {
    /// What was broken, in words.
    pub why: Vec<String>,
    /// The last records before it.
    pub trace: Vec<String>,
    /// Faults that had an effect until then.
    pub faults: BTreeMap<Fault, u64>,
}

/// Runs one seed.
///
/// # Errors
/// What promise was broken, and the last records before.
pub fn run(seed: u64, options: &Options) -> Result<Passed, Box<Broken>> {
    let scenario = Scenario::draw(seed, options.limit);
    world::World::new(seed, scenario, options).run()
}

/// The command that repeats a seed.
pub fn command(seed: u64, options: &Options) -> String {
    let without: String = options.without.iter().map(|kind| format!(" --without {kind:?}")).collect();
    format!("cargo run -p pelago-sim --release -- --seed {seed} --limit {}{without}", options.limit)
}
