//! The syntax of JDL: attributes, lists and records, with the place of each; comments are put out of the way.
//!
//! The brackets around a document may be left out. A value that is no ClassAd expression is kept as a bare text:
//! DIRAC's reader takes such, and so do programs that fill in templates.

use crate::Diagnostics;
use pelago_classad::{Expr, ParseError, Syntax, Value as ClassAd};
use std::ops::Range;

/// Brackets in brackets.
const MAX_DEPTH: usize = 100;

/// Attributes in brackets.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub entries: Vec<Entry>,
    pub span: Range<usize>,
}

/// `name = value`.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    pub name_span: Range<usize>,
    pub value: Value,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub span: Range<usize>,
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A text in quotation marks.
    Text(String),
    /// `{a, b}`.
    List(Vec<Value>),
    /// `[a = 1]`.
    Record(Record),
    /// Any other expression.
    Expression(Expr),
    /// No expression, and why; a text without quotation marks for those who take one.
    Bare(ParseError),
}

/// A document without its comments, and its outline.
pub(super) struct Outline {
    /// The text with blanks in place of comments; places are those of the original.
    pub text: String,
    /// The same with every string masked by quotation marks, so that brackets and signs in strings do not count.
    shape: Vec<u8>,
    /// Where each opening bracket closes, in the order of the text.
    pairs: Vec<(usize, usize)>,
}

/// Reads a document: its text without comments, and its attributes. `None` if the brackets do not fit together.
pub(super) fn read(text: &str, diagnostics: &mut Diagnostics) -> Option<(Outline, Record)> {
    let outline = Outline::new(text, diagnostics)?;
    let whole = outline.trimmed(0..outline.text.len());
    let inner = match outline.bracketed(&whole, b'[') {
        true => whole.start + 1..whole.end.saturating_sub(1),
        false => {
            let close = outline.close(whole.start).filter(|_| outline.byte(whole.start) == b'[');
            if let Some(close) = close {
                let rest = outline.trimmed(close + 1..whole.end);
                let error = diagnostics.error(rest, "the document ends with its `]`; this stands behind it");
                error.help(
                    "several jobs in one document are a collection: `Type = \"Collection\"; Nodes = { [ … ], [ … ] };`",
                );
                return None;
            }
            whole.clone()
        }
    };
    let entries = outline.entries(inner, diagnostics);
    Some((outline, Record { entries, span: whole }))
}

impl Outline {
    fn new(text: &str, diagnostics: &mut Diagnostics) -> Option<Self> {
        let mut clean = text.as_bytes().to_vec();
        let mut shape = clean.clone();
        let bytes = text.as_bytes();
        let (mut at, mut line_start) = (0, true);
        let (mut before, mut sign, mut behind) = (b'\n', b'\n', false);
        while let Some(&byte) = bytes.get(at) {
            let next = bytes.get(at + 1).copied().unwrap_or(0);
            let apart = matches!(before, b' ' | b'\t' | b'\r' | b'\n' | b';' | b',' | b'{' | b'[' | b'}' | b']');
            let comment = match (byte, next) {
                (b'#', _) if line_start => Some(line_end(bytes, at)),
                // Behind a value it is nothing else either, and people write it there.
                (b'#', _) if matches!(sign, b';' | b',' | b'{' | b'[' | b'}' | b']') => {
                    let end = line_end(bytes, at);
                    if !std::mem::replace(&mut behind, true) {
                        let warning = diagnostics.warning(at..end, "a comment with `#` stands behind something");
                        warning.note("some readers of this language know `#` only at the beginning of a line");
                        warning.help("write it in a line of its own");
                    }
                    Some(end)
                }
                (b'/', b'/') if apart => Some(line_end(bytes, at)),
                (b'/', b'*') if apart => match find(bytes, at + 2, b"*/") {
                    Some(end) => Some(end + 2),
                    None => {
                        diagnostics.error(at..at + 2, "this comment has no end").help("close it with `*/`");
                        Some(bytes.len())
                    }
                },
                _ => None,
            };
            let end = match comment {
                Some(end) => {
                    blank(&mut clean, at..end, b' ');
                    blank(&mut shape, at..end, b' ');
                    end
                }
                None if byte == b'"' => {
                    let end = string_end(text, at, diagnostics);
                    if let Some(part) = shape.get_mut(at..end) {
                        part.fill(b'"');
                    }
                    end
                }
                None => at + 1,
            };
            line_start = byte == b'\n' || line_start && (byte.is_ascii_whitespace() || comment.is_some());
            before = if comment.is_some() { b' ' } else { byte };
            if comment.is_none() && !byte.is_ascii_whitespace() {
                sign = byte;
            }
            at = end;
        }
        let text = String::from_utf8(clean).unwrap_or_else(|_| text.to_string());
        let mut outline = Self { text, shape, pairs: Vec::new() };
        outline.pairs = outline.pair(diagnostics)?;
        Some(outline)
    }

    /// Fits brackets together.
    fn pair(&self, diagnostics: &mut Diagnostics) -> Option<Vec<(usize, usize)>> {
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for (at, &byte) in self.shape.iter().enumerate() {
            match byte {
                b'(' | b'[' | b'{' => {
                    if open.len() >= MAX_DEPTH {
                        let message = format!("brackets are nested deeper than {MAX_DEPTH} levels");
                        diagnostics.error(at..at + 1, message);
                        return None;
                    }
                    open.push(pairs.len());
                    pairs.push((at, usize::MAX));
                }
                b')' | b']' | b'}' => {
                    let opened = open.pop().and_then(|index| pairs.get_mut(index));
                    let expected = opened.as_ref().map(|(from, _)| closing(self.byte(*from)));
                    match opened {
                        Some(pair) if expected == Some(byte) => pair.1 = at,
                        Some((from, _)) => {
                            let wanted = char::from(closing(self.byte(*from)));
                            let message = format!("expected `{wanted}`, found `{}`", char::from(byte));
                            let error = diagnostics.error(at..at + 1, message);
                            error.related(*from..*from + 1, "opened here");
                            return None;
                        }
                        None => {
                            let message = format!("this `{}` closes nothing", char::from(byte));
                            diagnostics.error(at..at + 1, message);
                            return None;
                        }
                    }
                }
                _ => {}
            }
        }
        if let Some((from, _)) = open.last().and_then(|index| pairs.get(*index)) {
            let wanted = char::from(closing(self.byte(*from)));
            let message = format!("this `{}` is never closed", char::from(self.byte(*from)));
            diagnostics.error(*from..*from + 1, message).help(format!("write `{wanted}` where it ends"));
            return None;
        }
        Some(pairs)
    }

    fn byte(&self, at: usize) -> u8 {
        self.shape.get(at).copied().unwrap_or(0)
    }

    fn close(&self, open: usize) -> Option<usize> {
        let index = self.pairs.binary_search_by_key(&open, |pair| pair.0).ok()?;
        self.pairs.get(index).map(|pair| pair.1)
    }

    /// A part of the text without comments.
    pub(super) fn slice(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or("")
    }

    fn trimmed(&self, span: Range<usize>) -> Range<usize> {
        let text = self.slice(&span);
        let start = span.start + (text.len() - text.trim_start().len());
        start..(start + text.trim().len())
    }

    /// The first byte from here that is no blank, or the end.
    fn skip(&self, span: Range<usize>) -> usize {
        let bytes = self.shape.get(span.clone()).unwrap_or(&[]);
        bytes.iter().position(|b| !b.is_ascii_whitespace()).map_or(span.end, |length| span.start + length)
    }

    /// Whether a part begins with this bracket and ends where that closes.
    fn bracketed(&self, span: &Range<usize>, open: u8) -> bool {
        self.byte(span.start) == open && self.close(span.start).is_some_and(|close| close + 1 == span.end)
    }

    /// The next place of one of `marks` outside brackets, or the end.
    fn next(&self, span: Range<usize>, mark: u8) -> usize {
        let mut at = span.start;
        while at < span.end {
            let byte = self.byte(at);
            if byte == mark {
                return at;
            }
            at = self.close(at).filter(|close| *close < span.end).unwrap_or(at) + 1;
        }
        span.end
    }

    fn entries(&self, span: Range<usize>, diagnostics: &mut Diagnostics) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut at = span.start;
        loop {
            at = self.skip(at..span.end);
            while at < span.end && self.byte(at) == b';' {
                at = self.skip(at + 1..span.end);
            }
            if at >= span.end {
                return entries;
            }
            let name_span = self.name(at..span.end);
            let name = self.slice(&name_span).trim_matches('\'').to_string();
            if name.is_empty() {
                let shown = self.slice(&(at..span.end)).chars().next().unwrap_or(' ');
                let error = diagnostics
                    .error(at..at + shown.len_utf8(), format!("expected the name of an attribute, found `{shown}`"));
                error.help("a document is `Name = value;` again and again");
                at = self.next(at..span.end, b';');
                continue;
            }
            let sign = self.skip(name_span.end..span.end);
            if self.byte(sign) != b'=' || sign >= span.end || self.byte(sign + 1) == b'=' {
                let place = name_span.end..name_span.end;
                diagnostics.error(place, format!("expected `=` after `{name}`")).label("here");
                at = self.next(at..span.end, b';');
                continue;
            }
            let (end, missing) = self.value_end(sign + 1..span.end);
            if missing {
                let error = diagnostics.error(end..end, format!("expected `;` after the value of `{name}`"));
                error.label("here");
            }
            let value = self.trimmed(sign + 1..end);
            match value.is_empty() {
                true => {
                    diagnostics
                        .error(name_span.clone(), format!("`{name}` has no value"))
                        .help("write one, or leave the attribute out");
                }
                false => entries.push(Entry { name, name_span, value: self.value(value, diagnostics) }),
            }
            at = end;
        }
    }

    fn name(&self, span: Range<usize>) -> Range<usize> {
        let bytes = self.shape.get(span.clone()).unwrap_or(&[]);
        if bytes.first() == Some(&b'\'') {
            let length = bytes.iter().skip(1).position(|b| *b == b'\'').map_or(0, |p| p + 2);
            return span.start..span.start + length;
        }
        // The points are DIRAC's: attributes that belong to a parametric one.
        let word = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
        let begins = bytes.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
        span.start..span.start + if begins { bytes.iter().take_while(word).count() } else { 0 }
    }

    /// Where a value ends, and whether its `;` is missing: then a line follows that begins with `name =`.
    fn value_end(&self, span: Range<usize>) -> (usize, bool) {
        let mut at = span.start;
        while at < span.end {
            match self.byte(at) {
                b';' => return (at, false),
                b'\n' => {
                    let start = self.skip(at..span.end);
                    let name = self.name(start..span.end);
                    let sign = self.skip(name.end..span.end);
                    let single = self.byte(sign) == b'=' && !matches!(self.byte(sign + 1), b'=' | b'?' | b'!');
                    if !name.is_empty() && sign < span.end && single {
                        return (self.trimmed(span.start..at).end.max(span.start), true);
                    }
                    at = start.max(at + 1);
                }
                _ => at = self.close(at).filter(|close| *close < span.end).unwrap_or(at) + 1,
            }
        }
        (span.end, false)
    }

    fn value(&self, span: Range<usize>, diagnostics: &mut Diagnostics) -> Value {
        let inner = span.start + 1..span.end.saturating_sub(1);
        let kind = if self.bracketed(&span, b'{') {
            Kind::List(self.list(inner, diagnostics))
        } else if self.bracketed(&span, b'[') {
            Kind::Record(Record { entries: self.entries(inner, diagnostics), span: span.clone() })
        } else {
            match pelago_classad::parse_with(self.slice(&span), Syntax::New) {
                Ok(Expr::Literal(ClassAd::String(text))) => Kind::Text(text.to_string()),
                Ok(expr) => Kind::Expression(expr),
                Err(error) => Kind::Bare(error),
            }
        };
        Value { span, kind }
    }

    fn list(&self, span: Range<usize>, diagnostics: &mut Diagnostics) -> Vec<Value> {
        let mut items = Vec::new();
        let mut at = span.start;
        let empty = self.skip(span.clone()) >= span.end;
        while at < span.end && !empty {
            let comma = self.next(at..span.end, b',');
            let item = self.trimmed(at..comma);
            match item.is_empty() {
                true => {
                    let place = comma.min(span.end)..(comma + 1).min(span.end);
                    let warning = diagnostics.warning(place, "a comma with no element beside it");
                    warning.note("gLite refuses such a list; DIRAC leaves the empty element out");
                }
                false => items.push(self.value(item, diagnostics)),
            }
            at = comma + 1;
            if comma < span.end && self.skip(at..span.end) >= span.end {
                let warning = diagnostics.warning(comma..comma + 1, "a comma after the last element");
                warning.note("gLite refuses such a list; DIRAC does not mind");
                break;
            }
        }
        items
    }
}

fn closing(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes.iter().skip(from).position(|b| *b == b'\n').map_or(bytes.len(), |length| from + length)
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    bytes.get(from..)?.windows(what.len()).position(|window| window == what).map(|at| from + at)
}

/// Puts blanks in place of a part; line breaks stay.
fn blank(bytes: &mut [u8], span: Range<usize>, with: u8) {
    for byte in bytes.get_mut(span).unwrap_or_default().iter_mut().filter(|b| **b != b'\n') {
        *byte = with;
    }
}

/// Where a string ends that begins at `from`, past its quotation mark. One that goes over the end of its line is an
/// error; it is taken to end before the `;` or `,` of that line, if there is one.
fn string_end(text: &str, from: usize, diagnostics: &mut Diagnostics) -> usize {
    let bytes = text.as_bytes();
    let mut at = from + 1;
    let mut broken = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'"' => return at + 1,
            b'\n' if !broken => {
                broken = true;
                let end = text.get(from..at).map_or(from, |line| from + line.trim_end().len());
                let error = diagnostics.error(from..end, "this string goes over the end of its line");
                error.note("a string of JDL stands on one line; a line break in it is written `\\n`");
                let last = bytes.get(end.saturating_sub(1)).copied().unwrap_or(0);
                if matches!(last, b';' | b',') && end > from + 1 {
                    error.help("is its closing quotation mark missing?");
                    return end - 1;
                }
                error.help("join its parts: write them on one line, or as several strings in a list");
            }
            _ => {}
        }
        at += 1;
    }
    if !broken {
        let end = text.get(from..).map_or(from, |rest| from + rest.trim_end().len());
        diagnostics.error(from..end, "this string has no closing quotation mark").help("close it with `\"`");
    }
    bytes.len()
}
