//! `cargo xtask ERRAND`: runs one of the project's own errands.

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask ERRAND
  soak [SEEDS]
          run 100,000 seeds, or so many, in the virtual world; keep those that break a promise as tests
  bench [NAME…] [--pairs N] [--quick] [--full] [--write]
          measure beside the machine's own limit and other systems; without names everything, which takes about
          15 minutes of an idle machine; --write keeps the results in benches/ and in the README
  fuzz [--seconds N] [--executions N] [--seed N] [--jobs N] [--law] [PARSER…]
  fuzz PARSER --input FILE | --shrink FILE
          fuzz each reader of foreign text for 60 s, two at a time, or as said; or repeat a finding, or make it smaller
  cost    build the release program and say what that cost in CPU time, crate by crate
  counted [--write]
          count instructions and allocations of the core's fixed workloads, against benches/counted.tsv
  tidy    check the layout that ARCHITECTURE.md describes
  oracle  compare ClassAd expressions and submit files with HTCondor's own library
  real    check against other programs and what needs root (builds the release program first)";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let errand = arguments.next();
    if errand.as_deref() == Some("soak") {
        return soak(arguments.next());
    }
    if errand.as_deref() == Some("bench") {
        return bench(&arguments.collect::<Vec<_>>());
    }
    if errand.as_deref() == Some("counted") {
        return counted(arguments.next().as_deref());
    }
    if errand.as_deref() == Some("fuzz") {
        return fuzz(&arguments.collect::<Vec<_>>());
    }
    if arguments.next().is_some() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match errand.as_deref() {
        Some("cost") => cost(),
        Some("tidy") => tidy(),
        Some("oracle") => oracle(),
        Some("real") => real(),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn soak(seeds: Option<String>) -> ExitCode {
    let Some(seeds) = seeds.map_or(Some(xtask::soak::SEEDS), |text| text.parse().ok()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match xtask::soak::run(&xtask::root(), seeds) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the simulation cannot be started: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(words: &[String]) -> ExitCode {
    let root = xtask::root();
    match xtask::bench::run(&root, &xtask::target(&root), words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the benchmarks cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn counted(word: Option<&str>) -> ExitCode {
    if word.is_some_and(|word| word != "--write") {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let root = xtask::root();
    match xtask::counted::run(&root, &xtask::target(&root), word.is_some()) {
        Ok(faults) => {
            faults.iter().for_each(|fault| eprintln!("{fault}"));
            if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("the core cannot be counted: {error}");
            ExitCode::FAILURE
        }
    }
}

fn fuzz(words: &[String]) -> ExitCode {
    let options = match xtask::fuzz::Options::parse(words) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match xtask::fuzz::run(&xtask::root(), &options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the parsers cannot be fuzzed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn cost() -> ExitCode {
    let root = xtask::root();
    match xtask::cost::build(&root, &xtask::target(&root)) {
        Ok(cost) => {
            print!("{}", cost.text());
            if cost.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("the release program cannot be built: {error}");
            ExitCode::FAILURE
        }
    }
}

fn tidy() -> ExitCode {
    match xtask::tidy::check(&xtask::root()) {
        Ok(faults) if faults.is_empty() => {
            println!("tidy");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            for fault in &faults {
                eprintln!("{fault}");
            }
            eprintln!("{} faults; ARCHITECTURE.md says what is allowed", faults.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("the tree cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn oracle() -> ExitCode {
    shown(&xtask::real::oracle(&xtask::root()))
}

fn real() -> ExitCode {
    shown(&xtask::real::run(&xtask::root()))
}

fn shown(results: &[xtask::real::Check]) -> ExitCode {
    for result in results {
        println!("{result}");
    }
    match results.iter().all(xtask::real::Check::is_good) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
