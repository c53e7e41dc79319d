//! `uses`: the logical files of a job, with the direction that they go.

use super::argument::file_name;
use super::catalogue::{Catalogue, attribute};
use super::read::Reading;
use crate::spelling;
use crate::xml::{Element, Writer};
use pelago_job::description::{Location, Staging};
use pelago_job::{Extension, Job, Text};
use std::collections::BTreeSet;

/// Directions of a file (`LinkageType`): whether it comes, whether it goes.
const LINKS: [(&str, bool, bool); 5] = [
    ("none", false, false),
    ("input", true, false),
    ("output", false, true),
    ("inout", true, true),
    ("checkpoint", true, true),
];
/// Attributes that the model has a place for.
const KNOWN: [&str; 6] = ["name", "file", "link", "optional", "executable", "size"];
/// Attributes that are kept unless they say what counts without them.
const DEFAULTS: [(&str, &str); 4] = [("register", "true"), ("transfer", "true"), ("type", "data"), ("link", "")];

/// A place of a logical file: its name there, from where the workflow is submitted, until a catalogue says another one.
fn place(name: &str) -> Option<Location> {
    Some(Location { uri: Some(Text::literal(name)), ..Location::default() })
}

fn flag(reading: &mut Reading<'_>, element: &Element, name: &str) -> bool {
    match element.attribute(name) {
        None => false,
        Some(value) => match value.to_ascii_lowercase().as_str() {
            "true" | "1" => true,
            "false" | "0" => false,
            other => {
                let message = format!("`{name}` is `true` or `false`; `{other}` counts as `false`");
                reading.diagnostics.warning(element.name_span.clone(), message);
                false
            }
        },
    }
}

/// Reads a file of a job.
pub(super) fn read(reading: &mut Reading<'_>, job: &mut Job, element: &Element) {
    let Some(name) = file_name(element) else {
        let error = reading.diagnostics.error(element.name_span.clone(), "this `uses` names no file");
        error.help("write `name=\"…\"` (`file=\"…\"` before version 3.0)");
        return;
    };
    let at = format!("/staging/{}", job.staging.len());
    let link = element.attribute("link").unwrap_or("none").to_ascii_lowercase();
    let Some((_, comes, goes)) = LINKS.iter().find(|(name, ..)| *name == link) else {
        let near = spelling::nearest(&link, LINKS.map(|(name, ..)| name));
        let message = format!("`{link}` is no way to link a file");
        let error = reading.diagnostics.error(element.name_span.clone(), message);
        error.note("it is `none`, `input`, `output`, `inout` or `checkpoint`").did_you_mean(near);
        return;
    };
    let optional = flag(reading, element, "optional");
    let executable = flag(reading, element, "executable") || element.attribute("type") == Some("executable");
    let mut size = None;
    if let Some(text) = element.attribute("size") {
        // Generators write sizes as they please, such as `2e8`.
        size = text.trim().parse::<f64>().ok().filter(|size| size.is_finite() && *size >= 0.0);
        if size.is_none() {
            let message = format!("a size is a number of bytes, not `{text}`");
            reading.diagnostics.warning(element.name_span.clone(), message);
        }
    }
    for other in &element.attributes {
        let default = DEFAULTS.iter().any(|(name, value)| *name == other.name && *value == other.value);
        let known = KNOWN.contains(&other.name.as_str()) && !(other.name == "link" && link == "checkpoint");
        let meant = other.name == "type" && other.value == "executable";
        if other.namespace.is_empty() && !default && !known && !meant {
            let kept = format!("uses/@{}", other.name);
            reading.remark(element, &kept, other.value.clone(), Some(at.clone()));
        }
    }
    for inner in element.elements() {
        reading.keep(inner, "uses/metadata", true, Some(at.clone()));
    }
    reading.note(&at, element.span.clone());
    job.staging.push(Staging {
        file: Some(Text::literal(name)),
        size,
        optional,
        executable,
        source: if *comes { place(name) } else { None },
        target: if *goes { place(name) } else { None },
        ..Staging::default()
    });
}

/// The logical files that some job makes.
pub(super) fn made(jobs: &[Job]) -> BTreeSet<String> {
    let files = jobs.iter().flat_map(|job| &job.staging).filter(|staging| staging.target.is_some());
    files.filter_map(|staging| staging.file.as_ref().and_then(attribute)).collect()
}

/// The source of a file as it is read: where the catalogue says that it is, unless a job makes it.
pub(super) fn source(name: &str, made: &BTreeSet<String>, catalogue: &Catalogue) -> (Text, Vec<Text>) {
    let places = if made.contains(name) { None } else { catalogue.places(name) };
    places.unwrap_or_else(|| (Text::literal(name), Vec::new()))
}

/// Puts the places of files that come from outside into the jobs. Gives back the files for which there was one.
pub(super) fn locate(jobs: &mut [Job], catalogue: &Catalogue) -> BTreeSet<String> {
    let mut located = BTreeSet::new();
    let made = made(jobs);
    for staging in jobs.iter_mut().flat_map(|job| &mut job.staging) {
        let name = staging.file.as_ref().and_then(Text::as_literal).unwrap_or_default();
        if let Some(source_left) = &mut staging.source {
            let (uri, alternatives) = source(&name, &made, catalogue);
            (source_left.uri, source_left.alternatives) = (Some(uri), alternatives);
            if !made.contains(&name) {
                located.insert(name);
            }
        }
    }
    located
}

/// Prints a file that can be said, and takes it. `extra` are the kept elements and attributes of it.
pub(super) fn print(staging: &mut Staging, extra: Vec<Extension>, out: &mut Writer) {
    let Some(name) = staging.file.as_ref().and_then(attribute) else { return };
    staging.file = None;
    let attribute_of = |e: &Extension| e.name.strip_prefix("uses/@").map(|name| (name.to_string(), e.text.clone()));
    let kept: Vec<(String, String)> = extra.iter().filter_map(attribute_of).collect();
    let mut attributes: Vec<(&str, String)> = vec![("name", name)];
    let link = match (staging.source.is_some(), staging.target.is_some()) {
        (true, true) => kept.iter().find(|(name, _)| name == "link").map_or("inout", |_| "checkpoint"),
        (true, false) => "input",
        (false, true) => "output",
        (false, false) => "none",
    };
    attributes.push(("link", link.to_string()));
    if std::mem::take(&mut staging.optional) {
        attributes.push(("optional", "true".into()));
    }
    if std::mem::take(&mut staging.executable) {
        attributes.push(("executable", "true".into()));
    }
    if let Some(size) = staging.size.take_if(|size| size.is_finite() && *size >= 0.0) {
        attributes.push(("size", size.to_string()));
    }
    attributes.extend(kept.iter().filter(|(name, _)| name != "link").map(|(n, v)| (n.as_str(), v.clone())));
    let attributes: Vec<(&str, &str)> = attributes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let inner: Vec<&Extension> = extra.iter().filter(|e| e.name == "uses/metadata").collect();
    if inner.is_empty() {
        return out.leaf("uses", &attributes, "");
    }
    out.open("uses", &attributes);
    inner.iter().for_each(|e| out.verbatim(&e.text));
    out.close();
}
