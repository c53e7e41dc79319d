//! From the model to JDL: attributes in the order of the table, one a line.

use super::sweep::{self, Style, Sweep};
use super::syntax::{self, Kind};
use super::table::{self, What};
use super::{nodes, offers};
use crate::loss::Rest;
use crate::shell;
use crate::{Diagnostics, language::Language};
use pelago_job::description::{Job, Range, Text};
use pelago_job::{ParamNo, Piece, Template};
use serde::Serialize;
use std::collections::BTreeSet;

/// A job while it is printed.
pub(super) struct Printer<'a> {
    pub rest: &'a mut Rest,
    /// The job, taken out of the rest and put back.
    pub job: Job,
    pub at: String,
    pub sweep: Sweep,
    /// The name of the program, as its sandbox has it.
    pub program: String,
    /// The types of the job.
    pub types: Vec<String>,
    pub lines: Vec<(String, String)>,
}

/// Prints all jobs: one alone, several as a collection, or as a DAG where some wait for others.
pub(super) fn print(rest: &mut Rest) -> String {
    let alone = rest.left.jobs.len() < 2 && rest.left.jobs.iter().all(|job| job.node.is_none());
    // What belongs to the document would belong to its only job.
    let single = alone && !rest.left.extensions.iter().any(is_ours);
    if !single {
        return nodes::print(rest);
    }
    let sweep = super::space::prepare(rest);
    let mut lines = Vec::new();
    if !rest.left.jobs.is_empty() {
        lines.extend(super::space::lines(&sweep));
        lines.extend(job(rest, 0, sweep, Program::WhereSaid).0);
    }
    format!("{}\n", record(&lines, 0))
}

/// The attributes of the document itself.
pub(super) fn own_lines(rest: &mut Rest) -> Vec<(String, String)> {
    let extensions = rest.left.extensions.iter_mut().filter(|e| is_ours(e));
    let mut lines = Vec::new();
    for extension in extensions {
        let taken = std::mem::take(extension);
        lines.push((taken.name, taken.text));
    }
    lines
}

/// Whether it is one of ours that reads back.
fn is_ours(extension: &pelago_job::description::Extension) -> bool {
    extension.language == Language::Jdl.name()
        && extension.place.is_none()
        && survives(&extension.name, &extension.text)
}

/// When a job has to name a program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// Always: nodes.
    Always,
    /// Where it says something about one.
    WhereSaid,
    /// Never: another file does.
    Never,
}

/// The lines of a job, and its parameters for the next one.
pub(super) fn job(rest: &mut Rest, position: usize, sweep: Sweep, program: Program) -> (Vec<(String, String)>, Sweep) {
    let job = rest.left.jobs.get_mut(position).map(std::mem::take).unwrap_or_default();
    let at = format!("/jobs/{position}");
    let mut printer = Printer { rest, job, at, sweep, program: String::new(), types: Vec::new(), lines: Vec::new() };
    offers::to_requirements(&mut printer);
    for attribute in table::TABLE {
        printer.attribute(attribute.name, &attribute.what);
    }
    let parametric = printer.sweep.style == Style::Glite;
    let mut types = std::mem::take(&mut printer.types);
    if parametric {
        types.insert(0, quoted("Parametric"));
    }
    match &types[..] {
        [] => {}
        [one] => printer.lines.insert(0, ("JobType".into(), one.clone())),
        several => printer.lines.insert(0, ("JobType".into(), list(several))),
    }
    for extension in printer.job.extensions.iter_mut().filter(|e| is_ours(e)) {
        let taken = std::mem::take(extension);
        printer.lines.push((taken.name, taken.text));
    }
    let said = printer.lines.iter().any(|(name, _)| super::PROGRAM.contains(&name.as_str()));
    let needed = program == Program::Always || program == Program::WhereSaid && said;
    if needed && printer.lines.iter().all(|(name, _)| name != "Executable") {
        let path = super::application::path("/bin/true".into());
        printer.changed("/application/commands/0/executable", path, "a job of JDL runs something");
        printer.line("Executable", quoted("/bin/true"));
    }
    let Printer { rest, job, sweep, lines, .. } = printer;
    if let Some(place) = rest.left.jobs.get_mut(position) {
        *place = job;
    }
    (lines, sweep)
}

impl Printer<'_> {
    fn attribute(&mut self, name: &'static str, what: &What) {
        match what {
            What::Text(place) => {
                if let Some(text) = place(&mut self.job).take_if(|text| good(text)) {
                    let raw = self.raw(&text);
                    self.line(name, quoted(&raw));
                }
            }
            What::Stream(place) => {
                if let Some(stream) = place(&mut self.job)
                    && let Some(path) = stream.path.take_if(|path| good(path))
                {
                    let raw = self.raw(&path);
                    self.line(name, quoted(&raw));
                }
            }
            What::Number(place) => {
                if let Some(number) = place(&mut self.job).take_if(|n| n.is_finite()) {
                    self.line(name, plain_number(number));
                }
            }
            What::Exactly(place) => {
                let slot = place(&mut self.job);
                let exact = slot.as_ref().and_then(Range::exact).filter(|n| *n >= 1.0 && n.fract() == 0.0);
                if let Some(number) = exact {
                    *slot = None;
                    self.line(name, plain_number(number));
                }
            }
            What::Flag(place) => {
                if let Some(flag) = place(&mut self.job).take() {
                    self.line(name, flag.to_string());
                }
            }
            What::Expression(place) => {
                let Some(text) = place(&mut self.job).take() else { return };
                let raw = self.raw(&text);
                match survives(name, &raw) {
                    true => self.line(name, raw),
                    false => {
                        *place(&mut self.job) = Some(text);
                        if let Some(attribute) = table::find(name) {
                            self.because(attribute.part, "it is no expression of JDL's");
                        }
                    }
                }
            }
            What::Texts(place) => {
                let texts = std::mem::take(place(&mut self.job));
                let items: Vec<String> = texts.iter().map(|text| quoted(&self.raw(text))).collect();
                if !items.is_empty() {
                    self.line(name, list(&items));
                }
            }
            What::Own(_, print) => print(self),
            What::With | What::Structure | What::Keep | What::Remark => {}
        }
    }

    pub fn line(&mut self, name: &str, value: String) {
        self.lines.push((name.to_string(), value));
    }

    /// Notes a change of a part of this job.
    pub fn changed(&mut self, part: &str, instead: impl Serialize, why: &str) {
        self.rest.changed(format!("{}{part}", self.at), instead, why);
    }

    pub fn because(&mut self, part: &str, why: &str) {
        self.rest.because(format!("{}{part}", self.at), why);
    }

    /// A text with markers in place of its holes.
    pub fn raw(&self, text: &Text) -> String {
        text.write(str::to_string, |piece| match piece {
            Piece::Param(p) => self.marker(*p),
            _ => String::new(),
        })
    }

    fn marker(&self, parameter: ParamNo) -> String {
        let key = self.sweep.names.iter().find(|(_, p)| **p == parameter).map_or("", |(key, _)| key);
        match self.sweep.style {
            Style::None => String::new(),
            Style::Glite => sweep::GLITE.to_string(),
            Style::Dirac if key.starts_with('%') => key.to_string(),
            Style::Dirac => format!("%({key})s"),
        }
    }

    /// A text with markers made holes again.
    pub fn hole(&self, raw: &str) -> Text {
        self.sweep.fill(raw)
    }

    /// Words for JDL's arguments, with the quotation marks that they need.
    pub fn words(&self, words: &[Text]) -> String {
        let good = super::read::plain(&self.rest.left.parameters);
        let word = |word: &Text| {
            let plain = |piece: &Piece| match piece {
                Piece::Text(text) => shell::is_plain(text),
                Piece::Param(p) => good.contains(&p.0),
                _ => true,
            };
            let raw = self.raw(word);
            match !word.is_empty() && word.0.0.iter().all(plain) {
                true => raw,
                false => format!("'{}'", raw.replace('\'', "'\\''")),
            }
        };
        words.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    /// What is left of a text behind so many bytes of its first literal part.
    pub fn tail(&self, text: &Text, bytes: usize) -> Text {
        let mut tail = Template::default();
        for (position, piece) in text.0.0.iter().enumerate() {
            match piece {
                Piece::Text(text) if position == 0 => tail.push_text(text.get(bytes..).unwrap_or("")),
                other => tail.0.push(other.clone()),
            }
        }
        Text(tail)
    }
}

/// Whether a text can stand in a document: ClassAd strings hold no NUL.
fn good(text: &Text) -> bool {
    !text.0.0.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('\0')))
}

/// A number without a needless point.
pub(super) fn plain_number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 9e15 { format!("{}", number as i64) } else { format!("{number:?}") }
}

/// A string in quotation marks.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A list on one line, or on several if it is long.
pub(super) fn list(items: &[String]) -> String {
    let length: usize = items.iter().map(|item| item.len() + 2).sum();
    if length > 90 { format!("{{\n    {}\n  }}", items.join(",\n    ")) } else { format!("{{{}}}", items.join(", ")) }
}

/// Attributes in brackets.
pub(super) fn record(lines: &[(String, String)], indent: usize) -> String {
    let blanks = " ".repeat(indent);
    let mut out = String::from("[\n");
    for (name, value) in lines {
        out.push_str(&format!("{blanks}  {name} = {value};\n"));
    }
    out.push_str(&format!("{blanks}]"));
    out
}

/// Whether an attribute of this text reads back as exactly that.
pub(super) fn survives(name: &str, text: &str) -> bool {
    let mut diagnostics = Diagnostics::default();
    let document = format!("[\n  {name} = {text};\n]");
    let Some((outline, record)) = syntax::read(&document, &mut diagnostics) else { return false };
    let [entry] = &record.entries[..] else { return false };
    let known: BTreeSet<&str> = ["requirements", "rank"].into();
    let expression = !known.contains(name.to_ascii_lowercase().as_str())
        || match &entry.value.kind {
            Kind::Expression(_) | Kind::Text(_) => true,
            Kind::Bare(_) => super::read::is_placeholder(text),
            Kind::List(_) | Kind::Record(_) => false,
        };
    !diagnostics.failed() && entry.name == name && outline.slice(&entry.value.span) == text && expression
}

/// Whether a list is written as [`sweep::element`] writes it.
pub(super) fn canonical(text: &str) -> bool {
    let mut diagnostics = Diagnostics::default();
    let document = format!("[ x = {text}; ]");
    let Some((outline, record)) = syntax::read(&document, &mut diagnostics) else { return false };
    let [entry] = &record.entries[..] else { return false };
    matches!(entry.value.kind, Kind::List(_)) && !diagnostics.failed() && sweep::element(&entry.value, &outline) == text
}
