//! Reasons in words: what is in the way, who can end it, and the smallest change that would.

use super::time;
use crate::naming::label;
use pelago_grid::{Grid, Job, Settled};
use pelago_job::{Bytes, TaskRef};
use pelago_match::Reason;
use pelago_wire::view::Blocker;

/// A reason as people read it. `wall` is the wall time that belongs to the grid's time.
pub fn blocker(grid: &Grid, job: &Job, reason: &Reason, wall: u64) -> Blocker {
    let plain = |reason: String, owner: &str, change: String| Blocker {
        reason,
        owner: owner.to_string(),
        change,
        review: None,
    };
    match reason {
        Reason::Slots { busy, slots } => plain(
            format!("slots: {busy} attempts are placed on {slots} slots"),
            "this machine",
            "a running task ends, or more slots: --slots".to_string(),
        ),
        Reason::Throttle { group, busy, most } => plain(
            format!(
                "the limit `{}`: {busy} of at most {most} tasks at a time are placed",
                job.submitted
                    .experiment
                    .group(*group)
                    .and_then(|g| Some(g.throttle.as_ref()?.name.as_str()))
                    .unwrap_or("")
            ),
            "the document",
            "one of them ends, or the document allows more".to_string(),
        ),
        Reason::Space { need, free, reserve, quota } => {
            let lacks = Bytes((need.0 + reserve.0).saturating_sub(free.0));
            let kept = if reserve.0 > 0 {
                format!(" and {reserve} must stay free for chains that have begun")
            } else {
                String::new()
            };
            plain(
                format!("disk: it needs {need}{kept}; {free} of the quota of {quota} is free"),
                "this machine",
                format!("{lacks} are freed by tasks that end, or a quota of {}", Bytes(quota.0 + lacks.0)),
            )
        }
        Reason::Floor { free, floor } => plain(
            format!("disk: {free} is left on this file system, and nothing starts below {floor}"),
            "whoever fills the disk",
            format!("{} more are free", Bytes((floor.0 + floor.0 / 4).saturating_sub(free.0))),
        ),
        Reason::SpaceUnknown { group } => plain(
            format!("disk: it is not known yet what a task of {} needs; the first one finds out", name(job, *group)),
            "this machine",
            "the first task ends, or the plan says so: `disk 3MB`".to_string(),
        ),
        Reason::Turn { before: 0 } => plain(
            "its turn: it is among the next to begin".to_string(),
            "the order of the parameters",
            "there is room for it".to_string(),
        ),
        Reason::Turn { before } => plain(
            format!("its turn: {before} chains or tasks begin before it"),
            "the order of the parameters",
            "they begin".to_string(),
        ),
        Reason::Chain { at } => plain(
            format!("its chain is at task {}", label(grid, *at)),
            "the chain",
            format!("task {} and those between end well", label(grid, *at)),
        ),
        Reason::File { maker } => plain(
            format!("it reads a file that task {} makes", label(grid, *maker)),
            "that task",
            format!("task {} ends well (`pelago why {}`)", label(grid, *maker), label(grid, *maker)),
        ),
        Reason::NoEvent { maker } => no_event(grid, *maker),
        Reason::Broken { by } => plain(
            format!("task {} before it did not end well", label(grid, *by)),
            "you",
            format!("mend what `pelago why {}` says, then run the same command again", label(grid, *by)),
        ),
        Reason::Backoff { until, cause } => {
            let at = wall + until.since(grid.now).0;
            Blocker {
                reason: format!("its last attempt failed: {cause}"),
                owner: "this machine".to_string(),
                change: "it is tried again by itself".to_string(),
                review: Some(time::text(at)),
            }
        }
        Reason::After { group, left } => plain(
            format!("it comes after {}, of which {left} have not ended well", name(job, *group)),
            "the order of the workflow",
            format!("{} ends well", name(job, *group)),
        ),
        Reason::Phase { group } => plain(
            format!("task {} comes before it", name(job, *group)),
            "the plan",
            format!("{} ends", name(job, *group)),
        ),
        Reason::Checking => plain(
            "its inputs and earlier runs are being looked up".to_string(),
            "this machine",
            "it takes a moment".to_string(),
        ),
        Reason::Held => plain(
            format!("job {} is held", job.id()),
            "you",
            format!("`pelago release {}`, or run its command again", job.id()),
        ),
        Reason::Draining => plain(
            "the owner of this directory is stopping".to_string(),
            "you",
            "run the same command again".to_string(),
        ),
        Reason::Stopped { by } => plain(
            format!("task {} failed for good and the job was not told to keep going", label(grid, *by)),
            "you",
            "run the same command again, with --keep-going to go on past failures".to_string(),
        ),
        Reason::NoOwner => {
            plain("nothing runs in this directory".to_string(), "you", "run the same command again".to_string())
        }
    }
}

/// Why an event task has not been called for.
fn no_event(grid: &Grid, maker: TaskRef) -> Blocker {
    let shown = label(grid, maker);
    let (reason, owner, change) = match grid.settled(maker) {
        Some(Settled::Reused) => (
            format!("task {shown}, which makes its file, was reused, and what is reused triggers no event"),
            "you",
            "`pelago run --again` runs it again".to_string(),
        ),
        Some(Settled::Failed | Settled::Skipped | Settled::Cancelled) => (
            format!("task {shown}, which makes its file, did not end well"),
            "you",
            format!("mend what `pelago why {shown}` says, then run the same command again"),
        ),
        _ => (
            format!("its event has not happened: task {shown} makes the file"),
            "that task",
            format!("task {shown} ends well (`pelago why {shown}`)"),
        ),
    };
    Blocker { reason, owner: owner.to_string(), change, review: None }
}

fn name(job: &Job, group: pelago_job::GroupNo) -> String {
    job.submitted.experiment.group(group).map_or_else(String::new, |group| group.name.clone())
}
