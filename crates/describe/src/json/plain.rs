//! Texts without holes, for languages that have no sweeps.

use crate::Rest;
use crate::loss::leaves;
use pelago_job::Text;
use pelago_job::description::Texts;
use serde_json::Value;

/// Puts the values of its first task into a job; what then is still a hole, for a parameter that has no value there,
/// is written out. Both are noted as changes, because of `why`.
pub fn plain(rest: &mut Rest, job: usize, why: &str) {
    rest.first_task(job, why);
    let Some(left) = rest.left.jobs.get_mut(job) else { return };
    let mut open = false;
    left.texts(&mut |text| open |= text.as_literal().is_none());
    if !open {
        return;
    }
    let before = serde_json::to_value(&*left).unwrap_or(Value::Null);
    left.texts(&mut |text| {
        if text.as_literal().is_none() {
            *text = Text::literal(text.to_string());
        }
    });
    let after = serde_json::to_value(&*left).unwrap_or(Value::Null);
    let root = format!("/jobs/{job}");
    let mut changes = Vec::new();
    leaves(&after, &mut root.clone(), &mut |part, instead| {
        let said = part.get(root.len()..).and_then(|within| before.pointer(within));
        if said != Some(instead) {
            changes.push((part.to_string(), instead.clone()));
        }
    });
    for (part, instead) in changes {
        rest.changed(part, instead, why);
    }
}
