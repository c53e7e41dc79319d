//! A memory limit by control group, where this process may make one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Below this the limit would hit the spawner itself, which is in the group too.
const LEAST: u64 = 16 << 20;

/// A control group that this process and all it starts are in. Version 1 and 2 differ in the names of the files only.
pub(crate) struct MemoryGroup {
    path: PathBuf,
    parent: PathBuf,
    names: Names,
    /// Kills that were counted before: background processes of an earlier script may have kept the group alive.
    earlier: u64,
}

struct Names {
    limit: &'static str,
    swap: &'static str,
    peak: &'static str,
    events: &'static str,
}

const V1: Names = Names {
    limit: "memory.limit_in_bytes",
    swap: "memory.memsw.limit_in_bytes",
    peak: "memory.max_usage_in_bytes",
    events: "memory.oom_control",
};
const V2: Names = Names { limit: "memory.max", swap: "memory.swap.max", peak: "memory.peak", events: "memory.events" };

impl MemoryGroup {
    /// Makes a group with that limit and enters it; `None` where the system has none for us, and use must be polled.
    pub(crate) fn enter(limit: u64) -> Option<MemoryGroup> {
        if limit < LEAST {
            return None;
        }
        let (parent, names) = own_group()?;
        let path = parent.join(format!("pelago-{}", std::process::id()));
        match fs::create_dir(&path) {
            Err(why) if why.kind() != io::ErrorKind::AlreadyExists => return None,
            _ => {}
        }
        let mut group = MemoryGroup { path, parent, names, earlier: 0 };
        group.earlier = group.measure().1;
        let entered = fs::write(group.path.join(group.names.limit), limit.to_string())
            .and_then(|()| fs::write(group.path.join("cgroup.procs"), "0"));
        if entered.is_err() {
            group.leave();
            return None;
        }
        // Without this the task would swap instead of stopping; a system without swap has no such file.
        let swap = if group.names.swap == V1.swap { limit } else { 0 };
        let _ = fs::write(group.path.join(group.names.swap), swap.to_string());
        Some(group)
    }

    /// Most memory that was in use, in bytes, and how many processes were killed for the limit.
    fn measure(&self) -> (u64, u64) {
        let read = |name: &str| fs::read_to_string(self.path.join(name)).unwrap_or_default();
        let peak = read(self.names.peak).trim().parse().unwrap_or_default();
        let kills = read(self.names.events)
            .lines()
            .find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
            .unwrap_or_default();
        (peak, kills)
    }

    /// Goes back to the parent group and removes this one, unless processes are left in it. Gives the most memory that was
    /// in use, in bytes, and how many processes were killed for the limit.
    pub(crate) fn leave(self) -> (u64, u64) {
        let (peak, kills) = self.measure();
        let _ = fs::write(self.parent.join("cgroup.procs"), "0");
        let _ = fs::remove_dir(&self.path);
        (peak, kills.saturating_sub(self.earlier))
    }
}

/// The directory of the memory group that this process is in.
fn own_group() -> Option<(PathBuf, Names)> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    for line in text.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        let (top, names) = match controllers {
            "" if Path::new("/sys/fs/cgroup/cgroup.controllers").exists() => ("/sys/fs/cgroup", V2),
            list if list.split(',').any(|name| name == "memory") => ("/sys/fs/cgroup/memory", V1),
            _ => continue,
        };
        // In a container the path may be the host's; the top is then what the container may use.
        let directory = Path::new(top).join(path.trim_start_matches('/'));
        let directory = if directory.join("cgroup.procs").exists() { directory } else { PathBuf::from(top) };
        return directory.join("cgroup.procs").exists().then_some((directory, names));
    }
    None
}
