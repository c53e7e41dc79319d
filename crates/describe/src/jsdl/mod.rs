//! JSDL 1.0 with its POSIX, HPC profile, SPMD and sweep extensions.
//!
//! The tables ([`table`], [`application`], [`staging`]) say for each element how it is read and how it is printed;
//! [`reader`] and [`printing`] only walk along them. Sweeps are resolved before the job is read, so that each text
//! knows which parts of it a parameter fills.

mod application;
mod counts;
mod document;
mod member;
mod namespace;
mod prepare;
mod printing;
mod range;
mod reader;
mod staging;
mod sweep;
mod table;
mod value;
mod words;

use crate::language::{Entry, Language};
use crate::xml::{self, Node};
use crate::{Diagnostics, Rest, Said, Source};
use namespace::Space;
use pelago_job::Extension;
use printing::Printing;

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Jsdl,
    name: "jsdl",
    title: "JSDL 1.0 with its POSIX, HPC profile, SPMD and sweep extensions",
    extensions: &["jsdl"],
    recognise,
    read,
    print: Some(print),
};

/// Elements of the messages in which clients send a document to a service (OGSA-BES, GridSAM).
const MESSAGES: [&str; 4] = ["Envelope", "CreateActivity", "ActivityDocument", "JobDescription"];

/// Whether the first tag is one of JSDL's: by its name, or by the namespace that it binds for its own prefix; or that of a
/// message with a document in it.
fn recognise(head: &str) -> bool {
    let Some((name, tag)) = xml::root(head) else { return false };
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    if matches!(local, "JobDefinition" | "JobMultiDefinition") {
        return true;
    }
    if MESSAGES.contains(&local) && head.contains(Space::Core.uri()) && head.contains("JobDefinition") {
        return true;
    }
    let binding = if prefix.is_empty() { "xmlns=".to_string() } else { format!("xmlns:{prefix}=") };
    let bound = tag.split_whitespace().find_map(|word| word.strip_prefix(binding.as_str()));
    bound.is_some_and(|uri| {
        let uri = uri.trim_matches(['"', '\'', '/']);
        ["ggf.org/jsdl", "ogf.org/jsdl", "in2p3.fr/jsdl-extension", "in2p3.fr/jsaga"]
            .iter()
            .any(|part| uri.contains(part))
    })
}

fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let text = source.text.as_str();
    let root = xml::read_knowing(text, &namespace::USUAL, diagnostics)?;
    let said = document::read(text, &root, diagnostics)?;
    (!diagnostics.failed()).then_some(said)
}

/// Whether a child is text, or an element of a namespace that the tables know.
fn is_known(child: &Node) -> bool {
    match child {
        Node::Text(..) => true,
        Node::Element(element) => element.namespace.is_empty() || Space::of(&element.namespace).is_some(),
    }
}

/// Whether an extension can be printed: one element of a foreign namespace that stands for itself.
fn extension_fits(extension: &Extension) -> bool {
    if extension.language != ENTRY.name || !extension.name.starts_with('{') {
        return false;
    }
    let mut diagnostics = Diagnostics::default();
    let Some(element) = xml::read(&extension.text, &mut diagnostics) else { return false };
    let closed = Space::of(&element.namespace).is_some_and(|(space, _)| matches!(space, Space::Core | Space::Posix));
    element.qualified() == extension.name
        && !closed
        && !element.namespace.is_empty()
        && element.standalone(&extension.text) == extension.text
        && extension.text.trim() == extension.text
        && stands_within(&extension.text)
}

/// Whether a text stays as it is among the prefixes that a printed document binds: a word in it, such as a path, may begin
/// with one of them that meant nothing where it came from.
fn stands_within(text: &str) -> bool {
    use Space::{Core, Credential, Functions, Hpc, Posix, Spmd, Sweep, Tokens, Unicore};
    let bound = [Core, Posix, Hpc, Spmd, Sweep, Functions, Credential, Tokens, Unicore];
    let bindings = bound.map(|space| format!(" xmlns:{}=\"{}\"", space.prefix(), space.uri()));
    let whole = format!("<jsdl:JobDefinition{}>{text}</jsdl:JobDefinition>", bindings.concat());
    let element = xml::read(&whole, &mut Diagnostics::default());
    element.is_some_and(|element| element.elements().next().is_some_and(|inner| inner.standalone(&whole) == text))
}

fn print(rest: &mut Rest) -> String {
    let parameters = rest.left.parameters.clone();
    let mut job = rest.left.jobs.first_mut().map(std::mem::take).unwrap_or_default();
    prepare::prepare(rest, &mut job);
    // A parameter has to stand somewhere; those that stand nowhere else go into a remark. That is known only when the
    // job has been printed once.
    let (mut trial, mut copy) = (rest.clone(), job.clone());
    let plan = sweep::Plan::make(&mut trial, &mut copy, &parameters);
    let without = print_once(&mut trial, &mut copy, &plan, &parameters).1;
    let plan = sweep::Plan::make(rest, &mut job, &parameters);
    for number in without {
        let text = pelago_job::Text::param(number);
        let part = format!("/jobs/0/annotations/{}", job.annotations.len());
        rest.changed(part, &text, "a parameter of a JSDL sweep has to stand somewhere");
        job.annotations.push(text);
    }
    let (text, _) = print_once(rest, &mut job, &plan, &parameters);
    rest.because("/jobs", "a JSDL document describes one job");
    rest.because("/jobs/0", "JSDL has no element for it");
    if let Some(first) = rest.left.jobs.first_mut() {
        *first = job;
    }
    text
}

/// Prints the document, and says which parameters of the sweeps stand nowhere in it.
fn print_once(
    rest: &mut Rest,
    job: &mut pelago_job::Job,
    plan: &sweep::Plan,
    before: &[pelago_job::Parameter],
) -> (String, Vec<pelago_job::ParamNo>) {
    let extensions = std::mem::take(&mut rest.left.extensions);
    let name = rest.left.name.take();
    let mut printing = Printing::new(rest, "/jobs/0", std::mem::take(&mut job.extensions), &plan.parameters);
    printing.defaults.clone_from(&plan.defaults);
    let name = name.map(|name| printing.name(name, "/name"));
    let mut attributes = vec![("xmlns:jsdl", Space::Core.uri())];
    attributes.extend(name.iter().map(|name| ("id", name.as_str())));
    printing.begin_now("jsdl:JobDefinition", &attributes, "");
    printing.begin_now("jsdl:JobDescription", &[], "");
    printing.members(job, &table::DESCRIPTION, "/jobs/0");
    printing.extensions("/jobs/0", false);
    printing.end();
    job.extensions = std::mem::replace(&mut printing.kept, extensions);
    let numbers = (0..plan.parameters.len()).map(|number| pelago_job::ParamNo(number as u16));
    let without = numbers.filter(|number| !printing.targets.contains_key(number)).collect();
    sweep::print(&mut printing, plan, before);
    printing.extensions("/jobs/0", false);
    let extensions = std::mem::take(&mut printing.kept);
    printing.end();
    let text = printing.finish();
    rest.left.extensions = extensions;
    (text, without)
}
