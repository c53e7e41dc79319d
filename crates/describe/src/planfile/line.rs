//! Statements: lines without comments, `\` at the end of a line joining it to the next.

use crate::Diagnostics;
use std::ops::Range;

/// The longest statement that is read, in bytes: a run file's list of values can be long, a command cannot.
const MAX_STATEMENT: usize = 8 << 20;

/// One statement: a keyword and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// All of it, without white space at its ends.
    pub span: Range<usize>,
    /// Its first word.
    pub keyword: Range<usize>,
}

impl Statement {
    /// The statement that a span holds, if it holds one.
    pub fn new(text: &str, span: Range<usize>) -> Option<Self> {
        let whole = text.get(span.clone())?;
        let start = span.start + (whole.len() - whole.trim_start().len());
        let end = start + whole.trim().len();
        let body = text.get(start..end).filter(|b| !b.is_empty())?;
        let length = body.find(|c: char| c.is_whitespace() || matches!(c, ';' | '"' | '\\')).unwrap_or(body.len());
        // A statement that begins with a quote or a semicolon still has a keyword to point at.
        let length = if length == 0 { body.chars().next().map_or(0, char::len_utf8) } else { length };
        Some(Self { span: start..end, keyword: start..start + length })
    }

    /// The keyword's text.
    pub fn word<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.keyword.clone()).unwrap_or("")
    }

    /// What follows the keyword.
    pub fn rest(&self) -> Range<usize> {
        self.keyword.end..self.span.end
    }
}

/// Cuts a text into statements; `None` where it cannot be cut. Comments are `# …`, `// …` and `/* … */` where a statement could begin.
pub(crate) fn split(text: &str, diagnostics: &mut Diagnostics) -> Option<Vec<Statement>> {
    let mut statements = Vec::new();
    let mut at = 0;
    if let Some(nul) = text.find('\0') {
        let help = "the file is damaged, or it is not a text file";
        diagnostics.error(nul..nul + 1, "there is a zero byte in the text").help(help);
        return None;
    }
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
        } else if rest.starts_with("/*") {
            match rest.find("*/") {
                Some(close) => at += close + 2,
                None => {
                    diagnostics
                        .error(at..at + 2, "the comment is not closed")
                        .label("it begins here")
                        .help("write `*/` where it ends");
                    return None;
                }
            }
        } else if rest.starts_with('#') || rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else {
            let end = at + statement_length(rest);
            if end - at > MAX_STATEMENT {
                let message = format!("the statement is {} bytes long; the limit is {MAX_STATEMENT}", end - at);
                diagnostics.error(at..at + 1, message).help("is a line break missing?");
            } else if let Some(statement) = Statement::new(text, at..end) {
                statements.push(statement);
            }
            at = end;
        }
    }
    Some(statements)
}

/// Up to the first line break that no backslash takes away.
fn statement_length(rest: &str) -> usize {
    let mut from = 0;
    while let Some(found) = rest.get(from..).and_then(|r| r.find('\n')) {
        let line = &rest[..from + found];
        let line = line.strip_suffix('\r').unwrap_or(line);
        let backslashes = line.bytes().rev().take_while(|b| *b == b'\\').count();
        if backslashes % 2 == 0 {
            return from + found;
        }
        from += found + 1;
    }
    rest.len()
}
