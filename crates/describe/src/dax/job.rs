//! `job`, `dag` and `dax`: the nodes of a workflow.

use super::catalogue::transformation;
use super::read::Reading;
use super::{argument, profile, uses};
use crate::spelling;
use crate::xml::{self, Element, first_command};
use pelago_job::description::{Argument, Node, NodeKind, Reference, Stdio};
use pelago_job::{Job, Text};

/// Elements of a node.
const WORDS: [&str; 8] = ["argument", "metadata", "profile", "stdin", "stdout", "stderr", "uses", "invoke"];
/// Attributes of a node that the model has a place for.
const KNOWN: [&str; 6] = ["id", "name", "namespace", "version", "node-label", "file"];
/// Attributes of version 2 and of generators, which only remark something.
const REMARKS: [&str; 6] = ["dv-namespace", "dv-name", "dv-version", "level", "compound", "runtime"];

/// The element that a file of another workflow is printed as.
pub(super) fn node_element(file: &str) -> &'static str {
    if file.ends_with(".dag") { "dag" } else { "dax" }
}

/// Reads a node.
pub(super) fn read(reading: &mut Reading<'_>, element: &Element) -> Job {
    let mut job = Job::default();
    let name = element.name_span.clone();
    reading.note("", element.span.clone());
    match element.attribute("id").filter(|id| !id.is_empty()) {
        Some(id) => {
            job.name = Some(Text::literal(id));
            reading.note("/name", name.clone());
        }
        None => {
            let message = format!("this `{}` has no `id`", element.name);
            reading.diagnostics.error(name.clone(), message).note("children and parents are found by their ids");
        }
    }
    job.description = element.attribute("node-label").map(Text::literal);
    if element.name == "job" {
        match transformation(element) {
            Some((transformation, version)) => {
                job.application.name = Some(Text::literal(transformation));
                job.application.version = version.map(Text::literal);
                reading.note("/application", name.clone());
            }
            None => {
                let error = reading.diagnostics.error(name.clone(), "this job has no `name`");
                error.note("it is the logical name of what runs, `mProject` or the like");
            }
        }
    } else {
        workflow(reading, element, &mut job);
    }
    for other in &element.attributes {
        if !other.namespace.is_empty() || KNOWN.contains(&other.name.as_str()) {
            continue;
        }
        if !REMARKS.contains(&other.name.as_str()) {
            let near = KNOWN.iter().find(|known| spelling::one_edit(&other.name, known)).copied();
            if near.is_some() {
                let message = format!("`{}` is not an attribute of `{}`", other.name, element.name);
                reading.diagnostics.warning(name.clone(), message).did_you_mean(near);
            }
        }
        reading.remark(element, &format!("@{}", other.name), other.value.clone(), None);
    }
    xml::stray(element, reading.diagnostics);
    for inner in element.elements() {
        part(reading, &mut job, element, inner);
    }
    if job.application.commands == [Default::default()] {
        job.application.commands.clear();
    }
    job
}

/// `dag` and `dax`: another workflow's file.
fn workflow(reading: &mut Reading<'_>, element: &Element, job: &mut Job) {
    let Some(file) = element.attribute("file").filter(|file| !file.is_empty()) else {
        let message = format!("this `{}` names no `file`", element.name);
        reading.diagnostics.error(element.name_span.clone(), message);
        return;
    };
    let reference = Reference { file: Some(Text::literal(file)), ..Reference::default() };
    job.node = Some(Node { kind: Some(NodeKind::Workflow), reference: Some(reference), ..Node::default() });
    reading.note("/node", element.name_span.clone());
    if node_element(file) != element.name {
        reading.remark(element, "node", element.name.clone(), None);
    }
    if let Some((transformation, version)) = transformation(element) {
        job.application.name = Some(Text::literal(transformation));
        job.application.version = version.map(Text::literal);
    }
}

fn part(reading: &mut Reading<'_>, job: &mut Job, element: &Element, inner: &Element) {
    match inner.name.as_str() {
        "argument" => {
            let (words, open) = argument::words(inner);
            if open {
                let message = "a quote in this argument is not closed; all quotes are taken as they are";
                reading.diagnostics.warning(inner.text_span(), message);
            }
            for file in inner.elements() {
                if !matches!(file.name.as_str(), "file" | "filename") || argument::file_name(file).is_none() {
                    let error = reading.diagnostics.error(file.name_span.clone(), "arguments are text and files");
                    error.help("write `<file name=\"…\"/>`; write `&lt;` for `<`");
                }
            }
            let words = words.into_iter().map(|word| Argument { text: Some(Text::literal(word)), filesystem: None });
            first_command(job).arguments.extend(words);
            reading.note("/application/commands/0/arguments", inner.span.clone());
        }
        "profile" => profile::read(reading, job, inner),
        "stdin" | "stdout" | "stderr" => {
            let Some(file) = argument::file_name(inner) else {
                let message = format!("this `{}` names no file", inner.name);
                reading.diagnostics.error(inner.name_span.clone(), message);
                return;
            };
            let command = first_command(job);
            let (slot, part) = match inner.name.as_str() {
                "stdin" => (&mut command.input, "input"),
                "stdout" => (&mut command.output, "output"),
                _ => (&mut command.error, "error"),
            };
            *slot = Some(Stdio { path: Some(Text::literal(file)), ..Stdio::default() });
            reading.note(&format!("/application/commands/0/{part}"), inner.span.clone());
            if let Some(variable) = inner.attribute("varname") {
                reading.remark(inner, &format!("{}/@varname", inner.name), variable.to_string(), None);
            }
        }
        "uses" => uses::read(reading, job, inner),
        "metadata" => reading.keep(inner, "metadata", true, None),
        "invoke" => reading.keep(inner, "invoke", false, None),
        _ => {
            reading.unknown(inner, &element.name, &WORDS);
            reading.keep(inner, "other", false, None);
        }
    }
}
