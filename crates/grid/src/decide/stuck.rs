//! What to do when nothing moves: no attempt runs, nothing is due, and yet a task is ready. Then space is in the way.

use crate::decide::{keeping, placing};
use crate::job::Job;
use crate::record::Record;
use crate::tables::Grid;
use crate::task::Class;
use pelago_job::{Bytes, FileRef, TaskRef};
use std::collections::BTreeMap;

/// Tasks for which it is considered whether others should make room.
const CONSIDERED: usize = 16;

/// Decides how to go on. What goes on from others comes first, then what makes a file again, then what begins; for each:
///
/// 1. any task that fits is placed, whatever its place in the queue;
/// 2. what may go goes: directories of failed attempts, then states that only a rule keeps, if that is enough;
/// 3. a task may have what is otherwise kept for steps, since no step asks for it; if that is not enough, together with what
///    the kept states take;
/// 4. states that only wait, or that only failed tasks would read, give way and are made again when they are asked for, if
///    that is enough for a task to go on.
///
/// If none of that helps, the job of the first task is refused with the arithmetic; but not as long as a person holds a job,
/// which may still give space back.
pub(super) fn decide(grid: &Grid) -> Option<Record> {
    // A disk that is too full says nothing about the quota.
    if grid.moves() || grid.draining || grid.space.low.is_some() {
        return None;
    }
    let jobs = || grid.open.iter().filter_map(|id| grid.job(*id)).filter(|job| job.runs());
    let tier = |classes: &[Class]| -> Vec<TaskRef> {
        classes.iter().flat_map(|class| jobs().flat_map(|job| all_ready(job, *class))).collect()
    };
    let tiers = [tier(&[Class::Event, Class::Step]), tier(&[Class::Remake]), tier(&[Class::Start])];
    let first = *tiers.iter().flatten().next()?;
    let held = grid.open.iter().filter_map(|id| grid.job(*id)).any(|job| job.held);
    let leaving = grid.space.leaving_bytes > 0;
    for ready in tiers.iter().filter(|ready| !ready.is_empty()) {
        let decision = ready
            .iter()
            .find_map(|task| placing::place(grid, *task))
            .or_else(|| keeping::relief(grid, placing::missing(grid, ready)?))
            .or_else(|| ready.iter().find_map(|task| placing::place_alone(grid, *task)))
            .or_else(|| keeping::give_way(grid).filter(|_| ready.iter().any(|task| alone_later(grid, *task))));
        match decision {
            // What is leaving may be all that is missing.
            Some(_) if leaving => return None,
            Some(decision) => return Some(decision),
            None if held => {}
            None => match make_room(grid, ready, &tiers) {
                Room::Suffices if leaving => return None,
                Room::Suffices | Room::Lacks => {}
                Room::Made(record) => return Some(record),
            },
        }
    }
    if held || leaving {
        return None;
    }
    let need = need(grid, first)?;
    let free = Bytes(grid.space.free()?);
    Some(Record::Stuck { job: first.job, task: first, need, free })
}

/// Every ready task of one queue of a job that may start now.
fn all_ready(job: &Job, class: Class) -> impl Iterator<Item = TaskRef> {
    let tasks = job.ready.get(&class).into_iter().flatten();
    tasks.filter(|(group, _)| job.open(*group) && placing::node_is_ready(job, *group)).map(|(group, index)| TaskRef {
        job: job.id(),
        group: *group,
        index: *index,
    })
}

fn need(grid: &Grid, task: TaskRef) -> Option<Bytes> {
    Some(placing::need(grid, grid.job(task.job)?, task).space.unwrap_or(Bytes(1)))
}

/// Whether a task can start alone when all that only a rule keeps has given way.
fn alone_later(grid: &Grid, task: TaskRef) -> bool {
    let coming = grid.space.leaving_bytes + grid.spare.bytes();
    grid.space.free().is_some_and(|free| placing::alone(grid, task, free + coming).is_some())
}

/// Whether others can make room.
enum Room {
    /// A state gives way.
    Made(Record),
    /// What is leaving is enough for some task.
    Suffices,
    /// All that could give way is not enough.
    Lacks,
}

/// Lets a state give way so that one of `wanting` can go on, if all that can give way together suffices: first states that
/// only failed tasks would read, then those of the last tasks in the queues.
///
/// Neither the task that waits for such a state nor the one that makes it again comes before the one that goes on: else what
/// was given could be taken back at once. What only begins is not worth what others have done.
fn make_room(grid: &Grid, wanting: &[TaskRef], tiers: &[Vec<TaskRef>]) -> Room {
    let coming = grid.space.free().unwrap_or_default().saturating_add(grid.space.leaving_bytes);
    let abandoned = abandoned_states(grid);
    for task in wanting.iter().take(CONSIDERED) {
        let Some(missing) = need(grid, *task).map(|need| need.0.saturating_sub(coming)) else { continue };
        if missing == 0 {
            return Room::Suffices;
        }
        let class = grid.tasks.get(task).map_or(Class::Start, |row| row.class);
        let step = class != Class::Remake;
        let others = tiers.iter().flatten().filter(|other| *other != task && (step || *other > task));
        let others = others.filter(|_| class != Class::Start);
        let spare = others.flat_map(|o| spare_states(grid, *o)).filter(|(file, _)| step || file.task > *task);
        let spare: Vec<(FileRef, u64)> = spare.filter(|(file, _)| !comes_after(grid, *task, file.task)).collect();
        let total: u64 = abandoned.iter().chain(&spare).copied().collect::<BTreeMap<_, _>>().values().sum();
        if total.saturating_add(grid.spare.bytes()) >= missing
            && let Some(kept) = keeping::give_way(grid)
        {
            return Room::Made(kept);
        }
        if total >= missing
            && let Some((file, _)) = abandoned.first().or(spare.last())
        {
            return Room::Made(Record::Sacrificed { file: *file });
        }
    }
    Room::Lacks
}

/// Whether a task waits for all of the group of another one: while that is done again, it cannot start.
fn comes_after(grid: &Grid, task: TaskRef, other: TaskRef) -> bool {
    let group = grid.job(task.job).and_then(|job| job.submitted.experiment.group(task.group));
    task.job == other.job && group.is_some_and(|group| group.after.iter().any(|after| after.group == other.group))
}

/// States that nobody will read unless their job is continued: all who have not read them have failed, were skipped or
/// cancelled.
fn abandoned_states(grid: &Grid) -> Vec<(FileRef, u64)> {
    let idle = grid.files.iter().filter(|(_, row)| {
        row.readers > 0 && row.events == 0 && row.borrowers == 0 && !row.delivering && row.stored_bytes() > 0
    });
    idle.filter(|(file, _)| {
        let Some(job) = grid.job(file.task.job) else { return false };
        let mut ended = true;
        job.plan.readers(file.task.group, file.task.index, file.output, &mut |group, index, _| {
            ended &= job.group(group).is_some_and(|state| state.settled(index).is_some());
        });
        ended
    })
    .map(|(file, row)| (*file, row.stored_bytes()))
    .collect()
}

/// States that take space and that only this task waits for.
fn spare_states(grid: &Grid, task: TaskRef) -> Vec<(FileRef, u64)> {
    let edges = grid.edges(task);
    let own = |file: FileRef| edges.iter().filter(|edge| edge.file == file).count() as u64;
    edges
        .iter()
        .filter_map(|edge| grid.files.get(&edge.file).map(|row| (edge.file, row)))
        .filter(|(file, row)| row.events == 0 && row.borrowers == 0 && !row.delivering && row.readers == own(*file))
        .map(|(file, row)| (file, row.stored_bytes()))
        .filter(|(_, bytes)| *bytes > 0)
        .collect()
}
