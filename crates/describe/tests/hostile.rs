//! Hostile texts: nothing panics, everything is refused or understood, and what was understood can be printed and read again.

mod dice;
mod entry;

use dice::Dice;
use proptest::prelude::*;

const SEEDS: [&str; 5] = [
    include_str!("seeds/figure.plan"),
    include_str!("seeds/everything.plan"),
    include_str!("seeds/classic.plan"),
    include_str!("seeds/rows.run"),
    include_str!("seeds/script.nsh"),
];

/// Pieces that change the meaning of what is around them.
const PIECES: [&str; 40] = [
    "$",
    "${",
    "}",
    "$((",
    "))",
    "$(",
    ")",
    "`",
    "\"",
    "\\",
    "\\\n",
    "\n",
    ";",
    "#",
    "//",
    "/*",
    "*/",
    "task main\n",
    "endtask\n",
    "jobs\n",
    "endjobs\n",
    "parameter ",
    "seqameter ",
    " on create fl",
    " on copy backup",
    "node:",
    "root:",
    "..",
    "/",
    "-",
    "0",
    "9223372036854775808",
    "1e400",
    "\u{0}",
    "\u{fe0f}é",
    "\r\n",
    "select anyof ",
    "range from 1 to ",
    "copy ",
    "shexec ",
];

/// One mutation of a text: a stretch removed, doubled, moved from another seed, or a piece put in.
fn mutate(text: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(text.len() + 1);
    let length = dice.below(40).min(text.len() - at);
    match dice.below(6) {
        0 => drop(text.drain(at..at + length)),
        1 => {
            let part = text[at..at + length].to_vec();
            let to = dice.below(text.len() + 1);
            text.splice(to..to, part);
        }
        2 => {
            let other = SEEDS[dice.below(SEEDS.len())].as_bytes();
            let from = dice.below(other.len());
            let part = other[from..(from + dice.below(60)).min(other.len())].to_vec();
            text.splice(at..at, part);
        }
        3 => {
            let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
            let line = lines[dice.below(lines.len())].to_vec();
            text.splice(at..at, line);
        }
        _ => {
            let piece = PIECES[dice.below(PIECES.len())].bytes();
            text.splice(at..at + length.min(2), piece);
        }
    }
}

/// The entry of the fuzz targets on a bounded number of mutated seeds; `FUZZ_RUNS` asks for more.
#[test]
fn mutated_plans_are_refused_or_understood() {
    let runs = std::env::var("FUZZ_RUNS").ok().and_then(|r| r.parse().ok()).unwrap_or(1500u64);
    let from = std::env::var("FUZZ_FROM").ok().and_then(|r| r.parse().ok()).unwrap_or(0u64);
    for run in from..from + runs {
        let mut dice = Dice((run + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut text = SEEDS[dice.below(SEEDS.len())].as_bytes().to_vec();
        for _ in 0..=dice.below(6) {
            if !text.is_empty() {
                mutate(&mut text, &mut dice);
            }
        }
        if std::panic::catch_unwind(|| entry::check(&text)).is_err() {
            panic!("run {run} fails; repeat it with FUZZ_FROM={run} FUZZ_RUNS=1");
        }
    }
}

#[test]
fn the_seeds_are_good() {
    for seed in SEEDS {
        let source = pelago_describe::Source::new("seed.plan", seed);
        let reading = pelago_describe::read(&source, None);
        assert!(!reading.failed(), "{}", reading.render(&source, false));
        entry::check(seed.as_bytes());
    }
}

/// Long repetitions that make a careless reader slow or deep; a quadratic one would take hours on them.
#[test]
fn long_repetitions_take_no_longer_than_their_length() {
    let nested =
        ["${a", "$((", "$(", "`", "\"", "(", "/*", "\\\n", "{", "x ", "-", "1+", "$x", "\\", "${t.prev", "on create "];
    let heads = [
        "parameter x integer range from 1 to 2;\nseqameter t integer 1;\ntask main\n node:execute ",
        "parameter x integer range from 1 to 2\ntask main\n exec a ",
        "parameter x integer range from 1 to 2\ntask main\n inputs ",
        "parameter x integer range from 1 to 2\ntask main\n output $((",
        "parameter x integer range from 1 to 2;\ntask main\n copy node:",
        "parameter x integer select anyof ",
        "variable x index 0 list ",
        "",
    ];
    for head in heads {
        for part in nested {
            for close in ["", "}", "))"] {
                let count = 60_000 / part.len();
                let mut text = format!("{head}{}", part.repeat(count));
                if !close.is_empty() {
                    text.push_str(&close.repeat(count / 4));
                }
                text.push_str("\nendtask\n");
                let source = pelago_describe::Source::new("long.plan", text);
                let reading = pelago_describe::read(&source, Some(pelago_describe::Language::Plan));
                let _ = reading.render(&source, false);
            }
        }
    }
    let many = "parameter x integer range from 1 to 2;\n".repeat(20_000) + &"task a\n copy b\n".repeat(20_000);
    entry::check(many.as_bytes());
}

#[test]
fn what_is_too_large_is_refused_at_once() {
    let source = pelago_describe::Source::new("big.plan", " ".repeat(pelago_describe::MAX_TEXT + 1));
    let reading = pelago_describe::read(&source, None);
    assert!(reading.failed());
    assert!(reading.render(&source, false).contains("the limit is 32000000"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        entry::check(&bytes);
    }

    #[test]
    fn any_words_are_read_without_panic(words in proptest::collection::vec(0usize..40, 0..60)) {
        let text: String = words.iter().map(|w| PIECES[*w]).collect();
        entry::check(text.as_bytes());
        entry::check(format!("parameter x integer 1;\ntask main\n{text}\nendtask\n").as_bytes());
        entry::check(format!("parameter x integer 1\ntask main\nexec a\n shexec \"{text}\"\nendtask\n").as_bytes());
    }
}
