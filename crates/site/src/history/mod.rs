//! The history of a site in SQLite: runs, values, proofs and decisions, made from the journal and makeable again.
//!
//! The file is `history.db` in the state directory. It knows nothing of records: a caller turns them into [`Row`]s and
//! feeds a batch with the journal position that it reaches; both are in the same transaction. A batch may be lost in a
//! power failure (then the caller reads the journal from [`Reader::position`] again), but never half of one.

mod error;
mod reached;
mod read;
mod row;
mod schema;

pub use error::HistoryError;
pub use reached::Reached;
pub use read::Reader;
pub use row::{Decision, Proof, Row, Run, Table, Values};

use rusqlite::{Transaction, TransactionBehavior, params};
use std::path::Path;

/// The name of the history's file in a state directory.
pub const FILE: &str = "history.db";

/// How long decisions are kept unless the user says otherwise: 90 days in milliseconds.
pub const KEEP_MS: u64 = 90 * 24 * 3_600_000;

/// How many bytes of decisions are kept unless the user says otherwise.
pub const KEEP_BYTES: u64 = 1_000_000_000;

/// What a decision takes besides its text, roughly: its row and its place in the index.
const DECISION_EXTRA: u64 = 48;

/// Decisions deleted in one transaction.
const PRUNE_STEP: u64 = 20_000;

/// The history, open for writing. There is one writer; others use [`Reader::open`].
#[derive(Debug)]
pub struct History {
    reader: Reader,
}

impl History {
    /// Opens the history at `path`, and makes it if it is not there.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        Ok(Self { reader: Reader::over(schema::open(path)?, path) })
    }

    /// The same file for reading, which sees this writer's last batch.
    pub fn read(&self) -> &Reader {
        &self.reader
    }

    /// Writes rows and remembers that the journal has been followed up to `position`, in one transaction.
    /// A batch that is in here already (its position was reached before) changes nothing and gives `false`.
    pub fn batch(&mut self, position: u64, rows: &[Row]) -> Result<bool, HistoryError> {
        self.change(|transaction| {
            let reached: u64 =
                transaction.query_row("SELECT value FROM meta WHERE key = 'position'", [], |row| row.get(0))?;
            if position <= reached {
                return Ok(false);
            }
            let mut decided = 0;
            for row in rows {
                put(transaction, row)?;
                if let Row::Decision(decision) = row {
                    decided += decision.text.len() as u64 + DECISION_EXTRA;
                }
            }
            if decided > 0 {
                let sql = "UPDATE meta SET value = value + ?1 WHERE key = 'decision_bytes'";
                transaction.execute(sql, params![decided])?;
            }
            transaction.execute("UPDATE meta SET value = ?1 WHERE key = 'position'", params![position])?;
            Ok(true)
        })
    }

    /// Forgets that the journal was followed beyond `last`. A journal that has lost its tail gives those positions to other
    /// groups, which must not be taken for known; the rows stay, and what runs again replaces them.
    pub fn rewind(&mut self, last: u64) -> Result<(), HistoryError> {
        self.change(|transaction| {
            let sql = "UPDATE meta SET value = ?1 WHERE key = 'position' AND value > ?1";
            transaction.execute(sql, params![last]).map(drop)
        })
    }

    /// Deletes the oldest decisions: those older than `max_age_ms` at the wall time `now_ms`, and as many as are
    /// needed to come down to `max_bytes`. Gives how many were deleted.
    pub fn prune(&mut self, now_ms: u64, max_age_ms: u64, max_bytes: u64) -> Result<u64, HistoryError> {
        let oldest = now_ms.saturating_sub(max_age_ms);
        let mut deleted = 0;
        loop {
            let step = self.change(|transaction| prune_step(transaction, oldest, max_bytes))?;
            if step == 0 {
                return Ok(deleted);
            }
            deleted += step;
        }
    }

    fn change<T>(&mut self, act: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, HistoryError> {
        let (connection, path) = self.reader.parts()?;
        let done = connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
            let value = act(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        done.map_err(|error| HistoryError::of(path, error))
    }
}

/// One step of pruning: looks at the oldest decisions only, and stops at the first that may stay.
fn prune_step(transaction: &Transaction<'_>, oldest: u64, max_bytes: u64) -> rusqlite::Result<u64> {
    let sql = "SELECT value FROM meta WHERE key = 'decision_bytes'";
    let mut bytes: u64 = transaction.query_row(sql, [], |row| row.get(0))?;
    let mut upto = None;
    let mut count = 0;
    {
        let sql = "SELECT id, at_ms, octet_length(text) FROM decisions ORDER BY id LIMIT ?1";
        let mut statement = transaction.prepare_cached(sql)?;
        let mut rows = statement.query(params![PRUNE_STEP])?;
        while let Some(row) = rows.next()? {
            let (id, at_ms, len): (i64, u64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if at_ms >= oldest && bytes <= max_bytes {
                break;
            }
            bytes = bytes.saturating_sub(len + DECISION_EXTRA);
            upto = Some(id);
            count += 1;
        }
    }
    if let Some(upto) = upto {
        transaction.execute("DELETE FROM decisions WHERE id <= ?1", params![upto])?;
        transaction.execute("UPDATE meta SET value = ?1 WHERE key = 'decision_bytes'", params![bytes])?;
    }
    Ok(count)
}

fn put(transaction: &Transaction<'_>, row: &Row) -> rusqlite::Result<()> {
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| transaction.prepare_cached(sql)?.execute(params).map(drop);
    match row {
        Row::Run(at) => run(
            "INSERT OR REPLACE INTO runs VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
            params![
                at.task.job.0,
                at.task.group.0,
                at.task.index,
                at.attempt,
                at.slot,
                at.started_ms,
                at.usage.wall.0,
                at.usage.cpu.0,
                at.usage.memory.0,
                at.usage.disk.0,
                at.outcome,
                at.detail,
                at.stdout.pack,
                at.stdout.offset,
                at.stdout.len,
                at.stderr.pack,
                at.stderr.offset,
                at.stderr.len
            ],
        ),
        Row::Table(table) => {
            // Two lists of texts always have a JSON form.
            let columns = serde_json::json!([table.parameters, table.values]).to_string();
            run(
                "INSERT OR REPLACE INTO tables VALUES (?1,?2,?3,?4)",
                params![table.job.0, table.group.0, table.view, columns],
            )?;
            transaction.execute_batch(&schema::view(table))
        }
        Row::Values(values) => put_values(transaction, values),
        Row::Proof(at) => run(
            "INSERT OR REPLACE INTO proofs VALUES (?1,?2,?3,?4,?5,?6)",
            params![at.key, at.task.job.0, at.task.group.0, at.task.index, at.outputs, at.at_ms],
        ),
        Row::Decision(at) => run(
            "INSERT INTO decisions(at_ms, job, grp, idx, text) VALUES (?1,?2,?3,?4,?5)",
            params![at.at_ms, at.job.0, at.group.map(|group| group.0), at.index, at.text],
        ),
        Row::Label { key, text } => run("INSERT OR REPLACE INTO labels VALUES (?1,?2)", params![key, text]),
    }
}

fn put_values(transaction: &Transaction<'_>, values: &Values) -> rusqlite::Result<()> {
    use pelago_job::Cell;
    let (job, group, index) = (values.task.job.0, values.task.group.0, values.task.index);
    let texts = schema::stored(&values.parameters);
    transaction
        .prepare_cached("INSERT OR REPLACE INTO points VALUES (?1,?2,?3,?4)")?
        .execute(params![job, group, index, texts])?;
    let mut insert = transaction.prepare_cached("INSERT OR REPLACE INTO cells VALUES (?1,?2,?3,?4,?5)")?;
    let mut delete =
        transaction.prepare_cached("DELETE FROM cells WHERE job = ?1 AND grp = ?2 AND idx = ?3 AND col = ?4")?;
    for (column, cell) in values.cells.iter().enumerate() {
        let column = column as u64;
        match cell {
            Cell::Missing => delete.execute(params![job, group, index, column])?,
            Cell::Integer(value) => insert.execute(params![job, group, index, column, value])?,
            Cell::Real(value) => insert.execute(params![job, group, index, column, value])?,
            Cell::Text(value) => insert.execute(params![job, group, index, column, value])?,
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests;
