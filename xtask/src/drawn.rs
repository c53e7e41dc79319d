//! Documents that are printed from drawn descriptions, for other programs to read.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Prints so many documents of a language into a folder; what was wrong, for people.
///
/// # Errors
/// When `cargo` cannot be started.
pub fn print(root: &Path, language: &str, count: u32, folder: &Path) -> io::Result<Result<(), String>> {
    let drawn = Command::new("cargo")
        .args(["run", "-q", "-p", "pelago-describe", "--example", "printed", "--", language, &count.to_string()])
        .arg(folder)
        .current_dir(root)
        .stdin(Stdio::null())
        .output()?;
    Ok(match drawn.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&drawn.stderr).trim().to_string()),
    })
}
