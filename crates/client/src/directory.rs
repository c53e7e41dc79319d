//! Which state directory is meant: the one that was named, or the nearest one upwards from here.

use crate::ClientError;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The name of a state directory beside a plan.
pub const NAME: &str = ".pelago";

/// The state directory that `dir` names (itself, or `.pelago` in it), or without a `dir` the first one found in `from`
/// and the directories above it.
///
/// Upwards only directories of this user count: one that somebody put into a shared place is passed over.
pub fn find(dir: Option<&Path>, from: &Path) -> Result<PathBuf, ClientError> {
    if let Some(dir) = dir {
        let inner = dir.join(NAME);
        let found = if is_state(&inner) { Some(inner) } else { is_state(dir).then(|| dir.to_path_buf()) };
        return found.ok_or_else(|| ClientError::NoState { from: dir.to_path_buf(), upwards: false });
    }
    let none = || ClientError::NoState { from: from.to_path_buf(), upwards: true };
    let start = from.canonicalize().map_err(|_| none())?;
    start.ancestors().map(|above| above.join(NAME)).find(|dir| is_state(dir) && is_ours(dir)).ok_or_else(none)
}

/// Where `pelago run` keeps its state: the directory that `dir` names, else `.pelago` in `root`, the plan's directory.
/// It need not exist.
pub fn place(dir: Option<&Path>, root: &Path) -> PathBuf {
    match dir {
        Some(dir)
            if dir.file_name().is_some_and(|name| name == NAME) || (is_state(dir) && !is_state(&dir.join(NAME))) =>
        {
            dir.to_path_buf()
        }
        Some(dir) => dir.join(NAME),
        None => root.join(NAME),
    }
}

fn is_state(dir: &Path) -> bool {
    ["journal.db", "lock"].iter().any(|file| dir.join(file).is_file())
}

fn is_ours(dir: &Path) -> bool {
    std::fs::metadata(dir).is_ok_and(|data| data.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upwards_from_here_or_as_named() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let deep = root.join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        assert!(matches!(find(Some(&root), &deep), Err(ClientError::NoState { .. })));
        let state = root.join("a").join(NAME);
        std::fs::create_dir(&state).unwrap();
        // A directory of that name alone is none.
        assert!(find(Some(&root.join("a")), &deep).is_err());
        std::fs::write(state.join("lock"), "").unwrap();
        assert_eq!(find(None, &deep).unwrap(), state);
        assert_eq!(find(Some(&root.join("a")), Path::new("/")).unwrap(), state);
        assert_eq!(find(Some(&state), Path::new("/")).unwrap(), state);
        assert_eq!(place(Some(&state), &deep), state);
        assert_eq!(place(Some(&root.join("a")), &deep), state);
        assert_eq!(place(None, &deep), deep.join(NAME));
    }

    #[test]
    fn another_users_directory_upwards_is_passed_over() {
        if !rustix::process::geteuid().is_root() {
            return eprintln!("skipped: changing an owner needs root");
        }
        let root = tempfile::tempdir().unwrap();
        let state = root.path().join(NAME);
        std::fs::create_dir(&state).unwrap();
        std::fs::write(state.join("lock"), "").unwrap();
        std::os::unix::fs::chown(&state, Some(12345), None).unwrap();
        let found = find(None, root.path());
        assert!(!matches!(&found, Ok(dir) if *dir == state), "{found:?}");
    }
}
