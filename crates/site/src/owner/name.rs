//! The state directory's own name, by which the processes of its tasks are known, and the machine's start that it was last
//! used in: the two lines of the file `id`.

use super::OwnerError;
use std::fs;
use std::path::{Path, PathBuf};

/// A name, as an owner finds it.
pub(super) struct Name {
    path: PathBuf,
    /// The name.
    pub(super) text: String,
    boot: String,
    /// It has just been made, so no process has it.
    pub(super) fresh: bool,
    /// The machine has been started anew since this was last used.
    pub(super) restarted: bool,
}

impl Name {
    /// The name of a state directory, made if it has none.
    pub(super) fn of(state: &Path) -> Result<Self, OwnerError> {
        let path = state.join("id");
        let failed = |source| OwnerError::Directory { path: path.clone(), source };
        let random = |what: &str| {
            let read = fs::read_to_string(format!("/proc/sys/kernel/random/{what}"));
            read.map(|text| text.trim().to_string()).map_err(failed)
        };
        let boot = random("boot_id")?;
        let known = fs::read_to_string(&path).unwrap_or_default();
        let mut lines = known.lines().map(str::trim);
        let name = lines.next().filter(|name| !name.is_empty());
        let fresh = name.is_none();
        let text = name.map_or_else(|| random("uuid"), |name| Ok(name.to_string()))?;
        let restarted = !fresh && lines.next() != Some(&boot);
        let name = Self { path, text, boot, fresh, restarted };
        if fresh {
            name.write()?;
        }
        Ok(name)
    }

    /// Remembers the machine's start, once what follows from it is in the journal.
    pub(super) fn settle(self) -> Result<(), OwnerError> {
        self.write()
    }

    /// Whoever is interrupted here leaves a directory without a name: no process has the old one after the machine's start.
    fn write(&self) -> Result<(), OwnerError> {
        let failed = |source| OwnerError::Directory { path: self.path.clone(), source };
        fs::write(&self.path, format!("{}\n{}\n", self.text, self.boot)).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_of_the_machine_is_seen_until_it_is_settled() {
        let state = tempfile::tempdir().unwrap();
        let made = Name::of(state.path()).unwrap();
        assert!(made.fresh && !made.restarted);
        let again = Name::of(state.path()).unwrap();
        assert!(!again.fresh && !again.restarted && again.text == made.text);
        fs::write(state.path().join("id"), format!("{}\nan earlier start\n", made.text)).unwrap();
        for _ in 0..2 {
            assert!(Name::of(state.path()).unwrap().restarted);
        }
        Name::of(state.path()).unwrap().settle().unwrap();
        let settled = Name::of(state.path()).unwrap();
        assert!(!settled.restarted && settled.text == made.text);
    }
}
