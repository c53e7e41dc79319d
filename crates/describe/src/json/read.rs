//! Reading JSON: one pass, bounded depth, every value with its place.

use super::{Kind, Member, Value};
use crate::{Diagnostics, spelling};
use std::collections::BTreeMap;
use std::ops::Range;

/// How deep values may lie in each other.
const DEPTH: usize = 100;
/// How many values there may be.
const MOST: usize = 8_000_000;

/// How much is forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 8259 and nothing else. A name that is given twice is a warning; the last counts.
    Strict,
    /// What `org.json` and the UNICORE clients take: words without quotes, which end at a line's end, single quotes,
    /// comments, `;` for `,`, `=` for `:`, separators before a closing bracket. A name that is given twice is an error.
    Relaxed,
}

/// Reads a document. What is wrong is among the diagnostics, and nothing is returned then.
pub fn read(text: &str, dialect: Dialect, diagnostics: &mut Diagnostics) -> Option<Value> {
    let relaxed = dialect == Dialect::Relaxed;
    let mut parser = Parser { text, at: 0, relaxed, count: 0, diagnostics };
    parser.skip()?;
    let value = parser.value(0, "the document")?;
    parser.skip()?;
    if parser.at < text.len() {
        let rest = parser.at..text.trim_end().len().max(parser.at);
        match relaxed {
            true => drop(parser.diagnostics.warning(rest, "what follows the end of the document is not read")),
            false => {
                parser.diagnostics.error(rest, "there is more text after the end of the document");
                return None;
            }
        }
    }
    Some(value)
}

struct Parser<'a, 'd> {
    text: &'a str,
    at: usize,
    relaxed: bool,
    count: usize,
    diagnostics: &'d mut Diagnostics,
}

impl<'a> Parser<'a, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// The place of the character here; empty at the end.
    fn here(&self) -> Range<usize> {
        self.at..self.at + self.rest().chars().next().map_or(0, char::len_utf8)
    }

    /// The character here, for messages.
    fn found(&self) -> String {
        match self.rest().chars().next() {
            Some(c) if c.is_control() => format!("the control character U+{:04X}", u32::from(c)),
            Some(c) => format!("`{c}`"),
            None => "the end of the text".into(),
        }
    }

    /// Skips white space, and comments where they are allowed.
    fn skip(&mut self) -> Option<()> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'#') if self.relaxed => self.skip_line(),
                Some(b'/') if self.rest().starts_with("//") && self.relaxed => self.skip_line(),
                Some(b'/') if self.rest().starts_with("/*") && self.relaxed => {
                    let Some(end) = self.rest().find("*/") else {
                        let here = self.at..self.at + 2;
                        self.diagnostics.error(here, "this comment is not closed").help("close it with `*/`");
                        return None;
                    };
                    self.at += end + 2;
                }
                Some(b'/' | b'#') if !self.relaxed => {
                    let here = self.here();
                    self.diagnostics.error(here, "JSON has no comments").help("delete the comment");
                    return None;
                }
                _ => return Some(()),
            }
        }
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// A value; `of` says what it belongs to, for messages.
    fn value(&mut self, depth: usize, of: &str) -> Option<Value> {
        self.count += 1;
        if self.count > MOST || depth > DEPTH {
            let what = if depth > DEPTH {
                format!("values lie more than {DEPTH} deep in each other")
            } else {
                format!("more than {MOST} values")
            };
            let here = self.here();
            self.diagnostics.error(here, what);
            return None;
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'\'') if self.relaxed => Kind::Text(self.string()?),
            _ if self.relaxed => self.word(of)?,
            _ => self.literal(of)?,
        };
        Some(Value { kind, span: start..self.at })
    }

    fn object(&mut self, depth: usize) -> Option<Kind> {
        let open = self.at;
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        loop {
            self.skip()?;
            match self.peek() {
                Some(b'}') => break,
                Some(b',' | b';') if self.relaxed && !members.is_empty() => {
                    self.at += 1;
                    continue;
                }
                None => return self.unclosed(open, '}'),
                _ => {}
            }
            let (name, name_span) = self.name()?;
            self.skip()?;
            self.colon(&name, &name_span)?;
            self.skip()?;
            let value = self.value(depth + 1, &name)?;
            match places.get(&name) {
                Some(&place) => self.twice(&mut members, place, Member { name, name_span, value })?,
                None => {
                    places.insert(name.clone(), members.len());
                    members.push(Member { name, name_span, value });
                }
            }
            self.separator(open, b'}', "a member")?;
        }
        self.at += 1;
        Some(Kind::Object(members))
    }

    fn twice(&mut self, members: &mut [Member], place: usize, member: Member) -> Option<()> {
        let before = members.get_mut(place)?;
        let message = format!("`{}` is given twice", member.name);
        let (span, first) = (member.name_span.clone(), before.name_span.clone());
        match self.relaxed {
            true => drop(self.diagnostics.error(span, message).related(first, "first here")),
            false => drop(
                self.diagnostics
                    .warning(span, message)
                    .related(first, "this one does not count")
                    .note("readers of JSON take the last one, or refuse the document"),
            ),
        }
        before.value = member.value;
        Some(())
    }

    fn list(&mut self, depth: usize) -> Option<Kind> {
        let open = self.at;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip()?;
            match self.peek() {
                Some(b']') => break,
                Some(b',' | b';') if self.relaxed => {
                    let here = self.here();
                    self.diagnostics.error(here, "a value is missing before this separator");
                    return None;
                }
                None => return self.unclosed(open, ']'),
                _ => {}
            }
            items.push(self.value(depth + 1, "the list")?);
            self.separator(open, b']', "a value")?;
        }
        self.at += 1;
        Some(Kind::List(items))
    }

    fn unclosed(&mut self, open: usize, close: char) -> Option<Kind> {
        self.diagnostics
            .error(open..open + 1, format!("this bracket is not closed: the text ends before `{close}`"))
            .help(format!("add `{close}`; the document may have been cut off"));
        None
    }

    /// What stands between two members or values, or before the closing bracket, which is left.
    fn separator(&mut self, open: usize, close: u8, what: &str) -> Option<()> {
        self.skip()?;
        match self.peek() {
            Some(byte) if byte == close => return Some(()),
            Some(b',') => {}
            Some(b';') if self.relaxed => {}
            None => {
                self.unclosed(open, char::from(close));
                return None;
            }
            _ => {
                let (here, found) = (self.here(), self.found());
                let before = self.text.get(..self.at).unwrap_or("");
                let line = before.trim_end_matches([' ', '\t']).ends_with(['\n', '\r']);
                let message = format!("expected `,` or `{}` after {what}, found {found}", char::from(close));
                let error = self.diagnostics.error(here, message);
                error.related(open..open + 1, "in the brackets that begin here");
                if line {
                    let end = before.trim_end().len();
                    error.related(end..end, "a comma may be missing here");
                }
                return None;
            }
        }
        let comma = self.here();
        self.at += 1;
        if !self.relaxed {
            self.skip()?;
            if self.peek() == Some(close) {
                self.diagnostics
                    .error(comma, format!("a comma before `{}`", char::from(close)))
                    .note("JSON allows commas only between values")
                    .help("delete the comma");
                return None;
            }
        }
        Some(())
    }

    fn name(&mut self) -> Option<(String, Range<usize>)> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => return Some((self.string()?, start..self.at)),
            Some(b'\'') if self.relaxed => return Some((self.string()?, start..self.at)),
            _ if self.relaxed => {}
            _ => {
                let (here, found) = (self.here(), self.found());
                let diagnostic = self.diagnostics.error(here, format!("expected a name in quotes, found {found}"));
                if found == "`'`" {
                    diagnostic.help("JSON has double quotes only");
                }
                return None;
            }
        }
        // Not the whole line: a document may be one.
        let rest = self.rest();
        let length = rest.find([':', '=', '{', '}', '[', ']', ',', ';', '\n', '\r']).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or("").trim_end();
        if word.is_empty() || !matches!(rest.as_bytes().get(length), Some(b':' | b'=')) {
            let here = if word.is_empty() { self.here() } else { start..start + word.len() };
            let found = if word.is_empty() { self.found() } else { format!("`{word}`") };
            self.diagnostics
                .error(here, format!("expected a name and `:`, found {found}"))
                .help("a member is `name: value`; members are separated by commas");
            return None;
        }
        self.at += word.len();
        let span = start..self.at;
        // A name whose opening quote was forgotten is what UNICORE's own samples contain.
        let name = word.trim_matches(['"', '\'']).to_string();
        if name.len() != word.len() {
            self.diagnostics
                .warning(span.clone(), format!("a stray quote; the name is read as `{name}`"))
                .help(format!("write `\"{name}\"`"));
        }
        Some((name, span))
    }

    fn colon(&mut self, name: &str, name_span: &Range<usize>) -> Option<()> {
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(b'=') if self.relaxed => self.at += if self.rest().starts_with("=>") { 2 } else { 1 },
            _ => {
                let (here, found) = (self.here(), self.found());
                self.diagnostics
                    .error(here, format!("expected `:` after the name `{name}`, found {found}"))
                    .related(name_span.clone(), "the name");
                return None;
            }
        }
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let quote = self.peek()?;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or("");
            let plain = rest.bytes().position(|b| b == quote || b == b'\\' || b < b' ').unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or(""));
            self.at += plain;
            match self.peek() {
                Some(b'\\') => {
                    let c = self.escape()?;
                    out.push(c);
                }
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return Some(out);
                }
                Some(b'\t') if self.relaxed => {
                    out.push('\t');
                    self.at += 1;
                }
                Some(b'\n' | b'\r') | None => {
                    let first = start..start + 1;
                    self.diagnostics
                        .error(first, "this string is not closed on its line")
                        .help("write a line break in a string as `\\n`");
                    return None;
                }
                Some(byte) => {
                    let here = self.here();
                    self.diagnostics
                        .error(here, format!("a control character in a string; write it as `\\u{byte:04x}`"));
                    return None;
                }
            }
        }
    }

    /// The character of an escape.
    fn escape(&mut self) -> Option<char> {
        let start = self.at;
        self.at += 1;
        let escaped = self.rest().chars().next();
        self.at += escaped.map_or(0, char::len_utf8);
        let plain = match escaped {
            Some(c @ ('"' | '\\' | '/')) => Some(c),
            Some('\'') if self.relaxed => Some('\''),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('u') => self.unicode(),
            _ => None,
        };
        if plain.is_none() {
            self.diagnostics
                .error(start..self.at, "this escape stands for no character")
                .note("known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits that are not all 0")
                .help("write a backslash itself as `\\\\`");
        }
        plain
    }

    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if !(0xd800..0xe000).contains(&first) {
            // No argument, path or variable can hold a NUL.
            return char::from_u32(first).filter(|letter| *letter != '\0');
        }
        if first < 0xdc00 && self.rest().starts_with("\\u") {
            self.at += 2;
            let second = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            return char::from_u32(0x10000 + ((first - 0xd800) << 10) + second);
        }
        None
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(value)
    }

    /// `true`, `false`, `null` or a number, in strict JSON.
    fn literal(&mut self, of: &str) -> Option<Kind> {
        let rest = self.rest();
        let length = rest.bytes().position(|b| b" \t\r\n,:{}[]\"'/#".contains(&b)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or("").to_string();
        let kind = match word.as_str() {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            number if is_number(number) => Kind::Number(word.clone()),
            _ => {
                let start = self.at;
                let found = if word.is_empty() { self.found() } else { format!("`{word}`") };
                let span = if word.is_empty() { self.here() } else { start..start + length };
                let near = spelling::nearest(&word, ["true", "false", "null"]);
                let near = near.map(str::to_string).or_else(|| (word == "None").then(|| "null".to_string()));
                self.diagnostics
                    .error(span, format!("{of} needs a value, found {found}"))
                    .did_you_mean(near.as_deref());
                return None;
            }
        };
        self.at += length;
        Some(kind)
    }

    /// A word without quotes: to the next separator or the end of the line.
    fn word(&mut self, of: &str) -> Option<Kind> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let mut end = 0;
        while let Some(&byte) = bytes.get(end) {
            let after_blank = end > 0 && matches!(bytes.get(end - 1), Some(b' ' | b'\t'));
            match byte {
                b',' | b'}' | b']' | b';' | b'\n' | b'\r' => break,
                b'#' if after_blank => break,
                b'/' if after_blank && bytes.get(end + 1) == Some(&b'/') => break,
                // A variable of a workflow or shell: `${NAME}`.
                b'$' if bytes.get(end + 1) == Some(&b'{') => {
                    let line = bytes.get(end..).unwrap_or(&[]).iter();
                    let length = line.take_while(|b| **b != b'\n').position(|b| *b == b'}').unwrap_or(0);
                    end += length + 1;
                }
                _ => end += 1,
            }
        }
        let word = rest.get(..end.min(rest.len())).unwrap_or("").trim_end().to_string();
        if word.is_empty() {
            let (here, found) = (self.here(), self.found());
            self.diagnostics.error(here, format!("`{of}` needs a value, found {found}"));
            return None;
        }
        if let Some(control) = word.char_indices().find(|(_, c)| c.is_control() && *c != '\t') {
            let at = self.at + control.0;
            self.diagnostics.error(at..at + control.1.len_utf8(), "a control character outside quotes");
            return None;
        }
        self.at += word.len();
        Some(match word.to_ascii_lowercase().as_str() {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            _ if is_number(&word) => Kind::Number(word),
            _ => Kind::Text(word),
        })
    }
}

/// Whether a word is a number of JSON.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, part) = match mantissa.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (mantissa, None),
    };
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    digits(whole) && !leading_zero && part.is_none_or(digits) && exponent.is_none_or(digits)
}
