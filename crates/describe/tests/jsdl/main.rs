//! JSDL: what documents mean, what is printed, and what must hold for all of them.

#[path = "../document/mod.rs"]
mod document;
mod documents;
mod sweeps;

use pelago_describe::Language;

/// Everything at once: each kind of element, foreign ones, and sweeps in sweeps.
pub const WHOLE: &str = include_str!("whole.jsdl");

#[test]
fn the_corpus_is_read_and_printed() {
    let wrong = document::disagreements(Language::Jsdl);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn broken_documents_are_explained() {
    document::hostile(Language::Jsdl, WHOLE, 4000);
}

#[test]
fn what_is_huge_or_deep_is_refused_quickly() {
    let jsdl = "xmlns=\"http://schemas.ggf.org/jsdl/2005/11/jsdl\"";
    let sweep = "xmlns:s=\"http://schemas.ogf.org/jsdl/2009/03/sweep\"";
    let texts = [
        format!("<JobDefinition {jsdl}>{}", "<JobDescription>".repeat(100_000)),
        format!("<JobDefinition {jsdl} {sweep}><JobDescription/>{}", "<s:Sweep>".repeat(5_000)),
        format!("<JobDefinition {jsdl}><JobDescription>{}</JobDescription></JobDefinition>", "<x/>".repeat(200_000)),
        format!(
            "<JobDefinition {jsdl}><JobDescription><JobIdentification><JobName>{}</JobName></JobIdentification></JobDescription></JobDefinition>",
            "n ".repeat(500_000)
        ),
        format!("<JobDefinition {jsdl} {}></JobDefinition>", "a".repeat(1_000_000)),
    ];
    let started = std::time::Instant::now();
    for text in &texts {
        document::check(Language::Jsdl, text.as_bytes());
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
