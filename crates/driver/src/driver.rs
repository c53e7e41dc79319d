//! The driver: one step takes facts, proposes and applies decisions, syncs them as one group, then acts.

use crate::store::{AppendError, Store};
use pelago_grid::{Action, CodecError, Grid, Record, RecordGroup};
use pelago_job::GridTime;

/// A moment: grid time decides, wall time is a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Grid time.
    pub grid: GridTime,
    /// Milliseconds since 1970.
    pub wall: u64,
}

/// What time it is.
pub trait Clock {
    /// The moment. Grid time never goes back.
    fn now(&mut self) -> Now;
}

/// Who acts.
pub trait Hands {
    /// A group is durable. Called before its actions are performed.
    fn synced(&mut self, position: u64, group: &RecordGroup, grid: &Grid);
    /// Performs one action, or sees to it that it is performed. Never blocks for long.
    fn perform(&mut self, action: Action, grid: &Grid);
}

/// Why the driver can go no further. The state is what the journal says; nothing of the failed group got out.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The journal did not take the group.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// A group cannot be read or written.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A decision changes nothing and so would be taken for ever.
    #[error("a decision has no effect, which is an error of this program, please report it: {0}")]
    Spinning(String),
}

/// The loop's state.
pub struct Driver<S, C, H> {
    grid: Grid,
    store: S,
    clock: C,
    /// Who acts; the owner of the driver reaches them here.
    pub hands: H,
    epoch: u64,
    position: u64,
}

impl<S: Store, C: Clock, H: Hands> Driver<S, C, H> {
    /// A driver that continues after `position`, with the tables as they were there.
    pub fn new(grid: Grid, store: S, clock: C, hands: H, epoch: u64, position: u64) -> Self {
        Self { grid, store, clock, hands, epoch, position }
    }

    /// The tables as of the last synced position.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The tables, and the hands, for what is done again without a new record.
    pub fn at_hand(&mut self) -> (&Grid, &mut H) {
        (&self.grid, &mut self.hands)
    }

    /// The position of the last synced group.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// What time it is.
    pub fn clock(&self) -> &C {
        &self.clock
    }

    /// The journal.
    pub fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// One step: applies `facts`, then every decision that follows; syncs them as one group; then acts.
    ///
    /// Returns the number of decisions. A step in which nothing happens writes nothing. After an error the driver must
    /// not be used again: its tables are ahead of the journal.
    pub fn step(&mut self, facts: Vec<Record>) -> Result<usize, DriverError> {
        let now = self.clock.now();
        let mut records = facts;
        let mut actions = Vec::new();
        let facts = records.len();
        for fact in &records {
            self.grid.apply(now.grid, fact, &mut actions);
        }
        while let Some(decision) = self.grid.decide(now.grid) {
            if records.last() == Some(&decision) {
                return Err(DriverError::Spinning(format!("{decision:?}")));
            }
            self.grid.apply(now.grid, &decision, &mut actions);
            records.push(decision);
        }
        let decisions = records.len() - facts;
        if records.iter().all(|record| *record == Record::Tick) {
            return Ok(0);
        }
        let group = RecordGroup { now: now.grid, wall: now.wall, records };
        let bytes = group.encode()?;
        self.position = self.store.append(self.epoch, self.position, &bytes)?;
        self.hands.synced(self.position, &group, &self.grid);
        for action in actions {
            self.hands.perform(action, &self.grid);
        }
        Ok(decisions)
    }

    /// Takes the driver apart: tables, journal, hands.
    pub fn into_parts(self) -> (Grid, S, H) {
        (self.grid, self.store, self.hands)
    }
}

/// Applies a group that the journal holds.
pub fn replay(grid: &mut Grid, bytes: &[u8]) -> Result<RecordGroup, CodecError> {
    let group = RecordGroup::decode(bytes)?;
    let mut unused = Vec::new();
    for record in &group.records {
        grid.apply(group.now, record, &mut unused);
        unused.clear();
    }
    Ok(group)
}
