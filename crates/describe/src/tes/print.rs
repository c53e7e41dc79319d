//! A TES task from a description: its first job, without a sweep.

use super::{NAME, task};
use crate::json::{self, Kind, Out};
use crate::loss::Rest;

/// Writes the document.
pub fn print(rest: &mut Rest) -> String {
    const WHY: &str = "a TES document is one task";
    json::plain(rest, 0, WHY);
    let mut left = std::mem::take(&mut rest.left);
    for later in 1..left.jobs.len() {
        rest.because(format!("/jobs/{later}"), WHY);
    }
    rest.because("/parameters", WHY);
    rest.because("/edges", WHY);
    if left.jobs.is_empty() {
        left.jobs.push(Default::default());
    }
    let mut members = Vec::new();
    if let Some(job) = left.jobs.first_mut() {
        rest.because("/jobs/0/space", WHY);
        let mut out = Out::new(rest, "/jobs/0");
        let mut extensions = std::mem::take(&mut job.extensions);
        members = out.with_kept(&mut extensions, NAME, |out| out.members(&task::TASK, job));
        job.extensions = extensions;
    }
    rest.left = left;
    json::pretty(&Kind::Object(members).into())
}
