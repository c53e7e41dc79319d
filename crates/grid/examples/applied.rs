//! How many records a second the core decides and applies on one processor, and how much memory a sweep takes.
//!
//! `cargo run --release -p pelago-grid --example applied [TASKS [LINKS]]`: a plain sweep of a million tasks, or so many; or
//! chains of so many links, with states and a quota.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock; the core does not")]

use pelago_grid::{Action, FreedSpace, Grid, GroupProof, Record, Submitted, Verdict};
use pelago_job::{
    Bytes, Digest, Domain, Experiment, Expr, GridTime, Group, GroupNo, Input, JobId, Made, Millis, Order, Outcome,
    Output, ParamNo, Parameter, Piece, Report, Role, TaskRef, Template,
};
use roaring::RoaringTreemap;
use std::time::{Duration, Instant};

fn main() {
    let mut words = std::env::args().skip(1);
    let tasks: u64 = words.next().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let long: u64 = words.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let began = Instant::now();
    let mut grid = Grid::default();
    let mut sweep = Sweep::default();
    let quota = (long > 1).then_some(Bytes(2_000_000_000));
    for record in [
        Record::Opened { slots: 2, gap: Millis(0) },
        Record::Quota { quota },
        Record::Submitted(Box::new(submitted(tasks, long))),
        Record::Proved { job: JobId(1), groups: vec![proof(long > 1)], start_first: false },
    ] {
        sweep.apply(&mut grid, &record);
    }
    println!("submitted and proved in {:?}, {} kB in memory", began.elapsed(), memory());
    let began = Instant::now();
    let (mut done, mut next) = (0, 1_000_000);
    while !grid.is_idle() {
        while let Some(record) = sweep.decide(&grid) {
            sweep.apply(&mut grid, &record);
        }
        let actions = std::mem::take(&mut sweep.actions);
        if actions.is_empty() {
            println!("nothing moves: {:?}", grid.explain(TaskRef { job: JobId(1), group: GroupNo(0), index: done }));
            return;
        }
        for action in actions {
            let Some(fact) = answer(&action, long) else { continue };
            done += u64::from(matches!(fact, Record::Finished { .. }));
            sweep.apply(&mut grid, &fact);
        }
        if done >= next {
            println!("{next} tasks, {} kB in memory", memory());
            next += 1_000_000;
        }
    }
    let whole = began.elapsed();
    println!(
        "{} records in {whole:?}: {:.0} a second; {:?} deciding, {:?} applying ({:.0} a second); {:?}",
        sweep.records,
        sweep.records as f64 / whole.as_secs_f64(),
        sweep.deciding,
        sweep.applying,
        sweep.records as f64 / sweep.applying.as_secs_f64(),
        grid.job(JobId(1)).map(|job| &job.state),
    );
}

/// What a world in which nothing fails answers to an action.
fn answer(action: &Action, long: u64) -> Option<Record> {
    Some(match action {
        Action::Launch { task, attempt, .. } => {
            let mut report = Report::failed(pelago_job::Cause::Cancelled);
            report.outcome = Outcome::Done;
            report.usage.wall = Millis(1000);
            if long > 1 {
                report.outputs = vec![Made { size: Bytes(70_000), digest: Digest([7; 32]) }];
                report.usage.disk = Bytes(200_000);
            }
            Record::Finished { task: *task, attempt: *attempt, key: None, report: Box::new(report) }
        }
        Action::Check { task, .. } => Record::Checked { task: *task, verdict: Verdict::Run { why: None } },
        Action::Deliver { file, .. } => Record::Delivered { file: *file },
        Action::Delete { file, version } => Record::Freed(FreedSpace::File { file: *file, version: *version }),
        Action::Discard { task, attempt } => Record::Freed(FreedSpace::Attempt { task: *task, attempt: *attempt }),
        _ => return None,
    })
}

#[derive(Default)]
struct Sweep {
    records: u64,
    actions: Vec<Action>,
    applying: Duration,
    deciding: Duration,
}

impl Sweep {
    fn apply(&mut self, grid: &mut Grid, record: &Record) {
        let began = Instant::now();
        grid.apply(GridTime(self.records), record, &mut self.actions);
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

/// A plain sweep, or chains of `long` links that are linked by a state.
fn submitted(tasks: u64, long: u64) -> Submitted {
    let mut main = Group::new("main", Role::Main);
    main.parameters = vec![ParamNo(0)];
    let integers = |name: &str, order, count| {
        let domain = Domain::Integers { from: 1, step: 1, count };
        Parameter { name: name.to_string(), label: None, order, domain }
    };
    let mut parameters = vec![integers("p", Order::Cross, tasks / long)];
    if long > 1 {
        parameters.push(integers("t", Order::Chain, long));
        main.seqameters = vec![ParamNo(1)];
        let state = |piece| {
            let dot = || Piece::Text(".".to_string());
            Template(vec![Piece::Text("s.".to_string()), Piece::Param(ParamNo(0)), dot(), piece])
        };
        let before = Expr::Sub(Box::new(Expr::Param(ParamNo(1))), Box::new(Expr::Int(1)));
        main.inputs = vec![Input { name: state(Piece::Arith(before)), as_name: None, read_only: false, found: false }];
        main.outputs = vec![Output { name: state(Piece::Param(ParamNo(1))), hooks: Vec::new(), keep: false }];
    }
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

fn proof(check: bool) -> GroupProof {
    GroupProof { template: Some(Digest::of(b"template")), check, reused: RoaringTreemap::new() }
}

/// The resident set of this process in kilobytes; 0 where the system does not tell.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}
