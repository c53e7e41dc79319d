//! One activity of a UNICORE workflow: a job, or something that directs the flow.

use super::{Flow, Loop};
use crate::json::{In, Kind, Member, Value};
use crate::unicore::draft::Draft;
use crate::unicore::{NAME, WORKFLOW, job, units};
use pelago_job::description::{Node, NodeKind};
use pelago_job::{Job, Text};

/// The types of activities beside `JOB`.
pub const CONTROL: [&str; 7] = ["START", "SPLIT", "BRANCH", "MERGE", "SYNCHRONIZE", "HOLD", "MODIFY_VARIABLE"];
/// The options of jobs that are kept as they are.
const OPTIONS: [&str; 3] = ["MAX_RESUBMITS", "IGNORE_FAILURE", "DISABLE_NOTIFICATIONS"];

/// Reads an activity; gives back whether it is one that begins.
pub fn read(
    cx: &mut In<'_>,
    id: &str,
    item: &Value,
    parts: &[Member],
    within: Option<u32>,
    loops: &[Loop],
    flow: &mut Flow,
) -> bool {
    let find = |name: &str| parts.iter().find(|m| m.name == name && m.value.kind != Kind::Null);
    let kind = find("type").and_then(|kind| cx.string("type", &kind.value));
    let kind = kind.or(find("job").map(|_| "JOB".to_string()));
    let place = item.span.start..item.span.start + 1;
    let Some(kind) = kind else {
        cx.diagnostics
            .error(place, format!("the activity `{id}` needs `job`, or a `type`"))
            .note(format!("types: JOB, {}", CONTROL.join(", ")));
        return false;
    };
    let position = flow.description.jobs.len();
    if cx.diagnostics.crowded(position, &place) {
        return false;
    }
    let name = Some(Text::literal(id));
    if kind != "JOB" {
        let span = find("type").map_or(place, |kind| kind.value.span.clone());
        if !CONTROL.contains(&kind.as_str()) {
            let near = crate::spelling::nearest(&kind, CONTROL.into_iter().chain(["JOB"]));
            cx.diagnostics
                .error(span, format!("`{kind}` is no type of an activity"))
                .note(format!("types: JOB, {}", CONTROL.join(", ")))
                .did_you_mean(near);
        }
        let ((), kept) = cx.job(position, |cx| {
            cx.note("", item.span.clone());
            control(cx, id, &kind, item, parts);
        });
        let node = Some(Node { kind: Some(NodeKind::Control), within, ..Node::default() });
        flow.description.jobs.push(Job { name, node, extensions: kept, ..Job::default() });
        return kind == "START";
    }
    let parameters = std::mem::take(&mut flow.description.parameters);
    let mut draft = Draft { parameters, ..Draft::default() };
    draft.around = loops.iter().map(|l| l.parameters.clone()).collect();
    draft.names = loops.iter().flat_map(|l| l.names.clone()).collect();
    let ((), kept) = cx.job(position, |cx| {
        cx.note("", item.span.clone());
        match find("job") {
            Some(definition) => {
                if let Some(members) = cx.object("job", &definition.value) {
                    cx.language = NAME;
                    // The job's name in the workflow is its id.
                    let (named, own): (Vec<Member>, Vec<Member>) =
                        members.iter().cloned().partition(|m| m.name == "Name" && m.value.kind != Kind::Null);
                    named.iter().for_each(|name| cx.keep(name, true));
                    job::read(cx, &own, &mut draft);
                    cx.language = WORKFLOW;
                }
            }
            None => drop(cx.diagnostics.error(place, format!("the activity `{id}` has no `job`"))),
        }
        if let Some(options) = find("options") {
            for option in cx.object("options", &options.value).unwrap_or(&[]) {
                read_option(cx, id, option, &mut draft.job);
            }
        }
        for other in parts.iter().filter(|m| !["id", "type", "job", "options"].contains(&m.name.as_str())) {
            cx.unknown(other, ["type", "job", "options"].into_iter(), true);
        }
    });
    flow.description.parameters = draft.parameters;
    let node = within.map(|within| Node { within: Some(within), ..Node::default() });
    flow.description.jobs.push(Job { name, node, extensions: kept, ..draft.job });
    false
}

fn read_option(cx: &mut In<'_>, id: &str, option: &Member, job: &mut Job) {
    match option.name.as_str() {
        "MAX_RESUBMITS" => {
            cx.note("policy/retries", option.value.span.clone());
            job.policy.retries = cx.whole("MAX_RESUBMITS", &option.value, 0.0);
        }
        name if OPTIONS.contains(&name) => cx.within("options", |cx| cx.keep(option, false)),
        name => {
            let near = crate::spelling::nearest(name, OPTIONS);
            cx.diagnostics
                .error(option.name_span.clone(), format!("`{name}` is no option of the activity `{id}`"))
                .note(format!("options of jobs: {}", OPTIONS.join(", ")))
                .did_you_mean(near);
        }
    }
}

/// Keeps what a directing activity says, and checks what it needs.
fn control(cx: &mut In<'_>, id: &str, kind: &str, item: &Value, parts: &[Member]) {
    let options = parts.iter().find(|m| m.name == "options").and_then(|m| m.value.members());
    let find = |name: &str| options.unwrap_or(parts).iter().find(|m| m.name == name);
    let needed: &[&str] = if kind == "MODIFY_VARIABLE" { &["variable_name", "expression"] } else { &[] };
    for needed in needed.iter().filter(|needed| find(needed).is_none()) {
        let place = item.span.start..item.span.start + 1;
        cx.diagnostics.error(place, format!("the activity `{id}` needs `{needed}`"));
    }
    if let Some(time) = find("sleep_time").filter(|_| kind == "HOLD") {
        let text = time.value.scalar().unwrap_or_default();
        if let Err(why) = units::amount(&text, &units::TIME) {
            cx.diagnostics.error(time.value.span.clone(), format!("`sleep_time`: {why}"));
        }
    }
    let known = ["type", "options", "variable_name", "expression", "sleep_time"];
    for part in parts.iter().filter(|m| m.name != "id" && m.value.kind != Kind::Null) {
        match known.contains(&part.name.as_str()) {
            true => cx.keep(part, false),
            false => cx.unknown(part, known.into_iter(), true),
        }
    }
}
