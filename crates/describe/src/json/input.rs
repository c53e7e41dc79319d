//! Reading members into the model: where in the model and in the document the reader is, and values of each kind.

use super::{Field, Kind, Member, Value, compact};
use crate::{Diagnostics, Origins, spelling};
use pelago_job::{Extension, Text};
use std::ops::Range;

/// After so many unknown members of a job no more suggestions are looked for.
const SUGGESTED: usize = 1000;

/// A reader at one object of a document.
pub struct In<'a> {
    /// Where problems go.
    pub diagnostics: &'a mut Diagnostics,
    /// Where each part stood.
    pub origins: &'a mut Origins,
    /// The language's name, for extensions.
    pub language: &'static str,
    /// The part of the model that the object goes to, as a pointer.
    pub at: String,
    /// How much of `at` is the pointer of the job or document that keeps what the model has no place for.
    root: usize,
    /// What the model has no place for.
    kept: Vec<(Extension, Range<usize>)>,
    /// Whether numbers and truth values may stand in quotes, and texts without.
    pub lenient: bool,
}

impl<'a> In<'a> {
    /// A reader at the top of a document.
    pub fn new(diagnostics: &'a mut Diagnostics, origins: &'a mut Origins, language: &'static str) -> Self {
        Self { diagnostics, origins, language, at: String::new(), root: 0, kept: Vec::new(), lenient: false }
    }

    /// Reads an object inside this one, which goes to a part of the model.
    pub fn within<R>(&mut self, part: &str, read: impl FnOnce(&mut Self) -> R) -> R {
        let at = self.at.len();
        self.at += "/";
        self.at += part;
        let result = read(self);
        self.at.truncate(at);
        result
    }

    /// Reads a job, by its position among the description's; gives back what it keeps, in the order of the names.
    pub fn job<R>(&mut self, position: usize, read: impl FnOnce(&mut Self) -> R) -> (R, Vec<Extension>) {
        let at = std::mem::replace(&mut self.at, format!("/jobs/{position}"));
        let root = std::mem::replace(&mut self.root, self.at.len());
        let outer = std::mem::take(&mut self.kept);
        let result = read(self);
        let kept = self.take_kept();
        (self.at, self.root, self.kept) = (at, root, outer);
        (result, kept)
    }

    /// Notes where a part stood; empty means the object's own part.
    pub fn note(&mut self, part: &str, span: Range<usize>) {
        let slash = if part.is_empty() { "" } else { "/" };
        self.origins.note(format!("{}{slash}{part}", self.at), span);
    }

    /// Reads the members of an object by a table. Unknown ones are kept; `remark` says whether they ask for nothing.
    pub fn members<T>(&mut self, members: &[Member], fields: &[Field<T>], remark: bool, target: &mut T) {
        let mut found: Vec<Vec<&Member>> = vec![Vec::new(); fields.len()];
        let absent: Vec<&str> =
            fields.iter().map(|f| f.name).filter(|name| !members.iter().any(|m| m.name == *name)).collect();
        for member in members.iter().filter(|member| member.value.kind != Kind::Null) {
            let place = fields.iter().position(|field| field.is(&member.name));
            match place.and_then(|place| found.get_mut(place)) {
                Some(list) => list.push(member),
                None => self.unknown(member, absent.iter().copied(), remark),
            }
        }
        // In the order of the table, so that two documents that say the same give the same model.
        for (field, members) in fields.iter().zip(found) {
            for (position, member) in members.iter().enumerate() {
                if let Some(first) = members.first().filter(|_| position > 0) {
                    let message = format!("`{}` is given already, by another name", member.name);
                    self.diagnostics
                        .warning(member.name_span.clone(), message)
                        .related(first.name_span.clone(), "here");
                }
                if !field.part.is_empty() {
                    self.note(field.part, member.name_span.start..member.value.span.end);
                }
                (field.read)(self, member, target);
            }
        }
    }

    /// Keeps a member that is not known, with a suggestion where it is nearly one of `known`.
    pub fn unknown<'k>(&mut self, member: &Member, known: impl Iterator<Item = &'k str>, remark: bool) {
        let mut known = known;
        // A flood of unknown members gets no suggestions: they cost more than reading does.
        let flood = self.diagnostics.full() || self.kept.len() > SUGGESTED;
        let near = if flood { None } else { known.find(|known| spelling::one_edit(&member.name, known)) };
        if let Some(near) = near {
            let message = format!("`{}` is not known here, and only kept", member.name);
            self.diagnostics.warning(member.name_span.clone(), message).did_you_mean(Some(near));
        }
        self.keep(member, remark);
    }

    /// Keeps a member verbatim.
    pub fn keep(&mut self, member: &Member, remark: bool) {
        self.keep_as(self.language, &member.name, &member.value, remark);
        if let Some((_, span)) = self.kept.last_mut() {
            span.start = member.name_span.start;
        }
    }

    /// Lets go of what was kept at some places.
    pub fn forget(&mut self, which: impl Fn(&str) -> bool) {
        self.kept.retain(|(extension, _)| !extension.place.as_deref().is_some_and(&which));
    }

    /// Keeps a value by a name, for a language.
    pub fn keep_as(&mut self, language: &str, name: &str, value: &Value, remark: bool) {
        let place = self.at.get(self.root..).filter(|place| !place.is_empty()).map(str::to_string);
        let (language, name, text) = (language.to_string(), name.to_string(), compact(value));
        self.kept.push((Extension { language, name, text, remark, place }, value.span.clone()));
    }

    /// What was kept, in the order of its names: the order of a document's members means nothing.
    pub fn take_kept(&mut self) -> Vec<Extension> {
        let mut kept = std::mem::take(&mut self.kept);
        kept.sort_by(|(a, _), (b, _)| (&a.place, &a.name).cmp(&(&b.place, &b.name)));
        for (number, (_, span)) in kept.iter().enumerate() {
            self.note(&format!("extensions/{number}"), span.clone());
        }
        kept.into_iter().map(|(extension, _)| extension).collect()
    }

    /// Says that a value is of the wrong kind.
    pub fn wrong(&mut self, name: &str, value: &Value, expected: &str) {
        let message = format!("`{name}` must be {expected}, found {}", value.what());
        self.diagnostics.error(value.span.clone(), message);
    }

    /// A string.
    pub fn string(&mut self, name: &str, value: &Value) -> Option<String> {
        match &value.kind {
            Kind::Text(text) => Some(text.clone()),
            Kind::Number(_) | Kind::Bool(_) if self.lenient => value.scalar(),
            _ => {
                self.wrong(name, value, "a string");
                None
            }
        }
    }

    /// A string that is not empty.
    pub fn filled(&mut self, name: &str, value: &Value) -> Option<String> {
        let text = self.string(name, value)?;
        if text.is_empty() {
            self.diagnostics.error(value.span.clone(), format!("`{name}` is empty"));
            return None;
        }
        Some(text)
    }

    /// A string, as a text.
    pub fn text(&mut self, member: &Member) -> Option<Text> {
        self.string(&member.name, &member.value).map(Text::literal)
    }

    /// A truth value.
    pub fn flag(&mut self, member: &Member) -> Option<bool> {
        match &member.value.kind {
            Kind::Bool(flag) => Some(*flag),
            Kind::Text(text) if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") => {
                self.quoted(&member.name, &member.value, "a truth value");
                Some(text.eq_ignore_ascii_case("true"))
            }
            _ => {
                self.wrong(&member.name, &member.value, "`true` or `false`");
                None
            }
        }
    }

    /// A finite number.
    pub fn number(&mut self, name: &str, value: &Value) -> Option<f64> {
        let text = match &value.kind {
            Kind::Number(text) | Kind::Text(text) => crate::number::finite(text.trim()),
            _ => None,
        };
        match (text, &value.kind) {
            (None, _) => self.wrong(name, value, "a number"),
            (Some(_), Kind::Text(_)) => self.quoted(name, value, "a number"),
            _ => {}
        }
        text
    }

    /// Says that a value should not be in quotes, where that matters.
    fn quoted(&mut self, name: &str, value: &Value, what: &str) {
        if !self.lenient {
            let message = format!("`{name}` is {what} in quotes");
            self.diagnostics.warning(value.span.clone(), message).help("write it without the quotes");
        }
    }

    /// A whole number from `least` on.
    pub fn whole(&mut self, name: &str, value: &Value, least: f64) -> Option<f64> {
        let number = self.number(name, value)?;
        if number.fract() != 0.0 || number < least {
            let message = format!("`{name}` must be a whole number from {least} on");
            self.diagnostics.error(value.span.clone(), message);
            return None;
        }
        Some(number)
    }

    /// The elements of a list.
    pub fn items<'v>(&mut self, name: &str, value: &'v Value) -> Option<&'v [Value]> {
        if value.items().is_none() {
            self.wrong(name, value, "a list");
        }
        value.items()
    }

    /// The members of an object.
    pub fn object<'v>(&mut self, name: &str, value: &'v Value) -> Option<&'v [Member]> {
        if value.members().is_none() {
            self.wrong(name, value, "an object");
        }
        value.members()
    }

    /// The strings of a list.
    pub fn strings(&mut self, name: &str, value: &Value) -> Vec<String> {
        let items = self.items(name, value).unwrap_or(&[]);
        items.iter().enumerate().filter_map(|(at, item)| self.string(&format!("{name}[{at}]"), item)).collect()
    }
}
