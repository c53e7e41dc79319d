//! `profile`: what Pegasus' planner passes to the layers below it, and what of it the model has a place for.

use super::read::Reading;
use crate::spelling;
use crate::xml::{Element, Node, Writer, plain};
use pelago_job::description::{Range, Variable};
use pelago_job::{Job, Text};

/// The namespaces of profiles.
const NAMESPACES: [&str; 8] = ["pegasus", "condor", "dagman", "env", "hints", "globus", "selector", "stat"];
/// Namespaces that only advise the planner.
const ADVICE: [&str; 4] = ["pegasus", "hints", "selector", "stat"];

/// A key that the model has a place for. The first of several that mean the same is the one that is printed.
struct Key {
    namespace: &'static str,
    key: &'static str,
    part: &'static str,
    kind: Kind,
}

enum Kind {
    /// A text.
    Text(fn(&mut Job) -> &mut Option<Text>),
    /// A text of which there can be several in the model.
    First(fn(&mut Job) -> &mut Vec<Text>),
    /// A name.
    Name(fn(&mut Job) -> &mut Option<String>),
    /// A whole number.
    Number(fn(&mut Job) -> &mut Option<f64>),
    /// How many, exactly.
    Exactly(fn(&mut Job) -> &mut Option<Range>),
    /// So many of a unit, at least.
    AtLeast(fn(&mut Job) -> &mut Option<Range>, f64),
}

const MEGABYTE: f64 = 1_048_576.0;

const fn key(namespace: &'static str, key: &'static str, part: &'static str, kind: Kind) -> Key {
    Key { namespace, key, part, kind }
}

/// Pegasus' own words for resources come before those of GRAM, which it turns them into.
static KEYS: [Key; 19] = [
    key("pegasus", "cores", "/resources/total_cpu_count", Kind::Exactly(|j| &mut j.resources.total_cpu_count)),
    key("globus", "count", "/resources/total_cpu_count", Kind::Exactly(|j| &mut j.resources.total_cpu_count)),
    key(
        "pegasus",
        "nodes",
        "/resources/total_resource_count",
        Kind::Exactly(|j| &mut j.resources.total_resource_count),
    ),
    key(
        "globus",
        "hostcount",
        "/resources/total_resource_count",
        Kind::Exactly(|j| &mut j.resources.total_resource_count),
    ),
    key("pegasus", "memory", MEMORY, Kind::AtLeast(|j| &mut j.resources.individual_physical_memory, MEGABYTE)),
    key("globus", "maxmemory", MEMORY, Kind::AtLeast(|j| &mut j.resources.individual_physical_memory, MEGABYTE)),
    key("condor", "request_memory", MEMORY, Kind::AtLeast(|j| &mut j.resources.individual_physical_memory, MEGABYTE)),
    key("pegasus", "diskspace", DISK, Kind::AtLeast(|j| &mut j.resources.individual_disk_space, MEGABYTE)),
    key("pegasus", "runtime", "/resources/wall_time", Kind::AtLeast(|j| &mut j.resources.wall_time, 1.0)),
    key("globus", "maxwalltime", "/resources/wall_time", Kind::AtLeast(|j| &mut j.resources.wall_time, 60.0)),
    key("pegasus", "queue", "/resources/queue", Kind::Text(|j| &mut j.resources.queue)),
    key("globus", "queue", "/resources/queue", Kind::Text(|j| &mut j.resources.queue)),
    key("pegasus", "project", "/projects", Kind::First(|j| &mut j.projects)),
    key("globus", "project", "/projects", Kind::First(|j| &mut j.projects)),
    key("condor", "requirements", "/resources/requirements", Kind::Text(|j| &mut j.resources.requirements)),
    key("condor", "rank", "/resources/rank", Kind::Text(|j| &mut j.resources.rank)),
    key("condor", "priority", "/policy/priority", Kind::Text(|j| &mut j.policy.priority)),
    key("dagman", "retry", "/policy/retries", Kind::Number(|j| &mut j.policy.retries)),
    key("dagman", "category", "/node/category", Kind::Name(|j| &mut j.node.get_or_insert_default().category)),
];
const MEMORY: &str = "/resources/individual_physical_memory";
const DISK: &str = "/resources/individual_disk_space";

/// The text of a profile, files in it by their names.
fn text(element: &Element) -> String {
    let part = |child: &Node| match child {
        Node::Text(text, _) => text.clone(),
        Node::Element(file) => super::argument::file_name(file).unwrap_or_default().to_string(),
    };
    let text: String = element.children.iter().map(part).collect();
    text.trim().to_string()
}

/// Reads a profile.
pub(super) fn read(reading: &mut Reading<'_>, job: &mut Job, element: &Element) {
    let (Some(namespace), Some(name)) = (element.attribute("namespace"), element.attribute("key")) else {
        let error = reading.diagnostics.error(element.name_span.clone(), "a profile has a `namespace` and a `key`");
        error.help("write `<profile namespace=\"env\" key=\"NAME\">value</profile>`");
        return;
    };
    let (namespace, text) = (namespace.to_ascii_lowercase(), text(element));
    if !NAMESPACES.contains(&namespace.as_str()) {
        let message = format!("`{namespace}` is no namespace of profiles");
        let near = spelling::nearest(&namespace, NAMESPACES);
        let warning = reading.diagnostics.warning(element.name_span.clone(), message);
        warning.note(format!("they are {}", NAMESPACES.join(", "))).did_you_mean(near);
    }
    if namespace == "env" {
        let position = job.application.environment.len();
        let (name, value) = (Some(Text::literal(name)), Some(Text::literal(text)));
        job.application.environment.push(Variable { name, value, filesystem: None });
        return reading.note(&format!("/application/environment/{position}"), element.span.clone());
    }
    let known = KEYS.iter().find(|key| key.namespace == namespace && key.key.eq_ignore_ascii_case(name));
    if let Some(key) = known
        && take_in(key, job, &text)
    {
        return reading.note(key.part, element.text_span());
    }
    if known.is_some_and(|key| !matches!(key.kind, Kind::Text(_) | Kind::First(_) | Kind::Name(_)))
        && text.parse::<f64>().is_err()
    {
        let message = format!("`{namespace}.{name}` is a number, not `{text}`");
        reading.diagnostics.warning(element.text_span(), message);
    }
    let remark = ADVICE.contains(&namespace.as_str());
    reading.keep(element, &format!("profile/{namespace}/{name}"), remark, None);
}

/// Puts a value into its place, if that is free and the value fits.
fn take_in(key: &Key, job: &mut Job, text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let number = text.parse::<u64>().ok().map(|number| number as f64);
    match key.kind {
        Kind::Text(field) => fill(field(job), Some(Text::literal(text))),
        Kind::Name(field) => fill(field(job), Some(text.to_string())),
        Kind::First(field) => {
            let list = field(job);
            let free = list.is_empty();
            if free {
                list.push(Text::literal(text));
            }
            free
        }
        Kind::Number(field) => fill(field(job), number),
        Kind::Exactly(field) => fill(field(job), number.filter(|number| *number >= 1.0).map(Range::exactly)),
        Kind::AtLeast(field, unit) => fill(field(job), number.map(|number| Range::at_least(number * unit))),
    }
}

fn fill<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    if slot.is_some() || value.is_none() {
        return false;
    }
    *slot = value;
    true
}

/// Prints the profiles that the model has places for, and notes what they say otherwise.
pub(super) fn print(job: &mut Job, out: &mut Writer, changed: &mut dyn FnMut(&str, serde_json::Value, &str)) {
    let mut last = "";
    for key in &KEYS {
        // The others for the same place are read only.
        if std::mem::replace(&mut last, key.part) == key.part {
            continue;
        }
        let profile = |out: &mut Writer, text: &str| {
            out.leaf("profile", &[("namespace", key.namespace), ("key", key.key)], text);
        };
        match key.kind {
            Kind::Text(field) => {
                if let Some(text) = crate::xml::take_plain(field(job)) {
                    profile(out, &text);
                }
            }
            Kind::Name(field) => {
                if job.node.as_ref().is_none_or(|node| node.category.is_none()) {
                    continue;
                }
                let slot = field(job);
                if let Some(text) = slot.as_ref().and_then(|name| plain(&Text::literal(name.clone()))) {
                    *slot = None;
                    profile(out, &text);
                }
            }
            Kind::First(field) => {
                let list = field(job);
                let Some(text) = list.iter().find_map(plain) else { continue };
                let only = list.len() == 1;
                list.clear();
                profile(out, &text);
                if !only {
                    changed(key.part, serde_json::json!([text]), "there is one at most");
                }
            }
            Kind::Number(field) => {
                let slot = field(job);
                let Some(number) = slot.filter(|number| (0.0..1e15).contains(number)) else { continue };
                *slot = None;
                profile(out, &number.ceil().to_string());
                if number.ceil() != number {
                    changed(key.part, serde_json::json!(number.ceil()), "a whole number; rounded up");
                }
            }
            Kind::Exactly(field) => {
                let slot = field(job);
                let least = slot.as_ref().and_then(Range::needs).map(f64::ceil);
                let Some(least) = least.filter(|least| (1.0..1e15).contains(least)) else { continue };
                let same = slot.take() == Some(Range::exactly(least));
                profile(out, &least.to_string());
                if !same {
                    let range = serde_json::to_value(Range::exactly(least)).unwrap_or_default();
                    changed(key.part, range, "one number is all that can be said; the least that is enough");
                }
            }
            Kind::AtLeast(field, unit) => {
                let slot = field(job);
                let least = slot.as_ref().and_then(Range::needs).map(|least| (least / unit).ceil());
                let Some(least) = least.filter(|least| (0.0..1e12).contains(least)) else { continue };
                let back = Range::at_least(least * unit);
                let same = slot.take().as_ref() == Some(&back);
                profile(out, &least.to_string());
                if !same {
                    let range = serde_json::to_value(back).unwrap_or_default();
                    changed(key.part, range, "a lower bound in whole units is all that can be said");
                }
            }
        }
    }
}
