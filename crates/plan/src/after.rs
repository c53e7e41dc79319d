//! Edges between groups: which name a group that exists, and which lead round in a circle.

use crate::error::PlanError;
use crate::link::Link;
use crate::spaces::Spaces;
use pelago_job::{Experiment, GroupNo, Role};
use std::collections::{BTreeMap, BTreeSet};

/// Checks the edges of every group, together with those that files make between groups.
///
/// All tasks of a group wait for all of another, so a circle of groups with such an edge in it is refused even where its
/// files alone would leave a way through.
pub(crate) fn check(spaces: &Spaces, links: &[Link]) -> Vec<PlanError> {
    let experiment = &*spaces.experiment;
    let mut errors = Vec::new();
    let mut waits: BTreeMap<GroupNo, BTreeSet<GroupNo>> = BTreeMap::new();
    for (number, group) in (0u16..).map(GroupNo).zip(&experiment.groups) {
        for after in &group.after {
            let works = |role| matches!(role, Role::Main | Role::Other);
            match experiment.group(after.group) {
                None => errors.push(PlanError::UnknownGroup { group: group.name.clone(), number: after.group.0 }),
                Some(other) if !works(group.role) || !works(other.role) => {
                    errors.push(PlanError::AfterRole { group: group.name.clone(), other: other.name.clone() })
                }
                Some(_) => drop(waits.entry(number).or_default().insert(after.group)),
            }
        }
    }
    if waits.is_empty() {
        return errors;
    }
    let edges = waits.clone();
    for link in links.iter().filter(|link| !link.found && link.reader != link.writer) {
        if let (Some(reader), Some(writer)) = (spaces.blocks.get(link.reader), spaces.blocks.get(link.writer))
            && reader.group != writer.group
        {
            waits.entry(reader.group).or_default().insert(writer.group);
        }
    }
    let circle = edges.iter().find_map(|(group, before)| {
        before.iter().find_map(|other| path(&waits, *other, *group).map(|way| (*group, way)))
    });
    if let Some((group, way)) = circle {
        let groups = std::iter::once(group).chain(way).map(|number| name(experiment, number)).collect();
        errors.push(PlanError::GroupCycle { groups });
    }
    errors
}

/// The groups on a way along what each one waits for, both ends included.
fn path(waits: &BTreeMap<GroupNo, BTreeSet<GroupNo>>, from: GroupNo, to: GroupNo) -> Option<Vec<GroupNo>> {
    let mut came: BTreeMap<GroupNo, GroupNo> = BTreeMap::from([(from, from)]);
    let mut todo = vec![from];
    while let Some(at) = todo.pop() {
        if at == to {
            let mut way = vec![to];
            while let Some(before) =
                way.last().and_then(|last| came.get(last)).filter(|before| way.last() != Some(*before))
            {
                way.push(*before);
            }
            way.reverse();
            return Some(way);
        }
        for next in waits.get(&at).into_iter().flatten() {
            if !came.contains_key(next) {
                came.insert(*next, at);
                todo.push(*next);
            }
        }
    }
    None
}

fn name(experiment: &Experiment, group: GroupNo) -> String {
    experiment.group(group).map_or_else(String::new, |group| group.name.clone())
}
