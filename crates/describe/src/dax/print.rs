//! Printing a workflow in version 3.6.
//!
//! What a job would be read back as depends on the catalogues, which all jobs share: they are completed first, and then every
//! job is compared with what it will be.

use super::catalogue::{Catalogue, attribute, parts, path, take_attribute, url};
use super::job::node_element;
use super::read::BEFORE;
use super::{BOUND, DAX, NAME, XSI, argument, graph, profile, uses};
use crate::Diagnostics;
use crate::loss::Rest;
use crate::xml::{self, Writer, exact, first_command};
use pelago_job::description::{Edge, Location, NodeKind};
use pelago_job::{Extension, Job, Text};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Prints a description.
pub(super) fn print(rest: &mut Rest) -> String {
    rest.some_job();
    for number in 0..rest.left.jobs.len() {
        rest.first_task(number, "abstract workflows have no sweeps; this is the first task");
    }
    let tangled = untangle(rest);
    let own = own(&mut rest.left.extensions, |_| true);
    let mut catalogue = Catalogue::default();
    for entry in own.iter().filter(|e| BEFORE.contains(&e.name.as_str())) {
        let mut ignored = Diagnostics::default();
        if let Some(element) = xml::read(&around(&entry.text), &mut ignored) {
            element.elements().for_each(|element| catalogue.add(element));
        }
    }
    let named = names(rest);
    let mut out = Writer::new();
    head(rest, &mut out, &own);
    for name in BEFORE {
        own.iter().filter(|e| e.name == name).for_each(|e| out.verbatim(&e.text));
        match name {
            "filename" => files(rest, &mut catalogue, &mut out),
            "executable" => programs(rest, &named, &mut catalogue, &mut out),
            _ => {}
        }
    }
    let ids = ids(rest);
    let made = uses::made(&rest.left.jobs);
    for number in 0..rest.left.jobs.len() {
        if let Some(job) = rest.left.jobs.get_mut(number).map(std::mem::take) {
            let id = ids.get(number).map(String::as_str).unwrap_or_default();
            let name = named.get(number).cloned().flatten();
            let printing = Printing { rest, out: &mut out, job, at: format!("/jobs/{number}") };
            let left = printing.node(id, name, &made, &catalogue);
            if let Some(place) = rest.left.jobs.get_mut(number) {
                *place = left;
            }
        }
    }
    own.iter().filter(|e| e.name == "other").for_each(|e| out.verbatim(&e.text));
    edges(rest, &ids, &own, &mut out);
    tangled.put_back(rest);
    out.finish()
}

/// What would make the workflow go in a circle, and so is not said.
#[derive(Default)]
struct Tangled {
    edges: Vec<Edge>,
    targets: Vec<(usize, usize, Location)>,
}

/// Takes out what would make the workflow go in a circle: its dependencies, or else that its jobs make files.
fn untangle(rest: &mut Rest) -> Tangled {
    let mut tangled = Tangled::default();
    if graph::circle(&rest.left, false).is_some() {
        tangled.edges = std::mem::take(&mut rest.left.edges);
        rest.because("/edges", "these dependencies go in a circle");
    }
    if graph::circle(&rest.left, true).is_some() {
        for (number, job) in rest.left.jobs.iter_mut().enumerate() {
            for (position, staging) in job.staging.iter_mut().enumerate() {
                if let Some(target) = staging.target.take() {
                    tangled.targets.push((number, position, target));
                }
            }
        }
        for (number, position, _) in &tangled.targets {
            let part = format!("/jobs/{number}/staging/{position}/target");
            rest.because(part, "the files that jobs make and read would go in a circle");
        }
    }
    tangled
}

impl Tangled {
    /// Puts back what was not said, so that it counts as lost.
    fn put_back(self, rest: &mut Rest) {
        if !self.edges.is_empty() {
            rest.left.edges = self.edges;
        }
        for (number, position, target) in self.targets {
            let job = rest.left.jobs.get_mut(number);
            if let Some(staging) = job.and_then(|job| job.staging.get_mut(position)) {
                staging.target = Some(target);
            }
        }
    }
}

/// A kept element in a document that binds what printed documents bind.
fn around(text: &str) -> String {
    format!("<adag xmlns=\"{DAX}\" xmlns:{}=\"{XSI}\">{text}</adag>", BOUND[1].0)
}

/// Takes this language's extensions that fit, whose list keeps its places.
fn own(extensions: &mut [Extension], fits: impl Fn(&Extension) -> bool) -> Vec<Extension> {
    extensions.iter_mut().filter(|e| e.language == NAME && fits(e)).map(std::mem::take).collect()
}

/// The start tag.
fn head(rest: &mut Rest, out: &mut Writer, own: &[Extension]) {
    let schema = format!("{DAX} http://pegasus.isi.edu/schema/dax-3.6.xsd");
    let name = rest.left.name.take_if(|name| !name.is_empty() && xml::carries(name));
    let name = name.unwrap_or_else(|| {
        rest.left.name = None;
        rest.changed("/name", "workflow", "an abstract workflow has a name");
        "workflow".to_string()
    });
    let mut attributes = vec![
        ("xmlns", DAX),
        ("xmlns:xsi", XSI),
        ("xsi:schemaLocation", schema.as_str()),
        ("version", "3.6"),
        ("name", name.as_str()),
    ];
    for extension in own.iter().filter(|e| e.place.is_none()) {
        if let Some(name) = extension.name.strip_prefix('@') {
            attributes.push((name, &extension.text));
        }
    }
    out.open("adag", &attributes);
}

/// The transformation that each job names, with the version; of other workflows' files nothing.
fn names(rest: &mut Rest) -> Vec<Option<(String, Option<String>)>> {
    let mut names = Vec::new();
    let mut added = Vec::new();
    for (number, job) in rest.left.jobs.iter_mut().enumerate() {
        if is_workflow(job) {
            names.push(None);
            continue;
        }
        let version = take_attribute(&mut job.application.version);
        let name = take_attribute(&mut job.application.name).unwrap_or_else(|| {
            let first = job.application.commands.first();
            let program = first.and_then(|command| command.executable.as_ref()).and_then(|path| path.text.as_ref());
            let program = program.and_then(attribute).and_then(|path| path.rsplit('/').next().map(str::to_string));
            let id = job.name.as_ref().and_then(attribute);
            let name = program.filter(|name| !name.is_empty()).or(id).unwrap_or_else(|| "job".to_string());
            added.push((number, name.clone()));
            name
        });
        names.push(Some((name, version)));
    }
    for (number, name) in added {
        if let Some(job) = rest.left.jobs.get_mut(number) {
            job.application.name = None;
        }
        rest.changed(format!("/jobs/{number}/application/name"), name, "a job is named by what it runs");
    }
    names
}

fn is_workflow(job: &Job) -> bool {
    let Some(node) = &job.node else { return false };
    let file = node.reference.as_ref().and_then(|reference| reference.file.as_ref()).and_then(attribute);
    matches!(node.kind, Some(NodeKind::Workflow | NodeKind::Splice)) && file.is_some()
}

/// Prints entries for files from outside that no entry is there for.
fn files(rest: &Rest, catalogue: &mut Catalogue, out: &mut Writer) {
    let made = uses::made(&rest.left.jobs);
    for staging in rest.left.jobs.iter().flat_map(|job| &job.staging) {
        let Some(name) = staging.file.as_ref().and_then(attribute) else { continue };
        let Some(uri) = staging.source.as_ref().and_then(|source| source.uri.as_ref()).and_then(attribute) else {
            continue;
        };
        if uri == name || made.contains(&name) || catalogue.files.contains_key(&name) {
            continue;
        }
        let others = staging.source.iter().flat_map(|source| &source.alternatives).filter_map(attribute);
        let urls: Vec<String> = std::iter::once(uri).chain(others).collect();
        out.open("file", &[("name", &name)]);
        urls.iter().for_each(|url| out.leaf("pfn", &[("url", url), ("site", "local")], ""));
        out.close();
        catalogue.files.insert(name, urls);
    }
}

/// Prints entries for programs that no entry is there for.
fn programs(rest: &Rest, named: &[Option<(String, Option<String>)>], catalogue: &mut Catalogue, out: &mut Writer) {
    for (job, key) in rest.left.jobs.iter().zip(named) {
        let Some(key) = key.as_ref().filter(|key| !catalogue.programs.contains_key(key)) else { continue };
        let first = job.application.commands.first();
        let program = first.and_then(|command| command.executable.as_ref()).and_then(|path| path.text.as_ref());
        let Some(program) = program.and_then(attribute) else { continue };
        let shown = url(&program);
        if path(&shown) != Some(program.as_str()) {
            continue;
        }
        let (namespace, name) = parts(&key.0);
        let mut attributes = vec![("name", name)];
        attributes.extend(namespace.map(|namespace| ("namespace", namespace)));
        attributes.extend(key.1.as_deref().map(|version| ("version", version)));
        attributes.push(("installed", "true"));
        out.open("executable", &attributes);
        out.leaf("pfn", &[("url", &shown), ("site", "local")], "");
        out.close();
        catalogue.programs.insert(key.clone(), program);
    }
}

/// The id of each job: its name where that can be one, else a new one.
fn ids(rest: &mut Rest) -> Vec<String> {
    let fits = |id: &str| id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let mut taken = BTreeSet::new();
    let mut ids: Vec<Option<String>> = Vec::new();
    for job in &mut rest.left.jobs {
        let id = job.name.as_ref().and_then(attribute).filter(|id| fits(id) && taken.insert(id.clone()));
        if id.is_some() {
            job.name = None;
        }
        ids.push(id);
    }
    let mut next = 1;
    for (number, id) in ids.iter_mut().enumerate() {
        if id.is_some() {
            continue;
        }
        let new = loop {
            let new = format!("ID{next:07}");
            next += 1;
            if taken.insert(new.clone()) {
                break new;
            }
        };
        if let Some(job) = rest.left.jobs.get_mut(number) {
            job.name = None;
        }
        rest.changed(format!("/jobs/{number}/name"), &new, "ids are unique, of letters, digits, `-`, `_` and `.`");
        *id = Some(new);
    }
    ids.into_iter().flatten().collect()
}

/// Prints the dependencies, in the order that they are in.
fn edges(rest: &mut Rest, ids: &[String], own: &[Extension], out: &mut Writer) {
    let labels: BTreeMap<&str, &str> = own
        .iter()
        .filter(|e| e.name == "parent/@edge-label")
        .filter_map(|e| Some((e.place.as_deref()?.strip_prefix("/edges/")?, e.text.as_str())))
        .collect();
    let mut open: Option<u32> = None;
    let mut known = BTreeSet::new();
    for (number, edge) in rest.left.edges.iter_mut().enumerate() {
        let (Some(parent), Some(child)) = (edge.parent, edge.child) else { continue };
        let (Some(parent_id), Some(child_id)) = (ids.get(parent as usize), ids.get(child as usize)) else { continue };
        if parent == child || !known.insert((parent, child)) {
            continue;
        }
        (edge.parent, edge.child) = (None, None);
        if open != Some(child) {
            if open.replace(child).is_some() {
                out.close();
            }
            out.open("child", &[("ref", child_id)]);
        }
        let mut attributes = vec![("ref", parent_id.as_str())];
        attributes.extend(labels.get(number.to_string().as_str()).map(|label| ("edge-label", *label)));
        out.leaf("parent", &attributes, "");
    }
    if open.is_some() {
        out.close();
    }
    rest.because("/edges", "a job waits for the success of others, nothing else");
}

/// A job while it is printed.
struct Printing<'a> {
    rest: &'a mut Rest,
    out: &'a mut Writer,
    job: Job,
    at: String,
}

impl Printing<'_> {
    fn changed(&mut self, part: &str, instead: impl Serialize, why: &str) {
        self.rest.changed(format!("{}{part}", self.at), instead, why);
    }

    /// The kept texts of a name.
    fn kept(&mut self, name: &str) -> Vec<String> {
        let kept = own(&mut self.job.extensions, |e| e.name == name && e.place.is_none());
        kept.into_iter().map(|e| e.text).collect()
    }

    /// Prints a node, and gives back what is left of it.
    fn node(
        mut self,
        id: &str,
        name: Option<(String, Option<String>)>,
        made: &BTreeSet<String>,
        catalogue: &Catalogue,
    ) -> Job {
        let mut attributes: Vec<(String, String)> = vec![("id".into(), id.to_string())];
        let element = match &name {
            Some(key) => {
                let (namespace, short) = parts(&key.0);
                attributes.extend(namespace.map(|namespace| ("namespace".to_string(), namespace.to_string())));
                attributes.push(("name".into(), short.to_string()));
                attributes.extend(key.1.clone().map(|version| ("version".to_string(), version)));
                "job"
            }
            None => self.reference(&mut attributes),
        };
        if let Some(label) = take_attribute(&mut self.job.description) {
            attributes.push(("node-label".into(), label));
        }
        for e in own(&mut self.job.extensions, |e| e.name.starts_with('@')) {
            attributes.push((e.name.trim_start_matches('@').to_string(), e.text));
        }
        let attributes: Vec<(&str, &str)> = attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.out.open(element, &attributes);
        if let Some(key) = &name {
            self.program(catalogue.programs.get(key));
        }
        self.arguments();
        for text in self.kept("metadata") {
            self.out.verbatim(&text);
        }
        self.profiles();
        self.streams();
        self.files(made, catalogue);
        for name in ["invoke", "other"] {
            for text in self.kept(name) {
                self.out.verbatim(&text);
            }
        }
        self.out.close();
        self.job
    }

    /// The file of another workflow.
    fn reference(&mut self, attributes: &mut Vec<(String, String)>) -> &'static str {
        let Some(node) = &mut self.job.node else { return "dax" };
        let kind = node.kind.take();
        let file = node.reference.as_mut().and_then(|reference| take_attribute(&mut reference.file));
        let file = file.unwrap_or_default();
        let element = node_element(&file);
        attributes.push(("file".into(), file));
        if kind == Some(NodeKind::Splice) {
            self.changed("/node/kind", NodeKind::Workflow, "another file's workflow runs as one node");
        }
        match self.kept("node").first().map(String::as_str) {
            Some("dag") => "dag",
            Some("dax") => "dax",
            _ => element,
        }
    }

    /// Compares the program with the one that the catalogue gives to the job.
    fn program(&mut self, found: Option<&String>) {
        let slot = &mut first_command(&mut self.job).executable;
        let said = slot.as_ref().and_then(|path| path.text.as_ref()).and_then(attribute);
        if let Some(path) = slot.as_mut().filter(|_| said.is_some()) {
            path.text = None;
        }
        if said.as_ref() == found {
            return;
        }
        let why = "the program is what the catalogue has for the job's name";
        let part = "/application/commands/0/executable/text";
        self.changed(part, found.map(|path| Text::literal(path.clone())), why);
    }

    fn arguments(&mut self) {
        let files: BTreeSet<String> =
            self.job.staging.iter().filter_map(|staging| staging.file.as_ref().and_then(attribute)).collect();
        let mut words = Vec::new();
        for argument in &mut first_command(&mut self.job).arguments {
            if let Some(word) = argument.text.as_ref().and_then(exact) {
                argument.text = None;
                words.push(word);
            }
        }
        if !words.is_empty() {
            let content = argument::content(&words, &files);
            self.out.verbatim(&format!("<argument>{content}</argument>"));
        }
    }

    fn profiles(&mut self) {
        // White space around the value of a profile is cut off.
        let sayable = |text: &Text| exact(text).filter(|text| text.trim() == text);
        for (name, value) in xml::take_variables(&mut self.job, self.rest, &self.at, sayable) {
            self.out.leaf("profile", &[("namespace", "env"), ("key", &name)], &value);
        }
        let (rest, at) = (&mut *self.rest, &self.at);
        profile::print(&mut self.job, self.out, &mut |part, instead, why| {
            rest.changed(format!("{at}{part}"), instead, why);
        });
        for e in own(&mut self.job.extensions, |e| e.name.starts_with("profile/")) {
            self.out.verbatim(&e.text);
        }
    }

    fn streams(&mut self) {
        for (name, link) in [("stdin", "input"), ("stdout", "output"), ("stderr", "output")] {
            let command = first_command(&mut self.job);
            let slot = match name {
                "stdin" => &mut command.input,
                "stdout" => &mut command.output,
                _ => &mut command.error,
            };
            let Some(file) = slot.as_mut().and_then(|stream| take_attribute(&mut stream.path)) else { continue };
            let variable = self.kept(&format!("{name}/@varname"));
            let mut attributes = vec![("name", file.as_str()), ("link", link)];
            attributes.extend(variable.first().map(|variable| ("varname", variable.as_str())));
            self.out.leaf(name, &attributes, "");
        }
    }

    fn files(&mut self, made: &BTreeSet<String>, catalogue: &Catalogue) {
        let mut list = std::mem::take(&mut self.job.staging);
        let sayable = list.iter().map(|staging| staging.file.as_ref().is_some_and(|file| attribute(file).is_some()));
        let sayable: Vec<bool> = sayable.collect();
        let position = |e: &Extension| e.place.as_deref()?.strip_prefix("/staging/")?.parse::<usize>().ok();
        let fits = |e: &Extension| position(e).is_some_and(|position| sayable.get(position) == Some(&true));
        let mut extra: BTreeMap<usize, Vec<Extension>> = BTreeMap::new();
        for e in own(&mut self.job.extensions, fits) {
            extra.entry(position(&e).unwrap_or_default()).or_default().push(e);
        }
        for (position, staging) in list.iter_mut().enumerate() {
            let Some(name) = staging.file.as_ref().and_then(attribute) else { continue };
            let at = format!("/staging/{position}");
            uses::print(staging, extra.remove(&position).unwrap_or_default(), self.out);
            if let Some(source) = &mut staging.source {
                let (uri, others) = uses::source(&name, made, catalogue);
                let why = "a file that is used is found by its name";
                if source.uri.take().as_ref() != Some(&uri) {
                    self.changed(&format!("{at}/source/uri"), uri, why);
                }
                if std::mem::take(&mut source.alternatives) != others {
                    self.changed(&format!("{at}/source/alternatives"), others, why);
                }
            }
            if let Some(target) = &mut staging.target {
                let uri = Text::literal(name);
                if target.uri.take().as_ref() != Some(&uri) {
                    self.changed(&format!("{at}/target/uri"), uri, "where results go is decided by the planner");
                }
            }
        }
        self.job.staging = list;
    }
}
