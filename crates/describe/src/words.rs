//! Words of commands: which could be files of the experiment directory, and which are programs.

use pelago_job::{Domain, Experiment, Group, GroupNo, Piece, Step, Template};
use std::collections::BTreeSet;

/// Words that are the shell's own, so that no program stands behind them.
const BUILTINS: [&str; 45] = [
    ".", ":", "[", "!", "{", "}", "alias", "break", "case", "cd", "command", "continue", "do", "done", "elif", "else",
    "esac", "eval", "exec", "exit", "export", "false", "fi", "for", "function", "if", "in", "local", "read",
    "readonly", "return", "set", "shift", "source", "then", "trap", "true", "type", "ulimit", "umask", "unset",
    "until", "wait", "while", "((",
];

/// Programs that run the program that follows them.
const WRAPPERS: [&str; 7] = ["command", "env", "exec", "nice", "nohup", "stdbuf", "time"];

/// Part of a shell line: words, and what lies between commands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// A word, and whether it is plain: without quotes and characters that the shell expands.
    Word(Template, bool),
    /// `&&`, `||`, `;`, `|`, `&`, a bracket or a line break.
    Next,
    /// `<`, `>`, `>>` and the like; true when it reads.
    Redirect(bool),
}

/// Words of commands that could be files of the experiment directory, each once for a group.
///
/// The caller tests which of them exist. Options, assignments, absolute paths, paths with `..`, targets of redirections and
/// what follows a `cd` are left out; so are words that are nothing but a number.
pub fn found_words(experiment: &Experiment) -> Vec<(GroupNo, Template)> {
    let mut found = Vec::new();
    for (position, group) in experiment.groups.iter().enumerate() {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut add = |word: Template| {
            if could_be_file(experiment, &word) && seen.insert(format!("{word:?}")) {
                found.push((GroupNo(position as u16), clean(word)));
            }
        };
        for step in &group.steps {
            match step {
                Step::Exec { program, argv, .. } => {
                    add(program.clone());
                    argv.iter().skip(1).for_each(|word| add(word.clone()));
                }
                Step::Shell { line, .. } => shell_files(line).into_iter().for_each(&mut add),
                Step::Copy { .. }
                | Step::Substitute { .. }
                | Step::Redirect { .. }
                | Step::OnError(_)
                | Step::Within(_)
                | Step::Set(_) => {}
            }
        }
    }
    found
}

/// The programs that a group's commands start, as far as they are written out; each once, in order.
pub fn programs(group: &Group) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut add = |name: String| {
        if !name.is_empty() && !BUILTINS.contains(&name.as_str()) && seen.insert(name.clone()) {
            found.push(name);
        }
    };
    for step in &group.steps {
        match step {
            Step::Exec { program, argv, .. } => {
                let words: Vec<Option<String>> = argv.iter().skip(1).map(Template::as_literal).collect();
                let first = program.as_literal().unwrap_or_default();
                let wrapped = WRAPPERS.contains(&first.as_str()).then(|| wrapped(&words)).flatten();
                add(first);
                wrapped.into_iter().for_each(&mut add);
            }
            Step::Shell { line, .. } => shell_programs(line).into_iter().for_each(&mut add),
            Step::Copy { .. }
            | Step::Substitute { .. }
            | Step::Redirect { .. }
            | Step::OnError(_)
            | Step::Within(_)
            | Step::Set(_) => {}
        }
    }
    found
}

/// The program after a wrapper, its options and assignments.
fn wrapped(words: &[Option<String>]) -> Option<String> {
    let skip = |word: &Option<String>| {
        word.as_ref().is_none_or(|w| w.starts_with('-') || w.contains('=') || crate::number::is_number(w))
    };
    words.iter().find(|w| !skip(w)).cloned().flatten()
}

fn shell_files(line: &Template) -> Vec<Template> {
    let mut found = Vec::new();
    let mut first = true;
    let mut written = false;
    for part in split(line) {
        match part {
            Part::Next => (first, written) = (true, false),
            Part::Redirect(reads) => written = !reads,
            Part::Word(word, plain) => {
                let text = word.as_literal();
                if first && matches!(text.as_deref(), Some("cd" | "pushd")) {
                    return found;
                }
                let assignment = first && begins_assignment(&word);
                if plain && !written && !assignment {
                    found.push(word);
                }
                first = first && (assignment || written || text.is_some_and(|t| BUILTINS.contains(&t.as_str())));
                written = false;
            }
        }
    }
    found
}

fn shell_programs(line: &Template) -> Vec<String> {
    let mut found = Vec::new();
    let mut first = true;
    let mut redirected = false;
    for part in split(line) {
        match part {
            Part::Next => (first, redirected) = (true, false),
            Part::Redirect(_) => redirected = true,
            Part::Word(_, _) if redirected => redirected = false,
            Part::Word(word, plain) if first && !begins_assignment(&word) => {
                let text = word.as_literal().unwrap_or_default();
                // These take no command, but words of their own.
                let own = matches!(text.as_str(), "for" | "case" | "in" | "function" | "." | "source");
                let again = BUILTINS.contains(&text.as_str()) && !own || WRAPPERS.contains(&text.as_str());
                let option = text.starts_with('-') || crate::number::is_number(&text);
                if plain && !option {
                    found.push(text.clone());
                }
                // `if`, `then`, `!`, `env` and the like are followed by a command; `cd`, `export` are not.
                let takes = matches!(
                    text.as_str(),
                    "!" | "{" | "if" | "then" | "else" | "elif" | "do" | "while" | "until" | "(("
                ) || WRAPPERS.contains(&text.as_str())
                    || option;
                first = again && takes || option;
            }
            Part::Word(_, _) => {}
        }
    }
    found
}

/// Whether a word is `NAME=…`.
fn begins_assignment(word: &Template) -> bool {
    let Some(Piece::Text(text)) = word.0.first() else { return false };
    text.split_once('=').is_some_and(|(name, _)| crate::bare::is_name(name))
}

/// Cuts a line for the shell into words, without expanding anything.
fn split(line: &Template) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut word = Template::default();
    let mut plain = true;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for piece in &line.0 {
        let Piece::Text(text) = piece else {
            word.0.push(piece.clone());
            continue;
        };
        let mut chars = text.char_indices().peekable();
        let mut from = 0;
        while let Some((at, c)) = chars.next() {
            if escaped {
                escaped = false;
                continue;
            }
            match (quote, c) {
                (Some('\''), '\'') | (Some('"'), '"') | (Some('`'), '`') => quote = None,
                (_, '\\') if quote != Some('\'') => (escaped, plain) = (true, false),
                (Some(_), _) => {}
                (None, '\'' | '"' | '`') => (quote, plain) = (Some(c), false),
                (None, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')') => {
                    word.push_text(text.get(from..at).unwrap_or(""));
                    from = at + c.len_utf8();
                    let number = word.as_literal().is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit()));
                    // The 2 of `2>` is no word.
                    let descriptor = number && matches!(c, '<' | '>');
                    if !word.is_empty() && !descriptor {
                        parts.push(Part::Word(std::mem::take(&mut word), plain));
                    }
                    (word, plain) = (Template::default(), true);
                    match c {
                        ' ' | '\t' => {}
                        '<' | '>' => {
                            let reads = c == '<' && !matches!(chars.peek(), Some((_, '<')));
                            // `>>`, `>&`, `<<` are one operator; so is `2>&1`, whose target is no file.
                            while let Some((next, '<' | '>' | '&')) = chars.peek().copied() {
                                from = next + 1;
                                chars.next();
                            }
                            parts.push(Part::Redirect(reads));
                        }
                        _ => parts.push(Part::Next),
                    }
                }
                (None, '*' | '?' | '[' | '~' | '$' | '{' | '}' | '#' | '!') => plain = false,
                (None, _) => {}
            }
        }
        word.push_text(text.get(from..).unwrap_or(""));
    }
    if !word.is_empty() {
        parts.push(Part::Word(word, plain));
    }
    parts
}

fn could_be_file(experiment: &Experiment, word: &Template) -> bool {
    let number = |piece: &Piece| match piece {
        Piece::Text(_) => false,
        Piece::Param(n) | Piece::Prev(n) => {
            experiment.parameter(*n).is_none_or(|p| !matches!(p.domain, Domain::List(_) | Domain::Glob(_)))
        }
        Piece::Arith(_) | Piece::JobName | Piece::JobIndex => true,
    };
    if word.is_empty() || word.0.iter().all(number) {
        return false;
    }
    let shown = crate::planfile::shown(word);
    let odd = |c: char| c.is_control() || c.is_whitespace() || "\"'`$*?[]{}<>|&;()\\!#=".contains(c);
    let plain = shown.len() <= 1024 && !shown.starts_with(['-', '/', '~', '+', '%']) && !shown.contains(odd);
    let path = shown.split('/').all(|part| part != "..") && !matches!(shown.as_str(), "." | "./" | ":");
    plain && path && !shown.contains("://") && !crate::number::is_number(&shown)
}

/// A name without `./` before it.
fn clean(mut word: Template) -> Template {
    if let Some(Piece::Text(text)) = word.0.first_mut() {
        while let Some(rest) = text.strip_prefix("./") {
            *text = rest.to_string();
        }
        if text.is_empty() {
            word.0.remove(0);
        }
    }
    word
}
