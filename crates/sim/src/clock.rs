//! The virtual clock: grid time goes on while an owner runs; wall time is a label and may jump.

use crate::fault::{Fault, Faults};
use pelago_driver::{Clock, Now};
use pelago_job::GridTime;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The time of one owner.
#[derive(Clone)]
pub struct VirtualClock {
    /// Time of the world, in milliseconds.
    pub world: Rc<Cell<u64>>,
    /// Time of the world when the owner began.
    pub began: u64,
    /// Grid time when the owner began.
    pub base: GridTime,
    /// What goes wrong.
    pub faults: Rc<RefCell<Faults>>,
    /// How far the wall clock is off.
    pub skew: u64,
}

impl VirtualClock {
    /// Grid time now.
    pub fn grid(&self) -> GridTime {
        GridTime(self.base.0 + (self.world.get() - self.began))
    }

    /// Time of the world at a grid time that is still to come.
    pub fn world_at(&self, grid: GridTime) -> u64 {
        self.began + grid.0.saturating_sub(self.base.0)
    }
}

impl Clock for VirtualClock {
    fn now(&mut self) -> Now {
        let mut faults = self.faults.borrow_mut();
        if faults.strikes(Fault::WallJump) {
            faults.fired(Fault::WallJump);
            self.skew = faults.below(1 << 40);
        }
        Now { grid: self.grid(), wall: 1_700_000_000_000 + self.world.get() + self.skew }
    }
}
