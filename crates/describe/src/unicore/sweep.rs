//! Sweeps of UNICORE jobs: lists of values, and ranges in exact decimals with both ends.

use crate::json::{In, Kind, Member, Value};
use crate::number::Decimal;
use pelago_job::Domain;

/// Ranges of fractions become lists up to this many values: Java's decimals keep zeros at the end, as in `1.0`.
const LISTED: i128 = 10_000;

/// The values of a sweep: `{"Values": […]}` or `{"From": a, "To": b, "Step": c}`.
pub fn read(cx: &mut In<'_>, name: &str, value: &Value) -> Option<Domain> {
    let members = value.members()?;
    if let Some(unknown) = members.iter().find(|m| !["Values", "From", "To", "Step"].contains(&m.name.as_str())) {
        let near = crate::spelling::nearest(&unknown.name, ["Values", "From", "To", "Step"]);
        cx.diagnostics
            .warning(unknown.name_span.clone(), format!("`{}` is not known in a sweep", unknown.name))
            .did_you_mean(near);
    }
    if let Some(values) = members.iter().find(|m| m.name == "Values") {
        let mut list = Vec::new();
        for item in cx.items("Values", &values.value)? {
            match item.scalar() {
                Some(text) => list.push(text),
                None => cx.wrong("a value of a sweep", item, "a string or a number"),
            }
        }
        if list.is_empty() {
            let message = format!("the sweep of `{name}` has no values, so no job is run");
            cx.diagnostics.warning(values.value.span.clone(), message);
        }
        return Some(Domain::List(list));
    }
    let mut number = |wanted: &str, default: Option<&str>| {
        let member = members.iter().find(|m| m.name == wanted);
        let text = member.and_then(|m| m.value.scalar()).or(default.map(str::to_string));
        let decimal = text.as_deref().and_then(|text| Decimal::parse(text.trim()));
        if decimal.is_none() {
            let span = member.map_or(value.span.start..value.span.start + 1, |m| m.value.span.clone());
            cx.diagnostics.error(span, format!("the sweep of `{name}` needs a number for `{wanted}`")).help(
                "write `{ \"Values\": [\"a\", \"b\"] }` or `{ \"From\": \"1\", \"To\": \"10\", \"Step\": \"1\" }`",
            );
        }
        decimal
    };
    let (from, to, step) = (number("From", None), number("To", None), number("Step", Some("1")));
    let (from, to, step) = (from?, to?, step?);
    let scale = from.scale.max(step.scale);
    let whole = |decimal: Decimal, scale: u32| {
        10i128.checked_pow(scale.checked_sub(decimal.scale)?).and_then(|unit| decimal.mantissa.checked_mul(unit))
    };
    let wide = scale.max(to.scale);
    let ends = (|| Some((whole(from, wide)?, whole(to, wide)?, whole(step, wide)?)))();
    let Some((first, last, distance)) = ends else {
        cx.diagnostics.error(value.span.clone(), "these numbers have too many digits");
        return None;
    };
    if distance == 0 {
        cx.diagnostics.error(value.span.clone(), "the `Step` of a sweep must not be zero");
        return None;
    }
    let Some(width) = last.checked_sub(first) else {
        cx.diagnostics.error(value.span.clone(), "these numbers are too large");
        return None;
    };
    let count = if width.signum() == -distance.signum() { 0 } else { width / distance + 1 };
    if count == 0 {
        let message = format!("the sweep of `{name}` has no values, so no job is run");
        cx.diagnostics.warning(value.span.clone(), message).help("swap `From` and `To`, or turn the sign of `Step`");
        return Some(Domain::List(Vec::new()));
    }
    let (first, distance) = (whole(from, scale)?, whole(step, scale)?);
    let exact = (|| Some((i64::try_from(first).ok()?, i64::try_from(distance).ok()?, u64::try_from(count).ok()?)))();
    let Some((from, step, count)) = exact.filter(|(_, _, count)| *count < 1 << 40) else {
        cx.diagnostics.error(value.span.clone(), format!("the sweep of `{name}` has {count} values, too many"));
        return None;
    };
    if scale == 0 {
        return Some(Domain::Integers { from, step, count });
    }
    if i128::from(count) > LISTED {
        return Some(Domain::Decimals { from, step, scale: u8::try_from(scale).ok()?, count, point: false });
    }
    let text = |at: i128| fixed(first + at * distance, scale);
    Some(Domain::List((0..i128::from(count)).map(text).collect()))
}

/// A decimal with all its places.
fn fixed(scaled: i128, scale: u32) -> String {
    let unit = 10u128.checked_pow(scale).unwrap_or(1);
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, part) = (scaled.unsigned_abs() / unit, scaled.unsigned_abs() % unit);
    format!("{sign}{whole}.{part:0width$}", width = scale as usize)
}

/// The sweep over a domain, and the domain that it is read back as; `None` where its values are not known.
pub fn print(domain: &Domain) -> Option<(Value, Domain)> {
    let range = |from: String, to: String, step: String| {
        let mut members = vec![Member::new("From", Value::text(from)), Member::new("To", Value::text(to))];
        if step != "1" {
            members.push(Member::new("Step", Value::text(step)));
        }
        Value::from(Kind::Object(members))
    };
    match domain {
        Domain::Integers { from, step, count } if *count > 0 && *step != 0 => {
            let last = i128::from(*from) + i128::from(*step) * (i128::from(*count) - 1);
            Some((range(from.to_string(), last.to_string(), step.to_string()), domain.clone()))
        }
        Domain::Decimals { from, step, scale, count, .. } if i128::from(*count) > LISTED && *step != 0 => {
            let places = u32::from(*scale);
            let last = i128::from(*from) + i128::from(*step) * (i128::from(*count) - 1);
            let text = |scaled: i128| if places == 0 { scaled.to_string() } else { fixed(scaled, places) };
            let value = range(text((*from).into()), text(last), text((*step).into()));
            let mut diagnostics = crate::Diagnostics::default();
            let mut origins = crate::Origins::default();
            let back = read(&mut In::new(&mut diagnostics, &mut origins, ""), "", &value)?;
            Some((value, back))
        }
        Domain::Random { .. } | Domain::Glob(_) => None,
        _ if i128::from(domain.len()) > LISTED && !matches!(domain, Domain::List(_)) => None,
        _ => {
            let texts: Vec<String> = (0..domain.len()).map(|at| domain.text(at).into_owned()).collect();
            let value = Kind::Object(vec![Member::new("Values", Value::texts(texts.clone()))]).into();
            Some((value, Domain::List(texts)))
        }
    }
}
