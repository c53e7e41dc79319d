//! Programs found on `PATH`, remembered: a sweep starts the same one many thousand times, and each search that fails
//! in the first directories costs as many system calls.

use crate::spawn::{Running, Step};
use rustix::fs::{Access, access};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

/// More than any sweep starts; a task can make up names without end.
const REMEMBERED: usize = 1000;
/// Where programs are looked for without a `PATH`, as the system's own search does.
const STANDARD: &str = "/bin:/usr/bin";

thread_local! {
    /// By the name that was searched for, and the `PATH`.
    static FOUND: RefCell<BTreeMap<(String, OsString), PathBuf>> = const { RefCell::new(BTreeMap::new()) };
}

/// Runs the program that `path` gives for a name without a slash.
pub(crate) fn run(
    name: &str,
    path: Option<&OsStr>,
    directory: &Path,
    run: impl Fn(&Path) -> Result<Running, (Step, io::Error)>,
) -> Result<Running, (Step, io::Error)> {
    let key = (name.to_string(), path.unwrap_or(OsStr::new(STANDARD)).to_os_string());
    if let Some(known) = FOUND.with_borrow(|found| found.get(&key).cloned()) {
        match run(&known) {
            // It may have moved.
            Err((Step::Exec, _)) => FOUND.with_borrow_mut(|found| drop(found.remove(&key))),
            started => return started,
        }
    }
    let candidates = || std::env::split_paths(&key.1).map(|entry| entry.join(name));
    // Relative entries depend on the directory of each command.
    let is = |path: &PathBuf, how| access(directory.join(path), how).is_ok() && !directory.join(path).is_dir();
    let program = candidates().find(|path| is(path, Access::EXEC_OK));
    let Some(program) = program.or_else(|| candidates().find(|path| is(path, Access::EXISTS))) else {
        return Err((Step::Exec, io::Error::from_raw_os_error(libc::ENOENT)));
    };
    let started = run(&program)?;
    if program.is_absolute() {
        FOUND.with_borrow_mut(|found| {
            if found.len() >= REMEMBERED {
                found.clear();
            }
            found.insert(key, program);
        });
    }
    Ok(started)
}
