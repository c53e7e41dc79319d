//! UNICORE job (JSON), UNICORE workflow (JSON): the relaxed dialect that servers and clients of UNICORE read, with words
//! without quotes, comments and trailing commas.

/// A member that is a text of the model.
macro_rules! text {
    ($name:literal, [$($other:literal),*], $part:literal, $($field:ident).+) => {
        Field::named($name, &[$($other),*], $part, |cx, m, d| d.$($field).+ = cx.text(m), |out, d| out.text(&mut d.$($field).+))
    };
}

/// A member of `Resources` that is a number of things.
macro_rules! count {
    ($name:literal, [$($other:literal),*], $part:literal, $field:ident) => {
        Field::named(
            $name,
            &[$($other),*],
            $part,
            |cx, m, d| d.job.resources.$field = quantity(cx, m, &[]).map(Range::exactly),
            |out, d| out.range($part, &mut d.job.resources.$field, Range::exactly, 1.0, true),
        )
    };
}

mod command;
mod draft;
mod files;
mod job;
mod notice;
mod print;
mod resources;
mod space;
mod sweep;
mod units;
mod words;
mod workflow;

use crate::language::{Entry, Language};
use crate::said::Origins;
use crate::{Diagnostics, Said, Source, json};
use draft::Draft;
use pelago_job::Description;

/// The language of jobs in extensions.
const NAME: &str = "unicore";
/// The language of workflows in extensions.
const WORKFLOW: &str = "unicore-workflow";

/// The language in the table.
pub const UNICORE: Entry = Entry {
    language: Language::Unicore,
    name: NAME,
    title: "UNICORE job (JSON)",
    extensions: &["u"],
    recognise: |head| json::keys(head).is_some_and(|keys| keys.any(&JOB_KEYS) && !keys.any(&WORKFLOW_KEYS)),
    read,
    print: Some(print::print),
};

/// The language in the table.
pub const UNICORE_WORKFLOW: Entry = Entry {
    language: Language::UnicoreWorkflow,
    name: WORKFLOW,
    title: "UNICORE workflow (JSON)",
    extensions: &["swf"],
    recognise: |head| json::keys(head).is_some_and(|keys| keys.any(&WORKFLOW_KEYS)),
    read: workflow::read,
    print: Some(workflow::print),
};

/// Members that only jobs have.
const JOB_KEYS: [&str; 24] = [
    "ApplicationName",
    "ApplicationVersion",
    "Executable",
    "Arguments",
    "Environment",
    "Parameters",
    "Imports",
    "Exports",
    "Stage in",
    "Stage out",
    "Resources",
    "Job type",
    "User precommand",
    "User postcommand",
    "Execution environment",
    "haveClientStageIn",
    "NotificationSettings",
    "Notification",
    "User email",
    "Not before",
    "BSS file",
    "Stdin",
    "Stdout",
    "Tags",
];

/// Members that only workflows have.
const WORKFLOW_KEYS: [&str; 3] = ["activities", "subworkflows", "Template parameters"];

fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let value = json::read(&source.text, json::Dialect::Relaxed, diagnostics)?;
    if WORKFLOW_KEYS.iter().any(|key| value.get(key).is_some()) {
        // Clients take workflows by the same name.
        return workflow::read_value(&value, diagnostics);
    }
    let mut origins = Origins::default();
    let mut cx = json::In::new(diagnostics, &mut origins, NAME);
    cx.lenient = true;
    let Some(members) = value.members() else {
        let message = format!("a UNICORE job is an object, found {}", value.what());
        cx.diagnostics.error(value.span.clone(), message).help("put `{` before and `}` after the members");
        return None;
    };
    if members.is_empty() {
        cx.diagnostics.note(value.span.clone(), "this job is empty; UNICORE accepts it and runs nothing");
    }
    let mut draft = Draft::default();
    let ((), kept) = cx.job(0, |cx| {
        cx.note("", value.span.clone());
        job::read(cx, members, &mut draft);
    });
    draft.job.extensions = kept;
    let description = Description { jobs: vec![draft.job], parameters: draft.parameters, ..Description::default() };
    Some(Said { description, origins, experiment: None })
}
