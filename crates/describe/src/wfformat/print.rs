//! A WfFormat document, version 1.5, from a description: its structure, and in `execution` the commands and what was
//! measured. Where nothing was measured, zero stands.

use super::NAME;
use super::document::DOCUMENT;
use super::execution::{EXECUTION, NO_TIME};
use super::task::place_of;
use super::written::{Files, task_ids};
use crate::json::{self, Kind, Member, Out, Value, written_out};
use crate::loss::Rest;
use pelago_job::description::Edge;
use pelago_job::{Description, Job};
use std::collections::BTreeSet;

/// Writes the document.
pub fn print(rest: &mut Rest) -> String {
    const WHY: &str = "WfFormat has no sweeps";
    for job in 0..rest.left.jobs.len() {
        json::plain(rest, job, WHY);
        rest.because(format!("/jobs/{job}/space"), WHY);
    }
    rest.because("/parameters", WHY);
    let mut left = std::mem::take(&mut rest.left);
    let mut out = Out::new(rest, "");
    let mut extensions = std::mem::take(&mut left.extensions);
    let members = out.with_kept(&mut extensions, NAME, |out| document(out, &mut left));
    left.extensions = extensions;
    rest.left = left;
    json::pretty(&Kind::Object(members).into())
}

fn document(out: &mut Out<'_>, left: &mut Description) -> Vec<Member> {
    if left.name.as_ref().is_none_or(String::is_empty) {
        out.changed("name", "workflow", "a WfFormat document has a name");
        left.name = Some("workflow".into());
    }
    if left.description.as_ref().is_some_and(String::is_empty) {
        out.changed("description", serde_json::Value::Null, "a description is not empty");
        left.description = None;
    }
    let mut made_up = Vec::new();
    let jobs = if left.jobs.is_empty() { &mut made_up } else { &mut left.jobs };
    if jobs.is_empty() {
        jobs.push(Job::default());
    }
    let ids = task_ids(out, jobs);
    let edges = edges(out, &mut left.edges, jobs.len());
    let (mut parents, mut children) = (vec![Vec::new(); ids.len()], vec![Vec::new(); ids.len()]);
    for (parent, child) in edges {
        let (Some(parent_id), Some(child_id)) = (ids.get(parent), ids.get(child)) else { continue };
        children.get_mut(parent).into_iter().for_each(|list: &mut Vec<String>| list.push(child_id.clone()));
        parents.get_mut(child).into_iter().for_each(|list: &mut Vec<String>| list.push(parent_id.clone()));
    }
    let mut files = Files::default();
    jobs.iter().for_each(|job| files.gather(job));
    let (mut tasks, mut executions) = (Vec::new(), Vec::new());
    let ends = parents.into_iter().zip(children);
    for ((position, job), (id, (parents, children))) in jobs.iter_mut().enumerate().zip(ids.iter().zip(ends)) {
        out.within(&format!("jobs/{position}"), |out| {
            let mut extensions = std::mem::take(&mut job.extensions);
            let (task, execution) =
                out.with_kept(&mut extensions, NAME, |out| task(out, job, id, parents, children, &files));
            job.extensions = extensions;
            tasks.push(task);
            executions.extend(execution);
        });
    }
    let mut specification = vec![Member::new("tasks", Kind::List(tasks).into())];
    let mut listed: Vec<Value> = files.listed.iter().map(|(id, size)| file(out, id, *size)).collect();
    let mut unused = Vec::new();
    out.within("files", |out| out.take_all(&mut unused));
    listed.extend(unused.into_iter().map(|member| member.value));
    if !listed.is_empty() {
        specification.push(Member::new("files", Kind::List(listed).into()));
    }
    let mut workflow = vec![Member::new("specification", Kind::Object(specification).into())];
    let first = ids.first().cloned().unwrap_or_default();
    workflow.extend(execution(out, executions, &first).map(|value| Member::new("execution", value)));
    let mut members = out.members(&DOCUMENT, left);
    members.push(Member::new("schemaVersion", Value::text("1.5")));
    members.push(Member::new("workflow", Kind::Object(workflow).into()));
    members
}

fn task(
    out: &mut Out<'_>,
    job: &mut Job,
    id: &str,
    parents: Vec<String>,
    children: Vec<String>,
    files: &Files,
) -> (Value, Option<Value>) {
    let application = &mut job.application;
    let name = application.name.take_if(|name| !name.is_empty()).map(|name| written_out(&name));
    if name.as_deref() == Some(id) {
        out.changed("application/name", serde_json::Value::Null, "the task's name is its id");
    }
    let (comes, goes) = files.take(out, &mut job.staging);
    let mut members = vec![
        Member::new("name", Value::text(name.unwrap_or(id.to_string()))),
        Member::new("id", Value::text(id)),
        Member::new("parents", Value::texts(parents)),
        Member::new("children", Value::texts(children)),
        Member::new("inputFiles", Value::texts(comes)),
        Member::new("outputFiles", Value::texts(goes)),
    ];
    out.take_all(&mut members);
    let known = EXECUTION.iter().filter_map(|field| Some(Member::new(field.name, (field.print)(out, job)?)));
    let mut execution: Vec<Member> = Vec::new();
    execution.extend(known);
    out.within("execution", |out| out.take_all(&mut execution));
    let execution = (!execution.is_empty()).then(|| {
        if !execution.iter().any(|member| member.name == "runtimeInSeconds") {
            execution.insert(0, Member::new("runtimeInSeconds", Value::number(0.0)));
        }
        execution.insert(0, Member::new("id", Value::text(id)));
        Kind::Object(execution).into()
    });
    (Kind::Object(members).into(), execution)
}

fn file(out: &mut Out<'_>, id: &str, size: f64) -> Value {
    let mut members = vec![Member::new("id", Value::text(id)), Member::new("sizeInBytes", Value::number(size))];
    let place = place_of(id);
    out.within(&place, |out| out.take_all(&mut members));
    Kind::Object(members).into()
}

fn execution(out: &mut Out<'_>, mut tasks: Vec<Value>, first: &str) -> Option<Value> {
    let mut kept = Vec::new();
    out.within("execution", |out| out.take_all(&mut kept));
    if kept.is_empty() && tasks.is_empty() {
        return None;
    }
    if tasks.is_empty() {
        let id = Member::new("id", Value::text(first));
        tasks.push(Kind::Object(vec![id, Member::new("runtimeInSeconds", Value::number(0.0))]).into());
    }
    let mut members = Vec::new();
    for (name, default) in [("makespanInSeconds", Value::number(0.0)), ("executedAt", Value::text(NO_TIME))] {
        let place = kept.iter().position(|member| member.name == name);
        members.push(place.map_or(Member::new(name, default), |place| kept.remove(place)));
    }
    members.push(Member::new("tasks", Kind::List(tasks).into()));
    members.append(&mut kept);
    Some(Kind::Object(members).into())
}

/// Takes the edges, as pairs of parent and child in the order in which they are read.
fn edges(out: &mut Out<'_>, edges: &mut [Edge], count: usize) -> Vec<(usize, usize)> {
    let pair = |edge: &Edge| {
        let (parent, child) = (edge.parent? as usize, edge.child? as usize);
        (parent < count && child < count && parent != child).then_some((parent, child))
    };
    let pairs: Vec<Option<(usize, usize)>> = edges.iter().map(pair).collect();
    let mut sorted: Vec<(usize, usize)> =
        pairs.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    sorted.sort_by_key(|(parent, child)| (*child, *parent));
    let read = |(parent, child): &(usize, usize)| Edge {
        parent: u32::try_from(*parent).ok(),
        child: u32::try_from(*child).ok(),
        condition: None,
    };
    let said: Vec<Edge> = sorted.iter().map(read).collect();
    if super::document::circle(&said, count).is_some() {
        out.because("edges", "tasks of WfFormat cannot wait for each other in a circle");
        return Vec::new();
    }
    for edge in edges.iter_mut() {
        (edge.parent, edge.child) = (None, None);
    }
    if pairs.iter().flatten().ne(sorted.iter()) || pairs.iter().any(Option::is_none) {
        out.changed("edges", said, "who waits for whom is told by the tasks, in their order");
    }
    sorted
}
