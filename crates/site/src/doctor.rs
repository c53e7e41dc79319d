//! The doctor: what is wrong with a state directory, and what to do.

use crate::history::Reader;
use crate::journal::Journal;
use crate::owner::start::replay;
use serde::Serialize;
use std::path::Path;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether it is well.
    pub ok: bool,
    /// What was found.
    pub what: String,
    /// What to do, if it is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Looks at the records of a state directory without changing them: journal, tables, history.
pub fn doctor(state: &Path) -> Vec<Finding> {
    let good = |what: String| Finding { ok: true, what, next: None };
    let bad = |what: String, next: &str| Finding { ok: false, what, next: Some(next.to_string()) };
    let mut findings = Vec::new();
    let journal = match Journal::look(state) {
        Ok(journal) => journal,
        Err(error) => {
            findings.push(bad(
                format!("journal: {error}"),
                "move the state directory away and run the command again: results at home stay",
            ));
            return findings;
        }
    };
    findings.push(match journal.examine() {
        Ok(()) => good(format!("journal: whole, {}", pelago_job::Bytes(journal.bytes()))),
        Err(error) => bad(
            format!("journal: {error}"),
            "keep a copy of the directory, then move it away and run the command again",
        ),
    });
    match replay(&journal, None) {
        Ok((grid, records, _)) => {
            let wrong = grid.contradictions();
            findings.push(match wrong.first() {
                None => good(format!(
                    "tables: {} {}, {records} records since the last snapshot, no contradiction",
                    grid.jobs.len(),
                    if grid.jobs.len() == 1 { "job" } else { "jobs" }
                )),
                Some(first) => bad(
                    format!("tables: {} contradictions, the first: {first}", wrong.len()),
                    "this is our bug: please report it with a copy of journal.db",
                ),
            });
        }
        Err(error) => findings.push(bad(format!("tables: {error}"), "use the version that wrote them, or a newer one")),
    }
    findings.push(match Reader::open(&state.join("history.db")) {
        Ok(_) => good("history: readable".to_string()),
        Err(error) => bad(
            format!("history: {error}"),
            "delete history.db: the next run makes it again as far as the journal reaches",
        ),
    });
    findings
}
