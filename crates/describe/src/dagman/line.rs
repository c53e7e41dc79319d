//! Lines of a DAGMan file as its parser sees them: joined where one ends in a backslash, without comments, cut into
//! words with quotes and into `key = value` pairs.

use std::borrow::Cow;
use std::ops::Range;

/// Part of a line and where it stood in the text. What a printer makes stands at `0..0`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Token {
    /// Its text, without quotes and escapes.
    pub text: String,
    /// Its bytes in the document, quotes included.
    pub span: Range<usize>,
}

impl Token {
    /// Whether it is the keyword: case does not matter, and `-` and `_` are the same.
    pub fn is(&self, keyword: &str) -> bool {
        same(&self.text, keyword)
    }
}

impl From<&str> for Token {
    fn from(text: &str) -> Self {
        Self { text: text.to_string(), span: 0..0 }
    }
}

impl From<String> for Token {
    fn from(text: String) -> Self {
        Self { text, span: 0..0 }
    }
}

/// Whether two keywords are the same.
pub(super) fn same(a: &str, b: &str) -> bool {
    let plain = |c: u8| if c == b'-' { b'_' } else { c.to_ascii_uppercase() };
    a.len() == b.len() && a.bytes().zip(b.bytes()).all(|(a, b)| plain(a) == plain(b))
}

/// White space at the ends of a line (C's `isspace`).
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// What separates words.
fn is_delimiter(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r')
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'')
}

/// Whether a trimmed line says nothing.
fn is_skipped(line: &str) -> bool {
    line.is_empty() || line.starts_with('#') || line.starts_with("//")
}

/// The lines of a text.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
}

/// The text inside braces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    /// Its bytes in the document, from the first line to the end of the last.
    pub span: Range<usize>,
    /// Its lines as DAGMan hands them on: trimmed, without comments and empty lines.
    pub lines: Vec<String>,
    /// Where each of them begins in the document.
    pub starts: Vec<usize>,
}

impl Body {
    /// Its lines as one text.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// Where a part of that text stands in the document.
    pub fn place(&self, part: Range<usize>) -> Range<usize> {
        let (mut start, mut found) = (0, self.span.clone());
        for (line, begins) in self.lines.iter().zip(&self.starts) {
            if part.start <= start + line.len() {
                let end = part.end.clamp(part.start, start + line.len());
                found = begins + (part.start - start)..begins + (end - start);
                break;
            }
            start += line.len() + 1;
        }
        found
    }
}

impl<'a> Lines<'a> {
    /// All lines of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next line as it stands in the text, trimmed.
    fn physical(&mut self) -> Option<(Range<usize>, &'a str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').unwrap_or(rest.len());
        let (line, start) = (rest.get(..length)?, self.at);
        self.at += length + usize::from(length < rest.len());
        let front = line.trim_start_matches(is_space);
        let from = start + (line.len() - front.len());
        let kept = front.trim_end_matches(is_space);
        Some((from..from + kept.len(), kept))
    }

    /// The next line that says something, with those that continue it.
    pub fn next(&mut self) -> Option<Line<'a>> {
        let mut line: Option<Line<'a>> = None;
        while let Some((span, text)) = self.physical() {
            if is_skipped(text) {
                continue;
            }
            let cut = text.strip_suffix('\\');
            let (kept, more) = (cut.unwrap_or(text), cut.is_some());
            let span = span.start..span.start + kept.len();
            match &mut line {
                None => line = Some(Line { text: Cow::Borrowed(kept), parts: vec![(0, span)], open: more }),
                Some(line) => line.extend(kept, span, more),
            }
            if !more {
                break;
            }
        }
        line
    }

    /// Everything up to a line that is `end`, or begins with it and a blank; what follows it there. `None` when
    /// there is no such line.
    pub fn body(&mut self, end: &str) -> Option<(Body, Line<'a>)> {
        let mut body = Body { span: self.at..self.at, lines: Vec::new(), starts: Vec::new() };
        loop {
            let before = self.at;
            let (span, text) = self.physical()?;
            let rest = text.strip_prefix(end).filter(|rest| rest.is_empty() || rest.starts_with(' '));
            if let Some(rest) = rest {
                body.span.end = before;
                let span = span.start + end.len()..span.end;
                return Some((body, Line { text: Cow::Borrowed(rest), parts: vec![(0, span)], open: false }));
            }
            if !is_skipped(text) {
                body.lines.push(text.to_string());
                body.starts.push(span.start);
            }
        }
    }
}

/// A line of the language, which may be several of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    text: Cow<'a, str>,
    /// Where each part begins in the line, and what it is in the document.
    parts: Vec<(usize, Range<usize>)>,
    /// Whether it asks for a further line that is not there.
    pub open: bool,
}

impl Line<'_> {
    fn extend(&mut self, part: &str, span: Range<usize>, open: bool) {
        let text = self.text.to_mut();
        text.push(' ');
        self.parts.push((text.len(), span));
        text.push_str(part);
        self.open = open;
    }

    /// Its bytes in the document, from its first word to its last.
    pub fn span(&self) -> Range<usize> {
        self.place(0..self.text.len())
    }

    /// Where a part of it stood in the document.
    fn place(&self, part: Range<usize>) -> Range<usize> {
        let find = |offset: usize, begins: &dyn Fn(usize) -> bool| {
            let number = self.parts.partition_point(|(start, _)| begins(*start)).saturating_sub(1);
            let (start, span) = self.parts.get(number).cloned().unwrap_or((0, 0..0));
            (span.start + offset.saturating_sub(start)).min(span.end)
        };
        let start = find(part.start, &|start| start <= part.start);
        // An end belongs to the part before it.
        let end = find(part.end, &|start| start < part.end || start == 0);
        start..end.max(start)
    }

    /// Its words.
    pub fn words(&self) -> Words<'_> {
        Words { line: self, at: 0, fault: None }
    }
}

/// The words of a line, one after the other.
#[derive(Clone)]
pub(super) struct Words<'l> {
    line: &'l Line<'l>,
    at: usize,
    /// What is wrong with the line's quotes or pairs; there are no more words then.
    pub fault: Option<(Range<usize>, &'static str)>,
}

impl Words<'_> {
    fn rest(&self) -> &str {
        self.line.text.get(self.at..).unwrap_or("")
    }

    fn end(&mut self) {
        self.at = self.line.text.len();
    }

    /// Where the next word would stand; the end of the line when there is none.
    pub fn here(&self) -> Range<usize> {
        let blanks = self.rest().len() - self.rest().trim_start_matches(is_delimiter).len();
        let at = if self.rest().len() == blanks { self.at } else { self.at + blanks };
        let place = self.line.place(at..at);
        place.end..place.end
    }

    /// The next word; quotes join, and in them a backslash takes the meaning from what follows.
    pub fn next(&mut self) -> Option<Token> {
        self.word(false)
    }

    /// The next word without taking it.
    pub fn peek(&self) -> Option<Token> {
        self.clone().word(false)
    }

    /// A word, with or without the quotes themselves. An empty one counts as none.
    fn word(&mut self, quotes_too: bool) -> Option<Token> {
        let mut text = String::new();
        let mut quote: Option<(char, usize)> = None;
        let mut escaped = false;
        let mut start = None;
        let mut end = None;
        for (offset, c) in self.rest().char_indices() {
            let at = self.at + offset;
            match quote {
                _ if escaped => {
                    text.push(c);
                    escaped = false;
                }
                Some(_) if c == '\\' => escaped = true,
                Some((open, _)) if c == open => {
                    if quotes_too {
                        text.push(c);
                    }
                    quote = None;
                }
                Some(_) => text.push(c),
                None if is_delimiter(c) => {
                    if !text.is_empty() {
                        end = Some(at);
                        break;
                    }
                    start = None;
                    continue;
                }
                None if is_quote(c) => {
                    if quotes_too {
                        text.push(c);
                    }
                    quote = Some((c, at));
                }
                None => text.push(c),
            }
            start.get_or_insert(at);
        }
        if let Some((_, at)) = quote {
            let open = self.line.place(at..at + 1);
            self.end();
            self.fault = Some((open, "this quote is never closed"));
            return None;
        }
        let length = self.line.text.len();
        self.at = end.unwrap_or(length);
        let start = start.filter(|_| !text.is_empty())?;
        Some(Token { text, span: self.line.place(start..self.at) })
    }

    /// All that is left, as it stands.
    pub fn remain(&mut self) -> Option<Token> {
        let rest = self.rest();
        let front = rest.trim_start_matches(is_space);
        let start = self.at + (rest.len() - front.len());
        let text = front.trim_end_matches(is_space).to_string();
        self.end();
        let span = self.line.place(start..start + text.len());
        (!text.is_empty()).then_some(Token { text, span })
    }

    /// The next `key = value`, the value with the quotes around it taken off.
    pub fn pair(&mut self) -> Option<(Token, Token)> {
        let front = self.rest().trim_start_matches(is_delimiter);
        if front.is_empty() {
            self.end();
            return None;
        }
        let start = self.at + (self.rest().len() - front.len());
        let length = front.find(|c| is_delimiter(c) || is_quote(c) || c == '=').unwrap_or(front.len());
        let (key, rest) = front.split_at(length);
        let name = Token { text: key.to_string(), span: self.line.place(start..start + length) };
        let spaces = rest.len() - rest.trim_start_matches(is_delimiter).len();
        let at = start + length + spaces;
        let (place, quoted) = (self.line.place(at..at + 1), rest.starts_with(is_quote));
        let fault = match rest.get(spaces..).and_then(|rest| rest.chars().next()) {
            _ if quoted => Some((place, "a name has no quotes")),
            Some('=') if key.is_empty() => Some((place, "there is no name before this `=`")),
            Some('=') => None,
            _ => Some((name.span.clone(), "a name is followed by `=` and a value")),
        };
        if fault.is_some() {
            self.end();
            self.fault = fault;
            return None;
        }
        self.at = at + 1;
        let front = self.rest().trim_start_matches(is_delimiter);
        let doubled = front.starts_with('=');
        let value = if doubled { None } else { self.word(true) };
        let Some(mut value) = value else {
            let problem = if doubled { "there are two `=` after this name" } else { "there is no value for this name" };
            self.fault = self.fault.take().or(Some((name.span, problem)));
            self.end();
            return None;
        };
        if value.text.starts_with(is_quote) {
            let mut inner = value.text.chars();
            inner.next();
            inner.next_back();
            value.text = inner.as_str().to_string();
        }
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(String, String)> {
        let mut lines = Lines::new(text);
        let line = lines.next().unwrap();
        let mut words = line.words();
        std::iter::from_fn(|| words.next()).map(|w| (w.text, text[w.span].to_string())).collect()
    }

    #[test]
    fn words_are_joined_by_quotes_and_lines_by_backslashes() {
        let text = " \n# no\n// no\n  JOB \\\n # not this\n\n  \"a \\\"b\\\" \"'c d' e\\f  \\\nlast \n";
        let expect = [("JOB", "JOB"), ("a \"b\" c d", "\"a \\\"b\\\" \"'c d'"), ("e\\f", "e\\f"), ("last", "last")];
        assert_eq!(words(text), expect.map(|(a, b)| (a.to_string(), b.to_string())));
        assert_eq!(words("x '' y").len(), 2);
    }

    fn pairs(text: &str) -> (Vec<(String, String)>, Option<&'static str>) {
        let mut lines = Lines::new(text);
        let line = lines.next().unwrap();
        let mut words = line.words();
        let pairs = std::iter::from_fn(|| words.pair()).map(|(a, b)| (a.text, b.text)).collect();
        (pairs, words.fault.map(|(_, text)| text))
    }

    #[test]
    fn pairs_have_blanks_where_they_like() {
        let (got, fault) = pairs(r#"a="x y" b = 'z' c=1 +d="\"q\" \\" e="""#);
        let expect = [("a", "x y"), ("b", "z"), ("c", "1"), ("+d", "\"q\" \\"), ("e", "")];
        assert_eq!((got, fault), (expect.map(|(a, b)| (a.to_string(), b.to_string())).to_vec(), None));
        assert_eq!(pairs("a b=1").1, Some("a name is followed by `=` and a value"));
        assert_eq!(pairs("a==1").1, Some("there are two `=` after this name"));
        assert_eq!(pairs("a=").1, Some("there is no value for this name"));
        assert_eq!(pairs("=1").1, Some("there is no name before this `=`"));
        assert_eq!(pairs("a=\"1").1, Some("this quote is never closed"));
    }

    #[test]
    fn bodies_end_where_their_end_stands() {
        let mut lines = Lines::new("x\n a = b \n# c\n}x\n } NOOP\nrest");
        assert!(lines.next().is_some());
        let (body, rest) = lines.body("}").unwrap();
        assert_eq!((body.text(), &body.span), ("a = b\n}x".to_string(), &(2..17)));
        assert_eq!((body.place(4..5), body.place(6..8)), (7..8, 14..16));
        assert_eq!(rest.words().next().map(|w| w.text), Some("NOOP".to_string()));
        assert!(Lines::new("a\nb").body("}").is_none());
    }
}
