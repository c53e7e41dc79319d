//! ClassAd expressions and ads: `cargo +nightly fuzz run classad -- crates/classad/tests/seeds`.
//!
//! What must hold is in `entry`; a test of the crate runs it on mutated seeds with the stable compiler.

#![no_main]

#[path = "../../crates/classad/tests/entry/mod.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::check(data));
