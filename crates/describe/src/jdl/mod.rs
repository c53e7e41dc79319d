//! gLite JDL: jobs, collections, parametric jobs and DAGs, with DIRAC's variations.
//!
//! A document is cut into attributes with their places ([`syntax`]); each attribute is a row of one table ([`table`]),
//! which reader ([`read`]) and printer ([`print`]) walk. Expressions are ClassAd and stay as they are written.

mod application;
mod glue;
mod nodes;
mod offers;
mod places;
mod print;
mod read;
mod sandbox;
mod space;
mod sweep;
mod syntax;
mod table;

use crate::language::{Entry, Language};
use crate::{Diagnostics, Origins, Said, Source, spelling};
use pelago_job::description::Description;
use std::collections::BTreeMap;

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Jdl,
    name: "jdl",
    title: "gLite JDL, DIRAC's variations included",
    extensions: &["jdl"],
    recognise,
    read,
    print: Some(print::print),
};

/// A document begins with `[` or with an attribute, whose value ends with `;`, and has an attribute that only JDL has or
/// says `Executable` or `Type` with quotation marks.
fn recognise(text: &str) -> bool {
    let mut semicolon = false;
    let mut known = false;
    let mut first = true;
    let mut comment = false;
    for line in text.lines() {
        let line = line.trim();
        comment |= line.starts_with("/*");
        if comment || line.is_empty() || line.starts_with('#') || line.starts_with("//") {
            comment &= !line.contains("*/");
            continue;
        }
        let body = line.trim_start_matches(['[', ' ', '\t']);
        let Some((name, value)) = body.split_once('=') else {
            if first && !body.is_empty() {
                return false;
            }
            continue;
        };
        let name = name.trim();
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
        if !plain || value.starts_with('=') {
            if first {
                return false;
            }
            continue;
        }
        first = false;
        known |= table::find(name).is_some() || sweep::word(name).is_some();
        let end = value.trim_end();
        semicolon |= end.ends_with(';') || end.ends_with("];") || end.ends_with(']') && value.contains(';');
        if known && semicolon {
            return true;
        }
    }
    false
}

/// Kinds of documents.
const KINDS: [&str; 3] = ["Job", "Collection", "DAG"];

fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let (outline, root) = syntax::read(&source.text, diagnostics)?;
    let named = |name: &str| root.entries.iter().rev().find(|e| e.name.eq_ignore_ascii_case(name));
    let words = |name: &str| named(name).map(|e| outline.slice(&e.value.span).replace('"', ""));
    let kind =
        words("Type").unwrap_or_else(|| if named("Nodes").is_some() { "Collection".into() } else { "Job".into() });
    let Some(known) = KINDS.iter().find(|known| known.eq_ignore_ascii_case(kind.trim())) else {
        let span = named("Type").map_or(0..0, |e| e.value.span.clone());
        let error = diagnostics.error(span, format!("`{kind}` is no type of a document"));
        error.did_you_mean(spelling::nearest(&kind, KINDS)).help(format!("the types are {}", KINDS.join(", ")));
        return None;
    };
    let types = words("JobType").unwrap_or_default().to_ascii_lowercase();
    let parametric = types.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "parametric");
    let sweep = match *known {
        "Job" => sweep::declare(&root.entries, &outline, parametric, diagnostics),
        _ => sweep::Sweep::default(),
    };
    let mut reader = read::Reader {
        outline: &outline,
        diagnostics,
        origins: Origins::default(),
        sweep,
        entries: BTreeMap::new(),
        root_sandbox: Vec::new(),
        at: "/jobs/0".to_string(),
        bare: false,
    };
    let mut description = match *known {
        "Job" => single(&mut reader, root),
        kind => nodes::read(&mut reader, &root, kind == "DAG"),
    };
    if let (Some(space), Some(job)) = (reader.sweep.space(), description.jobs.first_mut()) {
        job.space = Some(space);
        description.parameters = std::mem::take(&mut reader.sweep.parameters);
    }
    let origins = std::mem::take(&mut reader.origins);
    Some(Said { origins, ..Said::new(description) })
}

/// Attributes that are about a program, so that a document with one of them must name it.
const PROGRAM: [&str; 7] =
    ["Arguments", "StdInput", "StdOutput", "StdError", "InputSandbox", "OutputSandbox", "Environment"];

/// One job.
fn single(reader: &mut read::Reader<'_>, root: syntax::Record) -> Description {
    let span = root.span.clone();
    reader.origins.note("/jobs/0", span.clone());
    let job = reader.job(root.entries);
    let runs = job.application.commands.iter().any(|c| c.executable.is_some() || c.shell.is_some());
    if !runs && !reader.entries.contains_key("executable") {
        let place = PROGRAM.iter().find_map(|part| reader.entries.get(&part.to_ascii_lowercase()));
        let place = place.map(|entry| entry.name_span.clone());
        let message = "this job has no `Executable`";
        match place {
            Some(place) => reader.diagnostics.error(place, message).label("this is about a program"),
            None => reader.diagnostics.warning(span.start..span.start, message),
        }
        .note("every job of JDL names the program that it runs");
    }
    Description { jobs: vec![job], ..Description::default() }
}
