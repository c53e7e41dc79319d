//! The tables of ARCHITECTURE.md: crates with what they may depend on, and long files with the reason why.

use std::collections::{BTreeMap, BTreeSet};

/// What ARCHITECTURE.md allows.
#[derive(Debug, Default)]
pub struct House {
    /// The folders below `crates/`, in their order.
    pub folders: Vec<String>,
    /// For each folder, the folders that it may depend on.
    pub edges: BTreeMap<String, BTreeSet<String>>,
    /// Files that may be longer than others; each has a reason beside it.
    pub long: BTreeSet<String>,
    /// What is wrong with the page itself.
    pub faults: Vec<String>,
}

impl House {
    /// Reads the page.
    pub fn read(page: &str) -> Self {
        let mut house = Self::default();
        for cells in rows(page, "| folder |") {
            let [folder, _, knows, may] = &cells[..] else {
                house.fault(&format!("a row of the crate table has {} cells, not 4", cells.len()));
                continue;
            };
            if knows.is_empty() {
                house.fault(&format!("`{folder}` knows nothing; say what"));
            }
            let may = match may.as_str() {
                "nothing" => BTreeSet::new(),
                "all above" => house.folders.iter().cloned().collect(),
                list => list.split(',').map(|name| name.trim().to_string()).collect(),
            };
            for name in may.iter().filter(|name| !house.folders.contains(name)).cloned().collect::<Vec<_>>() {
                house.fault(&format!("`{folder}` may depend on `{name}`, which is not above it in the table"));
            }
            house.folders.push(folder.clone());
            house.edges.insert(folder.clone(), may);
        }
        if house.folders.is_empty() {
            house.fault("no table that begins with `| folder |`");
        }
        for cells in rows(page, "| file | reason |") {
            match &cells[..] {
                [file, reason] if !reason.is_empty() => {
                    house.long.insert(file.clone());
                }
                _ => house.fault("a long file has no reason"),
            }
        }
        house
    }

    fn fault(&mut self, text: &str) {
        self.faults.push(format!("ARCHITECTURE.md: {text}"));
    }
}

/// The rows of the table whose first line begins with `head`; each cell without white space and back ticks at its ends.
fn rows(page: &str, head: &str) -> Vec<Vec<String>> {
    let table = page.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    let cell = |text: &str| text.trim().trim_matches('`').to_string();
    rows.map(|line| line.trim().trim_matches('|').split('|').map(cell).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_come_from_the_table() {
        let page = "| folder | step | what it knows | may depend on |\n|---|---|---|---|\n\
                    | `a` | | things | nothing |\n| `b` | x | more | a |\n| `c` | | all | all above |\n\n\
                    | file | reason |\n|---|---|\n| `crates/a/x.rs` | a table |\n";
        let house = House::read(page);
        assert_eq!(house.faults, Vec::<String>::new());
        assert_eq!(house.folders, ["a", "b", "c"]);
        assert_eq!(house.edges["c"], BTreeSet::from(["a".into(), "b".into()]));
        assert!(house.edges["a"].is_empty() && house.long.contains("crates/a/x.rs"));
    }

    #[test]
    fn a_table_that_allows_what_is_below_is_a_fault() {
        let page = "| folder | step | what it knows | may depend on |\n|---|---|---|---|\n| `a` | | x | b |\n| `b` | | y | nothing |\n";
        assert_eq!(House::read(page).faults.len(), 1);
        assert_eq!(House::read("no table").faults.len(), 1);
    }
}
