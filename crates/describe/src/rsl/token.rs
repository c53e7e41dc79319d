//! Words and signs of RSL 1, after the scanner of the Globus Toolkit (`globus_rsl_scanner.l`) and ARC's (`RSLParser.cpp`),
//! which differ in what ends an unquoted word.

use super::parse::shortened;
use super::tree::Operator;
use crate::Diagnostics;
use std::ops::Range;

/// Whose rules hold where the two readers of RSL 1 differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// The Globus Toolkit's.
    Globus,
    /// ARC's: empty value lists, `*`, `?` and `~` in words, and any two touching words are one.
    Arc,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A word; whether it was quoted.
    Word(String, bool),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `&`
    And,
    /// `|`
    Or,
    /// `+`
    Plus,
    /// `#`
    Hash,
    /// `$`
    Dollar,
    /// A sign of a relation.
    Operator(Operator),
    /// The end of the text.
    End,
}

/// A token and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Range<usize>,
    /// Whether nothing stands between it and the token before.
    pub touches: bool,
}

/// Cuts a text into tokens.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    syntax: Syntax,
    returns: bool,
    /// Whether a quote or comment goes on to the end of the text: nothing more can be said of that.
    pub cut_off: bool,
}

impl<'a> Lexer<'a> {
    /// At the beginning of a text.
    pub(super) fn new(text: &'a str, syntax: Syntax) -> Self {
        Self { text, at: 0, syntax, returns: false, cut_off: false }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Skips white space and comments.
    fn skip(&mut self, diagnostics: &mut Diagnostics) {
        loop {
            let rest = self.rest();
            let blank = rest.find(|c: char| !matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}'));
            let blank = blank.unwrap_or(rest.len());
            if self.syntax == Syntax::Globus && !self.returns && rest[..blank].contains('\r') {
                self.returns = true;
                let span = self.at..self.at + blank;
                diagnostics
                    .warning(span, "lines end with carriage returns, which Globus takes for words")
                    .help("convert the file, for example with `dos2unix`");
            }
            self.at += blank;
            if !self.rest().starts_with("(*") {
                return;
            }
            match self.rest()[2..].find("*)") {
                Some(end) => self.at += end + 4,
                None => {
                    let span = self.at..self.at + 2;
                    self.cut_off = true;
                    diagnostics.error(span, "the comment is not closed").help("a comment ends with `*)`");
                    self.at = self.text.len();
                }
            }
        }
    }

    /// The next token. Characters that are none are reported and skipped.
    pub(super) fn next(&mut self, diagnostics: &mut Diagnostics) -> Token {
        let before = self.at;
        self.skip(diagnostics);
        let touches = before == self.at;
        let start = self.at;
        let rest = self.rest();
        let sign = |kind: Kind, length: usize| (kind, length);
        let mut chars = rest.chars();
        let (kind, length) = match (chars.next(), chars.next()) {
            (None, _) => sign(Kind::End, 0),
            (Some('('), _) => sign(Kind::Open, 1),
            (Some(')'), _) => sign(Kind::Close, 1),
            (Some('&'), _) => sign(Kind::And, 1),
            (Some('|'), _) => sign(Kind::Or, 1),
            (Some('+'), _) => sign(Kind::Plus, 1),
            (Some('#'), _) => sign(Kind::Hash, 1),
            (Some('$'), _) => sign(Kind::Dollar, 1),
            (Some('='), _) => sign(Kind::Operator(Operator::Equal), 1),
            (Some('!'), Some('=')) => sign(Kind::Operator(Operator::NotEqual), 2),
            (Some('<'), Some('=')) => sign(Kind::Operator(Operator::AtMost), 2),
            (Some('<'), _) => sign(Kind::Operator(Operator::Less), 1),
            (Some('>'), Some('=')) => sign(Kind::Operator(Operator::AtLeast), 2),
            (Some('>'), _) => sign(Kind::Operator(Operator::Greater), 1),
            (Some(quote @ ('"' | '\'')), _) => self.quoted(quote, 1, diagnostics),
            (Some('^'), Some(quote)) => self.quoted(quote, 1 + quote.len_utf8(), diagnostics),
            (Some(first), _) => {
                let length = self.word_length(rest);
                if length == 0 {
                    let width = first.len_utf8();
                    let message = format!("`{first}` cannot stand in a word without quotes");
                    let near = rest.find(|c: char| c.is_whitespace() || "()".contains(c)).unwrap_or(rest.len());
                    let written = rest.get(..near).unwrap_or("");
                    let error = diagnostics.error(start..start + width, message);
                    if let Some(inside) = written.strip_prefix("~/") {
                        error.help(format!("your home directory is `$(HOME)/{}`", shortened(inside)));
                    } else if !written.contains('"') {
                        error.help(format!("write \"{}\"", shortened(written)));
                    }
                    self.at = start + near.max(width);
                    let span = start..self.at;
                    return Token { kind: Kind::Word(written.into(), false), span, touches };
                }
                sign(Kind::Word(rest.get(..length).unwrap_or("").into(), false), length)
            }
        };
        self.at = start + length;
        Token { kind, span: start..self.at, touches }
    }

    /// How long the unquoted word is that the text begins with; 0 if it cannot begin one.
    fn word_length(&self, rest: &str) -> usize {
        let ends = |c: char| c.is_ascii_whitespace() || c == '\u{b}' || "=!<>()\"'^#$".contains(c);
        match self.syntax {
            Syntax::Globus => {
                let never = |c: char| ends(c) || "*?~".contains(c);
                rest.find(never).unwrap_or(rest.len())
            }
            Syntax::Arc => rest.find(|c: char| ends(c) || "+&|".contains(c)).unwrap_or(rest.len()),
        }
    }

    /// A quoted word; inside, the delimiter is written twice.
    fn quoted(&mut self, quote: char, prefix: usize, diagnostics: &mut Diagnostics) -> (Kind, usize) {
        let rest = self.rest();
        let (mut out, mut at) = (String::new(), prefix);
        loop {
            let ahead = rest.get(at..).unwrap_or("");
            let Some(end) = ahead.find(quote) else {
                let span = self.at..self.at + prefix;
                diagnostics
                    .error(span, format!("the quote `{quote}` is not closed"))
                    .help(format!("close it with `{quote}`; inside, the delimiter is written twice"));
                self.cut_off = true;
                return (Kind::Word(out, true), rest.len());
            };
            out.push_str(ahead.get(..end).unwrap_or(""));
            at += end + quote.len_utf8();
            if !rest.get(at..).is_some_and(|ahead| ahead.starts_with(quote)) {
                return (Kind::Word(out, true), at);
            }
            out.push(quote);
            at += quote.len_utf8();
        }
    }
}
