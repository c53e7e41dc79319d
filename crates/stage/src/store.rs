//! The store of a state directory: outputs under the numbers of their makers, until their last reader is done.

use crate::error::StageError;
use crate::name::rename;
use crate::remove::remove_tree;
use crate::usage::usage;
use pelago_job::{Bytes, FileRef, GroupNo, JobId, TaskRef};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files under `store/JOB/GROUP/INDEX÷1000/INDEX.OUTPUT`, so that no directory gets too long.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store of a state directory.
    pub fn new(state: &Path) -> Self {
        Self { root: state.join("store") }
    }

    /// Where a file is, once it was collected.
    pub fn path_of(&self, file: FileRef) -> PathBuf {
        let TaskRef { job, group, index } = file.task;
        self.root
            .join(job.0.to_string())
            .join(group.0.to_string())
            .join((index / 1000).to_string())
            .join(format!("{index}.{}", file.output))
    }

    /// Gives a file its place, by rename. Doing it again changes nothing. A version that is there already is replaced.
    pub fn collect(&self, from: &Path, file: FileRef) -> Result<PathBuf, StageError> {
        let to = self.path_of(file);
        let failed = |why| StageError::system("cannot collect", from, why);
        for _ in 0..100 {
            match rename(from, &to) {
                Ok(()) => return Ok(to),
                // It was done before.
                Err(why) if why.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(from).is_err() => {
                    return if fs::symlink_metadata(&to).is_ok() { Ok(to) } else { Err(failed(why)) };
                }
                // A directory in the place of a file, or one that is not empty.
                Err(why)
                    if matches!(
                        why.kind(),
                        io::ErrorKind::DirectoryNotEmpty
                            | io::ErrorKind::IsADirectory
                            | io::ErrorKind::NotADirectory
                            | io::ErrorKind::AlreadyExists
                    ) =>
                {
                    remove_tree(&to).map_err(|why| StageError::system("cannot replace", &to, why))?;
                }
                Err(why) => return Err(failed(why)),
            }
        }
        Err(failed(io::ErrorKind::ResourceBusy.into()))
    }

    /// Removes a file, if it is there, and the directories that it leaves empty. Gives the bytes that are free now.
    pub fn delete(&self, file: FileRef) -> Result<Bytes, StageError> {
        let path = self.path_of(file);
        let freed = usage(&path);
        remove_tree(&path).map_err(|why| StageError::system("cannot remove", &path, why))?;
        self.prune(&path);
        Ok(freed)
    }

    /// Removes the directories above a path that hold nothing any more.
    pub fn prune(&self, path: &Path) {
        for directory in path.ancestors().skip(1).take_while(|above| *above != self.root) {
            if fs::remove_dir(directory).is_err() {
                break;
            }
        }
    }

    /// All files, by their names, with the bytes they take.
    pub fn list(&self) -> Result<Vec<(FileRef, Bytes)>, StageError> {
        let mut found = Vec::new();
        for (job, path) in numbered(&self.root)? {
            for (group, path) in numbered(&path)? {
                for (_, path) in numbered(&path)? {
                    for entry in entries(&path)? {
                        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
                        let Some((index, output)) = name.split_once('.') else { continue };
                        let (Ok(job), Ok(group)) = (u32::try_from(job), u16::try_from(group)) else { continue };
                        let (Ok(index), Ok(output)) = (index.parse(), output.parse()) else { continue };
                        let task = TaskRef { job: JobId(job), group: GroupNo(group), index };
                        found.push((FileRef { task, output }, usage(&entry)));
                    }
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

fn numbered(path: &Path) -> Result<Vec<(u64, PathBuf)>, StageError> {
    let number = |path: PathBuf| Some((path.file_name()?.to_str()?.parse().ok()?, path));
    Ok(entries(path)?.into_iter().filter_map(number).collect())
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, StageError> {
    match fs::read_dir(path) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(why) if matches!(why.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(why) => Err(StageError::system("cannot read", path, why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collecting_may_be_repeated() {
        let temporary = tempfile::tempdir().unwrap();
        let top = temporary.path();
        let store = Store::new(top);
        let file = |index, output| FileRef { task: TaskRef { job: JobId(3), group: GroupNo(1), index }, output };
        fs::write(top.join("out"), "one").unwrap();
        let path = store.collect(&top.join("out"), file(12_345, 2)).unwrap();
        assert_eq!(path, top.join("store/3/1/12/12345.2"));
        assert_eq!(store.collect(&top.join("out"), file(12_345, 2)).unwrap(), path);
        assert!(matches!(store.collect(&top.join("out"), file(1, 0)), Err(StageError::Missing { .. })));
        // A new version, even of another kind, takes the place.
        fs::create_dir(top.join("out")).unwrap();
        fs::write(top.join("out/x"), "two").unwrap();
        store.collect(&top.join("out"), file(12_345, 2)).unwrap();
        fs::create_dir(top.join("out")).unwrap();
        fs::write(top.join("out/y"), "three").unwrap();
        store.collect(&top.join("out"), file(12_345, 2)).unwrap();
        assert_eq!(fs::read_to_string(path.join("y")).unwrap(), "three");
        fs::write(top.join("store/3/1/12/noise"), "").unwrap();
        let listed = store.list().unwrap();
        assert_eq!(listed.iter().map(|(file, _)| *file).collect::<Vec<_>>(), [file(12_345, 2)]);
        fs::remove_file(top.join("store/3/1/12/noise")).unwrap();
        assert_eq!(store.delete(file(12_345, 2)).unwrap(), listed[0].1);
        assert_eq!(store.delete(file(12_345, 2)).unwrap(), Bytes(0));
        assert!(!top.join("store/3").exists() && top.join("store").exists());
    }
}
