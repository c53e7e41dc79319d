//! `bench`: builds the release program and the benchmarks (`benches/`), and runs them.

use std::io;
use std::path::Path;
use std::process::Command;

/// Measures what `words` ask for. True if every bar was met.
///
/// # Errors
/// Something could not be built or started.
pub fn run(root: &Path, target: &Path, words: &[String]) -> io::Result<bool> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Apart, so that the program has the features that it has when built alone.
    for package in ["pelago-cli", "pelago-bench"] {
        let status =
            Command::new(&cargo).args(["build", "--release", "-q", "-p", package]).current_dir(root).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("cargo build --release -p {package}: {status}")));
        }
    }
    let program = target.join("release/pelago-bench");
    let status = Command::new(program).arg("measure").arg(root).arg(target).args(words).current_dir(root).status()?;
    Ok(status.success())
}
