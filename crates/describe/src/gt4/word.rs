//! The elements of a job in the order of the schema: what each one is and where it stands in the model.

use super::print::Printing;
use super::read::Reading;
use super::{endpoint, files, print, processes, read};
use crate::xml::{Element, first_command as command};
use pelago_job::description::Range;
use pelago_job::{Job, Text};

/// An element.
pub(super) struct Word {
    /// Its name.
    pub name: &'static str,
    /// Whether it may stand several times.
    pub many: bool,
    /// What it is.
    pub kind: Kind,
}

/// What an element is. `part` is where it stands, as a JSON pointer from the job.
pub(super) enum Kind {
    /// A text without white space around it.
    Text { part: &'static str, field: fn(&mut Job) -> &mut Option<Text> },
    /// A text of which there can be several in the model.
    Texts { part: &'static str, field: fn(&mut Job) -> &mut Vec<Text> },
    /// Minutes, for seconds.
    Minutes { part: &'static str, field: fn(&mut Job) -> &mut Option<f64> },
    /// Megabytes (of 2^20 bytes), for bytes.
    Megabytes { part: &'static str, field: fn(&mut Job) -> &mut Option<f64> },
    /// Megabytes that must at least be there.
    AtLeastMegabytes { part: &'static str, field: fn(&mut Job) -> &mut Option<Range> },
    /// How many, exactly.
    Count { part: &'static str, field: fn(&mut Job) -> &mut Option<Range> },
    /// Kept word for word.
    Verbatim,
    /// Something else.
    Other { read: fn(&mut Reading<'_>, &Element), print: fn(&mut Printing<'_>) },
}

const fn one(name: &'static str, kind: Kind) -> Word {
    Word { name, many: false, kind }
}

const fn many(name: &'static str, kind: Kind) -> Word {
    Word { name, many: true, kind }
}

/// All elements of a job (`JobDescriptionType`), in the order that the schema demands.
pub(super) static WORDS: [Word; 28] = [
    one("factoryEndpoint", Kind::Other { read: endpoint::read, print: endpoint::print }),
    one("jobCredentialEndpoint", Kind::Verbatim),
    one("stagingCredentialEndpoint", Kind::Verbatim),
    one("localUserId", Kind::Text { part: "/application/user", field: |j| &mut j.application.user }),
    one("holdState", Kind::Verbatim),
    one(
        "executable",
        Kind::Text {
            part: "/application/commands/0/executable/text",
            field: |j| &mut command(j).executable.get_or_insert_default().text,
        },
    ),
    one(
        "directory",
        Kind::Text {
            part: "/application/commands/0/directory/text",
            field: |j| &mut command(j).directory.get_or_insert_default().text,
        },
    ),
    many("argument", Kind::Other { read: read::argument, print: print::arguments }),
    many("environment", Kind::Other { read: read::environment, print: print::environment }),
    one(
        "stdin",
        Kind::Text {
            part: "/application/commands/0/input/path",
            field: |j| &mut command(j).input.get_or_insert_default().path,
        },
    ),
    one(
        "stdout",
        Kind::Text {
            part: "/application/commands/0/output/path",
            field: |j| &mut command(j).output.get_or_insert_default().path,
        },
    ),
    one(
        "stderr",
        Kind::Text {
            part: "/application/commands/0/error/path",
            field: |j| &mut command(j).error.get_or_insert_default().path,
        },
    ),
    one("count", Kind::Other { read: processes::read_count, print: processes::print_count }),
    many("libraryPath", Kind::Texts { part: "/application/library_path", field: |j| &mut j.application.library_path }),
    one(
        "hostCount",
        Kind::Count { part: "/resources/total_resource_count", field: |j| &mut j.resources.total_resource_count },
    ),
    one("project", Kind::Texts { part: "/projects", field: |j| &mut j.projects }),
    one("queue", Kind::Text { part: "/resources/queue", field: |j| &mut j.resources.queue }),
    one("maxTime", Kind::Other { read: read::either_time, print: |_| {} }),
    one(
        "maxWallTime",
        Kind::Minutes { part: "/application/limits/wall_time", field: |j| &mut j.application.limits.wall_time },
    ),
    one(
        "maxCpuTime",
        Kind::Minutes { part: "/application/limits/cpu_time", field: |j| &mut j.application.limits.cpu_time },
    ),
    one(
        "maxMemory",
        Kind::Megabytes { part: "/application/limits/memory", field: |j| &mut j.application.limits.memory },
    ),
    one(
        "minMemory",
        Kind::AtLeastMegabytes { part: "/resources/memory_per_cpu", field: |j| &mut j.resources.memory_per_cpu },
    ),
    one("jobType", Kind::Other { read: processes::read_type, print: processes::print_type }),
    one("fileStageIn", Kind::Other { read: files::read_in, print: files::print_in }),
    one("fileStageOut", Kind::Other { read: files::read_out, print: files::print_out }),
    one("fileCleanUp", Kind::Other { read: files::read_deletions, print: files::print_deletions }),
    one("extensions", Kind::Other { read: read::extensions, print: print::extensions }),
    // In multiJob only; here so that it is known.
    many("job", Kind::Other { read: |_, _| {}, print: |_| {} }),
];

/// The element of a name.
pub(super) fn word(name: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.name == name)
}
