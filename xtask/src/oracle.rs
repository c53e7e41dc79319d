//! HTCondor's own ClassAd library, from PyPI, as an oracle for `pelago-classad`: random expressions, zero differences.
//!
//! What is known to differ is in `crates/classad/DIFFERENCES.md`, and the generator stays away from it.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// The release of HTCondor that the crate follows.
const RELEASE: &str = "htcondor==25.14.1";
/// How many expressions are compared for each seed.
const COUNT: &str = "100000";
const SEEDS: [&str; 3] = ["1", "2", "3"];

/// How the comparison went.
#[derive(Debug)]
pub enum Finding {
    /// No difference; how many expressions.
    Agreed(String),
    /// The first differences; or that there is no Python, or no such library, and what to do.
    Differs(String),
}

/// Compares; keeps the library in `target` for the next time.
///
/// # Errors
///
/// When a program cannot be started or a file not written.
pub fn run(root: &Path, target: &Path) -> io::Result<Finding> {
    let dir = target.join("oracle");
    fs::create_dir_all(&dir)?;
    let python = dir.join("venv/bin/python");
    if let Some(why) = install(&dir, "venv", &python, RELEASE, "import htcondor2, classad2")? {
        return Ok(Finding::Differs(format!("{why}; it takes python3 with venv, and PyPI for the first time")));
    }
    let build = ["build", "--release", "-q", "-p", "pelago-classad", "--example", "generate"];
    if !Command::new("cargo").args(build).current_dir(root).status()?.success() {
        return Ok(Finding::Differs("the generator does not build".into()));
    }
    let mut ends = Vec::new();
    for seed in SEEDS {
        let expressions = dir.join(format!("expressions-{seed}"));
        let generator = target.join("release/examples/generate");
        let made = Command::new(generator).args([COUNT, seed]).stdout(File::create(&expressions)?).status()?;
        if !made.success() {
            return Ok(Finding::Differs(format!("the generator: {made}")));
        }
        let compared = Command::new(&python)
            .args(["-c", SCRIPT])
            // The generator tells local time in UTC.
            .env("TZ", "UTC")
            .stdin(File::open(&expressions)?)
            .output()?;
        let said = [&compared.stdout[..], &compared.stderr[..]].map(String::from_utf8_lossy).concat();
        if !compared.status.success() {
            return Ok(Finding::Differs(said));
        }
        ends.push(format!("seed {seed}: {}", said.trim().lines().last().unwrap_or_default()));
    }
    Ok(Finding::Agreed(ends.join("; ")))
}

/// A virtual environment `name` with a release of the library, in which `import` works; why not, if there is none.
pub(crate) fn install(
    dir: &Path,
    name: &str,
    python: &Path,
    release: &str,
    import: &str,
) -> io::Result<Option<String>> {
    let there = |python: &Path| {
        let import = Command::new(python).args(["-W", "ignore", "-c", import]).stderr(Stdio::null()).status();
        import.is_ok_and(|status| status.success())
    };
    if there(python) {
        return Ok(None);
    }
    let made = Command::new("python3").args(["-m", "venv", name]).current_dir(dir).output();
    match made {
        Ok(output) if output.status.success() => {}
        Ok(output) => return Ok(Some(String::from_utf8_lossy(&output.stderr).trim().to_string())),
        Err(error) => return Ok(Some(format!("python3: {error}"))),
    }
    let installed = Command::new(python).args(["-m", "pip", "install", "-q", release]).output()?;
    if installed.status.success() && there(python) {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&installed.stderr).trim().to_string();
    Ok(Some(format!("{release} cannot be installed: {}", said.lines().last().unwrap_or_default())))
}

/// Reads what the generator prints and evaluates the same with the library. The library has faults that kill its process,
/// so it works in a child; the expression that killed it is named and passed over.
const SCRIPT: &str = r##"
import os, struct, sys
from datetime import datetime
import htcondor2, classad2  # htcondor2 registers the functions

my = target = None

def bits(x):
    return "nan" if x != x else struct.pack(">d", x).hex()

def value(text):
    # In brackets, for the module pastes the text into an ad, which a bracket in it could end.
    return classad2.ExprTree("(" + text + ")").eval(my, target)

def text_of(text):
    result = value("string(" + text + ")")
    return result.encode().hex() if isinstance(result, str) else "?"

def result_of(text):
    try:
        expr = classad2.ExprTree("(" + text + ")")
    except classad2.ClassAdException:
        return "parse"
    try:
        v = expr.eval(my, target)
    except classad2.ClassAdException:
        return "fail"
    if isinstance(v, classad2.Value):
        return "undefined" if v == classad2.Value.Undefined else "error"
    if isinstance(v, bool):
        return "b:true" if v else "b:false"
    if isinstance(v, int):
        return f"i:{v}"
    if isinstance(v, float):
        return ("t:" if value("isRelTime(" + text + ")") is True else "r:") + bits(v)
    if isinstance(v, str):
        return "s:" + v.encode().hex()
    if isinstance(v, datetime):
        return "a:" + text_of(text)
    return ("l:" if isinstance(v, list) else "d:") + text_of(text)

def work(lines, start, out):
    """Writes a result for each line from start on; may be killed by a fault of the library at any of them."""
    with os.fdopen(out, "w", buffering=1) as pipe:
        for line in lines[start:]:
            try:
                pipe.write(result_of(line.split("\t", 1)[1]) + "\n")
            except Exception as e:
                pipe.write("exception " + repr(e) + "\n")
    os._exit(0)

def show(r):
    try:
        return r[:2] + repr(bytes.fromhex(r[2:]).decode()) if r[:2] in ("s:", "a:", "l:", "d:") else r
    except ValueError:
        return r

def main():
    global my, target
    my, target = (classad2.ClassAd(sys.stdin.readline()) for _ in range(2))
    lines = sys.stdin.read().splitlines()
    at = differences = crashes = 0
    while at < len(lines):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            work(lines, at, write)
        os.close(write)
        with os.fdopen(read) as pipe:
            for theirs in pipe:
                ours, text = lines[at].split("\t", 1)
                at += 1
                if theirs.rstrip("\n") != ours:
                    differences += 1
                    if differences <= 40:
                        print(f"{text}\n    here   {show(ours)}\n    there  {show(theirs.strip())}")
        os.waitpid(child, 0)
        if at < len(lines):
            crashes += 1
            print("the library crashed at", lines[at].split("\t", 1)[1])
            at += 1
    print(f"{len(lines)} expressions, {differences} differences, {crashes} crashes of the library {classad2.version()}")
    sys.exit(1 if differences else 0)

main()
"##;
