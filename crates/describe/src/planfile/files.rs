//! `inputs` and `output` lines: the files that a task reads and makes, and the events hooked to them.

use super::cursor::Cursor;
use super::line::Statement;
use super::scope::{Scope, TaskScope};
use super::template::{self, Use};
use crate::{Diagnostics, spelling};
use pelago_job::{Event, GroupNo, Hook, Input, Output, Piece, Template};
use std::collections::BTreeMap;
use std::ops::Range;

/// Most inputs, and most outputs, of one task: outputs are numbered with 16 bits.
pub(crate) const MAX_FILES: usize = 10_000;

/// An `output` line cut into names and what follows them.
#[derive(Debug)]
pub(crate) struct OutputLine {
    /// The names, as written.
    pub names: Vec<Range<usize>>,
    /// Events, and the names of the tasks that they start.
    pub hooks: Vec<(Event, String, Range<usize>)>,
    /// Whether the files are kept.
    pub keep: bool,
}

/// Cuts an `output` line. Hooks must be known before any task is lowered: they say which tasks are event tasks.
pub(crate) fn output_line(text: &str, statement: &Statement, diagnostics: &mut Diagnostics) -> OutputLine {
    let mut cursor = Cursor::new(text, statement.rest());
    let mut line = OutputLine { names: Vec::new(), hooks: Vec::new(), keep: false };
    while let Some(word) = cursor.word(diagnostics) {
        match slice(text, &word) {
            "on" if !line.names.is_empty() => match hook(text, &mut cursor, word, diagnostics) {
                Some(hook) => line.hooks.push(hook),
                None => break,
            },
            "keep" if !line.names.is_empty() => line.keep = true,
            name if !line.hooks.is_empty() || line.keep => {
                let message = format!("`{name}` is too much here: the names of files stand before `on` and `keep`");
                diagnostics.error(word, message).help("write another `output` line for it");
                break;
            }
            _ => line.names.push(word),
        }
    }
    if line.names.is_empty() {
        let help = "write for example `output result.${x}` or `output state.$((t)).tar on create backup`";
        diagnostics.error(statement.span.clone(), "the line names no file").help(help);
    }
    line
}

fn hook(
    text: &str,
    cursor: &mut Cursor<'_>,
    on: Range<usize>,
    diagnostics: &mut Diagnostics,
) -> Option<(Event, String, Range<usize>)> {
    let Some(word) = cursor.word(diagnostics) else {
        diagnostics
            .error(on, "expected `create` or `copy` after `on`")
            .help("write `on create TASK` or `on copy TASK`");
        return None;
    };
    let event = match slice(text, &word) {
        "create" => Event::Create,
        "copy" => Event::Copy,
        other => {
            let error = diagnostics.error(word.clone(), format!("`{other}` is no event of a file"));
            match spelling::nearest(other, ["create", "copy"]) {
                Some(near) => error.did_you_mean(Some(near)),
                None => {
                    error.help("the events are `create` (the file is whole) and `copy` (a further copy is elsewhere)")
                }
            };
            // The task is meant to be started by something, so it is an event task all the same.
            Event::Create
        }
    };
    let Some(task) = cursor.word(diagnostics) else {
        diagnostics.error(on.start..word.end, "the event names no task").help("write the name of a task after it");
        return None;
    };
    Some((event, slice(text, &task).to_string(), task))
}

fn slice<'a>(text: &'a str, span: &Range<usize>) -> &'a str {
    text.get(span.clone()).unwrap_or("")
}

/// The outputs of a line. `groups` are the numbers of the event tasks.
pub(crate) fn outputs(
    scope: &mut Scope<'_>,
    task: &TaskScope,
    line: &OutputLine,
    groups: &BTreeMap<&str, GroupNo>,
    outputs: &mut Vec<Output>,
    diagnostics: &mut Diagnostics,
) {
    let hooks: Vec<Hook> = line
        .hooks
        .iter()
        .filter_map(|(event, name, _)| groups.get(name.as_str()).map(|group| Hook { event: *event, group: *group }))
        .collect();
    for span in &line.names {
        let name = template::read(scope, task, span.clone(), Use::File, diagnostics).template;
        if !stays_inside(&name, "output", span, diagnostics) {
            continue;
        }
        if outputs.len() >= MAX_FILES {
            let message = format!("a task cannot have more than {MAX_FILES} outputs");
            diagnostics.error(span.clone(), message).help("make a directory or an archive of them");
            return;
        }
        outputs.push(Output { name, hooks: hooks.clone(), keep: line.keep });
    }
}

/// The inputs of an `inputs` line: `NAME… [readonly]` or `NAME as NAME [readonly]`.
pub(crate) fn inputs(
    scope: &mut Scope<'_>,
    task: &TaskScope,
    statement: &Statement,
    inputs: &mut Vec<Input>,
    diagnostics: &mut Diagnostics,
) {
    let text = scope.text;
    let mut cursor = Cursor::new(text, statement.rest());
    let mut words: Vec<Range<usize>> = std::iter::from_fn(|| cursor.word(diagnostics)).collect();
    let read_only = words.len() > 1 && words.last().is_some_and(|w| slice(text, w) == "readonly");
    words.truncate(words.len() - usize::from(read_only));
    if words.is_empty() {
        let help = "write for example `inputs state.$((t - 1)).tar forcing.${t}`";
        diagnostics.error(statement.span.clone(), "the line names no file").help(help);
    }
    let renamed = words.len() == 3 && words.get(1).is_some_and(|w| slice(text, w) == "as");
    let as_name = match words.get(2).cloned().filter(|_| renamed) {
        Some(span) => {
            words.truncate(1);
            let name = template::read(scope, task, span.clone(), Use::File, diagnostics).template;
            stays_inside(&name, "input", &span, diagnostics);
            Some(name)
        }
        None => None,
    };
    for span in words {
        if inputs.len() >= MAX_FILES {
            let message = format!("a task cannot have more than {MAX_FILES} inputs");
            diagnostics.error(span, message).help("make an archive or a directory of them");
            return;
        }
        let name = template::read(scope, task, span.clone(), Use::File, diagnostics).template;
        if stays_inside(&name, "input", &span, diagnostics) {
            inputs.push(Input { name, as_name: as_name.clone(), read_only, found: false });
        }
    }
}

/// Whether a name is a path below the directory that it belongs to; an error if it is not.
pub(crate) fn stays_inside(name: &Template, what: &str, span: &Range<usize>, diagnostics: &mut Diagnostics) -> bool {
    let shown = shown(name);
    let (message, help) = if shown.is_empty() {
        // A name that could not be read is an error already.
        if diagnostics.failed() {
            return false;
        }
        (format!("the name of the {what} is empty"), "give it a name")
    } else if shown.starts_with('/') || shown.starts_with('~') {
        let help = "use a path below the directory of the plan; a link there can lead elsewhere";
        (format!("the {what} `{shown}` is not below the experiment directory"), help)
    } else if shown.split('/').any(|part| part == "..") {
        (format!("the {what} `{shown}` leaves the directory with `..`"), "use a path below it")
    } else if shown.chars().any(|c| c.is_control()) {
        (format!("the name of the {what} has control characters"), "use letters, digits and punctuation")
    } else if shown.contains(['*', '?']) && what == "output" {
        (
            format!("the output `{shown}` is a pattern, and a task must say what it makes"),
            "name each file, or a directory",
        )
    } else if shown.contains(['*', '?']) && what == "input" {
        let help = "name each file, or sweep over them: `parameter f files select anyof \"data/*.csv\"`";
        (format!("the input `{shown}` is a pattern, and inputs are known by name"), help)
    } else {
        return true;
    };
    diagnostics.error(span.clone(), message).help(help);
    false
}

/// A name with a letter in place of each hole; only its literal parts can be judged before anything runs.
pub(crate) fn shown(name: &Template) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        _ => "N".to_string(),
    };
    name.0.iter().map(piece).collect()
}
