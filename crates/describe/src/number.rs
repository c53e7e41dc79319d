//! Numbers as written, and ranges of them: exact decimals wherever the literals allow it.

use pelago_job::Domain;

/// Most decimal places that [`Domain::Decimals`] holds.
const MAX_SCALE: u32 = 18;
/// Most values of one range: more cannot be counted in a task index anyway.
const MAX_COUNT: i128 = 1 << 40;

/// A decimal number, exact: `mantissa / 10^scale`, without trailing zeros after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// All digits, with the sign.
    pub mantissa: i128,
    /// Decimal places, at most 18.
    pub scale: u32,
}

impl Decimal {
    /// Reads `-15`, `0.10`, `.5`, `1e-3`. `None` if it is no number, or has more digits than are held exactly.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, digits.strip_prefix('+').unwrap_or(digits)),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let all = whole.bytes().chain(part.bytes());
        if whole.len() + part.len() == 0 || !all.clone().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut mantissa: i128 = 0;
        for digit in all {
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let mut scale = i64::try_from(part.len()).ok()? - i64::from(exponent);
        while scale > 0 && mantissa % 10 == 0 {
            (mantissa, scale) = (mantissa / 10, if mantissa == 0 { 0 } else { scale - 1 });
        }
        while scale < 0 && mantissa != 0 {
            (mantissa, scale) = (mantissa.checked_mul(10)?, scale + 1);
        }
        let scale = u32::try_from(scale.max(0)).ok().filter(|s| *s <= MAX_SCALE)?;
        Some(Self { mantissa: if negative { -mantissa } else { mantissa }, scale })
    }

    fn at(self, scale: u32) -> Option<i128> {
        self.mantissa.checked_mul(10i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }
}

/// The text of `scaled / 10^scale`, exact, without zeros at the end.
pub fn decimal(scaled: i128, scale: u32) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let unit = 10u128.checked_pow(scale).unwrap_or(1);
    let (whole, part) = (scaled.unsigned_abs() / unit, scaled.unsigned_abs() % unit);
    let digits = if scale == 0 { String::new() } else { format!("{part:0width$}", width = scale as usize) };
    match digits.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{digits}"),
    }
}

/// Whether a text is a number of any kind.
pub fn is_number(text: &str) -> bool {
    finite(text).is_some()
}

/// A finite binary number; words such as `inf` are none.
pub fn finite(text: &str) -> Option<f64> {
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    text.parse::<f64>().ok().filter(|v| numeric && v.is_finite())
}

/// What kind of values a range has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All numbers must be integers.
    Integer,
    /// Decimals; `point` prints whole ones as `1.0`.
    Float {
        /// Whether whole numbers have `.0`.
        point: bool,
    },
    /// Integers where all numbers are, else decimals.
    Any,
}

/// How far apart the values of a range are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing<'a> {
    /// From the first by this step while the last is not passed.
    Step(&'a str),
    /// Exactly so many, both ends included.
    Count(u64),
}

/// Why a range has no values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Not a number.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// Not an integer though the type wants one.
    #[error("`{0}` is not an integer of 64 bits")]
    NotAnInteger(String),
    /// No way to get from the first to the last.
    #[error("the step is 0, so {from} never comes to {to}")]
    ZeroStep {
        /// First.
        from: String,
        /// Last.
        to: String,
    },
    /// The step leads away from the end.
    #[error(
        "the range has no value: it starts at {from}, which is already {side} its end {to}, and the step is {step}"
    )]
    Empty {
        /// First.
        from: String,
        /// Last.
        to: String,
        /// As written, or the default.
        step: String,
        /// `above` or `below`.
        side: &'static str,
    },
    /// More values than an index can count.
    #[error("the range from {from} to {to} has more than 2^40 values")]
    TooMany {
        /// First.
        from: String,
        /// Last.
        to: String,
    },
    /// Zero points.
    #[error("0 points make no value")]
    NoPoints,
    /// Equal ends with several points.
    #[error("{0} points from {1} to {1} would all be the same value")]
    SamePoints(u64, String),
    /// Points that are no integers.
    #[error("{count} points from {from} to {to} are ({to} - {from}) / {} apart, which is no integer", count - 1)]
    BrokenPoints {
        /// How many.
        count: u64,
        /// First.
        from: String,
        /// Last.
        to: String,
    },
}

impl RangeError {
    /// What would mend it, if that can be said.
    pub fn help(&self) -> Option<String> {
        match self {
            RangeError::Empty { from, to, step, .. } => {
                let turned = step.strip_prefix('-').map_or_else(|| format!("-{step}"), str::to_string);
                Some(format!("swap the ends (`from {to} to {from}`), or count the other way with `step {turned}`"))
            }
            RangeError::BrokenPoints { .. } => Some("take another number of points, or the type `float`".into()),
            _ => None,
        }
    }
}

/// The values from `from` to `to`, both as written.
///
/// The end test is exact where all literals are decimals of at most 18 places, so -15 + 38 * 0.1 is -11.2; otherwise it
/// forgives a millionth of a thousandth of a step.
pub fn range(kind: Kind, from: &str, to: &str, spacing: Spacing<'_>) -> Result<Domain, RangeError> {
    let step = match spacing {
        Spacing::Step(step) => Some(step),
        Spacing::Count(_) => None,
    };
    for text in [Some(from), Some(to), step].into_iter().flatten() {
        match kind {
            Kind::Integer if text.parse::<i64>().is_err() => {
                return Err(match is_number(text) {
                    true => RangeError::NotAnInteger(text.to_string()),
                    false => RangeError::NotANumber(text.to_string()),
                });
            }
            _ if !is_number(text) => return Err(RangeError::NotANumber(text.to_string())),
            _ => {}
        }
    }
    let exact = match spacing {
        Spacing::Step(step) => exact_steps(kind, from, to, step)?,
        Spacing::Count(0) => return Err(RangeError::NoPoints),
        Spacing::Count(count) => exact_points(kind, from, to, count)?,
    };
    match exact {
        Some(domain) => Ok(domain),
        None => inexact(kind, from, to, spacing),
    }
}

fn empty(from: &str, to: &str, step: &str, rising: bool) -> RangeError {
    let side = if rising { "above" } else { "below" };
    RangeError::Empty { from: from.into(), to: to.into(), step: step.into(), side }
}

fn exact_steps(kind: Kind, from: &str, to: &str, step: &str) -> Result<Option<Domain>, RangeError> {
    let (Some(a), Some(b), Some(s)) = (Decimal::parse(from), Decimal::parse(to), Decimal::parse(step)) else {
        return Ok(None);
    };
    let scale = a.scale.max(b.scale).max(s.scale);
    let (Some(a), Some(b), Some(s)) = (a.at(scale), b.at(scale), s.at(scale)) else { return Ok(None) };
    if s == 0 {
        return Err(RangeError::ZeroStep { from: from.into(), to: to.into() });
    }
    let distance = match b.checked_sub(a) {
        Some(distance) => distance,
        None => return Ok(None),
    };
    if distance != 0 && (distance > 0) != (s > 0) {
        return Err(empty(from, to, step, s > 0));
    }
    let count = distance / s + 1;
    if count > MAX_COUNT {
        return Err(RangeError::TooMany { from: from.into(), to: to.into() });
    }
    Ok(domain(kind, a, s, scale, count))
}

fn exact_points(kind: Kind, from: &str, to: &str, count: u64) -> Result<Option<Domain>, RangeError> {
    if i128::from(count) > MAX_COUNT {
        return Err(RangeError::TooMany { from: from.into(), to: to.into() });
    }
    let (Some(first), Some(last)) = (Decimal::parse(from), Decimal::parse(to)) else { return Ok(None) };
    if count > 1 && first == last {
        return Err(RangeError::SamePoints(count, from.to_string()));
    }
    let gaps = i128::from(count.max(2) - 1);
    for scale in first.scale.max(last.scale)..=MAX_SCALE {
        let (Some(a), Some(b)) = (first.at(scale), last.at(scale)) else { break };
        let Some(distance) = b.checked_sub(a) else { break };
        // One point is the first end alone; its step is never used but must not be 0.
        if count == 1 {
            return Ok(domain(kind, a, 1, scale, 1));
        }
        if distance % gaps == 0 {
            let whole = scale == 0 || kind != Kind::Integer;
            return match whole {
                true => Ok(domain(kind, a, distance / gaps, scale, i128::from(count))),
                false => Err(RangeError::BrokenPoints { count, from: from.into(), to: to.into() }),
            };
        }
    }
    match kind {
        Kind::Integer => Err(RangeError::BrokenPoints { count, from: from.into(), to: to.into() }),
        _ => Ok(None),
    }
}

fn domain(kind: Kind, from: i128, step: i128, scale: u32, count: i128) -> Option<Domain> {
    let (mut from, mut step, mut scale) = (from, step, scale);
    // The same values are the same domain, however many places the end was written with.
    while scale > 0 && from % 10 == 0 && step % 10 == 0 {
        (from, step, scale) = (from / 10, step / 10, scale - 1);
    }
    let last = from.checked_add(step.checked_mul(count - 1)?)?;
    let (from, step, _) = (i64::try_from(from).ok()?, i64::try_from(step).ok()?, i64::try_from(last).ok()?);
    let count = u64::try_from(count).ok()?;
    let decimals = |point| Domain::Decimals { from, step, scale: scale as u8, count, point };
    Some(match kind {
        Kind::Integer => Domain::Integers { from, step, count },
        Kind::Any if scale == 0 => Domain::Integers { from, step, count },
        Kind::Any => decimals(false),
        Kind::Float { point } => decimals(point),
    })
}

fn inexact(kind: Kind, from: &str, to: &str, spacing: Spacing<'_>) -> Result<Domain, RangeError> {
    let number = |text: &str| finite(text).ok_or_else(|| RangeError::NotANumber(text.to_string()));
    let (a, b) = (number(from)?, number(to)?);
    let point = kind == Kind::Float { point: true };
    let too_many = || RangeError::TooMany { from: from.into(), to: to.into() };
    match spacing {
        Spacing::Count(1) => Ok(Domain::Floats { from: a, step: 1.0, last: a, count: 1, point }),
        Spacing::Count(count) => {
            let step = (b - a) / (count.max(2) - 1) as f64;
            match step.is_finite() && step != 0.0 {
                true => Ok(Domain::Floats { from: a, step, last: b, count, point }),
                false => Err(RangeError::SamePoints(count, from.to_string())),
            }
        }
        Spacing::Step(text) => {
            let step = number(text)?;
            if step == 0.0 {
                return Err(RangeError::ZeroStep { from: from.into(), to: to.into() });
            }
            let gaps = (b - a) / step + 1e-9;
            if gaps < 0.0 {
                return Err(empty(from, to, text, step > 0.0));
            }
            if !gaps.is_finite() || gaps >= MAX_COUNT as f64 {
                return Err(too_many());
            }
            let gaps = gaps.floor();
            let reached = a + gaps * step;
            let last = if (reached - b).abs() <= (step * 1e-9).abs() { b } else { reached };
            Ok(Domain::Floats { from: a, step, last, count: gaps as u64 + 1, point })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ends(domain: &Domain) -> (u64, String, String) {
        let count = domain.len();
        (count, domain.text(0).into_owned(), domain.text(count.saturating_sub(1)).into_owned())
    }

    fn stepped(kind: Kind, from: &str, to: &str, step: &str) -> (u64, String, String) {
        ends(&range(kind, from, to, Spacing::Step(step)).unwrap_or(Domain::List(vec![])))
    }

    #[test]
    fn decimal_ranges_end_where_they_are_written() {
        let classic = Kind::Float { point: false };
        assert_eq!(stepped(classic, "-15", "-11.2", "0.1"), (39, "-15".into(), "-11.2".into()));
        assert_eq!(stepped(classic, "9861.9", "9862.4", ".1"), (6, "9861.9".into(), "9862.4".into()));
        assert_eq!(stepped(Kind::Float { point: true }, "1", "500", "1"), (500, "1.0".into(), "500.0".into()));
        assert_eq!(stepped(classic, "1e-3", "2e-3", "5e-4"), (3, "0.001".into(), "0.002".into()));
        assert_eq!(stepped(Kind::Integer, "10", "1", "-3"), (4, "10".into(), "1".into()));
        assert_eq!(stepped(Kind::Any, "0", "1", "0.25"), (5, "0".into(), "1".into()));
        assert_eq!(stepped(classic, "0", "1e-20", "1e-21").0, 11);
        let whole = Domain::Decimals { from: -15, step: 1, scale: 0, count: 4, point: false };
        assert_eq!(range(classic, "-15.0", "-11.2", Spacing::Step("1")), Ok(whole));
    }

    #[test]
    fn points_hit_both_ends() {
        let points = |from, to, n| range(Kind::Any, from, to, Spacing::Count(n));
        assert_eq!(points("0", "1", 5).map(|d| ends(&d)), Ok((5, "0".into(), "1".into())));
        assert_eq!(points("0", "9", 4), Ok(Domain::Integers { from: 0, step: 3, count: 4 }));
        let third = points("0", "1", 4).map(|d| ends(&d));
        assert_eq!(third, Ok((4, "0".into(), "1".into())));
        assert_eq!(points("0", "0", 2), Err(RangeError::SamePoints(2, "0".into())));
        assert_eq!(points("7", "9", 1).map(|d| ends(&d)), Ok((1, "7".into(), "7".into())));
    }

    #[test]
    fn empty_ranges_show_the_arithmetic() {
        let error = range(Kind::Integer, "10", "1", Spacing::Step("1")).map_err(|e| (e.to_string(), e.help()));
        let text = "the range has no value: it starts at 10, which is already above its end 1, and the step is 1";
        let help = "swap the ends (`from 1 to 10`), or count the other way with `step -1`";
        assert_eq!(error, Err((text.to_string(), Some(help.to_string()))));
        assert!(range(Kind::Integer, "1", "2", Spacing::Step("0")).is_err());
        assert!(range(Kind::Integer, "1", "2.5", Spacing::Step("1")).is_err());
        assert!(range(Kind::Any, "inf", "2", Spacing::Step("1")).is_err());
        assert!(range(Kind::Any, "0", "1e300", Spacing::Step("1")).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn integer_ranges_agree_with_counting(from in -50i64..50, to in -50i64..50, step in -7i64..7) {
            let mut expect = Vec::new();
            let mut at = from;
            while step != 0 && (if step > 0 { at <= to } else { at >= to }) {
                expect.push(at.to_string());
                at += step;
            }
            let (from, to, step) = (from.to_string(), to.to_string(), step.to_string());
            for kind in [Kind::Integer, Kind::Any, Kind::Float { point: false }] {
                let got = match range(kind, &from, &to, Spacing::Step(&step)) {
                    Ok(d) => (0..d.len()).map(|p| d.text(p).into_owned()).collect(),
                    Err(_) => Vec::new(),
                };
                prop_assert_eq!(&got, &expect);
            }
        }

        #[test]
        fn any_text_is_a_number_or_not(text in "[-+.eE0-9]{0,12}|\\PC{0,8}") {
            if let Some(d) = Decimal::parse(&text) {
                let near = d.mantissa as f64 / 10f64.powi(d.scale as i32);
                let exact: f64 = text.parse().unwrap_or(f64::NAN);
                prop_assert!((near - exact).abs() <= exact.abs() * 1e-12, "{} {}", near, exact);
            }
        }
    }
}
