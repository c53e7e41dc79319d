//! Printing the model by a table: which part is being said, and what was kept of the same language.

use super::{Field, Member, Value, kept};
use crate::Rest;
use pelago_job::description::Range;
use pelago_job::{Extension, Text};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A printer at one object of its document.
pub struct Out<'a> {
    /// Where changes are noted.
    pub rest: &'a mut Rest,
    /// The part of the model that is being said, as a pointer.
    pub at: String,
    /// How much of `at` is the pointer of the job or document whose extensions these are.
    root: usize,
    /// What was kept of the language and has not been said yet, by its place, with its position among the extensions.
    kept: BTreeMap<String, Vec<(usize, Member)>>,
}

impl<'a> Out<'a> {
    /// A printer of the part `at`.
    pub fn new(rest: &'a mut Rest, at: impl Into<String>) -> Self {
        let at = at.into();
        Self { rest, root: at.len(), at, kept: BTreeMap::new() }
    }

    /// Prints an object inside this one, which says a part of the model.
    pub fn within<R>(&mut self, part: &str, print: impl FnOnce(&mut Self) -> R) -> R {
        let at = self.at.len();
        self.at += "/";
        self.at += part;
        let result = print(self);
        self.at.truncate(at);
        result
    }

    /// Notes that a part, relative to this one, is said in another way.
    pub fn changed(&mut self, part: &str, instead: impl Serialize, why: &str) {
        let slash = if part.is_empty() { "" } else { "/" };
        self.rest.changed(format!("{}{slash}{part}", self.at), instead, why);
    }

    /// Gives a reason for a part, relative to this one, that is not said.
    pub fn because(&mut self, part: &str, why: &str) {
        self.rest.because(format!("{}/{part}", self.at), why);
    }

    /// Prints an object with what was kept of the language in `extensions`; what of it was said is taken out.
    pub fn with_kept<R>(
        &mut self,
        extensions: &mut [Extension],
        language: &str,
        print: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let mut own: BTreeMap<String, Vec<(usize, Member)>> = BTreeMap::new();
        let mut said: BTreeSet<usize> = BTreeSet::new();
        for (position, extension) in extensions.iter().enumerate().filter(|(_, e)| e.language == language) {
            if let Some((member, place)) = kept(extension) {
                own.entry(place).or_default().push((position, member));
                said.insert(position);
            }
        }
        let outer = std::mem::replace(&mut self.kept, own);
        let root = std::mem::replace(&mut self.root, self.at.len());
        let result = print(self);
        self.root = root;
        for (position, _) in std::mem::replace(&mut self.kept, outer).into_values().flatten() {
            said.remove(&position);
        }
        for position in said {
            extensions.get_mut(position).map(std::mem::take);
        }
        result
    }

    /// What was kept with this name in the object here.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let here = self.kept.get_mut(self.at.get(self.root..).unwrap_or(""))?;
        let position = here.iter().position(|(_, member)| member.name == name)?;
        Some(here.remove(position).1.value)
    }

    /// Everything that was kept of the object here, except what is there already.
    pub fn take_all(&mut self, there: &mut Vec<Member>) {
        let here = self.at.get(self.root..).unwrap_or("");
        let Some(list) = self.kept.remove(here) else { return };
        let mut names: BTreeSet<String> = there.iter().map(|member| member.name.clone()).collect();
        let mut left = Vec::new();
        for (position, member) in list {
            match names.insert(member.name.clone()) {
                true => there.push(member),
                false => left.push((position, member)),
            }
        }
        if !left.is_empty() {
            self.kept.insert(here.to_string(), left);
        }
    }

    /// The members of an object, in the order of the table, then what was kept of it.
    pub fn members<T>(&mut self, fields: &[Field<T>], target: &mut T) -> Vec<Member> {
        let mut members = Vec::new();
        for field in fields {
            if let Some(value) = (field.print)(self, target) {
                members.push(Member::new(field.name, value));
            }
        }
        self.take_all(&mut members);
        members
    }
}

impl Out<'_> {
    /// Takes a text. Holes have been filled before (`plain`), or stand by their numbers.
    pub fn text(&mut self, text: &mut Option<Text>) -> Option<Value> {
        text.take().map(|text| Value::text(written_out(&text)))
    }

    /// Takes a range and prints one number for it, in `unit`s; `read` is the range that this number stands for. What is
    /// not exactly that range is noted; a range without any number stays.
    pub fn range(
        &mut self,
        part: &str,
        range: &mut Option<Range>,
        read: fn(f64) -> Range,
        unit: f64,
        whole: bool,
    ) -> Option<Value> {
        let value = amount(range.as_ref()?).filter(|value| *value >= 0.0)?;
        let mut number = value / unit;
        if whole {
            number = number.ceil();
        }
        let said = range.take();
        let back = read(number * unit);
        if said.as_ref() != Some(&back) {
            self.changed(part, back, "there is one number for this, not a range");
        }
        Some(Value::number(number))
    }
}

/// The number that stands for a range: the least that is enough, or the most where there is no least.
pub fn amount(range: &Range) -> Option<f64> {
    let least = range.needs().filter(|least| least.is_finite());
    least.or_else(|| range.0.first().map(|first| first.ends().1)).filter(|number| number.is_finite())
}

/// A text as a string, with its holes by their numbers.
pub fn written_out(text: &Text) -> String {
    text.as_literal().unwrap_or_else(|| text.to_string())
}
