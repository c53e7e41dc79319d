//! The one loop: facts go to the core, the core's decisions follow, all of it is durable, and only then does anything get out.
//!
//! The driver is generic over where the journal is kept ([`Store`]), what time it is ([`Clock`]) and who acts ([`Hands`]),
//! so that the simulation drives the same loop as the program.

pub mod driver;
pub mod store;

pub use driver::{Clock, Driver, DriverError, Hands, Now, replay};
pub use store::{AppendError, Store};
