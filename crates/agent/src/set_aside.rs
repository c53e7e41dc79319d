//! Files that a copy step sends to the experiment directory: set aside now, named there once the outcome is recorded.

use crate::attempt::{Attempt, cause};
use crate::transfer::destination;
use pelago_job::{Cause, Delivered};
use pelago_stage::{Directory, StageError, digest_of, place};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

impl Attempt<'_> {
    /// Sets aside what `from` stands for. `last`: no process of the task will run any more.
    pub(crate) fn copy_home(&mut self, from: &str, to: &str, last: bool) -> Result<(), Cause> {
        let missing = |why| cause(why, from, Cause::OutputMissing);
        let root = Directory::open(&self.order.root)
            .map_err(|why| missing(StageError::system("cannot open", &self.order.root, why)))?;
        self.put_aside(from, last, &|source, several| {
            let path = destination(&root, to, source, several).map_err(missing)?;
            Ok(path.as_path().to_path_buf())
        })
    }

    /// The same for an absolute path, which only those may name who speak for the user of this machine.
    pub(crate) fn copy_out(&mut self, from: &str, to: &str, last: bool) -> Result<(), Cause> {
        if !to.starts_with('/') {
            return Err(Cause::Refused(format!("`{to}` is no absolute path")));
        }
        self.put_aside(from, last, &|source, several| Ok(elsewhere(to, source, several)))
    }

    fn put_aside(
        &mut self,
        from: &str,
        last: bool,
        name: &dyn Fn(&Path, bool) -> Result<PathBuf, Cause>,
    ) -> Result<(), Cause> {
        let missing = |why| cause(why, from, Cause::OutputMissing);
        let sources = self.sources(from).map_err(missing)?;
        if sources.is_empty() {
            return Err(Cause::OutputMissing(from.to_string()));
        }
        let aside = self.aside("home")?;
        for source in &sources {
            let path = name(source, sources.len() > 1)?;
            let staged = self.home.len().to_string();
            let target = aside.join(&staged);
            take(source, &target, last).map_err(missing)?;
            let made = digest_of(&target).map_err(missing)?;
            let path = path.to_string_lossy().into_owned();
            self.home.push((Delivered { staged, path, made }, self.after_failure()));
        }
        Ok(())
    }
}

/// Where a copy to an absolute path goes: into a directory that is there or that the path says it is, else by that name.
fn elsewhere(to: &str, source: &Path, several: bool) -> PathBuf {
    let path = PathBuf::from(to);
    match source.file_name() {
        Some(name) if several || to.ends_with('/') || path.is_dir() && !source.is_dir() => path.join(name),
        _ => path,
    }
}

/// A second name is enough for a file that nothing will write to any more: our own steps replace files and never write
/// into them. A file that has other names already may be an input, which is somebody else's.
fn take(source: &Path, target: &Path, last: bool) -> Result<(), StageError> {
    let alone = fs::symlink_metadata(source).is_ok_and(|metadata| metadata.is_file() && metadata.nlink() == 1);
    if last && alone && fs::hard_link(source, target).is_ok() {
        return Ok(());
    }
    place(source, target)
}
