//! Starting one command.

use crate::open::{open_input, open_sink};
use crate::script::{self, Command, Program, Script, Sink};
use crate::searched;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Why a command could not be started.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) why: String,
    pub(crate) errno: Option<i32>,
}

/// Starts a command of a script; our own standard streams are the logs. It leads a process group of its own, so that `kill 0` in it does not reach its spawner.
///
/// Nothing here asks the standard library for more than `posix_spawn` can do, so no page tables are copied.
pub(crate) fn start(command: &Command, script: &Script) -> Result<Pid, Refused> {
    let shown = match &command.program {
        Program::Exec { program, search_path: false, .. } if !program.contains('/') => format!("./{program}"),
        Program::Exec { program, .. } => program.clone(),
        Program::Shell(_) => "/bin/sh".to_string(),
    };
    let found = match &command.program {
        // A task with a PATH of its own is searched for on that one, by the system.
        Program::Exec { search_path: true, .. } if script.env.iter().all(|(name, _)| name != "PATH") => {
            searched::find(&shown)
        }
        _ => None,
    };
    let mut process = std::process::Command::new(found.as_deref().unwrap_or(Path::new(&shown)));
    match &command.program {
        Program::Exec { argv, .. } => {
            let mut words = argv.iter();
            process.arg0(words.next().unwrap_or(&shown));
            process.args(words);
        }
        Program::Shell(line) => {
            process.arg("-c").arg(line);
        }
    }
    let stream = |sink: &Option<Sink>, name: &str| match sink {
        None => Ok(Stdio::inherit()),
        Some(sink) => open_sink(sink)
            .map(Stdio::from)
            .map_err(|why| refused(&format!("{}, to take its {name}", place(sink)), &why)),
    };
    let stdin = match &command.stdin {
        // Ours is /dev/null.
        None => Stdio::inherit(),
        Some(input) => open_input(input)
            .map(Stdio::from)
            .map_err(|why| refused(&format!("{}, to read it as standard input", input.path.display()), &why))?,
    };
    let stdout = stream(&command.stdout, "standard output")?;
    let stderr = stream(&command.stderr, "standard error")?;
    process
        .current_dir(&command.cwd)
        .envs(script.env.iter().map(|(name, value)| (name, value)))
        // What the owner's own says is another directory.
        .env("PWD", &command.cwd)
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0);
    for (name, value) in &command.env {
        match value {
            Some(value) => process.env(name, value),
            None => process.env_remove(name),
        };
    }
    limit(&mut process, command);
    match process.spawn() {
        // The handle may be dropped: the spawner collects by number, and the number is not given away before.
        Ok(child) => Pid::from_raw(child.id().cast_signed())
            .ok_or_else(|| Refused { why: format!("{shown}: no process id"), errno: None }),
        Err(why) => Err(explain(&shown, command, &why)),
    }
}

/// Limits are set by the new process for itself. Only where there are any: it takes a fork of the spawner, which is small.
fn limit(process: &mut std::process::Command, command: &Command) {
    if command.limits.is_empty() {
        return;
    }
    let limits: Vec<(Resource, Rlimit)> = command
        .limits
        .iter()
        .map(|(of, most)| {
            let resource = resource(*of);
            // What is allowed already cannot be raised again.
            let most = getrlimit(resource).maximum.map_or(*most, |maximum| maximum.min(*most));
            // The signal that says that the time is over comes before the one that ends it.
            let grace = if matches!(of, script::Rlimit::Cpu) { 5 } else { 0 };
            let last = most.saturating_add(grace);
            let last = getrlimit(resource).maximum.map_or(last, |maximum| maximum.min(last));
            (resource, Rlimit { current: Some(most), maximum: Some(last) })
        })
        .collect();
    #[expect(unsafe_code, reason = "a process limits itself between fork and exec, which only `pre_exec` can do")]
    // SAFETY: between fork and exec only `setrlimit` is called, which is a plain system call without any allocation.
    unsafe {
        process.pre_exec(move || {
            limits.iter().try_for_each(|(resource, limit)| setrlimit(*resource, *limit).map_err(io::Error::from))
        });
    }
}

fn resource(of: script::Rlimit) -> Resource {
    match of {
        script::Rlimit::Cpu => Resource::Cpu,
        script::Rlimit::Fsize => Resource::Fsize,
        script::Rlimit::Core => Resource::Core,
        script::Rlimit::Data => Resource::Data,
        script::Rlimit::Memlock => Resource::Memlock,
        script::Rlimit::Nofile => Resource::Nofile,
        script::Rlimit::Stack => Resource::Stack,
        script::Rlimit::Nproc => Resource::Nproc,
        script::Rlimit::AddressSpace => Resource::As,
    }
}

fn place(sink: &Sink) -> String {
    match sink {
        Sink::Null => "/dev/null".to_string(),
        Sink::File(path) | Sink::Beneath { path, .. } => path.display().to_string(),
    }
}

fn refused(what: &str, why: &io::Error) -> Refused {
    let text = match why.raw_os_error() {
        Some(libc::EXDEV) => "its path leads out of the directory".to_string(),
        Some(libc::ENXIO) => "nobody reads from that pipe".to_string(),
        _ => text(why),
    };
    Refused { why: format!("cannot open {what}: {text}"), errno: why.raw_os_error() }
}

/// The system's reason, with what a person would look at next.
fn explain(shown: &str, command: &Command, why: &io::Error) -> Refused {
    let searched = matches!(&command.program, Program::Exec { search_path: true, .. }) && !shown.contains('/');
    let path: PathBuf = command.cwd.join(shown);
    let reason = match why.raw_os_error() {
        Some(libc::ENOENT | libc::ENOTDIR) if !command.cwd.is_dir() => {
            format!("its working directory {} is not there", command.cwd.display())
        }
        Some(libc::ENOENT) if searched => "no such program in any directory of PATH".to_string(),
        Some(libc::ENOENT) if path.exists() => match interpreter(&path) {
            Some(name) => format!("its interpreter `{name}` is not there"),
            None => "it was built for a loader that is not here".to_string(),
        },
        Some(libc::ENOENT) => {
            format!("no such file; it is looked for in {}, and comes there as an input", command.cwd.display())
        }
        Some(libc::EACCES) if path.is_dir() => "it is a directory".to_string(),
        Some(libc::EACCES) if path.metadata().is_ok_and(|m| m.permissions().mode() & 0o111 == 0) => {
            "the file is not executable; `chmod +x` makes it so".to_string()
        }
        Some(libc::ENOEXEC) => {
            "not a program that this machine can run; a script begins with a line such as #!/bin/sh".to_string()
        }
        Some(libc::E2BIG) => "its arguments and variables are longer than the system allows".to_string(),
        None if why.kind() == io::ErrorKind::InvalidInput => "an argument contains a zero byte".to_string(),
        _ => text(why),
    };
    Refused { why: format!("{shown}: {reason}"), errno: why.raw_os_error() }
}

/// What the first line of a script names.
fn interpreter(path: &Path) -> Option<String> {
    use std::io::Read;
    let mut head = Vec::new();
    std::fs::File::open(path).ok()?.take(256).read_to_end(&mut head).ok()?;
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    Some(String::from_utf8_lossy(line).split_whitespace().next()?.to_string())
}

/// The error without Rust's `(os error 2)`.
fn text(why: &io::Error) -> String {
    let full = why.to_string();
    let cut = full.find(" (os error").unwrap_or(full.len());
    full.get(..cut).unwrap_or(&full).to_lowercase()
}
