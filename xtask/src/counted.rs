//! `counted`: instructions (by callgrind) and allocations of fixed workloads of the core, against a recorded baseline. They are
//! the same on every run, so a small regression is seen on a busy machine too.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// Where the baseline is.
const BASELINE: &str = "benches/counted.tsv";
/// By how much a count may exceed its baseline, in percent.
const MORE: u64 = 5;
const HEAD: &str = "# workload\tinstructions\tallocations\n";

/// What a workload costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Instructions, as callgrind counts them.
    pub instructions: u64,
    /// How often memory is asked for.
    pub allocations: u64,
}

type Table = BTreeMap<String, Counts>;

/// Counts all workloads and holds them against the baseline; with `write` they become it. Faults, none if all is well.
///
/// # Errors
/// Something could not be built, started or read.
pub fn run(root: &Path, target: &Path, write: bool) -> io::Result<Vec<String>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(vec![
            "valgrind is not here; install it (the Debian package has this name) and run this again".into(),
        ]);
    }
    let build = ["build", "--release", "-q", "-p", "pelago-bench", "--bin", "counted"];
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    if !Command::new(cargo).args(build).current_dir(root).status()?.success() {
        return Err(io::Error::other("the workloads do not build"));
    }
    let program = target.join("release/counted");
    let usage = Command::new(&program).output()?;
    let said = String::from_utf8_lossy(&usage.stderr).into_owned();
    let names = said.trim().split_once("names: ").map_or("", |(_, names)| names);
    let mut counted = Table::new();
    for name in names.split_whitespace() {
        let (whole, ready) = (count(&program, name, "whole")?, count(&program, name, "ready")?);
        let counts = Counts {
            instructions: whole.instructions.saturating_sub(ready.instructions),
            allocations: whole.allocations.saturating_sub(ready.allocations),
        };
        println!("{name}: {} instructions, {} allocations", counts.instructions, counts.allocations);
        counted.insert(name.to_string(), counts);
    }
    if counted.is_empty() {
        return Err(io::Error::other(format!("the workloads are not named: {said}")));
    }
    if write {
        fs::write(root.join(BASELINE), text(&counted))?;
    }
    let kept = read(&fs::read_to_string(root.join(BASELINE)).unwrap_or_default());
    let mut faults = compare(&kept, &counted);
    faults.extend(unexplained(&before(root), &kept, &fs::read_to_string(root.join("CHANGELOG.md"))?));
    Ok(faults)
}

fn count(program: &Path, name: &str, what: &str) -> io::Result<Counts> {
    let valgrind = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let output = Command::new("valgrind").args(valgrind).arg(program).args([name, what]).output()?;
    let (said, noted) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let number = |text: Option<&str>| text.and_then(|text| text.trim().parse().ok());
    let instructions = number(noted.lines().find_map(|line| line.split_once("Collected :")).map(|(_, count)| count));
    let allocations = number(said.lines().find_map(|line| line.strip_suffix(" allocations")));
    match (instructions, allocations) {
        (Some(instructions), Some(allocations)) if output.status.success() => Ok(Counts { instructions, allocations }),
        _ => Err(io::Error::other(format!("{name} under valgrind: {}: {noted}", output.status))),
    }
}

fn text(table: &Table) -> String {
    let line =
        |(name, counts): (&String, &Counts)| format!("{name}\t{}\t{}\n", counts.instructions, counts.allocations);
    HEAD.to_string() + &table.iter().map(line).collect::<String>()
}

fn read(text: &str) -> Table {
    let line = |line: &str| {
        let mut fields = line.split('\t');
        let name = fields.next().filter(|name| !name.starts_with('#'))?;
        let mut number = || fields.next()?.parse().ok();
        Some((name.to_string(), Counts { instructions: number()?, allocations: number()? }))
    };
    text.lines().filter_map(line).collect()
}

/// Counts that exceed the baseline.
fn compare(kept: &Table, counted: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, now) in counted {
        let Some(then) = kept.get(name) else {
            faults.push(format!("{name} is not in {BASELINE}; `cargo xtask counted --write` puts it there"));
            continue;
        };
        for (what, now, then) in both(*now, *then) {
            if now * 100 > then * (100 + MORE) {
                faults.push(format!(
                    "{name}: {now} {what}, {:.1}% more than the {then} of {BASELINE}; mend it, or give the reason in CHANGELOG.md, \
                     naming {name}, and run `cargo xtask counted --write`",
                    (now as f64 / then.max(1) as f64 - 1.0) * 100.0
                ));
            }
        }
    }
    faults
}

fn both(now: Counts, then: Counts) -> [(&'static str, u64, u64); 2] {
    [("instructions", now.instructions, then.instructions), ("allocations", now.allocations, then.allocations)]
}

/// The baseline before its last change: of the last commit, or of the one before the last commit that changed it.
fn before(root: &Path) -> Table {
    let git = |words: &[&str]| {
        let output = Command::new("git").args(words).current_dir(root).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
    };
    let last = git(&["show", &format!("HEAD:{BASELINE}")]);
    if last != fs::read_to_string(root.join(BASELINE)).unwrap_or_default() {
        return read(&last);
    }
    let commits = git(&["log", "-2", "--format=%H", "--", BASELINE]);
    commits.lines().nth(1).map(|commit| read(&git(&["show", &format!("{commit}:{BASELINE}")]))).unwrap_or_default()
}

/// Workloads whose baseline was raised without a line about them in what is not yet released.
fn unexplained(before: &Table, kept: &Table, changelog: &str) -> Vec<String> {
    let unreleased = changelog.split("\n## ").find(|part| part.starts_with("Unreleased")).unwrap_or_default();
    let raised = kept.iter().filter(|(name, now)| {
        let then = before.get(*name);
        then.is_some_and(|then| both(**now, *then).iter().any(|(_, now, then)| now * 100 > then * (100 + MORE)))
    });
    raised
        .filter(|(name, _)| !unreleased.contains(name.as_str()))
        .map(|(name, _)| {
            format!("{BASELINE} allows {name} more than before, and CHANGELOG.md does not say why; name it there")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(instructions: u64, allocations: u64) -> Table {
        Table::from([("core-apply".to_string(), Counts { instructions, allocations })])
    }

    #[test]
    fn a_baseline_is_read_as_it_is_written() {
        assert_eq!(read(&text(&table(12, 3))), table(12, 3));
    }

    #[test]
    fn five_percent_are_allowed_and_six_are_not() {
        assert_eq!(compare(&table(1000, 100), &table(1050, 105)), Vec::<String>::new());
        assert_eq!(compare(&table(1000, 100), &table(1060, 100)).len(), 1);
        assert_eq!(compare(&table(1000, 100), &table(1000, 106)).len(), 1);
        assert_eq!(compare(&Table::new(), &table(1, 1)).len(), 1);
    }

    #[test]
    fn a_raised_baseline_needs_its_name_in_the_changelog() {
        let (old, new) = (table(1000, 100), table(1200, 100));
        let said = "# Changelog\n\n## Unreleased\n\n- core-apply takes 20% more: it now counts readers.\n\n## 0.1\n";
        assert_eq!(unexplained(&old, &new, said), Vec::<String>::new());
        assert_eq!(unexplained(&old, &new, "# Changelog\n\n## Unreleased\n\n- x\n\n## 0.1\n\n- core-apply\n").len(), 1);
        assert_eq!(unexplained(&new, &old, "").len(), 0);
    }
}
