//! One task, from the command line to its end, with a fresh store.

use crate::bench::Bench;
use crate::row::{Bar, Figure, Row};
use crate::timed;
use std::io;

/// Pairs for each pair of the longer rows: these are short, and HyperQueue's times are anything between 3 and 22 ms,
/// which says when its worker was about to look and not what else the machine was doing.
const TIMES: usize = 20;

pub(super) fn run(bench: &Bench, _: &[&str]) -> io::Result<Vec<Row>> {
    let mut server = bench.hyperqueue()?.server(&bench.fresh()?, &bench.own)?;
    let [mut ours, mut cpu, mut theirs, mut heard, mut bare] = [const { Vec::new() }; 5];
    for pair in 0..bench.pairs * TIMES {
        for turn in 0..2 {
            if (turn + pair) % 2 == 0 {
                let timed = timed::run(&mut bench.pelago(&bench.fresh()?, &["run", "--", "true"]))?;
                ours.push(timed.seconds * 1e3);
                cpu.push(timed.cpu * 1e3);
                let timed = timed::run(&mut bench.own(&bench.scratch, &["bare", "1"]))?;
                bare.push(timed.seconds * 1e3);
            } else {
                let one = server.one()?;
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
            Figure::new("HyperQueue, submitted until a client hears of the end", &heard, " ms"),
            Figure::new("a program that spawns one process", &bare, " ms"),
        ],
        note: format!(
            "HyperQueue {}: server and worker are running; the shorter of its two times counts",
            server.version
        ),
    };
    Ok(vec![row])
}
