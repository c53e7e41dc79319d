//! Did you mean: the known word that a misspelt one stands for.

/// The candidate nearest to `word`: equal but for case, else within one edit for short words, two for words from six
/// letters, and never so many edits that a third of the word is new. The first of equals wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length == 0 || length > 64 {
        return None;
    }
    let allowed = match length {
        0..=1 => 0,
        2..=5 => 1,
        _ => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = match word.eq_ignore_ascii_case(candidate) {
            true => 0,
            false => distance(word, candidate, allowed),
        };
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Whether two words differ by one edit (a letter more, less, other, or two swapped), or only in case.
pub fn one_edit(a: &str, b: &str) -> bool {
    a != b && (a.eq_ignore_ascii_case(b) || distance(a, b, 1) == 1)
}

/// Edits between two words, counting a swap of neighbours as one; `limit + 1` stands for everything above `limit`.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(80).collect(), b.chars().take(80).collect());
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0).min(limit + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        let known = ["main", "nodestart", "rootstart"];
        assert_eq!(nearest("mai", known), Some("main"));
        assert_eq!(nearest("mian", known), Some("main"));
        assert_eq!(nearest("nodstrat", known), Some("nodestart"));
        assert_eq!(nearest("MAIN", known), Some("main"));
        assert_eq!(nearest("fl", known), None);
        assert_eq!(nearest("", known), None);
        assert!(one_edit("timestpe", "timestep") && !one_edit("timestep", "timestep") && !one_edit("HOME", "exprnr"));
    }
}
