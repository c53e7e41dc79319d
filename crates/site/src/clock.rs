//! Time for a real owner: grid time goes on from where the journal left it and advances with the machine's monotonic clock.

use pelago_driver::{Clock, Now};
use pelago_job::GridTime;
use std::time::{Instant, SystemTime};

/// Grid time by the monotonic clock, wall time by the system's.
pub struct SiteClock {
    base: GridTime,
    started: Instant,
}

impl SiteClock {
    /// A clock that goes on from `base`.
    pub fn from(base: GridTime) -> Self {
        Self { base, started: Instant::now() }
    }

    /// Grid time now.
    pub fn grid(&self) -> GridTime {
        GridTime(self.base.0 + self.started.elapsed().as_millis() as u64)
    }
}

impl Clock for SiteClock {
    fn now(&mut self) -> Now {
        Now { grid: self.grid(), wall: wall() }
    }
}

/// Milliseconds since 1970.
pub fn wall() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
