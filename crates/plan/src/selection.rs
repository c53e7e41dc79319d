//! A selection: the tasks of a block whose values agree with what a file name says about them.
//! It is a product of what is left free, so it is counted without being listed.

use crate::spaces::{Block, Spaces, row_value};
use pelago_job::ParamNo;

/// Positions along some of a block's axes.
#[derive(Clone, Copy, Debug, Default)]
struct Fixed {
    base: u64,
    /// One bit per axis; a space has at most 64.
    mask: u64,
}

impl Fixed {
    fn set(&mut self, block: &Block, axis: usize, position: u64) -> bool {
        let Some(along) = block.axes.get(axis) else { return false };
        if position >= along.len {
            return false;
        }
        if self.has(axis) {
            return (self.base / along.stride) % along.len == position;
        }
        self.mask |= 1 << axis;
        self.base += position * along.stride;
        true
    }

    fn has(&self, axis: usize) -> bool {
        self.mask >> axis & 1 != 0
    }
}

/// Rows of a `jobs` block, sorted by the values of some of its variables.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowIndex {
    params: Vec<ParamNo>,
    sorted: Vec<u32>,
}

impl RowIndex {
    /// Sorts the rows by the variables given; empty where the block has no rows.
    pub fn new(spaces: &Spaces, block: &Block, params: impl Iterator<Item = ParamNo>) -> Self {
        let (Some(rows), Some(_)) = (&spaces.experiment.rows, block.rows_axis()) else { return Self::default() };
        let mut params: Vec<ParamNo> = params.filter(|param| param.0 < rows.variables).collect();
        params.sort_unstable();
        params.dedup();
        let mut sorted: Vec<u32> = (0u32..).take(rows.rows.len()).collect();
        if !params.is_empty() {
            let params = &params;
            let key = |row: u32| params.iter().map(move |p| rows.rows[row as usize].get(usize::from(p.0)));
            sorted.sort_by(|a, b| key(*a).cmp(key(*b)).then(a.cmp(b)));
        }
        Self { params, sorted }
    }

    /// Two rows with the same values.
    pub fn twice(&self, spaces: &Spaces) -> Option<(u64, u64)> {
        let rows = &spaces.experiment.rows.as_ref()?.rows;
        let key = |row: u32| self.params.iter().map(move |p| rows[row as usize].get(usize::from(p.0)));
        let pair = self.sorted.windows(2).find(|pair| key(pair[0]).eq(key(pair[1])))?;
        Some((u64::from(pair[0].min(pair[1])), u64::from(pair[0].max(pair[1]))))
    }

    /// The rows that agree with what is known of their variables.
    fn matching(&self, spaces: &Spaces, known: &[(ParamNo, u64)]) -> &[u32] {
        let Some(rows) = &spaces.experiment.rows else { return &[] };
        let order = |row: &u32| {
            let row = rows.rows.get(*row as usize).map_or(&[][..], |row| row.as_slice());
            let mut order = std::cmp::Ordering::Equal;
            for param in &self.params {
                // The index is built over the variables of the name that `known` comes from, so all are known.
                let wanted = known.iter().find(|(p, _)| p == param).map(|(_, position)| *position);
                order = order.then_with(|| row_value(row, *param).cmp(&wanted));
            }
            order
        };
        let from = self.sorted.partition_point(|row| order(row).is_lt());
        let to = self.sorted.partition_point(|row| order(row).is_le());
        self.sorted.get(from..to).unwrap_or(&[])
    }
}

/// What a file name says about a task of a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    now: Fixed,
    /// Positions of the chain's link before.
    before: Fixed,
    rows: Vec<(ParamNo, u64)>,
    index: Option<u64>,
}

impl Selection {
    /// Adds what is known of a parameter; false if that contradicts what is known already.
    pub fn bind(&mut self, spaces: &Spaces, block: &Block, param: ParamNo, previous: bool, position: u64) -> bool {
        match block.axis_of(param) {
            Some(axis) => self.bind_axis(block, axis, previous, position),
            None if block.rows_axis().is_some()
                && spaces.experiment.rows.as_ref().is_some_and(|r| param.0 < r.variables) =>
            {
                self.bind_row(param, position)
            }
            // A parameter with a single value.
            None => position == 0,
        }
    }

    /// As [`Selection::bind`] for the variable of a row.
    pub fn bind_row(&mut self, param: ParamNo, position: u64) -> bool {
        match self.rows.iter().find(|(p, _)| *p == param) {
            Some((_, known)) => *known == position,
            None => {
                self.rows.push((param, position));
                true
            }
        }
    }

    /// As [`Selection::bind`] for an axis of the block.
    pub fn bind_axis(&mut self, block: &Block, axis: usize, previous: bool, position: u64) -> bool {
        if previous { self.before.set(block, axis, position) } else { self.now.set(block, axis, position) }
    }

    /// The task at the positions that are known, and at 0 along the other axes.
    pub fn base(&self) -> u64 {
        self.now.base
    }

    /// Adds that the task is the one with this index in its block.
    pub fn bind_index(&mut self, local: u64) -> bool {
        *self.index.get_or_insert(local) == local
    }

    fn chained(block: &Block) -> u64 {
        block.axes.iter().enumerate().filter(|(_, axis)| axis.chained).fold(0, |mask, (n, _)| mask | 1 << n)
    }

    /// Whether the link before is known and nothing of the link itself.
    fn steps_from_before(&self, block: &Block) -> bool {
        self.before.mask != 0 && self.now.mask & Self::chained(block) == 0
    }

    /// Whether the link before has the values that it must have.
    fn follows(&self, block: &Block, local: u64) -> bool {
        if self.before.mask == 0 {
            return true;
        }
        if local.is_multiple_of(block.run) {
            return false;
        }
        (0..block.axes.len())
            .filter(|axis| self.before.has(*axis))
            .all(|axis| block.digit(axis, local - 1) == block.digit(axis, self.before.base))
    }

    fn agrees(&self, spaces: &Spaces, block: &Block, local: u64) -> bool {
        local < block.size
            && (0..block.axes.len())
                .filter(|axis| self.now.has(*axis))
                .all(|axis| block.digit(axis, local) == block.digit(axis, self.now.base))
            && self.rows.iter().all(|(param, position)| spaces.position(block, local, *param) == Some(*position))
            && self.follows(block, local)
    }

    /// How many tasks there are.
    pub fn count(&self, spaces: &Spaces, block: &Block, index: &RowIndex) -> u64 {
        if self.index.is_some() || (self.before.mask != 0 && !self.steps_from_before(block)) {
            let mut count = 0;
            self.each(spaces, block, index, &mut |_| {
                count += 1;
                true
            });
            return count;
        }
        let known = self.now.mask | self.before.mask;
        let (mut crossing, mut chain) = (1, 1);
        for (number, axis) in block.axes.iter().enumerate() {
            match (known >> number & 1 != 0, axis.chained) {
                (true, _) => {}
                (false, _) if !self.rows.is_empty() && Some(number) == block.rows_axis() => {
                    crossing *= index.matching(spaces, &self.rows).len() as u64;
                }
                (false, false) => crossing *= axis.len,
                (false, true) => chain *= axis.len,
            }
        }
        if self.before.mask != 0 {
            // The last link is before no other.
            let last = (0..block.axes.len())
                .filter(|axis| self.before.has(*axis))
                .all(|axis| block.digit(axis, self.before.base) + 1 == block.axes[axis].len);
            chain -= u64::from(last);
        }
        crossing * chain
    }

    /// Calls `each` for every task, in the order of the indices unless rows are chosen; stops when it says false.
    pub fn each(&self, spaces: &Spaces, block: &Block, index: &RowIndex, each: &mut dyn FnMut(u64) -> bool) -> bool {
        if let Some(local) = self.index {
            return !self.agrees(spaces, block, local) || each(local);
        }
        let stepping = self.steps_from_before(block);
        let known = self.now.mask | if stepping { self.before.mask } else { 0 };
        let base = self.now.base + if stepping { self.before.base } else { 0 };
        let rows_axis = block.rows_axis().filter(|_| !self.rows.is_empty());
        let mut free: Vec<(u64, u64)> = Vec::new();
        for (number, axis) in block.axes.iter().enumerate() {
            if known >> number & 1 == 0 && axis.len > 1 && Some(number) != rows_axis {
                free.push((axis.stride, axis.len));
            }
        }
        let mut one = |local: u64| match stepping {
            // `local` is the link before; the chain's last link is before none.
            true if (local + 1).is_multiple_of(block.run) => true,
            true => each(local + 1),
            false => !self.follows(block, local) || each(local),
        };
        match rows_axis.and_then(|axis| block.axes.get(axis)) {
            None => walk(base, &free, &mut one),
            Some(axis) => index
                .matching(spaces, &self.rows)
                .iter()
                .all(|row| walk(base + u64::from(*row) * axis.stride, &free, &mut one)),
        }
    }

    /// The one task, where the name determines it.
    pub fn only(&self, spaces: &Spaces, block: &Block, index: &RowIndex) -> Option<u64> {
        let mut found = None;
        self.each(spaces, block, index, &mut |local| {
            found = Some(local);
            false
        });
        found
    }
}

/// All sums of `base` and a multiple of each stride, the last varying fastest.
fn walk(base: u64, free: &[(u64, u64)], each: &mut dyn FnMut(u64) -> bool) -> bool {
    match free.split_first() {
        None => each(base),
        Some(((stride, len), rest)) => (0..*len).all(|position| walk(base + position * stride, rest, each)),
    }
}
