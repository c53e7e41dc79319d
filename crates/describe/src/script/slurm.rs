//! Slurm's options (`man sbatch`), and what only Slurm writes so.

use super::print::{Printer, word};
use super::read::{Given, Reader, split};
use super::table::{Meaning, Meaning::*, Row, Takes, flag, keep, option, remark};
use super::{fields, mail, paths, request};
use pelago_job::description::{Accelerator, Range, Text};

/// The options, in the order in which they are printed.
pub(super) static TABLE: &[Row] = &[
    option("--job-name", "-J", "/name", Meaning::Text(|j| &mut j.name)),
    option("--account", "-A", "/projects", First(|j| &mut j.projects)),
    option("--partition", "-p", "/resources/queue", Meaning::Text(|j| &mut j.resources.queue)),
    option("--qos", "-q", "/resources/quality_of_service", Meaning::Text(|j| &mut j.resources.quality_of_service)),
    option("--reservation", "", "/resources/reservation", Meaning::Text(|j| &mut j.resources.reservation)),
    option("--array", "-a", "/space", Own(request::read_array, request::print_array)),
    option("--time", "-t", "/application/limits/wall_time", Time(|j| &mut j.application.limits.wall_time)),
    option("--nodes", "-N", "/resources/total_resource_count", Exactly(|j| &mut j.resources.total_resource_count)),
    option(
        "--ntasks",
        "-n",
        "/application/parallel/processes",
        Count(|j| &mut fields::parallel(&mut j.application).processes),
    ),
    option(
        "--ntasks-per-node",
        "",
        "/application/parallel/per_host",
        Count(|j| &mut fields::parallel(&mut j.application).per_host),
    ),
    // The older name of the same.
    option(
        "--tasks-per-node",
        "",
        "/application/parallel/per_host",
        Count(|j| &mut fields::parallel(&mut j.application).per_host),
    ),
    option(
        "--cpus-per-task",
        "-c",
        "/application/parallel/threads",
        Count(|j| &mut fields::parallel(&mut j.application).threads),
    ),
    option("--mincpus", "", "/resources/individual_cpu_count", Least(|j| &mut j.resources.individual_cpu_count)),
    option(
        "--mem",
        "",
        "/resources/individual_physical_memory",
        LeastBytes(|j| &mut j.resources.individual_physical_memory),
    ),
    option("--mem-per-cpu", "", "/resources/memory_per_cpu", LeastBytes(|j| &mut j.resources.memory_per_cpu)),
    option("--tmp", "", "/resources/individual_disk_space", LeastBytes(|j| &mut j.resources.individual_disk_space)),
    option("--gpus-per-node", "", "/resources/accelerators", Own(read_per_node, print_gpus)),
    option("--gpus", "-G", "/resources/accelerators", Own(read_total, |_, _| ())),
    option("--gres", "", "/resources/others", Own(read_gres, print_gres)),
    option("--licenses", "-L", "/policy/concurrency_limits", Texts(|j| &mut j.policy.concurrency_limits, ',')),
    option("--constraint", "-C", "/resources/features", Own(read_features, print_features)),
    Row {
        takes: Takes::Maybe,
        ..option("--exclusive", "", "/resources/exclusive", Own(read_exclusive, print_exclusive))
    },
    flag("--oversubscribe", "-s", "/resources/exclusive", Flag(|j| &mut j.resources.exclusive, false)),
    option("--nodelist", "-w", "/resources/candidate_hosts", Texts(|j| &mut j.resources.candidate_hosts, ',')),
    option("--exclude", "-x", "/resources/excluded_hosts", Texts(|j| &mut j.resources.excluded_hosts, ',')),
    option("--output", "-o", "/application/commands/0/output", Own(paths::read_output, paths::print_output)),
    option("--error", "-e", "/application/commands/0/error", Own(paths::read_error, |_, _| ())),
    option("--input", "-i", "/application/commands/0/input", Own(paths::read_input, paths::print_input)),
    option("--open-mode", "", "", Own(paths::read_mode, |_, _| ())),
    option(
        "--chdir",
        "-D",
        "/application/commands/0/directory",
        Own(request::read_directory, request::print_directory),
    ),
    option("--export", "", "/application/environment", Own(fields::read_export, fields::print_export)),
    option("--mail-type", "", "/policy/notices", Own(mail::read_types, mail::print)),
    option("--mail-user", "", "/policy/notices", Own(mail::read_users, mail::print_users)),
    option("--dependency", "-d", "/policy/after_jobs", Own(fields::read_after, fields::print_after)),
    option("--begin", "-b", "/policy/not_before", Meaning::Text(|j| &mut j.policy.not_before)),
    option("--deadline", "", "/policy/deadline", Meaning::Text(|j| &mut j.policy.deadline)),
    flag("--hold", "-H", "/policy/hold", Flag(|j| &mut j.policy.hold, true)),
    option("--priority", "", "/policy/priority", Own(fields::read_priority, fields::print_priority)),
    flag("--no-requeue", "", "/policy/once", Flag(|j| &mut j.policy.once, true)),
    flag("--requeue", "", "/policy/once", Flag(|j| &mut j.policy.once, false)),
    option("--uid", "", "/application/user", Meaning::Text(|j| &mut j.application.user)),
    option("--gid", "", "/application/user_group", Meaning::Text(|j| &mut j.application.user_group)),
    option("--comment", "", "/annotations", First(|j| &mut j.annotations)),
    keep("--acctg-freq", "", Takes::Value),
    keep("--bb", "", Takes::Value),
    keep("--bbf", "", Takes::Value),
    keep("--batch", "", Takes::Value),
    keep("--cluster", "", Takes::Value),
    keep("--cluster-constraint", "", Takes::Value),
    keep("--clusters", "-M", Takes::Value),
    keep("--consolidate-segments", "", Takes::Nothing),
    keep("--container", "", Takes::Value),
    keep("--container-id", "", Takes::Value),
    keep("--context", "", Takes::Value),
    keep("--contiguous", "", Takes::Nothing),
    keep("--core-spec", "-S", Takes::Value),
    keep("--cores-per-socket", "", Takes::Value),
    keep("--cpu-freq", "", Takes::Value),
    keep("--cpus-per-gpu", "", Takes::Value),
    keep("--delay-boot", "", Takes::Value),
    keep("--distribution", "-m", Takes::Value),
    keep("--exclude-user", "", Takes::Value),
    keep("--export-file", "", Takes::Value),
    keep("--external", "", Takes::Nothing),
    keep("--extra", "", Takes::Value),
    keep("--extra-node-info", "-B", Takes::Value),
    Row { takes: Takes::Maybe, ..keep("--get-user-env", "", Takes::Maybe) },
    keep("--gpu-bind", "", Takes::Value),
    keep("--gpu-freq", "", Takes::Value),
    keep("--gpus-per-socket", "", Takes::Value),
    keep("--gpus-per-task", "", Takes::Value),
    keep("--gres-flags", "", Takes::Value),
    keep("--hint", "", Takes::Value),
    keep("--kill-on-invalid-dep", "", Takes::Value),
    keep("--mcs-label", "", Takes::Value),
    keep("--mem-bind", "", Takes::Value),
    keep("--mem-per-gpu", "", Takes::Value),
    keep("--mem-update", "", Takes::Value),
    keep("--network", "", Takes::Value),
    keep("--nice", "", Takes::Maybe),
    keep("--no-kill", "-k", Takes::Maybe),
    keep("--nodefile", "-F", Takes::Value),
    keep("--ntasks-per-core", "", Takes::Value),
    keep("--ntasks-per-gpu", "", Takes::Value),
    keep("--ntasks-per-socket", "", Takes::Value),
    keep("--ntasks-per-tres", "", Takes::Value),
    keep("--oom-kill-step", "", Takes::Maybe),
    keep("--overcommit", "-O", Takes::Nothing),
    keep("--power", "", Takes::Value),
    keep("--prefer", "", Takes::Value),
    keep("--profile", "", Takes::Value),
    keep("--propagate", "", Takes::Maybe),
    keep("--reboot", "", Takes::Nothing),
    keep("--resources", "", Takes::Value),
    keep("--resv-ports", "", Takes::Maybe),
    keep("--runtime", "", Takes::Value),
    keep("--segment", "", Takes::Value),
    keep("--signal", "", Takes::Value),
    keep("--sockets-per-node", "", Takes::Value),
    keep("--spread-job", "", Takes::Nothing),
    keep("--spread-segments", "", Takes::Nothing),
    keep("--stepmgr", "", Takes::Nothing),
    keep("--switches", "", Takes::Value),
    keep("--thread-spec", "", Takes::Value),
    keep("--threads-per-core", "", Takes::Value),
    keep("--time-min", "", Takes::Value),
    keep("--tres-bind", "", Takes::Value),
    keep("--tres-per-job", "", Takes::Value),
    keep("--tres-per-task", "", Takes::Value),
    keep("--use-min-nodes", "", Takes::Nothing),
    keep("--wckey", "", Takes::Value),
    keep("--wrap", "", Takes::Value),
    keep("--x11", "", Takes::Maybe),
    remark("--ignore-pbs", "", Takes::Nothing),
    remark("--parsable", "", Takes::Nothing),
    remark("--quiet", "-Q", Takes::Nothing),
    remark("--test-only", "", Takes::Nothing),
    remark("--verbose", "-v", Takes::Nothing),
    remark("--wait", "-W", Takes::Nothing),
    keep("--wait-all-nodes", "", Takes::Value),
];

/// `[model:]count`, several with commas between them.
fn cards(reader: &mut Reader<'_>, given: &Given, text: &str) -> Option<Vec<(Option<String>, f64)>> {
    let mut found = Vec::new();
    for item in text.split(',').filter(|item| !item.is_empty()) {
        let (model, count) = match item.rsplit_once(':') {
            Some((model, count)) => (Some(model.to_string()), count),
            None => (None, item),
        };
        match count.parse::<u32>() {
            Ok(count) if count > 0 && model.as_ref().is_none_or(|model| word(model)) => {
                found.push((model, f64::from(count)))
            }
            _ => {
                reader.wrong(given, "a number of cards, as `2` or `a100:2`");
                return None;
            }
        }
    }
    Some(found)
}

fn read_per_node(reader: &mut Reader<'_>, given: &Given) {
    for (model, count) in cards(reader, given, &given.text).unwrap_or_default() {
        let per_host = Some(Range::exactly(count));
        let card = Accelerator { model: model.map(Text::from), per_host, ..Accelerator::default() };
        reader.job.resources.accelerators.push(Accelerator { kind: Some("gpu".into()), ..card });
    }
}

fn read_total(reader: &mut Reader<'_>, given: &Given) {
    for (model, count) in cards(reader, given, &given.text).unwrap_or_default() {
        let total = Some(Range::exactly(count));
        let card = Accelerator { model: model.map(Text::from), total, ..Accelerator::default() };
        reader.job.resources.accelerators.push(Accelerator { kind: Some("gpu".into()), ..card });
    }
}

/// Cards for each node, and cards of the whole job, in this order.
fn print_gpus(printer: &mut Printer<'_>, row: &Row) {
    let (mut per_node, mut total) = (Vec::new(), Vec::new());
    let mut kinds = Vec::new();
    for (position, card) in printer.job.resources.accelerators.iter_mut().enumerate() {
        let kind = card.kind.as_ref().map(|kind| kind.as_literal().unwrap_or_default());
        let model = card.model.as_ref().map(|model| model.as_literal().unwrap_or_default());
        if kind.as_deref().is_some_and(|kind| kind != "gpu") || model.as_deref().is_some_and(|model| !word(model)) {
            continue;
        }
        let number = |range: &Option<Range>| {
            range.as_ref().and_then(Range::exact).filter(|n| *n >= 1.0 && n.fract() == 0.0 && *n < 1e6)
        };
        let list = match (number(&card.per_host), number(&card.total)) {
            (Some(_), _) if total.is_empty() => &mut per_node,
            (None, Some(_)) => &mut total,
            _ => continue,
        };
        let count = if let Some(count) = number(&card.per_host) {
            card.per_host = None;
            count
        } else {
            card.total.take().as_ref().and_then(Range::exact).unwrap_or(1.0)
        };
        let model = card.model.take().and_then(|model| model.as_literal());
        list.push(model.map_or(format!("{count}"), |model| format!("{model}:{count}")));
        if card.kind.take().is_none() {
            kinds.push(position);
        }
    }
    for position in kinds {
        let part = format!("/resources/accelerators/{position}/kind");
        printer.changed(&part, "gpu", "Slurm's cards are graphics cards");
    }
    if !per_node.is_empty() {
        printer.option(row, &per_node.join(","));
    }
    if !total.is_empty() {
        printer.line("--gpus", &total.join(","));
    }
}

/// `gpu:a100:2,disk:1`.
fn read_gres(reader: &mut Reader<'_>, given: &Given) {
    for item in split(&given.text, ',') {
        let parts: Vec<&str> = item.strip_prefix("gres/").unwrap_or(&item).split(':').collect();
        let count = |text: &str| text.parse::<u32>().ok().filter(|n| *n > 0).map(f64::from);
        let card = |model: Option<&str>, count| Accelerator {
            kind: Some("gpu".into()),
            model: model.map(Text::from),
            per_host: Some(Range::exactly(count)),
            ..Accelerator::default()
        };
        let resources = &mut reader.job.resources;
        match parts[..] {
            ["gpu"] => resources.accelerators.push(card(None, 1.0)),
            ["gpu", number] if count(number).is_some() => {
                resources.accelerators.push(card(None, count(number).unwrap_or(1.0)));
            }
            ["gpu", model] if word(model) => resources.accelerators.push(card(Some(model), 1.0)),
            ["gpu", model, number] if word(model) && count(number).is_some() => {
                resources.accelerators.push(card(Some(model), count(number).unwrap_or(1.0)));
            }
            [name] if word(name) && name != "none" => resources.others.push((name.into(), "1".into())),
            [name, number] if word(name) && count(number).is_some() => {
                resources.others.push((name.into(), number.into()))
            }
            _ => reader.keep("--gres", &item, false),
        }
    }
}

fn print_gres(printer: &mut Printer<'_>, row: &Row) {
    let others = std::mem::take(&mut printer.job.resources.others);
    let (mut said, mut items) = (Vec::new(), Vec::new());
    for (name, amount) in &others {
        let (Some(name_text), Some(amount_text)) = (name.as_literal(), amount.as_literal()) else { continue };
        let count = amount_text.parse::<u32>().is_ok_and(|n| n > 0 && n.to_string() == amount_text);
        if word(&name_text) && !["gpu", "none"].contains(&name_text.as_str()) && count {
            said.push((name.clone(), amount.clone()));
            items.push(format!("{name_text}:{amount_text}"));
        }
    }
    if said.len() != others.len() {
        match said.is_empty() {
            true => printer.job.resources.others = others,
            false => printer.changed("/resources/others", &said, "Slurm counts generic resources in whole numbers"),
        }
    }
    if !items.is_empty() {
        printer.option(row, &items.join(","));
    }
}

/// Features that must all be there; anything else that Slurm says of them is kept.
fn read_features(reader: &mut Reader<'_>, given: &Given) {
    let names: Vec<&str> = given.text.split('&').collect();
    if names.iter().all(|name| word(name)) {
        reader.job.resources.features = names.into_iter().map(Text::from).collect();
    } else {
        reader.keep_given(given);
    }
}

fn print_features(printer: &mut Printer<'_>, row: &Row) {
    let names: Option<Vec<String>> = printer.job.resources.features.iter().map(Text::as_literal).collect();
    if let Some(names) = names.filter(|names| !names.is_empty() && names.iter().all(|name| word(name))) {
        printer.job.resources.features.clear();
        printer.option(row, &names.join("&"));
    }
}

fn read_exclusive(reader: &mut Reader<'_>, given: &Given) {
    match given.text.is_empty() {
        true => reader.job.resources.exclusive = Some(true),
        false => reader.keep_given(given),
    }
}

fn print_exclusive(printer: &mut Printer<'_>, row: &Row) {
    if printer.job.resources.exclusive.take_if(|exclusive| *exclusive).is_some() {
        printer.option(row, "");
    }
}
