//! What JSDL says in another way than the model: lines for a shell, Java programs, variables of all commands.

use super::{counts, words};
use crate::loss::Rest;
use pelago_job::description::{Command, Path, Resources, Starter, Variable};
use pelago_job::{Job, Piece, Text};

const COMMAND: &str = "/jobs/0/application/commands/0";

/// Puts a job into the form that JSDL has, and notes what that changes.
pub fn prepare(rest: &mut Rest, job: &mut Job) {
    wall_time(rest, job);
    impossible(rest, &mut job.resources);
    if job.application.commands.is_empty() && !job.application.environment.is_empty() {
        job.application.commands.push(Command::default());
    }
    shell(rest, job);
    java(rest, job);
    environment(rest, job);
    if job.application.script.is_some() {
        rest.because("/jobs/0/application/script", "JSDL names a program; a script has to be a file that is staged in");
    }
}

/// A run time that is asked for is, in JSDL, a limit of the program.
fn wall_time(rest: &mut Rest, job: &mut Job) {
    let limit = job.resources.wall_time.as_ref().and_then(|range| range.most().or(range.exact()));
    let single = job.application.parallel.as_ref().is_none_or(|p| p.variation.is_none());
    let Some(limit) = limit.filter(|value| value.is_finite() && *value >= 0.0) else { return };
    if job.application.limits.wall_time.is_none() && single {
        let why = "JSDL has the run time as a limit of the program";
        rest.changed("/jobs/0/resources/wall_time", (), why);
        rest.changed("/jobs/0/application/limits/wall_time", limit, why);
        job.resources.wall_time = None;
        job.application.limits.wall_time = Some(limit);
    }
}

/// Ranges that cannot be satisfied with the totals: a document with them would be refused.
fn impossible(rest: &mut Rest, resources: &mut Resources) {
    for field in counts::impossible(resources) {
        let why = "it cannot be satisfied together with the total, and a JSDL document with that is refused";
        let part = format!("/jobs/0/resources/{field}");
        let place = match field {
            "individual_cpu_count" => &mut resources.individual_cpu_count,
            "individual_cpu_time" => &mut resources.individual_cpu_time,
            "individual_physical_memory" => &mut resources.individual_physical_memory,
            "individual_virtual_memory" => &mut resources.individual_virtual_memory,
            _ => &mut resources.individual_disk_space,
        };
        *place = None;
        rest.changed(part, (), why);
    }
}

fn argument(text: impl Into<Text>) -> Path {
    Path { text: Some(text.into()), filesystem: None }
}

fn shell(rest: &mut Rest, job: &mut Job) {
    let Some(command) = job.application.commands.first_mut() else { return };
    if command.executable.is_some() || !command.arguments.is_empty() || job.application.launcher.kind.is_some() {
        return;
    }
    let Some(line) = command.shell.take() else { return };
    let why = "JSDL has no lines for a shell, only programs";
    command.executable = Some(argument("/bin/sh"));
    command.arguments = vec![argument("-c"), argument(line)];
    rest.changed(format!("{COMMAND}/shell"), (), why);
    rest.changed(format!("{COMMAND}/executable"), &command.executable, why);
    rest.changed(format!("{COMMAND}/arguments"), &command.arguments, why);
}

fn java(rest: &mut Rest, job: &mut Job) {
    let Some(command) = job.application.commands.first_mut() else { return };
    if job.application.launcher.kind != Some(Starter::Java) {
        return;
    }
    let launcher = std::mem::take(&mut job.application.launcher);
    let mut words: Vec<Path> = launcher.options.into_iter().map(argument).collect();
    let jar = command.executable.take().filter(|path| path.text.is_some());
    match launcher.main_class {
        Some(main) => {
            let mut joined = Text::default();
            for part in jar.iter().filter_map(|path| path.text.clone()).chain(launcher.class_path) {
                if !joined.is_empty() {
                    joined.0.push_text(":");
                }
                for piece in part.0.0 {
                    match piece {
                        pelago_job::Piece::Text(text) => joined.0.push_text(&text),
                        other => joined.0.0.push(other),
                    }
                }
            }
            if !joined.is_empty() {
                words.extend([argument("-cp"), argument(joined)]);
            }
            words.push(argument(main));
        }
        None => words.extend(jar.into_iter().flat_map(|jar| [argument("-jar"), jar])),
    }
    words.append(&mut command.arguments);
    command.executable = Some(argument("java"));
    command.arguments = words;
    let why = "JSDL has no Java programs, only commands";
    rest.changed("/jobs/0/application/launcher", (), why);
    rest.changed(format!("{COMMAND}/executable"), &command.executable, why);
    rest.changed(format!("{COMMAND}/arguments"), &command.arguments, why);
}

/// Variables of all commands are those of the one that JSDL has.
fn environment(rest: &mut Rest, job: &mut Job) {
    let Some(command) = job.application.commands.first_mut() else { return };
    let parameters = &rest.left.parameters;
    let hole = |piece: &Piece| match piece {
        Piece::Param(number) => parameters.get(usize::from(number.0)).map(|p| p.name.clone()).unwrap_or_default(),
        _ => String::new(),
    };
    let fits = |variable: &Variable| {
        variable.name.as_ref().is_some_and(|name| words::is_ncname(&name.write(str::to_string, hole)))
    };
    let places = job.application.environment.iter_mut().enumerate();
    // One that cannot be said stays where it stood, and is lost there.
    let (numbers, mut all): (Vec<usize>, Vec<Variable>) =
        places.filter(|(_, v)| fits(v)).map(|(number, v)| (number, std::mem::take(v))).unzip();
    let why = "JSDL has variables of the program only";
    for number in &numbers {
        rest.changed(format!("/jobs/0/application/environment/{number}"), (), why);
    }
    rest.because("/jobs/0/application/environment", "the name of a variable has to be an `xsd:NCName` in JSDL");
    if all.is_empty() {
        return;
    }
    // The command's own come last, since they count more.
    all.append(&mut command.environment);
    rest.changed(format!("{COMMAND}/environment"), &all, why);
    command.environment = all;
}
