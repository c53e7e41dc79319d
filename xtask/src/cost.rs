//! What the default program costs to build: CPU seconds of a clean release build, against a budget, with the share of
//! the crates that take longest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// CPU seconds that a clean release build may take.
const BUDGET: f64 = 600.0;
/// Crates listed.
const LISTED: usize = 12;

/// What a build cost.
#[derive(Debug)]
pub struct Cost {
    /// CPU seconds of all its processes.
    pub cpu: f64,
    /// Whether nothing had been built before, so that the budget applies.
    pub clean: bool,
    /// How many crates were built.
    pub crates: usize,
    /// The longest ones: name and seconds, longest first.
    pub longest: Vec<(String, f64)>,
}

impl Cost {
    /// Whether it is within the budget, as far as that can be told.
    pub fn is_good(&self) -> bool {
        !self.clean || self.cpu <= BUDGET
    }

    /// The cost as text for people.
    pub fn text(&self) -> String {
        let kind = if self.clean { "a clean" } else { "an incremental" };
        let mut text = format!("{kind} release build took {:.0} CPU seconds for {} crates", self.cpu, self.crates);
        text.push_str(&format!(" (budget of a clean one: {BUDGET:.0})\n"));
        for (name, seconds) in &self.longest {
            text.push_str(&format!("{seconds:8.1} s  {name}\n"));
        }
        text
    }
}

/// Builds the release program and tells what that cost.
pub fn build(root: &Path, target: &Path) -> io::Result<Cost> {
    let clean = !target.join("release").exists();
    let before = children_cpu()?;
    let status = Command::new("cargo").args(["build", "--release", "--timings"]).current_dir(root).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("cargo build --release: {status}")));
    }
    let cpu = children_cpu()? - before;
    let (crates, longest) = match report(target)? {
        Some(path) => shares(&fs::read_to_string(path)?),
        None => (0, Vec::new()),
    };
    Ok(Cost { cpu, clean, crates, longest })
}

/// CPU seconds of all children that have ended: fields 16 and 17 of `/proc/self/stat`, in hundredths (proc(5)).
fn children_cpu() -> io::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<u64> = after_name.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
    Ok((fields.get(13).unwrap_or(&0) + fields.get(14).unwrap_or(&0)) as f64 / 100.0)
}

/// The newest report of `--timings`.
fn report(target: &Path) -> io::Result<Option<PathBuf>> {
    let path = target.join("cargo-timings/cargo-timing.html");
    Ok(path.exists().then_some(path))
}

/// Names and durations of the units in a report, which holds them as JSON, one object after another.
fn shares(report: &str) -> (usize, Vec<(String, f64)>) {
    let units = report.split_once("UNIT_DATA = [").map_or("", |(_, rest)| rest);
    let units = units.split_once("];").map_or(units, |(units, _)| units);
    let text = |unit: &str, key: &str| {
        let (_, rest) = unit.split_once(&format!("\"{key}\":"))?;
        let rest = rest.trim_start().trim_start_matches('"');
        let end = rest.find(['"', ',', '\n', '}']).unwrap_or(rest.len());
        Some(rest[..end].trim().to_string())
    };
    let mut found: Vec<(String, f64)> = units
        .split('{')
        .filter_map(|unit| Some((text(unit, "name")?, text(unit, "duration")?.parse().ok()?)))
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let count = found.len();
    found.truncate(LISTED);
    (count, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_from_a_report() {
        let report = "x\nconst UNIT_DATA = [\n {\n \"i\": 0,\n \"name\": \"small\",\n \"duration\": 1.5,\n },\n \
            {\n \"i\": 1,\n \"name\": \"large\",\n \"duration\": 20.25\n }\n];\n";
        let (count, longest) = shares(report);
        assert_eq!((count, longest[0].clone()), (2, ("large".to_string(), 20.25)));
    }

    #[test]
    fn a_budget_is_for_clean_builds() {
        let cost = |clean, cpu| Cost { cpu, clean, crates: 1, longest: Vec::new() };
        assert!(cost(false, 900.0).is_good() && cost(true, 599.0).is_good());
        assert!(!cost(true, 601.0).is_good());
    }
}
