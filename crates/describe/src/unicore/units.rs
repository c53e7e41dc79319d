//! Amounts with units, as UNICORE's `UnitParser` reads them: a number, and a unit that may be shortened.

/// Units of time, in seconds.
pub const TIME: [(&[&str], f64); 4] =
    [(&["sec", "seconds"], 1.0), (&["min", "minutes"], 60.0), (&["h", "hours"], 3600.0), (&["d", "days"], 86400.0)];

/// Units of memory, in bytes; factors of 1024.
pub const CAPACITY: [(&[&str], f64); 5] = [
    (&["bytes"], 1.0),
    (&["k", "kilobytes", "kb"], 1024.0),
    (&["m", "megabytes", "mb"], 1_048_576.0),
    (&["g", "gigabytes", "gb"], 1_073_741_824.0),
    (&["t", "terabytes", "tb"], 1_099_511_627_776.0),
];

/// An amount in the first unit, or what is wrong with it.
pub fn amount(text: &str, units: &[(&[&str], f64)]) -> Result<f64, String> {
    let text = text.trim();
    let digits = text.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b',')).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_lowercase();
    let number = number.replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite());
    let number = number.ok_or_else(|| format!("`{text}` does not begin with a number"))?;
    let fits = |names: &&[&str]| names.iter().any(|name| name.starts_with(&unit));
    let factor = match unit.as_str() {
        "" => Some(1.0),
        _ => units.iter().find(|(names, _)| fits(names)).map(|(_, factor)| *factor),
    };
    let known: Vec<&str> = units.iter().filter_map(|(names, _)| names.first().copied()).collect();
    let factor = factor.ok_or_else(|| format!("`{unit}` is no unit here; known: {}", known.join(", ")))?;
    Some(number * factor).filter(|amount| amount.is_finite()).ok_or_else(|| format!("`{text}` is too large"))
}

/// Whether a time is in one of the forms that UNICORE reads: `HH:mm`, `yyyy-MM-dd HH:mm`, `yyyy-MM-dd'T'HH:mm:ssZ`.
pub fn is_time(text: &str) -> bool {
    // `0` is a digit; everything else stands for itself.
    let like = |text: &str, form: &str| {
        text.len() == form.len()
            && text.bytes().zip(form.bytes()).all(|(b, f)| if f == b'0' { b.is_ascii_digit() } else { b == f })
    };
    let clock = |text: &str| like(text, "00:00") || like(text, "0:00");
    let zoned = text
        .split_at_checked(19)
        .is_some_and(|(time, zone)| like(time, "0000-00-00T00:00:00") && (like(zone, "+0000") || like(zone, "-0000")));
    let day = text.split_once(' ').is_some_and(|(day, time)| like(day, "0000-00-00") && clock(time));
    clock(text) || zoned || day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_may_be_shortened() {
        let time = |text| amount(text, &TIME).ok();
        assert_eq!(
            (time("12h"), time("30"), time("1.5 min"), time("2 days")),
            (Some(43200.0), Some(30.0), Some(90.0), Some(172_800.0))
        );
        assert_eq!(amount("2G", &CAPACITY), Ok(2_147_483_648.0));
        assert_eq!(amount("128MB", &CAPACITY), Ok(134_217_728.0));
        assert!(amount("12 parsecs", &TIME).is_err_and(|e| e.contains("known: sec, min, h, d")));
        assert!(amount("", &TIME).is_err());
    }

    #[test]
    fn times_have_three_forms() {
        for (text, good) in [
            ("12:30", true),
            ("2031-05-01 10:00", true),
            ("2031-05-01T10:00:00+0200", true),
            ("2031-05-01T10:00:00Z", false),
            ("tomorrow", false),
            ("é:00", false),
        ] {
            assert_eq!(is_time(text), good, "{text}");
        }
    }
}
