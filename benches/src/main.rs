//! How fast Pelago is: every figure beside the machine's own limit or another system, both sides run alternately.
//!
//! `cargo xtask bench` builds the release programs and calls this.

use pelago_bench::bench::Bench;
use pelago_bench::machine::Machine;
use pelago_bench::results::Results;
use pelago_bench::{bare, core, rows, store};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask bench [NAME…] [--pairs N] [--quick] [--full] [--write]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["bare", count] => spawn(count),
        ["mark", fifo, ..] => mark(Path::new(fifo)),
        ["noop", dir, behind, count] => noop(Path::new(dir), behind, count),
        ["finish", dir] => {
            store::finish(Path::new(dir)).map(|()| true).map_err(|why| io::Error::other(why.to_string()))
        }
        ["core", tasks, long] => apply(tasks, long),
        ["measure", root, target, rest @ ..] => measure(Path::new(root), Path::new(target), rest),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, USAGE)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

fn spawn(count: &str) -> io::Result<bool> {
    let count = number(count)?;
    let lanes = std::thread::available_parallelism().map_or(1, |lanes| lanes.get());
    bare::spawn(count, lanes.min(usize::try_from(count).unwrap_or(lanes)))?;
    Ok(true)
}

fn mark(fifo: &Path) -> io::Result<bool> {
    std::fs::OpenOptions::new().write(true).open(fifo)?.write_all(b"x")?;
    Ok(true)
}

fn number(text: &str) -> io::Result<u64> {
    text.parse().map_err(|_| io::Error::other(format!("`{text}` is no number")))
}

fn noop(dir: &Path, behind: &str, count: &str) -> io::Result<bool> {
    store::fill(dir, number(behind)?, number(count)?, true).map_err(|why| io::Error::other(why.to_string()))?;
    Ok(true)
}

fn apply(tasks: &str, long: &str) -> io::Result<bool> {
    println!("{}", serde_json::to_string(&core::measure(number(tasks)?, number(long)?))?);
    Ok(true)
}

/// Measures what is asked for. True if every bar is met.
fn measure(root: &Path, target: &Path, words: &[&str]) -> io::Result<bool> {
    let mut bench = Bench::new(&target.join("release"), target)?;
    let mut names = Vec::new();
    let (mut pairs, mut write) = (None, false);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--quick" => bench.quick = true,
            "--full" => bench.full = true,
            "--write" => write = true,
            "--pairs" => pairs = Some(words.next().and_then(|text| text.parse().ok()).ok_or(io::Error::other(USAGE))?),
            name if rows::names().contains(&name) => names.push(name),
            other => {
                let what = format!("there is no `{other}`; there are {}\n{USAGE}", rows::names().join(", "));
                return Err(io::Error::other(what));
            }
        }
    }
    if write && bench.quick {
        return Err(io::Error::other("--quick measures too little to be written; leave out --quick or --write"));
    }
    bench.pairs = pairs.unwrap_or(if bench.quick { 3 } else { 15 });
    let machine = Machine::here(&bench.scratch)?;
    println!("{}\n", machine.text());
    let mut found = Vec::new();
    for one in rows::ALL {
        let asked: Vec<&str> =
            one.names.iter().copied().filter(|name| names.is_empty() || names.contains(name)).collect();
        if asked.is_empty() {
            continue;
        }
        for row in (one.run)(&bench, &asked)? {
            println!("{}", row.text());
            found.push(row);
        }
    }
    let met = found.iter().all(|row| row.is_met() != Some(false));
    if write {
        let mut results = Results::kept(root);
        results.renew(machine, found, &rows::names());
        results.write(root)?;
        println!("written: benches/results.json, results.md, results.svg, and the table in README.md");
    }
    Ok(met)
}
