//! Deciding what is new after a finished sweep was extended.

use crate::bench::Bench;
use crate::events;
use crate::row::{Bar, Figure, Row};
use crate::timed;
use rustix::fs::{CWD, Mode, mkfifoat};
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

const OLD: u64 = 10_000_000;
const NEW: u64 = 10_000;

pub(super) fn run(bench: &Bench, _: &[&str]) -> io::Result<Vec<Row>> {
    let dir = bench.fresh()?;
    let fifo = bench.scratch.join("extended");
    mkfifoat(CWD, &fifo, Mode::RUSR | Mode::WUSR)?;
    // The first task that runs says so by itself: nothing is told of it sooner.
    let (own, pipe) = (bench.own.display(), fifo.display());
    let plan = |count: u64| {
        format!(
            "parameter x integer range from 1 to {count} step 1\n\
             task main\n    parameters x\n    node:execute {own} mark {pipe} ${{x}}\nendtask\n"
        )
    };
    // Submitted by the program, so that everything that it compares later is its own.
    fs::write(dir.join("sweep.plan"), plan(OLD))?;
    let run = |dir: &Path| events::until_marked(&mut bench.pelago(dir, &["run", "-q", "sweep.plan"]), &fifo);
    run(&dir)?;
    timed::run(&mut bench.own(&dir, &["finish", ".pelago"]))?;
    fs::rename(dir.join(".pelago"), dir.join("finished"))?;
    fs::write(dir.join("sweep.plan"), plan(OLD + NEW))?;
    let [mut decided, mut fresh] = [const { Vec::new() }; 2];
    for _ in 0..bench.pairs {
        copy(&dir)?;
        decided.push(run(&dir)?);
        let empty = bench.fresh()?;
        fs::copy(dir.join("sweep.plan"), empty.join("sweep.plan"))?;
        fresh.push(run(&empty)?);
    }
    let status = bench.pelago(&dir, &["status"]).stdout(Stdio::piped()).output()?;
    let said = String::from_utf8_lossy(&status.stdout);
    if !said.lines().any(|line| line.contains("10,010,000") && line.contains("10,000,000")) {
        return Err(io::Error::other(format!("the finished tasks were not found again: {said}")));
    }
    let row = Row {
        name: "extended".into(),
        what: "deciding what is new after a finished sweep of 10,000,000 was extended by 10,000".to_string(),
        figure: Figure::new("command line until the first new task runs", &decided, " s"),
        bar: Bar::AtMost(1.0),
        beside: vec![Figure::new("the same with a fresh store, where all is new", &fresh, " s")],
        note: "the finished tasks are set in the tables, not run".to_string(),
    };
    Ok(vec![row])
}

fn copy(dir: &Path) -> io::Result<()> {
    let _ = fs::remove_dir_all(dir.join(".pelago"));
    timed::run(Command::new("cp").args(["-a", "finished", ".pelago"]).current_dir(dir)).map(drop)
}
