//! The Nimrod plan language, in its classic and its newer dialect and with the seqameters, files and events of the
//! project's extensions; run files are part of it.
//!
//! The text is cut into statements ([`line`]), those into blocks ([`outline`]); parameters come first, so that every `$name`
//! in a task can be told from the shell's; then each task is lowered to a group.

mod arithmetic;
mod command;
mod cursor;
mod entry;
mod files;
mod jobs;
mod line;
mod model;
mod outline;
mod parameter;
mod print;
mod scope;
mod settings;
mod task;
mod template;

use crate::{Diagnostics, Source};
use pelago_job::Experiment;
use scope::Scope;

pub(crate) use entry::{EMBEDDED, PLAN, RUN_FILE, has_directives};
pub(crate) use files::shown;
pub(crate) use parameter::Declared;

/// Which dialect a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Parameter lines end with `;`. Unknown `$names` are the shell's, whole floats print bare.
    Classic,
    /// Statements end with the line. Unknown `$names` are errors, whole floats print as `1.0`.
    New,
}

/// Most parameters, and most tasks, of one plan.
pub(crate) const MAX_NAMES: usize = 1000;

/// Reads a plan or run file. `None`, or errors among the diagnostics, mean that there is no experiment.
pub(crate) fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Experiment> {
    let text = source.text.as_str();
    let statements = line::split(text, diagnostics)?;
    let outline = outline::arrange(text, statements, diagnostics);
    let dialect = outline.dialect(text);
    let mut declared = Vec::new();
    let variables = jobs::variables(text, &outline.variables, dialect, diagnostics);
    let covered = variables.len();
    declared.extend(variables);
    for statement in &outline.parameters {
        declared.extend(parameter::read(text, statement, dialect, diagnostics));
    }
    parameter::check_names(&mut declared, diagnostics);
    let rows = jobs::rows(text, outline.jobs.as_ref(), &declared[..covered.min(declared.len())], diagnostics);
    let mut scope = Scope::new(text, dialect, declared);
    for statement in &outline.env {
        settings::env(text, statement, &mut scope, diagnostics);
    }
    let groups = task::lower(text, &outline, &mut scope, diagnostics);
    let (parameters, env) = scope.finish(diagnostics);
    let name = source.stem().to_string();
    Some(Experiment { name, parameters, rows, groups, env, in_place: false })
}

/// Reads one `parameter` or `seqameter` statement of the newer dialect on its own.
pub(crate) fn parameter_line(
    text: &str,
    span: std::ops::Range<usize>,
    diagnostics: &mut Diagnostics,
) -> Option<Declared> {
    let statement = line::Statement::new(text, span)?;
    parameter::read(text, &statement, Dialect::New, diagnostics)
}

/// Says which names are declared twice, and drops the later ones.
pub(crate) fn check_names(declared: &mut Vec<Declared>, diagnostics: &mut Diagnostics) {
    parameter::check_names(declared, diagnostics);
}
