//! Points in time as documents write them: to know whether one is past.

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Seconds since 1970 of a date as most languages write it (`2024-05-01 12:30`, `2024-05-01T12:30:00Z`, `20240501123000`), or
/// of a number of seconds. The zone, where one is said, is not looked at.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == text.len() && text.len() != 14 {
        return text.parse().ok();
    }
    let known = |c: char| c.is_ascii_digit() || "-:TZ+. /".contains(c);
    if !text.chars().all(known) || digits.len() < 8 {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to).map_or(Some(0), |digits| digits.parse::<i64>().ok());
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some(days(year, month, day) * DAY + part(8, 10)? * 3600 + part(10, 12)? * 60)
}

/// Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month < 3 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_seconds() {
        assert_eq!(seconds("1970-01-02 00:00"), Some(DAY));
        assert_eq!(seconds("2024-02-29T12:00:00Z"), Some(1_709_208_000));
        assert_eq!(seconds("20240229120000"), Some(1_709_208_000));
        assert_eq!(seconds("0"), Some(0));
        assert_eq!((seconds("tomorrow"), seconds("2024-13-01"), seconds("")), (None, None, None));
    }
}
