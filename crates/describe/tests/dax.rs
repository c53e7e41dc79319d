//! Pegasus' abstract workflows.

mod document;

use pelago_describe::Language;

#[test]
fn real_files() {
    let wrong = document::disagreements(Language::Dax);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
