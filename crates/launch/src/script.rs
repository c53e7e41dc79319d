//! What a spawner is told to run, and what it answers: one message each way for a whole stretch of a task.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Commands to run one after the other, as part of one attempt at a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Names this run in [`crate::Killer::kill`]; never used twice with one spawner.
    pub id: u64,
    /// Whether this begins a task: the log files are emptied first.
    pub begin: bool,
    /// Whether this ends the task: then every process below the spawner is ended before the answer.
    /// A script that fails ends its task in any case.
    pub end: bool,
    /// The commands.
    pub commands: Vec<Command>,
    /// Variables set on top of the spawner's own environment.
    pub env: Vec<(String, String)>,
    /// The file that takes standard output where a command does not say otherwise.
    pub stdout: PathBuf,
    /// The file that takes standard error where a command does not say otherwise.
    pub stderr: PathBuf,
    /// How long all commands together may run, in milliseconds.
    pub walltime: Option<u64>,
    /// How much memory all processes together may use, in bytes.
    pub memory: Option<u64>,
}

/// One process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What to start.
    pub program: Program,
    /// Its working directory, absolute.
    pub cwd: PathBuf,
    /// Variables on top of the script's; without a value one is taken away.
    pub env: Vec<(String, Option<String>)>,
    /// Where standard input comes from, if there is anything to read.
    pub stdin: Option<Input>,
    /// Standard output, if it does not go to the log.
    pub stdout: Option<Sink>,
    /// Standard error, if it does not go to the log.
    pub stderr: Option<Sink>,
    /// The exit codes that count as success; none said means 0.
    pub success: Vec<i32>,
    /// The most that each process may use of a resource.
    pub limits: Vec<(Rlimit, u64)>,
    /// Whether the next command runs although this one fails.
    pub ignore_failure: bool,
}

impl Command {
    /// A program in a directory, with nothing else said of it.
    pub fn new(program: Program, cwd: PathBuf) -> Self {
        Self {
            program,
            cwd,
            env: Vec::new(),
            stdin: None,
            stdout: None,
            stderr: None,
            success: Vec::new(),
            limits: Vec::new(),
            ignore_failure: false,
        }
    }
}

/// What the system limits, under its own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rlimit {
    /// `RLIMIT_CPU`, seconds.
    Cpu,
    /// `RLIMIT_FSIZE`, bytes.
    Fsize,
    /// `RLIMIT_CORE`, bytes.
    Core,
    /// `RLIMIT_DATA`, bytes.
    Data,
    /// `RLIMIT_MEMLOCK`, bytes.
    Memlock,
    /// `RLIMIT_NOFILE`, descriptors.
    Nofile,
    /// `RLIMIT_STACK`, bytes.
    Stack,
    /// `RLIMIT_NPROC`, processes.
    Nproc,
    /// `RLIMIT_AS`, bytes.
    AddressSpace,
}

/// A file that is read as standard input: below a directory, or one that the caller vouches for where that is its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The directory, absolute.
    pub directory: PathBuf,
    /// The path in it, which cannot lead out of it.
    pub path: PathBuf,
}

/// A program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Program {
    /// Started as it is.
    Exec {
        /// The program as written.
        program: String,
        /// All of `argv`, `argv[0]` included.
        argv: Vec<String>,
        /// Whether `PATH` is searched for a program without a slash; else it is looked for in the working directory.
        search_path: bool,
    },
    /// A line for `/bin/sh -c`.
    Shell(String),
}

/// A file that takes a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sink {
    /// A path below a directory: it cannot lead out of it, neither by `..` nor by a symbolic link.
    Beneath {
        /// The directory, absolute.
        directory: PathBuf,
        /// The path in it.
        path: PathBuf,
        /// Added to at its end; else emptied first.
        append: bool,
    },
    /// A path that the caller vouches for; emptied first.
    File(PathBuf),
    /// Nowhere.
    Null,
}

/// How a script ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The script.
    pub id: u64,
    /// How.
    pub how: How,
    /// The command that decided it, from 0; the number of commands when all ended well.
    pub command: u32,
    /// User and system time of all processes that ended in this script, in milliseconds.
    pub cpu: u64,
    /// Largest resident set of one of them, in bytes.
    pub memory: u64,
    /// Length of the standard output's log file now.
    pub stdout: u64,
    /// Length of the standard error's log file now.
    pub stderr: u64,
}

/// The way a script ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// Every command ended well, or its failure was ignored.
    Done,
    /// A command ended with this code, which is not 0.
    Exit(i32),
    /// A command was ended by this signal, which the spawner did not send.
    Signal(i32),
    /// A command could not be started.
    CannotStart {
        /// The program, and why; for people.
        why: String,
        /// The system's error number, if it was the system that refused.
        errno: Option<i32>,
    },
    /// The walltime was over.
    Walltime,
    /// The memory limit was exceeded, or the system killed a process for want of memory.
    OutOfMemory {
        /// Most memory seen in use, in bytes.
        used: u64,
        /// Whether the declared limit was exceeded, rather than what the machine has.
        limit: bool,
    },
    /// The owner asked for it.
    Killed,
}
