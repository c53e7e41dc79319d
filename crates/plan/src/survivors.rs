//! How many states of an output survive their readers by what the plan says: counted, not listed.

use crate::plan::Plan;
use pelago_job::{GroupNo, Keep};

/// The files of one output that stay after they were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survivors {
    /// Kept in any case.
    pub firm: u64,
    /// Kept by the rule `every N`, as long as there is room.
    pub by_rule: u64,
}

impl Plan {
    /// Counts the states of an output that survive; `None` where that would mean to list too many tasks. What the `auto`
    /// rule keeps is decided while tasks run and is not counted.
    pub fn survivors(&self, number: GroupNo, output: u16) -> Option<Survivors> {
        let none = Survivors::default();
        let Some(group) = self.experiment().group(number) else { return Some(none) };
        let Some(declared) = group.outputs.get(usize::from(output)) else { return Some(none) };
        if !declared.keep && (self.chain_len(number) <= 1 || matches!(group.keep, Keep::None | Keep::Auto)) {
            return Some(none);
        }
        let census = self.census(number, output)?;
        let (chains, len) = (self.chains(number), self.chain_len(number));
        Some(match group.keep {
            _ if declared.keep => Survivors { firm: census.states, by_rule: 0 },
            Keep::All => Survivors { firm: census.states, by_rule: 0 },
            // The last link's output is a result where not every output is a state.
            Keep::Every(n) => {
                let links = if census.results == 0 { len } else { len.saturating_sub(1) };
                let each = links.checked_div(n).unwrap_or_default();
                Survivors { firm: 0, by_rule: chains.saturating_mul(each).min(census.states) }
            }
            Keep::None | Keep::Auto => none,
        })
    }
}
