//! Range values with JSDL's exact semantics (GFD.136, `RangeValue_Type`).

use serde::Serialize;

/// A set of numbers: the union of its intervals. No interval holds nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Range(pub Vec<Interval>);

/// One member of a [`Range`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interval {
    /// At most, or below, the bound.
    Upper(Bound),
    /// At least, or above, the bound.
    Lower(Bound),
    /// Nearer to the value than `epsilon`, or as near.
    Exact {
        /// The value.
        value: f64,
        /// How far from it is still good; 0 unless said.
        epsilon: f64,
    },
    /// Both bounds hold.
    Between {
        /// From here.
        lower: Bound,
        /// To here.
        upper: Bound,
    },
}

/// An end of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bound {
    /// The number.
    pub value: f64,
    /// Whether the number itself is outside.
    pub exclusive: bool,
}

impl Bound {
    /// A bound that is itself inside.
    pub fn inclusive(value: f64) -> Self {
        Self { value, exclusive: false }
    }

    /// A bound that is itself outside.
    pub fn exclusive(value: f64) -> Self {
        Self { value, exclusive: true }
    }

    fn below(self, number: f64) -> bool {
        if self.exclusive { self.value < number } else { self.value <= number }
    }

    fn above(self, number: f64) -> bool {
        if self.exclusive { self.value > number } else { self.value >= number }
    }
}

impl Interval {
    /// Whether it holds the number.
    pub fn holds(&self, number: f64) -> bool {
        match *self {
            Interval::Upper(bound) => bound.above(number),
            Interval::Lower(bound) => bound.below(number),
            Interval::Exact { value, epsilon } => (number - value).abs() <= epsilon,
            Interval::Between { lower, upper } => lower.below(number) && upper.above(number),
        }
    }

    /// Its ends: least and greatest, with infinities where it has none.
    pub fn ends(&self) -> (f64, f64) {
        match *self {
            Interval::Upper(bound) => (f64::NEG_INFINITY, bound.value),
            Interval::Lower(bound) => (bound.value, f64::INFINITY),
            Interval::Exact { value, epsilon } => (value - epsilon, value + epsilon),
            Interval::Between { lower, upper } => (lower.value, upper.value),
        }
    }
}

impl Range {
    /// Exactly this number.
    pub fn exactly(value: f64) -> Self {
        Self(vec![Interval::Exact { value, epsilon: 0.0 }])
    }

    /// This number or more.
    pub fn at_least(value: f64) -> Self {
        Self(vec![Interval::Lower(Bound::inclusive(value))])
    }

    /// This number or less.
    pub fn at_most(value: f64) -> Self {
        Self(vec![Interval::Upper(Bound::inclusive(value))])
    }

    /// From one number to another, both inside.
    pub fn between(lower: f64, upper: f64) -> Self {
        Self(vec![Interval::Between { lower: Bound::inclusive(lower), upper: Bound::inclusive(upper) }])
    }

    /// Whether some interval holds the number.
    pub fn holds(&self, number: f64) -> bool {
        self.0.iter().any(|interval| interval.holds(number))
    }

    /// The number, if it is exactly one.
    pub fn exact(&self) -> Option<f64> {
        match self.0[..] {
            [Interval::Exact { value, epsilon: 0.0 }] => Some(value),
            _ => None,
        }
    }

    /// The bound, if the range is one lower bound that is inside.
    pub fn least(&self) -> Option<f64> {
        match self.0[..] {
            [Interval::Lower(Bound { value, exclusive: false })] => Some(value),
            _ => None,
        }
    }

    /// The bound, if the range is one upper bound that is inside.
    pub fn most(&self) -> Option<f64> {
        match self.0[..] {
            [Interval::Upper(Bound { value, exclusive: false })] => Some(value),
            _ => None,
        }
    }

    /// The least number that satisfies it, as far as its ends say: what a consumer has to provide.
    /// Infinite below means that nothing has to be provided; `None` means that no number satisfies it.
    pub fn needs(&self) -> Option<f64> {
        self.0.iter().filter(|interval| !interval.is_empty()).map(|interval| interval.ends().0).reduce(f64::min)
    }
}

impl Interval {
    /// Whether it holds no number at all.
    pub fn is_empty(&self) -> bool {
        match *self {
            Interval::Upper(_) | Interval::Lower(_) => false,
            Interval::Exact { epsilon, .. } => epsilon < 0.0,
            Interval::Between { lower, upper } => {
                lower.value > upper.value || (lower.value == upper.value && (lower.exclusive || upper.exclusive))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_the_union_of_its_intervals() {
        let range = Range(vec![Interval::Upper(Bound::exclusive(2.0)), Interval::Exact { value: 5.0, epsilon: 0.5 }]);
        for (number, holds) in [(1.9, true), (2.0, false), (4.5, true), (5.5, true), (5.6, false)] {
            assert_eq!(range.holds(number), holds, "{number}");
        }
        assert!(!Range::default().holds(0.0));
        assert_eq!(Range::between(2.0, 16.0).needs(), Some(2.0));
        assert_eq!(Range::between(16.0, 2.0).needs(), None);
    }
}
