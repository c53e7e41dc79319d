//! Commands as lines of a shell, for jobs of languages that have no script.

use super::Dialect;
use crate::shell;
use pelago_job::description::{Application, Command, Space, Stdio, Text, Variable};
use pelago_job::{Domain, Parameter, Piece};

/// Most values that are listed for a parameter, and most tasks of a space that are listed one by one.
const MOST_LISTED: u64 = 1000;

/// How holes are written: a task's number and its parameters are variables of the shell.
pub(super) struct Holes<'a> {
    /// The variable of the index that the batch system sets.
    pub index: &'a str,
    /// Whether the index is itself the first parameter; else each parameter has a variable of its own.
    pub direct: bool,
}

impl Holes<'_> {
    fn hole(&self, piece: &Piece) -> String {
        match piece {
            Piece::Param(_) if self.direct => format!("\"${{{}}}\"", self.index),
            Piece::Param(p) => format!("\"${{p{}}}\"", p.0),
            Piece::JobIndex => format!("\"${{{}}}\"", self.index),
            Piece::JobName => format!("\"j${{{}}}\"", self.index),
            _ => String::new(),
        }
    }

    /// A text as one word.
    pub fn word(&self, text: &Text) -> String {
        let word = text.write(shell::quoted, |piece| self.hole(piece));
        if word.is_empty() { "''".to_string() } else { word }
    }

    /// A line for the shell. Values are part of it before the shell takes it apart.
    fn line(&self, text: &Text) -> String {
        match text.as_literal() {
            Some(line) => line,
            None => format!("eval {}", self.word(text)),
        }
    }
}

/// Whether the program is a name alone.
pub(super) fn is_bare(command: &Command) -> bool {
    let name = command.executable.as_ref().and_then(|path| path.text.as_ref()?.as_literal());
    name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// What of a command is said in the line itself.
pub(super) struct Inline {
    pub streams: bool,
    pub directory: bool,
    /// Only standard input, where the batch system has no option for it.
    pub input: bool,
}

/// The line of one command, taken from it.
pub(super) fn command(command: &mut Command, holes: &Holes<'_>, inline: &Inline, starter: &str) -> Option<String> {
    let program = command.executable.as_ref().is_some_and(|path| path.text.is_some());
    if !program && command.shell.is_none() {
        return None;
    }
    let mut words = Vec::new();
    let mut variables = Vec::new();
    for variable in &mut command.environment {
        if let Some(assignment) = assignment(variable, holes) {
            variables.push(assignment);
        }
    }
    if let Some(program) = command.executable.as_mut().and_then(|path| path.text.take()) {
        if !variables.is_empty() {
            words.push(format!("env {}", variables.join(" ")));
        }
        if !starter.is_empty() {
            words.push(starter.to_string());
        }
        words.push(holes.word(&program));
        let arguments = command.arguments.iter_mut().filter_map(|argument| argument.text.take());
        words.extend(arguments.map(|argument| holes.word(&argument)));
    } else {
        let line = command.shell.take()?;
        if !variables.is_empty() {
            words.push(format!("export {};", variables.join(" ")));
        }
        // A line of its own keeps what it begins to itself.
        words.insert(0, "(".to_string());
        words.push(format!("{}\n)", holes.line(&line)));
    }
    let mut stream = |stream: &mut Option<Stdio>, sign: &str, double: &str| {
        if let Some(stream) = stream
            && let Some(path) = stream.path.take()
        {
            let sign = if sign != double && std::mem::take(&mut stream.append) { double } else { sign };
            words.push(format!("{sign} {}", holes.word(&path)));
        }
    };
    if inline.streams || inline.input {
        stream(&mut command.input, "<", "<");
    }
    if inline.streams {
        if command.error.is_some() && command.error == command.output {
            command.error = None;
            stream(&mut command.output, ">", ">>");
            words.push("2>&1".to_string());
        } else {
            stream(&mut command.output, ">", ">>");
            stream(&mut command.error, "2>", "2>>");
        }
    }
    let mut line = words.join(" ");
    if inline.directory
        && let Some(directory) = command.directory.as_mut().and_then(|path| path.text.take())
    {
        line = format!("(cd {} && {line})", holes.word(&directory));
    }
    if std::mem::take(&mut command.ignore_failure) {
        line.push_str(" || :");
    }
    Some(line)
}

fn assignment(variable: &mut Variable, holes: &Holes<'_>) -> Option<String> {
    let name = variable.name.as_ref()?.as_literal().filter(|name| super::fields::is_name(name))?;
    variable.name = None;
    let value = variable.value.take().unwrap_or_default();
    Some(format!("{name}={}", holes.word(&value)))
}

/// Variables of the whole job as lines, taken from it.
pub(super) fn exports(application: &mut Application, holes: &Holes<'_>) -> Vec<String> {
    let variables = application.environment.iter_mut().filter_map(|variable| assignment(variable, holes));
    variables.map(|assignment| format!("export {assignment}")).collect()
}

/// What starts the processes of a parallel program.
pub(super) fn starter(application: &Application, dialect: Dialect) -> String {
    let mpi = |word: &String| word.to_ascii_uppercase().contains("MPI");
    let parallel = application.parallel.as_ref();
    if !parallel.and_then(|p| p.variation.as_ref()).is_some_and(mpi) {
        return String::new();
    }
    match (dialect, parallel.and_then(|p| p.processes.as_ref()).and_then(Text::as_literal)) {
        (Dialect::Slurm, _) => "srun".to_string(),
        (_, Some(count)) if count.parse::<u32>().is_ok() => format!("mpirun -np {count}"),
        _ => "mpirun".to_string(),
    }
}

/// Lines that give each parameter its value, from the index counted from 1. `None` if they would be too many.
pub(super) fn values(space: &Space, parameters: &[Parameter], index: &str) -> Option<Vec<String>> {
    let mut lines = vec![format!("at=$(({index} - 1))")];
    if assign(space, parameters, &mut lines).is_some() {
        return Some(lines);
    }
    let length = space.len(parameters);
    if length > MOST_LISTED {
        return None;
    }
    let mut lines = vec![format!("case ${index} in")];
    for at in 0..length {
        let point = space.point(at, parameters)?;
        let values = point.iter().map(|(p, value)| format!("p{}={}", p.0, word(value)));
        lines.push(format!("{}) {};;", at + 1, values.collect::<Vec<_>>().join(" ")));
    }
    lines.push("esac".to_string());
    Some(lines)
}

fn word(value: &str) -> String {
    if value.is_empty() { "''".to_string() } else { shell::quoted(value) }
}

/// From the position `at` within a space to its parameters; only for products of parameters that advance together.
fn assign(space: &Space, parameters: &[Parameter], lines: &mut Vec<String>) -> Option<()> {
    let parts = match space {
        Space::Product(parts) => &parts[..],
        Space::Zip(_) | Space::Times(_) => std::slice::from_ref(space),
        _ => return None,
    };
    for part in parts.iter().rev() {
        let length = part.len(parameters);
        let zipped = match part {
            Space::Zip(zipped) => &zipped[..],
            Space::Times(_) => &[],
            _ => return None,
        };
        lines.push(format!("n=$((at % {length})) at=$((at / {length}))"));
        for number in zipped {
            let domain = &parameters.get(usize::from(number.0))?.domain;
            match domain {
                Domain::Integers { from, step, .. } => {
                    lines.push(format!("p{}=$(({from} + n * ({step})))", number.0));
                }
                domain if domain.len() <= MOST_LISTED && !domain.is_empty() => {
                    lines.push("case $n in".to_string());
                    for at in 0..domain.len() {
                        lines.push(format!("{at}) p{}={};;", number.0, word(&domain.text(at))));
                    }
                    lines.push("esac".to_string());
                }
                _ => return None,
            }
        }
    }
    Some(())
}
