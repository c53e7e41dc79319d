//! Statements one after another: definitions are kept, `queue` statements make jobs.

use super::command;
use super::condition::{self, Conditions};
use super::expand::{Expander, Fault, Variable};
use super::job::{Build, Remark};
use super::line::{Line, Lines};
use super::macros::Macros;
use super::names;
use super::queue::{self, Mode, Queue};
use super::rows::{self, Column};
use super::space::{Items, Scope};
use super::symbol::{Symbols, is_symbol};
use crate::{Diagnostics, Said, Source};
use pelago_job::description::{Description, Extension, Job};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Most parameters of a document.
const MAX_PARAMETERS: usize = 2000;
/// Most tasks that are built one by one, and most definitions that are looked at for that.
const MAX_APART: u64 = 5000;
const MAX_LOOKS: u64 = 2_000_000;

/// Reads a document.
pub(super) fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    if let Some(at) = source.text.find(is_symbol) {
        diagnostics
            .error(at..at + 4, "this character is for private use and has no meaning here")
            .help("take it out; it is invisible in many editors");
        return None;
    }
    let mut reader = Reader {
        diagnostics,
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

struct Reader<'d> {
    diagnostics: &'d mut Diagnostics,
    macros: Macros,
    symbols: Symbols,
    conditions: Conditions,
    description: Description,
    origins: Vec<(String, Range<usize>)>,
    /// Whether something defines what cannot be seen here.
    unknown: bool,
    /// The number of the next process.
    first: u64,
    made: usize,
    queues: usize,
    /// The definition before, which a broken line may belong to.
    before: Option<Range<usize>>,
    warned: BTreeSet<(usize, String)>,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line, lines: &mut Lines<'_>) {
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
        let value = self.macros.without_self(&name, value);
        if value.len() > 4 << 20 {
            self.diagnostics.error(span, format!("the value of `{name}` grows beyond 4 MB"));
            return;
        }
        self.macros.set(&name, value, head, span);
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
    fn expand(&mut self, text: &str, span: Range<usize>) -> String {
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
    fn undefined(&mut self, found: Vec<(String, Range<usize>)>) {
        if self.unknown {
            return;
        }
        for (name, span) in found {
            if !self.warned.insert((span.start, name.to_ascii_lowercase())) {
                continue;
            }
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

    fn remarks(&mut self, remarks: Vec<Remark>) {
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
        let text = if arguments.contains('$') { self.expand(arguments, place.clone()) } else { arguments.to_string() };
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

    fn jobs(&mut self, queue: &Queue, times: u64, text: &str, span: Range<usize>) {
        let mut names = queue.variables.clone();
        if queue.mode != Mode::Count && names.is_empty() {
            names.push("Item".into());
        }
        let items = match queue.mode {
            Mode::Count => Items::None,
            Mode::Matching => Items::Unknown(queue.items.clone()),
            _ if queue.source.is_some() || queue.table.is_some() => Items::Unknown(Vec::new()),
            _ => {
                let slice = queue.slice.unwrap_or_default();
                let (start, step, count) = slice.positions(queue.items.len());
                let mut columns = vec![Vec::new(); names.len()];
                for item in queue.items.iter().skip(start).step_by(step.max(1)).take(count) {
                    for (column, value) in columns.iter_mut().zip(queue::cut(item, names.len())) {
                        column.push(value);
                    }
                }
                Items::Known { columns, start, step: step.max(1) }
            }
        };
        let column = |number: usize| match &items {
            Items::Known { columns, .. } => columns.get(number).map_or(&[][..], Vec::as_slice),
            _ => &[],
        };
        let variable = |(number, name): (usize, &String)| Variable {
            name: name.clone(),
            integer: !column(number).is_empty() && column(number).iter().all(|v| v.parse::<i64>().is_ok()),
            empty: column(number).iter().any(String::is_empty),
        };
        let variables: Vec<Variable> = names.iter().enumerate().map(variable).collect();
        let dollars =
            matches!(&items, Items::Known { columns, .. } if columns.iter().flatten().any(|v| v.contains('$')));
        let known = !matches!(items, Items::Unknown(_));
        let tasks = match &items {
            Items::Known { columns, .. } => times.saturating_mul(columns.first().map_or(0, |c| c.len() as u64)),
            _ => times,
        };
        if tasks == 0 {
            self.diagnostics.warning(span, "this statement queues no job");
            return;
        }
        let before = self.description.parameters.len();
        let first = self.first;
        let parameters = &mut self.description.parameters;
        let mut scope = Scope::new(first, times, variables.clone(), items.clone(), parameters);
        let live = scope.live(&mut self.symbols);
        let (mut build, mut extra) = (self.build(&mut scope, &live), Vec::new());
        let apart = (build.apart || dollars) && known;
        let looks = tasks.saturating_mul(self.macros.iter().count() as u64 + 200);
        let open = build.apart && !known;
        let jobs = if apart && tasks <= MAX_APART && looks <= MAX_LOOKS {
            self.description.parameters.truncate(before);
            extra = std::mem::take(&mut build.origins);
            self.apart(first, times, &variables, &items)
        } else {
            let macros = &self.macros;
            let places = |name: &str| macros.get(name).map_or(0, |m| m.span.start);
            scope.settle(&self.symbols, &mut self.description.parameters, &places);
            build = self.build(&mut scope, &live);
            let mut job = build.job;
            job.space = scope.space();
            if let Some(extension) = self.source(queue, text) {
                job.extensions.push(extension);
            }
            if open || apart {
                let why = match open {
                    true => "the items are only known when files are looked at",
                    false => "there are too many tasks to look at each",
                };
                self.diagnostics
                    .warning(span.clone(), "values that depend on the items are kept as they are written")
                    .note(why);
            }
            self.remarks(build.remarks);
            self.undefined(build.undefined);
            extra.extend(build.origins);
            vec![job]
        };
        for job in jobs {
            let number = self.description.jobs.len();
            self.origins.push((format!("/jobs/{number}"), span.clone()));
            self.origins.extend(extra.iter().map(|(part, span)| (format!("/jobs/{number}/{part}"), span.clone())));
            self.description.jobs.push(job);
        }
        self.first = self.first.saturating_add(if known { tasks } else { 0 });
        self.advise(&span);
    }

    /// The statement itself, where its items are elsewhere.
    fn source(&mut self, queue: &Queue, text: &str) -> Option<Extension> {
        let plain = queue.mode == Mode::Matching && queue.variables.len() <= 1 && queue.only.is_none();
        let elsewhere = queue.mode == Mode::Matching && !(plain && queue.slice.is_none() && !queue.open)
            || queue.source.is_some()
            || queue.table.is_some();
        let text = match queue.open {
            true => format!("{}{})", text, queue.items.join(" ")),
            false => text.to_string(),
        };
        let name = "queue".to_string();
        elsewhere.then(|| Extension { language: "submit".into(), name, text, ..Extension::default() })
    }

    /// Builds a job whose tasks are its scope's.
    fn build(&mut self, scope: &mut Scope, live: &BTreeMap<String, String>) -> Built {
        let mut build = Build {
            macros: &self.macros,
            live,
            symbols: &mut self.symbols,
            scope,
            parameters: &mut self.description.parameters,
            made: &mut self.made,
            job: Job::default(),
            remarks: Vec::new(),
            undefined: Vec::new(),
            apart: false,
            consumed: Vec::new(),
            fragment: self.queues == 0,
            origins: Vec::new(),
        };
        build.commands();
        let Build { job, remarks, undefined, apart, origins, .. } = build;
        Built { job, remarks, undefined, apart, origins }
    }

    /// Builds each task apart.
    fn apart(&mut self, first: u64, times: u64, variables: &[Variable], items: &Items) -> Vec<Job> {
        let (columns, start, step) = match items {
            Items::Known { columns, start, step } => (columns.as_slice(), *start, *step),
            _ => (&[][..], 0, 1),
        };
        let rows = columns.first().map_or(1, Vec::len);
        let mut known: Vec<Column> = Vec::new();
        for (variable, column) in variables.iter().zip(columns) {
            let repeated =
                column.iter().flat_map(|v| std::iter::repeat_n(v.clone(), usize::try_from(times).unwrap_or(0)));
            known.push(Column { name: variable.name.clone(), values: repeated.collect(), counts: false });
        }
        let mut processes = Vec::new();
        let mut jobs = Vec::new();
        let mut parameters = std::mem::take(&mut self.description.parameters);
        let mut clustered = None;
        for row in 0..rows {
            for number in 0..times {
                let process = first + jobs.len() as u64;
                let mut scope = Scope::new(process, 1, Vec::new(), Items::None, &mut self.description.parameters);
                let mut live = scope.live(&mut self.symbols);
                let index = (start + row * step).to_string();
                let fixed = [("step", number.to_string()), ("row", index.clone()), ("itemindex", index)];
                live.extend(fixed.map(|(name, value)| (name.to_string(), value)));
                for (variable, column) in variables.iter().zip(columns) {
                    let value = column.get(row).cloned().unwrap_or_default();
                    live.insert(variable.name.to_ascii_lowercase(), value);
                }
                let built = self.build(&mut scope, &live);
                clustered = clustered.or(scope.cluster());
                self.remarks(built.remarks);
                self.undefined(built.undefined);
                jobs.push(built.job);
                processes.push(process.to_string());
            }
        }
        known.push(Column { name: "Process".into(), values: processes, counts: true });
        let jobs = rows::together(jobs, &known, clustered, &mut parameters);
        self.description.parameters = parameters;
        jobs
    }

    /// Warns of what is legal but surely not meant, once.
    fn advise(&mut self, span: &Range<usize>) {
        let Some(job) = self.description.jobs.last() else { return };
        let command = job.application.commands.first();
        let front = matches!(job.application.launcher, Some(pelago_job::description::Launcher::FrontEnd { .. }));
        let output = command.is_some_and(|c| c.output.is_some());
        if command.is_some_and(|c| c.output.is_none()) && !front && self.warned.insert((0, "output".into())) {
            self.diagnostics
                .note(span.clone(), "the job has no `output`, so what it prints goes to /dev/null")
                .help("write for example `output = job.$(Process).out`");
        }
        let several = job.space.as_ref().is_some_and(|s| s.len(&self.description.parameters) > 1);
        let same = command.and_then(|c| c.output.as_ref()?.path.as_ref()?.as_literal());
        let directory =
            command.and_then(|c| c.directory.as_ref()?.text.as_ref()).is_some_and(|d| d.as_literal().is_none());
        if let Some(name) = same.filter(|n| several && output && !directory && n != "/dev/null" && !n.contains('$')) {
            let at = self.macros.get("output").map_or(span.clone(), |m| m.span.clone());
            if self.warned.insert((at.start, "overwritten".into())) {
                self.diagnostics
                    .warning(at, format!("all tasks write to the same file `{name}`, and one overwrites another"))
                    .help("put `$(Process)` into the name");
            }
        }
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
            let plain = |name: &str| name.replace(['_', '.'], "").to_ascii_lowercase();
            let near = command::names().find(|known| crate::spelling::one_edit(&m.name.to_ascii_lowercase(), known));
            let near = near.or_else(|| command::names().find(|known| plain(known) == plain(&m.name)));
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

/// What a build gives.
struct Built {
    job: Job,
    remarks: Vec<Remark>,
    undefined: Vec<(String, Range<usize>)>,
    apart: bool,
    origins: Vec<(String, Range<usize>)>,
}
