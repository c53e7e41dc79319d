//! Words of `arguments` and pairs of `environment`, in the old and the new syntax: reading and writing.

use super::symbol::is_symbol;

/// Why a text has no words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WordError {
    /// `"…` without its end.
    #[error("the quotation mark at the beginning has no end")]
    Unterminated,
    /// `"…" more`.
    #[error("there is more text after the closing quotation mark: `{0}`")]
    After(String),
    /// `'…` without its end.
    #[error("a single quotation mark has no end: `{0}`")]
    Unbalanced(String),
    /// A quotation mark in the old syntax.
    #[error("a quotation mark stands inside: `{0}`")]
    Inside(String),
    /// A variable without `=`.
    #[error("`{0}` has no `=`; variables are written `name=value`")]
    NoValue(String),
    /// A value without a name.
    #[error("`{0}` has no name before its `=`")]
    NoName(String),
}

impl WordError {
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unterminated => "put another `\"` at the end",
            Self::After(_) => "inside the quotation marks a quotation mark is written twice: `\"\"`",
            Self::Unbalanced(_) => "inside the quotation marks an apostrophe is written twice: `''`",
            Self::Inside(_) => {
                "put the whole value in quotation marks and use apostrophes inside (`\"one 'two three'\"`), or write `\\\"`"
            }
            Self::NoValue(_) | Self::NoName(_) => {
                "in the new syntax, in quotation marks, blanks separate variables; in the old one `;` does"
            }
        }
    }
}

/// A word, and the symbols in it that stand outside of quotes, where blanks in their values would make more words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// The word.
    pub text: String,
    /// The symbols outside.
    pub bare: Vec<char>,
}

/// Whether a value is in the new syntax.
pub(super) fn is_new(text: &str) -> bool {
    text.trim_start().starts_with('"')
}

/// The text between the quotation marks.
fn unquoted(text: &str) -> Result<String, WordError> {
    let inner = text.trim_start().strip_prefix('"').unwrap_or(text);
    let mut out = String::new();
    let mut rest = inner;
    while let Some(at) = rest.find('"') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after = from.get(1..).unwrap_or("");
        match after.strip_prefix('"') {
            Some(after) => {
                out.push('"');
                rest = after;
            }
            None if after.trim().is_empty() => return Ok(out),
            None => return Err(WordError::After(after.trim().to_string())),
        }
    }
    Err(WordError::Unterminated)
}

fn split_new(text: &str) -> Result<Vec<Word>, WordError> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some((_, '\'')) if chars.next_if(|(_, c)| *c == '\'').is_some() => word.text.push('\''),
                        Some((_, '\'')) => break,
                        Some((_, c)) => word.text.push(c),
                        None => return Err(WordError::Unbalanced(text.get(start..).unwrap_or("").to_string())),
                    }
                }
            }
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            c => {
                let word = word.get_or_insert_default();
                word.text.push(c);
                if is_symbol(c) {
                    word.bare.push(c);
                }
            }
        }
    }
    words.extend(word);
    Ok(words)
}

/// Stands for a blank in `$$([…])`, which is one word until it is filled.
const BLANK: char = '\u{fdd0}';

/// The text with such blanks set aside.
fn aside(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("$$([") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.find("])").unwrap_or(from.len());
        let (inner, after) = from.split_at(end);
        out.extend(inner.chars().map(|c| if c == ' ' { BLANK } else { c }));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The words of an `arguments` value.
pub(super) fn arguments(text: &str) -> Result<Vec<Word>, WordError> {
    let text = &aside(text);
    let mut words = cut(text)?;
    words.iter_mut().for_each(|word| word.text = word.text.replace(BLANK, " "));
    Ok(words)
}

fn cut(text: &str) -> Result<Vec<Word>, WordError> {
    if is_new(text) {
        return split_new(&unquoted(text)?);
    }
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('"') {
        let (before, from) = rest.split_at(at);
        let Some(before) = before.strip_suffix('\\') else { return Err(WordError::Inside(from.to_string())) };
        plain.push_str(before);
        plain.push('"');
        rest = from.get(1..).unwrap_or("");
    }
    plain.push_str(rest);
    let word = |word: &str| Word { text: word.to_string(), bare: word.chars().filter(|c| is_symbol(*c)).collect() };
    Ok(plain.split([' ', '\t', '\n', '\r']).filter(|w| !w.is_empty()).map(word).collect())
}

/// Name, value and the symbols outside of quotes, for each variable of an `environment` value.
pub(super) fn environment(text: &str) -> Result<Vec<(String, String, Vec<char>)>, WordError> {
    let words = match is_new(text) {
        true => split_new(&unquoted(text)?)?,
        false => {
            let word = |w: &str| Word { text: w.to_string(), bare: w.chars().filter(|c| is_symbol(*c)).collect() };
            let text = text.trim();
            // The first character can say what separates; the old syntax has `;` for that.
            let (by, text) = match text.chars().next() {
                Some(c @ (';' | '|')) => (c, text.get(1..).unwrap_or("")),
                _ => (';', text),
            };
            text.split([by, '\n']).map(str::trim_start).filter(|w| !w.is_empty()).map(word).collect()
        }
    };
    let pair = |word: Word| match word.text.split_once('=') {
        // Filled when the job has its machine, and then it has a name and a value.
        None if word.text.contains("$$") || word.text.contains(is_symbol) => Ok((word.text, String::new(), word.bare)),
        None => Err(WordError::NoValue(word.text)),
        Some(("", _)) => Err(WordError::NoName(word.text)),
        Some((name, value)) => Ok((name.to_string(), value.to_string(), word.bare)),
    };
    words.into_iter().map(pair).collect()
}

/// Words in the new syntax, quotation marks around the whole included; each word is escaped already.
pub(super) fn write_new(words: &[String]) -> String {
    format!("\"{}\"", words.join(" ").replace('"', "\"\""))
}

/// A word for the new syntax, in apostrophes where it needs them. `open` says that values are filled in which may need
/// them.
pub(super) fn quote(word: &str, open: bool) -> String {
    let plain = !open && !word.is_empty() && !word.contains([' ', '\t', '\n', '\r', '\'']);
    if plain { word.to_string() } else { format!("'{}'", word.replace('\'', "''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Result<Vec<String>, WordError> {
        Ok(arguments(text)?.into_iter().map(|w| w.text).collect())
    }

    #[test]
    fn both_syntaxes_of_arguments() {
        assert_eq!(words(r#"3 simple "#), Ok(vec!["3".into(), "simple".into()]));
        assert_eq!(words(r#"a \"b c"#), Ok(vec!["a".into(), "\"b".into(), "c".into()]));
        assert_eq!(words(r#""3 'spacey ''quoted'' argument' ""x"" ''""#), {
            Ok(vec!["3".into(), "spacey 'quoted' argument".into(), "\"x\"".into(), String::new()])
        });
        assert_eq!(words(r#"a "b""#), Err(WordError::Inside("\"b\"".into())));
        assert_eq!(words(r#""a" b"#), Err(WordError::After("b".into())));
        assert_eq!(words(r#""a 'b""#), Err(WordError::Unbalanced("'b".into())));
        assert_eq!(words(r#""a"#), Err(WordError::Unterminated));
    }

    #[test]
    fn both_syntaxes_of_environment() {
        let old = environment("A=1;B=two words;;C=").map(|v| v.into_iter().map(|(n, v, _)| (n, v)).collect());
        let pair = |n: &str, v: &str| (n.to_string(), v.to_string());
        assert_eq!(old, Ok(vec![pair("A", "1"), pair("B", "two words"), pair("C", "")]));
        let new = environment(r#""A=1 B='two words'""#).map(|v| v.into_iter().map(|(n, v, _)| (n, v)).collect());
        assert_eq!(new, Ok(vec![pair("A", "1"), pair("B", "two words")]));
        assert_eq!(environment("A"), Err(WordError::NoValue("A".into())));
    }
}
