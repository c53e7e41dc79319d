//! Whole documents: a JobDefinition, JSAGA's collections around one, or a single element of the schema.

use super::namespace::{self, Space};
use super::reader::Reader;
use super::sweep::{self, Holes, Outcome};
use super::{counts, table, words};
use crate::xml::{Element, Node};
use crate::{Diagnostics, Said, spelling};
use pelago_job::description::Space as Tasks;
use pelago_job::{Description, Domain, Extension, Job, Order, ParamNo, Parameter, Piece, Template, Text};

/// JSAGA's documents that describe no job, and what they are.
const COMPANIONS: [(Space, &str, &str); 4] = [
    (Space::Collection, "ResourceSelection", "JSAGA's list of the resources that its broker may choose"),
    (Space::Universe, "UNIVERSE", "JSAGA's configuration of grids and sites"),
    (Space::Status, "workflow", "JSAGA's record of the steps of a collection that was submitted"),
    (Space::Universe, "GRID", "JSAGA's configuration of a grid"),
];

/// Reads a document from its tree.
pub fn read(text: &str, root: &Element, diagnostics: &mut Diagnostics) -> Option<Said> {
    let space = Space::of(&root.namespace).map(|(space, _)| space);
    match (space, root.name.as_str()) {
        (Some(Space::Core), "JobDefinition") => definition(text, root, diagnostics),
        (Some(Space::Core), "JobMultiDefinition") => several(text, root, diagnostics),
        (Some(Space::Collection), "JobCollection" | "Job") => collection(text, root, diagnostics),
        (Some(space), name) if COMPANIONS.iter().any(|(s, n, _)| *s == space && *n == name) => {
            let what = COMPANIONS.iter().find(|(s, n, _)| *s == space && *n == name).map_or("", |(_, _, what)| what);
            diagnostics
                .warning(root.name_span.clone(), "this document describes no job")
                .note(format!("it is {what}; it is kept word for word, and nothing of it runs"));
            let mut description = Description::default();
            description.extensions.push(kept(text, root));
            Some(Said::new(description))
        }
        (Some(space), _) if space.closed() => fragment(text, root, diagnostics),
        _ => match enclosed(root) {
            Some(document) => {
                diagnostics
                    .note(root.name_span.clone(), format!("`{}` is a message with a JSDL document in it", root.written))
                    .note("the document is read, and nothing around it");
                read(text, document, diagnostics)
            }
            None => {
                wrong_root(root, diagnostics);
                None
            }
        },
    }
}

/// The only document in a message: a JobDefinition somewhere in elements of others.
fn enclosed(root: &Element) -> Option<&Element> {
    let (mut open, mut found) = (vec![root], None);
    while let Some(element) = open.pop() {
        for inner in element.elements() {
            let core = Space::of(&inner.namespace).is_some_and(|(space, _)| space == Space::Core);
            match core && inner.name == "JobDefinition" {
                true if found.is_some() => return None,
                true => found = Some(inner),
                false => open.push(inner),
            }
        }
    }
    found
}

fn kept(text: &str, element: &Element) -> Extension {
    Extension {
        language: "jsdl".into(),
        name: element.qualified(),
        text: element.standalone(text),
        ..Extension::default()
    }
}

/// Says why a root element is none of JSDL's.
fn wrong_root(root: &Element, diagnostics: &mut Diagnostics) {
    let right = Space::Core.uri();
    let span = root.name_span.clone();
    let known = ["JobDefinition", "JobDescription"];
    if let Some(meant) = namespace::misspelt(&root.namespace) {
        diagnostics
            .error(span, format!("`{}` is in a namespace that does not exist: `{}`", root.name, root.namespace))
            .help(format!("the right one is `{meant}`"));
    } else if known.contains(&root.name.as_str()) {
        let what = match root.namespace.is_empty() {
            true => "has no namespace".to_string(),
            false => format!("is in the namespace `{}`", root.namespace),
        };
        diagnostics
            .error(span, format!("this `{}` {what}, so it is not JSDL's", root.name))
            .help(format!("write `<jsdl:{} xmlns:jsdl=\"{right}\">`", root.name));
    } else {
        diagnostics
            .error(span, format!("`{}` is no element of JSDL", root.qualified()))
            .help(format!("a JSDL document is a `JobDefinition` in the namespace `{right}`"));
    }
}

/// A JobDefinition. Its sweeps are read first; if they fill something that is no text in the model, they are kept
/// word for word and the job is read without them.
fn definition(text: &str, root: &Element, diagnostics: &mut Diagnostics) -> Option<Said> {
    let is_sweep = |e: &&Element| {
        e.name == "Sweep" && Space::of(&e.namespace).is_some_and(|(s, _)| matches!(s, Space::Sweep | Space::DraftSweep))
    };
    let sweeps: Vec<&Element> = root.elements().filter(is_sweep).collect();
    if sweeps.is_empty() {
        return Some(jobs(text, root, Holes::default(), diagnostics).0);
    }
    match sweep::read(text, root, &sweeps, diagnostics) {
        Outcome::Wrong => {
            let (said, _) = jobs(text, root, Holes::default(), diagnostics);
            drop(said);
            None
        }
        Outcome::Kept(why, span) => Some(without_sweep(text, root, &sweeps, (why, span), diagnostics)),
        Outcome::Space(parameters, space, holes) => {
            let mut trial = Diagnostics::default();
            let (mut said, unused) = jobs(text, root, holes.clone(), &mut trial);
            if let Some(element) = unused {
                let place = text.get(element..).unwrap_or("").split(['>', ' ', '/']).next().unwrap_or("");
                let why = format!("a sweep fills `{place}>`, which is no text here");
                let span = element..(element + place.len()).min(text.len());
                return Some(without_sweep(text, root, &sweeps, (why, span), diagnostics));
            }
            let _ = jobs(text, root, holes, diagnostics);
            let tasks = space.len(&parameters);
            if let Some(first) = sweeps.first() {
                diagnostics.note(first.name_span.clone(), format!("the sweeps make {tasks} jobs of this one"));
                for number in 0..said.description.jobs.len() {
                    said.origins.note(format!("/jobs/{number}/space"), first.span.clone());
                }
                said.origins.note("/parameters", first.span.clone());
            }
            said.description.parameters = parameters;
            for job in &mut said.description.jobs {
                job.space = Some(space.clone());
            }
            Some(said)
        }
    }
}

/// Reads a document whose sweeps cannot be held, and keeps them.
fn without_sweep(
    text: &str,
    root: &Element,
    sweeps: &[&Element],
    (why, span): (String, std::ops::Range<usize>),
    diagnostics: &mut Diagnostics,
) -> Said {
    diagnostics
        .warning(span, why)
        .note("the sweeps are kept word for word; the document is correct, but it is refused when it is run");
    let (mut said, _) = jobs(text, root, Holes::default(), diagnostics);
    said.description.extensions.extend(sweeps.iter().map(|sweep| kept(text, sweep)));
    said
}

/// The jobs of a JobDefinition; also the place of a hole that no text has.
fn jobs(text: &str, root: &Element, holes: Holes, diagnostics: &mut Diagnostics) -> (Said, Option<usize>) {
    let mut description = Description::default();
    let mut reader = Reader::new(text, diagnostics, holes);
    reader.attributes(root, &["id"], "");
    description.name = reader.name_attribute(root, "id");
    let mut count = 0;
    for child in &root.children {
        let child = match child {
            Node::Element(child) => child,
            Node::Text(text, span) => {
                reader.stray(text, span.clone(), root);
                continue;
            }
        };
        let space = Space::of(&child.namespace).map(|(space, _)| space);
        match (space, child.name.as_str()) {
            (Some(Space::Core), "JobDescription") => {
                if reader.diagnostics.crowded(count, &child.name_span) {
                    break;
                }
                if count == 1 {
                    reader
                        .diagnostics
                        .note(child.name_span.clone(), "a second job; JSDL has one in a document, GenesisII several");
                }
                description.jobs.push(job(&mut reader, child, count));
                count += 1;
            }
            (Some(Space::Sweep | Space::DraftSweep), "Sweep") => {}
            _ => {
                let table: &[super::member::Member<Job>] = &[];
                reader.unknown(child, root, table, "");
            }
        }
    }
    if count == 0 {
        let inside = table::DESCRIPTION.iter().find(|m| root.elements().any(|e| e.name == m.name));
        let error = reader.diagnostics.error(root.name_span.clone(), "this `JobDefinition` has no `JobDescription`");
        if let Some(member) = inside {
            error.help(format!("put `{}` and what stands beside it into a `JobDescription`", member.name));
        }
    }
    description.extensions = std::mem::take(&mut reader.extensions);
    let unused = reader.holes.unused();
    let origins = std::mem::take(&mut reader.origins);
    (Said { description, origins, experiment: None }, unused)
}

fn job(reader: &mut Reader<'_>, element: &Element, number: usize) -> Job {
    let mut job = Job::default();
    let at = format!("/jobs/{number}");
    let outer = std::mem::take(&mut reader.extensions);
    reader.job.clone_from(&at);
    reader.program_seen = false;
    reader.origins.note(at.clone(), element.span.clone());
    reader.attributes(element, &[], &at);
    reader.members(element, &mut job, &table::DESCRIPTION, &at);
    job.extensions = std::mem::replace(&mut reader.extensions, outer);
    reader.job.clear();
    finish(reader, &mut job, element);
    job
}

/// What can only be seen of a job as a whole.
fn finish(reader: &mut Reader<'_>, job: &mut Job, element: &Element) {
    let declared: Vec<String> = job.resources.filesystems.iter().filter_map(|f| f.name.clone()).collect();
    for (name, span) in std::mem::take(&mut reader.filesystems) {
        if declared.contains(&name) || words::WELL_KNOWN.contains(&name.as_str()) {
            continue;
        }
        let known = declared.iter().map(String::as_str).chain(words::WELL_KNOWN.iter().copied());
        let near = spelling::nearest(&name, known);
        reader
            .diagnostics
            .warning(span, format!("no file system `{name}` is declared in this job"))
            .did_you_mean(near)
            .help(format!("add `<jsdl:FileSystem name=\"{name}\">` to `Resources`, with its `MountPoint`"))
            .note("HOME, ROOT, SCRATCH and TMP need no declaration");
    }
    counts::check(reader, &job.resources, element);
    let windows = job.application.commands.first().and_then(|c| c.executable.as_ref()).and_then(|p| p.text.as_ref());
    let windows = windows.and_then(Text::as_literal).filter(|path| {
        let mut chars = path.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':') && chars.next() == Some('\\')
    });
    if let Some(path) = windows
        && job.resources.operating_systems.is_empty()
    {
        let span = reader.origins.of(&format!("{}/application/commands/0/executable", at_of(reader, element)));
        reader
            .diagnostics
            .warning(span.unwrap_or(element.name_span.clone()), format!("`{path}` is a Windows path and no `OperatingSystem` is asked for"))
            .help("add `OperatingSystem` with `OperatingSystemName` `WINNT` to `Resources`, or it may come to a system without drives");
    }
}

/// The pointer of the job whose element this is.
fn at_of(reader: &Reader<'_>, element: &Element) -> String {
    let found = (0..10_000).map(|number| format!("/jobs/{number}"));
    let mut found = found.take_while(|at| reader.origins.of(at).is_some());
    found.find(|at| reader.origins.of(at) == Some(element.span.clone())).unwrap_or_else(|| "/jobs/0".into())
}

/// GenesisII's document with several definitions in it.
fn several(text: &str, root: &Element, diagnostics: &mut Diagnostics) -> Option<Said> {
    let mut whole = Said::default();
    diagnostics.note(root.name_span.clone(), "`JobMultiDefinition` is GenesisII's, not the standard's");
    for child in root.elements() {
        if child.name != "JobDefinition" {
            whole.description.extensions.push(kept(text, child));
            continue;
        }
        if diagnostics.crowded(whole.description.jobs.len(), &child.name_span) {
            break;
        }
        let said = definition(text, child, diagnostics)?;
        if !said.description.parameters.is_empty() {
            diagnostics.error(child.name_span.clone(), "a sweep in one of several definitions is not understood here");
            return None;
        }
        whole.description.jobs.extend(said.description.jobs);
        whole.description.extensions.extend(said.description.extensions);
    }
    Some(whole)
}

/// Whether a table has an element.
fn has<T>(table: &[super::member::Member<T>], element: &Element) -> bool {
    let space = Space::of(&element.namespace).map(|(space, _)| space);
    table.iter().any(|m| Some(m.space) == space && m.name == element.name)
}

/// One element of the schema by itself: its part of a job.
fn fragment(text: &str, root: &Element, diagnostics: &mut Diagnostics) -> Option<Said> {
    let description = has(&table::DESCRIPTION, root);
    let resources = has(&table::RESOURCES, root);
    let identification = has(&table::IDENTIFICATION, root);
    let application = has(&super::application::APPLICATION, root);
    let whole = root.name == "JobDescription";
    if !(description || resources || identification || application || whole) {
        wrong_root(root, diagnostics);
        return None;
    }
    diagnostics
        .note(root.name_span.clone(), format!("a `{}` by itself; it is read as a job that says only this", root.name))
        .note("a complete document is a `JobDefinition` with a `JobDescription` in it");
    let mut reader = Reader::new(text, diagnostics, Holes::default());
    let mut description_said = Description::default();
    if whole {
        description_said.jobs.push(job(&mut reader, root, 0));
    } else {
        let outer = Element { children: vec![Node::Element(root.clone())], ..root.clone() };
        let mut job = Job::default();
        reader.job = "/jobs/0".into();
        if description {
            reader.members(&outer, &mut job, &table::DESCRIPTION, "/jobs/0");
        } else if resources {
            reader.members(&outer, &mut job.resources, &table::RESOURCES, "/jobs/0/resources");
        } else if application {
            reader.members(&outer, &mut job.application, &super::application::APPLICATION, "/jobs/0/application");
        } else {
            reader.members(&outer, &mut job, &table::IDENTIFICATION, "/jobs/0");
        }
        job.extensions = std::mem::take(&mut reader.extensions);
        finish(&mut reader, &mut job, root);
        description_said.jobs.push(job);
    }
    let origins = std::mem::take(&mut reader.origins);
    Some(Said { description: description_said, origins, experiment: None })
}

/// JSAGA's collection: one job for each number, which stands in its texts as `@{INDEX}`.
fn collection(text: &str, root: &Element, diagnostics: &mut Diagnostics) -> Option<Said> {
    let mut said = Said::default();
    let mut outer: Vec<Extension> = Vec::new();
    let mut inner: Vec<Extension> = Vec::new();
    let mut index = None;
    let mut definitions: Vec<&Element> = Vec::new();
    let mut open: Vec<&Element> = vec![root];
    while let Some(element) = open.pop() {
        let children: Vec<&Element> = element.elements().collect();
        for child in &children {
            let space = Space::of(&child.namespace).map(|(space, _)| space);
            match (space, child.name.as_str()) {
                (Some(Space::Core), "JobDefinition") => definitions.push(child),
                (Some(Space::Collection), "Parametric") => index = parametric(child, diagnostics),
                (Some(Space::Collection), "JobCollectionName") => {
                    let name = child.text().trim().to_string();
                    said.description.name = (!name.is_empty()).then_some(name);
                }
                (Some(Space::Collection), "Job" | "JobCollectionDescription" | "JobCollectionIdentification") => {}
                _ if element.name == "Job" => inner.push(kept(text, child)),
                _ => outer.push(kept(text, child)),
            }
        }
        let further = |e: &&&Element| {
            matches!(e.name.as_str(), "Job" | "JobCollectionDescription" | "JobCollectionIdentification")
        };
        open.extend(children.iter().filter(further).rev());
    }
    if definitions.is_empty() {
        diagnostics.error(root.name_span.clone(), format!("this `{}` has no `JobDefinition` in it", root.name));
        return None;
    }
    diagnostics.note(root.name_span.clone(), format!("`{}` is JSAGA's extension of JSDL", root.name)).note(
        "its number `@{INDEX}` is read as a parameter, and what it says of retries and limits is kept word for word",
    );
    for (number, definition) in definitions.into_iter().enumerate() {
        let own = self::definition(text, definition, diagnostics)?;
        if number > 0 || !own.description.parameters.is_empty() {
            diagnostics.error(
                definition.name_span.clone(),
                "a collection with several jobs or with sweeps is not understood here",
            );
            return None;
        }
        let name = said.description.name.take().or(own.description.name);
        said = Said { description: Description { name, ..own.description }, ..own };
    }
    said.description.extensions.extend(outer);
    if let Some(job) = said.description.jobs.first_mut() {
        job.extensions.extend(inner);
        if let Some(domain) = index {
            let mut used = false;
            pelago_job::description::Texts::texts(job, &mut |text| used |= number_holes(text));
            // A collection of several jobs that are all the same is one all the same.
            if used || domain.len() > 1 {
                let parameter = Parameter { name: "INDEX".into(), label: None, order: Order::Cross, domain };
                said.description.parameters.push(parameter);
                job.space = Some(Tasks::Zip(vec![ParamNo(0)]));
            }
        }
    }
    Some(said)
}

fn parametric(element: &Element, diagnostics: &mut Diagnostics) -> Option<Domain> {
    let number = |name: &str, default: i64| match element.attribute(name) {
        Some(text) => text.trim().parse::<i64>().ok(),
        None => Some(default),
    };
    let (count, start, step) = (number("count", 1), number("start", 1), number("step", 1));
    let last = |count: i64, start: i64, step: i64| start.checked_add(step.checked_mul(count.checked_sub(1)?)?);
    match (count, start, step) {
        (Some(count), Some(start), Some(step))
            if (1..=1 << 40).contains(&count) && step != 0 && last(count, start, step).is_some() =>
        {
            Some(Domain::Integers { from: start, step, count: count.unsigned_abs() })
        }
        _ => {
            diagnostics
                .error(element.name_span.clone(), "the numbers of this collection make no sense")
                .help("`count` is from 1, `start` and `step` are whole numbers, and `step` is not 0");
            None
        }
    }
}

/// Turns `@{INDEX}` into a hole; whether there was one.
fn number_holes(text: &mut Text) -> bool {
    let Some(literal) = text.as_literal().filter(|text| text.contains("@{INDEX}")) else { return false };
    let mut template = Template::default();
    for (number, part) in literal.split("@{INDEX}").enumerate() {
        if number > 0 {
            template.0.push(Piece::Param(ParamNo(0)));
        }
        template.push_text(part);
    }
    text.0 = template;
    true
}
