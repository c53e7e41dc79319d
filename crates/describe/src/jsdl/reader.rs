//! Reading elements by their tables: dispatch, unknown names, attributes and extensions.

use super::member::{Kind, Member};
use super::namespace::{self, Space};
use super::sweep::Holes;
use super::words;
use crate::said::Origins;
use crate::xml::{Attribute, Element, Node};
use crate::{Diagnostics, spelling};
use pelago_job::Extension;
use std::collections::BTreeMap;
use std::ops::Range;

/// A document while it is read.
pub struct Reader<'a> {
    /// The document's text.
    pub text: &'a str,
    /// What was found.
    pub diagnostics: &'a mut Diagnostics,
    /// Where the parts stood.
    pub origins: Origins,
    /// Which texts a sweep fills.
    pub holes: Holes,
    /// The job that is read, as a JSON pointer.
    pub job: String,
    /// What the model has no place for, of that job.
    pub extensions: Vec<Extension>,
    /// Whether foreign elements only remark something where the reader is.
    pub remarks: bool,
    /// Whether the job's application has been read.
    pub program_seen: bool,
    /// File systems that paths name, with the place of the first use.
    pub filesystems: BTreeMap<String, Range<usize>>,
}

/// Elements that other systems put into JSDL's own namespace, and who does.
const LODGERS: [(&str, &str); 4] = [
    ("HandleAsArchive", "GenesisII"),
    ("AlwaysStageOut", "GenesisII"),
    ("Common", "GenesisII"),
    ("StagingSchedule", "a draft of the HPC file staging profile"),
];

/// Names that other systems give to elements of JSDL's own namespace, the standard's names for them, and who does.
const NICKNAMES: [(&str, &str, &str); 2] =
    [("CandidateHost", "CandidateHosts", "GridWay"), ("FileSystemName", "FilesystemName", "GridWay and Grisu")];

impl<'a> Reader<'a> {
    /// A reader of a document.
    pub fn new(text: &'a str, diagnostics: &'a mut Diagnostics, holes: Holes) -> Self {
        Self {
            text,
            diagnostics,
            origins: Origins::default(),
            holes,
            job: String::new(),
            extensions: Vec::new(),
            remarks: false,
            program_seen: false,
            filesystems: BTreeMap::new(),
        }
    }

    /// Reads what stands in an element by its table; `at` is the model's part that the fields belong to.
    pub fn members<T>(&mut self, element: &Element, into: &mut T, table: &[Member<T>], at: &str) {
        self.members_in(element, into, table, at, None);
    }

    /// As [`Self::members`], with a second namespace that the table's names may have too.
    pub fn members_in<T>(
        &mut self,
        element: &Element,
        into: &mut T,
        table: &[Member<T>],
        at: &str,
        also: Option<Space>,
    ) {
        let mut seen: Vec<Option<Range<usize>>> = vec![None; table.len()];
        for child in &element.children {
            let child = match child {
                Node::Element(child) => child,
                Node::Text(text, span) => {
                    self.stray(text, span.clone(), element);
                    continue;
                }
            };
            let Some(number) = self.find(child, table, also) else {
                self.unknown(child, element, table, at);
                continue;
            };
            let Some(member) = table.get(number) else { continue };
            if !member.many() {
                if let Some(Some(first)) = seen.get(number) {
                    let message = format!("a second `{}`; there can be one", child.written);
                    self.diagnostics.error(child.name_span.clone(), message).related(first.clone(), "the first one");
                    continue;
                }
                if let Some(place) = seen.get_mut(number) {
                    *place = Some(child.name_span.clone());
                }
            }
            self.member(child, into, member, at);
        }
    }

    /// The position of an element's name in a table. A name without a namespace stands for the one that is there.
    fn find<T>(&mut self, child: &Element, table: &[Member<T>], also: Option<Space>) -> Option<usize> {
        let space = Space::of(&child.namespace);
        if let Some((space, other)) = space {
            let fits = |m: &Member<T>| m.name == child.name && (m.space == space || also == Some(space));
            let found = table.iter().position(fits);
            if found.is_some() && other {
                self.alias(child, space);
            }
            return found.or_else(|| self.nickname(child, space, table));
        }
        if !child.namespace.is_empty() {
            return None;
        }
        let found = table.iter().position(|m| m.name == child.name)?;
        let prefix = table.get(found).map_or("jsdl", |m| also.unwrap_or(m.space).prefix());
        self.diagnostics
            .warning(
                child.name_span.clone(),
                format!("`{}` has no namespace; it is read as `{prefix}:{0}`", child.name),
            )
            .help(format!("write `{prefix}:{}`, with the prefix that the document binds", child.name));
        Some(found)
    }

    /// The position of an element that another system's reader looks for by a name of its own.
    fn nickname<T>(&mut self, child: &Element, space: Space, table: &[Member<T>]) -> Option<usize> {
        let (_, name, who) = NICKNAMES.iter().find(|(nickname, ..)| *nickname == child.name)?;
        let found = table.iter().position(|m| m.space == space && m.name == *name)?;
        self.diagnostics
            .warning(child.name_span.clone(), format!("`{}` is what {who} call `{name}`", child.written))
            .help(format!("write `{name}`: other systems look for nothing else"));
        Some(found)
    }

    /// Notes once a namespace that is spelt in another way than the standard does.
    fn alias(&mut self, element: &Element, space: Space) {
        let outer = format!("{}:", element.written.split(':').next().unwrap_or(""));
        let same = matches!(space, Space::Hpc) && !element.name.ends_with("Application");
        if !same && !outer.is_empty() {
            self.diagnostics
                .warning(element.name_span.clone(), format!("`{}` is not the standard's namespace", element.namespace))
                .help(format!("it is read as `{}`, which other systems expect", space.uri()));
        }
    }

    fn member<T>(&mut self, child: &Element, into: &mut T, member: &Member<T>, at: &str) {
        let part = match member.field {
            "" => at.to_string(),
            field => format!("{at}/{field}"),
        };
        if !matches!(member.kind, Kind::Own(..) | Kind::Texts(..)) {
            self.origins.note(part.clone(), child.span.clone());
        }
        match &member.kind {
            Kind::Text(style, field) => *field(into) = self.leaf(child, *style, &part),
            Kind::Texts(style, field) => {
                let part = format!("{part}/{}", field(into).len());
                self.origins.note(part.clone(), child.span.clone());
                if let Some(text) = self.leaf(child, *style, &part) {
                    field(into).push(text);
                }
            }
            Kind::Word(words, field) => *field(into) = self.word(child, words, &part),
            Kind::Range(measure, field) => *field(into) = self.range(child, *measure, &part),
            Kind::Limit(field) => *field(into) = self.limit(child, &part),
            Kind::Flag(field) => *field(into) = self.flag(child, &part),
            Kind::Yes(field) => *field(into) = self.flag(child, &part) == Some(true),
            Kind::Own(_, read, _) => read(self, child, into, at),
        }
    }

    /// Says that text stands where only elements belong.
    pub fn stray(&mut self, text: &str, span: Range<usize>, element: &Element) {
        if !text.trim().is_empty() {
            self.diagnostics
                .warning(span, format!("text that belongs to nothing: `{}` holds elements", element.written))
                .help("delete it, or close the element that it stood in");
        }
    }

    /// Takes an element that its table does not have: an error in the standard's namespaces if it is a slip, else an extension.
    pub fn unknown<T>(&mut self, child: &Element, outer: &Element, table: &[Member<T>], at: &str) {
        let span = child.name_span.clone();
        let space = Space::of(&child.namespace).map(|(space, _)| space);
        if space == Some(Space::Core) && self.lodger(child, at) {
            return;
        }
        let ours = space.is_some_and(Space::closed) || child.namespace.is_empty();
        if !ours {
            if let Some(right) = namespace::misspelt(&child.namespace) {
                self.diagnostics
                    .error(
                        span,
                        format!("`{}` is in a namespace that does not exist: `{}`", child.name, child.namespace),
                    )
                    .help(format!("the right one is `{right}`"));
                return;
            }
            self.extension(child, at, false);
            return;
        }
        // A known name in the wrong one of the standard's namespaces.
        let elsewhere = table.iter().find(|m| m.name == child.name);
        let renamed = words::RENAMED.iter().find(|(old, _)| *old == child.name);
        let near = spelling::nearest(&child.name, table.iter().map(|m| m.name));
        if elsewhere.is_none() && renamed.is_none() && near.is_none() {
            return self.foundling(child, outer, table, at);
        }
        let whose = if child.namespace.is_empty() { "no namespace".into() } else { format!("`{}`", child.namespace) };
        let error = self.diagnostics.error(span, format!("`{}` does not stand in `{}`", child.written, outer.name));
        if let Some(member) = elsewhere {
            let prefix = prefix_of(outer, member.space);
            error
                .note(format!("it is in {whose}, and `{}` there is in `{}`", member.name, member.space.uri()))
                .help(format!("write `{}`", format!("{prefix}:{}", member.name).trim_start_matches(':')));
            return;
        }
        match (renamed, near) {
            (Some((_, new)), _) => error.help(format!("did you mean {new}?")),
            (None, Some(near)) => error.did_you_mean(Some(near)),
            (None, None) => error.help(what_can_stand(table)),
        };
        if !child.namespace.is_empty() {
            error.note("every name in JSDL's own namespaces is defined by the standard, so this one would be ignored");
        }
    }

    /// Keeps an element that no slip explains. The schema forbids it, and so no two readers agree: most look for the names
    /// that they know and read on, some (Grisu) read what they have put there themselves.
    fn foundling<T>(&mut self, child: &Element, outer: &Element, table: &[Member<T>], at: &str) {
        self.diagnostics
            .warning(child.name_span.clone(), format!("`{}` does not stand in `{}`", child.written, outer.name))
            .note("most systems ignore it; it is kept, and refused when the job is run")
            .help(what_can_stand(table));
        self.keep(child, at, false);
    }

    /// Takes elements that other systems put into JSDL's own namespace.
    fn lodger(&mut self, child: &Element, at: &str) -> bool {
        let Some((_, who)) = LODGERS.iter().find(|(name, _)| *name == child.name) else { return false };
        let nothing = child.text().trim() == "false";
        self.extension(child, at, nothing);
        if !nothing {
            let message = format!("`{}` is no element of JSDL's schema; {who} has it", child.name);
            self.diagnostics
                .warning(child.name_span.clone(), message)
                .note("it is kept, and refused when the job is run");
        }
        true
    }

    /// Keeps a foreign element; a note says so unless it only remarks something.
    pub fn extension(&mut self, child: &Element, at: &str, remark: bool) {
        let remark = remark || self.remarks;
        if !remark {
            self.diagnostics
                .note(
                    child.name_span.clone(),
                    format!("`{}` is an extension that is not known here", child.qualified()),
                )
                .note("it is kept word for word; a system that does not know it has to refuse the job (JSDL 1.0)");
        }
        self.keep(child, at, remark);
    }

    fn keep(&mut self, child: &Element, at: &str, remark: bool) {
        let name = child.qualified();
        let place = self.place(at);
        let text = child.standalone(self.text);
        self.push(Extension { language: "jsdl".into(), name, text, remark, place }, child.span.clone());
    }

    /// A part of the job, from the job; `None` for the job itself.
    pub fn place(&self, at: &str) -> Option<String> {
        at.strip_prefix(self.job.as_str()).filter(|place| !place.is_empty()).map(String::from)
    }

    /// Looks through the attributes of an element for names that it cannot have: an error where it is a slip. Every reader
    /// passes over the others, which forms and editors put there for themselves.
    pub fn attributes(&mut self, element: &Element, known: &[&str], at: &str) {
        let mut idle: Vec<&Attribute> = Vec::new();
        for attribute in &element.attributes {
            if attribute.namespace.is_empty() {
                if known.contains(&attribute.name.as_str()) {
                    continue;
                }
                let Some(near) = spelling::nearest(&attribute.name, known.iter().copied()) else {
                    idle.push(attribute);
                    continue;
                };
                let message = format!("`{}` has no attribute `{}`", element.name, attribute.name);
                let span = attribute_span(self.text, &attribute.span, &attribute.name);
                self.diagnostics.error(span, message).did_you_mean(Some(near));
                continue;
            }
            let space = Space::of(&attribute.namespace).map(|(space, _)| space);
            if matches!(space, Some(Space::Instance | Space::Xml)) {
                continue;
            }
            let name = format!("@{{{}}}{}", attribute.namespace, attribute.name);
            let place = self.place(at);
            self.diagnostics
                .note(attribute.span.clone(), format!("`{name}` is an extension that is not known here"))
                .note("it is kept word for word; a system that does not know it has to refuse the job (JSDL 1.0)");
            let text = attribute.value.clone();
            let kept = Extension { language: "jsdl".into(), name, text, remark: false, place };
            self.push(kept, attribute.span.clone());
        }
        self.idle(element, &idle, known, at);
    }

    /// Keeps attributes that mean nothing where they stand, with one warning for all of an element.
    fn idle(&mut self, element: &Element, idle: &[&Attribute], known: &[&str], at: &str) {
        let Some(first) = idle.first() else { return };
        let names: Vec<&str> = idle.iter().map(|a| a.name.as_str()).collect();
        let (plural, them) = if idle.len() > 1 { ("s", "they are") } else { ("", "it is") };
        let message = format!("`{}` has no attribute{plural} `{}`", element.name, names.join("`, `"));
        let span = attribute_span(self.text, &first.span, &first.name);
        self.diagnostics
            .warning(span, message)
            .note(format!("other systems ignore what JSDL does not have; {them} kept, and refused when the job is run"))
            .help(match known {
                [] => "it has none".to_string(),
                known => format!("it has `{}`", known.join("`, `")),
            });
        for attribute in idle {
            let (name, text) = (format!("@{}", attribute.name), attribute.value.clone());
            let kept = Extension { language: "jsdl".into(), name, text, remark: false, place: self.place(at) };
            self.push(kept, attribute.span.clone());
        }
    }

    fn push(&mut self, kept: Extension, span: Range<usize>) {
        self.origins.note(format!("{}/extensions/{}", self.job, self.extensions.len()), span);
        self.extensions.push(kept);
    }
}

/// What can stand in an element, for help.
fn what_can_stand<T>(table: &[Member<T>]) -> String {
    let names: Vec<&str> = table.iter().map(|m| m.name).collect();
    format!("what can stand there: {}", names.join(", "))
}

/// The prefix that a document binds to a namespace where an element stands; else the usual one.
fn prefix_of(element: &Element, space: Space) -> String {
    let bound = element.bindings.iter().find(|(_, uri)| **uri == *space.uri()).map(|(prefix, _)| prefix.clone());
    bound.unwrap_or_else(|| space.prefix().to_string())
}

/// Where an attribute's name stands in its tag.
pub fn attribute_span(text: &str, tag: &Range<usize>, name: &str) -> Range<usize> {
    let found = text.get(tag.clone()).and_then(|tag| {
        let mut places = tag.match_indices(name).map(|(at, _)| at);
        places.find(|at| tag[..*at].ends_with(|c: char| c.is_ascii_whitespace()))
    });
    match found {
        Some(at) => tag.start + at..tag.start + at + name.len(),
        None => tag.clone(),
    }
}
