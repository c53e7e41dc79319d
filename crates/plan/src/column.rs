//! A column: the values of one parameter, with what it takes to find a value again from its text or number,
//! and what its texts look like inside a file name.

use crate::bytes::ByteSet;
use pelago_job::{Domain, Walk};
use std::borrow::Cow;

/// Up to this many values or tasks are looked at one by one where arithmetic cannot decide.
pub(crate) const LISTED: u64 = 100_000;

/// What the texts of a hole look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looks {
    /// Bytes that a text can begin with.
    pub first: ByteSet,
    /// Bytes that can stand behind the first.
    pub rest: ByteSet,
    /// Whether a text can be empty.
    pub may_be_empty: bool,
    /// The length of all texts, if they have one length.
    pub width: Option<usize>,
}

impl Looks {
    /// The looks of the integers from `least` to `most`.
    pub fn of_integers(least: i64, most: i64) -> Self {
        let mut first = ByteSet::digits();
        if least < 0 {
            first.insert(b'-');
        }
        let width = (least.to_string().len() == most.to_string().len() && (least < 0) == (most < 0))
            .then(|| most.to_string().len());
        Self { first, rest: ByteSet::digits(), may_be_empty: false, width }
    }

    fn of_reals(least_is_negative: bool, whole_only: bool) -> Self {
        let mut first = ByteSet::digits();
        if least_is_negative {
            first.insert(b'-');
        }
        let rest = if whole_only { ByteSet::digits() } else { ByteSet::of(b"0123456789.") };
        Self { first, rest, may_be_empty: false, width: None }
    }

    fn of_texts(texts: &[String]) -> Self {
        let mut looks = Self {
            first: ByteSet::default(),
            rest: ByteSet::default(),
            may_be_empty: false,
            width: texts.first().map(String::len),
        };
        for text in texts {
            match text.as_bytes().split_first() {
                None => looks.may_be_empty = true,
                Some((first, rest)) => {
                    looks.first.insert(*first);
                    rest.iter().for_each(|byte| looks.rest.insert(*byte));
                }
            }
            if looks.width != Some(text.len()) {
                looks.width = None;
            }
        }
        looks
    }

    /// Whether a text can hold `byte` at a place where a search for the end of the text would meet it.
    pub fn hides(&self, byte: u8) -> bool {
        self.rest.contains(byte) || (self.may_be_empty && self.first.contains(byte))
    }

    /// The bytes that can stand anywhere.
    pub fn any(&self) -> ByteSet {
        self.first.union(self.rest)
    }
}

/// How a value is found by its text.
#[derive(Clone, Debug)]
enum Finder {
    Integers,
    Decimals,
    Floats,
    /// Positions in the order of their texts.
    Sorted(Vec<u32>),
    /// The parameter stands in no file name: the domain is searched.
    Unsorted,
}

/// The numbers that stand behind the texts.
#[derive(Clone, Debug)]
pub(crate) enum Numbers {
    /// Value `i` is `from + i * step`.
    Range {
        /// First.
        from: i64,
        /// Distance.
        step: i64,
    },
    /// (number, position), sorted.
    Sorted(Vec<(i64, u64)>),
    /// They are not integers, or were not looked at.
    None,
}

/// Why a parameter's values cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainFault {
    /// A pattern or random draw that was not replaced by its values.
    #[error("its values have not been drawn or looked up yet; resolve patterns and random values before planning")]
    Unresolved,
    /// A range that leaves the 64-bit integers.
    #[error("its last value is outside the 64-bit integers; shorten the range")]
    Overflow,
    /// A range that does not move.
    #[error("it has several values with step 0, so they are all the same; give a step that is not 0")]
    StepZero,
    /// More decimal places than are kept.
    #[error("it has more than 18 decimal places; write fewer")]
    TooFine,
    /// A float range whose values run into each other, or which has no end.
    #[error("its values are too close together, or not finite, to be told apart in file names; use a larger step")]
    Blurred,
    /// A list with too many values for file names.
    #[error("it lists more than 4,294,967,295 values")]
    TooLong,
    /// It follows a parameter that is not there or is no axis.
    #[error("it advances with a parameter that is none, or that follows another one itself")]
    Astray,
    /// It follows a parameter with more or fewer values.
    #[error("it advances with a parameter of {leader} values and has {own}; give both as many")]
    OutOfStep {
        /// Values of the one that it follows.
        leader: u64,
        /// Its own.
        own: u64,
    },
    /// Its values follow from other sweeps and are too many to be looked at one by one for file names.
    #[error(
        "it stands in file names and combines other sweeps to more than 100,000 values; name the files by a plain parameter"
    )]
    Woven,
}

/// The values of one parameter.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    len: u64,
    finder: Finder,
    /// The integers behind the texts, where all are integers.
    pub numbers: Numbers,
    /// What the texts look like.
    pub looks: Looks,
    /// Whether every text is a clean piece of a path: components that are neither empty nor made of dots only.
    pub clean: bool,
    /// Two positions with the same text.
    pub twice: Option<(u64, u64)>,
    /// Two positions with different texts that are the same integer.
    pub same_number: Option<(u64, u64)>,
}

impl Column {
    /// Looks at a domain; `named` says whether the parameter stands in file names, for which lists are sorted.
    pub fn new(domain: &Domain, named: bool) -> Result<Self, DomainFault> {
        let len = domain.len();
        let mut column = Self {
            len,
            finder: Finder::Unsorted,
            numbers: Numbers::None,
            looks: Looks::of_integers(0, 0),
            clean: true,
            twice: None,
            same_number: None,
        };
        match domain {
            Domain::Integers { from, step, count } => {
                if *step == 0 && *count > 1 {
                    return Err(DomainFault::StepZero);
                }
                column.become_integers(*from, *step, *count)?;
            }
            Domain::Decimals { from, step, scale, count, point } => {
                if *step == 0 && *count > 1 {
                    return Err(DomainFault::StepZero);
                }
                if *scale > 18 {
                    return Err(DomainFault::TooFine);
                }
                let unit = 10i64.pow(u32::from(*scale));
                if !point && from % unit == 0 && step % unit == 0 {
                    column.become_integers(from / unit, step / unit, *count)?;
                } else {
                    let last = i128::from(*from) + i128::from(count.saturating_sub(1)) * i128::from(*step);
                    if last.unsigned_abs() > u128::MAX >> 2 {
                        return Err(DomainFault::Overflow);
                    }
                    column.finder = Finder::Decimals;
                    column.looks = Looks::of_reals(*from < 0 || last < 0, false);
                }
            }
            Domain::Floats { from, step, last, count, .. } if named => {
                let reach = from + (count.saturating_sub(1)) as f64 * step;
                let largest = from.abs().max(last.abs());
                let apart = *count <= 1
                    || (step.abs() > largest * (0.5f64).powi(40) && (reach - last).abs() <= step.abs() * 0.25);
                if !(from.is_finite() && step.is_finite() && last.is_finite() && apart) {
                    return Err(DomainFault::Blurred);
                }
                column.finder = Finder::Floats;
                column.looks = Looks::of_reals(*from < 0.0 || *last < 0.0 || from.is_sign_negative(), false);
                // 0 that is reached from below prints as "-0".
                column.looks.first.insert(b'-');
            }
            Domain::Floats { .. } => {}
            Domain::List(texts) if named => column.become_list(texts)?,
            Domain::List(_) => {}
            Domain::Follow { walk, .. } => match &**walk {
                Walk::Values(domain) => return Self::new(domain, named),
                _ if !named => {}
                walk if len <= LISTED => {
                    let texts: Vec<String> = (0..len).map(|position| walk.text(position).into_owned()).collect();
                    column.become_list(&texts)?;
                }
                _ => return Err(DomainFault::Woven),
            },
            Domain::Random { .. } | Domain::Glob(_) => return Err(DomainFault::Unresolved),
        }
        Ok(column)
    }

    fn become_integers(&mut self, from: i64, step: i64, count: u64) -> Result<(), DomainFault> {
        let last = i128::from(from) + i128::from(count.saturating_sub(1)) * i128::from(step);
        let last = i64::try_from(last).map_err(|_| DomainFault::Overflow)?;
        self.finder = Finder::Integers;
        self.numbers = Numbers::Range { from, step };
        self.looks = Looks::of_integers(from.min(last), from.max(last));
        Ok(())
    }

    fn become_list(&mut self, texts: &[String]) -> Result<(), DomainFault> {
        let count = u32::try_from(texts.len()).map_err(|_| DomainFault::TooLong)?;
        let mut sorted: Vec<u32> = (0..count).collect();
        sorted.sort_by(|a, b| texts[*a as usize].cmp(&texts[*b as usize]).then(a.cmp(b)));
        self.twice = sorted
            .windows(2)
            .find(|pair| texts[pair[0] as usize] == texts[pair[1] as usize])
            .map(|pair| (u64::from(pair[0]), u64::from(pair[1])));
        self.finder = Finder::Sorted(sorted);
        self.looks = Looks::of_texts(texts);
        self.clean = texts.iter().all(|text| text.split('/').all(|part| part.bytes().any(|b| b != b'.')));
        let numbers: Option<Vec<(i64, u64)>> =
            texts.iter().zip(0u64..).map(|(text, at)| Some((text.parse::<i64>().ok()?, at))).collect();
        if let Some(mut numbers) = numbers {
            numbers.sort_unstable();
            self.same_number =
                numbers.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| (pair[0].1, pair[1].1));
            self.numbers = Numbers::Sorted(numbers);
        }
        Ok(())
    }

    /// How many values.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether texts are integers in their one canonical form.
    pub fn is_integers(&self) -> bool {
        matches!(self.finder, Finder::Integers)
    }

    /// The least and the greatest integer, if all values are integers.
    pub fn ends(&self) -> Option<(i64, i64)> {
        match &self.numbers {
            Numbers::Range { .. } => {
                let (first, last) = (self.range_number(0)?, self.range_number(self.len.checked_sub(1)?)?);
                Some((first.min(last), first.max(last)))
            }
            Numbers::Sorted(sorted) => Some((sorted.first()?.0, sorted.last()?.0)),
            Numbers::None => None,
        }
    }

    fn range_number(&self, position: u64) -> Option<i64> {
        match self.numbers {
            Numbers::Range { from, step } => {
                i64::try_from(i128::from(from) + i128::from(position) * i128::from(step)).ok()
            }
            _ => None,
        }
    }

    /// The integer at a position.
    pub fn number(&self, domain: &Domain, position: u64) -> Option<i64> {
        match &self.numbers {
            Numbers::Range { .. } => self.range_number(position),
            _ => domain.text(position).parse().ok(),
        }
    }

    /// The text at a position.
    pub fn text<'a>(&self, domain: &'a Domain, position: u64) -> Cow<'a, str> {
        domain.text(position)
    }

    /// The position of an integer.
    pub fn position_of_number(&self, number: i64) -> Option<u64> {
        match &self.numbers {
            Numbers::Range { from, step } => {
                let distance = i128::from(number) - i128::from(*from);
                if distance == 0 && self.len > 0 {
                    return Some(0);
                }
                let position = distance.checked_div(i128::from(*step))?;
                (position * i128::from(*step) == distance && (0..i128::from(self.len)).contains(&position))
                    .then_some(position as u64)
            }
            Numbers::Sorted(sorted) => {
                let at = sorted.partition_point(|(n, _)| *n < number);
                sorted.get(at).filter(|(n, _)| *n == number).map(|(_, position)| *position)
            }
            Numbers::None => None,
        }
    }

    /// The position of a text.
    pub fn position(&self, domain: &Domain, text: &str) -> Option<u64> {
        match &self.finder {
            Finder::Integers => self.position_of_number(canonical(text)?),
            Finder::Decimals => decimal_position(plain(domain), text),
            Finder::Floats | Finder::Unsorted => domain.position(text),
            Finder::Sorted(sorted) => {
                let at = sorted.partition_point(|p| *domain.text(u64::from(*p)) < *text);
                let position = u64::from(*sorted.get(at)?);
                (domain.text(position) == text).then_some(position)
            }
        }
    }
}

/// The domain whose values a follower has.
fn plain(domain: &Domain) -> &Domain {
    match domain {
        Domain::Follow { walk, .. } => match &**walk {
            Walk::Values(values) => values,
            _ => domain,
        },
        _ => domain,
    }
}

/// The integer whose canonical text this is: "+7", "007" and "-0" are not the text of any.
pub(crate) fn canonical(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" && digits.len() == text.len() || !digits.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

fn decimal_position(domain: &Domain, text: &str) -> Option<u64> {
    let Domain::Decimals { from, step, scale, count, .. } = domain else { return None };
    let (sign, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (-1i128, rest),
        None => (1, text),
    };
    let (whole, part) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let places = usize::from(*scale);
    // 20 digits before the point are more than 64 bits hold; behind it ".0" may be one more than the scale.
    if whole.len() > 20 || part.len() > places.max(1) || !magnitude.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let mut scaled: i128 = whole.parse().ok()?;
    for place in 0..places {
        let digit = part.as_bytes().get(place).map_or(0, |b| i128::from(b.saturating_sub(b'0')));
        scaled = scaled.checked_mul(10)?.checked_add(digit)?;
    }
    let distance = sign * scaled - i128::from(*from);
    let position = if distance == 0 { 0 } else { distance.checked_div(i128::from(*step))? };
    let position = u64::try_from(position).ok().filter(|p| p < count)?;
    (domain.text(position) == text).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_found_where_it_stands() {
        let domains = [
            Domain::Integers { from: -3, step: 2, count: 9 },
            Domain::Integers { from: i64::MAX - 1, step: 1, count: 2 },
            Domain::Decimals { from: -15, step: 5, scale: 1, count: 9, point: false },
            Domain::Decimals { from: -15, step: 5, scale: 1, count: 9, point: true },
            Domain::Decimals { from: -30, step: 10, scale: 1, count: 9, point: false },
            Domain::Decimals { from: i64::MAX - 3, step: 1, scale: 18, count: 3, point: false },
            Domain::Floats { from: 0.0, step: 1.0 / 3.0, last: 1.0, count: 4, point: true },
            Domain::List(["b", "", "a", "007", "ü"].map(String::from).to_vec()),
        ];
        for domain in &domains {
            let column = Column::new(domain, true).unwrap();
            for position in 0..domain.len() {
                let text = domain.text(position);
                assert_eq!(column.position(domain, &text), Some(position), "{domain:?} {text}");
                let bytes = text.as_bytes();
                assert!(bytes.first().is_none_or(|b| column.looks.first.contains(*b)), "{text}");
                assert!(bytes.iter().skip(1).all(|b| column.looks.rest.contains(*b)), "{text}");
            }
            for absent in ["-0", "+1", "01", "1e3", "x", "9999999999999999999999", "1.", ".5"] {
                assert_eq!(column.position(domain, absent), None, "{domain:?} {absent}");
            }
        }
    }

    #[test]
    fn ranges_that_cannot_be_are_refused() {
        let over = Domain::Integers { from: i64::MAX, step: 1, count: 2 };
        assert_eq!(Column::new(&over, false).err(), Some(DomainFault::Overflow));
        let still = Domain::Integers { from: 1, step: 0, count: 2 };
        assert_eq!(Column::new(&still, false).err(), Some(DomainFault::StepZero));
        let blurred = Domain::Floats { from: 1e18, step: 1.0, last: 1e18, count: 9, point: false };
        assert_eq!(Column::new(&blurred, true).err(), Some(DomainFault::Blurred));
        let glob = Domain::Glob(vec!["*".into()]);
        assert_eq!(Column::new(&glob, false).err(), Some(DomainFault::Unresolved));
    }
}
