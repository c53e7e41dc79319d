//! Bringing a result home: under its name whole or not at all, and never over something that is not ours.

use crate::copy::place;
use crate::digest::digest_of;
use crate::error::StageError;
use crate::path::{Directory, SafePath};
use crate::remove::remove_tree;
use pelago_job::{Digest, Made};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What a delivery did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where the file is now.
    pub path: PathBuf,
    /// Whether it was there already, with the same content.
    pub unchanged: bool,
    /// Where something unknown that stood there was moved.
    pub moved_aside: Option<PathBuf>,
}

/// Gives a file its place below the experiment directory. With `keep` the source stays; else it is moved.
///
/// What stands there is replaced if its digest is among `earlier` (what was delivered there before); something else, such
/// as a file that a person has edited, is moved to `NAME~` (`NAME~2`, …). Doing it again changes nothing, even when the
/// first time ended half-way: content comes under a temporary name, is synced, and takes its name by rename.
pub fn deliver(
    source: &Path,
    keep: bool,
    root: &Path,
    path: &SafePath,
    made: &Made,
    earlier: &[Digest],
) -> Result<Delivery, StageError> {
    let home = Directory::open(root).map_err(|why| StageError::system("cannot open", root, why))?;
    let parent = home.parent_of(path, true).map_err(|why| home.explain("cannot make the directory of", path, why))?;
    let target = parent.path().join(path.name());
    let mut delivery = Delivery { path: target.clone(), unchanged: false, moved_aside: None };
    let mut replaces = false;
    match fs::symlink_metadata(&target) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => {}
        Err(why) => return Err(StageError::system("cannot look at", &target, why)),
        // What cannot be read as a file or directory is certainly not ours.
        Ok(_) => match digest_of(&target).map(|found| found.digest) {
            Ok(found) if found == made.digest => delivery.unchanged = true,
            Ok(found) if earlier.contains(&found) => replaces = true,
            _ => delivery.moved_aside = Some(move_aside(&target)?),
        },
    }
    if !delivery.unchanged {
        bring(source, keep, &parent, path, &target, replaces)?;
    } else if !keep {
        remove_tree(source).map_err(|why| StageError::system("cannot remove", source, why))?;
    }
    // Said again even if nothing changed: the first time may have ended before this.
    sync(parent.path())?;
    Ok(delivery)
}

fn bring(
    source: &Path,
    keep: bool,
    parent: &Directory,
    path: &SafePath,
    target: &Path,
    replaces: bool,
) -> Result<(), StageError> {
    let failed = |why| StageError::system("cannot write", target, why);
    let put = |from: &Path| -> Result<(), io::Error> {
        match fs::rename(from, target) {
            // A directory takes no other's place unless that is empty.
            Err(why)
                if replaces && why.kind() != io::ErrorKind::CrossesDevices && fs::symlink_metadata(from).is_ok() =>
            {
                remove_tree(target)?;
                fs::rename(from, target)
            }
            other => other,
        }
    };
    if !keep {
        sync_tree(source)?;
        match put(source) {
            Ok(()) => return Ok(()),
            Err(why) if why.kind() == io::ErrorKind::CrossesDevices => {}
            Err(why) => return Err(failed(why)),
        }
    }
    let mut name = OsString::from(".");
    name.push(path.name());
    name.push(".pelago-tmp");
    let temporary = parent.path().join(name);
    remove_tree(&temporary).map_err(failed)?;
    let copied =
        place(source, &temporary).and_then(|()| sync_tree(&temporary)).and_then(|()| put(&temporary).map_err(failed));
    if let Err(why) = copied {
        // On a full disk half a copy is worse than none.
        let _ = remove_tree(&temporary);
        return Err(why);
    }
    if !keep {
        remove_tree(source).map_err(|why| StageError::system("cannot remove", source, why))?;
    }
    Ok(())
}

fn move_aside(target: &Path) -> Result<PathBuf, StageError> {
    for number in 1..10_000 {
        let mut name = target.file_name().unwrap_or_default().to_os_string();
        name.push(if number == 1 { "~".to_string() } else { format!("~{number}") });
        let aside = target.with_file_name(name);
        if fs::symlink_metadata(&aside).is_err() {
            fs::rename(target, &aside).map_err(|why| StageError::system("cannot move aside", target, why))?;
            return Ok(aside);
        }
    }
    let why = "has ten thousand older versions beside it; remove some".to_string();
    Err(StageError::Missing { path: target.to_path_buf(), why })
}

/// Waits until a file, or a directory and all that is in it, is on the disk.
fn sync_tree(path: &Path) -> Result<(), StageError> {
    let mut open = vec![path.to_path_buf()];
    while let Some(path) = open.pop() {
        let failed = |why| StageError::system("cannot sync", &path, why);
        let metadata = fs::symlink_metadata(&path).map_err(failed)?;
        if metadata.is_dir() {
            let entries = fs::read_dir(&path).map_err(failed)?;
            open.extend(entries.flatten().map(|entry| entry.path()));
        }
        if metadata.is_dir() || metadata.is_file() {
            sync(&path)?;
        }
    }
    Ok(())
}

/// Waits until a file, or the names in a directory, are on the disk.
fn sync(path: &Path) -> Result<(), StageError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|why| StageError::system("cannot sync", path, why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    struct Place {
        _temporary: tempfile::TempDir,
        root: PathBuf,
        source: PathBuf,
    }

    impl Place {
        fn new() -> Self {
            let temporary = tempfile::tempdir().unwrap();
            let (root, source) = (temporary.path().join("root"), temporary.path().join("source"));
            fs::create_dir(&root).unwrap();
            Self { _temporary: temporary, root, source }
        }

        fn bring(&self, content: &str, path: &str, keep: bool, earlier: &[&str]) -> Result<Delivery, StageError> {
            fs::write(&self.source, content).unwrap();
            let made = digest_of(&self.source).unwrap();
            let earlier: Vec<Digest> = earlier.iter().map(|text| Digest::of(text.as_bytes())).collect();
            deliver(&self.source, keep, &self.root, &SafePath::new(path)?, &made, &earlier)
        }

        fn read(&self, path: &str) -> String {
            fs::read_to_string(self.root.join(path)).unwrap()
        }
    }

    #[test]
    fn what_is_not_ours_is_moved_aside() {
        let place = Place::new();
        assert_eq!(place.bring("one", "sub/r", false, &[]).unwrap().moved_aside, None);
        assert!(!place.source.exists());
        assert!(place.bring("one", "sub/r", true, &[]).unwrap().unchanged);
        assert!(place.source.exists());
        // Ours: replaced. A person's: kept.
        assert_eq!(place.bring("two", "sub/r", true, &["one"]).unwrap().moved_aside, None);
        fs::write(place.root.join("sub/r"), "edited").unwrap();
        let aside = place.bring("three", "sub/r", false, &["one", "two"]).unwrap().moved_aside;
        assert_eq!(aside, Some(place.root.join("sub/r~")));
        fs::write(place.root.join("sub/r"), "edited again").unwrap();
        place.bring("four", "sub/r", false, &["three"]).unwrap();
        assert_eq!((place.read("sub/r"), place.read("sub/r~"), place.read("sub/r~2")), {
            ("four".into(), "edited".into(), "edited again".into())
        });
    }

    #[test]
    fn it_may_be_repeated_after_any_interruption() {
        let place = Place::new();
        fs::write(place.root.join(".r.pelago-tmp"), "hal").unwrap();
        place.bring("half", "r", true, &[]).unwrap();
        assert_eq!(place.read("r"), "half");
        assert!(!place.root.join(".r.pelago-tmp").exists());
        let made = digest_of(&place.source).unwrap();
        fs::remove_file(&place.source).unwrap();
        let path = SafePath::new("r").unwrap();
        assert!(deliver(&place.source, false, &place.root, &path, &made, &[]).unwrap().unchanged);
        fs::remove_file(place.root.join("r")).unwrap();
        assert!(matches!(
            deliver(&place.source, false, &place.root, &path, &made, &[]),
            Err(StageError::Missing { .. })
        ));
    }

    #[test]
    fn links_are_replaced_or_refused_but_not_written_through() {
        let place = Place::new();
        let victim = place.source.with_file_name("victim");
        fs::write(&victim, "whole").unwrap();
        symlink(&victim, place.root.join("r")).unwrap();
        let delivery = place.bring("result", "r", false, &[]).unwrap();
        assert_eq!(delivery.moved_aside, Some(place.root.join("r~")));
        symlink(victim.parent().unwrap(), place.root.join("away")).unwrap();
        assert!(matches!(place.bring("result", "away/victim", false, &[]), Err(StageError::Refused(_))));
        assert_eq!(fs::read_to_string(&victim).unwrap(), "whole");
    }

    #[test]
    fn directories_come_whole() {
        let place = Place::new();
        let path = SafePath::new("d").unwrap();
        let mut earlier = Vec::new();
        for content in ["a", "b"] {
            fs::create_dir(&place.source).unwrap();
            fs::write(place.source.join(content), content).unwrap();
            let made = digest_of(&place.source).unwrap();
            let delivery = deliver(&place.source, false, &place.root, &path, &made, &earlier).unwrap();
            assert_eq!(delivery.moved_aside, None);
            earlier.push(made.digest);
        }
        assert_eq!(fs::read_dir(place.root.join("d")).unwrap().count(), 1);
        assert_eq!(place.read("d/b"), "b");
    }
}
