//! What a machine has to offer to a document. Whoever grounds it measures; here it is only data.

use std::path::{Path, PathBuf};

/// A machine.
pub struct Offer<'a> {
    /// Its names: the full one first, then shorter ones.
    pub hosts: Vec<String>,
    /// The user that jobs run as.
    pub user: String,
    /// The user's group.
    pub group: String,
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// The directory for temporary files.
    pub temporary: PathBuf,
    /// Processors that jobs may use.
    pub cpus: u64,
    /// Memory, bytes.
    pub memory: u64,
    /// Memory and swap space, bytes.
    pub virtual_memory: u64,
    /// Free disk space where working directories are, bytes.
    pub disk: u64,
    /// The operating system in JSDL's words (`LINUX`).
    pub system: String,
    /// The operating system's version.
    pub version: String,
    /// The processors' architecture in JSDL's words (`x86_64`).
    pub architecture: String,
    /// Where a program of that name is in the directories of `PATH`.
    pub program: &'a dyn Fn(&str) -> Option<PathBuf>,
    /// Whether containers can be run by the program of that name: `docker`, `podman`, `apptainer`, `singularity`.
    /// If not, why.
    pub container: &'a dyn Fn(&str) -> Result<(), String>,
    /// Whether the starter of processes at a path is Open MPI's, which has rules of its own.
    pub open_mpi: &'a dyn Fn(&Path) -> bool,
    /// A variable that jobs get from whoever submits.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// How fast it is; measured when it is asked for.
    pub speed: &'a dyn Fn() -> Option<Speed>,
    /// Wall time now, seconds since 1970, for expressions that read the clock.
    pub now: i64,
}

/// A measured speed, in Condor's units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// Thousands of floating point operations a second (Condor `KFlops`).
    pub kflops: u64,
    /// Millions of integer operations a second (Condor `Mips`).
    pub mips: u64,
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whether it is a directory.
    pub directory: bool,
    /// Whether it may be executed.
    pub executable: bool,
}
