//! `fuzz`: the readers of foreign text under libFuzzer, each for a while, and the table of how they fared.
//!
//! The stable compiler is enough: it has the pass that puts coverage counters into a program. Sanitizers, which it does not
//! have, would look for what safe code cannot do.

mod literal;
mod outcome;
mod parser;
mod seeds;

use outcome::{HEAD, Outcome};
use parser::{PARSERS, Parser};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

/// How long one input may take, in seconds; a longer one is a finding.
const TIMEOUT: u64 = 10;
/// How much memory a parser may have, in MiB; more is a finding.
const MEMORY: u64 = 1024;

/// What is done with a finding: it is run again, or made smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Run once.
    Input(PathBuf),
    /// Made smaller for as long as a parser is fuzzed.
    Shrink(PathBuf),
}

/// What is asked of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long each parser runs.
    pub seconds: u64,
    /// After how many executions it stops earlier.
    pub executions: Option<u64>,
    /// The seed of all that is drawn; with one, and stopped by executions, a run repeats itself.
    pub seed: Option<u64>,
    /// Whether a breach of the law of translation is a finding too.
    pub law: bool,
    /// How many parsers run at a time.
    pub jobs: usize,
    /// Names of parsers; all if empty.
    pub parsers: Vec<String>,
    /// A finding to look at instead.
    pub repeat: Option<Repeat>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seconds: 60, executions: None, seed: None, law: false, jobs: 2, parsers: Vec::new(), repeat: None }
    }
}

impl Options {
    /// Reads the words of a command line.
    ///
    /// # Errors
    /// What is wrong with them, for people.
    pub fn parse(words: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("`{word}` needs a value"));
            match word.as_str() {
                "--seconds" => options.seconds = number(word, value()?)?,
                "--executions" => options.executions = Some(number(word, value()?)?),
                "--seed" => options.seed = Some(number(word, value()?)?),
                "--law" => options.law = true,
                "--jobs" => options.jobs = number(word, value()?)? as usize,
                "--input" => options.repeat = Some(Repeat::Input(value()?.into())),
                "--shrink" => options.repeat = Some(Repeat::Shrink(value()?.into())),
                name if PARSERS.iter().any(|parser| parser.name == name) => options.parsers.push(name.to_string()),
                other => {
                    let known: Vec<&str> = PARSERS.iter().map(|parser| parser.name).collect();
                    return Err(format!("`{other}` is no parser; known: {}", known.join(", ")));
                }
            }
        }
        if options.repeat.is_some() && options.parsers.len() != 1 {
            return Err("name the one parser that the input is for".to_string());
        }
        Ok(options)
    }
}

fn number(option: &str, value: &str) -> Result<u64, String> {
    value.parse().ok().filter(|n| *n > 0).ok_or(format!("`{option}` needs a number of 1 or more, not `{value}`"))
}

/// Does what is asked; true if nothing was found.
///
/// # Errors
/// The program could not be built or run.
pub fn run(root: &Path, options: &Options) -> io::Result<bool> {
    let target = crate::target(root).join("fuzz");
    let began = Instant::now();
    let program = build(root, &target)?;
    println!("built in {:.0} s", began.elapsed().as_secs_f64());
    let asked = |parser: &&Parser| options.parsers.is_empty() || options.parsers.iter().any(|n| n == parser.name);
    let parsers: Vec<&Parser> = PARSERS.iter().filter(asked).collect();
    if let (Some(repeat), [parser]) = (&options.repeat, &parsers[..]) {
        return again(&program, parser, repeat, options);
    }
    if seeds::corpus(root).is_none() {
        println!("no corpus of real files is here; PELAGO_CORPUS may name its folder");
    }
    println!("{HEAD}");
    let queue: Mutex<VecDeque<&Parser>> = Mutex::new(parsers.into());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..options.jobs {
            scope.spawn(|| {
                // The lock is given back before the run.
                let next = || queue.lock().ok()?.pop_front();
                while let Some(parser) = next() {
                    let outcome = fuzz(root, &target, &program, parser, options);
                    if let Ok(outcome) = &outcome {
                        println!("{}", outcome.row(parser.name));
                    }
                    if let Ok(mut done) = done.lock() {
                        done.push((parser.name, outcome));
                    }
                }
            });
        }
    });
    let mut good = true;
    for (parser, outcome) in done.into_inner().unwrap_or_default() {
        let outcome = outcome.map_err(|error| io::Error::new(error.kind(), format!("{parser}: {error}")))?;
        if let Some(input) = &outcome.input {
            println!("\n{parser}: {}\n  repeat it with: cargo xtask fuzz {parser} --input {input}", outcome.why);
        }
        good &= outcome.input.is_none() && outcome.executions > 0;
    }
    Ok(good)
}

/// The flags of `cargo fuzz`, without those for sanitizers.
const COVERAGE: [&str; 7] = [
    "--cfg",
    "fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Builds the program. The target is named, so that the flags are not for build scripts.
fn build(root: &Path, target: &Path) -> io::Result<PathBuf> {
    let version = Command::new("rustc").arg("-vV").current_dir(root).output()?;
    let said = String::from_utf8_lossy(&version.stdout);
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root.join("fuzz"))
        .args(["build", "--quiet", "--release", "--target", host, "--target-dir"])
        .arg(target)
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"))
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!(
            "building the program in fuzz/: {status}; besides what is said above, it needs a C++ compiler"
        )));
    }
    Ok(target.join(host).join("release/pelago-fuzz"))
}

fn command(program: &Path, parser: &Parser, law: bool) -> Command {
    let mut command = Command::new(program);
    if law {
        command.env("PELAGO_LAW", "1");
    }
    command.env("PELAGO_PARSER", parser.name).stdin(Stdio::null());
    command.args([format!("-timeout={TIMEOUT}"), format!("-rss_limit_mb={MEMORY}")]);
    command
}

/// Runs one parser; what it says goes into a log beside what it keeps.
fn fuzz(root: &Path, target: &Path, program: &Path, parser: &Parser, options: &Options) -> io::Result<Outcome> {
    let dir = target.join(parser.name);
    let (seeds, kept) = (dir.join("seeds"), dir.join("kept"));
    let (words, log) = (dir.join("words"), dir.join("log"));
    let collected = seeds::of(parser, root)?;
    collected.write(&seeds)?;
    fs::create_dir_all(&kept)?;
    fs::write(&words, collected.dictionary())?;
    let (began, mut outcome) = (Instant::now(), Outcome::default());
    loop {
        let left = options.seconds.saturating_sub(began.elapsed().as_secs()).max(1);
        let mut command = command(program, parser, options.law);
        command.arg(format!("-max_total_time={left}")).arg(format!("-max_len={}", seeds::LONGEST));
        command.arg("-print_final_stats=1").arg(format!("-artifact_prefix={}/", dir.display()));
        if let Some(seed) = options.seed {
            command.arg(format!("-seed={seed}"));
        }
        if let Some(runs) = options.executions {
            command.arg(format!("-runs={}", runs.saturating_sub(outcome.executions).max(1)));
        }
        if !collected.words.is_empty() {
            command.arg(format!("-dict={}", words.display()));
        }
        let said = File::create(&log)?;
        command.args([&kept, &seeds]).current_dir(&dir).stdout(said.try_clone()?).stderr(said).status()?;
        outcome = Outcome::of(&String::from_utf8_lossy(&fs::read(&log)?)).after(outcome);
        let starved = outcome.is_timeout() && is_quick(program, parser, outcome.input.as_deref().unwrap_or_default())?;
        if !starved {
            return Ok(outcome);
        }
        (outcome.input, outcome.why) = (None, String::new());
        if began.elapsed().as_secs() >= options.seconds {
            return Ok(outcome);
        }
    }
}

/// Whether an input that was too slow by the clock, which is all that libFuzzer looks at, needs little time of a processor:
/// then the machine had no time for it.
fn is_quick(program: &Path, parser: &Parser, input: &str) -> io::Result<bool> {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -t {TIMEOUT}; exec \"$0\" -timeout=3600 \"$1\"")]).arg(program).arg(input);
    command.env("PELAGO_PARSER", parser.name).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.status()?.success())
}

/// Runs an input once, or makes it smaller; true if it is no finding.
fn again(program: &Path, parser: &Parser, repeat: &Repeat, options: &Options) -> io::Result<bool> {
    let mut command = command(program, parser, options.law);
    match repeat {
        Repeat::Input(input) => command.arg(input),
        Repeat::Shrink(input) => {
            let smaller = format!("{}.smaller", input.display());
            println!("the smallest input is left in {smaller}");
            command.args(["-minimize_crash=1".to_string(), format!("-max_total_time={}", options.seconds)]);
            command.arg(format!("-exact_artifact_path={smaller}")).arg(input)
        }
    };
    Ok(command.status()?.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Options, String> {
        Options::parse(&words.split_whitespace().map(str::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read() {
        assert_eq!(parsed(""), Ok(Options::default()));
        let options = parsed("--seconds 600 --executions 20000000 --seed 7 --jobs 1 jsdl dag").unwrap();
        assert_eq!(options.seed, Some(7));
        assert_eq!((options.seconds, options.executions, options.jobs), (600, Some(20_000_000), 1));
        assert_eq!(options.parsers, ["jsdl", "dag"]);
        assert_eq!(parsed("jsdl --input a").unwrap().repeat, Some(Repeat::Input("a".into())));
    }

    #[test]
    fn wrong_options_are_refused() {
        for (words, why) in [
            ("--seconds", "`--seconds` needs a value"),
            ("--jobs none", "`--jobs` needs a number of 1 or more, not `none`"),
            ("--jobs 0", "`--jobs` needs a number of 1 or more, not `0`"),
            ("--input a", "name the one parser that the input is for"),
        ] {
            assert_eq!(parsed(words), Err(why.to_string()));
        }
        assert!(parsed("jsdk").unwrap_err().starts_with("`jsdk` is no parser; known: adl, applications, "));
    }
}
