//! UNICORE job (JSON), UNICORE workflow (JSON).

use crate::language::{Entry, Language};
use crate::{Diagnostics, Said, Source};

/// The language in the table.
pub const UNICORE: Entry = Entry {
    language: Language::Unicore,
    name: "unicore",
    title: "UNICORE job (JSON)",
    extensions: &["u"],
    recognise: |_| false,
    read,
    print: None,
};

/// The language in the table.
pub const UNICORE_WORKFLOW: Entry = Entry {
    language: Language::UnicoreWorkflow,
    name: "unicore-workflow",
    title: "UNICORE workflow (JSON)",
    extensions: &["swf"],
    recognise: |_| false,
    read,
    print: None,
};

fn read(_: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    diagnostics.error(0..0, "this language cannot be read yet");
    None
}
