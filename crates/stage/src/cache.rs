//! Digests remembered by a file's identity, so that an unchanged file is read once.

use crate::digest::digest_file;
use crate::error::StageError;
use pelago_job::{Bytes, Digest, Made};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// A file changed this lately may change again without its times showing it.
const SETTLED_SECONDS: i64 = 2;
/// Bytes of one entry in the file: device, inode, size, two times with nanoseconds, digest.
const ENTRY: usize = 8 * 7 + 32;
/// Entries read at most; an older and larger file is begun again.
const MOST: u64 = 4_000_000;

/// A file's identity and state, as far as the system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State([i64; 7]);

/// Digests by (device, inode, size, time of change, time of status change). Threads share it; none waits for another
/// that reads a file.
#[derive(Debug)]
pub struct DigestCache(Mutex<Entries>);

#[derive(Debug)]
struct Entries {
    known: BTreeMap<State, Digest>,
    /// Files that are linked into working directories, which moves the time of their status change: by the rest.
    held: BTreeMap<State, (PathBuf, Digest)>,
    /// Where they are kept, and that file once there was something to keep.
    file: Option<(PathBuf, Option<File>)>,
}

impl DigestCache {
    /// A cache in memory only.
    pub fn new() -> Self {
        Self(Mutex::new(Entries { known: BTreeMap::new(), held: BTreeMap::new(), file: None }))
    }

    /// A cache that is kept in a file, to which entries are only added. A file that is torn at its end loses that entry
    /// only; one that is no cache is begun again.
    pub fn open(path: &Path) -> Result<Self, StageError> {
        let failed = |why| StageError::system("cannot keep digests in", path, why);
        let (bytes, file) = match fs::read(path) {
            Ok(mut bytes) => {
                let whole = bytes.len() - bytes.len() % ENTRY;
                if bytes.len() as u64 / ENTRY as u64 > MOST {
                    bytes.clear();
                }
                let file = File::options().append(true).open(path).map_err(failed)?;
                file.set_len(whole.min(bytes.len()) as u64).map_err(failed)?;
                (bytes, Some(file))
            }
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => (Vec::new(), None),
            Err(why) => return Err(failed(why)),
        };
        let known = bytes.chunks_exact(ENTRY).filter_map(entry).collect();
        Ok(Self(Mutex::new(Entries { known, held: BTreeMap::new(), file: Some((path.to_path_buf(), file)) })))
    }

    /// Size and digest of a file; links are followed, as users have them among their inputs.
    pub fn digest(&self, path: &Path) -> Result<Made, StageError> {
        let failed = |why| StageError::system("cannot read", path, why);
        let path = &fs::canonicalize(path).map_err(failed)?;
        let before = fs::metadata(path).map_err(failed)?;
        if before.is_dir() {
            return crate::digest::digest_tree(path);
        }
        if let Some(digest) = self.entries().of(&before) {
            return Ok(Made { size: Bytes(before.len()), digest });
        }
        let made = digest_file(path)?;
        let after = fs::metadata(path).map_err(failed)?;
        if State::of(&before) == State::of(&after) && settled(&after) {
            self.remember(State::of(&after), made.digest)?;
        }
        Ok(made)
    }

    /// Notes the digest of a file that only this program writes, however young it is.
    pub fn note(&self, path: &Path, made: &Made) -> Result<(), StageError> {
        let metadata = fs::symlink_metadata(path).map_err(|why| StageError::system("cannot look at", path, why))?;
        if metadata.is_file() && metadata.len() == made.size.0 {
            // In memory only: most such files are gone before the next start.
            self.entries().known.insert(State::of(&metadata), made.digest);
        }
        Ok(())
    }

    /// A file of somebody else is about to be linked into a working directory. Links that come and go move the time of its status
    /// change, so what is known of it is known by its other times from now on, as a change through such a link is found by
    /// them too.
    pub fn hold(&self, path: &Path) {
        let Ok(metadata) = fs::symlink_metadata(path) else { return };
        let mut entries = self.entries();
        if let Some(digest) = entries.known.get(&State::of(&metadata)).copied() {
            entries.held.insert(State::of(&metadata).without_status(), (path.to_path_buf(), digest));
        }
    }

    /// All links are gone: remembers the files that were held as they are now.
    pub fn settle(&self) {
        let held = std::mem::take(&mut self.entries().held);
        for (still, (path, digest)) in held {
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            let now = State::of(&metadata);
            let known = self.entries().known.contains_key(&now);
            if now.without_status() == still && !known {
                // What cannot be kept is read again.
                let _ = self.remember(now, digest);
            }
        }
    }

    /// Forgets a file that is about to be removed, so that memory follows what is there.
    pub fn forget(&self, path: &Path) {
        if let Ok(metadata) = fs::symlink_metadata(path) {
            self.entries().known.remove(&State::of(&metadata));
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, state: State, digest: Digest) -> Result<(), StageError> {
        let mut entries = self.entries();
        entries.known.insert(state, digest);
        if let Some((path, file)) = &mut entries.file {
            let mut bytes: Vec<u8> = state.0.iter().flat_map(|field| field.to_le_bytes()).collect();
            bytes.extend_from_slice(&digest.0);
            let mut keep = || {
                let file = match file {
                    Some(file) => file,
                    None => file.insert(File::options().append(true).create(true).open(&*path)?),
                };
                file.write_all(&bytes)
            };
            keep().map_err(|why| StageError::system("cannot keep digests in", path, why))?;
        }
        Ok(())
    }
}

impl Entries {
    fn of(&self, metadata: &fs::Metadata) -> Option<Digest> {
        let state = State::of(metadata);
        let held = || self.held.get(&state.without_status()).map(|(_, digest)| digest);
        self.known.get(&state).or_else(held).copied()
    }
}

impl Default for DigestCache {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn of(metadata: &fs::Metadata) -> Self {
        Self([
            metadata.dev().cast_signed(),
            metadata.ino().cast_signed(),
            metadata.size().cast_signed(),
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.ctime(),
            metadata.ctime_nsec(),
        ])
    }

    fn without_status(self) -> Self {
        let Self([device, inode, size, changed, nanoseconds, ..]) = self;
        Self([device, inode, size, changed, nanoseconds, 0, 0])
    }
}

fn settled(metadata: &fs::Metadata) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs().cast_signed());
    // A time in the future says nothing.
    [metadata.mtime(), metadata.ctime()].iter().all(|time| now.saturating_sub(*time) > SETTLED_SECONDS)
}

fn entry(bytes: &[u8]) -> Option<(State, Digest)> {
    let (fields, digest) = bytes.split_at_checked(ENTRY - 32)?;
    let mut state = [0; 7];
    for (field, bytes) in state.iter_mut().zip(fields.chunks_exact(8)) {
        *field = i64::from_le_bytes(bytes.try_into().ok()?);
    }
    Some((State(state), Digest(digest.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

    fn age(path: &Path, seconds: i64) {
        let time = Timespec { tv_sec: seconds, tv_nsec: 5 };
        utimensat(CWD, path, &Timestamps { last_access: time, last_modification: time }, AtFlags::empty()).unwrap();
    }

    #[test]
    fn young_files_are_read_again_each_time() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("f");
        let cache = DigestCache::new();
        fs::write(&path, "one").unwrap();
        assert_eq!(cache.digest(&path).unwrap().digest, Digest::of(b"one"));
        assert!(cache.entries().known.is_empty());
        // The time of the status change is the system's own and says that the file is young, whatever its mtime says.
        age(&path, 1_000_000_000);
        cache.digest(&path).unwrap();
        assert!(cache.entries().known.is_empty());
        let made = cache.digest(&path).unwrap();
        cache.note(&path, &made).unwrap();
        assert_eq!(cache.entries().known.len(), 1);
        fs::write(&path, "two").unwrap();
        assert_eq!(cache.digest(&path).unwrap().digest, Digest::of(b"two"));
    }

    #[test]
    fn entries_survive_and_a_torn_one_does_not_hurt() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("digests");
        let cache = DigestCache::open(&path).unwrap();
        let states: Vec<State> = (0..3).map(|n| State([n, 1, 2, 3, 4, 5, -6])).collect();
        for state in &states {
            cache.remember(*state, Digest::of(&[7])).unwrap();
        }
        drop(cache);
        let torn = fs::metadata(&path).unwrap().len() - 5;
        File::options().write(true).open(&path).unwrap().set_len(torn).unwrap();
        let cache = DigestCache::open(&path).unwrap();
        assert_eq!(cache.entries().known.keys().copied().collect::<Vec<_>>(), states[..2]);
        cache.remember(states[2], Digest::of(&[8])).unwrap();
        let cache = DigestCache::open(&path).unwrap();
        assert_eq!(cache.entries().known.get(&states[2]), Some(&Digest::of(&[8])));
    }

    #[test]
    fn a_file_that_was_linked_is_not_read_again() {
        let temporary = tempfile::tempdir().unwrap();
        let (path, link, kept) =
            (temporary.path().join("f"), temporary.path().join("link"), temporary.path().join("digests"));
        fs::write(&path, "content").unwrap();
        age(&path, 1_000_000_000);
        let cache = DigestCache::open(&kept).unwrap();
        let state = State::of(&fs::metadata(&path).unwrap());
        // As if it had been read when it was old.
        cache.remember(state, Digest::of(b"from the cache")).unwrap();
        cache.hold(&path);
        std::thread::sleep(std::time::Duration::from_millis(20));
        fs::hard_link(&path, &link).unwrap();
        assert_ne!(State::of(&fs::metadata(&path).unwrap()), state, "a link moves the time of its status change");
        assert_eq!(cache.digest(&path).unwrap().digest, Digest::of(b"from the cache"));
        fs::remove_file(&link).unwrap();
        cache.settle();
        let next = DigestCache::open(&kept).unwrap();
        assert_eq!(next.digest(&path).unwrap().digest, Digest::of(b"from the cache"));
        // What is changed is read, also while it is held.
        next.hold(&path);
        fs::write(&path, "another").unwrap();
        assert_eq!(next.digest(&path).unwrap().digest, Digest::of(b"another"));
        next.settle();
        assert_eq!(DigestCache::open(&kept).unwrap().digest(&path).unwrap().digest, Digest::of(b"another"));
    }

    #[test]
    fn a_settled_file_is_read_once() {
        let cache = DigestCache::new();
        let path = Path::new("/bin/sh");
        let made = cache.digest(path).unwrap();
        let state = *cache.entries().known.keys().next().unwrap();
        cache.entries().known.insert(state, Digest::of(b"from the cache"));
        assert_eq!(cache.digest(path).unwrap(), Made { digest: Digest::of(b"from the cache"), ..made });
    }
}
