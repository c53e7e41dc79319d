//! The steps that move files: copies between the experiment directory and the working directory, and substitution.

use crate::attempt::{Attempt, cause, failed};
use crate::substitute::substitute;
use pelago_job::{Cause, Failure};
use pelago_stage::{Directory, SafePath, StageError, expand_glob, is_glob, place};
use pelago_wire::order::OrderStep;
use rustix::fs::{Mode, OFlags};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A larger file is not a text with placeholders.
const LARGEST: u64 = 64 << 20;

impl Attempt<'_> {
    /// One step that moves files.
    pub(crate) fn transfer(&mut self, step: &OrderStep, number: u16) -> Result<(), Failure> {
        match step {
            OrderStep::CopyIn { from, to, dynamic } => {
                let (from, to) = self.paths(&from.to_string_lossy(), to, *dynamic, number)?;
                self.copy_in(&from, &to).map_err(failed)
            }
            OrderStep::CopyWithin { from, to, dynamic } => {
                let (from, to) = self.paths(from, to, *dynamic, number)?;
                self.copy_within(&from, &to).map_err(failed)
            }
            OrderStep::CopyHome { from, to, dynamic } => {
                let (from, to) = self.paths(from, to, *dynamic, number)?;
                let last = !self.more_commands(number);
                self.copy_home(&from, &to, last).map_err(failed)
            }
            OrderStep::CopyOut { from, to } => {
                let last = !self.more_commands(number);
                self.copy_out(from, to, last).map_err(failed)
            }
            OrderStep::Substitute { source, target, values } => self.substitute(source, target, values).map_err(failed),
            _ => Ok(()),
        }
    }

    fn paths(&mut self, from: &str, to: &str, dynamic: bool, number: u16) -> Result<(String, String), Failure> {
        if !dynamic {
            return Ok((from.to_string(), to.to_string()));
        }
        let from = self.expand(from, false)?;
        let end = !self.more_commands(number);
        Ok((from, self.expand(to, end)?))
    }

    fn copy_in(&self, from: &str, to: &str) -> Result<(), Cause> {
        let missing = |why| cause(why, from, Cause::InputMissing);
        let literal = self.order.root.join(from);
        let sources = if is_glob(from) && fs::symlink_metadata(&literal).is_err() {
            let (top, pattern) = match from.strip_prefix('/') {
                Some(pattern) => (Path::new("/"), pattern),
                None => (self.order.root.as_path(), from),
            };
            let found = expand_glob(top, pattern).map_err(missing)?;
            found.into_iter().map(|path| top.join(path.as_path())).collect()
        } else {
            vec![literal]
        };
        self.put(from, &sources, to, Cause::InputMissing)
    }

    fn copy_within(&self, from: &str, to: &str) -> Result<(), Cause> {
        let sources = self.sources(from).map_err(|why| cause(why, from, Cause::OutputMissing))?;
        self.put(from, &sources, to, Cause::OutputMissing)
    }

    /// Copies into the working directory.
    fn put(&self, from: &str, sources: &[PathBuf], to: &str, missing: fn(String) -> Cause) -> Result<(), Cause> {
        if sources.is_empty() {
            return Err(missing(from.to_string()));
        }
        for source in sources {
            let failed = |why| cause(why, from, missing);
            let path = destination(&self.work, to, source, sources.len() > 1).map_err(failed)?;
            let parent = self.work.parent_of(&path, true);
            let parent = parent.map_err(|why| failed(self.work.explain("cannot make the directory of", &path, why)))?;
            place(source, &parent.path().join(path.name())).map_err(failed)?;
        }
        Ok(())
    }

    /// What a path or pattern of the working directory stands for, with links resolved. None of it lies outside.
    pub(crate) fn sources(&self, from: &str) -> Result<Vec<PathBuf>, StageError> {
        let literal = SafePath::new(from)?;
        let paths = if fs::symlink_metadata(self.work.path().join(literal.as_path())).is_ok() {
            vec![literal]
        } else {
            expand_glob(self.work.path(), from)?
        };
        paths.iter().map(|path| real(&self.work, path)).collect()
    }

    fn substitute(&self, source: &str, target: &str, values: &[(String, String)]) -> Result<(), Cause> {
        let missing = |why| cause(why, source, Cause::OutputMissing);
        let path = real(&self.work, &SafePath::new(source).map_err(|why| missing(why.into()))?).map_err(missing)?;
        let failed = |why| missing(StageError::system("cannot read", &path, why));
        let metadata = fs::metadata(&path).map_err(failed)?;
        if !metadata.is_file() || metadata.len() > LARGEST {
            return Err(Cause::Refused(format!("substitution in `{source}`: it is no file of at most 64 MiB")));
        }
        let mut text = Vec::new();
        File::open(&path).and_then(|file| file.take(LARGEST).read_to_end(&mut text)).map_err(failed)?;
        let text = substitute(&text, values);
        let failed = |why| cause(why, target, Cause::OutputMissing);
        let name = destination(&self.work, target, &path, false).map_err(failed)?;
        let parent = self.work.parent_of(&name, true);
        let parent = parent.map_err(|why| failed(self.work.explain("cannot make the directory of", &name, why)))?;
        let target = parent.path().join(name.name());
        let write = || {
            // Not through a link, and not into the source while it is the only copy: the text is in memory already.
            match fs::remove_file(&target) {
                Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(why),
                _ => {}
            }
            let mode = if metadata.mode() & 0o111 != 0 { 0o777 } else { 0o666 };
            File::options().write(true).create_new(true).mode(mode).open(&target)?.write_all(&text)
        };
        write().map_err(|why| failed(StageError::system("cannot write", &target, why)))
    }
}

/// The path itself, with links resolved, if it does not lead out of the directory.
pub(crate) fn real(directory: &Directory, path: &SafePath) -> Result<PathBuf, StageError> {
    let opened = directory.open_below(path, OFlags::PATH, Mode::empty());
    let opened = opened.map_err(|why| directory.explain("cannot open", path, why))?;
    let link = format!("/proc/self/fd/{}", opened.as_raw_fd());
    fs::read_link(&link).map_err(|why| StageError::system("cannot read", Path::new(&link), why))
}

/// Where a copy goes: `.`, an empty path, one that ends with `/`, a directory that is there (for a file), and any path
/// for several sources keep the source's last name.
pub(crate) fn destination(
    directory: &Directory,
    to: &str,
    source: &Path,
    several: bool,
) -> Result<SafePath, StageError> {
    let name = source.file_name().unwrap_or(OsStr::new("copy"));
    let top = to.is_empty() || to == "." || to == "./";
    let into = || {
        fs::symlink_metadata(directory.path().join(to)).is_ok_and(|m| m.is_dir())
            && !fs::metadata(source).is_ok_and(|m| m.is_dir())
    };
    Ok(match top {
        true => SafePath::new(name)?,
        false if to.ends_with('/') || several => SafePath::new(SafePath::new(to)?.as_path().join(name))?,
        false => {
            let path = SafePath::new(to)?;
            if into() { SafePath::new(path.as_path().join(name))? } else { path }
        }
    })
}
