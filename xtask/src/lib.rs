//! The project's own errands, as a library so that tests can run them.

pub mod real;
pub mod tidy;

use std::path::{Path, PathBuf};

/// The root of the repository that this was built in.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
