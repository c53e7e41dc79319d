//! The members of a TES task.

use super::{executor, files, resources};
use crate::json::{Field, In, Kind, Member, Out, Value, written_out};
use pelago_job::description::{Launcher, Mount, Starter};
use pelago_job::{Job, Text};
use std::ops::Range;

/// A task's members, in the order in which they are printed.
pub const TASK: [Field<Job>; 8] = [
    Field::new("name", "name", |cx, m, job| job.name = cx.text(m), |out, job| out.text(&mut job.name)),
    Field::new(
        "description",
        "description",
        |cx, m, job| job.description = cx.text(m),
        |out, job| out.text(&mut job.description),
    ),
    Field::new("resources", "resources", resources::read, resources::print),
    // Before the files: whether one of them has a relative name matters to the commands' directory.
    Field::new("executors", "application/commands", executor::read, executor::print),
    Field::new("inputs", "", files::read_inputs, files::print_inputs),
    Field::new("outputs", "", files::read_outputs, files::print_outputs),
    Field::new("volumes", "application/launcher", read_volumes, print_volumes),
    Field::new("tags", "annotations", read_tags, print_tags),
];

/// What only a server says; it asks for nothing.
const SERVER: [&str; 5] = ["id", "state", "logs", "creation_time", "creationTime"];

/// Reads the task in an object.
pub fn read(cx: &mut In<'_>, members: &[Member], span: &Range<usize>, job: &mut Job) {
    let (server, own): (Vec<&Member>, Vec<&Member>) =
        members.iter().partition(|member| SERVER.contains(&member.name.as_str()));
    for member in server.into_iter().filter(|member| member.value.kind != Kind::Null) {
        cx.keep(member, true);
    }
    let own: Vec<Member> = own.into_iter().cloned().collect();
    cx.members(&own, &TASK, false, job);
    if !members.iter().any(|member| member.name == "executors") {
        let old = members.iter().find(|member| member.name == "docker");
        let place = span.start..span.start + 1;
        let error = cx.diagnostics.error(place, "a TES task needs `executors`, and there are none");
        error.help("add `\"executors\": [{\"image\": \"alpine\", \"command\": [\"echo\", \"hello\"]}]`");
        if let Some(old) = old {
            error.related(old.name_span.clone(), "before version 0.3 they were called this");
        }
    }
}

fn read_volumes(cx: &mut In<'_>, member: &Member, job: &mut Job) {
    let mut mounts = Vec::new();
    for (position, item) in cx.items("volumes", &member.value).unwrap_or(&[]).iter().enumerate() {
        let name = format!("volumes[{position}]");
        let wrapped = Member { value: item.clone(), ..member.clone() };
        if let Some(path) = super::absolute(cx, &name, &wrapped) {
            mounts.push(Mount { path: Some(Text::literal(path)), source: None });
        }
    }
    if !mounts.is_empty() {
        job.application.launcher = Launcher { mounts, ..Launcher::by(Starter::Container) };
    }
}

fn print_volumes(out: &mut Out<'_>, job: &mut Job) -> Option<Value> {
    let launcher = &mut job.application.launcher;
    launcher.kind.take_if(|kind| *kind == Starter::Container)?;
    let mut volumes = Vec::new();
    for (position, mount) in launcher.mounts.iter_mut().enumerate() {
        let absolute = mount.path.as_ref().is_some_and(|path| path.to_string().starts_with('/'));
        if mount.source.is_none() && absolute {
            volumes.extend(out.text(&mut mount.path));
        } else {
            let why = "a TES volume is an empty directory with an absolute path";
            out.because(&format!("application/launcher/mounts/{position}"), why);
        }
    }
    if volumes.is_empty() {
        let why = "TES runs every command in a container, and names the image with each";
        out.changed("application/launcher/kind", serde_json::Value::Null, why);
        return None;
    }
    Some(Kind::List(volumes).into())
}

/// A tag is an annotation `key=value`, or the key alone where the value is empty.
fn read_tags(cx: &mut In<'_>, member: &Member, job: &mut Job) {
    for tag in cx.object("tags", &member.value).unwrap_or(&[]) {
        let value = cx.string(&format!("tags.{}", tag.name), &tag.value).unwrap_or_default();
        let text = if value.is_empty() { tag.name.clone() } else { format!("{}={value}", tag.name) };
        job.annotations.push(Text::literal(text));
    }
}

fn print_tags(out: &mut Out<'_>, job: &mut Job) -> Option<Value> {
    let annotations: Vec<String> = std::mem::take(&mut job.annotations).iter().map(written_out).collect();
    let mut tags: Vec<Member> = Vec::new();
    let mut keys = std::collections::BTreeSet::new();
    let mut said = Vec::new();
    for text in &annotations {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) if !value.is_empty() => (key, value),
            _ => (text.as_str(), ""),
        };
        if keys.insert(key.to_string()) {
            tags.push(Member::new(key, Value::text(value)));
            said.push(Text::literal(&**text));
        }
    }
    if said.len() < annotations.len() {
        out.changed("annotations", &said, "a TES task has one tag of a name");
    }
    (!tags.is_empty()).then(|| Kind::Object(tags).into())
}
