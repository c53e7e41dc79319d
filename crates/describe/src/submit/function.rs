//! The functions of the language: `$INT(name)`, `$CHOICE(index, list)`, `$Fn(file)` and the like.

use super::arithmetic;
use super::expand::Expander;
use super::filename;
use super::format;
use super::symbol::{Symbol, has_symbol};
use pelago_classad::{Context, Value, evaluate as classad, parse};
use pelago_job::Expr;

/// The value of a function. `Ok(None)` means that it has to be computed for each task apart.
pub(super) fn evaluate(expander: &mut Expander<'_>, name: &str, arguments: &str) -> Result<Option<String>, String> {
    match name {
        "INT" => integer(expander, arguments),
        "REAL" => real(expander, arguments),
        "STRING" => string(expander, arguments),
        "EVAL" => eval(expander, arguments),
        "CHOICE" => choice(expander, arguments),
        "SUBSTR" => substring(expander, arguments),
        "BASENAME" => file(expander, "nx", arguments),
        "DIRNAME" => file(expander, "p", arguments),
        parts => file(expander, parts.strip_prefix('F').unwrap_or(""), arguments),
    }
}

/// The value of a macro, or the text itself if there is no such macro.
fn argument(expander: &mut Expander<'_>, text: &str) -> String {
    let text = text.trim();
    match expander.lookup(text) {
        Some(value) => value,
        None => expander.expand(text),
    }
}

fn value_of(text: &str) -> Option<Value> {
    let expr = parse(text).ok()?;
    classad(&expr, None, None, &Context::at(0)).ok()
}

/// The integer that a text is, or evaluates to.
pub(super) fn whole(text: &str) -> Option<i64> {
    if let Ok(number) = text.trim().parse::<i64>() {
        return Some(number);
    }
    match value_of(text)? {
        Value::Integer(number) => Some(number),
        Value::Boolean(flag) => Some(i64::from(flag)),
        Value::Real(number) if number.is_finite() && number.abs() < 9e18 => Some(number.trunc() as i64),
        _ => None,
    }
}

fn integer(expander: &mut Expander<'_>, arguments: &str) -> Result<Option<String>, String> {
    let (name, format) = arguments.split_once(',').map_or((arguments, None), |(name, format)| (name, Some(format)));
    let value = argument(expander, name);
    if !has_symbol(&value) {
        let number = whole(&value).ok_or_else(|| format!("`$INT({arguments})`: `{value}` is no integer"))?;
        return format::integer(format.unwrap_or("%d"), number).map(Some);
    }
    if format.is_some_and(|format| format.trim() != "%d") {
        return Ok(None);
    }
    let variables = expander.variables;
    let whole = |symbol: &Symbol| match symbol {
        Symbol::Item(number) => variables.get(*number).is_some_and(|v| v.integer),
        Symbol::Arithmetic(_) | Symbol::Count { .. } => false,
        Symbol::Cluster | Symbol::Process | Symbol::Step | Symbol::Index => true,
    };
    let Some(expr) = arithmetic::read(&value, expander.symbols, &whole) else { return Ok(None) };
    let name = name.trim();
    let symbol = match (&expr, arithmetic::linear(&expr, expander.symbols)) {
        (Expr::Param(number), _) => match expander.symbols.get(*number).cloned() {
            Some(symbol) => symbol,
            None => return Ok(None),
        },
        (_, Some((factor, offset))) if factor != 0 && expander.macros.get(name).is_some() => {
            Symbol::Count { name: name.to_string(), factor, offset }
        }
        _ => Symbol::Arithmetic(expr),
    };
    Ok(Some(expander.symbols.character(symbol).to_string()))
}

fn real(expander: &mut Expander<'_>, arguments: &str) -> Result<Option<String>, String> {
    let (name, format) = arguments.split_once(',').map_or((arguments, None), |(name, format)| (name, Some(format)));
    let value = argument(expander, name);
    if has_symbol(&value) {
        return Ok(None);
    }
    let number = value.trim().parse::<f64>().ok().or_else(|| value_of(&value)?.as_number());
    let number = number.ok_or_else(|| format!("`$REAL({arguments})`: `{value}` is no number"))?;
    match format {
        None => Ok(Some(format::shortest(number))),
        Some(format) => {
            let text = format::real(format, number)?;
            Ok(Some(if text.contains('.') { text } else { format!("{text}.0") }))
        }
    }
}

fn string(expander: &mut Expander<'_>, arguments: &str) -> Result<Option<String>, String> {
    let (name, format) = arguments.split_once(',').map_or((arguments, None), |(name, format)| (name, Some(format)));
    let value = argument(expander, name);
    if has_symbol(&value) {
        // Without a format, and no quotation marks to take off, the text is its own value.
        return Ok((format.is_none() && !value.contains(['"', '('])).then_some(value));
    }
    let text = match value_of(&value) {
        Some(Value::String(text)) => text.to_string(),
        _ => value,
    };
    format.map_or(Ok(text.clone()), |format| format::string(format, &text)).map(Some)
}

fn eval(expander: &mut Expander<'_>, arguments: &str) -> Result<Option<String>, String> {
    let value = argument(expander, arguments);
    if has_symbol(&value) {
        return Ok(None);
    }
    Ok(Some(match value_of(&value) {
        Some(Value::String(text)) => text.to_string(),
        Some(Value::Undefined | Value::Error) | None => value,
        Some(other) => other.to_string(),
    }))
}

fn choice(expander: &mut Expander<'_>, arguments: &str) -> Result<Option<String>, String> {
    let Some((index, items)) = arguments.split_once(',') else {
        return Err(format!("`$CHOICE({arguments})` has an index but no list"));
    };
    let index = argument(expander, index);
    let items = match items.contains(',') {
        true => expander.expand(items),
        false => expander
            .lookup(items.trim())
            .ok_or_else(|| format!("`$CHOICE({arguments})`: there is no list named `{}`", items.trim()))?,
    };
    if has_symbol(&index) || has_symbol(&items) {
        return Ok(None);
    }
    let number = whole(&index).and_then(|n| usize::try_from(n).ok());
    let number = number.ok_or_else(|| format!("`$CHOICE({arguments})`: the index `{index}` is no number from 0"))?;
    let count = items.split(',').count();
    let item = items.split(',').nth(number);
    let item = item.ok_or_else(|| {
        format!("`$CHOICE({arguments})`: the index is {number}, but the list has {count} items, counted from 0")
    })?;
    Ok(Some(item.trim().to_string()))
}

fn substring(expander: &mut Expander<'_>, arguments: &str) -> Result<Option<String>, String> {
    let mut parts = arguments.splitn(3, ',');
    let text = argument(expander, parts.next().unwrap_or(""));
    let mut number = |part: Option<&str>| {
        let Some(part) = part else { return Ok(None) };
        let value = argument(expander, part);
        if has_symbol(&value) {
            return Err(None);
        }
        let number = whole(&value);
        number.map(Some).ok_or_else(|| Some(format!("`$SUBSTR({arguments})`: `{value}` is no integer")))
    };
    let numbers = number(parts.next()).and_then(|start| Ok((start, number(parts.next())?)));
    let (start, length) = match numbers {
        Ok((Some(start), length)) => (start, length),
        Ok((None, _)) => return Err(format!("`$SUBSTR({arguments})` needs a start, counted from 0")),
        Err(None) => return Ok(None),
        Err(Some(why)) => return Err(why),
    };
    if has_symbol(&text) {
        return Ok(None);
    }
    let characters: Vec<char> = text.chars().collect();
    let all = i64::try_from(characters.len()).unwrap_or(i64::MAX);
    let start = if start < 0 { (all.saturating_add(start)).max(0) } else { start.min(all) };
    let left = all.saturating_sub(start);
    let length = length.unwrap_or(left);
    let length = if length < 0 { left.saturating_add(length).max(0) } else { length.min(left) };
    let (start, length) = (usize::try_from(start).unwrap_or(0), usize::try_from(length).unwrap_or(0));
    Ok(Some(characters.iter().skip(start).take(length).collect()))
}

fn file(expander: &mut Expander<'_>, parts: &str, arguments: &str) -> Result<Option<String>, String> {
    let value = argument(expander, arguments);
    if has_symbol(&value) && !filename::is_whole(parts) {
        return Ok(None);
    }
    Ok(Some(filename::part(&value, parts)))
}
