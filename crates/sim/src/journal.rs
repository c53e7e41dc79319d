//! The virtual journal: groups in memory, with everything that a disk can do to them.

use crate::fault::{Fault, Faults};
use pelago_driver::{AppendError, Store};
use pelago_job::Digest;
use std::cell::RefCell;
use std::rc::Rc;

/// The journal as it is on the virtual disk.
#[derive(Debug, Default)]
pub struct Journal {
    rows: Vec<(Digest, Vec<u8>)>,
    epoch: u64,
    /// Whether the owner has to be taken for dead because of what the last write did.
    pub fatal: bool,
}

impl Journal {
    /// A new owner: earlier ones can no longer write.
    pub fn claim(&mut self) -> u64 {
        self.epoch += 1;
        self.fatal = false;
        self.epoch
    }

    /// Drops a torn tail, and says whether there was one.
    pub fn recover(&mut self) -> bool {
        let torn = self.rows.last().is_some_and(|(digest, bytes)| Digest::of(bytes) != *digest);
        if torn {
            self.rows.pop();
        }
        torn
    }

    /// Position of the last group.
    pub fn last(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The groups after a position.
    pub fn after(&self, position: u64) -> impl Iterator<Item = (u64, &[u8])> {
        let rows = self.rows.iter().enumerate().skip(position as usize);
        rows.map(|(number, (_, bytes))| (number as u64 + 1, bytes.as_slice()))
    }
}

/// An owner's hold of the journal.
#[derive(Clone)]
pub struct Handle {
    /// The journal.
    pub journal: Rc<RefCell<Journal>>,
    /// What goes wrong.
    pub faults: Rc<RefCell<Faults>>,
}

impl Store for Handle {
    fn append(&mut self, epoch: u64, expected: u64, group: &[u8]) -> Result<u64, AppendError> {
        let (mut journal, mut faults) = (self.journal.borrow_mut(), self.faults.borrow_mut());
        if epoch != journal.epoch {
            return Err(AppendError::Fenced { seen: journal.epoch });
        }
        if expected != journal.last() {
            return Err(AppendError::Mismatch { at: journal.last() });
        }
        let whole = (Digest::of(group), group.to_vec());
        let failed = |text: &str| Err(AppendError::Failed(text.to_string()));
        let kinds = [
            Fault::CrashBeforeWrite,
            Fault::TornWrite,
            Fault::SyncFailed,
            Fault::LostAnswer,
            Fault::JournalFull,
            Fault::CrashAfterSync,
        ];
        let Some(kind) = kinds.into_iter().find(|kind| faults.strikes(*kind)) else {
            journal.rows.push(whole);
            return Ok(journal.last());
        };
        faults.fired(kind);
        journal.fatal = true;
        match kind {
            Fault::TornWrite => {
                let cut = faults.below(group.len() as u64) as usize;
                journal.rows.push((whole.0, group[..cut].to_vec()));
                failed("half of the group was written")
            }
            Fault::SyncFailed => {
                if faults.below(2) == 0 {
                    journal.rows.push(whole);
                }
                failed("the sync failed")
            }
            Fault::LostAnswer | Fault::CrashAfterSync => {
                journal.rows.push(whole);
                failed("the answer was lost")
            }
            Fault::JournalFull => Err(AppendError::Full("no room".to_string())),
            _ => failed("killed before the write"),
        }
    }
}
