//! From the steps of an order to the commands of a spawner: where streams go and what a failure does.

use pelago_job::{OnError, Resource, Stream};
use pelago_launch::{Command, Input, Program, Rlimit, Sink};
use pelago_stage::{PathRefused, SafePath};
use pelago_wire::order::OrderSetting;
use std::path::{Path, PathBuf};

/// What `redirect` and `onerror` steps have set for the commands after them.
#[derive(Default)]
pub(crate) struct Settings {
    stdout: Option<Target>,
    stderr: Option<Target>,
    ignore: bool,
    after_failure: bool,
    skip: Option<i32>,
    variables: Vec<(String, Option<String>)>,
    input: Option<PathBuf>,
    directory: Option<PathBuf>,
    success: Vec<i32>,
    limits: Vec<(Rlimit, u64)>,
}

enum Target {
    Null,
    /// A path in the working directory, or, where a task runs in a directory that is not its own, an absolute one.
    File {
        path: PathBuf,
        append: bool,
    },
}

impl Settings {
    /// A `redirect` step.
    pub(crate) fn redirect(
        &mut self,
        stream: Stream,
        target: Option<&(String, bool)>,
        in_place: bool,
    ) -> Result<(), PathRefused> {
        let target = match target {
            None => None,
            Some((path, _)) if path == "/dev/null" => Some(Target::Null),
            Some((path, append)) => Some(Target::File { path: inside(path, in_place)?, append: *append }),
        };
        match stream {
            Stream::Out => self.stdout = target,
            Stream::Err => self.stderr = target,
        }
        Ok(())
    }

    /// An `onerror` step.
    pub(crate) fn on_error(&mut self, on_error: OnError) {
        self.ignore = on_error == OnError::Ignore;
    }

    /// A setting for later commands.
    pub(crate) fn set(&mut self, setting: &OrderSetting, in_place: bool) -> Result<(), PathRefused> {
        match setting {
            OrderSetting::Variable(name, value) => self.variables.push((name.clone(), value.clone())),
            OrderSetting::Input(None) => self.input = None,
            OrderSetting::Input(Some(path)) => self.input = Some(inside(path, in_place)?),
            // A directory is only entered: what a command may do it may do anywhere.
            OrderSetting::Directory(path) => self.directory = path.as_ref().map(PathBuf::from),
            OrderSetting::Success(codes) => self.success.clone_from(codes),
            OrderSetting::Limit(of, most) => self.limits.push((rlimit(*of), *most)),
            OrderSetting::AfterFailure(on) => self.after_failure = *on,
            OrderSetting::Skip(code) => self.skip = *code,
        }
        Ok(())
    }

    /// Whether a failing step is passed over.
    pub(crate) fn ignores(&self) -> bool {
        self.ignore
    }

    /// Whether steps are done also when the task's commands have failed.
    pub(crate) fn after_failure(&self) -> bool {
        self.after_failure
    }

    /// The exit code with which a command ends the task well.
    pub(crate) fn skip(&self) -> Option<i32> {
        self.skip
    }

    /// A command with these settings. A file that is not appended to is emptied for the first command only.
    pub(crate) fn command(&mut self, program: Program, cwd: &Path, work: &Path) -> Command {
        let stdin = self.input.as_ref().map(|path| {
            let (directory, path) = beneath(work, path);
            Input { directory, path }
        });
        Command {
            program,
            cwd: self.directory.as_ref().map_or_else(|| cwd.to_path_buf(), |directory| cwd.join(directory)),
            env: self.variables.clone(),
            stdin,
            success: self.success.clone(),
            limits: self.limits.clone(),
            stdout: sink(&mut self.stdout, work),
            stderr: sink(&mut self.stderr, work),
            ignore_failure: self.ignore,
        }
    }
}

fn sink(target: &mut Option<Target>, work: &Path) -> Option<Sink> {
    match target.as_mut()? {
        Target::Null => Some(Sink::Null),
        Target::File { path, append } => {
            let (directory, path) = beneath(work, path);
            let sink = Sink::Beneath { directory, path, append: *append };
            *append = true;
            Some(sink)
        }
    }
}

/// A path in the working directory. A task that runs in a directory which is not its own may name any path.
fn inside(path: &str, in_place: bool) -> Result<PathBuf, PathRefused> {
    match in_place && path.starts_with('/') {
        true => Ok(PathBuf::from(path)),
        false => Ok(SafePath::new(path)?.as_path().to_path_buf()),
    }
}

/// The directory that a path is looked up in, and the path from there.
fn beneath(work: &Path, path: &Path) -> (PathBuf, PathBuf) {
    match (path.is_absolute(), path.parent(), path.file_name()) {
        (true, Some(parent), Some(name)) => (parent.to_path_buf(), PathBuf::from(name)),
        _ => (work.to_path_buf(), path.to_path_buf()),
    }
}

fn rlimit(of: Resource) -> Rlimit {
    match of {
        Resource::CpuTime => Rlimit::Cpu,
        Resource::FileSize => Rlimit::Fsize,
        Resource::CoreDump => Rlimit::Core,
        Resource::DataSegment => Rlimit::Data,
        Resource::LockedMemory => Rlimit::Memlock,
        Resource::OpenFiles => Rlimit::Nofile,
        Resource::Stack => Rlimit::Stack,
        Resource::Processes => Rlimit::Nproc,
        Resource::VirtualMemory => Rlimit::AddressSpace,
    }
}
