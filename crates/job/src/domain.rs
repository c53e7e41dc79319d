//! The values of one parameter, in order. A range is three numbers, never a list.

use crate::{ParamNo, Walk};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The ordered values of a parameter. Every value has a text form, which is what tasks see.
///
/// Source: specs of the Nimrod planfile (`range`, `select anyof`), figure 4 of the seed for chains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Domain {
    /// `from`, `from + step`, … : `count` integers.
    Integers {
        /// First value.
        from: i64,
        /// Distance; may be negative, never 0.
        step: i64,
        /// How many.
        count: u64,
    },
    /// Exact decimals: value `i` is `(from + i * step) / 10^scale`.
    Decimals {
        /// First value, scaled.
        from: i64,
        /// Distance, scaled.
        step: i64,
        /// Decimal places, at most 18.
        scale: u8,
        /// How many.
        count: u64,
        /// Whether a whole number prints with `.0` (the newer planfile dialect) or bare.
        point: bool,
    },
    /// Binary floating point: value `i` is `from + i * step`, and the last is exactly `last`.
    Floats {
        /// First value.
        from: f64,
        /// Distance.
        step: f64,
        /// Last value, exact.
        last: f64,
        /// How many.
        count: u64,
        /// Whether a whole number prints with `.0`.
        point: bool,
    },
    /// The values as written.
    List(Vec<String>),
    /// `count` values drawn once per job, uniform in `[from, to)`; replaced by a list when the job is submitted.
    Random {
        /// Least value.
        from: f64,
        /// Bound that is not reached.
        to: f64,
        /// How many.
        count: u64,
        /// Whether values are whole numbers.
        integer: bool,
    },
    /// File name patterns below the experiment directory; replaced by a list when the job is submitted.
    Glob(Vec<String>),
    /// It advances together with another parameter: where that one has its n-th value, this one has its own n-th.
    /// It is no axis of its own; a group that runs over the other one knows this one too.
    Follow {
        /// The other one, which follows none itself.
        leader: ParamNo,
        /// The values, as many as the other one has.
        walk: Box<Walk>,
    },
}

impl Domain {
    /// How many values there are; 0 for a pattern that has not been resolved yet.
    pub fn len(&self) -> u64 {
        match self {
            Domain::Integers { count, .. }
            | Domain::Decimals { count, .. }
            | Domain::Floats { count, .. }
            | Domain::Random { count, .. } => *count,
            Domain::List(values) => values.len() as u64,
            Domain::Glob(_) => 0,
            Domain::Follow { walk, .. } => walk.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of value `position` (from 0). Positions past the end give an empty text.
    pub fn text(&self, position: u64) -> Cow<'_, str> {
        if position >= self.len() {
            return Cow::Borrowed("");
        }
        match self {
            Domain::Integers { .. } => Cow::Owned(self.integer(position).unwrap_or_default().to_string()),
            Domain::Decimals { from, step, scale, point, .. } => {
                let scaled = *from as i128 + position as i128 * *step as i128;
                Cow::Owned(decimal_text(scaled, *scale, *point))
            }
            Domain::Floats { from, step, last, count, point } => {
                let value = if position + 1 == *count { *last } else { from + position as f64 * step };
                let mut text = format!("{value}");
                if *point && !text.contains(['.', 'e', 'n', 'i']) {
                    text.push_str(".0");
                }
                Cow::Owned(text)
            }
            Domain::List(values) => Cow::Borrowed(&values[position as usize]),
            Domain::Follow { walk, .. } => walk.text(position),
            Domain::Random { .. } | Domain::Glob(_) => Cow::Borrowed(""),
        }
    }

    /// The integer at `position`, if the values are integers.
    pub fn integer(&self, position: u64) -> Option<i64> {
        match self {
            Domain::Integers { from, step, count } if position < *count => {
                i64::try_from(*from as i128 + position as i128 * *step as i128).ok()
            }
            Domain::List(values) => values.get(usize::try_from(position).ok()?)?.parse().ok(),
            Domain::Follow { walk, .. } if position < walk.len() => walk.text(position).parse().ok(),
            _ => None,
        }
    }

    /// The position of the value whose text is `text`.
    pub fn position(&self, text: &str) -> Option<u64> {
        match self {
            Domain::Integers { .. } => {
                let value: i64 = text.parse().ok()?;
                // "+7" and "007" are the number 7 but not its text.
                (value.to_string() == text).then(|| self.position_of_integer(value)).flatten()
            }
            Domain::List(values) => values.iter().position(|v| v == text).map(|p| p as u64),
            Domain::Decimals { from, step, scale, .. } => {
                let value: f64 = text.parse().ok()?;
                let guess = (value * 10f64.powi(*scale as i32) - *from as f64) / *step as f64;
                self.near(guess, text)
            }
            Domain::Floats { from, step, .. } => {
                let value: f64 = text.parse().ok()?;
                self.near(if *step == 0.0 { 0.0 } else { (value - from) / step }, text)
            }
            Domain::Follow { walk, .. } => match &**walk {
                Walk::Values(domain) => domain.position(text),
                _ => None,
            },
            Domain::Random { .. } | Domain::Glob(_) => None,
        }
    }

    /// The position of integer `value`, if the values are integers and it is one of them.
    pub fn position_of_integer(&self, value: i64) -> Option<u64> {
        match self {
            Domain::Integers { from, step, count } => {
                let distance = value as i128 - *from as i128;
                let (step, count) = (*step as i128, *count as i128);
                let position = distance.checked_div(step)?;
                (position * step == distance && (0..count).contains(&position)).then_some(position as u64)
            }
            Domain::List(_) => self.position(&value.to_string()),
            _ => None,
        }
    }

    fn near(&self, guess: f64, text: &str) -> Option<u64> {
        if !guess.is_finite() || guess < -1.0 {
            return None;
        }
        let middle = guess.round().max(0.0) as u64;
        (middle.saturating_sub(1)..=middle.saturating_add(1)).find(|p| *p < self.len() && self.text(*p) == text)
    }
}

fn decimal_text(scaled: i128, scale: u8, point: bool) -> String {
    let (sign, magnitude) = (if scaled < 0 { "-" } else { "" }, scaled.unsigned_abs());
    let unit = 10u128.pow(scale.min(18) as u32);
    let (whole, part) = (magnitude / unit, magnitude % unit);
    let digits = if scale == 0 { String::new() } else { format!("{part:0width$}", width = scale as usize) };
    let digits = digits.trim_end_matches('0');
    match (digits.is_empty(), point) {
        (true, false) => format!("{sign}{whole}"),
        (true, true) => format!("{sign}{whole}.0"),
        (false, _) => format!("{sign}{whole}.{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(domain: &Domain) -> Vec<String> {
        (0..domain.len()).map(|p| domain.text(p).into_owned()).collect()
    }

    #[test]
    fn decimals_are_exact_and_short() {
        let x = Domain::Decimals { from: -150, step: 1, scale: 1, count: 39, point: false };
        assert_eq!(x.text(0), "-15");
        assert_eq!(x.text(1), "-14.9");
        assert_eq!(x.text(38), "-11.2");
        for (position, text) in all(&x).iter().enumerate() {
            assert_eq!(x.position(text), Some(position as u64), "{text}");
        }
        let java = Domain::Decimals { from: 10, step: 5, scale: 1, count: 3, point: true };
        assert_eq!(all(&java), ["1.0", "1.5", "2.0"]);
    }

    #[test]
    fn integers_find_their_position() {
        let t = Domain::Integers { from: 10, step: -3, count: 4 };
        assert_eq!(all(&t), ["10", "7", "4", "1"]);
        assert_eq!(t.position("4"), Some(2));
        for absent in ["5", "13", "-2", "04", "+4", "x", ""] {
            assert_eq!(t.position(absent), None, "{absent}");
        }
        let edge = Domain::Integers { from: i64::MAX - 1, step: 1, count: 2 };
        assert_eq!(edge.position(&i64::MAX.to_string()), Some(1));
        assert_eq!(edge.position(&i64::MIN.to_string()), None);
    }

    #[test]
    fn floats_end_exactly() {
        let x = Domain::Floats { from: 0.0, step: 1.0 / 3.0, last: 1.0, count: 4, point: false };
        assert_eq!(x.text(3), "1");
        for position in 0..4 {
            assert_eq!(x.position(&x.text(position)), Some(position));
        }
    }
}
