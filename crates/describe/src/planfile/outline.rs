//! The blocks of a plan: parameter lines, the `jobs` block, tasks; and which dialect they are in.

use super::Dialect;
use super::cursor::Cursor;
use super::line::Statement;
use crate::{Diagnostics, spelling};
use std::collections::BTreeMap;
use std::ops::Range;

/// A plan cut into blocks.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// `parameter` and `seqameter` statements.
    pub parameters: Vec<Statement>,
    /// `variable` statements.
    pub variables: Vec<Statement>,
    /// `env` statements outside tasks.
    pub env: Vec<Statement>,
    /// The `jobs` block.
    pub jobs: Option<JobsBlock>,
    /// The tasks.
    pub tasks: Vec<TaskBlock>,
}

/// The rows between `jobs` and `endjobs`.
#[derive(Debug)]
pub(crate) struct JobsBlock {
    /// The word `jobs`.
    pub opened: Range<usize>,
    /// A statement for each row.
    pub rows: Vec<Statement>,
}

/// The statements between `task NAME` and `endtask`.
#[derive(Debug)]
pub(crate) struct TaskBlock {
    /// Its name.
    pub name: String,
    /// Where the name is.
    pub name_span: Range<usize>,
    /// The statements.
    pub statements: Vec<Statement>,
}

/// Words that begin a block or a line outside tasks.
const OUTSIDE: [&str; 8] = ["parameter", "seqameter", "variable", "jobs", "endjobs", "task", "endtask", "env"];

enum Open {
    Nothing,
    Jobs(JobsBlock),
    Task(TaskBlock, Range<usize>),
}

/// Arranges statements into blocks; says what stands where it cannot.
pub(crate) fn arrange(text: &str, statements: Vec<Statement>, diagnostics: &mut Diagnostics) -> Outline {
    let mut outline = Outline::default();
    let mut open = Open::Nothing;
    for statement in statements {
        let word = statement.word(text);
        open = match (open, word) {
            (Open::Task(task, _), "endtask") => {
                nothing_follows(text, &statement, diagnostics);
                outline.tasks.push(task);
                Open::Nothing
            }
            (Open::Jobs(jobs), "endjobs") => {
                nothing_follows(text, &statement, diagnostics);
                close_jobs(jobs, &mut outline, diagnostics);
                Open::Nothing
            }
            (open @ (Open::Nothing | Open::Jobs(_)), "sequmeter" | "sequameter") => {
                diagnostics.note(statement.keyword.clone(), format!("`{word}` is read as `seqameter`"));
                close(open, Some(&statement), text, &mut outline, diagnostics);
                outline.parameters.push(statement);
                Open::Nothing
            }
            (open, "parameter" | "seqameter" | "variable" | "jobs" | "task") => {
                close(open, Some(&statement), text, &mut outline, diagnostics);
                begin(text, statement, &mut outline, diagnostics)
            }
            (Open::Task(mut task, opened), _) => {
                if let Some(near) = (!diagnostics.full()).then(|| spelling::nearest(word, ["endtask"])).flatten() {
                    diagnostics
                        .error(statement.keyword.clone(), format!("unknown command `{word}`"))
                        .did_you_mean(Some(near));
                    outline.tasks.push(task);
                    Open::Nothing
                } else {
                    task.statements.push(statement);
                    Open::Task(task, opened)
                }
            }
            (Open::Jobs(mut jobs), _) => {
                jobs.rows.push(statement);
                Open::Jobs(jobs)
            }
            (Open::Nothing, "env") => {
                outline.env.push(statement);
                Open::Nothing
            }
            (Open::Nothing, "endtask" | "endjobs") => {
                let begin = word.trim_start_matches("end");
                let message = format!("`{word}` closes nothing: no `{begin}` is open here");
                diagnostics.error(statement.keyword.clone(), message);
                Open::Nothing
            }
            (Open::Nothing, _) => {
                outside(text, &statement, diagnostics);
                Open::Nothing
            }
        };
    }
    close(open, None, text, &mut outline, diagnostics);
    outline
}

fn begin(text: &str, statement: Statement, outline: &mut Outline, diagnostics: &mut Diagnostics) -> Open {
    match statement.word(text) {
        "parameter" | "seqameter" => outline.parameters.push(statement),
        "variable" => outline.variables.push(statement),
        "jobs" => {
            nothing_follows(text, &statement, diagnostics);
            return Open::Jobs(JobsBlock { opened: statement.keyword, rows: Vec::new() });
        }
        _ => {
            let mut cursor = Cursor::new(text, statement.rest());
            let name = cursor.token(diagnostics);
            if let Some(extra) = cursor.token(diagnostics).filter(|t| t.text != ";") {
                diagnostics.error(extra.span, "a task has one name, and its commands begin on the next line");
            }
            let (name, name_span) = match name {
                Some(token) if token.text != ";" => (token.text, token.span),
                _ => {
                    diagnostics.error(statement.span.clone(), "the task has no name").help("write `task main`");
                    ("main".to_string(), statement.span.clone())
                }
            };
            return Open::Task(TaskBlock { name, name_span, statements: Vec::new() }, statement.span);
        }
    }
    Open::Nothing
}

/// Closes what is open because something else begins, or the text ends.
fn close(open: Open, next: Option<&Statement>, text: &str, outline: &mut Outline, diagnostics: &mut Diagnostics) {
    let before = match next {
        Some(next) => format!("before `{}` begins", next.word(text)),
        None => "before the text ends".to_string(),
    };
    match open {
        Open::Nothing => {}
        Open::Jobs(jobs) => {
            let opened = jobs.opened.clone();
            diagnostics
                .error(opened, format!("the `jobs` block is not closed {before}"))
                .help("write `endjobs` after its last row");
            close_jobs(jobs, outline, diagnostics);
        }
        Open::Task(task, opened) => {
            let error = diagnostics.error(opened, format!("task `{}` is not closed {before}", task.name));
            error.help("write `endtask` after its last command");
            if let Some(next) = next {
                error.related(next.keyword.clone(), "still inside the task");
            }
            outline.tasks.push(task);
        }
    }
}

fn close_jobs(jobs: JobsBlock, outline: &mut Outline, diagnostics: &mut Diagnostics) {
    if let Some(first) = &outline.jobs {
        let first = first.opened.clone();
        diagnostics
            .error(jobs.opened, "there are two `jobs` blocks")
            .related(first, "the first one")
            .help("join their rows");
    } else {
        outline.jobs = Some(jobs);
    }
}

fn nothing_follows(text: &str, statement: &Statement, diagnostics: &mut Diagnostics) {
    let mut cursor = Cursor::new(text, statement.rest());
    if let Some(extra) = cursor.token(diagnostics).filter(|t| t.text != ";") {
        diagnostics.error(extra.span, format!("nothing can follow `{}`", statement.word(text)));
    }
}

fn outside(text: &str, statement: &Statement, diagnostics: &mut Diagnostics) {
    let word = statement.word(text);
    let near = if diagnostics.full() { None } else { spelling::nearest(word, OUTSIDE) };
    // A word cut short is no misspelling, but its beginning says what was meant.
    let cut = OUTSIDE.iter().copied().find(|w| word.len() >= 3 && w.starts_with(word));
    let error = diagnostics.error(statement.keyword.clone(), format!("unknown statement `{word}`"));
    match near.or(cut) {
        Some(near) => error.did_you_mean(Some(near)),
        None if super::command::is_command(word) => error.help("commands stand between `task NAME` and `endtask`"),
        None => error.help(format!("outside tasks a line begins with one of: {}", OUTSIDE.join(", "))),
    };
}

impl Outline {
    /// The dialect: classic when a parameter line ends with `;`, or when there are no such lines and classic words are used.
    pub fn dialect(&self, text: &str) -> Dialect {
        let lines = self.parameters.iter().chain(&self.variables);
        if lines.clone().any(|s| ends_with_semicolon(text, s)) {
            return Dialect::Classic;
        }
        let classic =
            |s: &Statement| matches!(s.word(text), "execute" | "substitute" | "node:substitute" | "node:execute");
        let none = self.parameters.is_empty() && self.variables.is_empty();
        match none && self.tasks.iter().any(|t| t.statements.iter().any(classic)) {
            true => Dialect::Classic,
            false => Dialect::New,
        }
    }

    /// Where each task name is declared first; later ones are said to be double, and dropped.
    pub fn drop_double_tasks(&self, diagnostics: &mut Diagnostics) -> Vec<&TaskBlock> {
        let mut first: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        let mut kept = Vec::new();
        for task in &self.tasks {
            match first.get(task.name.as_str()) {
                Some(span) => {
                    diagnostics
                        .error(task.name_span.clone(), format!("there are two tasks named `{}`", task.name))
                        .related(span.clone(), "the first one");
                }
                None => {
                    first.insert(&task.name, task.name_span.clone());
                    kept.push(task);
                }
            }
        }
        kept
    }
}

fn ends_with_semicolon(text: &str, statement: &Statement) -> bool {
    // Only the tokens count: a semicolon in a label or a comment ends nothing. What else is wrong is said later.
    let mut ignored = Diagnostics::default();
    let mut cursor = Cursor::new(text, statement.rest());
    std::iter::from_fn(|| cursor.token(&mut ignored)).any(|t| t.kind == super::cursor::TokenKind::Semicolon)
}
