//! A group of a UNICORE workflow, which may be a loop.

use super::{Flow, Loop, Transition, read_nodes, root};
use crate::json::{In, Kind, Member, Value, compact};
use pelago_job::description::{Node, NodeKind, Space};
use pelago_job::{Domain, Job, Order, ParamNo, Parameter, Text};

/// The types of loops.
pub const LOOPS: [&str; 3] = ["FOR_EACH", "WHILE", "REPEAT_UNTIL"];
/// The members that hold other nodes.
const NODES: [&str; 3] = ["activities", "subworkflows", "transitions"];
/// What else a group or loop can say.
const KNOWN: [&str; 11] = [
    "type",
    "condition",
    "variables",
    "filesets",
    "values",
    "chunking",
    "iterator_name",
    "options",
    "notification",
    "Notification",
    "body",
];

/// Reads a group and all in it; gives back its transitions.
pub fn read(
    cx: &mut In<'_>,
    id: &str,
    item: &Value,
    parts: &[Member],
    within: Option<u32>,
    loops: &[Loop],
    flow: &mut Flow,
) -> Vec<Transition> {
    let find = |name: &str| parts.iter().find(|m| m.name == name && m.value.kind != Kind::Null);
    let place = item.span.start..item.span.start + 1;
    let kind = find("type").and_then(|kind| cx.string("type", &kind.value)).unwrap_or_default();
    let is_loop = LOOPS.contains(&kind.as_str());
    if !is_loop && !["", "GROUP"].contains(&kind.as_str()) {
        let span = find("type").map_or(place.clone(), |kind| kind.value.span.clone());
        let near = crate::spelling::nearest(&kind, LOOPS);
        cx.diagnostics
            .warning(span, format!("`{kind}` is no type of a group, so it is run once"))
            .note(format!("types: GROUP, {}", LOOPS.join(", ")))
            .did_you_mean(near);
    }
    let body = match (is_loop, find("body")) {
        (true, Some(body)) => cx.object("body", &body.value),
        (true, None) => {
            cx.diagnostics.error(place.clone(), format!("the loop `{id}` needs `body`"));
            None
        }
        (false, _) => Some(parts),
    };
    if kind != "FOR_EACH" {
        root::variables(cx, parts);
    }
    if is_loop && kind != "FOR_EACH" && find("condition").is_none() {
        cx.diagnostics.error(place.clone(), format!("the loop `{id}` needs `condition`"));
    }
    let values = find("values").filter(|values| kind == "FOR_EACH" && has_items(Some(values)));
    if kind == "FOR_EACH" && values.is_none() {
        let sets = [find("filesets"), find("variables")];
        if !sets.iter().any(|set| has_items(*set)) {
            cx.diagnostics.error(place, format!("the loop `{id}` needs `values`, `filesets` or `variables`"));
        }
    }
    let position = flow.description.jobs.len();
    let mut job = Job { name: Some(Text::literal(id)), ..Job::default() };
    job.node = Some(Node { kind: Some(NodeKind::Group), within, ..Node::default() });
    let mut loops = loops.to_vec();
    if let (Some(values), Some(body)) = (values, body) {
        let name = find("iterator_name").and_then(|name| name.value.scalar()).unwrap_or("IT".into());
        if let Some(found) = over_values(cx, &name, values, body, flow) {
            job.space = Some(Space::Zip(found.parameters.clone()));
            loops.push(found);
        }
    }
    let ((), kept) = cx.job(position, |cx| {
        cx.note("", item.span.clone());
        for part in parts.iter().filter(|m| m.name != "id" && m.value.kind != Kind::Null) {
            match part.name.as_str() {
                "body" if is_loop => {}
                name if NODES.contains(&name) && !is_loop => {}
                "type" if kind == "GROUP" || values.is_some() => {}
                "values" | "iterator_name" if values.is_some() => {}
                "options" => read_options(cx, id, &kind, part, &mut job),
                name if KNOWN.contains(&name) => cx.keep(part, false),
                _ => cx.unknown(part, KNOWN.into_iter().chain(NODES), true),
            }
        }
        for part in body.unwrap_or(&[]).iter().filter(|_| is_loop) {
            if !NODES.contains(&part.name.as_str()) && part.value.kind != Kind::Null {
                let remark = ["id", "is_loop_body"].contains(&part.name.as_str());
                cx.within("body", |cx| cx.keep(part, remark));
            }
        }
    });
    job.extensions = kept;
    flow.description.jobs.push(job);
    let Some(body) = body else { return Vec::new() };
    let span = find("body").filter(|_| is_loop).map_or(item.span.clone(), |body| body.value.span.clone());
    read_nodes(cx, body, &span, u32::try_from(position).ok(), &loops, flow)
}

fn has_items(member: Option<&Member>) -> bool {
    member.is_some_and(|m| match &m.value.kind {
        Kind::List(items) => !items.is_empty(),
        Kind::Object(members) => !members.is_empty(),
        _ => false,
    })
}

/// The parameters of a loop over values: the value, and its position from 0 where the body uses that.
fn over_values(cx: &mut In<'_>, name: &str, values: &Member, body: &[Member], flow: &mut Flow) -> Option<Loop> {
    let mut texts = Vec::new();
    for value in values.value.items()? {
        match value.scalar() {
            Some(text) => texts.push(text),
            None => cx.wrong("a value of a loop", value, "a string or a number"),
        }
    }
    let count = texts.len() as u64;
    let written: String = body.iter().map(|member| compact(&member.value)).collect();
    let indexed =
        [format!("${{{name}}}"), "${CURRENT_ITERATOR_INDEX}".into()].iter().any(|use_| written.contains(use_));
    let mut found = Loop::default();
    let mut add = |cx: &mut In<'_>, names: [String; 2], domain: Domain| {
        let parameters = &mut flow.description.parameters;
        let number = ParamNo(u16::try_from(parameters.len()).ok()?);
        cx.origins.note(format!("/parameters/{}", number.0), values.value.span.clone());
        parameters.push(Parameter { name: names[0].clone(), label: None, order: Order::Cross, domain });
        found.parameters.push(number);
        found.names.extend(names.into_iter().map(|name| (name, number)));
        Some(())
    };
    add(cx, [format!("{name}_VALUE"), "CURRENT_ITERATOR_VALUE".into()], Domain::List(texts))?;
    if indexed {
        let domain = Domain::Integers { from: 0, step: 1, count };
        add(cx, [name.to_string(), "CURRENT_ITERATOR_INDEX".into()], domain)?;
    }
    Some(found)
}

fn read_options(cx: &mut In<'_>, id: &str, kind: &str, options: &Member, job: &mut Job) {
    for option in cx.object("options", &options.value).unwrap_or(&[]) {
        if option.name == "maxConcurrentActivities" && kind == "FOR_EACH" {
            let text = option.value.scalar().unwrap_or_default();
            match text.trim().parse::<u32>() {
                Ok(most) => job.policy.tasks_at_once = Some(f64::from(most)),
                Err(_) => {
                    let message = format!("`maxConcurrentActivities` of the loop `{id}` must be a whole number");
                    cx.diagnostics.error(option.value.span.clone(), message);
                }
            }
            continue;
        }
        cx.within("options", |cx| match option.name.as_str() {
            "COBROKER" => cx.keep(option, false),
            _ => cx.unknown(option, ["maxConcurrentActivities", "COBROKER"].into_iter(), false),
        });
    }
}
