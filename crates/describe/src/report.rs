//! The loss report in words: what was asked, where it stood, what is said instead.

use crate::loss::is_extension;
use crate::source::LineIndex;
use crate::{Loss, Said, Source};
use pelago_job::Parameter;
use serde::Serialize;
use serde_json::Value;

/// One line of a loss report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Where it stood in the document, from 1, where that is known.
    pub line: Option<usize>,
    /// The part, as a JSON pointer into the model.
    pub part: String,
    /// The part and what was asked, for people.
    pub what: String,
    /// What was done.
    pub done: String,
}

/// Most characters of a value that are shown.
const SHOWN: usize = 60;

/// A loss report, in the order of the document.
pub fn lines(losses: &[Loss], said: &Said, source: &Source) -> Vec<Line> {
    let parameters = &said.description.parameters;
    let several = said.description.jobs.len() > 1;
    let index = LineIndex::new(&source.text);
    let mut lines: Vec<Line> = losses
        .iter()
        .map(|loss| Line {
            line: said.origins.of(&loss.part).map(|span| index.position(span.start).0),
            part: loss.part.clone(),
            what: what(loss, parameters, several),
            done: done(loss, parameters),
        })
        .collect();
    lines.sort_by_key(|line| line.line.unwrap_or(usize::MAX));
    lines
}

fn what(loss: &Loss, parameters: &[Parameter], several: bool) -> String {
    let words: Vec<&str> = loss.part.split('/').skip(1).collect();
    let (job, words) = match words.split_first() {
        Some((&"jobs", rest)) => match rest.split_first() {
            Some((number, rest)) => (number.parse::<usize>().ok().filter(|_| several), rest.to_vec()),
            None => (None, words.clone()),
        },
        _ => (None, words.clone()),
    };
    // Positions count from 1 for people.
    let words: Vec<String> = words
        .iter()
        .map(|word| word.parse::<usize>().map_or_else(|_| word.replace('_', " "), |number| (number + 1).to_string()))
        .collect();
    let part = words.join(" ");
    let job = job.map(|number| format!("job {}: ", number + 1)).unwrap_or_default();
    let secret = loss.part.ends_with("/secret");
    if is_extension(&loss.said) {
        return format!("{job}{}", shown(&loss.said, parameters));
    }
    match shown(&loss.said, parameters) {
        _ if secret => format!("{job}{part}"),
        value if value.is_empty() => format!("{job}{part}"),
        value => format!("{job}{part} {value}"),
    }
}

fn done(loss: &Loss, parameters: &[Parameter]) -> String {
    let why = loss.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    match (&loss.said, &loss.instead) {
        (_, Value::Null) => format!("left out{why}"),
        (Value::Null, instead) => format!("added {}{why}", shown(instead, parameters)),
        (_, instead) => format!("{} instead{why}", shown(instead, parameters)),
    }
}

/// A value for people, in backquotes where it is a text.
fn shown(value: &Value, parameters: &[Parameter]) -> String {
    match value {
        Value::Null | Value::Bool(true) => String::new(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("`{}`", short(&named(text, parameters))),
        Value::Array(items) if items.iter().all(|item| range(item).is_some()) && !items.is_empty() => {
            items.iter().filter_map(range).collect::<Vec<_>>().join(" or ")
        }
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            let items: Vec<String> = items.iter().map(|item| shown(item, parameters)).collect();
            short(&items.join(", "))
        }
        Value::Array(items) => short(&items.iter().map(|item| shown(item, parameters)).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let field = |name: &str| fields.get(name).and_then(Value::as_str).map(|text| named(text, parameters));
            match (field("name"), field("text"), field("value")) {
                (Some(name), Some(text), _) if is_extension(value) => short(&format!("{name} {}", in_quotes(&text))),
                (Some(name), None, Some(value)) => short(&format!("`{name}={value}`")),
                (None, Some(text), None) if fields.len() == 1 => format!("`{}`", short(&text)),
                _ => short(&value.to_string()),
            }
        }
    }
}

/// A text in backquotes, unless there is none.
fn in_quotes(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

fn short(text: &str) -> String {
    let one_line = text.replace('\n', " ⏎ ");
    match one_line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &one_line[..end]),
        None => one_line,
    }
}

/// An interval of a range in words.
fn range(value: &Value) -> Option<String> {
    let Value::Object(fields) = value else { return None };
    let (kind, inner) = fields.iter().next().filter(|_| fields.len() == 1)?;
    let number = |value: &Value| value.as_f64().map(|number| number.to_string());
    let bound = |name: &str| {
        let bound = inner.get(name)?;
        let strictly = bound.get("exclusive").and_then(Value::as_bool).unwrap_or(false);
        Some((number(bound.get("value")?)?, strictly))
    };
    let one = || {
        let strictly = inner.get("exclusive").and_then(Value::as_bool).unwrap_or(false);
        Some((number(inner.get("value")?)?, strictly))
    };
    match kind.as_str() {
        "upper" => one().map(|(value, strictly)| format!("{} {value}", if strictly { "below" } else { "at most" })),
        "lower" => one().map(|(value, strictly)| format!("{} {value}", if strictly { "above" } else { "at least" })),
        "exact" => {
            let value = number(inner.get("value")?)?;
            let epsilon = inner.get("epsilon").and_then(Value::as_f64).filter(|epsilon| *epsilon != 0.0);
            Some(epsilon.map_or(format!("exactly {value}"), |epsilon| format!("{value} give or take {epsilon}")))
        }
        "between" => {
            let ((lower, above), (upper, below)) = (bound("lower")?, bound("upper")?);
            let (above, below) = (if above { "above " } else { "" }, if below { "below " } else { "" });
            Some(format!("{above}{lower} to {below}{upper}"))
        }
        _ => None,
    }
}

/// Holes with the names of their parameters.
fn named(text: &str, parameters: &[Parameter]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, hole) = rest.split_at(at);
        out.push_str(before);
        let end = hole[2..].find(|c: char| !c.is_ascii_digit()).unwrap_or(hole.len() - 2) + 2;
        let parameter = hole[2..end].parse::<usize>().ok().and_then(|number| parameters.get(number));
        match parameter {
            Some(parameter) if !before.ends_with('$') => out.push_str(&format!("${{{}", parameter.name)),
            _ => out.push_str(&hole[..end]),
        }
        rest = &hole[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use pelago_job::{Domain, Order};
    use serde_json::json;

    #[test]
    fn values_are_shown_as_people_say_them() {
        let x =
            Parameter { name: "x".into(), label: None, order: Order::Cross, domain: Domain::List(vec!["a".into()]) };
        for (value, text) in [
            (json!("-n ${0} $${0} ${7} $"), "`-n ${x} $${0} ${7} $`"),
            (json!([{"lower": {"value": 2.0, "exclusive": true}}]), "above 2"),
            (json!([{"exact": {"value": 4.0, "epsilon": 0.0}}, {"upper": {"value": 9.5}}]), "exactly 4 or at most 9.5"),
            (
                json!([{"between": {"lower": {"value": 2.0}, "upper": {"value": 16.0, "exclusive": true}}}]),
                "2 to below 16",
            ),
            (json!(["a", 3]), "`a`, 3"),
            (json!(true), ""),
            (json!([{"text": "-v"}, {"text": "${0}"}]), "`-v`, `${x}`"),
            (json!([{"name": "A", "value": "${0}"}]), "`A=${x}`"),
            (json!({"language": "submit", "name": "notify_user", "text": "ann"}), "notify_user `ann`"),
        ] {
            assert_eq!(shown(&value, std::slice::from_ref(&x)), text);
        }
    }
}
