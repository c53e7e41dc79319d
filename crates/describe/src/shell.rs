//! Words of a command line as a POSIX shell sees them: cut apart where nothing in them is expanded, and quoted.

use pelago_job::description::Text;
use pelago_job::{ParamNo, Piece, Template};

/// Cuts a line into words. `None` if the shell would do more with it than take away quotation marks: expand something,
/// redirect, run several commands; or if a quotation mark is not closed. A parameter outside quotation marks must be
/// `plain`: all its values are one word that stays as it is.
pub(crate) fn split(line: &Text, plain: impl Fn(ParamNo) -> bool) -> Option<Vec<Text>> {
    let mut words = Vec::new();
    let mut word: Option<Template> = None;
    let mut quote: Option<char> = None;
    for piece in &line.0.0 {
        let text = match piece {
            Piece::Text(text) => text,
            hole => {
                let good = match hole {
                    Piece::Param(p) => quote.is_some() || plain(*p),
                    _ => true,
                };
                if !good {
                    return None;
                }
                word.get_or_insert_default().0.push(hole.clone());
                continue;
            }
        };
        let mut letters = text.chars().peekable();
        while let Some(c) = letters.next() {
            let (begin, next) = (word.is_none(), letters.peek().copied());
            let out = match (quote, c) {
                (Some(mark), _) if c == mark => {
                    quote = None;
                    None
                }
                (Some('\''), _) => Some(c),
                (Some(_), '$' | '`') => return None,
                (Some(_), '\\') if matches!(next, Some('"' | '\\' | '$' | '`')) => letters.next(),
                (Some(_), _) => Some(c),
                (None, '\'' | '"') => {
                    quote = Some(c);
                    word.get_or_insert_default();
                    None
                }
                (None, '\\') => Some(letters.next().filter(|c| *c != '\n')?),
                (None, ' ' | '\t') => {
                    words.extend(word.take().map(Text));
                    continue;
                }
                (None, '#' | '~') if begin => return None,
                (None, _) if expands(c) => return None,
                (None, _) => Some(c),
            };
            if let Some(c) = out {
                word.get_or_insert_default().push_text(c.encode_utf8(&mut [0; 4]));
            }
        }
    }
    words.extend(word.take().map(Text));
    quote.is_none().then_some(words)
}

/// Whether a character outside quotation marks means more to a shell than itself.
fn expands(c: char) -> bool {
    "\n\r$`&|;<>()*?[]{}".contains(c)
}

/// Whether a text is one word of a shell that stays as it is without quotation marks.
pub(crate) fn is_plain(text: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_-./:,+@%=^".contains(c) || !c.is_ascii();
    !text.is_empty() && text.chars().all(safe)
}

/// A word in quotation marks where it needs them.
pub(crate) fn quoted(word: &str) -> String {
    if is_plain(word) { word.to_string() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
