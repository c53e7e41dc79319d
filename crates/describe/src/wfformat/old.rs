//! Documents before version 1.5: one list of tasks with their files, commands and measurements.

use super::document::{Tasks, needs};
use super::execution;
use super::task::{add_id, file_id, is_id, staging};
use crate::json::{In, Kind, Member, Value};
use pelago_job::description::{Command, Path};
use pelago_job::{Job, Text};

/// The members of a task that are read here; what was measured is read as in version 1.5.
const TASK: [&str; 8] = ["name", "id", "category", "type", "parents", "children", "files", "arguments"];

/// Reads a workflow whose tasks are in `list`.
pub fn read(cx: &mut In<'_>, members: &[Member], list: &Member, tasks: &mut Tasks) {
    let mut machines = None;
    for other in members.iter().filter(|m| m.name != list.name && m.value.kind != Kind::Null) {
        let name = match other.name.as_str() {
            "makespan" => "makespanInSeconds",
            name => name,
        };
        let renamed = Member { name: name.to_string(), ..other.clone() };
        match name {
            "makespanInSeconds" => {
                cx.number(&other.name, &other.value);
            }
            "executedAt" => drop(cx.filled("executedAt", &other.value)),
            "machines" => {
                execution::check_machines(cx, &other.value);
                machines = Some(execution::names(&other.value));
            }
            _ => {
                let known = ["makespanInSeconds", "executedAt", "machines", "tasks"];
                cx.within("execution", |cx| cx.unknown(other, known.into_iter(), true));
                continue;
            }
        }
        if !execution::is_default(name, &renamed.value) {
            cx.within("execution", |cx| cx.keep(&renamed, true));
        }
    }
    let items = cx.items(&list.name, &list.value).unwrap_or(&[]);
    if items.is_empty() {
        cx.diagnostics.error(list.value.span.clone(), format!("`{}` needs one task or more", list.name));
    }
    let mut aliases: Vec<(String, usize)> = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let name = format!("{}[{number}]", list.name);
        let Some(members) = cx.object(&name, item) else { continue };
        needs(cx, &name, item, members, &["name"]);
        let find = |name: &str| members.iter().find(|m| m.name == name).filter(|m| m.value.kind != Kind::Null);
        let title = find("name").and_then(|m| cx.filled("name", &m.value));
        let short = find("id").and_then(|m| cx.filled("id", &m.value));
        // As the format's own migration makes ids of names.
        let id = match (&title, &short) {
            (Some(title), Some(short)) if !title.contains(short.as_str()) => Some(format!("{title}_{short}")),
            (title, short) => title.clone().or(short.clone()),
        };
        let position = tasks.description.jobs.len();
        if cx.diagnostics.crowded(position, &item.span) {
            break;
        }
        add_id(cx, id.as_deref(), position, &item.span, tasks);
        aliases.extend([title, short].into_iter().flatten().map(|alias| (alias, position)));
        let mut job = Job { name: id.map(Text::literal), ..Job::default() };
        let ((), kept) = cx.job(position, |cx| read_task(cx, members, item, &mut job, machines.as_ref()));
        job.extensions = kept;
        for (name, parents) in [("parents", true), ("children", false)] {
            for other in find(name).and_then(|list| cx.items(name, &list.value)).unwrap_or(&[]) {
                let Some(id) = cx.string(name, other) else { continue };
                let list = if parents { &mut tasks.parents } else { &mut tasks.children };
                list.push((position, id, other.span.clone()));
            }
        }
        tasks.description.jobs.push(job);
    }
    for (alias, position) in aliases {
        tasks.ids.entry(alias).or_insert(position);
    }
}

fn read_task(
    cx: &mut In<'_>,
    members: &[Member],
    item: &Value,
    job: &mut Job,
    machines: Option<&std::collections::BTreeSet<String>>,
) {
    cx.note("", item.span.clone());
    let mut arguments = None;
    for member in members.iter().filter(|m| m.value.kind != Kind::Null) {
        match member.name.as_str() {
            "category" => job.application.name = cx.text(member).filter(|name| job.name.as_ref() != Some(name)),
            "type" => {
                let known = ["compute", "transfer", "auxiliary"];
                let found = cx.string("type", &member.value);
                if found.as_ref().is_some_and(|found| !known.contains(&found.as_str())) {
                    let near = found.as_deref().and_then(|found| crate::spelling::nearest(found, known));
                    cx.diagnostics
                        .error(member.value.span.clone(), "`type` must be `compute`, `transfer` or `auxiliary`")
                        .did_you_mean(near);
                }
                cx.keep(member, true);
            }
            "files" => read_files(cx, member, job),
            "arguments" => arguments = Some(cx.strings("arguments", &member.value)),
            _ => {}
        }
    }
    let renamed = |member: &Member| match member.name.as_str() {
        "runtime" => Member { name: "runtimeInSeconds".into(), ..member.clone() },
        _ => member.clone(),
    };
    let own: Vec<Member> = members.iter().filter(|m| !TASK.contains(&m.name.as_str())).map(renamed).collect();
    execution::read_task(cx, &own, job, machines);
    if let (Some(arguments), true) = (arguments, job.application.commands.is_empty()) {
        let path = |text: String| Path { text: Some(Text::literal(text)), filesystem: None };
        let arguments = arguments.into_iter().map(path).collect();
        job.application.commands.push(Command { arguments, ..Command::default() });
    }
}

fn read_files(cx: &mut In<'_>, list: &Member, job: &mut Job) {
    let mut going = Vec::new();
    for (number, item) in cx.items("files", &list.value).unwrap_or(&[]).iter().enumerate() {
        let name = format!("files[{number}]");
        let Some(members) = cx.object(&name, item) else { continue };
        needs(cx, &name, item, members, &["name", "link"]);
        let find = |name: &str| members.iter().find(|m| m.name == name).filter(|m| m.value.kind != Kind::Null);
        let Some(id) = find("name").and_then(|m| cx.filled("name", &m.value)) else { continue };
        let directory = find("path").and_then(|path| cx.string("path", &path.value)).unwrap_or_default();
        let id = format!("{directory}{id}");
        if !is_id(&id, true) {
            file_id(cx, "name", &Value { kind: Kind::Text(id.clone()), span: item.span.clone() });
        }
        let size = find("sizeInBytes").or(find("size"));
        let size = size.and_then(|size| cx.whole(&size.name, &size.value, 0.0));
        let link = find("link").and_then(|link| cx.string("link", &link.value)).unwrap_or_default();
        match link.to_ascii_lowercase().as_str() {
            "input" => job.staging.push(staging(&id, size, true)),
            "output" => going.push(staging(&id, size, false)),
            _ => {
                let span = find("link").map_or(item.span.clone(), |link| link.value.span.clone());
                let near = crate::spelling::nearest(&link, ["input", "output"]);
                cx.diagnostics.error(span, "`link` must be `input` or `output`").did_you_mean(near);
            }
        }
    }
    job.staging.append(&mut going);
}
