//! A DAGMan file as a list of statements.

use super::command::{Command, TABLE, Word};
use super::line::{Line, Lines, same};
use super::statement::Statement;
use crate::{Diagnostics, spelling};
use std::collections::BTreeSet;
use std::ops::Range;

/// A statement and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    /// What it says.
    pub command: Command,
    /// Its first line.
    pub span: Range<usize>,
    /// The file that it stands in, where several are put together.
    pub file: usize,
}

/// The statements of one or more files.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    /// Those that could be read.
    pub statements: Vec<Placed>,
    /// Words of the others that may be names of nodes.
    pub lost: BTreeSet<String>,
}

/// The statements of a text, which has a number among several. What is wrong is said, and left out.
pub(super) fn read(text: &str, file: usize, diagnostics: &mut Diagnostics) -> Document {
    let mut lines = Lines::new(text);
    let mut document = Document::default();
    while let Some(line) = lines.next() {
        let span = line.span();
        if line.open {
            diagnostics.warning(span.clone(), "this line ends in `\\`, and no line follows");
        }
        let mut words = line.words();
        let word = words.next();
        let entry = word.as_ref().and_then(|word| TABLE.iter().find(|entry| same(entry.name, &word.text)));
        let Some(entry) = entry else {
            match (word, words.fault) {
                (Some(word), _) => unknown(&word.text, word.span, diagnostics),
                (None, Some((span, message))) => drop(diagnostics.error(span, message)),
                // A line of nothing but quotes around nothing.
                (None, None) => unknown("", span, diagnostics),
            }
            document.lost.extend(names(&line));
            continue;
        };
        let mut statement = Statement { entry, words, lines: &mut lines, diagnostics: &mut *diagnostics };
        let read = (entry.read)(&mut statement);
        let quotes = statement.words.fault.take();
        if quotes.is_some() || read.is_err() {
            document.lost.extend(names(&line));
        }
        match (quotes, read) {
            (Some((span, message)), _) => {
                diagnostics.error(span, message).note(syntax(entry.word));
            }
            (None, Err(fault)) => {
                diagnostics.error(fault.span, fault.message).note(syntax(entry.word)).did_you_mean(fault.near);
            }
            (None, Ok(command)) => document.statements.push(Placed { command, span, file }),
        }
    }
    document
}

/// The words of a line that could be a node's name, were the line right.
fn names(line: &Line<'_>) -> Vec<String> {
    let mut words = line.words();
    std::iter::from_fn(|| words.next()).skip(1).take(2).map(|word| word.text).collect()
}

fn syntax(word: Word) -> String {
    let entry = word.entry();
    match entry.syntax.is_empty() {
        true => format!("{} stands alone", entry.name),
        false => format!("it is written `{} {}`", entry.name, entry.syntax),
    }
}

fn unknown(word: &str, span: Range<usize>, diagnostics: &mut Diagnostics) {
    let near = match diagnostics.full() {
        true => None,
        false => spelling::nearest(&word.replace('_', "-"), TABLE.iter().map(|entry| entry.name))
            .or_else(|| spelling::nearest(&word.replace('-', "_"), TABLE.iter().map(|entry| entry.name))),
    };
    let diagnostic = diagnostics.error(span, format!("`{word}` begins no statement of a DAGMan file"));
    match word.to_ascii_uppercase().as_str() {
        "CHILD" => diagnostic.help("CHILD stands on the line of its PARENT; a line goes on where it ends in `\\`"),
        "PRE" | "POST" | "HOLD" => diagnostic.help(format!("write `SCRIPT {word} NODE PROGRAM`")),
        "NODE" => diagnostic.help("a node is a JOB"),
        "}" => diagnostic.help("no submit description is open here"),
        "QUEUE" | "EXECUTABLE" | "ARGUMENTS" | "UNIVERSE" => {
            diagnostic.help("this is a command of submit files: `--language submit` reads those")
        }
        _ => diagnostic.did_you_mean(near),
    };
}
