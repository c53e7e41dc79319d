//! The elements of an activity by section, in the order of the schema: what each is and where it stands in the model.

use super::print::Printing;
use super::read::Reading;
use super::{command, files, machine, notice, parallel, slots};
use crate::xml::{Element, first_command};
use pelago_job::description::Range;
use pelago_job::{Job, Text};

/// A section of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Identification,
    Application,
    Resources,
    Staging,
}

impl Section {
    /// All of them, in the order of the schema.
    pub const ALL: [Self; 4] = [Self::Identification, Self::Application, Self::Resources, Self::Staging];

    /// The element's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identification => "ActivityIdentification",
            Self::Application => "Application",
            Self::Resources => "Resources",
            Self::Staging => "DataStaging",
        }
    }
}

/// An element of a section.
pub(super) struct Word {
    pub section: Section,
    pub name: &'static str,
    /// Whether it is one of NorduGrid's.
    pub arc: bool,
    /// Whether it may stand several times.
    pub many: bool,
    pub kind: Kind,
}

/// What an element is. `part` is where it stands, as a JSON pointer from the job.
pub(super) enum Kind {
    /// A text without white space around it.
    Text { part: &'static str, field: fn(&mut Job) -> &mut Option<Text> },
    /// A text of which there are several.
    Texts { part: &'static str, field: fn(&mut Job) -> &mut Vec<Text> },
    /// A whole number.
    Number { part: &'static str, field: fn(&mut Job) -> &mut Option<f64> },
    /// Bytes or seconds that must at least be there. `other` is where other languages say nearly the same.
    AtLeast { part: &'static str, field: Amount, unit: &'static str, other: Option<(&'static str, Other)> },
    /// Kept word for word; `remark` says that it asks for nothing.
    Verbatim { remark: bool },
    /// Kept word for word, with a warning that ARC refuses it.
    Refused,
    /// Something else.
    Own { read: fn(&mut Reading<'_>, &Element), print: fn(&mut Printing<'_>) },
}

/// A range of the job.
pub(super) type Amount = fn(&mut Job) -> &mut Option<Range>;

/// A part of the job that is said by an element when what it is made for is absent.
pub(super) enum Other {
    Range(Amount),
    Limit(fn(&mut Job) -> &mut Option<f64>),
}

const fn word(section: Section, name: &'static str, kind: Kind) -> Word {
    Word { section, name, arc: false, many: false, kind }
}

const fn many(section: Section, name: &'static str, kind: Kind) -> Word {
    Word { section, name, arc: false, many: true, kind }
}

const fn arc(section: Section, name: &'static str, many: bool, kind: Kind) -> Word {
    Word { section, name, arc: true, many, kind }
}

use Kind::{AtLeast, Number, Own, Refused, Verbatim};
use Section::{Application, Identification, Resources, Staging};

/// All elements.
pub(super) static WORDS: [Word; 44] = [
    word(Identification, "Name", Kind::Text { part: "/name", field: |j| &mut j.name }),
    word(Identification, "Description", Kind::Text { part: "/description", field: |j| &mut j.description }),
    word(Identification, "Type", Verbatim { remark: true }),
    many(Identification, "Annotation", Kind::Texts { part: "/annotations", field: |j| &mut j.annotations }),
    arc(Identification, "ActivityOldID", true, Verbatim { remark: true }),
    word(Application, "Executable", Own { read: command::read, print: command::print }),
    word(
        Application,
        "Input",
        Kind::Text {
            part: "/application/commands/0/input/path",
            field: |j| &mut first_command(j).input.get_or_insert_default().path,
        },
    ),
    word(
        Application,
        "Output",
        Kind::Text {
            part: "/application/commands/0/output/path",
            field: |j| &mut first_command(j).output.get_or_insert_default().path,
        },
    ),
    word(
        Application,
        "Error",
        Kind::Text {
            part: "/application/commands/0/error/path",
            field: |j| &mut first_command(j).error.get_or_insert_default().path,
        },
    ),
    many(Application, "Environment", Own { read: command::read_variable, print: command::print_variables }),
    many(Application, "PreExecutable", Own { read: command::read_before, print: command::print_before }),
    many(Application, "PostExecutable", Own { read: command::read_after, print: command::print_after }),
    many(Application, "RemoteLogging", Verbatim { remark: false }),
    word(Application, "ExpirationTime", Kind::Text { part: "/policy/deadline", field: |j| &mut j.policy.deadline }),
    word(Application, "WipeTime", Own { read: notice::read_lifetime, print: notice::print_lifetime }),
    many(Application, "Notification", Own { read: notice::read, print: notice::print }),
    arc(Application, "LoggingDirectory", false, Verbatim { remark: false }),
    arc(Application, "Rerun", false, Number { part: "/policy/retries", field: |j| &mut j.policy.retries }),
    arc(Application, "Priority", false, Own { read: notice::read_priority, print: notice::print_priority }),
    arc(
        Application,
        "StartTime",
        false,
        Kind::Text { part: "/policy/not_before", field: |j| &mut j.policy.not_before },
    ),
    arc(Application, "AccessControl", false, Verbatim { remark: false }),
    arc(Application, "CredentialService", true, Verbatim { remark: false }),
    arc(Application, "DryRun", false, Verbatim { remark: false }),
    many(Resources, "OperatingSystem", Own { read: machine::read_system, print: machine::print_systems }),
    word(Resources, "Platform", Own { read: machine::read_platform, print: machine::print_platform }),
    many(Resources, "RuntimeEnvironment", Own { read: machine::read_software, print: machine::print_software }),
    word(Resources, "ParallelEnvironment", Own { read: parallel::read, print: parallel::print }),
    word(Resources, "Coprocessor", Own { read: machine::read_coprocessor, print: machine::print_coprocessor }),
    word(Resources, "NetworkInfo", Refused),
    word(Resources, "NodeAccess", Own { read: machine::read_access, print: machine::print_access }),
    word(
        Resources,
        "IndividualPhysicalMemory",
        AtLeast {
            part: "/resources/individual_physical_memory",
            field: |j| &mut j.resources.individual_physical_memory,
            unit: "bytes",
            other: Some(("/resources/memory_per_cpu", Other::Range(|j| &mut j.resources.memory_per_cpu))),
        },
    ),
    word(
        Resources,
        "IndividualVirtualMemory",
        AtLeast {
            part: "/resources/individual_virtual_memory",
            field: |j| &mut j.resources.individual_virtual_memory,
            unit: "bytes",
            other: None,
        },
    ),
    word(
        Resources,
        "DiskSpaceRequirement",
        AtLeast {
            part: "/resources/total_disk_space",
            field: |j| &mut j.resources.total_disk_space,
            unit: "bytes",
            other: Some(("/resources/individual_disk_space", Other::Range(|j| &mut j.resources.individual_disk_space))),
        },
    ),
    word(Resources, "RemoteSessionAccess", Verbatim { remark: false }),
    word(Resources, "Benchmark", Refused),
    word(Resources, "SlotRequirement", Own { read: slots::read, print: slots::print }),
    word(Resources, "QueueName", Kind::Text { part: "/resources/queue", field: |j| &mut j.resources.queue }),
    word(
        Resources,
        "IndividualCPUTime",
        AtLeast {
            part: "/resources/individual_cpu_time",
            field: |j| &mut j.resources.individual_cpu_time,
            unit: "seconds",
            other: Some(("/application/limits/cpu_time", Other::Limit(|j| &mut j.application.limits.cpu_time))),
        },
    ),
    word(
        Resources,
        "TotalCPUTime",
        AtLeast {
            part: "/resources/total_cpu_time",
            field: |j| &mut j.resources.total_cpu_time,
            unit: "seconds",
            other: None,
        },
    ),
    word(
        Resources,
        "WallTime",
        AtLeast {
            part: "/resources/wall_time",
            field: |j| &mut j.resources.wall_time,
            unit: "seconds",
            other: Some(("/application/limits/wall_time", Other::Limit(|j| &mut j.application.limits.wall_time))),
        },
    ),
    word(Staging, "ClientDataPush", Verbatim { remark: false }),
    many(Staging, "InputFile", Own { read: files::read_input, print: files::print_inputs }),
    many(Staging, "OutputFile", Own { read: files::read_output, print: files::print_outputs }),
    arc(Staging, "DelegationID", false, Verbatim { remark: false }),
];

/// The element of a name in a section; NorduGrid's are also found without their namespace, as ARC finds one of them.
pub(super) fn find(section: Section, name: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.section == section && word.name == name)
}
