//! The `queue` statement: how many jobs, and the items they are about.

/// Where items come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// There are none.
    Count,
    /// Words: `in`.
    In,
    /// Lines: `from`.
    From,
    /// Names of files: `matching`.
    Matching,
}

/// A slice of the items, as in Python.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slice {
    /// The first.
    pub start: Option<i64>,
    /// Before this one it ends.
    pub end: Option<i64>,
    /// How far from one to the next.
    pub step: Option<i64>,
}

/// The arguments of a `queue` statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Queue {
    /// The expression of how many for each item; empty means one.
    pub count: String,
    /// Names of the item variables.
    pub variables: Vec<String>,
    /// Where items come from.
    pub mode: Mode,
    /// `files` or `dirs`.
    pub only: Option<&'static str>,
    /// The part of the list.
    pub slice: Option<Slice>,
    /// What stands in the statement's own line: items, or patterns, or lines.
    pub items: Vec<String>,
    /// Whether more items follow, up to a line that begins with `)`.
    pub open: bool,
    /// A file or command whose lines are the items.
    pub source: Option<String>,
    /// Options of `table(…)`.
    pub table: Option<String>,
}

/// What is wrong with a statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum QueueError {
    /// `files` and so on with another mode.
    #[error("`{0}` belongs to `{1}` only")]
    Unexpected(&'static str, &'static str),
    /// `[…]` that is no slice.
    #[error("`{0}` is no slice; one is written `[start:end:step]` with integers, any of them left out")]
    Slice(String),
    /// A step below 1.
    #[error("the step of a slice is 1 or more, this one is {0}")]
    Step(i64),
}

/// Whether a line is a `queue` statement: its arguments.
pub(super) fn arguments(line: &str) -> Option<&str> {
    let word = line.split(char::is_whitespace).next().unwrap_or("");
    let rest = line.get(word.len()..)?;
    (word.eq_ignore_ascii_case("queue") || word.eq_ignore_ascii_case("iterate") || word.eq_ignore_ascii_case("iter"))
        .then(|| rest.trim())
}

/// The words of a list: separated by commas and blanks.
pub(super) fn list(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split([',', ' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).map(str::to_string)
}

/// Reads the arguments.
pub(super) fn read(text: &str) -> Result<Queue, QueueError> {
    let none = Queue { count: text.to_string(), ..Queue::once() };
    let Some((before, mode, after)) = keyword(text) else { return Ok(none) };
    let (count, variables) = variables(before);
    let mut queue = Queue { count: count.to_string(), variables, mode, ..none };
    let mut rest = after.trim_start();
    // A list in brackets ends the options.
    while !rest.starts_with('(') {
        if rest.starts_with('[') {
            let end = rest.find(']').ok_or_else(|| QueueError::Slice(rest.to_string()))?;
            let (slice, after) = rest.split_at_checked(end + 1).unwrap_or((rest, ""));
            queue.slice = Some(read_slice(slice)?);
            rest = after.trim_start();
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '(' || c == '[').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let only = match word.to_ascii_lowercase().as_str() {
            "files" => "files",
            "dirs" => "dirs",
            "any" => "any",
            "table" if after.trim_start().starts_with('(') && mode == Mode::From => {
                let inner = after.trim_start().get(1..).unwrap_or("");
                let (options, after) = inner.split_once(')').unwrap_or((inner, ""));
                queue.table = Some(options.trim().to_string());
                rest = after.trim_start();
                continue;
            }
            _ => break,
        };
        if mode != Mode::Matching {
            // A word of a list may be called like this.
            if mode == Mode::In || after.trim().is_empty() {
                break;
            }
            return Err(QueueError::Unexpected(only, "matching"));
        }
        queue.only = (only != "any").then_some(only);
        rest = after.trim_start();
    }
    let mut inner = rest;
    let mut listed = false;
    if let Some(begun) = rest.strip_prefix('(') {
        match begun.strip_suffix(')') {
            Some(whole) => (inner, listed) = (whole, true),
            None => (inner, queue.open, listed) = (begun, true, true),
        }
    }
    let inner = inner.trim();
    match mode {
        Mode::From if !listed => queue.source = Some(inner.to_string()),
        Mode::From => queue.items.extend((!inner.is_empty()).then(|| inner.to_string())),
        _ => queue.items.extend(list(inner)),
    }
    Ok(queue)
}

/// Cuts at the first `in`, `from` or `matching` that is a word of its own.
fn keyword(text: &str) -> Option<(&str, Mode, &str)> {
    let mut start = 0;
    for (end, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if !c.is_whitespace() && c != '(' {
            continue;
        }
        let mode = match text.get(start..end).unwrap_or("").to_ascii_lowercase().as_str() {
            "in" => Some(Mode::In),
            "from" => Some(Mode::From),
            "matching" => Some(Mode::Matching),
            _ => None,
        };
        if let Some(mode) = mode.filter(|_| end < text.len() || start > 0 || end > 0) {
            return Some((text.get(..start)?, mode, text.get(end..)?));
        }
        start = end + c.len_utf8();
    }
    None
}

/// Count and variables: the names at the end are variables, what stands before them is the count.
fn variables(text: &str) -> (&str, Vec<String>) {
    let text = text.trim_end();
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut start = text.len();
    loop {
        let before = text.get(..start).unwrap_or("").trim_end_matches(|c: char| c.is_whitespace() || c == ',');
        let word = before.rfind(|c: char| !name(c)).map_or(0, |at| at + before.get(at..).map_or(1, first_length));
        let text = before.get(word..).unwrap_or("");
        if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) {
            break;
        }
        // A word right behind an operator or a bracket belongs to the expression.
        let behind = before.get(..word).unwrap_or("").trim_end();
        if behind.ends_with(['+', '-', '*', '/', '%', '(']) {
            break;
        }
        start = word;
    }
    let (count, names) = text.split_at_checked(start).unwrap_or((text, ""));
    (count.trim(), list(names).collect())
}

fn first_length(text: &str) -> usize {
    text.chars().next().map_or(1, char::len_utf8)
}

fn read_slice(text: &str) -> Result<Slice, QueueError> {
    let wrong = || QueueError::Slice(text.to_string());
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).ok_or_else(wrong)?;
    let part = |part: &str| match part.trim() {
        "" => Ok(None),
        number => number.parse::<i64>().map(Some).map_err(|_| wrong()),
    };
    let parts: Vec<&str> = inner.split(':').collect();
    let slice = match parts.as_slice() {
        // One number without a colon is where it starts.
        [start] => Slice { start: part(start)?, end: None, step: None },
        [start, end] => Slice { start: part(start)?, end: part(end)?, step: None },
        [start, end, step] => Slice { start: part(start)?, end: part(end)?, step: part(step)? },
        _ => return Err(wrong()),
    };
    match slice.step {
        Some(step) if step < 1 => Err(QueueError::Step(step)),
        _ => Ok(slice),
    }
}

impl Queue {
    /// Whether the number of jobs has something in it that is filled when they are submitted (`$ENV(…)`).
    pub fn uncounted(&self) -> bool {
        self.count.contains('$') && super::function::whole(&super::job::without_later(&self.count)).is_some()
    }

    /// One job, as a document without a statement has it.
    pub fn once() -> Self {
        Self {
            count: String::new(),
            variables: Vec::new(),
            mode: Mode::Count,
            only: None,
            slice: None,
            items: Vec::new(),
            open: false,
            source: None,
            table: None,
        }
    }
}

impl Slice {
    /// The positions that it takes from a list: the first, the step, how many.
    pub fn positions(&self, length: usize) -> (usize, usize, usize) {
        let all = i64::try_from(length).unwrap_or(i64::MAX);
        let place = |at: i64| if at < 0 { at.saturating_add(all) } else { at }.clamp(0, all);
        let (start, end) = (place(self.start.unwrap_or(0)), place(self.end.unwrap_or(all)));
        let step = self.step.unwrap_or(1).max(1);
        let count = end.saturating_sub(start).max(0).saturating_add(step - 1) / step;
        let number = |n: i64| usize::try_from(n).unwrap_or(0);
        (number(start), number(step), number(count))
    }
}

/// Cuts a line into a value for each of `count` variables; the last one takes what is left.
pub(super) fn cut(line: &str, count: usize) -> Vec<String> {
    let blank = [' ', '\t'];
    let line = line.trim_matches(blank);
    let unit = line.contains('\u{1f}');
    let mut values = Vec::new();
    let mut rest = Some(line);
    for number in 1..=count {
        let Some(text) = rest else {
            values.push(String::new());
            continue;
        };
        let at = match unit {
            true => text.find('\u{1f}'),
            false => text.find([',', ' ', '\t']),
        };
        match at.filter(|_| number < count) {
            Some(at) => {
                values.push(text.get(..at).unwrap_or("").trim_end_matches(blank).to_string());
                rest = Some(text.get(at + 1..).unwrap_or("").trim_start_matches(blank));
            }
            None => {
                values.push(text.to_string());
                rest = None;
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_taken_apart() {
        let read = |text| read(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(read("600").count, "600");
        assert_eq!(read("").mode, Mode::Count);
        let queue = read("3 in (A,B)");
        assert_eq!((queue.count.as_str(), queue.mode, queue.items.len()), ("3", Mode::In, 2));
        let queue = read("2 * 4 input,arguments from [1:] jobs.txt");
        assert_eq!((queue.count.as_str(), queue.variables.len()), ("2 * 4", 2));
        assert_eq!((queue.slice, queue.source), {
            (Some(Slice { start: Some(1), end: None, step: None }), Some("jobs.txt".into()))
        });
        let queue = read("v1 matching files *.dat *.txt");
        assert_eq!((queue.variables, queue.only, queue.items.len()), (vec!["v1".into()], Some("files"), 2));
        let queue = read("a b from (");
        assert_eq!((queue.variables.len(), queue.open, queue.items.len()), (2, true, 0));
        assert!(super::read("from files (").is_err() || super::read("a from [x] f").is_err());
    }

    #[test]
    fn lines_are_cut_for_their_variables() {
        assert_eq!(cut(" a, b c  d ", 2), ["a", "b c  d"]);
        assert_eq!(cut("a", 3), ["a", "", ""]);
        assert_eq!(cut("a b\u{1f} c, d", 2), ["a b", "c, d"]);
        assert_eq!(Slice { start: Some(-2), end: None, step: None }.positions(5), (3, 1, 2));
        assert_eq!(Slice { start: None, end: None, step: Some(2) }.positions(5), (0, 2, 3));
    }
}
