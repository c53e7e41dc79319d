//! What a document said: the model, and where in the text each part of it stood.

use crate::Source;
use crate::source::LineIndex;
use pelago_job::{Description, Experiment};
use std::collections::BTreeMap;
use std::ops::Range;

/// A document that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// The model.
    pub description: Description,
    /// Where its parts stood.
    pub origins: Origins,
    /// What runs, in languages that say exactly that (planfiles); otherwise it is made by grounding.
    pub experiment: Option<Experiment>,
}

impl Said {
    /// What a reader found, without origins yet.
    pub fn new(description: Description) -> Self {
        Self { description, ..Self::default() }
    }
}

/// Where the parts of a description stood in the text. Parts are named by JSON pointers into the description as it
/// serialises, for example `/jobs/0/resources/total_cpu_count`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, Range<usize>>);

impl Origins {
    /// Notes where a part stood; a later note for the same part counts.
    pub fn note(&mut self, part: impl Into<String>, span: Range<usize>) {
        self.0.insert(part.into(), span);
    }

    /// All parts, with where they stood.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Range<usize>)> {
        self.0.iter().map(|(part, span)| (part.as_str(), span))
    }

    /// Where a part stood, or the nearest part that contains it.
    pub fn of(&self, part: &str) -> Option<Range<usize>> {
        let mut part = part;
        loop {
            if let Some(span) = self.0.get(part) {
                return Some(span.clone());
            }
            part = &part[..part.rfind('/')?];
        }
    }

    /// The line of a part, from 1.
    pub fn line(&self, part: &str, source: &Source) -> Option<usize> {
        let span = self.of(part)?;
        Some(LineIndex::new(&source.text).position(span.start).0)
    }
}
