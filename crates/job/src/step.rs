//! The steps of a task: what a planfile calls commands.

use crate::Template;
use serde::{Deserialize, Serialize};

/// Where a path lives or a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// The task's working directory (`node:`).
    Node,
    /// The experiment directory (`root:`).
    Root,
    /// As a copy's destination only: keep the file in the store of the site where it is (`local`).
    Local,
    /// As a copy's destination only: an absolute path anywhere on this machine, which the user named.
    Machine,
}

/// A stream that `redirect` can send elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What a failing command does to its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OnError {
    /// The task ends, failed.
    Fail,
    /// The next command runs.
    Ignore,
}

/// One command of a task. Steps run in order; each is a process of its own where it is one at all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Step {
    /// `exec`, `lexec`, `lpexec`, and the command of a bare run: one program with its arguments, no shell.
    Exec {
        /// The program as written; a literal.
        program: Template,
        /// All of `argv`, `argv[0]` included.
        argv: Vec<Template>,
        /// Whether `PATH` is searched for a program without a slash.
        search_path: bool,
        /// Where it runs.
        at: Place,
    },
    /// `shexec`, `execute`, `node:execute`: one line for `/bin/sh -c`.
    Shell {
        /// The line. Names in it that are no parameters are the shell's.
        line: Template,
        /// Where it runs.
        at: Place,
    },
    /// `copy`: from one side to others. A source in the experiment directory also stands among the group's inputs.
    Copy {
        /// Side of the source: `Node` or `Root`.
        from: Place,
        /// The source; on the node side it may hold `*`, `?` and `[…]`.
        source: Template,
        /// Sides and paths of the destinations; an empty path means the source's last name.
        to: Vec<(Place, Template)>,
        /// Whether source or destination contain shell text (backticks, unknown `$names`) that is expanded at run time.
        dynamic: bool,
    },
    /// `substitute`: copies a file of the working directory, replacing `${param}` by its value.
    Substitute {
        /// The file with placeholders.
        source: Template,
        /// The file to write.
        target: Template,
    },
    /// `redirect`: where a stream of the commands that follow goes; no target gives it back to the task's log.
    Redirect {
        /// Which stream.
        stream: Stream,
        /// The file, and whether it is appended to.
        target: Option<(Template, bool)>,
    },
    /// `onerror`: for the commands that follow.
    OnError(OnError),
    /// What holds for the commands that follow, beside streams and failures.
    Set(Setting),
    /// The task runs in this directory instead of an empty one of its own: it sees what is there and leaves what it
    /// makes. Relative to the experiment directory; empty means that directory itself. Stands first, at most once.
    Within(Template),
}

/// What is set for the commands that follow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Setting {
    /// A variable and its value; none takes the variable away.
    Variable {
        /// Its name.
        name: Template,
        /// Its value.
        value: Option<Template>,
    },
    /// The file that standard input comes from, in the working directory; none means that there is nothing to read.
    Input(Option<Template>),
    /// The directory that they run in, below the working directory or absolute; none means the working directory.
    Directory(Option<Template>),
    /// The exit codes that count as success, in place of 0.
    Success(Vec<i32>),
    /// The most that each process may use of a resource.
    Limit {
        /// The resource.
        of: Resource,
        /// How much, in the resource's unit.
        most: u64,
    },
    /// Whether the steps that follow are done also when the task's own commands have failed. Then the task has failed
    /// anyhow, and what goes wrong with them is passed over.
    AfterFailure(bool),
    /// The exit code with which one of the commands that follow ends the task well at once, with nothing after it.
    Skip(Option<i32>),
}

/// What the system limits for a process (POSIX `setrlimit`), with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Resource {
    /// Processor time, seconds.
    CpuTime,
    /// Size of a file that it writes, bytes.
    FileSize,
    /// Size of a core dump, bytes.
    CoreDump,
    /// Data segment, bytes.
    DataSegment,
    /// Locked memory, bytes.
    LockedMemory,
    /// Open files.
    OpenFiles,
    /// Stack, bytes.
    Stack,
    /// Processes and threads of the user.
    Processes,
    /// Virtual memory, bytes.
    VirtualMemory,
}

impl Resource {
    /// What people call it, with its unit.
    pub fn words(self) -> &'static str {
        match self {
            Resource::CpuTime => "seconds of processor time",
            Resource::FileSize => "bytes in a file",
            Resource::CoreDump => "bytes of core dump",
            Resource::DataSegment => "bytes of data segment",
            Resource::LockedMemory => "bytes of locked memory",
            Resource::OpenFiles => "open files",
            Resource::Stack => "bytes of stack",
            Resource::Processes => "processes",
            Resource::VirtualMemory => "bytes of virtual memory",
        }
    }
}
