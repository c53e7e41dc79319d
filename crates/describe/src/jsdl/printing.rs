//! Printing elements by their tables: only what has something in it, in the schema's order, with the paths that a
//! sweep needs to find its texts again.

use super::member::{Kind, Measure, Member, Style};
use super::namespace::Space;
use super::range::{self, normal};
use super::value::trim;
use super::words;
use crate::loss::Rest;
use crate::xml::Writer;
use pelago_job::description::{Bound, Interval, Range};
use pelago_job::{Domain, Extension, ParamNo, Parameter, Piece, Text};
use std::collections::BTreeMap;

/// Elements of which there can be several, so that a path to one has to say its position.
const MANY: [&str; 8] = [
    "jsdl:JobAnnotation",
    "jsdl:JobProject",
    "jsdl:HostName",
    "jsdl:FileSystem",
    "jsdl:DataStaging",
    "jsdl-posix:Argument",
    "jsdl-posix:Environment",
    "jsdl-u:UserPreCommand",
];

/// A document while it is printed.
pub struct Printing<'a> {
    /// What is not said yet, apart from the job that is printed.
    pub rest: &'a mut Rest,
    /// The job's extensions.
    pub kept: Vec<Extension>,
    /// The parameters that texts have holes for.
    pub parameters: &'a [Parameter],
    /// What stands in the place of a hole where it is not the parameter's name.
    pub defaults: BTreeMap<ParamNo, String>,
    /// For each parameter, the XPath expressions of the places that it fills, and what stands there.
    pub targets: BTreeMap<ParamNo, Vec<(String, String)>>,
    job: String,
    writer: Writer,
    levels: Vec<Level>,
    last: String,
}

/// An element that is open, perhaps not written yet.
struct Level {
    name: String,
    attributes: Vec<(String, String)>,
    step: String,
    counts: BTreeMap<String, usize>,
    written: bool,
}

impl<'a> Printing<'a> {
    /// A document about the job at this JSON pointer.
    pub fn new(rest: &'a mut Rest, job: &str, kept: Vec<Extension>, parameters: &'a [Parameter]) -> Self {
        Self {
            rest,
            kept,
            parameters,
            defaults: BTreeMap::new(),
            targets: BTreeMap::new(),
            job: job.to_string(),
            writer: Writer::new(),
            levels: Vec::new(),
            last: String::new(),
        }
    }

    /// Opens an element that is only written if something stands in it.
    pub fn begin(&mut self, name: &str, attributes: &[(&str, &str)], at: &str) {
        let mut attributes: Vec<(String, String)> =
            attributes.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let foreign = self.foreign_attributes(at);
        let now = !foreign.is_empty();
        attributes.extend(foreign);
        let (name, counts) = (name.to_string(), BTreeMap::new());
        self.levels.push(Level { name, attributes, step: String::new(), counts, written: false });
        if now {
            self.flush();
        }
    }

    /// Opens an element that is written in any case.
    pub fn begin_now(&mut self, name: &str, attributes: &[(&str, &str)], at: &str) {
        self.begin(name, attributes, at);
        self.flush();
    }

    /// Closes the element that was opened last.
    pub fn end(&mut self) {
        if self.levels.pop().is_some_and(|level| level.written) {
            self.writer.close();
        }
    }

    /// The document.
    pub fn finish(self) -> String {
        self.writer.finish()
    }

    fn flush(&mut self) {
        for number in 0..self.levels.len() {
            let Some(level) = self.levels.get(number).filter(|level| !level.written) else { continue };
            let name = level.name.clone();
            let step = self.step(number, &name);
            let Some(level) = self.levels.get_mut(number) else { continue };
            level.step = step;
            level.written = true;
            let attributes: Vec<(&str, &str)> =
                level.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            self.writer.open(&level.name, &attributes);
        }
    }

    /// The step of a path to the next element of that name in the element above a level.
    fn step(&mut self, level: usize, name: &str) -> String {
        let Some(outer) = level.checked_sub(1).and_then(|outer| self.levels.get_mut(outer)) else {
            return name.to_string();
        };
        let count = outer.counts.entry(name.to_string()).or_insert(0);
        *count += 1;
        if MANY.contains(&name) || *count > 1 { format!("{name}[{count}]") } else { name.to_string() }
    }

    /// An element with text in it. `part` is the text's part of the model, `at` the element's.
    pub fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &Text, style: Style, part: &str, at: &str) {
        let Some(text) = self.sayable(text, style, part) else { return };
        self.flush();
        let step = self.step(self.levels.len(), name);
        let steps: Vec<&str> = self.levels.iter().map(|level| level.step.as_str()).chain([step.as_str()]).collect();
        self.last = format!("/{}", steps.join("/"));
        let shown = self.placeholders(&text, style);
        let foreign = self.foreign_attributes(at);
        let foreign = foreign.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let attributes: Vec<(&str, &str)> = attributes.iter().copied().chain(foreign).collect();
        self.writer.leaf(name, &attributes, &shown);
        let path = self.last.clone();
        self.target(path, &text, style);
    }

    /// The text as a reader will see it; what that changes is noted. `None` where nothing would be left.
    fn sayable(&mut self, text: &Text, style: Style, part: &str) -> Option<Text> {
        let carried = |text: &str| -> String {
            text.chars()
                .filter(|c| *c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}') || "\t\n\r".contains(*c))
                .collect()
        };
        let mut said = Text(super::sweep::map_literals(&text.0, carried));
        let mut why = "XML has no such characters";
        if style != Style::Free {
            let before = said.clone();
            trim(&mut said);
            if said != before {
                why = "white space around a value does not count";
            }
            if said.is_empty() {
                self.rest.changed(part, (), "an empty element asks for nothing");
                return None;
            }
        }
        if style == Style::Count
            && let Some(word) = said.as_literal()
        {
            let digits = word.trim_start_matches('0');
            if digits.is_empty() || digits.len() > 18 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                self.rest.changed(part, (), "JSDL has a whole number from 1 there");
                return None;
            }
            said = Text::literal(digits);
        }
        if said.to_string() != text.to_string() && !part.is_empty() {
            self.rest.changed(part, &said, why);
        }
        Some(said)
    }

    /// Notes the holes of an attribute of the element that was written last.
    pub fn target_attribute(&mut self, name: &str, text: &Text) {
        let path = format!("{}/@{name}", self.last);
        self.target(path, text, Style::Line);
    }

    fn target(&mut self, path: String, text: &Text, style: Style) {
        if let [Piece::Param(number)] = text.0.0[..] {
            let shown = self.placeholder(number, style);
            self.targets.entry(number).or_default().push((path, shown));
            return;
        }
        let mut start = 1;
        for piece in &text.0.0 {
            let length = match piece {
                Piece::Text(text) => text.chars().count(),
                Piece::Param(number) => {
                    let shown = self.placeholder(*number, style);
                    let length = shown.chars().count();
                    let place = format!("substring({path}, {start}, {length})");
                    self.targets.entry(*number).or_default().push((place, shown));
                    length
                }
                _ => 0,
            };
            start += length;
        }
    }

    /// The text with something in each hole.
    pub fn placeholders(&self, text: &Text, style: Style) -> String {
        text.write(
            |literal| literal.to_string(),
            |piece| match piece {
                Piece::Param(number) => self.placeholder(*number, style),
                _ => String::new(),
            },
        )
    }

    /// What stands for a parameter in the document: what it is where it has no value, else its name, which is how it
    /// gets its name when the document is read again; else its first value, where only some words may stand.
    fn placeholder(&self, number: ParamNo, style: Style) -> String {
        let parameter = self.parameters.get(usize::from(number.0));
        let first = || match parameter.map(|p| &p.domain) {
            Some(domain @ (Domain::Integers { .. } | Domain::List(_))) => domain.text(0).into_owned(),
            _ => String::new(),
        };
        match (self.defaults.get(&number), style) {
            (Some(default), _) => default.clone(),
            (None, Style::Count) => {
                let first = first();
                let fits = first.bytes().all(|b| b.is_ascii_digit()) && !first.starts_with('0') && !first.is_empty();
                if fits { first } else { "1".into() }
            }
            (None, Style::Of(words)) => {
                let first = first();
                if words.contains(&first.as_str()) { first } else { words.last().copied().unwrap_or("other").into() }
            }
            (None, _) => parameter.map(|p| p.name.clone()).unwrap_or_default(),
        }
    }

    /// Whether a text can be an attribute that has to be a name.
    pub fn fits_name(&self, text: &Text) -> bool {
        words::is_ncname(&self.placeholders(text, Style::Line))
    }

    /// A name as the schema takes it; a change is noted.
    pub fn name(&mut self, name: String, part: &str) -> String {
        let fits = words::ncname(&name);
        if fits != name {
            self.rest.changed(part, &fits, "names in JSDL are letters, digits, `.`, `-` and `_`");
        }
        fits
    }

    /// Puts a word that the schema does not have into one that it has.
    pub fn enumerated(&mut self, text: &mut Option<Text>, known: &[&str], part: &str) {
        let Some(word) = text.as_ref().and_then(Text::as_literal) else { return };
        if known.contains(&word.as_str()) {
            return;
        }
        let same = known.iter().find(|k| k.eq_ignore_ascii_case(&word));
        let instead = Text::literal(*same.unwrap_or(&"other"));
        if !part.is_empty() {
            let why = if same.is_some() { "JSDL spells it so" } else { "JSDL has no word for it" };
            self.rest.changed(part, &instead, why);
        }
        *text = Some(instead);
    }

    /// Prints what a table has.
    pub fn members<T>(&mut self, from: &mut T, table: &'static [Member<T>], at: &str) {
        self.some_members(from, table.iter(), at);
    }

    /// Prints some of what a table has.
    pub fn some_members<T: 'static>(
        &mut self,
        from: &mut T,
        table: impl Iterator<Item = &'static Member<T>>,
        at: &str,
    ) {
        for member in table {
            self.member(from, member, at);
        }
    }

    fn member<T>(&mut self, from: &mut T, member: &Member<T>, at: &str) {
        let name = format!("{}:{}", member.space.prefix(), member.name);
        let part = if member.field.is_empty() { at.to_string() } else { format!("{at}/{}", member.field) };
        match &member.kind {
            Kind::Text(style, field) => {
                let Some(text) = field(from).take() else { return };
                match text.is_empty() {
                    true => self.rest.changed(part, (), "an empty element asks for nothing"),
                    false => self.leaf(&name, &[], &text, *style, &part, &part),
                }
            }
            Kind::Texts(style, field) => {
                let texts = std::mem::take(field(from));
                let nothing = |text: &Text| match style {
                    Style::Free => text.is_empty(),
                    _ => text.as_literal().is_some_and(|text| text.trim().is_empty()),
                };
                let (empty, said): (Vec<Text>, Vec<Text>) = texts.into_iter().partition(|text| nothing(text));
                if !empty.is_empty() {
                    self.rest.changed(part.clone(), &said, "an empty element asks for nothing");
                }
                for (number, text) in said.iter().enumerate() {
                    let part = format!("{part}/{number}");
                    self.leaf(&name, &[], text, *style, &part, &part);
                }
            }
            Kind::Word(known, field) => {
                let Some(word) = field(from).take() else { return };
                match known.contains(&word.as_str()) {
                    true => self.leaf(&name, &[], &Text::literal(word), Style::Free, &part, &part),
                    false => {
                        let why = format!("JSDL has only {} there", known.join(", "));
                        self.rest.changed(part, (), why);
                    }
                }
            }
            Kind::Range(measure, field) => self.range(&name, member.space, *measure, field(from), &part),
            Kind::Limit(field) => {
                let Some(value) = *field(from) else { return };
                if !value.is_finite() || value < 0.0 {
                    self.rest.because(part, "a limit of JSDL is a whole number that is not negative");
                    return;
                }
                *field(from) = None;
                if value.fract() != 0.0 {
                    self.rest.changed(part.clone(), value.ceil(), "a limit of JSDL is a whole number");
                }
                self.leaf(&name, &[], &Text::literal(format!("{}", value.ceil())), Style::Free, "", &part);
            }
            Kind::Flag(field) => {
                let Some(value) = field(from).take() else { return };
                self.leaf(&name, &[], &Text::literal(value.to_string()), Style::Free, "", &part);
            }
            Kind::Yes(field) => {
                if std::mem::take(field(from)) {
                    self.leaf(&name, &[], &Text::literal("true"), Style::Free, "", &part);
                }
            }
            Kind::Own(_, _, print) => print(self, from, at),
        }
    }

    fn range(&mut self, name: &str, space: Space, measure: Measure, field: &mut Option<Range>, part: &str) {
        let Some(range) = field.take() else { return };
        let finite = range.0.iter().all(|i| match i {
            Interval::Exact { value, epsilon } => value.is_finite() && epsilon.is_finite(),
            Interval::Between { lower, upper } => lower.value.is_finite() && upper.value.is_finite(),
            Interval::Upper(bound) | Interval::Lower(bound) => bound.value.is_finite(),
        });
        let Some(said) = normal(&range).filter(|_| finite) else {
            let why = "every number satisfies it, or none, which JSDL cannot say";
            self.rest.changed(part, (), why);
            return;
        };
        if !range::is_satisfiable(&said, measure) {
            self.rest.because(part, "nothing satisfies it, and a JSDL document with that is refused");
            *field = Some(range);
            return;
        }
        if said != range {
            self.rest.changed(part, &said, "the bounds of a JSDL range are one to each side, in a fixed order");
        }
        let own = (format!("xmlns:{}", space.prefix()), space.uri());
        let attributes: Vec<(&str, &str)> = match space {
            Space::Core => Vec::new(),
            _ => vec![(own.0.as_str(), own.1)],
        };
        self.begin_now(name, &attributes, part);
        for interval in &said.0 {
            match *interval {
                Interval::Upper(bound) => self.bound("jsdl:UpperBoundedRange", bound),
                Interval::Lower(bound) => self.bound("jsdl:LowerBoundedRange", bound),
                Interval::Exact { value, epsilon } => {
                    let epsilon = (epsilon != 0.0).then(|| epsilon.to_string());
                    let attributes: Vec<(&str, &str)> = epsilon.iter().map(|e| ("epsilon", e.as_str())).collect();
                    self.leaf("jsdl:Exact", &attributes, &Text::literal(value.to_string()), Style::Free, "", "");
                }
                Interval::Between { lower, upper } => {
                    self.begin("jsdl:Range", &[], "");
                    self.bound("jsdl:LowerBound", lower);
                    self.bound("jsdl:UpperBound", upper);
                    self.end();
                }
            }
        }
        self.end();
    }

    fn bound(&mut self, name: &str, bound: Bound) {
        let attributes: &[(&str, &str)] = if bound.exclusive { &[("exclusiveBound", "true")] } else { &[] };
        self.leaf(name, attributes, &Text::literal(bound.value.to_string()), Style::Free, "", "");
    }

    /// An element whose text is no part of the model.
    pub fn plain(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.flush();
        self.writer.leaf(name, attributes, text);
    }

    /// An element as it stood in another document.
    pub fn verbatim(&mut self, text: &str) {
        self.flush();
        self.writer.verbatim(text);
    }

    /// Prints the extensions that belong to a part: remarks on the job as a whole, or all others.
    pub fn extensions(&mut self, at: &str, remarks: bool) {
        let place = at.strip_prefix(self.job.as_str()).filter(|place| !place.is_empty());
        for number in 0..self.kept.len() {
            let Some(extension) = self.kept.get(number) else { continue };
            let here = extension.place.as_deref() == place && (place.is_some() || extension.remark == remarks);
            if here && super::extension_fits(extension) {
                let taken = std::mem::take(&mut self.kept[number]);
                self.verbatim(&taken.text);
            }
        }
    }

    fn foreign_attributes(&mut self, at: &str) -> Vec<(String, String)> {
        let mut attributes = Vec::new();
        let Some(place) = at.strip_prefix(self.job.as_str()).filter(|place| !place.is_empty()) else {
            return attributes;
        };
        for (number, extension) in self.kept.iter_mut().enumerate() {
            if extension.language != "jsdl" || extension.place.as_deref() != Some(place) {
                continue;
            }
            let name = extension.name.strip_prefix("@{").and_then(|name| name.rsplit_once('}'));
            let Some((namespace, name)) = name.filter(|(_, name)| words::is_ncname(name)) else { continue };
            if namespace.is_empty() || Space::of(namespace).is_some() || extension.text.chars().any(|c| c < ' ') {
                continue;
            }
            attributes.push((format!("xmlns:a{number}"), namespace.to_string()));
            attributes.push((format!("a{number}:{name}"), extension.text.clone()));
            *extension = Extension::default();
        }
        attributes
    }
}
