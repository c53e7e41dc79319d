//! Hostile texts: no panic, time in proportion to their length, and what is taken can be printed and read again.

use super::dice::Dice;
use super::law::holds;
use super::reading;
use pelago_describe::Language;

const SEED: &str = include_str!("everything.dag");

fn check(text: &str) {
    let (source, reading) = reading(text);
    for located in reading.located(&source) {
        assert!(located.line >= 1 && located.column >= 1 && !located.message.is_empty());
    }
    let _ = reading.render(&source, false);
    for diagnostic in &reading.diagnostics {
        let related = diagnostic.related.iter().map(|(span, _)| span);
        for span in related.chain([&diagnostic.span]) {
            assert!(text.get(span.clone()).is_some(), "{diagnostic:?}");
        }
    }
    assert!(reading.said.is_some() || !reading.diagnostics.is_empty());
    holds(text, Language::Dag, "hostile");
}

#[test]
fn a_file_that_ends_anywhere() {
    for end in 0..SEED.len() {
        check(&SEED[..end]);
    }
}

#[test]
fn a_file_with_wrong_bytes() {
    let pieces = [
        "\"",
        "'",
        "\\",
        "\\\n",
        "\n",
        " ",
        "\t",
        "\r",
        "=",
        "+",
        "{",
        "}",
        "#",
        "ALL_NODES",
        "é",
        "\u{0}",
        "-",
        "9",
        "@=",
    ];
    let runs = std::env::var("FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(400);
    for run in 1..=runs {
        let mut dice = Dice(u64::wrapping_mul(run, 0x9e37_79b9_7f4a_7c15));
        let mut text = SEED.to_string();
        for _ in 0..1 + dice.below(6) {
            let at = dice.below(text.len());
            let end = (at + dice.below(3)).min(text.len());
            let piece = pieces[dice.below(pieces.len())];
            if dice.below(4) == 0 {
                let lines: Vec<&str> = text.lines().collect();
                let line = format!("{}\n", lines[dice.below(lines.len())]);
                text.insert_str(0, &line);
            } else if text.is_char_boundary(at) && text.is_char_boundary(end) {
                text.replace_range(at..end, piece);
            }
        }
        if std::panic::catch_unwind(|| check(&text)).is_err() {
            panic!("run {run} fails");
        }
    }
}

#[test]
fn files_that_fit_together_in_any_way() {
    let lines = [
        "JOB A - NOOP",
        "JOB B - NOOP",
        "JOB C 3 NOOP",
        "SPLICE S 1",
        "SPLICE T 2 DIR .",
        "SUBDAG EXTERNAL D 1",
        "INCLUDE 2",
        "INCLUDE 0",
        "PARENT A CHILD B",
        "PARENT A S CHILD T B",
        "PARENT S+A CHILD B",
        "CONNECT S T",
        "PIN_IN A 1",
        "PIN_OUT B 1",
        "PIN_OUT B 4000000000",
        "PIN_IN B 2147483647",
        "RETRY S+A 3",
        "RETRY D 2",
        "VARS ALL_NODES x=\"1\"",
        "CATEGORY A +c",
        "MAXJOBS +c 2",
        "MAXJOBS S+c 1",
        "FINAL F f NOOP",
        "SCRIPT PRE D x",
        "WEAK PARENT D CHILD A",
        "DONE A",
        "SUBMIT-DESCRIPTION d {",
        "}",
        "JOB E d",
        "JOB G {",
        "executable = x$(x)",
    ];
    for run in 1..400 {
        let mut dice = Dice(u64::wrapping_mul(run, 0x9e37_79b9_7f4a_7c15));
        let mut file =
            || (0..dice.below(12)).map(|_| format!("{}\n", lines[dice.below(lines.len())])).collect::<String>();
        let files = [file(), file(), file(), "executable = x\nqueue\n".to_string()];
        let mut open = |path: &str| {
            let found = path.parse().ok().and_then(|number: usize| files.get(number));
            found.cloned().ok_or(std::io::ErrorKind::NotFound.into())
        };
        let assembly =
            pelago_describe::dagman::assemble(&pelago_describe::Source::new("0", files[0].clone()), &mut open);
        let shown = assembly.render(false);
        if let Some(description) = assembly.description {
            let count = description.jobs.len() as u32;
            let inside = |number: Option<u32>| number.is_some_and(|number| number < count);
            assert!(description.edges.iter().all(|edge| inside(edge.parent) && inside(edge.child)));
            assert!(Language::Dag.print(&description).is_some());
        } else {
            assert!(shown.contains("error"), "{files:?}");
        }
    }
}

#[test]
fn long_files_take_no_longer_than_their_length() {
    let long = "x".repeat(1_000_000);
    let many = |line: &str, count: usize| line.repeat(count);
    let numbered = |count: usize| (0..count).map(|n| format!("JOB n{n} s\n")).collect::<String>();
    let names = |count: usize| (0..count).map(|n| format!(" n{n}")).collect::<String>();
    let start = std::time::Instant::now();
    for text in [
        format!("JOB {long} {long}\nVARS {long} {long}=\"{long}\"\n"),
        format!("JOB A a\n{}", many("JOB A a\n", 50_000)),
        format!("JOB A {{\n{}}}\n", many("executable = x\n", 50_000)),
        format!("JOB A a \\\n{}", many("# x\n \\\n", 50_000)),
        many("\"", 100_001),
        many("PARENT ", 100_000),
        format!("{}{}", numbered(20_000), many("SCRIPT PRE ALL_NODES x\n", 30)),
        format!("{}PARENT {} CHILD {}\n", numbered(2_000), names(300), names(300)),
        format!("JOB A a\n{}", many("VARS A x=\"1\"\n", 20_000)),
        format!(
            "{}{}",
            numbered(1000),
            (0..999).map(|n| format!("PARENT n{} CHILD n{n}\nRETRY m{n} 1\n", n + 1)).collect::<String>()
        ),
    ] {
        let (source, reading) = reading(&text);
        let _ = reading.render(&source, false);
    }
    let (_, reading) = reading(&format!("{}PARENT {} CHILD {}\n", numbered(2_000), names(2_000), names(2_000)));
    assert!(reading.diagnostics[0].message.contains("more than 1000000 edges"));
    assert!(start.elapsed().as_secs() < 60);
}
