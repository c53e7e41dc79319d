//! What fuzzing found: each file below `found`, in the folder of its language, once broke what must hold of every text. Its
//! name says how.

mod document;
mod entry;

use pelago_describe::Language;
use std::fs;
use std::path::{Path, PathBuf};

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of findings");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

#[test]
fn what_was_found_stays_mended() {
    let mut broken = Vec::new();
    for folder in sorted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/found")) {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let language: Language = name.parse().expect("a folder is named after its language");
        for file in sorted(&folder) {
            let data = fs::read(&file).expect("a finding");
            let checked = std::panic::catch_unwind(|| match language {
                Language::Plan | Language::RunFile | Language::Embedded => entry::check(&data),
                _ => document::check(language, &data),
            });
            broken.extend(checked.err().map(|_| file));
        }
    }
    assert!(broken.is_empty(), "broken again: {broken:#?}");
}
