//! Words of a shell line: UNICORE puts the executable and its arguments into a script as they are, so it is a shell that
//! splits them. A line without anything that a shell acts on is a program and its arguments; any other stays a line.

use crate::json::written_out;
use pelago_job::{ParamNo, Piece, Template, Text};
use std::collections::BTreeMap;

/// Characters that need no quotes anywhere.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "_/.,:=@%+^-".contains(c)
}

/// Whether a value can stand unquoted in a line as one word.
pub fn is_plain_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_plain)
}

/// Words that begin no program.
const RESERVED: [&str; 16] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "function", "select",
    "time", "coproc",
];

/// The words of a line, if a shell only splits it. `plain` tells the parameters whose values are single plain words.
pub fn split(line: &Text, plain: impl Fn(ParamNo) -> bool) -> Option<Vec<Text>> {
    let mut words: Vec<Text> = Vec::new();
    let mut word: Option<Template> = None;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    let mut bare_start = false;
    // A reserved word is one only where nothing in it is quoted.
    let mut first_quoted = false;
    let mut known: BTreeMap<ParamNo, bool> = BTreeMap::new();
    for piece in &line.0.0 {
        let text = match piece {
            Piece::Text(text) => text,
            Piece::Param(p)
                if quote != Some('\'')
                    && !escaped
                    && (quote.is_some() || *known.entry(*p).or_insert_with(|| plain(*p))) =>
            {
                word.get_or_insert_default().0.push(piece.clone());
                continue;
            }
            _ => return None,
        };
        for c in text.chars() {
            if escaped {
                escaped = false;
                if c == '\n' {
                    continue;
                }
                let target = word.get_or_insert_default();
                if quote == Some('"') && !"$`\"\\".contains(c) {
                    target.push_text("\\");
                }
                target.push_text(c.encode_utf8(&mut [0; 4]));
                continue;
            }
            match (quote, c) {
                (Some('\''), '\'') | (Some('"'), '"') => quote = None,
                (Some('"'), '$' | '`') => return None,
                (None | Some('"'), '\\') => {
                    first_quoted |= words.is_empty();
                    escaped = true;
                }
                (Some(_), c) => word.get_or_insert_default().push_text(c.encode_utf8(&mut [0; 4])),
                (None, '\'' | '"') => {
                    first_quoted |= words.is_empty();
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                (None, ' ' | '\t') => words.extend(word.take().map(Text)),
                (None, c) if is_plain(c) || c == '!' || c == ']' => {
                    bare_start |= words.is_empty() && c == '=';
                    word.get_or_insert_default().push_text(c.encode_utf8(&mut [0; 4]));
                }
                (None, '#' | '~') if word.is_some() => {
                    word.get_or_insert_default().push_text(c.encode_utf8(&mut [0; 4]));
                }
                (None, _) => return None,
            }
        }
    }
    words.extend(word.take().map(Text));
    let first = words.first().map(written_out).unwrap_or_default();
    let assigns = bare_start && first.contains('=');
    let reserved = !first_quoted && (RESERVED.contains(&first.as_str()) || first == "!");
    let whole = quote.is_none() && !escaped && !assigns && !reserved;
    whole.then_some(words)
}

/// A word so that [`split`] gives it back; `hole` writes a parameter's hole.
pub fn quoted(word: &Text, first: bool, hole: impl Fn(&Piece) -> String) -> String {
    let text = written_out(word);
    let special = first && (text.contains('=') || RESERVED.contains(&text.as_str()));
    let literal = |part: &str| {
        if is_plain_word(part) && !special { part.to_string() } else { format!("'{}'", part.replace('\'', "'\\''")) }
    };
    if word.is_empty() {
        return "''".into();
    }
    word.write(literal, hole)
}

/// Puts holes where a line uses variables: `${NAME}` and `$NAME`, as a shell would, so not between single quotes.
pub fn holes(line: &str, named: impl Fn(&str) -> Option<ParamNo>) -> Text {
    replace(line, true, true, named)
}

/// The same in the value of a variable, which the script has between double quotes.
pub fn holes_in_value(value: &str, named: impl Fn(&str) -> Option<ParamNo>) -> Text {
    replace(value, false, true, named)
}

/// Puts holes where a text names variables of a workflow, `${NAME}`, which are put in wherever they stand.
pub fn put_in(text: &str, named: impl Fn(&str) -> Option<ParamNo>) -> Text {
    replace(text, false, false, named)
}

fn replace(line: &str, shell: bool, bare: bool, named: impl Fn(&str) -> Option<ParamNo>) -> Text {
    let mut out = Template::default();
    let (mut from, mut at) = (0, 0);
    let mut single = false;
    let bytes = line.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\'' if shell => single = !single,
            b'\\' if shell && !single => at += 1,
            b'$' if !single && (bare || bytes.get(at + 1) == Some(&b'{')) => {
                let braced = bytes.get(at + 1) == Some(&b'{');
                let start = at + 1 + usize::from(braced);
                let rest = bytes.get(start..).unwrap_or(&[]);
                let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                let end = start + length + usize::from(braced);
                let closed = !braced || bytes.get(start + length) == Some(&b'}');
                if let Some(p) = line.get(start..start + length).filter(|_| closed).and_then(&named) {
                    out.push_text(line.get(from..at).unwrap_or(""));
                    out.0.push(Piece::Param(p));
                    (from, at) = (end, end);
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    out.push_text(line.get(from..).unwrap_or(""));
    Text(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<Vec<String>> {
        split(&Text::literal(line), |_| false).map(|words| words.iter().map(written_out).collect())
    }

    #[test]
    fn lines_without_anything_to_expand_are_words() {
        let of = |line| words(line).map(|words| words.join("|"));
        assert_eq!(of(" ls  -l 'a b' \"it's\" c\\ d x'y'z '' a#b "), Some("ls|-l|a b|it's|c d|xyz||a#b".into()));
        assert_eq!(of("\"a\\\\b\\c\\\"\""), Some("a\\b\\c\"".into()));
        for line in
            ["echo $X", "a; b", "a | b", "a > f", "ls *", "ls ~/x", "(a)", "X=1 a", "if true", "a # b", "a\nb", "'a"]
        {
            assert_eq!(words(line), None, "{line}");
        }
    }

    #[test]
    fn quoted_words_split_again() {
        for word in ["a", "", "it's", "a b", "$HOME", "back\\slash", "x=1", "if", "#", "~", "ünï", "\"", "a\nb", "!"]
        {
            let text = Text::literal(word);
            let line =
                format!("{} {}", quoted(&text, true, |_| String::new()), quoted(&text, false, |_| String::new()));
            assert_eq!(words(&line), Some(vec![word.to_string(); 2]), "{line}");
        }
    }

    #[test]
    fn variables_become_holes() {
        let named = |name: &str| (name == "X").then_some(ParamNo(3));
        let text = holes("a$X ${X}b '$X' \\$X $XY ${X $", named);
        assert_eq!(text.to_string(), "a${3} ${3}b '$X' \\$X $XY $${X $");
    }
}
