//! How many processes a GRAM job has, on how many hosts, and for how long: `count`, `job_type`, `host_count`, `max_time`.

use super::super::attribute::{Attribute, Shape};
use super::super::clause::Clause;
use super::super::evaluate::{Item, Word};
use super::super::print::{Printer, number_item, whole};
use super::super::read::Reader;
use super::MINUTE;
use pelago_job::description::{Parallel, Range, Text};

/// The model's word for processes that MPI starts.
const MPI: &str = "MPI";

/// `count`
pub(super) fn read_count(reader: &mut Reader<'_>, clause: &Clause) {
    reader.draft.count = clause.number().map(|number| (number, clause.span.clone()));
}

/// `job_type`
pub(super) fn read_type(reader: &mut Reader<'_>, clause: &Clause) {
    reader.draft.jobtype = clause.text().map(str::to_string);
    if clause.text() == Some("condor") {
        reader.keep("jobtype", clause.shown(), false);
    }
}

/// `host_count`. GRAM hands it to the batch system as it stands, and PBS takes properties of the hosts behind the number.
pub(super) fn read_hosts(reader: &mut Reader<'_>, clause: &Clause) {
    let properties = clause.text().and_then(|text| text.split_once(':')).filter(|(number, properties)| {
        let word = |c: char| c.is_ascii_alphanumeric() || "_-.=".contains(c);
        number.parse::<u32>().is_ok_and(|number| number > 0)
            && properties.split(':').all(|property| !property.is_empty() && property.chars().all(word))
    });
    if let Some((number, properties)) = properties {
        reader
            .diagnostics
            .warning(clause.values_span(), format!("`{properties}` is for PBS: a property of the {number} hosts"))
            .note("other batch systems refuse it; it is kept, and refused when the job is run here");
        reader.keep("hostcount", clause.shown(), false);
    } else if clause.fits(Shape::Whole(1), reader.diagnostics) {
        reader.job.resources.total_resource_count = clause.number().map(Range::exactly);
    }
}

/// `max_time`: adapters take it where neither of the others is said.
pub(super) fn read_time(reader: &mut Reader<'_>, clause: &Clause) {
    reader.draft.time = clause.number().map(|number| (number, clause.name_span.clone()));
}

/// Puts together what the attributes say.
pub(super) fn finish(reader: &mut Reader<'_>) {
    let count = reader.draft.count.as_ref().map(|(count, _)| *count);
    let processes = |count: f64| Some(Text::literal(format!("{count:.0}")));
    match (reader.draft.jobtype.as_deref(), count) {
        (Some("single"), Some(count)) => reader.job.resources.total_cpu_count = Some(Range::exactly(count)),
        (Some("mpi"), count) => {
            let (variation, processes) = (Some(MPI.to_string()), processes(count.unwrap_or(1.0)));
            reader.job.application.parallel = Some(Parallel { variation, processes, ..Parallel::default() });
        }
        (_, Some(count)) => {
            let processes = processes(count);
            reader.job.application.parallel = Some(Parallel { processes, ..Parallel::default() });
        }
        (_, None) => {}
    }
    let Some((minutes, span)) = reader.draft.time.clone() else { return };
    let limits = &mut reader.job.application.limits;
    if limits.wall_time.is_some() || limits.cpu_time.is_some() {
        let message = "`max_time` has no effect beside `max_wall_time` or `max_cpu_time`";
        reader.diagnostics.warning(span, message);
        return;
    }
    limits.wall_time = Some(minutes * MINUTE);
    reader
        .diagnostics
        .note(span, "`max_time` is clock or processor time, as the batch system decides: read as clock time")
        .help("say `max_wall_time` or `max_cpu_time`");
}

/// `count` and `job_type` together.
pub(super) fn print(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    const HOW: &str = "/application/parallel/variation";
    let kind = |printer: &mut Printer<'_>, kind: &str| printer.say("job_type", &[Item::Word(Word::literal(kind))]);
    let total = printer.job().resources.total_cpu_count.clone();
    let total = total.and_then(|range| Some((range.exact(), whole(range.needs()?, 1.0)?)));
    let free = !printer.keeps("jobtype");
    let mut parallel = printer.job().application.parallel.take().unwrap_or_default();
    let number = parallel.processes.as_ref().and_then(Text::as_literal);
    let number = number.filter(|text| !text.starts_with('0') && text.len() < 10);
    let number = number.filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()));
    let mpi = parallel.variation.as_deref().is_some_and(|how| how.to_ascii_uppercase().contains(MPI)) && free;
    let mut count = number.and_then(|text| text.parse::<f64>().ok());
    if count.is_some() {
        parallel.processes = None;
    } else if mpi && parallel.processes.is_none() {
        let (number, why) = match total {
            Some((_, total)) => (total, "as many as CPUs, which RSL cannot say apart"),
            None => (1.0, "RSL's default, where nothing else is said"),
        };
        printer.changed("/application/parallel/processes", format!("{number:.0}"), why);
        count = Some(number);
    }
    if mpi && count.is_some() {
        if let Some(how) = parallel.variation.take().filter(|how| how != MPI) {
            printer.changed(HOW, MPI, &format!("GRAM chooses the MPI: {how} cannot be asked for"));
        }
        kind(printer, "mpi");
    }
    printer.job().application.parallel = Some(parallel).filter(|parallel| *parallel != Parallel::default());
    match (count, total) {
        (Some(count), _) => {
            printer.because("/resources/total_cpu_count", "GRAM's `count` is the number of processes already");
            printer.say(attribute.shown, &[number_item(count)]);
        }
        (None, Some((exact, count))) if free => {
            printer.job().resources.total_cpu_count = None;
            if exact != Some(count) {
                let why = "GRAM asks for an exact number of CPUs";
                printer.changed("/resources/total_cpu_count", Range::exactly(count), why);
            }
            kind(printer, "single");
            printer.say(attribute.shown, &[number_item(count)]);
        }
        _ => {}
    }
}

/// `host_count`
pub(super) fn print_hosts(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    if printer.keeps("hostcount") {
        return;
    }
    let Some(range) = printer.job().resources.total_resource_count.clone() else { return };
    let Some(count) = range.needs().and_then(|needs| whole(needs, 1.0)) else { return };
    printer.job().resources.total_resource_count = None;
    if range.exact() != Some(count) {
        let why = "GRAM asks for an exact number of hosts";
        printer.changed("/resources/total_resource_count", Range::exactly(count), why);
    }
    printer.say(attribute.shown, &[number_item(count)]);
}
