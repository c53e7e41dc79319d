//! Lines of a task that set something: limits, retries, `keep`, `once`, `env`, and the values taken from its outputs.

use super::cursor::{Cursor, Token, TokenKind};
use super::files;
use super::line::Statement;
use super::scope::{Scope, TaskScope};
use super::template::{self, Use};
use crate::{Diagnostics, spelling};
use pelago_job::{Bytes, Group, Keep, Millis, Take, ValueRule, ValueSource};

/// Most values of one task: each is a column of a table.
const MAX_VALUES: usize = 1000;

/// All tokens of a statement, a `;` at its end left out.
fn tokens(text: &str, statement: &Statement, diagnostics: &mut Diagnostics) -> Vec<Token> {
    let mut cursor = Cursor::new(text, statement.rest());
    std::iter::from_fn(|| cursor.token(diagnostics)).filter(|t| t.kind != TokenKind::Semicolon).collect()
}

/// `walltime 10m`, `memory 1GB`, `disk 3MB`, `retries 2`, `once`, `keep every 12`: true when the statement was one of them.
pub(crate) fn setting(text: &str, statement: &Statement, group: &mut Group, diagnostics: &mut Diagnostics) -> bool {
    let word = statement.word(text);
    if !matches!(word, "walltime" | "memory" | "disk" | "retries" | "once" | "keep") {
        return false;
    }
    let found = tokens(text, statement, diagnostics);
    let value = found.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ");
    let span = match (found.first(), found.last()) {
        (Some(first), Some(last)) => first.span.start..last.span.end,
        _ => statement.span.clone(),
    };
    if value.is_empty() && word != "once" {
        let example = match word {
            "walltime" => "walltime 10m",
            "retries" => "retries 2",
            "keep" => "keep every 12",
            _ => "memory 1GB",
        };
        diagnostics.error(span, format!("`{word}` needs a value")).help(format!("write for example `{example}`"));
        return true;
    }
    let result = match word {
        "walltime" => value.parse().map(|v: Millis| group.limits.walltime = Some(v)).map_err(|e| e.to_string()),
        "memory" => value.parse().map(|v: Bytes| group.limits.memory = Some(v)).map_err(|e| e.to_string()),
        "disk" => value.parse().map(|v: Bytes| group.limits.disk = Some(v)).map_err(|e| e.to_string()),
        "retries" => match value.parse::<u32>() {
            Ok(count) if count <= 1000 => {
                group.retries = Some(count);
                Ok(())
            }
            _ => Err(format!("`{value}` is no number of retries; write a whole number from 0 to 1000")),
        },
        "once" if value.is_empty() => {
            group.once = true;
            Ok(())
        }
        "once" => Err("nothing can follow `once`".to_string()),
        _ => keep(&found).map(|keep| group.keep = keep),
    };
    if let Err(message) = result {
        diagnostics.error(span, message);
    }
    let zero = group.limits.walltime == Some(Millis(0))
        || group.limits.memory == Some(Bytes(0))
        || group.limits.disk == Some(Bytes(0));
    if zero && matches!(word, "walltime" | "memory" | "disk") {
        diagnostics.error(statement.span.clone(), format!("a {word} of 0 lets no task run"));
    }
    true
}

fn keep(found: &[Token]) -> Result<Keep, String> {
    let words: Vec<&str> = found.iter().map(|t| t.text.as_str()).collect();
    match words.as_slice() {
        ["none" | "None"] => Ok(Keep::None),
        ["auto"] => Ok(Keep::Auto),
        ["all"] => Ok(Keep::All),
        ["every", count] => match count.parse::<u64>() {
            Ok(count) if count > 0 => Ok(Keep::Every(count)),
            _ => Err(format!("`{count}` is no distance between kept states; write for example `keep every 12`")),
        },
        _ => Err("expected `keep every N`, `keep auto`, `keep all` or `keep none`".to_string()),
    }
}

/// `env NAME…`: variables of the environment that tasks depend on.
pub(crate) fn env(text: &str, statement: &Statement, scope: &mut Scope<'_>, diagnostics: &mut Diagnostics) {
    let found = tokens(text, statement, diagnostics);
    if found.is_empty() {
        let help = "write for example `env OMP_NUM_THREADS`";
        diagnostics.error(statement.span.clone(), "the line names no variable").help(help);
    }
    for token in found {
        if !crate::bare::is_name(&token.text) {
            let help = "only names stand here: the values are those of the environment at submission";
            diagnostics.error(token.span, format!("`{}` is no name of a variable", token.text)).help(help);
        } else if scope.number(&token.text).is_some() {
            let message = format!("`{}` is a parameter already", token.text);
            diagnostics.error(token.span, message).help("rename the parameter: its value is not in the environment");
        } else {
            scope.env.insert(token.text);
        }
    }
}

/// `value NAME from stdout|FILE [match "REGEX" | pointer /json/pointer]`
pub(crate) fn value(
    scope: &mut Scope<'_>,
    task: &TaskScope,
    statement: &Statement,
    group: &mut Group,
    diagnostics: &mut Diagnostics,
) {
    let text = scope.text;
    let form =
        "write `value NAME from stdout`, or `from FILE`, then nothing, `match \"REGEX\"` or `pointer /json/pointer`";
    let mut cursor = Cursor::new(text, statement.rest());
    let name = cursor.token(diagnostics);
    let Some(name) = name.filter(|t| crate::bare::is_name(&t.text)) else {
        diagnostics.error(statement.span.clone(), "a value needs a name of letters, digits and `_`").help(form);
        return;
    };
    if group.values.len() >= MAX_VALUES {
        diagnostics.error(name.span, format!("a task cannot have more than {MAX_VALUES} values"));
        return;
    }
    if group.values.iter().any(|v| v.name == name.text) {
        diagnostics.error(name.span, format!("the task has two values named `{}`", name.text));
        return;
    }
    if scope.number(&name.text).is_some() {
        let message = format!("`{}` is a parameter, and the table of values has a column for it already", name.text);
        diagnostics.error(name.span, message).help("choose another name");
        return;
    }
    match cursor.token(diagnostics) {
        Some(token) if token.text == "from" => {}
        other => {
            let span = other.map_or(statement.span.clone(), |t| t.span);
            diagnostics.error(span, "expected `from` after the name of the value").help(form);
            return;
        }
    }
    let Some(span) = cursor.word(diagnostics) else {
        diagnostics.error(statement.span.clone(), "the value does not say where it is taken from").help(form);
        return;
    };
    let source = match text.get(span.clone()) {
        Some("stdout") => ValueSource::Stdout,
        _ => {
            let name = template::read(scope, task, span.clone(), Use::File, diagnostics).template;
            if !files::stays_inside(&name, "file", &span, diagnostics) {
                return;
            }
            ValueSource::File(name)
        }
    };
    let take = match cursor.token(diagnostics) {
        None => Take::Whole,
        Some(how) => {
            let argument = if how.text == "match" { cursor.pattern(diagnostics) } else { cursor.token(diagnostics) };
            match take(&how, argument, diagnostics, form) {
                Some(take) => take,
                None => return,
            }
        }
    };
    if let Some(extra) = cursor.token(diagnostics).filter(|t| t.kind != TokenKind::Semicolon) {
        diagnostics.error(extra.span, format!("`{}` is too much here", extra.text)).help(form);
        return;
    }
    group.values.push(ValueRule { name: name.text, source, take });
}

fn take(how: &Token, argument: Option<Token>, diagnostics: &mut Diagnostics, form: &str) -> Option<Take> {
    let known = ["match", "pointer", "whole"];
    match (how.text.as_str(), argument) {
        ("whole" | ";", None) => Some(Take::Whole),
        ("match", Some(pattern)) => match regex_lite::Regex::new(&pattern.text) {
            Ok(_) => Some(Take::Match(pattern.text)),
            Err(error) => {
                let message = format!("`{}` is no regular expression: {error}", pattern.text);
                diagnostics.error(pattern.span, message).help("for example `match \"warming = ([-0-9.]+)\"`");
                None
            }
        },
        ("pointer", Some(pointer)) if pointer.text.is_empty() || pointer.text.starts_with('/') => {
            Some(Take::Pointer(pointer.text))
        }
        ("pointer", Some(pointer)) => {
            let message = format!("`{}` is no JSON pointer: it begins with `/`", pointer.text);
            diagnostics
                .error(pointer.span, message)
                .help(format!("write `pointer /{}`", pointer.text.replace('.', "/")));
            None
        }
        ("match" | "pointer", None) => {
            let message = format!("`{}` needs what to look for", how.text);
            diagnostics.error(how.span.clone(), message).help(form.to_string());
            None
        }
        (word, _) => {
            let error = diagnostics.error(how.span.clone(), format!("`{word}` does not say how the value is taken"));
            match spelling::nearest(word, known) {
                Some(near) => error.did_you_mean(Some(near)),
                None => error.help(form.to_string()),
            };
            None
        }
    }
}
