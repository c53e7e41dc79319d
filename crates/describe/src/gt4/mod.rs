//! Globus Toolkit 4 job description (XML).

use crate::language::{Entry, Language};
use crate::{Diagnostics, Said, Source};

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Gt4,
    name: "gt4",
    title: "Globus Toolkit 4 job description (XML)",
    extensions: &[],
    recognise: |_| false,
    read,
    print: None,
};

fn read(_: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    diagnostics.error(0..0, "this language cannot be read yet");
    None
}
