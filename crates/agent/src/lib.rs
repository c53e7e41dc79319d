//! What runs tasks on this machine and owns its local store.
//!
//! An [`Agent`] takes [`pelago_wire::order::Order`]s, runs them on its lanes (one thread and one spawner a slot), and
//! tells what happened as [`Told`]. Files come to rest only when the owner says so, after it has recorded the outcome:
//! [`Agent::collect`] and [`Agent::deliver`] name outputs, [`Agent::discard`] and [`Agent::condemn`] remove what nobody needs.
//! All of them may be repeated, so that an owner that was killed can perform its recorded actions again.

mod agent;
mod attempt;
mod board;
mod cleaner;
mod command;
mod error;
mod expand;
mod gather;
mod kept;
mod lane;
mod layout;
mod packs;
mod set_aside;
mod substitute;
mod told;
mod transfer;
mod value;
mod watch;

pub use agent::{Agent, Source};
pub use error::AgentError;
pub use layout::Layout;
pub use packs::read_log;
pub use pelago_stage::{Delivery, Store};
pub use told::{Config, Found, Freed, Survey, Told};
