//! `pelago doctor`: what is wrong with this machine and with the state directory, and what to do about it.

use super::{print, style};
use crate::ending::{End, Failure};
use crate::render::json;
use crate::render::style::Style;
use crate::render::words::clean;
use crate::state::{self, DirArg};
use clap::Args;
use pelago_client::Client;
use pelago_job::Bytes;
use pelago_site::Finding;
use pelago_site::journal::filesystem;
use pelago_site::lock::Lock;
use rustix::process::{Resource, getrlimit};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Less free space than this is a finding, in bytes.
const LITTLE_SPACE: u64 = 1_000_000_000;
/// Fewer open files than this are a finding: a slot needs about ten.
const FEW_FILES: u64 = 256;
/// Fewer processes than this are a finding.
const FEW_PROCESSES: u64 = 256;

/// Say what is wrong with this machine and with the state directory
///
/// The exit code is 1 if something is wrong.
#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub dir: DirArg,
}

fn good(what: impl Into<String>) -> Finding {
    Finding { ok: true, what: what.into(), next: None }
}

fn wrong(what: impl Into<String>, next: impl Into<String>) -> Finding {
    Finding { ok: false, what: what.into(), next: Some(next.into()) }
}

/// Runs the command.
pub fn run(args: &DoctorArgs) -> Result<End, Failure> {
    let mut findings = programs(std::env::var_os("PATH").as_deref());
    findings.extend(limits());
    findings.extend(kernel());
    let state = match (args.dir.find(), &args.dir.dir) {
        (Ok(state), _) => Some(state),
        (Err(refusal), Some(_)) => return Err(refusal.into()),
        (Err(_), None) => None,
    };
    match &state {
        Some(state) => findings.extend(examine(state)),
        None => findings.extend(space(Path::new("."))),
    }
    if state.is_none() {
        findings.push(good("no state directory here or above: nothing was run here yet"));
    }
    let bad = findings.iter().any(|finding| !finding.ok);
    match args.json {
        true => print(&json::document(&json!({ "ok": !bad, "findings": findings })))?,
        false => print(&text(&findings, style()))?,
    }
    Ok(End::Code(u8::from(bad)))
}

fn text(findings: &[Finding], style: Style) -> String {
    let line = |finding: &Finding| {
        let mark = if finding.ok { style.good("ok   ") } else { style.bad("WRONG") };
        let next = finding.next.as_ref().map(|next| format!("        do: {}\n", clean(next))).unwrap_or_default();
        format!("{mark}  {}\n{next}", clean(&finding.what))
    };
    findings.iter().map(line).collect()
}

/// The programs that tasks and steps need.
fn programs(path: Option<&std::ffi::OsStr>) -> Vec<Finding> {
    let runnable = |file: &PathBuf| {
        std::fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    };
    let search = |program: &str| {
        let dirs = path.map(|path| std::env::split_paths(path).collect::<Vec<_>>()).unwrap_or_default();
        dirs.into_iter().map(|dir| dir.join(program)).find(runnable)
    };
    let shell = match runnable(&PathBuf::from("/bin/sh")) {
        true => good("/bin/sh is there: shell lines of plans can run"),
        false => wrong("/bin/sh is not there: no shell line of a plan can run", "install a POSIX shell as /bin/sh"),
    };
    let others = ["cp", "tar"].map(|program| match search(program) {
        Some(found) => good(format!("{program} is {}", found.display())),
        None => wrong(format!("`{program}` is not in PATH; many plans use it"), format!("install {program}")),
    });
    std::iter::once(shell).chain(others).collect()
}

/// What this user may have at once.
fn limits() -> Vec<Finding> {
    let of = |resource, what: &str, least: u64, option: &str| match getrlimit(resource).current {
        None => good(format!("{what}: no limit")),
        Some(limit) if limit >= least => good(format!("{what}: at most {limit}")),
        Some(limit) => wrong(
            format!("{what}: at most {limit}, which is little for many tasks at a time"),
            format!("raise it with `ulimit {option} {}`, or run with fewer --slots", least * 4),
        ),
    };
    vec![
        of(Resource::Nofile, "open files", FEW_FILES, "-n"),
        of(Resource::Nproc, "processes of this user", FEW_PROCESSES, "-u"),
    ]
}

/// What the kernel offers to keep tasks in hand.
fn kernel() -> Vec<Finding> {
    let mut findings = Vec::new();
    // Reading the setting shows whether the kernel knows it; setting it is for spawners.
    findings.push(match rustix::process::child_subreaper() {
        Ok(_) => good("processes left behind by tasks can be collected (child subreaper)"),
        Err(error) => wrong(
            format!("processes left behind by tasks cannot be collected: {error}"),
            "use a Linux kernel of 3.4 or later, without a filter on prctl",
        ),
    });
    findings.push(match Path::new("/proc/self/stat").exists() {
        true => good("/proc is mounted: processes of tasks can be found"),
        false => {
            wrong("/proc is not mounted: processes of tasks cannot be found", "mount it: mount -t proc proc /proc")
        }
    });
    let cgroup = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = cgroup.lines().find_map(|line| line.strip_prefix("0::")).map(|path| path.trim_start_matches('/'));
    let limit = own.map(|own| Path::new("/sys/fs/cgroup").join(own).join("memory.max"));
    let limit = limit.and_then(|file| std::fs::read_to_string(file).ok()).and_then(|text| text.trim().parse().ok());
    findings.push(match limit {
        Some(limit) => good(format!("memory of everything started here: at most {} (cgroup)", Bytes(limit))),
        None => good("memory of everything started here: no limit of a cgroup"),
    });
    findings
}

/// The state directory: space, file system, owner, journal.
fn examine(state: &Path) -> Vec<Finding> {
    let shown = state.display();
    let mut findings = vec![good(format!("the state directory is {shown}"))];
    findings.extend(space(state));
    findings.push(match filesystem::shared(state) {
        Ok(None) => good("it lies on a file system of this machine"),
        Ok(Some(kind)) => wrong(
            format!("it lies on a network file system ({kind}), where locks and syncs are slower and less sure"),
            "name a directory on a local disk with --dir",
        ),
        Err(error) => wrong(format!("its file system cannot be asked: {error}"), "check that it is mounted"),
    });
    let owned = state::is_owned(state);
    findings.push(match &owned {
        Ok(false) => good("no process owns it; `pelago run` continues what was begun"),
        Ok(true) => {
            let owner = Lock::owner(state).unwrap_or_default();
            let who = format!("process {} owns it since {}", owner.pid, owner.since);
            match Client::connect(state) {
                Ok(_) => good(format!("{who} and answers")),
                Err(error) => wrong(
                    format!("{who} but does not answer: {error}"),
                    format!("look at it with `ps -p {}`; if it hangs, end it: what is recorded is safe", owner.pid),
                ),
            }
        }
        Err(error) => wrong(
            format!("its lock cannot be asked: {error}"),
            format!("make {shown} readable and writable for this user"),
        ),
    });
    // While an owner writes, what is examined is as of one moment.
    findings.extend(pelago_site::doctor(state));
    findings
}

/// Free space where `path` is.
fn space(path: &Path) -> Vec<Finding> {
    let at = path.display();
    vec![match rustix::fs::statvfs(path) {
        Ok(data) => {
            let free = data.f_bavail.saturating_mul(data.f_frsize);
            match free >= LITTLE_SPACE {
                true => good(format!("{} are free at {at}", Bytes(free))),
                false => wrong(
                    format!("only {} are free at {at}", Bytes(free)),
                    "make room, run with --quota, or name another directory with --dir",
                ),
            }
        }
        Err(error) => wrong(format!("the free space at {at} cannot be asked: {error}"), "check that it can be read"),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_found_out() {
        let findings = programs(Some(std::ffi::OsStr::new("/nonexistent")));
        assert_eq!(findings.iter().filter(|finding| !finding.ok).count(), 2);
        let shown = text(&findings, Style::PLAIN);
        assert!(shown.contains("WRONG  `tar` is not in PATH; many plans use it\n        do: install tar\n"), "{shown}");
    }
}
