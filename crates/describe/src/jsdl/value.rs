//! Texts, words, numbers and truth values of JSDL elements and attributes.

use super::member::Style;
use super::reader::{Reader, attribute_span};
use super::words;
use crate::spelling;
use crate::xml::{Element, Node};
use pelago_job::{Piece, Text};
use std::ops::Range;

impl Reader<'_> {
    /// The text of an element; `None`, with a warning, where it is empty and that asks for nothing.
    pub fn leaf(&mut self, element: &Element, style: Style, at: &str) -> Option<Text> {
        self.attributes(element, &[], at);
        self.text(element, style)
    }

    /// The text of an element whose attributes are looked at elsewhere.
    pub fn text(&mut self, element: &Element, style: Style) -> Option<Text> {
        self.only_text(element);
        let raw = element.text();
        let mut text = self.holes.fill(element.span.start, None, &raw);
        let literal = text.as_literal();
        if style != Style::Free {
            let before = text.clone();
            trim(&mut text);
            if style == Style::Line && text != before && !text.is_empty() {
                self.diagnostics
                    .warning(
                        element.text_span(),
                        format!("white space around the value of `{}` is left out", element.written),
                    )
                    .note("by the schema it belongs to the value (`xsd:string`)");
            }
        }
        if text.is_empty() {
            self.empty(element);
            return None;
        }
        match (style, literal) {
            (Style::Of(words), Some(_)) => Some(Text::literal(self.of(element, &text.as_literal()?, words))),
            (Style::Count, Some(_)) => {
                let word = text.as_literal()?;
                let digits = word.strip_prefix('+').unwrap_or(&word).trim_start_matches('0');
                if digits.is_empty() || digits.len() > 18 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    let message = format!("`{}` has to be a whole number from 1, not `{word}`", element.written);
                    self.diagnostics.error(element.text_span(), message);
                    return None;
                }
                Some(Text::literal(digits))
            }
            _ => Some(text),
        }
    }

    /// Says that an element which could ask for something is empty.
    pub fn empty(&mut self, element: &Element) {
        self.diagnostics
            .warning(element.name_span.clone(), format!("`{}` is empty, so it asks for nothing", element.written))
            .help("delete it, or put the value in");
    }

    fn only_text(&mut self, element: &Element) {
        if let Some(child) = element.elements().next() {
            let message = format!("`{}` holds text, not elements", element.written);
            self.diagnostics.error(child.name_span.clone(), message);
        }
    }

    /// A word of an enumeration as the schema spells it; others are kept with a warning.
    fn of(&mut self, element: &Element, word: &str, known: &[&'static str]) -> String {
        if known.contains(&word) {
            return word.to_string();
        }
        let span = element.text_span();
        if let Some(same) = known.iter().find(|k| k.eq_ignore_ascii_case(word)) {
            self.diagnostics
                .warning(span, format!("`{word}` is spelt `{same}`"))
                .note("the schema tells capital letters from small ones, and other systems may refuse it");
            return same.to_string();
        }
        let near = spelling::nearest(word, known.iter().copied());
        let warning =
            self.diagnostics.warning(span, format!("`{word}` is none of the values of `{}`", element.written));
        match near {
            Some(near) => warning.did_you_mean(Some(near)),
            None if known.len() <= 12 => warning.help(format!("it can be {}", known.join(", "))),
            None => warning.help("for what the standard has no word there is `other`, with an element that names it"),
        };
        word.to_string()
    }

    /// A name, or a word of an enumeration.
    pub fn word(&mut self, element: &Element, known: &[&'static str], at: &str) -> Option<String> {
        self.attributes(element, &[], at);
        self.only_text(element);
        let raw = element.text();
        let word = raw.trim();
        if word.is_empty() {
            self.empty(element);
            return None;
        }
        if !known.is_empty() {
            return Some(self.of(element, word, known));
        }
        self.name(word, element.text_span());
        Some(word.to_string())
    }

    /// Warns of a name that the schema does not take.
    pub fn name(&mut self, word: &str, span: Range<usize>) {
        if !words::is_ncname(word) {
            self.diagnostics
                .warning(span, format!("`{word}` is not a name as the schema wants it (`xsd:NCName`)"))
                .note("a name begins with a letter or `_` and has letters, digits, `.`, `-` and `_`");
        }
    }

    /// An attribute with a name in it.
    pub fn name_attribute(&mut self, element: &Element, name: &str) -> Option<String> {
        let value = element.attribute(name)?.trim().to_string();
        if value.is_empty() {
            let span = attribute_span(self.text, &element.attributes.first()?.span, name);
            self.diagnostics.warning(span, format!("`{name}` is empty, so it says nothing"));
            return None;
        }
        let span = element.attributes.first().map_or(element.name_span.clone(), |a| a.span.clone());
        self.name(&value, attribute_span(self.text, &span, name));
        Some(value)
    }

    /// The file system that an element's path is relative to.
    pub fn filesystem(&mut self, element: &Element) -> Option<String> {
        let name = self.name_attribute(element, "filesystemName")?;
        self.filesystems.entry(name.clone()).or_insert(element.name_span.clone());
        Some(name)
    }

    /// A truth value.
    pub fn flag(&mut self, element: &Element, at: &str) -> Option<bool> {
        self.attributes(element, &[], at);
        self.only_text(element);
        let raw = element.text();
        if raw.trim().is_empty() {
            self.empty(element);
            return None;
        }
        self.truth(raw.trim(), element.text_span())
    }

    /// A truth value as `xsd:boolean` has them; other spellings of them are taken with a warning.
    pub fn truth(&mut self, word: &str, span: Range<usize>) -> Option<bool> {
        match word {
            "true" | "1" => return Some(true),
            "false" | "0" => return Some(false),
            _ => {}
        }
        let value = match word.to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        };
        match value {
            Some(value) => {
                self.diagnostics.warning(span, format!("`{word}` is spelt `{value}`"));
            }
            None => {
                self.diagnostics.error(span, format!("`{word}` is neither `true` nor `false`"));
            }
        }
        value
    }

    /// A number (`xsd:double`), finite.
    pub fn number(&mut self, raw: &str, span: Range<usize>) -> Option<f64> {
        let word = raw.trim();
        if let Some(value) = crate::number::finite(word) {
            return Some(value);
        }
        let error = self.diagnostics.error(span, format!("`{word}` is not a number"));
        if matches!(word, "INF" | "-INF") {
            error.help("leave the bound out: a range without it has no end there");
        } else if word.ends_with(|c: char| c.is_ascii_alphabetic()) {
            error.help("numbers stand without units: bytes, seconds, Hz, bits a second");
        }
        None
    }

    /// A limit: a whole number that is not negative.
    pub fn limit(&mut self, element: &Element, at: &str) -> Option<f64> {
        self.attributes(element, &[], at);
        self.only_text(element);
        let raw = element.text();
        if raw.trim().is_empty() {
            self.empty(element);
            return None;
        }
        let value = self.number(&raw, element.text_span())?;
        let digits = raw.trim().bytes().all(|b| b.is_ascii_digit());
        if value < 0.0 || value.fract() != 0.0 {
            let message = format!("a limit is a whole number that is not negative, and `{}` is none", raw.trim());
            self.diagnostics.error(element.text_span(), message);
            return None;
        }
        if !digits {
            self.diagnostics
                .warning(element.text_span(), format!("`{}` is written without a point", raw.trim()))
                .help(format!("write `{value}`: the schema wants digits only (`xsd:nonNegativeInteger`)"));
        }
        Some(value)
    }

    /// Text and elements apart: whether there is anything in an element.
    pub fn is_bare(element: &Element) -> bool {
        element.attributes.is_empty()
            && element.children.iter().all(|child| matches!(child, Node::Text(text, _) if text.trim().is_empty()))
    }
}

/// Takes white space from both ends.
pub fn trim(text: &mut Text) {
    let pieces = &mut text.0.0;
    if let Some(Piece::Text(first)) = pieces.first_mut() {
        *first = first.trim_start().to_string();
    }
    if let Some(Piece::Text(last)) = pieces.last_mut() {
        last.truncate(last.trim_end().len());
    }
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
}
