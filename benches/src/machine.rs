//! The machine that was measured, and its own limits.

use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// What a figure has to be read with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// The day, in UTC.
    pub date: String,
    /// The commit that was measured, with `+` if there were changes.
    pub commit: String,
    /// The processor, as the kernel names it.
    pub processor: String,
    /// How many of them.
    pub cores: usize,
    /// The kernel's release.
    pub kernel: String,
    /// Processes that wanted to run in the minute before.
    pub load: f64,
    /// Appends of 4 KiB made durable a second, one after the other.
    pub syncs: f64,
}

impl Machine {
    /// This one; files are written in `scratch`.
    pub fn here(scratch: &Path) -> io::Result<Machine> {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processors = read("/proc/cpuinfo");
        let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let said = |words: &[&str]| {
            let output = Command::new("git").args(words).output();
            output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string()).unwrap_or_default()
        };
        let changed = if said(&["status", "--porcelain", "-uno"]).is_empty() { "" } else { "+" };
        Ok(Machine {
            date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            commit: said(&["rev-parse", "--short=10", "HEAD"]) + changed,
            processor: model.map(|(_, name)| name.to_string()).unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get()),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_string(),
            load: read("/proc/loadavg").split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or(0.0),
            syncs: syncs(&scratch.join("syncs"))?,
        })
    }

    /// One line for people.
    pub fn text(&self) -> String {
        let Machine { date, commit, processor, cores, kernel, load, syncs } = self;
        format!(
            "{date}, commit {commit}, {cores} cores of {processor}, Linux {kernel}, load {load:.1} at the start, {} durable \
             appends/s",
            crate::row::number(*syncs)
        )
    }
}

fn syncs(path: &Path) -> io::Result<f64> {
    let mut file = File::create(path)?;
    let (begin, mut count) = (Instant::now(), 0);
    while begin.elapsed().as_secs_f64() < 1.0 {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    fs::remove_file(path)?;
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}
