//! Batch scripts: shell scripts with directives for Slurm (`#SBATCH`), PBS (`#PBS`) and Grid Engine (`#$`).
//!
//! A dialect is a table of options ([`slurm`], [`pbs`], [`gridengine`]); one reader ([`read`]) and one printer ([`print`])
//! walk them. The script itself is carried from dialect to dialect as it is. What it would miss, its variables, is given
//! to it by a few lines before it that the readers know again ([`prologue`]).

mod amount;
mod array;
mod body;
mod compose;
mod directive;
mod fields;
mod gridengine;
mod mail;
mod paths;
mod pbs;
mod print;
mod prologue;
mod read;
mod request;
mod slurm;
mod spread;
mod table;

use crate::language::{Entry, Language};

/// The language in the table.
pub const SLURM: Entry = Entry {
    language: Language::Slurm,
    name: "slurm",
    title: "Slurm batch script",
    extensions: &["sbatch", "slurm"],
    recognise: |text| recognise(text, Dialect::Slurm),
    read: |source, diagnostics| read::read(source, Dialect::Slurm, diagnostics),
    print: Some(|rest| print::print(rest, Dialect::Slurm)),
};

/// The language in the table.
pub const PBS: Entry = Entry {
    language: Language::Pbs,
    name: "pbs",
    title: "PBS batch script",
    extensions: &["pbs"],
    recognise: |text| recognise(text, Dialect::Pbs),
    read: |source, diagnostics| read::read(source, Dialect::Pbs, diagnostics),
    print: Some(|rest| print::print(rest, Dialect::Pbs)),
};

/// The language in the table.
pub const GRIDENGINE: Entry = Entry {
    language: Language::GridEngine,
    name: "gridengine",
    title: "Grid Engine batch script",
    extensions: &["sge"],
    recognise: |text| recognise(text, Dialect::GridEngine),
    read: |source, diagnostics| read::read(source, Dialect::GridEngine, diagnostics),
    print: Some(|rest| print::print(rest, Dialect::GridEngine)),
};

/// A batch system's way of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Slurm,
    Pbs,
    GridEngine,
}

impl Dialect {
    /// What a directive begins with.
    fn prefix(self) -> &'static str {
        match self {
            Self::Slurm => "#SBATCH",
            Self::Pbs => "#PBS",
            Self::GridEngine => "#$",
        }
    }

    /// Whether an option may follow the prefix without a blank.
    fn glued(self, rest: &str) -> bool {
        self == Self::GridEngine && rest.starts_with('-')
    }

    /// The name of the language.
    fn language(self) -> Language {
        match self {
            Self::Slurm => Language::Slurm,
            Self::Pbs => Language::Pbs,
            Self::GridEngine => Language::GridEngine,
        }
    }

    /// The program that takes the script.
    fn title(self) -> &'static str {
        match self {
            Self::Slurm => "sbatch",
            Self::Pbs => "PBS",
            Self::GridEngine => "Grid Engine",
        }
    }

    /// Its options.
    fn table(self) -> &'static [table::Row] {
        match self {
            Self::Slurm => slurm::TABLE,
            Self::Pbs => pbs::TABLE,
            Self::GridEngine => gridengine::TABLE,
        }
    }

    /// What `-l` asks for.
    fn resources(self) -> &'static [table::Row] {
        match self {
            Self::Slurm => &[],
            Self::Pbs => pbs::RESOURCES,
            Self::GridEngine => gridengine::RESOURCES,
        }
    }
}

/// A script begins with a comment or an empty line, and has a directive before its first command.
fn recognise(text: &str, dialect: Dialect) -> bool {
    let first = text.trim_start();
    if !first.starts_with('#') && !first.starts_with(':') {
        return false;
    }
    // The batch job of a script with parameters is only the place where its tasks run.
    if crate::planfile::has_directives(text) {
        return false;
    }
    let lines = text.lines().take_while(|line| {
        let line = line.trim_start();
        line.is_empty() || line.starts_with(['#', ':'])
    });
    let mut directives = lines.filter_map(|line| line.strip_prefix(dialect.prefix()));
    directives.any(|rest| rest.trim_start().starts_with('-') && (rest.starts_with([' ', '\t']) || dialect.glued(rest)))
}
