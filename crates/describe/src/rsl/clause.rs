//! One relation with its values evaluated, and what its values have to look like.

use super::attribute::Shape;
use super::evaluate::{Item, Word};
use super::parse::shortened;
use super::tree::Operator;
use super::write;
use crate::{Diagnostics, spelling};
use std::ops::Range;

/// A relation whose values are known as far as they are when it is read.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    /// The attribute in lower case without underscores.
    pub name: String,
    /// The attribute as written.
    pub written: String,
    /// The sign.
    pub operator: Operator,
    /// The values.
    pub items: Vec<Item>,
    /// Where the attribute stands.
    pub name_span: Range<usize>,
    /// Where all of it stands.
    pub span: Range<usize>,
}

impl Clause {
    /// The clause as it is printed.
    pub(super) fn shown(&self) -> String {
        write::clause(&self.written, self.operator.sign(), &self.items)
    }

    /// Where the values stand.
    pub(super) fn values_span(&self) -> Range<usize> {
        match (self.items.first(), self.items.last()) {
            (Some(first), Some(last)) => first.span().start..last.span().end.max(first.span().start),
            _ => self.span.clone(),
        }
    }

    /// Its only word, if it has that shape.
    pub(super) fn word(&self) -> Option<&Word> {
        match self.items.as_slice() {
            [Item::Word(word)] => Some(word),
            _ => None,
        }
    }

    /// The text of its only word, where no variable is in it.
    pub(super) fn text(&self) -> Option<&str> {
        self.word().and_then(Word::text)
    }

    /// The number that its only word is.
    pub(super) fn number(&self) -> Option<f64> {
        self.text()?.trim().parse().ok()
    }

    /// Its words.
    pub(super) fn words(&self) -> impl Iterator<Item = &Word> {
        self.items.iter().filter_map(|item| match item {
            Item::Word(word) => Some(word),
            Item::List(..) => None,
        })
    }

    /// Its sequences, each as words.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Vec<&Word>, Range<usize>)> {
        self.items.iter().filter_map(|item| match item {
            Item::List(list, span) => {
                let words = list.iter().filter_map(|item| match item {
                    Item::Word(word) => Some(word),
                    Item::List(..) => None,
                });
                Some((words.collect(), span.clone()))
            }
            Item::Word(_) => None,
        })
    }

    /// Whether its values have a shape. What is wrong is reported.
    pub(super) fn fits(&self, shape: Shape, diagnostics: &mut Diagnostics) -> bool {
        let name = &self.written;
        match shape {
            Shape::Own => true,
            Shape::Words => self.fits_words(diagnostics),
            Shape::Rows(length) => self.fits_rows(length, diagnostics),
            Shape::Word | Shape::Whole(_) | Shape::YesNo | Shape::OneOf(_) => {
                let Some(word) = self.word() else {
                    let found = match self.items.as_slice() {
                        [Item::List(..)] => "a sequence in brackets".to_string(),
                        [] => "nothing".to_string(),
                        several => format!("{} values", several.len()),
                    };
                    diagnostics
                        .error(self.values_span(), format!("`{name}` takes one word, found {found}"))
                        .help("a word with blanks in it has to be quoted");
                    return false;
                };
                self.fits_word(word, shape, diagnostics)
            }
        }
    }

    fn fits_word(&self, word: &Word, shape: Shape, diagnostics: &mut Diagnostics) -> bool {
        let (name, shown) = (&self.written, shortened(&word.shown()));
        let words: &[&str] = match shape {
            Shape::Whole(least) => {
                let digits =
                    |text: &str| !text.is_empty() && text.len() < 16 && text.bytes().all(|b| b.is_ascii_digit());
                let number = word.text().map(|text| text.trim_start_matches('+')).filter(|text| digits(text));
                let good = number.and_then(|text| text.parse::<u64>().ok()).is_some_and(|number| number >= least);
                if !good {
                    let message = format!("`{name}` takes a whole number from {least} on, found `{shown}`");
                    diagnostics.error(word.span.clone(), message);
                }
                return good;
            }
            Shape::YesNo => &["yes", "no"],
            Shape::OneOf(words) => words,
            _ => return true,
        };
        let good = word.text().is_some_and(|text| words.contains(&text));
        if !good {
            let listed = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
            let message = format!("`{name}` takes one of {listed}, found `{shown}`");
            let near = spelling::nearest(&shown, words.iter().copied());
            diagnostics.error(word.span.clone(), message).did_you_mean(near);
        }
        good
    }

    fn fits_words(&self, diagnostics: &mut Diagnostics) -> bool {
        for item in &self.items {
            if let Item::List(_, span) = item {
                diagnostics
                    .error(span.clone(), format!("`{}` takes words, found a sequence in brackets", self.written))
                    .help("put brackets that are meant as such in quotes");
                return false;
            }
        }
        true
    }

    fn fits_rows(&self, length: usize, diagnostics: &mut Diagnostics) -> bool {
        let what = match length {
            2 => "pairs in brackets".to_string(),
            _ => format!("sequences of {length} words in brackets"),
        };
        let before = diagnostics.errors();
        if self.items.len() == length && self.words().count() == length {
            let message = format!("`{}` takes {what}, found {length} words", self.written);
            let help = format!("write `({} = ({}))`", self.written, shortened(&write::items(&self.items)));
            diagnostics.error(self.values_span(), message).help(help);
            return false;
        }
        for item in &self.items {
            let (span, found) = match item {
                Item::Word(word) => (word.span.clone(), format!("the word `{}`", shortened(&word.shown()))),
                Item::List(list, _) if list.len() == length => {
                    match list.iter().find(|item| matches!(item, Item::List(..))) {
                        Some(inner) => (inner.span(), "brackets in brackets".to_string()),
                        None => continue,
                    }
                }
                Item::List(list, span) if list.len() == 1 => (span.clone(), "1 word in brackets".to_string()),
                Item::List(list, span) => (span.clone(), format!("{} values in brackets", list.len())),
            };
            let error = diagnostics.error(span, format!("`{}` takes {what}, found {found}", self.written));
            if length == 2 {
                error.help(format!("write `({} = (A B) (C D))`", self.written));
            }
        }
        diagnostics.errors() == before
    }
}
