//! Plan files, run files and embedded scripts: `cargo +nightly fuzz run plan -- crates/describe/tests/seeds`.
//!
//! What must hold is in `entry`; a test of the crate runs it on mutated seeds with the stable compiler.

#![no_main]

#[path = "../../crates/describe/tests/entry/mod.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::check(data));
