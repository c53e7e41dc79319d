//! The name of a document's root element, found without reading the document: to recognise its language.

/// The root element's name as written, and its start tag up to where the text ends. White space, declarations and
/// comments before it are passed over.
pub fn root(head: &str) -> Option<(&str, &str)> {
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    while let Some(after) = rest.strip_prefix('<') {
        let end = match after.as_bytes().first()? {
            b'?' => "?>",
            b'!' if after.starts_with("!--") => "-->",
            // A document type definition is refused later, with its place; until then the root behind it counts.
            b'!' => {
                let (tag, _) = after.split_once('>')?;
                // Its declarations stand in brackets.
                if tag.contains('[') {
                    rest = after.split_once(']')?.1;
                }
                ">"
            }
            _ => {
                let name = after.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<' | '=')).next()?;
                let tag = after.split('>').next().unwrap_or(after);
                return (!name.is_empty()).then_some((name, tag));
            }
        };
        let (_, behind) = rest.split_once(end)?;
        rest = behind.trim_start();
    }
    None
}

/// A name without its prefix.
pub fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_is_passed_over() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\n<!-- <a/> -->\n<!DOCTYPE x>\n <p:job\n xmlns:p=\"urn:x\" >…";
        assert_eq!(root(text), Some(("p:job", "p:job\n xmlns:p=\"urn:x\" ")));
        assert_eq!(root(text).map(|(name, _)| local(name)), Some("job"));
        assert_eq!(root("<!DOCTYPE a [<!ENTITY b \"c\">\n] >\n<a>"), Some(("a", "a")));
        for other in ["", "{}", "<", "<!-- <a/>", "<?xml", "text <a/>", "< a/>"] {
            assert_eq!(root(other), None, "{other}");
        }
    }
}
