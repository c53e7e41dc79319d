//! A UNICORE workflow from a description.

use super::activity::CONTROL;
use super::group::LOOPS;
use crate::json::{self, Kind, Member, Out, Value, written_out};
use crate::loss::Rest;
use crate::unicore::print::{print_job, say_parameters};
use crate::unicore::space::Around;
use crate::unicore::{WORKFLOW, sweep};
use pelago_job::description::{Edge, Node, NodeKind, Space};
use pelago_job::{Description, Domain, Job, Order, ParamNo, Parameter, Text};
use std::collections::{BTreeMap, BTreeSet};

/// How deep groups may lie in each other.
const DEPTH: usize = 20;

/// What is printed so far, and of what.
struct Printing<'a> {
    /// The jobs in each group, and outside of all.
    inside: BTreeMap<Option<usize>, Vec<usize>>,
    /// The ids of all jobs.
    ids: Vec<String>,
    /// The edges that are printed with each group.
    edges: BTreeMap<Option<usize>, Vec<(usize, Edge)>>,
    originals: &'a [Parameter],
    parameters: Vec<Parameter>,
}

/// Writes the workflow.
pub fn print(rest: &mut Rest) -> String {
    let mut left = std::mem::take(&mut rest.left);
    let originals = left.parameters.clone();
    let mut out = Out::new(rest, "");
    if left.jobs.is_empty() {
        let node = Some(Node { kind: Some(NodeKind::Control), ..Node::default() });
        let start = Extension("type", "\"START\"").into();
        let job = Job { name: Some("start".into()), node, extensions: vec![start], ..Job::default() };
        out.changed("jobs/0", &job, "a workflow has a beginning");
        left.jobs.push(job);
    }
    let inside = inside(&left.jobs);
    let ids = ids(&mut out, &mut left.jobs, &inside);
    let edges = edges(&mut out, &mut left, &inside);
    let mut printing = Printing { inside, ids, edges, originals: &originals, parameters: Vec::new() };
    let mut extensions = std::mem::take(&mut left.extensions);
    let members = out.with_kept(&mut extensions, WORKFLOW, |out| {
        let mut members = Vec::new();
        members.extend(left.name.take().map(|name| Member::new("name", Value::text(name))));
        let nodes = printing.nodes(out, &mut left.jobs, None, &[]);
        out.take_all(&mut members);
        members.extend(nodes);
        members
    });
    left.extensions = extensions;
    let parameters = printing.parameters;
    say_parameters(rest, &mut left, parameters);
    rest.left = left;
    json::pretty(&Kind::Object(members).into())
}

/// A definition of this language, by name and text.
struct Extension(&'static str, &'static str);

impl From<Extension> for pelago_job::Extension {
    fn from(Extension(name, text): Extension) -> Self {
        Self { language: WORKFLOW.into(), name: name.into(), text: text.into(), ..Self::default() }
    }
}

fn is_group(job: &Job) -> bool {
    job.node.as_ref().is_some_and(|node| node.kind == Some(NodeKind::Group))
}

/// The jobs of each group in their order, if reading would give that order; else all are outside.
fn inside(jobs: &[Job]) -> BTreeMap<Option<usize>, Vec<usize>> {
    let mut inside: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    let group = |job: &Job| job.node.as_ref().and_then(|node| node.within).map(|within| within as usize);
    jobs.iter().enumerate().for_each(|(position, job)| inside.entry(group(job)).or_default().push(position));
    fn walk(
        at: Option<usize>,
        depth: usize,
        jobs: &[Job],
        inside: &BTreeMap<Option<usize>, Vec<usize>>,
        order: &mut Vec<usize>,
    ) -> bool {
        let members = inside.get(&at).map_or(&[][..], Vec::as_slice);
        if depth > DEPTH || members.is_empty() {
            return false;
        }
        let (groups, others): (Vec<usize>, Vec<usize>) =
            members.iter().partition(|position| jobs.get(**position).is_some_and(is_group));
        order.extend(others);
        groups.into_iter().all(|group| {
            order.push(group);
            walk(Some(group), depth + 1, jobs, inside, order)
        })
    }
    let mut order = Vec::new();
    let whole = walk(None, 0, jobs, &inside, &mut order) && order.iter().copied().eq(0..jobs.len());
    if whole { inside } else { BTreeMap::from([(None, (0..jobs.len()).collect())]) }
}

/// Ids that are unique in each group.
fn ids(out: &mut Out<'_>, jobs: &mut [Job], inside: &BTreeMap<Option<usize>, Vec<usize>>) -> Vec<String> {
    let mut ids = vec![String::new(); jobs.len()];
    for members in inside.values() {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let named = members.iter().filter_map(|position| jobs.get(*position)?.name.as_ref()).map(written_out);
        let all: BTreeSet<String> = named.collect();
        for position in members {
            let Some(job) = jobs.get_mut(*position) else { continue };
            let said = job.name.take().unwrap_or_default();
            let name = written_out(&said);
            let mut id = name.clone();
            let mut number = *position;
            while id.is_empty() || !taken.insert(id.clone()) {
                let stem = if name.is_empty() { "job" } else { &name };
                id = format!("{stem}_{number}");
                number += 1;
                if all.contains(&id) {
                    id.clear();
                }
            }
            if Text::literal(&*id) != said {
                out.changed(&format!("jobs/{position}/name"), Text::literal(&*id), "an activity has an id of its own");
            }
            if let Some(slot) = ids.get_mut(*position) {
                *slot = id;
            }
        }
    }
    ids
}

/// Takes the edges, for each group those between jobs in it.
fn edges(
    out: &mut Out<'_>,
    left: &mut Description,
    inside: &BTreeMap<Option<usize>, Vec<usize>>,
) -> BTreeMap<Option<usize>, Vec<(usize, Edge)>> {
    let mut groups: BTreeMap<usize, Option<usize>> = BTreeMap::new();
    for (group, members) in inside {
        groups.extend(members.iter().map(|member| (*member, *group)));
    }
    let mut found: BTreeMap<Option<usize>, Vec<(usize, Edge)>> = BTreeMap::new();
    let mut kept = Vec::new();
    for (position, edge) in left.edges.iter().enumerate() {
        let group = |end: Option<u32>| end.and_then(|end| groups.get(&(end as usize)));
        match (group(edge.parent), group(edge.child)) {
            (Some(one), Some(other)) if one == other => found.entry(*one).or_default().push((position, edge.clone())),
            _ => kept.push(position),
        }
    }
    // Each group's edges stand together, those outside of all first; `None` comes before every number.
    let order: Vec<usize> = found.values().flatten().map(|(position, _)| *position).collect();
    if !order.is_sorted() || !kept.is_empty() {
        let said: Vec<&Edge> = found.values().flatten().map(|(_, edge)| edge).collect();
        out.changed("edges", &said, "a transition of UNICORE is between activities of one group");
    }
    left.edges.clear();
    let literal = |text: &mut Option<Text>| {
        if let Some(text) = text.as_mut().filter(|text| text.as_literal().is_none()) {
            *text = Text::literal(text.to_string());
            return true;
        }
        false
    };
    for (said, (_, edge)) in found.values_mut().flatten().enumerate() {
        if literal(&mut edge.condition) {
            out.changed(&format!("edges/{said}/condition"), &edge.condition, "conditions have no parameters");
        }
    }
    found
}

impl Printing<'_> {
    /// The activities, groups and transitions inside a group, or outside of all.
    fn nodes(&mut self, out: &mut Out<'_>, jobs: &mut [Job], at: Option<usize>, around: &[Around]) -> Vec<Member> {
        let (mut activities, mut groups) = (Vec::new(), Vec::new());
        for position in self.inside.get(&at).cloned().unwrap_or_default() {
            let id = self.ids.get(position).cloned().unwrap_or_default();
            let Some(job) = jobs.get_mut(position).map(std::mem::take) else { continue };
            let nested = self.inside.contains_key(&Some(position));
            let left = out.within(&format!("jobs/{position}"), |out| {
                if nested {
                    let (value, left) = self.group(out, jobs, job, position, around);
                    groups.push(Member::new(id, value));
                    return left;
                }
                let (value, left) = self.activity(out, job, around, at.is_some());
                activities.push(Member::new(id, value));
                left
            });
            if let Some(slot) = jobs.get_mut(position) {
                *slot = left;
            }
        }
        let mut members = Vec::new();
        for (name, list) in [("activities", activities), ("subworkflows", groups)] {
            if !list.is_empty() {
                members.push(Member::new(name, Kind::Object(list).into()));
            }
        }
        let transitions: Vec<Value> =
            self.edges.remove(&at).unwrap_or_default().into_iter().map(|(n, e)| self.transition(out, n, e)).collect();
        if !transitions.is_empty() {
            members.push(Member::new("transitions", Kind::List(transitions).into()));
        }
        members
    }

    fn transition(&self, out: &mut Out<'_>, position: usize, edge: Edge) -> Value {
        let id = |end: Option<u32>| end.and_then(|end| self.ids.get(end as usize)).cloned().unwrap_or_default();
        let mut members =
            vec![Member::new("from", Value::text(id(edge.parent))), Member::new("to", Value::text(id(edge.child)))];
        let condition = edge.condition.as_ref().map(written_out);
        members.extend(condition.map(|condition| Member::new("condition", Value::text(condition))));
        // What was kept of it is kept of the document.
        let at = std::mem::take(&mut out.at);
        out.within(&format!("edges/{position}"), |out| out.take_all(&mut members));
        out.at = at;
        Kind::Object(members).into()
    }

    fn activity(&mut self, out: &mut Out<'_>, mut job: Job, around: &[Around], inner: bool) -> (Value, Job) {
        if let Some(node) = job.node.as_mut().filter(|_| inner) {
            node.within = None;
        }
        let control = job.node.as_ref().is_some_and(|node| node.kind == Some(NodeKind::Control));
        let mut extensions = std::mem::take(&mut job.extensions);
        let named = |e: &pelago_job::Extension| {
            let known = CONTROL.iter().any(|kind| e.text == format!("\"{kind}\""));
            e.language == WORKFLOW && e.name == "type" && e.place.is_none() && known
        };
        if control && extensions.iter().any(named) {
            if let Some(node) = &mut job.node {
                node.kind = None;
            }
            let mut members = Vec::new();
            out.with_kept(&mut extensions, WORKFLOW, |out| {
                members.extend(out.take("type").map(|kind| Member::new("type", kind)));
                out.take_all(&mut members);
            });
            job.extensions = extensions;
            return (Kind::Object(members).into(), job);
        }
        job.extensions = extensions;
        let retries = job.policy.retries.take_if(|retries| *retries >= 0.0 && retries.is_finite());
        let (definition, mut left) = print_job(out, job, self.originals, around, &mut self.parameters);
        let mut members = vec![Member::new("job", Kind::Object(definition).into())];
        let mut extensions = std::mem::take(&mut left.extensions);
        out.with_kept(&mut extensions, WORKFLOW, |out| {
            let mut options = Vec::new();
            if let Some(retries) = retries {
                if retries.fract() != 0.0 {
                    out.changed("policy/retries", retries.ceil(), "a job is resubmitted a whole number of times");
                }
                options.push(Member::new("MAX_RESUBMITS", Value::text(json::written(retries.ceil()))));
            }
            out.within("options", |out| out.take_all(&mut options));
            if !options.is_empty() {
                members.push(Member::new("options", Kind::Object(options).into()));
            }
            out.take_all(&mut members);
        });
        left.extensions = extensions;
        (Kind::Object(members).into(), left)
    }

    fn group(
        &mut self,
        out: &mut Out<'_>,
        jobs: &mut [Job],
        mut job: Job,
        position: usize,
        around: &[Around],
    ) -> (Value, Job) {
        if let Some(node) = &mut job.node {
            (node.kind, node.within) = (None, None);
        }
        let mut extensions = std::mem::take(&mut job.extensions);
        let mut around = around.to_vec();
        let mut members = Vec::new();
        let over = self.over_values(out, &mut job, &mut around);
        let kept_loop = |e: &pelago_job::Extension| {
            e.language == WORKFLOW && e.name == "type" && LOOPS.iter().any(|kind| e.text == format!("\"{kind}\""))
        };
        let is_loop = over.is_some() || extensions.iter().any(kept_loop);
        members.extend(over.into_iter().flatten());
        let each = is_loop && !members.is_empty();
        let most = job.policy.tasks_at_once.take_if(|most| {
            let kept_each = extensions.iter().any(|e| e.name == "type" && e.text == "\"FOR_EACH\"");
            (each || kept_each) && *most >= 0.0 && most.fract() == 0.0 && *most < 4e9
        });
        let mut body = Vec::new();
        out.with_kept(&mut extensions, WORKFLOW, |out| {
            members.extend(out.take("type").map(|kind| Member::new("type", kind)));
            let most = most.map(|most| Member::new("maxConcurrentActivities", Value::text(json::written(most))));
            let mut options: Vec<Member> = most.into_iter().collect();
            out.within("options", |out| out.take_all(&mut options));
            if !options.is_empty() {
                members.push(Member::new("options", Kind::Object(options).into()));
            }
            out.within("body", |out| out.take_all(&mut body));
            out.take_all(&mut members);
        });
        job.extensions = extensions;
        let at = std::mem::take(&mut out.at);
        let nodes = self.nodes(out, jobs, Some(position), &around);
        out.at = at;
        if is_loop {
            body.extend(nodes);
            members.push(Member::new("body", Kind::Object(body).into()));
        } else {
            members.extend(nodes);
        }
        (Kind::Object(members).into(), job)
    }

    /// What makes a group a loop over values, if its space is one.
    fn over_values(&mut self, out: &mut Out<'_>, job: &mut Job, around: &mut Vec<Around>) -> Option<Vec<Member>> {
        let Some(Space::Zip(zip)) = &job.space else { return None };
        let found: Vec<&Parameter> = zip.iter().filter_map(|p| self.originals.get(usize::from(p.0))).collect();
        let values = found.first().filter(|_| found.len() == zip.len())?;
        let name = values.name.strip_suffix("_VALUE")?;
        let (_, domain) = sweep::print(&Domain::List(
            (0..values.domain.len().min(100_000)).map(|at| values.domain.text(at).into_owned()).collect(),
        ))?;
        let Domain::List(texts) = &domain else { return None };
        let index = Domain::Integers { from: 0, step: 1, count: texts.len() as u64 };
        let counted = match found.get(1..)? {
            [] => false,
            [counter] => counter.name == name && counter.domain == index,
            _ => return None,
        };
        if texts.is_empty() || found.len() > 1 && !counted {
            return None;
        }
        let mut add = |name: String, domain: Domain| {
            let number = ParamNo(u16::try_from(self.parameters.len()).ok()?);
            self.parameters.push(Parameter { name, label: None, order: Order::Cross, domain });
            Some(number)
        };
        let names: Vec<String> = [format!("{name}_VALUE"), name.to_string()].into_iter().take(zip.len()).collect();
        let mut new = vec![add(format!("{name}_VALUE"), domain.clone())?];
        if counted {
            new.push(add(name.to_string(), index)?);
        }
        let space = Space::Zip(new.clone());
        let mut members = vec![Member::new("type", Value::text("FOR_EACH"))];
        if name != "IT" {
            members.push(Member::new("iterator_name", Value::text(name)));
        }
        members.push(Member::new("values", Value::texts(texts.iter().cloned())));
        around.push(Around { parameters: zip.iter().copied().zip(new).collect(), names });
        if job.space.as_ref() != Some(&space) {
            out.changed("space", &space, "a loop of UNICORE is over values");
        }
        job.space = None;
        Some(members)
    }
}
