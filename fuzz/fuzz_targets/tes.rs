//! GA4GH TES tasks: read, printed, read back.

#![no_main]

#[path = "../../crates/describe/tests/document/mod.rs"]
mod document;

use pelago_describe::Language;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    document::check(Language::Tes, data);
});
