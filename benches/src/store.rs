//! Stores with very many tasks, made by the real journal, follower and history, for tasks that need no process.

use crate::world;
use crossbeam_channel::Sender;
use pelago_driver::{Driver, Hands};
use pelago_grid::image::Image;
use pelago_grid::{Action, Grid, JobState, Record, RecordGroup};
use pelago_job::Millis;
use pelago_site::clock::{self, SiteClock};
use pelago_site::history::{History, Reached};
use pelago_site::journal::Journal;
use pelago_site::owner::follower::{self, Follow, Opening};
use pelago_site::owner::start::replay;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Slots, so that many tasks end in one step, as with many agents.
const SLOTS: u32 = 1000;

/// How long tasks took, in seconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Took {
    /// All but the last ones.
    pub first: f64,
    /// The last ones.
    pub last: f64,
}

/// Hands for which every task has ended as soon as it starts, with the real follower behind them.
struct Instantly {
    facts: Vec<Record>,
    follow: Sender<Follow>,
    done: u64,
}

impl Hands for Instantly {
    fn synced(&mut self, position: u64, group: &RecordGroup, _: &Grid) {
        // The follower lives as long as these hands.
        let _ = self.follow.send(Follow::Group(position, Box::new(group.clone())));
    }

    fn perform(&mut self, action: Action, _: &Grid) {
        self.done += u64::from(matches!(action, Action::Launch { .. }));
        self.facts.extend(world::answer(&action, 1));
    }
}

/// Runs `behind` tasks and then `count` more of the same sweep, in a new store; says how long each took, and with `kill`
/// ends as by `kill -9`.
pub fn fill(dir: &Path, behind: u64, count: u64, kill: bool) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(dir)?;
    let mut journal = Journal::open(dir)?;
    let epoch = journal.claim()?;
    let history = Opening::Done(History::open(&dir.join("history.db"))?);
    // Few groups wait for the history: what is written counts, not what memory can hold back.
    let (follow, followed) = crossbeam_channel::bounded(64);
    let reached = Arc::new(Reached::default());
    let following = follower::start(dir, Grid::default(), history, 0, 0, followed, Arc::clone(&reached));
    let hands = Instantly { facts: Vec::new(), follow, done: 0 };
    let mut driver = Driver::new(Grid::default(), journal, SiteClock::from(Grid::default().now), hands, epoch, 0);
    let submitted = world::submitted(1, behind + count, 1);
    let begin = Instant::now();
    let mut first = None;
    let mut facts = vec![Record::Opened { slots: SLOTS, gap: Millis(0) }, Record::Submitted(Box::new(submitted))];
    while !facts.is_empty() {
        driver.step(facts)?;
        facts = std::mem::take(&mut driver.hands.facts);
        if driver.hands.done >= behind && first.is_none() {
            // What still waits for the history belongs to those behind.
            reached.wait(driver.position());
            first = Some(begin.elapsed().as_secs_f64());
        }
    }
    reached.wait(driver.position());
    let (whole, first) = (begin.elapsed().as_secs_f64(), first.unwrap_or(0.0));
    assert!(driver.grid().is_idle(), "every task has ended");
    println!("{}", serde_json::to_string(&Took { first, last: whole - first })?);
    if kill {
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?;
    }
    drop(driver);
    let _ = following.join();
    Ok(())
}

/// Makes the newest job of a store one whose tasks have all ended well, as if they had been run.
pub fn finish(dir: &Path) -> Result<(), Box<dyn Error>> {
    let mut journal = Journal::open(dir)?;
    let (mut grid, ..) = replay(&journal, None)?;
    let Some(job) = grid.last_job().map(|job| job.id()) else { return Err("no job".into()) };
    let now = grid.now;
    let Some(job) = grid.jobs.get_mut(&job) else { return Err("no job".into()) };
    for group in &mut job.groups {
        group.done.insert_range(0..group.size);
        (group.next, group.active, group.running) = (group.size, 0, 0);
        group.early.clear();
        group.begun.clear();
        group.stats.good = group.size;
    }
    (job.state, job.ended, job.held) = (JobState::Done, Some(now), false);
    job.ready.clear();
    let id = job.id();
    grid.open.remove(&id);
    grid.tasks.retain(|task, _| task.job != id);
    (grid.running, grid.checking) = (0, 0);
    let contradictions = grid.contradictions();
    if !contradictions.is_empty() {
        return Err(format!("{contradictions:?}").into());
    }
    let image = Record::Image(Box::new(Image::of(&grid)));
    let group = RecordGroup { now, wall: clock::wall(), records: vec![image] };
    let position = journal.last()?;
    journal.snapshot(position, &[group.encode()?])?;
    journal.prune(position)?;
    Ok(())
}
