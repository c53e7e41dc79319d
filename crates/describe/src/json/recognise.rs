//! The names at the top of a JSON text that may be cut off: enough to tell the languages in JSON apart.

/// How many names are looked at.
const MOST: usize = 200;

/// The names of the members of the outermost object, as far as the text goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<String>);

impl Keys {
    /// Whether one of these names is there.
    pub fn any(&self, names: &[&str]) -> bool {
        self.0.iter().any(|key| names.contains(&key.as_str()))
    }
}

/// The outermost names of a text, in any of JSON's dialects; `None` if it does not begin with an object.
pub fn keys(head: &str) -> Option<Keys> {
    let bytes = head.as_bytes();
    let mut found = Keys::default();
    let (mut at, mut depth) = (0, 0usize);
    // The last character that counts: a quote opens a string only where a value or name may begin.
    let mut before = b' ';
    // Where the word at depth 1 began that may be a name.
    let mut name: Option<usize> = None;
    while let Some(&byte) = bytes.get(at) {
        let comment_may_begin = at == 0 || bytes.get(at - 1).is_some_and(u8::is_ascii_whitespace);
        let slashes = byte == b'/' && bytes.get(at + 1) == Some(&b'/');
        if comment_may_begin && (byte == b'#' || slashes) {
            at += bytes.get(at..)?.iter().position(|b| *b == b'\n').unwrap_or(bytes.len());
            continue;
        }
        if byte == b'/' && bytes.get(at + 1) == Some(&b'*') && comment_may_begin {
            at += head.get(at..).and_then(|rest| rest.find("*/")).map_or(bytes.len(), |end| end + 2);
            continue;
        }
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if depth == 0 && byte != b'{' {
            return (!found.0.is_empty()).then_some(found);
        }
        let opens = matches!(before, b'{' | b'[' | b',' | b';' | b':' | b'=');
        if depth == 1 && name.is_none() && matches!(before, b'{' | b',' | b';' | b'}' | b']') {
            name = Some(at);
        }
        if matches!(byte, b'"' | b'\'') && opens {
            let mut end = at + 1;
            while let Some(&inner) = bytes.get(end) {
                match inner {
                    b'\\' => end += 1,
                    _ if inner == byte => break,
                    _ => {}
                }
                end += 1;
            }
            at = end + 1;
            before = byte;
            continue;
        }
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b':' | b'=' if depth == 1 => {
                if let Some(word) = name.take().and_then(|start| head.get(start..at)) {
                    found.0.push(word.trim().trim_matches(['"', '\'']).to_string());
                }
                if found.0.len() >= MOST {
                    break;
                }
            }
            b',' | b';' if depth == 1 => name = None,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        before = byte;
        at += 1;
    }
    (depth > 0 || !bytes.is_empty() && before != b' ').then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outer_names_are_found_in_cut_texts() {
        let of = |text: &str| keys(text).map(|k| k.0.join("|"));
        assert_eq!(of("# n\n{ \"a\": {\"b\": 1}, 'c d': [x: y], E f: it's, g = 'h', \"i"), Some("a|c d|E f|g".into()));
        assert_eq!(of("{\"a\": \"{,\\\"x\\\":\", \"b\": 1}, \"c\": 2"), Some("a|b".into()));
        assert_eq!(of("{}"), Some(String::new()));
        assert_eq!(of("[a]"), None);
        assert_eq!(of("plain: text"), None);
        assert_eq!(of(""), None);
    }
}
