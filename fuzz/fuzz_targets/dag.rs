//! DAGMan files: read, printed, read back, and put together with files that are parts of the same bytes:
//! `cargo +nightly fuzz run dag -- crates/describe/tests/dagman`.
//!
//! What must hold of the file alone is in `document`: what is read and printed reads back as it was, minus the losses.

#![no_main]

#[path = "../../crates/describe/tests/document/mod.rs"]
mod document;

use pelago_describe::dagman::assemble;
use pelago_describe::{Language, Source};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    document::check(Language::Dag, data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    // Files are the parts between form feeds, named by number.
    let files: Vec<&str> = text.split('\u{c}').collect();
    let mut open = |path: &str| {
        let found = path.parse().ok().and_then(|number: usize| files.get(number));
        found.map(|text| text.to_string()).ok_or(std::io::ErrorKind::NotFound.into())
    };
    let first = Source::new("0", files.first().copied().unwrap_or_default());
    let _ = assemble(&first, &mut open).render(false);
});
