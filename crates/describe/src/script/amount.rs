//! Times and amounts of memory as batch systems write them.

use super::Dialect;

const K: f64 = 1024.0;

/// Seconds of a time. Slurm: minutes, minutes:seconds, h:m:s, days-h[:m[:s]]; the others: seconds, m:s, h:m:s.
pub(super) fn seconds(text: &str, dialect: Dialect) -> Option<f64> {
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) if dialect == Dialect::Slurm => (Some(whole(days)?), rest),
        _ => (None, text),
    };
    let parts: Vec<f64> = rest.split(':').map(|part| number(part, dialect)).collect::<Option<_>>()?;
    let seconds = match (days, &parts[..]) {
        (Some(d), [h]) => d * 86400.0 + h * 3600.0,
        (Some(d), [h, m]) => d * 86400.0 + h * 3600.0 + m * 60.0,
        (Some(d), [h, m, s]) => d * 86400.0 + h * 3600.0 + m * 60.0 + s,
        (None, [m]) if dialect == Dialect::Slurm => m * 60.0,
        (None, [s]) => *s,
        (None, [m, s]) => m * 60.0 + s,
        (None, [h, m, s]) => h * 3600.0 + m * 60.0 + s,
        (None, [d, h, m, s]) if dialect == Dialect::Pbs => d * 86400.0 + h * 3600.0 + m * 60.0 + s,
        _ => return None,
    };
    (seconds < 9e15).then_some(seconds)
}

fn whole(text: &str) -> Option<f64> {
    let digits = !text.is_empty() && text.len() < 16 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Grid Engine leaves parts out (`::30`); PBS has fractions of seconds, which are cut off there.
fn number(text: &str, dialect: Dialect) -> Option<f64> {
    match dialect {
        Dialect::GridEngine if text.is_empty() => Some(0.0),
        Dialect::Pbs => whole(text.split_once('.').map_or(text, |(whole, _)| whole)),
        _ => whole(text),
    }
}

/// A time, and the seconds that it stands for: whole ones, rounded up.
pub(super) fn time(seconds: f64, dialect: Dialect) -> Option<(String, f64)> {
    let rounded = seconds.ceil();
    if !(0.0..9e14).contains(&rounded) {
        return None;
    }
    let all = rounded as u64;
    let (h, m, s) = (all / 3600, all / 60 % 60, all % 60);
    let text = match dialect {
        Dialect::Slurm if h >= 24 => format!("{}-{:02}:{m:02}:{s:02}", h / 24, h % 24),
        _ => format!("{h:02}:{m:02}:{s:02}"),
    };
    Some((text, rounded))
}

/// Bytes of an amount of memory. Without a unit Slurm counts in MiB, the others in bytes.
pub(super) fn bytes(text: &str, dialect: Dialect) -> Option<f64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let count: f64 = match dialect {
        Dialect::GridEngine if digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') => digits.parse().ok()?,
        _ => whole(digits)?,
    };
    let factor = match (dialect, unit) {
        (Dialect::Slurm, "") => K * K,
        (Dialect::Slurm, _) => power(unit.trim_end_matches(['B', 'b']), "KMGTP")?,
        (Dialect::GridEngine, "") => 1.0,
        (Dialect::GridEngine, "k") => 1e3,
        (Dialect::GridEngine, "m") => 1e6,
        (Dialect::GridEngine, "g") => 1e9,
        (Dialect::GridEngine, "t") => 1e12,
        (Dialect::GridEngine, _) => power(unit.strip_suffix('B').unwrap_or(unit), "KMGT")?,
        (Dialect::Pbs, "" | "b" | "B") => 1.0,
        (Dialect::Pbs, "w" | "W") => 8.0,
        (Dialect::Pbs, _) => match unit.strip_suffix(['w', 'W']) {
            Some(unit) => 8.0 * power(unit, "KMGTPE")?,
            None => power(unit.strip_suffix(['b', 'B']).unwrap_or(unit), "KMGTPE")?,
        },
    };
    let bytes = count * factor;
    (bytes.is_finite() && bytes < 9e18).then_some(bytes)
}

fn power(unit: &str, letters: &str) -> Option<f64> {
    let mut found = letters
        .chars()
        .position(|letter| unit.len() == 1 && unit.eq_ignore_ascii_case(letter.encode_utf8(&mut [0; 4])))?;
    let mut factor = K;
    while found > 0 {
        factor *= K;
        found -= 1;
    }
    Some(factor)
}

/// An amount of memory, and the bytes that it stands for: rounded up to what the dialect can say.
pub(super) fn memory(bytes: f64, dialect: Dialect) -> Option<(String, f64)> {
    let least = if dialect == Dialect::Slurm { K } else { 1.0 };
    let mut count = (bytes / least).ceil();
    if !(1.0..9e15).contains(&count) {
        return None;
    }
    let rounded = count * least;
    let units: &[&str] = match dialect {
        Dialect::Slurm => &["K", "M", "G", "T"],
        Dialect::Pbs => &["b", "kb", "mb", "gb", "tb"],
        Dialect::GridEngine => &["", "K", "M", "G"],
    };
    let mut unit = 0;
    while count % K == 0.0 && unit + 1 < units.len() {
        count /= K;
        unit += 1;
    }
    Some((format!("{count}{}", units.get(unit).copied().unwrap_or("")), rounded))
}
