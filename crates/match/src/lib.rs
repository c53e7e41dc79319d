//! Matching: what work asks, what is offered, and every reason why the two do not meet.
//!
//! Selection is a chain of small named filters. Each passes, or fails with a reason as data; all of them are asked,
//! so an explanation lists every blocker and not only the first. Nothing here reads a clock or touches the world.

pub mod admission;
pub mod reason;

pub use admission::{Need, Offer, admit, blockers};
pub use reason::Reason;
