//! The formats of `$INT`, `$REAL` and `$STRING`, which are those of C's `printf`, and how numbers are written without.

use pelago_job::{Expr, ParamNo};

/// Widths and precisions beyond this are refused.
const MOST: usize = 1000;

/// A format: text, one conversion, text.
struct Format<'a> {
    before: String,
    flags: &'a str,
    width: usize,
    precision: Option<usize>,
    conversion: char,
    after: String,
}

fn split<'a>(format: &'a str, conversions: &str) -> Result<Format<'a>, String> {
    let wrong = || format!("`{format}` is no format; it needs one of {}", shown(conversions));
    let percent = format.find('%').ok_or_else(wrong)?;
    let (before, rest) = format.split_at(percent);
    let rest = rest.get(1..).unwrap_or("");
    let flags = rest.len() - rest.trim_start_matches(['-', '+', ' ', '0', '#']).len();
    let (flags, rest) = rest.split_at_checked(flags).ok_or_else(wrong)?;
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (width, rest) = rest.split_at_checked(digits(rest)).ok_or_else(wrong)?;
    let (precision, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let (precision, rest) = rest.split_at_checked(digits(rest)).ok_or_else(wrong)?;
            (Some(if precision.is_empty() { "0" } else { precision }), rest)
        }
        None => (None, rest),
    };
    let rest = rest.trim_start_matches(['l', 'h', 'L', 'q', 'j', 'z', 't']);
    let conversion = rest.chars().next().filter(|c| conversions.contains(*c)).ok_or_else(wrong)?;
    let after = rest.get(conversion.len_utf8()..).unwrap_or("");
    let number = |text: &str| match text.is_empty() {
        true => Ok(0),
        false => text.parse::<usize>().ok().filter(|n| *n <= MOST).ok_or_else(wrong),
    };
    Ok(Format {
        before: before.to_string(),
        flags,
        width: number(width)?,
        precision: precision.map(number).transpose()?,
        conversion,
        after: after.replace("%%", "%"),
    })
}

fn shown(conversions: &str) -> String {
    conversions.chars().map(|c| format!("`%{c}`")).collect::<Vec<_>>().join(", ")
}

impl Format<'_> {
    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    /// Puts sign and digits into the width.
    fn fit(&self, sign: &str, digits: &str, zeros: bool) -> String {
        let length = sign.chars().count() + digits.chars().count();
        let missing = self.width.saturating_sub(length);
        let body = match () {
            () if self.has('-') => format!("{sign}{digits}{}", " ".repeat(missing)),
            () if zeros && self.has('0') => format!("{sign}{}{digits}", "0".repeat(missing)),
            () => format!("{}{sign}{digits}", " ".repeat(missing)),
        };
        format!("{}{body}{}", self.before, self.after)
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.has('+'), self.has(' ')) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }
}

/// An integer in a format.
pub(super) fn integer(format: &str, number: i64) -> Result<String, String> {
    let f = split(format, "diuxXoc")?;
    let (sign, digits) = match f.conversion {
        'x' => ("", format!("{number:x}")),
        'X' => ("", format!("{number:X}")),
        'o' => ("", format!("{number:o}")),
        'u' => ("", number.cast_unsigned().to_string()),
        'c' => ("", u8::try_from(number).map(|byte| char::from(byte).to_string()).unwrap_or_default()),
        _ => (f.sign(number < 0), number.unsigned_abs().to_string()),
    };
    let wanted = f.precision.unwrap_or(0).saturating_sub(digits.len());
    let digits = format!("{}{digits}", "0".repeat(wanted));
    Ok(f.fit(sign, &digits, f.precision.is_none()))
}

/// A real number in a format.
pub(super) fn real(format: &str, number: f64) -> Result<String, String> {
    let f = split(format, "fFeEgGaA")?;
    let precision = f.precision.unwrap_or(6);
    let size = number.abs();
    let digits = match f.conversion {
        'e' | 'E' => exponent(size, precision),
        'g' | 'G' => general(size, precision),
        _ => format!("{size:.precision$}"),
    };
    let digits = if f.conversion.is_ascii_uppercase() { digits.to_uppercase() } else { digits };
    Ok(f.fit(f.sign(number.is_sign_negative()), &digits, true))
}

/// A text in a format.
pub(super) fn string(format: &str, text: &str) -> Result<String, String> {
    let f = split(format, "s")?;
    let text: String = text.chars().take(f.precision.unwrap_or(usize::MAX)).collect();
    Ok(f.fit("", &text, false))
}

/// `%.16G`
pub(super) fn shortest(number: f64) -> String {
    let sign = if number.is_sign_negative() { "-" } else { "" };
    format!("{sign}{}", general(number.abs(), 16).to_uppercase())
}

fn exponent(size: f64, precision: usize) -> String {
    let text = format!("{size:.precision$e}");
    match text.split_once('e') {
        Some((mantissa, power)) => {
            let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
            format!("{mantissa}e{sign}{power:0>2}")
        }
        None => text,
    }
}

fn general(size: f64, precision: usize) -> String {
    let precision = precision.max(1);
    let scientific = exponent(size, precision - 1);
    let power: i64 = scientific.split_once('e').and_then(|(_, p)| p.parse().ok()).unwrap_or(0);
    let wide = i64::try_from(precision).unwrap_or(i64::MAX);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if power < -4 || power >= wide {
        return match scientific.split_once('e') {
            Some((mantissa, power)) => format!("{}e{power}", trim(mantissa)),
            None => scientific,
        };
    }
    let places = usize::try_from(wide - 1 - power).unwrap_or(0);
    trim(&format!("{size:.places$}"))
}

/// Arithmetic as it is written, with the names of its parameters.
pub(super) fn arithmetic(expr: &Expr, name: &dyn Fn(ParamNo) -> String) -> String {
    let both = |a: &Expr, sign: &str, b: &Expr| format!("({} {sign} {})", arithmetic(a, name), arithmetic(b, name));
    match expr {
        Expr::Int(number) if *number < 0 => format!("({number})"),
        Expr::Int(number) => number.to_string(),
        Expr::Param(number) | Expr::Prev(number) => name(*number),
        Expr::Neg(a) => format!("(-{})", arithmetic(a, name)),
        Expr::Add(a, b) => both(a, "+", b),
        Expr::Sub(a, b) => both(a, "-", b),
        Expr::Mul(a, b) => both(a, "*", b),
        Expr::Div(a, b) => both(a, "/", b),
        Expr::Rem(a, b) => both(a, "%", b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_in_c() {
        assert_eq!(integer("%05d", 42), Ok("00042".into()));
        assert_eq!(integer("job-%03d.out", 7), Ok("job-007.out".into()));
        assert_eq!(integer("%-4dx", -7), Ok("-7  x".into()));
        assert_eq!(integer("%x", 255), Ok("ff".into()));
        assert!(integer("%s", 1).is_err() && integer("%99999d", 1).is_err());
        assert_eq!(real("%.3f", 6.5), Ok("6.500".into()));
        assert_eq!(real("%e", 12345.678), Ok("1.234568e+04".into()));
        assert_eq!((shortest(6.5), shortest(-1e20), shortest(3.0)), ("6.5".into(), "-1E+20".into(), "3".into()));
        assert_eq!(string("%10s|", "hello"), Ok("     hello|".into()));
    }
}
