//! Every reader of foreign text, as one program for libFuzzer; the variable `PELAGO_PARSER` says which of them it runs.
//! `cargo xtask fuzz` builds it with the coverage counters that libFuzzer needs, and gives it its seeds and words.

#![no_main]

mod applications;
mod command;
mod document;
mod journal;
mod run;
mod wire;

#[path = "../../crates/classad/tests/entry/mod.rs"]
mod classad;

use pelago_classad::Syntax;
use pelago_describe::Language;
use std::sync::OnceLock;

/// What is called with every input; it must return, and not panic.
type Parser = fn(&[u8]);

/// All of them; `xtask` has the same names with what it seeds them with.
const PARSERS: [(&str, Parser); 20] = [
    ("adl", |data| document::check(&[Language::Adl], data)),
    ("applications", applications::check),
    ("classad", |data| classad::check_with(&[Syntax::Condor, Syntax::New], data)),
    ("classad-old", |data| classad::check_with(&[Syntax::Old], data)),
    ("command", command::check),
    ("dag", document::check_dag),
    ("dax", |data| document::check(&[Language::Dax], data)),
    ("gt4", |data| document::check(&[Language::Gt4], data)),
    ("jdl", |data| document::check(&[Language::Jdl], data)),
    ("journal", journal::check),
    ("jsdl", |data| document::check(&[Language::Jsdl], data)),
    ("plan", document::check_plan),
    ("rsl", |data| document::check(&[Language::Rsl, Language::Xrsl, Language::Infogram], data)),
    ("run", run::check),
    ("script", |data| document::check(&[Language::Slurm, Language::Pbs, Language::GridEngine], data)),
    ("submit", |data| document::check(&[Language::Submit], data)),
    ("tes", |data| document::check(&[Language::Tes], data)),
    ("unicore", |data| document::check(&[Language::Unicore, Language::UnicoreWorkflow], data)),
    ("wfformat", |data| document::check(&[Language::Wfformat], data)),
    ("wire", wire::check),
];

fn chosen() -> Parser {
    static CHOSEN: OnceLock<Parser> = OnceLock::new();
    *CHOSEN.get_or_init(|| {
        let name = std::env::var("PELAGO_PARSER").unwrap_or_default();
        let found = PARSERS.iter().find(|(known, _)| *known == name).map(|(_, parser)| *parser);
        found.unwrap_or_else(|| {
            let known: Vec<&str> = PARSERS.iter().map(|(name, _)| *name).collect();
            eprintln!("PELAGO_PARSER is `{name}`; known: {}", known.join(", "));
            std::process::exit(2)
        })
    })
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| chosen()(data));
