//! Units as types: bytes, durations and grid time, with a text form that people can read and type.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A number of bytes. Prints as `70.0 MB`; reads `200MB`, `1.5GiB`, `4096`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bytes(pub u64);

/// A duration in milliseconds. Prints as `1.2 s`, `3 min 20 s`; reads `90`, `90s`, `10m`, `1h30m`, `250ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Millis(pub u64);

/// Grid time: milliseconds that never go back and advance only while a driver runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GridTime(pub u64);

impl GridTime {
    /// This time and `wait` later.
    pub fn after(self, wait: Millis) -> Self {
        Self(self.0.saturating_add(wait.0))
    }

    /// How long it is since `earlier`; zero if that is in the future.
    pub fn since(self, earlier: GridTime) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        let (mut amount, mut unit) = (self.0 as f64, 0);
        // 999.95 would print as "1000.0": the next unit is due already.
        while amount >= 999.95 && unit + 1 < UNITS.len() {
            amount /= 1000.0;
            unit += 1;
        }
        match unit {
            0 => write!(f, "{} B", self.0),
            _ => write!(f, "{amount:.1} {}", UNITS[unit]),
        }
    }
}

/// A size or duration that could not be read: what was given, and what would be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Not a size.
    #[error("`{0}` is not a size; write a number with kB, MB, GB, TB or KiB, MiB, GiB, TiB, for example 200MB")]
    Bytes(String),
    /// Not a duration.
    #[error("`{0}` is not a duration; write for example 90s, 10m, 1h30m or 250ms")]
    Millis(String),
}

impl FromStr for Bytes {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let bad = || UnitError::Bytes(text.to_string());
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(split);
        let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" => 1_000,
            "m" | "mb" => 1_000_000,
            "g" | "gb" => 1_000_000_000,
            "t" | "tb" => 1_000_000_000_000,
            "kib" => 1 << 10,
            "mib" => 1 << 20,
            "gib" => 1 << 30,
            "tib" => 1 << 40,
            _ => return Err(bad()),
        };
        if let Ok(whole) = number.parse::<u64>() {
            return whole.checked_mul(factor).map(Bytes).ok_or_else(bad);
        }
        let amount: f64 = number.parse().map_err(|_| bad())?;
        let product = amount * factor as f64;
        (product.is_finite() && product < u64::MAX as f64).then_some(Bytes(product as u64)).ok_or_else(bad)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        match self.0 {
            0..1_000 => write!(f, "{} ms", self.0),
            1_000..60_000 => write!(f, "{:.1} s", (self.0 / 100) as f64 / 10.0),
            60_000..3_600_000 => write!(f, "{} min {} s", seconds / 60, seconds % 60),
            3_600_000..86_400_000 => write!(f, "{} h {} min", seconds / 3600, seconds / 60 % 60),
            _ => write!(f, "{} d {} h", seconds / 86_400, seconds / 3600 % 24),
        }
    }
}

impl FromStr for Millis {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let bad = || UnitError::Millis(text.to_string());
        let mut rest = text.trim();
        let mut total = 0f64;
        if rest.is_empty() {
            return Err(bad());
        }
        while !rest.is_empty() {
            let split = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let (number, tail) = rest.split_at(split);
            let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(end);
            let amount: f64 = number.parse().map_err(|_| bad())?;
            let factor = match unit.trim() {
                "ms" => 1.0,
                "" | "s" | "sec" => 1_000.0,
                "m" | "min" => 60_000.0,
                "h" => 3_600_000.0,
                "d" => 86_400_000.0,
                _ => return Err(bad()),
            };
            total += amount * factor;
            rest = tail;
        }
        (total.is_finite() && total < u64::MAX as f64).then_some(Millis(total as u64)).ok_or_else(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_and_print() {
        for (text, bytes) in [("200MB", 200_000_000), ("1.5GiB", 1_610_612_736), ("4096", 4096), ("70 kB", 70_000)] {
            assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
        }
        for text in ["", "MB", "-1", "1e999GB", "99999999999TB", "3 apples"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
        assert_eq!(Bytes(999_960).to_string(), "1.0 MB");
        assert_eq!(Bytes(70_000_000).to_string(), "70.0 MB");
        assert_eq!(Bytes(999).to_string(), "999 B");
    }

    #[test]
    fn durations_read_and_print() {
        for (text, millis) in [("90", 90_000), ("1h30m", 5_400_000), ("250ms", 250), ("1.5s", 1_500)] {
            assert_eq!(text.parse(), Ok(Millis(millis)), "{text}");
        }
        for text in ["", "h", "10 parsecs", "-3s"] {
            assert!(text.parse::<Millis>().is_err(), "{text}");
        }
        assert_eq!(Millis(200_000).to_string(), "3 min 20 s");
    }
}
