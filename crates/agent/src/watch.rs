//! The watcher: measures the disk that attempts with a reservation use, and stops those that outgrow it.

use crate::board::{Board, Watched, Why};
use crate::layout::Layout;
use pelago_job::{Bytes, Stream};
use pelago_stage::usage_within;
use std::time::{Duration, Instant};

/// Between two rounds.
const SOONEST: Duration = Duration::from_millis(100);
const LATEST: Duration = Duration::from_secs(1);
/// Rounds may take this part of the time.
const SHARE: u32 = 20;

/// Runs until the board is closed.
pub(crate) fn run(board: &Board, layout: &Layout) {
    let mut pause = SOONEST;
    while let Some(watched) = board.watched(pause) {
        let begin = Instant::now();
        for Watched { key, slot, reserved } in watched {
            let used = measure(layout, slot) + usage_within(&layout.attempt(key.0, key.1)).0;
            board.measured(key, used);
            if used > reserved.0 {
                board.stop(key, Why::Disk { reserved, used: Bytes(used) });
            }
        }
        pause = (begin.elapsed() * SHARE).clamp(SOONEST, LATEST);
    }
}

/// What a slot's working directory and live logs take, beyond the two empty directories that are always there.
pub(crate) fn measure(layout: &Layout, slot: usize) -> u64 {
    let private = usage_within(&layout.private(slot)).0.saturating_sub(empty(layout, slot));
    let log = |stream| usage_within(&layout.live_log(slot, stream)).0;
    private + log(Stream::Out) + log(Stream::Err)
}

/// What two empty directories take here: one block each on many file systems, nothing on others.
fn empty(layout: &Layout, slot: usize) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let alone = |path| std::fs::symlink_metadata(path).map_or(0, |metadata| metadata.blocks() * 512);
    let private = layout.private(slot);
    // A directory that has grown is the task's.
    alone(private.clone()).min(4096) + alone(private.join("work")).min(4096)
}
