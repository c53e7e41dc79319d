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
    "{name}:{line}:{column}: byte 0x{byte:02x} is not UTF-8 text; convert the file, for example with `iconv -f latin1 -t utf8`"
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
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> Result<Self, NotText> {
        let name = name.into();
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text: text.to_string() }),
            Err(error) => {
                let (before, after) = bytes.split_at(error.valid_up_to());
                let line = before.iter().filter(|b| **b == b'\n').count() + 1;
                let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
                Err(NotText { name, line, column, byte: after.first().copied().unwrap_or(0) })
            }
        }
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

/// Where the lines of a text begin, to turn byte offsets into lines and columns.
#[derive(Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Walks the text once.
    pub fn new(text: &'a str) -> Self {
        let starts =
            std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1));
        Self { text, starts: starts.collect() }
    }

    /// The line that holds `offset`, from 0.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
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
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// Where a line ends, its line break not included.
    pub fn end(&self, line: usize) -> usize {
        let end = self.start(line + 1);
        let text = self.text.get(self.start(line)..end).unwrap_or("");
        self.start(line) + text.trim_end_matches(['\n', '\r']).len()
    }
}
