//! The core alone.

use crate::bench::Bench;
use crate::core::Applied;
use crate::row::{Bar, Figure, Row};
use std::io;

const TASKS: u64 = 500_000;
const ROUNDS: usize = 7;

pub(super) fn run(bench: &Bench, _: &[&str]) -> io::Result<Vec<Row>> {
    let tasks = bench.scaled(TASKS).to_string();
    let [mut plain, mut chained, mut made] = [const { Vec::new() }; 3];
    for _ in 0..bench.pairs.min(ROUNDS) {
        let sweep: Applied = bench.figures(&bench.scratch, &["core", &tasks, "1"])?;
        let chains: Applied = bench.figures(&bench.scratch, &["core", &tasks, "250"])?;
        plain.push(sweep.records as f64 / sweep.applying);
        chained.push(chains.records as f64 / chains.applying);
        made.push(sweep.records as f64 / sweep.deciding);
    }
    let row = Row {
        name: "core".into(),
        what: "the core alone: records applied a second, one CPU".to_string(),
        figure: Figure::new("a sweep", &plain, "/s"),
        bar: Bar::AtLeast(1_000_000.0),
        beside: vec![
            Figure::new("chains of 250 with states and a quota", &chained, "/s"),
            Figure::new("a sweep, decided and applied", &made, "/s"),
        ],
        note: "by CPU time: the records of a whole sweep, applied to empty tables".to_string(),
    };
    Ok(vec![row])
}
