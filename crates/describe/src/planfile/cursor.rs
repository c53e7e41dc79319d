//! Reading within one statement: tokens of parameter lines, words of commands, quoted texts.

use crate::Diagnostics;
use std::ops::Range;

/// A place in a statement.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

/// A token of a parameter line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its text; for a quoted text what the quotes contain, escapes resolved.
    pub text: String,
    /// Where it is.
    pub span: Range<usize>,
}

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A bare word or number, its sign included.
    Word,
    /// A text in double quotes.
    Quoted,
    /// `;`
    Semicolon,
}

impl<'a> Cursor<'a> {
    /// At the start of a span.
    pub fn new(text: &'a str, span: Range<usize>) -> Self {
        let end = span.end.min(text.len());
        Self { text, at: span.start.min(end), end }
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    /// Where the next thing begins, for errors about something that is missing.
    pub fn here(&self) -> Range<usize> {
        let end = self.at + self.rest().chars().next().map_or(0, char::len_utf8);
        self.at..end
    }

    /// Skips white space, joined lines and comments; true when something is left.
    pub fn space(&mut self, diagnostics: &mut Diagnostics) -> bool {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            if blank > 0 {
                self.at += blank;
            } else if let Some(length) = continuation(rest) {
                self.at += length;
            } else if rest.starts_with('#') || rest.starts_with("//") {
                self.at = self.end;
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(close) => self.at += close + 2,
                    None => {
                        diagnostics
                            .error(self.at..self.at + 2, "a comment after a statement must end on the same line")
                            .help("write `*/`, or begin the comment on a line of its own");
                        self.at = self.end;
                    }
                }
            } else {
                return !rest.is_empty();
            }
        }
    }

    /// The next token of a parameter line. A sign before a number belongs to it, white space between them or not.
    pub fn token(&mut self, diagnostics: &mut Diagnostics) -> Option<Token> {
        if !self.space(diagnostics) {
            return None;
        }
        let start = self.at;
        let rest = self.rest();
        if rest.starts_with(';') {
            self.at += 1;
            return Some(Token { kind: TokenKind::Semicolon, text: ";".into(), span: start..self.at });
        }
        if rest.starts_with('"') {
            let text = self.quoted(diagnostics);
            return Some(Token { kind: TokenKind::Quoted, text, span: start..self.at });
        }
        let mut text = self.bare();
        if text == "-" || text == "+" {
            let mut ahead = self.clone();
            let sign = text.clone();
            if ahead.space(diagnostics) && ahead.rest().starts_with(|c: char| c.is_ascii_digit() || c == '.') {
                *self = ahead;
                text = sign + &self.bare();
            }
        }
        Some(Token { kind: TokenKind::Word, text, span: start..self.at })
    }

    /// The next token as a regular expression: in quotes a backslash stays, except before a quote.
    pub fn pattern(&mut self, diagnostics: &mut Diagnostics) -> Option<Token> {
        if !self.space(diagnostics) || !self.rest().starts_with('"') {
            return self.token(diagnostics);
        }
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((offset, c)) = chars.next() {
            match (c, chars.peek().map(|(_, next)| *next)) {
                ('"', _) => {
                    self.at += offset + 1;
                    return Some(Token { kind: TokenKind::Quoted, text, span: start..self.at });
                }
                ('\\', Some('"')) => {
                    text.push('"');
                    chars.next();
                }
                ('\\', Some(next)) => {
                    text.extend(['\\', next]);
                    chars.next();
                }
                _ => text.push(c),
            }
        }
        unclosed(start, diagnostics);
        self.at = self.end;
        Some(Token { kind: TokenKind::Quoted, text, span: start..self.end })
    }

    fn bare(&mut self) -> String {
        let rest = self.rest();
        let stop = |c: char| c.is_whitespace() || c == ';' || c == '"';
        let mut length = rest.find(stop).unwrap_or(rest.len());
        // A backslash that joins lines ends the word before it.
        if let Some(join) = rest[..length].find('\\').filter(|j| continuation(&rest[*j..]).is_some()) {
            length = join;
        }
        self.at += length;
        rest[..length].to_string()
    }

    /// The content of a quoted text that begins here.
    fn quoted(&mut self, diagnostics: &mut Diagnostics) -> String {
        let start = self.at;
        let mut out = String::new();
        self.at += 1;
        while let Some(next) = self.rest().chars().next() {
            match next {
                '"' => {
                    self.at += 1;
                    return out;
                }
                '\\' => {
                    let (text, length) = escape(self.rest(), self.at, diagnostics);
                    out.push_str(&text);
                    self.at += length;
                }
                _ => {
                    out.push(next);
                    self.at += next.len_utf8();
                }
            }
        }
        unclosed(start, diagnostics);
        out
    }

    /// The next word of a command, as written: it may hold quotes, `${…}`, `$(…)`, `$((…))` and backticks with blanks in them.
    pub fn word(&mut self, diagnostics: &mut Diagnostics) -> Option<Range<usize>> {
        if !self.space(diagnostics) {
            return None;
        }
        let start = self.at;
        let mut inside: Vec<char> = Vec::new();
        let mut skip = false;
        for (offset, c) in self.rest().char_indices() {
            if skip {
                skip = false;
                continue;
            }
            let rest = &self.rest()[offset..];
            let closer = inside.last().copied();
            if closer.is_none() && (c.is_whitespace() || continuation(rest).is_some()) {
                self.at += offset;
                return Some(start..self.at);
            }
            match c {
                '\\' => skip = true,
                _ if Some(c) == closer => {
                    inside.pop();
                }
                '"' | '`' if closer != Some('`') || c == '"' => inside.push(c),
                '(' if closer == Some(')') || rest_before_is_dollar(self.rest(), offset) => inside.push(')'),
                '{' if rest_before_is_dollar(self.rest(), offset) => inside.push('}'),
                _ => {}
            }
            // Deep nesting is refused where the word is read; here it only must not grow without bound.
            if inside.len() > 64 {
                break;
            }
        }
        // Something may still be open: the word then is all that is left, and its reader says what is missing.
        self.at = self.end;
        Some(start..self.end)
    }
}

fn rest_before_is_dollar(rest: &str, offset: usize) -> bool {
    rest[..offset].ends_with('$')
}

/// The length of a backslash and the line break after it.
pub(crate) fn continuation(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('\\')?;
    after.strip_prefix("\r\n").map(|_| 3).or_else(|| after.strip_prefix('\n').map(|_| 2))
}

/// Says that a quote has no end.
pub(crate) fn unclosed(start: usize, diagnostics: &mut Diagnostics) {
    diagnostics
        .error(start..start + 1, "the quoted text is not closed")
        .label("it begins here")
        .help("write `\"` where it ends; a quote inside it is `\\\"`");
}

/// The text that an escape in quotes stands for, and its length. `rest` begins with the backslash, at byte `at`.
pub(crate) fn escape(rest: &str, at: usize, diagnostics: &mut Diagnostics) -> (String, usize) {
    if let Some(length) = continuation(rest) {
        return (String::new(), length);
    }
    let after = rest.get(1..).unwrap_or("");
    let digits = |radix: u32, most: usize, from: usize| {
        let text = after.get(from..).unwrap_or("");
        let length = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
        (u32::from_str_radix(&text[..length], radix).ok(), length)
    };
    let Some(next) = after.chars().next() else { return ("\\".into(), 1) };
    let simple = match next {
        '\'' | '"' | '?' | '\\' | '$' => Some(next),
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\u{b}'),
        _ => None,
    };
    if let Some(simple) = simple {
        return (simple.to_string(), 2);
    }
    let (value, length) = match next {
        'x' => {
            let (value, length) = digits(16, 6, 1);
            (value, length + 2)
        }
        '0'..='7' => {
            let (value, length) = digits(8, 3, 0);
            (value, length + 1)
        }
        _ => (None, 1 + next.len_utf8()),
    };
    match value.and_then(char::from_u32).filter(|c| *c != '\0') {
        Some(c) => (c.to_string(), length),
        None => {
            let shown = rest.get(..length).unwrap_or("\\").to_string();
            diagnostics
                .error(at..at + length, format!("`{shown}` is no escape for a character"))
                .help("a backslash itself is written `\\\\`");
            (String::new(), length)
        }
    }
}
