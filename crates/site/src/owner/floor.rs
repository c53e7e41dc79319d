//! The floor of free space: below it nothing new starts, so that what runs, and the journal, can end well.

use pelago_grid::{Grid, Record};
use pelago_job::Bytes;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How often the file system is asked, while some job is under way.
pub const OFTEN: Duration = Duration::from_secs(1);
/// How long it is waited for space when nothing of ours runs, before the jobs are left for later.
const PATIENCE: Duration = Duration::from_secs(10);
/// The floor of a large file system.
const LARGE: u64 = 64 << 20;
/// The floor of a small one is one part in so many of all of it.
const PART: u64 = 20;

/// Watches the file system of a state directory.
#[derive(Debug)]
pub struct Floor {
    dir: PathBuf,
    asked: Option<Instant>,
    /// Since when there is too little and nothing runs.
    idle: Option<Instant>,
}

/// What is to be done about it.
#[derive(Debug, PartialEq)]
pub enum Look {
    /// Nothing.
    Fine,
    /// The core has to know, and people this, if there is something to say.
    Changed(Record, Option<String>),
    /// There has been too little for long, and nothing of ours would make it more.
    GiveUp(String),
}

impl Floor {
    /// Watches the file system that holds `dir`.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, asked: None, idle: None }
    }

    /// Asks the file system, at most once in a while.
    pub fn look(&mut self, grid: &Grid) -> Look {
        let now = Instant::now();
        if self.asked.is_some_and(|asked| grid.is_idle() || now.duration_since(asked) < OFTEN) {
            return Look::Fine;
        }
        self.asked = Some(now);
        // A file system that does not answer says nothing about its space.
        let Ok(stat) = rustix::fs::statvfs(&self.dir) else { return Look::Fine };
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        let floor = (stat.f_blocks.saturating_mul(stat.f_frsize) / PART).min(LARGE);
        self.judge(grid, free, floor, now)
    }

    fn judge(&mut self, grid: &Grid, free: u64, floor: u64, now: Instant) -> Look {
        let (low, said) = (free < floor, grid.space.low.is_some());
        // A quarter more than the floor ends it, so that it does not come and go with every file.
        if !low && (!said || free < floor + floor / 4) {
            return Look::Fine;
        }
        if !low {
            self.idle = None;
            return Look::Changed(Record::Floor { low: None }, None);
        }
        let (free, floor) = (Bytes(free), Bytes(floor));
        if !said {
            return Look::Changed(Record::Floor { low: Some((free, floor)) }, Some(notice(free, floor)));
        }
        if grid.is_busy() {
            self.idle = None;
            return Look::Fine;
        }
        let since = *self.idle.get_or_insert(now);
        if now.duration_since(since) < PATIENCE {
            return Look::Fine;
        }
        Look::GiveUp(format!(
            "the disk of {} is full: {free} are left, and nothing starts below {floor}; free {} more, then run the same command again",
            self.dir.display(),
            missing(free, floor)
        ))
    }
}

/// What people are told when nothing more starts.
pub fn notice(free: Bytes, floor: Bytes) -> String {
    let missing = missing(free, floor);
    format!("the disk has {free} left: nothing starts below {floor}; it goes on when {missing} more are free")
}

fn missing(free: Bytes, floor: Bytes) -> Bytes {
    Bytes((floor.0 + floor.0 / 4).saturating_sub(free.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_and_ends_with_some_room_above_the_floor() {
        let mut floor = Floor::new(PathBuf::from("d"));
        let (mut grid, now) = (Grid::default(), Instant::now());
        assert_eq!(floor.judge(&grid, 100, 80, now), Look::Fine);
        let low = Some((Bytes(79), Bytes(80)));
        assert!(
            matches!(floor.judge(&grid, 79, 80, now), Look::Changed(Record::Floor { low: l }, Some(_)) if l == low)
        );
        grid.space.low = low;
        assert_eq!(floor.judge(&grid, 79, 80, now), Look::Fine);
        assert_eq!(floor.judge(&grid, 81, 80, now), Look::Fine, "it does not come and go");
        assert!(matches!(floor.judge(&grid, 79, 80, now + PATIENCE), Look::GiveUp(_)));
        assert_eq!(floor.judge(&grid, 100, 80, now), Look::Changed(Record::Floor { low: None }, None));
    }
}
