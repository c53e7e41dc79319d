//! Fixed workloads of the core, for counting instructions and allocations: the same on every run.

use crate::core;
use crate::world;
use pelago_grid::{Action, Grid, Record};
use pelago_job::{GridTime, GroupNo, JobId, Millis};

/// The workloads' names.
pub const NAMES: [&str; 4] = ["core-apply", "core-sweep", "core-chains", "core-extended"];

/// Runs a workload; without `whole` only what prepares it, so that the difference is the workload. The number of records.
pub fn run(name: &str, whole: bool) -> Option<u64> {
    match name {
        "core-apply" => Some(apply(whole)),
        "core-sweep" => Some(if whole { core::records(20_000, 1).len() as u64 } else { 0 }),
        "core-chains" => Some(if whole { core::records(20_000, 250).len() as u64 } else { 0 }),
        "core-extended" => Some(extended(whole)),
        _ => None,
    }
}

/// A hundred thousand records of a sweep, applied to empty tables.
fn apply(whole: bool) -> u64 {
    let records = core::records(50_000, 1);
    let mut grid = Grid::default();
    let mut actions = Vec::new();
    for (now, record) in records.iter().filter(|_| whole) {
        grid.apply(*now, record, &mut actions);
        actions.clear();
    }
    records.len() as u64
}

/// A finished sweep of a million tasks that is extended by ten thousand, which run.
fn extended(whole: bool) -> u64 {
    const OLD: u64 = 1_000_000;
    let mut world = World::default();
    world.take(Record::Opened { slots: 2, gap: Millis(0) });
    world.take(Record::Submitted(Box::new(world::submitted(1, OLD, 1))));
    let mut proof = world::proof(false);
    proof.reused.insert_range(0..OLD);
    world.take(Record::Proved { job: JobId(1), groups: vec![proof], start_first: false });
    world.settle();
    if whole {
        world.actions.clear();
        world.take(Record::Submitted(Box::new(world::submitted(2, OLD + 10_000, 1))));
        world.actions.clear();
        let mut proof = world::proof(false);
        if let (Some(old), Some(new)) = (world.grid.job(JobId(1)), world.grid.job(JobId(2)))
            && let Some(map) = pelago_plan::map_index(&old.plan, GroupNo(0), &new.plan, GroupNo(0))
        {
            map.runs().for_each(|run| {
                proof.reused.insert_range(run.new..run.new + run.len);
            });
        }
        world.take(Record::Proved { job: JobId(2), groups: vec![proof], start_first: false });
        world.settle();
    }
    world.records
}

#[derive(Default)]
struct World {
    grid: Grid,
    actions: Vec<Action>,
    records: u64,
}

impl World {
    fn take(&mut self, record: Record) {
        self.grid.apply(GridTime(self.records), &record, &mut self.actions);
        self.records += 1;
    }

    /// Decides and answers until nothing moves.
    fn settle(&mut self) {
        loop {
            while let Some(decision) = self.grid.decide(GridTime(self.records)) {
                self.take(decision);
            }
            let facts: Vec<Record> = self.actions.drain(..).filter_map(|action| world::answer(&action, 1)).collect();
            if facts.is_empty() {
                break;
            }
            facts.into_iter().for_each(|fact| self.take(fact));
        }
        assert!(self.grid.is_idle(), "every task has ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extended_sweep_runs_only_what_is_new() {
        let (before, after) = (extended(false), extended(true));
        assert!((20_000..40_000).contains(&(after - before)), "{before} {after}");
        assert!(NAMES.iter().skip(1).all(|name| run(name, false).is_some()) && run("x", true).is_none());
    }
}
