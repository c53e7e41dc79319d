//! Submit files from the model.
//!
//! A sweep can be said in several ways: with counters, or with a list of items, or not at all. The ways are tried in
//! this order, and the first counts whose document reads back as the description minus what was reported as lost.

use super::command;
use super::say::Saying;
use super::sweep::{Sweep, Way};
use super::{kept, names};
use crate::Source;
use crate::language::Language;
use crate::loss::{Printed, Rest, essence};
use pelago_job::Description;
use std::collections::BTreeSet;

/// The text that takes the place of a program where there is none, since the language insists on one.
pub(super) const NOTHING: &str = "/bin/true";

/// Writes the document.
pub(super) fn print(rest: &mut Rest) -> String {
    let description = rest.left.clone();
    let mut last = None;
    for way in [Way::Counted, Way::Listed, Way::First] {
        let mut trial = rest.clone();
        let text = document(&mut trial, &description, way);
        let printed = Printed { text: text.clone(), losses: trial.clone().losses() };
        let reading = crate::read(&Source::new("printed", text.clone()), Some(Language::Submit));
        let good = reading.said.is_some_and(|said| essence(&said.description) == printed.expected(&description));
        last = Some((trial, text));
        if good {
            break;
        }
        if description.parameters.is_empty() {
            // All ways are the same.
            break;
        }
    }
    let Some((trial, text)) = last else { return String::new() };
    *rest = trial;
    text
}

fn document(rest: &mut Rest, description: &Description, way: Way) -> String {
    let mut out = String::new();
    for extension in &mut rest.left.extensions {
        let line = match extension.name.as_str() {
            name if is_include(name) => sayable(&extension.text).then(|| format!("{name} : {}\n", extension.text)),
            name => definition(name, &extension.text),
        };
        if let Some(line) = line.filter(|_| extension.language == "submit" && extension.place.is_none()) {
            out.push_str(&line);
            *extension = Default::default();
        }
    }
    let unknown = description.extensions.iter().any(|e| e.language == "submit" && is_include(&e.name));
    let mut defined: BTreeSet<String> = BTreeSet::new();
    let mut said = vec![false; description.parameters.len()];
    let mut first = 0;
    for number in 0..rest.left.jobs.len() {
        let sweep = Sweep::plan(rest, description, number, way, first);
        first += sweep.tasks;
        for p in &sweep.said {
            if let Some(said) = said.get_mut(usize::from(p.0)) {
                *said = true;
            }
        }
        let mut saying = Saying::new(rest, number, &sweep, unknown);
        saying.job();
        let lines = saying.lines;
        // What an earlier job has and this one has not.
        let names: BTreeSet<String> = lines.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        for name in defined.difference(&names) {
            out.push_str(&format!("{name} =\n"));
        }
        for (name, value) in &lines {
            out.push_str(&definition(name, value).unwrap_or_default());
        }
        out.push_str(&sweep.macros());
        out.push_str(&sweep.queue());
        defined.extend(names);
    }
    if rest.left.jobs.is_empty() && !out.is_empty() {
        // Definitions alone might be taken for a request for a machine.
        out.push_str("queue 0\n");
    }
    if said.iter().any(|s| *s) {
        rest.left.parameters.clear();
        for at in said.iter().enumerate().filter(|(_, said)| !**said).map(|(at, _)| at) {
            rest.changed(format!("/parameters/{at}"), serde_json::Value::Null, "no `queue` statement goes over it");
        }
    }
    out
}

/// A definition as it is written, if the language can say it.
fn definition(name: &str, value: &str) -> Option<String> {
    let plain = name.strip_prefix('+').unwrap_or(name);
    if !names::is_name(plain) || plain.eq_ignore_ascii_case("queue") {
        return None;
    }
    if sayable(value) {
        return Some(format!("{name} = {value}\n"));
    }
    let block = value.contains('\n')
        && !name.starts_with('+')
        && value.split('\n').all(|line| sayable(line) && !line.starts_with(['#', '@']));
    block.then(|| format!("{name} @=end\n{value}\n@end\n"))
}

/// Whether a value can stand in one line and comes back as it is.
pub(super) fn sayable(value: &str) -> bool {
    !value.is_empty()
        && value.trim() == value
        && !value.ends_with('\\')
        && !value.contains(['\n', '\r'])
        && !super::symbol::has_symbol(value)
}

/// Whether an extension stands for an `include` or `use` statement and its options.
fn is_include(name: &str) -> bool {
    matches!(name.split(' ').next(), Some("include" | "use"))
}

/// A literal text as it is written: no dollar sign begins a macro, unless `unknown` says that some are defined elsewhere.
pub(super) fn escaped(text: &str, unknown: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (literal, from) = rest.split_at(at);
        out.push_str(literal);
        let after = from.get(1..).unwrap_or("");
        let word = after.bytes().position(|b| !b.is_ascii_alphanumeric() && b != b'_').unwrap_or(after.len());
        let (name, tail) = after.split_at_checked(word).unwrap_or((after, ""));
        let later = names::LATER_FUNCTIONS.iter().any(|f| f.trim_matches(['$', '(']) == name);
        let bare = || {
            let inner = tail.get(1..).and_then(|t| t.split_once(')')).map(|(inner, _)| inner);
            let elsewhere = |inner: &str| unknown && names::is_name(inner.split(':').next().unwrap_or(""));
            inner.is_some_and(|i| elsewhere(i) || names::LATER.iter().any(|n| i.eq_ignore_ascii_case(n)))
        };
        let length = match () {
            () if after.starts_with("$([") => after.find("])").map(|end| end + 3),
            () if after.starts_with("$(") => after.find(')').map(|end| end + 2),
            () if after.starts_with('$') => Some(2),
            () if tail.starts_with('(') && (later || name.is_empty() && bare()) => {
                tail.find(')').map(|end| end + word + 2)
            }
            () => None,
        };
        match length {
            // Filled later, as it stands.
            Some(length) => {
                let (kept, after) = from.split_at_checked(length).unwrap_or((from, ""));
                out.push_str(kept);
                rest = after;
            }
            None => {
                // Of two dollars before a bracket both, or the macro would be one that is filled when the job is matched.
                let opens = tail.starts_with('(') || after.starts_with("$(");
                out.push_str(if opens { "$(DOLLAR)" } else { "$" });
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether a name can be that of an item variable or macro of ours.
pub(super) fn is_free(name: &str) -> bool {
    names::is_name(name)
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.contains(['/', '.'])
        // The language takes digits behind anything but a letter for the number of jobs.
        && !name.as_bytes().windows(2).any(|two| {
            two.last().is_some_and(u8::is_ascii_digit) && two.first().is_some_and(|c| !c.is_ascii_alphanumeric())
        })
        && !names::is_own(name)
        && !command::is_known(name)
        && kept::family(name).is_none()
        && !["in", "from", "matching", "queue", "if", "else", "elif", "endif", "include", "use"]
            .contains(&name.to_ascii_lowercase().as_str())
        && !name.to_ascii_lowercase().starts_with("request_")
}
