//! Requests that change something; those that only ask go to the handlers, which an owner and a reader share.

use super::{Call, Owner, tails};
use crate::answer;
use crate::naming::label;
use crate::submit;
use crossbeam_channel::Sender;
use pelago_grid::{Grid, JobState, Record, Submitted};
use pelago_job::{JobId, TaskRef};
use pelago_wire::message::{Answer, Refusal, Request, Submit};
use pelago_wire::view::Accepted;
use std::path::Path;

/// What is to be known when a job of the same name is under way in the same directory: an older version of the plan, mostly.
fn beside(grid: &Grid, submit: &Submit) -> Option<String> {
    let has_results = submit.experiment.groups.iter().any(|group| !group.outputs.is_empty());
    let mut active = grid.open.iter().filter_map(|id| grid.job(*id)).filter(|job| has_results && !job.held);
    let other = active.find(|job| {
        job.submitted.experiment.name == submit.experiment.name && Path::new(&job.submitted.root) == submit.root
    })?;
    Some(format!(
        "job {} of the same name is under way: what both make comes home under the same names, and what comes last stays",
        other.id()
    ))
}

impl Owner {
    /// Takes what comes through the door.
    pub(super) fn called(&mut self, call: Call) -> Result<(), Refusal> {
        match call {
            Call::Ask { request, reply } => self.call(request, reply),
            Call::Leave => {
                self.leaving = true;
                Ok(())
            }
        }
    }

    fn call(&mut self, request: Request, reply: Sender<Answer>) -> Result<(), Refusal> {
        let answer = match request {
            Request::Submit(submit) => self.submit(&submit)?,
            Request::Follow { id } => match answer::id::job(self.driver.grid(), id.as_deref()) {
                Ok(job) => {
                    self.followers.add(job.id(), reply, self.driver.grid(), &self.driver.hands.history);
                    return Ok(());
                }
                Err(refusal) => Answer::Error(refusal),
            },
            Request::Logs { id, stderr, follow: true } => {
                self.followers.tails.add(
                    &id,
                    stderr,
                    reply,
                    self.driver.grid(),
                    &self.driver.hands.history,
                    &self.state,
                );
                return Ok(());
            }
            Request::Cancel { id } => self.change(id, |grid, id| {
                let (job, task) = answer::id::job_or_task(grid, id)?;
                cancellable(grid, job, task)?;
                let what = task.map_or_else(|| format!("job {job}"), |task| format!("task {}", label(grid, task)));
                Ok((Record::Cancel { job, task }, format!("{what} is cancelled")))
            })?,
            Request::Hold { id } => self.change(id, |grid, id| {
                let job = answer::id::job(grid, id)?.id();
                Ok((
                    Record::Hold { job },
                    format!("job {job} is held: nothing more of it starts until `pelago release {job}`"),
                ))
            })?,
            Request::Release { id } => self.change(id, |grid, id| {
                let job = answer::id::job(grid, id)?.id();
                Ok((Record::Release { job }, format!("job {job} goes on")))
            })?,
            Request::Stop { now } => self.stop(now)?,
            Request::Logs { ref id, stderr, .. } => {
                let (grid, agent) = (self.driver.grid(), &self.driver.hands.agent);
                tails::so_far(id, stderr, grid, agent)
                    .unwrap_or_else(|| answer::answer(&request, grid, &self.driver.hands.history, &self.state, true))
            }
            other => answer::answer(&other, self.driver.grid(), &self.driver.hands.history, &self.state, true),
        };
        // Whoever asked may have gone.
        let _ = reply.send(answer);
        Ok(())
    }

    fn change(
        &mut self,
        id: Option<String>,
        fact: impl FnOnce(&pelago_grid::Grid, Option<&str>) -> Result<(Record, String), Refusal>,
    ) -> Result<Answer, Refusal> {
        match fact(self.driver.grid(), id.as_deref()) {
            Ok((fact, text)) => {
                self.driver.hands.facts.push(fact);
                self.step_until_quiet()?;
                Ok(Answer::Done { text })
            }
            Err(refusal) => Ok(Answer::Error(refusal)),
        }
    }

    pub(super) fn stop(&mut self, now: bool) -> Result<Answer, Refusal> {
        self.stopping = true;
        self.driver.hands.facts.push(Record::Draining);
        self.driver.hands.stop(now);
        self.step_until_quiet()?;
        Ok(Answer::Done { text: "stopping".to_string() })
    }

    /// Continues the job that the same command began, or begins a new one. Durable when this returns.
    fn submit(&mut self, submit: &Submit) -> Result<Answer, Refusal> {
        if self.stopping {
            return Ok(Answer::Error(Refusal {
                what: "the owner of this directory is stopping".to_string(),
                hint: Some("run the same command again in a moment".to_string()),
                code: 3,
            }));
        }
        let ready = match submit::prepare(submit) {
            Ok(ready) => ready,
            Err(refusal) => return Ok(Answer::Error(refusal)),
        };
        // What was recorded of the disk may be from long ago.
        self.look_at_floor()?;
        let options = &submit.options;
        if let Some(quota) = options.quota {
            self.driver.hands.facts.push(Record::Quota { quota: Some(quota) });
        }
        let grid = self.driver.grid();
        let beside = beside(grid, submit);
        let same = grid.same_job(&ready.same).map(|job| (job.id(), job.state.clone()));
        let (job, continued) = match same {
            Some((id, state)) if state != JobState::Done && !(options.again && state != JobState::Active) => {
                let reopened = Record::Reopened { job: id, retries: options.retries, keep_going: options.keep_going };
                let facts = [Record::Release { job: id }, reopened];
                self.driver.hands.facts.extend(facts.clone());
                self.step_until_quiet()?;
                // One that was stopped with a failure in it ends by that failure as soon as it is released; whoever says the
                // command again wants what failed to be tried again.
                let ended = self.driver.grid().job(id).is_some_and(|job| job.state == JobState::Failed);
                if state == JobState::Active && ended {
                    self.driver.hands.facts.extend(facts);
                }
                (id, true)
            }
            _ => {
                let job = grid.next_job();
                self.driver.hands.facts.push(Record::Submitted(Box::new(Submitted {
                    job,
                    experiment: ready.experiment,
                    root: submit.root.to_string_lossy().into_owned(),
                    same: ready.same,
                    retries: options.retries,
                    keep_going: options.keep_going,
                    again: options.again || options.always,
                    strict: options.strict,
                    wall: crate::clock::wall(),
                })));
                (job, false)
            }
        };
        self.step_until_quiet()?;
        let grid = self.driver.grid();
        let tasks = grid.job(job).map_or(0, |job| answer::status::counts(grid, job).total);
        let low = grid.space.low.map(|(free, floor)| super::floor::notice(free, floor));
        let space = self.followers.foresee(job, grid, true);
        let notices = ready.notices.into_iter().chain(beside.filter(|_| !continued)).chain(low).chain(space).collect();
        Ok(Answer::Accepted(Accepted { job: job.0, continued, tasks, notices }))
    }
}

/// Whether there is something to cancel.
fn cancellable(grid: &Grid, job: JobId, task: Option<TaskRef>) -> Result<(), Refusal> {
    let refused = |what: String, hint: Option<String>| Err(Refusal { what, hint, code: 2 });
    let found = answer::id::job(grid, Some(&job.to_string()))?;
    if found.state != JobState::Active {
        let state = answer::status::state(found, true);
        return refused(format!("job {job} has ended already: {state}"), None);
    }
    match task {
        Some(task) if grid.settled(task).is_some() => {
            let state = answer::tasks::state_word(grid, task);
            refused(format!("task {} has ended already: {state}", label(grid, task)), None)
        }
        Some(task) if !grid.can_be_cancelled(task) => refused(
            format!("task {} has not begun, and others come before it", label(grid, task)),
            Some(format!(
                "`pelago why {}` says which; what comes after a cancelled task is skipped",
                label(grid, task)
            )),
        ),
        _ => Ok(()),
    }
}
