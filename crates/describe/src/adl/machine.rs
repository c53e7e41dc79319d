//! `OperatingSystem`, `Platform`, `RuntimeEnvironment`, `Coprocessor` and `NodeAccess`: what the machine must be.

use super::print::Printing;
use super::read::Reading;
use crate::spelling;
use crate::xml::{Element, plain, take_plain};
use pelago_job::Text;
use pelago_job::description::{Accelerator, OperatingSystem, Software};

/// Families of operating systems, and JSDL's names for them where it has one.
const FAMILIES: [(&str, &str); 4] =
    [("linux", "LINUX"), ("macosx", "MACOS"), ("solaris", "Solaris"), ("windows", "windows")];
/// Names of operating systems, and JSDL's.
const SYSTEMS: [(&str, &str); 1] = [("aix", "AIX")];
/// Distributions that the language names; others are free.
const DISTRIBUTIONS: [&str; 15] = [
    "centos",
    "debian",
    "fedoracore",
    "gentoo",
    "leopard",
    "linux-rocks",
    "mandrake",
    "redhatenterpriseas",
    "scientificlinux",
    "scientificlinuxcern",
    "slackware",
    "suse",
    "ubuntu",
    "windowsvista",
    "windowsxp",
];
/// Platforms, and JSDL's names for them.
const PLATFORMS: [(&str, &str); 3] = [("amd64", "x86_64"), ("i386", "x86_32"), ("itanium", "ia64")];

fn to_jsdl<'a>(table: &'a [(&'a str, &'a str)], name: &'a str) -> Option<&'a str> {
    table.iter().find(|(adl, _)| *adl == name).map(|(_, jsdl)| *jsdl)
}

fn from_jsdl<'a>(table: &'a [(&'a str, &'a str)], name: &'a str) -> Option<&'a str> {
    table.iter().find(|(_, jsdl)| *jsdl == name).map(|(adl, _)| *adl)
}

/// The model's name, and the distribution, for a `Family` and a `Name`.
fn system(family: Option<&str>, name: Option<&str>) -> (Option<String>, Option<String>) {
    let known = |name: &str| to_jsdl(&FAMILIES, name).or(to_jsdl(&SYSTEMS, name)).unwrap_or(name).to_string();
    match (family, name) {
        (Some(family), name) => {
            (Some(known(family)), name.filter(|name| known(name) != known(family)).map(str::to_string))
        }
        (None, name) => (name.map(known), None),
    }
}

/// `OperatingSystem`: the family is the system, the name a distribution of it.
pub(super) fn read_system(reading: &mut Reading<'_>, element: &Element) {
    let (mut name, mut family, mut version) = (None, None, None);
    for inner in element.elements() {
        let slot = match inner.name.as_str() {
            "Name" => &mut name,
            "Family" => &mut family,
            "Version" => &mut version,
            _ => {
                reading.left_out(inner, "OperatingSystem", &["Name", "Family", "Version"]);
                continue;
            }
        };
        *slot = reading.text(inner);
    }
    let (name, description) = system(family.as_deref(), name.as_deref());
    let text = |text: Option<String>| text.map(Text::literal);
    let systems = &mut reading.job.resources.operating_systems;
    let position = systems.len();
    systems.push(OperatingSystem { name: text(name), version: text(version), description: text(description) });
    reading.note(&format!("/resources/operating_systems/{position}"), element.span.clone());
}

/// Prints the operating systems.
pub(super) fn print_systems(printing: &mut Printing<'_>) {
    let mut systems = std::mem::take(&mut printing.job.resources.operating_systems);
    for (position, system_left) in systems.iter_mut().enumerate() {
        let Some(name) = take_plain(&mut system_left.name) else { continue };
        printing.out.open("OperatingSystem", &[]);
        let family = from_jsdl(&FAMILIES, &name);
        let described = system_left.description.as_ref().and_then(plain);
        let distribution = described.filter(|text| family.is_some() && DISTRIBUTIONS.contains(&text.as_str()));
        if distribution.is_some() {
            system_left.description = None;
        }
        let shown = distribution.as_deref().or(family).or(from_jsdl(&SYSTEMS, &name)).unwrap_or(&name);
        printing.out.leaf("Name", &[], shown);
        if let Some(family) = family {
            printing.out.leaf("Family", &[], family);
        }
        if let Some(version) = take_plain(&mut system_left.version) {
            printing.out.leaf("Version", &[], &version);
        }
        printing.out.close();
        let (back, _) = system(family, Some(shown));
        if back.as_deref() != Some(name.as_str()) {
            let part = format!("/resources/operating_systems/{position}/name");
            printing.changed(&part, back, "this is what the name means in ADL");
        }
    }
    printing.job.resources.operating_systems = systems;
}

/// `Platform`.
pub(super) fn read_platform(reading: &mut Reading<'_>, element: &Element) {
    if let Some(text) = reading.text(element) {
        let name = to_jsdl(&PLATFORMS, &text).unwrap_or(&text);
        reading.job.resources.architectures = vec![Text::literal(name)];
        reading.note("/resources/architectures", element.text_span());
    }
}

/// Prints the first architecture.
pub(super) fn print_platform(printing: &mut Printing<'_>) {
    let list = &mut printing.job.resources.architectures;
    let Some(name) = list.iter().find_map(plain) else { return };
    let only = list.len() == 1;
    list.clear();
    let shown = from_jsdl(&PLATFORMS, &name).unwrap_or(&name);
    printing.leaf("Platform", shown);
    let back = to_jsdl(&PLATFORMS, shown).unwrap_or(shown);
    if !only || back != name {
        printing.changed("/resources/architectures", [back], "an activity names one platform");
    }
}

/// `RuntimeEnvironment`: software that must be there.
pub(super) fn read_software(reading: &mut Reading<'_>, element: &Element) {
    let mut software = Software::default();
    for inner in element.elements() {
        match inner.name.as_str() {
            "Name" => software.name = reading.text(inner).map(Text::literal),
            "Version" if inner.text().trim().is_empty() => {}
            "Version" => software.version = reading.text(inner).map(Text::literal),
            "Option" => software.options.extend(reading.text(inner).map(Text::literal)),
            _ => reading.left_out(inner, "RuntimeEnvironment", &["Name", "Version", "Option"]),
        }
    }
    if software.name.is_none() {
        reading.diagnostics.error(element.name_span.clone(), "this `RuntimeEnvironment` has no `Name`");
        return;
    }
    let list = &mut reading.job.resources.software;
    let position = list.len();
    list.push(software);
    reading.note(&format!("/resources/software/{position}"), element.span.clone());
}

/// Prints the software.
pub(super) fn print_software(printing: &mut Printing<'_>) {
    let mut list = std::mem::take(&mut printing.job.resources.software);
    for (position, software) in list.iter_mut().enumerate() {
        let Some(name) = take_plain(&mut software.name) else { continue };
        let part = format!("/resources/software/{position}");
        printing.out.open("RuntimeEnvironment", &[]);
        printing.out.leaf("Name", &[], &name);
        match software.relation.as_deref() {
            None => {}
            Some("=") => {
                software.relation = None;
                printing.changed(&format!("{part}/relation"), None::<String>, "equality is what is meant without one");
            }
            Some(_) => {
                printing.because(&part, "only one exact version can be asked for; any version is asked for instead")
            }
        }
        if software.relation.is_none()
            && let Some(version) = take_plain(&mut software.version)
        {
            printing.out.leaf("Version", &[], &version);
        }
        let options: Vec<String> = software.options.iter().filter_map(plain).collect();
        if !options.is_empty() {
            if options.len() != software.options.len() {
                printing.changed(&format!("{part}/options"), &options, "the others are no plain texts");
            }
            software.options.clear();
            options.iter().for_each(|option| printing.out.leaf("Option", &[], option));
        }
        printing.out.close();
    }
    printing.job.resources.software = list;
}

/// `Coprocessor`: `CUDA` is what other languages call a GPU.
pub(super) fn read_coprocessor(reading: &mut Reading<'_>, element: &Element) {
    let Some(name) = reading.text(element) else { return };
    let kind = match name.as_str() {
        "CUDA" => "gpu",
        "FPGA" => "fpga",
        other => other,
    };
    let kind = Some(Text::literal(kind));
    reading.job.resources.accelerators.push(Accelerator { kind, ..Accelerator::default() });
    reading.note("/resources/accelerators/0", element.text_span());
}

/// Prints the first accelerator's kind.
pub(super) fn print_coprocessor(printing: &mut Printing<'_>) {
    let Some(first) = printing.job.resources.accelerators.first_mut() else { return };
    let kind = match &first.kind {
        None if *first == Accelerator::default() => return,
        None => "gpu".to_string(),
        Some(kind) => match plain(kind) {
            Some(kind) => kind,
            None => return,
        },
    };
    let implied = first.kind.take().is_none();
    let name = match kind.as_str() {
        "gpu" => "CUDA",
        "fpga" => "FPGA",
        other => other,
    };
    printing.out.leaf("Coprocessor", &[], name);
    let back = if name == "CUDA" {
        "gpu"
    } else if name == "FPGA" {
        "fpga"
    } else {
        name
    };
    if implied || back != kind {
        printing.changed("/resources/accelerators/0/kind", back, "a coprocessor is named by its kind");
    }
    printing.because("/resources/accelerators", "of coprocessors only the kind can be said");
}

const BOTH: [&str; 2] = ["inbound", "outbound"];

/// `NodeAccess`.
pub(super) fn read_access(reading: &mut Reading<'_>, element: &Element) {
    let Some(text) = reading.text(element) else { return };
    let ways: &[&str] = match text.as_str() {
        "inbound" => &BOTH[..1],
        "outbound" => &BOTH[1..],
        "inoutbound" => &BOTH,
        other => {
            let near = spelling::nearest(other, ["inbound", "outbound", "inoutbound"]);
            let error = reading.diagnostics.error(element.text_span(), format!("`{other}` is no access of nodes"));
            error.note("it is `inbound`, `outbound` or `inoutbound`").did_you_mean(near);
            return;
        }
    };
    reading.job.resources.network = ways.iter().map(|way| Text::literal(*way)).collect();
    reading.note("/resources/network", element.text_span());
}

/// Prints the access of nodes.
pub(super) fn print_access(printing: &mut Printing<'_>) {
    let list = &mut printing.job.resources.network;
    let ways: Vec<String> = list.iter().filter_map(plain).collect();
    let (name, back): (&str, &[&str]) = match (ways.iter().any(|w| w == BOTH[0]), ways.iter().any(|w| w == BOTH[1])) {
        (true, true) => ("inoutbound", &BOTH),
        (true, false) => ("inbound", &BOTH[..1]),
        (false, true) => ("outbound", &BOTH[1..]),
        (false, false) => return,
    };
    let same = ways == back && list.len() == back.len();
    list.clear();
    printing.leaf("NodeAccess", name);
    if !same {
        printing.changed("/resources/network", back, "access is `inbound`, `outbound` or both");
    }
}
