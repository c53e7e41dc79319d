//! What Pelago's processes say to one another: orders for an agent, requests and answers of the API.
//!
//! Everything here is data with a version ([`VERSION`]); within a version fields are only added.

pub mod message;
pub mod order;
pub mod view;

/// The version of all types in this crate, said first on every connection.
pub const VERSION: u32 = 1;
