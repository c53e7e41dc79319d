//! Reading the attributes of one job, each as the table says.

use super::sweep::{self, Sweep};
use super::syntax::{Entry, Kind, Outline, Value};
use super::table::{self, What};
use crate::language::Language;
use crate::{Diagnostics, Origins, spelling};
use pelago_classad::{Fault, ParseError};
use pelago_job::Domain;
use pelago_job::description::{Extension, Job, Range, Stdio, Text};
use std::collections::{BTreeMap, BTreeSet};

/// What is known while a document is read.
pub(super) struct Reader<'a> {
    pub outline: &'a Outline,
    pub diagnostics: &'a mut Diagnostics,
    pub origins: Origins,
    pub sweep: Sweep,
    /// The attributes of the job that is read, by their names in small letters.
    pub entries: BTreeMap<String, Entry>,
    /// The input sandbox of the document around the nodes, for `root.InputSandbox[0]`.
    pub root_sandbox: Vec<String>,
    /// The job that is read, as a pointer.
    pub at: String,
    /// Whether a text without quotation marks was seen.
    pub bare: bool,
}

impl Reader<'_> {
    /// Reads the attributes of a job.
    pub fn job(&mut self, entries: Vec<Entry>) -> Job {
        let mut job = Job::default();
        let order = self.take(entries);
        for attribute in table::TABLE {
            for name in [attribute.name].iter().chain(attribute.aliases) {
                let Some(entry) = self.entries.get(&name.to_ascii_lowercase()).cloned() else { continue };
                if !attribute.part.is_empty() {
                    self.origins.note(format!("{}{}", self.at, attribute.part), entry.value.span.clone());
                }
                self.attribute(&attribute.what, attribute.name, &entry, &mut job);
            }
        }
        for name in order {
            let Some(entry) = self.entries.get(&name).cloned() else { continue };
            // Without a sweep its words are like any others.
            let unused = self.sweep.style == sweep::Style::None && sweep::word(&entry.name).is_some();
            if !unused && (table::find(&entry.name).is_some() || sweep::word(&entry.name).is_some()) {
                continue;
            }
            self.misspelt(&entry);
            self.keep(&entry.name, &entry, true, &mut job);
        }
        job
    }

    /// Makes these the attributes that are read, and tells their order. The last of equal names counts.
    fn take(&mut self, entries: Vec<Entry>) -> Vec<String> {
        self.entries.clear();
        let mut order = Vec::new();
        for entry in entries {
            let key = entry.name.to_ascii_lowercase();
            match self.entries.insert(key.clone(), entry) {
                Some(before) => {
                    let now = self.entries.get(&key).map_or(0..0, |e| e.name_span.clone());
                    let message = format!("`{}` is given twice; the last one counts", before.name);
                    self.diagnostics.warning(now, message).related(before.name_span, "this one is not read");
                }
                None => order.push(key),
            }
        }
        let both = |a: &str, b: &str| Some((self.entries.get(a)?.name_span.clone(), self.entries.get(b)?.name.clone()));
        let pairs = table::TABLE.iter().flat_map(|row| row.aliases.iter().map(|alias| (row.name, *alias)));
        let found: Vec<_> = pairs.filter_map(|(a, b)| both(&a.to_ascii_lowercase(), &b.to_ascii_lowercase())).collect();
        for (span, alias) in found {
            self.diagnostics.warning(span, format!("this and `{alias}` say the same thing; `{alias}` counts"));
        }
        order
    }

    fn attribute(&mut self, what: &What, name: &str, entry: &Entry, job: &mut Job) {
        match what {
            What::Text(place) => {
                if let Some(text) = self.text(entry) {
                    *place(job) = Some(text);
                }
            }
            What::Stream(place) => {
                if let Some(path) = self.text(entry) {
                    *place(job) = Some(Stdio { path: Some(path), ..Stdio::default() });
                }
            }
            What::Number(place) => match sweep::number(&entry.value) {
                Some(number) => *place(job) = Some(number),
                None => self.number_missing(name, entry, job),
            },
            What::Exactly(place) => match sweep::number(&entry.value) {
                Some(number) if number >= 1.0 && number.fract() == 0.0 => *place(job) = Some(Range::exactly(number)),
                Some(number) => {
                    let message = format!("`{}` is 1 or more, not {number}", entry.name);
                    self.diagnostics.error(entry.value.span.clone(), message);
                }
                None => self.number_missing(name, entry, job),
            },
            What::Flag(place) => {
                match self.outline.slice(&entry.value.span).trim_matches('"').to_ascii_lowercase().as_str() {
                    "true" => *place(job) = Some(true),
                    "false" => *place(job) = Some(false),
                    _ => {
                        let message = format!("`{}` is `true` or `false`", entry.name);
                        self.diagnostics.error(entry.value.span.clone(), message);
                    }
                }
            }
            What::Expression(place) => {
                if let Some(text) = self.expression(entry) {
                    *place(job) = Some(text);
                }
            }
            What::Texts(place) => *place(job) = self.texts(entry).into_iter().map(|(text, _)| text).collect(),
            What::Own(read, _) => read(self, entry, job),
            What::Keep => self.keep(name, entry, false, job),
            What::Remark => self.keep(name, entry, true, job),
            What::With | What::Structure => {}
        }
    }

    /// Where in a value a text is neither an expression nor one that only lacks its quotation marks, and why.
    fn broken(&self, value: &Value) -> Option<(std::ops::Range<usize>, String)> {
        match &value.kind {
            Kind::Bare(error) if self.outline.slice(&value.span).contains('"') && !self.told(error) => {
                let span = value.span.start + error.span.start..value.span.start + error.span.end;
                Some((span, error.to_string()))
            }
            Kind::List(items) => items.iter().find_map(|item| self.broken(item)),
            Kind::Record(record) => record.entries.iter().find_map(|entry| self.broken(&entry.value)),
            Kind::Text(_) | Kind::Expression(_) | Kind::Bare(_) => None,
        }
    }

    /// Whether it was said that a text has no end when the texts were found. Quoted names are not looked for there.
    fn told(&self, error: &ParseError) -> bool {
        error.kind == Fault::Unclosed && self.diagnostics.failed()
    }

    /// Keeps an attribute as it is written.
    pub fn keep(&mut self, name: &str, entry: &Entry, remark: bool, job: &mut Job) {
        match self.broken(&entry.value) {
            Some((span, message)) => {
                self.diagnostics.error(span, message).note(format!("in the value of `{}`", entry.name));
            }
            None if matches!(entry.value.kind, Kind::Bare(_)) => self.bare_text(entry),
            None => {}
        }
        self.origins.note(format!("{}/extensions/{}", self.at, job.extensions.len()), entry.name_span.clone());
        job.extensions.push(extension(name, self.outline.slice(&entry.value.span), remark));
    }

    /// An attribute that nobody knows is allowed; one letter beside a known one it is surely meant to be that.
    fn misspelt(&mut self, entry: &Entry) {
        if self.diagnostics.full() {
            return;
        }
        let known = table::TABLE.iter().flat_map(|row| std::iter::once(&row.name).chain(row.aliases));
        let near = known.filter(|known| spelling::one_edit(&entry.name, known)).min();
        if let Some(near) = near.filter(|near| !self.entries.contains_key(&near.to_ascii_lowercase())) {
            let message = format!("`{}` means nothing in JDL", entry.name);
            let warning = self.diagnostics.warning(entry.name_span.clone(), message);
            warning.note("attributes that are not known are kept and asked for nothing").did_you_mean(Some(near));
        }
    }

    fn number_missing(&mut self, name: &str, entry: &Entry, job: &mut Job) {
        let shown = self.outline.slice(&entry.value.span).trim_matches('"').to_string();
        if is_placeholder(&shown) || !self.sweep.fill(&shown).0.params().is_empty() {
            let span = entry.value.span.clone();
            self.diagnostics
                .warning(span, format!("`{shown}` is still to be filled in"))
                .note("the job cannot run like this");
            self.origins.note(format!("{}/extensions/{}", self.at, job.extensions.len()), entry.name_span.clone());
            job.extensions.push(extension(name, self.outline.slice(&entry.value.span), false));
            return;
        }
        let message = format!("`{}` takes a number", entry.name);
        self.diagnostics.error(entry.value.span.clone(), message).label(format!("`{shown}` is none"));
    }

    /// The expression as written.
    fn expression(&mut self, entry: &Entry) -> Option<Text> {
        let shown = self.outline.slice(&entry.value.span);
        match &entry.value.kind {
            Kind::List(_) | Kind::Record(_) => {
                let message = format!("`{}` takes an expression", entry.name);
                self.diagnostics.error(entry.value.span.clone(), message);
                return None;
            }
            Kind::Bare(_) if is_placeholder(shown) => {
                let span = entry.value.span.clone();
                let warning = self.diagnostics.warning(span, format!("`{shown}` is still to be filled in"));
                warning.note("the job cannot run like this");
            }
            Kind::Bare(error) => {
                let at = entry.value.span.start;
                let span = at + error.span.start..(at + error.span.end).min(entry.value.span.end);
                self.diagnostics.error(span, error.to_string()).note(format!("in the expression of `{}`", entry.name));
                return None;
            }
            Kind::Text(_) => {
                let span = entry.value.span.clone();
                let warning = self.diagnostics.warning(span, format!("the expression of `{}` is a text", entry.name));
                warning.note("a text is neither true nor a number").help("leave the quotation marks out");
            }
            Kind::Expression(expr) => super::glue::check(expr, entry, self.outline, self.diagnostics),
        }
        Some(self.sweep.fill(shown))
    }

    /// The text of a value as it stands, markers and all; an error if it has none.
    pub fn raw(&mut self, entry: &Entry) -> Option<String> {
        self.raw_value(&entry.value, entry)
    }

    fn raw_value(&mut self, value: &Value, entry: &Entry) -> Option<String> {
        let shown = self.outline.slice(&value.span);
        match &value.kind {
            Kind::Text(text) if text.contains('\0') => None,
            Kind::Text(text) => return Some(text.clone()),
            Kind::Expression(_) | Kind::Bare(_) if !shown.contains(['"', '{', '[']) => {
                let shown = shown.to_string();
                if shown.parse::<f64>().is_err() && !matches!(shown.to_ascii_lowercase().as_str(), "true" | "false") {
                    self.bare_text(entry);
                }
                return Some(shown);
            }
            Kind::Bare(error) if self.told(error) => return None,
            Kind::Bare(error) => {
                let span = value.span.start + error.span.start..value.span.start + error.span.end;
                let message = error.to_string();
                self.diagnostics.error(span, message).note(format!("in the value of `{}`", entry.name));
                return None;
            }
            _ => None,
        }
        .or_else(|| {
            let message = format!("`{}` takes a text in quotation marks", entry.name);
            self.diagnostics.error(value.span.clone(), message);
            None
        })
    }

    fn bare_text(&mut self, entry: &Entry) {
        if std::mem::replace(&mut self.bare, true) {
            return;
        }
        let span = entry.value.span.clone();
        let warning = self.diagnostics.warning(span, format!("the text of `{}` has no quotation marks", entry.name));
        warning.note("DIRAC's reader takes such texts; in gLite this is an expression, or nothing at all");
        warning.note("further ones in this document are not told");
    }

    /// A text with its markers made holes.
    pub fn text(&mut self, entry: &Entry) -> Option<Text> {
        let raw = self.raw(entry)?;
        Some(self.sweep.fill(&raw))
    }

    /// A text, or each of a list, as it stands, with its place.
    pub fn raws(&mut self, entry: &Entry) -> Vec<(String, std::ops::Range<usize>)> {
        let items: Vec<&Value> = match &entry.value.kind {
            Kind::List(items) => items.iter().collect(),
            _ => vec![&entry.value],
        };
        let mut found = Vec::new();
        for item in items {
            found.extend(self.raw_value(item, entry).map(|raw| (raw, item.span.clone())));
        }
        found
    }

    fn texts(&mut self, entry: &Entry) -> Vec<(Text, std::ops::Range<usize>)> {
        let raws = self.raws(entry);
        raws.into_iter().map(|(raw, span)| (self.sweep.fill(&raw), span)).collect()
    }

    /// Another attribute of the same job.
    pub fn other(&self, name: &str) -> Option<Entry> {
        self.entries.get(&name.to_ascii_lowercase()).cloned()
    }

    /// Parameters whose every value is one word of a shell.
    pub fn plain(&self) -> BTreeSet<u16> {
        plain(&self.sweep.parameters)
    }
}

/// The numbers of parameters whose every value is one word of a shell.
pub(super) fn plain(parameters: &[pelago_job::Parameter]) -> BTreeSet<u16> {
    let word = |domain: &Domain| match domain {
        Domain::List(values) => values.iter().all(|value| crate::shell::is_plain(value)),
        Domain::Glob(_) => false,
        _ => true,
    };
    parameters.iter().enumerate().filter(|(_, p)| word(&p.domain)).map(|(number, _)| number as u16).collect()
}

/// Something that a program fills in before the document is used.
pub(super) fn is_placeholder(text: &str) -> bool {
    let between = |open: &str, close: &str| text.len() > 2 && text.starts_with(open) && text.ends_with(close);
    let one = !text.contains(char::is_whitespace);
    one && (between("<", ">") || between("@", "@") || between("%(", ")s") || between("${", "}") || between("{{", "}}"))
}

/// An attribute that is kept.
pub(super) fn extension(name: &str, text: &str, remark: bool) -> Extension {
    let language = Language::Jdl.name().to_string();
    Extension { language, name: name.to_string(), text: text.to_string(), remark, place: None }
}
