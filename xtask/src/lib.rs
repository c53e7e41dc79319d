//! The project's own errands, as a library so that tests can run them.

pub mod bench;
pub mod cost;
pub mod counted;
pub mod debian;
pub mod drawn;
pub mod fuzz;
pub mod oracle;
pub mod programs;
pub mod readers;
pub mod real;
pub mod schemas;
pub mod slurm;
pub mod soak;
pub mod submit;
pub mod tidy;

use std::path::{Path, PathBuf};

/// The root of the repository that this was built in.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
