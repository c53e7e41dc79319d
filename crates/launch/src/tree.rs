//! The processes below a spawner: listing them, and ending every one of them.

use crate::meter::Meter;
use rustix::process::{Pid, Signal, getpgid, getpid, kill_process, kill_process_group};
use std::fs;

/// Ends every process below this one and collects them, until there is none.
///
/// Orphans come to us because we are their subreaper, so it is enough to kill our own children again and again: nothing
/// is ever signalled that is not an uncollected child of ours, or in the process group of one, so no number can have been
/// given to somebody else. A whole group dies at once, which stops even a fork bomb that stays in its group.
pub(crate) fn end_all(meter: &mut Meter) {
    // The usual case costs one system call: there is no child.
    while meter.reap(None).left {
        let own_group = getpgid(None).ok();
        for child in children(getpid()) {
            if let Ok(group) = getpgid(Some(child))
                && Some(group) != own_group
            {
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = kill_process(child, Signal::KILL);
        }
        meter.wait_any();
    }
}

/// All processes below this one, in no order. Numbers may be out of date at once: for looking only.
pub(crate) fn descendants() -> Vec<Pid> {
    let mut found = children(getpid());
    let mut next = 0;
    // A chain of new processes cannot keep us here: a hundred thousand are enough to measure.
    while let Some(pid) = found.get(next).copied()
        && found.len() < 100_000
    {
        found.extend(children(pid));
        next += 1;
    }
    found
}

fn children(parent: Pid) -> Vec<Pid> {
    listed(parent).unwrap_or_else(|| searched(parent))
}

/// By the kernel's own list, where it keeps one.
fn listed(parent: Pid) -> Option<Vec<Pid>> {
    let mut found = Vec::new();
    for task in fs::read_dir(format!("/proc/{parent}/task")).ok()? {
        // A thread that has ended has no children: the kernel gives them to another thread.
        let Ok(task) = task else { continue };
        match fs::read_to_string(task.path().join("children")) {
            Ok(text) => {
                found.extend(text.split_ascii_whitespace().filter_map(|pid| pid.parse().ok().and_then(Pid::from_raw)));
            }
            Err(_) if task.path().exists() => return None,
            Err(_) => {}
        }
    }
    Some(found)
}

/// By looking at the parent of every process.
fn searched(parent: Pid) -> Vec<Pid> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let parent = parent.as_raw_nonzero().get();
    processes
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name in parentheses may hold anything, so fields count from the last `)`: state, then parent.
            let of = stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse::<i32>().ok()?;
            (of == parent).then(|| Pid::from_raw(pid)).flatten()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_find_a_child() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = Pid::from_raw(child.id().cast_signed()).unwrap();
        assert!(searched(getpid()).contains(&pid));
        assert!(listed(getpid()).is_none_or(|found| found.contains(&pid)));
        assert!(descendants().contains(&pid));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
