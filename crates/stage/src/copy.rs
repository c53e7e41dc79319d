//! Copying: by sharing blocks where the file system can, within the kernel where it cannot.

use crate::digest::special;
use crate::error::StageError;
use rustix::fs::{copy_file_range, ioctl_ficlone};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, symlink};
use std::path::Path;

/// Deeper trees are refused: nobody makes them by intent.
const DEEPEST: usize = 256;

/// Copies a file or a directory to a path. A file that is there is replaced, a directory that is there is added to.
/// A link as the source is followed; links within a directory stay links.
pub fn place(from: &Path, to: &Path) -> Result<(), StageError> {
    let metadata = fs::metadata(from).map_err(|why| StageError::system("cannot look at", from, why))?;
    if metadata.is_dir() { copy_tree(from, to) } else { copy_file(from, to) }
}

/// Copies a file's content and its executable bit. What stands at `to` is replaced, not written through: it may be a
/// link to something else.
pub fn copy_file(from: &Path, to: &Path) -> Result<(), StageError> {
    let metadata = fs::metadata(from).map_err(|why| StageError::system("cannot look at", from, why))?;
    if let Some(kind) = special(&metadata) {
        return Err(StageError::Special { path: from.to_path_buf(), kind });
    }
    if fs::symlink_metadata(to).is_ok_and(|there| (there.dev(), there.ino()) == (metadata.dev(), metadata.ino())) {
        // Removing the target would remove the source.
        return Ok(());
    }
    let source = File::open(from).map_err(|why| StageError::system("cannot read", from, why))?;
    let written = |why: io::Error| StageError::system("cannot write", to, why);
    match fs::remove_file(to) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(written(why)),
        _ => {}
    }
    let mode = if metadata.mode() & 0o111 != 0 { 0o777 } else { 0o666 };
    let target = File::options().write(true).create_new(true).mode(mode).open(to).map_err(written)?;
    fill(&source, &target).map_err(written)
}

fn fill(mut source: &File, mut target: &File) -> io::Result<()> {
    if ioctl_ficlone(target, source).is_ok() {
        return Ok(());
    }
    let mut copied = false;
    loop {
        match copy_file_range(source, None, target, None, 1 << 30) {
            Ok(0) => break,
            Ok(_) => copied = true,
            Err(Errno::INTR) => {}
            // Between file systems, or on one that knows no such call.
            Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM) if !copied => break,
            Err(why) => return Err(why.into()),
        }
    }
    // Some file systems say "nothing" for files that have no length of their own; reading on costs one call.
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => target.write_all(buffer.get(..count).unwrap_or_default())?,
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            Err(why) => return Err(why),
        }
    }
}

/// Copies a directory with all that is in it.
pub fn copy_tree(from: &Path, to: &Path) -> Result<(), StageError> {
    if to.starts_with(from) {
        return Err(StageError::Missing {
            path: to.to_path_buf(),
            why: "lies within what is to be copied".to_string(),
        });
    }
    tree(from, to, 0)
}

fn tree(from: &Path, to: &Path, depth: usize) -> Result<(), StageError> {
    if depth > DEEPEST {
        let why = format!("lies more than {DEEPEST} directories deep, which is refused");
        return Err(StageError::Missing { path: from.to_path_buf(), why });
    }
    match fs::create_dir(to) {
        // Not one behind a link: that may be anywhere.
        Err(why)
            if why.kind() == io::ErrorKind::AlreadyExists && fs::symlink_metadata(to).is_ok_and(|m| m.is_dir()) => {}
        other => other.map_err(|why| StageError::system("cannot make directory", to, why))?,
    }
    let failed = |why| StageError::system("cannot read", from, why);
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (inner, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            tree(&inner, &target, depth + 1)?;
        } else if kind.is_symlink() {
            let points = fs::read_link(&inner).map_err(|why| StageError::system("cannot read", &inner, why))?;
            let _ = fs::remove_file(&target);
            symlink(points, &target).map_err(|why| StageError::system("cannot link", &target, why))?;
        } else {
            copy_file(&inner, &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::digest_of;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn copies_are_equal_and_links_are_not_written_through() {
        let temporary = tempfile::tempdir().unwrap();
        let top = temporary.path();
        fs::create_dir_all(top.join("a/sub")).unwrap();
        fs::write(top.join("a/sub/x"), vec![1; 100_000]).unwrap();
        fs::set_permissions(top.join("a/sub/x"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("/nowhere", top.join("a/link")).unwrap();
        place(&top.join("a"), &top.join("b")).unwrap();
        assert_eq!(digest_of(&top.join("a")).unwrap(), digest_of(&top.join("b")).unwrap());
        fs::write(top.join("victim"), "whole").unwrap();
        symlink(top.join("victim"), top.join("trap")).unwrap();
        place(&top.join("a/sub/x"), &top.join("trap")).unwrap();
        assert_eq!(fs::read_to_string(top.join("victim")).unwrap(), "whole");
        assert!(copy_tree(&top.join("a"), &top.join("a/sub/again")).is_err());
        place(&top.join("victim"), &top.join("victim")).unwrap();
        assert_eq!(fs::read_to_string(top.join("victim")).unwrap(), "whole");
        assert!(matches!(copy_file(Path::new("/dev/null"), &top.join("c")), Err(StageError::Special { .. })));
        // A file that the kernel makes up has no length, and is copied whole.
        copy_file(Path::new("/proc/self/status"), &top.join("c")).unwrap();
        assert!(fs::metadata(top.join("c")).unwrap().len() > 0);
    }

    #[test]
    fn a_full_device_is_told_apart() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let source = File::open("/proc/self/exe").unwrap();
        let why = fill(&source, &full).unwrap_err();
        assert!(matches!(StageError::system("cannot write", Path::new("x"), why), StageError::DiskFull { .. }));
    }
}
