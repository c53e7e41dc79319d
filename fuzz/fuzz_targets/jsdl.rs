//! JSDL documents: `cargo +nightly fuzz run jsdl -- crates/describe/tests/jsdl`.
//!
//! What must hold is in `document`; a test of the crate runs it on mutated documents with the stable compiler.

#![no_main]

#[path = "../../crates/describe/tests/document/mod.rs"]
mod document;

libfuzzer_sys::fuzz_target!(|data: &[u8]| document::check(pelago_describe::Language::Jsdl, data));
