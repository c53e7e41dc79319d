//! A compiled file name of a block: from a task to the name, and from a name back to the tasks that have it.

use crate::cut::{Cut, Piece};
use crate::projection::Projection;
use crate::selection::{RowIndex, Selection};
use crate::shape::{Filling, Shape};
use crate::spaces::{Block, Spaces};
use pelago_job::ParamNo;
use std::collections::{BTreeMap, BTreeSet};

/// A compiled file name.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub shape: Shape,
    pub rows: RowIndex,
    /// Whether a previous value stands in it.
    pub previous: bool,
    /// For shapes whose holes run into each other: every name, with a task for each point that has it.
    table: Option<BTreeMap<String, Vec<u64>>>,
}

impl Name {
    /// Compiles a shape of a block.
    pub fn new(spaces: &Spaces, block: &Block, shape: Shape) -> Self {
        let params: Vec<_> = shape.params().into_iter().map(|(param, _)| param).collect();
        let rows = RowIndex::new(spaces, block, params.into_iter());
        let previous = shape.params().iter().any(|(_, previous)| *previous);
        Self { shape, rows, previous, table: None }
    }

    /// Whether names can be read back: by their shape, or because they were listed.
    pub fn is_readable(&self) -> bool {
        self.table.is_some() || (self.shape.is_separated() && self.shape.other().is_none())
    }

    /// Lists the names, so that they can be read back. The caller has seen that they are few.
    pub fn list(&mut self, spaces: &Spaces, at: usize) {
        let Some(block) = spaces.blocks.get(at) else { return };
        let projection = Projection::of(spaces, block, &self.shape);
        let mut table: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        let params = self.shape.params();
        // Several points can have the same values in the name, where it depends on two links of a chain.
        let mut seen = BTreeSet::new();
        for local in projection.tasks(block, u64::MAX) {
            let values: Vec<Option<u64>> =
                params.iter().map(|(param, previous)| value(spaces, block, local, *param, *previous)).collect();
            if !self.shape.has_index() && !seen.insert(values) {
                continue;
            }
            if let Ok(name) = self.shape.fill(spaces, at, local) {
                table.entry(name).or_default().push(local);
            }
        }
        self.table = Some(table);
    }

    /// Two tasks with the same name, after [`Name::list`].
    pub fn listed_twice(&self) -> Option<(u64, u64)> {
        self.table.as_ref()?.values().find(|tasks| tasks.len() > 1).map(|tasks| (tasks[0], tasks[1]))
    }

    /// Calls `each` with what a name says about its tasks; not at all for a name that is none of these.
    pub fn read(&self, spaces: &Spaces, block: &Block, name: &str, each: &mut dyn FnMut(Selection)) {
        let Some(table) = &self.table else {
            if let Some(selection) = self.read_shape(spaces, block, name) {
                each(selection);
            }
            return;
        };
        for local in table.get(name).into_iter().flatten() {
            let mut selection = Selection::default();
            let bound = self.shape.params().into_iter().all(|(param, previous)| {
                let position = value(spaces, block, *local, param, previous);
                position.is_some_and(|position| selection.bind(spaces, block, param, previous, position))
            });
            if bound && (!self.shape.has_index() || selection.bind_index(*local)) {
                each(selection);
            }
        }
    }

    /// The one task with a name; names of outputs have no other.
    pub fn only(&self, spaces: &Spaces, block: &Block, name: &str) -> Option<u64> {
        let mut found = None;
        self.read(spaces, block, name, &mut |selection| {
            found = found.or_else(|| selection.only(spaces, block, &self.rows));
        });
        found
    }

    fn read_shape(&self, spaces: &Spaces, block: &Block, name: &str) -> Option<Selection> {
        let Cut::Pieces(pieces) = self.shape.cut_name(name) else { return None };
        let mut selection = Selection::default();
        for (hole, piece) in self.shape.holes().zip(pieces) {
            let Piece::Literal(text) = piece else { return None };
            let bound = match (&hole.filling, hole.filling.param()) {
                (Filling::Index, _) => {
                    let number = crate::column::canonical(text).and_then(|n| u64::try_from(n).ok())?;
                    selection.bind_index(number.checked_sub(1 + block.start)?)
                }
                (filling, Some((param, previous))) => {
                    selection.bind(spaces, block, param, previous, filling.position(spaces, text)?)
                }
                (_, None) => false,
            };
            if !bound {
                return None;
            }
        }
        Some(selection)
    }
}

/// The position of a task's value, or of that of the link before.
fn value(spaces: &Spaces, block: &Block, local: u64, param: ParamNo, previous: bool) -> Option<u64> {
    match previous {
        false => spaces.position(block, local, param),
        true => spaces.previous(block, local, param),
    }
}
