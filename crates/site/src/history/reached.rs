//! A position that one thread reaches and another waits for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Whether the history has been made, and the position that it has reached.
#[derive(Debug, Default)]
pub struct Reached {
    state: Mutex<State>,
    moved: Condvar,
    asked: Condvar,
}

#[derive(Debug, Default)]
struct State {
    position: u64,
    made: bool,
    /// The furthest position that somebody has asked for.
    wanted: u64,
}

impl Reached {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The history is there, or it is known that it cannot be made.
    pub fn set_made(&self) {
        self.state().made = true;
        self.moved.notify_all();
    }

    /// Waits until that is so.
    pub fn wait_until_made(&self) {
        let made = |state: &mut State| !state.made;
        drop(self.moved.wait_while(self.state(), made));
    }

    /// Sets the position and wakes those who wait.
    pub fn set(&self, position: u64) {
        self.state().position = position;
        self.moved.notify_all();
    }

    /// Waits until the position is at least `position`.
    pub fn wait(&self, position: u64) {
        let mut state = self.state();
        state.wanted = state.wanted.max(position);
        self.asked.notify_all();
        while state.position < position {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nobody waits for more than is there, but no time is to be lost from now on.
    pub fn hurry(&self) {
        self.state().wanted = u64::MAX;
        self.asked.notify_all();
    }

    /// Rests for `most`, or until somebody waits for more than there is.
    pub fn rest(&self, most: Duration) {
        let idle = |state: &mut State| state.wanted <= state.position;
        drop(self.asked.wait_timeout_while(self.state(), most, idle));
    }
}
