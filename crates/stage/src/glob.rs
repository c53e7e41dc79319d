//! File name patterns: `*`, `?` and `[…]`, within one directory a part. Links to directories are not followed.

use crate::error::StageError;
use crate::path::{PathRefused, SafePath};
use std::fs;
use std::path::{Path, PathBuf};

/// More matches than this are refused.
const MOST: usize = 1_000_000;

/// Whether a text is a pattern.
pub fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Whether a name matches a pattern for one name. As in a shell, a leading dot must be written.
pub fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // After a mismatch only the last star needs to be tried again, one character further: that keeps it quadratic.
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = name.get(n) {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, n));
                p += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => match class(pattern.get(p..).unwrap_or_default(), *letter) {
                Some((true, length)) => Some(length),
                Some((false, _)) => None,
                None => (*letter == '[').then_some(1),
            },
            Some(wanted) => (wanted == letter).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(length), _) => {
                p += length;
                n += 1;
            }
            (None, Some((after, from))) => {
                p = after;
                n = from + 1;
                star = Some((after, from + 1));
            }
            (None, None) => return false,
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|rest| *rest == '*')
}

/// Whether a letter is in the class that begins the pattern, and how long the class is; `None` if it is not closed.
fn class(pattern: &[char], letter: char) -> Option<(bool, usize)> {
    let not = matches!(pattern.get(1), Some('!' | '^'));
    let first = if not { 2 } else { 1 };
    let mut at = first;
    let mut found = false;
    loop {
        match (pattern.get(at)?, pattern.get(at + 1), pattern.get(at + 2)) {
            (']', ..) if at > first => return Some((found != not, at + 1)),
            (low, Some('-'), Some(high)) if *high != ']' => {
                found |= (*low..=*high).contains(&letter);
                at += 3;
            }
            (one, ..) => {
                found |= *one == letter;
                at += 1;
            }
        }
    }
}

/// The paths below `directory` that match a pattern, in order. A pattern without wildcards gives itself, there or not.
pub fn expand_glob(directory: &Path, pattern: &str) -> Result<Vec<SafePath>, StageError> {
    let whole = SafePath::new(pattern)?;
    if !is_glob(pattern) {
        return Ok(vec![whole]);
    }
    let mut found = vec![PathBuf::new()];
    for part in whole.as_path().components() {
        let Some(part) = part.as_os_str().to_str() else {
            return Err(PathRefused::new(Path::new(pattern), "is not UTF-8").into());
        };
        let mut next = Vec::new();
        for path in &found {
            if !is_glob(part) {
                let path = path.join(part);
                if fs::symlink_metadata(directory.join(&path)).is_ok() {
                    next.push(path);
                }
                continue;
            }
            let inner = directory.join(path);
            if !path.as_os_str().is_empty() && !fs::symlink_metadata(&inner).is_ok_and(|m| m.is_dir()) {
                continue;
            }
            let entries = fs::read_dir(&inner).map_err(|why| StageError::system("cannot read", &inner, why))?;
            for entry in entries.flatten() {
                if entry.file_name().to_str().is_some_and(|name| matches(part, name)) {
                    next.push(path.join(entry.file_name()));
                }
            }
            if next.len() > MOST {
                let why = format!("pattern `{pattern}` matches more than {MOST} names, which is refused");
                return Err(StageError::Missing { path: inner, why });
            }
        }
        found = next;
    }
    found.sort();
    Ok(found.into_iter().map(SafePath::new).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_a_shell_means() {
        for (pattern, name) in [
            ("*", "a"),
            ("a*c", "abc"),
            ("a*c", "ac"),
            ("*.gz", "x.tar.gz"),
            ("?", "é"),
            ("[a-c]x", "bx"),
            ("[!a]", "b"),
            ("[]]", "]"),
            ("[a-]", "-"),
            (".*", ".a"),
            ("a[", "a["),
            ("**a**", "banana"),
            ("[^0-9]*", "x1"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*", ".a"),
            ("a*c", "abd"),
            ("?", ""),
            ("?", "ab"),
            ("[a-c]", "d"),
            ("[!a]", "a"),
            ("a", "A"),
            ("a*b", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn hostile_patterns_end_soon() {
        assert!(!matches(&"*a".repeat(2_000), &"a".repeat(1_900)));
    }

    #[test]
    fn expansion_stays_inside_and_in_order() {
        let temporary = tempfile::tempdir().unwrap();
        let top = temporary.path();
        for path in ["d1/x.1", "d1/x.2", "d2/x.1", "y"] {
            fs::create_dir_all(top.join(path).parent().unwrap()).unwrap();
            fs::write(top.join(path), "").unwrap();
        }
        std::os::unix::fs::symlink("/etc", top.join("d3")).unwrap();
        let expand = |pattern: &str| -> Vec<String> {
            expand_glob(top, pattern).unwrap().iter().map(|path| path.as_path().display().to_string()).collect()
        };
        assert_eq!(expand("d*/x.*"), ["d1/x.1", "d1/x.2", "d2/x.1"]);
        assert_eq!(expand("*/passwd"), ["d3/passwd"]);
        assert_eq!(expand("d3/pass*"), Vec::<String>::new());
        assert_eq!(expand("absent"), ["absent"]);
        assert!(expand("z*").is_empty());
        assert!(expand_glob(top, "../*").is_err() && expand_glob(top, "/etc/*").is_err());
    }
}
