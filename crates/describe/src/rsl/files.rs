//! Places of files in Globus RSL: the job's directories, and the files that globusrun serves at the user's side.

use super::evaluate::{Part, Word};
use super::print::Printer;
use super::read::Reader;
use pelago_job::description::{Staging, Text};

/// Variables for directories, and the file systems that they are in the model (JSDL's well-known names).
pub(super) const DIRECTORIES: [(&str, &str); 2] = [("HOME", "HOME"), ("SCRATCH_DIRECTORY", SCRATCH)];
/// The file system of a scratch directory.
pub(super) const SCRATCH: &str = "SCRATCH";
/// Where globusrun serves the files of the user's machine.
const SERVED: &str = "GLOBUSRUN_GASS_URL";

/// Whether a place is a URL (a path otherwise).
pub(super) fn is_url(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or("");
    scheme.len() + 1 < text.len()
        && scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// A place outside the job: what globusrun serves is a path at the user's side.
pub(super) fn place(reader: &mut Reader<'_>, word: &Word) -> Text {
    if let Some(rest) = word.after(SERVED)
        && let Some(Part::Text(first)) = rest.parts.first()
        && first.starts_with('/')
    {
        let text = reader.text(&rest);
        let shown = rest.shown();
        return match shown.strip_prefix("/./").filter(|inside| !inside.is_empty() && !inside.starts_with('/')) {
            Some(relative) => Text::literal(relative),
            None => text,
        };
    }
    reader.text(word)
}

/// A place outside the job as it is printed.
pub(super) fn printed_place(printer: &Printer<'_>, text: &Text) -> Option<Word> {
    let word = printer.word(text)?;
    let served = |start: &str| {
        let mut all = Word::default();
        all.push(Part::Late(SERVED.into()));
        all.push(Part::Text(start.into()));
        word.parts.iter().cloned().for_each(|part| all.push(part));
        all
    };
    match word.parts.first() {
        Some(Part::Text(first)) if is_url(first) => Some(word),
        // What is read back from `/./x` is `x`.
        Some(Part::Text(first)) if first.starts_with("/./") => None,
        Some(Part::Text(first)) if first.starts_with('/') => Some(served("")),
        Some(Part::Text(_)) => Some(served("/./")),
        Some(Part::Late(_)) => Some(word),
        None => None,
    }
}

/// A file of the job and its file system.
pub(super) fn file(reader: &mut Reader<'_>, word: &Word) -> Staging {
    let path = reader.path(word);
    Staging { file: path.text, filesystem: path.filesystem, ..Staging::default() }
}

/// Whether two entries are about the same file.
pub(super) fn same(a: &Staging, b: &Staging) -> bool {
    a.file == b.file && a.filesystem == b.filesystem
}
