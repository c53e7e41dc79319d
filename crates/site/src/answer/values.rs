//! The table of values: a row for each task that has ended well, parameters first.

use super::id;
use crate::history::Reader;
use pelago_grid::{Grid, Settled};
use pelago_job::{Cell, TaskRef};
use pelago_wire::message::{Answer, Refusal};
use pelago_wire::view::ValuesView;
use std::collections::BTreeMap;

/// Rows read at once.
const PAGE: u64 = 50_000;

/// The table of a job's first group that has values. Rows of proved tasks come from the jobs that ran them.
pub fn answer(grid: &Grid, history: &Reader, which: Option<&str>) -> Result<Answer, Refusal> {
    let job = id::job(grid, which)?;
    let failed = |error: crate::history::HistoryError| Refusal { what: error.to_string(), hint: None, code: 3 };
    let tables = history.tables(job.id()).map_err(failed)?;
    let Some(table) = tables.first() else {
        return Err(Refusal {
            what: format!("the plan of job {} takes no values", job.id()),
            hint: Some(
                "add a line such as `value speed from stdout match \"speed = ([0-9.]+)\"` to its task".to_string(),
            ),
            code: 2,
        });
    };
    let columns: Vec<String> = table.parameters.iter().chain(&table.values).cloned().collect();
    let mut rows: BTreeMap<u64, Vec<Cell>> = BTreeMap::new();
    // Newest first, so that an older job only fills in what this one has not run.
    for earlier in grid.jobs.range(..=job.id()).rev().map(|(_, earlier)| earlier) {
        let Some(old) = history.tables(earlier.id()).map_err(failed)?.into_iter().next() else { continue };
        if old.parameters != table.parameters || old.values != table.values {
            continue;
        }
        let mut from = 0;
        loop {
            let page = history.values(&old, from, PAGE).map_err(failed)?;
            let Some(last) = page.last().map(|row| row.task.index) else { break };
            for row in page {
                let labels: Vec<(&str, &str)> =
                    old.parameters.iter().zip(&row.parameters).map(|(n, v)| (n.as_str(), v.as_str())).collect();
                let Some(index) = job.plan.index_of(table.group, &labels) else { continue };
                let wanted = match grid.settled(TaskRef { job: job.id(), group: table.group, index }) {
                    Some(Settled::Done) => earlier.id() == job.id(),
                    Some(Settled::Reused) => true,
                    _ => false,
                };
                if wanted {
                    let cells = row.parameters.iter().map(|text| Cell::of(text)).chain(row.cells);
                    rows.entry(index).or_insert_with(|| cells.collect());
                }
            }
            from = last + 1;
        }
    }
    let parameters = table.parameters.len() as u32;
    Ok(Answer::Values(ValuesView { columns, parameters, rows: rows.into_values().collect() }))
}
