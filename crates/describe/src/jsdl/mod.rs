//! JSDL 1.0 with its POSIX, HPC profile, SPMD and sweep extensions.

use crate::language::{Entry, Language};
use crate::{Diagnostics, Said, Source};

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Jsdl,
    name: "jsdl",
    title: "JSDL 1.0 with its POSIX, HPC profile, SPMD and sweep extensions",
    extensions: &["jsdl"],
    recognise: |_| false,
    read,
    print: None,
};

fn read(_: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    diagnostics.error(0..0, "this language cannot be read yet");
    None
}
