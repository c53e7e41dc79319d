//! The repository is as ARCHITECTURE.md says.

#[test]
fn the_tree_is_tidy() {
    let faults = xtask::tidy::check(&xtask::root()).unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
