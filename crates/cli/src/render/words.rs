//! Small texts: counts with their noun, durations, times of day, and text of others made safe for a terminal.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pelago_job::Millis;

/// A number, with commas from 10,000 on.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 task`, `2 tasks`.
pub fn count(n: u64, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", number(n)),
    }
}

/// A duration in seconds, `9.8 s`, `3 min 20 s`; nothing sensible gives `?`.
pub fn seconds(seconds: f64) -> String {
    match seconds.is_finite() && (0.0..1e12).contains(&seconds) {
        true => Millis((seconds * 1000.0).round() as u64).to_string(),
        false => "?".to_string(),
    }
}

/// An estimate of a duration: no more digits than it is worth.
pub fn about(seconds: f64) -> String {
    match seconds {
        s if s.is_nan() || s < 0.0 => "?".to_string(),
        s if s < 90.0 => format!("{} s", s.ceil() as u64),
        s if s < 5400.0 => format!("{} min", (s / 60.0).round() as u64),
        s if s < 48.0 * 3600.0 => format!("{:.1} h", s / 3600.0),
        s if s < 1e9 => format!("{:.1} days", s / 86400.0),
        _ => "years".to_string(),
    }
}

/// Tasks a second in the unit that has digits to show.
pub fn rate(per_second: f64) -> Option<String> {
    match per_second {
        r if !r.is_finite() || r <= 0.0 => None,
        r if r >= 100.0 => Some(format!("{}/s", number(r.round() as u64))),
        r if r >= 1.0 => Some(format!("{r:.1}/s")),
        r if r * 60.0 >= 1.0 => Some(format!("{:.1}/min", r * 60.0)),
        r => Some(format!("{:.1}/h", r * 3600.0)),
    }
}

/// A moment as a person near this machine says it: the time of day today, else with the date. Other text stays as it is.
pub fn moment(rfc3339: &str, now: Timestamp, zone: &TimeZone) -> String {
    let Ok(at) = rfc3339.parse::<Timestamp>() else {
        return clean(rfc3339);
    };
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if at.date() == now.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    at.strftime(form).to_string()
}

/// Text of others, for one line: control characters, which could steer a terminal, are shown as `\n`, `\u{1b}`.
pub fn clean(text: &str) -> String {
    let unsafe_one = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(unsafe_one) {
        return text.to_string();
    }
    text.chars().map(|c| if unsafe_one(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// The last lines of a text of others, safe to print; at most `most`, each cut after 500 characters.
pub fn last_lines(text: &str, most: usize) -> Vec<String> {
    let lines: Vec<&str> = text.trim_end().lines().filter(|line| !line.trim().is_empty()).collect();
    let start = lines.len().saturating_sub(most);
    lines.iter().skip(start).map(|line| cut(&clean(&line.replace('\t', "    ")), 500)).collect()
}

/// The first `width` characters, the last of them `…` if something is missing.
pub fn cut(text: &str, width: usize) -> String {
    match text.chars().count() > width {
        true => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_nouns() {
        assert_eq!([number(9999), number(22_680), number(10_000_000)], ["9999", "22,680", "10,000,000"]);
        assert_eq!([count(0, "task"), count(1, "task"), count(288, "task")], ["0 tasks", "1 task", "288 tasks"]);
    }

    #[test]
    fn durations_and_rates() {
        assert_eq!([about(0.2), about(89.0), about(600.0), about(7200.0)], ["1 s", "89 s", "10 min", "2.0 h"]);
        assert_eq!([about(f64::NAN), about(f64::INFINITY), seconds(-1.0)], ["?", "years", "?"]);
        assert_eq!(rate(0.0), None);
        assert_eq!(rate(31.24).as_deref(), Some("31.2/s"));
        assert_eq!(rate(0.05).as_deref(), Some("3.0/min"));
        assert_eq!(rate(0.001).as_deref(), Some("3.6/h"));
    }

    #[test]
    fn moments_are_local_and_short() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        assert_eq!(moment("2026-03-01T09:30:05.25Z", now, &TimeZone::UTC), "09:30:05");
        assert_eq!(moment("2026-02-27T23:30:05Z", now, &TimeZone::UTC), "2026-02-27 23:30:05");
        assert_eq!(moment("soon", now, &TimeZone::UTC), "soon");
    }

    #[test]
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(clean("a\x1b[2Jb\rc"), "a\\u{1b}[2Jb\\rc");
        assert_eq!(last_lines("one\n\ntwo\nthree\x07\n\n", 2), ["two", "three\\u{7}"]);
        assert_eq!(last_lines(&"x".repeat(10_000), 1)[0].chars().count(), 500);
    }
}
