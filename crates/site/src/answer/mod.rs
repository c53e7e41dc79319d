//! Answers: what a site says about itself. An owner and a reader without one use the same handlers over the same tables.

mod decisions;
pub mod file;
pub mod id;
pub mod logs;
pub mod reason;
pub mod status;
pub mod tasks;
pub mod time;
pub mod values;
pub mod why;

use crate::history::Reader;
use pelago_grid::Grid;
use pelago_wire::message::{Answer, Refusal, Request};
use std::path::Path;

/// Answers a request that changes nothing. `owned` says whether an owner is at work.
pub fn answer(request: &Request, grid: &Grid, history: &Reader, state: &Path, owned: bool) -> Answer {
    let answer = match request {
        Request::Status { id } => status::answer(grid, id.as_deref(), owned),
        Request::Tasks { id, states, limit } => tasks::answer(grid, history, state, id.as_deref(), states, *limit),
        Request::Why { id } => why::answer(grid, history, state, id.as_deref(), owned),
        Request::Logs { id, stderr, .. } => {
            id::task(grid, id).map(|task| logs::answer(task, id, *stderr, grid, history, state))
        }
        Request::Values { id } => values::answer(grid, history, id.as_deref()),
        Request::Submit(_)
        | Request::Follow { .. }
        | Request::Cancel { .. }
        | Request::Hold { .. }
        | Request::Release { .. }
        | Request::Stop { .. } => Err(Refusal {
            what: "nothing runs in this directory, so there is nothing to change".to_string(),
            hint: Some("`pelago run` continues what was begun there".to_string()),
            code: 5,
        }),
    };
    answer.unwrap_or_else(Answer::Error)
}
