//! Every job language to Pelago's typed model: text in, a description and diagnostics out.
//!
//! Nothing here runs anything or touches a file; what a value list in a file says comes through a closure.
//! Each language is a file or folder of its own; [`language`] lists them and recognises them.

mod adl;
pub mod bare;
mod beside;
mod cycle;
pub mod dagman;
mod dax;
pub mod diagnostic;
pub mod embedded;
pub mod ground;
mod gt4;
mod jdl;
mod jsdl;
mod json;
pub mod language;
pub mod loss;
mod number;
pub mod planfile;
pub mod print;
pub mod report;
mod rsl;
pub mod said;
mod script;
mod shell;
pub mod source;
mod spec;
mod spelling;
mod submit;
mod tes;
mod unicore;
mod wfformat;
pub mod words;
mod xml;

pub use bare::{BareError, override_domain};
pub use beside::Beside;
pub use diagnostic::{Diagnostic, Diagnostics, Located, Severity};
pub use language::{Language, UnknownLanguage};
pub use loss::{Loss, Printed, Rest};
pub use said::{Origins, Said};
pub use source::{NotText, Source};
pub use words::{found_words, programs};

/// The largest text that is read at all, in bytes. What is made of one takes up to thirty times as much memory.
pub const MAX_TEXT: usize = 32_000_000;

/// The most jobs of a document, for each takes kilobytes. A sweep is one.
pub const MAX_JOBS: usize = 200_000;

/// What reading a text gave.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What was said; absent when there is an error among the diagnostics.
    pub said: Option<Said>,
    /// All that was found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The language it was read as; absent when it was not recognised.
    pub language: Option<Language>,
}

impl Reading {
    /// Whether something is wrong enough that nothing is said.
    pub fn failed(&self) -> bool {
        self.said.is_none()
    }

    /// All diagnostics as text, with the lines they are about; `colour` adds terminal colours.
    pub fn render(&self, source: &Source, colour: bool) -> String {
        diagnostic::render(&self.diagnostics, source, colour)
    }

    /// All diagnostics with file, line and column, for JSON.
    pub fn located(&self, source: &Source) -> Vec<Located> {
        diagnostic::located(&self.diagnostics, source)
    }
}

/// Reads a text. Without `language` it is recognised by its content, then by its name.
///
/// Problems are reported together, never as a panic; the time is linear in the text.
pub fn read(source: &Source, language: Option<Language>) -> Reading {
    read_with(source, language, None)
}

/// Reads a text and the files that it takes something from: what a submit file includes, and the items of its `queue`. The
/// files that a DAG is put together of are for [`dagman::assemble`].
pub fn read_beside(source: &Source, language: Option<Language>, beside: &mut dyn Beside) -> Reading {
    read_with(source, language, Some(beside))
}

fn read_with(source: &Source, language: Option<Language>, beside: Option<&mut dyn Beside>) -> Reading {
    let mut diagnostics = Diagnostics::default();
    if source.text.len() > MAX_TEXT {
        let size = source.text.len();
        diagnostics
            .error(0..0, format!("the text is too large: {size} bytes, the limit is {MAX_TEXT}"))
            .help("keep the values in files: `select anyof` lists can become a `files` parameter or `-p NAME=@FILE`");
        return Reading { said: None, diagnostics: diagnostics.finish(&source.text), language };
    }
    let Some(language) = language.or_else(|| Language::recognise(source)) else {
        diagnostics
            .error(0..0, format!("`{}` is in no language that is known here", source.name))
            .note(format!("known: {}", Language::names()))
            .help("say which one with `--language`; a plan begins with `parameter` lines and has a `task main`");
        return Reading { said: None, diagnostics: diagnostics.finish(&source.text), language: None };
    };
    let said = match language {
        Language::Submit => submit::read_with(source, beside, &mut diagnostics),
        _ => language.read(source, &mut diagnostics),
    };
    let said = said.filter(|_| !diagnostics.failed());
    Reading { said, diagnostics: diagnostics.finish(&source.text), language: Some(language) }
}
