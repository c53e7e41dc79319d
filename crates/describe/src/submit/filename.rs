//! Parts of file names: `$Fpnx(name)` and its letters.

/// Whether the letters take the whole name as it is.
pub(super) fn is_whole(letters: &str) -> bool {
    letters.is_empty()
}

/// The part of a name that the letters ask for: `p` path, `d` last directory, `n` name, `x` extension, `f` full path,
/// `u` and `w` kind of slashes, `b` without slash or dot, `q` with quotes, `a` with single ones.
pub(super) fn part(name: &str, letters: &str) -> String {
    let has = |letter: char| letters.chars().any(|l| l.to_ascii_lowercase() == letter);
    let quoted = name.len() > 1 && ['"', '\''].iter().any(|q| name.starts_with(*q) && name.ends_with(*q));
    let name = if quoted { name.get(1..name.len() - 1).unwrap_or(name) } else { name };
    let name = if has('w') {
        name.replace('/', "\\")
    } else if has('u') {
        name.replace('\\', "/")
    } else {
        name.to_string()
    };
    let slash = name.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let (path, base) = name.split_at_checked(slash).unwrap_or(("", &name));
    let (stem, extension) = match base.rfind('.') {
        Some(at) if at > 0 => base.split_at_checked(at).unwrap_or((base, "")),
        _ => (base, ""),
    };
    let bare = has('b');
    let (mut path_wanted, directories) = (has('p'), letters.chars().filter(|l| l.eq_ignore_ascii_case(&'d')).count());
    let (stem_wanted, extension_wanted) = (has('n'), has('x'));
    let mut directories_wanted = directories > 0;
    if slash == 0 && (stem_wanted || extension_wanted) {
        (path_wanted, directories_wanted) = (false, false);
    }
    let mut out = String::new();
    if !path_wanted && !directories_wanted && !stem_wanted && !extension_wanted {
        out.push_str(&name);
    } else {
        let lead = match (path_wanted, directories_wanted) {
            (true, _) => path,
            (false, true) => last_directories(path, directories),
            (false, false) => "",
        };
        let alone = !stem_wanted && !extension_wanted;
        out.push_str(if bare && alone { lead.trim_end_matches(['/', '\\']) } else { lead });
        // With a path in front the name is never left out before the extension.
        if stem_wanted || extension_wanted && (path_wanted || directories_wanted) {
            out.push_str(stem);
        }
        if extension_wanted {
            let dotless = bare && !stem_wanted && !path_wanted && !directories_wanted;
            out.push_str(if dotless { extension.trim_start_matches('.') } else { extension });
        }
    }
    match (has('q'), has('a')) {
        (true, true) => format!("'{out}'"),
        (true, false) => format!("\"{out}\""),
        (false, _) => out,
    }
}

/// The last so many directories of a path that ends with a slash.
fn last_directories(path: &str, count: usize) -> &str {
    let inner = path.trim_end_matches(['/', '\\']);
    let mut start = inner.len();
    for _ in 0..count {
        let before = inner.get(..start.saturating_sub(1)).unwrap_or("");
        match before.rfind(['/', '\\']) {
            Some(at) => start = at + 1,
            None => return path,
        }
    }
    path.get(start..).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_the_language_has_them() {
        let name = "/p/q/r.txt.gz";
        for (letters, expect) in [
            ("p", "/p/q/"),
            ("n", "r.txt"),
            ("x", ".gz"),
            ("nx", "r.txt.gz"),
            ("d", "q/"),
            ("dn", "q/r.txt"),
            ("pb", "/p/q"),
            ("db", "q"),
            ("xb", "gz"),
            ("q", "\"/p/q/r.txt.gz\""),
            ("qa", "'/p/q/r.txt.gz'"),
            ("dd", "p/q/"),
            ("w", "\\p\\q\\r.txt.gz"),
            ("ddb", "p/q"),
            ("pn", "/p/q/r.txt"),
            ("px", "/p/q/r.txt.gz"),
            ("", "/p/q/r.txt.gz"),
        ] {
            assert_eq!(part(name, letters), expect, "{letters}");
        }
        assert_eq!(part("plain.c", "pn"), "plain");
        assert_eq!(part("plain.c", "p"), "");
    }
}
