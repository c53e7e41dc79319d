//! gLite JDL with DIRAC's variations: `cargo +nightly fuzz run jdl`.
//!
//! What must hold is in `document`: what is read and printed reads back as it was, minus the losses.

#![no_main]

#[path = "../../crates/describe/tests/document/mod.rs"]
mod document;

use pelago_describe::Language;

libfuzzer_sys::fuzz_target!(|data: &[u8]| document::check(Language::Jdl, data));
