//! Starting one command.

use crate::environment;
use crate::open::{open_input, open_sink};
use crate::script::{self, Command, Program, Script, Sink};
use crate::searched;
use crate::spawn::{Process, Running, Step};
use rustix::process::{Resource, Rlimit, getrlimit};
use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Why a command could not be started.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) why: String,
    pub(crate) errno: Option<i32>,
}

/// Starts a command of a script; our own standard streams are the logs. It leads a process group of its own, so that
/// `kill 0` in it does not reach its spawner.
pub(crate) fn start(command: &Command, script: &Script) -> Result<Running, Refused> {
    let (shown, argv) = match &command.program {
        Program::Exec { program, argv, search_path } => {
            let shown = if *search_path || program.contains('/') { program.clone() } else { format!("./{program}") };
            let mut argv = argv.clone();
            if argv.is_empty() {
                argv.push(shown.clone());
            }
            (shown, argv)
        }
        Program::Shell(line) => ("/bin/sh".to_string(), vec!["/bin/sh".to_string(), "-c".to_string(), line.clone()]),
    };
    let open = |sink: &Option<Sink>, name: &str| match sink {
        None => Ok(None),
        Some(sink) => {
            open_sink(sink).map(Some).map_err(|why| refused(&format!("{}, to take its {name}", place(sink)), &why))
        }
    };
    let stdin = match &command.stdin {
        // Ours is /dev/null.
        None => None,
        Some(input) => Some(
            open_input(input)
                .map_err(|why| refused(&format!("{}, to read it as standard input", input.path.display()), &why))?,
        ),
    };
    let streams = [stdin, open(&command.stdout, "standard output")?, open(&command.stderr, "standard error")?];
    let zero = |_| Refused { why: format!("{shown}: an argument contains a zero byte"), errno: None };
    let argv: Vec<CString> = argv.into_iter().map(CString::new).collect::<Result<_, _>>().map_err(zero)?;
    let directory = CString::new(command.cwd.as_os_str().as_bytes()).map_err(zero)?;
    let changes = environment::changes(command, script);
    let own: Vec<CString> = environment::set(&changes).map_err(zero)?;
    let limits: Vec<(Resource, Rlimit)> = command.limits.iter().map(|(of, most)| limit(*of, *most)).collect();
    environment::INHERITED.with(|inherited| {
        let kept = inherited.iter().filter(|variable| !changes.contains_key(variable.name()));
        let environment: Vec<&CStr> = kept.map(|variable| variable.text()).chain(own.iter().map(|v| &**v)).collect();
        let run = |program: &Path| {
            let program = CString::new(program.as_os_str().as_bytes())
                .map_err(|why| (Step::Exec, io::Error::new(io::ErrorKind::InvalidInput, why)))?;
            let process = Process {
                program: &program,
                argv: &argv,
                environment: &environment,
                directory: &directory,
                streams: [0, 1, 2].map(|stream: usize| streams[stream].as_ref().map(|file| file.as_raw_fd())),
                limits: &limits,
            };
            process.spawn()
        };
        let searches = matches!(&command.program, Program::Exec { search_path: true, .. }) && !shown.contains('/');
        let started = if searches {
            let path = environment.iter().find_map(|variable| variable.to_bytes().strip_prefix(b"PATH="));
            searched::run(&shown, path.map(OsStr::from_bytes), &command.cwd, run)
        } else {
            run(Path::new(&shown))
        };
        started.map_err(|(step, why)| explain(&shown, command, step, &why))
    })
}

/// A limit as the system takes it.
fn limit(of: script::Rlimit, most: u64) -> (Resource, Rlimit) {
    let resource = resource(of);
    // What is allowed already cannot be raised again.
    let allowed = |most: u64| getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most));
    // The signal that says that the time is over comes before the one that ends it.
    let grace = if matches!(of, script::Rlimit::Cpu) { 5 } else { 0 };
    let (soft, hard) = (allowed(most), allowed(most.saturating_add(grace)));
    (resource, Rlimit { current: Some(soft), maximum: Some(hard) })
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
fn explain(shown: &str, command: &Command, step: Step, why: &io::Error) -> Refused {
    let searched = matches!(&command.program, Program::Exec { search_path: true, .. }) && !shown.contains('/');
    let path: PathBuf = command.cwd.join(shown);
    let reason = match why.raw_os_error() {
        _ if step == Step::Clone => format!("no process can be made: {}", text(why)),
        _ if step == Step::Limit => format!("its limits cannot be set: {}", text(why)),
        Some(libc::ENOENT | libc::ENOTDIR) if step == Step::Directory => {
            format!("its working directory {} is not there", command.cwd.display())
        }
        _ if step == Step::Directory => format!("its working directory {}: {}", command.cwd.display(), text(why)),
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
