//! The commands of a TES task.

use crate::json::{Field, In, Kind, Member, Out, Value, written_out};
use pelago_job::description::{Application, Command, Path, Starter, Stdio, Variable};
use pelago_job::{Job, Text};
use std::collections::{BTreeMap, BTreeSet};

/// The image of commands that name none: TES runs nothing outside a container.
const IMAGE: &str = "debian:stable-slim";
/// The working directory of commands whose files have relative names.
pub const DIRECTORY: &str = "/work";

/// An executor's members.
const EXECUTOR: [Field<Command>; 8] = [
    Field::new(
        "image",
        "image",
        |cx, m, c| c.image = cx.filled("image", &m.value).map(Text::literal),
        |out, c| out.text(&mut c.image),
    ),
    Field::new("command", "", read_command, print_command),
    Field::new("workdir", "directory", read_directory, |out, c| {
        c.directory.as_mut().and_then(|directory| out.text(&mut directory.text))
    }),
    Field::new("stdin", "input", |cx, m, c| c.input = stream(cx, m), |out, c| print_stream(out, "input", &mut c.input)),
    Field::new(
        "stdout",
        "output",
        |cx, m, c| c.output = stream(cx, m),
        |out, c| print_stream(out, "output", &mut c.output),
    ),
    Field::new(
        "stderr",
        "error",
        |cx, m, c| c.error = stream(cx, m),
        |out, c| print_stream(out, "error", &mut c.error),
    ),
    Field::new("env", "environment", read_environment, print_environment),
    Field::named(
        "ignore_error",
        &["ignoreError"],
        "ignore_failure",
        |cx, m, c| c.ignore_failure = cx.flag(m).unwrap_or_default(),
        |_, c| std::mem::take(&mut c.ignore_failure).then(|| Kind::Bool(true).into()),
    ),
];

/// Reads `executors`.
pub fn read(cx: &mut In<'_>, member: &Member, job: &mut Job) {
    let Some(items) = cx.items("executors", &member.value) else { return };
    if items.is_empty() {
        cx.diagnostics.error(member.value.span.clone(), "`executors` is empty; a task needs one or more");
    }
    for (position, item) in items.iter().enumerate() {
        let mut command = Command::default();
        let name = format!("executors[{position}]");
        let Some(members) = cx.object(&name, item) else { continue };
        for needed in ["image", "command"] {
            if !members.iter().any(|m| m.name == needed) {
                let place = item.span.start..item.span.start + 1;
                let error = cx.diagnostics.error(place, format!("`{name}` needs `{needed}`"));
                let old = if needed == "image" { ["image_name", "imageName"] } else { ["cmd", "Cmd"] };
                if let Some(old) = members.iter().find(|m| old.contains(&m.name.as_str())) {
                    error.related(old.name_span.clone(), "before TES 1.0 it was called this");
                }
            }
        }
        cx.within(&format!("application/commands/{position}"), |cx| {
            cx.note("", item.span.clone());
            cx.members(members, &EXECUTOR, false, &mut command);
        });
        job.application.commands.push(command);
    }
}

/// Prints `executors`. Every task has one, so a command is made up for an application that has none.
pub fn print(out: &mut Out<'_>, job: &mut Job) -> Option<Value> {
    let relative = job.staging.iter().any(super::files::is_relative);
    let application = &mut job.application;
    if application.commands.is_empty() {
        let word = application.script.take().map(|script| ["/bin/sh".into(), "-c".into(), written_out(&script)]);
        let words: Vec<String> = match word {
            Some(words) => {
                out.changed("application/script", serde_json::Value::Null, "TES has commands only");
                words.to_vec()
            }
            None => vec![application.name.as_ref().map_or("true".into(), written_out)],
        };
        let made_up = command_of(&words);
        out.changed("application/commands/0", &made_up, "a TES task has at least one command");
        application.commands.push(made_up);
    }
    let launcher = &mut application.launcher;
    let image = launcher.image.take_if(|_| launcher.kind == Some(Starter::Container));
    if image.is_some() {
        let why = "TES names the image with each command";
        out.changed("application/launcher/image", serde_json::Value::Null, why);
    }
    let environment = common_environment(out, application);
    let Application { commands, .. } = application;
    let mut executors = Vec::new();
    for (position, command) in commands.iter_mut().enumerate() {
        out.within(&format!("application/commands/{position}"), |out| {
            if command.image.is_none() {
                let why = if image.is_some() {
                    "TES names the image with each command"
                } else {
                    "TES runs every command in a container, and the job names no image"
                };
                let instead = image.clone().unwrap_or(Text::literal(IMAGE));
                out.changed("image", &instead, why);
                command.image = Some(instead);
            }
            if !environment.is_empty() {
                let mut all = environment.clone();
                all.append(&mut command.environment);
                let kept = last_of_each(all);
                out.changed("environment", &kept, "TES has variables of each command only");
                command.environment = kept;
            }
            let streams = [&command.input, &command.output, &command.error];
            let relative = relative || streams.iter().any(|stream| stream.as_ref().is_some_and(is_relative));
            if relative && command.directory.is_none() {
                let directory = Path { text: Some(Text::literal(DIRECTORY)), filesystem: None };
                out.changed("directory", &directory, "relative names need a directory that is known");
                command.directory = Some(directory);
            }
            executors.push(Kind::Object(out.members(&EXECUTOR, command)).into());
        });
    }
    Some(Kind::List(executors).into())
}

/// The application's variables, taken out, where every one can be said.
fn common_environment(out: &mut Out<'_>, application: &mut Application) -> Vec<Variable> {
    let whole = |variable: &Variable| variable.name.is_some() && variable.filesystem.is_none();
    if application.environment.is_empty() || !application.environment.iter().all(whole) {
        return Vec::new();
    }
    let own = application.commands.iter().flat_map(|command| &command.environment);
    if !own.clone().all(whole) {
        return Vec::new();
    }
    out.changed("application/environment", serde_json::Value::Null, "TES has variables of each command only");
    std::mem::take(&mut application.environment)
}

/// The last variable of each name, with a value, at the place of the first.
fn last_of_each(variables: Vec<Variable>) -> Vec<Variable> {
    let mut kept: Vec<Variable> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for mut variable in variables {
        variable.value.get_or_insert_default();
        let name = variable.name.as_ref().map(written_out).unwrap_or_default();
        let place = *places.entry(name).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(same) => *same = variable,
            None => kept.push(variable),
        }
    }
    kept
}

fn command_of(words: &[String]) -> Command {
    let path = |word: &String| Path { text: Some(Text::literal(&**word)), filesystem: None };
    Command {
        executable: words.first().map(path),
        arguments: words.iter().skip(1).map(path).collect(),
        ..Command::default()
    }
}

fn read_command(cx: &mut In<'_>, member: &Member, command: &mut Command) {
    let Some(items) = cx.items("command", &member.value) else {
        if member.value.as_text().is_some() {
            cx.diagnostics
                .note(member.value.span.clone(), "a command is a list of words, which no shell looks at")
                .help("for a shell write `[\"sh\", \"-c\", \"…\"]`");
        }
        return;
    };
    if items.is_empty() {
        cx.diagnostics.error(member.value.span.clone(), "`command` is empty; its first word is the program");
    }
    for (position, item) in items.iter().enumerate() {
        let Some(word) = cx.string(&format!("command[{position}]"), item) else { continue };
        let path = Path { text: Some(Text::literal(word)), filesystem: None };
        if position == 0 {
            cx.note("executable", item.span.clone());
            command.executable = Some(path);
        } else {
            cx.note(&format!("arguments/{}", position - 1), item.span.clone());
            command.arguments.push(path);
        }
    }
    let only = items.get(1).filter(|_| items.len() == 2).and_then(Value::as_text);
    if only.is_some_and(|word| word.contains(' ') && word.contains(['|', '>', ';', '&'])) {
        cx.diagnostics
            .warning(member.value.span.clone(), "this looks like a line for a shell, but it is one argument")
            .note("TES 1.1: a command is `argv`; no shell splits it or redirects anything")
            .help("write `[\"sh\", \"-c\", \"…\"]`");
    }
}

fn print_command(out: &mut Out<'_>, command: &mut Command) -> Option<Value> {
    let program = command.executable.as_mut().and_then(|path| path.text.take());
    let mut words: Vec<String> = program.iter().map(written_out).collect();
    let shell = command.shell.take();
    let arguments = command.arguments.iter_mut().filter_map(|argument| argument.text.take());
    words.extend(arguments.map(|word| written_out(&word)));
    if let Some(line) = &shell {
        out.changed("shell", serde_json::Value::Null, "TES starts no shell by itself");
        words = vec!["/bin/sh".into(), "-c".into(), written_out(line)];
    }
    if shell.is_some() || program.is_none() {
        if words.is_empty() {
            words.push("true".into());
        }
        let said = command_of(&words);
        let why = "a TES command begins with its program";
        out.changed("executable", &said.executable, why);
        out.changed("arguments", &said.arguments, why);
        command.arguments = Vec::new();
        command.executable = None;
    }
    Some(Value::texts(words))
}

fn read_directory(cx: &mut In<'_>, member: &Member, command: &mut Command) {
    let Some(path) = cx.filled("workdir", &member.value) else { return };
    if !path.starts_with('/') {
        let message = "a relative `workdir` begins at a directory that the image chooses";
        cx.diagnostics.warning(member.value.span.clone(), message).help(format!("write `/{path}`"));
    }
    command.directory = Some(Path { text: Some(Text::literal(path)), filesystem: None });
}

fn stream(cx: &mut In<'_>, member: &Member) -> Option<Stdio> {
    if member.value.as_text() == Some("") {
        return None;
    }
    let path = super::absolute(cx, &member.name, member)?;
    Some(Stdio { path: Some(Text::literal(path)), ..Stdio::default() })
}

fn is_relative(stream: &Stdio) -> bool {
    stream.path.as_ref().is_some_and(|path| !written_out(path).starts_with('/'))
}

fn print_stream(out: &mut Out<'_>, part: &str, stream: &mut Option<Stdio>) -> Option<Value> {
    let path = stream.as_mut()?.path.take()?;
    Some(Value::text(super::files::make_absolute(out, &format!("{part}/path"), &path)))
}

fn read_environment(cx: &mut In<'_>, member: &Member, command: &mut Command) {
    for variable in cx.object("env", &member.value).unwrap_or(&[]) {
        let value = cx.string(&format!("env.{}", variable.name), &variable.value).map(Text::literal);
        let name = Some(Text::literal(&*variable.name));
        command.environment.push(Variable { name, value, filesystem: None });
    }
}

fn print_environment(out: &mut Out<'_>, command: &mut Command) -> Option<Value> {
    let mut members: Vec<Member> = Vec::new();
    let mut names = BTreeSet::new();
    for (position, variable) in command.environment.iter_mut().enumerate() {
        let Some(name) = variable.name.as_ref().map(written_out) else { continue };
        if !names.insert(name.clone()) {
            out.because(&format!("environment/{position}"), "a command has one variable of a name");
            continue;
        }
        let value = variable.value.take();
        if value.is_none() {
            out.changed(&format!("environment/{position}/value"), "", "a variable has a value");
        }
        variable.name = None;
        members.push(Member::new(name, Value::text(value.as_ref().map_or(String::new(), written_out))));
    }
    (!members.is_empty()).then(|| Kind::Object(members).into())
}
