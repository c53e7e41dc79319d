//! JobDescription, JobIdentification and Resources of JSDL 1.0: what stands in them, in the schema's order.

use super::application::APPLICATION;
use super::member::{Kind, Measure, Member, Style};
use super::namespace::Space;
use super::printing::Printing;
use super::reader::Reader;
use super::words;
use crate::xml::Element;
use pelago_job::Job;
use pelago_job::description::{FileSystem, OperatingSystem, Range, Resources, Staging};

const CORE: Space = Space::Core;

/// What stands in a JobDescription.
pub static DESCRIPTION: [Member<Job>; 4] = [
    Member::new(CORE, "JobIdentification", "", Kind::Own(false, read_identification, print_identification)),
    Member::new(CORE, "Application", "application", Kind::Own(false, read_application, print_application)),
    Member::new(CORE, "Resources", "resources", Kind::Own(false, read_resources, print_resources)),
    Member::new(CORE, "DataStaging", "staging", Kind::Own(true, read_staging, print_staging)),
];

/// What stands in a JobIdentification.
pub static IDENTIFICATION: [Member<Job>; 4] = [
    Member::new(CORE, "JobName", "name", Kind::Text(Style::Line, |j| &mut j.name)),
    Member::new(CORE, "Description", "description", Kind::Text(Style::Free, |j| &mut j.description)),
    Member::new(CORE, "JobAnnotation", "annotations", Kind::Texts(Style::Free, |j| &mut j.annotations)),
    Member::new(CORE, "JobProject", "projects", Kind::Texts(Style::Line, |j| &mut j.projects)),
];

const fn amount(
    name: &'static str,
    field: &'static str,
    at: fn(&mut Resources) -> &mut Option<Range>,
) -> Member<Resources> {
    Member::new(CORE, name, field, Kind::Range(Measure::Amount, at))
}

const fn count(
    name: &'static str,
    field: &'static str,
    at: fn(&mut Resources) -> &mut Option<Range>,
) -> Member<Resources> {
    Member::new(CORE, name, field, Kind::Range(Measure::Count, at))
}

/// What stands in Resources. GenesisII's graphics processors stand in JSDL's own namespace.
pub static RESOURCES: [Member<Resources>; 22] = [
    Member::new(CORE, "CandidateHosts", "", Kind::Own(false, read_hosts, print_hosts)),
    Member::new(CORE, "FileSystem", "filesystems", Kind::Own(true, read_filesystem, print_filesystems)),
    Member::new(CORE, "ExclusiveExecution", "exclusive", Kind::Flag(|r| &mut r.exclusive)),
    Member::new(CORE, "OperatingSystem", "operating_systems", Kind::Own(true, read_system, print_system)),
    Member::new(CORE, "CPUArchitecture", "", Kind::Own(false, read_architecture, print_architecture)),
    Member::new(CORE, "GPUArchitecture", "", Kind::Own(false, read_gpu, print_nothing)),
    Member::new(CORE, "GPUCountPerNode", "", Kind::Own(false, read_gpu_count, print_nothing)),
    Member::new(CORE, "GPUMemoryPerNode", "", Kind::Own(false, read_gpu_memory, print_nothing)),
    amount("IndividualCPUSpeed", "individual_cpu_speed", |r| &mut r.individual_cpu_speed),
    amount("IndividualCPUTime", "individual_cpu_time", |r| &mut r.individual_cpu_time),
    count("IndividualCPUCount", "individual_cpu_count", |r| &mut r.individual_cpu_count),
    amount("IndividualNetworkBandwidth", "individual_network_bandwidth", |r| &mut r.individual_network_bandwidth),
    amount("IndividualPhysicalMemory", "individual_physical_memory", |r| &mut r.individual_physical_memory),
    amount("IndividualVirtualMemory", "individual_virtual_memory", |r| &mut r.individual_virtual_memory),
    amount("IndividualDiskSpace", "individual_disk_space", |r| &mut r.individual_disk_space),
    amount("TotalCPUTime", "total_cpu_time", |r| &mut r.total_cpu_time),
    count("TotalCPUCount", "total_cpu_count", |r| &mut r.total_cpu_count),
    amount("TotalPhysicalMemory", "total_physical_memory", |r| &mut r.total_physical_memory),
    amount("TotalVirtualMemory", "total_virtual_memory", |r| &mut r.total_virtual_memory),
    amount("TotalDiskSpace", "total_disk_space", |r| &mut r.total_disk_space),
    count("TotalResourceCount", "total_resource_count", |r| &mut r.total_resource_count),
    // GenesisII's.
    Member::new(Space::Genesis, "WallclockTime", "wall_time", Kind::Range(Measure::Amount, |r| &mut r.wall_time)),
];

static HOSTS: [Member<Resources>; 1] =
    [Member::new(CORE, "HostName", "candidate_hosts", Kind::Texts(Style::Line, |r| &mut r.candidate_hosts))];

static FILESYSTEM: [Member<FileSystem>; 5] = [
    Member::new(CORE, "FileSystemType", "kind", Kind::Word(words::FILE_SYSTEMS, |f| &mut f.kind)),
    Member::new(CORE, "Description", "description", Kind::Text(Style::Free, |f| &mut f.description)),
    Member::new(CORE, "MountPoint", "mount_point", Kind::Text(Style::Line, |f| &mut f.mount_point)),
    Member::new(CORE, "MountSource", "mount_source", Kind::Own(false, read_mount_source, print_mount_source)),
    Member::new(CORE, "DiskSpace", "disk_space", Kind::Range(Measure::Amount, |f| &mut f.disk_space)),
];

/// The specification has it, the schema of JSDL 1.0 does not: what is printed validates.
fn read_mount_source(reader: &mut Reader<'_>, element: &Element, filesystem: &mut FileSystem, at: &str) {
    let at = format!("{at}/mount_source");
    reader.origins.note(at.clone(), element.span.clone());
    filesystem.mount_source = reader.leaf(element, Style::Line, &at);
}

fn print_mount_source(printing: &mut Printing<'_>, filesystem: &mut FileSystem, at: &str) {
    if filesystem.mount_source.is_some() {
        let why = "the schema of JSDL 1.0 has no `MountSource`, and other systems check against it";
        printing.rest.because(format!("{at}/mount_source"), why);
    }
}

static SYSTEM: [Member<OperatingSystem>; 3] = [
    Member::new(CORE, "OperatingSystemType", "", Kind::Own(false, read_system_type, print_system_type)),
    Member::new(CORE, "OperatingSystemVersion", "version", Kind::Text(Style::Line, |s| &mut s.version)),
    Member::new(CORE, "Description", "description", Kind::Text(Style::Free, |s| &mut s.description)),
];

static SYSTEM_TYPE: [Member<OperatingSystem>; 1] =
    [Member::new(CORE, "OperatingSystemName", "name", Kind::Text(Style::Of(words::SYSTEMS), |s| &mut s.name))];

fn read_identification(reader: &mut Reader<'_>, element: &Element, job: &mut Job, at: &str) {
    reader.attributes(element, &[], at);
    // What is foreign here only remarks something: there is nothing in an identification that could be satisfied.
    reader.remarks = true;
    reader.members(element, job, &IDENTIFICATION, at);
    reader.remarks = false;
}

fn print_identification(printing: &mut Printing<'_>, job: &mut Job, at: &str) {
    printing.begin("jsdl:JobIdentification", &[], at);
    printing.members(job, &IDENTIFICATION, at);
    printing.extensions(at, true);
    printing.end();
}

fn read_application(reader: &mut Reader<'_>, element: &Element, job: &mut Job, at: &str) {
    let at = format!("{at}/application");
    reader.attributes(element, &[], &at);
    reader.origins.note(at.clone(), element.span.clone());
    reader.members(element, &mut job.application, &APPLICATION, &at);
}

fn print_application(printing: &mut Printing<'_>, job: &mut Job, at: &str) {
    let at = format!("{at}/application");
    printing.begin("jsdl:Application", &[], &at);
    printing.members(&mut job.application, &APPLICATION, &at);
    printing.extensions(&at, false);
    printing.end();
}

fn read_resources(reader: &mut Reader<'_>, element: &Element, job: &mut Job, at: &str) {
    let at = format!("{at}/resources");
    reader.attributes(element, &[], &at);
    reader.origins.note(at.clone(), element.span.clone());
    reader.members(element, &mut job.resources, &RESOURCES, &at);
}

fn print_resources(printing: &mut Printing<'_>, job: &mut Job, at: &str) {
    let at = format!("{at}/resources");
    printing.begin("jsdl:Resources", &[], &at);
    printing.members(&mut job.resources, &RESOURCES, &at);
    printing.extensions(&at, false);
    printing.end();
}

fn read_staging(reader: &mut Reader<'_>, element: &Element, job: &mut Job, at: &str) {
    if Reader::is_bare(element) {
        return reader.empty(element);
    }
    let at = format!("{at}/staging/{}", job.staging.len());
    reader.origins.note(at.clone(), element.span.clone());
    let staging = super::staging::read(reader, element, &at);
    job.staging.extend(staging);
}

fn print_staging(printing: &mut Printing<'_>, job: &mut Job, at: &str) {
    for (number, staging) in job.staging.iter_mut().enumerate() {
        let at = format!("{at}/staging/{number}");
        if *staging != Staging::default() {
            super::staging::print(printing, staging, &at);
        }
    }
}

fn read_hosts(reader: &mut Reader<'_>, element: &Element, resources: &mut Resources, at: &str) {
    reader.attributes(element, &[], at);
    if Reader::is_bare(element) {
        return reader.empty(element);
    }
    for child in element.elements().filter(|e| e.name == "HostName") {
        if child.text().contains(['*', '?']) {
            let message = format!("`{}` is a pattern, and JSDL knows names of hosts only", child.text().trim());
            reader
                .diagnostics
                .warning(child.text_span(), message)
                .note("it is read as a pattern, as GridWay has them; other systems look for a host of that name");
        }
    }
    reader.members(element, resources, &HOSTS, at);
}

fn print_hosts(printing: &mut Printing<'_>, resources: &mut Resources, at: &str) {
    printing.begin("jsdl:CandidateHosts", &[], at);
    printing.members(resources, &HOSTS, at);
    printing.end();
}

fn read_filesystem(reader: &mut Reader<'_>, element: &Element, resources: &mut Resources, at: &str) {
    let at = format!("{at}/filesystems/{}", resources.filesystems.len());
    reader.origins.note(at.clone(), element.span.clone());
    reader.attributes(element, &["name"], &at);
    let mut filesystem = FileSystem { name: reader.name_attribute(element, "name"), ..FileSystem::default() };
    match &filesystem.name {
        None => {
            reader
                .diagnostics
                .error(element.name_span.clone(), "this `FileSystem` has no name, so no path can be relative to it")
                .help("add `name=\"…\"`");
        }
        Some(name) if resources.filesystems.iter().any(|other| other.name.as_ref() == Some(name)) => {
            reader.diagnostics.error(element.name_span.clone(), format!("a second file system `{name}`"));
        }
        Some(_) => {}
    }
    reader.members(element, &mut filesystem, &FILESYSTEM, &at);
    resources.filesystems.push(filesystem);
}

fn print_filesystems(printing: &mut Printing<'_>, resources: &mut Resources, at: &str) {
    let mut names: Vec<String> = Vec::new();
    for (number, filesystem) in resources.filesystems.iter_mut().enumerate() {
        let at = format!("{at}/filesystems/{number}");
        if *filesystem == FileSystem::default() {
            continue;
        }
        let written = filesystem.name.as_deref().map(words::ncname).unwrap_or_else(|| format!("FS{number}"));
        if names.contains(&written) {
            printing.rest.because(at, "there is a file system of that name already");
            continue;
        }
        names.push(written);
        let name = match filesystem.name.take() {
            Some(name) => printing.name(name, &format!("{at}/name")),
            None => {
                let name = format!("FS{number}");
                printing.rest.changed(format!("{at}/name"), &name, "a `FileSystem` has to have a name");
                name
            }
        };
        printing.begin_now("jsdl:FileSystem", &[("name", &name)], &at);
        printing.members(filesystem, &FILESYSTEM, &at);
        printing.extensions(&at, false);
        printing.end();
    }
}

fn read_system(reader: &mut Reader<'_>, element: &Element, resources: &mut Resources, at: &str) {
    if !resources.operating_systems.is_empty() {
        reader.diagnostics.error(element.name_span.clone(), "a second `OperatingSystem`; there can be one");
        return;
    }
    if Reader::is_bare(element) {
        return reader.empty(element);
    }
    let at = format!("{at}/operating_systems/0");
    reader.origins.note(at.clone(), element.span.clone());
    reader.attributes(element, &[], &at);
    let mut system = OperatingSystem::default();
    reader.members(element, &mut system, &SYSTEM, &at);
    if system != OperatingSystem::default() {
        resources.operating_systems.push(system);
    }
}

fn print_system(printing: &mut Printing<'_>, resources: &mut Resources, at: &str) {
    let at = format!("{at}/operating_systems");
    if resources.operating_systems.len() > 1 {
        printing.rest.because(at.clone(), "JSDL names one operating system, not alternatives");
    }
    let Some(system) = resources.operating_systems.first_mut() else { return };
    let at = format!("{at}/0");
    printing.begin("jsdl:OperatingSystem", &[], &at);
    printing.members(system, &SYSTEM, &at);
    printing.extensions(&at, false);
    printing.end();
}

fn read_system_type(reader: &mut Reader<'_>, element: &Element, system: &mut OperatingSystem, at: &str) {
    reader.attributes(element, &[], at);
    if Reader::is_bare(element) {
        return reader.empty(element);
    }
    // What names another system stands beside `other`, so it belongs to the name.
    for child in element.elements() {
        if Space::of(&child.namespace).is_none() && !child.namespace.is_empty() {
            reader.extension(child, &format!("{at}/name"), false);
        }
    }
    let own = Element {
        children: element.children.iter().filter(|c| super::is_known(c)).cloned().collect(),
        ..element.clone()
    };
    reader.members(&own, system, &SYSTEM_TYPE, at);
}

fn print_system_type(printing: &mut Printing<'_>, system: &mut OperatingSystem, at: &str) {
    printing.begin("jsdl:OperatingSystemType", &[], at);
    printing.enumerated(&mut system.name, words::SYSTEMS, &format!("{at}/name"));
    printing.members(system, &SYSTEM_TYPE, at);
    printing.extensions(&format!("{at}/name"), false);
    printing.end();
}

fn read_architecture(reader: &mut Reader<'_>, element: &Element, resources: &mut Resources, at: &str) {
    reader.attributes(element, &[], at);
    if Reader::is_bare(element) {
        return reader.empty(element);
    }
    let at = format!("{at}/architectures");
    let mut name = None;
    reader.members(element, &mut name, &ARCHITECTURE, &at);
    resources.architectures.extend(name);
}

type Name = Option<pelago_job::Text>;

static ARCHITECTURE: [Member<Name>; 1] =
    [Member::new(CORE, "CPUArchitectureName", "0", Kind::Text(Style::Of(words::ARCHITECTURES), |name| name))];

fn print_architecture(printing: &mut Printing<'_>, resources: &mut Resources, at: &str) {
    let at = format!("{at}/architectures");
    let mut names = std::mem::take(&mut resources.architectures);
    if names.is_empty() {
        return;
    }
    let several = names.len() > 1;
    let mut name = Some(names.swap_remove(0));
    printing.begin("jsdl:CPUArchitecture", &[], &at);
    let before = name.clone();
    printing.enumerated(&mut name, words::ARCHITECTURES, "");
    if several || name != before {
        let why = match several {
            true => "JSDL names one architecture, not alternatives",
            false => "JSDL has no word for this architecture",
        };
        printing.rest.changed(at.clone(), [&name], why);
    }
    printing.members(&mut name, &ARCHITECTURE, &at);
    printing.extensions(&at, false);
    printing.end();
}

fn read_gpu(reader: &mut Reader<'_>, element: &Element, resources: &mut Resources, at: &str) {
    let name = element.elements().find(|e| e.name == "GPUArchitectureName");
    let model = name.and_then(|name| reader.text(name, Style::Line));
    accelerator(reader, element, resources, at, |a| a.model = model);
}

fn read_gpu_count(reader: &mut Reader<'_>, element: &Element, resources: &mut Resources, at: &str) {
    let range = reader.range(element, Measure::Count, at);
    accelerator(reader, element, resources, at, |a| a.per_host = range);
}

fn read_gpu_memory(reader: &mut Reader<'_>, element: &Element, resources: &mut Resources, at: &str) {
    let range = reader.range(element, Measure::Amount, at);
    accelerator(reader, element, resources, at, |a| a.memory = range);
}

fn accelerator(
    reader: &mut Reader<'_>,
    element: &Element,
    resources: &mut Resources,
    at: &str,
    set: impl FnOnce(&mut pelago_job::description::Accelerator),
) {
    if resources.accelerators.is_empty() {
        let kind = Some("gpu".into());
        resources.accelerators.push(pelago_job::description::Accelerator { kind, ..Default::default() });
    }
    reader.origins.note(format!("{at}/accelerators/0"), element.span.clone());
    if let Some(first) = resources.accelerators.first_mut() {
        set(first);
    }
}

/// What only GenesisII has is left, and so gets lost.
fn print_nothing(_: &mut Printing<'_>, _: &mut Resources, _: &str) {}
