//! `SlotRequirement`: how many slots, how many of them on a host, and whether others may be there.

use super::print::Printing;
use super::read::Reading;
use crate::xml::{Element, plain};
use pelago_job::Text;
use pelago_job::description::Range;

const TOTAL: &str = "/resources/total_cpu_count";
const PER_HOST: &str = "/resources/individual_cpu_count";

/// Reads the requirement.
pub(super) fn read(reading: &mut Reading<'_>, element: &Element) {
    let (mut total, mut per_host) = (None, None);
    for inner in element.elements() {
        match inner.name.as_str() {
            "NumberOfSlots" => {
                total = reading.number(inner, "").filter(|number| at_least_one(reading, inner, *number));
                if let Some(number) = total {
                    reading.job.resources.total_cpu_count = Some(Range::exactly(number));
                    reading.note(TOTAL, inner.text_span());
                }
            }
            "SlotsPerHost" => per_host = Some(inner),
            "ExclusiveExecution" => {
                let flag = inner.text();
                // ARC takes every other word as unsaid.
                let known = matches!(flag.trim(), "true" | "1" | "false" | "0");
                if !known {
                    let message = format!("`{}` is neither `true` nor `false`; ARC passes over it", flag.trim());
                    reading.diagnostics.warning(inner.text_span(), message);
                    continue;
                }
                reading.job.resources.exclusive = Some(matches!(flag.trim(), "true" | "1"));
                reading.note("/resources/exclusive", inner.text_span());
            }
            _ => {
                reading.left_out(inner, "SlotRequirement", &["NumberOfSlots", "SlotsPerHost", "ExclusiveExecution"]);
            }
        }
    }
    if element.elements().all(|inner| inner.name != "NumberOfSlots") {
        let error = reading.diagnostics.error(element.name_span.clone(), "this requirement has no `NumberOfSlots`");
        error.note("ARC refuses it without one");
    }
    let Some(inner) = per_host else { return };
    let number = match inner.attribute("useNumberOfSlots") {
        Some("true" | "1") => total,
        _ => reading.number(inner, "").filter(|number| at_least_one(reading, inner, *number)),
    };
    if let Some(number) = number {
        reading.job.resources.individual_cpu_count = Some(Range::exactly(number));
        reading.note(PER_HOST, inner.span.clone());
    }
    if let (Some(total), Some(number)) = (total, number) {
        if number > total {
            let message = format!("{number} slots on each host, but only {total} in all");
            reading.diagnostics.warning(inner.text_span(), message);
        } else if total % number != 0.0 {
            let message = format!("{total} slots cannot be {number} on each host");
            let warning = reading.diagnostics.warning(inner.text_span(), message);
            warning.note(format!("{total} divided by {number} leaves {}", total % number));
        }
    }
}

fn at_least_one(reading: &mut Reading<'_>, element: &Element, number: f64) -> bool {
    if number < 1.0 {
        let message = format!("`{}` is at least 1", element.name);
        reading.diagnostics.error(element.text_span(), message);
    }
    number >= 1.0
}

/// The number that is enough for a range of counts.
fn enough(range: &Range) -> Option<f64> {
    range.needs().map(f64::ceil).filter(|count| (1.0..=super::most("")).contains(count))
}

/// A count that is a text.
fn count(text: &Option<Text>) -> Option<f64> {
    let text = text.as_ref().and_then(plain)?;
    let number: i32 = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then(|| f64::from(number))
}

/// Prints the requirement. Processes stand for slots where nothing is said about these.
pub(super) fn print(printing: &mut Printing<'_>) {
    let resources = &mut printing.job.resources;
    let total = resources.total_cpu_count.as_ref().and_then(enough);
    let per_host = resources.individual_cpu_count.as_ref().and_then(enough);
    let (mut said, mut said_per_host) = (None, None);
    if total.is_some() {
        said = resources.total_cpu_count.take();
    }
    if per_host.is_some() {
        said_per_host = resources.individual_cpu_count.take();
    }
    let exclusive = resources.exclusive.take();
    let free = (resources.total_cpu_count.is_none() && said.is_none(), resources.individual_cpu_count.is_none());
    let (mut total, mut per_host) = (total, per_host);
    if let Some(parallel) = &mut printing.job.application.parallel {
        let processes = count(&parallel.processes).filter(|_| free.0);
        let on_host = count(&parallel.per_host).filter(|_| free.1 && said_per_host.is_none());
        if processes.is_some() {
            (parallel.processes, total) = (None, processes);
        }
        if on_host.is_some() {
            (parallel.per_host, per_host) = (None, on_host);
        }
        if processes.is_some() {
            printing.changed("/application/parallel/processes", None::<Text>, "slots are asked for, one a process");
        }
        if on_host.is_some() {
            printing.changed("/application/parallel/per_host", None::<Text>, "slots are asked for, one a process");
        }
    }
    if total.is_none() && per_host.is_none() && exclusive.is_none() {
        return;
    }
    let slots = total.or(per_host).unwrap_or(1.0);
    printing.out.open("SlotRequirement", &[]);
    printing.leaf("NumberOfSlots", &slots.to_string());
    if said != Some(Range::exactly(slots)) {
        let why = match total {
            Some(_) => "slots are one number",
            None => "the number of slots must be said",
        };
        printing.changed(TOTAL, Range::exactly(slots), why);
    }
    if let Some(per_host) = per_host {
        printing.leaf("SlotsPerHost", &per_host.to_string());
        if said_per_host != Some(Range::exactly(per_host)) {
            printing.changed(PER_HOST, Range::exactly(per_host), "slots are one number");
        }
    }
    if let Some(exclusive) = exclusive {
        printing.leaf("ExclusiveExecution", &exclusive.to_string());
    }
    printing.out.close();
}
