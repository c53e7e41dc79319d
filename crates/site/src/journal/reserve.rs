//! The reserve: space allocated ahead so that outcomes and deletions can still be recorded when the disk is full.

use rustix::fs::{FallocateFlags, Mode, OFlags};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes held when there is room.
pub(crate) const SIZE: u64 = 32 << 20;

/// Bytes given back at a time, so that others who fill the disk do not take it all at once.
const STEP: u64 = 4 << 20;

/// A file whose blocks are allocated and hold nothing.
#[derive(Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
    held: u64,
}

impl Reserve {
    /// The reserve of the state directory `dir`, as it is on disk. Allocates nothing.
    pub(crate) fn find(dir: &Path) -> Self {
        let path = dir.join("reserve");
        // A symbolic link or a sparse file holds no space of ours.
        let held = rustix::fs::lstat(&path).map_or(0, |stat| {
            let blocks = u64::try_from(stat.st_blocks).unwrap_or(0);
            blocks.saturating_mul(512).min(u64::try_from(stat.st_size).unwrap_or(0)).min(SIZE)
        });
        Self { path, held }
    }

    /// Bytes held now.
    pub(crate) fn held(&self) -> u64 {
        self.held
    }

    /// Allocates what is missing. An error means that there is no room, or that this file system cannot allocate
    /// ahead; the journal works without a reserve too.
    pub(crate) fn fill(&mut self) -> io::Result<()> {
        if self.held >= SIZE {
            return Ok(());
        }
        let file = self.file()?;
        // Without this a half-filled file would keep the blocks that a full disk needs elsewhere.
        if let Err(error) = rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, SIZE) {
            rustix::fs::ftruncate(&file, self.held)?;
            return Err(error.into());
        }
        self.held = SIZE;
        Ok(())
    }

    /// Gives a part back to the file system. Returns whether there was anything to give.
    pub(crate) fn give(&mut self) -> bool {
        let rest = self.held.saturating_sub(STEP);
        let given = self.held > 0 && self.file().is_ok_and(|file| rustix::fs::ftruncate(&file, rest).is_ok());
        // What could not be given once will not be given the next time either; the caller must not loop on it.
        self.held = if given { rest } else { 0 };
        given
    }

    fn file(&self) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::open(&self.path, flags, Mode::RUSR | Mode::WUSR)?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_real_blocks_and_gives_them_back_in_steps() {
        let dir = tempfile::tempdir().unwrap();
        let mut reserve = Reserve::find(dir.path());
        assert_eq!(reserve.held(), 0);
        reserve.fill().unwrap();
        assert_eq!(Reserve::find(dir.path()).held(), SIZE);
        assert!(reserve.give());
        assert_eq!(Reserve::find(dir.path()).held(), SIZE - STEP);
        let mut gifts = 1;
        while reserve.give() {
            gifts += 1;
        }
        assert_eq!(gifts, SIZE / STEP);
        assert_eq!(Reserve::find(dir.path()).held(), 0);
        reserve.fill().unwrap();
        assert_eq!(reserve.held(), SIZE);
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        std::fs::write(&victim, "mine").unwrap();
        std::os::unix::fs::symlink(&victim, dir.path().join("reserve")).unwrap();
        assert!(Reserve::find(dir.path()).fill().is_err());
        assert_eq!(std::fs::read_to_string(victim).unwrap(), "mine");
    }
}
