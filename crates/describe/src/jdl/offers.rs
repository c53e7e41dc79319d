//! What JDL has no attribute for, but can ask of a computing element: conditions on GLUE attributes in the requirements.

use super::print::{Printer, plain_number, quoted};
use pelago_job::description::{Range, Resources, Text};
use serde_json::Value;

/// A least amount of a part: the part, where it is, the attribute, and how much of the model's unit is one of its.
type Amount = (&'static str, fn(&mut Resources) -> &mut Option<Range>, &'static str, f64);

const AMOUNTS: [Amount; 4] = [
    (
        "/resources/individual_physical_memory",
        |r| &mut r.individual_physical_memory,
        "GlueHostMainMemoryRAMSize",
        1048576.0,
    ),
    (
        "/resources/individual_virtual_memory",
        |r| &mut r.individual_virtual_memory,
        "GlueHostMainMemoryVirtualSize",
        1048576.0,
    ),
    ("/resources/wall_time", |r| &mut r.wall_time, "GlueCEPolicyMaxWallClockTime", 60.0),
    ("/resources/individual_cpu_time", |r| &mut r.individual_cpu_time, "GlueCEPolicyMaxCPUTime", 60.0),
];

/// Adds conditions to the requirements of a job.
pub(super) fn to_requirements(printer: &mut Printer<'_>) {
    let mut conditions: Vec<String> = Vec::new();
    let mut parts: Vec<&'static str> = Vec::new();
    for (part, place, attribute, unit) in AMOUNTS {
        let slot = place(&mut printer.job.resources);
        let least = slot.as_ref().and_then(Range::needs).or_else(|| slot.as_ref().and_then(Range::most));
        // An upper bound on time is what the job may need of it.
        let least = least.filter(|n| n.is_finite()).or_else(|| slot.as_ref().and_then(Range::most));
        if let Some(least) = least.filter(|n| *n > 0.0 && n.is_finite()) {
            *slot = None;
            conditions.push(format!("other.{attribute} >= {}", plain_number((least / unit).ceil())));
            parts.push(part);
        }
    }
    let mut any = |texts: Vec<String>, attribute: &str, part: &'static str| {
        let one: Vec<String> = texts.iter().map(|t| format!("other.{attribute} == {}", quoted(t))).collect();
        match &one[..] {
            [] => return,
            [one] => conditions.push(one.clone()),
            several => conditions.push(format!("({})", several.join(" || "))),
        }
        parts.push(part);
    };
    let systems = &mut printer.job.resources.operating_systems;
    if systems.iter().all(|s| s.name.is_some() && s.version.is_none() && s.description.is_none()) {
        let names: Vec<Text> = std::mem::take(systems).into_iter().filter_map(|s| s.name).collect();
        any(
            names.iter().map(|n| printer.raw(n)).collect(),
            "GlueHostOperatingSystemName",
            "/resources/operating_systems",
        );
    }
    let architectures = std::mem::take(&mut printer.job.resources.architectures);
    let names = architectures.iter().map(|a| printer.raw(a)).collect();
    any(names, "GlueHostArchitecturePlatformType", "/resources/architectures");
    let software = &mut printer.job.resources.software;
    let said = |s: &pelago_job::description::Software| s.name.is_some() && s.relation.is_none() && s.options.is_empty();
    if !software.is_empty() && software.iter().all(said) {
        let software = std::mem::take(software);
        for one in &software {
            let name = one.name.as_ref().map(|n| printer.raw(n)).unwrap_or_default();
            let version = one.version.as_ref().map(|v| format!("-{}", printer.raw(v))).unwrap_or_default();
            let tag = quoted(&format!("{name}{version}"));
            conditions.push(format!("Member({tag}, other.GlueHostApplicationSoftwareRunTimeEnvironment)"));
        }
        parts.push("/resources/software");
    }
    if conditions.is_empty() {
        return;
    }
    if let Some(before) = printer.job.resources.requirements.take() {
        let before = printer.raw(&before);
        if !super::print::survives("Requirements", &before) {
            printer.job.resources.requirements = Some(printer.hole(&before));
            printer.because("/resources/requirements", "it is no expression of JDL's");
            for part in parts {
                printer.changed(part, Value::Null, "the requirements, which would ask for it, cannot be said");
            }
            return;
        }
        conditions.insert(0, format!("({before})"));
    }
    let requirements = printer.hole(&conditions.join(" && "));
    for part in parts {
        printer.changed(part, Value::Null, "asked for in the requirements");
    }
    printer.changed("/resources/requirements", &requirements, "they also ask for what JDL has no attribute for");
    printer.job.resources.requirements = Some(requirements);
}
