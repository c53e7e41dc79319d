//! What the XML languages have in common in printing a job's first command: variables are those of the job, and a line for a
//! shell is a program with an argument.

use super::plain::{exact, plain};
use crate::loss::Rest;
use pelago_job::description::{Command, Path, Variable};
use pelago_job::{Job, Text};

/// The first command of a job, which is there afterwards. An empty one says nothing.
pub fn first_command(job: &mut Job) -> &mut Command {
    let commands = &mut job.application.commands;
    if commands.is_empty() {
        commands.push(Command::default());
    }
    &mut commands[0]
}

/// Takes the variables of the job and of its first command that have names and values, and notes that those of the command
/// become those of the job. `at` is the job's place, such as `/jobs/0`; `value` is which values can be said.
pub fn take_variables(
    job: &mut Job,
    rest: &mut Rest,
    at: &str,
    value: fn(&Text) -> Option<String>,
) -> Vec<(String, String)> {
    let mut taken = Vec::new();
    let mut next = job.application.environment.len();
    for variable in &mut job.application.environment {
        let said = variable.name.as_ref().and_then(plain).zip(variable.value.as_ref().and_then(value));
        if let Some(said) = said {
            (variable.name, variable.value) = (None, None);
            taken.push(said);
        }
    }
    for (position, variable) in first_command(job).environment.iter_mut().enumerate() {
        let said = variable.name.as_ref().and_then(plain).zip(variable.value.as_ref().and_then(value));
        let Some(said) = said else { continue };
        let why = "variables are those of the whole job";
        let part = format!("{at}/application/commands/0/environment/{position}");
        rest.changed(format!("{part}/name"), None::<Text>, why);
        rest.changed(format!("{part}/value"), None::<Text>, why);
        let moved = Variable { name: variable.name.take(), value: variable.value.take(), filesystem: None };
        rest.changed(format!("{at}/application/environment/{next}"), moved, why);
        next += 1;
        taken.push(said);
    }
    taken
}

/// Makes a line for a shell, where there is no program, the shell with the line as its argument.
pub fn shell_as_program(job: &mut Job, rest: &mut Rest, at: &str) {
    let first = first_command(job);
    if first.executable.is_some() || !first.arguments.is_empty() {
        return;
    }
    let Some(line) = first.shell.as_ref().and_then(exact) else { return };
    first.shell = None;
    let words = ["-c".to_string(), line];
    let path = |text: &str| Path { text: Some(Text::literal(text)), filesystem: None };
    first.executable = Some(path("/bin/sh"));
    first.arguments = words.iter().map(|word| path(word)).collect();
    let why = "a program is run, not a line of a shell";
    let part = format!("{at}/application/commands/0");
    rest.changed(format!("{part}/shell"), None::<Text>, why);
    rest.changed(format!("{part}/executable"), path("/bin/sh"), why);
    rest.changed(format!("{part}/arguments"), words.map(|word| path(&word)), why);
}
