//! To be written.

pub mod history;
pub mod journal;
pub mod lock;
pub mod socket;
