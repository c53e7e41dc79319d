//! Reading the history: each answer is bounded by the caller.

use super::row::{Decision, Proof, Run, Table, Values};
use super::{HistoryError, Reached, schema};
use pelago_job::{Bytes, Cell, GroupNo, JobId, LogSpan, Millis, TaskRef, Usage};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Params, params};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A connection that reads. It sees each batch whole or not at all.
#[derive(Debug)]
pub struct Reader {
    connection: OnceCell<Connection>,
    path: PathBuf,
    /// Who makes the history, if it may not be there yet.
    made: Option<Arc<Reached>>,
}

/// The columns of a run, in the order of [`run`].
const RUN: &str = "job, grp, idx, attempt, slot, started_ms, wall_ms, cpu_ms, memory, disk, outcome, detail, \
                   out_pack, out_offset, out_len, err_pack, err_offset, err_len";

impl Reader {
    /// Opens the history at `path` for reading only, for use by another thread or without an owner.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        Ok(Self::over(schema::look(path)?, path))
    }

    /// A reader that opens the history when it is asked for the first time, and then waits until that was made.
    pub fn later(path: &Path, made: Arc<Reached>) -> Self {
        Self { connection: OnceCell::new(), path: path.to_path_buf(), made: Some(made) }
    }

    pub(super) fn over(connection: Connection, path: &Path) -> Self {
        Self { connection: OnceCell::from(connection), path: path.to_path_buf(), made: None }
    }

    pub(super) fn connection(&self) -> Result<&Connection, HistoryError> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection);
        }
        if let Some(made) = &self.made {
            made.wait_until_made();
        }
        let opened = schema::look(&self.path)?;
        Ok(self.connection.get_or_init(|| opened))
    }

    /// The connection of a writer, and the file's path.
    pub(super) fn parts(&mut self) -> Result<(&mut Connection, &Path), HistoryError> {
        let Self { connection, path, .. } = self;
        let closed = || HistoryError::Closed { path: path.clone(), why: "it was not opened".to_string() };
        Ok((connection.get_mut().ok_or_else(closed)?, path))
    }

    /// The position of the journal up to which everything is in here; 0 at first.
    pub fn position(&self) -> Result<u64, HistoryError> {
        Ok(self.first("SELECT value FROM meta WHERE key = 'position'", [], |row| row.get(0))?.unwrap_or(0))
    }

    /// All attempts at a task, oldest first.
    pub fn attempts(&self, task: TaskRef, limit: u64) -> Result<Vec<Run>, HistoryError> {
        let sql = format!("SELECT {RUN} FROM runs WHERE job = ?1 AND grp = ?2 AND idx = ?3 ORDER BY attempt LIMIT ?4");
        self.all(&sql, params![task.job.0, task.group.0, task.index, cap(limit)], run)
    }

    /// The last attempt at a task.
    pub fn last_attempt(&self, task: TaskRef) -> Result<Option<Run>, HistoryError> {
        let sql =
            format!("SELECT {RUN} FROM runs WHERE job = ?1 AND grp = ?2 AND idx = ?3 ORDER BY attempt DESC LIMIT 1");
        self.first(&sql, params![task.job.0, task.group.0, task.index], run)
    }

    /// Attempts of a group from index `from` on, by index and attempt.
    pub fn runs(&self, job: JobId, group: GroupNo, from: u64, limit: u64) -> Result<Vec<Run>, HistoryError> {
        let sql =
            format!("SELECT {RUN} FROM runs WHERE job = ?1 AND grp = ?2 AND idx >= ?3 ORDER BY idx, attempt LIMIT ?4");
        self.all(&sql, params![job.0, group.0, from, cap(limit)], run)
    }

    /// Attempts of a job that did not end well, by group, index and attempt.
    pub fn failures(&self, job: JobId, limit: u64) -> Result<Vec<Run>, HistoryError> {
        // The words make the partial index usable.
        let sql =
            format!("SELECT {RUN} FROM runs WHERE job = ?1 AND outcome <> 'done' ORDER BY grp, idx, attempt LIMIT ?2");
        self.all(&sql, params![job.0, cap(limit)], run)
    }

    /// The tables of values that a job has, by group.
    pub fn tables(&self, job: JobId) -> Result<Vec<Table>, HistoryError> {
        self.all("SELECT grp, view, columns FROM tables WHERE job = ?1 ORDER BY grp", params![job.0], |row| {
            let columns: String = row.get(2)?;
            let (parameters, values) = serde_json::from_str(&columns).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error))
            })?;
            Ok(Table { job, group: GroupNo(row.get(0)?), view: row.get(1)?, parameters, values })
        })
    }

    /// Rows of a table from index `from` on, by index.
    pub fn values(&self, table: &Table, from: u64, limit: u64) -> Result<Vec<Values>, HistoryError> {
        let sql = "SELECT idx, texts FROM points WHERE job = ?1 AND grp = ?2 AND idx >= ?3 ORDER BY idx LIMIT ?4";
        let rows: Vec<(u64, String)> =
            self.all(sql, params![table.job.0, table.group.0, from, cap(limit)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some((last, _)) = rows.last() else { return Ok(Vec::new()) };
        let mut found = self
            .all(
                "SELECT idx, col, value FROM cells WHERE job = ?1 AND grp = ?2 AND idx BETWEEN ?3 AND ?4 ORDER BY idx, col",
                params![table.job.0, table.group.0, from, last],
                |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?, cell(row.get(2)?))),
            )?
            .into_iter()
            .peekable();
        rows.into_iter()
            .map(|(index, texts)| {
                let parameters = schema::texts(&texts).map_err(|why| self.damaged(why))?;
                let mut cells = vec![Cell::Missing; table.values.len()];
                while let Some((_, column, value)) = found.next_if(|(at, ..)| *at <= index) {
                    if let Some(cell) = usize::try_from(column).ok().and_then(|column| cells.get_mut(column)) {
                        *cell = value;
                    }
                }
                Ok(Values { task: TaskRef { job: table.job, group: table.group, index }, parameters, cells })
            })
            .collect()
    }

    /// The proof under a key.
    pub fn proof(&self, key: [u8; 16]) -> Result<Option<Proof>, HistoryError> {
        self.first("SELECT job, grp, idx, outputs, at_ms FROM proofs WHERE key = ?1", params![key], |row| {
            Ok(Proof { key, task: task(row)?, outputs: row.get(3)?, at_ms: row.get(4)? })
        })
    }

    /// The proof that a task of some job left.
    pub fn proof_of(&self, of: TaskRef) -> Result<Option<Proof>, HistoryError> {
        let sql = "SELECT key, outputs, at_ms FROM proofs WHERE job = ?1 AND grp = ?2 AND idx = ?3";
        self.first(sql, params![of.job.0, of.group.0, of.index], |row| {
            Ok(Proof { key: row.get(0)?, task: of, outputs: row.get(1)?, at_ms: row.get(2)? })
        })
    }

    /// How many kept states of a job gave way to work, as far as decisions are still kept.
    pub fn gave_way(&self, job: JobId) -> Result<u64, HistoryError> {
        let sql = "SELECT count(*) FROM decisions WHERE job = ?1 AND text GLOB '{\"GaveWay\"*'";
        Ok(self.first(sql, params![job.0], |row| row.get(0))?.unwrap_or(0))
    }

    /// The newest decisions, oldest of them first. For a task those about its group and job are among them; for a
    /// group or job those about single tasks are not.
    pub fn decisions(
        &self,
        job: JobId,
        group: Option<GroupNo>,
        index: Option<u64>,
        limit: u64,
    ) -> Result<Vec<Decision>, HistoryError> {
        // Each branch is one range of the index, read from its end.
        let branch = |test: &str| {
            format!(
                "SELECT * FROM (SELECT id, at_ms, grp, idx, text FROM decisions WHERE job = ?1 AND {test} ORDER BY id DESC LIMIT ?4)"
            )
        };
        let sql = format!(
            "SELECT id, at_ms, grp, idx, text FROM ({} UNION ALL {} UNION ALL {}) ORDER BY id DESC LIMIT ?4",
            branch("grp IS NULL AND idx IS NULL"),
            branch("grp = ?2 AND idx IS NULL"),
            branch("grp = ?2 AND idx = ?3"),
        );
        let mut found = self.all(&sql, params![job.0, group.map(|group| group.0), index, cap(limit)], |row| {
            let group: Option<u16> = row.get(2)?;
            Ok(Decision { at_ms: row.get(1)?, job, group: group.map(GroupNo), index: row.get(3)?, text: row.get(4)? })
        })?;
        found.reverse();
        Ok(found)
    }

    /// The text under a key.
    pub fn label(&self, key: &str) -> Result<Option<String>, HistoryError> {
        self.first("SELECT text FROM labels WHERE key = ?1", params![key], |row| row.get(0))
    }

    /// Keys that begin with `prefix` and their texts, by key.
    pub fn labels(&self, prefix: &str, limit: u64) -> Result<Vec<(String, String)>, HistoryError> {
        let sql =
            "SELECT key, text FROM labels WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1 ORDER BY key LIMIT ?2";
        self.all(sql, params![prefix, cap(limit)], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, HistoryError> {
        let connection = self.connection()?;
        let query = || connection.prepare_cached(sql)?.query_map(params, read)?.collect::<rusqlite::Result<Vec<T>>>();
        query().map_err(|error| HistoryError::of(&self.path, error))
    }

    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, HistoryError> {
        let connection = self.connection()?;
        let query = || connection.prepare_cached(sql)?.query_row(params, read).optional();
        query().map_err(|error| HistoryError::of(&self.path, error))
    }

    fn damaged(&self, why: String) -> HistoryError {
        HistoryError::Damaged { path: self.path.clone(), why }
    }
}

/// SQLite counts in 63 bits.
fn cap(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn task(row: &rusqlite::Row<'_>) -> rusqlite::Result<TaskRef> {
    Ok(TaskRef { job: JobId(row.get(0)?), group: GroupNo(row.get(1)?), index: row.get(2)? })
}

fn run(row: &rusqlite::Row<'_>) -> rusqlite::Result<Run> {
    let span = |at: usize| -> rusqlite::Result<LogSpan> {
        Ok(LogSpan { pack: row.get(at)?, offset: row.get(at + 1)?, len: row.get(at + 2)? })
    };
    Ok(Run {
        task: task(row)?,
        attempt: row.get(3)?,
        slot: row.get(4)?,
        started_ms: row.get(5)?,
        usage: Usage {
            wall: Millis(row.get(6)?),
            cpu: Millis(row.get(7)?),
            memory: Bytes(row.get(8)?),
            disk: Bytes(row.get(9)?),
        },
        outcome: row.get::<_, String>(10)?.into(),
        detail: row.get(11)?,
        stdout: span(12)?,
        stderr: span(15)?,
    })
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Integer(value) => Cell::Integer(value),
        Value::Real(value) => Cell::Real(value),
        Value::Text(value) => Cell::Text(value),
        Value::Null | Value::Blob(_) => Cell::Missing,
    }
}
