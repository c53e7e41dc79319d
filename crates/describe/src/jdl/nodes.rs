//! Documents of several jobs: collections and DAGs.
//!
//! What stands beside the nodes holds for each of them that does not say it itself.

use super::print::{Program, own_lines, quoted, record};
use super::read::Reader;
use super::sweep::{self, Sweep};
use super::syntax::{Entry, Kind, Record, Value};
use super::table::{self, What};
use crate::cycle;
use crate::loss::Rest;
use pelago_classad::Expr;
use pelago_job::description::{Description, Edge, Job, Node, NodeKind, Reference};
use std::collections::{BTreeMap, BTreeSet};

/// How much text the nodes may inherit together, in bytes.
const MOST_INHERITED: usize = 50_000_000;

/// A node: its name, what it says, and where.
struct Found {
    name: Option<String>,
    entries: Vec<Entry>,
    span: std::ops::Range<usize>,
}

/// Reads a collection (`dag` false) or a DAG.
pub(super) fn read(reader: &mut Reader<'_>, root: &Record, dag: bool) -> Description {
    let mut description = Description::default();
    let by_name = |name: &str| root.entries.iter().rev().find(|e| e.name.eq_ignore_ascii_case(name));
    let Some(nodes) = by_name("Nodes") else {
        let kind = if dag { "DAG" } else { "collection" };
        let error = reader.diagnostics.error(root.span.start..root.span.start, format!("a {kind} has no `Nodes`"));
        error.help(if dag {
            "write `Nodes = [ a = [ Description = [ … ] ]; … ];`"
        } else {
            "write `Nodes = { [ … ], [ … ] };`"
        });
        return description;
    };
    let mut dependencies = by_name("Dependencies");
    let found = match (&nodes.value.kind, dag) {
        (Kind::List(items), false) => items.iter().filter_map(|item| member(reader, item, None)).collect(),
        (Kind::Record(record), _) => {
            let inner = record.entries.iter().find(|e| e.name.eq_ignore_ascii_case("Dependencies"));
            dependencies = inner.or(dependencies);
            let named = record.entries.iter().filter(|e| !e.name.eq_ignore_ascii_case("Dependencies"));
            named.filter_map(|entry| member(reader, &entry.value, Some(&entry.name))).collect::<Vec<_>>()
        }
        _ => {
            let expected = if dag { "`[ name = [ … ]; … ]`" } else { "a list `{ [ … ], [ … ] }`" };
            reader.diagnostics.error(nodes.value.span.clone(), format!("`Nodes` is {expected}"));
            return description;
        }
    };
    let inherited: Vec<&Entry> = root.entries.iter().filter(|entry| inherits(entry)).collect();
    let size: usize = inherited.iter().map(|e| e.value.span.len() + e.name.len()).sum();
    if size.saturating_mul(found.len()) > MOST_INHERITED {
        let message = format!("{} nodes inherit {size} bytes each, which is too much", found.len());
        reader.diagnostics.error(nodes.name_span.clone(), message).help("say less beside the nodes");
        return description;
    }
    if let Some(sandbox) = by_name("InputSandbox") {
        reader.root_sandbox = reader.raws(sandbox).into_iter().map(|(raw, _)| raw).collect();
    }
    for entry in root.entries.iter().filter(|entry| !inherits(entry)) {
        let attribute = table::find(&entry.name);
        if matches!(attribute, Some(attribute) if matches!(attribute.what, What::Structure)) {
            continue;
        }
        let mut job = Job::default();
        let remark = !matches!(attribute, Some(attribute) if matches!(attribute.what, What::Keep));
        reader.keep(attribute.map_or(&entry.name, |a| a.name), entry, remark, &mut job);
        description.extensions.append(&mut job.extensions);
    }
    let defaults: Vec<Entry> = ["RetryCount", "ShallowRetryCount"]
        .iter()
        .filter_map(|name| {
            by_name(&format!("DefaultNode{name}")).map(|e| Entry { name: (*name).to_string(), ..e.clone() })
        })
        .collect();
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    for (position, node) in found.into_iter().enumerate() {
        if reader.diagnostics.crowded(position, &node.span) {
            break;
        }
        reader.at = format!("/jobs/{position}");
        reader.origins.note(reader.at.clone(), node.span.clone());
        let mut entries = node.entries;
        let mut said: BTreeSet<String> = entries.iter().map(|e| canonical(&e.name)).collect();
        for entry in inherited.iter().copied().chain(&defaults) {
            if said.insert(canonical(&entry.name)) {
                entries.push(entry.clone());
            }
        }
        let file = entries.iter().find(|e| is_file(&e.name)).cloned();
        let mut job = reader.job(entries);
        if let Some(name) = node.name {
            if names.insert(name.to_ascii_lowercase(), position as u32).is_some() {
                let message = format!("two nodes are called `{name}`");
                reader.diagnostics.error(node.span.clone(), message);
            }
            job.name = Some(name.into());
        }
        if let Some(file) = file {
            let file = reader.text(&file);
            job.node = Some(Node { reference: Some(Reference { file, ..Reference::default() }), ..Node::default() });
        } else if job.application.commands.iter().all(|c| c.executable.is_none() && c.shell.is_none()) {
            let error = reader.diagnostics.error(node.span.clone(), "this node has no `Executable`");
            error.help("say which program it runs, or `File = \"name.jdl\"`");
        }
        description.jobs.push(job);
    }
    if let Some(entry) = dependencies {
        edges(reader, entry, &names, &mut description);
    }
    description
}

fn is_file(name: &str) -> bool {
    name.eq_ignore_ascii_case("File") || name.eq_ignore_ascii_case("NodeFile")
}

/// The name of an attribute in the table, in small letters.
fn canonical(name: &str) -> String {
    table::find(name).map_or(name, |attribute| attribute.name).to_ascii_lowercase()
}

/// Whether the nodes get an attribute that stands beside them.
fn inherits(entry: &Entry) -> bool {
    let Some(attribute) = table::find(&entry.name) else { return false };
    let kept = ["JobType", "JobName", "UserTags", "MaxRunningNodes", "NodesCollocation", "SignificantAttributes"];
    !matches!(attribute.what, What::Structure) && !kept.contains(&attribute.name) && sweep::word(&entry.name).is_none()
}

/// A node: `[ … ]` or, in DAGs, `[ Description = [ … ]; … ]`.
fn member(reader: &mut Reader<'_>, value: &Value, name: Option<&str>) -> Option<Found> {
    let Kind::Record(record) = &value.kind else {
        reader.diagnostics.error(value.span.clone(), "a node is `[ attribute = value; … ]`");
        return None;
    };
    let mut entries = Vec::new();
    for entry in &record.entries {
        match &entry.value.kind {
            Kind::Record(inner) if entry.name.eq_ignore_ascii_case("Description") => {
                entries.extend(inner.entries.iter().cloned());
            }
            // In old documents a node says what kind of file describes it, and there is only one kind.
            _ if name.is_some() && ["NodeType", "Node_Type"].iter().any(|n| entry.name.eq_ignore_ascii_case(n)) => {}
            _ => entries.push(entry.clone()),
        }
    }
    Some(Found { name: name.map(str::to_string), entries, span: value.span.clone() })
}

/// `{ {a, b}, { {a, b}, c } }`: parents and children.
fn edges(reader: &mut Reader<'_>, entry: &Entry, names: &BTreeMap<String, u32>, description: &mut Description) {
    let Kind::List(pairs) = &entry.value.kind else {
        let error = reader.diagnostics.error(entry.value.span.clone(), "`Dependencies` is a list of pairs");
        error.help("write `Dependencies = { {a, b}, {b, c} };`");
        return;
    };
    let mut count = 0usize;
    for pair in pairs {
        let sides = match &pair.kind {
            Kind::List(sides) => &sides[..],
            _ => &[],
        };
        let [parents, children] = sides else {
            let error = reader.diagnostics.error(pair.span.clone(), "a dependency is a pair of nodes");
            error.help("write `{parent, child}`; either may be a list of nodes");
            continue;
        };
        let (parents, children) = (side(reader, parents, names), side(reader, children, names));
        count = count.saturating_add(parents.len().saturating_mul(children.len()));
        if count > 5_000_000 {
            reader.diagnostics.error(pair.span.clone(), "more than 5000000 dependencies");
            return;
        }
        for parent in &parents {
            for child in &children {
                reader.origins.note(format!("/edges/{}", description.edges.len()), pair.span.clone());
                description.edges.push(Edge { parent: Some(*parent), child: Some(*child), condition: None });
            }
        }
    }
    for found in cycle::cycles(description) {
        let message = format!("these nodes wait for each other: {}", cycle::shown(description, &found));
        reader.diagnostics.error(entry.value.span.clone(), message).note("nodes of a DAG have no circle among them");
    }
}

fn side(reader: &mut Reader<'_>, value: &Value, names: &BTreeMap<String, u32>) -> Vec<u32> {
    let items: Vec<&Value> = match &value.kind {
        Kind::List(items) => items.iter().collect(),
        _ => vec![value],
    };
    let mut found = Vec::new();
    for item in items {
        let name = match &item.kind {
            Kind::Text(text) => text.clone(),
            Kind::Expression(Expr::Attribute { base: None, name, .. }) => name.as_str().to_string(),
            _ => reader.outline.slice(&item.span).to_string(),
        };
        match names.get(&name.to_ascii_lowercase()) {
            Some(number) => found.push(*number),
            None => {
                let near = crate::spelling::nearest(&name, names.keys().map(String::as_str)).map(str::to_string);
                let error = reader.diagnostics.error(item.span.clone(), format!("there is no node `{name}`"));
                error.did_you_mean(near.as_deref());
            }
        }
    }
    found
}

/// Prints several jobs.
pub(super) fn print(rest: &mut Rest) -> String {
    let count = rest.left.jobs.len();
    let circle = match cycle::cycles(&rest.left)[..] {
        [] => Vec::new(),
        _ => std::mem::take(&mut rest.left.edges),
    };
    let dag = !rest.left.edges.is_empty();
    let mut lines = vec![("Type".to_string(), quoted(if dag { "DAG" } else { "Collection" }))];
    lines.extend(own_lines(rest));
    let names = if dag { unique(rest) } else { Vec::new() };
    let mut nodes: Vec<Vec<(String, String)>> = Vec::new();
    for position in 0..count {
        let why = "a node of a collection or DAG is one job; these are the values of its first task";
        rest.first_task(position, why);
        let sweep = Sweep::default();
        let why = "JDL has no marker for it here";
        rest.spell_holes(position, why, |_| false);
        let file = reference(rest, position);
        let program = if file.is_some() { Program::Never } else { Program::Always };
        let mut node = super::print::job(rest, position, sweep, program).0;
        for (name, _) in node.iter_mut().filter(|(name, _)| name == "JobName") {
            *name = "NodeName".to_string();
        }
        if let Some(file) = file {
            node.insert(0, ("File".to_string(), quoted(&file)));
        }
        nodes.push(node);
    }
    let members: Vec<String> = nodes.iter().map(|node| record(node, 4)).collect();
    if dag {
        let named = names
            .iter()
            .zip(&nodes)
            .map(|(name, node)| (name.clone(), format!("[ Description = {} ]", record(node, 4))));
        let pairs = pairs(rest, &names);
        lines.push(("Nodes".to_string(), record(&named.collect::<Vec<_>>(), 2)));
        lines.push(("Dependencies".to_string(), super::print::list(&pairs)));
    } else {
        lines.push(("Nodes".to_string(), format!("{{\n    {}\n  }}", members.join(",\n    "))));
    }
    if !circle.is_empty() {
        rest.left.edges = circle;
        rest.because("/edges", "these dependencies go in a circle");
    }
    format!("{}\n", record(&lines, 0))
}

/// The file of a node, if it is described elsewhere.
fn reference(rest: &mut Rest, position: usize) -> Option<String> {
    let node = rest.left.jobs.get_mut(position)?.node.as_mut()?;
    if node.kind == Some(NodeKind::Job) {
        node.kind = None;
        let at = format!("/jobs/{position}/node/kind");
        rest.changed(at, serde_json::Value::Null, "what is not said otherwise is a job");
    }
    let node = rest.left.jobs.get_mut(position)?.node.as_mut()?;
    if node.kind.is_some() {
        return None;
    }
    node.reference.as_mut()?.file.take().and_then(|file| file.as_literal())
}

/// Names for the nodes of a DAG, each another one; taken from the jobs.
fn unique(rest: &mut Rest) -> Vec<String> {
    let mut used: BTreeSet<String> = ["dependencies".to_string()].into();
    let mut names = Vec::new();
    for position in 0..rest.left.jobs.len() {
        let name = rest.left.jobs.get_mut(position).and_then(|job| job.name.take());
        let said = name.as_ref().and_then(|name| name.as_literal()).unwrap_or_default();
        let begins = said.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let word = begins && said.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let reserved = ["true", "false", "undefined", "error", "is", "isnt"];
        let good = word && !reserved.contains(&said.to_ascii_lowercase().as_str());
        let mut new = if good { said.clone() } else { format!("node_{}", position + 1) };
        if used.contains(&new.to_ascii_lowercase()) {
            new = format!("{new}_{}", position + 1);
        }
        while !used.insert(new.to_ascii_lowercase()) {
            new.push('_');
        }
        if new != said {
            rest.changed(
                format!("/jobs/{position}/name"),
                &new,
                "nodes of a DAG have names of letters and digits, each its own",
            );
        }
        names.push(new);
    }
    names
}

fn pairs(rest: &mut Rest, names: &[String]) -> Vec<String> {
    let mut pairs = Vec::new();
    for edge in &mut rest.left.edges {
        let ends = (edge.parent.map(|p| p as usize), edge.child.map(|c| c as usize));
        let (Some(parent), Some(child)) = ends else { continue };
        if let (Some(parent), Some(child)) = (names.get(parent), names.get(child)) {
            (edge.parent, edge.child) = (None, None);
            pairs.push(format!("{{{parent}, {child}}}"));
        }
    }
    rest.because("/edges", "a dependency of JDL is taken when the parent has succeeded");
    pairs
}
