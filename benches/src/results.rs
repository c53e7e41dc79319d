//! What was measured, as it is kept: `results.json`, a table, a picture, and the table in the README.

use crate::machine::Machine;
use crate::picture;
use crate::row::{Bar, Row};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

/// Between these lines the README has the table.
const MARKS: (&str, &str) = ("<!-- bench: written by `cargo xtask bench --write` -->", "<!-- end of bench -->");

/// All results.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Results {
    /// Of the last writing.
    pub machine: Machine,
    /// In the order in which they are measured.
    pub rows: Vec<Row>,
}

impl Results {
    /// Those that are kept in the repository; none if they cannot be read.
    pub fn kept(root: &Path) -> Results {
        let text = fs::read_to_string(root.join("benches/results.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Puts new rows in the place of old ones of the same name. `order` are all names that there are.
    pub fn renew(&mut self, machine: Machine, rows: Vec<Row>, order: &[&str]) {
        self.rows.retain(|old| rows.iter().all(|row| row.name != old.name));
        self.rows.extend(rows);
        self.rows.retain(|row| order.contains(&row.name.as_str()));
        self.rows.sort_by_key(|row| order.iter().position(|name| *name == row.name));
        self.machine = machine;
    }

    /// Writes everything below `root`.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        let json = serde_json::to_string_pretty(self).map_err(io::Error::other)? + "\n";
        fs::write(root.join("benches/results.json"), json)?;
        fs::write(root.join("benches/results.md"), self.page())?;
        fs::write(root.join("benches/results.svg"), picture::draw(self))?;
        let readme = fs::read_to_string(root.join("README.md"))?;
        fs::write(root.join("README.md"), with_table(&readme, &self.table())?)
    }

    /// The table with what it needs to be read.
    fn page(&self) -> String {
        format!(
            "# Results\n\nWritten by `cargo xtask bench --write`. Medians, in brackets an interval of at least 95% for the median \
             (fewer values: their range);\na bar is met by the interval's end. {}.\n\n{}",
            self.machine.text(),
            self.table()
        )
    }

    /// The rows that have a bar.
    pub fn table(&self) -> String {
        let mut text = "| what | measured | bar | met | beside it |\n|---|---|---|---|---|\n".to_string();
        for row in self.rows.iter().filter(|row| !matches!(row.bar, Bar::Nothing)) {
            let met = if row.is_met() == Some(true) { "yes" } else { "**no**" };
            let beside: Vec<String> =
                row.beside.iter().take(2).map(|figure| format!("{} {}", figure.what, figure.short())).collect();
            text.push_str(&format!(
                "| {} | {} {} | {} | {met} | {} |\n",
                row.what,
                row.figure.what,
                row.figure.text(),
                row.bar.text(&row.figure.unit),
                beside.join("; ")
            ));
        }
        text
    }
}

/// The page with another table.
fn with_table(page: &str, table: &str) -> io::Result<String> {
    let missing = || io::Error::other(format!("README.md has no lines `{}` and `{}`", MARKS.0, MARKS.1));
    let (before, rest) = page.split_once(MARKS.0).ok_or_else(missing)?;
    let (_, after) = rest.split_once(MARKS.1).ok_or_else(missing)?;
    Ok(format!("{before}{}\n{table}{}{after}", MARKS.0, MARKS.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Figure;

    fn row(name: &str, value: f64) -> Row {
        Row {
            name: name.into(),
            what: format!("what {name} is"),
            figure: Figure::new("rate", &[value; 6], "/s"),
            bar: Bar::AtLeast(10.0),
            beside: vec![Figure::new("theirs", &[3.0], "/s")],
            note: String::new(),
        }
    }

    #[test]
    fn rows_are_renewed_by_name_and_the_readme_keeps_what_stands_around() {
        let mut results = Results::default();
        results.renew(Machine::default(), vec![row("b", 5.0), row("a", 20.0), row("gone", 1.0)], &["a", "b", "gone"]);
        results.renew(Machine::default(), vec![row("b", 11.0)], &["a", "b"]);
        let names: Vec<&str> = results.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let table = results.table();
        assert!(table.contains("| what b is | rate 11/s (11 to 11) | at least 10/s | yes | theirs 3/s |"), "{table}");
        let page = format!("top\n{}\nold\n{}\nend\n", MARKS.0, MARKS.1);
        let new = with_table(&page, &table).unwrap();
        assert!(new.starts_with("top\n") && new.ends_with("\nend\n") && !new.contains("old"));
        assert_eq!(with_table(&new, &table).unwrap(), new);
        assert!(with_table("no marks", &table).is_err());
    }
}
