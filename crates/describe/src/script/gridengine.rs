//! Options of Grid Engine (`man qsub`, `man queue_conf`), and what only it writes so.

use super::print::{Printer, word};
use super::read::{Given, Reader};
use super::table::{Meaning, Meaning::*, Row, Takes, flag, keep, option, remark};
use super::{fields, mail, paths, request};
use pelago_job::description::{Accelerator, Range, Text};

/// The options, in the order in which they are printed.
pub(super) static TABLE: &[Row] = &[
    option("-N", "", "/name", Own(request::read_name, request::print_name)),
    option("-P", "", "/projects", First(|j| &mut j.projects)),
    option("-q", "", "/resources/queue", Meaning::Text(|j| &mut j.resources.queue)),
    option("-ar", "", "/resources/reservation", Meaning::Text(|j| &mut j.resources.reservation)),
    option("-t", "", "/space", Own(request::read_array, request::print_array)),
    option("-tc", "", "/policy/tasks_at_once", Own(read_at_once, print_at_once)),
    Row { takes: Takes::Two, ..option("-pe", "", "/application/parallel", Own(read_environment, print_environment)) },
    option("-l", "", "", Own(request::read_resources, request::print_resources)),
    option("-o", "", "/application/commands/0/output", Own(paths::read_output, paths::print_output)),
    option("-e", "", "/application/commands/0/error", Own(paths::read_error, |_, _| ())),
    option("-j", "", "", Own(paths::read_join, |_, _| ())),
    option("-i", "", "/application/commands/0/input", Own(paths::read_input, paths::print_input)),
    flag("-cwd", "", "/application/commands/0/directory", Own(request::read_here, request::print_here)),
    option("-wd", "", "/application/commands/0/directory", Own(request::read_directory, request::print_directory)),
    flag("-V", "", "/application/inherit", Own(fields::read_all, fields::print_all)),
    option("-v", "", "/application/environment", Own(fields::read_variables, fields::print_names)),
    option("-m", "", "/policy/notices", Own(mail::read_letters, mail::print)),
    option("-M", "", "/policy/notices", Own(mail::read_users, mail::print_users)),
    option("-hold_jid", "", "/policy/after_jobs", Own(fields::read_hold, fields::print_hold)),
    option("-a", "", "/policy/not_before", Meaning::Text(|j| &mut j.policy.not_before)),
    option("-dl", "", "/policy/deadline", Meaning::Text(|j| &mut j.policy.deadline)),
    flag("-h", "", "/policy/hold", Flag(|j| &mut j.policy.hold, true)),
    option("-p", "", "/policy/priority", Own(fields::read_priority, fields::print_priority)),
    option("-r", "", "/policy/once", Own(fields::read_rerun, fields::print_rerun)),
    option("-S", "", "/application/script", Own(fields::read_shell, fields::print_shell)),
    keep("-A", "", Takes::Value),
    keep("-ac", "", Takes::Value),
    keep("-adds", "", Takes::Value),
    keep("-b", "", Takes::Value),
    keep("-binding", "", Takes::Value),
    keep("-c", "", Takes::Value),
    keep("-ckpt", "", Takes::Value),
    keep("-dc", "", Takes::Value),
    keep("-display", "", Takes::Value),
    keep("-hard", "", Takes::Nothing),
    keep("-hold_jid_ad", "", Takes::Value),
    keep("-jc", "", Takes::Value),
    keep("-js", "", Takes::Value),
    keep("-jsv", "", Takes::Value),
    keep("-mods", "", Takes::Value),
    keep("-masterq", "", Takes::Value),
    keep("-nostdin", "", Takes::Nothing),
    keep("-notify", "", Takes::Nothing),
    keep("-now", "", Takes::Value),
    keep("-ot", "", Takes::Value),
    keep("-pty", "", Takes::Value),
    keep("-R", "", Takes::Value),
    keep("-sc", "", Takes::Value),
    keep("-shell", "", Takes::Value),
    keep("-soft", "", Takes::Nothing),
    keep("-sync", "", Takes::Value),
    keep("-clear", "", Takes::Nothing),
    keep("-u", "", Takes::Value),
    keep("-umask", "", Takes::Value),
    remark("-terse", "", Takes::Nothing),
    remark("-verify", "", Takes::Nothing),
    remark("-w", "", Takes::Value),
];

/// What `-l` asks for; sites have more, which are counted by name.
pub(super) static RESOURCES: &[Row] = &[
    option("h_rt", "", "/application/limits/wall_time", Time(|j| &mut j.application.limits.wall_time)),
    option("h_cpu", "", "/application/limits/cpu_time", Time(|j| &mut j.application.limits.cpu_time)),
    option("h_vmem", "", "/application/limits/virtual_memory", Bytes(|j| &mut j.application.limits.virtual_memory)),
    option("h_rss", "", "/application/limits/memory", Bytes(|j| &mut j.application.limits.memory)),
    option("h_fsize", "", "/application/limits/file_size", Bytes(|j| &mut j.application.limits.file_size)),
    option("h_data", "", "/application/limits/data_segment", Bytes(|j| &mut j.application.limits.data_segment)),
    option("h_stack", "", "/application/limits/stack_size", Bytes(|j| &mut j.application.limits.stack_size)),
    option("h_core", "", "/application/limits/core_dump", Bytes(|j| &mut j.application.limits.core_dump)),
    option(
        "mem_free",
        "mf",
        "/resources/individual_physical_memory",
        LeastBytes(|j| &mut j.resources.individual_physical_memory),
    ),
    option(
        "virtual_free",
        "vf",
        "/resources/individual_virtual_memory",
        LeastBytes(|j| &mut j.resources.individual_virtual_memory),
    ),
    option("hostname", "h", "/resources/candidate_hosts", Texts(|j| &mut j.resources.candidate_hosts, '|')),
    option("arch", "a", "/resources/architectures", Texts(|j| &mut j.resources.architectures, '|')),
    option("gpu", "", "/resources/accelerators", Own(read_gpu, print_gpu)),
    option("exclusive", "excl", "/resources/exclusive", Own(read_exclusive, print_exclusive)),
    keep("s_rt", "", Takes::Value),
    keep("s_cpu", "", Takes::Value),
    keep("s_vmem", "", Takes::Value),
    keep("s_rss", "", Takes::Value),
    keep("s_fsize", "", Takes::Value),
    keep("s_data", "", Takes::Value),
    keep("s_stack", "", Takes::Value),
    keep("s_core", "", Takes::Value),
];

fn read_at_once(reader: &mut Reader<'_>, given: &Given) {
    if let Some(count) = reader.whole(given) {
        reader.job.policy.tasks_at_once = Some(count);
    }
}

fn print_at_once(printer: &mut Printer<'_>, row: &Row) {
    let whole = |n: &mut f64| *n >= 1.0 && n.fract() == 0.0 && *n < 1e9;
    if let Some(count) = printer.job.policy.tasks_at_once.take_if(whole) {
        printer.option(row, &format!("{count}"));
    }
}

/// `-pe mpi 8`; a range of slots is kept.
fn read_environment(reader: &mut Reader<'_>, given: &Given) {
    let Some((name, slots)) = given.text.split_once(' ') else { return };
    match slots.parse::<u32>() {
        Ok(count) if count > 0 && count.to_string() == slots && word(name) => {
            let parallel = fields::parallel(&mut reader.job.application);
            parallel.variation = Some(name.to_string());
            parallel.processes = Some(slots.into());
        }
        _ if slots.chars().any(|c| c.is_ascii_digit())
            && slots.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ',') =>
        {
            reader.keep_given(given);
        }
        _ => reader.wrong(given, "the name of a parallel environment and a number of slots"),
    }
}

fn print_environment(printer: &mut Printer<'_>, row: &Row) {
    let Some(parallel) = &mut printer.job.application.parallel else { return };
    let count = |text: &Text| {
        text.as_literal().filter(|text| text.parse::<u32>().is_ok_and(|n| n > 0 && n.to_string() == *text))
    };
    let Some(count) = parallel.processes.as_ref().and_then(count) else { return };
    let name = match &parallel.variation {
        Some(name) if word(name) => name.clone(),
        Some(_) => return,
        None => "mpi".to_string(),
    };
    parallel.processes = None;
    let unnamed = parallel.variation.take().is_none();
    if unnamed {
        printer.changed(
            "/application/parallel/variation",
            &name,
            "Grid Engine counts the slots of a parallel environment",
        );
    }
    printer.option(row, &format!("{name} {count}"));
}

fn read_gpu(reader: &mut Reader<'_>, given: &Given) {
    if let Some(count) = reader.whole(given) {
        let per_host = Some(Range::exactly(count));
        let card = Accelerator { kind: Some("gpu".into()), per_host, ..Accelerator::default() };
        reader.job.resources.accelerators.push(card);
    }
}

fn print_gpu(printer: &mut Printer<'_>, row: &Row) {
    let Some(card) = printer.job.resources.accelerators.first_mut() else { return };
    let gpu = card.kind.as_ref().is_none_or(|kind| kind.as_literal().as_deref() == Some("gpu"));
    let count = card.per_host.as_ref().and_then(Range::exact).filter(|n| *n >= 1.0 && n.fract() == 0.0 && *n < 1e9);
    let Some(count) = count.filter(|_| gpu) else { return };
    card.per_host = None;
    if card.kind.take().is_none() {
        printer.changed("/resources/accelerators/0/kind", "gpu", "Grid Engine's cards are graphics cards");
    }
    printer.resource(row, &format!("{count}"));
}

fn read_exclusive(reader: &mut Reader<'_>, given: &Given) {
    match given.text.to_ascii_lowercase().as_str() {
        "true" | "1" => reader.job.resources.exclusive = Some(true),
        "false" | "0" => reader.job.resources.exclusive = Some(false),
        _ => reader.wrong(given, "`true` or `false`"),
    }
}

fn print_exclusive(printer: &mut Printer<'_>, row: &Row) {
    if let Some(exclusive) = printer.job.resources.exclusive.take() {
        printer.resource(row, if exclusive { "true" } else { "false" });
    }
}
