//! What a run of libFuzzer said of itself, and the row of the table that it becomes.

use std::fmt;

/// How a parser fared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Inputs that were run.
    pub executions: u64,
    /// How many a second.
    pub speed: u64,
    /// Edges of the program that were reached.
    pub coverage: u64,
    /// Inputs that were worth keeping.
    pub kept: u64,
    /// Most memory that it had, MiB.
    pub memory: u64,
    /// The slowest input, whole seconds.
    pub slowest: u64,
    /// The input that it failed with.
    pub input: Option<String>,
    /// What was said of that: the panic, a timeout, too much memory.
    pub why: String,
}

/// The head of the table.
pub const HEAD: &str = "parser          executions   exec/s   edges    kept  memory  slowest  result";

impl Outcome {
    /// Reads the log of a run.
    pub fn of(log: &str) -> Self {
        let mut outcome = Self::default();
        let number = |text: &str| text.trim().parse().unwrap_or(0);
        let mut panic = None;
        for line in log.lines() {
            if let Some((name, value)) = line.strip_prefix("stat::").and_then(|stat| stat.split_once(':')) {
                match name {
                    "number_of_executed_units" => outcome.executions = number(value),
                    "average_exec_per_sec" => outcome.speed = number(value),
                    "peak_rss_mb" => outcome.memory = number(value),
                    "slowest_unit_time_sec" => outcome.slowest = number(value),
                    _ => {}
                }
            } else if line.starts_with('#') {
                let after = |word: &str| {
                    let (_, rest) = line.split_once(word)?;
                    rest.split([' ', '/']).next()?.parse().ok()
                };
                outcome.coverage = after(" cov: ").unwrap_or(outcome.coverage);
                outcome.kept = after(" corp: ").unwrap_or(outcome.kept);
            } else if let Some((_, path)) = line.split_once("Test unit written to ") {
                // An input that was only slow, on a machine that is busy, is no finding.
                outcome.input =
                    Some(path.trim().to_string()).filter(|path| !path.contains("/slow-unit-")).or(outcome.input);
            } else if panic.is_none() && line.contains(" panicked at ") {
                panic = line.split_once(" panicked at ").map(|(_, place)| place.trim_end_matches(':').to_string());
            } else if let Some(said) = line.strip_prefix("SUMMARY: libFuzzer: ") {
                outcome.why = said.to_string();
            }
        }
        if let Some(place) = panic {
            outcome.why = format!("panic at {place}");
        }
        outcome
    }

    /// Whether an input took too long by the clock.
    pub fn is_timeout(&self) -> bool {
        self.input.is_some() && self.why == "timeout"
    }

    /// What this run and an earlier one are together.
    pub fn after(self, earlier: Self) -> Self {
        let (mean, executions) = (self.speed.midpoint(earlier.speed), self.executions + earlier.executions);
        let (kept, slowest) = (self.kept.max(earlier.kept), self.slowest.max(earlier.slowest));
        let (coverage, memory) = (self.coverage.max(earlier.coverage), self.memory.max(earlier.memory));
        let speed = if earlier.executions == 0 { self.speed } else { mean };
        Self { executions, speed, coverage, kept, memory, slowest, ..self }
    }

    /// The row of a parser.
    pub fn row(&self, parser: &str) -> String {
        let Self { executions, speed, coverage, kept, memory, slowest, .. } = self;
        let numbers = format!("{executions:>11} {speed:>8} {coverage:>7} {kept:>7} {memory:>4} MB {slowest:>6} s");
        format!("{parser:<14} {numbers}  {self}")
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.input, self.executions) {
            (Some(_), _) => write!(f, "FAILED: {}", self.why),
            (None, 0) => f.write_str("FAILED: nothing was run"),
            (None, _) => f.write_str("ok"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "INFO: seed corpus: files: 3\n#4\tINITED cov: 100 ft: 200 corp: 3/57b exec/s: 0 rss: 40Mb\n\
        #900\tNEW    cov: 120 ft: 300 corp: 9/99b lim: 4 exec/s: 0 rss: 41Mb L: 3/9 MS: 1 CopyPart-\n";
    const END: &str = "stat::number_of_executed_units: 901\nstat::average_exec_per_sec:     450\n\
        stat::new_units_added:          6\nstat::slowest_unit_time_sec:    1\nstat::peak_rss_mb:              41\n";

    #[test]
    fn a_run_without_a_finding_is_ok() {
        let outcome = Outcome::of(&format!("{LOG}{END}"));
        assert_eq!(outcome.row("jsdl"), "jsdl                   901      450     120       9   41 MB      1 s  ok");
        assert_eq!(HEAD.find("result"), outcome.row("jsdl").find("ok"));
        assert_eq!(Outcome::of("").to_string(), "FAILED: nothing was run");
    }

    #[test]
    fn a_finding_says_where_and_with_what() {
        let crash = "thread '<unnamed>' (1) panicked at src/document.rs:38:5:\nwhy\n\
            SUMMARY: libFuzzer: deadly signal\nartifact_prefix='a/'; Test unit written to a/crash-1\n";
        let outcome = Outcome::of(&format!("{LOG}{crash}{END}"));
        assert_eq!(outcome.input.as_deref(), Some("a/crash-1"));
        assert_eq!(outcome.to_string(), "FAILED: panic at src/document.rs:38:5");
        let late = "Test unit written to a/slow-unit-1\n";
        assert_eq!(Outcome::of(&format!("{LOG}{late}{END}")).to_string(), "ok");
        let slow = "SUMMARY: libFuzzer: timeout\nTest unit written to a/timeout-1\n";
        assert_eq!(Outcome::of(&format!("{LOG}{slow}{END}")).to_string(), "FAILED: timeout");
    }
}
