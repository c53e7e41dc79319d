//! Files for the streams of a script, with the signs in their names that a batch system fills in.

use super::Dialect;
use super::print::Printer;
use super::read::{Given, INDEX, Reader};
use super::table::Row;
use pelago_job::description::{Stdio, Text};
use pelago_job::{Piece, Template};

/// What a sign at the beginning of a text stands for, and its length.
enum Sign {
    Index,
    /// A sign for itself.
    Literal(char),
    /// What only the batch system knows.
    Unknown,
}

fn sign(text: &str, dialect: Dialect) -> Option<(Sign, usize)> {
    match dialect {
        Dialect::Slurm => {
            let rest = text.strip_prefix('%')?;
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let letter = rest.get(digits..).and_then(|rest| rest.chars().next())?;
            match letter {
                '%' if digits == 0 => Some((Sign::Literal('%'), 2)),
                'a' if digits == 0 => Some((Sign::Index, 2)),
                'a' | 'A' | 'b' | 'J' | 'j' | 'N' | 'n' | 's' | 't' | 'u' | 'x' => Some((Sign::Unknown, digits + 2)),
                _ => None,
            }
        }
        Dialect::Pbs => match text.strip_prefix("^array_index^") {
            Some(_) => Some((Sign::Index, 13)),
            None => text.starts_with("$PBS_JOBID").then_some((Sign::Unknown, 10)),
        },
        Dialect::GridEngine => {
            const NAMES: [&str; 5] = ["$JOB_ID", "$JOB_NAME", "$USER", "$HOME", "$HOSTNAME"];
            if text.starts_with("$TASK_ID") {
                return Some((Sign::Index, 8));
            }
            NAMES.iter().find(|name| text.starts_with(*name)).map(|name| (Sign::Unknown, name.len()))
        }
    }
}

/// The first sign in a text.
fn first(text: &str, dialect: Dialect) -> Option<usize> {
    match dialect {
        Dialect::Slurm => text.find('%'),
        Dialect::Pbs => text.find(['^', '$']),
        Dialect::GridEngine => text.find('$'),
    }
}

/// A name of a file as a text: the index is a hole where there is an array; the signs that nobody else can fill in stay.
fn pattern(text: &str, dialect: Dialect, array: bool, signs: &mut Vec<String>) -> Text {
    let mut out = Template::default();
    let mut rest = text;
    // A backslash turns Slurm's signs off.
    if dialect == Dialect::Slurm && text.contains('\\') {
        return text.into();
    }
    while let Some(at) = first(rest, dialect) {
        let (before, found) = rest.split_at(at);
        out.push_text(before);
        let length = match sign(found, dialect) {
            Some((Sign::Index, length)) if array => {
                out.0.push(Piece::Param(INDEX));
                rest = found.get(length..).unwrap_or("");
                continue;
            }
            Some((Sign::Literal(c), length)) => {
                out.push_text(c.encode_utf8(&mut [0; 4]));
                rest = found.get(length..).unwrap_or("");
                continue;
            }
            Some((Sign::Unknown | Sign::Index, length)) => {
                signs.push(found.get(..length).unwrap_or("").to_string());
                length
            }
            None => 1,
        };
        out.push_text(found.get(..length).unwrap_or(""));
        rest = found.get(length..).unwrap_or("");
    }
    out.push_text(rest);
    Text(out)
}

/// A text as a name of a file, with the signs that stay signs; `None` if no name gives it.
pub(super) fn name(text: &Text, dialect: Dialect, array: bool, signs: &[String]) -> Option<String> {
    let mut out = String::new();
    for piece in &text.0.0 {
        match piece {
            Piece::Param(p) if *p == INDEX && array => out.push_str(match dialect {
                Dialect::Slurm => "%a",
                Dialect::Pbs => "^array_index^",
                Dialect::GridEngine => "$TASK_ID",
            }),
            Piece::Text(text) if dialect == Dialect::Slurm && !text.contains('\\') => {
                let mut rest = text.as_str();
                while let Some(at) = rest.find('%') {
                    let (before, found) = rest.split_at(at);
                    out.push_str(before);
                    let kept = signs.iter().find(|sign| found.starts_with(sign.as_str()));
                    let length = kept.map_or(1, |sign| sign.len());
                    out.push_str(kept.map_or("%%", |sign| sign.as_str()));
                    rest = found.get(length..).unwrap_or("");
                }
                out.push_str(rest);
            }
            Piece::Text(text) => out.push_str(text),
            _ => return None,
        }
    }
    // What it is read back as decides.
    let mut again = Vec::new();
    let same = pattern(&out, dialect, array, &mut again) == *text && again.iter().all(|sign| signs.contains(sign));
    // A line has no way to write some characters.
    (same && !out.is_empty() && super::directive::quoted(&out).is_some()).then_some(out)
}

fn stream(reader: &mut Reader<'_>, given: &Given) -> Stdio {
    let array = reader.array.is_some();
    let path = pattern(&given.text, reader.dialect, array, &mut reader.signs);
    Stdio { path: Some(path), ..Stdio::default() }
}

pub(super) fn read_output(reader: &mut Reader<'_>, given: &Given) {
    let stream = stream(reader, given);
    reader.command().output = Some(stream);
}

pub(super) fn read_error(reader: &mut Reader<'_>, given: &Given) {
    let stream = stream(reader, given);
    reader.command().error = Some(stream);
}

pub(super) fn read_input(reader: &mut Reader<'_>, given: &Given) {
    let stream = stream(reader, given);
    reader.command().input = Some(stream);
}

pub(super) fn read_mode(reader: &mut Reader<'_>, given: &Given) {
    match given.text.as_str() {
        "append" => reader.append = true,
        "truncate" => reader.append = false,
        _ => reader.wrong(given, "`append` or `truncate`"),
    }
}

/// PBS's `oe`, `eo`, `n`; Grid Engine's `y`, `n`.
pub(super) fn read_join(reader: &mut Reader<'_>, given: &Given) {
    let how = match (reader.dialect, given.text.as_str()) {
        (Dialect::Pbs, "oe" | "eo") => given.text.clone(),
        (Dialect::GridEngine, "y" | "yes") => "oe".to_string(),
        (_, "n" | "no") => return,
        (Dialect::Pbs, _) => return reader.wrong(given, "`oe`, `eo` or `n`"),
        _ => return reader.wrong(given, "`y` or `n`"),
    };
    let given = Given { row: given.row, text: given.text.clone(), span: given.span.clone() };
    reader.join = Some((how, given));
}

/// Both streams in one file.
pub(super) fn join(reader: &mut Reader<'_>) {
    if let Some((how, given)) = reader.join.take() {
        let command = reader.command();
        let named = match how.as_str() {
            "eo" => command.error.clone(),
            _ => command.output.clone(),
        };
        match named {
            Some(stream) => (command.output, command.error) = (Some(stream.clone()), Some(stream)),
            // The file's name is the batch system's.
            None => reader.keep_given(&given),
        }
    }
    let append = reader.append;
    let slurm = reader.dialect == Dialect::Slurm;
    let command = reader.command();
    if slurm && command.error.is_none() {
        // sbatch sends both to one file unless it is told otherwise.
        command.error = command.output.clone();
    }
    for stream in [&mut command.output, &mut command.error].into_iter().flatten() {
        stream.append = append;
    }
}

/// The name of a stream's file, taken out of it.
fn take(printer: &Printer<'_>, stream: &mut Option<Stdio>) -> Option<String> {
    let stream = stream.as_mut()?;
    let name = name(stream.path.as_ref()?, printer.dialect, printer.array, &printer.signs)?;
    stream.path = None;
    Some(name)
}

pub(super) fn print_input(printer: &mut Printer<'_>, row: &Row) {
    let mut stream = printer.command().input.take();
    if let Some(name) = take(printer, &mut stream) {
        printer.option(row, &name);
    }
    printer.command().input = stream;
}

/// Both streams: the table has rows for each of them, and one for how they are joined.
pub(super) fn print_output(printer: &mut Printer<'_>, row: &Row) {
    let (mut output, mut error) = (printer.command().output.take(), printer.command().error.take());
    let same = output.is_some() && output == error;
    let said = (output.clone(), error.clone());
    let name = take(printer, &mut output);
    if let Some(name) = &name {
        printer.option(row, name);
    }
    match printer.dialect {
        Dialect::Slurm => {
            let append = [&output, &error].iter().any(|stream| stream.as_ref().is_some_and(|stream| stream.append));
            if same && name.is_some() {
                error = output.clone();
            } else if let Some(name) = take(printer, &mut error) {
                printer.line("--error", &name);
            } else if let (Some(output), None, Some(_)) = (&said.0, &said.1, &name) {
                let stream = Stdio { path: output.path.clone(), append, ..Stdio::default() };
                printer.changed("/application/commands/0/error", stream, "sbatch sends both streams to one file");
            }
            let printed = |before: &Option<Stdio>, now: &Option<Stdio>| {
                before.as_ref().is_some_and(|s| s.path.is_some()) && now.as_ref().is_none_or(|s| s.path.is_none())
            };
            let streams = [("output", &said.0, &mut output), ("error", &said.1, &mut error)];
            let mut mode = false;
            for (part, before, now) in streams {
                if !printed(before, now) {
                    continue;
                }
                mode |= append;
                if let Some(now) = now {
                    if append && !now.append {
                        let part = format!("/application/commands/0/{part}/append");
                        printer.changed(&part, true, "sbatch appends to both files or to none");
                    }
                    now.append = false;
                }
            }
            if mode {
                printer.line("--open-mode", "append");
            }
        }
        _ if same && name.is_some() => {
            error = output.clone();
            printer.line("-j", if printer.dialect == Dialect::Pbs { "oe" } else { "y" });
        }
        _ => {
            if let Some(name) = take(printer, &mut error) {
                printer.line("-e", &name);
            }
        }
    }
    let command = printer.command();
    (command.output, command.error) = (output, error);
}
