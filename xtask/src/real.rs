//! Checks of the built program together with other programs: Python's SQLite, `tar`, and what only root can set up.
//!
//! Each check works in a directory of its own. One that lacks its program, or the right to run, fails
//! and says what to do: nothing is skipped. Only what cannot be installed, the schemas of others, may be absent, and that
//! is said.

use crate::debian;
use crate::oracle::{self, Finding};
use crate::schemas;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// How one check went.
#[derive(Debug)]
pub struct Check {
    name: &'static str,
    verdict: Verdict,
}

#[derive(Debug)]
enum Verdict {
    Good(String),
    Bad(String),
    /// What it needs is nothing that can be installed.
    Absent(String),
}

impl Check {
    /// Whether it did not fail.
    pub fn is_good(&self) -> bool {
        !matches!(self.verdict, Verdict::Bad(_))
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Good(text) => write!(f, "ok       {}: {text}", self.name),
            Verdict::Bad(why) => write!(f, "FAILED   {}: {why}", self.name),
            Verdict::Absent(what) => write!(f, "not here {}: {what}", self.name),
        }
    }
}

/// Builds the release program in the repository `root` and runs all checks with it.
pub fn run(root: &Path) -> Vec<Check> {
    let mut results = Vec::new();
    let mut note = |name, done: io::Result<Verdict>| {
        let verdict = done.unwrap_or_else(|error| Verdict::Bad(error.to_string()));
        results.push(Check { name, verdict });
        !matches!(results.last(), Some(Check { verdict: Verdict::Bad(_), .. }))
    };
    let target = crate::target(root);
    let program = target.join("release/pelago");
    note("the store as root", store_as_root(root));
    note(CLASSADS, classads(root));
    note(SUBMIT_FILES, submit_files(root));
    if !note("the release program", build(root)) {
        return results;
    }
    let dir = target.join("real");
    let _ = fs::remove_dir_all(&dir);
    if let Err(error) = fs::create_dir_all(&dir) {
        note("a directory to work in", Err(error));
        return results;
    }
    note("Python opens the view of values", values_in_python(&program, &dir));
    note("tar reads the savannah's results", savannah_in_tar(root, &program, &dir));
    note("real files in every language, read back", law(root));
    note("documents start MPI, Java and containers", documents(crate::programs::run(&program, &dir)));
    note("sbatch takes translated scripts", documents(crate::slurm::run(root, &program, &dir)));
    note("ARC, Globus and schemas take what is printed", documents(crate::readers::run(root, &program, &dir)));
    note("xmllint validates JSDL with OGF's schemas", jsdl(root, &program, &dir));
    results
}

/// The law of translation over all documents of the corpus; the test over the shorter ones is in `describe`.
fn law(root: &Path) -> io::Result<Verdict> {
    let corpus = root.join("../shared/corpus");
    if !corpus.join("INDEX.tsv").exists() {
        return Ok(Verdict::Absent(format!("{}/INDEX.tsv", corpus.display())));
    }
    let matrix = ["run", "--release", "-q", "-p", "pelago-describe", "--example", "matrix", "--", path(&corpus)?];
    let output = run_in(root, "cargo", &matrix)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().find(|line| line.starts_with("law broken")).unwrap_or("nothing was said").to_string();
    Ok(judge(&output, || last))
}

const CLASSADS: &str = "ClassAds as HTCondor has them";
const SUBMIT_FILES: &str = "submit files as HTCondor reads them";

/// Only the comparisons with HTCondor's library: ClassAd expressions, and submit files.
pub fn oracle(root: &Path) -> Vec<Check> {
    let checks = [(CLASSADS, classads(root)), (SUBMIT_FILES, submit_files(root))];
    let judged = |verdict: io::Result<Verdict>| verdict.unwrap_or_else(|error| Verdict::Bad(error.to_string()));
    checks.into_iter().map(|(name, verdict)| Check { name, verdict: judged(verdict) }).collect()
}

fn classads(root: &Path) -> io::Result<Verdict> {
    Ok(match oracle::run(root, &crate::target(root))? {
        Finding::Agreed(how) => Verdict::Good(how),
        Finding::Differs(how) => Verdict::Bad(how),
    })
}

fn jsdl(root: &Path, program: &Path, dir: &Path) -> io::Result<Verdict> {
    Ok(match schemas::run(root, program, dir)? {
        schemas::Finding::Valid(how) => Verdict::Good(how),
        schemas::Finding::Not(how) => Verdict::Bad(how),
        schemas::Finding::Absent(how) => Verdict::Absent(how),
    })
}

fn documents(ran: io::Result<Result<String, String>>) -> io::Result<Verdict> {
    ran.map(|ran| ran.map_or_else(Verdict::Bad, Verdict::Good))
}

fn submit_files(root: &Path) -> io::Result<Verdict> {
    Ok(match crate::submit::run(root, &crate::target(root))? {
        Finding::Agreed(how) => Verdict::Good(how),
        Finding::Differs(how) => Verdict::Bad(how),
    })
}

fn build(root: &Path) -> io::Result<Verdict> {
    let output = run_in(root, "cargo", &["build", "--release", "-q"])?;
    Ok(judge(&output, || "built".to_string()))
}

/// The tests that mount small file systems, full ones and read-only ones, say on standard error when they could not.
fn store_as_root(root: &Path) -> io::Result<Verdict> {
    let test = ["test", "-q", "-p", "pelago-site", "journal::tests::a_", "--", "--nocapture"];
    let output = run_in(root, "cargo", &test)?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() && said.contains("skipped: ") {
        return Ok(Verdict::Bad("mounting a file system needs root".into()));
    }
    Ok(judge(&output, || "a full disk and a read-only directory".to_string()))
}

/// A sweep without a file whose values another program reads from the history.
fn values_in_python(program: &Path, dir: &Path) -> io::Result<Verdict> {
    let dir = dir.join("values");
    fs::create_dir_all(&dir)?;
    let plan = "parameter x integer range from 1 to 20 step 1\n\
                task main\n    shexec \"expr $x '*' $x\"\n    value square from stdout\nendtask\n";
    fs::write(dir.join("squares.plan"), plan)?;
    let output = run_in(&dir, path(program)?, &["run", "squares.plan"])?;
    if !output.status.success() {
        return Ok(judge(&output, String::new));
    }
    let script = "import sqlite3\ndb = sqlite3.connect('file:.pelago/history.db?mode=ro', uri=True)\n\
                  rows = db.execute('SELECT x, square FROM values_1 WHERE x > 2 ORDER BY x').fetchall()\n\
                  assert rows == [(x, x * x) for x in range(3, 21)], rows\nprint(len(rows), 'rows,', sqlite3.sqlite_version)";
    if let Err(why) = debian::need(&[("python3", "python3")])? {
        return Ok(Verdict::Bad(why));
    }
    let output = run_in(&dir, "python3", &["-c", script])?;
    Ok(judge(&output, || String::from_utf8_lossy(&output.stdout).trim().to_string()))
}

/// A small savannah; every archive that came home must list whole, with the state of its own month in it.
fn savannah_in_tar(root: &Path, program: &Path, dir: &Path) -> io::Result<Verdict> {
    let source = root.join("examples/savannah");
    let copied = run_in(dir, "cp", &["-R", path(&source)?, "."])?;
    if !copied.status.success() {
        return Ok(judge(&copied, String::new));
    }
    let dir = dir.join("savannah");
    let _ = fs::remove_dir_all(dir.join(".pelago"));
    let small = ["run", "savannah.plan", "-p", "exprnr=1:2", "-s", "timestep=1:12"];
    let output = run_in(&dir, path(program)?, &small)?;
    if !output.status.success() {
        return Ok(judge(&output, String::new));
    }
    let mut read = 0;
    for experiment in 1..=2 {
        let archive = format!("cms.{experiment}.12.tar.gz");
        let listing = run_in(&dir, "tar", &["-tzf", &archive])?;
        let inside = format!("cms.{experiment}/");
        if !listing.status.success() || !String::from_utf8_lossy(&listing.stdout).lines().any(|line| line == inside) {
            return Ok(Verdict::Bad(format!("`tar -tzf {archive}` does not list {inside}")));
        }
        read += 1;
    }
    Ok(Verdict::Good(format!("{read} archives")))
}

fn path(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| io::Error::other(format!("{} is not UTF-8", path.display())))
}

fn run_in(dir: &Path, program: &str, arguments: &[&str]) -> io::Result<Output> {
    Command::new(program).args(arguments).current_dir(dir).stdin(Stdio::null()).output()
}

/// Good with a text, or bad with the end of what the program said.
fn judge(output: &Output, good: impl FnOnce() -> String) -> Verdict {
    if output.status.success() {
        return Verdict::Good(good());
    }
    let said = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    let lines: Vec<&str> = said.trim().lines().collect();
    let end = lines[lines.len().saturating_sub(8)..].join("\n         ");
    Verdict::Bad(format!("{}\n         {end}", output.status))
}
