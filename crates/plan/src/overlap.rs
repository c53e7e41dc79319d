//! What two plans have in common: which tasks of a group have the same values as tasks of another plan's group.

use crate::plan::Plan;
use crate::spaces::{Along, Axis, Block};
use crate::tie;
use pelago_job::{Domain, GroupNo};

/// Tasks `new .. new + len` of the new plan have the values of tasks `old .. old + len` of the old one, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First index in the new plan.
    pub new: u64,
    /// First index in the old plan.
    pub old: u64,
    /// How many.
    pub len: u64,
}

/// Which tasks of two groups have the same values.
#[derive(Clone, Debug)]
pub struct Map {
    parts: Vec<Part>,
}

/// One pair of blocks: the product of what the axes have in common.
#[derive(Clone, Debug)]
struct Part {
    new: u64,
    old: u64,
    /// In the order of the new space.
    axes: Vec<Shared>,
    /// Indices that go together below the last axis.
    unit: u64,
}

/// What one parameter's values have in common.
#[derive(Clone, Debug)]
struct Shared {
    new_stride: u64,
    old_stride: u64,
    /// Positions, sorted by the new ones.
    runs: Vec<Run>,
}

/// The tasks of a group of the new plan that have the values of tasks of a group of the old one: parameters are matched
/// by name, values by text. `None` if the groups run over different parameters; one that has a single value on the side
/// where it is does not count.
pub fn map_index(old: &Plan, old_group: GroupNo, new: &Plan, new_group: GroupNo) -> Option<Map> {
    let of = |plan: &Plan, group: GroupNo| plan.spaces.of_group.get(usize::from(group.0)).cloned();
    let (mine, theirs) = (of(new, new_group)?, of(old, old_group)?);
    let mut parts = Vec::new();
    for at in &mine {
        let block = new.spaces.blocks.get(*at)?;
        for other in theirs.iter().filter_map(|other| old.spaces.blocks.get(*other)) {
            // Event tasks are the same if the same event happens to the same output of a group with the same name.
            let same = match (block.origin, other.origin) {
                (None, None) => true,
                (Some(a), Some(b)) => {
                    (a.output, a.event) == (b.output, b.event)
                        && new.spaces.group_name(a.block) == old.spaces.group_name(b.block)
                }
                _ => false,
            };
            if same {
                parts.push(Part::of(old, other, new, block)?);
            }
        }
    }
    Some(Map { parts })
}

impl Map {
    /// The runs in the order of the new indices. Neighbouring indices that stay neighbours are in one run.
    pub fn runs(&self) -> impl Iterator<Item = Run> + '_ {
        let mut runs = self.parts.iter().flat_map(Part::runs).peekable();
        std::iter::from_fn(move || {
            let mut run = runs.next()?;
            while let Some(next) = runs.next_if(|next| next.new == run.new + run.len && next.old == run.old + run.len) {
                run.len += next.len;
            }
            Some(run)
        })
    }
}

impl Part {
    fn of(old: &Plan, old_block: &Block, new: &Plan, new_block: &Block) -> Option<Self> {
        // Values that follow others would have to be compared one by one: such tasks are proved one by one.
        if !new_block.followers.is_empty() || !old_block.followers.is_empty() {
            return None;
        }
        let name = |plan: &Plan, axis: &Axis| match axis.along {
            Along::Param(param) => Some(plan.spaces.name(param).to_string()),
            Along::Rows => None,
        };
        let mut axes = Vec::new();
        for axis in &new_block.axes {
            let Some(other) = old_block.axes.iter().find(|other| name(old, other) == name(new, axis)) else {
                (axis.len == 1).then_some(())?;
                continue;
            };
            let runs = match (axis.along, other.along) {
                (Along::Param(mine), Along::Param(theirs)) => shared_values(
                    &new.experiment().parameter(mine)?.domain,
                    &old.experiment().parameter(theirs)?.domain,
                ),
                _ => shared_rows(new, old)?,
            };
            let whole = runs == [Run { new: 0, old: 0, len: axis.len }] && axis.len == other.len;
            axes.push((Shared { new_stride: axis.stride, old_stride: other.stride, runs }, whole, axis.len));
        }
        let unknown = |other: &&Axis| !new_block.axes.iter().any(|axis| name(new, axis) == name(old, other));
        if old_block.axes.iter().filter(unknown).any(|other| other.len > 1) {
            return None;
        }
        // Axes at the end that are the same on both sides move as one.
        let mut unit = 1;
        while let Some((shared, true, len)) = axes.last() {
            if *len > 1 && (shared.new_stride != unit || shared.old_stride != unit) {
                break;
            }
            unit *= len;
            axes.pop();
        }
        let axes = axes.into_iter().map(|(shared, _, _)| shared).collect();
        Some(Self { new: new_block.start, old: old_block.start, axes, unit })
    }

    fn runs(&self) -> impl Iterator<Item = Run> + '_ {
        let unit = self.unit;
        let start = Run { new: self.new, old: self.old, len: unit };
        let (last, outer) = match self.axes.split_last() {
            Some((last, outer)) => (Some(last), outer),
            None => (None, &[][..]),
        };
        let mut odometer = Odometer::new(outer);
        let bases = std::iter::from_fn(move || odometer.next());
        bases.flat_map(move |(new, old)| {
            let start = Run { new: start.new + new, old: start.old + old, len: unit };
            let together = last.is_some_and(|last| last.new_stride == unit && last.old_stride == unit);
            let stretches = last.map_or(&[Run { new: 0, old: 0, len: 1 }][..], |last| &last.runs);
            let (new_stride, old_stride) = last.map_or((0, 0), |last| (last.new_stride, last.old_stride));
            stretches.iter().flat_map(move |run| {
                let (pieces, len) = if together { (1, run.len * unit) } else { (run.len, unit) };
                (0..pieces).map(move |piece| Run {
                    new: start.new + (run.new + piece) * new_stride,
                    old: start.old + (run.old + piece) * old_stride,
                    len,
                })
            })
        })
    }
}

/// Counts through the shared positions of several axes.
struct Odometer<'a> {
    axes: &'a [Shared],
    /// For each axis the run and the place in it; `None` when all have been seen.
    state: Option<Vec<(usize, u64)>>,
}

impl<'a> Odometer<'a> {
    fn new(axes: &'a [Shared]) -> Self {
        let any = axes.iter().all(|axis| !axis.runs.is_empty());
        Self { axes, state: any.then(|| vec![(0, 0); axes.len()]) }
    }

    fn next(&mut self) -> Option<(u64, u64)> {
        let state = self.state.as_mut()?;
        let mut sums = (0, 0);
        for (axis, (run, place)) in self.axes.iter().zip(state.iter()) {
            let run = axis.runs.get(*run)?;
            sums.0 += (run.new + place) * axis.new_stride;
            sums.1 += (run.old + place) * axis.old_stride;
        }
        let mut turned = false;
        for (axis, (run, place)) in self.axes.iter().zip(state.iter_mut()).rev() {
            *place += 1;
            if axis.runs.get(*run).is_some_and(|run| *place < run.len) {
                turned = true;
                break;
            }
            (*run, *place) = (*run + 1, 0);
            if *run < axis.runs.len() {
                turned = true;
                break;
            }
            *run = 0;
        }
        if !turned {
            self.state = None;
        }
        Some(sums)
    }
}

/// A range as exact decimals: first, step, decimal places, whether whole numbers print with a point.
fn decimals(domain: &Domain) -> Option<(i128, i128, u8, bool)> {
    match domain {
        Domain::Integers { from, step, .. } => Some((i128::from(*from), i128::from(*step), 0, false)),
        Domain::Decimals { from, step, scale, point, .. } => {
            Some((i128::from(*from), i128::from(*step), (*scale).min(18), *point))
        }
        _ => None,
    }
}

/// Positions in two domains with the same text.
fn shared_values(new: &Domain, old: &Domain) -> Vec<Run> {
    if new == old {
        return vec![Run { new: 0, old: 0, len: new.len() }];
    }
    if let (Some(mine), Some(theirs)) = (decimals(new), decimals(old))
        && mine.3 == theirs.3
    {
        let scale = mine.2.max(theirs.2);
        let unit = |places: u8| 10i128.pow(u32::from(scale - places));
        let (mine_unit, their_unit) = (unit(mine.2), unit(theirs.2));
        let constant = mine.0 * mine_unit - theirs.0 * their_unit;
        if let Some(map) =
            tie::Map::progression(mine.1 * mine_unit, constant, theirs.1 * their_unit, new.len(), old.len())
        {
            return runs_of(&map);
        }
    }
    let text = |domain: &'_ Domain, position: u64| domain.text(position).into_owned();
    join((0..new.len()).map(|p| text(new, p)).collect(), (0..old.len()).map(|p| text(old, p)).collect())
}

fn runs_of(map: &tie::Map) -> Vec<Run> {
    match map {
        tie::Map::Range { count: 0, .. } => Vec::new(),
        tie::Map::Range { from, every: 1, to, moves: 1, count } => vec![Run { new: *from, old: *to, len: *count }],
        tie::Map::Range { from, every, count, .. } => (0..*count)
            .filter_map(|k| {
                let new = from + k * every;
                Some(Run { new, old: map.forward(new)?, len: 1 })
            })
            .collect(),
        tie::Map::Pairs { forward, .. } => together(forward.clone()),
    }
}

/// Rows of two `jobs` blocks with the same values of variables with the same names.
fn shared_rows(new: &Plan, old: &Plan) -> Option<Vec<Run>> {
    let (mine, theirs) = (new.experiment().rows.as_ref()?, old.experiment().rows.as_ref()?);
    if mine.variables != theirs.variables {
        return None;
    }
    // For each variable of the new plan the one of the old plan with its name.
    let columns: Option<Vec<(usize, usize)>> = (0..usize::from(mine.variables))
        .map(|number| {
            let name = &new.experiment().parameters.get(number)?.name;
            let variables = old.experiment().parameters.iter().take(usize::from(theirs.variables));
            let other = variables.enumerate().find(|(_, parameter)| parameter.name == *name)?.0;
            Some((number, other))
        })
        .collect();
    let columns = columns?;
    let texts = |plan: &Plan, row: &Vec<u32>, column: &dyn Fn(&(usize, usize)) -> usize| -> Vec<String> {
        let text = |number: usize| {
            let domain = &plan.experiment().parameters.get(number)?.domain;
            Some(domain.text(u64::from(*row.get(number)?)).into_owned())
        };
        columns.iter().map(|pair| text(column(pair)).unwrap_or_default()).collect()
    };
    Some(join(
        mine.rows.iter().map(|row| texts(new, row, &|pair| pair.0)).collect(),
        theirs.rows.iter().map(|row| texts(old, row, &|pair| pair.1)).collect(),
    ))
}

/// Pairs equal entries of two lists; the k-th of several equal ones goes with the k-th.
fn join<T: Ord>(new: Vec<T>, old: Vec<T>) -> Vec<Run> {
    let sorted = |list: Vec<T>| {
        let mut list: Vec<(T, u64)> = list.into_iter().zip(0u64..).collect();
        list.sort_unstable();
        list
    };
    let (mine, theirs) = (sorted(new), sorted(old));
    let (mut mine, mut theirs) = (mine.iter().peekable(), theirs.iter().peekable());
    let mut pairs = Vec::new();
    while let (Some((a, new)), Some((b, old))) = (mine.peek(), theirs.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => drop(mine.next()),
            std::cmp::Ordering::Greater => drop(theirs.next()),
            std::cmp::Ordering::Equal => {
                pairs.push((*new, *old));
                mine.next();
                theirs.next();
            }
        }
    }
    together(pairs)
}

fn together(mut pairs: Vec<(u64, u64)>) -> Vec<Run> {
    pairs.sort_unstable();
    let mut runs: Vec<Run> = Vec::new();
    for (new, old) in pairs {
        match runs.last_mut() {
            Some(run) if run.new + run.len == new && run.old + run.len == old => run.len += 1,
            _ => runs.push(Run { new, old, len: 1 }),
        }
    }
    runs
}
