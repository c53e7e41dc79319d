//! Reading a workflow: catalogues, nodes, dependencies.

use super::catalogue::{Catalogue, Transformation, transformation};
use super::graph::{self, Ids};
use super::{BOUND, DAX, NAME, argument, job, uses};
use crate::xml::{self, Element, Kept, first_command};
use crate::{Diagnostics, Origins, Said, Source, spelling};
use pelago_job::description::Path;
use pelago_job::{Description, Extension, Text};
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

const WORDS: [&str; 11] =
    ["metadata", "invoke", "file", "filename", "executable", "transformation", "job", "dag", "dax", "child", "parent"];

/// With more transformations than this, names are not compared with each other.
const MOST_COMPARED: usize = 200;

/// A workflow while it is read.
pub(super) struct Reading<'a> {
    pub origins: &'a mut Origins,
    pub diagnostics: &'a mut Diagnostics,
    /// The place of the job that is read, such as `/jobs/0`.
    pub at: String,
    /// The namespace of the document.
    home: Rc<str>,
    /// What is kept of the job that is read, and of the whole workflow.
    pub kept: Kept,
    outer: Kept,
}

/// Reads a document.
pub(super) fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let root = xml::read(&source.text, diagnostics)?;
    let mut said = Said::default();
    if root.name != "adag" {
        diagnostics
            .error(root.name_span.clone(), format!("`{}` is not the root of an abstract workflow", root.name))
            .note("it is `adag`")
            .did_you_mean(spelling::nearest(&root.name, ["adag"]));
        return Some(said);
    }
    if !root.namespace.is_empty() && !root.namespace.ends_with("DAX") {
        let message = format!("`{}` is not the namespace of abstract workflows", root.namespace);
        diagnostics.warning(root.name_span.clone(), message).help(format!("write `{DAX}`"));
    }
    let mut reading = Reading {
        origins: &mut said.origins,
        diagnostics,
        at: String::new(),
        home: Rc::clone(&root.namespace),
        kept: Kept::default(),
        outer: Kept::default(),
    };
    document(&mut reading, &root, &mut said.description);
    Some(said)
}

fn document(reading: &mut Reading<'_>, root: &Element, description: &mut Description) {
    let home = &*root.namespace;
    description.name = root.attribute("name").filter(|name| !name.is_empty()).map(str::to_string);
    if description.name.is_some() {
        reading.origins.note("/name", root.name_span.clone());
    }
    match root.attribute("version").map(|version| version.split('.').next().unwrap_or_default()) {
        None => {
            reading.diagnostics.warning(root.name_span.clone(), "this workflow does not say its `version`");
        }
        Some("2" | "3") => {}
        Some(_) => {
            let version = root.attribute("version").unwrap_or_default();
            let message = format!("version `{version}` is not known; it is read like 3.6");
            reading.diagnostics.warning(root.name_span.clone(), message).note("2.0 to 3.6 are known");
        }
    }
    xml::stray(root, reading.diagnostics);
    let mut catalogue = Catalogue::default();
    let mut ids = Ids::new();
    for element in root.elements() {
        match element.name.as_str() {
            _ if &*element.namespace != home => {
                reading.keep_of_all(element, "other", false);
            }
            "file" | "filename" | "executable" => catalogue.add(element),
            "transformation" => reading.keep_of_all(element, "transformation", true),
            "metadata" => reading.keep_of_all(element, "metadata", true),
            "invoke" => reading.keep_of_all(element, "invoke", false),
            "job" | "dag" | "dax" => {
                let position = description.jobs.len();
                if reading.diagnostics.crowded(position, &element.name_span) {
                    break;
                }
                reading.at = format!("/jobs/{position}");
                let mut job = job::read(reading, element);
                let kept = std::mem::take(&mut reading.kept);
                job.extensions = kept.finish(&format!("{}/extensions", reading.at), reading.origins, rank);
                let id = job.name.as_ref().and_then(Text::as_literal);
                if let (Some(id), Ok(position)) = (id, u32::try_from(position)) {
                    if let Some((_, first)) = ids.get(&id) {
                        let message = format!("two jobs have the id `{id}`");
                        let error = reading.diagnostics.error(element.name_span.clone(), message);
                        error.related(first.clone(), "the first one");
                    } else {
                        ids.insert(id, (position, element.name_span.clone()));
                    }
                }
                description.jobs.push(job);
            }
            "child" => {}
            _ => {
                reading.unknown(element, "adag", &WORDS);
                reading.keep_of_all(element, "other", false);
            }
        }
    }
    if description.jobs.is_empty() {
        reading.diagnostics.error(root.name_span.clone(), "this workflow has no job");
    }
    let mut known = BTreeSet::new();
    for element in root.elements().filter(|element| element.name == "child" && &*element.namespace == home) {
        graph::read(reading, description, &ids, element, &mut known);
    }
    for (files, what) in [(false, "dependencies"), (true, "dependencies, together with the files that jobs read,")] {
        let Some(job) = graph::circle(description, files) else { continue };
        let id = ids.iter().find(|(_, (position, _))| *position == job);
        let span = id.map_or(root.name_span.clone(), |(_, (_, span))| span.clone());
        let error = reading.diagnostics.error(span, format!("these {what} go in a circle"));
        error.note("this job waits, over others, for itself");
        break;
    }
    let located = uses::locate(&mut description.jobs, &catalogue);
    let used = programs(reading, root, description, &catalogue);
    // An entry that says no more than the jobs now do is not kept beside them.
    for element in root.elements().filter(|element| &*element.namespace == home) {
        let said = match element.name.as_str() {
            "file" | "filename" => argument::file_name(element).is_some_and(|name| located.contains(name)),
            "executable" => transformation(element).is_some_and(|name| used.contains(&name)),
            _ => continue,
        };
        if !(said && catalogue.is_all(element)) {
            reading.keep_of_all(element, &element.name, true);
        }
    }
    attributes(reading, root, description);
    let outer = std::mem::take(&mut reading.outer);
    description.extensions = outer.finish("/extensions", reading.origins, |extension| {
        let before = BEFORE.iter().position(|name| *name == extension.name);
        before.unwrap_or(BEFORE.len() + usize::from(!extension.name.starts_with('@')))
    });
}

/// Elements of the whole workflow that come before its jobs, in the schema's order.
pub(super) const BEFORE: [&str; 6] = ["metadata", "invoke", "file", "filename", "executable", "transformation"];

/// The order in which what is kept of a job is printed.
pub(super) fn rank(extension: &Extension) -> (usize, usize, String) {
    let name = extension.name.as_str();
    let order = ["node", "metadata", "profile", "stdin", "stdout", "stderr", "uses", "invoke", "other"];
    let outer = name.split('/').next().unwrap_or_default();
    let position = if name.starts_with('@') { 0 } else { 1 + order.iter().position(|n| *n == outer).unwrap_or(9) };
    let file = extension.place.as_deref().and_then(|place| place.rsplit('/').next()).and_then(|n| n.parse().ok());
    let inner = if outer == "uses" { name.to_string() } else { String::new() };
    (position, file.unwrap_or(0), inner)
}

/// Gives jobs the programs that the included catalogue has for them.
fn programs(
    reading: &mut Reading<'_>,
    root: &Element,
    description: &mut Description,
    catalogue: &Catalogue,
) -> BTreeSet<Transformation> {
    let mut used = BTreeSet::new();
    for job in &mut description.jobs {
        let name = job.application.name.as_ref().and_then(Text::as_literal);
        let Some(name) = name else { continue };
        let key = (name, job.application.version.as_ref().and_then(Text::as_literal));
        if let Some(path) = catalogue.programs.get(&key) {
            first_command(job).executable = Some(Path { text: Some(Text::literal(path.clone())), filesystem: None });
        }
        used.insert(key);
    }
    if used.len() > MOST_COMPARED {
        return used;
    }
    let names: BTreeSet<&str> = used.iter().map(|(name, _)| name.as_str()).collect();
    for element in root.elements().filter(|element| element.name == "executable") {
        let Some(entry) = transformation(element) else { continue };
        if used.contains(&entry) || reading.diagnostics.full() {
            continue;
        }
        // A program that only a transformation names is used by that.
        let near = names.iter().find(|name| spelling::one_edit(&entry.0, name));
        if let Some(near) = near {
            let message = format!("no job names `{}`", entry.0);
            reading.diagnostics.warning(element.name_span.clone(), message).did_you_mean(Some(near));
        }
    }
    used
}

/// The attributes of the whole workflow: counts are compared, others kept.
fn attributes(reading: &mut Reading<'_>, root: &Element, description: &mut Description) {
    let children = root.elements().filter(|element| element.name == "child").count();
    for attribute in root.attributes.iter().filter(|attribute| attribute.namespace.is_empty()) {
        let counted = match attribute.name.as_str() {
            "name" | "version" | "fileCount" => continue,
            "index" if attribute.value == "0" => continue,
            "count" if attribute.value == "1" => continue,
            "jobCount" => description.jobs.len(),
            "childCount" => children,
            _ => {
                let name = format!("@{}", attribute.name);
                reading.remark_of_all(root, &name, attribute.value.clone(), None);
                continue;
            }
        };
        if attribute.value.parse() != Ok(counted) {
            let message = format!("`{}` is {}, but there are {counted}", attribute.name, attribute.value);
            reading.diagnostics.warning(root.name_span.clone(), message);
        }
    }
}

fn kept(element: &Element, home: &str, name: &str, remark: bool, place: Option<String>) -> Extension {
    let mut element = element.clone();
    element.settle(home, DAX);
    let text = element.verbatim(&BOUND);
    Extension { language: NAME.into(), name: name.to_string(), text, remark, place }
}

fn told(name: &str, text: String, place: Option<String>) -> Extension {
    Extension { language: NAME.into(), name: name.to_string(), text, remark: true, place }
}

impl Reading<'_> {
    /// Notes where a part of the job stood.
    pub fn note(&mut self, part: &str, span: Range<usize>) {
        self.origins.note(format!("{}{part}", self.at), span);
    }

    /// Keeps an element of a job word for word.
    pub fn keep(&mut self, element: &Element, name: &str, remark: bool, place: Option<String>) {
        self.kept.push(kept(element, &self.home, name, remark, place), element.span.clone());
    }

    /// Keeps an attribute of a job.
    pub fn remark(&mut self, element: &Element, name: &str, text: String, place: Option<String>) {
        self.kept.push(told(name, text, place), element.name_span.clone());
    }

    fn keep_of_all(&mut self, element: &Element, name: &str, remark: bool) {
        self.outer.push(kept(element, &self.home, name, remark, None), element.span.clone());
    }

    /// Keeps an attribute of the whole workflow, or of an edge.
    pub fn remark_of_all(&mut self, element: &Element, name: &str, text: String, place: Option<String>) {
        self.outer.push(told(name, text, place), element.name_span.clone());
    }

    /// Warns about an element that is not known, which Pegasus passes over.
    pub fn unknown(&mut self, element: &Element, within: &str, words: &[&str]) {
        let near = spelling::nearest(&element.name, words.iter().copied());
        let message = format!("`{}` is not an element of `{within}`", element.written);
        let warning = self.diagnostics.warning(element.name_span.clone(), message);
        warning.note("Pegasus passes over it; here it is kept as it is").did_you_mean(near);
    }
}
