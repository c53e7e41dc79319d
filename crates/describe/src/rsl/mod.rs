//! Globus RSL, NorduGrid xRSL, InfoGram requests: jobs and information.

use crate::language::{Entry, Language};
use crate::{Diagnostics, Said, Source};

/// The language in the table.
pub const RSL: Entry = Entry {
    language: Language::Rsl,
    name: "rsl",
    title: "Globus RSL",
    extensions: &["rsl"],
    recognise: |_| false,
    read,
    print: None,
};

/// The language in the table.
pub const XRSL: Entry = Entry {
    language: Language::Xrsl,
    name: "xrsl",
    title: "NorduGrid xRSL",
    extensions: &["xrsl"],
    recognise: |_| false,
    read,
    print: None,
};

/// The language in the table.
pub const INFOGRAM: Entry = Entry {
    language: Language::Infogram,
    name: "infogram",
    title: "InfoGram requests: jobs and information",
    extensions: &["infogram"],
    recognise: |_| false,
    read,
    print: None,
};

fn read(_: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    diagnostics.error(0..0, "this language cannot be read yet");
    None
}
