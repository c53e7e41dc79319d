//! Entries: one group at one position, with the check by which damage is seen, and the reader that walks them.

use super::JournalError;
use pelago_job::Digest;
use rusqlite::{Connection, Row, params};
use std::collections::VecDeque;
use std::path::Path;

/// One group of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its position, from 1.
    pub position: u64,
    /// The epoch of the owner that wrote it.
    pub epoch: u64,
    /// Wall time when it was written, in milliseconds since 1970. A label: nothing is decided by it.
    pub at_ms: u64,
    /// The group's bytes.
    pub body: Vec<u8>,
}

/// The check of an entry: 64 bits of a BLAKE3 digest over where it belongs, who wrote it, and its body.
pub(super) fn check(position: u64, epoch: u64, at_ms: u64, body: &[u8]) -> i64 {
    let digest = Digest::of_parts([&position.to_le_bytes()[..], &epoch.to_le_bytes(), &at_ms.to_le_bytes(), body]);
    let [a, b, c, d, e, f, g, h, ..] = digest.0;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// Reads the columns `position, epoch, at_ms, crc, body` and compares the check.
pub(super) fn take(path: &Path, row: &Row<'_>) -> Result<Entry, JournalError> {
    let at = |error| JournalError::of(path, "a group whose position cannot be read", error);
    let position: u64 = row.get(0).map_err(at)?;
    let place = format!("position {position}");
    let at = |error| JournalError::of(path, &place, error);
    let entry = Entry {
        position,
        epoch: row.get(1).map_err(at)?,
        at_ms: row.get(2).map_err(at)?,
        body: row.get(4).map_err(at)?,
    };
    let stored: i64 = row.get(3).map_err(at)?;
    if stored != check(entry.position, entry.epoch, entry.at_ms, &entry.body) {
        let why = "its check does not agree with its bytes".to_string();
        return Err(JournalError::Damaged { path: path.to_path_buf(), place, why });
    }
    Ok(entry)
}

/// The groups of a journal in their order, each checked. Ends after the first error.
#[derive(Debug)]
pub struct Entries<'a> {
    connection: &'a Connection,
    path: &'a Path,
    next: u64,
    last: u64,
    ready: VecDeque<Entry>,
}

/// Groups fetched at a time: at most so many, and none after so many bytes.
const FETCH: (usize, usize) = (1024, 4 << 20);

impl<'a> Entries<'a> {
    /// The groups from position `from` to `last`, both included.
    pub(super) fn new(connection: &'a Connection, path: &'a Path, from: u64, last: u64) -> Self {
        Self { connection, path, next: from.max(1), last, ready: VecDeque::new() }
    }

    fn fetch(&mut self) -> Result<(), JournalError> {
        let place = format!("position {} or later", self.next);
        let at = |error| JournalError::of(self.path, &place, error);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT position, epoch, at_ms, crc, body FROM journal WHERE position >= ?1 ORDER BY position",
            )
            .map_err(at)?;
        let mut rows = statement.query(params![self.next]).map_err(at)?;
        let mut bytes = 0;
        while self.ready.len() < FETCH.0 && bytes < FETCH.1 {
            let Some(row) = rows.next().map_err(at)? else { break };
            let entry = take(self.path, row)?;
            let due = self.next + self.ready.len() as u64;
            if entry.position != due {
                return Err(missing(self.path, due));
            }
            bytes += entry.body.len();
            self.ready.push_back(entry);
        }
        match self.ready.is_empty() {
            true => Err(missing(self.path, self.next)),
            false => Ok(()),
        }
    }
}

fn missing(path: &Path, position: u64) -> JournalError {
    JournalError::Damaged {
        path: path.to_path_buf(),
        place: format!("position {position}"),
        why: "this group is missing".to_string(),
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() {
            if self.next > self.last {
                return None;
            }
            if let Err(error) = self.fetch() {
                // What was fetched before the damage is still good and comes out first.
                if self.ready.is_empty() {
                    self.next = self.last.saturating_add(1);
                    return Some(Err(error));
                }
            }
        }
        let entry = self.ready.pop_front()?;
        self.next = entry.position + 1;
        Some(Ok(entry))
    }
}
