//! Texts with parameters in them: file names, paths, arguments and shell lines.
//!
//! What `$`, backticks and quotes mean depends on where the text stands. In the names of inputs and outputs nothing is ever
//! run, so backticks there can only be arithmetic; in a shell line everything that is no parameter belongs to the shell.

use super::Dialect;
use super::arithmetic;
use super::cursor::{continuation, escape, unclosed};
use super::scope::{Found, Scope, TaskScope};
use crate::{Diagnostic, Diagnostics, Severity};
use pelago_job::{Piece, Template};
use std::ops::Range;

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// The name of an input or output, or of a value's file: only parameters and arithmetic.
    File,
    /// A path of `copy`, `redirect`, `substitute`: the shell's parts are expanded when the step runs.
    Path,
    /// An argument of a program that is started without a shell.
    Argument,
    /// A line for the shell, as written.
    Line,
    /// A line for the shell in quotes (`shexec`).
    QuotedLine,
}

impl Use {
    fn shell(self) -> bool {
        matches!(self, Use::Line | Use::QuotedLine)
    }
}

/// A text that was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filled {
    /// The text.
    pub template: Template,
    /// Whether it has parts that the shell expands when it is used.
    pub dynamic: bool,
}

/// Deepest nesting of backticks and substitutions in one text.
const MAX_DEPTH: usize = 16;

struct Reader<'s, 'a, 'd> {
    scope: &'s mut Scope<'a>,
    task: &'s TaskScope,
    diagnostics: &'d mut Diagnostics,
    usage: Use,
    at: usize,
    end: usize,
    out: Filled,
    /// Where the open quote is.
    quote: Option<usize>,
    depth: usize,
    /// The last closing brace of the whole text.
    last_brace: Option<usize>,
    /// Whether a `$((` was found that has no end, so that no other one is looked for.
    open_ended: bool,
}

/// Reads a span of the text. Errors go to the diagnostics, and what could be read is returned.
pub(crate) fn read(
    scope: &mut Scope<'_>,
    task: &TaskScope,
    span: Range<usize>,
    usage: Use,
    diagnostics: &mut Diagnostics,
) -> Filled {
    let (at, end) = (span.start, span.end);
    let last_brace = scope.text.get(span).and_then(|t| t.rfind('}')).map(|offset| at + offset);
    let (out, quote, depth, open_ended) = (Filled::default(), None, 0, false);
    let mut reader = Reader { scope, task, diagnostics, usage, at, end, out, quote, depth, last_brace, open_ended };
    reader.all();
    if let Some(start) = reader.quote {
        unclosed(start, reader.diagnostics);
    }
    reader.out
}

impl<'a> Reader<'_, 'a, '_> {
    fn rest(&self) -> &'a str {
        let text: &'a str = self.scope.text;
        text.get(self.at..self.end).unwrap_or("")
    }

    fn push(&mut self, text: &str) {
        self.out.template.push_text(text);
    }

    /// Takes `length` bytes as they are.
    fn copy(&mut self, length: usize) {
        let text = self.rest().get(..length).unwrap_or_else(|| self.rest());
        self.at += length;
        self.push(text);
    }

    fn tell(&mut self, error: Diagnostic) {
        let told = match error.severity {
            Severity::Error => self.diagnostics.error(error.span.clone(), ""),
            Severity::Warning => self.diagnostics.warning(error.span.clone(), ""),
            Severity::Note => self.diagnostics.note(error.span.clone(), ""),
        };
        *told = error;
    }

    fn fail(&mut self, span: Range<usize>, message: &str, help: &str) {
        self.diagnostics.error(span, message).help(help);
    }

    fn all(&mut self) {
        while let Some(next) = self.rest().chars().next() {
            let rest = self.rest();
            match next {
                '\\' if continuation(rest).is_some() => self.at += continuation(rest).unwrap_or(1),
                '\\' => self.backslash(),
                '"' if self.usage != Use::Line => {
                    self.quote = if self.quote.is_some() { None } else { Some(self.at) };
                    self.at += 1;
                }
                '$' => self.dollar(),
                '`' => self.backtick(),
                _ => {
                    let stop = |c: char| matches!(c, '\\' | '"' | '$' | '`');
                    let length = rest.char_indices().skip(1).find(|(_, c)| stop(*c)).map_or(rest.len(), |(i, _)| i);
                    self.copy(length);
                }
            }
        }
    }

    fn backslash(&mut self) {
        let rest = self.rest();
        let dollar = rest.starts_with("\\$");
        if self.quote.is_some() {
            let (text, length) = escape(rest, self.at, self.diagnostics);
            self.out.dynamic |= dollar && self.usage == Use::Path;
            self.at += length;
            self.push(&text);
        } else if dollar && self.usage == Use::Line && self.scope.dialect == Dialect::Classic {
            // The shell takes the backslash away itself, and leaves the dollar alone.
            self.copy(2);
        } else if dollar {
            self.at += 2;
            self.push("$");
            // Left to the shell on purpose, so a path with it has to be expanded.
            self.out.dynamic |= self.usage == Use::Path;
        } else {
            let next = rest[1..].chars().next();
            let own = !self.usage.shell() && next.is_some_and(|c| matches!(c, ' ' | '"' | '\\' | '#'));
            self.at += usize::from(own);
            self.copy(if own { 0 } else { 1 } + next.map_or(0, char::len_utf8));
        }
    }

    fn dollar(&mut self) {
        let rest = self.rest();
        let after = &rest[1..];
        if after.starts_with("((") {
            return self.arithmetic();
        }
        if let Some(inner) = after.strip_prefix('(') {
            let name = identifier(inner);
            let closed = inner[name.len()..].starts_with(')');
            if closed && (self.scope.number(name).is_some() || super::parameter::IMPLICIT.contains(&name)) {
                let span = self.at..self.at + name.len() + 3;
                return self.name(name, span);
            }
            return self.command_substitution(name, closed);
        }
        if let Some(inner) = after.strip_prefix('{') {
            return self.braces(inner);
        }
        let name = identifier(after);
        if !name.is_empty() {
            let span = self.at..self.at + 1 + name.len();
            return self.name(name, span);
        }
        if after.starts_with(|c: char| c.is_ascii_digit()) && !self.usage.shell() {
            let digits = after.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let span = self.at..self.at + 1 + digits;
            self.at = span.end;
            let help = "a name begins with a letter or `_`; a dollar itself is written `\\$`";
            return self.fail(span, "the name of a parameter cannot begin with a digit", help);
        }
        self.copy(1);
    }

    /// `$name`, `${name}` or `$(name)`; `span` is all of it.
    fn name(&mut self, name: &str, span: Range<usize>) {
        let found = self.scope.find(self.task, name, &span);
        let length = span.len();
        match found {
            Ok(Found::Piece(piece)) => {
                self.out.template.0.push(piece);
                self.at = span.end;
            }
            Ok(found) if self.usage.shell() || self.usage == Use::Path => {
                if found == Found::Unknown {
                    self.left_over(name, &span);
                }
                self.out.dynamic = true;
                self.copy(length);
            }
            Ok(Found::Environment) => {
                let help = match self.usage {
                    Use::File => "file names are made of parameters only, so that they are known before anything runs",
                    _ => "`exec` starts the program without a shell; write `shexec \"…\"` to use variables",
                };
                self.fail(
                    span.clone(),
                    &format!("`{name}` is a variable of the shell, which does not read this text"),
                    help,
                );
                self.at = span.end;
            }
            Ok(Found::Unknown) => {
                let help = match self.usage {
                    Use::File => "",
                    _ => "a dollar itself is written `\\$`; variables of the shell need `shexec \"…\"`",
                };
                let error = self.scope.unknown(name, &span, help);
                self.tell(error);
                self.at = span.end;
            }
            Err(error) => {
                self.tell(*error);
                self.at = span.end;
            }
        }
    }

    /// A name in a text that the shell reads, which is no parameter.
    fn left_over(&mut self, name: &str, span: &Range<usize>) {
        match self.scope.dialect {
            Dialect::Classic => self.scope.warn_near(name, span, self.diagnostics),
            Dialect::New => {
                let help = format!("for the shell's variable write `\\${name}`, or declare it with `env {name}`");
                let error = self.scope.unknown(name, span, &help);
                self.tell(error);
            }
        }
    }

    fn braces(&mut self, inner: &str) {
        let name = identifier(inner);
        let tail = &inner[name.len()..];
        let whole = |length: usize| self.at..self.at + 2 + length;
        if !name.is_empty() && tail.starts_with('}') {
            let span = whole(name.len() + 1);
            return self.name(name, span);
        }
        if !name.is_empty() && tail.starts_with(".prev}") {
            let span = whole(name.len() + 6);
            match self.scope.find_previous(self.task, name, &span) {
                Ok(number) => self.out.template.0.push(Piece::Prev(number)),
                Err(error) => self.tell(*error),
            }
            self.at = span.end;
            return;
        }
        let left_alone = (self.usage.shell() || self.usage == Use::Path) && self.scope.dialect == Dialect::Classic;
        // What the shell reads may nest; a later brace is enough here, so that deep nesting costs no more than its length.
        let close = match left_alone {
            true => self.last_brace.filter(|last| *last > self.at).map(|_| 0),
            false => matching(inner, '{', '}'),
        };
        let Some(close) = close else {
            let end = self.at + 2 + name.len();
            self.diagnostics
                .error(self.at..end, "the brace is not closed: expected `}`")
                .label("it begins here")
                .help(if name.is_empty() { "write `${name}`".to_string() } else { format!("write `${{{name}}}`") });
            self.at = self.end;
            return;
        };
        let declared = self.scope.number(name).is_some();
        if left_alone {
            if declared {
                let span = whole(name.len());
                let message = format!("`{name}` is a parameter, and the shell that reads this does not know it");
                let help =
                    format!("only `${name}` and `${{{name}}}` are replaced; set a variable first: `v=${{{name}}}`");
                self.diagnostics.warning(span, message).help(help);
            }
            self.out.dynamic = true;
            return self.copy(2 + name.len());
        }
        let span = whole(close + 1);
        self.at = span.end;
        let message = format!("`${{{}}}` is not the name of a parameter", clip(&inner[..close]));
        let operator = |text: &str| text.trim_start().starts_with(['+', '-', '*', '/', '%']);
        let arithmetic = match self.usage {
            Use::File => operator(tail) || inner[..close].contains(" - ") || inner[..close].contains(" + "),
            _ => declared && operator(tail),
        };
        match (arithmetic, self.usage.shell()) {
            (true, _) => self.fail(span, &message, &format!("arithmetic is written `$(({}))`", clip(&inner[..close]))),
            (false, true) => self.fail(span, &message, "what the shell is to expand begins with `\\${`"),
            (false, false) => self.fail(span, &message, "a name has letters, digits and `_`"),
        }
    }

    /// `$((E))`
    fn arithmetic(&mut self) {
        let body = &self.rest()[3..];
        let start = self.at + 3;
        let found = if self.open_ended { None } else { matching(body, '(', ')') };
        let closing = |close: usize| {
            // The two brackets may stand on two lines.
            let joined = continuation(&body[close + 1..]).unwrap_or(0);
            body[close + 1 + joined..].starts_with(')').then_some((close, joined + 2))
        };
        let Some((close, length)) = found.and_then(closing) else {
            if self.usage.shell() {
                // `$((a) | b)` is a command substitution of a subshell.
                self.open_ended |= found.is_none();
                return self.copy(3);
            }
            let help = "write `$((timestep - 1))`";
            self.diagnostics.error(self.at..start, "the arithmetic is not closed: expected `))`").help(help);
            self.at = self.end;
            return;
        };
        let (span, end) = (start..start + close, start + close + length);
        if self.usage.shell() {
            self.push("$((");
            self.shell_arithmetic(span);
            self.push("))");
            self.at = end;
            return;
        }
        let told = self.scope.told.clone();
        match arithmetic::parse(self.scope, self.task, span.clone(), false) {
            Ok(expr) => {
                self.out.template.0.push(Piece::Arith(expr));
                self.at = end;
            }
            Err(_) if self.usage == Use::Path && self.scope.dialect == Dialect::Classic => {
                // The shell's after all; what was wrong with it as arithmetic has been told to nobody.
                self.scope.told = told;
                self.out.dynamic = true;
                self.push("$((");
                self.shell_arithmetic(span);
                self.push("))");
                self.at = end;
            }
            Err(error) => {
                self.tell(*error);
                self.at = end;
            }
        }
    }

    /// Arithmetic that the shell does: it sees the values of parameters, also of those that are named without `$`.
    fn shell_arithmetic(&mut self, span: Range<usize>) {
        let (at, end, usage) = (self.at, self.end, self.usage);
        (self.at, self.end) = (span.start, span.end);
        while let Some(next) = self.rest().chars().next() {
            let name = identifier(self.rest());
            if next == '$' && self.depth < MAX_DEPTH {
                self.depth += 1;
                self.dollar();
                self.depth -= 1;
            } else if let Some(length) = continuation(self.rest()) {
                self.at += length;
            } else if !name.is_empty() {
                let span = self.at..self.at + name.len();
                match self.scope.number(name) {
                    Some(_) => {
                        self.push("(");
                        self.name(name, span);
                        self.push(")");
                    }
                    None => self.copy(name.len()),
                }
            } else {
                self.copy(next.len_utf8());
            }
        }
        (self.at, self.end, self.usage) = (at, end, usage);
    }

    /// `$(command)`: the shell's, where there is one.
    fn command_substitution(&mut self, name: &str, closed: bool) {
        if self.usage.shell() {
            return self.copy(2);
        }
        let inner = &self.rest()[2..];
        let close = matching(inner, '(', ')');
        let span = self.at..self.at + 2 + close.map_or(0, |c| c + 1);
        match (self.usage, close) {
            (_, None) => {
                self.fail(span, "the bracket is not closed: expected `)`", "write `$(name)` or `${name}`");
                self.at = self.end;
            }
            (Use::Path, Some(close)) if self.depth < MAX_DEPTH => self.shell_part("$(", close, ")"),
            _ => {
                self.at = span.end;
                if closed && !name.is_empty() {
                    let error = self.scope.unknown(name, &span, "");
                    return self.tell(error);
                }
                self.fail(span, "no command is run here", "arithmetic on parameters is written `$((timestep - 1))`");
            }
        }
    }

    /// A part of a path that the shell expands: `open`, `length` bytes, `close`.
    fn shell_part(&mut self, open: &str, length: usize, close: &str) {
        let start = self.at + open.len();
        let end = self.end;
        self.push(open);
        let (usage, quote) = (self.usage, self.quote.take());
        (self.at, self.end, self.usage) = (start, start + length, Use::Line);
        self.depth += 1;
        self.all();
        self.depth -= 1;
        (self.at, self.end, self.usage, self.quote) = (start + length + close.len(), end, usage, quote);
        self.push(close);
        self.out.dynamic = true;
    }

    fn backtick(&mut self) {
        if self.usage.shell() {
            return self.copy(1);
        }
        let body = &self.rest()[1..];
        let Some(close) = body.find('`') else {
            let start = self.at..self.at + 1;
            self.diagnostics.error(start, "the backtick is not closed").label("it begins here");
            self.at = self.end;
            return;
        };
        match self.usage {
            Use::Path if self.depth < MAX_DEPTH => self.shell_part("`", close, "`"),
            Use::File => self.backtick_arithmetic(&body[..close]),
            _ => {
                let help = "use `shexec \"…\"` to let the shell run a command";
                self.fail(self.at..self.at + close + 2, "no command is run here", help);
                self.at += close + 2;
            }
        }
    }

    /// `` `/bin/echo $((E))` ``, `` `expr E` `` and the figure's `` `/bin/echo ${$(t) - 1}` ``.
    fn backtick_arithmetic(&mut self, body: &str) {
        let start = self.at + 1;
        let whole = self.at..start + body.len() + 1;
        self.at = whole.end;
        let word = body.split_whitespace().next().unwrap_or("");
        let trimmed = body.trim();
        let argument = trimmed.get(word.len()..).unwrap_or("").trim_start();
        let from = start + body.rfind(argument).unwrap_or(0);
        let inner = |open: &str, close: &str| {
            argument
                .strip_prefix(open)
                .and_then(|a| a.strip_suffix(close))
                .map(|a| (from + open.len())..(from + open.len() + a.len()))
        };
        let span = match word {
            "expr" | "/usr/bin/expr" | "/bin/expr" => Some((from..from + argument.len(), true)),
            "echo" | "/bin/echo" | "/usr/bin/echo" => {
                inner("$((", "))").or_else(|| inner("${", "}")).map(|span| (span, false))
            }
            _ => None,
        };
        match span {
            Some((span, escaped)) => match arithmetic::parse(self.scope, self.task, span, escaped) {
                Ok(expr) => self.out.template.0.push(Piece::Arith(expr)),
                Err(error) => self.tell(*error),
            },
            None => {
                let message = "nothing is run to find the name of a file: these backticks are no arithmetic";
                self.diagnostics
                    .error(whole, message)
                    .note("names must be known before anything runs")
                    .help("write arithmetic on parameters as `$((timestep - 1))`");
            }
        }
    }
}

/// The name that a text begins with; empty if it begins with something else.
pub(crate) fn identifier(text: &str) -> &str {
    let length = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    match text.bytes().next() {
        Some(first) if !first.is_ascii_digit() => &text[..length],
        _ => "",
    }
}

/// Where the bracket that is open at the start of `text` closes.
fn matching(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            match depth {
                0 => return Some(at),
                _ => depth -= 1,
            }
        }
    }
    None
}

fn clip(text: &str) -> String {
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
