//! A site: the journal and its history, the owner of a state directory, and the answers that it gives.
//!
//! [`door::enter`] makes this process the owner of a state directory, or connects it to the one that is there;
//! [`door::look`] reads one. The owner's loop is in [`owner`], its eyes on files in [`prove`], its answers in [`answer`].

pub mod answer;
pub mod clock;
pub mod doctor;
pub mod door;
pub mod forecast;
pub mod history;
pub mod journal;
pub mod lock;
pub mod naming;
pub mod owner;
pub mod prove;
pub mod socket;
pub mod submit;

/// To be called first thing in `main`: see [`pelago_launch::become_spawner`].
pub use pelago_launch::become_spawner;

pub use doctor::{Finding, doctor};
pub use door::{Door, Enter, Stopper, enter, look};
pub use forecast::Forecast;
