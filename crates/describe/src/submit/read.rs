//! Statements one after another: definitions are kept, `queue` statements make jobs.

use super::command;
use super::condition::{self, Conditions};
use super::expand::{Expander, Fault};
use super::job::Remark;
use super::line::{Line, Lines};
use super::macros::Macros;
use super::names;
use super::queue::{self, Mode, Queue};
use super::symbol::{Symbols, is_symbol};
use crate::{Beside, Diagnostics, Said, Source};
use pelago_job::description::{Description, Extension};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Most parameters of a document.
const MAX_PARAMETERS: usize = 2000;
/// How many unused names are compared with all commands.
const MAX_LOOKED_AT: usize = 100;

/// Reads a document, and nothing else.
pub(super) fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    read_with(source, None, diagnostics)
}

/// Reads a document, with the files that it names if somebody opens them.
pub(crate) fn read_with(
    source: &Source,
    beside: Option<&mut dyn Beside>,
    diagnostics: &mut Diagnostics,
) -> Option<Said> {
    if let Some(at) = source.text.find(is_symbol) {
        diagnostics
            .error(at..at + 4, "this character is for private use and has no meaning here")
            .help("take it out; it is invisible in many editors");
        return None;
    }
    let mut reader = Reader {
        text: &source.text,
        diagnostics,
        // As one that need not live longer than the reader.
        beside: match beside {
            Some(beside) => Some(beside),
            None => None,
        },
        depth: 0,
        taken: 0,
        macros: Macros::default(),
        symbols: Symbols::default(),
        conditions: Conditions::default(),
        description: Description::default(),
        origins: Vec::new(),
        unknown: false,
        first: 0,
        made: 0,
        queues: 0,
        before: None,
        warned: BTreeSet::new(),
    };
    let mut lines = Lines::new(&source.text);
    while let Some(line) = lines.next() {
        reader.line(&line, &mut lines);
    }
    reader.finish(source)
}

pub(super) struct Reader<'d> {
    text: &'d str,
    pub(super) diagnostics: &'d mut Diagnostics,
    pub(super) beside: Option<&'d mut dyn Beside>,
    /// How deep in files that include each other.
    pub(super) depth: u32,
    /// Bytes of other files that were taken in.
    pub(super) taken: usize,
    pub(super) macros: Macros,
    pub(super) symbols: Symbols,
    conditions: Conditions,
    pub(super) description: Description,
    pub(super) origins: Vec<(String, Range<usize>)>,
    /// Whether something defines what cannot be seen here.
    pub(super) unknown: bool,
    /// The number of the next process.
    pub(super) first: u64,
    pub(super) made: usize,
    pub(super) queues: usize,
    /// The definition before, which a broken line may belong to.
    before: Option<Range<usize>>,
    pub(super) warned: BTreeSet<(usize, String)>,
}

impl Reader<'_> {
    pub(super) fn line(&mut self, line: &Line, lines: &mut Lines<'_>) {
        let mut text = line.text.as_str();
        let mut skipped = 0;
        if let Some(rest) = text.strip_prefix(':')
            && (self.conditions.inside() || condition::keyword(rest).is_some())
        {
            (text, skipped) = (rest, 1);
        }
        let at = |part: Range<usize>| line.span(part.start + skipped..part.end + skipped);
        if let Some((word, rest)) = condition::keyword(text) {
            let span = at(0..text.len());
            let mut conditions = std::mem::take(&mut self.conditions);
            let taken = conditions.take(word, span.clone(), || self.test(rest, &span));
            self.conditions = conditions;
            if let Err(why) = taken {
                self.diagnostics.error(span, why).note(
                    "a condition is `defined NAME`, `version >= 8.1.2`, true or false, or a macro that is one of these; \
                     `!` turns it around",
                );
            }
            return;
        }
        if !self.conditions.on() {
            return;
        }
        let end = text.find(|c: char| c.is_whitespace() || c == '=' || c == ':').unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let keyword = word.strip_prefix('@').unwrap_or(word).to_ascii_lowercase();
        if let Some((options, what)) = rest.split_once(':').filter(|(options, _)| !options.contains('=')) {
            match keyword.as_str() {
                "include" => return self.include(options.trim(), what.trim(), at(0..text.len())),
                "use" => {
                    self.unknown = true;
                    self.description.extensions.push(Extension {
                        language: "submit".into(),
                        name: format!("use {}", options.trim()),
                        text: what.trim().into(),
                        ..Extension::default()
                    });
                    let span = at(0..text.len());
                    self.diagnostics.warning(
                        span,
                        format!("what `{} : {}` defines is not known here", options.trim(), what.trim()),
                    );
                    return;
                }
                "error" | "warning" => {
                    let message = self.expand(what.trim(), at(0..text.len()));
                    let span = at(0..text.len());
                    match keyword.as_str() {
                        "error" => self.diagnostics.error(span, format!("the document says: {message}")),
                        _ => self.diagnostics.warning(span, format!("the document says: {message}")),
                    };
                    return;
                }
                _ => {}
            }
        }
        let after = rest.trim_start();
        let blanks = rest.len() - after.len();
        let joined = |sign: &str| after.strip_prefix(sign).map(str::trim_start);
        if let Some(value) = joined("=").filter(|_| !word.is_empty() && !word.eq_ignore_ascii_case("queue")) {
            let from = text.len() - value.len();
            return self.define(word, value, at(0..end), at(from..text.len()));
        }
        if let Some(tag) = joined("@=").filter(|_| blanks > 0) {
            return self.block(word, tag, at(0..end), lines);
        }
        if let Some(more) = after.strip_prefix('+').filter(|_| blanks > 0)
            && let Some((separator, value)) = more.split_once('=').filter(|(s, _)| {
                let mut chars = s.chars();
                let first = chars.next();
                s.len() <= 2 && s.chars().all(|c| ",;|&*".contains(c) && Some(c) == first)
            })
        {
            let old = self.macros.get(word).map(|m| m.value.clone()).unwrap_or_default();
            let value = value.trim_start();
            let from = text.len() - value.len();
            let value = match (old.is_empty(), separator.len()) {
                (true, _) => value.to_string(),
                (false, 0) => format!("{old} {value}"),
                (false, 1) => format!("{old}{separator}{value}"),
                (false, _) => format!("{old} {separator} {value}"),
            };
            return self.define(word, &value, at(0..end), at(from..text.len()));
        }
        if let Some(arguments) = queue::arguments(text) {
            let from = text.len() - arguments.len();
            let span = at(0..text.len());
            return self.queue(arguments, at(from..text.len()), span, lines);
        }
        self.stray(text, word, after, at(0..text.len()), at(0..end));
    }

    /// A line that is nothing.
    fn stray(&mut self, text: &str, word: &str, after: &str, span: Range<usize>, head: Range<usize>) {
        let before = self.before.clone();
        let near = crate::spelling::nearest(word, ["queue", "include", "if", "endif", "else", "elif"]);
        let diagnostic = self.diagnostics.error(span, "this is neither `name = value` nor a `queue` statement");
        let _ = head;
        if after.starts_with(':') {
            diagnostic.help(format!("write `{word} = {}`", after.trim_start_matches(':').trim()));
        } else if near.is_some() {
            diagnostic.did_you_mean(near);
        } else if let Some(before) = before.filter(|_| !text.contains('=')) {
            diagnostic.related(before, "if it belongs to this value, this line ends with a backslash");
            diagnostic.help("to continue a line, end it with `\\`");
        } else if text.contains('=') {
            diagnostic.help("a name is one word; blanks in it are written as `_`");
        }
        self.before = None;
    }

    fn define(&mut self, word: &str, value: &str, head: Range<usize>, span: Range<usize>) {
        self.before = Some(head.start..span.end.max(head.end));
        if let Some(attribute) = word.strip_prefix(['+', '-']) {
            let value = if word.starts_with('+') { value } else { "" };
            if !names::is_name(attribute) {
                self.diagnostics.error(head, format!("`{attribute}` is no name of an attribute"));
                return;
            }
            self.macros.set(&format!("MY.{attribute}"), value.to_string(), head, span);
            return;
        }
        let name = if word.contains('$') { self.expand(word, head.clone()) } else { word.to_string() };
        if !names::is_name(&name) {
            let shown = if name.is_empty() { word } else { &name };
            let diagnostic = self.diagnostics.error(head, format!("`{shown}` is no name"));
            diagnostic.note("names are made of letters, digits, `_`, `.` and `/`");
            if shown.contains('-') {
                diagnostic.help(format!("write `{}`", shown.replace('-', "_")));
            } else if shown.ends_with('+') {
                diagnostic.help(format!("`+=` needs a blank before it: `{} += …`", shown.trim_end_matches('+')));
            }
            return;
        }
        self.comment_behind(&name, value, &span);
        let value = self.macros.without_self(&name, value);
        if value.len() > 4 << 20 {
            self.diagnostics.error(span, format!("the value of `{name}` grows beyond 4 MB"));
            return;
        }
        self.macros.set(&name, value, head, span);
    }

    /// Warns of what was surely meant as a comment behind a command's value. Words of a program may begin so.
    fn comment_behind(&mut self, name: &str, value: &str, span: &Range<usize>) {
        let words = ["arguments", "arguments2", "args", "environment", "environment2", "env", "shell", "description"];
        let found = value.find([' ', '\t']).and_then(|blank| {
            let rest = value.get(blank..)?;
            let at = rest.find(" #").or_else(|| rest.find("\t#"))?;
            Some(blank + at + 1)
        });
        let Some(at) = found.filter(|_| command::is_known(name) && !value.contains(['"', '\''])) else { return };
        if words.iter().any(|word| word.eq_ignore_ascii_case(name)) {
            return;
        }
        let place = if span.len() == value.len() { span.start + at..span.end } else { span.clone() };
        self.diagnostics
            .warning(place, "this is part of the value and no comment")
            .help("write the comment in a line of its own");
    }

    /// `name @=tag`, lines, `@tag`.
    fn block(&mut self, word: &str, tag: &str, head: Range<usize>, lines: &mut Lines<'_>) {
        let end = format!("@{tag}");
        let mut value = String::new();
        let mut span: Option<Range<usize>> = None;
        for line in lines.by_ref() {
            if line.text == end {
                let span = span.unwrap_or(head.clone());
                return self.define(word, &value, head, span);
            }
            if span.is_some() {
                value.push('\n');
            }
            value.push_str(&line.text);
            let whole = line.whole();
            span = Some(span.map_or(whole.clone(), |s| s.start..whole.end));
        }
        self.diagnostics
            .error(head, format!("the text of `{word}` has no end"))
            .help(format!("end it with a line `{end}`"));
    }

    fn include(&mut self, options: &str, what: &str, span: Range<usize>) {
        let words: Vec<&str> = options.split_whitespace().collect();
        let words = match words.as_slice() {
            [first, rest @ ..] if first.to_ascii_lowercase().starts_with("ifexist") => rest,
            all => all,
        };
        let wrong = match words {
            [] => false,
            [command] | [command, _, _] => {
                let into = words.get(1).is_some_and(|w| !w.eq_ignore_ascii_case("into"));
                into || !["command", "output"].contains(&command.to_ascii_lowercase().as_str())
            }
            _ => true,
        };
        if wrong {
            let diagnostic = self.diagnostics.error(span, format!("`{options}` cannot stand after `include`"));
            diagnostic.help("it is `include : FILE`, `include ifexist : FILE` or `include command : COMMAND`");
            return;
        }
        if what.is_empty() {
            self.diagnostics.error(span, "the name of the file to include is missing");
            return;
        }
        let optional = options.to_ascii_lowercase().starts_with("ifexist");
        if words.is_empty() && !what.ends_with('|') && self.included(what, optional, &span) {
            return;
        }
        self.unknown = true;
        let extension =
            Extension { language: "submit".into(), name: "include".into(), text: what.into(), ..Extension::default() };
        let name = if options.is_empty() { "include".to_string() } else { format!("include {options}") };
        self.description.extensions.push(Extension { name, ..extension });
        let shown = what.trim_end_matches('|').trim();
        self.diagnostics
            .warning(
                span,
                format!("what `{shown}` defines is not known: nothing else is opened or run while this is read"),
            )
            .note("macros that seem undefined are not reported for that reason");
    }

    /// The truth of a condition.
    fn test(&mut self, text: &str, span: &Range<usize>) -> Result<bool, String> {
        let expanded = text.contains('$');
        let text = if expanded { self.expand_quietly(text, span.clone()) } else { text.to_string() };
        let macros = &self.macros;
        let defined = |name: &str| {
            macros.get(name).is_some()
                || names::is_own(name)
                || matches!(name.to_ascii_lowercase().as_str(), "yes" | "no" | "t" | "f")
        };
        condition::holds(&text, expanded, &defined)
    }

    /// A text with its macros replaced, outside of any job.
    pub(super) fn expand(&mut self, text: &str, span: Range<usize>) -> String {
        let (text, undefined) = self.expanded(text, &span);
        self.undefined(undefined.into_iter().map(|name| (name, span.clone())).collect());
        text
    }

    fn expand_quietly(&mut self, text: &str, span: Range<usize>) -> String {
        self.expanded(text, &span).0
    }

    fn expanded(&mut self, text: &str, span: &Range<usize>) -> (String, BTreeSet<String>) {
        let live: BTreeMap<String, String> =
            [("process", self.first), ("procid", self.first), ("step", 0), ("row", 0), ("itemindex", 0)]
                .into_iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect();
        let mut expander = Expander {
            macros: &self.macros,
            live: &live,
            variables: &[],
            symbols: &mut self.symbols,
            made: &mut self.made,
            faults: BTreeSet::new(),
            undefined: BTreeSet::new(),
            apart: false,
            // A count or condition has to have a value.
            unknown: false,
            inside: 0,
            active: Vec::new(),
        };
        let text = expander.expand(text);
        let (faults, undefined): (BTreeSet<Fault>, _) = (expander.faults, expander.undefined);
        for fault in faults {
            self.diagnostics.error(span.clone(), fault.to_string());
        }
        (text, undefined)
    }

    /// Warns of names without a definition, each place once.
    pub(super) fn undefined(&mut self, found: Vec<(String, Range<usize>)>) {
        if self.unknown {
            return;
        }
        for (name, span) in found {
            if !self.warned.insert((span.start, name.to_ascii_lowercase())) {
                continue;
            }
            let span = self.within(&name, span);
            let near = match self.diagnostics.full() {
                true => None,
                false => crate::spelling::nearest(
                    &name,
                    self.macros.iter().map(|m| m.name.as_str()).chain(names::COUNTERS).chain(names::LATER),
                ),
            };
            let near = near.map(str::to_string);
            let diagnostic =
                self.diagnostics.warning(span, format!("`$({name})` is not defined, so nothing stands in its place"));
            match near {
                Some(near) => diagnostic.help(format!("did you mean `$({near})`?")),
                None => diagnostic.note("a DAG (`VARS`) or the command line may define it"),
            };
        }
    }

    /// Where a reference stands in a value, if it is there and not in another macro's.
    fn within(&self, name: &str, span: Range<usize>) -> Range<usize> {
        let value = self.text.get(span.clone()).unwrap_or("").to_ascii_lowercase();
        let found = value.find(&format!("$({}", name.to_ascii_lowercase()));
        let end = |at: usize| value.get(at..).and_then(|rest| rest.find(')')).map(|end| at + end + 1);
        match found.and_then(|at| Some((at, end(at)?))) {
            Some((at, end)) => span.start + at..span.start + end,
            None => span,
        }
    }

    pub(super) fn remarks(&mut self, remarks: Vec<Remark>) {
        for remark in remarks {
            if !self.warned.insert((remark.span.start, remark.message.clone())) {
                continue;
            }
            let diagnostic = match remark.error {
                true => self.diagnostics.error(remark.span, remark.message),
                false => self.diagnostics.warning(remark.span, remark.message),
            };
            if let Some(note) = remark.note {
                diagnostic.note(note);
            }
            if let Some(help) = remark.help {
                diagnostic.help(help);
            }
        }
    }

    fn queue(&mut self, arguments: &str, place: Range<usize>, span: Range<usize>, lines: &mut Lines<'_>) {
        self.before = None;
        self.queues += 1;
        let (text, missing) = match arguments.contains('$') {
            true => self.expanded(arguments, &place),
            false => (arguments.to_string(), BTreeSet::new()),
        };
        if let Some(name) = missing.first().filter(|_| self.unknown) {
            let message = format!("`$({name})` may be defined elsewhere, so the jobs cannot be counted here");
            self.diagnostics.warning(place.clone(), message).note("it counts as empty, and an empty number is 1");
        }
        self.undefined(missing.into_iter().map(|name| (name, place.clone())).collect());
        let mut queue = match queue::read(text.trim()) {
            Ok(queue) => queue,
            Err(error) => {
                self.diagnostics.error(place, error.to_string());
                return;
            }
        };
        if queue.open && !self.inline(&mut queue, lines) {
            self.diagnostics
                .error(span, "the list of items has no end")
                .help("end it with a line that begins with `)`");
            return;
        }
        let times = match queue.count.trim() {
            "" => Some(1),
            _ if queue.uncounted() => {
                let message =
                    format!("`{}` is only known when the jobs are submitted, so nothing is counted here", queue.count);
                self.diagnostics.warning(place.clone(), message);
                Some(1)
            }
            count => super::function::whole(count),
        };
        let times = match times.map(u64::try_from) {
            Some(Ok(times)) if times < 1 << 31 => times,
            Some(_) => {
                self.diagnostics.error(place, format!("`{}` is no number of jobs from 0 to 2147483647", queue.count));
                return;
            }
            None => {
                let diagnostic = self.diagnostics.error(place, format!("`{}` is no number of jobs", queue.count));
                if queue.count.contains('#') {
                    diagnostic.help("write the comment in a line of its own");
                }
                diagnostic.note(
                    "`queue` is followed by a number or an expression, then by `VARIABLES in|from|matching ITEMS`",
                );
                return;
            }
        };
        if self.description.parameters.len() + queue.variables.len() > MAX_PARAMETERS {
            let message = format!("the statements have more than {MAX_PARAMETERS} different parameters together");
            self.diagnostics.error(span, message);
            return;
        }
        self.look(&mut queue, &place);
        self.jobs(&queue, times, text.trim(), span);
    }

    /// Reads the items that follow the statement.
    fn inline(&mut self, queue: &mut Queue, lines: &mut Lines<'_>) -> bool {
        for line in lines.by_ref() {
            if line.text.starts_with(')') {
                return true;
            }
            match queue.mode {
                Mode::From => queue.items.push(line.text),
                _ => queue.items.extend(queue::list(&line.text)),
            }
        }
        false
    }

    fn finish(mut self, source: &Source) -> Option<Said> {
        for span in self.conditions.open().collect::<Vec<_>>() {
            self.diagnostics.error(span, "this `if` has no `endif`");
        }
        if self.queues == 0 && !self.diagnostics.failed() {
            let end = source.text.len();
            let any = self.macros.iter().next().is_some();
            let diagnostic = match any {
                true => self.diagnostics.warning(end..end, "there is no `queue` statement; one job is queued"),
                false => self.diagnostics.warning(0..0, "there is nothing in the document"),
            };
            diagnostic.help("end the document with `queue`");
            if any {
                let count = Queue::once();
                self.jobs(&count, 1, "", end..end);
            }
        }
        if self.queues > 0 && self.description.jobs.is_empty() && self.diagnostics.failed() {
            // No statement is good, but what is wrong with the definitions can be said all the same.
            let end = source.text.len();
            self.jobs(&Queue::once(), 1, "", end..end);
        }
        self.unused();
        if self.diagnostics.failed() {
            return None;
        }
        let mut said = Said::new(self.description);
        for (part, span) in self.origins {
            said.origins.note(part, span);
        }
        Some(said)
    }

    /// Definitions that nothing uses are kept; one that is nearly a command is surely a slip.
    fn unused(&mut self) {
        let mut found = Vec::new();
        for m in self.macros.iter().filter(|m| !m.used.get() && !m.value.is_empty()) {
            if names::is_own(&m.name) || command::is_known(&m.name) || m.name.to_ascii_lowercase().starts_with("my.") {
                continue;
            }
            let near = if found.len() < MAX_LOOKED_AT { nearly(&m.name) } else { None };
            found.push((m.name.clone(), m.value.clone(), m.name_span.clone(), near));
        }
        for (name, value, span, near) in found {
            if let Some(near) = near {
                let message = format!("`{name}` is no command, and nothing uses it as a macro");
                self.diagnostics.warning(span, message).did_you_mean(Some(near));
            }
            let text = value;
            let extension = Extension { language: "submit".into(), name, text, remark: true, place: None };
            self.description.extensions.push(extension);
        }
    }
}

/// The command that a name nearly is.
fn nearly(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.replace(['_', '.'], "").to_ascii_lowercase();
    let lower = name.to_ascii_lowercase();
    let near = command::names().find(|known| crate::spelling::one_edit(&lower, known));
    near.or_else(|| command::names().find(|known| plain(known) == plain(name)))
}
