//! The program of an xRSL job and its streams.

use super::super::attribute::Attribute;
use super::super::clause::Clause;
use super::super::evaluate::{Item, Word};
use super::super::print::Printer;
use super::super::read::{Reader, command};
use pelago_job::description::{Command, Path, Stdio};

/// `executable`
pub(super) fn read_executable(reader: &mut Reader<'_>, clause: &Clause) {
    let path = clause.word().map(|word| reader.path(word));
    reader.command().executable = path;
}

/// `executable`
pub(super) fn print_executable(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let mut path = command(printer.job()).executable.take().unwrap_or_default();
    let word = printer.take_path(&mut path);
    command(printer.job()).executable = Some(path).filter(|path| *path != Path::default());
    match word {
        Some(word) => printer.say(attribute.shown, &[Item::Word(word)]),
        None => printer.stand_in(attribute),
    }
}

/// `stdin`
pub(super) fn read_stdin(reader: &mut Reader<'_>, clause: &Clause) {
    reader.command().input = stdio(reader, clause);
}

/// `stdout`
pub(super) fn read_stdout(reader: &mut Reader<'_>, clause: &Clause) {
    reader.command().output = stdio(reader, clause);
}

/// `stderr`
pub(super) fn read_stderr(reader: &mut Reader<'_>, clause: &Clause) {
    reader.command().error = stdio(reader, clause);
}

fn stdio(reader: &mut Reader<'_>, clause: &Clause) -> Option<Stdio> {
    // ARC cannot tell the empty text from none.
    let word = clause.word().filter(|word| !word.parts.is_empty())?;
    Some(Stdio { path: Some(reader.text(word)), ..Stdio::default() })
}

/// `join`
pub(super) fn read_join(reader: &mut Reader<'_>, clause: &Clause) {
    match clause.text() {
        Some("yes" | "true") => reader.draft.join = Some(clause.span.clone()),
        Some("no" | "false") => {}
        _ => {
            let message = format!("`join` takes `yes` or `no`, found `{}`", super::super::read::values(&clause.items));
            reader.diagnostics.warning(clause.values_span(), message).note("ARC takes it for `no`");
        }
    }
}

/// What `join` needs and does.
pub(super) fn finish(reader: &mut Reader<'_>) {
    let Some(span) = reader.draft.join.clone() else { return };
    let partial = reader.draft.partial;
    let command = reader.command();
    let path =
        |stdio: &Option<Stdio>| stdio.as_ref().and_then(|stdio| stdio.path.clone()).filter(|path| !path.is_empty());
    let (output, error) = (path(&command.output), path(&command.error));
    if output.is_none() && !partial {
        reader
            .diagnostics
            .error(span, "`join` sends standard error to where standard output goes, and that is not said")
            .help("add a `stdout`");
        return;
    }
    if error.is_some() && error != output {
        let other = reader.origins.of(&format!("{}/application/commands/0/error", reader.at)).unwrap_or(0..0);
        reader
            .diagnostics
            .error(span, "`join` and a `stderr` of its own contradict each other")
            .related(other, "standard error goes here")
            .help("leave one of them out");
        return;
    }
    command.error = command.output.clone();
}

/// `stdin`
pub(super) fn print_stdin(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    print(printer, attribute, |command| &mut command.input);
}

/// `stdout`
pub(super) fn print_stdout(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let path =
        |stdio: &Option<Stdio>| stdio.as_ref().and_then(|stdio| stdio.path.clone()).filter(|path| !path.is_empty());
    let (output, error) = (path(&command(printer.job()).output), path(&command(printer.job()).error));
    let joined = output.is_some() && output == error && output.is_some_and(|path| printer.word(&path).is_some());
    print(printer, attribute, |command| &mut command.output);
    if joined {
        if let Some(error) = command(printer.job()).error.as_mut() {
            error.path = None;
        }
        printer.say("join", &[Item::Word(Word::literal("yes"))]);
    }
}

/// `stderr`
pub(super) fn print_stderr(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    print(printer, attribute, |command| &mut command.error);
}

fn print(printer: &mut Printer<'_>, attribute: &'static Attribute, field: fn(&mut Command) -> &mut Option<Stdio>) {
    let Some(mut stdio) = field(command(printer.job())).clone() else { return };
    let word = stdio.path.as_ref().and_then(|path| printer.word(path));
    if let Some(word) = word.filter(|word| !word.parts.is_empty()) {
        stdio.path = None;
        printer.say(attribute.shown, &[Item::Word(word)]);
    }
    *field(command(printer.job())) = Some(stdio).filter(|stdio| *stdio != Stdio::default());
}
