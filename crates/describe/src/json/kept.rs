//! Members that the model has no place for, as extensions and back.

use super::{Dialect, Member, read};
use crate::Diagnostics;
use pelago_job::Extension;

/// The member that an extension holds, and the place of the object that it stood in (`executors/0/`).
pub fn kept(extension: &Extension) -> Option<(Member, String)> {
    let cut = extension.name.rfind('/').map_or(0, |slash| slash + 1);
    let (path, name) = extension.name.split_at(cut);
    let mut diagnostics = Diagnostics::default();
    let value = read(&extension.text, Dialect::Strict, &mut diagnostics).filter(|_| !diagnostics.failed())?;
    (!name.is_empty()).then(|| (Member::new(name.replace("~1", "/").replace("~0", "~"), value), path.to_string()))
}

/// The name of an extension that holds the member `name` of the object at `path`.
pub fn place(path: &str, name: &str) -> String {
    format!("{path}{}", name.replace('~', "~0").replace('/', "~1"))
}
