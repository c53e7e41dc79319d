//! The follower: a thread with tables of its own that goes behind the owner, writes the history, and keeps the journal short.

use super::project::project;
use crate::history::Reached;
use crate::history::{History, Row};
use crate::journal::Journal;
use crossbeam_channel::Receiver;
use pelago_grid::image::Image;
use pelago_grid::{Grid, Record, RecordGroup};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Records after which the journal is written anew as a snapshot.
const SNAPSHOT_EVERY: u64 = 200_000;
/// Rows written in one transaction.
const BATCH: usize = 20_000;
/// How long rows are gathered for one transaction, if nobody waits for them.
const TOGETHER: Duration = Duration::from_millis(50);
/// How long decisions are kept: 90 days, at most 1 GB.
const HISTORY_AGE_MS: u64 = 90 * 24 * 3600 * 1000;
const HISTORY_BYTES: u64 = 1_000_000_000;

/// What the follower is told.
pub enum Follow {
    /// A group is durable.
    Group(u64, Box<RecordGroup>),
    /// Rows that follow from no record.
    Rows(Vec<Row>),
}

/// The history that is followed into.
pub enum Opening {
    /// It is there.
    Done(History),
    /// It is to be made at this path: nobody needs to wait for it before there is something to tell of.
    New(PathBuf),
}

/// The follower's own state.
struct Follower {
    grid: Grid,
    /// None if it could not be made.
    history: Option<History>,
    state: PathBuf,
    reached: Arc<Reached>,
    position: u64,
    written: u64,
    rows: Vec<Row>,
    /// Records since the last snapshot.
    records: u64,
}

/// Starts the follower with the tables as they are at `position`. It ends when the owner drops its side of `follow`,
/// after everything is written.
pub fn start(
    state: &Path,
    grid: Grid,
    history: Opening,
    position: u64,
    replayed: u64,
    follow: Receiver<Follow>,
    reached: Arc<Reached>,
) -> JoinHandle<()> {
    reached.set(position);
    let (state, rows) = (state.to_path_buf(), Vec::new());
    std::thread::spawn(move || {
        let history = match history {
            Opening::Done(history) => Some(history),
            Opening::New(path) => History::open(&path).ok(),
        };
        reached.set_made();
        let (written, records) = (position, replayed);
        let mut follower = Follower { grid, history, state, reached, position, written, rows, records };
        let mut together = Duration::ZERO;
        while let Ok(first) = follow.recv() {
            follower.take(first);
            // A transaction costs more than what is in it: what comes meanwhile goes with it, unless much has come already. The
            // first has the syncs of a new log, and somebody may wait for the next one.
            let rest = std::mem::replace(&mut together, TOGETHER);
            if follow.is_empty() {
                follower.reached.rest(rest);
            }
            while follower.rows.len() < BATCH
                && let Ok(next) = follow.try_recv()
            {
                follower.take(next);
            }
            follower.write();
            if follower.records >= SNAPSHOT_EVERY {
                follower.snapshot();
            }
        }
        if follower.records > 2_000 {
            follower.snapshot();
        }
        // The history is a help, not a promise: what cannot be pruned today is pruned another day.
        let prune = |mut history: History| history.prune(crate::clock::wall(), HISTORY_AGE_MS, HISTORY_BYTES);
        let _ = follower.history.take().map(prune);
    })
}

impl Follower {
    fn take(&mut self, follow: Follow) {
        match follow {
            Follow::Group(position, group) => {
                project(&mut self.grid, &group, &mut self.rows);
                self.position = position;
                self.records += group.records.len() as u64;
            }
            Follow::Rows(mut rows) => self.rows.append(&mut rows),
        }
    }

    fn write(&mut self) {
        // Rows without a position of their own wait for the next group: a batch is known by its position.
        if self.position == self.written {
            return;
        }
        self.written = self.position;
        // A history that cannot be written is made up for from the journal at the next start: until then the journal is
        // not pruned, because the position does not move.
        let (position, rows) = (self.position, &self.rows);
        if self.history.as_mut().is_some_and(|history| history.batch(position, rows).is_ok()) {
            self.reached.set(self.position);
        } else {
            self.reached.set(u64::MAX);
        }
        self.rows.clear();
    }

    fn snapshot(&mut self) {
        let image = Record::Image(Box::new(Image::of(&self.grid)));
        let group = RecordGroup { now: self.grid.now, wall: crate::clock::wall(), records: vec![image] };
        let Ok(bytes) = group.encode() else { return };
        let behind = self.history.as_ref().and_then(|history| history.read().position().ok()).unwrap_or(0);
        if behind < self.position {
            return;
        }
        // A short run needs none of its own. Without room for it the journal simply stays as long as it is.
        let Ok(mut journal) = Journal::open(&self.state) else { return };
        if journal.snapshot(self.position, &[bytes]).is_ok() {
            let _ = journal.prune(self.position);
            self.records = 0;
        }
    }
}
