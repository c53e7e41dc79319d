//! Printing the model by a table: which part is being said, and what was kept of the same language.

use super::{Field, Member, Value, kept};
use crate::Rest;
use pelago_job::Extension;
use serde::Serialize;

/// A printer at one object of its document.
pub struct Out<'a> {
    /// Where changes are noted.
    pub rest: &'a mut Rest,
    /// The part of the model that is being said, as a pointer.
    pub at: String,
    /// The object's place in the document, such as `executors/0/`; empty at the top.
    pub path: String,
    /// What was kept of the language, and whether it has been said.
    kept: Vec<Option<(Member, String)>>,
}

impl<'a> Out<'a> {
    /// A printer of the part `at`.
    pub fn new(rest: &'a mut Rest, at: impl Into<String>) -> Self {
        Self { rest, at: at.into(), path: String::new(), kept: Vec::new() }
    }

    /// Prints an object inside this one: `part` of the model, `path` of the document.
    pub fn within<R>(&mut self, part: &str, path: &str, print: impl FnOnce(&mut Self) -> R) -> R {
        let (at, place) = (self.at.len(), self.path.len());
        self.at += "/";
        self.at += part;
        self.path += path;
        self.path += "/";
        let result = print(self);
        self.at.truncate(at);
        self.path.truncate(place);
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
        let own = |extension: &Extension| if extension.language == language { kept(extension) } else { None };
        let outer = std::mem::replace(&mut self.kept, extensions.iter().map(own).collect());
        let place = std::mem::take(&mut self.path);
        let result = print(self);
        self.path = place;
        let left = std::mem::replace(&mut self.kept, outer);
        for (extension, left) in extensions.iter_mut().zip(left) {
            if left.is_none() && extension.language == language && kept(extension).is_some() {
                std::mem::take(extension);
            }
        }
        result
    }

    /// What was kept with this name in the object here.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let here = self.path.clone();
        let slot = self
            .kept
            .iter_mut()
            .find(|slot| slot.as_ref().is_some_and(|(member, path)| member.name == name && *path == here));
        slot.and_then(Option::take).map(|(member, _)| member.value)
    }

    /// Everything that was kept of the object here, except what is there already.
    pub fn take_all(&mut self, there: &mut Vec<Member>) {
        for slot in &mut self.kept {
            let fits = slot.as_ref().is_some_and(|(member, path)| {
                *path == self.path && there.iter().all(|known| known.name != member.name)
            });
            if let Some((member, _)) = fits.then(|| slot.take()).flatten() {
                there.push(member);
            }
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
