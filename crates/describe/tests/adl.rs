//! Activity descriptions of the EMI execution service.

mod document;

use pelago_describe::Language;

/// Files of the corpus that are taken although it says otherwise. ARC's `ErrorTest` is about the element `Error`, the
/// file of standard error, and asserts that ARC reads it, like `InputTest` and `OutputTest` beside it.
const TAKEN: [&str; 1] = ["ADLParserTest__ErrorTest_1.adl"];

#[test]
fn real_files() {
    let mut wrong = document::disagreements(Language::Adl);
    wrong.retain(|text| !TAKEN.iter().any(|name| text.lines().next().is_some_and(|line| line.contains(name))));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
