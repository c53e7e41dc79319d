//! HTCondor submit files: read, written, read again: `cargo +nightly fuzz run submit`.

#![no_main]

use pelago_describe::loss::essence;
use pelago_describe::{Language, Source, read};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(source) = Source::from_bytes("job.sub", data) else { return };
    let reading = read(&source, Some(Language::Submit));
    let _ = reading.render(&source, false);
    let Some(said) = reading.said else { return };
    let Some(printed) = Language::Submit.print(&said.description) else { return };
    let again = read(&Source::new("printed.sub", printed.text.clone()), Some(Language::Submit));
    let Some(back) = again.said else { panic!("what was written is not read:\n{}", printed.text) };
    assert_eq!(essence(&back.description), printed.expected(&said.description), "{}", printed.text);
});
