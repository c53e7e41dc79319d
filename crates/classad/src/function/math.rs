//! Rounding, powers, multiples, chance.

use super::Call;
use crate::error::Failure;
use crate::eval::Done;
use crate::number;
use crate::value::Value;

pub(super) fn round(call: &mut Call<'_>) -> Done {
    if call.count() != 1 {
        return Ok(Value::Error);
    }
    let value = call.argument(0)?;
    if let Value::Integer(_) = value {
        return Ok(value);
    }
    let Ok(real) = value.to_real() else { return Ok(Value::Error) };
    Ok(Value::Integer(number::truncate(match call.name {
        "floor" => real.floor(),
        "round" => real.round_ties_even(),
        _ => real.ceil(),
    })))
}

pub(super) fn pow(call: &mut Call<'_>) -> Done {
    if call.count() != 2 {
        return Ok(Value::Error);
    }
    let (base, exponent) = (call.argument(0)?, call.argument(1)?);
    if let (Value::Integer(base), Value::Integer(exponent @ 0..)) = (&base, &exponent) {
        return Ok(Value::Integer(number::truncate((*base as f64).powf(*exponent as f64) + 0.5)));
    }
    match (base.to_real(), exponent.to_real()) {
        (Ok(base), Ok(exponent)) => Ok(Value::Real(base.powf(exponent))),
        _ => Ok(Value::Error),
    }
}

pub(super) fn quantize(call: &mut Call<'_>) -> Done {
    if call.count() != 2 {
        return Ok(Value::Error);
    }
    let (value, mut step) = (call.argument(0)?, call.argument(1)?);
    let Ok(real) = value.to_real() else { return Ok(Value::Error) };
    if let Value::List(list) = &step {
        let mut last = Value::Real(0.0);
        for item in list.items.iter() {
            last = call.evaluation.element(list, item, call.scope)?;
            match last.to_real() {
                Ok(bound) if bound >= real => return Ok(last),
                Ok(_) => {}
                Err(_) => return Ok(Value::Error),
            }
        }
        // Beyond the last one, its multiples.
        step = last;
    }
    let Ok(width) = step.to_real() else { return Ok(Value::Error) };
    Ok(match (&value, &step) {
        (_, Value::Integer(0)) => value,
        (Value::Integer(value), Value::Integer(width)) => {
            let up = value.wrapping_add(*width).wrapping_sub(1);
            Value::Integer(up.wrapping_div(*width).wrapping_mul(*width))
        }
        (_, Value::Integer(width)) => Value::Real((real / *width as f64).ceil() * *width as f64),
        _ if (-1e-8..=1e-8).contains(&width) => value,
        _ => Value::Real((real / width).ceil() * width),
    })
}

/// `random(n)`: made of the seed and of how often it was called, so that the same evaluation gives the same value.
pub(super) fn random(call: &mut Call<'_>) -> Done {
    let limit = match call.count() {
        0 => Value::Real(1.0),
        1 => call.argument(0)?,
        _ => return Ok(Value::Error),
    };
    let nothing = || Failure::Random(limit.to_string());
    call.evaluation.draws += 1;
    let bits = mix(call.evaluation.context.seed ^ mix(call.evaluation.draws));
    match limit {
        Value::Integer(limit) if limit > 0 => {
            // The high half of the product is even over the range up to a part in 2^64.
            Ok(Value::Integer(((u128::from(bits) * limit as u128) >> 64) as i64))
        }
        // 53 bits are what a double between 0 and 1 holds.
        Value::Real(limit) if limit > 0.0 => Ok(Value::Real((bits >> 11) as f64 / (1u64 << 53) as f64 * limit)),
        Value::Integer(_) | Value::Real(_) => Err(nothing()),
        _ => Ok(Value::Error),
    }
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
