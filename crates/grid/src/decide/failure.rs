//! After a failed attempt: again, later, held for a person, or given up. By cause, never by exit code alone.

use crate::record::Record;
use crate::tables::Grid;
use crate::task::{LOSSES, TaskRow, TaskState};
use pelago_job::{Cause, GridTime, Millis, TaskRef};

/// Attempts that a cause outside the task's control gets beyond the ones that were asked for.
const PATIENCE: u32 = 3;

/// Decides about one failed attempt.
pub(super) fn decide(grid: &Grid, now: GridTime) -> Option<Record> {
    let task = *grid.failing.first()?;
    let row = grid.tasks.get(&task)?;
    let TaskState::Failing { cause } = &row.state else { return None };
    Some(after(grid, now, task, row, cause))
}

fn after(grid: &Grid, now: GridTime, task: TaskRef, row: &TaskRow, cause: &Cause) -> Record {
    let Some(job) = grid.job(task.job) else { return Record::GaveUp { task, cause: cause.clone() } };
    let group = job.submitted.experiment.group(task.group);
    let asked = group.and_then(|group| group.retries).unwrap_or(job.retries);
    if job.cancelling || *cause == Cause::Cancelled {
        return Record::GaveUp { task, cause: Cause::Cancelled };
    }
    if group.is_some_and(|group| group.once) && cause.is_lost() {
        return Record::HeldBack { task };
    }
    let spent = |end: i32| group.is_some_and(|group| group.spent.contains(&end) || group.aborts.contains(&end));
    let retry = |wait: Millis| Record::Retry { task, at: now.after(wait), cause: cause.clone() };
    match cause {
        Cause::Disk { .. } if row.losses < LOSSES => retry(Millis(0)),
        Cause::LostAgent | Cause::LostSpawner { .. } | Cause::Interrupted if row.losses < LOSSES => retry(Millis(0)),
        // The file may only have to be made again, which looking once more finds out.
        Cause::InputMissing(_) if row.faults == 0 && row.attempt > row.base => retry(Millis(0)),
        Cause::DiskFull if row.faults < asked.max(PATIENCE) => retry(back_off(5_000, row.faults)),
        Cause::Refused(_) | Cause::InputMissing(_) | Cause::OutputMissing(_) => {
            Record::GaveUp { task, cause: cause.clone() }
        }
        Cause::Exit(code) if spent(*code) => Record::GaveUp { task, cause: cause.clone() },
        Cause::Signal(signal) if spent(-signal) => Record::GaveUp { task, cause: cause.clone() },
        _ if row.faults < asked => retry(back_off(500, row.faults)),
        _ => Record::GaveUp { task, cause: cause.clone() },
    }
}

/// Twice as long after each failure, five minutes at most.
fn back_off(first: u64, faults: u32) -> Millis {
    Millis(first.saturating_mul(1 << faults.min(16)).min(300_000))
}
