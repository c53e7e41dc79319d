//! The layout of the repository: what is allowed is read from ARCHITECTURE.md, what is there from the tree.

mod manifest;
mod measured;
mod source;
mod table;

use std::fs;
use std::io;
use std::path::Path;

/// Everything in the tree below `root` that is not as it should be, in a fixed order. An error means that the tree
/// could not be read.
pub fn check(root: &Path) -> io::Result<Vec<String>> {
    let page = fs::read_to_string(root.join("ARCHITECTURE.md"))?;
    let house = table::House::read(&page);
    let mut faults = house.faults.clone();
    manifest::check(root, &house, &mut faults)?;
    measured::check(root, &mut faults)?;
    source::check(root, &house, &mut faults)?;
    Ok(faults)
}
