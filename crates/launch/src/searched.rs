//! Programs found on `PATH`, remembered: a sweep starts the same one many thousand times, and each search that fails
//! in the first directories costs as many system calls.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

thread_local! {
    /// By the name that was searched for.
    static FOUND: RefCell<BTreeMap<String, PathBuf>> = const { RefCell::new(BTreeMap::new()) };
}

/// The program that `PATH` gives for a name without a slash; `None` leaves the search, and its error, to the system.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return None;
    }
    FOUND.with_borrow_mut(|found| {
        if let Some(path) = found.get(name).filter(|path| is_program(path)) {
            return Some(path.clone());
        }
        let path = std::env::var_os("PATH")?;
        // Relative entries depend on the directory of each command.
        let mut entries = std::env::split_paths(&path).take_while(|entry| entry.is_absolute());
        let program = entries.find_map(|entry| Some(entry.join(name)).filter(|path| is_program(path)));
        if let Some(program) = &program {
            found.insert(name.to_string(), program.clone());
        }
        program
    })
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
