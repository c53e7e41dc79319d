//! One row of results: what was measured, what it is held against, and whether it is enough.

use crate::sample::Median;
use serde::{Deserialize, Serialize};

/// What a figure has to reach.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Bar {
    /// The interval's lower end is at least this.
    AtLeast(f64),
    /// The interval's upper end is at most this.
    AtMost(f64),
    /// None: for information.
    Nothing,
}

/// A figure with its unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// Its values' median.
    pub median: Median,
    /// Its unit, such as `/s`; empty for a ratio.
    pub unit: String,
}

/// A result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The name by which it is asked for.
    pub name: String,
    /// What it is, for a table.
    pub what: String,
    /// What the bar is about: a ratio, or a figure of our own.
    pub figure: Figure,
    /// What it has to reach.
    pub bar: Bar,
    /// What stands beside it: both sides of the ratio, the machine's limit, CPU time.
    pub beside: Vec<Figure>,
    /// How it was measured, where that is not plain.
    pub note: String,
}

impl Figure {
    /// A figure of values.
    pub fn new(what: &str, values: &[f64], unit: &str) -> Figure {
        Figure { what: what.to_string(), median: Median::of(values), unit: unit.to_string() }
    }

    /// The quotient of two medians, for sides whose times do not go up and down together.
    pub fn quotient(what: &str, above: &[f64], below: &[f64]) -> Figure {
        Figure { what: what.to_string(), median: Median::quotient(above, below), unit: String::new() }
    }

    /// The quotients of pairs, for sides that see the same load.
    pub fn ratio(what: &str, above: &[f64], below: &[f64]) -> Figure {
        let quotients: Vec<f64> = above.iter().zip(below).map(|(above, below)| above / below).collect();
        Figure::new(what, &quotients, "")
    }

    /// `870/s (860 to 880)`.
    pub fn text(&self) -> String {
        let Median { value, low, high, of, .. } = self.median;
        let (unit, short) = (&self.unit, number);
        match of {
            0 | 1 => format!("{}{unit}", short(value)),
            _ => format!("{}{unit} ({} to {})", short(value), short(low), short(high)),
        }
    }
}

impl Figure {
    /// The median alone, `870/s`.
    pub fn short(&self) -> String {
        format!("{}{}", number(self.median.value), self.unit)
    }
}

impl Row {
    /// Whether the bar is met by the interval; nothing where there is no bar.
    pub fn is_met(&self) -> Option<bool> {
        match self.bar {
            Bar::AtLeast(least) => Some(self.figure.median.low >= least),
            Bar::AtMost(most) => Some(self.figure.median.high <= most),
            Bar::Nothing => None,
        }
    }

    /// The row as lines for people.
    pub fn text(&self) -> String {
        let met = match self.is_met() {
            Some(true) => ": met",
            Some(false) => ": NOT MET",
            None => "",
        };
        let mut text = format!("{}: {}\n    {}: {}", self.name, self.what, self.figure.what, self.figure.text());
        text.push_str(&match self.bar {
            Bar::Nothing => String::new(),
            _ => format!("; bar {}{met}", self.bar.text(&self.figure.unit)),
        });
        text.push('\n');
        for figure in &self.beside {
            text.push_str(&format!("    {}: {}\n", figure.what, figure.text()));
        }
        if !self.note.is_empty() {
            text.push_str(&format!("    {}\n", self.note));
        }
        text
    }
}

impl Bar {
    /// `at least 0.88`.
    pub fn text(&self, unit: &str) -> String {
        match self {
            Bar::AtLeast(value) => format!("at least {}{unit}", number(*value)),
            Bar::AtMost(value) => format!("at most {}{unit}", number(*value)),
            Bar::Nothing => String::new(),
        }
    }
}

/// Three significant digits, thousands apart.
pub fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = (2 - value.abs().log10().floor() as i32).max(0);
    let scale = 10f64.powi(2 - value.abs().log10().floor() as i32);
    let rounded = if value.abs() >= 1000.0 { (value * scale).round() / scale } else { value };
    let text = format!("{rounded:.*}", digits.unsigned_abs() as usize);
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, c) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && c.is_ascii_digit() && !whole[..at].ends_with('-') {
            grouped.push(',');
        }
        grouped.push(c);
    }
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { grouped } else { format!("{grouped}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = [2680.4, 0.883_12, 1_234_567.0, 12.0, 0.0, 870.0, 5.25, 999.6].map(number);
        assert_eq!(shown, ["2,680", "0.883", "1,230,000", "12", "0", "870", "5.25", "1,000"]);
    }

    #[test]
    fn a_bar_is_met_by_the_interval_and_not_by_the_median() {
        let ours: Vec<f64> = (0..15).map(|i| 0.86 + 0.005 * f64::from(i)).collect();
        let figure = Figure::ratio("r", &ours, &[1.0; 15]);
        let mut row = Row {
            name: "x".into(),
            what: "x".into(),
            figure,
            bar: Bar::AtLeast(0.88),
            beside: Vec::new(),
            note: String::new(),
        };
        assert!(row.figure.median.value > 0.88);
        assert_eq!(row.is_met(), Some(false));
        row.bar = Bar::AtLeast(0.87);
        assert_eq!(row.is_met(), Some(true));
        row.bar = Bar::AtMost(0.92);
        assert_eq!(row.is_met(), Some(true));
        assert!(row.text().contains("bar at most 0.92: met"), "{}", row.text());
    }
}
