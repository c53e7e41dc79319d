//! `Notification`, `WipeTime` and `Priority`: who is told, how long things are kept, what comes first.

use super::print::Printing;
use super::read::Reading;
use crate::spelling;
use crate::xml::{Element, plain};
use pelago_job::Text;
use pelago_job::description::{Notice, Occasion, Ttl};

/// States on whose beginning a notice can be sent, and whether ARC knows them: of those, the first with an occasion is printed.
const STATES: [(&str, &[Occasion], bool); 8] = [
    ("PREPROCESSING", &[Occasion::Preparing], true),
    ("PROCESSING", &[Occasion::Queued], true),
    ("PROCESSING-RUNNING", &[Occasion::Start], false),
    ("POSTPROCESSING", &[Occasion::Finishing], true),
    ("TERMINAL", &[Occasion::Success, Occasion::Failure, Occasion::Cancelled], true),
    ("ACCEPTED", &[Occasion::Queued], true),
    ("PROCESSING-ACCEPTING", &[Occasion::Queued], false),
    ("PROCESSING-QUEUED", &[Occasion::Queued], false),
];

fn occasions<'a>(states: impl IntoIterator<Item = &'a str>) -> Vec<Occasion> {
    let mut on: Vec<Occasion> = Vec::new();
    for state in states {
        let (_, occasions, _) = STATES.iter().find(|(name, ..)| *name == state).unwrap_or(&("", &[], false));
        on.extend(occasions.iter().filter(|occasion| !on.contains(occasion)).copied().collect::<Vec<_>>());
    }
    on.sort();
    on
}

/// `Notification`: a mail to some on states; on every one if there is none.
pub(super) fn read(reading: &mut Reading<'_>, element: &Element) {
    let (mut to, mut states) = (Vec::new(), Vec::new());
    for inner in element.elements() {
        match inner.name.as_str() {
            "Protocol" => {
                if let Some(protocol) = reading.text(inner).filter(|protocol| protocol != "email") {
                    let message = format!("notices are sent by `email`, not by `{protocol}`");
                    reading.diagnostics.error(inner.text_span(), message);
                }
            }
            "Recipient" => to.extend(reading.text(inner).map(Text::literal)),
            "OnState" => {
                let Some(state) = reading.text(inner) else { continue };
                match STATES.iter().find(|(name, ..)| *name == state) {
                    Some((.., true)) => {}
                    Some(_) => {
                        let message = format!("ARC sends no notice on `{state}` and refuses it");
                        reading.diagnostics.warning(inner.text_span(), message);
                    }
                    None => {
                        let near = spelling::nearest(&state, STATES.map(|(name, ..)| name));
                        let error = reading.diagnostics.error(inner.text_span(), format!("`{state}` is no state"));
                        error.note("these are the primary states of activities, in capitals").did_you_mean(near);
                    }
                }
                states.push(state);
            }
            _ => reading.left_out(inner, "Notification", &["Protocol", "Recipient", "OnState"]),
        }
    }
    if to.is_empty() {
        reading.diagnostics.error(element.name_span.clone(), "this notification has no `Recipient`");
        return;
    }
    let on = match states.is_empty() {
        true => occasions(STATES.map(|(name, ..)| name)),
        false => occasions(states.iter().map(String::as_str)),
    };
    let position = reading.job.policy.notices.len();
    reading.job.policy.notices.push(Notice { on, to });
    reading.note(&format!("/policy/notices/{position}"), element.span.clone());
}

/// The occasion of which ARC tells instead: that a job starts is told when the batch system has it.
fn told(on: Occasion) -> Occasion {
    match on {
        Occasion::Start => Occasion::Queued,
        other => other,
    }
}

/// Prints the notices.
pub(super) fn print(printing: &mut Printing<'_>) {
    let mut notices = std::mem::take(&mut printing.job.policy.notices);
    for (position, notice) in notices.iter_mut().enumerate() {
        let to: Vec<String> = notice.to.iter().filter_map(plain).collect();
        let on: Vec<Occasion> = notice.on.iter().map(|on| told(*on)).collect();
        let states = STATES.iter().take(5).filter(|(_, of, known)| *known && of.iter().any(|one| on.contains(one)));
        let states: Vec<&str> = states.map(|(name, ..)| *name).collect();
        if to.is_empty() || states.is_empty() {
            continue;
        }
        let part = format!("/policy/notices/{position}");
        if to.len() != notice.to.len() {
            printing.changed(&format!("{part}/to"), &to, "the others are no plain texts");
        }
        let back = occasions(states.iter().copied());
        if back != notice.on {
            let why = "the end of an activity is one state, however it ended, and its start is none that ARC tells of";
            printing.changed(&format!("{part}/on"), back, why);
        }
        *notice = Notice::default();
        printing.out.open("Notification", &[]);
        printing.out.leaf("Protocol", &[], "email");
        to.iter().for_each(|to| printing.out.leaf("Recipient", &[], to));
        states.iter().for_each(|state| printing.out.leaf("OnState", &[], state));
        printing.out.close();
    }
    printing.job.policy.notices = notices;
}

/// Seconds of a period of days, hours, minutes and seconds (ISO 8601), or of a plain number. Months and years have no
/// length of their own.
fn seconds(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(seconds as f64);
    }
    let (mut seconds, mut time, mut number) = (0.0, false, String::new());
    let mut parts = 0;
    for c in text.strip_prefix('P')?.chars() {
        match c {
            '0'..='9' if number.len() < 12 => number.push(c),
            'T' if number.is_empty() && !time => time = true,
            _ => {
                let amount: f64 = std::mem::take(&mut number).parse().ok()?;
                let unit = match (c, time) {
                    ('W', false) => 604_800.0,
                    ('D', false) => 86_400.0,
                    ('H', true) => 3600.0,
                    ('M', true) => 60.0,
                    ('S', true) => 1.0,
                    _ => return None,
                };
                seconds += amount * unit;
                parts += 1;
            }
        }
    }
    (parts > 0 && number.is_empty()).then_some(seconds)
}

/// `WipeTime`: how long the session directory is kept.
pub(super) fn read_lifetime(reading: &mut Reading<'_>, element: &Element) {
    let Some(text) = reading.text(element) else { return };
    match seconds(&text) {
        Some(seconds) => {
            reading.job.policy.keep = Some(Ttl { directory: Some(seconds), record: None });
            reading.note("/policy/keep/directory", element.text_span());
        }
        // A point in time, as the language itself has it; ARC takes periods only.
        None => reading.keep(element, "Application/WipeTime".into(), false, None),
    }
}

/// Prints how long the session directory is kept, else what was kept as it was.
pub(super) fn print_lifetime(printing: &mut Printing<'_>) {
    let keep = printing.job.policy.keep.as_mut();
    let slot =
        keep.map(|keep| &mut keep.directory).filter(|directory| directory.is_some_and(|d| (0.0..1e11).contains(&d)));
    let Some(directory) = slot.and_then(Option::take) else { return };
    let whole = directory.ceil();
    printing.leaf("WipeTime", &format!("PT{whole}S"));
    if whole != directory {
        printing.changed("/policy/keep/directory", whole, "whole seconds; rounded up");
    }
}

/// `Priority`: from 0 to 100.
pub(super) fn read_priority(reading: &mut Reading<'_>, element: &Element) {
    let Some(number) = reading.number(element, "") else { return };
    if number > 100.0 {
        let message = format!("a priority is at most 100; ARC takes {number} as 100");
        reading.diagnostics.warning(element.text_span(), message);
    }
    reading.job.policy.priority = Some(Text::literal(number.to_string()));
    reading.note("/policy/priority", element.text_span());
}

/// Prints the priority, if it is a number that can be one.
pub(super) fn print_priority(printing: &mut Printing<'_>) {
    let slot = &mut printing.job.policy.priority;
    let number = slot.as_ref().and_then(plain).filter(|n| n.parse::<u8>().is_ok_and(|value| value.to_string() == *n));
    let Some(number) = number.filter(|number| number.parse::<u8>().is_ok_and(|value| value <= 100)) else {
        return printing.because("/policy/priority", "a priority is a whole number from 0 to 100");
    };
    *slot = None;
    printing.leaf("nordugrid-adl:Priority", &number);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_seconds() {
        for (text, expect) in [
            ("PT5M", Some(300.0)),
            ("P1DT1H1S", Some(90_001.0)),
            ("P2W", Some(1_209_600.0)),
            ("3600", Some(3600.0)),
            ("P1M", None),
            ("P", None),
            ("PT5", None),
            ("2030-01-01T00:00:00Z", None),
        ] {
            assert_eq!(seconds(text), expect, "{text}");
        }
    }

    #[test]
    fn states_read_back_as_the_occasions_that_they_were_printed_for() {
        for (name, on, known) in &STATES[..5] {
            assert_eq!(occasions([*name]), *on);
            assert!(*known || on.iter().all(|on| told(*on) != *on), "{name}");
        }
    }
}
