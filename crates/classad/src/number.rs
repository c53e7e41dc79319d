//! Numbers as text: what C's `strtod` and `printf` make of them.

/// The number that `text` begins with, after white space: decimal, hexadecimal, `inf` or `nan`; what follows is passed
/// over, as C's `strtod` does.
pub(crate) fn leading_real(text: &str) -> Option<f64> {
    let text = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let (negative, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let value = unsigned(body)?;
    Some(if negative { -value } else { value })
}

fn unsigned(body: &str) -> Option<f64> {
    let bytes = body.as_bytes();
    let begins = |word: &str| bytes.len() >= word.len() && bytes[..word.len()].eq_ignore_ascii_case(word.as_bytes());
    if begins("inf") {
        return Some(f64::INFINITY);
    }
    if begins("nan") {
        return Some(f64::NAN);
    }
    if begins("0x")
        && let Some(value) = hexadecimal(&bytes[2..])
    {
        return Some(value);
    }
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(0);
    let mut end = whole;
    let mut any = whole > 0;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if any || fraction > 0 {
            any = true;
            end += 1 + fraction;
        }
    }
    if !any {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = bytes.get(end + 1 + sign..).map_or(0, |_| digits(end + 1 + sign));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    body[..end].parse().ok()
}

/// `1f.8p3` without its `0x`; `None` without a digit.
fn hexadecimal(bytes: &[u8]) -> Option<f64> {
    let (mut mantissa, mut exponent, mut at, mut any, mut point) = (0f64, 0i32, 0, false, false);
    while let Some(&byte) = bytes.get(at) {
        if let Some(digit) = char::from(byte).to_digit(16) {
            any = true;
            mantissa = mantissa * 16.0 + f64::from(digit);
            exponent -= if point { 4 } else { 0 };
        } else if byte == b'.' && !point {
            point = true;
        } else {
            break;
        }
        at += 1;
    }
    if !any {
        return None;
    }
    if matches!(bytes.get(at), Some(b'p' | b'P')) {
        let negative = bytes.get(at + 1) == Some(&b'-');
        let from = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let digits = bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit());
        let power = digits.fold(0i32, |sum, b| sum.saturating_mul(10).saturating_add(i32::from(b - b'0')));
        exponent = exponent.saturating_add(if negative { -power } else { power });
    }
    Some(mantissa * 2f64.powi(exponent))
}

/// The integer part; the least integer for what 64 bits cannot hold and for NaN, as x86-64 does.
pub(crate) fn truncate(real: f64) -> i64 {
    // 2^63 is a double; the greatest integer is not.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&real) { real as i64 } else { i64::MIN }
}

/// Fifteen digits after the point and an exponent of at least two digits: C's `%1.15E`.
pub(crate) fn scientific(real: f64) -> String {
    let text = format!("{real:.15E}");
    let (mantissa, exponent) = text.split_once('E').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |d| ('-', d));
    format!("{mantissa}E{sign}{digits:0>2}")
}

/// Six significant digits without trailing zeros, at least `width` wide with leading zeros: C's `%0*g`.
pub(crate) fn general(real: f64, width: usize) -> String {
    let text = format!("{real:.5e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => digits.to_string(),
    };
    let body = if (-4..6).contains(&exponent) {
        trim(&format!("{real:.*}", usize::try_from(5 - exponent).unwrap_or(0)))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trim(mantissa), exponent.unsigned_abs())
    };
    format!("{body:0>width$}")
}

/// The shortest text that reads back as the same real.
pub(crate) fn exact(real: f64) -> String {
    match real {
        r if r == f64::INFINITY => "1e999".into(),
        r if r == f64::NEG_INFINITY => "-1e999".into(),
        r if r.is_nan() => "real(\"NaN\")".into(),
        r => format!("{r:?}"),
    }
}
