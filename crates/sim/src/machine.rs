//! The virtual machine: the hands that the driver moves. It runs attempts on lanes, moves and deletes files, answers
//! questions about proofs, and lets all of that go wrong.

use crate::disk::Disk;
use crate::fault::{Fault, Faults};
use crate::oracle::Oracle;
use crate::prover::Prover;
use pelago_driver::Hands;
use pelago_grid::{Action, FreedSpace, Grid, Located, Record, RecordGroup};
use pelago_job::{Bytes, Delivered, Digest, FileRef, JobId, Made, TaskRef};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Something that will happen.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A fact reaches the driver.
    Fact(Record),
    /// A fact reaches the driver, whoever is the owner by then.
    Late(Record),
    /// An attempt gets its lane.
    Start(TaskRef, u32),
    /// An attempt ends.
    End(TaskRef, u32),
    /// A result comes home.
    Home(FileRef, Made),
    /// The files that an attempt set aside come home.
    HomeFiles(TaskRef, u32, Vec<Delivered>),
    /// A deletion is complete.
    Gone(FreedSpace),
    /// A job is looked up.
    Prove(JobId, bool),
    /// A task is looked up.
    Check(TaskRef, Vec<Option<Digest>>),
}

/// An attempt that has been launched.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Its number.
    pub number: u32,
    /// Space reserved.
    pub reserved: Option<Bytes>,
    /// Where its inputs are.
    pub inputs: Vec<Option<Located>>,
    /// How long it runs.
    pub lasts: u64,
    /// How it will end, once it has started.
    pub report: Option<Record>,
    /// Whether it was asked to stop.
    pub stopped: bool,
}

/// The machine.
pub struct Machine {
    /// Time of the world.
    pub now: Rc<Cell<u64>>,
    /// For durations.
    pub rng: crate::rng::Rng,
    /// What goes wrong.
    pub faults: Rc<RefCell<Faults>>,
    /// What survives.
    pub disk: Disk,
    /// What runs, by task: there is never more than one attempt.
    pub running: BTreeMap<TaskRef, Attempt>,
    /// When each lane is free.
    pub lanes: Vec<u64>,
    /// The judge.
    pub oracle: Oracle,
    /// What is proved.
    pub prover: Prover,
    /// What will happen, with its time.
    pub agenda: Vec<(u64, Happening)>,
    /// Versions of programs, by job.
    pub models: BTreeMap<JobId, u64>,
    /// Tasks that fail whenever they run, by label.
    pub broken: BTreeSet<String>,
    /// Tasks that use four times the space of others, by label.
    pub outliers: bool,
    /// Whether the owner is dead: then nothing is done any more.
    pub dead: bool,
    /// Whether reports of results set files aside for the experiment directory.
    pub sets_aside: bool,
    /// How many records are kept for a report of a failure.
    pub traced: usize,
    /// The position up to which records were followed.
    pub followed: u64,
    /// The last records that became durable, for a report of a failure.
    pub trace: std::collections::VecDeque<String>,
}

/// A record in a line.
fn brief(record: &Record) -> String {
    match record {
        Record::Submitted(submitted) => format!("Submitted {}", submitted.job),
        Record::Finished { task, attempt, report, .. } => {
            format!("Finished {task} attempt {attempt}: {:?}, {} used", report.outcome, report.usage.disk.0)
        }
        other => {
            let mut text = format!("{other:?}");
            text.truncate(300);
            text
        }
    }
}

impl Machine {
    /// Something happens in a while, from `low` to `high` milliseconds from now.
    pub fn soon(&mut self, low: u64, high: u64, what: Happening) {
        let at = self.now.get() + self.rng.within(low, high);
        self.agenda.push((at, what));
    }

    /// Something happens in a while, or much later if this fault strikes; twice if that one does.
    fn disturbed(&mut self, slow: Fault, twice: Option<Fault>, high: u64, what: Happening) {
        let mut high = high;
        let mut low = 0;
        let (is_slow, is_twice) = {
            let mut faults = self.faults.borrow_mut();
            (faults.strikes(slow), twice.is_some_and(|twice| faults.strikes(twice)))
        };
        if is_slow {
            self.faults.borrow_mut().fired(slow);
            (low, high) = (high * 20, high * 50);
        }
        if let (true, Some(twice)) = (is_twice, twice) {
            self.faults.borrow_mut().fired(twice);
            self.soon(low, high * 2, what.clone());
        }
        self.soon(low, high, what);
    }

    fn launch(
        &mut self,
        task: TaskRef,
        attempt: u32,
        reserved: Option<Bytes>,
        inputs: Vec<Option<Located>>,
        grid: &Grid,
    ) {
        self.oracle.judge_launch(task, attempt, &inputs, grid, &self.disk);
        if let Some(other) = self.running.get(&task) {
            let other = other.number;
            self.oracle.complaints.push(format!("{task}: attempt {attempt} starts while {other} still runs"));
        }
        let lasts = self.rng.log_uniform(4000);
        let now = self.now.get();
        let Some(lane) = self.lanes.iter_mut().min() else { return };
        let begins = now.max(*lane);
        *lane = begins + lasts;
        let hung = self.faults.borrow_mut().strikes(Fault::AgentHung);
        let lasts = if hung {
            self.faults.borrow_mut().fired(Fault::AgentHung);
            lasts * 50
        } else {
            lasts
        };
        let run = Attempt { number: attempt, reserved, inputs, lasts, report: None, stopped: false };
        self.running.insert(task, run);
        self.agenda.push((begins, Happening::Start(task, attempt)));
    }

    fn collect(&mut self, task: TaskRef, attempt: u32, outputs: u16, grid: &Grid) {
        for output in 0..outputs {
            let file = FileRef { task, output };
            let from = self.disk.dirs.get_mut(&(task, attempt)).and_then(|dir| dir.outputs.remove(&output));
            match (from, grid.files.get(&file)) {
                // Also what nobody needs any more: its deletion is the next action.
                (Some(made), _) => {
                    self.disk.vanished.remove(&file);
                    self.disk.store.insert(file, made);
                }
                (None, Some(row)) if row.at == pelago_grid::At::Store => {
                    let there = self.disk.store.get(&file).is_some_and(|made| made.digest == row.made.digest);
                    let home = self.oracle.jobs.get(&task.job).map(|known| known.truth.name(file).to_string());
                    let home = home.is_some_and(|name| self.disk.home.contains_key(&name));
                    if !there && !home && !self.disk.vanished.contains(&file) {
                        self.oracle
                            .complaints
                            .push(format!("{file:?} of attempt {attempt} is nowhere to be collected"));
                    }
                }
                (None, _) => {}
            }
        }
    }

    /// A group is durable, and `grid` is what follows from it.
    pub fn follow(&mut self, position: u64, group: &RecordGroup, grid: &Grid) {
        self.followed = position;
        for record in &group.records {
            if let Record::Finished { task, attempt, key: Some(key), report } = record
                && self.oracle.is_current(*task, *attempt)
                && report.outcome == pelago_job::Outcome::Done
            {
                self.prover.remember(key.digest, *task, &report.outputs);
            }
        }
        self.oracle.follow(&group.records, grid, &self.models);
        for record in &group.records {
            if self.traced > 0 {
                if self.trace.len() >= self.traced {
                    self.trace.pop_front();
                }
                self.trace.push_back(format!("{position} @{} {}", group.now.0, brief(record)));
            }
        }
    }

    fn act(&mut self, action: Action, grid: &Grid) {
        match action {
            Action::Prove { job, started } => {
                self.disturbed(Fault::AnswerDoubled, None, 30, Happening::Prove(job, started));
            }
            Action::Check { task, inputs } => {
                let twice = Some(Fault::AnswerDoubled);
                self.disturbed(Fault::AgentHung, twice, 20, Happening::Check(task, inputs));
            }
            Action::Launch { task, attempt, reserved, inputs } => self.launch(task, attempt, reserved, inputs, grid),
            Action::Collect { task, attempt, outputs } => self.collect(task, attempt, outputs, grid),
            Action::Deliver { file, made } => {
                let twice = Some(Fault::ConfirmationDoubled);
                self.disturbed(Fault::DeliverySlow, twice, 100, Happening::Home(file, made));
            }
            Action::DeliverHome { task, attempt, files } => {
                let twice = Some(Fault::ConfirmationDoubled);
                self.disturbed(Fault::DeliverySlow, twice, 100, Happening::HomeFiles(task, attempt, files));
            }
            Action::Discard { task, attempt } | Action::DropFailed { task, attempt } => {
                match grid.space.failed.contains_key(&(task, attempt)) {
                    true => self.disk.discard_aside(task, attempt),
                    false => self.disk.discard(task, attempt),
                }
                let what = FreedSpace::Attempt { task, attempt };
                self.disturbed(Fault::DeletionSlow, Some(Fault::ConfirmationDoubled), 50, Happening::Gone(what));
            }
            Action::Delete { file, version } => {
                self.disk.delete(file, version);
                let what = FreedSpace::File { file, version };
                self.disturbed(Fault::DeletionSlow, Some(Fault::ConfirmationDoubled), 50, Happening::Gone(what));
            }
            Action::Stop { task, attempt } => {
                if let Some(run) = self.running.get_mut(&task).filter(|run| run.number == attempt) {
                    run.stopped = true;
                    self.soon(0, 20, Happening::End(task, attempt));
                }
            }
            Action::JobEnded { .. } => {}
        }
    }
}

/// The hands of one owner.
#[derive(Clone)]
pub struct VirtualHands {
    /// The machine.
    pub machine: Rc<RefCell<Machine>>,
    /// Which owner this is: the hands of an earlier one do nothing any more.
    pub life: u64,
    /// Which owner is the present one.
    pub present: Rc<Cell<u64>>,
}

impl Hands for VirtualHands {
    fn synced(&mut self, position: u64, group: &RecordGroup, grid: &Grid) {
        let machine = &mut *self.machine.borrow_mut();
        if self.life != self.present.get() {
            machine.oracle.complaints.push("an owner that was fenced off made something durable".to_string());
        }
        machine.follow(position, group, grid);
    }

    fn perform(&mut self, action: Action, grid: &Grid) {
        let machine = &mut *self.machine.borrow_mut();
        if machine.dead {
            return;
        }
        if self.life != self.present.get() {
            return machine.oracle.complaints.push(format!("an owner that was fenced off acts: {action:?}"));
        }
        if machine.faults.borrow_mut().strikes(Fault::CrashBetweenActions) {
            machine.faults.borrow_mut().fired(Fault::CrashBetweenActions);
            machine.dead = true;
            return;
        }
        machine.act(action, grid);
    }
}
