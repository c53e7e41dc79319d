//! Reading: from the tree to the model, with everything that is wrong or doubtful.

use super::word::{Kind, WORDS, Word, word};
use super::{NAME, files, namespace};
use crate::xml::{self, Element, Kept, first_command as command};
use crate::{Diagnostics, Origins, Said, Source, spelling};
use pelago_job::description::{Argument, Range as Amount, Variable};
use pelago_job::{Extension, Job, Text};
use std::collections::BTreeSet;
use std::ops::Range;

/// Bytes of a megabyte as GRAM counts them.
const MEGABYTE: f64 = 1_048_576.0;
/// How many defaults of a `multiJob` are given to its jobs, all together.
const MOST_INHERITED: usize = 1_000_000;
/// Elements of a `multiJob` that are about it and not defaults for its jobs.
const OWN: [&str; 5] = ["factoryEndpoint", "jobCredentialEndpoint", "stagingCredentialEndpoint", "extensions", "job"];

/// Elements in which variables are replaced (documentation of the schema).
const REPLACED: [&str; 11] = [
    "executable",
    "directory",
    "argument",
    "environment",
    "stdin",
    "stdout",
    "stderr",
    "libraryPath",
    "fileStageIn",
    "fileStageOut",
    "fileCleanUp",
];
/// The variables; the last one is new in 4.2.
const VARIABLES: [&str; 5] =
    ["GLOBUS_USER_HOME", "GLOBUS_USER_NAME", "GLOBUS_SCRATCH_DIR", "GLOBUS_LOCATION", "GLOBUS_JOB_ID"];

/// A job while it is read.
pub(super) struct Reading<'a> {
    pub job: &'a mut Job,
    /// Its place in the description, such as `/jobs/0`.
    pub at: String,
    pub origins: &'a mut Origins,
    pub diagnostics: &'a mut Diagnostics,
    /// Files that come, go, and are deleted, until all are known.
    pub files: files::Lists,
    kept: Kept,
}

/// Reads a document.
pub(super) fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let root = xml::read(&source.text, diagnostics)?;
    let mut said = Said::default();
    match root.name.as_str() {
        "job" | "multiJob" => document(&root, &mut said, diagnostics),
        "serviceLevelAgreement" => {
            let mut inner = root.elements().filter(|e| matches!(e.name.as_str(), "job" | "multiJob"));
            match (inner.next(), inner.next()) {
                (Some(only), None) => document(only, &mut said, diagnostics),
                (None, _) => {
                    let span = root.name_span.clone();
                    diagnostics.error(span, "this agreement has neither a `job` nor a `multiJob`");
                }
                (_, Some(second)) => {
                    let span = second.name_span.clone();
                    diagnostics.error(span, "an agreement has one `job` or one `multiJob`, not several");
                }
            }
        }
        name => {
            diagnostics
                .error(root.name_span.clone(), format!("`{name}` is not the root of a GT4 job description"))
                .note("it is `job` or `multiJob`")
                .did_you_mean(spelling::nearest(name, ["job", "multiJob"]));
        }
    }
    Some(said)
}

fn document(root: &Element, said: &mut Said, diagnostics: &mut Diagnostics) {
    if !root.namespace.is_empty() && !root.namespace.starts_with(namespace::GLOBUS) {
        diagnostics
            .error(root.name_span.clone(), format!("`{}` is not a namespace of GT4 job descriptions", root.namespace))
            .help(format!("leave it out, or write `{}`", namespace::JOB));
        return;
    }
    if root.name == "job" {
        let elements: Vec<&Element> = children(root, diagnostics);
        job(root, &elements, 0, said, diagnostics);
        return;
    }
    let elements = children(root, diagnostics);
    let jobs: Vec<&Element> = elements.iter().copied().filter(|e| e.name == "job").collect();
    if jobs.is_empty() {
        diagnostics
            .error(root.name_span.clone(), "this `multiJob` has no `job`")
            .help("write one `<job>` for each part that runs together");
    }
    let mut own = Kept::default();
    for element in elements.iter().filter(|e| OWN.contains(&e.name.as_str()) && e.name != "job") {
        kept(element).into_iter().for_each(|extension| own.push(extension, element.span.clone()));
    }
    said.description.extensions = own.finish("/extensions", &mut said.origins, |extension| {
        (extension.place.is_some(), OWN.iter().position(|name| *name == extension.name))
    });
    let defaults: Vec<&Element> = elements.iter().copied().filter(|e| !OWN.contains(&e.name.as_str())).collect();
    if jobs.len().saturating_mul(defaults.len()) > MOST_INHERITED {
        let (jobs, defaults) = (jobs.len(), defaults.len());
        let message = format!("{jobs} jobs with {defaults} defaults for each are too many");
        diagnostics
            .error(root.name_span.clone(), message)
            .note(format!("at most {MOST_INHERITED} defaults are given to jobs"));
        return;
    }
    for element in jobs {
        if diagnostics.crowded(said.description.jobs.len(), &element.name_span) {
            break;
        }
        let mut own = children(element, diagnostics);
        // The outer value counts for what the job itself does not say (MultiJobDescriptionType).
        let said_by_itself: BTreeSet<&str> = own.iter().map(|e| e.name.as_str()).collect();
        let inherited: Vec<&Element> =
            defaults.iter().copied().filter(|e| !said_by_itself.contains(e.name.as_str())).collect();
        own.extend(inherited);
        let number = said.description.jobs.len();
        job(element, &own, number, said, diagnostics);
    }
}

/// The elements of a job that are known, with what is to be said about the others.
fn children<'a>(parent: &'a Element, diagnostics: &mut Diagnostics) -> Vec<&'a Element> {
    xml::stray(parent, diagnostics);
    let multi = parent.name == "multiJob";
    let mut known = Vec::new();
    for element in parent.elements() {
        let foreign = !element.namespace.is_empty() && !element.namespace.starts_with(namespace::GLOBUS);
        let name = element.name.as_str();
        if foreign || word(name).is_none() {
            let candidates = WORDS.iter().map(|w| w.name).filter(|w| multi || *w != "job");
            let near = if foreign { None } else { spelling::nearest(name, candidates) };
            diagnostics
                .error(element.name_span.clone(), format!("`{}` is not an element of a job", element.written))
                .note("GRAM refuses elements that it does not know; data of your own belongs into `extensions`")
                .did_you_mean(near);
        } else if name == "job" && !multi {
            diagnostics
                .error(element.name_span.clone(), "a `job` inside a `job`")
                .related(parent.name_span.clone(), "this one is still open")
                .help("close the job before it with `</job>`; several jobs stand in a `multiJob`");
        } else {
            known.push(element);
        }
    }
    known
}

fn job(element: &Element, elements: &[&Element], number: usize, said: &mut Said, diagnostics: &mut Diagnostics) {
    let mut job = Job::default();
    let at = format!("/jobs/{number}");
    said.origins.note(at.clone(), element.span.clone());
    let origins = &mut said.origins;
    let mut reading =
        Reading { job: &mut job, at, origins, diagnostics, files: Default::default(), kept: Kept::default() };
    for word in &WORDS {
        let mut found = elements.iter().filter(|e| e.name == word.name).peekable();
        while let Some(next) = found.next() {
            match found.peek() {
                Some(later) if !word.many => {
                    let message = format!("`{}` is given twice; the later one counts", word.name);
                    let warning = reading.diagnostics.warning(later.name_span.clone(), message);
                    warning.related(next.name_span.clone(), "this one does not");
                }
                _ => reading.word(word, next),
            }
        }
    }
    reading.finish();
    if command(&mut job).executable.as_ref().is_none_or(|path| path.text.is_none()) {
        said.origins.note(format!("/jobs/{number}/application"), element.name_span.clone());
        let warning = diagnostics.warning(element.name_span.clone(), "nothing says what this job runs");
        warning.help("add `<executable>`");
    }
    if job.application.commands == [Default::default()] {
        job.application.commands.clear();
    }
    said.description.jobs.push(job);
}

impl Reading<'_> {
    /// Notes where a part of the job stood.
    pub fn note(&mut self, part: &str, span: Range<usize>) {
        self.origins.note(format!("{}{part}", self.at), span);
    }

    /// The text of an element without white space around it; `None`, with a warning, when it is empty.
    pub fn text(&mut self, element: &Element) -> Option<String> {
        if let Some(inner) = element.elements().next() {
            let message = format!("`{}` has text, not elements such as `{}`", element.written, inner.written);
            self.diagnostics.error(inner.name_span.clone(), message);
        }
        let text = element.text().trim().to_string();
        if text.is_empty() {
            self.diagnostics.warning(element.name_span.clone(), format!("`{}` is empty", element.written));
            return None;
        }
        Some(text)
    }

    /// A whole number that is not negative. `None` when there is none, which was said then.
    pub fn number(&mut self, element: &Element, unit: &str) -> Option<f64> {
        let text = self.text(element)?;
        match text.parse::<u64>() {
            Ok(number) => Some(number as f64),
            Err(_) => {
                let message = format!("`{}` is {unit}, not `{text}`", element.name);
                let error = self.diagnostics.error(element.text_span(), message);
                if text.parse::<f64>().is_ok() {
                    error.note("only whole numbers that are not negative are taken");
                }
                if text.contains("${") {
                    error.note("variables are replaced in texts only, never in numbers");
                }
                None
            }
        }
    }

    fn word(&mut self, word: &Word, element: &Element) {
        match &word.kind {
            Kind::Text { part, field } => {
                if let Some(text) = self.text(element) {
                    self.variables(word.name, &text, element.text_span());
                    *field(self.job) = Some(Text::literal(text));
                    self.note(part, element.text_span());
                }
            }
            Kind::Texts { part, field } => {
                if let Some(text) = self.text(element) {
                    self.variables(word.name, &text, element.text_span());
                    let list = field(self.job);
                    let position = list.len();
                    list.push(Text::literal(text));
                    self.note(&format!("{part}/{position}"), element.text_span());
                }
            }
            Kind::Minutes { part, field } => {
                if let Some(minutes) = self.number(element, "a number of minutes") {
                    *field(self.job) = Some(minutes * 60.0);
                    self.note(part, element.text_span());
                }
            }
            Kind::Megabytes { part, field } => {
                if let Some(megabytes) = self.number(element, "a number of megabytes") {
                    *field(self.job) = Some(megabytes * MEGABYTE);
                    self.note(part, element.text_span());
                }
            }
            Kind::AtLeastMegabytes { part, field } => {
                if let Some(megabytes) = self.number(element, "a number of megabytes") {
                    *field(self.job) = Some(Amount::at_least(megabytes * MEGABYTE));
                    self.note(part, element.text_span());
                }
            }
            Kind::Count { part, field } => {
                if let Some(count) = self.positive(element) {
                    *field(self.job) = Some(Amount::exactly(count));
                    self.note(part, element.text_span());
                }
            }
            Kind::Verbatim => self.keep(element),
            Kind::Other { read, .. } => read(self, element),
        }
    }

    /// A whole number from 1.
    pub fn positive(&mut self, element: &Element) -> Option<f64> {
        let number = self.number(element, "a whole number from 1")?;
        if number < 1.0 {
            let message = format!("`{}` is at least 1", element.name);
            self.diagnostics.error(element.text_span(), message);
            return None;
        }
        Some(number)
    }

    /// Looks at the variables of a text: which are known, and whether they are replaced in this element at all.
    pub fn variables(&mut self, element: &str, text: &str, span: Range<usize>) {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else {
                let warning = self.diagnostics.warning(span, "a variable `${` without its `}`");
                warning.note("it stays as it is written");
                return;
            };
            if !REPLACED.contains(&element) {
                let message = format!("`${{{name}}}` stays as it is written: no variables are replaced in `{element}`");
                self.diagnostics.warning(span.clone(), message).note(format!("only in {}", REPLACED.join(", ")));
            } else if !VARIABLES.contains(&name) {
                let spelt = name.trim().replace([' ', '-'], "_");
                let near = match VARIABLES.contains(&spelt.as_str()) {
                    true => Some(spelt.as_str()),
                    false => spelling::nearest(&spelt, VARIABLES),
                };
                let message = format!("`${{{name}}}` is not a variable that GRAM replaces");
                let warning = self.diagnostics.warning(span.clone(), message);
                warning.note(format!("it replaces {}", VARIABLES.join(", "))).did_you_mean(near);
            }
            rest = behind;
        }
    }

    /// Keeps an element word for word, under its own name.
    pub fn keep(&mut self, element: &Element) {
        self.keep_at(element, &element.name, None);
    }

    /// Keeps an element word for word, with the part of the job that it belongs to.
    pub fn keep_at(&mut self, element: &Element, name: &str, place: Option<&str>) {
        self.kept.push(extension(element, name, place), element.span.clone());
    }

    fn finish(&mut self) {
        let lists = std::mem::take(&mut self.files);
        files::finish(self, lists);
        let kept = std::mem::take(&mut self.kept);
        self.job.extensions = kept.finish(&format!("{}/extensions", self.at), self.origins, rank);
    }
}

fn extension(element: &Element, name: &str, place: Option<&str>) -> Extension {
    let mut element = element.clone();
    element.settle("", namespace::JOB);
    let place = place.map(str::to_string);
    let text = element.verbatim(&namespace::BOUND);
    Extension { language: NAME.into(), name: name.to_string(), text, remark: false, place }
}

/// The order in which what is kept of a job is printed.
fn rank(extension: &Extension) -> (usize, usize) {
    let outer = match extension.place.as_deref() {
        Some("/extensions") => "extensions",
        Some("/staging") => extension.name.split('/').next().unwrap_or_default(),
        Some(_) => "factoryEndpoint",
        None => extension.name.as_str(),
    };
    let word = WORDS.iter().position(|word| word.name == outer).unwrap_or(WORDS.len());
    let inner = match extension.name.split_once('/') {
        Some((_, inner)) => files::rank(inner),
        None => usize::from(extension.name != "ReferenceProperties"),
    };
    (word, inner)
}

/// The name of an element in `extensions`: with its namespace, unless that is the one of all others.
fn outer_name(element: &Element) -> String {
    match element.namespace.is_empty() || &*element.namespace == namespace::JOB {
        true => element.name.clone(),
        false => element.qualified(),
    }
}

/// What `extensions` or another element of a `multiJob` of its own is kept as.
fn kept(element: &Element) -> Vec<Extension> {
    if element.name == "extensions" {
        return element.elements().map(|inner| extension(inner, &outer_name(inner), Some("/extensions"))).collect();
    }
    vec![extension(element, &element.name, None)]
}

/// `argument`: every blank counts.
pub(super) fn argument(reading: &mut Reading<'_>, element: &Element) {
    let text = element.text();
    if let Some(inner) = element.elements().next() {
        let message = format!("an argument is text, without elements such as `{}`", inner.written);
        reading.diagnostics.error(inner.name_span.clone(), message).help("write `&lt;` for `<`");
    }
    reading.variables("argument", &text, element.text_span());
    let arguments = &mut command(reading.job).arguments;
    let position = arguments.len();
    arguments.push(Argument { text: Some(Text::literal(text)), filesystem: None });
    reading.note(&format!("/application/commands/0/arguments/{position}"), element.text_span());
}

/// `environment`: a `name` and a `value`.
pub(super) fn environment(reading: &mut Reading<'_>, element: &Element) {
    let name = element.elements().find(|e| e.name == "name");
    let value = element.elements().find(|e| e.name == "value");
    for other in element.elements().filter(|e| !matches!(e.name.as_str(), "name" | "value")) {
        let message = format!("`{}` is not an element of `environment`", other.written);
        let near = spelling::nearest(&other.name, ["name", "value"]);
        let error = reading.diagnostics.error(other.name_span.clone(), message);
        error.note("a variable is a `name` and a `value`").did_you_mean(near);
    }
    let Some(name) = name.and_then(|name| reading.text(name)) else {
        let error = reading.diagnostics.error(element.name_span.clone(), "this variable has no name");
        error.help("write `<environment><name>…</name><value>…</value></environment>`");
        return;
    };
    if value.is_none() {
        let message = format!("the variable `{name}` has no value; it will be empty");
        reading.diagnostics.warning(element.name_span.clone(), message);
    }
    let value = Some(Text::literal(value.map(Element::text).unwrap_or_default()));
    let variables = &mut reading.job.application.environment;
    let position = variables.len();
    variables.push(Variable { name: Some(Text::literal(name)), value, filesystem: None });
    reading.note(&format!("/application/environment/{position}"), element.span.clone());
}

/// `maxTime`: the site decides whether it is by the clock or of the processor.
pub(super) fn either_time(reading: &mut Reading<'_>, element: &Element) {
    let Some(minutes) = reading.number(element, "a number of minutes") else { return };
    let warning = reading.diagnostics.note(
        element.name_span.clone(),
        "`maxTime` is taken as `maxWallTime`: the batch system decides which one it means",
    );
    warning.help("write `maxWallTime` or `maxCpuTime`");
    // `maxWallTime` is read later, and counts then.
    reading.job.application.limits.wall_time = Some(minutes * 60.0);
    reading.note("/application/limits/wall_time", element.text_span());
}

/// `extensions`: whatever it holds is kept, each element for itself.
pub(super) fn extensions(reading: &mut Reading<'_>, element: &Element) {
    xml::stray(element, reading.diagnostics);
    for inner in element.elements() {
        reading.keep_at(inner, &outer_name(inner), Some("/extensions"));
    }
}
