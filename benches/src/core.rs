//! The core alone: a whole sweep's records, made once and then applied to empty tables, as a restart does it.

use crate::world;
use pelago_grid::{Action, Grid, Record};
use pelago_job::{Bytes, GridTime, Millis};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// What the core did, in CPU seconds of its thread.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Applied {
    /// How many records.
    pub records: u64,
    /// For applying alone.
    pub applying: f64,
    /// For deciding and applying, when they were made.
    pub deciding: f64,
}

/// The records of a sweep of `tasks` tasks in chains of `long` links, in the order in which a driver makes them.
pub fn records(tasks: u64, long: u64) -> Vec<(GridTime, Record)> {
    let mut grid = Grid::default();
    let mut actions = Vec::new();
    let mut records = Vec::new();
    let quota = (long > 1).then_some(Bytes(2_000_000_000));
    let mut facts = vec![
        Record::Opened { slots: 2, gap: Millis(0) },
        Record::Quota { quota },
        Record::Submitted(Box::new(world::submitted(1, tasks, long))),
    ];
    while !facts.is_empty() {
        for fact in facts {
            step(&mut grid, fact, &mut actions, &mut records);
        }
        while let Some(decision) = grid.decide(GridTime(records.len() as u64)) {
            step(&mut grid, decision, &mut actions, &mut records);
        }
        facts = actions.drain(..).filter_map(|action| world::answer(&action, long)).collect();
    }
    assert!(grid.is_idle(), "every task has ended");
    records
}

fn step(grid: &mut Grid, record: Record, actions: &mut Vec<Action>, records: &mut Vec<(GridTime, Record)>) {
    let now = GridTime(records.len() as u64);
    grid.apply(now, &record, actions);
    records.push((now, record));
}

/// Makes the records of a sweep and applies them again.
pub fn measure(tasks: u64, long: u64) -> Applied {
    let begin = cpu();
    let made = records(tasks, long);
    let deciding = cpu() - begin;
    let mut grid = Grid::default();
    let mut actions = Vec::new();
    let begin = cpu();
    for (now, record) in &made {
        grid.apply(*now, record, &mut actions);
        actions.clear();
    }
    let applying = cpu() - begin;
    assert!(grid.is_idle(), "the tables are as they were");
    Applied { records: made.len() as u64, applying, deciding }
}

/// CPU seconds of this thread.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_and_chains_end_and_are_applied_again() {
        assert!(measure(1000, 1).records >= 2000);
        assert!(measure(1000, 20).records > 4000);
    }
}
