//! Rescue DAGs: what DAGMan writes when a DAG fails, and takes up when that is submitted again. Newer ones only list the
//! nodes that are done; older ones are the whole DAG with `DONE` behind them.

use super::command::{ALL_NODES, Command};
use super::document::Document;
use pelago_job::description::Job;
use std::collections::BTreeMap;
use std::ops::Range;

/// The greatest number of a rescue DAG (`DAGMAN_MAX_RESCUE_NUM`).
const MOST: u32 = 100;

/// The names of a DAG's rescue files, the newest first.
pub(super) fn names(dag: &str) -> impl Iterator<Item = String> {
    (1..=MOST).rev().map(move |number| format!("{dag}.rescue{number:03}"))
}

/// Marks the nodes that a rescue DAG says are done, and sets the retries that it says are left. Gives how many are done, and
/// where it names nodes that there are not.
pub(super) fn apply(rescue: &Document, jobs: &mut [Job]) -> (usize, Vec<(Range<usize>, String)>) {
    let named = jobs.iter().enumerate().filter_map(|(number, job)| Some((job.name.as_ref()?.as_literal()?, number)));
    let named: BTreeMap<String, usize> = named.collect();
    let mut unknown = Vec::new();
    for placed in &rescue.statements {
        let node = match &placed.command {
            Command::Done { node } | Command::Node { name: node, done: true, .. } | Command::Retry { node, .. } => node,
            _ => continue,
        };
        // Only the whole of an older one says something of all nodes, and that stands in the DAG itself.
        if node.is(ALL_NODES) {
            continue;
        }
        let Some(job) = named.get(&node.text).and_then(|number| jobs.get_mut(*number)) else {
            unknown.push((node.span.clone(), node.text.clone()));
            continue;
        };
        match &placed.command {
            Command::Retry { most, unless, .. } => {
                job.policy.retries = Some(f64::from(*most));
                job.node.get_or_insert_default().retry_unless = unless.map(f64::from);
            }
            _ => job.node.get_or_insert_default().done = true,
        }
    }
    let done = jobs.iter().filter(|job| job.node.as_ref().is_some_and(|node| node.done)).count();
    (done, unknown)
}
