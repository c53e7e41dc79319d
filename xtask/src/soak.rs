//! `soak`: very many seeds in the virtual world, on all processors. Seeds that break a promise are kept as tests.

use std::path::Path;
use std::process::Command;

/// Seeds of a soak, unless another number is given.
pub const SEEDS: u64 = 100_000;

/// Runs `seeds` seeds and shows what came of them. True if every promise was kept.
///
/// # Errors
/// The simulation could not be built or started.
pub fn run(root: &Path, seeds: u64) -> std::io::Result<bool> {
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root)
        .args(["run", "--quiet", "--release", "--package", "pelago-sim", "--", "--shrink"])
        .args(["--keep", "crates/sim/seeds.txt"])
        .args(["--seeds", &seeds.to_string(), "--threads", &threads.to_string()])
        .status()?;
    Ok(status.success())
}
