//! The digest of a file, and of a directory: two directories with the same digest hold the same names, contents,
//! executable bits and links.

use crate::error::StageError;
use pelago_job::{Bytes, Digest, Made};
use rustix::fs::{Mode, OFlags, open};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Bytes read at once.
const CHUNK: usize = 1 << 20;
/// Deeper trees are refused: nobody makes them by intent.
const DEEPEST: usize = 256;

/// Size and digest of whatever is there, file or directory. A symbolic link is not followed, and refused.
pub fn digest_of(path: &Path) -> Result<Made, StageError> {
    let metadata = fs::symlink_metadata(path).map_err(|why| StageError::system("cannot look at", path, why))?;
    if metadata.is_dir() { digest_tree(path) } else { digest_file(path) }
}

/// Size and digest of a file's content. Opening neither follows a link nor waits for the other end of a pipe.
pub fn digest_file(path: &Path) -> Result<Made, StageError> {
    let failed = |why: std::io::Error| StageError::system("cannot read", path, why);
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = open(path, flags, Mode::empty()).map_err(|why| match why {
        rustix::io::Errno::LOOP => StageError::Special { path: path.to_path_buf(), kind: "a symbolic link" },
        rustix::io::Errno::NXIO => StageError::Special { path: path.to_path_buf(), kind: "a pipe or a socket" },
        why => failed(why.into()),
    })?;
    let mut file = File::from(opened);
    let metadata = file.metadata().map_err(failed)?;
    if let Some(kind) = special(&metadata) {
        return Err(StageError::Special { path: path.to_path_buf(), kind });
    }
    let mut hasher = blake3::Hasher::new();
    let expected = usize::try_from(metadata.len()).unwrap_or(CHUNK);
    let mut buffer = vec![0; (expected.saturating_add(1)).clamp(4096, CHUNK)];
    let mut size = 0u64;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(buffer.get(..count).unwrap_or_default());
                size += count as u64;
            }
            Err(why) if why.kind() == std::io::ErrorKind::Interrupted => {}
            Err(why) => return Err(failed(why)),
        }
    }
    Ok(Made { size: Bytes(size), digest: Digest(*hasher.finalize().as_bytes()) })
}

/// Size of all files and digest of the listing of a directory: names in order, each with its kind, executable bit and
/// content. Times, owners and other permissions do not count.
pub fn digest_tree(path: &Path) -> Result<Made, StageError> {
    let mut listing = blake3::Hasher::new();
    let mut size = 0;
    walk(path, &mut listing, &mut size, 0)?;
    Ok(Made { size: Bytes(size), digest: Digest(*listing.finalize().as_bytes()) })
}

fn walk(path: &Path, listing: &mut blake3::Hasher, size: &mut u64, depth: usize) -> Result<(), StageError> {
    if depth > DEEPEST {
        return Err(StageError::Missing {
            path: path.to_path_buf(),
            why: format!("lies more than {DEEPEST} directories deep, which is refused"),
        });
    }
    let failed = |why| StageError::system("cannot read", path, why);
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        names.push(entry.map_err(failed)?.path());
    }
    names.sort();
    let mut part = |tag: u8, bytes: &[u8]| {
        listing.update(&[tag]);
        listing.update(&(bytes.len() as u64).to_le_bytes());
        listing.update(bytes);
    };
    part(b'(', &(names.len() as u64).to_le_bytes());
    for inner in names {
        let name = inner.file_name().unwrap_or_default().as_bytes();
        let metadata = fs::symlink_metadata(&inner).map_err(|why| StageError::system("cannot look at", &inner, why))?;
        let mut part = |tag: u8, bytes: &[u8]| {
            listing.update(&[tag]);
            listing.update(&(bytes.len() as u64).to_le_bytes());
            listing.update(bytes);
        };
        part(b'n', name);
        if metadata.is_symlink() {
            let target = fs::read_link(&inner).map_err(|why| StageError::system("cannot read", &inner, why))?;
            part(b'l', target.as_os_str().as_bytes());
        } else if metadata.is_dir() {
            part(b'd', b"");
            walk(&inner, listing, size, depth + 1)?;
        } else {
            let made = digest_file(&inner)?;
            *size += made.size.0;
            part(if metadata.mode() & 0o100 != 0 { b'x' } else { b'f' }, &made.digest.0);
        }
    }
    Ok(())
}

/// What it is, if it is neither file nor directory nor link.
pub(crate) fn special(metadata: &fs::Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    match () {
        () if kind.is_file() || kind.is_dir() || kind.is_symlink() => None,
        () if kind.is_fifo() => Some("a pipe"),
        () if kind.is_socket() => Some("a socket"),
        () => Some("a device"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_file_has_the_digest_of_its_content() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("f");
        for content in [Vec::new(), b"hello".to_vec(), vec![7; CHUNK + 1]] {
            fs::write(&path, &content).unwrap();
            let made = digest_file(&path).unwrap();
            assert_eq!((made.size.0, made.digest), (content.len() as u64, Digest::of(&content)));
        }
    }

    #[test]
    fn a_directory_has_the_digest_of_what_counts() {
        let temporary = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let top = temporary.path().join(name);
            fs::create_dir_all(top.join("sub")).unwrap();
            fs::write(top.join("sub/file"), "content").unwrap();
            symlink("file", top.join("sub/link")).unwrap();
            top
        };
        let (a, b) = (make("a"), make("b"));
        let first = digest_of(&a).unwrap();
        assert_eq!(first, digest_of(&b).unwrap());
        assert_eq!(first.size, Bytes(7));
        let mut seen = std::collections::BTreeSet::from([first.digest]);
        let changes: [&dyn Fn(); 5] = [
            &|| fs::set_permissions(b.join("sub/file"), fs::Permissions::from_mode(0o755)).unwrap(),
            &|| fs::write(b.join("sub/file"), "Content").unwrap(),
            &|| fs::rename(b.join("sub/file"), b.join("file")).unwrap(),
            &|| fs::create_dir(b.join("empty")).unwrap(),
            &|| {
                fs::remove_file(b.join("sub/link")).unwrap();
                symlink("elsewhere", b.join("sub/link")).unwrap();
            },
        ];
        for change in changes {
            change();
            assert!(seen.insert(digest_of(&b).unwrap().digest));
        }
    }

    #[test]
    fn what_is_no_file_is_refused_and_not_waited_for() {
        let temporary = tempfile::tempdir().unwrap();
        let pipe = temporary.path().join("pipe");
        let mode = Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        symlink("/etc/passwd", temporary.path().join("link")).unwrap();
        assert!(matches!(digest_of(&pipe), Err(StageError::Special { kind: "a pipe", .. })));
        assert!(matches!(digest_of(&temporary.path().join("link")), Err(StageError::Special { .. })));
        assert!(matches!(digest_of(temporary.path()), Err(StageError::Special { .. })));
        assert!(matches!(digest_of(Path::new("/dev/zero")), Err(StageError::Special { kind: "a device", .. })));
    }
}
