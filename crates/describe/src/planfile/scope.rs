//! Which names a task knows: parameters, variables of the environment, and what every task has.

use super::Dialect;
use super::parameter::{Declared, IMPLICIT};
use crate::{Diagnostic, Diagnostics, Severity, spelling};
use pelago_job::{Expr, Order, ParamNo, Parameter, Piece, Role, Template};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Variables that an event task finds in its environment.
const EVENT_NAMES: [&str; 4] = ["FILE", "FROM", "TO", "EVENT"];

/// More problems than are shown: suggestions beyond would be work for nothing.
const MANY: usize = 100;

/// The names of a plan.
pub(crate) struct Scope<'a> {
    /// The whole text.
    pub text: &'a str,
    /// Its dialect.
    pub dialect: Dialect,
    declared: Vec<Declared>,
    numbers: BTreeMap<String, ParamNo>,
    /// Variables of the environment that some `env` line names.
    pub env: BTreeSet<String>,
    used: BTreeSet<ParamNo>,
    /// Names left to the shell that were compared with the parameters.
    looked_up: BTreeSet<String>,
    /// How many unknown names were compared with the parameters.
    suggested: Cell<usize>,
    /// Tasks and parameters for which it was said that the task does not vary with the parameter.
    pub told: BTreeSet<(String, ParamNo)>,
}

/// The task whose text is read.
#[derive(Clone, Debug)]
pub(crate) struct TaskScope {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The parameters of its index space.
    pub space: BTreeSet<ParamNo>,
}

/// What a name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Something that is filled in.
    Piece(Piece),
    /// A variable that the shell will know.
    Environment,
    /// Nothing that is declared.
    Unknown,
}

impl<'a> Scope<'a> {
    /// A scope of declared parameters.
    pub fn new(text: &'a str, dialect: Dialect, declared: Vec<Declared>) -> Self {
        let numbered = declared.iter().enumerate().map(|(n, d)| (d.parameter.name.clone(), ParamNo(n as u16)));
        let numbers = numbered.collect();
        let (env, used, looked_up, told) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { text, dialect, declared, numbers, env, used, looked_up, suggested: Cell::new(0), told }
    }

    /// The parameters, and a warning for each that no task mentions.
    pub fn finish(self, diagnostics: &mut Diagnostics) -> (Vec<Parameter>, Vec<String>) {
        for (position, declared) in self.declared.iter().enumerate() {
            let (name, count) = (&declared.parameter.name, declared.parameter.domain.len());
            if !self.used.contains(&ParamNo(position as u16)) && count != 1 && !diagnostics.failed() {
                let message = format!("no task mentions `{name}`: the same commands run for each of its values");
                diagnostics
                    .warning(declared.span.clone(), message)
                    .help(format!("write `${{{name}}}` where its value goes"));
            }
        }
        (self.declared.into_iter().map(|d| d.parameter).collect(), self.env.into_iter().collect())
    }

    /// A parameter's number.
    pub fn number(&self, name: &str) -> Option<ParamNo> {
        self.numbers.get(name).copied()
    }

    /// A parameter.
    pub fn parameter(&self, number: ParamNo) -> Option<&Parameter> {
        self.declared.get(number.0 as usize).map(|d| &d.parameter)
    }

    /// All parameters of one order, in the order of their declaration.
    pub fn all(&self, order: Order) -> Vec<ParamNo> {
        let numbered = self.declared.iter().enumerate().filter(|(_, d)| d.parameter.order == order);
        numbered.map(|(n, _)| ParamNo(n as u16)).collect()
    }

    /// The names of all parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().map(|d| d.parameter.name.as_str())
    }

    /// A name as it would be written, for messages.
    pub fn written(&self, name: &Template) -> String {
        let hole = |number: &ParamNo| self.parameter(*number).map_or("?", |p| p.name.as_str());
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Param(number) => format!("${{{}}}", hole(number)),
            Piece::Prev(number) => format!("${{{}.prev}}", hole(number)),
            Piece::Arith(_) => "$((…))".to_string(),
            Piece::JobName => "${jobname}".to_string(),
            Piece::JobIndex => "${jobindex}".to_string(),
        };
        name.0.iter().map(piece).collect()
    }

    /// Notes that a parameter's value is used.
    pub fn mark(&mut self, number: ParamNo) {
        self.used.insert(number);
    }

    /// What a name is in a task; an error where the task cannot know it.
    pub fn find(&mut self, task: &TaskScope, name: &str, span: &Range<usize>) -> Result<Found, Box<Diagnostic>> {
        if let Some(number) = self.number(name) {
            self.allowed(task, number, name, span)?;
            self.mark(number);
            return Ok(Found::Piece(Piece::Param(number)));
        }
        if IMPLICIT.contains(&name) {
            if !matches!(task.role, Role::Main | Role::Other | Role::Event) {
                return Err(Box::new(only_in_main(task, name, span)));
            }
            let job_name = matches!(name, "jobname" | "nimrod_jobname");
            return Ok(Found::Piece(if job_name { Piece::JobName } else { Piece::JobIndex }));
        }
        let event = task.role == Role::Event && EVENT_NAMES.contains(&name);
        Ok(if event || self.env.contains(name) { Found::Environment } else { Found::Unknown })
    }

    /// The previous value of a seqameter, for `${name.prev}`.
    pub fn find_previous(
        &mut self,
        task: &TaskScope,
        name: &str,
        span: &Range<usize>,
    ) -> Result<ParamNo, Box<Diagnostic>> {
        let Some(number) = self.number(name) else { return Err(Box::new(self.unknown(name, span, ""))) };
        self.allowed(task, number, name, span)?;
        if self.parameter(number).is_some_and(|p| p.order != Order::Chain) {
            let message = format!("`{name}` is a parameter: its values have no order, so there is no previous one");
            let mut error = Diagnostic::new(Severity::Error, span.clone(), message);
            error.help(format!("declare it with `seqameter {name} …` to chain its values"));
            return Err(Box::new(error));
        }
        self.mark(number);
        Ok(number)
    }

    /// A name inside arithmetic: an integer parameter.
    pub fn find_integer(
        &mut self,
        task: &TaskScope,
        name: &str,
        previous: bool,
        span: &Range<usize>,
    ) -> Result<Expr, Box<Diagnostic>> {
        let number = match previous {
            true => self.find_previous(task, name, span)?,
            false => match self.find(task, name, span)? {
                Found::Piece(Piece::Param(number)) => number,
                Found::Unknown => return Err(Box::new(self.unknown(name, span, ""))),
                _ => {
                    let message = format!("`{name}` cannot be used in arithmetic; parameters can");
                    return Err(Box::new(Diagnostic::new(Severity::Error, span.clone(), message)));
                }
            },
        };
        if let Some(value) = self.parameter(number).and_then(no_integer) {
            let message = format!("`{name}` has values such as `{value}`, and arithmetic is on integers");
            let mut error = Diagnostic::new(Severity::Error, span.clone(), message);
            error.help(format!("declare `{name}` as `integer`, or use its value alone: `${{{name}}}`"));
            return Err(Box::new(error));
        }
        Ok(if previous { Expr::Prev(number) } else { Expr::Param(number) })
    }

    /// The error for a name that nobody declared. `shell` says how to leave it to the shell, if that is possible.
    pub fn unknown(&self, name: &str, span: &Range<usize>, shell: &str) -> Diagnostic {
        let mut error = Diagnostic::new(Severity::Error, span.clone(), format!("`{name}` is not a parameter"));
        self.suggested.set(self.suggested.get() + 1);
        if self.suggested.get() > 2 * MANY {
            return error;
        }
        match spelling::nearest(name, self.names().chain(IMPLICIT)) {
            Some(near) => {
                error.did_you_mean(Some(near));
            }
            None if self.declared.is_empty() => {
                error.note("the plan has no parameters");
            }
            None => {
                error.note(format!("the parameters are {}", few(self.names())));
            }
        }
        if !shell.is_empty() {
            error.help(shell);
        }
        error
    }

    /// Warns, once for each name, about a name left to the shell that is one edit away from a parameter.
    pub fn warn_near(&mut self, name: &str, span: &Range<usize>, diagnostics: &mut Diagnostics) {
        let enough = diagnostics.full() || self.looked_up.len() >= 100 * MANY;
        if enough || !self.looked_up.insert(name.to_string()) {
            return;
        }
        // Names of one or two letters are all one edit from each other.
        let near =
            self.names().find(|p| p.len() > 2 && name.len() > 2 && spelling::one_edit(name, p)).map(str::to_string);
        if let Some(near) = near {
            diagnostics
                .warning(span.clone(), format!("`{name}` is not a parameter, so it is left to the shell"))
                .did_you_mean(Some(&near));
        }
    }

    fn allowed(
        &mut self,
        task: &TaskScope,
        number: ParamNo,
        name: &str,
        span: &Range<usize>,
    ) -> Result<(), Box<Diagnostic>> {
        // So many that no further one would be shown.
        let enough = self.told.len() >= 2 * MANY;
        if task.space.contains(&number) || enough || !self.told.insert((task.name.clone(), number)) {
            return Ok(());
        }
        Err(Box::new(match task.role {
            Role::Main | Role::Other => {
                let chain = self.parameter(number).is_some_and(|p| p.order == Order::Chain);
                let line = if chain { "seqameters" } else { "parameters" };
                let message = format!("task `{}` does not vary with `{name}`", task.name);
                let mut error = Diagnostic::new(Severity::Error, span.clone(), message);
                error.help(format!("add `{name}` to the `{line}` line of the task"));
                error
            }
            Role::Event => {
                let message = format!("event task `{}` has no parameters, so `{name}` has no value here", task.name);
                let mut error = Diagnostic::new(Severity::Error, span.clone(), message);
                error.help("the name of the file that it runs for is in `$FILE`");
                error
            }
            _ => only_in_main(task, name, span),
        }))
    }
}

fn only_in_main(task: &TaskScope, name: &str, span: &Range<usize>) -> Diagnostic {
    let often = match task.role {
        Role::NodeStart | Role::NodeFinish => "once on each machine",
        _ => "once for the whole experiment",
    };
    let message = format!("`{name}` has no value in `{}`, which runs {often}", task.name);
    let mut error = Diagnostic::new(Severity::Error, span.clone(), message);
    error.help("parameters are known in `main` and in tasks with a `parameters` line");
    error
}

/// A value of a parameter that is no integer.
fn no_integer(parameter: &Parameter) -> Option<String> {
    use pelago_job::Domain;
    let odd = |text: &str| text.parse::<i64>().is_err();
    match &parameter.domain {
        Domain::Integers { .. } | Domain::Random { integer: true, .. } => None,
        Domain::List(values) => values.iter().find(|v| odd(v)).cloned(),
        Domain::Glob(patterns) => Some(patterns.first().cloned().unwrap_or_default()),
        Domain::Random { from, .. } => Some(from.to_string()),
        // The first values of a range show whether whole numbers print bare and whether the step is whole.
        domain => (0..domain.len().min(2)).map(|p| domain.text(p).into_owned()).find(|t| odd(t)),
    }
}

/// At most eight names, and how many more there are.
fn few<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(8);
    names.truncate(8);
    match more {
        0 => names.join(", "),
        _ => format!("{} and {more} more", names.join(", ")),
    }
}
