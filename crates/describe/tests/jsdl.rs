//! JSDL: what documents mean, what is printed, and what must hold for all of them.

#[path = "document/mod.rs"]
mod document;

use pelago_describe::Language;

#[test]
fn the_corpus_is_read_and_printed() {
    let wrong = document::disagreements(Language::Jsdl);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
