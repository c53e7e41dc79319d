//! How many files of an output are states, which tasks read, and how many are results; counted without listing where
//! the shape allows it.

use crate::column::LISTED;
use crate::link::{From, Link, Way};
use crate::plan::Plan;
use crate::spaces::{Along, Spaces};
use crate::tie::Map;
use pelago_job::{GroupNo, ParamNo};
use std::collections::{BTreeMap, BTreeSet};

/// The files that one output of a group makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// Files that some task reads.
    pub states: u64,
    /// Files that no task reads: they come home.
    pub results: u64,
}

impl Plan {
    /// Counts the files of an output; `None` where that would mean to list too many tasks.
    pub fn census(&self, group: GroupNo, output: u16) -> Option<Census> {
        let blocks = self.spaces.of_group.get(usize::from(group.0))?;
        let mut census = Census { states: 0, results: 0 };
        for at in blocks {
            let size = self.spaces.blocks.get(*at)?.size;
            let states = self.states_of(*at, output)?.min(size);
            census.states += states;
            census.results += size - states;
        }
        Some(census)
    }

    fn states_of(&self, at: usize, output: u16) -> Option<u64> {
        let block = self.spaces.blocks.get(at)?;
        let links = self.by_output.get(at)?.get(usize::from(output))?;
        let counts: Option<Vec<u64>> = links.iter().map(|link| image(&self.spaces, self.links.get(*link)?)).collect();
        match counts.as_deref() {
            Some([]) => return Some(0),
            Some([one]) => return Some(*one),
            Some(several) if several.contains(&block.size) => return Some(block.size),
            _ => {}
        }
        if block.size > LISTED {
            return None;
        }
        let read = |local: &u64| self.reader_count(block.group, block.start + local, output) > 0;
        Some((0..block.size).filter(read).count() as u64)
    }
}

/// How many files a link reads.
fn image(spaces: &Spaces, link: &Link) -> Option<u64> {
    let Way::Ties(ties) = &link.way else { return None };
    let (reader, writer) = (spaces.blocks.get(link.reader)?, spaces.blocks.get(link.writer)?);
    (writer.rows_axis().is_none() && reader.rows_axis().is_none()).then_some(())?;
    let mut writers = BTreeSet::new();
    let mut maps: BTreeMap<(ParamNo, bool), &Map> = BTreeMap::new();
    for tie in ties {
        writers.insert(tie.param).then_some(())?;
        if let From::Reader { param, previous, map } = &tie.from {
            // One value of the reader that determines two of the writer is a diagonal: rare, and listed.
            maps.insert((*param, *previous), map).is_none().then_some(())?;
        }
    }
    let on_axis = |param: &ParamNo| reader.axis_of(*param).and_then(|axis| reader.axes.get(axis));
    let chained = |param: &ParamNo| on_axis(param).is_some_and(|axis| axis.chained);
    let mut count = 1u64;
    for ((param, _), map) in &maps {
        count = count.checked_mul(match on_axis(param) {
            Some(_) => map.count(),
            None => u64::from(map.forward(0).is_some()),
        })?;
    }
    let before: Vec<_> = maps.iter().filter(|((_, previous), _)| *previous).collect();
    if before.is_empty() {
        return Some(count);
    }
    if maps.keys().any(|(param, previous)| !previous && chained(param)) {
        return None;
    }
    // The last link is before no other. If the name leaves a value of the chain open, other links stand for it.
    let open = reader.axes.iter().any(|axis| {
        axis.chained && axis.len > 1 && !before.iter().any(|((param, _), _)| axis.along == Along::Param(*param))
    });
    let last = |((param, _), map): &&(&(ParamNo, bool), &&Map)| {
        on_axis(param).is_some_and(|axis| map.forward(axis.len - 1).is_some())
    };
    if open || before.iter().filter(last).count() < before.len() {
        return Some(count);
    }
    let crossing = maps.iter().filter(|((_, previous), _)| !previous).map(|(_, map)| map.count()).product::<u64>();
    count.checked_sub(crossing)
}
