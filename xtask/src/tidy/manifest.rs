//! The manifests: folders, names, order and edges, against what ARCHITECTURE.md allows.

use super::table::House;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// Every package of the workspace has this before its folder's name.
const PREFIX: &str = "pelago-";

/// Adds a fault for each manifest that is not as the table says.
pub fn check(root: &Path, house: &House, faults: &mut Vec<String>) -> io::Result<()> {
    let members = members(&fs::read_to_string(root.join("Cargo.toml"))?);
    let expected: Vec<String> = house.folders.iter().map(|folder| format!("crates/{folder}")).collect();
    let crates: Vec<&String> = members.iter().filter(|member| member.starts_with("crates/")).collect();
    if !crates.iter().copied().eq(expected.iter()) {
        faults.push(format!(
            "Cargo.toml: its members {crates:?} are not the table's folders in their order {expected:?}"
        ));
    }
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root.join("crates"))? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            found.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    for folder in found {
        match house.edges.get(&folder) {
            Some(may) => package(root, &folder, may, faults)?,
            None => faults.push(format!("crates/{folder}: not in the table of ARCHITECTURE.md")),
        }
    }
    Ok(())
}

fn package(root: &Path, folder: &str, may: &BTreeSet<String>, faults: &mut Vec<String>) -> io::Result<()> {
    let manifest = fs::read_to_string(root.join("crates").join(folder).join("Cargo.toml"))?;
    let name = format!("name = \"{PREFIX}{folder}\"");
    if !manifest.lines().any(|line| line.trim() == name) {
        faults.push(format!("crates/{folder}/Cargo.toml: the package's name is not {PREFIX}{folder}"));
    }
    for (dev, edge) in edges(&manifest) {
        if !(may.contains(&edge) || dev && edge == "testkit") {
            faults.push(format!(
                "crates/{folder}/Cargo.toml: depends on `{edge}`, which the table of ARCHITECTURE.md does not allow"
            ));
        }
    }
    Ok(())
}

/// The strings of `members = [ … ]`.
fn members(manifest: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| !line.starts_with("members")).skip(1);
    let lines = lines.take_while(|line| line.trim() != "]");
    lines.filter_map(|line| line.split('"').nth(1)).map(str::to_string).collect()
}

/// The folders that a manifest depends on, and whether only its tests do. Reads every form in which a dependency can be
/// written, that of a renamed package and of a path included.
fn edges(manifest: &str) -> Vec<(bool, String)> {
    let mut edges = Vec::new();
    // `None` outside of tables of dependencies.
    let mut dev = None;
    for line in manifest.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_matches(|c| "[]".contains(c));
            let one = table.split_once("dependencies.").map(|(_, name)| name.trim_matches('"'));
            let is = table.ends_with("dependencies") || one.is_some();
            dev = is.then(|| table.contains("dev-dependencies"));
            if let (Some(dev), Some(folder)) = (dev, one.and_then(|name| name.strip_prefix(PREFIX))) {
                edges.push((dev, folder.to_string()));
            }
        } else if let Some(dev) = dev {
            let words = line.split(|c: char| !(c.is_alphanumeric() || "-_".contains(c)));
            edges.extend(words.filter_map(|word| word.strip_prefix(PREFIX)).map(|folder| (dev, folder.to_string())));
        }
    }
    edges.dedup();
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_dependency_is_seen() {
        let manifest = "[package]\nname = \"pelago-x\"\n[dependencies]\npelago-a.workspace = true\n\
                        b = { package = \"pelago-b\", version = \"1\" } # pelago-no\nserde = \"1\"\n\
                        [dependencies.pelago-c]\nversion = \"1\"\n[target.'cfg(unix)'.dependencies]\npelago-d = \"1\"\n\
                        [dev-dependencies]\npelago-testkit.workspace = true\n[features]\nf = [\"pelago-e\"]\n";
        let found: Vec<String> = edges(manifest).into_iter().map(|(dev, name)| format!("{name} {dev}")).collect();
        assert_eq!(found, ["a false", "b false", "c false", "d false", "testkit true"]);
    }
}
