//! Documents of the job languages: read, shown, printed, read back; with `PELAGO_LAW` also held to the law of the crate's own
//! tests, that what is read back is the description minus the losses.

#[path = "../../crates/describe/tests/document/mod.rs"]
mod document;
#[path = "../../crates/describe/tests/entry/mod.rs"]
mod entry;

use pelago_describe::dagman::assemble;
use pelago_describe::{Language, Source};
use std::sync::LazyLock;

/// A document of one of several dialects: read as the one that it is recognised as, and as one that its length chooses, so
/// that documents of one are also read as another, and none costs as much as all of them.
pub fn check(dialects: &[Language], data: &[u8]) {
    let by_length = dialects.get(data.len() % dialects.len().max(1)).copied();
    let recognised = Source::from_bytes("bytes", data).ok().and_then(|source| Language::recognise(&source));
    let recognised = recognised.filter(|language| dialects.contains(language) && Some(*language) != by_length);
    for language in by_length.into_iter().chain(recognised) {
        one(language, data);
    }
}

fn one(language: Language, data: &[u8]) {
    static LAW: LazyLock<bool> = LazyLock::new(|| std::env::var_os("PELAGO_LAW").is_some());
    match *LAW {
        true => document::check(language, data),
        false => drop(document::survives(language, data)),
    }
}

/// Plans, run files and embedded scripts, which have an experiment each and a law of its own.
pub fn check_plan(data: &[u8]) {
    entry::check(data);
}

/// A workflow, also put together with files that are parts of the same bytes: the parts between form feeds, named by number.
pub fn check_dag(data: &[u8]) {
    one(Language::Dag, data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let files: Vec<&str> = text.split('\u{c}').collect();
    let mut open = |path: &str| {
        let found = path.parse().ok().and_then(|number: usize| files.get(number));
        found.map(|text| text.to_string()).ok_or(std::io::ErrorKind::NotFound.into())
    };
    let first = Source::new("0", files.first().copied().unwrap_or_default());
    let _ = assemble(&first, &mut open).render(false);
}
