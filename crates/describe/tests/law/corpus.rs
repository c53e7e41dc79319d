//! The law over documents that people wrote: every one of a folder with an `INDEX.tsv`, in every language that is written.
//!
//! `LAW_FILE=part-of-a-name LAW_LANGUAGE=jdl cargo test -p pelago-describe --test law files -- --nocapture` shows one.

use super::verdict::broken;
use pelago_describe::{Language, Said, Source, read};
use std::path::{Path, PathBuf};

/// Longer documents, in bytes, are left to `cargo xtask real`: they are few, and take most of the time.
const LONG: usize = 100_000;

/// The folder, where it is.
fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    std::env::var_os("PELAGO_CORPUS").map_or_else(beside, PathBuf::from)
}

/// Its documents that are read, with their names.
fn documents(folder: &Path) -> Vec<(String, Said)> {
    let Ok(index) = std::fs::read_to_string(folder.join("INDEX.tsv")) else { return Vec::new() };
    let document = |line: &str| {
        let mut fields = line.split('\t');
        let (Some("accept"), Some(language), Some(file)) = (fields.next(), fields.next(), fields.next()) else {
            return None;
        };
        let source = Source::from_bytes(file, &std::fs::read(folder.join(file)).ok()?).ok()?;
        if source.text.len() > LONG {
            return None;
        }
        Some((file.to_string(), read(&source, Some(language.parse().ok()?)).said?))
    };
    index.lines().skip(1).filter_map(document).collect()
}

#[test]
fn files_of_others_keep_the_law() {
    let folder = folder();
    let documents = documents(&folder);
    if documents.is_empty() {
        eprintln!("ABSENT: {}/INDEX.tsv, so the law was not tried on files of others", folder.display());
        return;
    }
    let (file, language) = (std::env::var("LAW_FILE").ok(), std::env::var("LAW_LANGUAGE").ok());
    let targets: Vec<Language> = Language::all().filter(|target| target.prints()).collect();
    let (mut pairs, mut wrong) = (0, Vec::new());
    for (name, said) in documents.iter().filter(|(name, _)| file.as_ref().is_none_or(|part| name.contains(part))) {
        for target in targets.iter().filter(|target| language.as_ref().is_none_or(|only| only == target.name())) {
            pairs += 1;
            if let Some(why) = broken(*target, &said.description) {
                wrong.push((format!("{name} as {target}"), why));
            }
        }
    }
    let named = file.as_ref().map_or(documents.len(), |_| pairs / targets.len().max(1));
    println!("{named} documents, {pairs} translations, {} broken", wrong.len());
    let names: Vec<&str> = wrong.iter().map(|(name, _)| name.as_str()).collect();
    let shown = if file.is_some() { wrong.len() } else { 1 };
    let whys: Vec<&str> = wrong.iter().map(|(_, why)| why.as_str()).take(shown).collect();
    assert!(wrong.is_empty(), "{}\n\n{}", names.join("\n"), whys.join("\n\n"));
}
