//! One job of a statement: every command that is defined, expanded and put into the model.

use super::command::{self, Command, Kind};
use super::expand::{Expander, Fault, as_written};
use super::kept::{self, Check};
use super::macros::Macros;
use super::own;
use super::space::Scope;
use super::symbol::{Symbols, has_symbol, is_symbol};
use pelago_job::Parameter;
use pelago_job::description::{Extension, Job, Range as Interval, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A command with its value.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// Its name as written.
    pub name: String,
    /// Its value, expanded.
    pub text: String,
    /// Where the value stands.
    pub span: Range<usize>,
}

/// Something to say about a value.
#[derive(Clone, Debug)]
pub(super) struct Remark {
    /// Whether the document cannot be taken.
    pub error: bool,
    /// Where.
    pub span: Range<usize>,
    /// What and why.
    pub message: String,
    /// Facts.
    pub note: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

/// A job that is being put together.
pub(super) struct Build<'a> {
    /// The definitions.
    pub macros: &'a Macros,
    /// What counts before them.
    pub live: &'a BTreeMap<String, String>,
    /// All symbols.
    pub symbols: &'a mut Symbols,
    /// The tasks.
    pub scope: &'a mut Scope,
    /// The description's parameters.
    pub parameters: &'a mut Vec<Parameter>,
    /// How much text was made.
    pub made: &'a mut usize,
    /// The job.
    pub job: Job,
    /// What is to be said.
    pub remarks: Vec<Remark>,
    /// Names without definition, and where.
    pub undefined: Vec<(String, Range<usize>)>,
    /// Whether tasks have to be built apart to be right.
    pub apart: bool,
    /// Kept commands that went into the model after all.
    pub consumed: Vec<&'static str>,
    /// Whether there may be definitions that are not known here.
    pub unknown: bool,
    /// Whether the document queues nothing by itself.
    pub fragment: bool,
    /// The parts and where they stand.
    pub origins: Vec<(String, Range<usize>)>,
}

impl Build<'_> {
    /// Reads every command.
    pub fn commands(&mut self) {
        for entry in command::TABLE {
            let Some(given) = self.given(entry.name, entry.also) else { continue };
            self.origins.push((entry.part.to_string(), given.span.clone()));
            self.read(entry, given);
        }
        own::finish(self);
        for (name, attribute, check, remark) in kept::KEPT {
            if self.consumed.contains(name) {
                continue;
            }
            let attribute = if attribute.is_empty() { &[][..] } else { std::slice::from_ref(attribute) };
            if let Some(given) = self.given(name, attribute) {
                self.keep_checked(name, given, *check, *remark);
            }
        }
        super::must::together(self);
        self.families();
    }

    /// The value of a command, if it has one.
    pub fn given(&mut self, name: &str, also: &[&str]) -> Option<Given> {
        std::iter::once(name).chain(also.iter().copied()).find_map(|name| self.value(name))
    }

    fn value(&mut self, name: &str) -> Option<Given> {
        let found = self.macros.get(name);
        let live = self.live.get(&name.to_ascii_lowercase()).cloned();
        let (raw, span) = match (&live, found) {
            (Some(value), found) => (value.clone(), found.map_or(0..0, |m| m.span.clone())),
            (None, Some(m)) => (m.value.clone(), m.span.clone()),
            (None, None) => return None,
        };
        let text = self.expand(&raw, name, span.clone());
        let text = text.trim().to_string();
        (!text.is_empty()).then(|| Given { name: found.map_or(name, |m| m.name.as_str()).to_string(), text, span })
    }

    /// A text with everything in it replaced.
    fn expand(&mut self, raw: &str, name: &str, span: Range<usize>) -> String {
        if !raw.contains('$') {
            return raw.to_string();
        }
        let mut expander = Expander {
            macros: self.macros,
            live: self.live,
            variables: &self.scope.variables,
            symbols: self.symbols,
            made: self.made,
            faults: BTreeSet::new(),
            undefined: BTreeSet::new(),
            apart: false,
            unknown: self.unknown,
            inside: 0,
            active: vec![name.to_ascii_lowercase()],
        };
        let text = expander.expand(raw);
        let (faults, undefined, apart) = (expander.faults, expander.undefined, expander.apart);
        self.apart |= apart;
        self.undefined.extend(undefined.into_iter().map(|name| (name, span.clone())));
        for fault in faults {
            self.error(span.clone(), fault.to_string());
            let help = match &fault {
                Fault::Circle(..) => Some("give one of them a value that does not lead back".to_string()),
                Fault::NoFunction(_, near) => near.map(|near| format!("did you mean `${near}(…)`?")),
                _ => None,
            };
            self.helped(help);
        }
        text
    }

    /// Adds an error.
    pub fn error(&mut self, span: Range<usize>, message: impl AsRef<str>) {
        self.remark(true, span, message.as_ref());
    }

    /// Adds a warning.
    pub fn warning(&mut self, span: Range<usize>, message: impl AsRef<str>) {
        self.remark(false, span, message.as_ref());
    }

    /// A message may quote a value whose macros are symbols by now; people know them by their names.
    fn remark(&mut self, error: bool, span: Range<usize>, message: &str) {
        let message = as_written(message, self.symbols, &self.scope.variables);
        self.remarks.push(Remark { error, span, message, note: None, help: None });
    }

    /// Adds to the last one what to do.
    pub fn helped(&mut self, help: Option<String>) {
        if let Some(last) = self.remarks.last_mut() {
            last.help = help;
        }
    }

    /// Adds a fact to the last one.
    pub fn noted(&mut self, note: impl Into<String>) {
        if let Some(last) = self.remarks.last_mut() {
            last.note = Some(note.into());
        }
    }

    /// A text of the model.
    pub fn text(&mut self, text: &str) -> Text {
        self.scope.text(text, self.symbols, self.parameters)
    }

    /// As it would be written again: values of symbols are names, other dollar signs before brackets are kept apart.
    pub fn written(&self, text: &str) -> String {
        // Parameters may have other names than the variables.
        let mut variables = self.scope.variables.clone();
        for (variable, number) in variables.iter_mut().zip(self.scope.own()) {
            if let Some(parameter) = self.parameters.get(usize::from(number.0)) {
                variable.name = parameter.name.clone();
            }
        }
        let mut out = String::new();
        let mut from = 0;
        for (at, c) in text.char_indices() {
            if is_symbol(c) {
                out.push_str(&super::print::escaped(text.get(from..at).unwrap_or(""), self.unknown));
                out.push_str(&as_written(&c.to_string(), self.symbols, &variables));
                from = at + c.len_utf8();
            }
        }
        out.push_str(&super::print::escaped(text.get(from..).unwrap_or(""), self.unknown));
        out
    }

    /// Whether values of the items that stand in a text have one of these characters, or are empty where that counts.
    /// Then the tasks are built apart.
    pub fn apart_if(&mut self, text: &str, bad: &[char], empty: bool) {
        for c in text.chars() {
            if let Some((_, super::symbol::Symbol::Item(number))) = self.symbols.of(c)
                && let super::space::Items::Known { columns, .. } = &self.scope.items
                && let Some(column) = columns.get(*number)
                && column.iter().any(|value| value.contains(bad) || empty && value.is_empty())
            {
                self.apart = true;
            }
        }
    }

    /// Keeps a command as an extension of the job.
    pub fn keep(&mut self, name: &str, text: &str, remark: bool) {
        let text = self.written(text);
        let place = None;
        if let Some(found) = self.macros.get(name) {
            self.origins.push((format!("extensions/{}", self.job.extensions.len()), found.span.clone()));
        }
        let extension = Extension { language: "submit".into(), name: name.into(), text, remark, place };
        self.job.extensions.push(extension);
    }

    /// What cannot be had as a number or flag because each task has its own.
    fn keep_open(&mut self, name: &str, given: &Given) {
        self.apart = true;
        self.keep(name, &given.text, false);
    }

    /// Says so if a value is not what HTCondor insists on.
    fn unfit(&mut self, name: &str, given: &Given) -> bool {
        let Some(words) = super::must::expected(name, &given.text) else { return false };
        self.error(given.span.clone(), format!("`{}` is no value of `{}`; it is {words}", given.text, given.name));
        true
    }

    fn read(&mut self, entry: &Command, given: Given) {
        if self.unfit(entry.name, &given) {
            return;
        }
        match entry.kind {
            Kind::Text(field) => {
                let text = self.text(strip(&given.text, entry.name));
                *field(&mut self.job) = Some(text);
            }
            Kind::Expression(field) => {
                let given = if entry.name == "requirements" { self.bracketed(given) } else { given };
                self.expression(entry.name, &given);
                let text = self.text(&given.text);
                *field(&mut self.job) = Some(text);
            }
            Kind::Flag(_) | Kind::Number(_) | Kind::Amount(..) if has_symbol(&given.text) => {
                self.keep_open(entry.name, &given);
            }
            Kind::Flag(field) => match flag(&given.text) {
                Some(flag) => *field(&mut self.job) = Some(flag),
                None if self.expression(entry.name, &given) => self.keep(entry.name, &given.text, false),
                None => {}
            },
            Kind::Number(field) => match super::function::whole(&given.text) {
                Some(number) => *field(&mut self.job) = Some(number as f64),
                None if self.expression(entry.name, &given) => self.keep(entry.name, &given.text, false),
                None => {}
            },
            Kind::Amount(field, unit) => match amount(&given.text, unit) {
                Some(size) => {
                    *field(&mut self.job) = Some(Interval::at_least(size));
                    self.odd_amount(entry.name, &given, size);
                }
                None if given.text.eq_ignore_ascii_case("undefined") => {}
                None if self.expression(entry.name, &given) => self.keep(entry.name, &given.text, false),
                None => {}
            },
            Kind::List(field) => {
                self.apart_if(&given.text, &[','], true);
                let texts: Vec<Text> = items(&given.text).map(|item| self.text(item)).collect();
                *field(&mut self.job) = texts;
            }
            Kind::Own(which) => own::read(self, which, entry.name, given),
        }
    }

    /// A request that is surely in the wrong unit.
    fn odd_amount(&mut self, name: &str, given: &Given, size: f64) {
        if name == "request_memory" && size >= 64.0 * 1024.0f64.powi(4) {
            self.warning(given.span.clone(), format!("this is {:.0} TB of memory", size / 1024.0f64.powi(4)));
            self.noted("without a suffix `request_memory` counts megabytes");
        }
        if name == "request_disk" && size < 1_048_576.0 && given.text.bytes().all(|b| b.is_ascii_digit()) {
            self.warning(given.span.clone(), format!("this is {size:.0} bytes of disk"));
            self.noted("without a suffix `request_disk` counts kilobytes");
        }
    }

    /// The language puts brackets around `requirements`, so that `a ) || ( b` is an expression there.
    fn bracketed(&mut self, given: Given) -> Given {
        let parses = |text: &str| pelago_classad::parse(&plain(text)).is_ok();
        let text = format!("({})", given.text);
        if parses(&given.text) || !parses(&text) {
            return given;
        }
        self.warning(given.span.clone(), "a bracket is closed here before one is opened");
        self.noted("condor_submit puts brackets around the whole, so that they match");
        Given { text, ..given }
    }

    /// Whether a value is an expression; says so if not.
    pub fn expression(&mut self, name: &str, given: &Given) -> bool {
        let plain = plain(&given.text);
        match pelago_classad::parse(&plain) {
            Ok(_) => true,
            Err(error) => {
                // What is missing at its end is missing behind the last character, where a document may end too.
                let at = |offset: usize| (given.span.start + offset).min(given.span.end);
                let span = match plain == given.text && given.span.len() == given.text.len() {
                    true => at(error.span.start)..at(error.span.end),
                    false => given.span.clone(),
                };
                self.error(span, format!("the value of `{}` is no expression: {error}", given.name));
                if plain.contains(" = ") {
                    self.helped(Some("`==` compares, `=` does not".into()));
                }
                let _ = name;
                false
            }
        }
    }

    fn keep_checked(&mut self, name: &str, given: Given, check: Check, remark: bool) {
        if self.unfit(name, &given) {
            return;
        }
        let open = has_symbol(&given.text);
        let later = given.text.contains('$');
        match check {
            Check::Text => {}
            Check::Flag if flag(&given.text).is_some() => {}
            Check::Integer if super::function::whole(&given.text).is_some() => {}
            Check::Flag | Check::Integer if !open && !later => {
                let words = if check == Check::Flag { "true or false" } else { "an integer" };
                return self
                    .error(given.span, format!("`{}` is no value of `{}`; it is {words}", given.text, given.name));
            }
            _ if !open && !self.expression(name, &given) => return,
            _ => {}
        }
        let remark = match (name, given.text.to_ascii_uppercase().as_str()) {
            ("should_transfer_files", "YES" | "IF_NEEDED" | "ALWAYS" | "TRUE") => true,
            ("should_transfer_files", "NO" | "NEVER" | "FALSE") => false,
            ("when_to_transfer_output", "ON_EXIT" | "ON_SUCCESS") => true,
            ("when_to_transfer_output", "ON_EXIT_OR_EVICT" | "NEVER") => false,
            ("should_transfer_files" | "when_to_transfer_output", _) if !open => {
                let words = match name {
                    "should_transfer_files" => "`YES`, `NO` or `IF_NEEDED`",
                    _ => "`ON_EXIT`, `ON_EXIT_OR_EVICT` or `ON_SUCCESS`",
                };
                let message = format!("`{}` is no value of `{}`; it is {words}", given.text, given.name);
                return self.error(given.span, message);
            }
            ("transfer_executable", "TRUE" | "YES" | "1") => true,
            _ => remark,
        };
        self.keep(name, &given.text, remark);
    }

    /// Commands whose names are made up: `request_NAME`, `MY.Attribute`, and those of clouds and tokens.
    fn families(&mut self) {
        let mut names: Vec<(usize, String)> = self.macros.iter().map(|m| (m.name_span.start, m.name.clone())).collect();
        names.sort_unstable();
        for (_, name) in names {
            let lower = name.to_ascii_lowercase();
            if let Some(attribute) = name.get(3..).filter(|_| lower.starts_with("my.")) {
                if let Some(given) = self.value(&name) {
                    let given = Given { name: format!("+{attribute}"), ..given };
                    if self.expression(&name, &given) {
                        self.keep(&format!("+{attribute}"), &given.text, true);
                    }
                }
                continue;
            }
            if command::names().any(|known| known.eq_ignore_ascii_case(&lower)) {
                continue;
            }
            if let Some(resource) = name.get(8..).filter(|r| lower.starts_with("request_") && !r.is_empty()) {
                if let Some(given) = self.value(&name) {
                    let pair = (Text::literal(resource), self.text(&given.text));
                    self.job.resources.others.push(pair);
                }
            } else if kept::family(&lower).is_some()
                && let Some(given) = self.value(&name)
            {
                self.keep(&name, &given.text, false);
            }
        }
    }
}

/// Texts between commas.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// A name may stand in quotation marks where that means nothing.
fn strip<'t>(text: &'t str, name: &str) -> &'t str {
    match name {
        "batch_name" => text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text),
        _ => text,
    }
}

/// A value with something that an expression may hold for what differs between tasks or is filled later.
fn plain(text: &str) -> String {
    without_later(text).chars().map(|c| if is_symbol(c) { '1' } else { c }).collect()
}

/// `$$(…)` and the functions that are filled later become something that an expression may hold.
pub(super) fn without_later(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (literal, from) = rest.split_at(at);
        out.push_str(literal);
        let after = from.get(1..).unwrap_or("");
        let word = after.bytes().position(|b| !b.is_ascii_alphanumeric() && b != b'_' && b != b'$');
        let open = word.map(|word| word + 1).filter(|open| from.as_bytes().get(*open) == Some(&b'('));
        let end = match open {
            Some(open) => {
                let ad = from.get(open..).is_some_and(|t| t.starts_with("(["));
                let end = if ad { from.find("])").map(|at| at + 2) } else { from.find(')').map(|at| at + 1) };
                if end.is_none() {
                    // No bracket closes, here or later.
                    out.push_str(from);
                    return out;
                }
                end
            }
            None => None,
        };
        match end {
            Some(end) => {
                out.push('1');
                rest = from.get(end..).unwrap_or("");
            }
            None => {
                out.push('$');
                rest = from.get(1..).unwrap_or("");
            }
        }
    }
    out.push_str(rest);
    out
}

/// A flag as the language writes it; an expression without names counts too.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "t" | "y" | "1" => Some(true),
        "false" | "no" | "f" | "n" | "0" => Some(false),
        _ => super::function::whole(text).map(|number| number != 0),
    }
}

/// A size: a number, perhaps with a suffix; `unit` is what one counts without. Constant expressions count.
pub(super) fn amount(text: &str, unit: Option<f64>) -> Option<f64> {
    let text = text.split(',').next().unwrap_or("").trim();
    let digits = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (number, suffix) = text.split_at_checked(digits)?;
    let suffix = suffix.trim().to_ascii_lowercase();
    let scale = match (suffix.strip_suffix('b').unwrap_or(&suffix), unit) {
        ("", _) if suffix.is_empty() => unit.unwrap_or(1.0),
        ("k", Some(_)) => 1024.0,
        ("m", Some(_)) => 1_048_576.0,
        ("g", Some(_)) => 1_073_741_824.0,
        ("t", Some(_)) => 1_099_511_627_776.0,
        _ => return super::function::whole(text).map(|n| n as f64 * unit.unwrap_or(1.0)).filter(|n| *n >= 0.0),
    };
    let size = number.parse::<f64>().ok()? * scale;
    // The language rounds up to whole units.
    let unit = unit.unwrap_or(1.0);
    Some((size / unit).ceil() * unit).filter(|size| size.is_finite())
}
