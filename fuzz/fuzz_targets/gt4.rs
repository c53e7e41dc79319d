//! Globus Toolkit 4 job descriptions: `cargo +nightly fuzz run gt4`.
//!
//! What must hold is in `document`; a test of the crate runs it on mutated seeds with the stable compiler.

#![no_main]

#[path = "../../crates/describe/tests/document/mod.rs"]
mod document;

libfuzzer_sys::fuzz_target!(|data: &[u8]| document::check(pelago_describe::Language::Gt4, data));
