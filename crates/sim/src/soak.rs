//! Many seeds at once: run on several threads, counted, and the failures made smaller before anyone reads them.

use crate::{Broken, Fault, Options, run};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// What came of many seeds.
#[derive(Debug, Default)]
pub struct Summary {
    /// Seeds that broke a promise, with what they broke.
    pub broken: BTreeMap<u64, Broken>,
    /// How often each fault had an effect, in all seeds that kept their promises.
    pub faults: BTreeMap<Fault, u64>,
    /// Tasks that ended.
    pub tasks: u64,
    /// Groups of records that were written.
    pub groups: u64,
    /// Owners there were.
    pub lives: u64,
}

/// Runs `seeds` on `threads` threads. The summary does not depend on how they share the work.
pub fn soak(seeds: &[u64], options: &Options, threads: usize) -> Summary {
    let (next, summary) = (AtomicU64::new(0), Mutex::new(Summary::default()));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(seed) = usize::try_from(number).ok().and_then(|number| seeds.get(number)).copied() else { return };
            let result = run(seed, options);
            // A thread that panicked has left nothing half done behind the lock.
            let mut summary = summary.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match result {
                Ok(passed) => {
                    summary.tasks += passed.tasks;
                    summary.groups += passed.groups;
                    summary.lives += passed.lives;
                    for (kind, count) in passed.faults {
                        *summary.faults.entry(kind).or_default() += count;
                    }
                }
                Err(broken) => {
                    summary.broken.insert(seed, *broken);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(work);
        }
    });
    summary.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The smallest run found that still breaks a promise: faults are left out one by one, then the tasks are made fewer.
pub fn shrink(seed: u64, options: &Options) -> Options {
    let mut best = options.clone();
    for kind in Fault::ALL {
        let mut trial = best.clone();
        trial.without.insert(kind);
        if run(seed, &trial).is_err() {
            best = trial;
        }
    }
    while best.limit > 1 {
        let mut trial = best.clone();
        trial.limit /= 2;
        if run(seed, &trial).is_ok() {
            break;
        }
        best = trial;
    }
    best
}
