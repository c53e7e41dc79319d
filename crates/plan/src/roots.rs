//! The files that the experiment directory must hold: inputs that no task makes.

use crate::link::{From, Link, Way};
use crate::plan::{Plan, Source};
use crate::projection::{Coordinate, Projection};
use crate::spaces::Spaces;
use std::collections::{BTreeMap, BTreeSet};

/// How many points are looked at beyond the names wanted.
const LOOKED_AT: u64 = 1_000_000;

/// Names of files that must be in the experiment directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootNames {
    /// The names, each once.
    pub names: BTreeSet<String>,
    /// Whether these are all: not if there are more than asked for, or if finding them would take too long.
    pub complete: bool,
}

/// Stretches of positions: (first, how many).
type Stretches = Vec<(u64, u64)>;

/// A search for names.
struct Search<'a> {
    plan: &'a Plan,
    limit: usize,
    found: RootNames,
    budget: u64,
}

impl Plan {
    /// The names of declared inputs that no task makes, up to `limit` of them. Inputs found as words are not among them.
    ///
    /// Names are listed over the parameters that stand in them, and only where the source is the experiment directory:
    /// for the state of a chain those are as many as there are chains.
    pub fn root_names(&self, limit: usize) -> RootNames {
        let found = RootNames { names: BTreeSet::new(), complete: true };
        let budget = LOOKED_AT.saturating_add(limit as u64);
        let mut search = Search { plan: self, limit, found, budget };
        for (at, names) in self.names.iter().enumerate() {
            let Some(group) = self.spaces.blocks.get(at).and_then(|block| self.spaces.experiment.group(block.group))
            else {
                continue;
            };
            for (number, input) in group.inputs.iter().enumerate() {
                let listed = names.inputs.get(number).is_some_and(Option::is_some) && !input.found;
                if listed && !search.input(at, number) {
                    search.found.complete = false;
                    return search.found;
                }
            }
        }
        search.found
    }
}

impl Search<'_> {
    /// Looks at one input; false when the limit or the budget is used up.
    fn input(&mut self, at: usize, number: usize) -> bool {
        let spaces = &self.plan.spaces;
        let Some(name) = self.plan.names[at].inputs[number].as_ref() else { return true };
        let block = &spaces.blocks[at];
        let projection = Projection::of(spaces, block, &name.shape);
        let mut links = self.plan.links_of_input(at, number);
        let missed = links.find_map(|link| missed(spaces, &projection, link));
        drop(links);
        let all: Vec<Stretches> = projection.coordinates.iter().map(|(_, len)| vec![(0, *len)]).collect();
        let Some(missed) = missed else { return self.product(at, number, &projection, &all) };
        // A point is missed by the first coordinate that is missed; so each is looked at once.
        (0..missed.len()).all(|turn| {
            let stretches: Vec<Stretches> = (0..missed.len())
                .map(|coordinate| match coordinate.cmp(&turn) {
                    std::cmp::Ordering::Less => others(&missed[coordinate], projection.coordinates[coordinate].1),
                    std::cmp::Ordering::Equal => missed[coordinate].clone(),
                    std::cmp::Ordering::Greater => all[coordinate].clone(),
                })
                .collect();
            self.product(at, number, &projection, &stretches)
        })
    }

    fn product(&mut self, at: usize, number: usize, projection: &Projection, stretches: &[Stretches]) -> bool {
        let mut positions = vec![0; stretches.len()];
        self.walk(at, number, projection, stretches, &mut positions, 0)
    }

    fn walk(
        &mut self,
        at: usize,
        number: usize,
        projection: &Projection,
        stretches: &[Stretches],
        positions: &mut [u64],
        depth: usize,
    ) -> bool {
        let Some(here) = stretches.get(depth) else { return self.point(at, number, projection, positions) };
        here.iter().all(|(first, many)| {
            (*first..first + many).all(|position| {
                positions[depth] = position;
                self.walk(at, number, projection, stretches, positions, depth + 1)
            })
        })
    }

    fn point(&mut self, at: usize, number: usize, projection: &Projection, positions: &[u64]) -> bool {
        let spaces = &self.plan.spaces;
        if self.budget == 0 {
            return false;
        }
        self.budget -= 1;
        let Some(local) = projection.task(&spaces.blocks[at], positions) else { return true };
        if self.plan.input(at, local, number) != Some(Source::Root) {
            return true;
        }
        let name = self.plan.names[at].inputs[number].as_ref();
        let Some(Ok(name)) = name.map(|name| name.shape.fill(spaces, at, local)) else { return true };
        if self.found.names.len() >= self.limit {
            return self.found.names.contains(&name);
        }
        self.found.names.insert(name);
        true
    }
}

/// For each coordinate the positions at which a link finds no writer; `None` where it does not go by single coordinates.
fn missed(spaces: &Spaces, projection: &Projection, link: &Link) -> Option<Vec<Stretches>> {
    let Way::Ties(ties) = &link.way else { return None };
    let (reader, writer) = (spaces.blocks.get(link.reader)?, spaces.blocks.get(link.writer)?);
    if !projection.plain || writer.rows_axis().is_some() {
        return None;
    }
    let mut writers = BTreeSet::new();
    let mut gaps: BTreeMap<usize, Stretches> = BTreeMap::new();
    for tie in ties {
        writers.insert(tie.param).then_some(())?;
        let From::Reader { param, previous, map } = &tie.from else { continue };
        let axis = reader.axis_of(*param)?;
        let wanted = if *previous { Coordinate::Before(axis) } else { Coordinate::Axis(axis) };
        let number = projection.coordinates.iter().position(|(coordinate, _)| *coordinate == wanted)?;
        let len = projection.coordinates.get(number)?.1;
        gaps.entry(number).or_default().extend(map.gaps(len)?);
    }
    Some((0..projection.coordinates.len()).map(|number| merge(gaps.remove(&number).unwrap_or_default())).collect())
}

/// The same positions, sorted, each in one stretch.
fn merge(mut stretches: Stretches) -> Stretches {
    stretches.sort_unstable();
    let mut merged: Stretches = Vec::with_capacity(stretches.len());
    for (first, many) in stretches {
        match merged.last_mut() {
            Some((start, len)) if *start + *len >= first => *len = (*len).max(first + many - *start),
            _ => merged.push((first, many)),
        }
    }
    merged
}

/// The positions below `len` that are in no stretch.
fn others(stretches: &Stretches, len: u64) -> Stretches {
    let mut others = Vec::with_capacity(stretches.len() + 1);
    let mut next = 0;
    for (first, many) in stretches {
        if *first > next {
            others.push((next, first - next));
        }
        next = first + many;
    }
    if next < len {
        others.push((next, len - next));
    }
    others
}
