//! Whether the tasks can be put in an order: no task may wait for itself, through whatever others.
//!
//! The shape decides where it can. Around every cycle of blocks the values must go back in a lexicographic order of the
//! parameters: the crossing ones first, or the chaining ones first, so that a step may read all its neighbours of the
//! step before. Parameter by parameter: if around no cycle the sum of the shifts is positive, the edges that lie on no
//! cycle with sum 0 are settled, and the next parameter has to settle the others. What is left is listed if it is small
//! enough.

use crate::column::LISTED;
use crate::error::{Need, PlanError};
use crate::link::{From, Link, Names, Tie, Way};
use crate::spaces::{Along, Spaces};
use std::collections::{BTreeMap, BTreeSet};

/// How far a search for an example goes where the space is too large to be listed.
const SEARCHED: usize = 100_000;

/// A dependency between two blocks: `from` waits for `to`.
struct Edge {
    from: usize,
    to: usize,
    /// Greatest shift along each axis that counts here, `None` for any; and whether it is the same for all tasks.
    shifts: BTreeMap<Along, (Option<i64>, bool)>,
    link: Option<usize>,
}

/// Checks the order of all blocks.
pub(crate) fn check(spaces: &Spaces, names: &[Names], links: &[Link]) -> Vec<PlanError> {
    let mut edges = Vec::new();
    for (number, link) in links.iter().enumerate().filter(|(_, link)| !link.found) {
        edges.extend(link_edges(spaces, link, number));
    }
    for (at, block) in spaces.blocks.iter().enumerate() {
        if block.chain_len > 1 {
            let chained: Vec<Along> = block.axes.iter().filter(|axis| axis.chained).map(|axis| axis.along).collect();
            let crossing = block.axes.iter().filter(|axis| !axis.chained).map(|axis| (axis.along, (Some(0), true)));
            edges.extend(one_back(at, at, &crossing.collect(), &chained, None));
        }
    }
    let all: Vec<usize> = (0..edges.len()).collect();
    let mut errors = Vec::new();
    for part in strong_parts(spaces.blocks.len(), &edges, &all) {
        if let Err(violated) = settle(spaces, &edges, &part) {
            errors.extend(examine(spaces, names, links, &edges, &part, violated));
        }
    }
    errors
}

/// The edges of one step back along a chain: the last axis goes back by one, or it starts again and the one before it
/// goes back, and so on.
fn one_back(
    from: usize,
    to: usize,
    crossing: &BTreeMap<Along, (Option<i64>, bool)>,
    chained: &[Along],
    link: Option<usize>,
) -> Vec<Edge> {
    (0..chained.len())
        .map(|turn| {
            let mut shifts = crossing.clone();
            for (number, along) in chained.iter().enumerate() {
                let shift = match number.cmp(&turn) {
                    std::cmp::Ordering::Less => Some(0),
                    std::cmp::Ordering::Equal => Some(-1),
                    std::cmp::Ordering::Greater => None,
                };
                shifts.insert(*along, (shift, shift.is_some()));
            }
            Edge { from, to, shifts, link }
        })
        .collect()
}

fn link_edges(spaces: &Spaces, link: &Link, number: usize) -> Vec<Edge> {
    let (reader, writer) = (&spaces.blocks[link.reader], &spaces.blocks[link.writer]);
    let mut edge = Edge { from: link.reader, to: link.writer, shifts: BTreeMap::new(), link: Some(number) };
    let Way::Ties(ties) = &link.way else { return vec![edge] };
    let tie_of = |along: Along| match along {
        Along::Param(param) => ties.iter().find(|tie| tie.param == param),
        Along::Rows => None,
    };
    let mut before = Vec::new();
    let links = reader.axes.iter().filter(|axis| axis.chained && axis.len > 1).count();
    for axis in &writer.axes {
        let shift = match (axis.along, tie_of(axis.along)) {
            (Along::Rows, _) => same_row(spaces, link.writer, ties).then_some((Some(0), true)),
            (_, None) => Some((Some(0), axis.len == 1)),
            (Along::Param(param), Some(tie)) => match &tie.from {
                From::Reader { param: read, previous: true, map } if *read == param => match map.shifts() {
                    Some((0, 0)) => {
                        before.push(axis.along);
                        None
                    }
                    // In a chain of one parameter the link before is one position back.
                    Some((least, most)) if links == 1 => Some((Some(most - 1), least == most)),
                    _ => None,
                },
                from => Some(shift(from, param, axis.len)),
            },
        };
        if let Some(shift) = shift {
            edge.shifts.insert(axis.along, shift);
        }
    }
    let chained: Vec<Along> = reader.axes.iter().filter(|axis| axis.chained).map(|axis| axis.along).collect();
    if before.is_empty() {
        return vec![edge];
    }
    if before != chained {
        // Only some of the values are those of the link before: nothing is known of them.
        return vec![edge];
    }
    one_back(link.reader, link.writer, &edge.shifts, &chained, Some(number))
}

/// Whether the rows' variables of the writer are all those of the reader.
fn same_row(spaces: &Spaces, writer: usize, ties: &[Tie]) -> bool {
    let rows = spaces.experiment.rows.as_ref().map_or(0, |rows| rows.variables);
    let same = |tie: &Tie| match &tie.from {
        From::Reader { param, previous: false, map } => *param == tie.param && map.shifts() == Some((0, 0)),
        _ => false,
    };
    spaces.blocks[writer].rows_axis().is_some() && ties.iter().filter(|tie| tie.param.0 < rows).all(same)
}

fn shift(from: &From, param: pelago_job::ParamNo, len: u64) -> (Option<i64>, bool) {
    match from {
        From::Fixed(position) => (i64::try_from(*position).ok(), len == 1),
        From::Reader { param: read, previous: false, map } if *read == param => match map.shifts() {
            Some((least, most)) => (Some(most), least == most),
            None => (None, false),
        },
        // Along another parameter any position can be read from position 0.
        From::Reader { map, .. } => (map.reach().and_then(|(_, most)| i64::try_from(most).ok()), false),
    }
}

/// The sets of edges that lie on cycles together.
fn strong_parts(blocks: usize, edges: &[Edge], among: &[usize]) -> Vec<Vec<usize>> {
    let component = components(blocks, edges, among);
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for number in among {
        let edge = &edges[*number];
        if component[edge.from] == component[edge.to] {
            parts.entry(component[edge.from]).or_default().push(*number);
        }
    }
    parts.into_values().collect()
}

/// For each block the number of its strongly connected component (Tarjan's algorithm, without recursion).
fn components(blocks: usize, edges: &[Edge], among: &[usize]) -> Vec<usize> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); blocks];
    for number in among {
        next[edges[*number].from].push(edges[*number].to);
    }
    let unseen = usize::MAX;
    let (mut order, mut low, mut component) = (vec![unseen; blocks], vec![0; blocks], vec![unseen; blocks]);
    let (mut counter, mut parts, mut path) = (0, 0, Vec::new());
    for root in 0..blocks {
        if order[root] != unseen {
            continue;
        }
        let mut calls = vec![(root, 0)];
        while let Some((at, step)) = calls.pop() {
            if step == 0 {
                order[at] = counter;
                low[at] = counter;
                counter += 1;
                path.push(at);
            }
            match next[at].get(step) {
                Some(to) => {
                    calls.push((at, step + 1));
                    if order[*to] == unseen {
                        calls.push((*to, 0));
                    } else if component[*to] == unseen {
                        low[at] = low[at].min(order[*to]);
                    }
                }
                None => {
                    if low[at] == order[at] {
                        while let Some(member) = path.pop() {
                            component[member] = parts;
                            if member == at {
                                break;
                            }
                        }
                        parts += 1;
                    }
                    if let Some((parent, _)) = calls.last() {
                        low[*parent] = low[*parent].min(low[at]);
                    }
                }
            }
        }
    }
    component
}

/// What [`settle`] could not settle.
struct Violated {
    /// Whether it is certain that a cycle of blocks does not go back, not only that the bounds allow it.
    certain: bool,
}

fn settle(spaces: &Spaces, edges: &[Edge], part: &[usize]) -> Result<(), Violated> {
    settle_by(spaces, edges, part, false).or_else(|violated| settle_by(spaces, edges, part, true).map_err(|_| violated))
}

/// One of the two lexicographic orders: steps of chains first, or the crossing parameters first.
fn settle_by(spaces: &Spaces, edges: &[Edge], part: &[usize], steps_first: bool) -> Result<(), Violated> {
    let members: BTreeSet<usize> = part.iter().map(|number| edges[*number].from).collect();
    let Some(first) = members.first() else { return Ok(()) };
    let mut axes: Vec<(bool, Along)> =
        spaces.blocks[*first].axes.iter().map(|axis| (axis.chained != steps_first, axis.along)).collect();
    axes.sort_unstable();
    axes.retain(|(_, along)| members.iter().all(|at| spaces.blocks[*at].axes.iter().any(|axis| axis.along == *along)));
    let mut parts = vec![part.to_vec()];
    let mut certain = true;
    for (_, along) in axes {
        let mut left = Vec::new();
        for part in &parts {
            let weights: Option<Vec<i64>> =
                part.iter().map(|number| edges[*number].shifts.get(&along).and_then(|(shift, _)| *shift)).collect();
            certain &= part.iter().all(|number| edges[*number].shifts.get(&along).is_some_and(|(_, same)| *same));
            let Some(weights) = weights else { return Err(Violated { certain: false }) };
            let potential = longest(spaces.blocks.len(), edges, part, &weights).ok_or(Violated { certain })?;
            // What loses nothing along the longest paths may lie on a cycle with sum 0.
            let tight = part.iter().zip(&weights).filter(|(number, weight)| {
                let edge = &edges[**number];
                potential[edge.from].saturating_add(i128::from(**weight)) == potential[edge.to]
            });
            left.extend(tight.map(|(number, _)| *number));
        }
        parts = strong_parts(spaces.blocks.len(), edges, &left);
        if parts.is_empty() {
            return Ok(());
        }
    }
    Err(Violated { certain })
}

/// Lengths of the longest paths to each block; `None` if a cycle has a positive sum.
fn longest(blocks: usize, edges: &[Edge], part: &[usize], weights: &[i64]) -> Option<Vec<i128>> {
    let mut potential = vec![0i128; blocks];
    for _ in 0..=part.len() + 1 {
        let mut changed = false;
        for (number, weight) in part.iter().zip(weights) {
            let edge = &edges[*number];
            let reached = potential[edge.from] + i128::from(*weight);
            if reached > potential[edge.to] {
                potential[edge.to] = reached;
                changed = true;
            }
        }
        if !changed {
            return Some(potential);
        }
    }
    None
}

/// Looks at the tasks themselves where the shape does not settle the order.
fn examine(
    spaces: &Spaces,
    names: &[Names],
    links: &[Link],
    edges: &[Edge],
    part: &[usize],
    violated: Violated,
) -> Option<PlanError> {
    let members: BTreeSet<usize> = part.iter().map(|number| edges[*number].from).collect();
    let total: u64 = members.iter().fold(0, |sum, at| sum.saturating_add(spaces.blocks[*at].size));
    let inner: Vec<usize> =
        part.iter().filter_map(|number| edges[*number].link).collect::<BTreeSet<_>>().into_iter().collect();
    let walk = Walk { spaces, names, links, inner: &inner };
    let few = total <= LISTED;
    let mut forward = None;
    let mut state: BTreeMap<(usize, u64), bool> = BTreeMap::new();
    'blocks: for at in &members {
        let size = spaces.blocks[*at].size;
        for local in 0..size {
            if !few && state.len() > SEARCHED {
                break 'blocks;
            }
            if let Some(cycle) = walk.cycle_from((*at, local), &mut state, if few { usize::MAX } else { 2 * SEARCHED })
            {
                return Some(PlanError::Cycle { needs: walk.needs(&cycle) });
            }
            if forward.is_none() {
                forward = walk.forward(*at, local);
            }
        }
    }
    match forward {
        Some(forward) => Some(forward),
        // Listed to the end, and no task waits for itself.
        _ if few && !violated.certain => None,
        _ if few => walk.any_forward(&members),
        _ => Some(PlanError::Undecided {
            question: format!(
                "the tasks of {} wait for one another in a circle",
                members.iter().map(|at| format!("`{}`", spaces.group_name(*at))).collect::<Vec<_>>().join(", ")
            ),
            count: total,
            most: LISTED,
            mend: "let inputs name the parameter of the output with a constant shift, such as $((t - 1))".into(),
        }),
    }
}

/// The tasks of some blocks and what each waits for.
struct Walk<'a> {
    spaces: &'a Spaces,
    names: &'a [Names],
    links: &'a [Link],
    inner: &'a [usize],
}

type Task = (usize, u64);

impl Walk<'_> {
    /// What a task waits for, with the link that says so.
    fn needs_of(&self, (at, local): Task) -> Vec<(Task, Option<usize>)> {
        let before = self.spaces.blocks[at].before(local).map(|before| ((at, before), None));
        let read = self.inner.iter().filter(|number| self.links[**number].reader == at).filter_map(|number| {
            let link = &self.links[*number];
            Some(((link.writer, link.source(self.spaces, self.names, local)?), Some(*number)))
        });
        // A search takes the last first: along the chain an example is found near its beginning.
        read.chain(before).collect()
    }

    /// A cycle that can be reached from a task. `state` says of tasks seen before whether they are settled.
    fn cycle_from(&self, start: Task, state: &mut BTreeMap<Task, bool>, most: usize) -> Option<Vec<Task>> {
        if state.contains_key(&start) {
            return None;
        }
        state.insert(start, false);
        let mut path = vec![(start, self.needs_of(start))];
        while let Some((task, needs)) = path.last_mut() {
            match needs.pop() {
                None => {
                    state.insert(*task, true);
                    path.pop();
                }
                Some((next, _)) => match state.get(&next) {
                    Some(true) => {}
                    Some(false) => {
                        let tasks: Vec<Task> = path.iter().map(|(task, _)| *task).collect();
                        let from = tasks.iter().position(|task| *task == next)?;
                        return tasks.get(from..).map(<[Task]>::to_vec);
                    }
                    None if state.len() >= most => return None,
                    None => {
                        state.insert(next, false);
                        path.push((next, self.needs_of(next)));
                    }
                },
            }
        }
        None
    }

    /// A task that reads from a later one of its own block.
    fn forward(&self, at: usize, local: u64) -> Option<PlanError> {
        let own = |(task, link): &(Task, Option<usize>)| task.0 == at && task.1 > local && link.is_some();
        let (writer, link) = self.needs_of((at, local)).into_iter().find(own)?;
        Some(self.forward_error((at, local), writer, link?))
    }

    fn forward_error(&self, reader: Task, writer: Task, link: usize) -> PlanError {
        PlanError::Forward {
            reader: self.spaces.label(reader.0, reader.1),
            file: self.file_of(link, writer).unwrap_or_default(),
            writer: self.spaces.label(writer.0, writer.1),
        }
    }

    /// A task on an edge between blocks that goes forward along a parameter of both.
    fn any_forward(&self, members: &BTreeSet<usize>) -> Option<PlanError> {
        members.iter().find_map(|at| {
            (0..self.spaces.blocks[*at].size).find_map(|local| {
                let later =
                    self.needs_of((*at, local)).into_iter().find(|(task, _)| task.0 != *at && task.1 > local)?;
                Some(self.forward_error((*at, local), later.0, later.1?))
            })
        })
    }

    fn file_of(&self, link: usize, writer: Task) -> Option<String> {
        let output = self.names.get(writer.0)?.outputs.get(self.links.get(link)?.output)?;
        output.shape.fill(self.spaces, writer.0, writer.1).ok()
    }

    /// A cycle in words.
    fn needs(&self, cycle: &[Task]) -> Vec<Need> {
        let link_to = |task: Task, next: Task| {
            let mut links = self.needs_of(task).into_iter().filter(|(to, _)| *to == next).map(|(_, link)| link);
            let first = links.next().flatten();
            first.or_else(|| links.flatten().next())
        };
        let pairs: Vec<(Task, Task)> =
            (0..cycle.len()).map(|number| (cycle[number], cycle[(number + 1) % cycle.len()])).collect();
        pairs
            .iter()
            .enumerate()
            .map(|(number, (task, next))| {
                let (before, _) = pairs[(number + pairs.len() - 1) % pairs.len()];
                let makes = link_to(before, *task).and_then(|link| self.file_of(link, *task)).or_else(|| {
                    let output = self.names.get(task.0)?.outputs.first()?;
                    output.shape.fill(self.spaces, task.0, task.1).ok()
                });
                Need {
                    task: self.spaces.label(task.0, task.1),
                    makes,
                    by: link_to(*task, *next).and_then(|link| self.file_of(link, *next)),
                }
            })
            .collect()
    }
}
