//! What a machine refuses, by name: which part of the document asked for what, what there is, and what would help.

use crate::diagnostic::{Diagnostic, Severity};
use crate::{Language, Origins};

/// A part of a document that cannot be honoured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The part, as a JSON pointer into the description.
    pub part: String,
    /// What was asked, and what there is instead.
    pub what: String,
    /// What would help.
    pub help: Option<String>,
}

/// Something to know about how a part was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The part, as a JSON pointer into the description.
    pub part: String,
    /// What.
    pub what: String,
}

impl Refusal {
    /// With the line of the document that asked for it.
    pub fn diagnostic(&self, origins: &Origins, language: Option<Language>) -> Diagnostic {
        let mut diagnostic = placed(Severity::Error, &self.part, &self.what, origins);
        if diagnostic.span == (0..0) {
            let of = language.map(|language| format!(" of the {language} document")).unwrap_or_default();
            diagnostic.notes.push(format!("asked for by `{}`{of}", self.part));
        }
        diagnostic.help.extend(self.help.clone());
        diagnostic
    }
}

impl Note {
    /// With the line of the document that it is about.
    pub fn diagnostic(&self, origins: &Origins) -> Diagnostic {
        placed(Severity::Note, &self.part, &self.what, origins)
    }
}

fn placed(severity: Severity, part: &str, what: &str, origins: &Origins) -> Diagnostic {
    Diagnostic::new(severity, origins.of(part).unwrap_or(0..0), what)
}

/// A pointer in words: `/resources/total_cpu_count` is "total CPU count".
pub(super) fn words(part: &str) -> String {
    let last: Vec<&str> = part.split('/').filter(|word| !word.is_empty() && word.parse::<usize>().is_err()).collect();
    let tail = last.get(last.len().saturating_sub(2)..).unwrap_or(&[]);
    let tail = if tail.first().is_some_and(|w| ["jobs", "application", "resources", "policy"].contains(w)) {
        tail.get(1..).unwrap_or(&[])
    } else {
        tail
    };
    tail.join(" ").replace('_', " ").replace("cpu", "CPU")
}
