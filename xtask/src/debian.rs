//! Packages of Debian that the checks against other programs need.

use std::io;
use std::process::{Command, Stdio};

/// Installs packages; why that was not possible, and what to do, for people.
///
/// # Errors
/// When `apt-get` cannot be started.
pub fn install(packages: &[&str]) -> io::Result<Result<(), String>> {
    if packages.is_empty() {
        return Ok(Ok(()));
    }
    let install = [&["install", "-y", "-q", "--no-install-recommends"], packages].concat();
    // The lists of packages may be old, or not there at all.
    let done = apt(&install)? || apt(&["update", "-q"])? && apt(&install)?;
    Ok(match done {
        true => Ok(()),
        false => Err(format!("`apt-get install {}` failed; run it as root", packages.join(" "))),
    })
}

fn apt(arguments: &[&str]) -> io::Result<bool> {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments).stdin(Stdio::null());
    Ok(apt.output()?.status.success())
}

/// Installs what is missing of some programs, each with the package that brings it.
///
/// # Errors
/// When `apt-get` cannot be started.
pub fn need(programs: &[(&str, &'static str)]) -> io::Result<Result<(), String>> {
    let there = |name: &str| Command::new("which").arg(name).output().is_ok_and(|output| output.status.success());
    let missing: Vec<&str> = programs.iter().filter(|(name, _)| !there(name)).map(|(_, package)| *package).collect();
    install(&missing)
}
