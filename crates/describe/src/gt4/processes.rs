//! `count` and `jobType`: how many processes, and how they are started.

use super::print::Printing;
use super::read::Reading;
use crate::spelling;
use crate::xml::Element;
use pelago_job::Text;
use pelago_job::description::{Parallel, Range};

/// Where the number of processes stands in a job.
const PROCESSES: &str = "/application/parallel/processes";
const VARIATION: &str = "/application/parallel/variation";
const CPUS: &str = "/resources/total_cpu_count";

/// The ways of starting a job (`JobTypeEnumeration`).
const TYPES: [&str; 4] = ["single", "multiple", "mpi", "condor"];

/// `count`: how often the program is started, unless the type says that it is started once.
pub(super) fn read_count(reading: &mut Reading<'_>, element: &Element) {
    let Some(count) = reading.positive(element) else { return };
    let parallel = reading.job.application.parallel.get_or_insert_default();
    parallel.processes = Some(Text::literal(count.to_string()));
    reading.note(PROCESSES, element.text_span());
}

/// `jobType`. With `single` the count is that of the processors that one process gets.
pub(super) fn read_type(reading: &mut Reading<'_>, element: &Element) {
    let Some(name) = reading.text(element) else { return };
    let parallel = &mut reading.job.application.parallel;
    match name.as_str() {
        "mpi" => parallel.get_or_insert_default().variation = Some("MPI".into()),
        "multiple" => parallel.get_or_insert_default().variation = Some(String::new()),
        "single" => {
            let count = parallel.take().and_then(|parallel| parallel.processes);
            let count = count.and_then(|count| count.as_literal()).and_then(|count| count.parse().ok());
            reading.job.resources.total_cpu_count = Some(Range::exactly(count.unwrap_or(1.0)));
            return reading.note(CPUS, element.text_span());
        }
        "condor" => return reading.keep(element),
        other => {
            let message = format!("`{other}` is no type of a job");
            let near = spelling::nearest(other, TYPES);
            let error = reading.diagnostics.error(element.text_span(), message);
            error.note(format!("it is one of {}", TYPES.join(", "))).did_you_mean(near);
            return;
        }
    }
    reading.note(VARIATION, element.text_span());
}

fn says_how(parallel: &Parallel) -> bool {
    parallel.variation.is_some() || parallel.processes.is_some() || parallel.as_allocated
}

/// Prints the count; with processors and nothing about processes it is a single one with so many of them.
pub(super) fn print_count(printing: &mut Printing<'_>) {
    let cpus = printing.job.resources.total_cpu_count.clone();
    let Some(parallel) = printing.job.application.parallel.as_mut().filter(|parallel| says_how(parallel)) else {
        let Some(cpus) = cpus else { return };
        let Some(least) = cpus.needs().map(f64::ceil).filter(|least| (1.0..1e15).contains(least)) else { return };
        printing.job.resources.total_cpu_count = None;
        printing.single = true;
        printing.leaf("count", &least.to_string());
        if cpus != Range::exactly(least) {
            let why = "`count` is one number; the least that is enough";
            printing.changed(CPUS, Range::exactly(least), why);
        }
        return;
    };
    let Some(processes) = &parallel.processes else {
        if let Some(count) = cpus.and_then(|cpus| cpus.exact()).filter(|count| *count >= 1.0 && count.fract() == 0.0) {
            printing.leaf("count", &count.to_string());
            printing.changed(PROCESSES, count.to_string(), "as many as processors are asked for");
        }
        return;
    };
    let count = processes.as_literal().and_then(|count| count.parse::<u64>().ok()).filter(|count| *count > 0);
    if let Some(count) = count.filter(|count| *count < 1 << 53 && processes.as_literal() == Some(count.to_string())) {
        parallel.processes = None;
        printing.leaf("count", &count.to_string());
    }
}

/// Prints the type that was said, or that printing the count decided on.
pub(super) fn print_type(printing: &mut Printing<'_>) {
    if printing.single {
        return printing.leaf("jobType", "single");
    }
    if let Some(parallel) = &mut printing.job.application.parallel
        && let Some(variation) = parallel.variation.as_deref()
    {
        let changed = match variation {
            "" => return printing.take_variation("multiple"),
            "MPI" => return printing.take_variation("mpi"),
            other => other.to_ascii_uppercase().contains("MPI"),
        };
        if changed {
            printing.take_variation("mpi");
            return printing.changed(VARIATION, "MPI", "which MPI it is cannot be said");
        }
    }
    printing.kept("jobType");
}

impl Printing<'_> {
    fn take_variation(&mut self, name: &str) {
        if let Some(parallel) = &mut self.job.application.parallel {
            parallel.variation = None;
        }
        self.leaf("jobType", name);
    }
}
