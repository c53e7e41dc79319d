//! One statement of a DAGMan file after its first word: what has to follow, what may, and what is wrong with it. As
//! strict as `dag_parser.cpp` of HTCondor, with warnings where older parsers are stricter.

use super::command::{ALL_NODES, Command, Entry, Source, Word, quoted};
use super::line::{Body, Line, Lines, Token, Words};
use super::node::SCRIPTS;
use crate::{Diagnostics, spelling};
use std::ops::Range;

/// Why a statement cannot be taken.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// What it is about.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// A word that was meant, perhaps.
    pub near: Option<&'static str>,
}

/// A statement while it is read.
pub(super) struct Statement<'s, 'l, 'a> {
    /// Its word.
    pub entry: &'static Entry,
    /// What follows it.
    pub words: Words<'l>,
    /// What follows the line.
    pub lines: &'s mut Lines<'a>,
    /// Where warnings go.
    pub diagnostics: &'s mut Diagnostics,
}

type Read = Result<Command, Fault>;

fn fault(span: Range<usize>, message: impl Into<String>) -> Fault {
    Fault { span, message: message.into(), near: None }
}

fn unexpected(token: Token, words: &[&'static str]) -> Fault {
    let near = spelling::nearest(&token.text, words.iter().copied());
    let known = words.iter().find(|word| Some(**word) == near).copied();
    Fault { message: format!("`{}` is not expected here", token.text), span: token.span, near: known }
}

impl<'a> Statement<'_, '_, 'a> {
    fn need(&mut self, what: &str) -> Result<Token, Fault> {
        let here = self.words.here();
        let missing = || fault(here, format!("{} lacks {what}", self.entry.name));
        self.words.next().ok_or_else(missing)
    }

    /// A number as C++'s `std::stoi` reads it: what follows the digits is not looked at.
    fn number(&mut self, token: &Token, what: &str, least: i32, most: i32) -> Result<i32, Fault> {
        let text = token.text.trim_start();
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        let signed = text.get(..text.len() - digits.len() + length).unwrap_or("");
        let value = if length == 0 { None } else { signed.parse::<i32>().ok() };
        let Some(value) = value else {
            return Err(fault(
                token.span.clone(),
                format!("`{}` is no {what}: a whole number is expected", token.text),
            ));
        };
        if value < least || value > most {
            let range = match most {
                i32::MAX => format!("{least} or more"),
                _ => format!("{least} to {most}"),
            };
            return Err(fault(token.span.clone(), format!("{value} is no {what}: it is {range}")));
        }
        if length < digits.len() {
            let message = format!("`{}` is read as {value}; what follows the digits is not looked at", token.text);
            self.diagnostics.warning(token.span.clone(), message);
        }
        Ok(value)
    }

    fn need_number(&mut self, what: &str, least: i32, most: i32) -> Result<i32, Fault> {
        let token = self.need(&format!("the {what}"))?;
        self.number(&token, what, least, most)
    }

    fn end(&mut self) -> Result<(), Fault> {
        match self.words.next() {
            Some(token) => Err(unexpected(token, &[])),
            None => Ok(()),
        }
    }

    fn ended(&mut self, command: Command) -> Read {
        self.end().map(|()| command)
    }

    /// The lines between `{` and `}`, or `@=TAG` and `@TAG`, and the rest of the line that closes them.
    fn body(&mut self, open: &Token) -> Result<Option<(Body, Line<'a>)>, Fault> {
        let end = match open.text.strip_prefix("@=") {
            Some("") => return Err(fault(open.span.clone(), "`@=` has no tag that ends the description")),
            Some(tag) => format!("@{tag}"),
            None if open.text.starts_with('{') => "}".to_string(),
            None => return Ok(None),
        };
        let behind = self.words.remain().map(|rest| rest.span);
        let glued =
            (open.text.len() > 1 && end == "}").then(|| open.span.start + 1..open.span.end.max(open.span.start + 1));
        if let Some(span) = glued.or(behind) {
            self.diagnostics
                .warning(span, "what stands behind the opening of a submit description is lost")
                .note("DAGMan reads the description from the next line on")
                .help("put it on a line of its own");
        }
        match self.lines.body(&end) {
            Some(found) => Ok(Some(found)),
            None => Err(fault(
                open.span.clone(),
                format!("this submit description is never closed: there is no line `{end}`"),
            )),
        }
    }
}

/// `JOB`, `FINAL`, `PROVISIONER`, `SERVICE`, `DATA`, `SUBDAG`.
pub(super) fn node(statement: &mut Statement<'_, '_, '_>) -> Read {
    let word = statement.entry.word;
    if word == Word::Subdag {
        let here = statement.words.here();
        match statement.words.next() {
            Some(token) if token.is("EXTERNAL") => {}
            Some(token) => {
                let message =
                    format!("`{}` stands where EXTERNAL has to: DAGMan knows no other kind of SUBDAG", token.text);
                return Err(Fault {
                    near: spelling::one_edit(&token.text, "EXTERNAL").then_some("EXTERNAL"),
                    ..fault(token.span, message)
                });
            }
            None => return Err(fault(here, "SUBDAG lacks the word EXTERNAL")),
        }
    }
    let name = statement.need("the name of the node")?;
    let what = match word {
        Word::Subdag => "the DAG file",
        Word::Data => "the file",
        _ => "the submit file or description",
    };
    let file = statement.need(what)?;
    let inline = if word == Word::Subdag { None } else { statement.body(&file)? };
    let (mut directory, mut noop, mut done) = (None, false, false);
    let (from, tail) = match &inline {
        Some((body, line)) => (Source::Here(body.clone()), Some(line.words())),
        None => (Source::File(file), None),
    };
    let mut words = tail.unwrap_or_else(|| statement.words.clone());
    while let Some(token) = words.next() {
        if token.is("NOOP") {
            noop = true;
        } else if token.is("DONE") {
            done = true;
        } else if token.is("DIR") {
            let here = words.here();
            directory = Some(words.next().ok_or_else(|| fault(here, "DIR lacks the directory"))?);
        } else {
            return Err(unexpected(token, &["DIR", "NOOP", "DONE"]));
        }
    }
    if let Some((span, message)) = words.fault {
        return Err(fault(span, message));
    }
    Ok(Command::Node { word, name, from, directory, noop, done })
}

/// `SPLICE`.
pub(super) fn splice(statement: &mut Statement<'_, '_, '_>) -> Read {
    let name = statement.need("the name of the splice")?;
    let file = statement.need("the DAG file")?;
    let directory = match statement.words.next() {
        None => None,
        Some(token) if token.is("DIR") => Some(statement.need("the directory")?),
        Some(token) => return Err(unexpected(token, &["DIR"])),
    };
    statement.ended(Command::Splice { name, file, directory })
}

/// `SUBMIT-DESCRIPTION`. What follows the closing brace is not looked at.
pub(super) fn submit_description(statement: &mut Statement<'_, '_, '_>) -> Read {
    let name = statement.need("its name")?;
    let open = statement.need("the description in braces")?;
    match statement.body(&open)? {
        Some((body, _)) => Ok(Command::SubmitDescription { name, body }),
        None => Err(fault(open.span, "`{` is expected here, and the description on the lines after it")),
    }
}

/// `PARENT … CHILD …`.
pub(super) fn dependencies(statement: &mut Statement<'_, '_, '_>) -> Read {
    let weak = statement.entry.word == Word::Weak;
    if weak {
        let token = statement.need("the word PARENT")?;
        if !token.is("PARENT") {
            return Err(fault(token.span.clone(), format!("WEAK is followed by PARENT, not by `{}`", token.text)));
        }
    }
    let (mut parents, mut children, mut child) = (Vec::new(), Vec::new(), false);
    let mut here = statement.words.here();
    while let Some(token) = statement.words.next() {
        here = statement.words.here();
        if !token.is("CHILD") {
            if child { &mut children } else { &mut parents }.push(token);
        } else if parents.is_empty() {
            return Err(fault(token.span, "there is no parent before CHILD"));
        } else {
            if child {
                statement.diagnostics.warning(token.span, "a second CHILD changes nothing");
            }
            child = true;
        }
    }
    match () {
        () if statement.words.fault.is_some() => Err(fault(here, "")),
        () if parents.is_empty() => Err(fault(here, "there is no parent after PARENT")),
        () if !child => {
            let near = parents.iter().find(|token| spelling::one_edit(&token.text, "CHILD"));
            let span = near.map_or(here, |token| token.span.clone());
            Err(Fault {
                near: near.map(|_| "CHILD"),
                ..fault(span, "the word CHILD is missing between parents and children")
            })
        }
        () if children.is_empty() => Err(fault(here, "there is no child after CHILD")),
        () => Ok(Command::Edges { weak, parents, children }),
    }
}

/// `SCRIPT`.
pub(super) fn script(statement: &mut Statement<'_, '_, '_>) -> Read {
    let (mut defer, mut debug) = (None, None);
    let when = loop {
        let token = statement.need("PRE, POST or HOLD")?;
        if let Some(when) = SCRIPTS.iter().find(|when| token.text.eq_ignore_ascii_case(when)) {
            break when.to_string();
        } else if token.is("DEFER") {
            let code = statement.need_number("exit code of DEFER", i32::MIN, i32::MAX)?;
            let seconds = statement.need_number("time of DEFER in seconds", 0, i32::MAX)?;
            defer = Some((f64::from(code), f64::from(seconds)));
        } else if token.is("DEBUG") {
            let file = statement.need("the file of DEBUG")?;
            let stream = statement.need("STDOUT, STDERR or ALL")?;
            let known = ["stdout", "stderr", "all"].iter().find(|name| stream.text.eq_ignore_ascii_case(name));
            let Some(known) = known else {
                return Err(unexpected(stream, &["STDOUT", "STDERR", "ALL"]));
            };
            debug = Some((file, known.to_string()));
        } else {
            let near = unexpected(token.clone(), &["PRE", "POST", "HOLD", "DEFER", "DEBUG"]).near;
            return Err(Fault {
                near,
                ..fault(token.span, format!("`{}` stands where PRE, POST or HOLD has to", token.text))
            });
        }
    };
    let node = statement.need("the node")?;
    let here = statement.words.here();
    let command = statement.words.remain().ok_or_else(|| fault(here, "SCRIPT lacks the program"))?;
    Ok(Command::Script { defer, debug, when, node, command })
}

/// `PRE_SKIP`.
pub(super) fn pre_skip(statement: &mut Statement<'_, '_, '_>) -> Read {
    let node = statement.need("the node")?;
    let here = statement.words.here();
    let code = statement.need_number("exit code", 0, 255)?;
    if code == 0 {
        let message = "with exit code 0 the node is skipped whenever its PRE script succeeds";
        statement.diagnostics.warning(here.start..statement.words.here().start, message);
    }
    statement.ended(Command::PreSkip { node, code })
}

/// `RETRY`.
pub(super) fn retry(statement: &mut Statement<'_, '_, '_>) -> Read {
    let node = statement.need("the node")?;
    let most = statement.need_number("number of retries", 0, i32::MAX)?;
    let unless = match statement.words.next() {
        None => None,
        Some(token) if token.is("UNLESS-EXIT") => Some(statement.need_number("exit code", i32::MIN, i32::MAX)?),
        Some(token) => return Err(unexpected(token, &["UNLESS-EXIT"])),
    };
    statement.ended(Command::Retry { node, most, unless })
}

/// `ABORT-DAG-ON`.
pub(super) fn abort(statement: &mut Statement<'_, '_, '_>) -> Read {
    let node = statement.need("the node")?;
    let on = statement.need_number("exit code", i32::MIN, i32::MAX)?;
    let with = match statement.words.next() {
        None => None,
        Some(token) if token.is("RETURN") => Some(statement.need_number("exit code of the DAG", 0, 255)?),
        Some(token) => return Err(unexpected(token, &["RETURN"])),
    };
    statement.ended(Command::Abort { node, on, with })
}

/// `VARS`.
pub(super) fn vars(statement: &mut Statement<'_, '_, '_>) -> Read {
    let node = statement.need("the node")?;
    let mut append = false;
    if let Some(token) = statement.words.peek().filter(|token| token.is("PREPEND") || token.is("APPEND")) {
        append = token.is("APPEND");
        statement.words.next();
    }
    let here = statement.words.here();
    let mut pairs = Vec::new();
    while let Some((mut name, value)) = statement.words.pair() {
        // `+Attr` and `My.Attr` are the same.
        if let Some(rest) = name.text.strip_prefix("My.") {
            name.text = format!("+{rest}");
        }
        if name.text == "+" {
            return Err(fault(name.span, "a variable's name has at least one letter or digit"));
        }
        if name.text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("queue")) {
            return Err(fault(
                name.span,
                format!("`{}` cannot be a variable: names must not begin with `queue`", name.text),
            ));
        }
        let plain = name.text.strip_prefix('+').unwrap_or(&name.text);
        if !plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.') {
            statement
                .diagnostics
                .warning(name.span.clone(), format!("`{}` is an odd name for a variable", name.text))
                .note("older DAGMan refuses names that are not letters, digits and `_`");
        }
        pairs.push((name, value));
    }
    match pairs.is_empty() {
        true => Err(fault(here, "there is no NAME=\"VALUE\"")),
        false => Ok(Command::Vars { node, append, pairs }),
    }
}

/// `PRIORITY`.
pub(super) fn priority(statement: &mut Statement<'_, '_, '_>) -> Read {
    let node = statement.need("the node")?;
    let value = statement.need_number("priority", i32::MIN, i32::MAX)?;
    statement.ended(Command::Priority { node, value })
}

/// `TOLERANCE`.
pub(super) fn tolerance(statement: &mut Statement<'_, '_, '_>) -> Read {
    let node = statement.need("the node")?;
    let mut most = statement.need("how many jobs may fail")?;
    let mut percent = most.text.ends_with('%');
    if percent {
        most.text.pop();
    } else if statement.words.peek().is_some_and(|token| token.text == "%") {
        statement.words.next();
        percent = true;
    }
    let mut text = statement.number(&most, "number of jobs that may fail", 0, i32::MAX)?.to_string();
    text.push_str(if percent { "%" } else { "" });
    match statement.words.next() {
        None => {}
        Some(token) if token.is("FAIL-FAST") => text.push_str(" FAIL-FAST"),
        Some(token) if token.is("WAIT") => text.push_str(" WAIT"),
        Some(token) => return Err(unexpected(token, &["FAIL-FAST", "WAIT"])),
    }
    statement.ended(Command::About { word: Word::Tolerance, node, text })
}

/// `CATEGORY`.
pub(super) fn category(statement: &mut Statement<'_, '_, '_>) -> Read {
    let node = statement.need("the node")?;
    let category = statement.need("the category")?;
    statement.ended(Command::Category { node, category })
}

/// `MAXJOBS`.
pub(super) fn max_jobs(statement: &mut Statement<'_, '_, '_>) -> Read {
    let category = statement.need("the category")?;
    let most = statement.need_number("limit", 0, i32::MAX)?;
    statement.ended(Command::MaxJobs { category, most })
}

/// `DONE`.
pub(super) fn done(statement: &mut Statement<'_, '_, '_>) -> Read {
    let node = statement.need("the node")?;
    statement.ended(Command::Done { node })
}

/// `SAVE_POINT_FILE`.
pub(super) fn save_point(statement: &mut Statement<'_, '_, '_>) -> Read {
    let node = statement.need("the node")?;
    if node.is(ALL_NODES) {
        return Err(fault(node.span, "SAVE_POINT_FILE takes one node, not ALL_NODES"));
    }
    let text = statement.words.next().map(|file| quoted(&file.text)).unwrap_or_default();
    statement.ended(Command::About { word: Word::SavePointFile, node, text })
}

/// `PIN_IN`, `PIN_OUT`.
pub(super) fn pin(statement: &mut Statement<'_, '_, '_>) -> Read {
    let node = statement.need("the node")?;
    let text = statement.need_number("number of the pin", 1, i32::MAX)?.to_string();
    statement.ended(Command::About { word: statement.entry.word, node, text })
}

/// `CONNECT`.
pub(super) fn connect(statement: &mut Statement<'_, '_, '_>) -> Read {
    let parent = statement.need("the splice that comes first")?;
    let child = statement.need("the splice that waits for it")?;
    statement.ended(Command::Connect { parent, child })
}

/// `INCLUDE`, `CONFIG`, `JOBSTATE_LOG`.
pub(super) fn file(statement: &mut Statement<'_, '_, '_>) -> Read {
    let word = statement.entry.word;
    let file = statement.need("the file")?;
    if word == Word::Include && matches!(file.text.as_str(), ":" | "=") {
        return Err(fault(file.span, "a DAG file has `INCLUDE FILE`, without a colon"));
    }
    statement.ended(Command::Whole { word, file: Some(file), text: String::new() })
}

/// `NODE_STATUS_FILE`.
pub(super) fn node_status(statement: &mut Statement<'_, '_, '_>) -> Read {
    let file = statement.need("the file")?;
    let (mut seconds, mut always) = (None, false);
    while let Some(token) = statement.words.next() {
        if token.is("ALWAYS-UPDATE") {
            always = true;
        } else {
            let known = unexpected(token.clone(), &["ALWAYS-UPDATE"]).near;
            let number = statement.number(&token, "number of seconds", i32::MIN, i32::MAX);
            seconds = Some(number.map_err(|fault| Fault { near: known, ..fault })?);
        }
    }
    let seconds = seconds.map(|seconds| seconds.to_string());
    let parts: Vec<String> = seconds.into_iter().chain(always.then(|| "ALWAYS-UPDATE".to_string())).collect();
    Ok(Command::Whole { word: Word::NodeStatusFile, file: Some(file), text: parts.join(" ") })
}

/// `DOT`.
pub(super) fn dot(statement: &mut Statement<'_, '_, '_>) -> Read {
    const WORDS: [&str; 5] = ["UPDATE", "DONT-UPDATE", "OVERWRITE", "DONT-OVERWRITE", "INCLUDE"];
    let file = statement.need("the file")?;
    let mut parts = Vec::new();
    while let Some(token) = statement.words.next() {
        let Some(word) = WORDS.iter().find(|word| token.is(word)) else {
            return Err(unexpected(token, &WORDS));
        };
        parts.push(word.to_string());
        if *word == "INCLUDE" {
            parts.push(quoted(&statement.need("the file of INCLUDE")?.text));
        }
    }
    Ok(Command::Whole { word: Word::Dot, file: Some(file), text: parts.join(" ") })
}

/// `ENV`.
pub(super) fn env(statement: &mut Statement<'_, '_, '_>) -> Read {
    let token = statement.need("GET or SET")?;
    let Some(action) = ["GET", "SET"].iter().find(|action| token.is(action)) else {
        return Err(unexpected(token, &["GET", "SET"]));
    };
    let here = statement.words.here();
    let rest = statement.words.remain().ok_or_else(|| fault(here, "ENV lacks the variables"))?;
    Ok(Command::Whole { word: Word::Env, file: None, text: format!("{action} {}", rest.text) })
}

/// `SET_JOB_ATTR`.
pub(super) fn attribute(statement: &mut Statement<'_, '_, '_>) -> Read {
    let here = statement.words.here();
    let rest = statement.words.remain().ok_or_else(|| fault(here, "SET_JOB_ATTR lacks ATTRIBUTE = VALUE"))?;
    if !rest.text.contains('=') {
        statement.diagnostics.warning(rest.span, "SET_JOB_ATTR has ATTRIBUTE = VALUE, and there is no `=` here");
    }
    Ok(Command::Whole { word: Word::SetJobAttr, file: None, text: rest.text })
}

/// `REJECT`.
pub(super) fn reject(statement: &mut Statement<'_, '_, '_>) -> Read {
    statement.ended(Command::Whole { word: Word::Reject, file: None, text: String::new() })
}
