//! The output of very many tasks: how many files it takes, and finding that of one.

use crate::bench::Bench;
use crate::row::{Bar, Figure, Row};
use crate::timed;
use std::fs;
use std::io;
use std::path::Path;

const COUNT: u64 = 100_000;
/// How often one is looked for.
const TIMES: u64 = 41;

pub(super) fn run(bench: &Bench, asked: &[&str]) -> io::Result<Vec<Row>> {
    let count = bench.scaled(COUNT);
    let dir = bench.fresh()?;
    let range = format!("x=1:{count}");
    let whole = timed::run(&mut bench.pelago(&dir, &["run", "-q", "-p", &range, "--", "echo", "{x}"]))?;
    let created = files(&dir)?;
    let mut each = Vec::new();
    for time in 0..TIMES {
        let id = format!("1.{}", 1 + time * (count - 1) / TIMES);
        each.push(timed::run(&mut bench.pelago(&dir, &["logs", &id]))?.seconds * 1e3);
    }
    let mut rows = Vec::new();
    if asked.contains(&"files") {
        rows.push(Row {
            name: "files".into(),
            what: format!("files in the job's directory after {count} tasks that print"),
            figure: Figure::new("files", &[created as f64], ""),
            bar: Bar::AtMost(99.0),
            beside: vec![Figure::new("all tasks", &[count as f64 / whole.seconds], "/s")],
            note: "everything below it, the state directory's own files included".to_string(),
        });
    }
    if asked.contains(&"logs") {
        rows.push(Row {
            name: "logs".into(),
            what: format!("`pelago logs ID` of one of {count} tasks"),
            figure: Figure::new("pelago logs", &each, " ms"),
            bar: Bar::AtMost(10.0),
            beside: Vec::new(),
            note: String::new(),
        });
    }
    Ok(rows)
}

fn files(dir: &Path) -> io::Result<u64> {
    let mut count = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        count += if entry.file_type()?.is_dir() { files(&entry.path())? } else { 1 };
    }
    Ok(count)
}
