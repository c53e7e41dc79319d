//! A position that one thread reaches and another waits for.

use std::sync::{Condvar, Mutex, PoisonError};

/// The position that the history has reached.
#[derive(Default)]
pub struct Reached {
    position: Mutex<u64>,
    moved: Condvar,
}

impl Reached {
    /// Sets the position and wakes those who wait.
    pub fn set(&self, position: u64) {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = position;
        self.moved.notify_all();
    }

    /// Waits until the position is at least `position`.
    pub fn wait(&self, position: u64) {
        let mut reached = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        while *reached < position {
            reached = self.moved.wait(reached).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
