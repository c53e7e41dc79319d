//! Options of PBS (Torque and PBS Professional, `man qsub`, `man pbs_resources`), and what only they write so.

use super::print::{Printer, word};
use super::read::{Given, Reader, split};
use super::table::{Meaning, Meaning::*, Row, Takes, flag, keep, option, remark};
use super::{amount, fields, mail, paths, request};
use pelago_job::description::{Accelerator, Location, Parallel, Range, Staging, Text};

/// The options, in the order in which they are printed.
pub(super) static TABLE: &[Row] = &[
    option("-N", "", "/name", Own(request::read_name, request::print_name)),
    option("-A", "", "/projects", First(|j| &mut j.projects)),
    option("-q", "", "/resources/queue", Meaning::Text(|j| &mut j.resources.queue)),
    option("-J", "", "/space", Own(request::read_array, request::print_array)),
    option("-t", "", "/space", Own(request::read_array, |_, _| ())),
    option("-l", "", "", Own(request::read_resources, request::print_resources)),
    option("-o", "", "/application/commands/0/output", Own(paths::read_output, paths::print_output)),
    option("-e", "", "/application/commands/0/error", Own(paths::read_error, |_, _| ())),
    option("-j", "", "", Own(paths::read_join, |_, _| ())),
    option("-d", "", "/application/commands/0/directory", Own(request::read_directory, |_, _| ())),
    option("-w", "", "/application/commands/0/directory", Own(request::read_directory, |_, _| ())),
    flag("-V", "", "/application/inherit", Own(fields::read_all, fields::print_all)),
    option("-v", "", "/application/environment", Own(fields::read_variables, fields::print_names)),
    option("-m", "", "/policy/notices", Own(mail::read_letters, mail::print)),
    option("-M", "", "/policy/notices", Own(mail::read_users, mail::print_users)),
    option("-W", "", "", Own(read_attributes, print_attributes)),
    option("-a", "", "/policy/not_before", Meaning::Text(|j| &mut j.policy.not_before)),
    flag("-h", "", "/policy/hold", Flag(|j| &mut j.policy.hold, true)),
    option("-p", "", "/policy/priority", Own(fields::read_priority, fields::print_priority)),
    option("-r", "", "/policy/once", Own(fields::read_rerun, fields::print_rerun)),
    option("-u", "", "/application/user", Meaning::Text(|j| &mut j.application.user)),
    option("-S", "", "/application/script", Own(fields::read_shell, fields::print_shell)),
    keep("-c", "", Takes::Value),
    keep("-C", "", Takes::Value),
    keep("-D", "", Takes::Value),
    keep("-k", "", Takes::Value),
    keep("-K", "", Takes::Value),
    keep("-L", "", Takes::Value),
    keep("-n", "", Takes::Nothing),
    keep("-P", "", Takes::Value),
    keep("-R", "", Takes::Value),
    keep("-T", "", Takes::Value),
    keep("-I", "", Takes::Nothing),
    keep("-X", "", Takes::Nothing),
    keep("-x", "", Takes::Nothing),
    remark("-f", "", Takes::Nothing),
    remark("-z", "", Takes::Nothing),
];

/// What `-l` asks for.
pub(super) static RESOURCES: &[Row] = &[
    option("walltime", "", "/application/limits/wall_time", Time(|j| &mut j.application.limits.wall_time)),
    option("select", "", "/resources/total_resource_count", Own(read_select, print_select)),
    option("nodes", "", "/resources/total_resource_count", Own(read_nodes, print_nodes)),
    option("ncpus", "", "/resources/individual_cpu_count", Exactly(|j| &mut j.resources.individual_cpu_count)),
    option("procs", "", "/resources/total_cpu_count", Exactly(|j| &mut j.resources.total_cpu_count)),
    option("mem", "", "/resources/total_physical_memory", LeastBytes(|j| &mut j.resources.total_physical_memory)),
    option("vmem", "", "/resources/total_virtual_memory", LeastBytes(|j| &mut j.resources.total_virtual_memory)),
    option("pmem", "", "/resources/memory_per_cpu", LeastBytes(|j| &mut j.resources.memory_per_cpu)),
    option("pvmem", "", "/application/limits/virtual_memory", Bytes(|j| &mut j.application.limits.virtual_memory)),
    option("cput", "", "/resources/total_cpu_time", MostTime(|j| &mut j.resources.total_cpu_time)),
    option("pcput", "", "/application/limits/cpu_time", Time(|j| &mut j.application.limits.cpu_time)),
    option("file", "", "/application/limits/file_size", Bytes(|j| &mut j.application.limits.file_size)),
    option("qos", "", "/resources/quality_of_service", Meaning::Text(|j| &mut j.resources.quality_of_service)),
    option("advres", "", "/resources/reservation", Meaning::Text(|j| &mut j.resources.reservation)),
    option("arch", "", "/resources/architectures", First(|j| &mut j.resources.architectures)),
    option("host", "", "/resources/candidate_hosts", First(|j| &mut j.resources.candidate_hosts)),
    option("feature", "", "/resources/features", Texts(|j| &mut j.resources.features, '&')),
    option("place", "", "/resources/exclusive", Own(read_place, print_place)),
    keep("gres", "", Takes::Value),
    keep("naccesspolicy", "", Takes::Value),
    keep("nice", "", Takes::Value),
    keep("opsys", "", Takes::Value),
    keep("other", "", Takes::Value),
    keep("software", "", Takes::Value),
    keep("size", "", Takes::Value),
    keep("trl", "", Takes::Value),
];

/// A whole number of 1 or more.
fn count(text: &str) -> Option<f64> {
    text.parse::<u32>().ok().filter(|n| *n > 0 && n.to_string() == text).map(f64::from)
}

fn card(number: f64) -> Accelerator {
    Accelerator { kind: Some("gpu".into()), per_host: Some(Range::exactly(number)), ..Accelerator::default() }
}

/// Torque: `2:ppn=4:gpus=1:feature`. Several kinds of nodes are kept as they are.
fn read_nodes(reader: &mut Reader<'_>, given: &Given) {
    let mut parts = given.text.split(':');
    let Some(nodes) = parts.next().and_then(count) else { return reader.keep_given(given) };
    let mut job = reader.job.clone();
    job.resources.total_resource_count = Some(Range::exactly(nodes));
    for part in parts {
        match part.split_once('=') {
            Some(("ppn", number)) if count(number).is_some() => {
                job.resources.individual_cpu_count = count(number).map(Range::exactly);
            }
            Some(("gpus", number)) if count(number).is_some() => {
                job.resources.accelerators.extend(count(number).map(card));
            }
            None if word(part) && part.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                job.resources.features.push(part.into())
            }
            _ => return reader.keep_given(given),
        }
    }
    reader.job = job;
}

/// PBS Professional: `2:ncpus=4:mpiprocs=4:mem=8gb`. Several kinds of chunks are kept as they are.
fn read_select(reader: &mut Reader<'_>, given: &Given) {
    let mut parts = given.text.split(':').peekable();
    let chunks = match parts.peek().copied().and_then(count) {
        Some(chunks) => {
            parts.next();
            chunks
        }
        None => 1.0,
    };
    let mut job = reader.job.clone();
    job.resources.total_resource_count = Some(Range::exactly(chunks));
    for part in parts {
        let Some((name, value)) = part.split_once('=') else { return reader.keep_given(given) };
        match name {
            "ncpus" if count(value).is_some() => job.resources.individual_cpu_count = count(value).map(Range::exactly),
            "ngpus" if count(value).is_some() => job.resources.accelerators.extend(count(value).map(card)),
            "mpiprocs" if count(value).is_some() => {
                fields::parallel(&mut job.application).per_host = Some(value.into())
            }
            "ompthreads" if count(value).is_some() => {
                fields::parallel(&mut job.application).threads = Some(value.into())
            }
            "mem" if amount::bytes(value, reader.dialect).is_some_and(|bytes| bytes > 0.0) => {
                job.resources.individual_physical_memory = amount::bytes(value, reader.dialect).map(Range::at_least);
            }
            _ => return reader.keep_given(given),
        }
    }
    reader.job = job;
}

/// What a chunk or a node has, taken from the job.
struct Chunk {
    nodes: Option<f64>,
    cpus: Option<f64>,
    cards: Option<f64>,
}

fn chunk(printer: &mut Printer<'_>) -> Chunk {
    let exact = |range: &mut Option<Range>| {
        let number = range.as_ref().and_then(Range::exact).filter(|n| *n >= 1.0 && n.fract() == 0.0 && *n < 1e9)?;
        *range = None;
        Some(number)
    };
    let resources = &mut printer.job.resources;
    let nodes = exact(&mut resources.total_resource_count);
    let cpus = exact(&mut resources.individual_cpu_count);
    let mut cards = None;
    let mut unnamed = false;
    if let Some(card) = resources.accelerators.first_mut()
        && card.kind.as_ref().is_none_or(|kind| kind.as_literal().as_deref() == Some("gpu"))
    {
        cards = exact(&mut card.per_host);
        unnamed = cards.is_some() && card.kind.take().is_none();
    }
    if unnamed {
        printer.changed("/resources/accelerators/0/kind", "gpu", "PBS's cards are graphics cards");
    }
    Chunk { nodes, cpus, cards }
}

/// How many nodes, where that has to be said.
fn nodes(printer: &mut Printer<'_>, said: Option<f64>) -> f64 {
    if said.is_none() {
        printer.changed(
            "/resources/total_resource_count",
            Range::exactly(1.0),
            "PBS counts what it gives of each host in hosts",
        );
    }
    said.unwrap_or(1.0)
}

/// Chunks, where processes, threads or memory of each host are said.
fn print_select(printer: &mut Printer<'_>, row: &Row) {
    let parallel = printer.job.application.parallel.as_ref();
    let number = |text: Option<&Text>| text.and_then(Text::as_literal).filter(|text| count(text).is_some());
    let per_host = number(parallel.and_then(|p| p.per_host.as_ref()));
    let threads = number(parallel.and_then(|p| p.threads.as_ref()));
    let memory =
        printer.memory(|job| &mut job.resources.individual_physical_memory, "/resources/individual_physical_memory");
    if per_host.is_none() && threads.is_none() && memory.is_none() {
        return;
    }
    let chunk = chunk(printer);
    let mut text = format!("{}", nodes(printer, chunk.nodes));
    let product = count(per_host.as_deref().unwrap_or("1")).zip(count(threads.as_deref().unwrap_or("1")));
    let processors = per_host.is_some() || threads.is_some();
    let cpus = chunk.cpus.or_else(|| {
        let cpus = product.map(|(a, b)| a * b).filter(|n| processors && *n < 1e9)?;
        let why = "processors for the processes and threads of each host";
        printer.changed("/resources/individual_cpu_count", Range::exactly(cpus), why);
        Some(cpus)
    });
    for (name, value) in [("ncpus", cpus), ("ngpus", chunk.cards)] {
        if let Some(value) = value {
            text.push_str(&format!(":{name}={value}"));
        }
    }
    if let Some(parallel) = &mut printer.job.application.parallel {
        if let Some(value) = &per_host {
            parallel.per_host = None;
            text.push_str(&format!(":mpiprocs={value}"));
        }
        if let Some(value) = &threads {
            parallel.threads = None;
            text.push_str(&format!(":ompthreads={value}"));
        }
        if *parallel == Parallel::default() {
            printer.job.application.parallel = None;
        }
    }
    if let Some(memory) = memory {
        text.push_str(&format!(":mem={memory}"));
    }
    printer.resource(row, &text);
}

/// Nodes, where nothing but processors, cards and features of each is said.
fn print_nodes(printer: &mut Printer<'_>, row: &Row) {
    let before = printer.job.resources.clone();
    let chunk = chunk(printer);
    if chunk.nodes.is_none() && chunk.cards.is_none() {
        // Processors alone have a resource of their own.
        printer.job.resources = before;
        return;
    }
    let mut text = format!("{}", nodes(printer, chunk.nodes));
    for (name, value) in [("ppn", chunk.cpus), ("gpus", chunk.cards)] {
        if let Some(value) = value {
            text.push_str(&format!(":{name}={value}"));
        }
    }
    let features: Option<Vec<String>> = printer.job.resources.features.iter().map(Text::as_literal).collect();
    let plain = |name: &String| word(name) && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if let Some(features) = features.filter(|features| features.iter().all(plain)) {
        printer.job.resources.features.clear();
        features.iter().for_each(|feature| text.push_str(&format!(":{feature}")));
    }
    printer.resource(row, &text);
}

fn read_place(reader: &mut Reader<'_>, given: &Given) {
    match given.text.as_str() {
        "excl" => reader.job.resources.exclusive = Some(true),
        "shared" => reader.job.resources.exclusive = Some(false),
        _ => reader.keep_given(given),
    }
}

fn print_place(printer: &mut Printer<'_>, row: &Row) {
    if let Some(exclusive) = printer.job.resources.exclusive.take() {
        printer.resource(row, if exclusive { "excl" } else { "shared" });
    }
}

/// `-W depend=afterok:1,stagein=file@host:path`: attributes of the job.
fn read_attributes(reader: &mut Reader<'_>, given: &Given) {
    let mut attributes: Vec<(String, Vec<String>)> = Vec::new();
    // Values have commas in them too: an item without `=` belongs to the attribute before it.
    for item in split(&given.text, ',') {
        match item.split_once('=') {
            Some((word, value)) if super::fields::is_name(word.trim()) => {
                attributes.push((word.trim().to_string(), vec![value.to_string()]));
            }
            _ => match attributes.last_mut() {
                Some((_, values)) => values.push(item),
                None => return reader.wrong(given, "`attribute=value`"),
            },
        }
    }
    for (name, values) in attributes {
        let text = values.join(",");
        let single = Given { row: given.row, text, span: given.span.clone() };
        match name.as_str() {
            "depend" => fields::read_after(reader, &single),
            "group_list" => reader.job.application.user_group = Some(single.text.into()),
            "stagein" | "stageout" => values.iter().for_each(|value| stage(reader, value, name == "stagein", given)),
            _ => reader.keep("-W", &format!("{name}={}", single.text), false),
        }
    }
}

/// `local@host:path`.
fn stage(reader: &mut Reader<'_>, text: &str, comes: bool, given: &Given) {
    let Some((file, place)) = text.split_once('@').filter(|(file, place)| !file.is_empty() && !place.is_empty()) else {
        return reader.wrong(given, "files as `local@host:path`");
    };
    let location = Some(Location { uri: Some(place.into()), ..Location::default() });
    let mut staging = Staging { file: Some(file.into()), ..Staging::default() };
    if comes {
        staging.source = location
    } else {
        staging.target = location
    }
    reader.job.staging.push(staging);
}

fn print_attributes(printer: &mut Printer<'_>, row: &Row) {
    if let Some(after) = fields::after(printer) {
        printer.option(row, &format!("depend={after}"));
    }
    let group = &mut printer.job.application.user_group;
    if let Some(group) = group.take_if(|group| group.as_literal().is_some_and(|group| word(&group))) {
        printer.option(row, &format!("group_list={group}"));
    }
    let mut lines = Vec::new();
    for staging in &mut printer.job.staging {
        let good = |text: &Text| {
            text.as_literal()
                .filter(|text| !text.is_empty() && !text.contains([',', '@', '=', '\n', '\r', '\0', '[', ']']))
        };
        let Some(file) = staging.file.as_ref().and_then(good) else { continue };
        let (place, name) = match (&mut staging.source, &mut staging.target) {
            (Some(source), None) => (source, "stagein"),
            (None, Some(target)) => (target, "stageout"),
            _ => continue,
        };
        // PBS copies between hosts, not from every kind of server.
        let remote = |uri: &String| uri.contains(':') && !uri.contains("://");
        if let Some(uri) = place.uri.as_ref().and_then(good).filter(remote) {
            (place.uri, staging.file) = (None, None);
            lines.push(format!("{name}={file}@{uri}"));
        }
    }
    for line in lines {
        printer.option(row, &line);
    }
    printer.because("/staging", "PBS copies files between hosts, as `host:path`");
}
