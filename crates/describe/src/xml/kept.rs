//! What a reader keeps word for word, until all of it is known: it is put in the order in which it is printed again, so that
//! reading what was printed gives the same.

use super::{Element, Node};
use crate::Origins;
use pelago_job::Extension;
use std::ops::Range;
use std::rc::Rc;

/// Kept elements and attributes, each with where it stood.
#[derive(Debug, Default)]
pub struct Kept(Vec<(Extension, Range<usize>)>);

impl Kept {
    /// Keeps something.
    pub fn push(&mut self, extension: Extension, span: Range<usize>) {
        self.0.push((extension, span));
    }

    /// The list in the order of `rank`, and within a rank of the document. `at` is the list's place in the description.
    pub fn finish<K: Ord>(mut self, at: &str, origins: &mut Origins, rank: impl Fn(&Extension) -> K) -> Vec<Extension> {
        self.0.sort_by_cached_key(|(extension, _)| rank(extension));
        for (position, (_, span)) in self.0.iter().enumerate() {
            origins.note(format!("{at}/{position}"), span.clone());
        }
        self.0.into_iter().map(|(extension, _)| extension).collect()
    }
}

impl Element {
    /// Moves the element and all in it from one namespace to another: documents without the language's namespace are read
    /// as if they had it, and what is printed has it.
    pub fn settle(&mut self, from: &str, to: &str) {
        if &*self.namespace == from {
            self.namespace = Rc::from(to);
        }
        for child in &mut self.children {
            if let Node::Element(inner) = child {
                inner.settle(from, to);
            }
        }
    }
}
