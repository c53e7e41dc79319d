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
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |nth: usize| sorted.get(nth).copied().unwrap_or(0.0);
        let count = sorted.len();
        let value = match count % 2 {
            0 if count > 0 => (at(count / 2 - 1) + at(count / 2)) / 2.0,
            _ => at(count / 2),
        };
        let (cut, sure) = cut(count);
        Median { value, low: at(cut), high: at(count.saturating_sub(cut + 1)), sure, of: count }
    }
}

/// How many values may be left out at each end so that the rest holds the median with at least 95%, and how surely it
/// does. With `k` left out it does not when fewer than `k + 1` of `count` fair coins show one face.
fn cut(count: usize) -> (usize, f64) {
    let mut chance = 0.5f64.powi(i32::try_from(count).unwrap_or(i32::MAX));
    let mut outside = 2.0 * chance;
    let mut found = (0, (1.0 - outside).max(0.0));
    for k in 1..count / 2 {
        chance *= (count - k + 1) as f64 / k as f64;
        outside += 2.0 * chance;
        if outside > 0.05 {
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
    fn few_values_are_all_there_is() {
        let median = Median::of(&[3.0, 1.0, 2.0, 4.0]);
        assert_eq!((median.value, median.low, median.high), (2.5, 1.0, 4.0));
        assert!(median.sure < 0.95);
        assert_eq!(Median::of(&[2.0]).low, 2.0);
        assert_eq!(Median::of(&[]).value, 0.0);
    }
}
