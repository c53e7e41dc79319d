//! The values of one task, as templates ask for them.

use crate::spaces::{Block, Spaces};
use pelago_job::ParamNo;
use pelago_job::name::Values;
use std::borrow::Cow;

/// The values of one task. A task of an event group has those of the task whose file triggered it.
#[derive(Clone, Copy, Debug)]
pub struct TaskValues<'a> {
    spaces: &'a Spaces,
    /// `None` for a task that does not exist, which has no values.
    block: Option<&'a Block>,
    local: u64,
}

impl<'a> TaskValues<'a> {
    /// The values of a task of a block.
    pub(crate) fn of(spaces: &'a Spaces, at: usize, local: u64) -> Self {
        Self { spaces, block: spaces.blocks.get(at), local }
    }

    /// The position of a parameter's value in its domain, for this task or the one before it in its chain.
    /// `None` where the task has no value of it.
    pub fn position(&self, param: ParamNo, previous: bool) -> Option<u64> {
        let block = self.block?;
        match previous {
            false => self.spaces.position(block, self.local, param),
            true => self.spaces.previous(block, self.local, param),
        }
    }

    fn text_at(&self, param: ParamNo, position: u64) -> Cow<'_, str> {
        self.spaces.experiment.parameter(param).map_or(Cow::Borrowed(""), |parameter| parameter.domain.text(position))
    }
}

impl Values for TaskValues<'_> {
    fn text(&self, param: ParamNo) -> Cow<'_, str> {
        // Compilation refuses templates with parameters that the group has no value of.
        self.position(param, false).map_or(Cow::Borrowed(""), |position| self.text_at(param, position))
    }

    fn previous(&self, param: ParamNo) -> Option<Cow<'_, str>> {
        Some(self.text_at(param, self.position(param, true)?))
    }

    fn number(&self) -> u64 {
        self.block.map_or(0, |block| block.start) + self.local + 1
    }
}
