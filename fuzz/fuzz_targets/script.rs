//! Batch scripts of Slurm, PBS and Grid Engine: `cargo +nightly fuzz run script`.
//!
//! What must hold is in `document`: what is read and printed reads back as it was, minus the losses.

#![no_main]

#[path = "../../crates/describe/tests/document/mod.rs"]
mod document;

use pelago_describe::Language;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for language in [Language::Slurm, Language::Pbs, Language::GridEngine] {
        document::check(language, data);
    }
});
