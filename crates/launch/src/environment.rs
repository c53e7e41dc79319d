//! The variables of a command: those of the spawner, those of its script, its own.

use crate::script::{Command, Script};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, NulError, OsStr};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

thread_local! {
    /// The spawner's own variables, which never change.
    pub(crate) static INHERITED: Vec<Variable> = std::env::vars_os()
        .filter_map(|(name, value)| {
            let length = name.len();
            let mut text = name.into_vec();
            text.push(b'=');
            text.extend(value.into_vec());
            Some(Variable { text: CString::new(text).ok()?, name: length })
        })
        .collect();
}

/// A variable as programs get it.
pub(crate) struct Variable {
    text: CString,
    /// The length of its name.
    name: usize,
}

impl Variable {
    pub(crate) fn name(&self) -> &OsStr {
        OsStr::from_bytes(self.text.as_bytes().get(..self.name).unwrap_or_default())
    }

    pub(crate) fn text(&self) -> &CStr {
        &self.text
    }
}

/// What a command has in another way than its spawner; without a value, not at all.
pub(crate) fn changes<'a>(command: &'a Command, script: &'a Script) -> BTreeMap<&'a OsStr, Option<&'a OsStr>> {
    let mut changes = BTreeMap::new();
    for (name, value) in &script.env {
        changes.insert(OsStr::new(name), Some(OsStr::new(value)));
    }
    // What the owner's own says is another directory.
    changes.insert(OsStr::new("PWD"), Some(command.cwd.as_os_str()));
    for (name, value) in &command.env {
        changes.insert(OsStr::new(name), value.as_deref().map(OsStr::new));
    }
    changes
}

/// Those of the changes that have a value, as programs get them.
pub(crate) fn set(changes: &BTreeMap<&OsStr, Option<&OsStr>>) -> Result<Vec<CString>, NulError> {
    let with_value = changes.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    with_value.map(|(name, value)| CString::new([name.as_bytes(), value.as_bytes()].join(&b'='))).collect()
}
