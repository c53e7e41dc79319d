//! Many ads to match one ad with: those that look the same to it are evaluated once.

use crate::ad::Ad;
use crate::error::Failure;
use crate::eval::{Context, Evaluation};
use crate::expr::Expr;
use crate::matching;
use crate::name::Name;
use crate::reference;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Ads, with each distinct expression of an attribute known once.
#[derive(Debug, Default)]
pub struct Pool {
    ads: Vec<Arc<Ad>>,
    columns: BTreeMap<Name, Column>,
}

/// What the ads have under one name.
#[derive(Debug, Default)]
struct Column {
    /// For each ad the number of its expression, from 1; 0 where it has none. May end before the last ad.
    numbers: Vec<u32>,
    distinct: Vec<Expr>,
    by_text: HashMap<String, u32>,
}

/// What became of matching an ad with one of a pool.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Both accept each other; how much the one that was matched with the pool likes it.
    Match(f64),
    /// One of them does not.
    Refused,
    /// The evaluation was not finished.
    Failed(Failure),
}

impl Pool {
    /// A pool of these ads.
    pub fn new(ads: impl IntoIterator<Item = Arc<Ad>>) -> Self {
        let mut pool = Self::default();
        for ad in ads {
            pool.add(ad);
        }
        pool
    }

    /// Adds an ad at the end.
    pub fn add(&mut self, ad: Arc<Ad>) {
        let at = self.ads.len();
        for (name, expr) in ad.iter() {
            let column = self.columns.entry(name.clone()).or_default();
            let next = column.distinct.len() as u32 + 1;
            let number = *column.by_text.entry(expr.to_string()).or_insert(next);
            if number == next {
                column.distinct.push(expr.clone());
            }
            column.numbers.resize(at, 0);
            column.numbers.push(number);
        }
        self.ads.push(ad);
    }

    /// The ads in the order in which they came.
    pub fn ads(&self) -> &[Arc<Ad>] {
        &self.ads
    }

    /// Matches one ad with all of them: an outcome for each, in order.
    pub fn matches(&self, ad: &Arc<Ad>, context: &Context) -> Vec<Outcome> {
        let classes = self.classes(ad);
        let mut outcomes: Vec<Option<Outcome>> = Vec::new();
        let mut evaluation = Evaluation::new(Some(ad), None, context);
        let mut all = Vec::with_capacity(self.ads.len());
        for (other, class) in self.ads.iter().zip(classes) {
            if outcomes.len() <= class as usize {
                outcomes.resize(class as usize + 1, None);
            }
            let outcome = outcomes[class as usize].get_or_insert_with(|| {
                evaluation.with_target(other);
                match matching::both(&mut evaluation) {
                    Ok(true) => matching::ranked(&mut evaluation).map_or_else(Outcome::Failed, Outcome::Match),
                    Ok(false) => Outcome::Refused,
                    Err(failure) => Outcome::Failed(failure),
                }
            });
            all.push(outcome.clone());
        }
        all
    }

    /// How many evaluations `matches` takes for an ad.
    pub fn class_count(&self, ad: &Ad) -> usize {
        self.classes(ad).into_iter().max().map_or(0, |last| last as usize + 1)
    }

    /// For each ad the number of its class: ads of one class agree in all that a match with `ad` can look at.
    fn classes(&self, ad: &Ad) -> Vec<u32> {
        let significant = self.significant(ad);
        let mut classes = vec![0u32; self.ads.len()];
        let mut count = 1usize;
        for (name, column) in &self.columns {
            let looked_at = significant.as_ref().is_none_or(|names| names.contains(name));
            let everywhere = column.numbers.len() == self.ads.len() && !column.numbers.contains(&0);
            if looked_at && !(column.distinct.len() == 1 && everywhere) {
                count = refine(&mut classes, count, column);
            }
        }
        classes
    }

    /// The names that requirements and rank of either side lead to; `None` if it may be any.
    fn significant(&self, ad: &Ad) -> Option<BTreeSet<Name>> {
        let mut names: BTreeSet<Name> = matching::first_names().into();
        let mut open: Vec<Name> = names.iter().cloned().collect();
        while let Some(name) = open.pop() {
            let mut found = BTreeSet::new();
            let others = self.columns.get(&name).into_iter().flat_map(|column| &column.distinct);
            for expr in ad.get(&name).into_iter().chain(others) {
                if !reference::named(expr, &mut found) {
                    return None;
                }
            }
            open.extend(found.into_iter().filter(|name| names.insert(name.clone())));
        }
        Some(names)
    }
}

/// Splits classes by a column; gives how many there are then.
fn refine(classes: &mut [u32], count: usize, column: &Column) -> usize {
    let width = column.distinct.len() + 1;
    let mut next = 0u32;
    let mut number = |slot: &mut u32| {
        if *slot == u32::MAX {
            *slot = next;
            next += 1;
        }
        *slot
    };
    let numbers = column.numbers.iter().copied().chain(std::iter::repeat(0));
    // A table for all pairs while it is small; most are, and it is much faster.
    if count.saturating_mul(width) <= 1 << 20 {
        let mut table = vec![u32::MAX; count * width];
        for (class, value) in classes.iter_mut().zip(numbers) {
            *class = number(&mut table[*class as usize * width + value as usize]);
        }
    } else {
        let mut table = HashMap::new();
        for (class, value) in classes.iter_mut().zip(numbers) {
            *class = number(table.entry((*class, value)).or_insert(u32::MAX));
        }
    }
    next as usize
}
