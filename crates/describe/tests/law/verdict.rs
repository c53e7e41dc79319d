//! Whether the law holds for one description in one language.

use pelago_describe::loss::essence;
use pelago_describe::{Language, Source, read};
use pelago_job::Description;

/// What breaks the law, if anything does: the document, what got lost, what was expected and what was read back.
pub fn broken(language: Language, description: &Description) -> Option<String> {
    let printed = language.print(description)?;
    let source = Source::new("printed", printed.text.clone());
    let reading = read(&source, Some(language));
    let Some(said) = &reading.said else {
        return Some(format!("it is not read back:\n{}\n{}", printed.text, reading.render(&source, false)));
    };
    let (expected, found) = (printed.expected(description), essence(&said.description));
    if expected == found {
        return None;
    }
    let show = |value| serde_json::to_string_pretty(value).unwrap_or_default();
    let losses: Vec<String> =
        printed.losses.iter().map(|loss| format!("{}: {} -> {}", loss.part, loss.said, loss.instead)).collect();
    let (expected, found) = (show(&expected), show(&found));
    Some(format!("{}\nlosses:\n{}\nexpected {expected}\nfound {found}", printed.text, losses.join("\n")))
}
