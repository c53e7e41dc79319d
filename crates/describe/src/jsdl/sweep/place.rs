//! Which parameter fills which place, where several sweeps may fill the same one.

use super::read::Assignment;
use super::{Hole, Holes, Key, Node, covers, names, space};
use pelago_job::description::Space;
use pelago_job::{Order, ParamNo, Parameter};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A place that an assignment fills.
pub struct Filled {
    /// The text.
    pub key: Key,
    /// The characters of it, as first and number, from 0; all of it where absent.
    pub part: Option<(usize, usize)>,
    /// What the whole text says in the document.
    pub original: String,
    /// The expression.
    pub span: Range<usize>,
}

impl Filled {
    /// What stands there in the document.
    fn replaced(&self) -> String {
        match self.part {
            None => self.original.clone(),
            Some((start, length)) => self.original.chars().skip(start).take(length).collect(),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (self.part, other.part) {
            (Some((a, m)), Some((b, n))) => a < b + n && b < a + m,
            _ => true,
        }
    }
}

type Arranged = (Vec<Parameter>, Space, Holes);
/// Why something cannot be, and where.
type Refused = (String, Range<usize>);

/// Gives the assignments numbers as parameters, in their order in the document, and their places holes.
///
/// Sweeps beside each other may fill one place in turn; then each of their parameters stands there, for nothing in
/// the tasks of the others. `Err` where that cannot be.
pub fn arrange(nodes: &[Node], assignments: Vec<Assignment>) -> Result<Arranged, Refused> {
    let branches = branches(nodes, assignments.len());
    let emptied = shared(nodes, &assignments, &branches)?;
    let mut parameters = Vec::new();
    let mut originals: Vec<Vec<String>> = Vec::new();
    let mut numbers: Vec<Vec<ParamNo>> = Vec::new();
    let mut defaults = BTreeMap::new();
    let mut holes: BTreeMap<Key, Vec<Hole>> = BTreeMap::new();
    for (at, assignment) in assignments.iter().enumerate() {
        // Beside other sweeps a parameter needs one text that stands in its place there.
        let alone = branches.get(at).is_none_or(|branch| branch.is_empty());
        let mut groups: Vec<(String, Vec<&Filled>)> = Vec::new();
        for (number, filled) in assignment.filled.iter().enumerate() {
            let default = match emptied.contains(&(at, number)) {
                true => String::new(),
                false => filled.replaced(),
            };
            match groups.iter_mut().find(|(other, _)| alone || *other == default) {
                Some((_, group)) => group.push(filled),
                None => groups.push((default, vec![filled])),
            }
        }
        let mut own = Vec::new();
        for (default, group) in groups {
            let number = ParamNo(u16::try_from(parameters.len()).unwrap_or(u16::MAX));
            own.push(number);
            parameters.push(Parameter {
                name: String::new(),
                label: None,
                order: Order::Cross,
                domain: assignment.domain.clone(),
            });
            originals.push(group.iter().map(|filled| filled.replaced()).collect());
            if !alone {
                defaults.insert(number, default);
            }
            for filled in group {
                holes.entry(filled.key.clone()).or_default().push(Hole { parameter: number, part: filled.part });
            }
        }
        numbers.push(own);
    }
    for (parameter, name) in parameters.iter_mut().zip(names(&originals)) {
        parameter.name = name;
    }
    let renumbered: Vec<Node> = nodes.iter().map(|node| renumber(node, &numbers)).collect();
    let space = space(&renumbered, &defaults).unwrap_or(Space::Product(Vec::new()));
    Ok((parameters, space, Holes { holes, ..Holes::default() }))
}

fn renumber(node: &Node, numbers: &[Vec<ParamNo>]) -> Node {
    let zipped = node.zipped.iter().filter_map(|p| numbers.get(usize::from(p.0))).flatten().copied().collect();
    Node { zipped, children: node.children.iter().map(|child| renumber(child, numbers)).collect() }
}

/// For each assignment, which of the sweeps it stands in, wherever several stand beside each other.
type Branch = Vec<(usize, usize)>;

fn branches(nodes: &[Node], count: usize) -> Vec<Branch> {
    let mut found: Vec<Branch> = vec![Vec::new(); count];
    let mut forks = 0;
    let mut open: Vec<(&[Node], Branch)> = vec![(nodes, Vec::new())];
    while let Some((nodes, branch)) = open.pop() {
        let fork = (nodes.len() > 1).then_some(forks);
        forks += 1;
        for (number, node) in nodes.iter().enumerate() {
            let own: Branch = branch.iter().copied().chain(fork.map(|fork| (fork, number))).collect();
            for parameter in &node.zipped {
                if let Some(place) = found.get_mut(usize::from(parameter.0)) {
                    place.clone_from(&own);
                }
            }
            open.push((&node.children, own));
        }
    }
    found
}

fn exclusive(a: &Branch, b: &Branch) -> bool {
    a.iter().any(|(fork, part)| b.iter().any(|(other, number)| fork == other && part != number))
}

/// The places, by assignment and number, that several sweeps fill in turn.
fn shared(
    nodes: &[Node],
    assignments: &[Assignment],
    branches: &[Branch],
) -> Result<BTreeSet<(usize, usize)>, Refused> {
    let mut by_key: BTreeMap<&Key, Vec<(usize, usize, &Filled)>> = BTreeMap::new();
    for (at, assignment) in assignments.iter().enumerate() {
        for (number, filled) in assignment.filled.iter().enumerate() {
            by_key.entry(&filled.key).or_default().push((at, number, filled));
        }
    }
    let mut shared = BTreeSet::new();
    for group in by_key.values().filter(|group| group.len() > 1) {
        if group.len() > 64 {
            let span = group.first().map(|(_, _, filled)| filled.span.clone()).unwrap_or_default();
            return Err(("so many assignments fill one text that they are not told apart".into(), span));
        }
        for (position, (at, number, filled)) in group.iter().enumerate() {
            let over: Vec<_> =
                group.iter().enumerate().filter(|(p, (_, _, f))| *p != position && filled.overlaps(f)).collect();
            if over.is_empty() {
                continue;
            }
            let apart = over.iter().all(|(_, (other, _, f))| {
                let pair = (branches.get(*at), branches.get(*other));
                f.part == filled.part && matches!(pair, (Some(a), Some(b)) if exclusive(a, b))
            });
            let all: BTreeSet<ParamNo> = over
                .iter()
                .map(|(_, (other, _, _))| *other)
                .chain([*at])
                .filter_map(|at| u16::try_from(at).ok().map(ParamNo))
                .collect();
            if !apart || !covers(nodes, &all) {
                return Err(("two assignments fill the same text".into(), filled.span.clone()));
            }
            shared.insert((*at, *number));
        }
    }
    Ok(shared)
}
