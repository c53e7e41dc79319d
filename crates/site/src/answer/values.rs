//! The table of values: a row for each task that has ended well, parameters first.

use super::id;
use crate::history::{HistoryError, Reader, Table};
use crate::prove::reused_key;
use pelago_grid::{Grid, Job, Settled};
use pelago_job::{Cell, GroupNo, JobId, TaskRef};
use pelago_wire::message::{Answer, Refusal};
use pelago_wire::view::ValuesView;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Rows read at once.
const PAGE: u64 = 50_000;

/// The table of one group of a job: of the one that is named, such as `3.fl`, else of the first that has values. Rows of
/// reused tasks come from the runs that proved them.
pub fn answer(grid: &Grid, history: &Reader, which: Option<&str>) -> Result<Answer, Refusal> {
    let job = id::job(grid, which)?;
    let failed = |error: HistoryError| Refusal { what: error.to_string(), hint: None, code: 3 };
    let tables = history.tables(job.id()).map_err(failed)?;
    let named = match which.and_then(|id| id.split_once('.')) {
        Some((_, name)) => Some(id::group(job, name)?),
        None => None,
    };
    let Some(table) = tables.iter().find(|table| named.is_none_or(|group| table.group == group)) else {
        let what = match named.and_then(|number| job.submitted.experiment.group(number)) {
            Some(group) => format!("task {} of job {} takes no values", group.name, job.id()),
            None => format!("the plan of job {} takes no values", job.id()),
        };
        let hint = "add a line such as `value speed from stdout match \"speed = ([0-9.]+)\"` to its task".to_string();
        return Err(Refusal { what, hint: Some(hint), code: 2 });
    };
    let rows = rows(grid, history, job, table).map_err(failed)?;
    let others = tables.iter().filter(|other| named.is_none() && other.group != table.group);
    let others = others.filter_map(|other| job.submitted.experiment.group(other.group));
    let others = others.map(|group| format!("{}.{}", job.id(), group.name)).collect();
    let columns: Vec<String> = table.parameters.iter().chain(&table.values).cloned().collect();
    let parameters = table.parameters.len() as u32;
    Ok(Answer::Values(ValuesView { columns, parameters, rows: rows.into_values().collect(), others }))
}

fn rows(grid: &Grid, history: &Reader, job: &Job, table: &Table) -> Result<BTreeMap<u64, Vec<Cell>>, HistoryError> {
    let mut rows: BTreeMap<u64, Vec<Cell>> = BTreeMap::new();
    each(history, table, &mut |index, cells, _| {
        let task = TaskRef { job: job.id(), group: table.group, index };
        if grid.settled(task) == Some(Settled::Done) {
            rows.insert(index, cells);
        }
    })?;
    let Some(state) = job.group(table.group).filter(|state| !state.reused.is_empty()) else { return Ok(rows) };
    let known = proved_by(history, job.id(), table.group)?;
    let sources: BTreeMap<TaskRef, Vec<u64>> = known.iter().fold(BTreeMap::new(), |mut sources, (index, by)| {
        if state.reused.contains(*index) {
            sources.entry(*by).or_insert_with(Vec::new).push(*index);
        }
        sources
    });
    let words = job.plan.standing_words(table.group);
    let mut doubtful: BTreeSet<u64> = BTreeSet::new();
    // Newest first: what is proved by what tasks have in common is alike in all jobs that have it in common.
    for earlier in grid.jobs.range(..job.id()).rev().map(|(_, earlier)| earlier) {
        for old in history.tables(earlier.id())? {
            if old.values != table.values {
                continue;
            }
            let alike = earlier.group(old.group).is_some_and(|group| group.template == state.template)
                && earlier.submitted.root == job.submitted.root;
            let same = old.parameters == table.parameters && alike;
            let first = TaskRef { job: earlier.id(), group: old.group, index: 0 };
            let named =
                sources.range(first..).next().is_some_and(|(by, _)| (by.job, by.group) == (first.job, first.group));
            if !same && !named {
                continue;
            }
            each(history, &old, &mut |at, cells, texts| {
                let from = TaskRef { job: earlier.id(), group: old.group, index: at };
                for index in sources.get(&from).into_iter().flatten() {
                    rows.insert(*index, cells.clone());
                }
                if !same {
                    return;
                }
                let labels: Vec<(&str, &str)> =
                    old.parameters.iter().zip(texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
                let Some(index) = job.plan.index_of(table.group, &labels) else { return };
                let stands = words.is_empty()
                    || earlier.plan.standing(&words, old.group, at) == job.plan.standing(&words, table.group, index);
                if !state.reused.contains(index) || known.contains_key(&index) || !stands {
                    return;
                }
                // Where tasks have files of their own it was written down which run proved them. If that was lost, only a
                // single run can be meant.
                match rows.entry(index) {
                    Entry::Vacant(row) => drop(row.insert(cells)),
                    Entry::Occupied(_) if state.check => drop(doubtful.insert(index)),
                    Entry::Occupied(_) => {}
                }
            })?;
        }
        if !state.check && rows.len() as u64 >= state.done.len() + state.reused.len() {
            break;
        }
    }
    rows.retain(|index, _| !doubtful.contains(index));
    Ok(rows)
}

/// What takes a row: its index, its cells, and the texts of its parameters.
type Taking<'a> = dyn FnMut(u64, Vec<Cell>, &[String]) + 'a;

/// Hands on each row of a table.
fn each(history: &Reader, table: &Table, on: &mut Taking<'_>) -> Result<(), HistoryError> {
    let mut from = 0;
    loop {
        let page = history.values(table, from, PAGE)?;
        let Some(last) = page.last().map(|row| row.task.index) else { return Ok(()) };
        for row in page {
            let cells = row.parameters.iter().map(|text| Cell::of(text)).chain(row.cells).collect();
            on(row.task.index, cells, &row.parameters);
        }
        from = last + 1;
    }
}

/// Which runs proved reused tasks, as far as it was written down.
fn proved_by(history: &Reader, job: JobId, group: GroupNo) -> Result<BTreeMap<u64, TaskRef>, HistoryError> {
    let prefix = reused_key(job, group);
    let of = |(key, text): (String, String)| {
        let index = key.strip_prefix(&prefix)?.parse().ok()?;
        let mut parts = text.split('/');
        let job = JobId(parts.next()?.parse().ok()?);
        let group = GroupNo(parts.next()?.parse().ok()?);
        Some((index, TaskRef { job, group, index: parts.next()?.parse().ok()? }))
    };
    Ok(history.labels(&prefix, u64::MAX)?.into_iter().filter_map(of).collect())
}
