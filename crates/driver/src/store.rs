//! What the driver asks of a journal store: append one group atomically, or say precisely why not.
//!
//! Positions count from 1; 0 is the position before the first group. The owner of a journal has an epoch, which every
//! takeover increments; a store takes groups of its newest epoch only.

/// A place where groups of records are kept in order and for good.
pub trait Store {
    /// Appends `group` as one whole, synced before this returns, and gives the position it took: `expected + 1`.
    ///
    /// `expected` is the position of the last group that the caller knows of (0 for an empty journal). A call whose
    /// answer was lost may be repeated: the same group in the same epoch at the same place is recognised and its
    /// position returned, and it is still there only once.
    ///
    /// After any error nothing of the group may get out: no action, no acknowledgement.
    fn append(&mut self, epoch: u64, expected: u64, group: &[u8]) -> Result<u64, AppendError>;
}

/// A store that is used through a box is a store.
impl<S: Store + ?Sized> Store for Box<S> {
    fn append(&mut self, epoch: u64, expected: u64, group: &[u8]) -> Result<u64, AppendError> {
        (**self).append(epoch, expected, group)
    }
}

/// Why a group was not appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Another owner has taken over; this one must stop at once.
    #[error(
        "another owner has taken over the journal (its epoch is {seen}); this one stops, run the same command to join it"
    )]
    Fenced {
        /// The epoch that the journal is in now.
        seen: u64,
    },
    /// The journal does not end where the caller believes.
    #[error("the journal ends at position {at}, not where its owner left it; start again to read it from there")]
    Mismatch {
        /// The position of the last group in the journal.
        at: u64,
    },
    /// There is no room, not even with the reserve; says where and what to do.
    #[error("{0}")]
    Full(String),
    /// It is not known whether the group is in the journal. The caller stops and reads the tail when it starts again.
    #[error("{0}")]
    Failed(String),
}
