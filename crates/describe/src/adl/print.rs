//! Printing: from the model to a document that ARC reads, elements in the schema's order.

use super::word::{Kind, Other, Section, WORDS, Word};
use super::{BOUND, NAME, files};
use crate::loss::Rest;
use crate::xml::{Writer, plain, take_plain};
use pelago_job::Job;
use pelago_job::description::Range;
use serde::Serialize;
use std::collections::BTreeMap;

/// An activity while it is printed.
pub(super) struct Printing<'a> {
    pub rest: &'a mut Rest,
    pub out: &'a mut Writer,
    /// What is left of the job.
    pub job: Job,
    /// Its place in the description, such as `/jobs/0`.
    pub at: String,
    pub files: files::Lists,
}

/// Prints a description: an activity, or several.
pub(super) fn print(rest: &mut Rest) -> String {
    let mut out = Writer::new();
    let bound = [("xmlns", BOUND[0].1), ("xmlns:nordugrid-adl", BOUND[1].1)];
    rest.some_job();
    let several = rest.left.jobs.len() > 1;
    if several {
        out.open("ActivityDescriptions", &bound);
    }
    for number in 0..rest.left.jobs.len() {
        activity(rest, &mut out, number, if several { &[] } else { &bound });
    }
    rest.because("/edges", "activities do not wait for each other");
    out.finish()
}

fn activity(rest: &mut Rest, out: &mut Writer, number: usize, attributes: &[(&str, &str)]) {
    rest.first_task(number, "activities have no sweeps; this is the first task");
    let Some(job) = rest.left.jobs.get_mut(number).map(std::mem::take) else { return };
    out.open("ActivityDescription", attributes);
    let at = format!("/jobs/{number}");
    let mut printing = Printing { rest, out, job, at, files: files::Lists::default() };
    for section in Section::ALL {
        let mut inner = Writer::within(printing.out.depth() + 1);
        let mut part = Printing {
            rest: &mut *printing.rest,
            out: &mut inner,
            job: std::mem::take(&mut printing.job),
            at: printing.at.clone(),
            files: std::mem::take(&mut printing.files),
        };
        for word in WORDS.iter().filter(|word| word.section == section) {
            part.word(word);
        }
        part.others(section.name());
        let Printing { job, files, .. } = part;
        (printing.job, printing.files) = (job, files);
        let text = inner.finish();
        if !text.is_empty() {
            printing.out.open(section.name(), &[]);
            printing.out.raw(&text);
            printing.out.close();
        }
    }
    printing.others("ActivityDescription");
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

    /// The texts of the kept elements of a name, which are taken.
    pub fn kept(&mut self, name: &str) -> Vec<String> {
        let kept = self.job.extensions.iter_mut().filter(|e| e.language == NAME && e.name == name);
        kept.map(|e| std::mem::take(e).text).collect()
    }

    /// The texts of the kept elements of a name, by the part of the job that they belong to.
    pub fn kept_by_place(&mut self, name: &str) -> BTreeMap<String, Vec<String>> {
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for extension in self.job.extensions.iter_mut().filter(|e| e.language == NAME && e.name == name) {
            let extension = std::mem::take(extension);
            places.entry(extension.place.unwrap_or_default()).or_default().push(extension.text);
        }
        places
    }

    /// Prints the elements of a section that are not in the table.
    fn others(&mut self, section: &str) {
        let own = self.job.extensions.iter_mut().filter(|e| e.language == NAME && e.place.is_none());
        let own = own.filter(|e| e.name.split_once('/').is_some_and(|(within, _)| within == section));
        for extension in own {
            self.out.verbatim(&std::mem::take(extension).text);
        }
    }

    fn word(&mut self, word: &Word) {
        match &word.kind {
            Kind::Text { field, .. } => {
                if let Some(text) = take_plain(field(&mut self.job)) {
                    self.leaf(&prefixed(word), &text);
                }
            }
            Kind::Texts { part, field } => {
                let list = field(&mut self.job);
                let said: Vec<String> = list.iter().filter_map(plain).collect();
                if !said.is_empty() {
                    let all = said.len() == list.len();
                    list.clear();
                    said.iter().for_each(|text| self.leaf(word.name, text));
                    if !all {
                        self.changed(part, said, "the others are no plain texts");
                    }
                }
            }
            Kind::Number { part, field } => {
                let slot = field(&mut self.job);
                let Some(number) = *slot else { return };
                if (0.0..=super::most("")).contains(&number) {
                    *slot = None;
                    self.leaf(&prefixed(word), &number.ceil().to_string());
                    if number.ceil() != number {
                        self.changed(part, number.ceil(), "a whole number; rounded up");
                    }
                }
            }
            Kind::AtLeast { part, field, unit, other } => {
                let range = field(&mut self.job);
                if let Some(said) = range.clone() {
                    let Some(least) = amount(said.needs(), unit) else { return };
                    *range = None;
                    self.leaf(word.name, &least.to_string());
                    if said != Range::at_least(least) {
                        let why = format!("a lower bound in whole {unit} is all that can be said");
                        self.changed(part, Range::at_least(least), &why);
                    }
                } else if let Some((from, other)) = other {
                    self.instead(word.name, part, unit, (from, other));
                }
            }
            Kind::Verbatim { .. } | Kind::Refused => {}
            Kind::Own { print, .. } => print(self),
        }
        for text in self.kept(&format!("{}/{}", word.section.name(), word.name)) {
            self.out.verbatim(&text);
        }
    }
}

impl Printing<'_> {
    /// Says by an element what stands elsewhere in the model and is nearly the same.
    fn instead(&mut self, name: &str, part: &str, unit: &str, (from, other): (&str, &Other)) {
        let least = match other {
            Other::Range(field) => {
                let range = field(&mut self.job);
                let least = amount(range.as_ref().and_then(Range::needs), unit);
                least.inspect(|_| *range = None)
            }
            Other::Limit(field) => {
                let limit = field(&mut self.job);
                let least = amount(*limit, unit);
                least.inspect(|_| *limit = None)
            }
        };
        if let Some(least) = least {
            self.leaf(name, &least.to_string());
            let why = format!("`{name}` is the nearest to it");
            self.changed(from, None::<f64>, &why);
            self.changed(part, Range::at_least(least), &why);
        }
    }
}

/// A whole number of bytes or seconds that is enough.
fn amount(least: Option<f64>, unit: &str) -> Option<f64> {
    least.map(f64::ceil).filter(|least| (0.0..=super::most(unit)).contains(least))
}

/// The name of an element with the prefix of its namespace.
fn prefixed(word: &Word) -> String {
    if word.arc { format!("nordugrid-adl:{}", word.name) } else { word.name.to_string() }
}
