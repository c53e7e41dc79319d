//! From a script to a job: each option as its table says, then what only all of them together say.

use super::table::{Meaning, Row, Takes};
use super::{Dialect, amount, array, directive, mail, paths, prologue};
use crate::spelling;
use crate::{Diagnostics, Origins, Said, Source};
use pelago_job::description::{Command, Description, Extension, Job, Range, Space, Text, Variable};
use pelago_job::{Domain, Order, ParamNo, Parameter};
use std::ops;

/// An option as it was given.
pub(super) struct Given {
    pub row: &'static Row,
    pub text: String,
    pub span: ops::Range<usize>,
}

/// What is known while a script is read.
pub(super) struct Reader<'a> {
    pub dialect: Dialect,
    pub diagnostics: &'a mut Diagnostics,
    pub job: Job,
    pub origins: Origins,
    /// The array, and whether it is Torque's.
    pub array: Option<(Domain, bool)>,
    pub mail: mail::Mail,
    /// How the two streams are joined (`oe`, `eo`), and where that is said.
    pub join: Option<(String, Given)>,
    pub append: bool,
    /// The interpreter of `-S`.
    pub shell: Option<(String, ops::Range<usize>)>,
    /// Signs in names of files that only the batch system can fill in.
    pub signs: Vec<String>,
}

/// The index of a task is the first parameter.
pub(super) const INDEX: ParamNo = ParamNo(0);

/// Reads a script.
pub(super) fn read(source: &Source, dialect: Dialect, diagnostics: &mut Diagnostics) -> Option<Said> {
    let text = source.text.as_str();
    if !good(text, dialect, diagnostics) {
        return None;
    }
    let mut parts = directive::split(text, dialect, diagnostics);
    let mut reader = Reader {
        dialect,
        diagnostics,
        job: Job::default(),
        origins: Origins::default(),
        array: None,
        mail: mail::Mail::default(),
        join: None,
        append: false,
        shell: None,
        signs: Vec::new(),
    };
    let mut given = Vec::new();
    for words in &parts.directives {
        options(&mut reader, words, &mut given);
    }
    // The array comes first: names of files can have its index in them.
    let (arrays, others): (Vec<_>, Vec<_>) = given.into_iter().partition(|given| given.row.part == "/space");
    for given in arrays.into_iter().chain(others) {
        reader.apply(&given);
    }
    if parts.heterogeneous {
        reader.keep("hetjob", &parts.components.join("\n"), false);
    }
    let own = prologue::take(&mut parts.body, dialect, reader.array.as_ref().is_some_and(|(_, torque)| *torque));
    reader.finish(parts.body, own);
    let mut description = Description::default();
    if let Some((domain, torque)) = reader.array.take() {
        let name = array::variable(dialect, torque).to_string();
        description.parameters.push(Parameter { name, label: None, order: Order::Cross, domain });
        reader.job.space = Some(Space::Zip(vec![INDEX]));
    }
    description.jobs.push(reader.job);
    let origins = reader.origins;
    Some(Said { origins, ..Said::new(description) })
}

/// What no batch system takes.
fn good(text: &str, dialect: Dialect, diagnostics: &mut Diagnostics) -> bool {
    if dialect == Dialect::Slurm {
        if !text.starts_with("#!") {
            let line = text.find('\n').unwrap_or(text.len());
            let error =
                diagnostics.error(0..line, "this does not look like a batch script: it does not begin with `#!`");
            error.note("sbatch refuses it").help("write for example `#!/bin/sh` as the first line");
            return false;
        }
        // At the end of the text a line may go without its LF.
        let at_end = || text.ends_with('\r').then(|| text.len().saturating_sub(1));
        if let Some(at) = text.find("\r\n").or_else(at_end) {
            let error = diagnostics.error(at..at + 1, "the lines of this script end as on DOS, with CR and LF");
            error.note("sbatch refuses it").help("convert it, for example with `dos2unix`");
            return false;
        }
    }
    if let Some(at) = text.find('\0') {
        diagnostics.error(at..at + 1, "a script cannot hold the character NUL");
        return false;
    }
    true
}

/// Finds the options in the words of a directive.
fn options(reader: &mut Reader<'_>, words: &[directive::Word], found: &mut Vec<Given>) {
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        if !text.starts_with('-') || text.len() < 2 {
            let error = reader.diagnostics.error(word.span.clone(), format!("expected an option, found `{text}`"));
            error.note("a directive holds options as they stand on the command line");
            return;
        }
        let (row, attached) = match find(reader, word) {
            Some(found) => found,
            None => return,
        };
        let mut span = word.span.clone();
        let value = match (row.takes, attached) {
            (Takes::Nothing, Some(value)) => {
                let message = format!("`{}` takes no value, and `{value}` is one", row.name);
                reader.diagnostics.error(word.span.clone(), message);
                continue;
            }
            (Takes::Nothing | Takes::Maybe, None) => String::new(),
            (Takes::Two, None) => {
                let pair: Vec<&directive::Word> = words.by_ref().take(2).collect();
                if pair.len() < 2 {
                    let error = reader.diagnostics.error(word.span.clone(), format!("`{}` takes two values", row.name));
                    error.help(format!("write for example `{} mpi 8`", row.name));
                    return;
                }
                span.end = pair.last().map_or(span.end, |word| word.span.end);
                pair.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
            }
            (_, Some(value)) => {
                // Without quotation marks in it the word ends with its value.
                if word.text.len() == span.len() {
                    span.start = span.end - value.len();
                }
                value.to_string()
            }
            (Takes::Value, None) => match words.next() {
                Some(value) => {
                    span = value.span.clone();
                    value.text.clone()
                }
                None => {
                    reader.diagnostics.error(word.span.clone(), format!("`{}` takes a value", row.name));
                    return;
                }
            },
        };
        found.push(Given { row, text: value, span });
    }
}

/// The option that a word is, and the value in the same word.
fn find<'a>(reader: &mut Reader<'_>, word: &'a directive::Word) -> Option<(&'static Row, Option<&'a str>)> {
    let table = reader.dialect.table();
    let text = word.text.as_str();
    match reader.dialect {
        Dialect::Slurm if text.starts_with("--") => {
            let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
            if let Some(row) = table.iter().find(|row| row.name == name) {
                return Some((row, value));
            }
            let mut begins = table.iter().filter(|row| name.len() > 2 && row.name.starts_with(name));
            if let (Some(row), None) = (begins.next(), begins.next()) {
                let place = word.span.clone();
                let warning = reader.diagnostics.warning(place, format!("`{name}` is short for `{}`", row.name));
                warning.note("a later version of sbatch may have another option that begins so");
                return Some((row, value));
            }
            unknown(reader, word, name)
        }
        Dialect::GridEngine => match table.iter().find(|row| row.name == text || row.short == text) {
            Some(row) => Some((row, None)),
            None => unknown(reader, word, text),
        },
        _ => {
            let end = text.char_indices().nth(2).map_or(text.len(), |(at, _)| at);
            let (letter, rest) = text.split_at(end);
            let is =
                |row: &&Row| if reader.dialect == Dialect::Slurm { row.short == letter } else { row.name == letter };
            match table.iter().find(is) {
                Some(row) => Some((row, Some(rest).filter(|rest| !rest.is_empty()))),
                None => unknown(reader, word, letter),
            }
        }
    }
}

fn unknown<T>(reader: &mut Reader<'_>, word: &directive::Word, name: &str) -> Option<T> {
    let names = reader.dialect.table().iter().map(|row| row.name);
    let near = spelling::nearest(name, names);
    let message = format!("{} has no option `{name}`", reader.dialect.title());
    // Quotes and backslashes make a word longer in the document than it is.
    let plain = word.text.len() == word.span.len();
    let end = if plain { word.span.start + name.len().min(word.span.len()) } else { word.span.end };
    reader.diagnostics.error(word.span.start..end, message).did_you_mean(near.filter(|_| name.len() > 2));
    None
}

impl Reader<'_> {
    /// Takes an option in.
    pub fn apply(&mut self, given: &Given) {
        let Given { row, text, span } = given;
        if !row.part.is_empty() {
            self.origins.note(format!("/jobs/0{}", row.part), span.clone());
        }
        let dialect = self.dialect;
        match &row.meaning {
            Meaning::Text(place) => *place(&mut self.job) = Some(text.as_str().into()),
            Meaning::First(place) => *place(&mut self.job) = vec![text.as_str().into()],
            Meaning::Texts(place, sign) => {
                *place(&mut self.job) = split(text, *sign).into_iter().map(Text::from).collect();
            }
            Meaning::Count(place) => {
                if let Some(count) = self.whole(given) {
                    *place(&mut self.job) = Some(count.to_string().into());
                }
            }
            Meaning::Time(place) => {
                if let Some(seconds) = self.seconds(given) {
                    *place(&mut self.job) = Some(seconds);
                }
            }
            Meaning::MostTime(place) => {
                if let Some(seconds) = self.seconds(given) {
                    *place(&mut self.job) = Some(Range::at_most(seconds));
                }
            }
            Meaning::Bytes(place) => match amount::bytes(text, dialect) {
                Some(bytes) => *place(&mut self.job) = Some(bytes),
                None => self.no_memory(given),
            },
            Meaning::LeastBytes(place) => match amount::bytes(text, dialect) {
                Some(0.0) => self.keep_given(given),
                Some(bytes) => *place(&mut self.job) = Some(Range::at_least(bytes)),
                None => self.no_memory(given),
            },
            Meaning::Exactly(place) => match text.split_once('-') {
                Some((from, to)) => match (from.parse::<u32>(), to.parse::<u32>()) {
                    (Ok(from), Ok(to)) if from <= to => {
                        *place(&mut self.job) = Some(Range::between(f64::from(from), f64::from(to)));
                    }
                    _ => self.wrong(given, "a number, or two with `-` between them"),
                },
                None => {
                    if let Some(count) = self.whole(given) {
                        *place(&mut self.job) = Some(Range::exactly(count));
                    }
                }
            },
            Meaning::Least(place) => {
                if let Some(count) = self.whole(given) {
                    *place(&mut self.job) = Some(Range::at_least(count));
                }
            }
            Meaning::Flag(place, value) => *place(&mut self.job) = Some(*value),
            Meaning::Own(read, _) => read(self, given),
            Meaning::Keep => self.keep_given(given),
            Meaning::Remark => self.keep(row.name, text, true),
        }
    }

    /// Keeps an option as it was given.
    pub fn keep_given(&mut self, given: &Given) {
        let resource = !given.row.name.starts_with('-');
        match resource {
            true => self.keep("-l", &format!("{}={}", given.row.name, given.text), false),
            false => self.keep(given.row.name, &given.text, false),
        }
        let number = self.job.extensions.len() - 1;
        self.origins.note(format!("/jobs/0/extensions/{number}"), given.span.clone());
    }

    /// Keeps something under a name.
    pub fn keep(&mut self, name: &str, text: &str, remark: bool) {
        let language = self.dialect.language().name().to_string();
        let (name, text) = (name.to_string(), text.to_string());
        self.job.extensions.push(Extension { language, name, text, remark, place: None });
    }

    pub fn wrong(&mut self, given: &Given, expected: &str) {
        let message = format!("`{}` takes {expected}, not `{}`", given.row.name, given.text);
        self.diagnostics.error(given.span.clone(), message);
    }

    /// A whole number of 1 or more; zeros before it mean nothing.
    pub fn whole(&mut self, given: &Given) -> Option<f64> {
        let number = given.text.parse::<u32>().ok().filter(|n| *n > 0);
        if number.is_none() {
            self.wrong(given, "a whole number of 1 or more");
        }
        number.map(f64::from)
    }

    fn seconds(&mut self, given: &Given) -> Option<f64> {
        let endless = ["unlimited", "infinite", "infinity", "-1"];
        let text = given.text.as_str();
        if endless.contains(&text.to_ascii_lowercase().as_str()) {
            self.keep_given(given);
            return None;
        }
        let found = amount::seconds(text, self.dialect);
        if found == Some(0.0) {
            self.keep_given(given);
            return None;
        }
        if found.is_none() {
            let forms = match self.dialect {
                Dialect::Slurm => {
                    "minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes:seconds"
                }
                _ => "seconds, or hours:minutes:seconds",
            };
            let message = format!("`{text}` is no time");
            self.diagnostics.error(given.span.clone(), message).note(format!("a time is {forms}"));
        }
        found
    }

    fn no_memory(&mut self, given: &Given) {
        let form = match self.dialect {
            Dialect::Slurm => "a number with K, M, G or T behind it, in MiB without",
            Dialect::Pbs => "a number with b, kb, mb, gb or tb behind it",
            Dialect::GridEngine => "a number with K, M or G behind it (k, m, g count in thousands)",
        };
        let message = format!("`{}` is no amount of memory", given.text);
        self.diagnostics.error(given.span.clone(), message).note(format!("it is {form}"));
    }

    /// The job's one command, which carries its streams and its directory.
    pub fn command(&mut self) -> &mut Command {
        fields_command(&mut self.job)
    }

    /// What only all options together say.
    fn finish(&mut self, mut body: String, own: Option<prologue::Own>) {
        paths::join(self);
        mail::finish(self);
        // Cards of each host, then cards of the whole job: the order of the documents does not matter.
        self.job.resources.accelerators.sort_by_key(|card| card.per_host.is_none());
        if let Some(own) = own {
            for (name, value) in own.variables {
                let (name, value) = (Some(name.into()), Some(value));
                self.job.application.environment.push(Variable { name, value, filesystem: None });
            }
            if let Some(directory) = own.directory {
                self.command().directory = Some(super::fields::path(directory.as_str()));
            }
        }
        if self.dialect == Dialect::Slurm && self.command().directory.is_none() {
            // sbatch starts a job where it is submitted.
            self.command().directory = Some(super::fields::path("."));
        }
        if let Some((_, torque)) = &self.array {
            let name = array::variable(self.dialect, *torque);
            let environment = &mut self.job.application.environment;
            if !environment.iter().any(|v| v.name.as_ref().and_then(Text::as_literal).as_deref() == Some(name)) {
                let value = Some(Text::param(INDEX));
                environment.push(Variable { name: Some(name.into()), value, filesystem: None });
            }
        }
        if !self.signs.is_empty() {
            self.signs.sort();
            self.signs.dedup();
            let signs = self.signs.join(" ");
            self.keep("names of files", &signs, true);
        }
        if let Some((shell, span)) = self.shell.take() {
            self.interpreter(&shell, span, &mut body);
        }
        if body.trim().is_empty() || body.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
            self.diagnostics.warning(0..0, "the script has no command");
        }
        self.job.application.script = Some(body.into());
    }

    /// The interpreter of `-S` is the one that the script names in its first line, or takes its place.
    fn interpreter(&mut self, shell: &str, span: ops::Range<usize>, body: &mut String) {
        let end = body.find('\n').map_or(body.len(), |at| at + 1);
        let first = body.get(..end).unwrap_or("");
        match first.strip_prefix("#!") {
            Some(rest) if rest.split_whitespace().next() == Some(shell) => {}
            Some(rest) => {
                let named = rest.trim().to_string();
                let warning =
                    self.diagnostics.warning(span, format!("the script says `#!{named}`, and `{shell}` runs it"));
                warning.note("the batch system takes its option and not the first line of the script");
                *body = format!("#!{shell}\n{}", body.get(end..).unwrap_or(""));
            }
            None => *body = format!("#!{shell}\n{body}"),
        }
    }
}

/// The first command of a job; made if there is none.
pub(super) fn fields_command(job: &mut Job) -> &mut Command {
    let commands = &mut job.application.commands;
    if commands.is_empty() {
        commands.push(Command::default());
    }
    &mut commands[0]
}

/// Cuts a list apart at a sign that does not stand in brackets.
pub(super) fn split(text: &str, sign: char) -> Vec<String> {
    let (mut parts, mut part, mut depth) = (Vec::new(), String::new(), 0usize);
    for c in text.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c == sign && depth == 0 {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(c);
        }
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}
