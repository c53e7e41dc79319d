//! Slurm batch script, PBS batch script, Grid Engine batch script.

use crate::language::{Entry, Language};
use crate::{Diagnostics, Said, Source};

/// The language in the table.
pub const SLURM: Entry = Entry {
    language: Language::Slurm,
    name: "slurm",
    title: "Slurm batch script",
    extensions: &["sbatch", "slurm"],
    recognise: |_| false,
    read,
    print: None,
};

/// The language in the table.
pub const PBS: Entry = Entry {
    language: Language::Pbs,
    name: "pbs",
    title: "PBS batch script",
    extensions: &["pbs"],
    recognise: |_| false,
    read,
    print: None,
};

/// The language in the table.
pub const GRIDENGINE: Entry = Entry {
    language: Language::GridEngine,
    name: "gridengine",
    title: "Grid Engine batch script",
    extensions: &["sge"],
    recognise: |_| false,
    read,
    print: None,
};

fn read(_: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
    diagnostics.error(0..0, "this language cannot be read yet");
    None
}
