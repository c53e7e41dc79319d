//! How much disk a directory takes: allocated blocks, each file once however many names it has.

use pelago_job::Bytes;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Allocated bytes of everything at and below `path`. What goes away meanwhile counts as gone.
pub fn usage(path: &Path) -> Bytes {
    walk(path, true)
}

/// The same without files that also have a name elsewhere, such as inputs that are linked from the store.
pub fn usage_within(path: &Path) -> Bytes {
    walk(path, false)
}

fn walk(path: &Path, shared: bool) -> Bytes {
    let mut open = vec![path.to_path_buf()];
    let mut total = 0u64;
    // Files with several names: how many of them were not seen yet.
    let mut linked: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    while let Some(path) = open.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let bytes = metadata.blocks().saturating_mul(512);
        if metadata.is_dir() {
            total = total.saturating_add(bytes);
            open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else if metadata.nlink() <= 1 {
            total = total.saturating_add(bytes);
        } else {
            let first = !linked.contains_key(&(metadata.dev(), metadata.ino()));
            let left = linked.entry((metadata.dev(), metadata.ino())).or_insert(metadata.nlink());
            *left = left.saturating_sub(1);
            if if shared { first } else { *left == 0 } {
                total = total.saturating_add(bytes);
            }
        }
    }
    Bytes(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_once_and_holes_not_at_all() {
        let temporary = tempfile::tempdir().unwrap();
        let top = temporary.path().join("top");
        fs::create_dir(&top).unwrap();
        let empty = usage(&top).0;
        fs::write(top.join("a"), vec![1; 1 << 20]).unwrap();
        fs::hard_link(top.join("a"), top.join("b")).unwrap();
        fs::File::create(top.join("hole")).unwrap().set_len(1 << 30).unwrap();
        let whole = empty + (1 << 20);
        assert_eq!((usage(&top).0, usage_within(&top).0), (whole, whole));
        fs::hard_link(top.join("a"), temporary.path().join("outside")).unwrap();
        assert_eq!((usage(&top).0, usage_within(&top).0), (whole, empty));
        assert_eq!(usage(&temporary.path().join("absent")), Bytes(0));
    }
}
