//! A walk: the values that a parameter has while another one advances, by arithmetic and never as a list.

use crate::Domain;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A sequence of values. Its parts lie at most as deep as the space that it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Walk {
    /// The values of a domain, in order.
    Values(Domain),
    /// The same value again and again.
    Constant {
        /// The value.
        value: String,
        /// How often.
        count: u64,
    },
    /// Every value of a walk `each` times, and all of that `times` times: a factor of a product.
    Repeat {
        /// The walk.
        of: Box<Walk>,
        /// How often each value comes before the next.
        each: u64,
        /// How often the whole comes.
        times: u64,
    },
    /// One walk after another.
    Parts(Vec<Walk>),
    /// Every `step`-th value from `first`.
    Every {
        /// The walk.
        of: Box<Walk>,
        /// The first, from 0.
        first: u64,
        /// How far to the next.
        step: u64,
        /// How many.
        count: u64,
    },
}

impl Walk {
    /// How many values, or the most that can be counted.
    pub fn len(&self) -> u64 {
        match self {
            Walk::Values(domain) => domain.len(),
            Walk::Constant { count, .. } | Walk::Every { count, .. } => *count,
            Walk::Repeat { of, each, times } => of.len().saturating_mul(*each).saturating_mul(*times),
            Walk::Parts(parts) => parts.iter().fold(0, |sum, part| sum.saturating_add(part.len())),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text at a position; empty past the end.
    pub fn text(&self, position: u64) -> Cow<'_, str> {
        let past = || Cow::Borrowed("");
        if position >= self.len() {
            return past();
        }
        match self {
            Walk::Values(domain) => domain.text(position),
            Walk::Constant { value, .. } => Cow::Borrowed(value),
            Walk::Repeat { of, each, .. } => {
                let turn = position.checked_div(*each).and_then(|turn| turn.checked_rem(of.len()));
                turn.map_or_else(past, |turn| of.text(turn))
            }
            Walk::Parts(parts) => {
                let mut rest = position;
                for part in parts {
                    match rest.checked_sub(part.len()) {
                        None => return part.text(rest),
                        Some(left) => rest = left,
                    }
                }
                past()
            }
            Walk::Every { of, first, step, .. } => {
                let at = position.checked_mul(*step).and_then(|far| far.checked_add(*first));
                at.map_or_else(past, |at| of.text(at))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_combine() {
        let numbers = Walk::Values(Domain::Integers { from: 1, step: 1, count: 3 });
        let repeat = Walk::Repeat { of: Box::new(numbers.clone()), each: 2, times: 2 };
        let every = Walk::Every { of: Box::new(repeat.clone()), first: 1, step: 3, count: 3 };
        let walk = Walk::Parts(vec![numbers, Walk::Constant { value: "-".into(), count: 2 }, repeat, every]);
        let texts: String = (0..walk.len()).map(|at| walk.text(at).into_owned()).collect();
        assert_eq!(texts, "123--112233112233131");
        assert_eq!(walk.text(walk.len()), "");
    }
}
