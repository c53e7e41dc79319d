//! From the steps of an order to the commands of a spawner: where streams go and what a failure does.

use pelago_job::{OnError, Stream};
use pelago_launch::{Command, Program, Sink};
use pelago_stage::{PathRefused, SafePath};
use std::path::{Path, PathBuf};

/// What `redirect` and `onerror` steps have set for the commands after them.
#[derive(Default)]
pub(crate) struct Settings {
    stdout: Option<Target>,
    stderr: Option<Target>,
    ignore: bool,
}

enum Target {
    Null,
    File { path: PathBuf, append: bool },
}

impl Settings {
    /// A `redirect` step.
    pub(crate) fn redirect(&mut self, stream: Stream, target: Option<&(String, bool)>) -> Result<(), PathRefused> {
        let target = match target {
            None => None,
            Some((path, _)) if path == "/dev/null" => Some(Target::Null),
            Some((path, append)) => {
                Some(Target::File { path: SafePath::new(path)?.as_path().to_path_buf(), append: *append })
            }
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

    /// Whether a failing step is passed over.
    pub(crate) fn ignores(&self) -> bool {
        self.ignore
    }

    /// A command with these settings. A file that is not appended to is emptied for the first command only.
    pub(crate) fn command(&mut self, program: Program, cwd: &Path, work: &Path) -> Command {
        Command {
            program,
            cwd: cwd.to_path_buf(),
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
            let sink = Sink::Beneath { directory: work.to_path_buf(), path: path.clone(), append: *append };
            *append = true;
            Some(sink)
        }
    }
}
