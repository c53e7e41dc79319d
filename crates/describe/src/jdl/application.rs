//! What runs: the command, what runs before and after it, its environment, and the type of the job.

use super::print::Printer;
use super::read::{Reader, extension, plain};
use super::syntax::Entry;
use crate::shell;
use pelago_job::description::{Command, Job, Parallel, Path, Text, Variable};
use pelago_job::{Piece, Template};
use serde_json::Value;

/// The job's command; an empty one is made if there is none.
pub(super) fn first(job: &mut Job) -> &mut Command {
    let commands = &mut job.application.commands;
    if commands.is_empty() {
        commands.push(Command::default());
    }
    &mut commands[0]
}

pub(super) fn path(text: Text) -> Path {
    Path { text: Some(text), filesystem: None }
}

/// gLite's types of jobs, as they are written there.
const TYPES: [&str; 7] =
    ["Normal", "Parametric", "MPICH", "Interactive", "Checkpointable", "Partitionable", "Multiple"];

pub(super) fn read_type(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    for (word, span) in reader.raws(entry) {
        match TYPES.iter().find(|known| known.eq_ignore_ascii_case(&word)) {
            Some(&"Normal" | &"Parametric") => {}
            Some(&"MPICH") => {
                let parallel = job.application.parallel.get_or_insert_with(Parallel::default);
                parallel.variation = Some("MPICH".to_string());
            }
            Some(old) => {
                let warning = reader.diagnostics.warning(span, format!("jobs of the type {old} are not run any more"));
                warning.note("CREAM runs normal ones only, the last WMS normal, parametric and MPI jobs");
                job.extensions.push(extension("JobType", &super::print::quoted(&word), false));
            }
            None => job.extensions.push(extension("JobType", &super::print::quoted(&word), true)),
        }
    }
}

pub(super) fn print_type(printer: &mut Printer<'_>) {
    let mut types: Vec<String> = Vec::new();
    if let Some(parallel) = &mut printer.job.application.parallel
        && let Some(variation) = parallel.variation.take()
    {
        if variation == "MPICH" {
            types.push(super::print::quoted("MPICH"));
        } else if variation.to_ascii_uppercase().contains("MPI") {
            types.push(super::print::quoted("MPICH"));
            printer.changed(
                "/application/parallel/variation",
                "MPICH",
                "it is the one kind of MPI jobs that JDL names",
            );
        } else {
            parallel.variation = Some(variation);
        }
    }
    for extension in &mut printer.job.extensions {
        if extension.language == "jdl" && extension.name == "JobType" {
            types.push(std::mem::take(extension).text);
        }
    }
    printer.types = types;
}

pub(super) fn read_command(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    let arguments = reader.other("Arguments");
    let Some(command) = reader_command(reader, entry, arguments.as_ref()) else { return };
    let first = first(job);
    (first.executable, first.arguments, first.shell) = (command.executable, command.arguments, command.shell);
}

/// A program and its arguments, or a line for the shell where it would expand something.
fn reader_command(reader: &mut Reader<'_>, program: &Entry, arguments: Option<&Entry>) -> Option<Command> {
    let raw = reader.raw(program)?;
    if raw.trim().is_empty() {
        reader.diagnostics.error(program.value.span.clone(), format!("`{}` is empty", program.name));
        return None;
    }
    let line = match arguments {
        Some(entry) => reader.raw(entry).unwrap_or_default(),
        None => String::new(),
    };
    if let Some(entry) = arguments
        && line.split_whitespace().any(|word| word.starts_with("lfn:") || word.starts_with("guid:"))
        && reader.other("InputData").is_none()
    {
        let message = "the arguments name a file of a catalogue that the broker cannot see";
        let warning = reader.diagnostics.warning(entry.value.span.clone(), message);
        warning.help("say it in `InputData`, so that the job runs near a copy of it");
    }
    let good = reader.plain();
    let words = shell::split(&reader.sweep.fill(&line), |p| good.contains(&p.0));
    Some(match words.filter(|_| !raw.contains('$')) {
        Some(words) => {
            let executable = Some(path(reader.sweep.fill(&raw)));
            Command { executable, arguments: words.into_iter().map(path).collect(), ..Command::default() }
        }
        None => {
            let whole = if line.is_empty() { raw } else { format!("{raw} {line}") };
            Command { shell: Some(reader.sweep.fill(&whole)), ..Command::default() }
        }
    })
}

pub(super) fn read_before(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    let arguments = reader.other("PrologueArguments");
    job.application.before.extend(reader_command(reader, entry, arguments.as_ref()));
}

pub(super) fn read_after(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    let arguments = reader.other("EpilogueArguments");
    job.application.after.extend(reader_command(reader, entry, arguments.as_ref()));
}

pub(super) fn print_command(printer: &mut Printer<'_>) {
    let application = &mut printer.job.application;
    let named = application.commands.first().is_some_and(|c| c.executable.is_some() || c.shell.is_some());
    if !named && let Some(script) = application.script.take() {
        let interpreter = match script.0.0.first() {
            Some(Piece::Text(text)) if text.starts_with("#!") => {
                text.get(2..).unwrap_or("").split_whitespace().next().unwrap_or("").to_string()
            }
            _ => "/bin/sh".to_string(),
        };
        if ["sh", "bash", "ksh", "dash", "zsh"].contains(&interpreter.rsplit('/').next().unwrap_or("")) {
            let command = first(&mut printer.job);
            command.executable = Some(path(interpreter.clone().into()));
            command.arguments = vec![path("-c".into()), path(script)];
            let arguments = serde_json::to_value(&command.arguments).unwrap_or(Value::Null);
            let why = "JDL holds no script; the shell gets it as an argument";
            printer.changed("/application/script", Value::Null, why);
            printer.changed("/application/commands/0/executable", path(interpreter.into()), why);
            printer.changed("/application/commands/0/arguments", arguments, why);
        } else {
            application.script = Some(script);
            printer.because("/application/script", "JDL holds no script, and the interpreter of this one is no shell");
        }
    }
    if printer.job.application.commands.len() > 1 {
        printer.because("/application/commands", "a job of JDL runs one command");
    }
    let mut command = std::mem::take(first(&mut printer.job));
    print_one(printer, "/application/commands/0", &mut command, "Executable", "Arguments");
    *first(&mut printer.job) = command;
}

fn print_one(printer: &mut Printer<'_>, at: &str, command: &mut Command, program: &'static str, rest: &'static str) {
    if let Some(executable) = &mut command.executable
        && let Some(text) = executable.text.take()
    {
        let raw = printer.raw(&text);
        if raw.contains('$') || raw.trim().is_empty() || raw.contains('\0') {
            // It would be expanded as a program, and is not as a quoted argument.
            let why = "JDL expands `$` in the name of a program";
            let mut words = vec![text];
            words.extend(command.arguments.iter_mut().filter_map(|argument| argument.text.take()));
            let line = printer.words(&words);
            printer.line(program, super::print::quoted("/usr/bin/env"));
            printer.line(rest, super::print::quoted(&line));
            printer.changed(&format!("{at}/executable/text"), "/usr/bin/env", why);
            let arguments: Vec<Path> = words.into_iter().map(path).collect();
            printer.changed(&format!("{at}/arguments"), arguments, why);
            return;
        }
        if program == "Executable" {
            printer.program = raw.strip_prefix("./").unwrap_or(&raw).to_string();
        }
        printer.line(program, super::print::quoted(&raw));
        let texts: Vec<Text> = command.arguments.iter_mut().filter_map(|argument| argument.text.take()).collect();
        if !texts.is_empty() {
            let line = printer.words(&texts);
            printer.line(rest, super::print::quoted(&line));
        }
        return;
    }
    let Some(line) = command.shell.take() else { return };
    let raw = printer.raw(&line);
    let good = plain(&printer.rest.left.parameters);
    let (head, tail) = raw.split_once(' ').unwrap_or((&raw, ""));
    let simple = !head.is_empty() && head.chars().all(|c| c == '$' || shell::is_plain(c.encode_utf8(&mut [0; 4])));
    let hole_in_head = head.len() > first_literal(&line.0).len();
    let expands =
        head.contains('$') || shell::split(&printer.tail(&line, head.len() + 1), |p| good.contains(&p.0)).is_none();
    let exact = tail.is_empty() != raw.contains(' ');
    if simple && !hole_in_head && expands && exact {
        if program == "Executable" {
            printer.program = head.strip_prefix("./").unwrap_or(head).to_string();
        }
        printer.line(program, super::print::quoted(head));
        if !tail.is_empty() {
            printer.line(rest, super::print::quoted(tail));
        }
        return;
    }
    let why = "JDL runs a program; here that is the shell";
    printer.line(program, super::print::quoted("/bin/sh"));
    let words = printer.words(&["-c".into(), line.clone()]);
    printer.line(rest, super::print::quoted(&words));
    printer.changed(&format!("{at}/shell"), Value::Null, why);
    printer.changed(&format!("{at}/executable"), path("/bin/sh".into()), why);
    printer.changed(&format!("{at}/arguments"), vec![path("-c".into()), path(line)], why);
}

fn first_literal(template: &Template) -> &str {
    match template.0.first() {
        Some(Piece::Text(text)) => text,
        _ => "",
    }
}

pub(super) fn print_before(printer: &mut Printer<'_>) {
    let mut commands = std::mem::take(&mut printer.job.application.before);
    if let Some(command) = commands.first_mut() {
        print_one(printer, "/application/before/0", command, "Prologue", "PrologueArguments");
    }
    printer.job.application.before = commands;
    printer.because("/application/before", "a job of JDL has one prologue");
}

pub(super) fn print_after(printer: &mut Printer<'_>) {
    let mut commands = std::mem::take(&mut printer.job.application.after);
    if let Some(command) = commands.first_mut() {
        print_one(printer, "/application/after/0", command, "Epilogue", "EpilogueArguments");
    }
    printer.job.application.after = commands;
    printer.because("/application/after", "a job of JDL has one epilogue");
}

pub(super) fn read_environment(reader: &mut Reader<'_>, entry: &Entry, job: &mut Job) {
    for (raw, span) in reader.raws(entry) {
        let (name, value) = match raw.split_once('=') {
            Some((name, value)) if name.ends_with([' ', '\t']) => (name.trim(), Some(value.trim_start())),
            Some((name, value)) => (name.trim_start(), Some(value)),
            None => (raw.trim(), None),
        };
        if value.is_none() || name.is_empty() {
            let warning = reader.diagnostics.warning(span, "an element of the environment is `NAME=value`");
            warning.label("no `=` here");
        }
        if !name.is_empty() {
            let (name, value) = (reader.sweep.fill(name), value.map(|value| reader.sweep.fill(value)));
            job.application.environment.push(Variable { name: Some(name), value, filesystem: None });
        }
    }
}

pub(super) fn print_environment(printer: &mut Printer<'_>) {
    let mut variables = std::mem::take(&mut printer.job.application.environment);
    // A single command's own variables are the job's.
    let mut items = Vec::new();
    for variable in &mut variables {
        let Some(name) = variable.name.take() else { continue };
        let raw = printer.raw(&name);
        if raw.is_empty() || raw.contains('=') || raw.trim() != raw {
            variable.name = Some(name);
            continue;
        }
        let value = variable.value.take().map(|value| format!("={}", printer.raw(&value)));
        items.push(super::print::quoted(&format!("{raw}{}", value.unwrap_or_default())));
    }
    printer.job.application.environment = variables;
    if !items.is_empty() {
        printer.line("Environment", super::print::list(&items));
    }
}
