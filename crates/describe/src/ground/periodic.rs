//! Condor's periodic policies. Nobody evaluates expressions while a task runs; but what they say of a job that only waits
//! for its turn and runs is nearly always from when on, and that is a limit: of time, of memory, of starts.

use super::life::{Life, Moment};
use super::requirements::parts;
use super::work::{JobWork, Work};
use pelago_classad::{BinaryOp, Expr, parse};
use pelago_job::description::Text;
use pelago_job::{Bytes, Millis};

/// A time at which a job that uses too much memory is ended as at any other; in seconds.
const DAY: u64 = 86_400;

/// From when on an expression holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// Seconds that it may wait.
    wait: Option<u64>,
    /// Seconds that an attempt may run.
    run: Option<u64>,
    /// MiB of memory that it may not use.
    memory: Option<u64>,
    /// The first attempt that ends as soon as it starts.
    attempt: Option<u64>,
}

impl Work<'_> {
    /// Takes a policy that holds or removes a job, and keeps it as limits.
    pub(super) fn periodic(&mut self, job: &mut JobWork, name: &str, text: &Text) {
        let part = job.part(&format!("/policy/{name}"));
        let shown = format!("{} `{text}`", name.replace('_', " "));
        let limits = match self.limits_of(job, text) {
            Ok(limits) => limits,
            Err(why) => {
                let what = format!("{shown} cannot be kept: {why}, and no expression is watched while a job runs here");
                let help = "take it out, or say it of the time that a job runs, its memory or its starts";
                return self.refuse(part, what, help);
            }
        };
        if limits.run == Some(0) || limits.wait == Some(0) || limits.memory == Some(0) {
            let what = format!("{shown} holds from the beginning: the job would never run");
            return self.refuse(part, what, "mend the expression");
        }
        if let Some(seconds) = limits.run {
            job.at_most(Millis(seconds.saturating_mul(1000)));
            let what = format!("a task that runs for {} is ended and has failed", Millis(seconds * 1000));
            self.note(part.clone(), what);
        }
        if let Some(mib) = limits.memory {
            let bytes = Bytes(mib.saturating_mul(1 << 20));
            job.uses_at_most(bytes);
            self.note(part.clone(), format!("a task that uses {bytes} of memory is ended and has failed"));
        }
        if let (Some(attempt), Some(retries)) = (limits.attempt, &mut job.group.retries) {
            *retries = (*retries).min(attempt.saturating_sub(2).try_into().unwrap_or(u32::MAX));
        }
        if let Some(seconds) = limits.wait {
            let what = format!(
                "a task that waits for {} is not given up: this machine takes it, and all it waits for is its turn",
                Millis(seconds * 1000)
            );
            self.note(part, what);
        }
    }

    fn limits_of(&mut self, job: &JobWork, text: &Text) -> Result<Limits, String> {
        let text = text.as_literal().ok_or("it is another one for each task")?;
        let expr = parse(text.trim()).map_err(|error| format!("it is no expression ({error})"))?;
        let life = Life::new(self.ground.offer.now, &self.own(job), &expr).ok_or("it is very long")?;
        let at_first = life.holds(&expr, Moment::Running { attempt: 1, seconds: 0 });
        at_first.ok_or("it takes very many steps to evaluate")?;
        self.limits.entry(life.key(&expr)).or_insert_with(|| limits(&expr, &life)).clone()
    }
}

/// From when on an expression holds, or why that cannot be said.
fn limits(expr: &Expr, life: &Life) -> Result<Limits, String> {
    let mut limits = Limits::default();
    let least = |a: &mut Option<u64>, b: Option<u64>| *a = [*a, b].into_iter().flatten().min();
    for case in parts(expr, BinaryOp::Or) {
        let first = |at: &dyn Fn(u64) -> Moment| first(case, life, at);
        least(&mut limits.wait, first(&|seconds| Moment::Waiting { after: 0, seconds })?);
        let again = first(&|after| Moment::Waiting { after, seconds: 0 })?;
        least(&mut limits.attempt, again.map(|after| after + 1));
        match first(&|seconds| Moment::Running { attempt: 1, seconds }) {
            Ok(seconds) => {
                least(&mut limits.run, seconds);
                least(&mut limits.attempt, first(&|number| Moment::Running { attempt: number.max(1), seconds: 0 })?);
            }
            Err(_) => {
                let memory = first(&|mib| Moment::Using { seconds: 0, mib })?;
                if memory != first(&|mib| Moment::Using { seconds: DAY, mib })? {
                    return Err(format!("`{case}` is about memory and time"));
                }
                least(&mut limits.memory, memory);
            }
        }
    }
    Ok(limits)
}

/// At which of some moments, counted by a number, all of a case holds first. That need not be known if one of its
/// conditions never does, as those of a job that is held.
fn first(case: &Expr, life: &Life, at: &dyn Fn(u64) -> Moment) -> Result<Option<u64>, String> {
    let never = |condition: &Expr| life.unknown(condition, at(0)).is_none() && life.first(condition, at).is_none();
    if parts(case, BinaryOp::And).into_iter().any(never) {
        return Ok(None);
    }
    match life.unknown(case, at(0)) {
        Some(unknown) => Err(format!("`{unknown}` is not known")),
        None => Ok(life.first(case, at)),
    }
}
