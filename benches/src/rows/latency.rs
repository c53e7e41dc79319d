//! One task, from the command line to its end, with a fresh store.

use crate::bench::Bench;
use crate::row::{Bar, Figure, Row};
use crate::timed;
use std::io;
use std::time::Duration;

/// Pairs for each pair of the longer rows: these are short.
const TIMES: usize = 20;
/// HyperQueue's server schedules at most once in this time: a task that comes to a server at rest waits for nothing, and one
/// that comes right behind another for all of it.
const PERIOD: Duration = Duration::from_millis(20);
/// After this long it is at rest.
const REST: Duration = Duration::from_millis(60);

pub(super) fn run(bench: &Bench, _: &[&str]) -> io::Result<Vec<Row>> {
    let mut server = bench.hyperqueue()?.server(&bench.fresh()?, &bench.own)?;
    let [mut ours, mut cpu, mut theirs, mut rested, mut heard, mut bare] = [const { Vec::new() }; 6];
    for pair in 0..bench.pairs * TIMES {
        for turn in 0..2 {
            if (turn + pair) % 2 == 0 {
                let timed = timed::run(&mut bench.pelago(&bench.fresh()?, &["run", "--", "true"]))?;
                ours.push(timed.seconds * 1e3);
                cpu.push(timed.cpu * 1e3);
                let timed = timed::run(&mut bench.own(&bench.scratch, &["bare", "1"]))?;
                bare.push(timed.seconds * 1e3);
            } else {
                rested.push(server.one(REST)?.seconds * 1e3);
                // The next one comes at any moment of the period: multiples of the golden section are spread evenly over it.
                let one = server.one(PERIOD.mul_f64((pair as f64 * 0.618_034).fract()))?;
                theirs.push(one.seconds * 1e3);
                heard.push(one.heard * 1e3);
            }
        }
    }
    let row = Row {
        name: "latency".into(),
        what: "one task, command line to finished, with a fresh store".to_string(),
        figure: Figure::quotient("time over HyperQueue's", &ours, &theirs),
        bar: Bar::AtMost(0.8),
        beside: vec![
            Figure::new("pelago run -- true", &ours, " ms"),
            Figure::new("its CPU", &cpu, " ms"),
            Figure::new("HyperQueue, submitted to the end of the process", &theirs, " ms"),
            Figure::new("the same, when its server has been at rest", &rested, " ms"),
            Figure::new("HyperQueue, until its client hears of it", &heard, " ms"),
            Figure::new("a program that spawns one process", &bare, " ms"),
        ],
        note: format!(
            "HyperQueue {}: server and worker are running; the shorter of its two times counts",
            server.version
        ),
    };
    Ok(vec![row])
}
