//! Times in xRSL: minutes, or numbers with units, or ISO 8601.

use super::super::attribute::Attribute;
use super::super::clause::Clause;
use super::super::evaluate::{Item, Word};
use super::super::print::{Printer, whole};
use super::super::read::{Reader, values};
use pelago_job::description::{Range, Ttl};

/// Seconds of a minute.
const MINUTE: f64 = 60.0;

/// Seconds, as ARC's `Period` reads them; `None` where it would make 0 of something that is no time.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(iso) = text.strip_prefix('P') {
        return iso_seconds(iso);
    }
    let (mut total, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match rest.get(..letters)?.to_ascii_lowercase().as_str() {
            "s" | "sec" | "second" | "seconds" => 1.0,
            "" | "m" | "min" | "minute" | "minutes" => MINUTE,
            "h" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            "w" | "week" | "weeks" => 604_800.0,
            _ => return None,
        };
        total += number * unit;
        rest = rest.get(letters..)?.trim_start_matches([' ', ',', '\t']);
    }
    (!text.is_empty() && total < 1e15).then_some(total)
}

fn iso_seconds(text: &str) -> Option<f64> {
    let (mut total, mut number, mut time) = (0.0, String::new(), false);
    for c in text.chars() {
        let unit = match c {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            'T' => {
                time = true;
                continue;
            }
            'Y' => 31_536_000.0,
            'W' => 604_800.0,
            'D' => 86_400.0,
            'H' => 3600.0,
            'M' if time => MINUTE,
            'M' => 2_592_000.0,
            'S' => 1.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * unit;
        number.clear();
    }
    (number.is_empty() && total < 1e15).then_some(total)
}

fn read(reader: &mut Reader<'_>, clause: &Clause) -> Option<f64> {
    let found = clause.text().and_then(seconds);
    if found.is_none() {
        let message = format!("`{}` takes a time, found `{}`", clause.written, values(&clause.items));
        reader
            .diagnostics
            .warning(clause.values_span(), message)
            .note("ARC takes what is no time for 0")
            .help("write minutes, or for example \"2 hours\"");
        reader.keep(&clause.name, clause.shown(), true);
    }
    found
}

fn print(printer: &mut Printer<'_>, attribute: &'static Attribute, seconds: f64) {
    let minutes = seconds / MINUTE;
    let text = match minutes.fract() == 0.0 {
        true => format!("{minutes:.0}"),
        false => format!("{seconds:.0} seconds"),
    };
    printer.say(attribute.shown, &[Item::Word(Word::literal(text))]);
}

/// `cputime`
pub(super) fn read_cpu(reader: &mut Reader<'_>, clause: &Clause) {
    reader.job.resources.total_cpu_time = read(reader, clause).map(Range::at_least);
}

/// `walltime`
pub(super) fn read_wall(reader: &mut Reader<'_>, clause: &Clause) {
    reader.job.resources.wall_time = read(reader, clause).map(Range::at_least);
}

/// `gridtime`: processor time on a machine of 2.8 GHz.
pub(super) fn read_grid(reader: &mut Reader<'_>, clause: &Clause) {
    reader.draft.gridtime = Some(clause.name_span.clone());
    reader.keep("gridtime", clause.shown(), false);
}

/// `lifetime`
pub(super) fn read_life(reader: &mut Reader<'_>, clause: &Clause) {
    let directory = read(reader, clause);
    reader.job.policy.keep = directory.map(|directory| Ttl { directory: Some(directory), record: None });
}

/// `starttime`
pub(super) fn read_start(reader: &mut Reader<'_>, clause: &Clause) {
    reader.job.policy.not_before = clause.word().map(|word| reader.text(word));
}

/// What cannot be said together.
pub(super) fn finish(reader: &mut Reader<'_>) {
    let Some(span) = reader.draft.gridtime.clone() else { return };
    let resources = &reader.job.resources;
    for (said, name, part) in [
        (resources.total_cpu_time.is_some(), "cputime", "/resources/total_cpu_time"),
        (resources.wall_time.is_some(), "walltime", "/resources/wall_time"),
    ] {
        if said {
            let other = reader.origins.of(&format!("{}{part}", reader.at)).unwrap_or(0..0);
            let message = format!("`gridtime` and `{name}` cannot be said together");
            reader
                .diagnostics
                .error(span.clone(), message)
                .related(other, "the other one")
                .note("`gridtime` is processor time on a machine of 2.8 GHz, and says both");
        }
    }
}

/// A need that is a range, or a limit in its place.
fn need(
    printer: &mut Printer<'_>,
    attribute: &'static Attribute,
    range: Option<Range>,
    limit: (&'static str, Option<f64>),
) -> (Option<Range>, Option<f64>) {
    const WHY: &str = "xRSL's times are both what is needed and the limit";
    match (range, limit.1) {
        (Some(range), limit) => {
            let Some(time) = range.needs().and_then(|needs| whole(needs, 0.0)) else { return (Some(range), limit) };
            if range.least() != Some(time) {
                printer.changed(attribute.part, Range::at_least(time), "only the least time can be said");
            }
            print(printer, attribute, time);
            (None, limit)
        }
        (None, Some(seconds)) => {
            let Some(time) = whole(seconds, 0.0) else { return (None, limit.1) };
            printer.because(limit.0, WHY);
            printer.changed(limit.0, (), WHY);
            printer.changed(attribute.part, Range::at_least(time), WHY);
            print(printer, attribute, time);
            (None, None)
        }
        (None, None) => (None, None),
    }
}

/// `cputime`
pub(super) fn print_cpu(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let range = printer.job().resources.total_cpu_time.take();
    let limit = printer.job().application.limits.cpu_time.take();
    let (range, limit) = match printer.keeps("gridtime") {
        true => (range, limit),
        false => need(printer, attribute, range, ("/application/limits/cpu_time", limit)),
    };
    printer.job().resources.total_cpu_time = range;
    printer.job().application.limits.cpu_time = limit;
}

/// `walltime`
pub(super) fn print_wall(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let range = printer.job().resources.wall_time.take();
    let limit = printer.job().application.limits.wall_time.take();
    let (range, limit) = match printer.keeps("gridtime") {
        true => (range, limit),
        false => need(printer, attribute, range, ("/application/limits/wall_time", limit)),
    };
    printer.job().resources.wall_time = range;
    printer.job().application.limits.wall_time = limit;
}

/// `lifetime`
pub(super) fn print_life(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let Some(seconds) = printer.job().policy.keep.as_ref().and_then(|keep| keep.directory) else { return };
    let Some(time) = whole(seconds, 0.0) else { return };
    if let Some(keep) = printer.job().policy.keep.as_mut() {
        keep.directory = None;
    }
    if time != seconds {
        printer.changed(attribute.part, time, "rounded up to whole seconds");
    }
    print(printer, attribute, time);
}

/// `starttime`
pub(super) fn print_start(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let Some(text) = printer.job().policy.not_before.clone() else { return };
    if let Some(word) = printer.word(&text) {
        printer.job().policy.not_before = None;
        printer.say(attribute.shown, &[Item::Word(word)]);
    }
}
