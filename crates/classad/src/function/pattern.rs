//! Regular expressions. They are matched in time linear in the text, so there are no back references and no looking
//! around in them.

use super::{Call, worst};
use crate::error::Failure;
use crate::eval::Done;
use crate::value::Value;
use regex_lite::{Regex, RegexBuilder};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Patterns that were compiled in an evaluation; `None` for one that is none.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    compiled: BTreeMap<(String, String), Option<Arc<Regex>>>,
}

/// How many patterns are kept.
const KEPT: usize = 64;

fn compile(call: &mut Call<'_>, pattern: &str, options: &str) -> Result<Option<Arc<Regex>>, Failure> {
    let key = (pattern.to_string(), options.to_string());
    if let Some(known) = call.evaluation.patterns.compiled.get(&key) {
        return Ok(known.clone());
    }
    call.evaluation.spend(pattern.len() as u64)?;
    let regex = RegexBuilder::new(pattern)
        .case_insensitive(options.contains('i'))
        .multi_line(options.contains('m'))
        .dot_matches_new_line(options.contains('s'))
        .ignore_whitespace(options.contains('x'))
        .size_limit(1 << 20)
        .build()
        .ok()
        .map(Arc::new);
    let compiled = &mut call.evaluation.patterns.compiled;
    if compiled.len() >= KEPT {
        compiled.clear();
    }
    compiled.insert(key, regex.clone());
    Ok(regex)
}

/// Pays for matching: the pattern may be looked through for each byte.
fn pay(call: &mut Call<'_>, pattern: &str, text: &str) -> Result<(), Failure> {
    call.evaluation.spend((pattern.len() as u64 + 1) * (text.len() as u64 / 64 + 1) / 8)
}

pub(super) fn matches(call: &mut Call<'_>) -> Done {
    if !matches!(call.count(), 2 | 3) {
        return Ok(Value::Error);
    }
    let values = call.all()?;
    if let Some(worst) = worst(&values) {
        return Ok(worst);
    }
    let (Some(pattern), Some(text), Some(options)) =
        (values[0].as_str(), values[1].as_str(), values.get(2).map_or(Some(""), Value::as_str))
    else {
        return Ok(Value::Error);
    };
    pay(call, pattern, text)?;
    let regex = compile(call, pattern, options)?;
    Ok(regex.map_or(Value::Error, |r| Value::Boolean(r.is_match(text))))
}

pub(super) fn member(call: &mut Call<'_>) -> Done {
    if !matches!(call.count(), 2 | 3) {
        return Ok(Value::Error);
    }
    let values = call.all()?;
    if let Some(worst) = worst(&values) {
        return Ok(worst);
    }
    let (Some(pattern), Value::List(list), Some(options)) =
        (values[0].as_str(), &values[1], values.get(2).map_or(Some(""), Value::as_str))
    else {
        return Ok(Value::Error);
    };
    let mut unknown = false;
    for item in list.items.iter() {
        match call.evaluation.element(list, item, call.scope)? {
            Value::String(text) => {
                pay(call, pattern, &text)?;
                if compile(call, pattern, options)?.is_some_and(|r| r.is_match(&text)) {
                    return Ok(Value::Boolean(true));
                }
            }
            Value::Undefined => unknown = true,
            _ => return Ok(Value::Error),
        }
    }
    Ok(if unknown { Value::Undefined } else { Value::Boolean(false) })
}

/// Whether a pattern, without regard to case, is in one of the texts.
pub(super) fn any<'t>(call: &mut Call<'_>, pattern: &str, texts: impl Iterator<Item = &'t str>) -> Done {
    let Some(regex) = compile(call, pattern, "i")? else { return Ok(Value::Error) };
    for text in texts {
        pay(call, pattern, text)?;
        if regex.find(text).is_some_and(|found| !found.is_empty()) {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(Value::Boolean(false))
}

pub(super) fn text_list_member(call: &mut Call<'_>) -> Done {
    if !matches!(call.count(), 2..=4) {
        return Ok(Value::Error);
    }
    let values = call.all()?;
    let Some(texts) = values.iter().map(Value::as_str).collect::<Option<Vec<_>>>() else { return Ok(Value::Error) };
    let (delimiters, options) = (texts.get(2).unwrap_or(&", "), texts.get(3).unwrap_or(&"").to_lowercase());
    let Some(regex) = compile(call, texts[0], &options)? else { return Ok(Value::Error) };
    let items = super::text_list::items(texts[1], delimiters);
    pay(call, texts[0], texts[1])?;
    Ok(match &items[..] {
        [] => Value::Undefined,
        items => Value::Boolean(items.iter().any(|item| regex.is_match(item))),
    })
}

/// `regexps`, `replace` and `replaceAll`.
pub(super) fn substitute(call: &mut Call<'_>) -> Done {
    if !matches!(call.count(), 3 | 4) {
        return Ok(Value::Error);
    }
    let values = call.all()?;
    if let Some(worst) = worst(&values) {
        return Ok(worst);
    }
    let Some(texts) = values.iter().map(Value::as_str).collect::<Option<Vec<_>>>() else { return Ok(Value::Error) };
    let (pattern, text, template) = (texts[0], texts[1], texts[2]);
    let mut options = texts.get(3).copied().unwrap_or("").to_string();
    options.push_str(match call.name {
        "replace" => "f",
        "replaceall" => "fg",
        _ => "",
    });
    pay(call, pattern, text)?;
    let Some(regex) = compile(call, pattern, &options)? else { return Ok(Value::Error) };
    let (whole, global) = (options.contains('f'), options.contains('g'));
    let (mut output, mut at) = (String::new(), 0);
    while let Some(groups) = regex.captures_at(text, at) {
        let Some(found) = groups.get(0) else { break };
        if whole {
            output.push_str(&text[at..found.start()]);
        }
        let Some(filled) = fill(template, &groups) else { return Ok(Value::Error) };
        call.evaluation.spend(filled.len() as u64 / 8 + 1)?;
        output.push_str(&filled);
        at = found.end();
        if !global {
            break;
        }
        if found.is_empty() {
            // HTCondor steps over a character here, and fails at the end of the text where there is none.
            let Some(letter) = text[at..].chars().next() else { return Ok(Value::Error) };
            output.push(letter);
            at += letter.len_utf8();
        }
    }
    if whole {
        output.push_str(text.get(at..).unwrap_or_default());
    }
    call.text(output)
}

/// `\0` to `\9` stand for groups; `None` for one after the last that took part.
fn fill(template: &str, groups: &regex_lite::Captures<'_>) -> Option<String> {
    let last = (0..groups.len()).rev().find(|&at| groups.get(at).is_some()).unwrap_or(0);
    let mut text = String::new();
    let mut letters = template.chars().peekable();
    while let Some(letter) = letters.next() {
        let digit = letters.peek().and_then(|c| c.to_digit(10));
        match (letter, digit) {
            ('\\', Some(group)) if group as usize <= last => {
                letters.next();
                text.push_str(groups.get(group as usize).map_or("", |g| g.as_str()));
            }
            ('\\', Some(_)) => return None,
            _ => text.push(letter),
        }
    }
    Some(text)
}
