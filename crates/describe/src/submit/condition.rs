//! `if`, `elif`, `else`, `endif`: which lines count.

use super::names;

/// The version that `version` conditions compare with.
const VERSION: [u64; 3] = [25, 14, 1];

/// One `if` that is open.
#[derive(Clone, Debug)]
struct Level {
    /// Whether its lines count now.
    on: bool,
    /// Whether one of its branches has counted.
    taken: bool,
    /// Whether `else` was there.
    last: bool,
    /// Where it begins.
    span: std::ops::Range<usize>,
}

/// The open `if`s.
#[derive(Debug, Default)]
pub(super) struct Conditions(Vec<Level>);

/// A keyword of conditions at the beginning of a line, and what follows it.
pub(super) fn keyword(line: &str) -> Option<(&'static str, &str)> {
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let word = ["if", "elif", "else", "endif"].into_iter().find(|k| word.eq_ignore_ascii_case(k))?;
    Some((word, rest.trim()))
}

impl Conditions {
    /// Whether lines count here.
    pub fn on(&self) -> bool {
        self.0.last().is_none_or(|level| level.on)
    }

    /// Whether any is open.
    pub fn inside(&self) -> bool {
        !self.0.is_empty()
    }

    /// The ones that have no `endif`.
    pub fn open(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.0.iter().map(|level| level.span.clone())
    }

    /// Takes a line in. `test` is asked only where the answer matters.
    pub fn take(
        &mut self,
        word: &str,
        span: std::ops::Range<usize>,
        test: impl FnOnce() -> Result<bool, String>,
    ) -> Result<(), String> {
        if word == "if" {
            if self.0.len() >= 63 {
                return Err("`if` is nested deeper than 63 levels".into());
            }
            let outer = self.on();
            let tested = if outer { test() } else { Ok(false) };
            // One that is wrong is open all the same, so that its `endif` is not wrong too.
            let on = tested.as_ref().is_ok_and(|on| *on);
            self.0.push(Level { on, taken: on || !outer, last: false, span });
            return tested.map(|_| ());
        }
        let outer = self.0.len() < 2 || self.0.get(self.0.len() - 2).is_none_or(|level| level.on);
        let Some(level) = self.0.last_mut() else { return Err(format!("`{word}` without an `if` before it")) };
        match word {
            "endif" => {
                self.0.pop();
                return Ok(());
            }
            _ if level.last => return Err(format!("`{word}` after the `else` of the same `if`")),
            "elif" => {
                level.on = false;
                if !level.taken && outer {
                    level.on = test()?;
                    level.taken = level.on;
                }
            }
            _ => {
                level.on = !level.taken && outer;
                (level.taken, level.last) = (true, true);
            }
        }
        Ok(())
    }
}

/// The truth of a condition whose macros are expanded. `defined` says whether a name has a value.
pub(super) fn holds(text: &str, expanded: bool, defined: &dyn Fn(&str) -> bool) -> Result<bool, String> {
    let text = text.trim();
    let (not, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest.trim()));
    let value = match text {
        "" if expanded => false,
        "" => return Err("a condition is missing".into()),
        text => simple(text, defined)?,
    };
    Ok(value != not)
}

fn simple(text: &str, defined: &dyn Fn(&str) -> bool) -> Result<bool, String> {
    if let Some(flag) = literal(text) {
        return Ok(flag);
    }
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    if word.eq_ignore_ascii_case("defined") && (rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        let name = rest.trim();
        return match name {
            "" => Ok(false),
            name if literal(name).is_some() => Ok(true),
            name if names::is_name(name) => Ok(defined(name)),
            name if name.to_ascii_lowercase().starts_with("use ") => Ok(false),
            name => Err(format!("`defined` is followed by one name, not by `{name}`")),
        };
    }
    if word.eq_ignore_ascii_case("version") && !rest.is_empty() {
        return version(rest.trim());
    }
    Err(match text.contains(['=', '<', '>', '&', '|', '(']) {
        true => format!("`{text}` is too much for a condition"),
        false => format!("`{text}` is no condition"),
    })
}

fn literal(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "t" => Some(true),
        "false" | "no" | "f" => Some(false),
        other if other.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') => {
            other.parse::<f64>().ok().map(|n| n != 0.0)
        }
        _ => None,
    }
}

fn version(text: &str) -> Result<bool, String> {
    let end = text.find(|c: char| !"!<>=".contains(c)).unwrap_or(text.len());
    let (sign, number) = text.split_at(end);
    let parts: Option<Vec<u64>> =
        number.trim().trim_start_matches(['v', 'V']).split('.').map(|part| part.trim().parse().ok()).collect();
    let parts = parts.filter(|p| (2..=3).contains(&p.len()));
    let parts = parts.ok_or_else(|| format!("`{}` is no version; one is written 8.1.2", number.trim()))?;
    // Parts that are left out are equal.
    let ours = VERSION.get(..parts.len()).unwrap_or(&VERSION);
    let order = ours.cmp(parts.as_slice());
    match sign {
        "==" | "=" => Ok(order.is_eq()),
        "!=" => Ok(order.is_ne()),
        ">=" => Ok(order.is_ge()),
        "<=" => Ok(order.is_le()),
        ">" => Ok(order.is_gt()),
        "<" => Ok(order.is_lt()),
        _ => Err(format!("`version` is followed by `==`, `>=` or `<=` and a version, not by `{text}`")),
    }
}
