//! Points in time and spans as text, and the calendar behind them (Gregorian, also before 1582).

use crate::number;
use std::fmt::Write as _;

/// The parts of a point in time, as `splitTime` and `formatTime` have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: i64,
    /// 1 to 31.
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

impl Parts {
    /// Of seconds since the epoch, as a clock shows them that is `offset` seconds ahead of UTC.
    pub(crate) fn at(seconds: i64, offset: i64) -> Self {
        let local = seconds.saturating_add(offset);
        let (days, rest) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        Self { year, month, day, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60 }
    }

    /// Seconds since the epoch of a clock in UTC that shows this; parts out of their range carry over.
    fn seconds(&self) -> i64 {
        days(self.year, self.month, self.day) * 86_400 + self.hour * 3600 + self.minute * 60 + self.second
    }

    /// 0 for Sunday.
    pub(crate) fn weekday(&self) -> i64 {
        (days(self.year, self.month, self.day) + 4).rem_euclid(7)
    }

    /// 0 for the first of January.
    pub(crate) fn yearday(&self) -> i64 {
        days(self.year, self.month, self.day) - days(self.year, 1, 1)
    }
}

/// Days since 1970-01-01 of a date; a month outside 1 to 12 is one of another year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    // Years that begin in March have the day that is not always there at their end.
    let shifted = year - i64::from(month <= 2);
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

/// `2003-01-25T09:00:00-06:00`.
pub(crate) fn absolute(seconds: i64, offset: i32) -> String {
    let p = Parts::at(seconds, i64::from(offset));
    let (sign, east) = if offset > 0 { ('+', offset.unsigned_abs()) } else { ('-', offset.unsigned_abs()) };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
        p.year,
        p.month,
        p.day,
        p.hour,
        p.minute,
        p.second,
        east / 3600,
        east / 60 % 60
    )
}

/// `1+02:03:04` with the leading parts that are zero left out; at least two digits of seconds.
pub(crate) fn relative(seconds: f64) -> String {
    let mut text = String::new();
    if seconds < 0.0 {
        text.push('-');
    }
    let size = seconds.abs();
    let (whole, fraction) = (number::truncate(size), size - size.floor());
    let last =
        if fraction == 0.0 { format!("{:02}", whole % 60) } else { number::general((whole % 60) as f64 + fraction, 2) };
    let (days, hours, minutes) = (whole / 86_400, whole % 86_400 / 3600, whole % 3600 / 60);
    let _ = if days != 0 {
        write!(text, "{days}+{hours:02}:{minutes:02}:{last}")
    } else if hours != 0 {
        write!(text, "{hours:02}:{minutes:02}:{last}")
    } else if minutes != 0 {
        write!(text, "{minutes:02}:{last}")
    } else {
        write!(text, "{last}")
    };
    text
}

/// Reads `dddd dd dd dd dd dd` with anything but digits between the parts, the later ones optional, and a time zone
/// `+dd:dd`, `-dddd` or `Z` at the end. Gives the seconds and the offset; without one it is `zone`, and `None` stands
/// for a text that needs one and has none.
pub(crate) fn read_absolute(text: &str, zone: Option<i32>) -> Option<(i64, i32)> {
    let mut bytes = text.as_bytes().to_vec();
    let mut offset = zone;
    let last = bytes.iter().rposition(|b| !b.is_ascii_whitespace());
    let len = bytes.len();
    let signed = |at: usize| matches!(bytes.get(at), Some(b'+' | b'-'));
    match last {
        Some(at) if at > 0 && matches!(bytes[at], b'z' | b'Z') => {
            offset = Some(0);
            bytes.remove(at);
        }
        _ if len > 5 && signed(len - 5) => offset = take_zone(&mut bytes).or(zone),
        _ if len > 6 && signed(len - 6) && bytes[len - 3] == b':' => {
            bytes.remove(len - 3);
            offset = take_zone(&mut bytes).or(zone);
        }
        _ => {}
    }
    let mut at = 0;
    let mut next = |width: usize| -> Option<i64> {
        at += bytes[at..].iter().take_while(|b| !b.is_ascii_digit()).count();
        let part = bytes.get(at..at + width)?;
        at += width;
        Some(part.iter().take_while(|b| b.is_ascii_digit()).fold(0, |sum, b| sum * 10 + i64::from(b - b'0')))
    };
    let year = next(4)?;
    let month = next(2).unwrap_or(1);
    // A month without its day is its day zero, as the C library has it: the last one of the month before.
    let [day, hour, minute, second] = [2; 4].map(|width| next(width).unwrap_or(0));
    if bytes[at..].iter().any(u8::is_ascii_digit) {
        return None;
    }
    let offset = offset?;
    let seconds = Parts { year, month, day, hour, minute, second }.seconds() - i64::from(offset);
    // What four digits of a year cannot tell cannot be read back.
    is_told(seconds, offset).then_some((seconds, offset))
}

/// Whether [`absolute`] gives a text that reads back.
pub(crate) fn is_told(seconds: i64, offset: i32) -> bool {
    (0..=9999).contains(&Parts::at(seconds, i64::from(offset)).year) && offset % 60 == 0 && offset.abs() < 360_000
}

/// Takes `+dddd` from the end.
fn take_zone(bytes: &mut Vec<u8>) -> Option<i32> {
    let tail = bytes.get(bytes.len().checked_sub(5)?..)?;
    if !tail[1..].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |i: usize| i32::from(tail[i] - b'0');
    let size = (digit(1) * 10 + digit(2)) * 3600 + (digit(3) * 10 + digit(4)) * 60;
    let offset = if tail[0] == b'-' { -size } else { size };
    bytes.truncate(bytes.len() - 5);
    Some(offset)
}

/// Reads `[-][[[days+]hours:]minutes:]seconds`, also with `d`, `h`, `m` and `s` after the parts.
pub(crate) fn read_relative(text: &str) -> Option<f64> {
    let mut rest = text.trim_ascii_end();
    let mut total = 0.0;
    if let Some(last) = rest.bytes().last()
        && (matches!(last, b's' | b'S') || last.is_ascii_digit())
    {
        rest = rest.trim_end_matches(['s', 'S']).trim_ascii_end();
        if text.trim_ascii_end().len() > rest.len() + 1
            && text.trim_ascii_end()[rest.len()..].matches(['s', 'S']).count() > 1
        {
            return None;
        }
        let digits = |s: &str| s.len() - s.bytes().rev().take_while(u8::is_ascii_digit).count();
        let mut from = digits(rest);
        if from > 0 && rest.as_bytes()[from - 1] == b'.' {
            from = digits(&rest[..from - 1]);
        }
        total = number::leading_real(&rest[from..]).unwrap_or(0.0);
        rest = rest[..from].trim_ascii_end();
    }
    for (marks, seconds) in [(['m', 'M', ':'], 60.0), (['h', 'H', ':'], 3600.0), (['d', 'D', '+'], 86_400.0)] {
        if let Some(before) = rest.strip_suffix(marks) {
            let before = before.trim_ascii_end();
            let from = before.len() - before.bytes().rev().take_while(u8::is_ascii_digit).count();
            let count: f64 = if from < before.len() { before[from..].parse().ok()? } else { 0.0 };
            total += count * seconds;
            rest = before[..from].trim_ascii_end();
        }
    }
    let (negative, rest) = rest.strip_suffix('-').map_or((false, rest), |r| (true, r.trim_ascii_end()));
    if !rest.is_empty() {
        return None;
    }
    Some(if negative { -total } else { total })
}

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What C's `strftime` prints in the locale `C`; `offset` is for `%z`, `%Z` and `%s`.
pub(crate) fn format(parts: &Parts, format: &str, offset: i32) -> String {
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some(code) => conversion(&mut text, parts, code, offset),
            None => text.push('%'),
        }
    }
    text
}

fn conversion(text: &mut String, p: &Parts, code: char, offset: i32) {
    let name =
        |names: &[&'static str], at: i64| usize::try_from(at).ok().and_then(|at| names.get(at).copied()).unwrap_or("?");
    let twelve = (p.hour + 11).rem_euclid(12) + 1;
    let nested = |f: &str| format(p, f, offset);
    let (weekday, yearday) = (p.weekday(), p.yearday());
    let iso = iso_week(p);
    let _ = match code {
        'a' => write!(text, "{:.3}", name(&DAYS, weekday)),
        'A' => write!(text, "{}", name(&DAYS, weekday)),
        'b' | 'h' => write!(text, "{:.3}", name(&MONTHS, p.month - 1)),
        'B' => write!(text, "{}", name(&MONTHS, p.month - 1)),
        'c' => write!(text, "{}", nested("%a %b %e %H:%M:%S %Y")),
        'C' => write!(text, "{:02}", p.year.div_euclid(100)),
        'd' => write!(text, "{:02}", p.day),
        'D' | 'x' => write!(text, "{}", nested("%m/%d/%y")),
        'e' => write!(text, "{:2}", p.day),
        'F' => write!(text, "{}", nested("%Y-%m-%d")),
        'g' => write!(text, "{:02}", iso.0.rem_euclid(100)),
        'G' => write!(text, "{}", iso.0),
        'H' => write!(text, "{:02}", p.hour),
        'I' => write!(text, "{twelve:02}"),
        'j' => write!(text, "{:03}", yearday + 1),
        'k' => write!(text, "{:2}", p.hour),
        'l' => write!(text, "{twelve:2}"),
        'm' => write!(text, "{:02}", p.month),
        'M' => write!(text, "{:02}", p.minute),
        'n' => writeln!(text),
        'p' => write!(text, "{}", if p.hour < 12 { "AM" } else { "PM" }),
        'P' => write!(text, "{}", if p.hour < 12 { "am" } else { "pm" }),
        'r' | 'X' if code == 'r' => write!(text, "{}", nested("%I:%M:%S %p")),
        'R' => write!(text, "{}", nested("%H:%M")),
        's' => write!(text, "{}", p.seconds() - i64::from(offset)),
        'S' => write!(text, "{:02}", p.second),
        't' => write!(text, "\t"),
        'T' | 'X' => write!(text, "{}", nested("%H:%M:%S")),
        'u' => write!(text, "{}", (weekday + 6) % 7 + 1),
        'U' => write!(text, "{:02}", (yearday + 7 - weekday) / 7),
        'V' => write!(text, "{:02}", iso.1),
        'w' => write!(text, "{weekday}"),
        'W' => write!(text, "{:02}", (yearday + 7 - (weekday + 6) % 7) / 7),
        'y' => write!(text, "{:02}", p.year.rem_euclid(100)),
        'Y' => write!(text, "{}", p.year),
        'z' => {
            let (sign, size) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
            write!(text, "{sign}{:02}{:02}", size / 3600, size / 60 % 60)
        }
        'Z' if offset == 0 => write!(text, "UTC"),
        'Z' => write!(text, "{}", nested("%z")),
        '%' => write!(text, "%"),
        other => write!(text, "%{other}"),
    };
}

/// The year and the week by ISO 8601.
fn iso_week(p: &Parts) -> (i64, i64) {
    // The week belongs to the year of its Thursday.
    let thursday = days(p.year, p.month, p.day) + 3 - (p.weekday() + 6) % 7;
    let (year, ..) = civil(thursday);
    (year, (thursday - days(year, 1, 1)) / 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_are_inverse() {
        for day in (-1_000_000..1_000_000).step_by(37) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(days(2000, 2, 29) + 1, days(2000, 3, 1));
        assert_eq!(days(2003, 13, 1), days(2004, 1, 1));
    }

    #[test]
    fn absolute_times_read() {
        let read = |text| read_absolute(text, Some(3600)).map(|(s, o)| absolute(s, o));
        assert_eq!(read("2003-01-25T09:00:00-06:00").as_deref(), Some("2003-01-25T09:00:00-06:00"));
        assert_eq!(read("2003-01-25 09:00:00 Z").as_deref(), Some("2003-01-25T09:00:00-00:00"));
        assert_eq!(read("20030125").as_deref(), Some("2003-01-25T00:00:00+01:00"));
        assert_eq!(read("2003 01 25 09 00 00 1"), None);
        assert_eq!(read("203"), None);
        assert_eq!(read_absolute("2003-01-25", None), None);
    }

    #[test]
    fn relative_times_read() {
        for (text, seconds) in [
            ("1+00:02:00", Some(86_520.0)),
            ("-1+00:02:00.5", Some(-86_520.5)),
            ("3h 5m", Some(11_100.0)),
            ("2d", Some(172_800.0)),
            ("17s", Some(17.0)),
            ("", Some(0.0)),
            ("x 5", None),
            ("5ss", None),
        ] {
            assert_eq!(read_relative(text), seconds, "{text}");
        }
        assert_eq!(relative(86_520.5), "1+00:02:0.5");
        assert_eq!(relative(-61.0), "-01:01");
    }
}
