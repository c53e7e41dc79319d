//! The promises hold in the virtual world: for seeds that once broke one, and for three hundred others.

use pelago_sim::soak::{Summary, soak};
use pelago_sim::{Fault, Options, command};

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get())
}

fn check(summary: &Summary, options: &Options) {
    let failures: Vec<String> = summary
        .broken
        .iter()
        .map(|(seed, broken)| format!("seed {seed}: {:?}\n  again: {}", broken.why, command(*seed, options)))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn seeds_that_once_failed() {
    let seeds: Vec<u64> = include_str!("../seeds.txt")
        .lines()
        .filter_map(|line| line.split('#').next())
        .filter_map(|word| word.trim().parse().ok())
        .collect();
    assert!(seeds.len() > 20, "the list of seeds can be read");
    let options = Options::default();
    check(&soak(&seeds, &options, threads()), &options);
}

#[test]
fn three_hundred_seeds_of_up_to_two_hundred_tasks() {
    let seeds: Vec<u64> = (1..=300).collect();
    let options = Options::default();
    let summary = soak(&seeds, &options, threads());
    check(&summary, &options);
    for kind in Fault::ALL {
        assert!(summary.faults.get(&kind).is_some_and(|count| *count > 0), "{kind:?} never had an effect");
    }
    assert!(summary.tasks > 10_000, "{} tasks", summary.tasks);
}

#[test]
fn a_seed_repeats_exactly() {
    let options = Options { trace: 100_000, ..Options::default() };
    for seed in [3, 7, 12] {
        let (one, other) = (pelago_sim::run(seed, &options), pelago_sim::run(seed, &options));
        match (one, other) {
            (Ok(one), Ok(other)) => {
                assert_eq!((one.faults, one.groups, one.tasks), (other.faults, other.groups, other.tasks));
            }
            (one, other) => panic!("seed {seed}: {one:?} and {other:?}"),
        }
    }
}
