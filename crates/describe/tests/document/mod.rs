//! What must hold of every document of a language: it is read without a panic, and what is printed of it reads back as the
//! description minus exactly the losses. Shared by the languages' tests and their fuzz targets.

#![allow(dead_code, reason = "each of the tests that share this uses a part of it")]

use pelago_describe::loss::{Printed, essence};
use pelago_describe::{Language, Said, Source, read};
use std::path::PathBuf;

/// Reads a text in a language; the errors as text if there are any.
pub fn said(language: Language, name: &str, text: &str) -> Result<Said, String> {
    let source = Source::new(name, text);
    let reading = read(&source, Some(language));
    match reading.said {
        Some(ref said) => Ok(said.clone()),
        None => Err(reading.render(&source, false)),
    }
}

/// Reads any bytes, and if they say something prints it in the same language and reads it back.
pub fn check(language: Language, data: &[u8]) {
    let Some((said, printed)) = survives(language, data) else { return };
    let again = self::said(language, "printed", &printed.text);
    let again = again.unwrap_or_else(|errors| panic!("{}\nis not read back:\n{errors}", printed.text));
    let (expected, found) = (printed.expected(&said.description), essence(&again.description));
    let text = String::from_utf8_lossy(data);
    assert!(expected == found, "{text}\n{}\nexpected {expected:#}\nfound {found:#}", printed.text);
}

/// Reads any bytes and prints what they say: whatever they are, nothing panics, and what is wrong is said of places in them.
pub fn survives(language: Language, data: &[u8]) -> Option<(Said, Printed)> {
    let source = Source::from_bytes("bytes", data).ok()?;
    let _ = Language::recognise(&source);
    let reading = read(&source, Some(language));
    let _ = reading.render(&source, false);
    for diagnostic in &reading.diagnostics {
        let places = std::iter::once(&diagnostic.span).chain(diagnostic.related.iter().map(|(span, _)| span));
        for span in places {
            assert!(source.text.get(span.clone()).is_some(), "{diagnostic:?} of {} bytes", source.text.len());
        }
    }
    assert!(reading.said.is_some() || !reading.diagnostics.is_empty(), "refused without a word");
    let said = reading.said?;
    let printed = language.print(&said.description)?;
    let _ = self::said(language, "printed", &printed.text);
    Some((said, printed))
}

/// Reads a text that must be right, and holds it to the law.
pub fn taken(language: Language, text: &str) -> Said {
    check(language, text.as_bytes());
    assert_eq!(Language::recognise(&Source::new("text", text)), Some(language), "{text}");
    said(language, "text", text).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

/// Prints a text that must be right again, with the losses as `part: instead`.
pub fn printed(language: Language, text: &str, to: Language) -> (String, Vec<String>) {
    let printed = to.print(&taken(language, text).description).expect("a language that is written");
    let losses = printed.losses.iter().map(|loss| format!("{}: {}", loss.part, loss.instead)).collect();
    (printed.text, losses)
}

/// What is wrong with a text, as messages.
pub fn messages(language: Language, text: &str) -> Vec<String> {
    let reading = read(&Source::new("text", text), Some(language));
    reading.diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
}

/// Cuts a text off at every byte, and flips bytes of it with a fixed generator.
pub fn hostile(language: Language, seed: &str, flips: u64) {
    for end in 0..=seed.len() {
        check(language, &seed.as_bytes()[..end]);
    }
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound.max(1) as u64) as usize
    };
    const BYTES: &[u8] = b"<>/=\"'&;#:!-?[]{}$ \n0a9\x00\xff";
    for _ in 0..flips {
        let mut data = seed.as_bytes().to_vec();
        for _ in 0..=next(4) {
            let at = next(data.len());
            match next(4) {
                0 => data[at] = BYTES[next(BYTES.len())],
                1 => data.insert(at, BYTES[next(BYTES.len())]),
                2 => drop(data.remove(at)),
                _ => {
                    let (from, to) = (at.min(data.len() - 1), (at + next(40)).min(data.len()));
                    let piece = data[from..to].to_vec();
                    let into = next(data.len());
                    data.splice(into..into, piece);
                }
            }
        }
        check(language, &data);
    }
}

/// The corpus of real files, where it is there.
fn corpus() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("PELAGO_CORPUS").map_or(beside, PathBuf::from);
    if folder.join("INDEX.tsv").is_file() {
        return Some(folder);
    }
    eprintln!("NOT TESTED: there is no corpus of real files; set PELAGO_CORPUS to its folder");
    None
}

/// Reads all files of a language in the corpus, and holds those that are read to the law. What disagrees with the corpus is
/// returned, each with its diagnostics.
pub fn disagreements(language: Language) -> Vec<String> {
    let Some(folder) = corpus() else { return Vec::new() };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).expect("the index of the corpus");
    let mut disagreements = Vec::new();
    let mut rows = 0;
    for line in index.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [expect, name, file, ..] = fields[..] else { continue };
        if name != language.name() || !matches!(expect, "accept" | "reject" | "open") {
            continue;
        }
        rows += 1;
        let data = std::fs::read(folder.join(file)).expect("a file of the corpus");
        check(language, &data);
        let source = Source::from_bytes(file, &data).expect("text");
        // UNICORE's clients take workflows where they take jobs, and the corpus has both by one name.
        let recognised = Language::recognise(&source);
        let either = language == Language::Unicore && recognised == Some(Language::UnicoreWorkflow);
        if recognised != Some(language) && !either {
            disagreements.push(format!("{file} is recognised as {recognised:?}"));
        }
        let reading = read(&source, Some(language));
        match (expect, reading.failed()) {
            ("accept", false) | ("reject", true) | ("open", _) => {}
            (_, failed) => {
                let what = if failed { "refused" } else { "taken" };
                disagreements.push(format!("{file} is {what}\n{}", reading.render(&source, false)));
            }
        }
    }
    eprintln!("{language}: {rows} files of the corpus");
    disagreements
}
