//! Members that the model has no place for, as extensions and back.

use super::{Dialect, Member, read};
use crate::Diagnostics;
use pelago_job::Extension;

/// The member that an extension holds, and the place that it belongs to; empty for the job or document as a whole.
pub fn kept(extension: &Extension) -> Option<(Member, String)> {
    let mut diagnostics = Diagnostics::default();
    let value = read(&extension.text, Dialect::Strict, &mut diagnostics).filter(|_| !diagnostics.failed())?;
    let place = extension.place.clone().unwrap_or_default();
    (!extension.name.is_empty()).then(|| (Member::new(extension.name.clone(), value), place))
}
