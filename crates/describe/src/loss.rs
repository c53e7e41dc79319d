//! Losses of a translation: what the other language cannot say, found by construction.
//!
//! A printer gets a [`Rest`]: a copy of the description from which it *takes* each field that it says
//! (`Option::take`, `std::mem::take`). What is left when it returns is exactly what it did not say, and that is
//! the loss report: nothing can get lost silently, because forgetting a field leaves it there. Where a printer says
//! something else than was asked, it takes the field and notes the change.

use pelago_job::description::{Job, Text, Texts};
use pelago_job::{Description, Parameter, Piece, Template};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A document in another language, and what it does not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Printed {
    /// The document.
    pub text: String,
    /// What got lost or changed, in the order of the description.
    pub losses: Vec<Loss>,
}

/// A part of a description that a language cannot say as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Loss {
    /// The part, as a JSON pointer into the description.
    pub part: String,
    /// What was asked there; null where nothing was.
    pub said: Value,
    /// What is said instead; null means that nothing is.
    pub instead: Value,
    /// Why, or what was done, where there is more to say than that the language has no word for it.
    pub why: Option<String>,
}

/// A description while it is printed: what has not been said yet.
#[derive(Clone, Debug)]
pub struct Rest {
    /// What is left to say. Printers take from here; elements of lists keep their positions.
    pub left: Description,
    original: Value,
    changes: Vec<Loss>,
    reasons: BTreeMap<String, String>,
}

impl Rest {
    /// All of a description, nothing of it said yet.
    pub fn new(description: &Description) -> Self {
        Self { left: description.clone(), original: tree(description), changes: Vec::new(), reasons: BTreeMap::new() }
    }

    /// Gives a description of no job one that says nothing, for languages whose documents describe a job. What the
    /// language makes of it, it says as added.
    pub fn some_job(&mut self) {
        if self.left.jobs.is_empty() {
            self.left.jobs.push(Job::default());
        }
    }

    /// Notes that a part is said in another way: reading the document back gives `instead` there. The part must
    /// have been taken. Also for parts that were absent and that the language cannot leave out.
    pub fn changed(&mut self, part: impl Into<String>, instead: impl Serialize, why: impl Into<String>) {
        let part = part.into();
        let said = self.original.pointer(&part).cloned().unwrap_or(Value::Null);
        let instead = serde_json::to_value(instead).map(pruned).unwrap_or(Value::Null);
        if said.is_null() && instead.is_null() {
            return;
        }
        self.changes.push(Loss { part, said, instead, why: Some(why.into()) });
    }

    /// Puts the values of its first task into a job, for languages without sweeps. What changes by that is noted;
    /// the space and the parameters stay, and so get lost.
    pub fn first_task(&mut self, job: usize, why: &str) {
        let Description { jobs, parameters, .. } = &self.left;
        let space = jobs.get(job).and_then(|job| job.space.as_ref());
        let Some(point) = space.and_then(|space| space.point(0, parameters)) else { return };
        self.rewrite(job, why, |job| job.texts(&mut |text| text.fill(&point, Some(1))));
    }

    /// Changes texts of a job before it is printed, and notes each that is another one then.
    pub fn rewrite(&mut self, job: usize, why: &str, change: impl FnOnce(&mut Job)) {
        let Some(left) = self.left.jobs.get_mut(job) else { return };
        let before = serde_json::to_value(&*left).unwrap_or(Value::Null);
        change(left);
        let after = serde_json::to_value(&*left).unwrap_or(Value::Null);
        leaves(&after, &mut format!("/jobs/{job}"), &mut |part, instead| {
            let within = &part[format!("/jobs/{job}").len()..];
            let said = before.pointer(within).cloned().unwrap_or(Value::Null);
            if said != *instead {
                let instead = instead.clone();
                self.changes.push(Loss { part: part.to_string(), said, instead, why: Some(why.to_string()) });
            }
        });
    }

    /// Writes out the holes in texts of a job that the language does not fill, as reports show them.
    pub fn spell_holes(&mut self, job: usize, why: &str, filled: impl Fn(&Piece) -> bool) {
        let known = |piece: &Piece| matches!(piece, Piece::Text(_)) || filled(piece);
        let spell = |text: &mut Text| {
            if text.0.0.iter().all(known) {
                return;
            }
            let mut out = Template::default();
            for piece in std::mem::take(&mut text.0.0) {
                match piece {
                    Piece::Text(text) => out.push_text(&text),
                    other if known(&other) => out.0.push(other),
                    other => out.push_text(&Text(Template(vec![other])).to_string()),
                }
            }
            text.0 = out;
        };
        self.rewrite(job, why, |job| job.texts(&mut |text| spell(text)));
    }

    /// Writes one job with the printer of another language, whose documents are parts of this one's. `parameters` are
    /// those that the job's numbers refer to. What the printer takes of the job is said; changes and reasons within the
    /// job are about the same parts here. Where it gives nothing, nothing of the job is said.
    pub fn one_job<T>(
        &mut self,
        job: usize,
        parameters: Vec<Parameter>,
        print: impl FnOnce(&mut Rest) -> Option<T>,
    ) -> Option<T> {
        let place = self.left.jobs.get_mut(job)?;
        let part = self.original.pointer(&format!("/jobs/{job}")).cloned().unwrap_or(Value::Null);
        let original = serde_json::json!({ "parameters": &parameters, "jobs": [part] });
        let left = Description { parameters, jobs: vec![place.clone()], ..Description::default() };
        let mut inner = Rest { left, original, changes: Vec::new(), reasons: BTreeMap::new() };
        let printed = print(&mut inner)?;
        *place = inner.left.jobs.pop()?;
        let here = |part: &str| part.strip_prefix("/jobs/0").map(|rest| format!("/jobs/{job}{rest}"));
        for loss in inner.changes {
            self.changes.extend(here(&loss.part).map(|part| Loss { part, ..loss }));
        }
        for (part, why) in inner.reasons {
            self.reasons.extend(here(&part).map(|part| (part, why)));
        }
        Some(printed)
    }

    /// Gives a reason for everything below a part that is left when the printer returns.
    pub fn because(&mut self, part: impl Into<String>, why: impl Into<String>) {
        self.reasons.insert(part.into(), why.into());
    }

    /// What was not said, and what was said in another way.
    pub fn losses(self) -> Vec<Loss> {
        let mut losses = Vec::new();
        leaves(&tree(&self.left), &mut String::new(), &mut |part, said| {
            // The part itself, then what it lies in: there may be as many reasons as parts.
            let parents = std::iter::successors(Some(part), |at| at.rfind('/').and_then(|end| at.get(..end)));
            let why = parents.filter_map(|at| self.reasons.get(at)).next().cloned();
            losses.push(Loss { part: part.to_string(), said: said.clone(), instead: Value::Null, why });
        });
        // What was put in for a parameter and then not said is a loss, not a change.
        let left = serde_json::to_value(&self.left).unwrap_or(Value::Null);
        let still =
            |change: &Loss| !says_nothing(&change.instead) && left.pointer(&change.part) == Some(&change.instead);
        losses.extend(self.changes.into_iter().filter(|change| !still(change)));
        losses
    }
}

impl Printed {
    /// What reading the text back must give: the description with the losses taken out and the changes made.
    /// Compare it with [`essence`] of what was read back.
    pub fn expected(&self, description: &Description) -> Value {
        let mut expected = full_tree(description);
        for loss in &self.losses {
            put(&mut expected, &loss.part, loss.instead.clone());
        }
        condensed(expected)
    }
}

/// A description as a tree of what it says: without empty parts, elements of lists included. Files that come stand before
/// those that only go: languages with a list for each direction cannot tell how the two were mixed, and nobody acts on it.
pub fn essence(description: &Description) -> Value {
    condensed(full_tree(description))
}

fn condensed(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().map(|(name, value)| (name, condensed(value)));
            let mut kept: serde_json::Map<_, _> = kept.filter(|(_, value)| !says_nothing(value)).collect();
            if let Some(Value::Array(files)) = kept.get_mut("staging") {
                files.sort_by_key(|file| match (file.get("source"), file.get("target")) {
                    (Some(_), _) => 0,
                    (None, Some(_)) => 1,
                    (None, None) => 2,
                });
            }
            Value::Object(kept)
        }
        Value::Array(items) => {
            Value::Array(items.into_iter().map(condensed).filter(|item| !says_nothing(item)).collect())
        }
        other => other,
    }
}

/// A description as a tree without what says nothing: null, false, empty lists and empty objects.
pub fn tree(description: &Description) -> Value {
    pruned(full_tree(description))
}

fn full_tree(description: &Description) -> Value {
    serde_json::to_value(description).unwrap_or(Value::Null)
}

/// The parts of a tree that carry something, each with its pointer: scalars, lists of scalars, and
/// ranges, steps and other values that only make sense whole.
pub fn leaves(tree: &Value, at: &mut String, each: &mut dyn FnMut(&str, &Value)) {
    let length = at.len();
    match tree {
        Value::Object(fields) if !is_whole(tree) => {
            for (name, value) in fields {
                *at += "/";
                *at += &name.replace('~', "~0").replace('/', "~1");
                leaves(value, at, each);
                at.truncate(length);
            }
        }
        Value::Array(items) if !is_whole(tree) => {
            for (position, value) in items.iter().enumerate() {
                *at += &format!("/{position}");
                leaves(value, at, each);
                at.truncate(length);
            }
        }
        Value::Null | Value::Bool(false) => {}
        Value::Object(fields) if fields.is_empty() => {}
        Value::Array(items) if items.is_empty() => {}
        _ => each(at, tree),
    }
}

/// Whether a value only makes sense as a whole: a range, a value of one of the planfile's types (their variants
/// are capitalised), or a list with a scalar in it.
fn is_whole(value: &Value) -> bool {
    const RANGES: [&str; 4] = ["upper", "lower", "exact", "between"];
    match value {
        Value::Object(fields) => {
            is_extension(value)
                || fields.keys().any(|key| key.starts_with(|c: char| c.is_ascii_uppercase()))
                || fields.len() == 1 && fields.keys().any(|key| RANGES.contains(&key.as_str()))
        }
        Value::Array(items) => {
            // An element that was taken leaves null behind, and the others count for themselves.
            let whole = |item: &Value| !item.is_object() || is_whole(item) && !is_extension(item);
            items.iter().filter(|item| !item.is_null()).any(whole)
        }
        _ => true,
    }
}

/// Whether a value is what the model has no place for, kept word for word.
pub fn is_extension(value: &Value) -> bool {
    ["language", "name", "text"].iter().all(|key| value.get(key).is_some_and(Value::is_string))
}

/// Without what says nothing; elements of lists keep their places, so that pointers stay true.
fn pruned(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().map(|(name, value)| (name, pruned(value)));
            Value::Object(kept.filter(|(_, value)| !says_nothing(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(pruned).collect()),
        other => other,
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.iter().all(says_nothing),
        _ => false,
    }
}

/// Puts a value at a pointer, making objects and lists on the way where there are none.
fn put(tree: &mut Value, part: &str, instead: Value) {
    let mut at = tree;
    for key in part.split('/').skip(1) {
        let key = key.replace("~1", "/").replace("~0", "~");
        // No field has a number for a name.
        if at.is_null() && key == "0" {
            *at = Value::Array(Vec::new());
        }
        if let Value::Array(items) = at {
            let Ok(position) = key.parse::<usize>() else { return };
            // A printer that adds an element adds the next one.
            if position > items.len() {
                return;
            }
            if position == items.len() {
                items.push(Value::Null);
            }
            at = &mut items[position];
            continue;
        }
        if !at.is_object() {
            *at = Value::Object(serde_json::Map::new());
        }
        let Value::Object(fields) = at else { return };
        at = fields.entry(key).or_insert(Value::Null);
    }
    *at = instead;
}
