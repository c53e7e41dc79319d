//! The law of translation, for every language that is written: reading back what was printed gives the description minus
//! exactly the losses that were reported.
//!
//! `LAW_SEEDS=100000 LAW_LANGUAGE=jsdl cargo test -p pelago-describe --test law -- --nocapture` tries more.

mod any;
mod corpus;
mod seeds;
mod verdict;

use any::Draw;
use pelago_describe::Language;
use std::collections::BTreeSet;

/// How many languages are written: a law about none of them would always hold.
const WRITTEN: usize = 18;

/// What breaks the law for a seed, if anything does, and how many decisions its description takes.
fn broken(language: Language, seed: u64, taken_back: &BTreeSet<u32>) -> (Option<String>, u32) {
    let mut draw = Draw::new(seed, taken_back);
    let description = draw.description();
    (verdict::broken(language, &description), draw.decisions())
}

/// Takes back decisions as long as the law stays broken.
fn smallest(language: Language, seed: u64) -> String {
    let mut taken_back = BTreeSet::new();
    let (mut why, mut decisions) = broken(language, seed, &taken_back);
    loop {
        let before = taken_back.len();
        let count = decisions;
        for number in 0..count {
            if !taken_back.insert(number) {
                continue;
            }
            match broken(language, seed, &taken_back) {
                (Some(still), now) => (why, decisions) = (Some(still), decisions.max(now)),
                (None, _) => drop(taken_back.remove(&number)),
            }
        }
        if taken_back.len() == before {
            return why.unwrap_or_default();
        }
    }
}

#[test]
fn reading_back_gives_the_description_minus_the_losses() {
    let seeds: u64 = std::env::var("LAW_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(300);
    let only = std::env::var("LAW_LANGUAGE").ok();
    let none = BTreeSet::new();
    let mut wrong = Vec::new();
    assert_eq!(Language::all().filter(|language| language.prints()).count(), WRITTEN);
    for language in Language::all().filter(|language| language.prints()) {
        if only.as_ref().is_some_and(|only| only != language.name()) {
            continue;
        }
        let failed: Vec<u64> = (0..seeds).filter(|seed| broken(language, *seed, &none).0.is_some()).collect();
        println!("{language}: {seeds} generated, {} broken", failed.len());
        if let Some(first) = failed.first() {
            wrong.push(format!(
                "{language}, seed {first} and {} more\n{}",
                failed.len() - 1,
                smallest(language, *first)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
