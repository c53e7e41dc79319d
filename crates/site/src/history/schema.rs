//! The history's tables: how they are made, opened, and shown to other tools as views.

use super::HistoryError;
use super::row::Table;
use crate::journal::{filesystem, fresh};
use pelago_job::Cell;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// `PRAGMA application_id` of a history: "Pelh".
const APPLICATION: i64 = 0x5065_6C68;

/// `PRAGMA user_version`: the format of the tables.
const FORMAT: i64 = 1;

const PATIENCE: Duration = Duration::from_secs(20);

const TABLES: &str = "
    CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE labels(key TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE runs(
        job INTEGER NOT NULL, grp INTEGER NOT NULL, idx INTEGER NOT NULL, attempt INTEGER NOT NULL,
        slot INTEGER NOT NULL, started_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL, cpu_ms INTEGER NOT NULL,
        memory INTEGER NOT NULL, disk INTEGER NOT NULL, outcome TEXT NOT NULL, detail TEXT,
        out_pack INTEGER NOT NULL, out_offset INTEGER NOT NULL, out_len INTEGER NOT NULL,
        err_pack INTEGER NOT NULL, err_offset INTEGER NOT NULL, err_len INTEGER NOT NULL,
        PRIMARY KEY(job, grp, idx, attempt)) WITHOUT ROWID;
    CREATE INDEX failures ON runs(job, grp, idx, attempt) WHERE outcome <> 'done';
    CREATE TABLE tables(
        job INTEGER NOT NULL, grp INTEGER NOT NULL, view TEXT NOT NULL, columns TEXT NOT NULL,
        PRIMARY KEY(job, grp)) WITHOUT ROWID;
    CREATE TABLE points(
        job INTEGER NOT NULL, grp INTEGER NOT NULL, idx INTEGER NOT NULL, texts TEXT NOT NULL,
        PRIMARY KEY(job, grp, idx)) WITHOUT ROWID;
    CREATE TABLE cells(
        job INTEGER NOT NULL, grp INTEGER NOT NULL, idx INTEGER NOT NULL, col INTEGER NOT NULL, value,
        PRIMARY KEY(job, grp, idx, col)) WITHOUT ROWID;
    CREATE TABLE proofs(
        key BLOB PRIMARY KEY, job INTEGER NOT NULL, grp INTEGER NOT NULL, idx INTEGER NOT NULL,
        outputs BLOB NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX proofs_by_task ON proofs(job, grp, idx);
    CREATE TABLE decisions(
        id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, job INTEGER NOT NULL, grp INTEGER, idx INTEGER, text TEXT NOT NULL);
    CREATE INDEX decided ON decisions(job, grp, idx);
    INSERT INTO meta VALUES ('position', 0), ('decision_bytes', 0);
";

/// Opens the history for writing and makes it if it is not there.
pub(super) fn open(path: &Path) -> Result<Connection, HistoryError> {
    // A file system that cannot be asked is treated as a shared one.
    let shared = path.parent().is_none_or(|dir| filesystem::shared(dir).map_or(true, |kind| kind.is_some()));
    let mode = if shared { "TRUNCATE" } else { "WAL" };
    let tables = format!("{TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT};");
    fresh::make(path, mode, &tables).map_err(|error| match error.is_full() {
        true => HistoryError::Full { path: path.to_path_buf() },
        false => HistoryError::Closed { path: path.to_path_buf(), why: error.to_string() },
    })?;
    let at = |error| HistoryError::of(path, error);
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    inspect(&connection, path)?;
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = {mode}; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864; \
             PRAGMA cache_size = -16384;"
        ))
        .map_err(at)?;
    Ok(connection)
}

/// Opens an existing history for reading, also where nothing may be written.
pub(super) fn look(path: &Path) -> Result<Connection, HistoryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let normal = connect(path, flags).and_then(|connection| {
        inspect(&connection, path)?;
        Ok(connection)
    });
    match normal {
        // The index of a write-ahead log cannot be made here; without a log the file alone is the history.
        Err(HistoryError::Closed { .. }) if path.exists() && !crate::journal::has_log(path) => {
            let uri = crate::journal::immutable_uri(path);
            let connection = Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
                .map_err(|error| HistoryError::of(path, error))?;
            inspect(&connection, path)?;
            Ok(connection)
        }
        other => other,
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, HistoryError> {
    let open = || {
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(64);
        // The file may have been written by anyone: its schema gets no trust.
        connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
        Ok(connection)
    };
    open().map_err(|error| HistoryError::of(path, error))
}

/// An error if the file is no history, or a newer one.
fn inspect(connection: &Connection, path: &Path) -> Result<(), HistoryError> {
    let at = |error| HistoryError::of(path, error);
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(at);
    let path = path.to_path_buf();
    match (number("PRAGMA application_id")?, number("PRAGMA user_version")?) {
        (APPLICATION, ..=FORMAT) => Ok(()),
        (APPLICATION, found) => Err(HistoryError::Newer { path, found, known: FORMAT }),
        _ => Err(HistoryError::Damaged { path, why: "it is empty, or a database of another program".to_string() }),
    }
}

/// The SQL that drops and makes the view of a table: `task` (as people count it), parameters, values.
///
/// Every name is quoted: it comes from a plan. Names that SQL takes for the same get a number.
pub(super) fn view(table: &Table) -> String {
    let (job, group) = (table.job.0, table.group.0);
    let mut seen = BTreeSet::from(["task".to_string()]);
    let mut columns = vec!["p.idx + 1 AS task".to_string()];
    let mut add = |name: &str, sql: String| {
        let mut unique = name.to_string();
        let mut count = 2;
        while !seen.insert(unique.to_lowercase()) {
            unique = format!("{name}_{count}");
            count += 1;
        }
        columns.push(format!("{sql} AS {}", quoted(&unique)));
    };
    for (at, name) in table.parameters.iter().enumerate() {
        add(name, format!("p.texts ->> {at}"));
    }
    for (at, name) in table.values.iter().enumerate() {
        let cell = format!(
            "SELECT value FROM cells c WHERE c.job = {job} AND c.grp = {group} AND c.idx = p.idx AND c.col = {at}"
        );
        add(name, format!("({cell})"));
    }
    let name = quoted(&table.view);
    let columns = columns.join(", ");
    format!(
        "DROP VIEW IF EXISTS {name}; \
         CREATE VIEW {name} AS SELECT {columns} FROM points p WHERE p.job = {job} AND p.grp = {group};"
    )
}

/// A name as an SQL identifier. A NUL would end the statement's text.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

/// Parameter texts as they are stored: a JSON array in which a number is a number when it says the same, so that other
/// tools can compare with it.
pub(super) fn stored(texts: &[String]) -> String {
    let one = |text: &String| match Cell::of(text) {
        Cell::Integer(number) => number.into(),
        Cell::Real(number) if serde_json::to_string(&number).is_ok_and(|shown| shown == *text) => number.into(),
        _ => serde_json::Value::String(text.clone()),
    };
    serde_json::Value::Array(texts.iter().map(one).collect()).to_string()
}

/// The texts back from [`stored`].
pub(super) fn texts(stored: &str) -> Result<Vec<String>, String> {
    let values: Vec<serde_json::Value> =
        serde_json::from_str(stored).map_err(|error| format!("the parameters of a row of values: {error}"))?;
    let one = |value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(values.into_iter().map(one).collect())
}
