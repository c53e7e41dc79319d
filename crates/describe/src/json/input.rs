//! Reading members into the model: where in the model and in the document the reader is, and values of each kind.

use super::{Field, Kind, Member, Value, compact, place};
use crate::{Diagnostics, Origins, spelling};
use pelago_job::{Extension, Text};
use std::ops::Range;

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
    /// The object's place in the document, such as `executors/0/`; empty at the top.
    pub path: String,
    /// What the model has no place for, named by its place in the document.
    pub kept: Vec<Extension>,
    /// Whether numbers and truth values may stand in quotes, and texts without.
    pub lenient: bool,
}

impl<'a> In<'a> {
    /// A reader at the top of a document.
    pub fn new(diagnostics: &'a mut Diagnostics, origins: &'a mut Origins, language: &'static str) -> Self {
        Self {
            diagnostics,
            origins,
            language,
            at: String::new(),
            path: String::new(),
            kept: Vec::new(),
            lenient: false,
        }
    }

    /// Reads an object inside this one: `part` of the model, `path` of the document.
    pub fn within<R>(&mut self, part: &str, path: &str, read: impl FnOnce(&mut Self) -> R) -> R {
        let (at, place) = (self.at.len(), self.path.len());
        self.at += "/";
        self.at += part;
        self.path += path;
        self.path += "/";
        let result = read(self);
        self.at.truncate(at);
        self.path.truncate(place);
        result
    }

    /// Notes where a part stood; empty means the object's own part.
    pub fn note(&mut self, part: &str, span: Range<usize>) {
        let slash = if part.is_empty() { "" } else { "/" };
        self.origins.note(format!("{}{slash}{part}", self.at), span);
    }

    /// Reads the members of an object by a table. Unknown ones are kept; `remark` says whether they ask for nothing.
    pub fn members<T>(&mut self, members: &[Member], fields: &[Field<T>], remark: bool, target: &mut T) {
        let mut done: Vec<(&str, Range<usize>)> = Vec::new();
        for member in members {
            let Some(field) = fields.iter().find(|f| f.is(&member.name)) else {
                let known = fields.iter().map(|f| f.name).filter(|name| !members.iter().any(|m| m.name == *name));
                self.unknown(member, known, remark);
                continue;
            };
            if member.value.kind == Kind::Null {
                continue;
            }
            if let Some((_, first)) = done.iter().find(|(name, _)| *name == field.name) {
                let message = format!("`{}` is another name of what is given already", member.name);
                self.diagnostics.warning(member.name_span.clone(), message).related(first.clone(), "here");
            }
            done.push((field.name, member.name_span.clone()));
            if !field.part.is_empty() {
                self.note(field.part, member.name_span.start..member.value.span.end);
            }
            (field.read)(self, member, target);
        }
    }

    /// Keeps a member that is not known, with a suggestion where it is nearly one of `known`.
    pub fn unknown<'k>(&mut self, member: &Member, known: impl Iterator<Item = &'k str>, remark: bool) {
        let mut known = known;
        if let Some(near) = known.find(|name| spelling::one_edit(&member.name, name)) {
            let message = format!("`{}` is not known here, and only kept", member.name);
            self.diagnostics.warning(member.name_span.clone(), message).did_you_mean(Some(near));
        }
        self.keep(member, remark);
    }

    /// Keeps a member verbatim.
    pub fn keep(&mut self, member: &Member, remark: bool) {
        let name = place(&self.path, &member.name);
        let text = compact(&member.value);
        self.kept.push(Extension { language: self.language.into(), name, text, remark });
    }

    /// What was kept, in the order of its names: the order of a document's members means nothing.
    pub fn take_kept(&mut self) -> Vec<Extension> {
        let mut kept = std::mem::take(&mut self.kept);
        kept.sort_by(|a, b| a.name.cmp(&b.name));
        kept
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
            Kind::Text(text) if self.lenient && text.eq_ignore_ascii_case("true") => Some(true),
            Kind::Text(text) if self.lenient && text.eq_ignore_ascii_case("false") => Some(false),
            _ => {
                self.wrong(&member.name, &member.value, "`true` or `false`");
                None
            }
        }
    }

    /// A finite number.
    pub fn number(&mut self, name: &str, value: &Value) -> Option<f64> {
        let number = match &value.kind {
            Kind::Number(number) => Some(number),
            Kind::Text(text) if self.lenient => Some(text),
            _ => None,
        };
        let number = number.and_then(|text| text.trim().parse::<f64>().ok()).filter(|number| number.is_finite());
        if number.is_none() {
            self.wrong(name, value, "a number");
        }
        number
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
