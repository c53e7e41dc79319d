//! A tie: how one value of the task that reads determines one value of the task that writes.

use crate::shape::Filling;
use crate::spaces::Spaces;
use pelago_job::ParamNo;

/// Pairs are listed up to this many.
const PAIRS: u64 = 1_000_000;

/// Pairs of positions (reader, writer). No position is in two pairs on the same side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Map {
    /// Pair `k` is (`from + k * every`, `to + k * moves`), for `count` values of `k`.
    Range { from: u64, every: u64, to: u64, moves: i64, count: u64 },
    /// (reader, writer) sorted, and (writer, reader) sorted.
    Pairs { forward: Vec<(u64, u64)>, back: Vec<(u64, u64)> },
}

impl Map {
    /// Every position to itself.
    pub fn identity(len: u64) -> Self {
        Map::Range { from: 0, every: 1, to: 0, moves: 1, count: len }
    }

    /// The pairs at which two holes have the same text; `None` where that would take too long to find out.
    pub fn between(spaces: &Spaces, reader: &Filling, writer: &Filling) -> Option<Self> {
        let ((p, _), (q, _)) = (reader.param()?, writer.param()?);
        let domain = |param: ParamNo| spaces.experiment.parameter(param).map(|parameter| &parameter.domain);
        let (mine, theirs) = (spaces.columns.get(usize::from(p.0))?, spaces.columns.get(usize::from(q.0))?);
        if let (Filling::Value { .. }, Filling::Value { .. }) = (reader, writer)
            && (p == q || domain(p) == domain(q))
        {
            return Some(Map::identity(mine.len()));
        }
        if let (
            Filling::Number { a, b, .. },
            Filling::Number { a: c, b: d, .. },
            crate::column::Numbers::Range { from: f, step: s },
            crate::column::Numbers::Range { from: g, step: r },
        ) = (reader, writer, &mine.numbers, &theirs.numbers)
        {
            let wide = |value: &i64| i128::from(*value);
            // a * (f + s*i) + b = c * (g + r*j) + d
            let factor = wide(a).checked_mul(wide(s))?;
            let per = wide(c).checked_mul(wide(r))?;
            let constant = wide(a) * wide(f) + wide(b) - (wide(c) * wide(g) + wide(d));
            return Self::progression(factor, constant, per, mine.len(), theirs.len());
        }
        if mine.len().min(theirs.len()) > PAIRS {
            return None;
        }
        let mut forward: Vec<(u64, u64)> = match mine.len() <= theirs.len() {
            true => {
                (0..mine.len()).filter_map(|i| Some((i, writer.position(spaces, &reader.text(spaces, i)?)?))).collect()
            }
            false => (0..theirs.len())
                .filter_map(|j| Some((reader.position(spaces, &writer.text(spaces, j)?)?, j)))
                .collect(),
        };
        forward.sort_unstable();
        let mut back: Vec<(u64, u64)> = forward.iter().map(|(i, j)| (*j, *i)).collect();
        back.sort_unstable();
        Some(Map::Pairs { forward, back })
    }

    /// The `i < len` and `j < other` with `factor * i + constant = per * j`.
    pub fn progression(mut factor: i128, mut constant: i128, mut per: i128, len: u64, other: u64) -> Option<Self> {
        let none = Map::Range { from: 0, every: 1, to: 0, moves: 1, count: 0 };
        // A parameter with one value has no step worth the name.
        if len == 0 || other == 0 {
            return Some(none);
        }
        if other == 1 || per == 0 {
            if factor == 0 || len == 1 {
                return Some(if constant == 0 { Map::identity(1) } else { none });
            }
            let from = (-constant).checked_div(factor).filter(|i| i * factor == -constant);
            return Some(match from.and_then(|i| u64::try_from(i).ok()).filter(|i| *i < len) {
                Some(from) => Map::Range { from, every: 1, to: 0, moves: 1, count: 1 },
                None => none,
            });
        }
        if len == 1 || factor == 0 {
            let to = constant.checked_div(per).filter(|j| j * per == constant);
            return Some(match to.and_then(|j| u64::try_from(j).ok()).filter(|j| *j < other) {
                Some(to) => Map::Range { from: 0, every: 1, to, moves: 1, count: 1 },
                None => none,
            });
        }
        if per < 0 {
            (factor, constant, per) = (-factor, -constant, -per);
        }
        let common = gcd(gcd(factor.unsigned_abs(), constant.unsigned_abs()), per.unsigned_abs());
        let common = i128::try_from(common).ok()?;
        (factor, constant, per) = (factor / common, constant / common, per / common);
        if gcd(factor.unsigned_abs(), per.unsigned_abs()) != 1 {
            return Some(none);
        }
        // i between the solutions for j = 0 and j = other - 1
        let far = per.checked_mul(i128::from(other) - 1)? - constant;
        let (one, two) = if factor > 0 { (-constant, far) } else { (constant, far.checked_neg()?) };
        let size = factor.abs();
        let (low, high) = if factor > 0 {
            (-((-one).div_euclid(size)), two.div_euclid(size))
        } else {
            (-((-two).div_euclid(size)), one.div_euclid(size))
        };
        let (low, high) = (low.max(0), high.min(i128::from(len) - 1));
        // factor * i = -constant (mod per)
        let solution = (-constant).rem_euclid(per).checked_mul(inverse(factor.rem_euclid(per), per))?.rem_euclid(per);
        let from = low + (solution - low).rem_euclid(per);
        if from > high {
            return Some(none);
        }
        let count = u64::try_from((high - from) / per + 1).ok()?;
        let to = (factor.checked_mul(from)? + constant) / per;
        // Neighbouring solutions lie `per` apart on one side and `factor` on the other; with one solution no distance matters.
        let (every, moves) = if count == 1 { (1, 1) } else { (u64::try_from(per).ok()?, i64::try_from(factor).ok()?) };
        Some(Map::Range { from: u64::try_from(from).ok()?, every, to: u64::try_from(to).ok()?, moves, count })
    }

    /// How many pairs.
    pub fn count(&self) -> u64 {
        match self {
            Map::Range { count, .. } => *count,
            Map::Pairs { forward, .. } => forward.len() as u64,
        }
    }

    /// The writer's position for the reader's.
    pub fn forward(&self, position: u64) -> Option<u64> {
        match self {
            Map::Range { from, every, to, moves, count } => {
                let distance = position.checked_sub(*from)?;
                let k = if *every == 1 { distance } else { distance / every };
                (k < *count && k * every == distance).then_some(())?;
                to.checked_add_signed(moves.wrapping_mul(i64::try_from(k).ok()?))
            }
            Map::Pairs { forward, .. } => partner(forward, position),
        }
    }

    /// The reader's position for the writer's.
    pub fn back(&self, position: u64) -> Option<u64> {
        match self {
            Map::Range { from, every, to, moves, count } => {
                let distance = i64::try_from(position).ok()?.checked_sub(i64::try_from(*to).ok()?)?;
                let k = if *moves == 1 { distance } else { distance.checked_div(*moves)? };
                (k.checked_mul(*moves)? == distance).then_some(())?;
                let k = u64::try_from(k).ok().filter(|k| k < count)?;
                Some(from + k * every)
            }
            Map::Pairs { back, .. } => partner(back, position),
        }
    }

    /// The least and the greatest of writer's position minus reader's.
    pub fn shifts(&self) -> Option<(i64, i64)> {
        let shift = |i: u64, j: u64| Some(i64::try_from(j).ok()? - i64::try_from(i).ok()?);
        match self {
            Map::Range { count: 0, .. } => None,
            Map::Range { from, every, count, .. } => {
                let last = from + every * (count - 1);
                let ends = [shift(*from, self.forward(*from)?)?, shift(last, self.forward(last)?)?];
                Some((ends[0].min(ends[1]), ends[0].max(ends[1])))
            }
            Map::Pairs { forward, .. } => {
                let all = || forward.iter().filter_map(|(i, j)| shift(*i, *j));
                Some((all().min()?, all().max()?))
            }
        }
    }

    /// The least and the greatest position of the writer's.
    pub fn reach(&self) -> Option<(u64, u64)> {
        match self {
            Map::Range { count: 0, .. } => None,
            Map::Range { from, every, count, .. } => {
                let ends = [self.forward(*from)?, self.forward(from + every * (count - 1))?];
                Some((ends[0].min(ends[1]), ends[0].max(ends[1])))
            }
            Map::Pairs { back, .. } => Some((back.first()?.0, back.last()?.0)),
        }
    }

    /// The reader's positions in no pair, out of `len`, as (first, how many); `None` if they are too scattered.
    pub fn gaps(&self, len: u64) -> Option<Vec<(u64, u64)>> {
        let mut gaps = Vec::new();
        let mut next = 0;
        let mut hit = |position: u64| {
            if position > next {
                gaps.push((next, position - next));
            }
            next = position + 1;
        };
        match self {
            Map::Range { from, every: 1, count, .. } => {
                if *count > 0 {
                    hit(*from);
                    next = from + count;
                }
            }
            Map::Range { from, every, count, .. } => {
                if *count > PAIRS {
                    return None;
                }
                (0..*count).for_each(|k| hit(from + k * every));
            }
            Map::Pairs { forward, .. } => forward.iter().for_each(|(position, _)| hit(*position)),
        }
        if next < len {
            gaps.push((next, len - next));
        }
        Some(gaps)
    }
}

fn partner(pairs: &[(u64, u64)], position: u64) -> Option<u64> {
    let at = pairs.partition_point(|(first, _)| *first < position);
    pairs.get(at).filter(|(first, _)| *first == position).map(|(_, second)| *second)
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The inverse of `value` modulo `modulus`, which have no common factor.
fn inverse(value: i128, modulus: i128) -> i128 {
    let (mut old, mut new) = ((value, 1i128), (modulus, 0i128));
    while new.0 != 0 {
        let quotient = old.0 / new.0;
        (old, new) = (new, (old.0 - quotient * new.0, old.1 - quotient * new.1));
    }
    old.1.rem_euclid(modulus.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn progressions_are_the_pairs_that_trying_finds(
            factor in -12i128..12, constant in -40i128..40, per in -12i128..12, len in 1u64..20, other in 1u64..20,
        ) {
            // Steps of 0 come with single values only.
            prop_assume!((factor != 0 || len == 1) && (per != 0 || other == 1));
            let map = Map::progression(factor, constant, per, len, other).unwrap();
            for i in 0..len {
                let j = (0..other).find(|j| factor * i128::from(i) + constant == per * i128::from(*j));
                prop_assert_eq!(map.forward(i), j, "{:?} {}", map, i);
            }
            for j in 0..other {
                let i = (0..len).find(|i| factor * i128::from(*i) + constant == per * i128::from(j));
                prop_assert_eq!(map.back(j), i, "{:?} {}", map, j);
            }
            let gaps: Vec<u64> =
                map.gaps(len).unwrap().into_iter().flat_map(|(first, many)| first..first + many).collect();
            let missing: Vec<u64> = (0..len).filter(|i| map.forward(*i).is_none()).collect();
            prop_assert_eq!(gaps, missing);
        }
    }
}
