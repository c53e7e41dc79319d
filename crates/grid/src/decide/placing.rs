//! Placing: which ready task starts next, and whether there is room for it.
//!
//! Queues are served in the order of [`Class`]: event tasks hold files, remakes hold up others, begun chains go before
//! new ones. Within a queue the order is job, group, index, so that few chains are open at a time.

use crate::job::{Job, JobState};
use crate::record::Record;
use crate::tables::Grid;
use crate::task::Class;
use pelago_job::{Bytes, GroupNo, Role, TaskRef};
use pelago_match::{Need, Offer, Reason, admission};

/// Run time below which a slot is given work ahead, so that it need not wait for a sync between two tasks.
const SHORT: u64 = 100;
/// Chains that are looked at before there is room for them.
const WINDOW: u64 = 64;
/// Room left above what the largest task so far has used.
const SLACK: u64 = 64 * 1024;

/// Decides to place a task, or to begin a chain.
pub(super) fn decide(grid: &Grid) -> Option<Record> {
    if grid.draining {
        return None;
    }
    [Class::Event, Class::Remake, Class::Step, Class::Start].into_iter().find_map(|class| {
        let open = grid.open.iter().filter_map(|id| grid.job(*id));
        open.filter(|job| job.runs()).find_map(|job| next_of_class(grid, job, class))
    })
}

fn next_of_class(grid: &Grid, job: &Job, class: Class) -> Option<Record> {
    if let Some(task) = first_ready(job, class)
        && let Ok(reserved) = admission::admit(&need(grid, job, task), &offer(grid, job, task.group))
    {
        let attempt = grid.tasks.get(&task).map_or(1, |row| row.attempt + 1);
        return Some(Record::Placed { task, attempt, reserved });
    }
    if class == Class::Start { start(grid, job) } else { None }
}

/// The first ready task of a queue whose group may start now.
pub(crate) fn first_ready(job: &Job, class: Class) -> Option<TaskRef> {
    let queue = job.ready.get(&class)?;
    let (group, index) = queue.iter().find(|(group, _)| job.open(*group) && node_is_ready(job, *group))?;
    Some(TaskRef { job: job.id(), group: *group, index: *index })
}

/// Begins a chain, or places a task that needs no look at files, in the first group that has one left.
fn start(grid: &Grid, job: &Job) -> Option<Record> {
    let waiting = job.ready.get(&Class::Start).map_or(0, std::collections::BTreeSet::len) as u64;
    for (number, group) in job.groups.iter().enumerate() {
        let number = GroupNo(number as u16);
        let role = job.role(number);
        if role == Role::Event || !job.open(number) || (role == Role::NodeStart && !work_waits(job)) {
            continue;
        }
        let Some(chain) = group.next_chain() else { continue };
        let Some(index) = group.first_open(chain) else { continue };
        let task = TaskRef { job: job.id(), group: number, index };
        if group.plain && !grid.tasks.contains_key(&task) && group.chain_len == 1 && inputs_are_outside(grid, task) {
            let placeable = node_is_ready(job, number);
            if placeable && let Ok(reserved) = admission::admit(&need(grid, job, task), &offer(grid, job, number)) {
                return Some(Record::Placed { task, attempt: 1, reserved });
            }
        } else if waiting + u64::from(grid.checking) < WINDOW + u64::from(grid.slots) * 2 && begins(grid, job, task) {
            return Some(Record::Begun { task });
        }
    }
    None
}

/// Whether no other task makes anything that this one reads.
fn inputs_are_outside(grid: &Grid, task: TaskRef) -> bool {
    grid.edges(task).is_empty()
}

/// Begun chains hold their state, so a chain is begun ahead of room only until one of its group waits for space.
fn begins(grid: &Grid, job: &Job, task: TaskRef) -> bool {
    let ready = job.ready.get(&Class::Start).is_some_and(|queue| queue.iter().any(|(group, _)| *group == task.group));
    !ready || admission::blockers(&need(grid, job, task), &offer(grid, job, task.group)).is_empty() || grid.checking == 0
}

/// Whether the node's start task has run, where there is one.
pub(crate) fn node_is_ready(job: &Job, group: GroupNo) -> bool {
    !matches!(job.role(group), Role::Main | Role::Other)
        || job.with_role(Role::NodeStart).all(|(_, state)| state.is_good(0))
}

/// Whether some task waits only for the node's start task: it is not run for nothing.
fn work_waits(job: &Job) -> bool {
    let queued = job.ready.values().any(|queue| queue.iter().any(|(group, _)| job.role(*group) != Role::Event));
    queued || job.with_role(Role::Main).any(|(_, state)| state.plain && state.next_chain().is_some())
}

/// What an attempt at a task asks.
pub(crate) fn need(grid: &Grid, job: &Job, task: TaskRef) -> Need {
    let row = grid.tasks.get(&task);
    let begins = row.map_or(Class::Start, |row| row.class) == Class::Start
        && job.group(task.group).is_some_and(|group| group.chain_len > 1);
    let space = row.and_then(|row| row.grown).or_else(|| step_space(job, task.group));
    Need { group: task.group, space, begins }
}

/// The space that one task of a group is expected to need: declared, else learned.
pub fn step_space(job: &Job, group: GroupNo) -> Option<Bytes> {
    let declared = job.submitted.experiment.group(group).and_then(|group| group.limits.disk);
    let stats = job.group(group).map(|group| group.stats)?;
    declared.or_else(|| (stats.good > 0).then(|| Bytes(stats.disk + stats.disk / 8 + SLACK)))
}

/// What the machine offers a group now.
pub(crate) fn offer(grid: &Grid, job: &Job, group: GroupNo) -> Offer {
    let short = job.group(group).and_then(|state| state.mean_wall()).is_some_and(|mean| mean < SHORT);
    let ahead = if short { grid.slots.saturating_mul(2) } else { 0 };
    let space = grid.space.quota.map(|quota| admission::Space {
        quota,
        free: Bytes(grid.space.free().unwrap_or_default()),
        reserve: Bytes(step_reserve(grid)),
    });
    let probing = job.group(group).is_some_and(|state| state.running > 0);
    Offer { slots: grid.slots, capacity: grid.slots + ahead, busy: grid.running, space, probing }
}

/// The largest step known of any group with chains: never lent to an attempt that begins one.
fn step_reserve(grid: &Grid) -> u64 {
    let jobs = grid.open.iter().filter_map(|id| grid.job(*id)).filter(|job| job.state == JobState::Active);
    jobs.flat_map(|job| {
        job.groups.iter().enumerate().filter(|(_, state)| state.chain_len > 1).map(|(number, _)| {
            step_space(job, GroupNo(number as u16)).map_or(0, |bytes| bytes.0)
        })
    })
    .max()
    .unwrap_or(0)
}

/// Every reason why a task that is ready cannot be placed now.
pub(crate) fn blockers(grid: &Grid, job: &Job, task: TaskRef) -> Vec<Reason> {
    admission::blockers(&need(grid, job, task), &offer(grid, job, task.group))
}
