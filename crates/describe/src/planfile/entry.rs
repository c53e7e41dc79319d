//! Plan files, run files and scripts with embedded directives in the table of languages.

use crate::language::{Entry, Language};
use crate::{Said, embedded};
use pelago_job::Experiment;

/// Plan files.
pub(crate) const PLAN: Entry = Entry {
    language: Language::Plan,
    name: "plan",
    title: "Nimrod plan file, with seqameters and files",
    extensions: &["plan", "pln", "nim"],
    recognise: has_plan_words,
    read: |source, diagnostics| super::read(source, diagnostics).map(said),
    print: Some(super::print::print),
};

/// Run files.
pub(crate) const RUN_FILE: Entry = Entry {
    language: Language::RunFile,
    name: "run-file",
    title: "Nimrod run file",
    extensions: &["run"],
    recognise: has_variables,
    read: |source, diagnostics| super::read(source, diagnostics).map(said),
    print: None,
};

/// Scripts with `#NIM` lines.
pub(crate) const EMBEDDED: Entry = Entry {
    language: Language::Embedded,
    name: "embedded",
    title: "shell script with #NIM lines",
    extensions: &["nsh"],
    recognise: has_directives,
    read: |source, diagnostics| embedded::read(source, diagnostics).map(said),
    print: None,
};

/// An experiment, and what it is in the common model.
fn said(experiment: Experiment) -> Said {
    let description = super::model::description(&experiment);
    Said { experiment: Some(experiment), ..Said::new(description) }
}

fn first_words(head: &str) -> impl Iterator<Item = (&str, &str)> {
    head.lines().map(|line| line.trim_start()).map(|line| line.split_once([' ', '\t']).unwrap_or((line.trim_end(), "")))
}

/// Whether a script has `#NIM` lines that `nimexec` reads. Students of Indonesia have a number called NIM, which stands in
/// the heads of their scripts.
pub(crate) fn has_directives(head: &str) -> bool {
    head.lines().any(|line| embedded::directive(line).is_some_and(|(_, word)| embedded::DIRECTIVES.contains(&word)))
}

fn has_variables(head: &str) -> bool {
    first_words(head).any(|(word, rest)| word == "variable" && rest.contains("index"))
}

fn has_plan_words(head: &str) -> bool {
    first_words(head).any(|(word, rest)| matches!(word, "parameter" | "seqameter" | "task") && !rest.is_empty())
}
