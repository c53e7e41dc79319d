//! Snapshots: the journal up to a position in short, in parts, and the pruning of what a snapshot covers.
//!
//! Each part is written in a transaction of its own, so that a writer of groups never waits long. A last row, the
//! seal, makes the snapshot whole; one without it counts as not there.

use super::{Journal, JournalError, entry};
use rusqlite::{OptionalExtension, params};

/// The part number of the seal, whose body is the number of parts.
const SEAL: i64 = -1;

/// Groups deleted in one transaction.
const PRUNE_STEP: u64 = 20_000;

/// A whole snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last position that it covers.
    pub position: u64,
    /// Its parts in their order.
    pub parts: Vec<Vec<u8>>,
}

impl Journal {
    /// Writes a snapshot of the state at `position`. Older ones stay until [`Journal::prune`].
    ///
    /// May be called on a journal opened for this by another thread.
    pub fn snapshot(&mut self, position: u64, parts: &[Vec<u8>]) -> Result<(), JournalError> {
        let last = self.last()?;
        if position > last || position < self.pruned()? {
            return Err(JournalError::Beyond { path: self.path.clone(), asked: position, limit: last });
        }
        let place = "a new snapshot";
        // Half of an earlier try, or the same snapshot once more.
        self.change(place, |transaction| {
            transaction.execute("DELETE FROM snapshot WHERE position = ?1", params![position])
        })?;
        let count = (parts.len() as u64).to_le_bytes();
        let numbered = parts.iter().map(Vec::as_slice).enumerate().map(|(part, body)| (part as i64, body));
        for (part, body) in numbered.chain([(SEAL, &count[..])]) {
            let crc = entry::check(position, part as u64, 0, body);
            self.change(place, |transaction| {
                let mut insert = transaction
                    .prepare_cached("INSERT INTO snapshot(position, part, crc, body) VALUES (?1, ?2, ?3, ?4)")?;
                insert.execute(params![position, part, crc, body])
            })?;
        }
        Ok(())
    }

    /// The newest whole snapshot that the groups still held continue. `None` if there is none and the journal starts at 1.
    ///
    /// A damaged snapshot is passed over while an older one can do its work, else it is an error.
    pub fn newest_snapshot(&self) -> Result<Option<Snapshot>, JournalError> {
        let pruned = self.pruned()?;
        let at = |error| JournalError::of(&self.path, "its snapshots", error);
        let mut sealed = self
            .connection
            .prepare_cached("SELECT position FROM snapshot WHERE part = ?1 AND position >= ?2 ORDER BY position DESC")
            .map_err(at)?;
        let positions: Vec<u64> =
            sealed.query_map(params![SEAL, pruned], |row| row.get(0)).and_then(Iterator::collect).map_err(at)?;
        let mut first_error = None;
        for position in positions {
            match self.read_snapshot(position) {
                Ok(snapshot) => return Ok(Some(snapshot)),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        match first_error {
            // Everything since the first group is still here: the snapshots are not needed.
            _ if pruned == 0 => Ok(None),
            Some(error) => Err(error),
            None => Err(self.damaged("its snapshots", "groups have been pruned, and no whole snapshot covers them")),
        }
    }

    /// Deletes the groups up to `up_to`, which a whole snapshot must cover, and the snapshots that are of no use then.
    /// Gives the space back to the file system.
    pub fn prune(&mut self, up_to: u64) -> Result<(), JournalError> {
        let covered = self.covered()?;
        if up_to > covered {
            return Err(JournalError::Beyond { path: self.path.clone(), asked: up_to, limit: covered });
        }
        let place = "the groups to prune";
        let mut from = self.pruned()?;
        while from < up_to {
            let to = up_to.min(from + PRUNE_STEP);
            // The mark and the rows in one transaction: a group is either there or known to be pruned.
            self.change(place, |transaction| {
                transaction.execute("UPDATE meta SET value = ?1 WHERE key = 'pruned'", params![to])?;
                transaction.execute("DELETE FROM journal WHERE position <= ?1", params![to])
            })?;
            from = to;
        }
        self.change(place, |transaction| {
            transaction.execute("DELETE FROM snapshot WHERE position < ?1", params![covered])
        })?;
        match self.shrink() {
            // The pages are free within the file; a later pruning gives them back.
            Err(error) if super::is_full(&error) => Ok(()),
            done => done.map_err(|error| JournalError::of(&self.path, place, error)),
        }
    }

    /// Gives free pages back to the file system, in transactions small enough that the log stays small.
    fn shrink(&self) -> rusqlite::Result<()> {
        let mut free: i64 = i64::MAX;
        loop {
            let left = self.connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
            if left == 0 || left >= free {
                return Ok(());
            }
            free = left;
            // Frees a page with each step, so it has to be stepped to its end.
            let mut vacuum = self.connection.prepare_cached("PRAGMA incremental_vacuum(1000)")?;
            let mut pages = vacuum.query([])?;
            while pages.next()?.is_some() {}
        }
    }

    /// The position of the newest sealed snapshot, or 0.
    fn covered(&self) -> Result<u64, JournalError> {
        self.connection
            .query_row("SELECT max(position) FROM snapshot WHERE part = ?1", params![SEAL], |row| {
                row.get::<_, Option<u64>>(0)
            })
            .optional()
            .map(|found| found.flatten().unwrap_or(0))
            .map_err(|error| JournalError::of(&self.path, "its snapshots", error))
    }

    fn read_snapshot(&self, position: u64) -> Result<Snapshot, JournalError> {
        let place = format!("the snapshot of position {position}");
        let at = |error| JournalError::of(&self.path, &place, error);
        let mut statement = self
            .connection
            .prepare_cached("SELECT part, crc, body FROM snapshot WHERE position = ?1 ORDER BY part")
            .map_err(at)?;
        let mut rows = statement.query(params![position]).map_err(at)?;
        let (mut due, mut count, mut parts) = (SEAL, 0u64, Vec::new());
        while let Some(row) = rows.next().map_err(at)? {
            let part: i64 = row.get(0).map_err(at)?;
            let crc: i64 = row.get(1).map_err(at)?;
            let body: Vec<u8> = row.get(2).map_err(at)?;
            if part != due || crc != entry::check(position, part as u64, 0, &body) {
                return Err(self.damaged(&place, &format!("part {part} is not what was written")));
            }
            due += 1;
            match part {
                SEAL => count = body.try_into().map(u64::from_le_bytes).unwrap_or(u64::MAX),
                _ => parts.push(body),
            }
        }
        if parts.len() as u64 != count {
            return Err(self.damaged(&place, &format!("it has {} parts of {count}", parts.len())));
        }
        Ok(Snapshot { position, parts })
    }
}
