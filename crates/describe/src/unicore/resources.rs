//! The resources of a UNICORE job. Memory is for each node, time is by the clock; values may be in quotes and with units.

use super::draft::Draft;
use super::units::{self, CAPACITY, TIME};
use crate::json::{Field, In, Kind, Member, Out, Value, amount, written_out};
use pelago_job::Text;
use pelago_job::description::{Accelerator, OperatingSystem, Range};

/// The members of `Resources`, in the order in which they are printed.
const RESOURCES: [Field<Draft>; 16] = [
    Field::new(
        "Runtime",
        "resources/wall_time",
        |cx, m, d| d.job.resources.wall_time = quantity(cx, m, &TIME).map(Range::exactly),
        |out, d| out.range("resources/wall_time", &mut d.job.resources.wall_time, Range::exactly, 1.0, true),
    ),
    text!("Queue", [], "resources/queue", job.resources.queue),
    count!("Nodes", [], "resources/total_resource_count", total_resource_count),
    count!("CPUsPerNode", [], "resources/individual_cpu_count", individual_cpu_count),
    count!("CPUs", ["TotalCPUs"], "resources/total_cpu_count", total_cpu_count),
    Field::named(
        "Memory",
        &["MemoryPerNode"],
        "resources/individual_physical_memory",
        |cx, m, d| d.job.resources.individual_physical_memory = quantity(cx, m, &CAPACITY).map(Range::at_least),
        |out, d| {
            let memory = &mut d.job.resources.individual_physical_memory;
            out.range("resources/individual_physical_memory", memory, Range::at_least, 1.0, true)
        },
    ),
    Field::new("GPUsPerNode", "resources/accelerators", read_gpus, print_gpus),
    Field::new(
        "Project",
        "projects",
        |cx, m, d| d.job.projects = cx.text(m).into_iter().collect(),
        |out, d| {
            let projects = std::mem::take(&mut d.job.projects);
            let first = projects.first()?;
            if projects.len() > 1 {
                out.changed("projects", [first], "a UNICORE job is charged to one project");
            }
            Some(Value::text(written_out(first)))
        },
    ),
    text!("Reservation", [], "resources/reservation", job.resources.reservation),
    Field::new(
        "NodeConstraints",
        "resources/features",
        |cx, m, d| d.job.resources.features = cx.text(m).into_iter().collect(),
        |out, d| {
            let features: Vec<String> = std::mem::take(&mut d.job.resources.features).iter().map(written_out).collect();
            let all = features.join("&");
            if features.len() > 1 {
                out.changed(
                    "resources/features",
                    [Text::literal(&*all)],
                    "UNICORE passes one expression to the batch system",
                );
            }
            (!features.is_empty()).then(|| Value::text(all))
        },
    ),
    text!("QoS", [], "resources/quality_of_service", job.resources.quality_of_service),
    Field::new(
        "Exclusive",
        "resources/exclusive",
        |cx, m, d| d.job.resources.exclusive = cx.flag(m),
        |_, d| d.job.resources.exclusive.take().map(|flag| if flag { super::job::yes() } else { super::job::no() }),
    ),
    Field::new(
        "ArraySize",
        "space",
        |cx, m, d| {
            let size = quantity(cx, m, &[]).filter(|size| *size >= 1.0 && *size <= 1e15);
            d.times = size.map(|size| size as u64);
        },
        |_, d| d.times.take().map(|times| Kind::Number(times.to_string()).into()),
    ),
    Field::new(
        "ArrayLimit",
        "policy/tasks_at_once",
        |cx, m, d| d.job.policy.tasks_at_once = quantity(cx, m, &[]),
        |_, d| d.job.policy.tasks_at_once.take_if(|most| *most >= 0.0 && most.fract() == 0.0).map(Value::number),
    ),
    Field::named(
        "Operating system",
        &["OperatingSystem"],
        "resources/operating_systems",
        |cx, m, d| {
            let name = cx.text(m);
            d.job.resources.operating_systems = vec![OperatingSystem { name, ..OperatingSystem::default() }];
        },
        |out, d| {
            let name = d.job.resources.operating_systems.first_mut()?.name.take();
            out.text(&mut { name })
        },
    ),
    // Whatever else a site defines; printed member by member.
    Field::new("", "resources/others", |_, _, _| {}, |_, _| None),
];

/// Reads `Resources`.
pub fn read(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    let Some(members) = cx.object("Resources", &member.value) else { return };
    let known = |m: &Member| RESOURCES.iter().any(|field| field.is(&m.name));
    let waiting = |m: &Member| m.value.as_text().is_some_and(|text| text.contains("${"));
    let number = |m: &Member| !["Queue", "Project", "Reservation", "NodeConstraints", "QoS"].contains(&m.name.as_str());
    let mut own = Vec::new();
    for part in members.iter().filter(|m| m.value.kind != Kind::Null) {
        match part.value.scalar() {
            // A workflow puts its variables in before the job is sent.
            _ if known(part) && waiting(part) && number(part) => cx.within("resources", |cx| cx.keep(part, false)),
            _ if known(part) => own.push(part.clone()),
            Some(value) => {
                let names = RESOURCES.iter().map(|field| field.name);
                let mut near = names.filter(|name| crate::spelling::one_edit(&part.name, name));
                let few = draft.job.resources.others.len() < 1000;
                let near = if few { near.next() } else { None };
                if let Some(near) = near.filter(|near| !members.iter().any(|m| m.name == *near)) {
                    let message = format!("`{}` is taken as a resource of the site's own", part.name);
                    cx.diagnostics.warning(part.name_span.clone(), message).did_you_mean(Some(near));
                }
                draft.job.resources.others.push((Text::literal(&*part.name), Text::literal(value)));
            }
            None => cx.wrong(&part.name, &part.value, "a string or a number"),
        }
    }
    cx.members(&own, &RESOURCES, false, draft);
    let find = |name: &str| own.iter().find(|m| m.name == name);
    let resources = &draft.job.resources;
    let amounts = (&resources.total_cpu_count, &resources.total_resource_count);
    if let (Some(cpus), Some(nodes), (Some(total), Some(hosts))) = (find("CPUs"), find("Nodes"), amounts) {
        let (total, hosts) = (total.exact().unwrap_or_default(), hosts.exact().unwrap_or(1.0).max(1.0));
        let note = format!("read as {total} CPUs in total, {} on each of {hosts} nodes", total / hosts);
        cx.diagnostics
            .note(cpus.name_span.clone(), note)
            .related(nodes.name_span.clone(), "the nodes")
            .note(format!("older servers took `CPUs` for each node, {} in total", total * hosts))
            .help("write `CPUsPerNode` or `TotalCPUs` to be sure");
    }
}

/// Prints `Resources`.
pub fn print(out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    let mut members = Vec::new();
    for field in &RESOURCES {
        if let Some(value) = (field.print)(out, draft) {
            members.push(Member::new(field.name, value));
        }
    }
    let others = std::mem::take(&mut draft.job.resources.others);
    let mut names = std::collections::BTreeSet::new();
    let mut said = Vec::new();
    for (name, value) in &others {
        let key = written_out(name);
        let free = !RESOURCES.iter().any(|field| field.is(&key)) && names.insert(key.clone());
        if free {
            members.push(Member::new(key, Value::text(written_out(value))));
            said.push((name, value));
        }
    }
    if said.len() < others.len() {
        out.changed("resources/others", &said, "UNICORE has one resource of a name");
    }
    out.within("resources", |out| out.take_all(&mut members));
    (!members.is_empty()).then(|| Kind::Object(members).into())
}

/// A number, with one of the units; without units a whole one.
fn quantity(cx: &mut In<'_>, member: &Member, units: &[(&[&str], f64)]) -> Option<f64> {
    let text = member.value.scalar();
    let amount = text.as_deref().map(|text| units::amount(text, units));
    match amount {
        Some(Ok(number)) if !units.is_empty() || number.fract() == 0.0 => Some(number),
        Some(Ok(_)) => {
            let message = format!("`{}` must be a whole number", member.name);
            cx.diagnostics.error(member.value.span.clone(), message);
            None
        }
        Some(Err(why)) => {
            cx.diagnostics.error(member.value.span.clone(), format!("`{}`: {why}", member.name));
            None
        }
        None => {
            cx.wrong(&member.name, &member.value, "a number");
            None
        }
    }
}

fn read_gpus(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    if let Some(count) = quantity(cx, member, &[]) {
        let per_host = Some(Range::exactly(count));
        draft.job.resources.accelerators = vec![Accelerator { per_host, ..Accelerator::default() }];
    }
}

fn print_gpus(out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    let accelerator = draft.job.resources.accelerators.first_mut()?;
    let gpu = accelerator.kind.as_ref().is_none_or(|kind| written_out(kind).eq_ignore_ascii_case("gpu"));
    if !gpu || accelerator.per_host.as_ref().and_then(amount).is_none() {
        return None;
    }
    if accelerator.kind.take().is_some() {
        out.changed("resources/accelerators/0/kind", serde_json::Value::Null, "accelerators are GPUs unless said");
    }
    let part = "resources/accelerators/0/per_host";
    out.range(part, &mut accelerator.per_host, Range::exactly, 1.0, true)
}
