//! The commands of a task: copy, exec, execute, substitute, redirect, onerror.

use super::cursor::Cursor;
use super::files;
use super::line::Statement;
use super::scope::{Scope, TaskScope};
use super::template::{self, Filled, Use};
use super::{Dialect, settings};
use crate::{Diagnostics, spelling};
use pelago_job::{Group, Input, OnError, Piece, Place, Role, Step, Stream, Template};
use std::ops::Range;

/// The longest command, in bytes: the kernel hands no longer argument to a program.
const MAX_COMMAND: usize = 128 * 1024;

/// Most commands of one task.
const MAX_STEPS: usize = 10_000;

/// Every word that can begin a line of a task, for suggestions.
const KNOWN: [&str; 33] = [
    "copy",
    "exec",
    "lexec",
    "lpexec",
    "shexec",
    "execute",
    "node:execute",
    "root:execute",
    "execute:node",
    "execute:root",
    "substitute",
    "node:substitute",
    "redirect",
    "onerror",
    "inputs",
    "input",
    "output",
    "outputs",
    "parameters",
    "seqameters",
    "keep",
    "value",
    "walltime",
    "memory",
    "disk",
    "retries",
    "once",
    "env",
    "endtask",
    "node:subsitute",
    "subsitute",
    "sequmeters",
    "sequameters",
];

/// Whether a word begins a line of a task.
pub(crate) fn is_command(word: &str) -> bool {
    KNOWN.contains(&word)
}

/// What a command is read with.
pub(crate) struct Context<'s, 'a, 'd> {
    /// The names.
    pub scope: &'s mut Scope<'a>,
    /// The task.
    pub task: &'s TaskScope,
    /// Where problems go.
    pub diagnostics: &'d mut Diagnostics,
}

/// Reads a command into steps, and what it copies from the experiment directory into inputs.
pub(crate) fn read(context: &mut Context<'_, '_, '_>, statement: &Statement, group: &mut Group) {
    let text = context.scope.text;
    let word = statement.word(text);
    if statement.span.len() > MAX_COMMAND {
        let message =
            format!("the command is {} bytes long; a program takes at most {MAX_COMMAND}", statement.span.len());
        context.diagnostics.error(statement.keyword.clone(), message).help("put it into a script");
        return;
    }
    if group.steps.len() >= MAX_STEPS {
        let message = format!("a task cannot have more than {MAX_STEPS} commands");
        context.diagnostics.error(statement.keyword.clone(), message).help("put them into a script");
        return;
    }
    let step = match word {
        "copy" => context.copy(statement, group),
        "exec" | "lexec" | "lpexec" => context.exec(statement, word),
        "shexec" => context.shexec(statement),
        "execute" | "root:execute" | "execute:root" => context.execute(statement, Place::Root),
        "node:execute" | "execute:node" => context.execute(statement, Place::Node),
        "substitute" | "subsitute" | "node:substitute" | "node:subsitute" | "substitute:node" => {
            context.substitute(statement)
        }
        "redirect" => context.redirect(statement),
        "onerror" => context.onerror(statement),
        _ => {
            context.unknown(statement, word);
            None
        }
    };
    group.steps.extend(step);
}

impl<'a> Context<'_, 'a, '_> {
    fn words(&mut self, statement: &Statement) -> Vec<Range<usize>> {
        let mut cursor = Cursor::new(self.scope.text, statement.rest());
        let mut words: Vec<Range<usize>> = std::iter::from_fn(|| cursor.word(self.diagnostics)).collect();
        // `copy a b;` is common in classic plans; in the newer dialect a semicolon ends nothing.
        if let Some(last) =
            words.last_mut().filter(|w| self.scope.text.get((*w).clone()).is_some_and(|t| t.ends_with(';')))
        {
            if self.scope.dialect == Dialect::New {
                let at = last.end - 1..last.end;
                let help = "remove the `;`; only plans whose parameter lines end with one are read as classic plans";
                self.diagnostics.error(at, "a statement ends with its line").help(help);
            }
            last.end -= 1;
            if last.start >= last.end {
                words.pop();
            }
        }
        words
    }

    fn slice(&self, span: &Range<usize>) -> &'a str {
        let text: &'a str = self.scope.text;
        text.get(span.clone()).unwrap_or("")
    }

    fn fill(&mut self, span: Range<usize>, usage: Use) -> Filled {
        template::read(self.scope, self.task, span, usage, self.diagnostics)
    }

    fn form(&mut self, statement: &Statement, message: &str, help: &str) {
        self.diagnostics.error(statement.span.clone(), message).help(help);
    }

    /// Whether the task runs in the experiment directory, where there is no working directory.
    fn at_root(&self) -> bool {
        matches!(self.task.role, Role::RootStart | Role::RootFinish)
    }

    fn no_node(&mut self, span: Range<usize>) {
        let message = format!("`{}` runs in the experiment directory and has no working directory", self.task.name);
        self.diagnostics
            .error(span, message)
            .help("write `execute …` without `node:`; files there are copied with `copy FROM TO`");
    }

    /// `node:path`, `root:path`, or a path in the experiment directory.
    fn side(&mut self, span: &Range<usize>) -> (Place, Range<usize>) {
        let text = self.slice(span);
        for (prefix, place) in [("node:", Place::Node), ("root:", Place::Root)] {
            if text.starts_with(prefix) {
                return (place, span.start + prefix.len()..span.end);
            }
        }
        (Place::Root, span.clone())
    }

    fn copy(&mut self, statement: &Statement, group: &mut Group) -> Option<Step> {
        let words = self.words(statement);
        let [source, target] = words.as_slice() else {
            let message = format!("`copy` takes two words, a source and a destination; here {}", are(words.len()));
            self.form(
                statement,
                &message,
                "write for example `copy data.txt node:.` or `copy node:result root:result.$x`",
            );
            return None;
        };
        let (from, path) = self.side(source);
        if self.at_root() && (from == Place::Node || self.slice(target).starts_with("node:")) {
            self.no_node(statement.span.clone());
            return None;
        }
        let read = self.fill(path.clone(), Use::Path);
        if read.template.is_empty() {
            self.form(statement, "the source of the copy has no path", "write it after the `:`");
            return None;
        }
        let (mut to, mut dynamic) = (Vec::new(), read.dynamic);
        for part in self.destinations(target) {
            let local = self.slice(&part) == "local";
            if local {
                to.push((Place::Local, Template::default()));
                continue;
            }
            let (place, path) = self.side(&part);
            let filled = self.fill(path.clone(), Use::Path);
            dynamic |= filled.dynamic;
            if place == Place::Root && !filled.template.is_empty() {
                self.stays_home(&filled.template, &path);
            }
            to.push((place, filled.template));
        }
        if from == Place::Root && to.iter().any(|(place, _)| *place != Place::Node) {
            if !self.at_root() {
                let help = format!(
                    "the working directory is `node:`: did you mean `copy {} node:{}`?",
                    self.slice(source),
                    self.slice(target)
                );
                let message = "both sides of the copy are in the experiment directory";
                self.diagnostics.warning(statement.span.clone(), message).help(help);
            }
            if dynamic && to.len() == 1 {
                // The shell expands the paths, so it gets them as they are written.
                let mut line = Template::literal("cp --");
                for span in [path, self.side(target).1] {
                    line.push_text(" ");
                    self.fill(span, Use::Line).template.0.into_iter().for_each(|piece| match piece {
                        Piece::Text(text) => line.push_text(&text),
                        piece => line.0.push(piece),
                    });
                }
                return Some(Step::Shell { line, at: Place::Root });
            }
            return self.copy_at_root(statement, read.template, &to);
        }
        if from == Place::Root && !dynamic {
            self.staged(&read.template, source, group);
        }
        Some(Step::Copy { from, source: read.template, to, dynamic })
    }

    /// A copy within the experiment directory is a program like any other that runs there.
    fn copy_at_root(&mut self, statement: &Statement, source: Template, to: &[(Place, Template)]) -> Option<Step> {
        let [(Place::Root, target)] = to else {
            self.form(statement, "such a copy has one destination", "write one `copy` for each");
            return None;
        };
        if target.is_empty() {
            self.form(statement, "the file would be copied onto itself", "write another name after `root:`");
            return None;
        }
        let program = Template::literal("cp");
        let argv = vec![program.clone(), Template::literal("--"), source, target.clone()];
        Some(Step::Exec { program, argv, search_path: true, at: Place::Root })
    }

    /// The parts of a list of destinations: `local,root:` has two; a comma in an ordinary path is part of it.
    fn destinations(&self, target: &Range<usize>) -> Vec<Range<usize>> {
        let text = self.slice(target);
        let mut parts = Vec::new();
        let mut start = target.start;
        let mut quote = false;
        for (offset, c) in text.char_indices() {
            quote ^= c == '"';
            if c == ',' && !quote {
                parts.push(start..target.start + offset);
                start = target.start + offset + 1;
            }
        }
        parts.push(start..target.end);
        let list = |p: &Range<usize>| {
            let text = self.slice(p);
            text == "local" || text.starts_with("root:") || text.starts_with("node:")
        };
        let only_local = text == "local" && self.task.role != Role::Event;
        match parts.iter().all(list) && !only_local {
            true => parts,
            false => vec![target.clone()],
        }
    }

    /// A destination in the experiment directory must stay there: files get their names only when the outcome is recorded.
    fn stays_home(&mut self, path: &Template, span: &Range<usize>) {
        let shown = files::shown(path);
        if shown.starts_with('/') || shown.split('/').any(|part| part == "..") {
            let message = format!("the copy leaves the experiment directory: `{}`", self.slice(span));
            let help = "copy to a path below it, and move the file with a command of `task rootfinish`";
            self.diagnostics.error(span.clone(), message).help(help);
        }
    }

    /// A source in the experiment directory is an input, unless it lies outside or was declared.
    fn staged(&mut self, source: &Template, span: &Range<usize>, group: &mut Group) {
        let shown = files::shown(source);
        if shown.contains(['*', '?']) {
            let message = format!("`{shown}` is a pattern in the experiment directory, and inputs are known by name");
            let help = "name each file, or sweep over them: `parameter f files select anyof \"data/*.csv\"`";
            self.diagnostics.error(span.clone(), message).help(help);
        } else if shown.starts_with(['/', '~']) || shown.split('/').any(|part| part == "..") {
            let message = format!("`{shown}` is outside the experiment directory");
            let note = "a change of it is not noticed: finished tasks count as done";
            self.diagnostics
                .warning(span.clone(), message)
                .note(note)
                .help("link or copy it into the directory of the plan");
        } else if group.inputs.iter().any(|i| i.name == *source) {
            // Declared, or copied to a second place.
        } else if group.inputs.len() >= files::MAX_FILES {
            let message = format!("a task cannot have more than {} inputs", files::MAX_FILES);
            self.diagnostics.error(span.clone(), message).help("make an archive or a directory of them");
        } else {
            group.inputs.push(Input { name: source.clone(), as_name: None, read_only: false, found: false });
        }
    }

    fn exec(&mut self, statement: &Statement, word: &str) -> Option<Step> {
        let words = self.words(statement);
        let Some(program) = words.first().cloned() else {
            let help = format!(
                "write for example `{}`",
                if word == "exec" { "exec ./model $x" } else { "lexec /bin/ls ls -l" }
            );
            self.form(statement, &format!("`{word}` names no program"), &help);
            return None;
        };
        let before = self.diagnostics.errors();
        let literal = self.fill(program.clone(), Use::Argument).template;
        if self.diagnostics.errors() > before {
            return None;
        }
        if literal.as_literal().is_none_or(|text| text.is_empty()) {
            let message = "the program must be written out: it cannot come from a parameter";
            self.diagnostics.error(program, message).help("let the shell start it: `shexec \"…\"`");
            return None;
        }
        if word != "exec" && words.len() < 2 {
            let message =
                format!("`{word}` takes the program, and then all of its arguments with the name that it is called by");
            let name = self.slice(&program).to_string();
            self.form(statement, &message, &format!("write `{word} {name} {name}`, or `exec {name}`"));
            return None;
        }
        let rest = if word == "exec" { words.clone() } else { words.get(1..).unwrap_or(&[]).to_vec() };
        let argv = rest.into_iter().map(|span| self.fill(span, Use::Argument).template).collect();
        let at = if self.at_root() { Place::Root } else { Place::Node };
        Some(Step::Exec { program: literal, argv, search_path: word != "lexec", at })
    }

    fn shexec(&mut self, statement: &Statement) -> Option<Step> {
        let at = if self.at_root() { Place::Root } else { Place::Node };
        let words = self.words(statement);
        let line = match words.as_slice() {
            [] => {
                self.form(statement, "`shexec` has no command", "write `shexec \"sort data > sorted\"`");
                return None;
            }
            [word] => self.fill(word.clone(), Use::QuotedLine).template,
            _ if self.scope.dialect == Dialect::Classic && !self.slice(&words[0]).starts_with('"') => {
                self.fill(self.body(statement), Use::Line).template
            }
            [_, second, ..] => {
                let line = self.slice(&self.body(statement)).replace('\\', "\\\\").replace('"', "\\\"");
                let message = "`shexec` takes one argument: the line for the shell, in quotes";
                let error = self.diagnostics.error(second.clone(), message);
                if line.len() < 120 && !line.contains('\n') {
                    error.help(format!("write `shexec \"{line}\"`"));
                }
                return None;
            }
        };
        Some(Step::Shell { line, at })
    }

    /// What follows the keyword, without the white space at its ends.
    fn body(&self, statement: &Statement) -> Range<usize> {
        let rest = statement.rest();
        let text = self.slice(&rest);
        let start = rest.start + (text.len() - text.trim_start().len());
        start..start.max(rest.start + text.trim_end().len())
    }

    fn execute(&mut self, statement: &Statement, place: Place) -> Option<Step> {
        if place == Place::Node && self.at_root() {
            self.no_node(statement.keyword.clone());
            return None;
        }
        let body = self.body(statement);
        if body.is_empty() {
            let word = self.slice(&statement.keyword).to_string();
            self.form(
                statement,
                &format!("`{word}` has no command"),
                &format!("write for example `{word} ./model $x > out`"),
            );
            return None;
        }
        Some(Step::Shell { line: self.fill(body, Use::Line).template, at: place })
    }

    fn substitute(&mut self, statement: &Statement) -> Option<Step> {
        if self.at_root() {
            self.no_node(statement.span.clone());
            return None;
        }
        let words = self.words(statement);
        let [source, target] = words.as_slice() else {
            let message = format!(
                "`substitute` takes two words, a file with placeholders and a file to write; here {}",
                are(words.len())
            );
            self.form(statement, &message, "write for example `node:substitute model.skeleton model.conf`");
            return None;
        };
        let mut path = |span: &Range<usize>| {
            let (_, path) = self.side(span);
            let filled = self.fill(path, Use::Path);
            if filled.dynamic {
                let message = "the shell does not read the paths of `substitute`";
                self.diagnostics.error(span.clone(), message).help("use parameters and plain names");
            }
            filled.template
        };
        let (source, target) = (path(source), path(target));
        // The file may hold any parameter, so none can be called unused.
        for number in self.task.space.iter() {
            self.scope.mark(*number);
        }
        Some(Step::Substitute { source, target })
    }

    fn redirect(&mut self, statement: &Statement) -> Option<Step> {
        let form = "write `redirect stdout to FILE`, `redirect stderr append to FILE` or `redirect stdout off`";
        let words = self.words(statement);
        let texts: Vec<&str> = words.iter().map(|w| self.slice(w)).collect();
        let stream = match texts.first() {
            Some(&"stdout") => Stream::Out,
            Some(&"stderr") => Stream::Err,
            other => {
                let near = other.and_then(|w| spelling::nearest(w, ["stdout", "stderr"]));
                let span = words.first().cloned().unwrap_or(statement.span.clone());
                let error = self.diagnostics.error(span, "expected `stdout` or `stderr` after `redirect`");
                match near {
                    Some(near) => error.did_you_mean(Some(near)),
                    None => error.help(form),
                };
                return None;
            }
        };
        let (target, append) = match texts.get(1..).unwrap_or(&[]) {
            ["off"] => return Some(Step::Redirect { stream, target: None }),
            ["to", _] => (words.get(2), false),
            ["append", "to", _] => (words.get(3), true),
            _ => {
                self.form(statement, "the line does not say where the stream goes", form);
                return None;
            }
        };
        let (place, path) = self.side(target?);
        if place == Place::Root && self.slice(target?).starts_with("root:") {
            let help = "redirect to a file of the working directory and copy it: `copy node:FILE root:FILE`";
            self.diagnostics.error(target?.clone(), "a stream cannot go to the experiment directory").help(help);
            return None;
        }
        let filled = self.fill(path, Use::Path);
        if filled.dynamic {
            let message = "the shell does not read the target of `redirect`";
            self.diagnostics.error(target?.clone(), message).help("use parameters and plain names");
        }
        Some(Step::Redirect { stream, target: Some((filled.template, append)) })
    }

    fn onerror(&mut self, statement: &Statement) -> Option<Step> {
        let words = self.words(statement);
        match words.iter().map(|w| self.slice(w)).collect::<Vec<_>>().as_slice() {
            ["fail"] => Some(Step::OnError(OnError::Fail)),
            ["ignore"] => Some(Step::OnError(OnError::Ignore)),
            other => {
                let near = other.first().and_then(|w| spelling::nearest(w, ["fail", "ignore"]));
                let error = self.diagnostics.error(statement.span.clone(), "`onerror` takes `fail` or `ignore`");
                error.did_you_mean(near.filter(|_| other.len() == 1));
                None
            }
        }
    }

    fn unknown(&mut self, statement: &Statement, word: &str) {
        let near = if self.diagnostics.full() { None } else { spelling::nearest(word, KNOWN) };
        let line: String = self.slice(&statement.span).chars().take(60).collect();
        let first = line.lines().next().unwrap_or("").to_string();
        let new = self.scope.dialect == Dialect::New;
        let error = self.diagnostics.error(statement.keyword.clone(), format!("unknown command `{word}`"));
        match near {
            Some(near) => error.did_you_mean(Some(near)),
            None if word.starts_with("node:") => {
                error.help("in the working directory a line for the shell is run by `node:execute`")
            }
            None => error.help(match new {
                true => format!("to run a program write `exec {first}`"),
                false => format!("to run a program write `node:execute {first}`"),
            }),
        };
    }
}

fn are(count: usize) -> String {
    match count {
        1 => "is one".to_string(),
        _ => format!("are {count}"),
    }
}

/// Lines that declare something about a task instead of doing something: true when the statement was one of them.
pub(crate) fn declaration(context: &mut Context<'_, '_, '_>, statement: &Statement, group: &mut Group) -> bool {
    let text = context.scope.text;
    match statement.word(text) {
        "input" | "inputs" => {
            files::inputs(context.scope, context.task, statement, &mut group.inputs, context.diagnostics);
        }
        "value" => settings::value(context.scope, context.task, statement, group, context.diagnostics),
        "env" => {}
        _ => return settings::setting(text, statement, group, context.diagnostics),
    }
    true
}
