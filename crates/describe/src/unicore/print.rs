//! A UNICORE job from a description, or a workflow where there are several jobs.

use super::draft::Draft;
use super::space::{self, Around};
use super::{NAME, job, workflow};
use crate::json::{self, Kind, Member, Out};
use crate::loss::Rest;
use pelago_job::{Description, Job, Parameter};

/// Writes a job; several of them are a workflow, which UNICORE's clients take as well.
pub fn print(rest: &mut Rest) -> String {
    let left = &rest.left;
    if left.jobs.len() > 1 || left.jobs.iter().any(|job| job.node.is_some()) || !left.edges.is_empty() {
        return workflow::print(rest);
    }
    let mut left = std::mem::take(&mut rest.left);
    let originals = left.parameters.clone();
    let mut members = Vec::new();
    let mut parameters = Vec::new();
    if let Some(slot) = left.jobs.first_mut() {
        let mut out = Out::new(rest, "/jobs/0");
        let taken = std::mem::take(slot);
        (members, *slot) = print_job(&mut out, taken, &originals, &[], &mut parameters);
    }
    say_parameters(rest, &mut left, parameters);
    rest.left = left;
    json::pretty(&Kind::Object(members).into())
}

/// Prints the members of the job at `out`; gives back what of it was not said.
pub fn print_job(
    out: &mut Out<'_>,
    mut taken: Job,
    originals: &[Parameter],
    around: &[Around],
    parameters: &mut Vec<Parameter>,
) -> (Vec<Member>, Job) {
    let mut extensions = std::mem::take(&mut taken.extensions);
    let mut draft: Draft = space::prepare(out, taken, originals, around, std::mem::take(parameters));
    let members = out.with_kept(&mut extensions, NAME, |out| job::print(out, &mut draft));
    draft.job.extensions = extensions;
    *parameters = draft.parameters;
    (members, draft.job)
}

/// Takes the parameters that were printed; that they are others than before is noted.
pub fn say_parameters(rest: &mut Rest, left: &mut Description, parameters: Vec<Parameter>) {
    if parameters.is_empty() {
        rest.because("/parameters", "UNICORE sweeps over lists and ranges");
        return;
    }
    if left.parameters != parameters {
        rest.changed("/parameters", &parameters, "the values that UNICORE sweeps over");
    }
    left.parameters = Vec::new();
}
