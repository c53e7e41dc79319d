//! What a job runs: commands, how they are started, and their limits.

use super::Text;
use crate::Step;
use serde::Serialize;

/// The application of a job. With a name and no executable it is abstract: a site grounds it by its table of
/// applications (JSDL 1.0, `ApplicationName`; UNICORE).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Application {
    /// The application's name.
    pub name: Option<Text>,
    /// Its version.
    pub version: Option<Text>,
    /// A text about it.
    pub description: Option<Text>,
    /// Values for the parameters that the application itself declares (UNICORE `Parameters`).
    pub parameters: Vec<Variable>,
    /// Commands that run before the main ones, in order; a failure ends the job.
    pub before: Vec<Command>,
    /// What runs: usually one command, several where a language has a list of them (TES), run in order.
    pub commands: Vec<Command>,
    /// Commands that run after the main ones, in order.
    pub after: Vec<Command>,
    /// A script that takes the place of the commands (batch scripts), from its first line to its last. It runs once
    /// for each task, on the first host; `parallel` is what the starters in it find. Its streams and its directory are
    /// those of the first command, which names no program then.
    pub script: Option<Text>,
    /// The steps of a planfile's task.
    pub steps: Vec<Step>,
    /// How many processes it is and how they find each other.
    pub parallel: Option<Parallel>,
    /// How the command is started, if not by the operating system alone.
    pub launcher: Launcher,
    /// Variables of all its commands.
    pub environment: Vec<Variable>,
    /// Whether the submitter's variables go with it: all of them, or the named ones (patterns; `!` excludes).
    pub inherit: Vec<String>,
    /// Directories that the dynamic loader searches after the system's own (RSL `library_path`, GT4 `libraryPath`).
    pub library_path: Vec<Text>,
    /// What a process may use.
    pub limits: Limits,
    /// The account on the machine.
    pub user: Option<Text>,
    /// The group on the machine.
    pub user_group: Option<Text>,
}

/// One command.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Command {
    /// A name (JSDL `@name`).
    pub name: Option<String>,
    /// The program.
    pub executable: Option<Path>,
    /// Its arguments, without the program itself; each is one word of `argv`.
    pub arguments: Vec<Argument>,
    /// A line for a shell, in place of program and arguments.
    pub shell: Option<Text>,
    /// Where standard input comes from.
    pub input: Option<Stdio>,
    /// Where standard output goes.
    pub output: Option<Stdio>,
    /// Where standard error goes.
    pub error: Option<Stdio>,
    /// Its working directory.
    pub directory: Option<Path>,
    /// Its variables.
    pub environment: Vec<Variable>,
    /// The container image that it runs in.
    pub image: Option<Text>,
    /// The exit codes that count as success; none said means 0.
    pub success: Vec<i64>,
    /// Whether its failure is ignored.
    pub ignore_failure: bool,
    /// Whether it runs where the user is logged in or the service runs, not where the job runs.
    pub at_front_end: bool,
}

/// One word of a command. Where a file system is named the word is a path in it.
pub type Argument = Path;

/// A path, relative to the working directory or to a named file system's mount point.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Path {
    /// The path.
    pub text: Option<Text>,
    /// The file system's name (JSDL `@filesystemName`).
    pub filesystem: Option<String>,
}

/// A file for a standard stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stdio {
    /// The file.
    pub path: Option<Text>,
    /// The file system's name.
    pub filesystem: Option<String>,
    /// Whether what is there is kept.
    pub append: bool,
    /// Whether it is sent while the job runs and not at its end.
    pub stream: bool,
}

/// A variable and its value.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: Option<Text>,
    /// Its value.
    pub value: Option<Text>,
    /// Where said, the value is a path in this file system.
    pub filesystem: Option<String>,
}

/// Processes of a parallel application (JSDL SPMD, GFD.115; RSL `count`; MPI).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Parallel {
    /// The kind in one word: `MPI`, `OpenMPI`, `MPICH2`, `PVM`, … (the last part of SPMD's URIs), or empty for
    /// plain copies of one program.
    pub variation: Option<String>,
    /// How many processes; absent means as many as CPUs are allocated.
    pub processes: Option<Text>,
    /// How many of them on one host.
    pub per_host: Option<Text>,
    /// Threads of each.
    pub threads: Option<Text>,
    /// Said explicitly: as many processes as CPUs are allocated in total (`actualtotalcpucount`).
    pub as_allocated: bool,
    /// Said explicitly: as many threads as CPUs are allocated per host (`actualindividualcpucount`).
    pub threads_as_allocated: bool,
    /// Options for the starter of the processes.
    pub options: Vec<Text>,
}

/// How the commands are started, where it is not by the operating system alone. Its parts stand beside each other, so
/// that a language can say some of them and lose the others.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Launcher {
    /// What starts them; the other fields belong to it.
    pub kind: Option<Starter>,
    /// Of a Java virtual machine: the class whose `main` runs; absent when the archive says it.
    pub main_class: Option<Text>,
    /// Of a Java virtual machine: archives and directories of the class path.
    pub class_path: Vec<Text>,
    /// Options for the starter itself.
    pub options: Vec<Text>,
    /// Of a container: its image.
    pub image: Option<Text>,
    /// Of a container: the program that runs it, where it matters: `docker`, `apptainer`, `podman`.
    pub runtime: Option<String>,
    /// Of a container: its directories.
    pub mounts: Vec<Mount>,
}

/// What starts a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Starter {
    /// A Java virtual machine.
    Java,
    /// A container.
    Container,
    /// The machine that accepts the job, at once, under a starter (Condor's `local` universe, GRAM's fork).
    FrontEnd,
    /// The machine that accepts the job, at once and as it is (Condor's `scheduler` universe).
    Scheduler,
}

impl Launcher {
    /// A starter without details.
    pub fn by(kind: Starter) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    /// Whether the commands run where the job is accepted.
    pub fn at_front_end(&self) -> bool {
        matches!(self.kind, Some(Starter::FrontEnd | Starter::Scheduler))
    }
}

/// A directory of a container.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Mount {
    /// Where in the container.
    pub path: Option<Text>,
    /// What from outside; absent means an empty directory shared by the job's commands (TES `volumes`).
    pub source: Option<Text>,
}

/// What a process of the job may use (JSDL POSIXApplication's limits). The unit is in each line.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Limits {
    /// Run time by the clock, seconds.
    pub wall_time: Option<f64>,
    /// Processor time, seconds.
    pub cpu_time: Option<f64>,
    /// Size of a file it writes, bytes.
    pub file_size: Option<f64>,
    /// Size of a core dump, bytes.
    pub core_dump: Option<f64>,
    /// Data segment, bytes.
    pub data_segment: Option<f64>,
    /// Locked memory, bytes.
    pub locked_memory: Option<f64>,
    /// Resident memory, bytes.
    pub memory: Option<f64>,
    /// Open files.
    pub open_descriptors: Option<f64>,
    /// Pipe buffer, bytes.
    pub pipe_size: Option<f64>,
    /// Stack, bytes.
    pub stack_size: Option<f64>,
    /// Processes of the user.
    pub process_count: Option<f64>,
    /// Virtual memory, bytes.
    pub virtual_memory: Option<f64>,
    /// Threads.
    pub thread_count: Option<f64>,
}
