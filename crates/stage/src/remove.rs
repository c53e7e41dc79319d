//! Removing what tasks left, whatever permissions they gave it.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Removes a file, or a directory with all that is in it; links are removed, not followed. Nothing there is fine.
pub fn remove_tree(path: &Path) -> io::Result<()> {
    match remove(path) {
        Err(why) if why.kind() == io::ErrorKind::PermissionDenied => {
            open_up(path);
            remove(path)
        }
        other => other,
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let removed = if metadata.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Gives the owner all rights to every directory, from the top down: what cannot be opened now may be after its parent.
fn open_up(path: &Path) {
    let mut open = vec![path.to_path_buf()];
    while let Some(path) = open.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if !metadata.is_dir() {
            continue;
        }
        let _ = fs::set_permissions(&path, fs::Permissions::from_mode(0o700));
        open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn closed_directories_go_and_linked_ones_stay() {
        let temporary = tempfile::tempdir().unwrap();
        let (top, other) = (temporary.path().join("top"), temporary.path().join("other"));
        fs::create_dir_all(top.join("a/b")).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(other.join("file"), "x").unwrap();
        symlink(&other, top.join("a/link")).unwrap();
        for name in ["a/b", "a"] {
            fs::set_permissions(top.join(name), fs::Permissions::from_mode(0o0)).unwrap();
        }
        open_up(&top);
        assert!(top.join("a/b").read_dir().is_ok());
        remove_tree(&top).unwrap();
        assert!(!top.exists() && other.join("file").exists());
        remove_tree(&top).unwrap();
    }
}
