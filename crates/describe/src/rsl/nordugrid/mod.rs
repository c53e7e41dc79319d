//! NorduGrid's xRSL as ARC's client takes it (`XRSLParser.cpp`).

mod files;
mod notices;
mod software;
mod streams;
mod times;

use super::attribute::{Again, Attribute, Field, Shape, with_another};
use super::clause::Clause;
use super::dialect::Dialect;
use super::evaluate::{Item, Undefined, Word};
use super::parse::shortened;
use super::print::{Printer, number_item, whole};
use super::read::{Reader, command};
use super::token::Syntax;
use super::tree::Operator;
use pelago_job::description::{Range, Text};

/// Bytes of a megabyte.
const MEGABYTE: f64 = 1_048_576.0;

/// The dialect.
pub(super) static NORDUGRID: Dialect = Dialect {
    name: "xrsl",
    reader: "ARC",
    syntax: Syntax::Arc,
    undefined: Undefined::Empty,
    strict: false,
    asks: false,
    tables: &[&TABLE],
    foreign: &FOREIGN,
    finish,
    prepare,
};

/// Words of Globus RSL that ARC names in a warning and then ignores.
const FOREIGN: [&str; 22] = [
    "resourcemanagercontact",
    "directory",
    "maxcputime",
    "maxwalltime",
    "maxtime",
    "maxmemory",
    "minmemory",
    "grammyjob",
    "project",
    "hostcount",
    "label",
    "subjobcommstype",
    "subjobstarttype",
    "filecleanup",
    "filestagein",
    "filestageinshared",
    "filestageout",
    "gasscache",
    "jobtype",
    "librarypath",
    "remoteiourl",
    "scratchdir",
];

/// A row whose own functions do both.
const fn own(
    name: &'static str,
    shape: Shape,
    part: &'static str,
    read: fn(&mut Reader<'_>, &Clause),
    print: fn(&mut Printer<'_>, &'static Attribute),
) -> Attribute {
    Attribute::new(name, name, shape, part, Field::Own(read, print)).again(Again::Last)
}

/// A row without a place in the model.
const fn kept(name: &'static str, shape: Shape, remark: bool) -> Attribute {
    Attribute::kept(name, name, shape, remark).again(Again::Last)
}

/// What exists.
static TABLE: [Attribute; 47] = [
    own(
        "executable",
        Shape::Word,
        "/application/commands/0/executable",
        streams::read_executable,
        streams::print_executable,
    )
    .again(Again::Refused),
    Attribute::new(
        "arguments",
        "arguments",
        Shape::Words,
        "/application/commands/0/arguments",
        Field::Paths(|job| &mut command(job).arguments),
    )
    .again(Again::Refused),
    own("stdin", Shape::Word, "/application/commands/0/input", streams::read_stdin, streams::print_stdin)
        .again(Again::Refused),
    own("stdout", Shape::Word, "/application/commands/0/output", streams::read_stdout, streams::print_stdout)
        .again(Again::Refused),
    own("stderr", Shape::Word, "/application/commands/0/error", streams::read_stderr, streams::print_stderr)
        .again(Again::Refused),
    own("join", Shape::Word, "/application/commands/0/error", streams::read_join, with_another),
    Attribute::new("jobname", "jobname", Shape::Word, "/name", Field::Text(|job| &mut job.name)).again(Again::Refused),
    Attribute::new(
        "environment",
        "environment",
        Shape::Rows(2),
        "/application/environment",
        Field::Variables(|job| &mut job.application.environment),
    )
    .again(Again::Both),
    own("inputfiles", Shape::Own, "/staging", files::read_inputs, files::print_inputs).again(Again::Both),
    own("executables", Shape::Words, "/staging", files::read_executables, with_another),
    own("cache", Shape::Word, "/staging", files::read_cache, with_another),
    own("outputfiles", Shape::Own, "/staging", files::read_outputs, with_another).again(Again::Both),
    own("ftpthreads", Shape::Own, "/staging", files::read_threads, with_another),
    own("count", Shape::Own, "/resources/total_cpu_count", read_count, print_count),
    own("countpernode", Shape::Own, "/resources/individual_cpu_count", read_count_per_node, print_count_per_node),
    own("exclusiveexecution", Shape::Own, "/resources/exclusive", read_exclusive, print_exclusive),
    own("cputime", Shape::Word, "/resources/total_cpu_time", times::read_cpu, times::print_cpu),
    own("walltime", Shape::Word, "/resources/wall_time", times::read_wall, times::print_wall),
    own("gridtime", Shape::Word, "/extensions", times::read_grid, with_another),
    own("lifetime", Shape::Word, "/policy/keep/directory", times::read_life, times::print_life),
    own("starttime", Shape::Word, "/policy/not_before", times::read_start, times::print_start),
    kept("benchmarks", Shape::Rows(3), false),
    own("memory", Shape::Word, "/resources/individual_physical_memory", read_memory, print_memory),
    own("disk", Shape::Word, "/resources/individual_disk_space", read_disk, print_disk),
    own("architecture", Shape::Word, "/resources/architectures", software::read_machine, software::print_machine)
        .again(Again::Refused),
    own("opsys", Shape::Word, "/resources/operating_systems", software::read_system, software::print_system)
        .again(Again::Both)
        .signs(),
    own(
        "runtimeenvironment",
        Shape::Words,
        "/resources/software",
        software::read_environment,
        software::print_environments,
    )
    .again(Again::Both)
    .signs(),
    own("middleware", Shape::Word, "/extensions", software::read_middleware, with_another).again(Again::Both).signs(),
    own("nodeaccess", Shape::Words, "/resources/network", read_access, print_access),
    own("queue", Shape::Word, "/resources/queue", read_queue, print_queue).again(Again::Both).signs(),
    own("cluster", Shape::Own, "/extensions", read_cluster, with_another).again(Again::Both).signs(),
    own("rerun", Shape::Word, "/policy/retries", read_rerun, print_rerun),
    own("priority", Shape::Word, "/policy/priority", read_priority, print_priority),
    own("notify", Shape::Words, "/policy/notices", notices::read, notices::print).again(Again::Both),
    kept("gmlog", Shape::Word, true).again(Again::Refused),
    own("acl", Shape::Word, "/extensions", read_acl, with_another),
    kept("jobreport", Shape::Word, false),
    kept("credentialserver", Shape::Word, false),
    kept("delegationid", Shape::Word, false),
    kept("replicacollection", Shape::Word, false),
    own("dryrun", Shape::Word, "/extensions", read_dry, with_another),
    own("action", Shape::Own, "/extensions", read_action, with_another),
    // What ARC's client writes for its own services.
    kept("hostname", Shape::Word, true),
    kept("jobid", Shape::Word, true),
    kept("clientxrsl", Shape::Word, true),
    kept("clientsoftware", Shape::Word, true),
    kept("savestate", Shape::Word, true),
];

fn finish(reader: &mut Reader<'_>) {
    let executable = reader.job.application.commands.first().is_some_and(|command| command.executable.is_some());
    if !executable && !reader.draft.partial {
        let span = reader.draft.span.clone();
        reader.diagnostics.warning(span, "the job has no `executable`").note("no ARC service starts such a job");
    }
    streams::finish(reader);
    times::finish(reader);
    files::finish(reader);
    let resources = &reader.job.resources;
    if resources.individual_cpu_count.is_some() && resources.total_cpu_count.is_none() && !reader.draft.partial {
        let span = reader.origins.of(&format!("{}/resources/individual_cpu_count", reader.at)).unwrap_or(0..0);
        reader.diagnostics.error(span, "`countpernode` needs a `count`").help("say how many slots there are in all");
    }
}

fn prepare(printer: &mut Printer<'_>) {
    printer.because("/application/commands", "a request starts one program, and has nothing more to say of it");
    printer.because("/application/parallel", "ARC starts the program once; its run-time environments start the others");
    printer.because("/resources/candidate_hosts", "ARC ignores `cluster`");
    printer.because("/resources/excluded_hosts", "ARC ignores `cluster`");
}

/// A whole number, as ARC reads one.
fn integer(clause: &Clause) -> Option<f64> {
    let text = clause.text()?.trim();
    text.parse::<i32>().ok().map(f64::from)
}

fn read_count(reader: &mut Reader<'_>, clause: &Clause) {
    reader.job.resources.total_cpu_count = slots(reader, clause);
}

fn read_count_per_node(reader: &mut Reader<'_>, clause: &Clause) {
    reader.job.resources.individual_cpu_count = slots(reader, clause);
}

fn slots(reader: &mut Reader<'_>, clause: &Clause) -> Option<Range> {
    let number = integer(clause);
    match number.filter(|number| *number >= 1.0) {
        Some(number) => Some(Range::exactly(number)),
        None => {
            let shown = super::read::values(&clause.items);
            let message = format!("`{}` takes a whole number from 1 on, found `{shown}`", clause.written);
            reader.diagnostics.error(clause.values_span(), message);
            None
        }
    }
}

fn print_count(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    const WHY: &str = "ARC asks for an exact number of slots";
    let range = printer.job().resources.total_cpu_count.clone();
    let exact = range.as_ref().and_then(Range::exact);
    let mut count = range.and_then(|range| whole(range.needs()?, 1.0));
    if count.is_none() && printer.job().resources.total_cpu_count.is_none() {
        let parallel = printer.job().application.parallel.as_ref();
        let processes = parallel.and_then(|parallel| parallel.processes.as_ref()).and_then(Text::as_literal);
        count = processes.and_then(|text| whole(text.parse().ok()?, 1.0));
    }
    let Some(count) = count.filter(|count| *count <= f64::from(i32::MAX)) else { return };
    printer.job().resources.total_cpu_count = None;
    if exact != Some(count) {
        printer.changed(attribute.part, Range::exactly(count), WHY);
    }
    printer.memory.counted = true;
    printer.say(attribute.shown, &[number_item(count)]);
}

fn print_count_per_node(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let Some(range) = printer.job().resources.individual_cpu_count.clone() else { return };
    if !printer.memory.counted {
        return printer.because(attribute.part, "ARC takes `countpernode` only with a `count` in all");
    }
    let count = range.needs().and_then(|needs| whole(needs, 1.0)).filter(|count| *count <= f64::from(i32::MAX));
    let Some(count) = count else { return };
    printer.job().resources.individual_cpu_count = None;
    if range.exact() != Some(count) {
        printer.changed(attribute.part, Range::exactly(count), "ARC asks for an exact number of slots");
    }
    printer.say(attribute.shown, &[number_item(count)]);
}

fn read_exclusive(reader: &mut Reader<'_>, clause: &Clause) {
    reader.job.resources.exclusive = match clause.text().map(str::to_ascii_lowercase).as_deref() {
        Some("yes" | "true") => Some(true),
        Some("no" | "false") => Some(false),
        _ => {
            let shown = super::read::values(&clause.items);
            let message = format!("`{}` takes `yes` or `no`, found `{shown}`", clause.written);
            reader.diagnostics.error(clause.values_span(), message);
            None
        }
    };
}

fn print_exclusive(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    if let Some(exclusive) = printer.job().resources.exclusive.take() {
        let text = if exclusive { "yes" } else { "no" };
        printer.say(attribute.shown, &[Item::Word(Word::literal(text))]);
    }
}

/// Megabytes; what is no number ARC takes for 0.
fn megabytes(reader: &mut Reader<'_>, clause: &Clause) -> Option<Range> {
    match integer(clause).filter(|number| *number >= 0.0) {
        Some(number) => Some(Range::at_least(number * MEGABYTE)),
        None => {
            let shown = super::read::values(&clause.items);
            let message = format!("`{}` takes a whole number of megabytes, found `{shown}`", clause.written);
            reader.diagnostics.warning(clause.values_span(), message).note("ARC takes it for 0");
            reader.keep(&clause.name, clause.shown(), true);
            None
        }
    }
}

fn print_megabytes(printer: &mut Printer<'_>, attribute: &'static Attribute, range: Option<Range>) -> Option<Range> {
    let range = range?;
    let count = range.needs().and_then(|needs| whole(needs / MEGABYTE, 0.0));
    let Some(count) = count.filter(|count| *count <= f64::from(i32::MAX)) else { return Some(range) };
    if range.least() != Some(count * MEGABYTE) {
        let why = "ARC asks for at least so many megabytes";
        printer.changed(attribute.part, Range::at_least(count * MEGABYTE), why);
    }
    printer.say(attribute.shown, &[number_item(count)]);
    None
}

fn read_memory(reader: &mut Reader<'_>, clause: &Clause) {
    reader.job.resources.individual_physical_memory = megabytes(reader, clause);
}

fn print_memory(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let range = printer.job().resources.individual_physical_memory.take();
    printer.job().resources.individual_physical_memory = print_megabytes(printer, attribute, range);
}

fn read_disk(reader: &mut Reader<'_>, clause: &Clause) {
    reader.job.resources.individual_disk_space = megabytes(reader, clause);
}

fn print_disk(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let range = printer.job().resources.individual_disk_space.take();
    printer.job().resources.individual_disk_space = print_megabytes(printer, attribute, range);
}

fn read_access(reader: &mut Reader<'_>, clause: &Clause) {
    for word in clause.words() {
        let shown = word.shown();
        if shown != "inbound" && shown != "outbound" {
            let near = crate::spelling::nearest(&shown, ["inbound", "outbound"]);
            let message = format!("`{}` is no access to the network: ARC ignores it", shortened(&shown));
            reader.diagnostics.warning(word.span.clone(), message).did_you_mean(near);
            reader.keep("nodeaccess", clause.shown(), true);
            return;
        }
    }
    reader.job.resources.network = clause.words().map(|word| Text::literal(word.shown())).collect();
}

fn print_access(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let network = printer.job().resources.network.clone();
    let known = |text: &Text| matches!(text.as_literal().as_deref(), Some("inbound" | "outbound"));
    if network.is_empty() || !network.iter().all(known) {
        return;
    }
    let words: Vec<Item> = network.iter().filter_map(|text| printer.word(text)).map(Item::Word).collect();
    printer.job().resources.network = Vec::new();
    printer.say(attribute.shown, &words);
}

fn read_queue(reader: &mut Reader<'_>, clause: &Clause) {
    match clause.operator {
        Operator::Equal => {
            let queue = clause.word().map(|word| reader.text(word));
            if reader.job.resources.queue.is_some() {
                reader.diagnostics.warning(clause.name_span.clone(), "`queue` is said twice: the last counts");
            }
            reader.job.resources.queue = queue;
        }
        Operator::NotEqual => reader.keep("queue", clause.shown(), false),
        other => {
            let message = format!("`queue` takes `=` or `!=`, found `{}`", other.sign());
            reader.diagnostics.error(clause.name_span.clone(), message);
        }
    }
}

fn print_queue(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let Some(queue) = printer.job().resources.queue.clone() else { return };
    if let Some(word) = printer.word(&queue) {
        printer.job().resources.queue = None;
        printer.say(attribute.shown, &[Item::Word(word)]);
    }
}

fn read_cluster(reader: &mut Reader<'_>, clause: &Clause) {
    let note = "name the cluster on the command line: `arcsub --computing-element NAME`";
    reader.diagnostics.warning(clause.name_span.clone(), "ARC does not support `cluster` any more").note(note);
    reader.keep("cluster", clause.shown(), true);
}

fn read_rerun(reader: &mut Reader<'_>, clause: &Clause) {
    match integer(clause).filter(|number| *number >= 0.0) {
        Some(number) => reader.job.policy.retries = Some(number),
        None => {
            let message = format!("`rerun` takes a whole number, found `{}`", super::read::values(&clause.items));
            reader.diagnostics.warning(clause.values_span(), message).note("ARC takes it for 0");
            reader.keep("rerun", clause.shown(), true);
        }
    }
}

fn print_rerun(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let Some(number) = printer.job().policy.retries else { return };
    let Some(count) = whole(number, 0.0).filter(|count| *count == number && *count <= f64::from(i32::MAX)) else {
        return;
    };
    printer.job().policy.retries = None;
    printer.say(attribute.shown, &[number_item(count)]);
}

fn read_priority(reader: &mut Reader<'_>, clause: &Clause) {
    let Some(number) = integer(clause) else {
        let message =
            format!("`priority` takes a number from 0 to 100, found `{}`", super::read::values(&clause.items));
        reader.diagnostics.warning(clause.values_span(), message).note("ARC takes it for 0");
        return reader.keep("priority", clause.shown(), true);
    };
    if !(0.0..=100.0).contains(&number) {
        let message = format!("`priority` goes from 0 to 100, found {number:.0}");
        reader.diagnostics.warning(clause.values_span(), message).note("ARC takes what is above 100 for 100");
    }
    reader.job.policy.priority = Some(Text::literal(format!("{:.0}", number.min(100.0))));
}

fn print_priority(printer: &mut Printer<'_>, attribute: &'static Attribute) {
    let literal = printer.job().policy.priority.as_ref().and_then(Text::as_literal);
    let number = literal.as_ref().and_then(|text| text.parse::<i32>().ok()).filter(|number| *number <= 100);
    let Some(number) = number.filter(|number| literal == Some(number.to_string())) else {
        return printer.because(attribute.part, "ARC's priorities are numbers from 0 to 100");
    };
    printer.job().policy.priority = None;
    printer.say(attribute.shown, &[Item::Word(Word::literal(number.to_string()))]);
}

fn read_acl(reader: &mut Reader<'_>, clause: &Clause) {
    let Some(word) = clause.word() else { return };
    if !word.shown().trim_start().starts_with('<') {
        reader.diagnostics.warning(word.span.clone(), "`acl` takes an XML text in GACL: ARC ignores anything else");
    }
    reader.keep("acl", clause.shown(), false);
}

fn read_dry(reader: &mut Reader<'_>, clause: &Clause) {
    match clause.text().map(str::to_ascii_lowercase).as_deref() {
        Some("yes") => reader.keep("dryrun", clause.shown(), false),
        Some("no") => {}
        _ => {
            let message = format!("`dryrun` takes `yes` or `no`, found `{}`", super::read::values(&clause.items));
            reader.diagnostics.warning(clause.values_span(), message).note("ARC takes it for `no`");
        }
    }
}

fn read_action(reader: &mut Reader<'_>, clause: &Clause) {
    let error = reader.diagnostics.error(clause.name_span.clone(), "`action` cannot stand in a user's request");
    error.note("ARC's client writes it for its services").help("for InfoGram's requests say `--language infogram`");
}
