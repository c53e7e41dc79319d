//! The short form of a parameter's values on the command line: `1:10`, `1:10:2`, `0..1/5`, `a,b,c`, `@file`, `data/*.csv`.

use crate::number::{self, Kind, RangeError, Spacing};
use pelago_job::Domain;
use std::io;

/// Reads the file of `x=@file`. The path is as the user wrote it.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> io::Result<String>;

/// Why a short form has no values.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// Nothing after the `=`.
    #[error("there are no values; write for example 1:10, 0..1/5, a,b,c, @FILE or data/*.csv")]
    Nothing,
    /// The file of `@file`.
    #[error("the file `{0}` cannot be read: {1}")]
    File(String, #[source] io::Error),
    /// The file has no line.
    #[error("the file `{0}` has no values: it needs one on each line")]
    EmptyFile(String),
    /// A range.
    #[error("{error}{}", mend(error))]
    Range {
        /// Why.
        error: RangeError,
    },
    /// Too many colons, or something that begins like a range.
    #[error("`{0}` begins like a range; a range is FROM:TO or FROM:TO:STEP with numbers, for example 1:10:2")]
    NoRange(String),
    /// `lo..hi/n` with a bad `n`.
    #[error("`{0}` needs a number of points of 1 or more after the `/`, for example 0..1/5")]
    NoPoints(String),
    /// `lo..hi` alone.
    #[error("`{0}` does not say how many points; write `{0}/5` for five, or `{1}` for a range by steps")]
    PointsMissing(String, String),
    /// `1:3,7`.
    #[error("`{0}` stands in a list, where ranges are not expanded; give the range alone, or list its values")]
    RangeInList(String),
    /// `a,,b`.
    #[error("value {0} of the list is empty; leave out the comma, or give the values in a file with @FILE")]
    EmptyValue(usize),
}

/// What would mend a range, in the short form.
fn mend(error: &RangeError) -> String {
    match error {
        RangeError::Empty { from, to, step, .. } => {
            let turned = step.strip_prefix('-').map_or_else(|| format!("-{step}"), str::to_string);
            format!("; write {to}:{from}, or {from}:{to}:{turned} to count the other way")
        }
        _ => String::new(),
    }
}

/// The values that a short form stands for.
pub fn domain(spec: &str, read_file: ReadFile<'_>) -> Result<Domain, SpecError> {
    if spec.is_empty() {
        return Err(SpecError::Nothing);
    }
    if let Some(path) = spec.strip_prefix('@') {
        let text = read_file(path).map_err(|error| SpecError::File(path.to_string(), error))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let values: Vec<String> = text.lines().filter(|line| !line.is_empty()).map(str::to_string).collect();
        return match values.is_empty() {
            true => Err(SpecError::EmptyFile(path.to_string())),
            false => Ok(Domain::List(values)),
        };
    }
    if spec.contains(',') {
        let values: Vec<String> = spec.split(',').map(str::to_string).collect();
        if let Some(position) = values.iter().position(String::is_empty) {
            return Err(SpecError::EmptyValue(position + 1));
        }
        if let Some(range) = values.iter().find(|v| is_range(v)) {
            return Err(SpecError::RangeInList(range.clone()));
        }
        return Ok(if values.iter().any(|v| is_pattern(v)) { Domain::Glob(values) } else { Domain::List(values) });
    }
    if is_pattern(spec) {
        return Ok(Domain::Glob(vec![spec.to_string()]));
    }
    if let Some((from, rest)) = spec.split_once("..").filter(|(from, _)| number::is_number(from)) {
        let Some((to, count)) = rest.split_once('/') else {
            return match number::is_number(rest) {
                true => Err(SpecError::PointsMissing(spec.to_string(), format!("{from}:{rest}"))),
                false => Ok(Domain::List(vec![spec.to_string()])),
            };
        };
        let count =
            count.parse::<u64>().ok().filter(|n| *n > 0).ok_or_else(|| SpecError::NoPoints(spec.to_string()))?;
        return number::range(Kind::Any, from, to, Spacing::Count(count)).map_err(|error| SpecError::Range { error });
    }
    if is_range(spec) {
        let parts: Vec<&str> = spec.splitn(4, ':').collect();
        return match parts.as_slice() {
            [from, to] => number::range(Kind::Any, from, to, Spacing::Step("1")),
            [from, to, step] => number::range(Kind::Any, from, to, Spacing::Step(step)),
            _ => return Err(SpecError::NoRange(spec.to_string())),
        }
        .map_err(|error| match error {
            RangeError::NotANumber(_) => SpecError::NoRange(spec.to_string()),
            error => SpecError::Range { error },
        });
    }
    Ok(Domain::List(vec![spec.to_string()]))
}

/// Two parts, the first of them a number: `1:10`. A time such as `12:30` looks the same, so it has to be in a file or list.
fn is_range(text: &str) -> bool {
    text.split_once(':').is_some_and(|(from, _)| number::is_number(from))
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?']) || text.split_once('[').is_some_and(|(_, rest)| rest.contains(']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(spec: &str) -> String {
        let file = |path: &str| match path {
            "values" => Ok("one\ntwo words\r\n\n".to_string()),
            "empty" => Ok("\n".to_string()),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        match domain(spec, &file) {
            Ok(Domain::Glob(patterns)) => format!("glob {patterns:?}"),
            Ok(domain) => (0..domain.len().min(12)).map(|p| domain.text(p).into_owned()).collect::<Vec<_>>().join("|"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn short_forms() {
        for (spec, expect) in [
            ("1:10:3", "1|4|7|10"),
            ("3:1:-1", "3|2|1"),
            ("0:0.3:0.1", "0|0.1|0.2|0.3"),
            ("a,b,c", "a|b|c"),
            ("solo", "solo"),
            ("http://host:80/x", "http://host:80/x"),
            ("0..1/3", "0|0.5|1"),
            ("../x", "../x"),
            ("@values", "one|two words"),
            ("data/*.csv", "glob [\"data/*.csv\"]"),
        ] {
            assert_eq!(show(spec), expect, "{spec}");
        }
        for (spec, part) in [
            ("", "no values"),
            ("@nothing", "`nothing` cannot be read"),
            ("@empty", "one on each line"),
            ("10:1", "write 1:10, or 10:1:-1 to count"),
            ("1:2:3:4", "begins like a range"),
            ("1:x", "begins like a range"),
            ("0..1", "how many points"),
            ("0..1/0", "points of 1 or more"),
            ("1:3,7", "ranges are not expanded"),
            ("a,,b", "value 2"),
        ] {
            assert!(show(spec).contains(part), "{spec}: {}", show(spec));
        }
    }
}
