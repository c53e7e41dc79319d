//! Points in time and spans.

use super::Call;
use crate::ad::Ad;
use crate::eval::Done;
use crate::expr::Expr;
use crate::name::Name;
use crate::number;
use crate::scope::Scope;
use crate::time::{self, Parts};
use crate::value::Value;
use std::sync::Arc;

pub(super) fn epoch(call: &mut Call<'_>) -> Done {
    Ok(if call.count() == 0 { Value::Integer(call.evaluation.context.now) } else { Value::Error })
}

pub(super) fn current(call: &mut Call<'_>) -> Done {
    let context = call.evaluation.context;
    let now = Value::AbsTime { seconds: context.now, offset: context.zone };
    Ok(if call.count() == 0 { now } else { Value::Error })
}

pub(super) fn zone(call: &mut Call<'_>) -> Done {
    let zone = Value::RelTime(f64::from(call.evaluation.context.zone));
    Ok(if call.count() == 0 { zone } else { Value::Error })
}

pub(super) fn day_time(call: &mut Call<'_>) -> Done {
    let context = call.evaluation.context;
    let seconds = context.now.saturating_add(i64::from(context.zone)).rem_euclid(86_400);
    Ok(if call.count() == 0 { Value::RelTime(seconds as f64) } else { Value::Error })
}

/// `absTime` and `relTime`.
pub(super) fn convert(call: &mut Call<'_>) -> Done {
    let relative = call.name == "reltime";
    let zone = call.evaluation.context.zone;
    if call.count() == 0 && !relative {
        return current(call);
    }
    if !matches!(call.count(), 1 | 2) {
        return Ok(Value::Error);
    }
    let value = call.argument(0)?;
    let offset = match (call.count(), call.argument(1)?) {
        (1, _) => zone,
        (_, _) if relative => return Ok(Value::Error),
        (_, Value::Integer(offset)) => offset as i32,
        (_, Value::Real(offset) | Value::RelTime(offset)) => offset as i32,
        _ => return Ok(Value::Error),
    };
    let absolute = |seconds| Value::AbsTime { seconds, offset };
    Ok(match value {
        Value::Undefined => Value::Undefined,
        Value::Integer(seconds) if relative => Value::RelTime(seconds as f64),
        Value::Integer(seconds) => absolute(seconds),
        Value::Real(seconds) if relative => Value::RelTime(seconds),
        Value::Real(seconds) => absolute(number::truncate(seconds)),
        Value::String(text) if relative => time::read_relative(&text).map_or(Value::Error, Value::RelTime),
        Value::String(text) => match time::read_absolute(&text, Some(offset)) {
            Some((seconds, offset)) => Value::AbsTime { seconds, offset },
            None => Value::Error,
        },
        Value::AbsTime { seconds, .. } if relative => Value::RelTime(seconds as f64),
        Value::RelTime(seconds) if !relative => absolute(number::truncate(seconds)),
        same @ (Value::AbsTime { .. } | Value::RelTime(_)) => same,
        _ => Value::Error,
    })
}

/// `getYear` and its kin: of a point in time as local clocks show it, of a span what is left after greater units.
pub(super) fn field(call: &mut Call<'_>) -> Done {
    if call.count() != 1 {
        return Ok(Value::Error);
    }
    let zone = i64::from(call.evaluation.context.zone);
    let number = match call.argument(0)? {
        Value::AbsTime { seconds, .. } => {
            let parts = Parts::at(seconds, zone);
            match call.name {
                "getyear" => Some(parts.year),
                "getmonth" => Some(parts.month),
                "getdayofmonth" => Some(parts.day),
                "getdayofyear" => Some(parts.yearday()),
                "getdayofweek" => Some(parts.weekday()),
                "gethours" => Some(parts.hour),
                "getminutes" => Some(parts.minute),
                "getseconds" => Some(parts.second),
                _ => None,
            }
        }
        Value::RelTime(seconds) => {
            let seconds = number::truncate(seconds);
            match call.name {
                "getdays" => Some(seconds / 86_400),
                "gethours" => Some(seconds % 86_400 / 3600),
                "getminutes" => Some(seconds % 3600 / 60),
                "getseconds" => Some(seconds % 60),
                _ => None,
            }
        }
        _ => None,
    };
    Ok(number.map_or(Value::Error, Value::Integer))
}

fn made(attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let ad: Ad = attributes.into_iter().map(|(name, value)| (Name::new(name), Expr::Literal(value))).collect();
    Value::Ad(Scope::inside(Arc::new(ad), None))
}

pub(super) fn split(call: &mut Call<'_>) -> Done {
    if call.count() != 1 {
        return Ok(Value::Error);
    }
    let (seconds, offset) = match call.argument(0)? {
        Value::Undefined => return Ok(Value::Undefined),
        Value::Integer(seconds) => (seconds, call.evaluation.context.zone),
        Value::Real(seconds) => (number::truncate(seconds), call.evaluation.context.zone),
        Value::AbsTime { seconds, offset } => (seconds, offset),
        Value::RelTime(seconds) => return Ok(split_span(seconds)),
        _ => return Ok(Value::Error),
    };
    let parts = Parts::at(seconds, i64::from(offset));
    Ok(made([
        ("Type", Value::string("AbsoluteTime")),
        ("Year", parts.year.into()),
        ("Month", parts.month.into()),
        ("Day", parts.day.into()),
        ("Hours", parts.hour.into()),
        ("Minutes", parts.minute.into()),
        ("Seconds", parts.second.into()),
        ("Offset", i64::from(offset).into()),
    ]))
}

fn split_span(seconds: f64) -> Value {
    let size = seconds.abs();
    let whole = number::truncate(size);
    let (mut days, mut hours, mut minutes) = (whole / 86_400, whole % 86_400 / 3600, whole % 3600 / 60);
    let mut rest = (whole % 60) as f64 + (size - size.floor());
    if seconds < 0.0 {
        // The greatest part that is not zero carries the sign.
        match (days, hours, minutes) {
            (1.., ..) => days = -days,
            (_, 1.., _) => hours = -hours,
            (_, _, 1..) => minutes = -minutes,
            _ => rest = -rest,
        }
    }
    made([
        ("Type", Value::string("RelativeTime")),
        ("Days", days.into()),
        ("Hours", hours.into()),
        ("Minutes", minutes.into()),
        ("Seconds", rest.into()),
    ])
}

pub(super) fn format(call: &mut Call<'_>) -> Done {
    let context = call.evaluation.context;
    let value = match call.count() {
        0 => Value::Integer(context.now),
        1 | 2 => call.argument(0)?,
        _ => return Ok(Value::Error),
    };
    let local = i64::from(context.zone);
    let parts = match value {
        Value::Integer(seconds) => Parts::at(seconds, local),
        Value::Real(seconds) => Parts::at(number::truncate(seconds), local),
        Value::AbsTime { seconds, offset } => Parts::at(seconds, i64::from(offset)),
        Value::Ad(ad) => {
            let mut get = |name, missing| match ad.ad().get(&Name::new(name)) {
                Some(expr) => Ok(match call.evaluation.contained(expr, Some(&ad))? {
                    // Beyond this the calendar has no use for it.
                    Value::Integer(number) => number.clamp(-1_000_000_000, 1_000_000_000),
                    _ => missing,
                }),
                None => Ok(missing),
            };
            Parts {
                year: get("Year", 1900)?,
                month: get("Month", 1)?,
                day: get("Day", 0)?,
                hour: get("Hours", 0)?,
                minute: get("Minutes", 0)?,
                second: get("Seconds", 0)?,
            }
        }
        _ => return Ok(Value::Error),
    };
    let pattern = match (call.count(), call.argument(1)?) {
        (0 | 1, _) => Arc::from("%c"),
        (_, Value::String(pattern)) => pattern,
        _ => return Ok(Value::Error),
    };
    call.text(time::format(&parts, &pattern, context.zone))
}

pub(super) fn interval(call: &mut Call<'_>) -> Done {
    if call.count() != 1 {
        return Ok(Value::Error);
    }
    let Ok(seconds) = call.argument(0)?.to_integer() else { return Ok(Value::Error) };
    let (days, hours, minutes, rest) = (seconds / 86_400, seconds % 86_400 / 3600, seconds % 3600 / 60, seconds % 60);
    let (h, m, s) = (hours.abs(), minutes.abs(), rest.abs());
    call.text(if days != 0 {
        format!("{days}+{h:02}:{m:02}:{s:02}")
    } else if hours != 0 {
        format!("{hours}:{m:02}:{s:02}")
    } else if minutes != 0 {
        format!("{minutes}:{s:02}")
    } else {
        format!("{rest}")
    })
}
