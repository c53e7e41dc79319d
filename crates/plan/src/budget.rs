//! A budget of comparisons: a hostile experiment must not keep a machine busy before anything is refused.

use crate::error::PlanError;

/// Comparisons of names that a compilation may make one by one; about a second's worth.
const COMPARISONS: u64 = 5_000_000;

/// What is left of it.
#[derive(Debug)]
pub(crate) struct Budget(u64);

impl Budget {
    /// All of it.
    pub fn new() -> Self {
        Self(COMPARISONS)
    }

    /// Takes some of it.
    pub fn spend(&mut self, comparisons: u64) -> Result<(), PlanError> {
        self.0 = self
            .0
            .checked_sub(comparisons)
            .ok_or(PlanError::TooMany { what: "file names to be compared with one another", most: COMPARISONS })?;
        Ok(())
    }
}
