//! Runs seeds in the virtual world: one to look at, or many to search.

use pelago_sim::soak::{shrink, soak};
use pelago_sim::{Broken, Fault, Options, command, run};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: pelago-sim [--seed N | --from N --seeds COUNT] [OPTIONS]
  --limit TASKS     tasks of a job at most, about (200)
  --threads N       threads for many seeds (1)
  --without FAULT   leaves out a kind of fault; may be repeated
  --trace N         shows the last N records before a failure (60 for a single seed)
  --keep FILE       adds failing seeds to a file
  --shrink          makes a failing seed smaller before it is shown";

/// What the command line says.
struct Arguments {
    options: Options,
    from: u64,
    count: u64,
    threads: usize,
    keep: Option<PathBuf>,
    shrink: bool,
}

fn main() -> ExitCode {
    let Some(mut arguments) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if arguments.count == 1 && arguments.options.trace == 0 {
        arguments.options.trace = 60;
    }
    let seeds: Vec<u64> = (arguments.from..arguments.from.saturating_add(arguments.count)).collect();
    let summary = soak(&seeds, &arguments.options, arguments.threads);
    for (seed, broken) in &summary.broken {
        show(*seed, broken, &arguments);
    }
    let failed = summary.broken.len();
    println!(
        "{} seeds, {failed} failed, {} tasks, {} groups of records, {} owners",
        seeds.len(),
        summary.tasks,
        summary.groups,
        summary.lives
    );
    for (kind, count) in &summary.faults {
        println!("{count:>10} {kind:?}");
    }
    if let Some(file) = &arguments.keep
        && failed > 0
        && let Err(error) = keep(file, summary.broken.keys())
    {
        eprintln!("pelago-sim: the failing seeds cannot be added to {}: {error}", file.display());
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn show(seed: u64, broken: &Broken, arguments: &Arguments) {
    let mut options = arguments.options.clone();
    let mut broken = broken.clone();
    if arguments.shrink {
        options = shrink(seed, &options);
        options.trace = 60;
        if let Err(smaller) = run(seed, &options) {
            broken = *smaller;
        }
    }
    broken.trace.iter().for_each(|line| println!("{line}"));
    println!("seed {seed} breaks a promise:");
    broken.why.iter().take(10).for_each(|why| println!("  {why}"));
    println!("  faults until then: {:?}", broken.faults);
    println!("  again: {}", command(seed, &options));
}

fn keep<'a>(file: &PathBuf, seeds: impl Iterator<Item = &'a u64>) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    for seed in seeds {
        writeln!(file, "{seed}")?;
    }
    Ok(())
}

fn arguments() -> Option<Arguments> {
    let mut arguments =
        Arguments { options: Options::default(), from: 1, count: 1000, threads: 1, keep: None, shrink: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--shrink" {
            arguments.shrink = true;
            continue;
        }
        let value = words.next()?;
        let number = value.parse::<u64>().ok();
        match word.as_str() {
            "--seed" => (arguments.from, arguments.count) = (number?, 1),
            "--from" => arguments.from = number?,
            "--seeds" => arguments.count = number?,
            "--limit" => arguments.options.limit = number?.max(1),
            "--threads" => arguments.threads = usize::try_from(number?).ok()?,
            "--trace" => arguments.options.trace = usize::try_from(number?).ok()?,
            "--keep" => arguments.keep = Some(PathBuf::from(value)),
            "--without" => {
                let kind = Fault::ALL.into_iter().find(|kind| format!("{kind:?}") == value)?;
                arguments.options.without.insert(kind);
            }
            _ => return None,
        }
    }
    Some(arguments)
}
