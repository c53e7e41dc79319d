//! The string literals of a Rust source file: a reader's table of names, and the documents of its tests.

/// The texts of all string literals, as they are at run time. Comments and characters are passed over.
pub fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let before = &rest[..at];
        rest = &rest[at..];
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with('\'') {
            rest = &rest[character(rest)..];
        } else if rest.starts_with('/') {
            rest = &rest[1..];
        } else {
            let hashes = before.len() - before.trim_end_matches('#').len();
            let raw = before[..before.len() - hashes].ends_with('r');
            let (text, end) = if raw { raw_text(rest, hashes) } else { plain_text(rest) };
            found.extend((!text.is_empty()).then_some(text));
            rest = &rest[end..];
        }
    }
    found
}

/// How long a character is, or the sign alone where it begins a lifetime.
fn character(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    let escaped = letters.next().is_some_and(|(_, letter)| letter == '\\') && letters.next().is_some();
    match letters.next() {
        Some((at, '\'')) => at + 1,
        // `'\u{1f600}'`
        Some((at, _)) if escaped => text[at..].find('\'').map_or(1, |end| at + end + 1),
        _ => 1,
    }
}

/// The text of `"…"` and the length of all of it, for a raw literal with so many hashes.
fn raw_text(literal: &str, hashes: usize) -> (String, usize) {
    let close = format!("\"{}", "#".repeat(hashes));
    let inside = &literal[1..];
    let end = inside.find(&close).unwrap_or(inside.len());
    (inside[..end].to_string(), (1 + end + close.len()).min(literal.len()))
}

/// The text of `"…"` and the length of all of it.
fn plain_text(literal: &str) -> (String, usize) {
    let mut text = String::new();
    let mut letters = literal.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (text, at + 1),
            '\\' => match letters.next().map(|(_, escaped)| escaped) {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                // A line that goes on: what the next one is indented by does not count.
                Some('\n') => while letters.next_if(|(_, blank)| blank.is_whitespace()).is_some() {},
                Some(escaped @ ('"' | '\\' | '\'')) => text.push(escaped),
                _ => {}
            },
            _ => text.push(letter),
        }
    }
    (text, literal.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_as_they_are_at_run_time() {
        let source = "let a: &'static str = \"one\"; // \"not\"\nlet b = ['\"', '\\'', '\\u{41}', 'x'];\n\
                      let c = r#\"<a b=\"1\"/>\"#; let d = \"x\\n\\\n   y \\\"z\\\"\"; let e = 1 / 2; f(r\"raw\\\")";
        assert_eq!(literals(source), ["one", "<a b=\"1\"/>", "x\ny \"z\"", "raw\\"]);
        assert_eq!(literals("\"open"), ["open"]);
        assert_eq!(literals("'"), Vec::<String>::new());
    }
}
