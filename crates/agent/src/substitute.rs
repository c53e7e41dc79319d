//! Filling `$name` and `${name}` in a file.

/// The text with every known name replaced. A name is the longest run of letters, digits and `_` that begins with no
/// digit; unknown names stay as they are.
pub(crate) fn substitute(text: &[u8], values: &[(String, String)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        match name(from).and_then(|(name, length)| Some((value(name, values)?, length))) {
            Some((value, length)) => {
                out.extend_from_slice(value.as_bytes());
                rest = from.get(length..).unwrap_or_default();
            }
            None => {
                out.push(b'$');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

fn value<'a>(name: &[u8], values: &'a [(String, String)]) -> Option<&'a str> {
    values.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, value)| value.as_str())
}

/// The name that begins at a `$`, and how long it is with its signs.
fn name(from: &[u8]) -> Option<(&[u8], usize)> {
    let braced = from.get(1) == Some(&b'{');
    let start = if braced { 2 } else { 1 };
    let rest = from.get(start..)?;
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let name = rest.get(..length)?;
    if name.first().is_none_or(u8::is_ascii_digit) || (braced && rest.get(length) != Some(&b'}')) {
        return None;
    }
    Some((name, start + length + usize::from(braced)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_replaced() {
        let values = [("x".to_string(), "1".to_string()), ("xy".to_string(), "$x".to_string())];
        for (text, expected) in [
            ("a ${x} b $x", "a 1 b 1"),
            ("$xy ${xy}", "$x $x"),
            ("$xz ${x $ ${} $5 $$x", "$xz ${x $ ${} $5 $1"),
            ("", ""),
            ("$", "$"),
        ] {
            assert_eq!(String::from_utf8(substitute(text.as_bytes(), &values)).unwrap(), expected);
        }
        assert_eq!(substitute(b"\xff$x\xff", &values), b"\xff1\xff");
    }
}
