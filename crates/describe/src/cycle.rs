//! Cycles among nodes: who waits for itself.

use pelago_job::Description;

/// Most cycles that are looked for; each takes an edge that no other one has.
const MOST: usize = 5;
/// Most names of a cycle that are shown.
const SHOWN: usize = 12;

/// Some cycles: the positions of their jobs in order, each waiting for the one before it, and the first for the last.
pub(crate) fn cycles(description: &Description) -> Vec<Vec<usize>> {
    let count = description.jobs.len();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
    for edge in &description.edges {
        if let (Some(parent), Some(child)) = (edge.parent, edge.child)
            && let (Some(list), true) = (children.get_mut(parent as usize), (child as usize) < count)
        {
            list.push(child as usize);
        }
    }
    let mut found = Vec::new();
    // 0: not seen; otherwise its place on the path plus 1, or done.
    const DONE: usize = usize::MAX;
    let mut state = vec![0usize; count];
    let mut path: Vec<(usize, usize)> = Vec::new();
    for first in 0..count {
        if state.get(first) != Some(&0) {
            continue;
        }
        path.push((first, 0));
        state[first] = 1;
        while let Some((job, next)) = path.last_mut() {
            let Some(child) = children.get(*job).and_then(|list| list.get(*next)).copied() else {
                state[*job] = DONE;
                path.pop();
                continue;
            };
            *next += 1;
            match state.get(child).copied().unwrap_or(DONE) {
                DONE => {}
                0 => {
                    path.push((child, 0));
                    state[child] = path.len();
                }
                place => {
                    found.push(path.iter().skip(place - 1).map(|(job, _)| *job).collect());
                    if found.len() == MOST {
                        return found;
                    }
                }
            }
        }
    }
    found
}

/// A cycle in words: `A → B → A`.
pub(crate) fn shown(description: &Description, cycle: &[usize]) -> String {
    let name = |job: &usize| {
        let name = description.jobs.get(*job).and_then(|job| job.name.as_ref());
        name.map_or_else(|| format!("job {}", job + 1), ToString::to_string)
    };
    let mut names: Vec<String> = cycle.iter().take(SHOWN).map(name).collect();
    if cycle.len() > SHOWN {
        names.push(format!("… {} more …", cycle.len() - SHOWN));
    }
    names.extend(cycle.first().map(name));
    names.join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use pelago_job::description::{Edge, Job};

    #[test]
    fn cycles_are_found_and_named() {
        let edge = |(parent, child): (u32, u32)| Edge { parent: Some(parent), child: Some(child), condition: None };
        let with = |count: usize, edges: &[(u32, u32)]| Description {
            jobs: vec![Job::default(); count],
            edges: edges.iter().copied().map(edge).collect(),
            ..Description::default()
        };
        assert!(cycles(&with(4, &[(0, 1), (0, 2), (1, 3), (2, 3), (9, 1), (1, 9)])).is_empty());
        let description = with(4, &[(0, 1), (1, 2), (2, 1), (3, 3)]);
        assert_eq!(cycles(&description), [vec![1, 2], vec![3]]);
        assert_eq!(shown(&description, &[1, 2]), "job 2 → job 3 → job 2");
        let line: Vec<(u32, u32)> = (0..99_999).map(|n| (n, n + 1)).chain([(99_999, 0)]).collect();
        let description = with(100_000, &line);
        assert!(shown(&description, &cycles(&description)[0]).contains("… 99988 more … → job 1"));
    }
}
