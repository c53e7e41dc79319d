//! What a UNICORE job runs: the executable and its arguments, variables, and the commands before and after.

use super::draft::Draft;
use super::{sweep, words};
use crate::json::{In, Kind, Member, Out, Value, written_out};
use pelago_job::description::{Command, Path, Stdio, Variable};
use pelago_job::{Piece, Template, Text};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The job's command, made where there is none yet.
pub fn first(draft: &mut Draft) -> &mut Command {
    let commands = &mut draft.job.application.commands;
    if commands.is_empty() {
        commands.push(Command::default());
    }
    &mut commands[0]
}

/// Reads `Parameters`; a value that is an object is a sweep.
pub fn read_parameters(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    let members = cx.object("Parameters", &member.value).unwrap_or(&[]);
    // All sweeps first: other values may use them.
    for parameter in members.iter().filter(|m| m.value.members().is_some()) {
        let Some(domain) = sweep::read(cx, &parameter.name, &parameter.value) else { continue };
        let number = draft.sweep(cx, &parameter.name, domain, &parameter.value.span);
        draft.names.extend(number.map(|number| (parameter.name.clone(), number)));
    }
    for parameter in members.iter().filter(|m| m.value.kind != Kind::Null) {
        let name = &parameter.name;
        let value = match (&parameter.value.kind, parameter.value.scalar()) {
            (Kind::Object(_), _) => {
                let Some(number) = draft.names.get(name) else { continue };
                Text::param(*number)
            }
            (_, Some(text)) => draft.holes_in_value(&text),
            _ => {
                cx.wrong(name, &parameter.value, "a string or a sweep");
                continue;
            }
        };
        let name = Some(Text::literal(&**name));
        draft.job.application.parameters.push(Variable { name, value: Some(value), filesystem: None });
    }
}

/// Prints `Parameters`.
pub fn print_parameters(out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    let mut parameters = std::mem::take(&mut draft.job.application.parameters);
    let mut members: Vec<Member> = Vec::new();
    let mut names = BTreeSet::new();
    for (position, variable) in parameters.iter_mut().enumerate() {
        let Some(name) = variable.name.as_ref().map(written_out) else { continue };
        if !names.insert(name.clone()) {
            out.because(&format!("application/parameters/{position}"), "there is one parameter of a name");
            continue;
        }
        variable.name = None;
        let value = variable.value.take().unwrap_or_else(|| {
            out.changed(&format!("application/parameters/{position}/value"), "", "a parameter has a value");
            Text::default()
        });
        let swept = match value.0.0[..] {
            [Piece::Param(p)] if draft.name_of(p) == Some(&name) => draft.parameters.get(usize::from(p.0)),
            _ => None,
        };
        let printed = swept.and_then(|parameter| sweep::print(&parameter.domain)).map(|(value, _)| value);
        members.push(Member::new(name, printed.unwrap_or_else(|| Value::text(draft.written(&value)))));
    }
    draft.job.application.parameters = parameters;
    (!members.is_empty()).then(|| Kind::Object(members).into())
}

/// Reads `Environment`, which is an object or a list of `name=value`.
pub fn read_environment(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    let mut variables: Vec<(String, String)> = Vec::new();
    match &member.value.kind {
        Kind::Object(members) => {
            for variable in members {
                variables.extend(cx.string(&variable.name, &variable.value).map(|text| (variable.name.clone(), text)));
            }
        }
        Kind::List(items) => {
            for (position, item) in items.iter().enumerate() {
                let Some(text) = cx.string(&format!("Environment[{position}]"), item) else { continue };
                let Some((name, value)) = text.split_once('=') else {
                    cx.diagnostics
                        .warning(item.span.clone(), format!("the variable `{}` has no value", text.trim()))
                        .help("write `name=value`");
                    variables.push((text.trim().to_string(), String::new()));
                    continue;
                };
                variables.push((name.trim().to_string(), value.trim().to_string()));
            }
        }
        _ => cx.wrong("Environment", &member.value, "an object, or a list of `name=value`"),
    }
    for (name, value) in variables {
        let (name, value) = (Some(Text::literal(name)), Some(draft.holes_in_value(&value)));
        draft.job.application.environment.push(Variable { name, value, filesystem: None });
    }
}

/// Prints `Environment`: the application's variables and those of the command.
pub fn print_environment(out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    let application = &mut draft.job.application;
    let own = application.commands.first_mut().map(|c| &mut c.environment).filter(|own| !own.is_empty());
    if let Some(own) = own.filter(|own| own.iter().all(|v| v.name.is_some() && v.filesystem.is_none())) {
        let why = "UNICORE has variables of the whole job";
        out.changed("application/commands/0/environment", serde_json::Value::Null, why);
        application.environment.append(own);
        out.changed("application/environment", &application.environment, why);
    }
    let mut environment = std::mem::take(&mut application.environment);
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (position, variable) in environment.iter_mut().enumerate() {
        let Some(name) = variable.name.take() else { continue };
        let value = variable.value.take().unwrap_or_else(|| {
            out.changed(&format!("application/environment/{position}/value"), "", "a variable has a value");
            Text::default()
        });
        pairs.push((written_out(&name), draft.written(&value)));
    }
    draft.job.application.environment = environment;
    let names: BTreeSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    let unique = names.len() == pairs.len();
    if pairs.is_empty() {
        return None;
    }
    if unique {
        let members = pairs.into_iter().map(|(name, value)| Member::new(name, Value::text(value)));
        return Some(Kind::Object(members.collect()).into());
    }
    let trimmed: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.trim(), value.trim())).collect();
    if pairs.iter().zip(&trimmed).any(|((name, value), (n, v))| name != n || value != v || name.contains('=')) {
        let variable = |(name, value): &(&str, &str)| {
            let (name, value) = (name.split('=').next().unwrap_or("").trim(), *value);
            Variable { name: Some(Text::literal(name)), value: Some(Text::literal(value)), filesystem: None }
        };
        let said: Vec<Variable> = trimmed.iter().map(variable).collect();
        out.changed("application/environment", &said, "a list of variables has no blanks around values");
        let text = |v: &Variable| v.name.iter().chain(&v.value).map(written_out).collect::<Vec<_>>().join("=");
        return Some(Value::texts(said.iter().map(text)));
    }
    Some(Value::texts(pairs.into_iter().map(|(name, value)| format!("{name}={value}"))))
}

/// Reads `Executable`.
pub fn read_executable(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    let Some(text) = cx.string("Executable", &member.value) else { return };
    if text.trim().is_empty() {
        cx.diagnostics.warning(member.value.span.clone(), "`Executable` is empty, so nothing is run");
        return;
    }
    draft.line = Some(draft.holes(text.trim()));
}

/// Reads `Arguments`; an object is a sweep.
pub fn read_arguments(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    let mut swept = 0;
    if let Some(text) = member.value.as_text() {
        cx.diagnostics
            .error(member.value.span.clone(), "`Arguments` must be a list, found a string")
            .help(format!("write `[\"{text}\"]`"));
        return;
    }
    for (position, item) in cx.items("Arguments", &member.value).unwrap_or(&[]).iter().enumerate() {
        let name = format!("Arguments/{swept}");
        let argument = match (&item.kind, item.scalar()) {
            (Kind::Object(_), _) => {
                let Some(domain) = sweep::read(cx, &name, item) else { continue };
                let Some(number) = draft.sweep(cx, &name, domain, &item.span) else { continue };
                swept += 1;
                Text::param(number)
            }
            (_, Some(text)) => {
                if item.as_text().is_none() {
                    let message =
                        format!("`Arguments[{position}]` is {}; current servers take strings only", item.what());
                    cx.diagnostics.warning(item.span.clone(), message).help("put it in quotes");
                }
                draft.holes(&text)
            }
            _ => {
                cx.wrong(&format!("Arguments[{position}]"), item, "a string or a sweep");
                continue;
            }
        };
        draft.arguments.push(argument);
    }
}

/// Makes a command of the executable and the arguments. They are one line of a script, so a shell splits them: what it
/// only splits becomes words, anything else stays a line for it.
pub fn join(cx: &mut In<'_>, draft: &mut Draft) {
    let (line, arguments) = (draft.line.take(), std::mem::take(&mut draft.arguments));
    let mut full = line.clone().unwrap_or_default();
    for argument in &arguments {
        if !full.is_empty() {
            full.0.push_text(" ");
        }
        argument.0.0.iter().for_each(|piece| match piece {
            Piece::Text(text) => full.0.push_text(text),
            hole => full.0.0.push(hole.clone()),
        });
    }
    if draft.sweeps.len() > 1 {
        let spans: Vec<_> =
            draft.sweeps.iter().filter_map(|p| cx.origins.of(&format!("/parameters/{}", p.0))).collect();
        let second = spans.get(1).cloned().unwrap_or(0..0);
        cx.diagnostics
            .warning(second, "a second sweep; read as every combination of both")
            .note("UNICORE servers sweep over one of them only");
    }
    if line.is_none() && arguments.is_empty() {
        return;
    }
    let path = |text: Text| Path { text: Some(text), filesystem: None };
    let words = words::split(&full, |p| draft.is_plain(p));
    let arguments: Vec<Text> = match (&line, &words) {
        // Where the whole is no list of words, those that are can still be told.
        (None, None) => {
            let apart = |argument: Text| words::split(&argument, |p| draft.is_plain(p)).unwrap_or(vec![argument]);
            arguments.into_iter().flat_map(apart).collect()
        }
        _ => arguments,
    };
    let command = first(draft);
    match (line, words) {
        (Some(_), Some(words)) if !words.is_empty() => {
            let mut words = words.into_iter().map(path);
            command.executable = words.next();
            command.arguments = words.collect();
        }
        (Some(_), _) => command.shell = Some(full),
        (None, Some(words)) => command.arguments = words.into_iter().map(path).collect(),
        (None, None) => command.arguments = arguments.into_iter().map(path).collect(),
    }
}

/// Prints `Executable`, and prepares `Arguments`.
pub fn print_executable(out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    let mut commands = std::mem::take(&mut draft.job.application.commands);
    if let Some(script) = draft.job.application.script.take_if(|script| commands.is_empty() && is_sh(script)) {
        out.changed("application/script", serde_json::Value::Null, "UNICORE puts lines into a script of its own");
        let command = Command { shell: Some(script), ..Command::default() };
        out.changed("application/commands/0", &command, "UNICORE puts lines into a script of its own");
        commands.push(command);
    }
    let line = commands.first_mut().and_then(|command| print_line(out, draft, command));
    draft.job.application.commands = commands;
    line.map(Value::text)
}

fn is_sh(script: &Text) -> bool {
    let text = written_out(script);
    let first = text.lines().next().unwrap_or("");
    !first.starts_with("#!") || first.trim_end().ends_with("sh")
}

fn print_line(out: &mut Out<'_>, draft: &mut Draft, command: &mut Command) -> Option<String> {
    const AT: &str = "application/commands/0";
    if let Some(shell) = command.shell.take_if(|shell| !shell.is_empty()) {
        match words::split(&shell, |p| draft.is_plain(p)).filter(|words| !words.is_empty()) {
            Some(words) => {
                let why = "a shell does nothing to this line but split it";
                let mut paths = words.into_iter().map(|text| Path { text: Some(text), filesystem: None });
                command.executable = paths.next();
                command.arguments = paths.collect();
                out.changed(&format!("{AT}/shell"), serde_json::Value::Null, why);
                out.changed(&format!("{AT}/executable"), &command.executable, why);
                out.changed(&format!("{AT}/arguments"), &command.arguments, why);
            }
            None => {
                let trimmed = trim(&shell);
                if trimmed != shell {
                    out.changed(&format!("{AT}/shell"), &trimmed, "blanks at the ends do nothing");
                }
                // What is a program beside a line cannot be told from it.
                let (line, arguments) = segments(draft, &trimmed);
                draft.printed_arguments = arguments;
                return Some(line);
            }
        }
    }
    let plain: RefCell<BTreeMap<pelago_job::ParamNo, bool>> = RefCell::default();
    let is_plain = |p| *plain.borrow_mut().entry(p).or_insert_with(|| draft.is_plain(p));
    let hole = |piece: &Piece| match piece {
        Piece::Param(p) if is_plain(*p) => draft.written(&Text::param(*p)),
        piece => format!("\"{}\"", draft.written(&Text(Template(vec![piece.clone()])))),
    };
    let program = command.executable.as_mut().and_then(|path| path.text.take());
    let mut is_first = program.is_none();
    let mut printed = Vec::new();
    for argument in &mut command.arguments {
        let Some(text) = argument.text.take() else { continue };
        let swept = match text.0.0[..] {
            [Piece::Param(p)] if draft.name_of(p).is_none() => draft.parameters.get(usize::from(p.0)),
            _ => None,
        };
        let value = swept.and_then(|parameter| sweep::print(&parameter.domain)).map(|(value, _)| value);
        printed.push(value.unwrap_or_else(|| Value::text(words::quoted(&text, is_first, hole))));
        is_first = false;
    }
    let line = program.map(|program| words::quoted(&program, true, hole));
    draft.printed_arguments = printed;
    line
}

fn trim(line: &Text) -> Text {
    let mut trimmed = line.clone();
    if let Some(Piece::Text(text)) = trimmed.0.0.first_mut() {
        *text = text.trim_start().to_string();
    }
    if let Some(Piece::Text(text)) = trimmed.0.0.last_mut() {
        *text = text.trim_end().to_string();
    }
    trimmed
}

/// A line cut where an argument is swept: the executable, and the arguments after it.
fn segments(draft: &Draft, line: &Text) -> (String, Vec<Value>) {
    let mut parts: Vec<Value> = Vec::new();
    let mut current = Text::default();
    for piece in &line.0.0 {
        let swept = match piece {
            Piece::Param(p) if draft.name_of(*p).is_none() => draft.parameters.get(usize::from(p.0)),
            _ => None,
        };
        match swept.and_then(|parameter| sweep::print(&parameter.domain)) {
            Some((value, _)) => {
                parts.push(Value::text(draft.written(&trim(&std::mem::take(&mut current)))));
                parts.push(value);
            }
            None => current.0.0.push(piece.clone()),
        }
    }
    parts.push(Value::text(draft.written(&trim(&current))));
    let mut parts = parts.into_iter().filter(|part| part.as_text() != Some(""));
    let line = parts.next().and_then(|part| part.as_text().map(str::to_string)).unwrap_or_default();
    (line, parts.collect())
}

/// Prints `Arguments`.
pub fn print_arguments(_: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    let arguments = std::mem::take(&mut draft.printed_arguments);
    (!arguments.is_empty()).then(|| Kind::List(arguments).into())
}

/// Reads the file of a stream.
pub fn read_stream(cx: &mut In<'_>, member: &Member) -> Option<Stdio> {
    Some(Stdio { path: cx.text(member).filter(|path| !path.is_empty()), ..Stdio::default() })
}

/// Prints the file of a stream.
pub fn print_stream(stream: Option<&mut Stdio>) -> Option<Value> {
    Some(Value::text(written_out(&stream?.path.take_if(|path| !path.is_empty())?)))
}

/// The commands before the main one, or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// Before.
    Before,
    /// After.
    After,
}

impl Extra {
    fn of(self, draft: &mut Draft) -> &mut Vec<Command> {
        match self {
            Extra::Before => &mut draft.job.application.before,
            Extra::After => &mut draft.job.application.after,
        }
    }

    /// Reads it: a line, or lines.
    pub fn read(self, cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
        let line = match &member.value.kind {
            Kind::List(_) => {
                let mut text = String::new();
                for line in cx.strings(&member.name, &member.value) {
                    text += &line;
                    text += if line.ends_with('\n') { "" } else { "\n" };
                }
                text
            }
            _ => cx.string(&member.name, &member.value).unwrap_or_default(),
        };
        if !line.is_empty() {
            let shell = Some(Text::literal(line));
            *self.of(draft) = vec![Command { shell, at_front_end: true, ..Command::default() }];
        }
    }

    /// Prints it: the first one, if it is a command.
    pub fn print(self, out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
        let at = if self == Extra::Before { "application/before" } else { "application/after" };
        out.because(at, "UNICORE runs one line before and one after");
        let command = self.of(draft).first_mut()?;
        let line = match command.shell.take_if(|line| !line.is_empty()) {
            Some(line) => written_out(&line),
            None => {
                let program = command.executable.as_ref()?.text.clone()?;
                let hole = |piece: &Piece| Text(Template(vec![piece.clone()])).to_string();
                let mut line = words::quoted(&program, true, hole);
                for argument in command.arguments.iter().filter_map(|argument| argument.text.as_ref()) {
                    line += " ";
                    line += &words::quoted(argument, false, hole);
                }
                for part in ["executable", "arguments"] {
                    let why = "UNICORE runs a line for a shell there";
                    out.changed(&format!("{at}/0/{part}"), serde_json::Value::Null, why);
                }
                let said = Text::literal(&*line);
                out.changed(&format!("{at}/0/shell"), said, "UNICORE runs a line for a shell there");
                (command.executable, command.arguments, command.shell) = (None, Vec::new(), None);
                line
            }
        };
        draft.said.push(self);
        Some(Value::text(line))
    }

    /// Reads whether it runs where jobs are accepted, which it does unless said.
    pub fn read_place(self, cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
        let flag = cx.flag(member);
        match self.of(draft).first_mut() {
            Some(command) => command.at_front_end = flag.unwrap_or(true),
            None => cx.keep(member, true),
        }
    }

    /// Prints where it runs.
    pub fn print_place(self, draft: &mut Draft) -> Option<Value> {
        let said = draft.said.contains(&self);
        let command = self.of(draft).first_mut().filter(|_| said)?;
        (!std::mem::take(&mut command.at_front_end)).then(super::job::no)
    }

    /// Reads whether its failure is ignored.
    pub fn read_ignore(self, cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
        let flag = cx.flag(member);
        match self.of(draft).first_mut() {
            Some(command) => command.ignore_failure = flag.unwrap_or_default(),
            None => cx.keep(member, true),
        }
    }

    /// Prints whether its failure is ignored.
    pub fn print_ignore(self, draft: &mut Draft) -> Option<Value> {
        let said = draft.said.contains(&self);
        let command = self.of(draft).first_mut().filter(|_| said)?;
        std::mem::take(&mut command.ignore_failure).then(super::job::yes)
    }
}
