//! The members of a WfFormat document, and how its tasks hang together.

use super::{execution, old, task};
use crate::json::{Field, In, Kind, Member, Value};
use crate::spelling;
use pelago_job::Description;
use pelago_job::description::Edge;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The members that the model has a place for, in the order in which they are printed.
pub const DOCUMENT: [Field<Description>; 2] = [
    Field::new("name", "name", |cx, m, d| d.name = cx.filled("name", &m.value), |_, d| d.name.take().map(Value::text)),
    Field::new(
        "description",
        "description",
        |cx, m, d| d.description = cx.filled("description", &m.value),
        |_, d| d.description.take().map(Value::text),
    ),
];

/// What is known of a document beside that; it asks for nothing.
const REMARKS: [&str; 4] = ["createdAt", "author", "runtimeSystem", "wms"];

/// The versions that are read.
const VERSIONS: [&str; 6] = ["1.5", "1.4", "1.3", "1.2", "1.1", "1.0"];

/// The tasks of a document while it is read.
#[derive(Default)]
pub struct Tasks {
    /// What is read.
    pub description: Description,
    /// The position of each task, by its id.
    pub ids: BTreeMap<String, usize>,
    /// Parents by name, for each task: child, the parent's name, where it is named.
    pub parents: Vec<(usize, String, Range<usize>)>,
    /// Children by name, for each task: parent, the child's name, where it is named.
    pub children: Vec<(usize, String, Range<usize>)>,
}

/// Reads a document.
pub fn read(cx: &mut In<'_>, value: &Value) -> Option<Description> {
    let Some(members) = value.members() else {
        cx.wrong("the document", value, "an object");
        return None;
    };
    let mut tasks = Tasks::default();
    let own = |member: &Member| !["schemaVersion", "workflow"].contains(&member.name.as_str());
    let (remarks, named): (Vec<Member>, Vec<Member>) =
        members.iter().filter(|m| own(m)).cloned().partition(|m| REMARKS.contains(&m.name.as_str()));
    for remark in remarks.iter().filter(|remark| remark.value.kind != Kind::Null) {
        about(cx, remark);
        cx.keep(remark, true);
    }
    cx.members(&named, &DOCUMENT, true, &mut tasks.description);
    needs(cx, "the document", value, members, &["name", "schemaVersion", "workflow"]);
    let version = members.iter().find(|m| m.name == "schemaVersion");
    if let Some(version) = version {
        read_version(cx, version);
    }
    if let Some(workflow) = members.iter().find(|m| m.name == "workflow") {
        read_workflow(cx, workflow, version, &mut tasks);
    }
    tie(cx, &mut tasks);
    let mut description = tasks.description;
    description.extensions = cx.take_kept();
    Some(description)
}

/// What the schema says of an author or a runtime system: names and addresses.
fn about(cx: &mut In<'_>, member: &Member) {
    let needed: &[&str] = match member.name.as_str() {
        "author" => &["name", "email"],
        "createdAt" => {
            cx.filled("createdAt", &member.value);
            return;
        }
        _ => &["name", "version"],
    };
    if let Some(members) = cx.object(&member.name, &member.value) {
        needs(cx, &member.name, &member.value, members, needed);
        for part in members.iter().filter(|part| needed.contains(&part.name.as_str())) {
            cx.filled(&format!("{}.{}", member.name, part.name), &part.value);
        }
    }
}

fn read_version(cx: &mut In<'_>, member: &Member) {
    let text = member.value.scalar().unwrap_or_default();
    if !VERSIONS.contains(&text.as_str()) {
        cx.diagnostics
            .error(member.value.span.clone(), format!("`{text}` is no version of WfFormat that is known here"))
            .note(format!("known: {}", VERSIONS.join(", ")));
    } else if member.value.as_text().is_none() {
        let message = format!("`schemaVersion` is a string: `\"{text}\"`");
        cx.diagnostics.error(member.value.span.clone(), message);
    }
}

fn read_workflow(cx: &mut In<'_>, member: &Member, version: Option<&Member>, tasks: &mut Tasks) {
    let Some(members) = cx.object("workflow", &member.value) else { return };
    let find = |name: &str| members.iter().find(|m| m.name == name);
    let new = version.is_none_or(|version| version.value.as_text() == Some("1.5"));
    match (find("specification"), find("tasks").or(find("jobs"))) {
        (Some(specification), _) => {
            for other in members.iter().filter(|m| !["specification", "execution"].contains(&m.name.as_str())) {
                cx.unknown(other, ["specification", "execution"].into_iter(), true);
            }
            task::read_specification(cx, specification, tasks);
            if let Some(execution) = find("execution") {
                execution::read(cx, execution, tasks);
            }
        }
        (None, Some(list)) => {
            if new && version.is_some() {
                cx.diagnostics
                    .error(list.name_span.clone(), format!("in version 1.5 `{}` stands in `specification`", list.name))
                    .help("write `\"schemaVersion\": \"1.4\"`, or move the tasks to `workflow.specification.tasks`");
            }
            old::read(cx, members, list, tasks);
        }
        (None, None) => {
            let place = member.value.span.start..member.value.span.start + 1;
            cx.diagnostics.error(place, "`workflow` needs `specification`");
        }
    }
}

/// Says what an object lacks.
pub fn needs(cx: &mut In<'_>, name: &str, value: &Value, members: &[Member], needed: &[&str]) {
    for needed in needed.iter().filter(|needed| !members.iter().any(|m| m.name == **needed)) {
        let place = value.span.start..value.span.start + 1;
        cx.diagnostics.error(place, format!("`{name}` needs `{needed}`"));
    }
}

/// Makes edges of the names of parents and children. Each is told twice; what is told on one side only is warned of.
fn tie(cx: &mut In<'_>, tasks: &mut Tasks) {
    let Tasks { description, ids, parents, children } = tasks;
    let mut known: BTreeSet<(usize, usize)> = BTreeSet::new();
    let missing = |cx: &mut In<'_>, kind: &str, name: &str, span: &Range<usize>| {
        let near = if cx.diagnostics.full() { None } else { spelling::nearest(name, ids.keys().map(String::as_str)) };
        let message = format!("no task has the id `{name}`, which is named as a {kind}");
        cx.diagnostics.error(span.clone(), message).did_you_mean(near);
    };
    let mut ends = Vec::new();
    for (child, name, span) in parents.iter() {
        match ids.get(name) {
            Some(parent) if known.insert((*parent, *child)) => ends.push((*parent, *child, span.clone())),
            Some(_) => {}
            None => missing(cx, "parent", name, span),
        }
    }
    let told: BTreeSet<(usize, usize)> =
        children.iter().filter_map(|(parent, name, _)| Some((*parent, *ids.get(name)?))).collect();
    for (parent, name, span) in children.iter() {
        match ids.get(name) {
            Some(child) if known.insert((*parent, *child)) => {
                let message = format!("`{name}` is named as a child here, but does not name this task as a parent");
                cx.diagnostics.warning(span.clone(), message).help("name both in each other's lists");
                ends.push((*parent, *child, span.clone()));
            }
            Some(_) => {}
            None => missing(cx, "child", name, span),
        }
    }
    for (position, (parent, child, span)) in ends.iter().enumerate() {
        if parent == child {
            cx.diagnostics.error(span.clone(), "a task cannot wait for itself");
        }
        if !told.is_empty() && !told.contains(&(*parent, *child)) {
            let message = "the task that is named as a parent here does not name this one as a child";
            cx.diagnostics.warning(span.clone(), message).help("name both in each other's lists");
        }
        cx.origins.note(format!("/edges/{position}"), span.clone());
    }
    // In the order of the tasks, and of their parents: the order of the lists means nothing.
    let mut pairs: Vec<(usize, usize)> = ends.iter().map(|(parent, child, _)| (*child, *parent)).collect();
    pairs.sort_unstable();
    let edge = |(child, parent): (usize, usize)| Edge {
        parent: u32::try_from(parent).ok(),
        child: u32::try_from(child).ok(),
        condition: None,
    };
    description.edges = pairs.into_iter().map(edge).collect();
    if let Some(first) = circle(&description.edges, description.jobs.len()) {
        let span = cx.origins.of(&format!("/jobs/{first}")).unwrap_or(0..0);
        let message = "tasks wait for each other in a circle; this is one of them or behind them";
        cx.diagnostics.error(span, message);
    }
}

/// A task that waits for itself by way of others, or for one that does; by its position among `count` tasks.
pub fn circle(edges: &[Edge], count: usize) -> Option<usize> {
    let mut waits = vec![0usize; count];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    for edge in edges {
        let (Some(parent), Some(child)) = (edge.parent, edge.child) else { continue };
        if let (Some(list), Some(waiting)) = (after.get_mut(parent as usize), waits.get_mut(child as usize)) {
            list.push(child as usize);
            *waiting += 1;
        }
    }
    let mut ready: Vec<usize> = waits.iter().enumerate().filter(|(_, n)| **n == 0).map(|(at, _)| at).collect();
    while let Some(task) = ready.pop() {
        for child in after.get(task).into_iter().flatten() {
            if let Some(waiting) = waits.get_mut(*child) {
                *waiting = waiting.saturating_sub(1);
                if *waiting == 0 {
                    ready.push(*child);
                }
            }
        }
    }
    waits.iter().position(|waiting| *waiting > 0)
}
