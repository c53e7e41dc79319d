//! UNICORE workflows: activities and transitions between them, and groups of both, which may be loops.
//!
//! Every activity and every group is a job of the description; what lies in a group says so. A loop over values is a sweep
//! of all jobs in it; what else directs the flow is kept as it is.

mod activity;
mod group;
mod print;
mod root;

pub use print::print;
pub use root::{read, read_value};

use crate::json::{In, Kind, Member, Value};
use crate::spelling;
use pelago_job::description::Edge;
use pelago_job::{Description, ParamNo};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A workflow while it is read.
#[derive(Default)]
struct Flow {
    description: Description,
}

/// A loop over values that is being read: its parameters, and the variables that stand for them.
#[derive(Clone, Debug, Default)]
struct Loop {
    parameters: Vec<ParamNo>,
    names: BTreeMap<String, ParamNo>,
}

/// An edge, where it stands, and what else it says.
struct Transition {
    edge: Edge,
    span: Range<usize>,
    others: Vec<Member>,
}

/// The entries of a list of objects with names, or of an object by name.
fn entries<'v>(
    cx: &mut In<'_>,
    members: &'v [Member],
    name: &str,
    key: &str,
) -> Vec<(Option<String>, &'v Value, Range<usize>)> {
    let Some(member) = members.iter().find(|m| m.name == name && m.value.kind != Kind::Null) else { return Vec::new() };
    match &member.value.kind {
        Kind::Object(entries) => {
            entries.iter().map(|entry| (Some(entry.name.clone()), &entry.value, entry.name_span.clone())).collect()
        }
        Kind::List(items) => {
            let mut found = Vec::new();
            for item in items {
                let id = item.get(key).and_then(Value::scalar);
                if item.members().is_some() && id.is_none() {
                    let place = item.span.start..item.span.start + 1;
                    cx.diagnostics.error(place, format!("an entry of `{name}` needs `{key}`"));
                }
                let span = item.get(key).map_or(item.span.start..item.span.start + 1, |id| id.span.clone());
                found.push((id, item, span));
            }
            found
        }
        _ => {
            cx.wrong(name, &member.value, "a list, or an object by names");
            Vec::new()
        }
    }
}

/// Reads activities, groups and transitions of the workflow or of a group; gives back the transitions, those of groups
/// inside last.
fn read_nodes(
    cx: &mut In<'_>,
    members: &[Member],
    span: &Range<usize>,
    within: Option<u32>,
    loops: &[Loop],
    flow: &mut Flow,
) -> Vec<Transition> {
    let mut ids: BTreeMap<String, (u32, Range<usize>)> = BTreeMap::new();
    let mut starts: Vec<u32> = Vec::new();
    let mut add = |cx: &mut In<'_>, id: &str, span: &Range<usize>, flow: &Flow| {
        let position = u32::try_from(flow.description.jobs.len()).unwrap_or(u32::MAX);
        if let Some((_, first)) = ids.insert(id.to_string(), (position, span.clone())) {
            cx.diagnostics
                .error(span.clone(), format!("two parts of this workflow have the id `{id}`"))
                .related(first, "the first one");
        }
        position
    };
    for (id, item, span) in entries(cx, members, "activities", "id") {
        let id = id.unwrap_or_default();
        let Some(parts) = cx.object(&format!("activities.{id}"), item) else { continue };
        let position = add(cx, &id, &span, flow);
        if activity::read(cx, &id, item, parts, within, loops, flow) {
            starts.push(position);
        }
    }
    let mut inner = Vec::new();
    let mut groups = Vec::new();
    for (id, item, span) in entries(cx, members, "subworkflows", "id") {
        let id = id.unwrap_or_default();
        let Some(parts) = cx.object(&format!("subworkflows.{id}"), item) else { continue };
        groups.push(add(cx, &id, &span, flow));
        inner.extend(group::read(cx, &id, item, parts, within, loops, flow));
    }
    let mut transitions = read_transitions(cx, members, &ids);
    let follows = |t: &Transition| t.edge.parent.and(t.edge.child);
    let waiting: BTreeSet<u32> = transitions.iter().filter_map(follows).collect();
    let (first, last) = (members.iter().map(|m| m.name_span.start).min(), span.end);
    let free = |position: &&u32| !waiting.contains(position);
    let groups: BTreeSet<u32> = groups.into_iter().collect();
    let begins = ids.values().any(|(position, _)| !groups.contains(position) && free(&position));
    if starts.is_empty() && !begins && groups.iter().filter(free).count() != 1 {
        let place = first.map_or(span.start..span.start + 1, |first| first..(first + 1).min(last));
        cx.diagnostics
            .error(place, "this workflow has no beginning: no activity that waits for none, and not one such group")
            .help("add an activity of the type `START`, with transitions to those that begin");
    }
    transitions.extend(inner);
    transitions
}

fn read_transitions(
    cx: &mut In<'_>,
    members: &[Member],
    ids: &BTreeMap<String, (u32, Range<usize>)>,
) -> Vec<Transition> {
    let mut transitions = Vec::new();
    let Some(list) = members.iter().find(|m| m.name == "transitions" && m.value.kind != Kind::Null) else {
        return transitions;
    };
    for (position, item) in cx.items("transitions", &list.value).unwrap_or(&[]).iter().enumerate() {
        let name = format!("transitions[{position}]");
        let Some(parts) = cx.object(&name, item) else { continue };
        let mut edge = Edge::default();
        for (end, slot) in [("from", &mut edge.parent), ("to", &mut edge.child)] {
            let Some(part) = parts.iter().find(|m| m.name == end) else {
                let place = item.span.start..item.span.start + 1;
                cx.diagnostics.error(place, format!("`{name}` needs `{end}`"));
                continue;
            };
            let Some(id) = cx.string(end, &part.value) else { continue };
            *slot = ids.get(&id).map(|(position, _)| *position);
            if slot.is_none() {
                let near = spelling::nearest(&id, ids.keys().map(String::as_str));
                cx.diagnostics
                    .error(
                        part.value.span.clone(),
                        format!("there is no activity or group `{id}` beside this transition"),
                    )
                    .did_you_mean(near);
            }
        }
        let condition = parts.iter().find(|m| m.name == "condition" && m.value.kind != Kind::Null);
        edge.condition = condition.and_then(|condition| cx.text(condition));
        let own = |m: &&Member| !["from", "to", "condition"].contains(&m.name.as_str());
        let others = parts.iter().filter(own).cloned().collect();
        transitions.push(Transition { edge, span: item.span.clone(), others });
    }
    transitions
}
