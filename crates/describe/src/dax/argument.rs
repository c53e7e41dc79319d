//! `argument`: one text for all arguments, with logical files in it, and the words that it is.

use crate::xml::{Element, Node, escaped};
use std::collections::BTreeSet;

/// A word while it is read: quotes keep blanks together, files are part of the word that they touch.
#[derive(Default)]
struct Words {
    done: Vec<String>,
    open: Option<String>,
    quote: Option<char>,
}

impl Words {
    fn text(&mut self, text: &str, quotes: bool) {
        for c in text.chars() {
            match (self.quote, c) {
                (Some(quote), c) if c == quote => self.quote = None,
                (None, '\'' | '"') if quotes => {
                    self.quote = Some(c);
                    self.open.get_or_insert_default();
                }
                (None, c) if c.is_whitespace() => self.done.extend(self.open.take()),
                _ => self.open.get_or_insert_default().push(c),
            }
        }
    }
}

/// The name of a logical file: `name` from 3.0, `file` before.
pub(super) fn file_name(element: &Element) -> Option<&str> {
    element.attribute("name").or(element.attribute("file")).filter(|name| !name.is_empty())
}

/// The words of an argument; and whether its quotes did not close, so that they are taken as they are.
pub(super) fn words(element: &Element) -> (Vec<String>, bool) {
    let read = |quotes: bool| {
        let mut words = Words::default();
        for child in &element.children {
            match child {
                Node::Text(text, _) => words.text(text, quotes),
                Node::Element(file) => {
                    words.open.get_or_insert_default().push_str(file_name(file).unwrap_or_default());
                }
            }
        }
        words.done.extend(words.open.take());
        (words.done, words.quote.is_some())
    };
    match read(true) {
        (_, true) => (read(false).0, true),
        (words, false) => (words, false),
    }
}

/// A word as it must stand to be read as one.
fn quoted(word: &str) -> String {
    let special = |c: char| c.is_whitespace() || matches!(c, '\'' | '"');
    if word.is_empty() {
        return "''".into();
    }
    if !word.contains(special) {
        return word.to_string();
    }
    // Each quote stands in quotes of the other kind.
    let mut out = String::new();
    for (number, part) in word.split('\'').enumerate() {
        if number > 0 {
            out.push_str("\"'\"");
        }
        if !part.is_empty() {
            out.push_str(&format!("'{part}'"));
        }
    }
    out
}

/// The content of an argument: the words, those that are files of the job as elements.
pub(super) fn content(words: &[String], files: &BTreeSet<String>) -> String {
    let word = |word: &String| match files.contains(word) {
        true => format!("<file name=\"{}\"/>", escaped(word, true)),
        false => escaped(&quoted(word), false),
    };
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Diagnostics, xml};

    fn read(inner: &str) -> (Vec<String>, bool) {
        let mut diagnostics = Diagnostics::default();
        words(&xml::read(&format!("<argument>{inner}</argument>"), &mut diagnostics).unwrap())
    }

    #[test]
    fn words_are_what_blanks_and_quotes_make_them() {
        let (words, open) = read("-a top -T60 -i <file name=\"f.a\"/>\n -o<filename file='f b'/>.gz 'x  y'\"z\" ''");
        assert_eq!(words, ["-a", "top", "-T60", "-i", "f.a", "-of b.gz", "x  yz", ""]);
        assert!(!open);
        assert!(read("it's 5\" long").1);
        assert_eq!(read("it's"), (vec!["it's".into()], true));
    }

    #[test]
    fn what_is_written_reads_back() {
        let all = ["a", "", "b c", "it's", "\"", "'", "'\"'", "f.a", "<&>", "\n"].map(String::from);
        let files = BTreeSet::from(["f.a".to_string()]);
        assert_eq!(read(&content(&all, &files)), (all.to_vec(), false));
    }
}
