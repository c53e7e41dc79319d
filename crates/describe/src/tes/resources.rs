//! The resources of a TES task. A gigabyte is 10^9 bytes.

use crate::json::{Field, In, Kind, Member, Out, Value, written_out};
use pelago_job::description::{Range, Resources};
use pelago_job::{Job, Text};

/// Bytes in what TES calls GB.
const GB: f64 = 1e9;

/// The members of `resources`.
const RESOURCES: [Field<Resources>; 6] = [
    Field::named(
        "cpu_cores",
        &["cpuCores"],
        "total_cpu_count",
        |cx, m, r| r.total_cpu_count = cx.whole("cpu_cores", &m.value, 0.0).map(Range::exactly),
        |out, r| out.range("total_cpu_count", &mut r.total_cpu_count, Range::exactly, 1.0, true),
    ),
    Field::named(
        "ram_gb",
        &["ramGb"],
        "individual_physical_memory",
        |cx, m, r| r.individual_physical_memory = gigabytes(cx, "ram_gb", m),
        |out, r| out.range("individual_physical_memory", &mut r.individual_physical_memory, Range::at_least, GB, false),
    ),
    Field::named(
        "disk_gb",
        &["diskGb"],
        "individual_disk_space",
        |cx, m, r| r.individual_disk_space = gigabytes(cx, "disk_gb", m),
        |out, r| out.range("individual_disk_space", &mut r.individual_disk_space, Range::at_least, GB, false),
    ),
    Field::new(
        "preemptible",
        "preemptible",
        |cx, m, r| r.preemptible = cx.flag(m),
        |_, r| r.preemptible.take().map(|flag| Kind::Bool(flag).into()),
    ),
    Field::new(
        "zones",
        "candidate_hosts",
        |cx, m, r| r.candidate_hosts = cx.strings("zones", &m.value).into_iter().map(Text::literal).collect(),
        |_, r| {
            let zones: Vec<String> = std::mem::take(&mut r.candidate_hosts).iter().map(written_out).collect();
            (!zones.is_empty()).then(|| Value::texts(zones))
        },
    ),
    Field::named("backend_parameters", &["backendParameters"], "others", read_others, print_others),
];

/// Reads `resources`.
pub fn read(cx: &mut In<'_>, member: &Member, job: &mut Job) {
    let Some(members) = cx.object("resources", &member.value) else { return };
    let size = members.iter().find(|m| m.name == "size_gb");
    if let Some(size) = size {
        let message = "`size_gb` is what `disk_gb` was called before TES 1.0, and only kept";
        cx.diagnostics.warning(size.name_span.clone(), message).did_you_mean(Some("disk_gb"));
    }
    cx.within("resources", |cx| cx.members(members, &RESOURCES, false, &mut job.resources));
}

/// Prints `resources`.
pub fn print(out: &mut Out<'_>, job: &mut Job) -> Option<Value> {
    let members = out.within("resources", |out| out.members(&RESOURCES, &mut job.resources));
    (!members.is_empty()).then(|| Kind::Object(members).into())
}

fn gigabytes(cx: &mut In<'_>, name: &str, member: &Member) -> Option<Range> {
    let number = cx.number(name, &member.value)?;
    if number < 0.0 {
        cx.diagnostics.error(member.value.span.clone(), format!("`{name}` must not be negative"));
        return None;
    }
    if number > 1e6 {
        let message = format!("`{name}` is in gigabytes, and this is {number} of them");
        cx.diagnostics.warning(member.value.span.clone(), message).help("were bytes meant?");
    }
    Some(Range::at_least(number * GB))
}

fn read_others(cx: &mut In<'_>, member: &Member, resources: &mut Resources) {
    let mut names = std::collections::BTreeSet::new();
    for other in cx.object("backend_parameters", &member.value).unwrap_or(&[]) {
        let value = cx.string(&format!("backend_parameters.{}", other.name), &other.value);
        if !names.insert(other.name.to_ascii_lowercase()) {
            let message = format!("`{}` differs from another backend parameter only by case", other.name);
            cx.diagnostics.warning(other.name_span.clone(), message).note("TES 1.1: the keys are case-insensitive");
        }
        resources.others.push((Text::literal(&*other.name), Text::literal(value.unwrap_or_default())));
    }
}

fn print_others(out: &mut Out<'_>, resources: &mut Resources) -> Option<Value> {
    let others = std::mem::take(&mut resources.others);
    let mut members: Vec<Member> = Vec::new();
    let mut keys = std::collections::BTreeSet::new();
    let mut said = Vec::new();
    for (name, value) in &others {
        let key = written_out(name);
        if keys.insert(key.clone()) {
            members.push(Member::new(key, Value::text(written_out(value))));
            said.push((name, value));
        }
    }
    if said.len() < others.len() {
        out.changed("others", &said, "a TES task has one backend parameter of a name");
    }
    (!members.is_empty()).then(|| Kind::Object(members).into())
}
