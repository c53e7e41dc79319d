//! A sample of measurements: its median, and an interval that holds the true median.

use serde::{Deserialize, Serialize};

/// What a sample says of the median of whatever it was drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Median {
    /// The middle of the sample.
    pub value: f64,
    /// The interval's ends: order statistics, so nothing is assumed about the distribution.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// How surely the interval holds the median, 0 to 1: at least 0.95 from six values on, less for fewer.
    pub sure: f64,
    /// How many values there were.
    pub of: usize,
}

impl Median {
    /// The median of `values`; zero for none.
    pub fn of(values: &[f64]) -> Median {
        Self::outside(values, OUTSIDE)
    }

    fn outside(values: &[f64], outside: f64) -> Median {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |nth: usize| sorted.get(nth).copied().unwrap_or(0.0);
        let count = sorted.len();
        let value = match count % 2 {
            0 if count > 0 => (at(count / 2 - 1) + at(count / 2)) / 2.0,
            _ => at(count / 2),
        };
        let (cut, sure) = cut(count, outside);
        Median { value, low: at(cut), high: at(count.saturating_sub(cut + 1)), sure, of: count }
    }

    /// The quotient of two medians whose samples have nothing to do with each other. Each interval misses its median half as
    /// often, so that both hold together as surely as one alone.
    pub fn quotient(above: &[f64], below: &[f64]) -> Median {
        let (above, below) = (Self::outside(above, OUTSIDE / 2.0), Self::outside(below, OUTSIDE / 2.0));
        let sure = (above.sure + below.sure - 1.0).max(0.0);
        Median {
            value: above.value / below.value,
            low: above.low / below.high,
            high: above.high / below.low,
            sure,
            of: above.of.min(below.of),
        }
    }
}

/// How seldom an interval may miss its median.
const OUTSIDE: f64 = 0.05;

/// How many values may be left out at each end so that the rest misses the median at most as seldom as `most`, and how surely
/// it does not. With `k` left out it does when fewer than `k + 1` of `count` fair coins show one face.
fn cut(count: usize, most: f64) -> (usize, f64) {
    let mut chance = 0.5f64.powi(i32::try_from(count).unwrap_or(i32::MAX));
    let mut outside = 2.0 * chance;
    let mut found = (0, (1.0 - outside).max(0.0));
    for k in 1..count / 2 {
        chance *= (count - k + 1) as f64 / k as f64;
        outside += 2.0 * chance;
        if outside > most {
            break;
        }
        found = (k, 1.0 - outside);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_values_leave_out_three_at_each_end() {
        let values: Vec<f64> = (1..=15).rev().map(f64::from).collect();
        let median = Median::of(&values);
        assert_eq!((median.value, median.low, median.high), (8.0, 4.0, 12.0));
        assert!((median.sure - 0.9648).abs() < 1e-4, "{}", median.sure);
    }

    #[test]
    fn a_quotient_of_medians_is_as_sure_as_a_median() {
        // One side of two kinds: a pair's quotient would say nothing.
        let (above, below): (Vec<f64>, Vec<f64>) =
            (0..101).map(|i| (10.0 + f64::from(i) / 100.0, if i % 2 == 0 { 5.0 } else { 20.0 })).unzip();
        let median = Median::quotient(&above, &below);
        assert!((median.value - 10.5 / 5.0).abs() < 1e-9, "{median:?}");
        assert!(median.low < 0.53 && median.high < 2.13 && median.sure >= 0.95, "{median:?}");
    }

    #[test]
    fn few_values_are_all_there_is() {
        let median = Median::of(&[3.0, 1.0, 2.0, 4.0]);
        assert_eq!((median.value, median.low, median.high), (2.5, 1.0, 4.0));
        assert!(median.sure < 0.95);
        assert_eq!(Median::of(&[2.0]).low, 2.0);
        assert_eq!(Median::of(&[]).value, 0.0);
    }
}
