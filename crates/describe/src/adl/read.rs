//! Reading: from the tree to the model. What ARC does not know it passes over, so here it is kept and warned about.

use super::word::{Kind, Section, WORDS, Word, find};
use super::{ADL, ARC, BOUND, NAME, files};
use crate::xml::{self, Element, Kept, first_command};
use crate::{Diagnostics, Origins, Said, Source, spelling};
use pelago_job::description::Range as Amount;
use pelago_job::{Extension, Job, Text};
use std::collections::BTreeMap;
use std::ops::Range;

/// An activity while it is read.
pub(super) struct Reading<'a> {
    pub job: &'a mut Job,
    /// Its place in the description, such as `/jobs/0`.
    pub at: String,
    pub origins: &'a mut Origins,
    pub diagnostics: &'a mut Diagnostics,
    /// Files that come and go, until all are known.
    pub files: files::Lists,
    kept: Kept,
}

/// Reads a document: one activity, or several in `ActivityDescriptions`.
pub(super) fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    let root = xml::read(&source.text, diagnostics)?;
    let mut said = Said::default();
    match root.name.as_str() {
        "ActivityDescription" => activity(&root, &mut said, diagnostics),
        "ActivityDescriptions" => {
            for element in root.elements() {
                match element.name.as_str() {
                    "ActivityDescription" => activity(element, &mut said, diagnostics),
                    other => {
                        let message = format!("`{other}` is not an `ActivityDescription`");
                        let near = spelling::nearest(other, ["ActivityDescription"]);
                        diagnostics.error(element.name_span.clone(), message).did_you_mean(near);
                    }
                }
            }
            if root.elements().next().is_none() {
                diagnostics.error(root.name_span.clone(), "there is no `ActivityDescription` in here");
            }
        }
        name => {
            diagnostics
                .error(root.name_span.clone(), format!("`{name}` is not the root of an activity description"))
                .note("it is `ActivityDescription`")
                .did_you_mean(spelling::nearest(name, ["ActivityDescription"]));
        }
    }
    Some(said)
}

fn activity(root: &Element, said: &mut Said, diagnostics: &mut Diagnostics) {
    if root.namespace.is_empty() {
        diagnostics
            .warning(root.name_span.clone(), "this activity has no namespace; ARC does not take it for one")
            .help(format!("write `<ActivityDescription xmlns=\"{ADL}\">`"));
    } else if &*root.namespace != ADL {
        let message = format!("`{}` is not the namespace of activity descriptions", root.namespace);
        diagnostics.error(root.name_span.clone(), message).help(format!("write `{ADL}`"));
        return;
    }
    let mut job = Job::default();
    let at = format!("/jobs/{}", said.description.jobs.len());
    said.origins.note(at.clone(), root.span.clone());
    let origins = &mut said.origins;
    let mut reading =
        Reading { job: &mut job, at, origins, diagnostics, files: Default::default(), kept: Kept::default() };
    xml::stray(root, reading.diagnostics);
    let mut sections: Vec<(Section, &Element)> = Vec::new();
    for element in root.elements() {
        let section = Section::ALL.into_iter().find(|s| s.name() == element.name && adl(element));
        match section {
            Some(section) => {
                if let Some((_, first)) = sections.iter().find(|(known, _)| *known == section) {
                    let message = format!("a second `{}`; ARC reads the first one only", element.name);
                    let warning = reading.diagnostics.warning(element.name_span.clone(), message);
                    warning.related(first.name_span.clone(), "the first one");
                    continue;
                }
                sections.push((section, element));
            }
            None => reading.unknown(element, "ActivityDescription", Section::ALL.map(Section::name)),
        }
    }
    for (section, element) in sections {
        reading.section(section, element);
    }
    let lists = std::mem::take(&mut reading.files);
    files::finish(&mut reading, lists);
    let kept = std::mem::take(&mut reading.kept);
    reading.job.extensions = kept.finish(&format!("{}/extensions", reading.at), reading.origins, rank);
    if first_command(&mut job).executable.as_ref().is_none_or(|path| path.text.is_none()) {
        let warning = diagnostics.warning(root.name_span.clone(), "nothing says what this activity runs");
        warning.help("add `<Application><Executable><Path>…</Path></Executable></Application>`");
    }
    if job.application.commands == [Default::default()] {
        job.application.commands.clear();
    }
    said.description.jobs.push(job);
}

/// The order in which what is kept is printed: by section and element, what is not in the table last.
fn rank(extension: &Extension) -> (usize, usize, usize, bool) {
    let (outer, inner) = extension.name.split_once('/').unwrap_or(("", &extension.name));
    let within = WORDS.iter().position(|word| word.name == outer);
    if let Some(word) = within {
        let part =
            extension.place.as_deref().and_then(|place| place.split('/').nth(2)).and_then(|part| part.parse().ok());
        return (section_of(WORDS[word].section.name()), word, part.unwrap_or(0), inner != "Version");
    }
    let word = WORDS.iter().position(|word| word.section.name() == outer && word.name == inner);
    (section_of(outer), word.unwrap_or(WORDS.len()), 0, false)
}

fn section_of(name: &str) -> usize {
    Section::ALL.iter().position(|section| section.name() == name).unwrap_or(Section::ALL.len())
}

/// Whether an element is of the language itself.
fn adl(element: &Element) -> bool {
    element.namespace.is_empty() || &*element.namespace == ADL
}

impl Reading<'_> {
    fn section(&mut self, section: Section, parent: &Element) {
        xml::stray(parent, self.diagnostics);
        let mut known: Vec<(&Word, &Element)> = Vec::new();
        let mut single: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        for element in parent.elements() {
            let word = find(section, &element.name).filter(|_| adl(element) || &*element.namespace == ARC);
            let Some(word) = word else {
                let words = WORDS.iter().filter(|w| w.section == section).map(|w| w.name);
                self.misplaced(section, element);
                self.unknown(element, section.name(), words);
                continue;
            };
            if word.arc && &*element.namespace != ARC {
                let message = format!("`{}` is an extension of NorduGrid", word.name);
                let warning = self.diagnostics.warning(element.name_span.clone(), message);
                warning.help(format!("give it the namespace `{ARC}`"));
            }
            if let Some(first) = single.get(word.name).filter(|_| !word.many) {
                let message = format!("a second `{}`; ARC reads the first one only", word.name);
                let warning = self.diagnostics.warning(element.name_span.clone(), message);
                warning.related(first.clone(), "the first one");
                continue;
            }
            single.insert(word.name, element.name_span.clone());
            known.push((word, element));
        }
        for (word, element) in known {
            self.word(word, element);
        }
    }

    fn misplaced(&mut self, section: Section, element: &Element) {
        let home = WORDS.iter().find(|word| word.name == element.name && word.section != section);
        if let Some(home) = home {
            let message = format!("`{}` does not belong here", element.name);
            let warning = self.diagnostics.warning(element.name_span.clone(), message);
            warning.help(format!("it stands in `{}`", home.section.name()));
        }
    }

    /// Keeps an element that is not known, with a warning where it looks like one that is.
    fn unknown(&mut self, element: &Element, section: &str, words: impl IntoIterator<Item = &'static str>) {
        if adl(element) {
            let near = spelling::nearest(&element.name, words);
            let message = format!("`{}` is not an element of `{section}`", element.written);
            let warning = self.diagnostics.warning(element.name_span.clone(), message);
            warning.note("ARC passes over it; here it is kept as it is").did_you_mean(near);
        }
        let name = match adl(element) {
            true => element.name.clone(),
            false => element.qualified(),
        };
        self.keep(element, format!("{section}/{name}"), false, None);
    }

    /// Warns about an element inside one of the table's that is not known and will not be said again.
    pub fn left_out(&mut self, element: &Element, within: &str, words: &[&str]) {
        let near = spelling::nearest(&element.name, words.iter().copied());
        let message = format!("`{}` is not an element of `{within}`; it is left out", element.written);
        let warning = self.diagnostics.warning(element.name_span.clone(), message);
        warning.note(format!("known are {}", words.join(", "))).did_you_mean(near);
    }

    /// Notes where a part of the job stood.
    pub fn note(&mut self, part: &str, span: Range<usize>) {
        self.origins.note(format!("{}{part}", self.at), span);
    }

    /// The text of an element without white space around it; `None`, with a warning, when it is empty.
    pub fn text(&mut self, element: &Element) -> Option<String> {
        if let Some(inner) = element.elements().next() {
            let message = format!("`{}` has text, not elements such as `{}`", element.written, inner.written);
            self.diagnostics.warning(inner.name_span.clone(), message).help("write `&lt;` for `<`");
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
        let text = element.text().trim().to_string();
        let most = super::most(unit);
        match text.parse::<u64>().map(|number| number as f64) {
            Ok(number) if number <= most => return Some(number),
            Ok(_) => {
                let message = format!("`{}` is at most {most}", element.name);
                self.diagnostics.error(element.text_span(), message).note("ARC refuses what is greater");
                return None;
            }
            Err(_) => {}
        }
        let found = if text.is_empty() { "nothing".to_string() } else { format!("`{text}`") };
        let of = if unit.is_empty() { "" } else { " of " };
        let message = format!("`{}` is a whole number{of}{unit}, not {found}", element.name);
        let error = self.diagnostics.error(element.text_span(), message);
        if text.ends_with(|c: char| c.is_ascii_alphabetic()) && text.starts_with(|c: char| c.is_ascii_digit()) {
            error.help("write the number without a unit");
        }
        None
    }

    /// `true` or `false`, also as `1` and `0`.
    pub fn flag(&mut self, text: &str, span: Range<usize>, what: &str) -> Option<bool> {
        match text.trim() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            other => {
                let message = format!("{what} is `true` or `false`, not `{other}`");
                let near = spelling::nearest(other, ["true", "false"]);
                self.diagnostics.error(span, message).did_you_mean(near);
                None
            }
        }
    }

    fn word(&mut self, word: &Word, element: &Element) {
        let optional = element.attribute("optional").map(|value| (value.to_string(), element.name_span.clone()));
        let optional = optional.and_then(|(value, span)| self.flag(&value, span, "`optional`")).unwrap_or(false);
        let kept = format!("{}/{}", word.section.name(), word.name);
        if optional {
            // A request that may be ignored: what the model has is what must be.
            return self.keep(element, kept, true, None);
        }
        match &word.kind {
            Kind::Text { part, field } => {
                if let Some(text) = self.text(element) {
                    *field(self.job) = Some(Text::literal(text));
                    self.note(part, element.text_span());
                }
            }
            Kind::Texts { part, field } => {
                if let Some(text) = self.text(element) {
                    let list = field(self.job);
                    let position = list.len();
                    list.push(Text::literal(text));
                    self.note(&format!("{part}/{position}"), element.text_span());
                }
            }
            Kind::Number { part, field } => {
                if let Some(number) = self.number(element, "") {
                    *field(self.job) = Some(number);
                    self.note(part, element.text_span());
                }
            }
            Kind::AtLeast { part, field, unit, .. } => {
                let Some(amount) = self.number(element, unit) else { return };
                if amount > 0.0 && amount < 65536.0 && *unit == "bytes" {
                    let message = format!("{amount} bytes is very little");
                    let warning = self.diagnostics.warning(element.text_span(), message);
                    let megabytes = amount * 1_048_576.0;
                    warning.note("xRSL counts megabytes, ADL bytes").help(format!("for megabytes write {megabytes}"));
                }
                *field(self.job) = Some(Amount::at_least(amount));
                self.note(part, element.text_span());
            }
            Kind::Verbatim { remark } => self.keep(element, kept, *remark, None),
            Kind::Refused => {
                let message = format!("ARC refuses activities with `{}`", word.name);
                let warning = self.diagnostics.warning(element.name_span.clone(), message);
                warning.note("the language has it, ARC's reader does not support it");
                self.keep(element, kept, false, None);
            }
            Kind::Own { read, .. } => read(self, element),
        }
    }

    /// Keeps an element word for word.
    pub fn keep(&mut self, element: &Element, name: String, remark: bool, place: Option<String>) {
        let span = element.span.clone();
        let mut element = element.clone();
        element.settle("", ADL);
        let text = element.verbatim(&BOUND);
        self.kept.push(Extension { language: NAME.into(), name, text, remark, place }, span);
    }
}
