//! What becomes of files that nobody needs, and of the directories of failed attempts.

use crate::file::{FileRow, Kept};
use crate::group::{GroupState, Settled};
use crate::record::{FreedSpace, Record};
use crate::tables::Grid;
use pelago_job::{FileRef, Keep, TaskRef};
use std::collections::BTreeMap;

/// Directories of failed attempts that are kept for each cause.
const KEPT_FAILURES: usize = 20;

/// Decides about one file or one directory.
pub(super) fn decide(grid: &Grid) -> Option<Record> {
    grid.orphans.first().map(|file| orphan(grid, *file)).or_else(|| crowd(grid)).or_else(|| excess(grid))
}

/// More is kept than the quota allows: attempts that failed took more than was reserved for them before it could be
/// measured. The oldest of their directories goes, whether or not anything waits for the space.
fn excess(grid: &Grid) -> Option<Record> {
    let more = grid.space.quota.is_some_and(|quota| grid.space.used() - grid.space.leaving_bytes > quota.0);
    let mut oldest = kept(grid).filter(|(_, (_, bytes))| more && *bytes > 0);
    oldest.next().map(|((task, attempt), _)| Record::DropFailed { task: *task, attempt: *attempt })
}

fn orphan(grid: &Grid, file: FileRef) -> Record {
    // What a failed event task was about survives it, so that the job can be continued without making it again.
    if grid.event_tasks(file).iter().any(|task| grid.settled(*task).is_some_and(|how| how != Settled::Done)) {
        return match grid.files.get(&file) {
            Some(row) if row.is_there() => Record::Kept { file, auto: true },
            _ => Record::Condemned { file },
        };
    }
    let survives = match (grid.group(file.task), grid.files.get(&file)) {
        (Some(group), Some(row)) if row.is_there() && group.chain_len > 1 && !grid.is_result(file) => {
            keeps(grid, group, row, file)
        }
        _ => None,
    };
    match survives {
        Some(auto) => Record::Kept { file, auto },
        None => Record::Condemned { file },
    }
}

/// Whether a state survives its reader, and whether by the rule that gives way when space is short.
fn keeps(grid: &Grid, group: &GroupState, row: &FileRow, file: FileRef) -> Option<bool> {
    let link = file.task.index % group.chain_len + 1;
    match group.keep {
        Keep::None => None,
        Keep::All => Some(false),
        Keep::Every(n) => (n > 0 && link.is_multiple_of(n)).then_some(false),
        Keep::Auto => auto(grid, group, row, file.task).then_some(true),
    }
}

/// Keeps a state when making it again is expected to cost more than its space is worth.
///
/// Expected cost, in milliseconds of run time: the links since the last kept state, times a link's mean run time, times
/// the chance that an attempt fails (one failure in as many attempts is assumed before any has been seen). Its space is
/// priced at one second of run time for each thousandth of the free quota, or for each 100 MB where there is no quota.
fn auto(grid: &Grid, group: &GroupState, row: &FileRow, task: TaskRef) -> bool {
    let mean = u128::from(group.mean_wall().unwrap_or_default());
    let since = u128::from(links_since_kept(grid, group, task));
    let (bad, all) = (u128::from(group.stats.bad + 1), u128::from(group.stats.good + group.stats.bad + 1));
    let unit = grid.space.free().map_or(100_000_000, |free| (free / 1000).max(1));
    // since * mean * bad / all >= size * 1000 / unit, without dividing.
    since * mean * bad * u128::from(unit) >= u128::from(row.made.size.0) * 1000 * all
}

fn links_since_kept(grid: &Grid, group: &GroupState, task: TaskRef) -> u64 {
    let first = task.index - task.index % group.chain_len;
    let from = FileRef { task: TaskRef { index: first, ..task }, output: 0 };
    let to = FileRef { task, output: 0 };
    let last = grid.files.range(from..to).rev().find(|(_, row)| row.kept != Kept::No);
    task.index + 1 - last.map_or(first, |(file, _)| file.task.index)
}

/// What gives way when `missing` bytes more have to be free: the oldest kept directory of a failed attempt, then a state that
/// only a rule keeps, if all of those together suffice. Nothing while what is already leaving may be enough.
pub(super) fn relief(grid: &Grid, missing: u64) -> Option<Record> {
    let leaving = grid.space.leaving_bytes;
    if leaving == 0
        && let Some(((task, attempt), _)) = kept(grid).find(|(_, (_, bytes))| *bytes > 0)
    {
        return Some(Record::DropFailed { task: *task, attempt: *attempt });
    }
    spare(grid, missing)
}

/// A state that only a rule keeps gives way, if all of those together suffice for `missing` bytes more to be free, if what is
/// leaving or on its way home does not, and if a slot is waiting.
pub(super) fn spare(grid: &Grid, missing: u64) -> Option<Record> {
    let more = missing.saturating_sub(grid.space.leaving_bytes + grid.spare.going());
    let helps = more > 0 && grid.spare.bytes() >= more && grid.running < grid.slots;
    if helps { give_way(grid) } else { None }
}

/// The next state that gives way.
pub(super) fn give_way(grid: &Grid) -> Option<Record> {
    let chain = |task: TaskRef| grid.group(task).map_or(task.index, |group| task.index / group.chain_len.max(1));
    grid.spare.next(chain).map(|file| Record::GaveWay { file })
}

/// One directory too many of one cause: the oldest goes.
fn crowd(grid: &Grid) -> Option<Record> {
    if grid.space.failed.len() <= KEPT_FAILURES {
        return None;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (word, _) in grid.space.failed.values() {
        *counts.entry(word).or_default() += 1;
    }
    let (crowded, _) = counts.into_iter().find(|(_, count)| *count > KEPT_FAILURES)?;
    kept(grid)
        .find(|(_, (word, _))| word == crowded)
        .map(|((task, attempt), _)| Record::DropFailed { task: *task, attempt: *attempt })
}

/// Kept directories of failed attempts that may go: of some, files are still on their way home.
fn kept(grid: &Grid) -> impl Iterator<Item = (&(TaskRef, u32), &(String, u64))> {
    grid.space.failed.iter().filter(|(key, _)| {
        let (task, attempt) = **key;
        !grid.homes.contains_key(key) && !grid.space.leaving.contains_key(&FreedSpace::Attempt { task, attempt })
    })
}
