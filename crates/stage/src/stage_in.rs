//! Putting an input into a working directory.

use crate::copy::place;
use crate::error::StageError;
use crate::path::{Directory, SafePath};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// An input that is in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    shared: Option<(PathBuf, [i64; 5])>,
}

impl Staged {
    /// The file outside the working directory that was changed through a link, if it was.
    ///
    /// Times of status change cannot be asked: making and removing links moves them.
    pub fn changed(&self) -> Option<&Path> {
        let (path, before) = self.shared.as_ref()?;
        (state(path).as_ref() != Some(before)).then_some(path.as_path())
    }

    /// Whether it is a link to the file `from` itself.
    pub fn links(&self, from: &Path) -> bool {
        self.shared.as_ref().is_some_and(|(path, _)| path == from)
    }

    /// Whether `metadata` is that of the file which it links, unchanged.
    pub fn is(&self, metadata: &fs::Metadata) -> bool {
        self.shared.as_ref().is_some_and(|(_, before)| *before == state_of(metadata))
    }
}

/// Puts a file or directory at a name in the working directory: a hard link if the task only reads it and the file system
/// allows, else a copy that shares blocks, else a copy. Directories on the way are made; the executable bit is kept.
///
/// The checks hold against names and links that a task has planted. A process of the same user that races with us could do
/// by itself all that it could make us do.
pub fn stage_in(from: &Path, work: &Directory, name: &SafePath, read_only: bool) -> Result<Staged, StageError> {
    let looked = |why| StageError::system("cannot look at", from, why);
    let named = fs::symlink_metadata(from).map_err(looked)?;
    let metadata = if named.is_symlink() { fs::metadata(from).map_err(looked)? } else { named.clone() };
    let parent = work.parent_of(name, true).map_err(|why| work.explain("cannot make the directory of", name, why))?;
    let target = parent.path().join(name.name());
    if read_only && metadata.is_file() {
        // The link must be to the file itself, not to a link that leads to it.
        let real = if named.is_symlink() { fs::canonicalize(from).map_err(looked)? } else { from.to_path_buf() };
        if fs::hard_link(&real, &target).is_ok() {
            return Ok(Staged { shared: Some((real, state_of(&metadata))) });
        }
    }
    place(from, &target)?;
    Ok(Staged { shared: None })
}

fn state(path: &Path) -> Option<[i64; 5]> {
    fs::symlink_metadata(path).ok().as_ref().map(state_of)
}

fn state_of(metadata: &fs::Metadata) -> [i64; 5] {
    [
        metadata.ino().cast_signed(),
        metadata.size().cast_signed(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.mode().into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_copies_unless_promised() {
        let temporary = tempfile::tempdir().unwrap();
        let (store, work) = (temporary.path().join("store"), temporary.path().join("work"));
        fs::create_dir(&work).unwrap();
        fs::write(&store, "content").unwrap();
        let directory = Directory::open(&work).unwrap();
        let put =
            |name: &str, read_only| stage_in(&store, &directory, &SafePath::new(name).unwrap(), read_only).unwrap();
        let (copy, link) = (put("sub/copy", false), put("link", true));
        fs::write(work.join("sub/copy"), "changed").unwrap();
        assert_eq!(fs::read_to_string(&store).unwrap(), "content");
        assert_eq!((copy.changed(), link.changed()), (None, None));
        put("another", true);
        fs::remove_file(work.join("another")).unwrap();
        assert_eq!(link.changed(), None, "links come and go");
        fs::write(work.join("link"), "overwritten").unwrap();
        assert_eq!(link.changed(), Some(fs::canonicalize(&store).unwrap().as_path()));
        let absent = stage_in(&temporary.path().join("no"), &directory, &SafePath::new("x").unwrap(), false);
        assert!(matches!(absent, Err(StageError::Missing { .. })));
    }
}
