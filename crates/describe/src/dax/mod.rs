//! Pegasus abstract workflow (XML).

use crate::language::{Entry, Language};
use crate::{Diagnostics, Said, Source};

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Dax,
    name: "dax",
    title: "Pegasus abstract workflow (XML)",
    extensions: &["dax"],
    recognise: |_| false,
    read,
    print: None,
};

fn read(_: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    diagnostics.error(0..0, "this language cannot be read yet");
    None
}
