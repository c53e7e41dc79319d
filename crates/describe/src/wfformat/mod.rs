//! WfCommons WfFormat (JSON).

use crate::language::{Entry, Language};
use crate::{Diagnostics, Said, Source};

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Wfformat,
    name: "wfformat",
    title: "WfCommons WfFormat (JSON)",
    extensions: &[],
    recognise: |_| false,
    read,
    print: None,
};

fn read(_: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    diagnostics.error(0..0, "this language cannot be read yet");
    None
}
