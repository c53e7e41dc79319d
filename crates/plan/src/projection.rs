//! A projection: the part of a block's space that a file name depends on. Names are listed over it, not over the tasks.

use crate::shape::Shape;
use crate::spaces::{Block, Spaces};
use pelago_job::ParamNo;

/// What a coordinate of a projection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coordinate {
    /// A position along an axis.
    Axis(usize),
    /// A position along a chaining axis, of the link before.
    Before(usize),
}

/// The coordinates that a name depends on.
#[derive(Clone, Debug)]
pub(crate) struct Projection {
    /// Each with its length; the last varies fastest.
    pub coordinates: Vec<(Coordinate, u64)>,
    /// Whether every coordinate is a parameter that the name contains, so that each can be chosen by itself.
    pub plain: bool,
}

impl Projection {
    /// What a shape depends on.
    pub fn of(spaces: &Spaces, block: &Block, shape: &Shape) -> Self {
        let params = shape.params();
        let is_row = |param: ParamNo| spaces.experiment.rows.as_ref().is_some_and(|rows| param.0 < rows.variables);
        let mut now = vec![shape.has_index(); block.axes.len()];
        let mut before = vec![false; block.axes.len()];
        let mut plain = !shape.has_index();
        for (param, previous) in &params {
            match block.axis_of(*param) {
                Some(axis) if *previous => before[axis] = true,
                Some(axis) => {
                    // Two parameters that advance together cannot be chosen each by itself.
                    plain &= !now[axis];
                    now[axis] = true;
                }
                None if is_row(*param) => {
                    plain = false;
                    block.rows_axis().into_iter().for_each(|axis| now[axis] = true);
                }
                None => {}
            }
        }
        let chained = |axis: &usize| block.axes[*axis].chained;
        let mixed = before.contains(&true) && (0..now.len()).filter(chained).any(|axis| now[axis]);
        if mixed {
            // The name depends on two links of the chain at once: every link has to be looked at.
            (0..now.len()).filter(chained).for_each(|axis| now[axis] = true);
            before.fill(false);
            plain = false;
        }
        let coordinates = (0..now.len())
            .filter_map(|axis| match (now[axis], before[axis]) {
                (true, _) => Some((Coordinate::Axis(axis), block.axes[axis].len)),
                (_, true) => Some((Coordinate::Before(axis), block.axes[axis].len)),
                _ => None,
            })
            .collect();
        Self { coordinates, plain }
    }

    /// How many points there are.
    pub fn size(&self) -> u64 {
        self.coordinates.iter().fold(1u64, |size, (_, len)| size.saturating_mul(*len))
    }

    /// A task that stands for the point with these positions; `None` for the last link as the link before another.
    pub fn task(&self, block: &Block, positions: &[u64]) -> Option<u64> {
        let (mut local, mut steps) = (0, false);
        for ((coordinate, _), position) in self.coordinates.iter().zip(positions) {
            let (Coordinate::Axis(axis) | Coordinate::Before(axis)) = coordinate;
            steps |= matches!(coordinate, Coordinate::Before(_));
            local += position * block.axes[*axis].stride;
        }
        match steps {
            true if (local + 1).is_multiple_of(block.run) => None,
            true => Some(local + 1),
            false => Some(local),
        }
    }

    /// The positions of point `number`.
    pub fn point(&self, mut number: u64) -> Vec<u64> {
        let mut positions = vec![0; self.coordinates.len()];
        for (position, (_, len)) in positions.iter_mut().zip(&self.coordinates).rev() {
            *position = number % len;
            number /= len;
        }
        positions
    }

    /// The tasks that stand for the points, up to `most` of them, in the order of the points.
    pub fn tasks<'a>(&'a self, block: &'a Block, most: u64) -> impl Iterator<Item = u64> + 'a {
        (0..self.size().min(most)).filter_map(move |number| self.task(block, &self.point(number)))
    }
}
