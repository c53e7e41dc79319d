//! To be written.

pub mod history;
pub mod journal;
