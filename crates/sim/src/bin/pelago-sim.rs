//! Runs seeds in the virtual world: one to look at, or many to search.

use pelago_sim::{Options, command, run};
use std::collections::BTreeMap;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut options = Options::default();
    let (mut from, mut count) = (1, 1000);
    let mut arguments = std::env::args().skip(1);
    while let Some(word) = arguments.next() {
        let number = arguments.next().and_then(|text| text.parse::<u64>().ok());
        match (word.as_str(), number) {
            ("--seed", Some(seed)) => (from, count) = (seed, 1),
            ("--from", Some(seed)) => from = seed,
            ("--seeds", Some(seeds)) => count = seeds,
            ("--limit", Some(limit)) => options.limit = limit,
            ("--trace", Some(records)) => options.trace = records as usize,
            _ => {
                eprintln!(
                    "pelago-sim: `{word}` is not understood; use --seed N, --from N, --seeds N, --limit TASKS, --trace N"
                );
                return ExitCode::from(2);
            }
        }
    }
    if count == 1 && options.trace == 0 {
        options.trace = 60;
    }
    let (mut failed, mut faults, mut tasks) = (0, BTreeMap::new(), 0);
    for seed in from..from + count {
        match run(seed, &options) {
            Ok(passed) => {
                tasks += passed.tasks;
                passed.faults.iter().for_each(|(kind, count)| *faults.entry(*kind).or_insert(0) += count);
            }
            Err(broken) => {
                failed += 1;
                if count == 1 {
                    broken.trace.iter().for_each(|line| println!("{line}"));
                }
                println!("seed {seed} breaks a promise:");
                broken.why.iter().take(10).for_each(|why| println!("  {why}"));
                println!("  faults: {:?}", broken.faults);
                println!("  again: {}", command(seed, &options));
            }
        }
    }
    println!("{count} seeds, {failed} failed, {tasks} tasks");
    for (kind, count) in &faults {
        println!("{count:>8} {kind:?}");
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
