//! The history's tables: how they are made, opened, and shown to other tools as views.

use super::HistoryError;
use super::row::Table;
use crate::journal::filesystem;
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
    CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS labels(key TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS runs(
        job INTEGER NOT NULL, grp INTEGER NOT NULL, idx INTEGER NOT NULL, attempt INTEGER NOT NULL,
        slot INTEGER NOT NULL, started_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL, cpu_ms INTEGER NOT NULL,
        memory INTEGER NOT NULL, disk INTEGER NOT NULL, outcome TEXT NOT NULL, detail TEXT,
        out_pack INTEGER NOT NULL, out_offset INTEGER NOT NULL, out_len INTEGER NOT NULL,
        err_pack INTEGER NOT NULL, err_offset INTEGER NOT NULL, err_len INTEGER NOT NULL,
        PRIMARY KEY(job, grp, idx, attempt)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS failures ON runs(job, grp, idx, attempt) WHERE outcome <> 'done';
    CREATE TABLE IF NOT EXISTS tables(
        job INTEGER NOT NULL, grp INTEGER NOT NULL, view TEXT NOT NULL, columns TEXT NOT NULL,
        PRIMARY KEY(job, grp)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS points(
        job INTEGER NOT NULL, grp INTEGER NOT NULL, idx INTEGER NOT NULL, texts TEXT NOT NULL,
        PRIMARY KEY(job, grp, idx)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS cells(
        job INTEGER NOT NULL, grp INTEGER NOT NULL, idx INTEGER NOT NULL, col INTEGER NOT NULL, value,
        PRIMARY KEY(job, grp, idx, col)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS proofs(
        key BLOB PRIMARY KEY, job INTEGER NOT NULL, grp INTEGER NOT NULL, idx INTEGER NOT NULL,
        outputs BLOB NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS proof_sets(
        template BLOB NOT NULL, job INTEGER NOT NULL, grp INTEGER NOT NULL, indices BLOB NOT NULL,
        PRIMARY KEY(template, job, grp));
    CREATE TABLE IF NOT EXISTS decisions(
        id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, job INTEGER NOT NULL, grp INTEGER, idx INTEGER, text TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS decided ON decisions(job, grp, idx);
    INSERT OR IGNORE INTO meta VALUES ('position', 0), ('decision_bytes', 0);
";

/// Opens the history for writing and makes it if it is not there.
pub(super) fn open(path: &Path) -> Result<Connection, HistoryError> {
    let at = |error| HistoryError::of(path, error);
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    let fresh = inspect(&connection, path)?;
    // A file system that cannot be asked is treated as a shared one.
    let shared = path.parent().is_none_or(|dir| filesystem::shared(dir).is_ok_and(|kind| kind.is_some()));
    let mode = if shared { "TRUNCATE" } else { "WAL" };
    if fresh {
        connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL").map_err(at)?;
    }
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = {mode}; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864; \
             PRAGMA cache_size = -16384;"
        ))
        .map_err(at)?;
    if fresh {
        let make = format!(
            "BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;"
        );
        connection.execute_batch(&make).map_err(at)?;
    }
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

/// Whether the file is fresh; an error if it is no history, or a newer one.
fn inspect(connection: &Connection, path: &Path) -> Result<bool, HistoryError> {
    let at = |error| HistoryError::of(path, error);
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(at);
    let (application, format) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    match (application, format) {
        (APPLICATION, ..=FORMAT) => Ok(false),
        (APPLICATION, found) => Err(HistoryError::Newer { path: path.to_path_buf(), found, known: FORMAT }),
        (0, 0) if number("SELECT count(*) FROM sqlite_schema")? == 0 => Ok(true),
        _ => {
            let why = "it is a database of another program".to_string();
            Err(HistoryError::Damaged { path: path.to_path_buf(), why })
        }
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
