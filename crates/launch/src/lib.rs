//! Starting and ending processes on this machine: the spawner.
//!
//! A [`Spawner`] is a small child process, forked by [`Spawner::fork_all`] before the program grows. It starts the
//! commands of one task after the other, measures them, holds them to their limits, and ends everything below itself
//! when a task ends or when its owner is gone. What outlived a spawner that was itself killed is found by [`sweep`], and
//! [`Spawner::start_again`] takes its place.

mod again;
mod child;
mod environment;
mod group;
mod meter;
mod open;
mod script;
mod searched;
mod signal;
mod spawn;
mod spawner;
mod start;
mod sweep;
mod tree;
mod wire;

pub use again::become_spawner;
pub use script::{Command, Ended, How, Input, Program, Rlimit, Script, Sink};
pub use spawner::{Killer, LaunchError, Spawner};
pub use sweep::{SweepError, sweep};
