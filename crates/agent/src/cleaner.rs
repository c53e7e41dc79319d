//! The cleaner: removes what nobody needs, in a thread of its own, and tells how much space that gave.

use crate::layout::Layout;
use crate::told::{Freed, Told};
use crossbeam_channel::{Receiver, Sender, unbounded};
use pelago_job::Bytes;
use pelago_stage::{StageError, remove_tree, usage};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Takes paths to remove.
pub(crate) struct Cleaner {
    layout: Layout,
    next: AtomicU64,
    jobs: Sender<Job>,
    stop: AtomicBool,
}

/// Something in the trash.
pub(crate) struct Job {
    path: PathBuf,
    what: Option<Freed>,
}

impl Cleaner {
    /// A cleaner, and what [`Cleaner::run`] is to be given.
    pub(crate) fn new(layout: Layout) -> (Self, Receiver<Job>) {
        let (jobs, receive) = unbounded();
        (Self { layout, next: AtomicU64::new(0), jobs, stop: AtomicBool::new(false) }, receive)
    }

    /// Takes a path out of sight at once, and has it removed. A path that is not there is told as freed, with no bytes.
    pub(crate) fn remove(&self, path: &Path, what: Option<Freed>) -> Result<(), StageError> {
        let trash = loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let trash = self.layout.trash().join(number.to_string());
            // A name that is taken is an earlier owner's, which the cleaner has not come to yet.
            if fs::symlink_metadata(&trash).is_err() {
                break trash;
            }
        };
        match pelago_stage::rename(path, &trash) {
            Ok(()) => {}
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(StageError::system("cannot remove", path, why)),
        }
        // The receiver lives as long as the cleaner's thread; after that, the next start empties the trash.
        let _ = self.jobs.send(Job { path: trash, what });
        Ok(())
    }

    /// Removes until told to stop: what is left then is removed at the next start.
    pub(crate) fn run(&self, jobs: &Receiver<Job>, reports: &Sender<Told>) {
        for Job { path, what } in jobs {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let before = usage(&path);
            let left = match remove_tree(&path) {
                Ok(()) => Bytes(0),
                Err(_) => usage(&path),
            };
            if let Some(what) = what {
                let _ = reports.send(Told::Freed { what, bytes: Bytes(before.0.saturating_sub(left.0)) });
            }
        }
    }

    /// Ends the thread after what it is removing now.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.jobs.send(Job { path: self.layout.trash().join("none"), what: None });
    }

    /// Hands over what an earlier owner left in the trash.
    pub(crate) fn empty_trash(&self) {
        for entry in fs::read_dir(self.layout.trash()).into_iter().flatten().flatten() {
            let _ = self.jobs.send(Job { path: entry.path(), what: None });
        }
    }
}
