//! Paths that stay where they belong: relative, without `..`, and never out of their directory by a symbolic link.

use rustix::fs::{Mode, OFlags, ResolveFlags, mkdirat, open, openat, openat2};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

/// A path that is relative, not empty, and has only plain names in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SafePath(PathBuf);

/// Why a path is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("path `{path}` {why}")]
pub struct PathRefused {
    /// The path as given.
    pub path: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl PathRefused {
    pub(crate) fn new(path: &Path, why: &'static str) -> Self {
        Self { path: path.display().to_string(), why }
    }
}

impl SafePath {
    /// Reads a path. Single dots and doubled slashes are taken out.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, PathRefused> {
        let path = path.as_ref();
        let refused = |why| Err(PathRefused::new(path, why));
        if path.as_os_str().as_encoded_bytes().contains(&0) {
            return refused("contains a zero byte");
        }
        let mut clean = PathBuf::new();
        for part in path.components() {
            match part {
                Component::Normal(name) => clean.push(name),
                Component::CurDir => {}
                Component::ParentDir => return refused("contains `..`; it must stay in its directory"),
                Component::RootDir | Component::Prefix(_) => return refused("is absolute; it must be relative"),
            }
        }
        if clean.as_os_str().is_empty() {
            return refused("names the directory itself; a name in it is needed");
        }
        Ok(Self(clean))
    }

    /// The path.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// The directory part, if there is one.
    pub fn parent(&self) -> Option<SafePath> {
        self.0.parent().filter(|parent| !parent.as_os_str().is_empty()).map(|parent| Self(parent.to_path_buf()))
    }

    /// The last name.
    pub fn name(&self) -> &OsStr {
        self.0.file_name().unwrap_or_default()
    }
}

/// An open directory below which paths are looked up. Symbolic links are followed while they stay below it.
#[derive(Debug)]
pub struct Directory {
    fd: OwnedFd,
    path: PathBuf,
}

impl Directory {
    /// Opens a directory that the caller vouches for.
    pub fn open(path: &Path) -> io::Result<Self> {
        let fd = open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { fd, path: path.to_path_buf() })
    }

    /// Where it is, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The descriptor, for calls that take one with a plain name.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Opens something below. `EXDEV` says that the path leads out.
    pub fn open_below(&self, path: &SafePath, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        match openat2(&self.fd, path.as_path(), flags | OFlags::CLOEXEC, mode, resolve) {
            // Systems and sandboxes without the call: every name by itself, following no link at all.
            Err(Errno::NOSYS | Errno::PERM) => self.open_by_names(path, flags, mode),
            other => Ok(other?),
        }
    }

    fn open_by_names(&self, path: &SafePath, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut directory: Option<OwnedFd> = None;
        let at = |directory: &Option<OwnedFd>, name: &OsStr, flags, mode| {
            openat(directory.as_ref().map_or(self.fd(), |fd| fd.as_fd()), name, flags, mode)
        };
        for part in path.parent().iter().flat_map(|parent| parent.as_path().components()) {
            directory = Some(at(&directory, part.as_os_str(), step, Mode::empty())?);
        }
        Ok(at(&directory, path.name(), flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, mode)?)
    }

    /// Opens the directory that holds `path`'s last name, making what is not there if asked.
    pub fn parent_of(&self, path: &SafePath, make: bool) -> Result<Directory, io::Error> {
        let Some(parent) = path.parent() else {
            return Ok(Directory { fd: self.fd.try_clone()?, path: self.path.clone() });
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        match self.open_below(&parent, flags, Mode::empty()) {
            Ok(fd) => Ok(Directory { fd, path: self.path.join(parent.as_path()) }),
            Err(why) if why.kind() == io::ErrorKind::NotFound && make => {
                let above = self.parent_of(&parent, true)?;
                match mkdirat(&above.fd, parent.name(), Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(why) => return Err(why.into()),
                }
                let fd = self.open_below(&parent, flags, Mode::empty())?;
                Ok(Directory { fd, path: self.path.join(parent.as_path()) })
            }
            Err(why) => Err(why),
        }
    }

    /// The refusal for a path that leads out, or the error itself.
    pub fn explain(&self, doing: &'static str, path: &SafePath, why: io::Error) -> crate::StageError {
        match why.raw_os_error() {
            Some(code) if code == Errno::XDEV.raw_os_error() || code == Errno::LOOP.raw_os_error() => PathRefused::new(
                path.as_path(),
                "leads out of its directory by a symbolic link; put a directory in the place of the link",
            )
            .into(),
            _ => crate::StageError::system(doing, &self.path.join(path.as_path()), why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_plain_relative_paths_are_accepted() {
        for (given, clean) in [("a", "a"), ("./a//b/.", "a/b"), ("..a/b..", "..a/b..")] {
            assert_eq!(SafePath::new(given).unwrap().as_path(), Path::new(clean));
        }
        for given in ["", ".", "/etc/passwd", "..", "a/../b", "../a", "a/..", "a\0b", "./"] {
            assert!(SafePath::new(given).is_err(), "{given:?}");
        }
    }

    #[test]
    fn links_are_followed_inside_only() {
        let temporary = tempfile::tempdir().unwrap();
        let top = temporary.path().join("top");
        std::fs::create_dir_all(top.join("real")).unwrap();
        std::fs::write(top.join("real/file"), "x").unwrap();
        std::fs::write(temporary.path().join("secret"), "x").unwrap();
        symlink("real", top.join("inside")).unwrap();
        symlink("..", top.join("up")).unwrap();
        symlink("/etc", top.join("absolute")).unwrap();
        let directory = Directory::open(&top).unwrap();
        let open = |path: &str| directory.open_below(&SafePath::new(path).unwrap(), OFlags::RDONLY, Mode::empty());
        assert!(open("inside/file").is_ok());
        assert!(open("up/secret").is_err());
        assert!(open("absolute/passwd").is_err());
        let by_names =
            |path: &str| directory.open_by_names(&SafePath::new(path).unwrap(), OFlags::RDONLY, Mode::empty());
        assert!(by_names("real/file").is_ok());
        assert!(by_names("inside/file").is_err() && by_names("up/secret").is_err());
        assert!(directory.parent_of(&SafePath::new("up/new/file").unwrap(), true).is_err());
        assert!(!temporary.path().join("new").exists());
        assert!(directory.parent_of(&SafePath::new("a/b/c").unwrap(), true).is_ok());
        assert!(top.join("a/b").is_dir());
    }
}
