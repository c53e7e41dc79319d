//! Submitting very many tasks beside submitting few.

use crate::bench::Bench;
use crate::events::{self, Said};
use crate::row::{Bar, Figure, Row};
use std::io;

const MANY: u64 = 10_000_000;
const FEW: u64 = 1000;
/// Pairs for each pair of the longer rows: these take milliseconds.
const TIMES: usize = 10;

pub(super) fn run(bench: &Bench, asked: &[&str]) -> io::Result<Vec<Row>> {
    let submit = |count: u64, until: &str| -> io::Result<Said> {
        let range = format!("x=1:{count}");
        events::until(&mut bench.pelago(&bench.fresh()?, &["run", "--json", "-p", &range, "--", "true", "{x}"]), until)
    };
    let [mut many, mut few, mut growth, mut first] = [const { Vec::new() }; 4];
    for pair in 0..bench.pairs * TIMES {
        let (mut large, mut small) = (None, None);
        for turn in 0..2 {
            match (turn + pair) % 2 {
                0 => large = Some(submit(MANY, "accepted")?),
                _ => small = Some(submit(FEW, "accepted")?),
            }
        }
        if let (Some(large), Some(small)) = (large, small) {
            many.push(large.seconds * 1e3);
            few.push(small.seconds * 1e3);
        }
        // Memory is looked at later, when tasks are running.
        let (large, small) = (submit(MANY, "done")?, submit(FEW, "done")?);
        growth.push((large.memory as f64 - small.memory as f64) / 1e3);
        first.push(large.seconds * 1e3);
    }
    let mut rows = Vec::new();
    if asked.contains(&"submit") {
        rows.push(Row {
            name: "submit".into(),
            what: "submit 10,000,000 tasks: command line to acknowledged, over 1,000 tasks".to_string(),
            figure: Figure::ratio("time over that for 1,000", &many, &few),
            bar: Bar::AtMost(1.1),
            beside: vec![
                Figure::new("10,000,000 tasks, acknowledged", &many, " ms"),
                Figure::new("1,000 tasks, acknowledged", &few, " ms"),
                Figure::new("10,000,000 tasks, until the first has ended", &first, " ms"),
            ],
            note: "acknowledged is durable: the journal's row is synced".to_string(),
        });
    }
    if asked.contains(&"memory") {
        rows.push(Row {
            name: "memory".into(),
            what: "memory of 10,000,000 submitted tasks over that of 1,000".to_string(),
            figure: Figure::new("growth", &growth, " MB"),
            bar: Bar::AtMost(16.0),
            beside: Vec::new(),
            note: "the largest resident set until the first task has ended".to_string(),
        });
    }
    Ok(rows)
}
