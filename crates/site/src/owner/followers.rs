//! Those who follow jobs and logs: what they are told, and when it is over for them.

use super::hands::Happening;
use super::tails::Tails;
use crate::answer;
use crate::forecast::Forecast;
use crate::history::Reader;
use crate::naming::label;
use crossbeam_channel::Sender;
use pelago_agent::Agent;
use pelago_grid::{Grid, Job, JobState, Record};
use pelago_job::{Cause, JobId, LogSpan, Outcome, Report, Stream, TaskRef};
use pelago_wire::message::{Answer, Event, Refusal, Whole};
use pelago_wire::view::{Progress, TaskView};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

/// The stretch of time over which a rate is taken.
const RATE_WINDOW: Duration = Duration::from_secs(30);
/// The most that is shown of what a failed attempt wrote to standard error.
const TAIL: u64 = 2_000;
/// The most of one task's output that is sent in one event.
const OUTPUT: u64 = 16 << 20;
const OUTPUT_UNHEARD: u64 = 64 << 10;
/// The most events of a job that are kept until somebody follows it.
const UNHEARD: usize = 1_000;

/// Who follows what.
#[derive(Default)]
pub struct Followers {
    jobs: BTreeMap<JobId, Vec<Sender<Answer>>>,
    /// Who follows what a task prints.
    pub tails: Tails,
    /// When tasks of a job ended, newest last.
    ended: BTreeMap<JobId, VecDeque<Instant>>,
    /// Exit code of the last attempt of a job.
    exits: BTreeMap<JobId, i32>,
    /// Final failures of a job, the first of them.
    failures: BTreeMap<JobId, Vec<TaskRef>>,
    /// Jobs of which it was said what they will keep.
    foreseen: BTreeSet<JobId>,
    /// Whether it was said that kept states give way.
    gave_way: bool,
    /// Jobs that somebody has followed.
    followed: BTreeSet<JobId>,
    /// What happened to jobs before anybody followed them: a task may end between a submission and the word that it is followed.
    unheard: BTreeMap<JobId, Vec<Event>>,
}

impl Followers {
    /// Whether nobody follows anything.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.tails.is_empty()
    }

    /// Somebody follows a job. One that has ended is told so at once.
    pub fn add(&mut self, job: JobId, to: Sender<Answer>, grid: &Grid, history: &Reader) {
        self.followed.insert(job);
        for event in self.unheard.remove(&job).unwrap_or_default() {
            let _ = to.send(Answer::Event(event));
        }
        self.jobs.entry(job).or_default().push(to);
        if grid.job(job).is_some_and(|job| job.state != JobState::Active) {
            self.end(job, grid, history, None);
        }
    }

    /// Whether what happens to a job is told to somebody, now or when they come.
    fn has_listeners(&self, job: JobId) -> bool {
        self.jobs.contains_key(&job) || !self.followed.contains(&job)
    }

    /// Tells those who follow a job, or keeps it for the first who will.
    fn tell_or_keep(&mut self, job: JobId, event: Event) {
        if self.followed.contains(&job) {
            return self.send(job, event);
        }
        let kept = self.unheard.entry(job).or_default();
        // Whoever submitted it may have gone before; then nobody ever comes.
        if kept.len() < UNHEARD {
            kept.push(event);
        }
    }

    /// Tells what happened in a step.
    pub fn tell(&mut self, happenings: Vec<Happening>, grid: &Grid, history: &Reader, state: &Path) {
        for happening in happenings {
            match happening {
                Happening::Record(Record::Finished { task, attempt, report, .. }) => {
                    self.finished(task, attempt, &report, grid, state);
                }
                Happening::Record(Record::GaveUp { task, cause }) => {
                    if cause != Cause::Cancelled {
                        self.failures.entry(task.job).or_default().push(task);
                    }
                    self.failed(task, &cause, "failed", grid, history, state);
                }
                Happening::Record(Record::Retry { task, cause, .. })
                    if !cause.is_ours() || matches!(cause, Cause::Disk { .. }) =>
                {
                    self.failed(task, &cause, "retrying", grid, history, state);
                }
                Happening::Record(Record::GaveWay { .. }) => self.gave_way(grid),
                Happening::Record(_) => {}
                Happening::Notice(job, text) => self.send(job, Event::Notice { text }),
                Happening::Ended(job) => self.end(job, grid, history, None),
            }
        }
        self.tails.settle(grid);
    }

    /// What the kept states of a job will take of the quota, in words, when that is known for the first time; at first also
    /// by what an earlier job of the same name has taught.
    pub fn foresee(&mut self, id: JobId, grid: &Grid, first: bool) -> Option<String> {
        let job = grid.job(id).filter(|_| !self.foreseen.contains(&id))?;
        let quota = grid.space.quota?.0;
        if !Forecast::is_of_use(&job.plan) {
            self.foreseen.insert(id);
            return None;
        }
        let name = &job.submitted.experiment.name;
        let slots = u64::from(grid.slots);
        let of = |other: &Job| {
            let learned = answer::status::view(grid, other, true).groups;
            Forecast::of(&job.plan, &learned, Some(quota), slots).filter(|found| !(first && found.declared))
        };
        let same = |other: &&Job| first && other.submitted.experiment.name == *name;
        let found = of(job).or_else(|| grid.jobs.values().rev().filter(same).find_map(of))?;
        self.foreseen.insert(id);
        Some(found.words())
    }

    /// The first state gives way: that is said once, to everybody.
    fn gave_way(&mut self, grid: &Grid) {
        if std::mem::replace(&mut self.gave_way, true) {
            return;
        }
        let text = format!(
            "the quota of {} is full: kept states give way to the work, of each chain the oldest first; `pelago why TASK` \
             tells of each, more room comes with --quota",
            grid.space.quota.unwrap_or_default()
        );
        for job in self.jobs.keys().copied().collect::<Vec<_>>() {
            self.send(job, Event::Notice { text: text.clone() });
        }
    }

    fn finished(&mut self, task: TaskRef, attempt: u32, report: &Report, grid: &Grid, state: &Path) {
        let exit = match &report.outcome {
            Outcome::Done => Some(0),
            Outcome::Failed(failure) => match failure.cause {
                Cause::Exit(code) => Some(code),
                Cause::Signal(signal) => Some(128 + signal),
                Cause::CannotStart(_) => Some(127),
                _ => None,
            },
        };
        if let Some(exit) = exit {
            self.exits.insert(task.job, exit);
        }
        self.tails.finished(task, attempt, report, state);
        let Some(job) = grid.job(task.job) else { return };
        if report.outcome == Outcome::Done {
            let ended = self.ended.entry(task.job).or_default();
            ended.push_back(Instant::now());
            while ended.front().is_some_and(|at| at.elapsed() > RATE_WINDOW) {
                ended.pop_front();
            }
        }
        if self.has_listeners(task.job) && job.submitted.experiment.in_place {
            // What is kept until somebody comes is small; all of it is in the packs.
            let most = if self.jobs.contains_key(&task.job) { OUTPUT } else { OUTPUT_UNHEARD };
            let text = |span: LogSpan, stream| {
                if span.len == 0 {
                    return (String::new(), true);
                }
                let bytes = pelago_agent::read_log(state, span, stream, 0, most).unwrap_or_default();
                let all = bytes.len() as u64 == span.len;
                match String::from_utf8(bytes) {
                    Ok(text) => (text, all),
                    Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), false),
                }
            };
            let (stdout, out) = text(report.stdout, Stream::Out);
            let (stderr, err) = text(report.stderr, Stream::Err);
            let whole = (!out || !err).then_some(Whole { stdout: report.stdout, stderr: report.stderr });
            let view = answer::tasks::ended_view(task, attempt, report, grid);
            self.tell_or_keep(task.job, Event::Done { task: view, stdout, stderr, whole });
        }
    }

    fn failed(&mut self, task: TaskRef, cause: &Cause, word: &str, grid: &Grid, history: &Reader, state: &Path) {
        if !self.has_listeners(task.job) {
            return;
        }
        let mut view = answer::tasks::view(task, grid, history, state);
        view.state = word.to_string();
        view.outcome = Some(cause.to_string());
        view.cause = Some(cause.word().to_string());
        let tail = answer::logs::tail(task, history, state, TAIL);
        self.tell_or_keep(task.job, Event::Failed { task: view, tail });
    }

    /// Tells where jobs stand.
    pub fn progress(&mut self, grid: &Grid, agent: &Agent) {
        let jobs: Vec<JobId> = self.jobs.keys().copied().collect();
        for id in jobs {
            let Some(job) = grid.job(id) else { continue };
            let counts = answer::status::counts(grid, job);
            if let Some(text) = self.foresee(id, grid, false) {
                self.send(id, Event::Notice { text });
            }
            let rate = self.rate(id);
            let left = counts.total - (counts.done + counts.reused + counts.failed + counts.skipped + counts.cancelled);
            let seconds_left = (rate > 0.0).then(|| left as f64 / rate);
            let disk = answer::status::disk(grid);
            let notable = notable(grid, job);
            self.send(id, Event::Progress(Progress { job: id.0, counts, rate, seconds_left, disk, notable }));
        }
        self.tails.poll(grid, agent);
    }

    fn rate(&self, job: JobId) -> f64 {
        let Some(ended) = self.ended.get(&job) else { return 0.0 };
        let Some(first) = ended.front() else { return 0.0 };
        let span = first.elapsed().as_secs_f64();
        if span < 0.2 { 0.0 } else { ended.len() as f64 / span }
    }

    fn end(&mut self, id: JobId, grid: &Grid, history: &Reader, code: Option<u8>) {
        let Some(followers) = self.jobs.remove(&id) else { return };
        let Some(job) = grid.job(id) else { return };
        let view = answer::status::view(grid, job, true);
        let failures: Vec<TaskView> = self
            .failures
            .get(&id)
            .into_iter()
            .flatten()
            .take(20)
            .map(|task| answer::tasks::view(*task, grid, history, Path::new("")))
            .collect();
        let code = code.unwrap_or_else(|| exit_code(&job.state));
        let single = job.submitted.experiment.in_place && job.submitted.experiment.parameters.is_empty();
        let exit_code = self.exits.get(&id).copied().filter(|_| single);
        for to in followers {
            let _ =
                to.send(Answer::Event(Event::Ended { job: view.clone(), failures: failures.clone(), code, exit_code }));
        }
    }

    /// The owner stops: those who still follow a job are told that it can be continued.
    pub fn pause(&mut self, grid: &Grid, history: &Reader) {
        let jobs: Vec<JobId> = self.jobs.keys().copied().collect();
        for id in jobs {
            self.end(id, grid, history, Some(3));
        }
    }

    /// The owner cannot go on.
    pub fn refuse(&mut self, refusal: &Refusal) {
        for to in std::mem::take(&mut self.jobs).into_values().flatten() {
            let _ = to.send(Answer::Error(refusal.clone()));
        }
    }

    fn send(&mut self, job: JobId, event: Event) {
        if let Some(followers) = self.jobs.get_mut(&job) {
            followers.retain(|to| to.send(Answer::Event(event.clone())).is_ok());
            if followers.is_empty() {
                self.jobs.remove(&job);
            }
        }
    }
}

/// The exit code that a job's end stands for.
pub fn exit_code(state: &JobState) -> u8 {
    match state {
        JobState::Done => 0,
        JobState::Failed | JobState::Cancelled => 1,
        JobState::Refused(_) => 2,
        JobState::Stuck(_) => 4,
        JobState::Active => 3,
    }
}

/// Tasks that have run for more than five times the mean of their group, and half a minute at least.
fn notable(grid: &Grid, job: &Job) -> Vec<String> {
    let long = grid.running_tasks().filter(|(task, _)| task.job == job.id()).filter_map(|(task, row)| {
        let mean = grid.group(task)?.mean_wall().unwrap_or(u64::MAX / 8);
        let since = grid.now.since(row.since);
        (since.0 > 30_000 && since.0 > mean * 5).then(|| format!("{} has run for {since}", label(grid, task)))
    });
    long.take(5).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::History;
    use crossbeam_channel::unbounded;

    #[test]
    fn what_happens_before_anybody_follows_is_told_to_the_first_who_does() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        drop(History::open(&path).unwrap());
        let (reader, grid) = (Reader::open(&path).unwrap(), Grid::default());
        let (job, event) = (JobId(1), Event::Notice { text: "early".to_string() });
        let mut followers = Followers::default();
        assert!(followers.has_listeners(job));
        followers.tell_or_keep(job, event.clone());
        let ((first, heard), (second, late)) = (unbounded(), unbounded());
        followers.add(job, first, &grid, &reader);
        followers.add(job, second, &grid, &reader);
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [Answer::Event(event)]);
        assert_eq!(late.try_iter().count(), 0);
    }
}
