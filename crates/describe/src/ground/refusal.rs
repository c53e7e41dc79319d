//! What a machine refuses, by name: which part of the document asked for what, what there is, and what would help.

use crate::diagnostic::{Diagnostic, Severity};
use crate::{Language, Origins};
use pelago_job::Extension;
use serde_json::Value;

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

/// What is said of something that only its own language knows, and what would help.
pub(super) fn unknown(extension: &Extension, language: Option<Language>) -> (String, String) {
    let name = extension.name.as_str();
    if extension.language == "submit" && name == "queue" {
        let of = extension.text.trim();
        let what = match of.ends_with('|') {
            true => {
                format!("the items of `queue {of}` are what a command prints, and no command runs before the job does")
            }
            false => format!("the items of `queue {of}` are elsewhere, and nobody has looked there"),
        };
        return (what, "write the items to a file, and `queue … from FILE`".to_string());
    }
    let language = language.map(|language| format!(" of {language}")).unwrap_or_default();
    let what = format!("`{name}`{language} asks for something that this machine does not know how to do");
    (what, "take it out, or run the job at a site of its own system".to_string())
}

/// What is said of a part that nothing here can do, and what would help.
pub(super) fn leftover(part: &str, value: &Value) -> (String, String) {
    let help = "take it out, or run the job where it can be had";
    let shown: String = shown(value).chars().take(80).collect();
    let known: [(&str, &str, &str); 7] = [
        (
            "/node/within",
            "this lies in the group {} of the document, which is refused",
            "see what is said of the group",
        ),
        (
            "/node/kind",
            "a node of the kind {} has no place among jobs of one machine",
            "take it out, or make a JOB of it",
        ),
        (
            "/policy/after_jobs",
            "the job waits for others, {}, that are jobs of the batch system it was written for",
            "take it out, and start the document when they have ended",
        ),
        (
            "/resources/features",
            "hosts with {} are asked for, and nobody has said which features this machine has",
            "take it out if it has them",
        ),
        (
            "/policy/schedule",
            "the job is to run at fixed times ({}), and `pelago run` runs it now",
            "take it out; use cron",
        ),
        (
            "/policy/deadline",
            "the job is pointless after {}, and nothing watches for that here",
            "take it out, or limit its run time",
        ),
        ("/resources/network", "access to the network of the kind {} is not arranged for here", help),
    ];
    // A pointer may go on inside a part.
    let of = |known: &str| {
        let rest = part.find(known).and_then(|at| part.get(at + known.len()..));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match known.iter().find(|(known, ..)| of(known)) {
        Some((_, what, help)) => (what.replace("{}", &shown), help.to_string()),
        None => {
            (format!("the job's {} is {shown}, and nothing on this machine can do that", words(part)), help.to_string())
        }
    }
}

/// A value for people: texts in quotes, lists by their items, whole numbers without a point.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Number(number) => match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => format!("{whole:.0}"),
            _ => number.to_string(),
        },
        Value::Bool(_) | Value::Null | Value::Object(_) => value.to_string(),
    }
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
