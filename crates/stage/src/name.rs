//! Giving something a name in a directory that may not be there yet.

use std::fs;
use std::io;
use std::path::Path;

/// Renames `from` to `to`, and makes the directory that it goes into if that is what is missing.
///
/// # Errors
/// As of renaming: [`io::ErrorKind::NotFound`] says that `from` is not there.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    // The directory may go while another thread removes its last file: then it is made again.
    for _ in 0..100 {
        match fs::rename(from, to) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                fs::symlink_metadata(from)?;
                if let Some(parent) = to.parent() {
                    fs::create_dir_all(parent)?;
                }
            }
            done => return done,
        }
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_made_only_when_there_is_something_to_name() {
        let temporary = tempfile::tempdir().unwrap();
        let (from, to) = (temporary.path().join("a"), temporary.path().join("b/c/d"));
        assert_eq!(rename(&from, &to).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!temporary.path().join("b").exists());
        fs::write(&from, "text").unwrap();
        rename(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"text");
    }
}
