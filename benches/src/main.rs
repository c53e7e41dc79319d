//! How fast Pelago is: every figure beside the machine's own limit or another system, both sides run alternately.
//!
//! `cargo xtask bench` builds the release programs and calls this.

mod bare;
mod bench;
mod hyperqueue;
mod row;
mod rows;
mod sample;
mod timed;

use bench::Bench;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask bench [NAME…] [--pairs N] [--quick] [--full]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["bare", count] => bare(count),
        ["mark", fifo] => mark(Path::new(fifo)),
        ["measure", target, rest @ ..] => measure(Path::new(target), rest),
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

fn bare(count: &str) -> io::Result<bool> {
    let count = count.parse().map_err(|_| io::Error::other(USAGE))?;
    let lanes = std::thread::available_parallelism().map_or(1, |lanes| lanes.get());
    bare::spawn(count, lanes.min(usize::try_from(count).unwrap_or(lanes)))?;
    Ok(true)
}

fn mark(fifo: &Path) -> io::Result<bool> {
    std::fs::OpenOptions::new().write(true).open(fifo)?.write_all(b"x")?;
    Ok(true)
}

/// Measures what is asked for. True if every bar is met.
fn measure(target: &Path, words: &[&str]) -> io::Result<bool> {
    let mut bench = Bench::new(&target.join("release"), target)?;
    let mut names = Vec::new();
    let mut pairs = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--quick" => bench.quick = true,
            "--full" => bench.full = true,
            "--pairs" => pairs = Some(words.next().and_then(|text| text.parse().ok()).ok_or(io::Error::other(USAGE))?),
            name if rows::ALL.iter().any(|one| one.names.contains(&name)) => names.push(name),
            other => {
                let known: Vec<&str> = rows::ALL.iter().flat_map(|one| one.names).copied().collect();
                return Err(io::Error::other(format!("there is no `{other}`; there are {}", known.join(", "))));
            }
        }
    }
    bench.pairs = pairs.unwrap_or(if bench.quick { 3 } else { 15 });
    let mut met = true;
    for one in rows::ALL {
        let asked: Vec<&str> =
            one.names.iter().copied().filter(|name| names.is_empty() || names.contains(name)).collect();
        if asked.is_empty() {
            continue;
        }
        for row in (one.run)(&bench, &asked)? {
            println!("{}", row.text());
            met &= row.is_met() != Some(false);
        }
    }
    Ok(met)
}
