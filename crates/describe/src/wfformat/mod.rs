//! WfCommons WfFormat (JSON), version 1.5, and the versions from 1.0 on that had everything in one list of tasks.
//!
//! A document is the structure of a workflow (`specification`) and what was measured when it ran (`execution`). The
//! commands stand in the second part. What was measured asks for nothing and is kept as remarks.

mod document;
mod execution;
mod old;
mod print;
mod task;
mod written;

use crate::language::{Entry, Language};
use crate::said::Origins;
use crate::{Diagnostics, Said, Source, json};

/// The language's name in extensions.
const NAME: &str = "wfformat";

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Wfformat,
    name: NAME,
    title: "WfCommons WfFormat (JSON)",
    extensions: &["wfformat"],
    recognise: |head| json::keys(head).is_some_and(|keys| keys.any(&["workflow", "schemaVersion"])),
    read,
    print: Some(print::print),
};

fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let value = json::read(&source.text, json::Dialect::Strict, diagnostics)?;
    let mut origins = Origins::default();
    let mut cx = json::In::new(diagnostics, &mut origins, NAME);
    let description = document::read(&mut cx, &value)?;
    Some(Said { description, origins, experiment: None })
}
