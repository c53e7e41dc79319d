//! The files of the tree: their first line, their length, their names, and what must not be written in them.

use super::table::House;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Lines that a source file may have.
const LINES: usize = 600;

/// Folders that hold nothing of the project's own.
const SKIP: [&str; 4] = [".git", "target", ".pelago", "node_modules"];

/// Adds a fault for each file that is not as it should be.
pub fn check(root: &Path, house: &House, faults: &mut Vec<String>) -> io::Result<()> {
    let mut files = Vec::new();
    walk(root, &mut files)?;
    files.sort();
    let mut long = BTreeSet::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().into_owned();
        // What is no text has no lines to look at.
        let Ok(text) = fs::read_to_string(&file) else { continue };
        if name.ends_with(".rs") {
            rust(&name, &text, house, &mut long, faults);
        }
        if let Some(path) = machine_path(&text) {
            faults.push(format!("{name}: `{path}` is a path of one machine"));
        }
    }
    for name in house.long.difference(&long) {
        faults.push(format!("ARCHITECTURE.md: `{name}` is in the list of long files and is none"));
    }
    Ok(())
}

fn rust(name: &str, text: &str, house: &House, long: &mut BTreeSet<String>, faults: &mut Vec<String>) {
    let said =
        text.lines().next().and_then(|line| line.strip_prefix("//!")).is_some_and(|said| !said.trim().is_empty());
    if !said {
        faults.push(format!("{name}: does not begin with `//!` and what it knows"));
    }
    let lines = text.lines().count();
    if lines > LINES {
        long.insert(name.to_string());
        if !house.long.contains(name) {
            faults.push(format!("{name}: {lines} lines, more than {LINES}, and no reason in ARCHITECTURE.md"));
        }
    }
    let nameless = ["utils", "util", "helpers", "misc", "common"];
    if name.trim_end_matches(".rs").split('/').any(|part| nameless.contains(&part)) {
        faults.push(format!("{name}: a name that says nothing; name the file after the one thing that it knows"));
    }
}

/// The first path in a text that exists on one machine only: a home directory, or a workspace at the root.
fn machine_path(text: &str) -> Option<String> {
    // In parts, so that this file does not find itself.
    let homes = [["/ho", "me/"].concat(), ["/Use", "rs/"].concat(), ["/ro", "ot/"].concat(), ["/wo", "rk/"].concat()];
    for home in &homes {
        for (at, _) in text.match_indices(home.as_str()) {
            // Within a longer path, such as one of a URL or of the project's own, it is something else.
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || "._-}*$~/".contains(c)) {
                continue;
            }
            let rest = &text[at + home.len()..];
            let next: String = rest.chars().take_while(|c| c.is_alphanumeric() || "._-".contains(*c)).collect();
            if !next.is_empty() {
                return Some(format!("{home}{next}"));
            }
        }
    }
    None
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // A link leads out of the tree, or to what is seen anyway.
        let kind = entry.file_type()?;
        if kind.is_dir() && !SKIP.iter().any(|skip| entry.file_name() == *skip) {
            walk(&entry.path(), files)?;
        } else if kind.is_file() && entry.file_name() != ".git" {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_one_machine_are_seen_and_others_are_not() {
        let own = ["see /ho", "me/ada/x"].concat();
        assert_eq!(machine_path(&own), Some(["/ho", "me/ada"].concat()));
        assert!(machine_path(&["\"/wo", "rk/tree\""].concat()).is_some());
        for fine in ["slots/1/work/x", "https://example.org/home/ada", "$dir/root/x", "the /root/ of all"] {
            assert_eq!(machine_path(fine), None, "{fine}");
        }
    }

    #[test]
    fn sources_without_a_word_on_themselves_long_ones_and_nameless_ones_are_faults() {
        let (house, mut long, mut faults) = (House::default(), BTreeSet::new(), Vec::new());
        rust("crates/a/src/utils.rs", &"fn f() {}\n".repeat(601), &house, &mut long, &mut faults);
        assert_eq!(faults.len(), 3, "{faults:?}");
        faults.clear();
        rust("crates/a/src/text.rs", "//! What a text is.\n", &house, &mut long, &mut faults);
        assert_eq!(faults, Vec::<String>::new());
    }
}
