//! Printing: from the model to a document with the namespaces of release 4.0, elements in the schema's order.

use super::word::{Kind, WORDS, Word};
use super::{NAME, namespace};
use crate::loss::Rest;
use crate::xml::{self, Writer, exact, plain, take_plain};
use pelago_job::description::Range;
use pelago_job::{Extension, Job, Text};
use serde::Serialize;

const MEGABYTE: f64 = 1_048_576.0;
/// Elements of a `multiJob` of its own, in the schema's order.
const OUTER: [&str; 3] = ["factoryEndpoint", "jobCredentialEndpoint", "stagingCredentialEndpoint"];

/// A job while it is printed.
pub(super) struct Printing<'a> {
    pub rest: &'a mut Rest,
    pub out: &'a mut Writer,
    /// What is left of the job.
    pub job: Job,
    /// Its place in the description, such as `/jobs/0`.
    pub at: String,
    /// Whether it is one process with several processors.
    pub single: bool,
    pub files: super::files::Lists,
}

/// Prints a description: a `job`, or a `multiJob` where there are several.
pub(super) fn print(rest: &mut Rest) -> String {
    let mut out = Writer::new();
    let bound: Vec<(String, &str)> = namespace::BOUND
        .iter()
        .map(|(prefix, uri)| (if prefix.is_empty() { "xmlns".to_string() } else { format!("xmlns:{prefix}") }, *uri))
        .collect();
    let bound: Vec<(&str, &str)> = bound.iter().map(|(name, uri)| (name.as_str(), *uri)).collect();
    let outer: Vec<Extension> = own(&mut rest.left.extensions);
    rest.some_job();
    if rest.left.jobs.len() == 1 && outer.is_empty() {
        job(rest, &mut out, 0, &bound);
        return out.finish();
    }
    out.open("multiJob", &bound);
    for name in OUTER {
        outer.iter().filter(|e| e.name == name && e.place.is_none()).for_each(|e| out.verbatim(&e.text));
    }
    let inner: Vec<&Extension> = outer.iter().filter(|e| e.place.is_some()).collect();
    if !inner.is_empty() {
        out.open("extensions", &[]);
        inner.iter().for_each(|e| out.verbatim(&e.text));
        out.close();
    }
    for number in 0..rest.left.jobs.len() {
        job(rest, &mut out, number, &[]);
    }
    rest.because("/edges", "the jobs of a `multiJob` run together");
    out.finish()
}

/// Takes this language's extensions out of a list, whose other elements keep their places.
fn own(extensions: &mut [Extension]) -> Vec<Extension> {
    extensions.iter_mut().filter(|e| e.language == NAME).map(std::mem::take).collect()
}

fn job(rest: &mut Rest, out: &mut Writer, number: usize, attributes: &[(&str, &str)]) {
    rest.first_task(number, "GT4 job descriptions have no sweeps; this is the first task");
    let Some(job) = rest.left.jobs.get_mut(number).map(std::mem::take) else { return };
    let at = format!("/jobs/{number}");
    out.open("job", attributes);
    let mut printing = Printing { rest, out, job, at, single: false, files: Default::default() };
    xml::shell_as_program(&mut printing.job, printing.rest, &printing.at);
    printing.collect_files();
    for word in &WORDS {
        printing.word(word);
    }
    let Printing { rest, out, job, .. } = printing;
    out.close();
    if let Some(place) = rest.left.jobs.get_mut(number) {
        *place = job;
    }
}

impl Printing<'_> {
    pub fn leaf(&mut self, name: &str, text: &str) {
        self.out.leaf(name, &[], text);
    }

    /// Notes a change of a part of the job.
    pub fn changed(&mut self, part: &str, instead: impl Serialize, why: &str) {
        self.rest.changed(format!("{}{part}", self.at), instead, why);
    }

    /// Gives the reason for what is left of a part of the job.
    pub fn because(&mut self, part: &str, why: &str) {
        self.rest.because(format!("{}{part}", self.at), why);
    }

    pub fn take(&mut self, field: fn(&mut Job) -> &mut Option<Text>) -> Option<String> {
        take_plain(field(&mut self.job))
    }

    /// The texts of the kept elements of a name and a place, which are taken.
    pub fn taken(&mut self, name: &str, place: Option<&str>) -> Vec<String> {
        let kept = self.job.extensions.iter_mut();
        let kept = kept.filter(|e| e.language == NAME && e.name == name && e.place.as_deref() == place);
        kept.map(|e| std::mem::take(e).text).collect()
    }

    /// Prints the element that was kept under a name.
    pub fn kept(&mut self, name: &str) {
        for text in self.taken(name, None) {
            self.out.verbatim(&text);
        }
    }

    fn word(&mut self, word: &Word) {
        match word.kind {
            Kind::Text { field, .. } => {
                if let Some(text) = self.take(field) {
                    self.leaf(prefixed(word.name), &text);
                }
            }
            Kind::Texts { part, field } => {
                let most = if word.many { usize::MAX } else { 1 };
                let list = field(&mut self.job);
                let said: Vec<String> = list.iter().filter_map(plain).take(most).collect();
                let all = said.len() == list.len();
                if said.is_empty() {
                    return;
                }
                list.clear();
                said.iter().for_each(|text| self.leaf(word.name, text));
                if !all {
                    let why = if word.many { "the others are no plain texts" } else { "there is one at most" };
                    self.changed(part, said, why);
                }
            }
            Kind::Minutes { part, field } => self.amount(word.name, part, field, 60.0, "whole minutes"),
            Kind::Megabytes { part, field } => self.amount(word.name, part, field, MEGABYTE, "whole megabytes"),
            Kind::AtLeastMegabytes { part, field } => {
                let slot = field(&mut self.job);
                let Some(range) = slot.as_ref() else { return };
                let least = range.needs().map(|least| (least / MEGABYTE).ceil());
                let Some(least) = least.filter(|least| (0.0..1e12).contains(least)) else { return };
                let instead = Range::at_least(least * MEGABYTE);
                let same = *range == instead;
                *slot = None;
                self.leaf(word.name, &least.to_string());
                if !same {
                    self.changed(part, instead, "a lower bound in whole megabytes is all that can be said");
                }
            }
            Kind::Count { part, field } => {
                let slot = field(&mut self.job);
                let Some(range) = slot.as_ref() else { return };
                let Some(count) = range.needs().map(f64::ceil).filter(|count| (1.0..1e15).contains(count)) else {
                    return;
                };
                let instead = Range::exactly(count);
                let same = *range == instead;
                *slot = None;
                self.leaf(word.name, &count.to_string());
                if !same {
                    self.changed(part, instead, "one number is all that can be said; the least that is enough");
                }
            }
            Kind::Verbatim => self.kept(word.name),
            Kind::Other { print, .. } => print(self),
        }
    }

    /// An amount in whole units, rounded up.
    fn amount(&mut self, name: &str, part: &str, field: fn(&mut Job) -> &mut Option<f64>, unit: f64, units: &str) {
        let slot = field(&mut self.job);
        let Some(amount) = *slot else { return };
        let whole = (amount / unit).ceil();
        if !(0.0..1e12).contains(&whole) {
            return;
        }
        *slot = None;
        self.leaf(name, &whole.to_string());
        if whole * unit != amount {
            self.changed(part, whole * unit, &format!("`{name}` counts {units}; rounded up"));
        }
    }
}

/// The name of an element with the prefix of its namespace.
fn prefixed(name: &'static str) -> &'static str {
    if name == "localUserId" { "types:localUserId" } else { name }
}

/// `argument`, for each.
pub(super) fn arguments(printing: &mut Printing<'_>) {
    for argument in &mut xml::first_command(&mut printing.job).arguments {
        let text = argument.text.as_ref().and_then(exact);
        if let Some(text) = text {
            argument.text = None;
            printing.out.leaf("argument", &[], &text);
        }
    }
}

/// `environment`: the variables of the job, then those of its command.
pub(super) fn environment(printing: &mut Printing<'_>) {
    for (name, value) in xml::take_variables(&mut printing.job, printing.rest, &printing.at, exact) {
        printing.out.open("environment", &[]);
        printing.out.leaf("name", &[], &name);
        printing.out.leaf("value", &[], &value);
        printing.out.close();
    }
}

/// `extensions` with all that was in them.
pub(super) fn extensions(printing: &mut Printing<'_>) {
    let kept = printing.job.extensions.iter_mut();
    let kept: Vec<String> = kept
        .filter(|e| e.language == NAME && e.place.as_deref() == Some("/extensions"))
        .map(|e| std::mem::take(e).text)
        .collect();
    if !kept.is_empty() {
        printing.out.open("extensions", &[]);
        kept.iter().for_each(|text| printing.out.verbatim(text));
        printing.out.close();
    }
}
