//! GA4GH TES task (JSON), version 1.1 of the task execution service's schema.
//!
//! A task is a list of commands in containers, which run one after another and share the task's files. Names in the
//! manner of protocol buffers (`cpuCores`) are read as well, as Funnel does.

mod executor;
mod files;
mod print;
mod resources;
mod task;

use crate::language::{Entry, Language};
use crate::said::Origins;
use crate::{Diagnostics, Said, Source, json};
use pelago_job::{Description, Job};

/// The language's name in extensions.
const NAME: &str = "tes";

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Tes,
    name: NAME,
    title: "GA4GH TES task (JSON)",
    extensions: &["tes"],
    recognise,
    read,
    print: Some(print::print),
};

fn recognise(head: &str) -> bool {
    json::keys(head).is_some_and(|keys| {
        keys.any(&["executors"]) || keys.any(&["outputs", "volumes"]) && !keys.any(&["activities", "subworkflows"])
    })
}

fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let value = json::read(&source.text, json::Dialect::Strict, diagnostics)?;
    let mut origins = Origins::default();
    let mut cx = json::In::new(diagnostics, &mut origins, NAME);
    let Some(members) = value.members() else {
        let message = format!("a TES task is an object, found {}", value.what());
        cx.diagnostics.error(value.span.clone(), message);
        return None;
    };
    let mut job = Job::default();
    let ((), kept) = cx.job(0, |cx| {
        cx.note("", value.span.clone());
        task::read(cx, members, &value.span, &mut job);
    });
    job.extensions = kept;
    let description = Description { jobs: vec![job], ..Description::default() };
    Some(Said { description, origins, experiment: None })
}

/// Says so where a path inside the container is not absolute.
fn absolute(cx: &mut json::In<'_>, name: &str, member: &json::Member) -> Option<String> {
    let path = cx.filled(name, &member.value)?;
    if !path.starts_with('/') {
        let help = format!("write `/{}`", path.trim_start_matches("./"));
        cx.diagnostics
            .error(member.value.span.clone(), format!("`{name}` must be an absolute path"))
            .label("this is relative")
            .note("TES 1.1: paths are inside the container, where no directory is the current one for all commands")
            .help(help);
    }
    Some(path)
}
