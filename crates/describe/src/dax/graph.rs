//! `child` and `parent`: which job waits for which.

use super::read::Reading;
use crate::spelling;
use crate::xml::Element;
use pelago_job::Description;
use pelago_job::description::Edge;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The jobs by their ids, with where each stood.
pub(super) type Ids = BTreeMap<String, (u32, Range<usize>)>;

/// Looks up a job that is referred to.
fn find(reading: &mut Reading<'_>, ids: &Ids, element: &Element) -> Option<u32> {
    let Some(id) = element.attribute("ref") else {
        let message = format!("this `{}` refers to no job", element.name);
        reading.diagnostics.error(element.name_span.clone(), message).help("write `ref=\"ID\"`");
        return None;
    };
    let found = ids.get(id).map(|(position, _)| *position);
    if found.is_none() {
        let near =
            if reading.diagnostics.full() { None } else { spelling::nearest(id, ids.keys().map(String::as_str)) };
        let message = format!("there is no job with the id `{id}`");
        reading.diagnostics.error(element.name_span.clone(), message).did_you_mean(near);
    }
    found
}

/// Reads the parents of a child.
pub(super) fn read(
    reading: &mut Reading<'_>,
    description: &mut Description,
    ids: &Ids,
    element: &Element,
    known: &mut BTreeSet<(u32, u32)>,
) {
    let child = find(reading, ids, element);
    let mut parents = 0;
    for inner in element.elements() {
        if inner.name != "parent" {
            let message = format!("`{}` is not an element of `child`", inner.written);
            let near = spelling::nearest(&inner.name, ["parent"]);
            reading.diagnostics.warning(inner.name_span.clone(), message).did_you_mean(near);
            continue;
        }
        parents += 1;
        let parent = find(reading, ids, inner);
        let (Some(child), Some(parent)) = (child, parent) else { continue };
        if child == parent {
            reading.diagnostics.error(inner.name_span.clone(), "this job waits for itself");
            continue;
        }
        if !known.insert((parent, child)) {
            reading.diagnostics.warning(inner.name_span.clone(), "this dependency was given before");
            continue;
        }
        if let Some(label) = inner.attribute("edge-label") {
            let place = format!("/edges/{}", description.edges.len());
            reading.remark_of_all(inner, "parent/@edge-label", label.to_string(), Some(place));
        }
        reading.origins.note(format!("/edges/{}", description.edges.len()), inner.span.clone());
        description.edges.push(Edge { parent: Some(parent), child: Some(child), condition: None });
    }
    if parents == 0 {
        reading.diagnostics.warning(element.name_span.clone(), "this child has no `parent`");
    }
}

/// A job that waits for itself over others, if there is one.
pub(super) fn circle(jobs: usize, edges: &[Edge]) -> Option<u32> {
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); jobs];
    let mut waits = vec![0_usize; jobs];
    for edge in edges {
        let (Some(parent), Some(child)) = (edge.parent, edge.child) else { continue };
        if let (Some(list), Some(count)) = (children.get_mut(parent as usize), waits.get_mut(child as usize)) {
            list.push(child);
            *count += 1;
        }
    }
    let mut free: Vec<usize> = (0..jobs).filter(|job| waits.get(*job) == Some(&0)).collect();
    while let Some(job) = free.pop() {
        for child in children.get(job).into_iter().flatten() {
            if let Some(count) = waits.get_mut(*child as usize) {
                *count -= 1;
                if *count == 0 {
                    free.push(*child as usize);
                }
            }
        }
    }
    waits.iter().position(|count| *count > 0).and_then(|job| u32::try_from(job).ok())
}
