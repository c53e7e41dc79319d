//! `Executable`, `PreExecutable`, `PostExecutable` and `Environment`.

use super::print::Printing;
use super::read::Reading;
use crate::xml::{self, Element, Writer, exact, first_command};
use pelago_job::Text;
use pelago_job::description::{Argument, Command, Path, Variable};

const WORDS: [&str; 3] = ["Path", "Argument", "FailIfExitCodeNotEqualTo"];

/// The parts of a command that an element says.
fn command(reading: &mut Reading<'_>, element: &Element) -> Command {
    let mut command = Command::default();
    for inner in element.elements() {
        match inner.name.as_str() {
            "Path" => {
                let text = reading.text(inner).map(Text::literal);
                command.executable = text.map(|text| Path { text: Some(text), filesystem: None });
            }
            "Argument" => {
                command.arguments.push(Argument { text: Some(Text::literal(inner.text())), filesystem: None });
            }
            "FailIfExitCodeNotEqualTo" => match inner.text().trim().parse::<i32>() {
                Ok(code) => command.success = vec![i64::from(code)],
                Err(_) => {
                    let message = format!("an exit code is a whole number, not `{}`", inner.text().trim());
                    reading.diagnostics.error(inner.text_span(), message);
                }
            },
            _ => reading.left_out(inner, &element.name, &WORDS),
        }
    }
    if command.executable.is_none() && element.elements().all(|inner| inner.name != "Path") {
        let message = format!("this `{}` has no `Path`", element.name);
        reading.diagnostics.warning(element.name_span.clone(), message);
    }
    command
}

/// `Executable`.
pub(super) fn read(reading: &mut Reading<'_>, element: &Element) {
    let read = command(reading, element);
    let main = first_command(reading.job);
    main.executable = read.executable;
    main.arguments = read.arguments;
    main.success = read.success;
    reading.note("/application/commands/0", element.span.clone());
}

/// `PreExecutable`.
pub(super) fn read_before(reading: &mut Reading<'_>, element: &Element) {
    let read = command(reading, element);
    let position = reading.job.application.before.len();
    reading.job.application.before.push(read);
    reading.note(&format!("/application/before/{position}"), element.span.clone());
}

/// `PostExecutable`.
pub(super) fn read_after(reading: &mut Reading<'_>, element: &Element) {
    let read = command(reading, element);
    let position = reading.job.application.after.len();
    reading.job.application.after.push(read);
    reading.note(&format!("/application/after/{position}"), element.span.clone());
}

/// `Environment`: a `Name` and a `Value`.
pub(super) fn read_variable(reading: &mut Reading<'_>, element: &Element) {
    let (mut name, mut value) = (None, None);
    for inner in element.elements() {
        match inner.name.as_str() {
            "Name" => name = reading.text(inner),
            "Value" => value = Some(inner.text()),
            _ => reading.left_out(inner, "Environment", &["Name", "Value"]),
        }
    }
    let Some(name) = name else {
        reading.diagnostics.error(element.name_span.clone(), "this variable has no `Name`");
        return;
    };
    let variables = &mut reading.job.application.environment;
    let position = variables.len();
    let value = Some(Text::literal(value.unwrap_or_default()));
    variables.push(Variable { name: Some(Text::literal(name)), value, filesystem: None });
    reading.note(&format!("/application/environment/{position}"), element.span.clone());
}

/// Prints what an element can say of a command; nothing without a program.
fn write(out: &mut Writer, element: &str, command: &mut Command) {
    let Some(program) = command.executable.as_mut().and_then(|path| xml::take_plain(&mut path.text)) else {
        return;
    };
    out.open(element, &[]);
    out.leaf("Path", &[], &program);
    for argument in &mut command.arguments {
        if let Some(text) = argument.text.as_ref().and_then(exact) {
            argument.text = None;
            out.leaf("Argument", &[], &text);
        }
    }
    if let [code] = command.success[..]
        && i32::try_from(code).is_ok()
    {
        command.success.clear();
        out.leaf("FailIfExitCodeNotEqualTo", &[], &code.to_string());
    }
    out.close();
}

/// Prints the first command.
pub(super) fn print(printing: &mut Printing<'_>) {
    xml::shell_as_program(&mut printing.job, printing.rest, &printing.at);
    write(printing.out, "Executable", first_command(&mut printing.job));
    printing.because("/application/commands/0/success", "an activity has one exit code that is success");
    printing.because("/application/commands", "an activity has one main program");
}

/// Prints the commands before it.
pub(super) fn print_before(printing: &mut Printing<'_>) {
    for command in &mut printing.job.application.before {
        write(printing.out, "PreExecutable", command);
    }
}

/// Prints the commands after it.
pub(super) fn print_after(printing: &mut Printing<'_>) {
    for command in &mut printing.job.application.after {
        write(printing.out, "PostExecutable", command);
    }
}

/// Prints the variables of the job, then those of its command.
pub(super) fn print_variables(printing: &mut Printing<'_>) {
    for (name, value) in xml::take_variables(&mut printing.job, printing.rest, &printing.at, exact) {
        printing.out.open("Environment", &[]);
        printing.leaf("Name", &name);
        printing.leaf("Value", &value);
        printing.out.close();
    }
}
