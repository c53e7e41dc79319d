//! The start of the program.

use crate::bench::Bench;
use crate::row::{Bar, Figure, Row};
use crate::timed;
use std::io;
use std::process::Command;

/// Starts for each pair of the longer rows.
const TIMES: usize = 8;

pub(super) fn run(bench: &Bench, _: &[&str]) -> io::Result<Vec<Row>> {
    let [mut ours, mut bare] = [const { Vec::new() }; 2];
    for _ in 0..bench.pairs * TIMES {
        ours.push(timed::run(&mut bench.pelago(&bench.scratch, &["--version"]))?.seconds * 1e3);
        bare.push(timed::run(&mut Command::new("/bin/true"))?.seconds * 1e3);
    }
    let row = Row {
        name: "version".into(),
        what: "start of the program, `pelago --version`".to_string(),
        figure: Figure::new("pelago --version", &ours, " ms"),
        bar: Bar::AtMost(5.0),
        beside: vec![Figure::new("/bin/true", &bare, " ms")],
        note: String::new(),
    };
    Ok(vec![row])
}
