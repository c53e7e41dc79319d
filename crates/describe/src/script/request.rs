//! Options whose values are small languages of their own: arrays, directories, lists of resources, names.

use super::print::{Printer, word};
use super::read::{Given, Reader, split};
use super::table::Row;
use super::{Dialect, array, fields};
use crate::spelling;
use pelago_job::description::Text;

pub(super) fn read_array(reader: &mut Reader<'_>, given: &Given) {
    if given.text == "undefined" {
        return;
    }
    let torque = reader.dialect == Dialect::Pbs && given.row.name == "-t";
    match array::read(&given.text, reader.dialect) {
        Ok((domain, most)) => {
            let first = domain.text(0).into_owned();
            if reader.dialect == Dialect::GridEngine && first == "0" {
                let error = reader.diagnostics.error(given.span.clone(), "tasks of Grid Engine are counted from 1");
                error.help("write for example `1-10`");
            }
            reader.array = Some((domain, torque));
            if most.is_some() {
                reader.job.policy.tasks_at_once = most;
            }
        }
        Err(why) => {
            let error = reader.diagnostics.error(given.span.clone(), why);
            error.help("write for example `1-10`, or `1-9:2` for every other one");
        }
    }
}

/// The numbers, and how many run at a time where that stands beside them.
pub(super) fn print_array(printer: &mut Printer<'_>, row: &Row) {
    let Some(mut numbers) = printer.numbers.take() else { return };
    if printer.dialect != Dialect::GridEngine {
        let whole = |n: &mut f64| *n >= 1.0 && n.fract() == 0.0 && *n < 1e9;
        if let Some(most) = printer.job.policy.tasks_at_once.take_if(whole) {
            numbers.push_str(&format!("%{most}"));
        }
    }
    match printer.torque {
        true => printer.line("-t", &numbers),
        false => printer.option(row, &numbers),
    }
}

pub(super) fn read_directory(reader: &mut Reader<'_>, given: &Given) {
    reader.command().directory = Some(fields::path(&given.text));
}

pub(super) fn read_here(reader: &mut Reader<'_>, _: &Given) {
    reader.command().directory = Some(fields::path("."));
}

/// The directory as a word, taken from the job.
fn directory(printer: &mut Printer<'_>) -> Option<String> {
    let directory = printer.command().directory.as_mut()?;
    let text = directory.text.as_ref().and_then(Text::as_literal)?;
    super::directive::quoted(&text).filter(|_| !text.is_empty())?;
    directory.text = None;
    Some(text)
}

pub(super) fn print_directory(printer: &mut Printer<'_>, row: &Row) {
    let Some(text) = directory(printer) else {
        if printer.dialect == Dialect::Slurm {
            printer.changed("/application/commands/0/directory/text", ".", "sbatch starts a job where it is submitted");
        }
        return;
    };
    if printer.dialect != Dialect::Slurm || text != "." {
        printer.option(row, &text);
    }
}

pub(super) fn print_here(printer: &mut Printer<'_>, row: &Row) {
    let directory = &mut printer.command().directory;
    if let Some(directory) = directory
        && directory.text.as_ref().and_then(Text::as_literal).as_deref() == Some(".")
    {
        directory.text = None;
        printer.option(row, "");
    }
}

/// `-l name=value,name=value`.
pub(super) fn read_resources(reader: &mut Reader<'_>, given: &Given) {
    let table = reader.dialect.resources();
    let mut at = 0;
    for item in split(&given.text, ',') {
        // Without quotation marks an item stands where the text has it.
        let found = given.text.get(at..).and_then(|rest| rest.find(&item)).map(|offset| at + offset);
        let exact = found.filter(|_| given.text.len() == given.span.len());
        let span = exact.map_or(given.span.clone(), |offset| {
            at = offset + item.len();
            given.span.start + offset..given.span.start + at
        });
        let (name, value) = match item.split_once('=') {
            Some((name, value)) => (name.trim(), value.trim()),
            None if reader.dialect == Dialect::GridEngine => (item.trim(), "true"),
            None => (item.trim(), ""),
        };
        if name.is_empty() {
            reader.wrong(given, "resources as `name=value`");
            continue;
        }
        match table.iter().find(|row| row.name == name || !row.short.is_empty() && row.short == name) {
            Some(row) if value.is_empty() => {
                let message = format!("`{}` has no value", row.name);
                reader.diagnostics.error(span, message);
            }
            Some(row) => reader.apply(&Given { row, text: value.to_string(), span }),
            None => {
                let near =
                    table.iter().map(|row| row.name).find(|known| name.len() > 3 && spelling::one_edit(name, known));
                if let Some(near) = near {
                    let message = format!("`{name}` is no resource that every site has");
                    reader.diagnostics.warning(span, message).did_you_mean(Some(near));
                }
                reader.job.resources.others.push((name.into(), value.into()));
            }
        }
    }
}

/// All rows of the table of resources, then what sites count by name.
pub(super) fn print_resources(printer: &mut Printer<'_>, _: &Row) {
    for row in printer.dialect.resources() {
        printer.row(row);
    }
    let others = std::mem::take(&mut printer.job.resources.others);
    let table = printer.dialect.resources();
    let mut said = Vec::new();
    for (name, amount) in &others {
        let (Some(name_text), Some(amount_text)) = (name.as_literal(), amount.as_literal()) else { continue };
        let known = table.iter().any(|row| row.name == name_text || row.short == name_text);
        let plain = |text: &str| !text.is_empty() && text.trim() == text && !text.contains([',', '=', '[', ']']);
        let fits = super::directive::quoted(&amount_text).is_some() && plain(&amount_text);
        let implied = printer.dialect == Dialect::GridEngine && amount_text == "true";
        if word(&name_text) && !known && (fits || implied) {
            printer.line("-l", &format!("{name_text}={amount_text}"));
            said.push((name.clone(), amount.clone()));
        }
    }
    if said.len() != others.len() {
        match said.is_empty() {
            true => printer.job.resources.others = others,
            false => printer.changed("/resources/others", &said, "the batch system has no such names or amounts"),
        }
    }
}

/// Names that qsub takes: no blanks, and for Grid Engine no digit in front.
fn good_name(name: &str, dialect: Dialect) -> bool {
    let signs = match dialect {
        Dialect::GridEngine => "/:@\\*?",
        _ => "",
    };
    let begins = dialect != Dialect::GridEngine || !name.starts_with(|c: char| c.is_ascii_digit());
    !name.is_empty() && begins && !name.contains(|c: char| c.is_whitespace() || c.is_control() || signs.contains(c))
}

pub(super) fn read_name(reader: &mut Reader<'_>, given: &Given) {
    if !good_name(&given.text, reader.dialect) {
        let message = format!("`{}` is no name of a job", given.text);
        let error = reader.diagnostics.error(given.span.clone(), message);
        error.note("a name has no blanks; Grid Engine's does not begin with a digit");
        return;
    }
    reader.job.name = Some(given.text.as_str().into());
}

pub(super) fn print_name(printer: &mut Printer<'_>, row: &Row) {
    let dialect = printer.dialect;
    let name = printer.job.name.as_ref().and_then(Text::as_literal);
    if let Some(name) = name.filter(|name| good_name(name, dialect) && super::directive::quoted(name).is_some()) {
        printer.job.name = None;
        printer.option(row, &name);
    } else {
        printer.because("/name", "a name of a job has no blanks, and for Grid Engine no digit in front");
    }
}
