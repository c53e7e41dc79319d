//! Writing XML with indentation.

use std::fmt::Write;

/// Writes a document, element by element.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    open: Vec<String>,
    /// How deep in another document the first element lies.
    depth: usize,
}

impl Writer {
    /// A document with its declaration.
    pub fn new() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".into(), ..Self::default() }
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n("  ", self.depth()));
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            // Writing to a string cannot fail.
            let _ = write!(self.out, " {name}=\"{}\"", escaped(value, true));
        }
        self.out.push_str(end);
    }

    /// Opens an element.
    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, ">\n");
        self.open.push(name.to_string());
    }

    /// Closes the element that was opened last.
    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.out.push_str(&format!("</{name}>\n"));
        }
    }

    /// An element with text in it.
    pub fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        if text.is_empty() {
            return self.tag(name, attributes, "/>\n");
        }
        self.tag(name, attributes, ">");
        self.out.push_str(&escaped(text, false));
        self.out.push_str(&format!("</{name}>\n"));
    }

    /// An element as it stood in another document; its namespace prefixes must be bound in it or around it.
    pub fn verbatim(&mut self, text: &str) {
        self.indent();
        self.out.push_str(text.trim());
        self.out.push('\n');
    }

    /// A writer for a part that will lie so deep in another document, without a declaration.
    pub fn within(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    /// How deep the next element lies.
    pub fn depth(&self) -> usize {
        self.depth + self.open.len()
    }

    /// What a writer made for a place this deep.
    pub fn raw(&mut self, part: &str) {
        self.out.push_str(part);
    }

    /// The document. Elements that are open are closed.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }
}

/// Whether XML 1.0 can carry a character.
pub fn carried(c: char) -> bool {
    !matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether XML 1.0 can carry all of a text's characters.
pub fn carries(text: &str) -> bool {
    text.chars().all(carried)
}

/// A text as XML. Characters that XML 1.0 cannot carry are left out; a carriage return, and in attributes line breaks
/// and tabs, are written by number, since a reader turns them into others.
pub fn escaped(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' if attribute => out.push_str(&format!("&#{};", u32::from(c))),
            '\n' | '\t' => out.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let mut writer = Writer::new();
        writer.open("a", &[("x", "\"<\n>&'"), ("xmlns", "urn:a")]);
        writer.leaf("b", &[], " 1 < 2 & \r\n\t]]> ");
        writer.leaf("c", &[], "");
        let text = writer.finish();
        let mut diagnostics = crate::Diagnostics::default();
        let root = crate::xml::read(&text, &mut diagnostics).unwrap();
        assert_eq!(root.attribute("x"), Some("\"<\n>&'"));
        let texts: Vec<String> = root.elements().map(|e| e.text()).collect();
        assert_eq!(texts, [" 1 < 2 & \r\n\t]]> ", ""]);
    }
}
