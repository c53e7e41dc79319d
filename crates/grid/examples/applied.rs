//! How many records a second the core decides and applies on one processor, and how much memory a sweep takes.
//!
//! `cargo run --release -p pelago-grid --example applied [TASKS]`: a plain sweep of a million tasks, or so many.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock; the core does not")]

use pelago_grid::{Grid, GroupProof, Record, Submitted};
use pelago_job::{
    Digest, Domain, Experiment, GridTime, Group, JobId, Millis, Order, Outcome, ParamNo, Parameter, Report, Role,
    TaskRef,
};
use roaring::RoaringTreemap;
use std::time::{Duration, Instant};

fn main() {
    let tasks: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let began = Instant::now();
    let mut grid = Grid::default();
    let mut sweep = Sweep { records: 0, applying: Duration::ZERO, deciding: Duration::ZERO };
    for record in [
        Record::Opened { slots: 2, gap: Millis(0) },
        Record::Submitted(Box::new(submitted(tasks))),
        Record::Proved { job: JobId(1), groups: vec![proof()], start_first: false },
    ] {
        sweep.apply(&mut grid, &record);
    }
    println!("submitted and proved in {:?}, {} kB in memory", began.elapsed(), memory());
    let began = Instant::now();
    let mut running: Vec<(TaskRef, u32)> = Vec::new();
    let mut next = 1_000_000;
    while !grid.is_idle() {
        while let Some(record) = sweep.decide(&grid) {
            if let Record::Placed { task, attempt, .. } = &record {
                running.push((*task, *attempt));
            }
            sweep.apply(&mut grid, &record);
        }
        for (task, attempt) in running.drain(..) {
            let mut report = Report::failed(pelago_job::Cause::Cancelled);
            report.outcome = Outcome::Done;
            report.usage.wall = Millis(1000);
            sweep.apply(&mut grid, &Record::Finished { task, attempt, key: None, report: Box::new(report) });
            if task.index + 1 == next {
                println!("{next} tasks, {} kB in memory", memory());
                next += 1_000_000;
            }
        }
    }
    let whole = began.elapsed();
    println!(
        "{} records in {whole:?}: {:.0} a second; {:?} deciding, {:?} applying ({:.0} a second)",
        sweep.records,
        sweep.records as f64 / whole.as_secs_f64(),
        sweep.deciding,
        sweep.applying,
        sweep.records as f64 / sweep.applying.as_secs_f64()
    );
}

struct Sweep {
    records: u64,
    applying: Duration,
    deciding: Duration,
}

impl Sweep {
    fn apply(&mut self, grid: &mut Grid, record: &Record) {
        let began = Instant::now();
        let mut actions = Vec::new();
        grid.apply(GridTime(self.records), record, &mut actions);
        self.applying += began.elapsed();
        self.records += 1;
    }

    fn decide(&mut self, grid: &Grid) -> Option<Record> {
        let began = Instant::now();
        let record = grid.decide(GridTime(self.records));
        self.deciding += began.elapsed();
        record
    }
}

fn submitted(tasks: u64) -> Submitted {
    let mut main = Group::new("main", Role::Main);
    main.parameters = vec![ParamNo(0)];
    let domain = Domain::Integers { from: 1, step: 1, count: tasks };
    let parameters = vec![Parameter { name: "x".to_string(), label: None, order: Order::Cross, domain }];
    Submitted {
        job: JobId(1),
        experiment: Experiment {
            name: "sweep".to_string(),
            parameters,
            rows: None,
            groups: vec![main],
            env: Vec::new(),
            in_place: false,
        },
        root: "/experiment".to_string(),
        same: Digest::of(b"sweep"),
        retries: 0,
        keep_going: true,
        again: false,
        strict: false,
        wall: 0,
    }
}

fn proof() -> GroupProof {
    GroupProof { template: Some(Digest::of(b"template")), check: false, reused: RoaringTreemap::new() }
}

/// The resident set of this process in kilobytes; 0 where the system does not tell.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}
