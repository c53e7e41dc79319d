//! Results that could not come home at once: they stay in the store and are tried again, for as long as there is hope.

use pelago_job::{FileRef, TaskRef};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Tries before it is left to a person.
const TRIES: u32 = 5;
/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(60);

/// What may come home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Load {
    /// A result in the store.
    Result(FileRef),
    /// The files that an attempt set aside.
    Aside(TaskRef, u32),
}

/// What waits to come home.
#[derive(Default)]
pub struct Homeward {
    waiting: BTreeMap<Load, Waiting>,
}

struct Waiting {
    tries: u32,
    next: Instant,
}

impl Homeward {
    /// A try has failed. Whether it was the first: then it is told.
    pub fn failed(&mut self, load: Load) -> bool {
        let waiting = self.waiting.entry(load).or_insert(Waiting { tries: 0, next: Instant::now() });
        waiting.tries = waiting.tries.saturating_add(1);
        let pause = Duration::from_millis(500) * 2u32.saturating_pow(waiting.tries.min(10) - 1);
        waiting.next = Instant::now() + pause.min(LONGEST);
        waiting.tries == 1
    }

    /// It has come home, or is of no use any more.
    pub fn forget(&mut self, load: Load) {
        self.waiting.remove(&load);
    }

    /// What is to be tried again now.
    pub fn due(&self) -> Vec<Load> {
        let now = Instant::now();
        self.waiting.iter().filter(|(_, waiting)| waiting.next <= now).map(|(load, _)| *load).collect()
    }

    /// How long until something is to be tried again.
    pub fn pause(&self) -> Option<Duration> {
        let next = self.waiting.values().map(|waiting| waiting.next).min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    /// Whether something waits that was tried often enough.
    pub fn is_hopeless(&self) -> bool {
        self.waiting.values().any(|waiting| waiting.tries >= TRIES)
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        self.waiting.len()
    }
}
