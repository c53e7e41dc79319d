//! A job as the submit description inside its node, written by the printer of submit files.

use super::command::{Command, Source};
use super::document;
use super::inline;
use super::line::Body;
use crate::Diagnostics;
use crate::Rest;
use crate::language::Language;
use pelago_job::description::{Job, Reference, Texts};
use pelago_job::{Description, ParamNo, Parameter};
use std::collections::BTreeSet;

/// Whether reading the nodes one after the other would find the description's parameters again, by number.
pub(super) fn sweeps(description: &Description) -> bool {
    let mut found: Vec<&Parameter> = Vec::new();
    for job in description.jobs.iter().filter(|job| inlined(job)) {
        for number in used(job) {
            let Some(parameter) = description.parameters.get(usize::from(number.0)) else { return false };
            let at = found.iter().position(|known| *known == parameter).unwrap_or_else(|| {
                found.push(parameter);
                found.len() - 1
            });
            if at != usize::from(number.0) {
                return false;
            }
        }
    }
    found.len() == description.parameters.len()
}

/// Whether a job has no other file to be described in.
fn inlined(job: &Job) -> bool {
    job.node.as_ref().and_then(|node| node.reference.as_ref()).is_none_or(|reference| reference.file.is_none())
}

/// The parameters of a job.
fn used(job: &Job) -> Vec<ParamNo> {
    let mut numbers = BTreeSet::new();
    let mut job = job.clone();
    job.texts(&mut |text| numbers.extend(text.0.params()));
    let mut space = Job { space: job.space.take(), ..Job::default() };
    // The numbers of a space are seen while they are changed.
    let seen = std::cell::RefCell::new(&mut numbers);
    space.renumber(&|number| {
        seen.borrow_mut().insert(number);
        number
    });
    numbers.into_iter().collect()
}

/// Writes the submit description of a job, with its space or without. `None`, with the job as it was, when that is not
/// read back as just that job.
pub(super) fn print(rest: &mut Rest, number: usize, name: &str, reference: &Reference, sweeps: bool) -> Option<Body> {
    let print = Language::Submit.printer()?;
    let job = rest.left.jobs.get_mut(number)?;
    let numbers = if sweeps { used(job) } else { Vec::new() };
    let place = |number: ParamNo| numbers.iter().position(|known| *known == number);
    let inner = |number: ParamNo| place(number).map_or(number, |at| ParamNo(at as u16));
    let outer = |number: ParamNo| numbers.get(usize::from(number.0)).copied().unwrap_or(number);
    let declared: Vec<Parameter> =
        numbers.iter().filter_map(|number| rest.left.parameters.get(usize::from(number.0)).cloned()).collect();
    rest.one_job(number, declared.clone(), |rest| {
        let job = rest.left.jobs.first_mut()?;
        let space = if sweeps { None } else { job.space.take() };
        job.renumber(&inner);
        let body = body(&print(rest));
        let job = rest.left.jobs.first_mut()?;
        job.renumber(&outer);
        job.space = job.space.take().or(space);
        let text = body.text();
        let (read, _) = inline::compose(&text, name, reference).read(&(0..0), &|part| part, None);
        let plain = |job: &Job| job.name.is_none() && job.node.is_none();
        let same = read.map(|said| said.description).is_some_and(|read| {
            inline::is_one_job(&read) && read.jobs.iter().all(plain) && read.parameters == declared
        });
        let said = !sweeps || rest.left.parameters.is_empty() && rest.left.jobs.iter().all(|job| job.space.is_none());
        (same && said && !inline::runs(&text)).then_some(body)
    })
}

/// The lines of a submit file as a DAGMan file has them: without empty ones, comments, and a `queue` of one job.
fn body(text: &str) -> Body {
    let document = document::read(&format!("JOB x @=END\n{text}\n@END\n"), 0, &mut Diagnostics::default());
    let mut lines = match document.statements.first().map(|placed| &placed.command) {
        Some(Command::Node { from: Source::Here(body), .. }) => body.lines.clone(),
        _ => Vec::new(),
    };
    lines.pop_if(|line| line.eq_ignore_ascii_case("queue") || line.eq_ignore_ascii_case("queue 1"));
    Body { lines, ..Body::default() }
}
