//! Parametric jobs, in gLite's way (`_PARAM_`) and in DIRAC's (`%s`, `%n`, `%(NAME)s`).
//!
//! gLite: with a number N the values are start, start + step, … below N. DIRAC: N values, each the one before times the
//! factor plus the step; several sequences by name advance together; `%n` is the number of the job from 0, padded with zeros.

use super::print::{canonical, quoted};
use super::syntax::{Entry, Kind, Outline, Value};
use crate::Diagnostics;
use pelago_classad::{Expr, UnaryOp, Value as ClassAd};
use pelago_job::description::{Space, Text};
use pelago_job::{Domain, Order, ParamNo, Parameter, Piece, Template};
use std::collections::BTreeMap;

/// gLite's marker, and the name of its parameter.
pub(super) const GLITE: &str = "_PARAM_";
pub(super) const GLITE_NAME: &str = "PARAM";
/// The names of DIRAC's sequence without a name, `%s`, and of its counter, `%n`.
pub(super) const PLAIN: &str = "s";
pub(super) const COUNTER: &str = "n";
/// Most values that are listed one by one because no rule gives them.
pub(super) const MOST_LISTED: u64 = 100_000;
/// Most sequences of one job.
const MOST_SEQUENCES: usize = 1000;

/// Whose markers are replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Style {
    /// None are.
    #[default]
    None,
    /// `_PARAM_`.
    Glite,
    /// `%s`, `%n`, `%(NAME)s`.
    Dirac,
}

/// The parameters of a document and their markers.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    pub style: Style,
    pub parameters: Vec<Parameter>,
    pub names: BTreeMap<String, ParamNo>,
}

impl Sweep {
    /// What the tasks are, if it is a sweep at all.
    pub fn space(&self) -> Option<Space> {
        let all = (0..self.parameters.len()).map(|number| ParamNo(number as u16));
        (self.style != Style::None).then(|| Space::Zip(all.collect()))
    }

    /// A text with its markers made holes.
    pub fn fill(&self, text: &str) -> Text {
        let mut out = Template::default();
        let mut rest = text;
        let sign = match self.style {
            Style::None => return Text::literal(text),
            Style::Glite => GLITE,
            Style::Dirac => "%",
        };
        while let Some(at) = rest.find(sign) {
            let (before, found) = rest.split_at(at);
            out.push_text(before);
            let marker = match self.style {
                Style::Dirac => self.marker(found),
                _ => self.names.get(GLITE_NAME).map(|p| (GLITE.len(), *p)),
            };
            rest = match marker {
                Some((length, parameter)) => {
                    out.0.push(Piece::Param(parameter));
                    found.get(length..).unwrap_or("")
                }
                None => {
                    out.push_text(sign);
                    found.get(sign.len()..).unwrap_or("")
                }
            };
        }
        out.push_text(rest);
        Text(out)
    }

    /// DIRAC's marker at the beginning of a text: its length and parameter.
    fn marker(&self, text: &str) -> Option<(usize, ParamNo)> {
        if let Some(rest) = text.strip_prefix("%(") {
            // Names are short, so that a text of nothing but beginnings is not searched to its end for each.
            let length = rest.bytes().take(256).position(|b| b == b')')?;
            let name = rest.get(..length).filter(|_| rest.get(length..length + 2) == Some(")s"))?;
            return self.names.get(&name.to_ascii_lowercase()).map(|p| (name.len() + 4, *p));
        }
        let letter = text.get(1..2).filter(|l| *l == PLAIN || *l == COUNTER)?;
        self.names.get(&format!("%{letter}")).map(|p| (2, *p))
    }

    fn add(&mut self, key: String, name: &str, domain: Domain) {
        let number = ParamNo(self.parameters.len().min(usize::from(u16::MAX)) as u16);
        self.names.insert(key, number);
        self.parameters.push(Parameter { name: name.to_string(), label: None, order: Order::Cross, domain });
    }
}

/// Whether an attribute declares parameters: the word and, for DIRAC, the name of the sequence.
pub(super) fn word(name: &str) -> Option<(&'static str, &str)> {
    const WORDS: [&str; 4] = ["Parameters", "ParameterStart", "ParameterStep", "ParameterFactor"];
    let (word, sequence) = name.split_once('.').unwrap_or((name, ""));
    WORDS.iter().find(|known| known.eq_ignore_ascii_case(word)).map(|known| (*known, sequence))
}

/// What one sequence says, by its words.
type Sequence<'a> = BTreeMap<&'static str, &'a Entry>;

/// Reads the parameters of a job. `parametric` is gLite's job type. Without a sweep the attributes stay what they are.
pub(super) fn declare(entries: &[Entry], outline: &Outline, parametric: bool, diagnostics: &mut Diagnostics) -> Sweep {
    let mut sequences: Vec<(&str, Sequence<'_>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries {
        if let Some((word, name)) = word(&entry.name) {
            let place = *places.entry(name.to_ascii_lowercase()).or_insert(sequences.len());
            if place == sequences.len() {
                sequences.push((name, Sequence::new()));
            }
            if let Some((_, sequence)) = sequences.get_mut(place) {
                sequence.insert(word, entry);
            }
        }
    }
    if sequences.len() > MOST_SEQUENCES {
        let message =
            format!("{} sequences of values are more than the {MOST_SEQUENCES} that are possible", sequences.len());
        diagnostics.error(0..0, message);
        return Sweep::default();
    }
    let main = sequences.iter().find(|(name, main)| name.is_empty() && main.contains_key("Parameters"));
    let Some((_, main)) = main else {
        if parametric {
            let entry = entries.iter().find(|e| e.name.eq_ignore_ascii_case("JobType"));
            let span = entry.map_or(0..0, |e| e.value.span.clone());
            let error = diagnostics.error(span, "a parametric job has no `Parameters`");
            error.help(
                "write `Parameters = { \"a\", \"b\" };`, or `Parameters = 10; ParameterStart = 0; ParameterStep = 1;`",
            );
        }
        return Sweep::default();
    };
    let Some(parameters) = main.get("Parameters") else { return Sweep::default() };
    let old = !parametric && sequences.len() == 1 && outline.text.contains(GLITE);
    if old {
        let warning =
            diagnostics.warning(parameters.name_span.clone(), "`_PARAM_` is used, and the job is not parametric");
        warning.help("write `JobType = \"Parametric\";`; it is taken for one");
    }
    if parametric || old { glite(main, outline, diagnostics) } else { dirac(&sequences, outline, diagnostics) }
}

fn glite(main: &Sequence<'_>, outline: &Outline, diagnostics: &mut Diagnostics) -> Sweep {
    let mut sweep = Sweep { style: Style::Glite, ..Sweep::default() };
    let Some(parameters) = main.get("Parameters") else { return Sweep::default() };
    let number = |word: &str, default: i64, diagnostics: &mut Diagnostics| match main.get(word) {
        Some(entry) => integer(entry, diagnostics),
        None => Some(default),
    };
    let span = parameters.value.span.clone();
    let domain = match &parameters.value.kind {
        Kind::List(items) => listed(items, outline),
        _ => {
            let bound = integer(parameters, diagnostics);
            let (start, step) = (number("ParameterStart", 0, diagnostics), number("ParameterStep", 1, diagnostics));
            let (Some(bound), Some(start), Some(step)) = (bound, start, step) else { return Sweep::default() };
            if step <= 0 {
                let place = main.get("ParameterStep").map_or(span, |e| e.value.span.clone());
                let error = diagnostics.error(place, format!("a step of {step} never reaches {bound}"));
                error.note("the values are start, start + step, … below the number in `Parameters`");
                return Sweep::default();
            }
            let distance = i128::from(bound) - i128::from(start);
            let count = if distance <= 0 { 0 } else { (distance - 1) / i128::from(step) + 1 };
            Domain::Integers { from: start, step, count: u64::try_from(count).unwrap_or(u64::MAX) }
        }
    };
    if domain.is_empty() {
        let error = diagnostics.error(parameters.value.span.clone(), "there is no value for `_PARAM_`");
        error.note("the values are start, start + step, … below the number in `Parameters`, or the elements of a list");
    }
    if !outline.text.contains(GLITE) {
        let warning = diagnostics.warning(parameters.name_span.clone(), "no text of the job has `_PARAM_` in it");
        warning.note("all its jobs are the same");
    }
    sweep.add(GLITE_NAME.to_string(), GLITE_NAME, domain);
    sweep
}

fn dirac(sequences: &[(&str, Sequence<'_>)], outline: &Outline, diagnostics: &mut Diagnostics) -> Sweep {
    let mut sweep = Sweep { style: Style::Dirac, ..Sweep::default() };
    let mut count: Option<u64> = None;
    for (_, sequence) in sequences {
        let Some(entry) = sequence.get("Parameters") else { continue };
        let length = match &entry.value.kind {
            Kind::List(items) => items.len() as u64,
            _ => match integer(entry, diagnostics) {
                Some(number) if number >= 1 => number as u64,
                Some(number) => {
                    diagnostics.error(entry.value.span.clone(), format!("{number} jobs are none"));
                    return Sweep::default();
                }
                None => return Sweep::default(),
            },
        };
        if let Some(other) = count.filter(|other| *other != length) {
            let message = format!("`{}` has {length} values, and the sequence before it has {other}", entry.name);
            diagnostics.error(entry.value.span.clone(), message).note("all sequences of a job advance together");
            return Sweep::default();
        }
        count = Some(length);
    }
    let count = count.unwrap_or(0);
    if count == 0 {
        diagnostics.error(0..0, "`Parameters` is an empty list: there is no job");
        return Sweep::default();
    }
    for (name, sequence) in sequences {
        let list = sequence.get("Parameters").and_then(|entry| match &entry.value.kind {
            Kind::List(items) => Some(items),
            _ => None,
        });
        let ruled = sequence.keys().any(|word| *word != "Parameters") || outline.text.contains("%s");
        let domain = match list {
            Some(items) => listed(items, outline),
            None if name.is_empty() && !ruled => continue,
            None => match numbers(sequence, count, diagnostics) {
                Some(domain) => domain,
                None => return Sweep::default(),
            },
        };
        match name.is_empty() {
            true => sweep.add(format!("%{PLAIN}"), PLAIN, domain),
            false => sweep.add(name.to_ascii_lowercase(), name, domain),
        }
    }
    if outline.text.contains("%n") || sweep.parameters.is_empty() {
        match counter(count) {
            Some(domain) => sweep.add(format!("%{COUNTER}"), COUNTER, domain),
            None => {
                let main =
                    sequences.iter().find(|(name, _)| name.is_empty()).and_then(|(_, main)| main.get("Parameters"));
                let span = main.map_or(0..0, |entry| entry.value.span.clone());
                diagnostics.error(span, format!("more than {MOST_LISTED} jobs cannot be numbered with leading zeros"));
            }
        }
    }
    sweep
}

/// `%n`: from 0, all as long as the last.
pub(super) fn counter(count: u64) -> Option<Domain> {
    let last = count.saturating_sub(1).to_string();
    match last.len() {
        1 => Some(Domain::Integers { from: 0, step: 1, count }),
        width if count <= MOST_LISTED => Some(Domain::List((0..count).map(|n| format!("{n:0width$}")).collect())),
        _ => None,
    }
}

/// Numbers by DIRAC's rule.
fn numbers(sequence: &Sequence<'_>, count: u64, diagnostics: &mut Diagnostics) -> Option<Domain> {
    let mut value = |word: &str, default: f64| match sequence.get(word) {
        Some(entry) => match number(&entry.value) {
            Some(value) => Some(value),
            None => {
                let message = format!("`{}` takes a number", entry.name);
                diagnostics.error(entry.value.span.clone(), message);
                None
            }
        },
        None => Some(default),
    };
    let (start, step, factor) =
        (value("ParameterStart", 1.0)?, value("ParameterStep", 0.0)?, value("ParameterFactor", 1.0)?);
    let whole = |x: f64| x.fract() == 0.0 && x.abs() < 9e15;
    if factor == 1.0 && step != 0.0 && whole(start) && whole(step) {
        return Some(Domain::Integers { from: start as i64, step: step as i64, count });
    }
    let span = sequence.values().next().map_or(0..0, |entry| entry.name_span.clone());
    if count > MOST_LISTED {
        let message = format!("more than {MOST_LISTED} values that no single step gives");
        diagnostics.error(span, message).help("use a whole start and step, and no factor");
        return None;
    }
    let mut values = Vec::new();
    let mut value = start;
    for _ in 0..count {
        values.push(if whole(value) { format!("{}", value as i64) } else { format!("{value}") });
        value = value * factor + step;
    }
    Some(Domain::List(values))
}

fn listed(items: &[Value], outline: &Outline) -> Domain {
    Domain::List(items.iter().map(|item| element(item, outline)).collect())
}

/// The text of an element: a string's own, a list's with all elements in quotation marks, else as written.
pub(super) fn element(value: &Value, outline: &Outline) -> String {
    match &value.kind {
        Kind::Text(text) => text.clone(),
        Kind::List(items) => {
            let inner = |item: &Value| match &item.kind {
                Kind::List(_) => element(item, outline),
                _ => quoted(&element(item, outline)),
            };
            format!("{{{}}}", items.iter().map(inner).collect::<Vec<_>>().join(", "))
        }
        _ => outline.slice(&value.span).to_string(),
    }
}

/// A value of a sequence as it is printed in a list, so that reading gives it again.
pub(super) fn printed(value: &str) -> String {
    let integer = value.len() < 19 && value.parse::<i64>().is_ok_and(|n| n.to_string() == value);
    if integer || value.starts_with('{') && canonical(value) { value.to_string() } else { quoted(value) }
}

/// A number, also in quotation marks.
pub(super) fn number(value: &Value) -> Option<f64> {
    let found = match &value.kind {
        Kind::Text(text) => text.trim().parse().ok()?,
        Kind::Expression(expr) => literal(expr)?,
        _ => return None,
    };
    f64::is_finite(found).then_some(found)
}

fn literal(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Literal(ClassAd::Integer(number)) => Some(*number as f64),
        Expr::Literal(ClassAd::Real(number)) => Some(*number),
        Expr::Unary(UnaryOp::Minus, inner) => match &**inner {
            Expr::Literal(ClassAd::Integer(number)) => Some(-(*number as f64)),
            Expr::Literal(ClassAd::Real(number)) => Some(-number),
            _ => None,
        },
        _ => None,
    }
}

fn integer(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<i64> {
    let found = number(&entry.value).filter(|n| n.fract() == 0.0 && n.abs() < 9e15);
    if found.is_none() {
        let message =
            format!("`{}` takes a whole number{}", entry.name, if entry.name.len() == 10 { " or a list" } else { "" });
        diagnostics.error(entry.value.span.clone(), message);
    }
    found.map(|n| n as i64)
}
