//! `child` and `parent`: which job waits for which.

use super::catalogue::attribute;
use super::read::Reading;
use crate::spelling;
use crate::xml::Element;
use pelago_job::description::Edge;
use pelago_job::{Description, Job};
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

/// A job that waits for itself over others, if there is one: by dependencies alone, or also by files that one job makes and
/// another reads. What a job both reads and makes says nothing about the order.
pub(super) fn circle(description: &Description, files: bool) -> Option<u32> {
    let jobs = description.jobs.len();
    // Files are nodes between those who make them and those who read them, so that the edges stay few.
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); jobs];
    for edge in &description.edges {
        if let (Some(parent), Some(child)) = (edge.parent, edge.child)
            && let Some(list) = after.get_mut(parent as usize)
        {
            list.push(child as usize);
        }
    }
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let texts: Vec<Vec<(String, bool)>> =
        description.jobs.iter().map(|job| if files { one_way(job) } else { Vec::new() }).collect();
    for (job, (name, made)) in texts.iter().enumerate().flat_map(|(job, list)| list.iter().map(move |file| (job, file)))
    {
        let next = after.len();
        let file = *names.entry(name.as_str()).or_insert(next);
        if file == next {
            after.push(Vec::new());
        }
        let (from, to) = if *made { (job, file) } else { (file, job) };
        if let Some(list) = after.get_mut(from) {
            list.push(to);
        }
    }
    let mut waits = vec![0_usize; after.len()];
    for to in after.iter().flatten() {
        if let Some(count) = waits.get_mut(*to) {
            *count += 1;
        }
    }
    let mut free: Vec<usize> = (0..after.len()).filter(|node| waits.get(*node) == Some(&0)).collect();
    while let Some(node) = free.pop() {
        for next in after.get(node).into_iter().flatten() {
            if let Some(count) = waits.get_mut(*next) {
                *count -= 1;
                if *count == 0 {
                    free.push(*next);
                }
            }
        }
    }
    let job = waits.iter().take(jobs).position(|count| *count > 0)?;
    u32::try_from(job).ok()
}

/// The files that a job only makes or only reads, with which of the two it is.
fn one_way(job: &Job) -> Vec<(String, bool)> {
    let mut ways: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    for staging in &job.staging {
        let name = staging.file.as_ref().and_then(attribute).unwrap_or_default();
        let (read, made) = ways.entry(name).or_default();
        *read |= staging.source.is_some();
        *made |= staging.target.is_some();
    }
    ways.into_iter().filter(|(_, (read, made))| read != made).map(|(name, (_, made))| (name, made)).collect()
}
