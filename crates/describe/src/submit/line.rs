//! Logical lines: continued ones joined, comments left out, each byte with its place in the document.

use std::ops::Range;

/// A line as the language sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The text without blanks at its ends and without the backslashes.
    pub text: String,
    /// Where its pieces begin: in the text, and in the document.
    pieces: Vec<(usize, usize)>,
    /// The place of all of it, if it stands in another file.
    taken: Option<Range<usize>>,
}

impl Line {
    /// The place in the document of a part of the text.
    pub fn span(&self, part: Range<usize>) -> Range<usize> {
        if let Some(place) = &self.taken {
            return place.clone();
        }
        let end = match part.is_empty() {
            true => self.place(part.start),
            false => self.place(part.end.saturating_sub(1)).saturating_add(1),
        };
        self.place(part.start)..end.max(self.place(part.start))
    }

    /// The place of the whole line.
    pub fn whole(&self) -> Range<usize> {
        self.span(0..self.text.len())
    }

    fn place(&self, at: usize) -> usize {
        let number = self.pieces.partition_point(|(text, _)| *text <= at).saturating_sub(1);
        self.pieces.get(number).map_or(0, |(text, document)| document + at.saturating_sub(*text))
    }

    fn push(&mut self, text: &str, document: usize) {
        self.pieces.push((self.text.len(), document));
        self.text.push_str(text);
    }
}

/// The logical lines of a document, one after another.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
    taken: Option<Range<usize>>,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, taken: None }
    }

    /// The lines of another file, which all stand at the place where it is taken in.
    pub fn at(text: &'a str, place: Range<usize>) -> Self {
        Self { text, at: 0, taken: Some(place) }
    }

    /// One physical line without blanks at its ends, and where it stands.
    fn physical(&mut self) -> Option<(&'a str, usize)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split('\n').next().unwrap_or("");
        let start = self.at;
        self.at += (line.len() + 1).min(rest.len());
        let trimmed = line.trim_start();
        Some((trimmed.trim_end(), start + line.len() - trimmed.len()))
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    /// Blank lines and comments are left out; a backslash at the end of a comment does not continue it, and a comment
    /// among continued lines is passed over.
    fn next(&mut self) -> Option<Line> {
        loop {
            let (text, place) = self.physical()?;
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let mut line = Line { taken: self.taken.clone(), ..Line::default() };
            let (mut part, mut place) = (text, place);
            loop {
                let Some(kept) = part.strip_suffix('\\') else {
                    line.push(part, place);
                    break;
                };
                line.push(kept, place);
                let mut next = self.physical();
                // A comment in between goes on only if it ends with a backslash too; else the line ends here.
                while let Some((comment, _)) = next.filter(|(text, _)| text.starts_with('#')) {
                    next = if comment.ends_with('\\') { self.physical() } else { None };
                }
                let Some((text, at)) = next else { break };
                (part, place) = (text, at);
            }
            let length = line.text.trim_end().len();
            line.text.truncate(length);
            return Some(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continued_lines_know_their_places() {
        let text = "# c \\\na = b \\\n   c\n\n x = 1 \\\n# no\ny = 2\n";
        let lines: Vec<Line> = Lines::new(text).collect();
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["a = b c", "x = 1", "y = 2"]);
        assert_eq!(lines[0].span(6..7), 17..18);
        assert_eq!(lines[2].whole(), 34..39);
    }
}
