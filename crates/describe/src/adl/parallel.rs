//! `ParallelEnvironment`: the kind of a parallel application, processes of a slot and threads of a process.

use super::print::Printing;
use super::read::Reading;
use crate::xml::{Element, carries, plain, take_plain};
use pelago_job::Text;
use pelago_job::description::Parallel;

const WORDS: [&str; 5] = ["Type", "Version", "ProcessesPerSlot", "ThreadsPerProcess", "Option"];
const AT: &str = "/application/parallel";
const PER_SLOT: &str = "ParallelEnvironment/ProcessesPerSlot";
const VERSION: &str = "ParallelEnvironment/Version";

/// An option and its value in one text.
fn joined(name: &str, value: Option<&str>) -> String {
    value.map_or(name.to_string(), |value| format!("{name}={value}"))
}

/// Reads a parallel environment.
pub(super) fn read(reading: &mut Reading<'_>, element: &Element) {
    let mut parallel = Parallel::default();
    for inner in element.elements() {
        match inner.name.as_str() {
            "Type" => parallel.variation = reading.text(inner),
            "Version" => reading.keep(inner, VERSION.into(), false, Some(AT.into())),
            "ProcessesPerSlot" => match reading.number(inner, "") {
                Some(1.0) => parallel.as_allocated = true,
                Some(_) => reading.keep(inner, PER_SLOT.into(), false, Some(AT.into())),
                None => {}
            },
            "ThreadsPerProcess" => {
                parallel.threads = reading.number(inner, "").map(|n| Text::literal(n.to_string()));
            }
            "Option" => {
                let (mut name, mut value) = (None, None);
                for part in inner.elements() {
                    match part.name.as_str() {
                        "Name" => name = reading.text(part),
                        "Value" => value = reading.text(part),
                        _ => reading.left_out(part, "Option", &["Name", "Value"]),
                    }
                }
                match name {
                    Some(name) => parallel.options.push(Text::literal(joined(&name, value.as_deref()))),
                    None => {
                        reading.diagnostics.error(inner.name_span.clone(), "this option has no `Name`");
                    }
                }
            }
            _ => reading.left_out(inner, "ParallelEnvironment", &WORDS),
        }
    }
    if parallel != Parallel::default() {
        reading.job.application.parallel = Some(parallel);
        reading.note(AT, element.span.clone());
    }
}

/// Prints the parallel environment, if there is something of it to say.
pub(super) fn print(printing: &mut Printing<'_>) {
    let mut parallel = printing.job.application.parallel.take().unwrap_or_default();
    let kind = parallel.variation.clone().filter(|kind| !kind.is_empty() && kind.trim() == kind && carries(kind));
    if kind.is_some() {
        parallel.variation = None;
    }
    let versions = printing.kept(VERSION);
    let mut per_slot = printing.kept(PER_SLOT);
    if per_slot.is_empty() && std::mem::take(&mut parallel.as_allocated) {
        per_slot.push("<ProcessesPerSlot>1</ProcessesPerSlot>".into());
    }
    let threads = parallel.threads.as_ref().and_then(plain);
    let threads = threads.filter(|n| n.parse::<i32>().is_ok_and(|number| number >= 0 && number.to_string() == *n));
    if threads.is_some() {
        take_plain(&mut parallel.threads);
    }
    let split = |option: &Text| -> Option<(String, Option<String>)> {
        let option = plain(option)?;
        let (name, value) = option.split_once('=').map_or((option.as_str(), None), |(n, v)| (n, Some(v)));
        let sound = |part: &str| !part.is_empty() && part.trim() == part;
        (sound(name) && value.is_none_or(sound)).then(|| (name.to_string(), value.map(str::to_string)))
    };
    let options: Vec<(String, Option<String>)> = parallel.options.iter().filter_map(split).collect();
    if !options.is_empty() {
        if options.len() != parallel.options.len() {
            let back: Vec<String> = options.iter().map(|(name, value)| joined(name, value.as_deref())).collect();
            printing.changed("/application/parallel/options", back, "the others are no names with values");
        }
        parallel.options.clear();
    }
    if parallel != Parallel::default() {
        printing.job.application.parallel = Some(parallel);
    }
    if kind.is_none() && versions.is_empty() && per_slot.is_empty() && threads.is_none() && options.is_empty() {
        return;
    }
    printing.out.open("ParallelEnvironment", &[]);
    if let Some(kind) = kind {
        printing.leaf("Type", &kind);
    }
    versions.iter().chain(&per_slot).for_each(|text| printing.out.verbatim(text));
    if let Some(threads) = threads {
        printing.leaf("ThreadsPerProcess", &threads);
    }
    for (name, value) in options {
        printing.out.open("Option", &[]);
        printing.leaf("Name", &name);
        if let Some(value) = value {
            printing.leaf("Value", &value);
        }
        printing.out.close();
    }
    printing.out.close();
}
