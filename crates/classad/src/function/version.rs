//! Versions: texts compared with the numbers in them as numbers, by the rules of glibc's `strverscmp`.

use super::Call;
use crate::eval::Done;
use crate::value::Value;

/// Below zero, zero or above, by how much is of no meaning.
pub(super) fn natural(a: &str, b: &str) -> i64 {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let at = |text: &[u8], i: usize| text.get(i).copied().unwrap_or(0);
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (x, y) = (at(a, same), at(b, same));
    if x == y {
        return 0;
    }
    // Bytes of text are signed where HTCondor runs.
    let mismatch = i64::from(x as i8) - i64::from(y as i8);
    let begin = same - a[..same].iter().rev().take_while(|c| c.is_ascii_digit()).count();
    if begin == same && !(x.is_ascii_digit() && y.is_ascii_digit()) {
        return mismatch;
    }
    let zeros = |text: &[u8]| {
        let count = text[begin..].iter().take_while(|c| **c == b'0').count();
        // The last digit of a number that is zero is no leading one.
        if count > 0 && !at(text, begin + count).is_ascii_digit() { count - 1 } else { count }
    };
    let (zeros_a, zeros_b) = (zeros(a) as i64, zeros(b) as i64);
    if zeros_a != zeros_b {
        return zeros_b - zeros_a;
    }
    if zeros_a > 0 {
        return mismatch;
    }
    let digits = |text: &[u8]| text[begin..].iter().take_while(|c| c.is_ascii_digit()).count() as i64;
    match digits(a) - digits(b) {
        0 => mismatch,
        longer => longer,
    }
}

pub(super) fn compare(call: &mut Call<'_>) -> Done {
    if call.count() != 2 {
        return Ok(Value::Error);
    }
    let (a, b) = (call.argument(0)?, call.argument(1)?);
    if a.is_undefined() || b.is_undefined() {
        return Ok(Value::Undefined);
    }
    let (Ok(a), Ok(b)) = (a.to_text(), b.to_text()) else { return Ok(Value::Error) };
    let order = natural(&a, &b);
    Ok(match call.name {
        "versionle" => Value::Boolean(order <= 0),
        "versionlt" => Value::Boolean(order < 0),
        "versionge" => Value::Boolean(order >= 0),
        "versiongt" => Value::Boolean(order > 0),
        "versioneq" => Value::Boolean(order == 0),
        _ => Value::Integer(order),
    })
}

pub(super) fn in_range(call: &mut Call<'_>) -> Done {
    if call.count() != 3 {
        return Ok(Value::Error);
    }
    let (version, least, greatest) = (call.argument(0)?, call.argument(1)?, call.argument(2)?);
    if least.is_undefined() || greatest.is_undefined() {
        return Ok(Value::Undefined);
    }
    let (Ok(version), Ok(least), Ok(greatest)) = (version.to_text(), least.to_text(), greatest.to_text()) else {
        return Ok(Value::Error);
    };
    Ok(Value::Boolean(natural(&least, &version) <= 0 && natural(&version, &greatest) <= 0))
}
