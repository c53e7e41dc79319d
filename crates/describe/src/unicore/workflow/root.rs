//! The outermost part of a UNICORE workflow.

use super::{Flow, entries, read_nodes};
use crate::json::{self, In, Kind, Member, Value};
use crate::said::Origins;
use crate::unicore::WORKFLOW;
use crate::{Diagnostics, Said, Source};

/// What a workflow can say beside its activities, and whether it asks for nothing.
const MEMBERS: [(&str, bool); 12] = [
    ("variables", false),
    ("inputs", false),
    ("notification", false),
    ("Notification", false),
    ("storageURL", false),
    ("terminationTime", false),
    ("Template parameters", false),
    ("options", false),
    ("Tags", true),
    ("tags", true),
    ("comments", true),
    ("id", true),
];

/// What is read into the model.
const OWN: [&str; 4] = ["name", "activities", "subworkflows", "transitions"];

/// Reads a workflow.
pub fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let value = json::read(&source.text, json::Dialect::Relaxed, diagnostics)?;
    read_value(&value, diagnostics)
}

/// Reads the workflow in a document.
pub fn read_value(value: &Value, diagnostics: &mut Diagnostics) -> Option<Said> {
    let mut origins = Origins::default();
    let mut cx = In::new(diagnostics, &mut origins, WORKFLOW);
    cx.lenient = true;
    let Some(members) = value.members() else {
        let message = format!("a UNICORE workflow is an object, found {}", value.what());
        cx.diagnostics.error(value.span.clone(), message);
        return None;
    };
    let mut flow = Flow::default();
    for member in members.iter().filter(|m| m.value.kind != Kind::Null) {
        match MEMBERS.iter().find(|(name, _)| *name == member.name) {
            Some((_, remark)) => cx.keep(member, *remark),
            None if member.name == "name" => flow.description.name = cx.string("name", &member.value),
            None if OWN.contains(&member.name.as_str()) => {}
            None => cx.unknown(member, MEMBERS.iter().map(|(name, _)| *name).chain(OWN), true),
        }
    }
    variables(&mut cx, members);
    if !members.iter().any(|m| ["activities", "subworkflows"].contains(&m.name.as_str())) {
        let place = value.span.start..value.span.start + 1;
        cx.diagnostics
            .error(place, "a workflow needs `activities` or `subworkflows`")
            .help("a single job is read with `--language unicore`");
        return None;
    }
    let transitions = read_nodes(&mut cx, members, &value.span, None, &[], &mut flow);
    for (position, transition) in transitions.into_iter().enumerate() {
        cx.within(&format!("edges/{position}"), |cx| {
            cx.note("", transition.span.clone());
            for other in transition.others.iter().filter(|m| m.value.kind != Kind::Null) {
                cx.unknown(other, ["condition", "from", "to"].into_iter(), true);
            }
        });
        flow.description.edges.push(transition.edge);
    }
    flow.description.extensions = cx.take_kept();
    Some(Said { description: flow.description, origins, experiment: None })
}

/// What is said of variables: each has a name and a type.
pub fn variables(cx: &mut In<'_>, members: &[Member]) {
    for (name, item, span) in entries(cx, members, "variables", "name") {
        let Some(parts) = cx.object("variables", item) else { continue };
        let name = name.unwrap_or_default();
        let kind = parts.iter().find(|m| m.name == "type");
        match kind.map(|kind| kind.value.scalar().unwrap_or_default()) {
            None => drop(cx.diagnostics.error(span, format!("the variable `{name}` needs `type`"))),
            Some(kind) if !["STRING", "INTEGER", "FLOAT"].contains(&kind.to_ascii_uppercase().as_str()) => {
                let near = crate::spelling::nearest(&kind, ["STRING", "INTEGER", "FLOAT"]);
                cx.diagnostics.warning(span, format!("`{kind}` is no type of a variable")).did_you_mean(near);
            }
            Some(_) => {}
        }
    }
}
