//! Placing: which ready task starts next, and whether there is room for it.
//!
//! Queues are served in the order of [`Class`]: event tasks hold files, begun chains go before new ones. Within a queue the order is job, group, index, so that few chains are open at a time.

use crate::decide::keeping;
use crate::group::GroupState;
use crate::job::{Job, JobState};
use crate::record::Record;
use crate::tables::Grid;
use crate::task::Class;
use pelago_job::{Bytes, GroupNo, Role, TaskRef};
use pelago_match::{Need, Offer, Reason, admission};

/// Run time below which a slot is given work ahead, so that it need not wait for a sync between two tasks.
const SHORT: u64 = 100;
/// Tasks of a group that are looked at before there is room for them.
const WINDOW: u64 = 64;
/// Room left above what the largest task so far has used.
const SLACK: u64 = 64 * 1024;

/// Decides to place a task, or to begin a chain.
pub(super) fn decide(grid: &Grid) -> Option<Record> {
    if grid.draining {
        return None;
    }
    let jobs = || grid.open.iter().filter_map(|id| grid.job(*id)).filter(|job| job.runs());
    // The least that is missing for what has begun to go on.
    let mut missing: Option<u64> = None;
    for class in [Class::Event, Class::Step, Class::Remake] {
        // What gave its space to others does not take it back while they wait for more.
        if missing.is_some() && class == Class::Remake {
            continue;
        }
        for task in jobs().flat_map(|job| first_ready(job, class)) {
            match admit(grid, task) {
                Ok(placed) => return Some(placed),
                Err(reason) => missing = least(missing, lacks(&reason)),
            }
            if class == Class::Remake && missing.is_some() {
                break;
            }
        }
    }
    // What has begun goes on first: while it waits for space, nothing begins that would hold more of it.
    if let Some(relief) = missing.and_then(|missing| keeping::relief(grid, missing)) {
        return Some(relief);
    }
    let short = missing.is_some();
    for job in jobs() {
        let ready = first_ready(job, Class::Start).filter(|task| !(short && need(grid, job, *task).begins));
        if let Some(placed) = ready.into_iter().find_map(|task| place(grid, task)) {
            return Some(placed);
        }
        if let Some(begun) = start(grid, job, short) {
            return Some(begun);
        }
    }
    if short || grid.spare.bytes() == 0 {
        return None;
    }
    // What is only kept is not worth a slot that does nothing.
    let begins = jobs().flat_map(|job| first_ready(job, Class::Start));
    let missing = begins.filter_map(|task| lacks(&admit(grid, task).err()?)).min()?;
    keeping::spare(grid, missing)
}

/// The space that is missing, if that is the reason.
fn lacks(reason: &Reason) -> Option<u64> {
    match reason {
        Reason::Space { need, free, reserve, .. } => Some(need.0.saturating_add(reserve.0).saturating_sub(free.0)),
        _ => None,
    }
}

fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}

/// The least space that is missing for one of these tasks to start.
pub(super) fn missing(grid: &Grid, tasks: &[TaskRef]) -> Option<u64> {
    tasks.iter().filter_map(|task| lacks(&admit(grid, *task).err()?)).min()
}

/// Places a ready task, if there is room.
pub(super) fn place(grid: &Grid, task: TaskRef) -> Option<Record> {
    admit(grid, task).ok()
}

fn admit(grid: &Grid, task: TaskRef) -> Result<Record, Reason> {
    let job = grid.job(task.job).ok_or(Reason::NoOwner)?;
    let reserved = admission::admit(&need(grid, job, task), &offer(grid, job, task.group))?;
    let base = job.group(task.group).map_or(0, |group| group.base);
    let attempt = grid.tasks.get(&task).map_or(base, |row| row.attempt) + 1;
    Ok(Record::Placed { task, attempt, reserved })
}

/// Places a task when nothing else is under way: with nothing held back for steps, and with all that is free for one that
/// has outgrown its last reservation, if that is more than it had. What was learned has slack in it: as much as any attempt
/// has used so far is worth a try before the job is refused.
pub(super) fn place_alone(grid: &Grid, task: TaskRef) -> Option<Record> {
    let reserved = alone(grid, task, grid.space.free()?)?;
    let attempt = grid.tasks.get(&task)?.attempt + 1;
    Some(Record::Placed { task, attempt, reserved: Some(reserved) })
}

/// The space that a task gets when it is alone and this much is free, if that is worth a try.
pub(super) fn alone(grid: &Grid, task: TaskRef, free: u64) -> Option<Bytes> {
    let job = grid.job(task.job)?;
    let had = grid.tasks.get(&task).and_then(|row| row.grown).map_or(0, |grown| grown.0 / 2);
    let declared = job.submitted.experiment.group(task.group).is_some_and(|group| group.limits.disk.is_some());
    let used = job.group(task.group).map_or(0, |group| group.stats.disk);
    match need(grid, job, task).space {
        Some(need) if need.0 <= free => Some(need),
        Some(_) if had > 0 && free > had => Some(Bytes(free)),
        Some(_) if had == 0 && !declared && free > used => Some(Bytes(free)),
        None if free > 0 => Some(Bytes(free)),
        _ => None,
    }
}

/// The first ready task of each group that may start now, in one queue.
pub(crate) fn first_ready(job: &Job, class: Class) -> impl Iterator<Item = TaskRef> {
    let id = job.id();
    let mut from = Some((GroupNo(0), 0));
    std::iter::from_fn(move || {
        let (group, index) = *job.ready.get(&class)?.range(from?..).next()?;
        from = group.0.checked_add(1).map(|next| (GroupNo(next), 0));
        Some(TaskRef { job: id, group, index })
    })
    .filter(|task| job.open(task.group) && node_is_ready(job, task.group))
}

/// Begins a chain, or places a task that needs no look at files, in the first group that has one left.
///
/// Each group has a window of its own of tasks that are looked at before there is room for them.
fn start(grid: &Grid, job: &Job, short: bool) -> Option<Record> {
    for (number, group) in job.groups.iter().enumerate() {
        let number = GroupNo(number as u16);
        let role = job.role(number);
        if role == Role::Event || !job.open(number) || (role == Role::NodeStart && !work_waits(job)) {
            continue;
        }
        let Some(index) = group.next_chain().and_then(|chain| group.first_open(chain)) else { continue };
        let task = TaskRef { job: job.id(), group: number, index };
        let window = WINDOW + u64::from(grid.slots) * 2;
        let has_room = group.active - group.running < window;
        if !group.plain {
            if has_room {
                return Some(Record::Begun { task });
            }
            continue;
        }
        if !node_is_ready(job, number) || (short && need(grid, job, task).begins) {
            continue;
        }
        match admit(grid, task) {
            Ok(placed) => return Some(placed),
            // One task waits in the queue, so that there is something to explain.
            Err(
                Reason::Space { .. } | Reason::SpaceUnknown { .. } | Reason::Floor { .. } | Reason::Throttle { .. },
            ) if group.active == group.running => {
                return Some(Record::Begun { task });
            }
            Err(_) => {}
        }
    }
    None
}

/// Whether the node's start task has run, where there is one.
pub(crate) fn node_is_ready(job: &Job, group: GroupNo) -> bool {
    !matches!(job.role(group), Role::Main | Role::Other)
        || job.with_role(Role::NodeStart).all(|(_, state)| state.is_good(0))
}

/// Whether some task waits only for the node's start task: it is not run for nothing.
fn work_waits(job: &Job) -> bool {
    let queued = job.ready.values().any(|queue| queue.iter().any(|(group, _)| job.role(*group) != Role::Event));
    let plain = |role| job.with_role(role).any(|(_, state)| state.plain && state.next_chain().is_some());
    queued || plain(Role::Main) || plain(Role::Other)
}

/// What an attempt at a task asks.
pub(crate) fn need(grid: &Grid, job: &Job, task: TaskRef) -> Need {
    let row = grid.tasks.get(&task);
    let holds = |group: &pelago_job::Group| !group.seqameters.is_empty() || !group.outputs.is_empty();
    let begins = row.map_or(Class::Start, |row| row.class) == Class::Start
        && job.submitted.experiment.group(task.group).is_some_and(holds);
    let space = row.and_then(|row| row.grown).or_else(|| step_space(job, task.group));
    Need { group: task.group, space, begins }
}

/// The space that one task of a group is expected to need: declared, else learned.
pub fn step_space(job: &Job, group: GroupNo) -> Option<Bytes> {
    let declared = job.submitted.experiment.group(group).and_then(|group| group.limits.disk);
    let stats = job.group(group).map(|group| group.stats)?;
    declared.or_else(|| (stats.good > 0).then(|| Bytes(stats.disk + stats.disk / 8 + SLACK)))
}

/// Tasks given to a slot ahead of time: work for a tenth of a second, and two at least.
fn ahead(mean: u64) -> u32 {
    (SHORT / mean.max(1)).clamp(2, 100) as u32
}

/// What the machine offers a group now.
pub(crate) fn offer(grid: &Grid, job: &Job, group: GroupNo) -> Offer {
    let mean = job.group(group).and_then(|state| state.mean_wall());
    let ahead = mean.filter(|mean| *mean < SHORT).map_or(0, |mean| grid.slots.saturating_mul(ahead(mean)));
    let space = grid.space.quota.map(|quota| admission::Space {
        quota,
        free: Bytes(grid.space.free().unwrap_or_default()),
        reserve: Bytes(step_reserve(grid, quota)),
    });
    let probing = job.group(group).is_some_and(|state| state.running > 0);
    let (slots, capacity) = (grid.slots, grid.slots + ahead);
    let throttle = job.submitted.experiment.group(group).and_then(|group| group.throttle.as_ref());
    let throttle = throttle.map(|throttle| {
        let busy = job.throttled.get(&throttle.name).copied().unwrap_or_default();
        admission::Throttled { busy, most: throttle.most.max(1) }
    });
    Offer { slots, capacity, busy: grid.running, space, probing, low: grid.space.low, throttle }
}

/// The largest step known of any group whose tasks go on from what others made: never lent to an attempt that begins
/// something. As long as nothing is known of such a group, it is half of the quota.
fn step_reserve(grid: &Grid, quota: Bytes) -> u64 {
    let jobs = grid.open.iter().filter_map(|id| grid.job(*id)).filter(|job| job.state == JobState::Active);
    jobs.flat_map(|job| {
        let groups = job.groups.iter().enumerate().map(|(number, state)| (GroupNo(number as u16), state));
        let goes_on =
            |number, state: &GroupState| state.chain_len > 1 || state.reads || job.role(number) == Role::Event;
        groups
            .filter(move |(number, state)| goes_on(*number, state) && state.size > 0)
            .map(|(number, _)| step_space(job, number).map_or(quota.0 / 2, |bytes| bytes.0))
    })
    .max()
    .unwrap_or(0)
}

/// Every reason why a task that is ready cannot be placed now.
pub(crate) fn blockers(grid: &Grid, job: &Job, task: TaskRef) -> Vec<Reason> {
    admission::blockers(&need(grid, job, task), &offer(grid, job, task.group))
}
