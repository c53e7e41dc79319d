//! The index space of a job: which tasks it is, without listing them.

use crate::{ParamNo, Parameter};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A space over the description's parameters. The last of a product varies fastest.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Space {
    /// These parameters advance together; their domains are equally long.
    Zip(Vec<ParamNo>),
    /// Every combination; the last varies fastest. An empty product is one task.
    Product(Vec<Space>),
    /// One after another (JSDL's sibling sweeps).
    Sum {
        /// The parts, in order.
        parts: Vec<Space>,
        /// What a parameter stands for in the parts that do not name it.
        defaults: Vec<(ParamNo, String)>,
    },
    /// Rows of positions in the lists of these parameters (a planfile's `jobs` block).
    Rows {
        /// The parameters.
        parameters: Vec<ParamNo>,
        /// A position in each one's list, for each task.
        rows: Vec<Vec<u32>>,
    },
    /// As many tasks, without a value of their own (`queue 600` names none).
    Times(u64),
    /// A part of a space: every `step`-th of its tasks from the first, counted from 0.
    Slice {
        /// What it is a part of.
        of: Box<Space>,
        /// The first.
        first: u64,
        /// How far to the next, at least 1.
        step: u64,
        /// How many.
        count: u64,
    },
}

/// What the parameters stand for in one task.
pub type Point = BTreeMap<ParamNo, String>;

impl Space {
    /// How many tasks it is, or the most that can be counted.
    pub fn len(&self, parameters: &[Parameter]) -> u64 {
        let domain = |p: &ParamNo| parameters.get(usize::from(p.0)).map_or(0, |p| p.domain.len());
        match self {
            Space::Zip(zipped) => zipped.iter().map(domain).min().unwrap_or(0),
            Space::Product(parts) => parts.iter().fold(1, |all, part| all.saturating_mul(part.len(parameters))),
            Space::Sum { parts, .. } => parts.iter().fold(0, |all, part| all.saturating_add(part.len(parameters))),
            Space::Rows { rows, .. } => rows.len() as u64,
            Space::Times(count) => *count,
            Space::Slice { count, .. } => *count,
        }
    }

    /// Whether there is no task.
    pub fn is_empty(&self, parameters: &[Parameter]) -> bool {
        self.len(parameters) == 0
    }

    /// The values in one task, by its position from 0; `None` past the end.
    pub fn point(&self, position: u64, parameters: &[Parameter]) -> Option<Point> {
        if position >= self.len(parameters) {
            return None;
        }
        let value = |p: &ParamNo, at: u64| {
            let text = parameters.get(usize::from(p.0))?.domain.text(at).into_owned();
            Some((*p, text))
        };
        match self {
            Space::Zip(zipped) => zipped.iter().map(|p| value(p, position)).collect(),
            Space::Rows { parameters: of, rows } => {
                let row = rows.get(usize::try_from(position).ok()?)?;
                of.iter().zip(row).map(|(p, at)| value(p, u64::from(*at))).collect()
            }
            Space::Times(_) => Some(Point::new()),
            Space::Product(parts) => {
                let (mut rest, mut point) = (position, Point::new());
                for part in parts.iter().rev() {
                    let length = part.len(parameters);
                    point.extend(part.point(rest.checked_rem(length)?, parameters)?);
                    rest /= length;
                }
                Some(point)
            }
            Space::Sum { parts, defaults } => {
                let mut rest = position;
                for part in parts {
                    let length = part.len(parameters);
                    if rest < length {
                        let mut point: Point = defaults.iter().cloned().collect();
                        point.extend(part.point(rest, parameters)?);
                        return Some(point);
                    }
                    rest -= length;
                }
                None
            }
            Space::Slice { of, first, step, .. } => {
                of.point(first.checked_add(position.checked_mul(*step)?)?, parameters)
            }
        }
    }

    /// The parameters that it names, each once, in the order of their numbers.
    pub fn parameters(&self) -> BTreeSet<ParamNo> {
        match self {
            Space::Zip(zipped) => zipped.iter().copied().collect(),
            Space::Rows { parameters, .. } => parameters.iter().copied().collect(),
            Space::Times(_) => BTreeSet::new(),
            Space::Product(parts) => parts.iter().flat_map(Space::parameters).collect(),
            Space::Sum { parts, defaults } => {
                parts.iter().flat_map(Space::parameters).chain(defaults.iter().map(|(p, _)| *p)).collect()
            }
            Space::Slice { of, .. } => of.parameters(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Domain, Order};

    fn letters(name: &str, values: &str) -> Parameter {
        let values = values.chars().map(String::from).collect();
        Parameter { name: name.into(), label: None, order: Order::Cross, domain: Domain::List(values) }
    }

    #[test]
    fn points_are_counted_with_the_last_fastest() {
        let parameters = [letters("a", "xy"), letters("b", "pqr"), letters("c", "st")];
        let [a, b, c] = [0, 1, 2].map(ParamNo);
        let space = Space::Sum {
            parts: vec![
                Space::Product(vec![Space::Zip(vec![a, c]), Space::Zip(vec![b])]),
                Space::Slice { of: Box::new(Space::Zip(vec![b])), first: 0, step: 2, count: 2 },
            ],
            defaults: vec![(a, "-".into()), (c, "-".into())],
        };
        let texts: Vec<String> = (0..space.len(&parameters))
            .map(|at| space.point(at, &parameters).unwrap().into_values().collect())
            .collect();
        assert_eq!(texts, ["xps", "xqs", "xrs", "ypt", "yqt", "yrt", "-p-", "-r-"]);
        assert_eq!(space.point(8, &parameters), None);
    }
}
