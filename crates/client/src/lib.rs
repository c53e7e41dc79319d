//! The library through which programs speak to Pelago: find a state directory, connect to its owner, ask.
//!
//! A client has a transport: the owner's Unix socket, or handlers in the same process.

mod client;
pub mod directory;
mod error;
pub mod line;
pub mod socket;

pub use client::{Client, Handler};
pub use error::ClientError;
