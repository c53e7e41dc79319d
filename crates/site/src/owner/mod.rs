//! The owner of a state directory: one thread that takes facts, requests and answers in turn, and steps the driver.

mod floor;
pub mod follower;
pub mod followers;
pub mod hands;
mod homeward;
mod name;
pub mod order;
pub mod project;
mod requests;
pub mod start;
mod tails;

pub use start::{Enter, OwnerError, start};

use crate::clock::SiteClock;
use crate::history::{Reached, Row};
use crate::journal::Journal;
use crate::naming::label;
use crate::prove::{GroupTemplate, Proof};
use crossbeam_channel::{Receiver, Sender, select};
use floor::Look;
use followers::Followers;
use hands::{Happening, SiteHands};
use pelago_agent::{Agent, Freed, Told};
use pelago_driver::Driver;
use pelago_grid::{At, FreedSpace, Grid, GroupProof, Job, Record};
use pelago_job::{Cause, Digest, Failure, FileRef, GroupNo, JobId, Outcome, Report, Role, TaskRef};
use pelago_wire::message::{Answer, Refusal, Request};
use roaring::RoaringTreemap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often those who follow a job are told where it stands.
const PROGRESS: Duration = Duration::from_millis(200);
/// How long facts are gathered at a time while the slots have work ahead, and at most.
const GATHER_TIME: Duration = Duration::from_millis(4);
const GATHER_MOST: Duration = Duration::from_millis(24);
/// Facts taken into one step, so that a group stays small enough to be read again.
const GATHER: usize = 10_000;

/// What comes through the door.
pub enum Call {
    /// A request with the way back.
    Ask {
        /// What is asked.
        request: Request,
        /// Where answers go; more than one for streams. Dropped when there is no more.
        reply: Sender<Answer>,
    },
    /// Whoever started the owner has nothing more to ask: it may end when no job is under way.
    Leave,
}

/// The driver of a site.
pub type SiteDriver = Driver<Journal, SiteClock, SiteHands>;

/// The owner's state.
pub struct Owner {
    driver: SiteDriver,
    state: PathBuf,
    /// How far the history has come.
    reached: Arc<Reached>,
    followers: Followers,
    told: Receiver<Told>,
    proofs: Receiver<Proof>,
    calls: Receiver<Call>,
    /// Whether the owner ends as soon as nothing is left to do.
    leaving: bool,
    /// Whether it was asked to stop.
    stopping: bool,
    /// The machine was started anew, and what follows from that is not in the journal yet.
    unsettled: Option<name::Name>,
    floor: floor::Floor,
}

impl Owner {
    /// Runs until stopped, or until everybody has left and no job is under way. Then the state directory can be released.
    pub fn run(mut self) -> Result<(), Refusal> {
        let outcome = self.turn();
        if let Err(refusal) = &outcome {
            // Nothing more starts, running tasks are stopped, and everybody is told why.
            self.driver.hands.stop(true);
            self.followers.refuse(refusal);
        }
        // The follower and the agent come to their ends while the journal is closed.
        self.reached.hurry();
        self.driver.hands.follow = None;
        self.driver.hands.agent.leave();
        outcome
    }

    fn turn(&mut self) -> Result<(), Refusal> {
        let mut progressed = Instant::now();
        // Where nothing is under way, the first job goes into the group with which this owner begins: one sync less.
        if self.driver.grid().is_idle()
            && let Ok(call) = self.calls.recv_timeout(PROGRESS)
        {
            self.called(call)?;
        }
        loop {
            self.look_at_floor()?;
            self.look_homeward()?;
            self.step_until_quiet()?;
            self.unsettled.take().map_or(Ok(()), name::Name::settle)?;
            if progressed.elapsed() >= PROGRESS {
                progressed = Instant::now();
                self.followers.progress(self.driver.grid(), &self.driver.hands.agent);
            }
            if self.is_over() {
                self.followers.pause(self.driver.grid(), &self.driver.hands.history);
                return Ok(());
            }
            let wait = self.patience(progressed);
            let (told, proofs, calls) = (self.told.clone(), self.proofs.clone(), self.calls.clone());
            select! {
                recv(told) -> told => if let Ok(told) = told { self.told(told) },
                recv(proofs) -> proof => if let Ok(proof) = proof { self.proof(proof) },
                recv(calls) -> call => self.called(call.unwrap_or(Call::Leave))?,
                default(wait) => self.tick(),
            }
            self.gather();
        }
    }

    /// Takes everything that is there already, so that one sync serves it all; and as long as every slot has work
    /// waiting that lasts at the pace seen, what comes within a few milliseconds too.
    fn gather(&mut self) {
        let until = Instant::now() + GATHER_MOST;
        let (mut ahead, mut pace) = (self.driver.hands.agent.ahead(), 0);
        for _ in 0..GATHER {
            while let Ok(proof) = self.proofs.try_recv() {
                self.proof(proof);
            }
            let told = match self.told.try_recv() {
                Ok(told) => Some(told),
                // Not woken by each of them: waking costs as much as taking one in.
                Err(_) if ahead > pace && Instant::now() < until => {
                    std::thread::sleep(GATHER_TIME);
                    let before = std::mem::replace(&mut ahead, self.driver.hands.agent.ahead());
                    pace = pace.max(before.saturating_sub(ahead));
                    continue;
                }
                Err(_) => None,
            };
            match told {
                Some(told) => self.told(told),
                None => return,
            }
        }
    }

    fn patience(&self, progressed: Instant) -> Duration {
        if !self.driver.hands.facts.is_empty() {
            return Duration::ZERO;
        }
        let progress = if self.followers.is_empty() { Duration::from_secs(3600) } else { PROGRESS };
        let until_progress = progress.saturating_sub(progressed.elapsed());
        let until_progress =
            self.driver.hands.homeward.pause().map_or(until_progress, |pause| pause.min(until_progress));
        let watched = !self.driver.grid().is_idle();
        let until_progress = if watched { until_progress.min(floor::OFTEN) } else { until_progress };
        match self.driver.grid().next_due() {
            Some(due) => {
                let now = self.driver.clock().grid();
                until_progress.min(Duration::from_millis(due.0.saturating_sub(now.0)))
            }
            None => until_progress,
        }
    }

    fn tick(&mut self) {
        let now = self.driver.clock().grid();
        if self.driver.grid().next_due().is_some_and(|due| due <= now) {
            self.driver.hands.facts.push(Record::Tick);
        }
    }

    /// Nothing may be placed while the disk is nearly full; if that lasts and nothing runs, the jobs are left for later.
    fn look_at_floor(&mut self) -> Result<(), Refusal> {
        let (record, text) = match self.floor.look(self.driver.grid()) {
            Look::Fine => return Ok(()),
            Look::Changed(record, text) => (Some(record), text),
            Look::GiveUp(text) => (None, Some(text)),
        };
        for job in self.driver.grid().open.clone() {
            let notice = text.clone().map(|text| Happening::Notice(job, text));
            self.driver.hands.happenings.extend(notice);
        }
        match record {
            Some(record) => self.driver.hands.facts.push(record),
            None if !self.stopping => drop(self.stop(false)?),
            None => {}
        }
        Ok(())
    }

    /// Results that could not come home are tried again. When nothing else is left to do, their jobs are left for later.
    fn look_homeward(&mut self) -> Result<(), Refusal> {
        if self.driver.hands.homeward.count() == 0 {
            return Ok(());
        }
        let (grid, hands) = self.driver.at_hand();
        hands.bring_home(grid);
        let (hands, grid) = (&self.driver.hands, self.driver.grid());
        if grid.running == 0 && hands.facts.is_empty() && hands.homeward.is_hopeless() && !self.stopping {
            let count = match hands.homeward.count() {
                1 => "1 task".to_string(),
                count => format!("{count} tasks"),
            };
            self.notice_all(format!(
                "what {count} made waits in the state directory and cannot come home; when that is mended, the same command \
                 brings them home and goes on"
            ));
            self.stop(false)?;
        }
        Ok(())
    }

    /// Steps as long as actions lead to facts of their own, but no longer than others can be kept waiting: what tasks that do
    /// nothing lead to may go on for very long.
    fn step_until_quiet(&mut self) -> Result<(), Refusal> {
        let until = Instant::now() + PROGRESS;
        while !self.driver.hands.facts.is_empty() && Instant::now() < until {
            let facts = std::mem::take(&mut self.driver.hands.facts);
            self.driver.step(facts).map_err(|error| Refusal {
                what: error.to_string(),
                hint: Some("the state is what the journal says; run the same command again to continue".to_string()),
                code: 3,
            })?;
            self.take_back();
            let happenings = std::mem::take(&mut self.driver.hands.happenings);
            if happenings.iter().any(Happening::is_told_from_history) {
                self.reached.wait(self.driver.position());
            }
            self.followers.tell(happenings, self.driver.grid(), &self.driver.hands.history, &self.state);
        }
        Ok(())
    }

    /// Work is placed ahead of the slots; when its job is held, or stops at a failure, that work must not start either.
    fn take_back(&mut self) {
        let grid = self.driver.grid();
        let halted = |job: &&Job| (job.held || job.stopped()) && job.groups.iter().any(|group| group.running > 0);
        let jobs: Vec<JobId> = grid.open.iter().filter_map(|id| grid.job(*id)).filter(halted).map(Job::id).collect();
        if !jobs.is_empty() {
            self.driver.hands.take_back(&jobs);
        }
    }

    fn is_over(&self) -> bool {
        let grid = self.driver.grid();
        let quiet = grid.running == 0 && self.driver.hands.facts.is_empty();
        let idle = grid.open.iter().all(|id| grid.job(*id).is_some_and(|job| job.held));
        quiet && (self.stopping || (self.leaving && idle))
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Started { .. } => {}
            Told::Finished { task, attempt, report } => {
                // What it missed is made again before it is tried again.
                let lost = lost_inputs(self.driver.grid(), &self.driver.hands.agent, task, &report);
                self.driver.hands.facts.extend(lost);
                self.driver.hands.finished(task, attempt, report);
            }
            Told::Freed { what: Freed::Attempt(task, attempt), .. } => {
                self.driver.hands.facts.push(Record::Freed(FreedSpace::Attempt { task, attempt }));
            }
            Told::Freed { what: Freed::File(file), .. } => {
                // Versions of a file are deleted in order, and none is made while its deletion is under way.
                let leaving = &self.driver.grid().space.leaving;
                let what = leaving.keys().find(|what| matches!(what, FreedSpace::File { file: f, .. } if *f == file));
                if let Some(what) = what.copied() {
                    self.driver.hands.facts.push(Record::Freed(what));
                }
            }
            Told::Freed { .. } => {}
            Told::InputChanged { task, file, .. } => {
                let text = format!(
                    "task {} changed {}, which it only may read",
                    label(self.driver.grid(), task),
                    file.display()
                );
                self.driver.hands.happenings.push(hands::Happening::Notice(task.job, text));
            }
            Told::SlotBack { slot, gone, pid } => self.notice_all(format!(
                "the spawner of slot {slot} (process {gone}) was killed; process {pid} takes its place"
            )),
            Told::SlotLost { slot } => self.notice_all(format!(
                "slot {slot} is lost: it has no spawner and none can be started; run the same command again to have it back"
            )),
        }
        self.driver.hands.agent.begin_lane();
        self.driver.hands.feed();
    }

    /// Tells the followers of every job.
    fn notice_all(&mut self, text: String) {
        let jobs = self.driver.grid().open.clone();
        let notices = jobs.into_iter().map(|job| hands::Happening::Notice(job, text.clone()));
        self.driver.hands.happenings.extend(notices);
    }

    fn proof(&mut self, proof: Proof) {
        match proof {
            Proof::Job { job, started, templates, missing } => self.job_proved(job, started, &templates, missing),
            Proof::Task { task, verdict, by } => {
                if let (Some(by), Some(follow)) = (by, &self.driver.hands.follow) {
                    // Told before the decision is: it is in the history when that is.
                    let key = format!("{}{}", crate::prove::reused_key(task.job, task.group), task.index);
                    let text = format!("{}/{}/{}", by.job, by.group.0, by.index);
                    let _ = follow.send(follower::Follow::Rows(vec![Row::Label { key, text }]));
                }
                self.driver.hands.facts.push(Record::Checked { task, verdict });
            }
            Proof::Key { task, attempt, key } => self.driver.hands.key_known(task, attempt, key),
        }
    }

    fn job_proved(&mut self, id: JobId, started: bool, templates: &[GroupTemplate], missing: (Vec<String>, usize)) {
        let grid = self.driver.grid();
        let Some(job) = grid.job(id) else { return };
        let (names, count) = missing;
        let can_start = !started && job.with_role(Role::RootStart).next().is_some();
        if count > 0 && !can_start {
            let why = missing_inputs(&names, count, &job.submitted.root);
            return self.driver.hands.facts.push(Record::Unprovable { job: id, why });
        }
        let groups: Vec<GroupProof> = templates
            .iter()
            .enumerate()
            .map(|(number, template)| group_proof(grid, job, GroupNo(number as u16), template))
            .collect();
        let start_first = can_start
            && job.with_role(Role::RootStart).any(|(number, state)| {
                count > 0 || (!state.is_good(0) && !groups[number.0 as usize].reused.contains(0))
            });
        let rows = templates.iter().enumerate().filter_map(|(number, template)| {
            let text = serde_json::to_string(&template.components).ok()?;
            Some(Row::Label { key: crate::prove::components_key(id, GroupNo(number as u16)), text })
        });
        let rows: Vec<Row> = rows.collect();
        if let Some(follow) = &self.driver.hands.follow {
            let _ = follow.send(follower::Follow::Rows(rows));
        }
        self.driver.hands.facts.push(Record::Proved { job: id, groups, start_first });
    }
}

fn missing_inputs(names: &[String], count: usize, root: &str) -> String {
    let shown = names.iter().take(5).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match count {
        1 => format!("input {shown} is made by no task and is not in {root}"),
        _ if count <= 5 => format!("{count} inputs are made by no task and are not in {root}: {shown}"),
        _ => format!("{count} inputs are made by no task and are not in {root}; the first are {shown}"),
    }
}

/// What earlier jobs prove for a group whose tasks have no files of their own: the indices of all runs under the same
/// template, carried over by parameter values.
fn group_proof(grid: &Grid, job: &Job, number: GroupNo, template: &GroupTemplate) -> GroupProof {
    let plain = job.group(number).is_some_and(|group| group.plain);
    let mut proof = GroupProof { template: template.digest, check: !plain, reused: RoaringTreemap::new() };
    // An event task runs whenever its event happens: what an earlier one did is no proof for another version.
    if !plain || job.submitted.again || job.role(number) == Role::Event {
        return proof;
    }
    let words = job.plan.standing_words(number);
    for earlier in grid.jobs.range(..job.id()).map(|(_, earlier)| earlier) {
        for (old, state) in earlier.groups.iter().enumerate() {
            if !state.plain || state.template != template.digest || earlier.submitted.root != job.submitted.root {
                continue;
            }
            let Some(map) = pelago_plan::map_index(&earlier.plan, GroupNo(old as u16), &job.plan, number) else {
                continue;
            };
            let good = &state.done | &state.reused;
            for run in map.runs() {
                if !words.is_empty() {
                    // Equal values do not make equal commands where a command says which of the tasks it is.
                    let of = |plan: &pelago_plan::Plan, group, index| plan.standing(&words, group, index);
                    let alike = |i: &u64| {
                        of(&earlier.plan, GroupNo(old as u16), run.old + i) == of(&job.plan, number, run.new + i)
                    };
                    let same = (0..run.len).filter(|i| good.contains(run.old + i)).filter(alike);
                    proof.reused.extend(same.map(|i| run.new + i));
                    continue;
                }
                if good.range_cardinality(run.old..run.old + run.len) == run.len {
                    proof.reused.insert_range(run.new..run.new + run.len);
                } else {
                    (0..run.len).filter(|i| good.contains(run.old + i)).for_each(|i| {
                        proof.reused.insert(run.new + i);
                    });
                }
            }
        }
    }
    proof
}

/// Files of the store that a task was to read and that are not there any more as they were, if it says that something was
/// missing.
fn lost_inputs(grid: &Grid, agent: &Agent, task: TaskRef, report: &Report) -> Vec<Record> {
    let Outcome::Failed(Failure { cause: Cause::InputMissing(_), .. }) = &report.outcome else { return Vec::new() };
    let stored = grid.edges(task).into_iter().filter_map(|edge| {
        let row = grid.files.get(&edge.file)?;
        match row.at {
            At::Store => Some((edge.file, row.made.digest)),
            At::Earlier(file) => Some((file, row.made.digest)),
            At::Home | At::Gone => None,
        }
    });
    let is_there = |(file, digest): &(FileRef, Digest)| {
        pelago_stage::digest_of(&agent.path_of(*file)).is_ok_and(|made| made.digest == *digest)
    };
    stored.filter(|found| !is_there(found)).map(|(file, _)| Record::Lost { file }).collect()
}
