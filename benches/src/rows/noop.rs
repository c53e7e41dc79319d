//! Tasks that need no process: their rate, their rate with many behind them, and a restart after `kill -9`.

use crate::bench::Bench;
use crate::row::{Bar, Figure, Row};
use crate::store::Took;
use crate::timed;
use std::fs;
use std::io;

const MANY: u64 = 1_000_000;
const FEW: u64 = 1000;
/// Tasks over which the rate is taken: a second or more, because shorter stretches differ by a fifth.
const COUNT: u64 = 1_000_000;

pub(super) fn run(bench: &Bench, asked: &[&str]) -> io::Result<Vec<Row>> {
    let (many, count) = (bench.scaled(MANY), bench.scaled(COUNT));
    let [mut rate, mut behind, mut fresh, mut restart, mut alone] = [const { Vec::new() }; 5];
    for round in 0..bench.pairs {
        for turn in 0..2 {
            let large = (turn + round) % 2 == 0;
            let before = if large { many } else { FEW };
            let dir = bench.fresh()?;
            let took: Took = bench.figures(&dir, &["noop", ".pelago", &before.to_string(), &count.to_string()])?;
            if large {
                behind.push(count as f64 / took.last);
                rate.push((many + count) as f64 / (took.first + took.last));
            } else {
                fresh.push(count as f64 / took.last);
                restart.push(timed::run(&mut bench.pelago(&dir, &["run", "-q", "--", "true"]))?.seconds);
                alone.push(timed::run(&mut bench.pelago(&bench.fresh()?, &["run", "-q", "--", "true"]))?.seconds);
            }
            fs::remove_dir_all(&dir)?;
        }
    }
    let mut through = Vec::new();
    for _ in 0..if asked.contains(&"noop") { bench.pairs } else { 0 } {
        let dir = bench.fresh()?;
        fs::write(
            dir.join("nothing.plan"),
            format!("parameter x integer range from 1 to {count} step 1\ntask main\n    parameters x\nendtask\n"),
        )?;
        through.push(count as f64 / timed::run(&mut bench.pelago(&dir, &["run", "-q", "nothing.plan"]))?.seconds);
    }
    let mut rows = Vec::new();
    let cores =
        "one step of the driver syncs what a thousand slots have done; journal, follower and history are the real ones";
    if asked.contains(&"noop") {
        rows.push(Row {
            name: "noop".into(),
            what: "tasks that need no process, journal durable".to_string(),
            figure: Figure::new("rate", &rate, "/s"),
            bar: Bar::AtLeast(200_000.0),
            beside: vec![Figure::new(
                "`pelago run` of tasks without a command, start and end included",
                &through,
                "/s",
            )],
            note: cores.to_string(),
        });
    }
    if asked.contains(&"behind") {
        rows.push(Row {
            name: "behind".into(),
            what: "rate with 1,000,000 tasks behind, over that with 1,000".to_string(),
            figure: Figure::ratio("rate over that with 1,000 behind", &behind, &fresh),
            bar: Bar::AtLeast(0.95),
            beside: vec![
                Figure::new("with 1,000,000 behind", &behind, "/s"),
                Figure::new("with 1,000 behind", &fresh, "/s"),
            ],
            note: format!("the last {count} of one sweep; {cores}"),
        });
    }
    if asked.contains(&"restart") {
        rows.push(Row {
            name: "restart".into(),
            what: "restart after kill -9 with 1,000,000 finished tasks".to_string(),
            figure: Figure::new("`pelago run -- true` there", &restart, " s"),
            bar: Bar::AtMost(2.0),
            beside: vec![Figure::new("the same with a fresh store", &alone, " s")],
            note: "from the command line until a new task has run".to_string(),
        });
    }
    Ok(rows)
}
