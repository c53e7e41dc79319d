//! XML documents as trees with places, read without any of XML's dangers: no document type definitions, no
//! entities but the five that are built in, bounded depth.

mod command;
mod form;
mod kept;
mod plain;
mod root;
mod stray;
mod verbatim;
mod write;

pub use command::{first_command, shell_as_program, take_variables};
pub use kept::Kept;
pub use plain::{exact, plain, take_plain};
pub use root::{local, root};
pub use stray::stray;
use write::carried;
pub use write::{Writer, carries, escaped};

use crate::{Diagnostics, spelling};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::ops::Range;
use std::rc::Rc;

/// How deep elements may lie in each other.
const DEPTH: usize = 128;
/// How many elements and attributes there may be.
const MOST: usize = 1_000_000;

/// An element.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element {
    /// Its name as written, with the prefix.
    pub written: String,
    /// Its name without the prefix.
    pub name: String,
    /// Its namespace; empty where it has none.
    pub namespace: Rc<str>,
    /// Its attributes, namespace declarations apart.
    pub attributes: Vec<Attribute>,
    /// What is in it.
    pub children: Vec<Node>,
    /// All of it in the text, with its tags.
    pub span: Range<usize>,
    /// Its name in the start tag.
    pub name_span: Range<usize>,
    /// The prefixes that are bound here, inherited ones included: prefix, namespace.
    pub bindings: Rc<Vec<(String, Rc<str>)>>,
}

/// An attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its name without the prefix.
    pub name: String,
    /// Its namespace; empty where it has no prefix.
    pub namespace: Rc<str>,
    /// Its value, with references resolved.
    pub value: String,
    /// The start tag that it stands in.
    pub span: Range<usize>,
}

/// Something in an element.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, with references resolved.
    Text(String, Range<usize>),
}

impl Element {
    /// The elements in it.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(..) => None,
        })
    }

    /// The text in it, elements left out, white space kept.
    pub fn text(&self) -> String {
        let texts = self.children.iter().filter_map(|child| match child {
            Node::Text(text, _) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        texts.collect()
    }

    /// Where its text stands; where its name stands if there is none.
    pub fn text_span(&self) -> Range<usize> {
        let mut spans = self.children.iter().filter_map(|child| match child {
            Node::Text(text, span) if !text.trim().is_empty() => Some(span.clone()),
            _ => None,
        });
        spans.next().unwrap_or(self.name_span.clone())
    }

    /// The value of an attribute without a namespace.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.name == name && a.namespace.is_empty()).map(|a| a.value.as_str())
    }

    /// The element as a text that can stand alone: as written, with the namespace declarations that it takes from
    /// around it, and without comments. `text` is the document's text.
    pub fn standalone(&self, text: &str) -> String {
        let own = without_comments(text.get(self.span.clone()).unwrap_or(""));
        let tag = own.get(..tag_end(&own)).unwrap_or("");
        let name_end = (1 + self.written.len()).min(own.len());
        let mut declarations = String::new();
        let mut bindings: Vec<_> = self.bindings.iter().collect();
        bindings.sort();
        for (prefix, namespace) in bindings {
            let (declared, used) = match prefix.as_str() {
                "" => (has_word(tag, "xmlns="), true),
                prefix => (has_word(tag, &format!("xmlns:{prefix}=")), mentions(&own, prefix)),
            };
            if used && !declared {
                let name = if prefix.is_empty() { "xmlns".to_string() } else { format!("xmlns:{prefix}") };
                declarations.push_str(&format!(" {name}=\"{}\"", write::escaped(namespace, true)));
            }
        }
        let (before, after) = own.split_at_checked(name_end).unwrap_or((&own, ""));
        format!("{before}{declarations}{after}")
    }

    /// The name with its namespace: `{namespace}name`.
    pub fn qualified(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{{{}}}{}", self.namespace, self.name) }
    }
}

/// Where the first tag of a text ends, quotes respected.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// Whether a prefix stands before a colon, and not at the end of a longer word. It may be in a value: a path has names in it.
fn mentions(text: &str, prefix: &str) -> bool {
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || "_-.".contains(c));
    text.match_indices(&format!("{prefix}:")).any(|(at, _)| begins(at))
}

/// Whether a tag has a word with white space before it.
fn has_word(tag: &str, word: &str) -> bool {
    tag.match_indices(word).any(|(at, _)| tag[..at].ends_with(|c: char| c.is_ascii_whitespace()))
}

/// A piece of well-formed XML without its comments.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("<!") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let (end, kept) = match after.starts_with("<!--") {
            true => (after.get(4..).and_then(|t| t.find("-->")).map(|end| end + 7), false),
            false => (after.find("]]>").map(|end| end + 3), true),
        };
        let (part, next) = after.split_at(end.unwrap_or(after.len()).min(after.len()));
        if kept {
            out.push_str(part);
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

/// Reads a document. What is wrong is among the diagnostics, and nothing is returned then.
pub fn read(text: &str, diagnostics: &mut Diagnostics) -> Option<Element> {
    read_knowing(text, &[], diagnostics)
}

/// Reads a document whose language has usual prefixes: where one is used and not bound, the help says its namespace.
pub fn read_knowing(text: &str, usual: &[(&str, &str)], diagnostics: &mut Diagnostics) -> Option<Element> {
    let errors = diagnostics.errors();
    if let Some((at, c)) = text.char_indices().find(|(_, c)| !carried(*c)) {
        diagnostics
            .error(at..at + c.len_utf8(), format!("not well-formed XML: the character U+{:04X}", u32::from(c)))
            .note("XML 1.0 has no control characters but tabs and line breaks");
        return None;
    }
    // One mark is taken off before; the parser would take off another, and every place after it would be wrong.
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        diagnostics
            .error(0..text.len() - rest.len(), "not well-formed XML: a second byte order mark before the document")
            .help("delete it; some editors do not show it");
        return None;
    }
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_comments = false;
    config.check_end_names = false;
    let mut building = Building { open: Vec::new(), root: None, count: 0, text, usual, diagnostics };
    loop {
        let start = reader.buffer_position() as usize;
        let event = reader.read_event();
        let span = start..reader.buffer_position() as usize;
        match event {
            Ok(Event::Eof) => break,
            Ok(event) => {
                if building.take(event, span).is_none() {
                    break;
                }
            }
            Err(error) => {
                let at = (reader.error_position() as usize).min(text.len());
                building.diagnostics.error(at..at, format!("not well-formed XML: {error}"));
                break;
            }
        }
    }
    let Building { open, root, diagnostics, .. } = building;
    if diagnostics.errors() > errors {
        return None;
    }
    if let Some(element) = open.last() {
        let message = format!("the element `{}` is not closed", element.written);
        diagnostics
            .error(element.name_span.clone(), message)
            .help(format!("add `</{}>`; the document may have been cut off", element.written));
        return None;
    }
    if root.is_none() {
        diagnostics.error(0..0, "there is no element in this document");
    }
    root
}

struct Building<'a> {
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
    text: &'a str,
    usual: &'a [(&'a str, &'a str)],
    diagnostics: &'a mut Diagnostics,
}

impl Building<'_> {
    /// Takes an event in; `None` when reading on makes no sense.
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Option<()> {
        let wrong = match &event {
            Event::Start(tag) | Event::Empty(tag) => form::tag(tag),
            Event::Text(text) => form::text(text),
            Event::Comment(comment) => form::comment(comment),
            Event::PI(instruction) => form::instruction(instruction),
            Event::Decl(declaration) => {
                form::declaration(declaration, self.text[..span.start].trim_start_matches('\u{feff}').is_empty())
            }
            _ => None,
        };
        if let Some(wrong) = wrong {
            self.diagnostics.error(span, format!("not well-formed XML: {wrong}"));
            return None;
        }
        match event {
            Event::Start(tag) => {
                let element = self.element(&tag, span.clone())?;
                if self.open.len() >= DEPTH {
                    self.diagnostics.error(span, format!("elements lie more than {DEPTH} deep in each other"));
                    return None;
                }
                self.open.push(element);
            }
            Event::Empty(tag) => {
                let element = self.element(&tag, span)?;
                self.close(element);
            }
            Event::End(tag) => {
                let name = tag.name().as_ref().to_string();
                let Some(mut element) = self.open.pop() else {
                    self.diagnostics.error(span, format!("`</{name}>` closes an element that was not opened"));
                    return None;
                };
                if element.written != name {
                    let near = spelling::nearest(&name, [element.written.as_str()]);
                    let error = self.diagnostics.error(span, format!("`</{name}>` closes `<{}>`", element.written));
                    error.related(element.name_span.clone(), "opened here").did_you_mean(near);
                    // An element directly in one of its own name is often the end of that one without its slash.
                    if self.open.last().is_some_and(|parent| parent.written == element.written) {
                        error.help(format!("was `<{0}>` meant to be `</{0}>`?", element.written));
                    }
                    return None;
                }
                element.span.end = span.end;
                self.close(element);
            }
            Event::Text(text) => {
                let text = text.to_string();
                self.push_text(text, span)?;
            }
            Event::CData(data) => {
                let text = data.to_string();
                self.push_text(text, span)?;
            }
            Event::GeneralRef(reference) => {
                let name = reference.to_string();
                let text = self.resolve(&name, &span)?;
                self.push_text(text, span)?;
            }
            Event::DocType(_) => {
                self.diagnostics
                    .error(span, "document type definitions are not read")
                    .note("they can define entities that grow without bounds or name other files")
                    .help("delete the `<!DOCTYPE …>`");
                return None;
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Eof => {}
        }
        Some(())
    }

    fn close(&mut self, element: Element) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(element)),
            None if self.root.is_none() => self.root = Some(element),
            None => {
                let message = format!("a second root element `{}`; a document has one", element.written);
                self.diagnostics.error(element.name_span, message);
            }
        }
    }

    fn push_text(&mut self, text: String, span: Range<usize>) -> Option<()> {
        match self.open.last_mut() {
            Some(parent) => match parent.children.last_mut() {
                Some(Node::Text(before, place)) => {
                    before.push_str(&text);
                    place.end = span.end;
                }
                _ => parent.children.push(Node::Text(text, span)),
            },
            None if text.trim().is_empty() => {}
            None => {
                self.diagnostics.error(span, "text outside the root element");
                return None;
            }
        }
        Some(())
    }

    fn resolve(&mut self, name: &str, span: &Range<usize>) -> Option<String> {
        let number = match name.strip_prefix('#') {
            Some(digits) => match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok(),
                None => digits.parse().ok(),
            },
            None => None,
        };
        let text = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => number.and_then(char::from_u32).filter(|c| carried(*c)),
        };
        if text.is_none() {
            self.diagnostics
                .error(span.clone(), format!("`&{name};` stands for nothing"))
                .note("only `&lt;`, `&gt;`, `&amp;`, `&quot;`, `&apos;` and characters by number are known");
        }
        text.map(String::from)
    }

    fn element(&mut self, tag: &BytesStart<'_>, span: Range<usize>) -> Option<Element> {
        self.count += 1;
        if self.count > MOST {
            self.diagnostics.error(span, format!("more than {MOST} elements and attributes"));
            return None;
        }
        let written = tag.name().as_ref().to_string();
        let name_span = span.start + 1..(span.start + 1 + written.len()).min(self.text.len());
        let inherited = self.open.last().map(|parent| Rc::clone(&parent.bindings)).unwrap_or_default();
        let mut bindings = Rc::clone(&inherited);
        let mut attributes: Vec<(String, String)> = Vec::new();
        for attribute in tag.attributes() {
            self.count += 1;
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => {
                    self.diagnostics.error(span, format!("in the tag `<{written}>`: {error}"));
                    return None;
                }
            };
            let key = attribute.key.as_ref().to_string();
            let value = self.attribute_value(&attribute.value, &span)?;
            let prefix = if key == "xmlns" { Some("") } else { key.strip_prefix("xmlns:") };
            match prefix {
                Some(prefix) => {
                    let own = Rc::make_mut(&mut bindings);
                    own.retain(|(bound, _)| bound != prefix);
                    own.push((prefix.to_string(), Rc::from(value)));
                }
                None => attributes.push((key, value)),
            }
        }
        let (prefix, name) = written.split_once(':').unwrap_or(("", &written));
        let namespace = self.namespace(prefix, &bindings, &name_span)?;
        let name = name.to_string();
        let mut resolved = Vec::with_capacity(attributes.len());
        for (key, value) in attributes {
            let (namespace, name) = match key.split_once(':') {
                Some((prefix, name)) => (self.namespace(prefix, &bindings, &name_span)?, name.to_string()),
                None => (Rc::from(""), key),
            };
            resolved.push(Attribute { name, namespace, value, span: span.clone() });
        }
        Some(Element {
            written,
            name,
            namespace,
            attributes: resolved,
            children: Vec::new(),
            span,
            name_span,
            bindings,
        })
    }

    fn attribute_value(&mut self, raw: &str, span: &Range<usize>) -> Option<String> {
        let mut value = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find('&') {
            value.push_str(&rest[..at]);
            let Some(end) = rest[at..].find(';') else {
                self.diagnostics
                    .error(span.clone(), "an `&` in an attribute starts no reference")
                    .help("write `&amp;`");
                return None;
            };
            value.push_str(&self.resolve(&rest[at + 1..at + end], span)?);
            rest = &rest[at + end + 1..];
        }
        value.push_str(rest);
        Some(value)
    }

    fn namespace(&mut self, prefix: &str, bindings: &[(String, Rc<str>)], span: &Range<usize>) -> Option<Rc<str>> {
        if prefix == "xml" {
            return Some(Rc::from("http://www.w3.org/XML/1998/namespace"));
        }
        match bindings.iter().find(|(bound, _)| bound == prefix) {
            Some((_, namespace)) => Some(Rc::clone(namespace)),
            None if prefix.is_empty() => Some(Rc::from("")),
            None => {
                let usual = self.usual.iter().find(|(known, _)| *known == prefix).map(|(_, namespace)| *namespace);
                let near = spelling::nearest(prefix, bindings.iter().map(|(bound, _)| bound.as_str()));
                self.diagnostics
                    .error(span.clone(), format!("the prefix `{prefix}:` is not declared"))
                    .did_you_mean(near)
                    .help(format!("declare it: `xmlns:{prefix}=\"{}\"`", usual.unwrap_or("…")));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        let mut diagnostics = Diagnostics::default();
        assert_eq!(read(text, &mut diagnostics), None, "{text}");
        diagnostics.finish(text).into_iter().map(|d| d.message).collect()
    }

    #[test]
    fn names_and_texts_are_resolved() {
        let text = "<?xml version=\"1.0\"?>\n<a:b xmlns:a=\"urn:a\" xmlns=\"urn:d\" x=\"1 &lt; 2\"><c>x &amp; <![CDATA[<y>]]>&#33;</c><!-- n --></a:b>";
        let mut diagnostics = Diagnostics::default();
        let root = read(text, &mut diagnostics).unwrap();
        assert_eq!((root.qualified(), root.attribute("x")), ("{urn:a}b".into(), Some("1 < 2")));
        let child = root.elements().next().unwrap();
        assert_eq!((child.qualified(), child.text()), ("{urn:d}c".into(), "x & <y>!".into()));
        assert_eq!(&text[child.span.clone()], "<c>x &amp; <![CDATA[<y>]]>&#33;</c>");
        assert_eq!(&text[child.name_span.clone()], "c");
    }

    #[test]
    fn an_element_can_stand_alone() {
        let text = "<a xmlns:p=\"urn:p\" xmlns:q=\"urn:q\" xmlns=\"urn:d\"><p:b x='>'><!-- q: --><c/>&lt;</p:b></a>";
        let mut diagnostics = Diagnostics::default();
        let root = read(text, &mut diagnostics).unwrap();
        let alone = root.elements().next().unwrap().standalone(text);
        assert_eq!(alone, "<p:b xmlns=\"urn:d\" xmlns:p=\"urn:p\" x='>'><c/>&lt;</p:b>");
        let again = read(&alone, &mut diagnostics).unwrap();
        assert_eq!(again.standalone(&alone), alone);
    }

    #[test]
    fn what_is_broken_or_dangerous_is_refused() {
        for (text, message) in [
            ("<a><b></a>", "`</a>` closes `<b>`"),
            ("<a>", "the element `a` is not closed"),
            ("<p:a/>", "the prefix `p:` is not declared"),
            ("<a/><b/>", "a second root element `b`; a document has one"),
            ("<a>&lol;</a>", "`&lol;` stands for nothing"),
            ("<!DOCTYPE a [<!ENTITY l \"lol\">]><a>&l;</a>", "document type definitions are not read"),
            ("", "there is no element in this document"),
            ("<a>&#0;</a>", "`&#0;` stands for nothing"),
            ("\u{feff}<a/>", "not well-formed XML: a second byte order mark before the document"),
        ] {
            assert_eq!(messages(text), [message]);
        }
        let deep = "<a>".repeat(DEPTH + 1);
        assert_eq!(messages(&deep), [format!("elements lie more than {DEPTH} deep in each other")]);
    }
}
