//! Scenarios: what people ask for in one run, drawn from a seed.

use crate::design::{Design, Shape};
use crate::rng::Rng;
use pelago_job::Keep;

/// What a person does besides submitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Holds the newest job, and releases it later.
    Hold,
    /// Releases the newest job.
    Release,
    /// Ends the newest job.
    CancelJob,
    /// Ends one active task.
    CancelTask,
    /// Runs the command of the newest job again.
    Reopen,
    /// Stops the owner as on Ctrl-C, and starts it again later.
    Stop,
    /// Starts the owner again.
    Start,
}

/// What changes between two jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: the same plan again.
    Nothing,
    /// A file of the experiment directory has another content.
    Input,
    /// A result was deleted.
    Result,
    /// The programs are others.
    Model,
}

/// One job.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its experiment.
    pub design: Design,
    /// Version of its programs.
    pub model: u64,
    /// What changed since the last job.
    pub change: Change,
    /// Whether it is submitted while the last one still runs.
    pub overlaps: bool,
    /// Tries after the first.
    pub retries: u32,
    /// Whether other tasks go on after a failure.
    pub keep_going: bool,
    /// Whether proofs are ignored.
    pub again: bool,
    /// Whether readers of varied files run again.
    pub strict: bool,
    /// Whether an input is missing at first.
    pub lacks: bool,
}

/// A whole run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The jobs, in order.
    pub stages: Vec<Stage>,
    /// Slots of the machine.
    pub slots: u32,
    /// How tight the quota is.
    pub room: Room,
    /// What people do, and when.
    pub acts: Vec<(u64, Act)>,
    /// One in how many tasks fails until somebody mends it; 0 means none.
    pub broken: u64,
    /// Whether some tasks use four times the space of others.
    pub outliers: bool,
    /// Whether attempts set files aside for the experiment directory.
    pub sets_aside: bool,
}

/// How much space there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// No quota.
    Endless,
    /// More than everything together.
    Ample,
    /// A few steps: a plan of chains must end within it.
    Tight,
    /// So little that it may not be enough.
    Scarce,
}

impl Scenario {
    /// Draws the scenario of a seed, with about `limit` tasks in a job at most.
    pub fn draw(seed: u64, limit: u64) -> Self {
        let mut rng = Rng::new(seed, "scenario");
        let mut design = Design::draw(&mut rng, limit);
        let room = match rng.below(10) {
            0..4 => Room::Endless,
            4..6 => Room::Ample,
            6..8 => Room::Tight,
            _ => Room::Scarce,
        };
        let mut broken = if rng.chance(200) { rng.within(5, 60) } else { 0 };
        let mut outliers = rng.chance(150);
        let mut sets_aside = rng.chance(150);
        if room == Room::Tight {
            // Only then it is certain that the quota suffices.
            (broken, outliers, sets_aside) = (0, false, false);
            design.keep_output = false;
            if !matches!(design.shape, Shape::Chains | Shape::Nested) {
                design.shape = Shape::Chains;
                (design.wide, design.long, design.inner) = (design.wide.min(limit / 10).max(1), rng.within(1, 10), 1);
            }
            // What attempts need is declared (see `World::quota`) or learned.
            design.disk = rng.chance(500).then_some(0);
            // What a rule keeps gives way; what is kept in any case needs room.
            if design.keep == Keep::All {
                design.keep = Keep::Every(1);
            }
        }
        let mut stages = Vec::new();
        let mut model = 1;
        let count = [1, 1, 2, 3][rng.below(4) as usize];
        for number in 0..count {
            let change = match (number, rng.below(5)) {
                (0, _) | (_, 0..2) => Change::Nothing,
                (_, 2) => Change::Input,
                (_, 3) => Change::Result,
                _ => Change::Model,
            };
            if number > 0 && rng.chance(500) {
                if design.is_chained() && rng.chance(500) { design.long += 1 } else { design.wide += rng.within(1, 3) }
            }
            // Another rule for states; drawn apart, so that all else stays what it was.
            if number > 0 && design.keep != Keep::None && Rng::new(seed, &format!("keep {number}")).chance(400) {
                design.keep = if design.keep == Keep::Auto { Keep::Every(2) } else { Keep::Auto };
            }
            model += u64::from(change == Change::Model);
            stages.push(Stage {
                design: design.clone(),
                model,
                change,
                // The one result of all would be another one in each job.
                overlaps: change == Change::Nothing && number > 0 && rng.chance(300) && design.shape != Shape::Reduce,
                retries: [0, 0, 1, 3][rng.below(4) as usize],
                keep_going: rng.chance(500),
                again: number > 0 && rng.chance(100),
                strict: rng.chance(100),
                lacks: rng.chance(40),
            });
        }
        let people = [0, 0, 1, 2, 4][rng.below(5) as usize];
        let acts = (0..people)
            .map(|_| {
                let act = match rng.below(6) {
                    0 => Act::Hold,
                    1 => Act::CancelJob,
                    2 => Act::CancelTask,
                    3 => Act::Reopen,
                    _ => Act::Stop,
                };
                (rng.log_uniform(60_000), act)
            })
            .collect();
        Self { stages, slots: rng.log_uniform(16) as u32, room, acts, broken, outliers, sets_aside }
    }
}
