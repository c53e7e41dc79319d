//! Directives in a script: which lines are some, and the words in them.

use super::Dialect;
use crate::Diagnostics;
use std::ops::Range;

/// A word of a directive, without its quotation marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    pub span: Range<usize>,
}

/// A script taken apart.
pub(super) struct Parts {
    /// The words of each directive, in order.
    pub directives: Vec<Vec<Word>>,
    /// The lines that are none.
    pub body: String,
    /// Slurm: what stands behind `hetjob`, line by line.
    pub components: Vec<String>,
    /// Slurm: whether there is a `hetjob`.
    pub heterogeneous: bool,
}

/// Takes a script apart.
///
/// Slurm and PBS read directives up to the first command; Grid Engine reads them in every line.
pub(super) fn split(text: &str, dialect: Dialect, diagnostics: &mut Diagnostics) -> Parts {
    let prefix = dialect.prefix();
    let mut parts = Parts { directives: Vec::new(), body: String::new(), components: Vec::new(), heterogeneous: false };
    let (mut start, mut commands, mut late, mut component) = (0, false, 0usize, false);
    for line in text.split_inclusive('\n') {
        let span = start..start + line.trim_end_matches(['\n', '\r']).len();
        start += line.len();
        let content = text.get(span.clone()).unwrap_or("");
        let rest = content
            .strip_prefix(prefix)
            .filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t']) || dialect.glued(rest));
        let everywhere = dialect == Dialect::GridEngine;
        match rest {
            Some(rest) if !commands || everywhere => {
                let words = words(text, span.end - rest.len()..span.end, diagnostics);
                let het = dialect == Dialect::Slurm
                    && matches!(&words[..], [word] if word.text == "hetjob" || word.text == "packjob");
                match (het, component) {
                    (true, false) => component = true,
                    (_, true) => parts.components.push(rest.trim().to_string()),
                    (false, false) => parts.directives.push(words),
                }
                continue;
            }
            Some(_) => {
                late += 1;
                if late == 1 {
                    let message = format!("this `{prefix}` line stands behind a command and is not read");
                    let warning = diagnostics.warning(span.start..span.start + prefix.len(), message);
                    warning.note(format!("{} reads directives up to the first command", dialect.title()));
                    warning.help("move it up, above the first command");
                }
            }
            None if !commands => nearly(content, &span, dialect, diagnostics),
            None => {}
        }
        let blank = content.trim_start().is_empty() || content.trim_start().starts_with('#');
        // PBS also takes a first line with a colon for no command.
        let first = span.start == 0 && dialect == Dialect::Pbs && content.starts_with(':');
        commands |= !blank && !first;
        parts.body.push_str(line);
    }
    parts.heterogeneous = component;
    parts
}

/// Warns of lines that were surely meant to be directives.
fn nearly(line: &str, span: &Range<usize>, dialect: Dialect, diagnostics: &mut Diagnostics) {
    let prefix = dialect.prefix();
    let blanks = line.len() - line.trim_start().len();
    let Some(rest) = line.trim_start().strip_prefix('#') else { return };
    let word = rest.split_whitespace().next().unwrap_or("");
    let name = prefix.trim_start_matches('#');
    let option = rest.trim_start().get(word.len()..).unwrap_or("").trim_start().starts_with('-');
    let other = blanks > 0 || rest.starts_with([' ', '\t']);
    let spelt = word.eq_ignore_ascii_case(name) && (other || word != name);
    let misspelt = dialect != Dialect::GridEngine && !other && crate::spelling::one_edit(word, name);
    if option && (spelt || misspelt) && (dialect != Dialect::GridEngine || blanks > 0) {
        let message = format!("this line is a comment: a directive begins with `{prefix}`");
        let place = span.start + blanks..span.start + blanks + 1 + (rest.len() - rest.trim_start().len()) + word.len();
        diagnostics.warning(place, message).help(format!("write `{prefix}` at the beginning of the line"));
    }
}

/// The words of a directive: blanks part them, quotation marks join, `\` takes its meaning from what follows, a word that
/// begins with `#` is a comment.
fn words(text: &str, span: Range<usize>, diagnostics: &mut Diagnostics) -> Vec<Word> {
    let line = text.get(span.clone()).unwrap_or("");
    let mut words: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<(char, usize)> = None;
    let mut letters = line.char_indices();
    while let Some((offset, c)) = letters.next() {
        let at = span.start + offset;
        match (quote, c) {
            (None, ' ' | '\t') => {
                words.extend(word.take());
                continue;
            }
            (None, '#') if word.is_none() => break,
            _ => {}
        }
        let current = word.get_or_insert_with(|| Word { text: String::new(), span: at..at });
        let mut end = at + c.len_utf8();
        match (quote, c) {
            (_, '\\') => match letters.next() {
                Some((next, c)) => {
                    current.text.push(c);
                    end = span.start + next + c.len_utf8();
                }
                None => current.text.push('\\'),
            },
            (Some((mark, _)), _) if mark == c => quote = None,
            (None, '"' | '\'') => quote = Some((c, at)),
            _ => current.text.push(c),
        }
        current.span.end = end;
    }
    if let Some((mark, at)) = quote {
        diagnostics.error(at..span.end, "this quotation mark is not closed").help(format!("close it with `{mark}`"));
    }
    words.extend(word);
    words
}

/// A value as one word of a directive; `None` if no line can hold it.
pub(super) fn quoted(value: &str) -> Option<String> {
    if value.contains(['\n', '\r', '\0']) {
        return None;
    }
    let safe = |c: char| !c.is_whitespace() && !"\"'\\".contains(c);
    if !value.is_empty() && !value.starts_with('#') && value.chars().all(safe) {
        return Some(value.to_string());
    }
    Some(format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
}
