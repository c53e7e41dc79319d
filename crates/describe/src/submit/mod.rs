//! HTCondor submit files.
//!
//! A document is a run of statements: definitions, which wait as they are until a `queue` statement expands them, and
//! the `queue` statements, each of which makes one [`Job`](pelago_job::description::Job) with a space of tasks. While a
//! value is expanded, what differs from task to task is a [`symbol`]: it becomes a parameter, `$(Process)` a range and
//! an item variable a list. Where that cannot be right (a function of an item, a value that is cut into words, a
//! number of its own for each task) the tasks are built one by one and put together again ([`rows`]).
//!
//! What is only known when a job is submitted or matched stays in texts as written: `$ENV(…)`, `$RANDOM_CHOICE(…)`,
//! `$RANDOM_INTEGER(…)`, `$$(…)`, `$(ARCH)` and the like. `$(Cluster)` is a parameter with the single value 1.
//! Commands without a place in the model, and `+Attributes`, are extensions of the job; macros that nothing uses are
//! extensions of the document.

mod arithmetic;
mod command;
mod condition;
mod expand;
mod filename;
mod files;
mod format;
mod function;
mod include;
mod job;
mod kept;
mod line;
mod macros;
mod must;
mod names;
mod own;
mod print;
mod queue;
mod read;
mod rows;
mod say;
mod space;
mod sweep;
mod symbol;
mod tasks;
mod words;

use crate::language::{Entry, Language};

pub(crate) use own::renamed;
pub(crate) use read::read_with;

/// The language in the table.
pub const ENTRY: Entry = Entry {
    language: Language::Submit,
    name: "submit",
    title: "HTCondor submit file",
    extensions: &["sub", "submit", "condor", "cmd"],
    recognise,
    read: read::read,
    print: Some(print::print),
};

/// A text with a `queue` statement, or with definitions of several commands that only this language has.
fn recognise(text: &str) -> bool {
    let mut commands = 0;
    let mut queue = false;
    for line in line::Lines::new(text).take(400) {
        let first = line.text.chars().next().unwrap_or(' ');
        if !(first.is_ascii_alphabetic() || first == '+' || first == '_' || first == ':' || first == ')') {
            // Another language's line, unless it is an item of a list.
            if commands == 0 {
                return false;
            }
            continue;
        }
        if queue::arguments(&line.text).is_some() && !line.text.contains(['{', ';', '=']) {
            queue = true;
        } else if let Some((name, value)) = line.text.split_once('=') {
            let name = name.trim();
            let foreign = value.trim_end().ends_with([';', '{']) || value.trim_start().starts_with('{');
            if foreign && commands == 0 {
                return false;
            }
            // `+Name = value` is in no other language.
            commands += match name.strip_prefix('+') {
                Some(attribute) => 3 * usize::from(names::is_name(attribute)),
                None => usize::from(command::is_known(name)),
            };
        } else if commands == 0 && condition::keyword(&line.text).is_none() && !line.text.contains(':') {
            return false;
        }
    }
    queue && commands > 0 || commands > 2
}
