//! A text to be read, with its name; and where its lines begin.

use std::ops::Range;

/// A text and the name that diagnostics print for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// A path as the user wrote it, or a name such as `<stdin>`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Bytes that are no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name}:{line}:{column}: byte 0x{byte:02x} is not UTF-8 text; convert the file, for example with `iconv -f {} -t utf8`",
    if *byte == 0 { "utf16" } else { "latin1" }
)]
pub struct NotText {
    /// The name of the source.
    pub name: String,
    /// Line of the first bad byte, from 1.
    pub line: usize,
    /// Its column in bytes, from 1.
    pub column: usize,
    /// The byte.
    pub byte: u8,
}

impl Source {
    /// A source of a name and a text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// A source from the bytes of a file; a byte order mark is dropped.
    ///
    /// # Errors
    /// The first byte that is not UTF-8, or NUL.
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> Result<Self, NotText> {
        let name = name.into();
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let valid = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to());
        // No argument, path or variable can hold a NUL, and no language can write one.
        let wrong = match (valid, bytes.iter().position(|byte| *byte == 0)) {
            (Ok(text), None) => return Ok(Self { name, text: text.to_string() }),
            (Ok(_), Some(nul)) => nul,
            (Err(wrong), nul) => nul.map_or(wrong, |nul| nul.min(wrong)),
        };
        let (before, after) = bytes.split_at(wrong);
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
        Err(NotText { name, line, column, byte: after.first().copied().unwrap_or(0) })
    }

    /// The last component of the name without its extension: what an experiment is called.
    pub fn stem(&self) -> &str {
        let last = self.file_name();
        match last.rfind('.') {
            Some(dot) if dot > 0 => &last[..dot],
            _ => last,
        }
    }

    /// The last component of the name.
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// The text of a span; empty if the span does not lie in the text.
    pub fn slice(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or("")
    }
}

/// Bytes of a block of [`LineIndex`].
const BLOCK: usize = 4096;

/// Where the lines of a text begin, to turn byte offsets into lines and columns. Its size does not depend on their number.
#[derive(Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    /// How many line breaks there are before each block.
    before: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Walks the text once.
    pub fn new(text: &'a str) -> Self {
        let mut breaks = 0;
        let mut before = Vec::with_capacity(text.len() / BLOCK + 1);
        for block in text.as_bytes().chunks(BLOCK) {
            before.push(breaks);
            breaks += block.iter().filter(|b| **b == b'\n').count();
        }
        Self { text, before }
    }

    fn block(&self, number: usize) -> &[u8] {
        let bytes = self.text.as_bytes();
        bytes.get(number * BLOCK..bytes.len().min((number + 1) * BLOCK)).unwrap_or(&[])
    }

    /// The line that holds `offset`, from 0.
    pub fn line(&self, offset: usize) -> usize {
        let number = (offset.min(self.text.len()) / BLOCK).min(self.before.len().saturating_sub(1));
        let within = self.block(number).iter().take(offset.saturating_sub(number * BLOCK));
        self.before.get(number).copied().unwrap_or(0) + within.filter(|b| **b == b'\n').count()
    }

    /// The line from 1 and the column in characters from 1.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        let start = self.start(line);
        let column = self.text.get(start..offset.min(self.text.len())).map_or(0, |before| before.chars().count());
        (line + 1, column + 1)
    }

    /// Where a line begins; the end of the text for lines past it.
    pub fn start(&self, line: usize) -> usize {
        let Some(breaks) = line.checked_sub(1) else { return 0 };
        let number = self.before.partition_point(|before| *before <= breaks).saturating_sub(1);
        let first = self.before.get(number).copied().unwrap_or(0);
        let mut found = self.block(number).iter().enumerate().filter(|(_, b)| **b == b'\n');
        found.nth(breaks.saturating_sub(first)).map_or(self.text.len(), |(offset, _)| number * BLOCK + offset + 1)
    }

    /// Where a line ends, its line break not included.
    pub fn end(&self, line: usize) -> usize {
        let start = self.start(line);
        let text = self.text.get(start..self.start(line + 1)).unwrap_or("");
        start + text.trim_end_matches(['\n', '\r']).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_place() {
        let refused = |bytes: &[u8]| Source::from_bytes("a", bytes).unwrap_err().to_string();
        assert!(refused(b"x\nab\xff").starts_with("a:2:3: byte 0xff is not UTF-8 text; convert"));
        assert!(refused(b"x\0y\xff").ends_with(
            "a:1:2: byte 0x00 is not UTF-8 text; convert the file, for example with \
            `iconv -f utf16 -t utf8`"
        ));
        assert_eq!(Source::from_bytes("a", b"\xef\xbb\xbfx").unwrap().text, "x");
    }

    #[test]
    fn places_agree_with_counting() {
        let mut text = String::new();
        for line in 0..1500 {
            text.push_str(&"xé".repeat(line % 7));
            text.push_str(if line % 3 == 0 { "\r\n" } else { "\n" });
        }
        text.push_str(&"long ".repeat(2000));
        let index = LineIndex::new(&text);
        let (mut line, mut column, mut start) = (1, 1, 0);
        for (offset, c) in text.char_indices() {
            if offset % 5 == 0 {
                assert_eq!(index.position(offset), (line, column), "{offset}");
                assert_eq!(index.start(line - 1), start, "{offset}");
            }
            (line, column, start) = if c == '\n' { (line + 1, 1, offset + 1) } else { (line, column + 1, start) };
        }
        assert_eq!((index.start(9999), index.end(9999)), (text.len(), text.len()));
        assert_eq!(LineIndex::new("").position(0), (1, 1));
        assert_eq!(LineIndex::new("a\r\n").end(0), 1);
    }
}
