//! What was measured: the table in the README is that of `benches/results.md`, written by the benchmark and by nobody else.

use std::fs;
use std::io;
use std::path::Path;

/// The lines around the README's table begin so.
const MARKS: (&str, &str) = ("<!-- bench:", "<!-- end of bench -->");

/// Adds a fault if the two tables differ.
pub fn check(root: &Path, faults: &mut Vec<String>) -> io::Result<()> {
    let readme = fs::read_to_string(root.join("README.md"))?;
    let results = fs::read_to_string(root.join("benches/results.md")).unwrap_or_default();
    let Some(shown) = between(&readme) else {
        faults.push(format!("README.md: no table of results between `{}` and `{}`", MARKS.0, MARKS.1));
        return Ok(());
    };
    if table(shown) != table(&results) {
        faults.push(
            "README.md: its table is not that of benches/results.md; `cargo xtask bench --write` writes both".into(),
        );
    }
    Ok(())
}

fn between(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once(MARKS.0)?;
    rest.split_once(MARKS.1).map(|(inside, _)| inside)
}

fn table(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with('|')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_among_words() {
        let page = "| other | table |\n<!-- bench: x -->\n| a | 1 |\n<!-- end of bench -->\n";
        assert_eq!(between(page).map(table), Some(vec!["| a | 1 |"]));
        assert_eq!(between("<!-- bench: x -->"), None);
    }
}
