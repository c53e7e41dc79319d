//! How fast Pelago is: every figure beside the machine's own limit or another system, both sides run alternately.

pub mod bare;
pub mod bench;
pub mod core;
pub mod counted;
pub mod events;
pub mod hyperqueue;
pub mod machine;
pub mod picture;
pub mod results;
pub mod row;
pub mod rows;
pub mod sample;
pub mod store;
pub mod timed;
pub mod world;
