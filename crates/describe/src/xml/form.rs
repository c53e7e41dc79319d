//! What makes XML well-formed and the tokenizer lets pass: names, attributes in their tags, declarations, texts
//! (XML 1.0, productions 4 to 5, 10, 14 to 16, 23 and 40).

/// Whether a text is a name.
fn is_name(text: &str) -> bool {
    let first = |c: char| c.is_alphabetic() || c == '_' || c == ':';
    // Beyond ASCII nearly all characters may stand in names.
    let other = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c) || c >= '\u{b7}';
    text.starts_with(first) && text.chars().all(other)
}

/// Whether it is a name, or two joined by a colon (Namespaces in XML, production 7).
fn is_qualified(text: &str) -> bool {
    let (first, second) = text.split_once(':').unwrap_or((text, "a"));
    [first, second].into_iter().all(|part| is_name(part) && !part.contains(':'))
}

/// What is wrong with a start tag, given without its brackets and slash.
pub(super) fn tag(text: &str) -> Option<String> {
    let name_end = text.find(blank).unwrap_or(text.len());
    let (name, rest) = text.split_at(name_end);
    if !is_qualified(name) {
        return Some(format!("`{name}` is no name of an element"));
    }
    attributes(rest).err()
}

/// What is wrong with a text between tags.
pub(super) fn text(text: &str) -> Option<String> {
    text.contains("]]>").then(|| "`]]>` ends nothing here".to_string())
}

/// What is wrong with a comment, given without `<!--` and `-->`.
pub(super) fn comment(text: &str) -> Option<String> {
    (text.contains("--") || text.ends_with('-')).then(|| "`--` may not stand inside a comment".to_string())
}

/// What is wrong with a processing instruction, given without `<?` and `?>`.
pub(super) fn instruction(text: &str) -> Option<String> {
    let target = text.split(blank).next().unwrap_or("");
    match target {
        _ if target.eq_ignore_ascii_case("xml") => Some("an XML declaration stands at the very beginning".to_string()),
        _ if is_name(target) => None,
        _ => Some(format!("`<?{target}` begins no instruction")),
    }
}

/// What is wrong with an XML declaration, given without `<?` and `?>`; `first` says that nothing stands before it.
pub(super) fn declaration(text: &str, first: bool) -> Option<String> {
    if !first {
        return instruction("xml");
    }
    let said = match attributes(text.strip_prefix("xml")?) {
        Ok(said) => said,
        Err(why) => return Some(why),
    };
    let mut rest = &said[..];
    let mut take = |name: &str, good: fn(&str) -> bool| match rest.split_first() {
        Some(((key, value), after)) if *key == name => {
            rest = after;
            (!good(value)).then(|| format!("`{name}` of the XML declaration cannot be `{value}`"))
        }
        _ => None,
    };
    let version = |text: &str| {
        text.strip_prefix("1.").is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit()))
    };
    let encoding = |text: &str| {
        let rest = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(rest)
    };
    let wrong = take("version", version).or_else(|| take("encoding", encoding));
    let wrong = wrong.or_else(|| take("standalone", |text| matches!(text, "yes" | "no")));
    match (wrong, said.first(), rest.first()) {
        (Some(wrong), ..) => Some(wrong),
        (None, Some(("version", _)), None) => None,
        (None, Some(("version", _)), Some((other, _))) => {
            Some(format!("`{other}` does not stand here in an XML declaration"))
        }
        _ => Some("an XML declaration begins with its version: `<?xml version=\"1.0\"?>`".to_string()),
    }
}

/// The attributes of a tag, behind its name, with their values as written.
fn attributes(text: &str) -> Result<Vec<(&str, &str)>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let inner = rest.trim_start_matches(blank);
        if inner.is_empty() {
            return Ok(found);
        }
        let name_end = inner.find(|c| blank(c) || c == '=').unwrap_or(inner.len());
        let (name, after) = inner.split_at(name_end);
        if !is_qualified(name) {
            return Err(format!("`{}` is no name of an attribute", name.chars().take(40).collect::<String>()));
        }
        if inner.len() == rest.len() {
            return Err(format!("before the attribute `{name}` a blank is missing"));
        }
        let value = after.trim_start_matches(blank).strip_prefix('=').map(|value| value.trim_start_matches(blank));
        let mark = value.and_then(|value| value.chars().next()).filter(|mark| matches!(mark, '"' | '\''));
        let (Some(value), Some(mark)) = (value, mark) else {
            return Err(format!("the attribute `{name}` has no value in quotes"));
        };
        let Some((value, after)) = value.get(1..).and_then(|value| value.split_once(mark)) else {
            return Err(format!("the value of the attribute `{name}` is not closed"));
        };
        if value.contains('<') {
            return Err(format!(
                "in the value of the attribute `{name}` stands a `<`: perhaps its quote is not closed"
            ));
        }
        found.push((name, value));
        rest = after;
    }
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_well_formed_is_not_complained_of() {
        for good in ["a", "a:b c = \"1\"\n d='>' ", "größe", "a b='\"'", "_x y.z=''"] {
            assert_eq!(tag(good), None, "{good}");
        }
        for good in ["xml version=\"1.0\"", "xml version='1.1' encoding='UTF-8' standalone='yes' "] {
            assert_eq!(declaration(good, true), None, "{good}");
        }
        assert_eq!((text("a > b]]"), instruction("xml-stylesheet href='x'")), (None, None));
    }

    #[test]
    fn what_is_not_is_said_with_its_reason() {
        for (bad, why) in [
            ("1a", "no name of an element"),
            ("a:b:c", "no name of an element"),
            ("a xmlns:='x'", "no name of an attribute"),
            ("a 1b='2'", "no name of an attribute"),
            ("a b", "no value in quotes"),
            ("a b=c", "no value in quotes"),
            ("a b='1'c='2'", "a blank is missing"),
            ("a b='<c>'", "stands a `<`"),
        ] {
            assert!(tag(bad).is_some_and(|said| said.contains(why)), "{bad}: {:?}", tag(bad));
        }
        for bad in [
            "xml",
            "xml encoding='UTF-8'",
            "xml version='2'",
            "xml version='1.0' standalone='maybe'",
            "xml version='1.0' encoding='8'",
            "xml version=\"1.0",
            "xml version='1.0' more='x'",
        ] {
            assert!(declaration(bad, true).is_some(), "{bad}");
        }
        assert!(declaration("xml version='1.0'", false).is_some_and(|why| why.contains("very beginning")));
        assert!(instruction("XML version='1.0'").is_some() && instruction("?").is_some());
        assert!(text("a]]>").is_some() && comment(" a -- b ").is_some() && comment(" -").is_some());
    }
}
