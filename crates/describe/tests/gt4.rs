//! Job descriptions of the Globus Toolkit 4.
mod document;
use pelago_describe::Language;

#[test]
fn corpus() {
    let wrong = document::disagreements(Language::Gt4);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
