//! The script itself: the job's own with what it needs before it, or its commands as lines of a shell.

use super::body::{self, Holes, Inline};
use super::print::Printer;
use super::read::INDEX;
use super::spread::Spread;
use super::{Dialect, array, fields, prologue};
use pelago_job::Piece;
use pelago_job::description::{Text, Variable};
use serde_json::Value;

/// A program that is named alone is the job's own file where there is one; a shell would only search the system's.
const BESIDE: &str = "PATH=.:$PATH";

/// The interpreter in the first line of a script, where it stands there alone.
pub(super) fn interpreter_of(head: &str) -> Option<String> {
    let mut words = head.strip_prefix("#!")?.split_whitespace();
    let first = words.next()?;
    (words.next().is_none() && first.starts_with('/')).then(|| first.to_string())
}

/// Whether a script is one of a Bourne shell's kind.
pub(super) fn is_shell(script: &str) -> bool {
    let Some(rest) = script.strip_prefix("#!") else { return true };
    let line = rest.lines().next().unwrap_or("");
    let mut words = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(""));
    let name = match words.next() {
        Some("env") => words.find(|word| !word.starts_with('-')).unwrap_or(""),
        Some(name) => name,
        None => "",
    };
    ["sh", "bash", "dash", "ksh", "zsh", "ash"].contains(&name)
}

impl Printer<'_> {
    /// The script: the job's own, or its commands as lines.
    pub fn script(&mut self, space: &Spread) -> String {
        let own = self.job.application.script.take();
        let text = own
            .as_ref()
            .map(|text| text.write(str::to_string, |_| format!("${{{}}}", array::variable(self.dialect, self.torque))));
        let script = match text {
            Some(text) if !text.contains('\0') => text,
            Some(_) => {
                self.job.application.script = own.clone();
                self.lines_of_commands(space)
            }
            None => self.lines_of_commands(space),
        };
        let mut good = script;
        if self.dialect == Dialect::Slurm {
            good = good.replace("\r\n", "\n");
            if !good.starts_with("#!") {
                good = format!("#!/bin/sh\n{good}");
            }
        }
        if good.starts_with("#!") && !good.contains('\n') {
            // Directives follow on lines of their own.
            good.push('\n');
        }
        if self.dialect == Dialect::GridEngine || !is_shell(&good) {
            let prefix = self.dialect.prefix();
            let harmless = |line: &str| match line.strip_prefix(prefix) {
                Some(rest)
                    if rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']) || self.dialect.glued(rest) =>
                {
                    format!("# {}", line.trim_start_matches('#'))
                }
                _ => line.to_string(),
            };
            good = good.split_inclusive('\n').map(harmless).collect();
        }
        if self.job.application.script.is_some()
            || own.as_ref().and_then(Text::as_literal).as_deref() != Some(good.as_str())
        {
            self.changed(
                "/application/script",
                Text::from(good.as_str()),
                "a batch system runs a script that begins with its interpreter",
            );
            self.job.application.script = None;
        }
        good
    }

    /// The commands of the job as a script.
    fn lines_of_commands(&mut self, space: &Spread) -> String {
        let index = array::variable(self.dialect, self.torque);
        let holes = Holes { index, direct: self.array };
        let computed = matches!(space, Spread::Computed { .. });
        let application = &mut self.job.application;
        let starter = body::starter(application, self.dialect);
        let several = application.commands.len() > 1;
        let streams = several || computed || !application.before.is_empty() || !application.after.is_empty();
        let inline = Inline { streams, directory: several || computed, input: self.dialect == Dialect::Pbs };
        let apart = Inline { streams: true, directory: true, input: true };
        let bare = [&application.before, &application.commands, &application.after];
        let bare = bare.into_iter().flatten().any(body::is_bare);
        let mut lines = Vec::new();
        if let Spread::Computed { lines: values, .. } = space {
            lines.extend(values.iter().cloned());
            let before = application.environment.clone();
            lines.extend(body::exports(application, &holes));
            let value = Some(Text::param(INDEX));
            let own = Variable { name: Some(index.into()), value, filesystem: None };
            let left = application.environment.iter().any(|v| *v != Variable::default());
            if left {
                application.environment = before.clone();
                lines.truncate(values.len());
            }
            let mut instead = Vec::new();
            if !left {
                application.environment.clear();
            }
            instead.push(own);
            self.rest.changed("/jobs/0/application/environment", instead, "the script sets its variables itself");
            application.environment.clear();
        }
        let mut parts: Vec<&str> = Vec::new();
        for command in &mut application.before {
            if let Some(line) = body::command(command, &holes, &apart, "") {
                lines.push(format!("{line} || exit"));
                parts.push("/application/before");
            }
        }
        let many = application.commands.len();
        let mut first_said = false;
        for (number, command) in application.commands.iter_mut().enumerate() {
            if let Some(line) = body::command(command, &holes, &inline, &starter) {
                let last = number + 1 == many;
                first_said |= number == 0;
                lines.push(if last { line } else { format!("{line} || exit") });
                parts.push("/application/commands");
            }
        }
        if !application.after.is_empty() {
            lines.push("status=$?".to_string());
            for command in &mut application.after {
                if let Some(line) = body::command(command, &holes, &apart, "") {
                    lines.push(line);
                    parts.push("/application/after");
                }
            }
            lines.push("exit $status".to_string());
        }
        parts.dedup();
        let why = "the script runs them";
        if parts.contains(&"/application/commands")
            && !starter.is_empty()
            && let Some(parallel) = &mut application.parallel
        {
            parallel.variation = None;
            self.rest.changed(
                "/jobs/0/application/parallel/variation",
                Value::Null,
                format!("the script starts the processes with `{starter}`"),
            );
        }
        for part in &parts {
            self.emptied(part, why, inline.streams && first_said, inline.directory && first_said);
        }
        if lines.is_empty() {
            lines.push(":".to_string());
        }
        if bare {
            lines.insert(0, BESIDE.to_string());
        }
        format!("#!/bin/sh\n{}\n", lines.join("\n"))
    }

    /// Notes that commands are lines of the script now; what is left of them stays a loss of its own.
    fn emptied(&mut self, part: &str, why: &str, streams: bool, directory: bool) {
        if part == "/application/commands" {
            for field in ["executable", "arguments", "shell", "environment", "ignore_failure"] {
                self.changed(&format!("{part}/0/{field}"), Value::Null, why);
            }
            if streams {
                for field in ["input", "output", "error"] {
                    self.changed(&format!("{part}/0/{field}"), Value::Null, why);
                }
            } else if self.dialect == Dialect::Pbs
                && self
                    .job
                    .application
                    .commands
                    .first()
                    .is_some_and(|c| c.input.as_ref().is_none_or(|i| i.path.is_none()))
            {
                self.changed(&format!("{part}/0/input/path"), Value::Null, why);
            }
            if directory {
                self.changed(&format!("{part}/0/directory"), Value::Null, why);
            }
            for number in 1..self.job.application.commands.len() {
                self.changed(&format!("{part}/{number}"), Value::Null, why);
            }
        } else {
            self.changed(part, Value::Null, why);
        }
    }

    /// The lines before the script.
    pub fn before(&mut self, shell: bool, (head, script): (&str, &str), computed: bool) -> String {
        let dialect = self.dialect;
        let index = array::variable(dialect, self.torque);
        let mut lines = Vec::new();
        if !shell {
            self.because(
                "/application/environment",
                "the script is no shell script, and no other place holds any value",
            );
            self.because(
                "/application/commands/0/directory",
                "PBS starts a job in the home directory, and the script is no shell script",
            );
            return String::new();
        }
        if dialect == Dialect::Pbs
            && let Some(directory) = &mut self.command().directory
            && let Some(path) = directory
                .text
                .as_ref()
                .and_then(Text::as_literal)
                .filter(|path| !path.is_empty() && !path.contains('\0'))
        {
            directory.text = None;
            lines.push(prologue::directory(&path, dialect));
        }
        for variable in &mut self.job.application.environment {
            let Some(name) = variable.name.as_ref().and_then(Text::as_literal) else { continue };
            let Some(value) = &variable.value else { continue };
            let nul = value.0.0.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('\0')));
            if let Some(value) = prologue::value(value, index).filter(|_| fields::is_name(&name) && !nul) {
                (variable.name, variable.value) = (None, None);
                lines.push(format!("export {name}={value}"));
            }
        }
        if !computed {
            let (given, missing) = prologue::foreign(script, dialect);
            lines.extend(given.iter().map(|(name, here)| format!("export {name}=\"${here}\"")));
            for name in missing {
                let why = format!("it uses `{name}`, which nothing sets under {}", dialect.title());
                self.changed("/application/script", Text::from(format!("{head}{script}")), &why);
            }
        }
        if dialect != Dialect::GridEngine && has_directive(script, dialect) {
            // Nothing behind a command is a directive.
            lines.push(":".to_string());
        }
        prologue::wrap(&lines)
    }
}

/// Whether the lines up to the first command have one that would be taken for a directive.
fn has_directive(script: &str, dialect: Dialect) -> bool {
    let comments = script
        .lines()
        .take_while(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#') || line.starts_with(':'));
    let mut found = comments.filter(|line| line.starts_with(dialect.prefix()));
    found.next().is_some()
}
