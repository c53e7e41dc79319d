//! The world: time, people, owners that come and go, and the checks that are made after every step.

use crate::clock::VirtualClock;
use crate::disk::Disk;
use crate::fault::{Fault, Faults};
use crate::journal::{Handle, Journal};
use crate::machine::{Happening, Machine, VirtualHands};
use crate::oracle::Oracle;
use crate::prover::Prover;
use crate::rng::Rng;
use crate::scenario::{Act, Change, Room, Scenario, Stage};
use crate::truth::{self, Truth};
use crate::{Broken, Options, Passed};
use pelago_driver::{Driver, DriverError, replay};
use pelago_grid::image::Image;
use pelago_grid::{FreedSpace, Grid, JobState, Record, RecordGroup, Submitted, TaskState};
use pelago_job::{Bytes, Cause, Digest, GridTime, JobId, Made, Millis, Role, TaskRef};
use pelago_plan::Plan;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

mod checks;
mod owners;

type VirtualDriver = Driver<Handle, VirtualClock, VirtualHands>;
type Outcome = Result<(), Vec<String>>;

/// What will happen next.
enum Next {
    Machine(Happening),
    Person(Act),
}

/// One run.
pub struct World {
    scenario: Scenario,
    rng: Rng,
    now: Rc<Cell<u64>>,
    faults: Rc<RefCell<Faults>>,
    journal: Rc<RefCell<Journal>>,
    machine: Rc<RefCell<Machine>>,
    present: Rc<Cell<u64>>,
    driver: Option<VirtualDriver>,
    zombie: Option<VirtualDriver>,
    clock: VirtualClock,
    /// What will happen, with the owner at whose time it was asked for.
    queue: BTreeMap<(u64, u64), (u64, Next)>,
    count: u64,
    steps: u64,
    /// Tables that follow the journal from its first group, and from a snapshot.
    mirror: Grid,
    follower: Option<Grid>,
    mirrored: u64,
    /// The job that is asked for and may not be durable yet.
    wanted: Option<Submitted>,
    last: Option<JobId>,
    /// Space that is enough for any attempt.
    step: u64,
}

impl World {
    /// The world of a seed.
    pub fn new(seed: u64, scenario: Scenario, options: &Options) -> Self {
        let now = Rc::new(Cell::new(0));
        let faults = Rc::new(RefCell::new(Faults::draw(seed, &options.without)));
        let machine = Machine {
            now: now.clone(),
            rng: Rng::new(seed, "machine"),
            faults: faults.clone(),
            disk: Disk::default(),
            running: BTreeMap::new(),
            lanes: vec![0; scenario.slots as usize],
            oracle: Oracle::default(),
            prover: Prover::default(),
            agenda: Vec::new(),
            models: BTreeMap::new(),
            broken: BTreeSet::new(),
            outliers: scenario.outliers,
            dead: false,
            sets_aside: scenario.sets_aside,
            traced: options.trace,
            followed: 0,
            trace: VecDeque::new(),
        };
        let clock = VirtualClock { world: now.clone(), began: 0, base: GridTime(0), faults: faults.clone(), skew: 0 };
        Self {
            scenario,
            rng: Rng::new(seed, "world"),
            now,
            faults,
            journal: Rc::new(RefCell::new(Journal::default())),
            machine: Rc::new(RefCell::new(machine)),
            present: Rc::new(Cell::new(0)),
            driver: None,
            zombie: None,
            clock,
            queue: BTreeMap::new(),
            count: 0,
            steps: 0,
            mirror: Grid::default(),
            follower: None,
            mirrored: 0,
            wanted: None,
            last: None,
            step: 0,
        }
    }

    /// Runs until every job has ended well.
    pub fn run(mut self) -> Result<Passed, Box<Broken>> {
        let outcome = self.play();
        let machine = self.machine.borrow();
        let faults = self.faults.borrow().counts().clone();
        match outcome {
            Ok(()) => Ok(Passed {
                faults,
                tasks: self.mirror.jobs.values().flat_map(|job| &job.groups).map(|g| g.settled_count()).sum(),
                groups: self.journal.borrow().last(),
                lives: self.present.get(),
            }),
            Err(why) => Err(Box::new(Broken { why, trace: machine.trace.iter().cloned().collect(), faults })),
        }
    }

    fn play(&mut self) -> Outcome {
        self.open()?;
        for (at, act) in self.scenario.acts.clone() {
            self.schedule(at, Next::Person(act));
        }
        let stages = self.scenario.stages.clone();
        for (number, stage) in stages.iter().enumerate() {
            self.prepare(stage, number)?;
            self.submit(stage, number)?;
            if stages.get(number + 1).is_some_and(|next| next.overlaps) {
                // The next one comes while this one is under way.
                for _ in 0..self.rng.below(200) {
                    if !self.turn()? {
                        break;
                    }
                }
            } else {
                self.finish()?;
            }
        }
        self.judge_all()
    }

    // ---- what people do -------------------------------------------------------------------------------------------

    /// Puts the experiment directory in order for a job, with the change that led to it.
    fn prepare(&mut self, stage: &Stage, number: usize) -> Outcome {
        let experiment = Arc::new(stage.design.build());
        let plan = Plan::compile(experiment.clone())
            .map_err(|errors| vec![format!("the drawn experiment is refused: {}", errors[0])])?;
        let truth = Truth::of(JobId(0), &experiment, &plan);
        let mut machine_guard = self.machine.borrow_mut();
        let machine = &mut *machine_guard;
        let made = |name: &str, version: u64| Made {
            size: Bytes(1_000),
            digest: Digest::of(format!("{name} {version}").as_bytes()),
        };
        let roots: BTreeSet<String> = truth.roots().map(str::to_string).collect();
        for name in &roots {
            machine.disk.home.entry(name.clone()).or_insert_with(|| made(name, 0));
        }
        if self.scenario.broken > 0 && number == 0 {
            for task in truth.tasks.values().filter(|task| task.role != Role::RootFinish) {
                if truth::size(&task.label, 77, false).0.is_multiple_of(self.scenario.broken) {
                    machine.broken.insert(task.label.clone());
                }
            }
        }
        match stage.change {
            Change::Input => {
                if let Some(name) = self.rng.pick(&roots.iter().collect::<Vec<_>>()) {
                    machine.disk.home.insert(name.to_string(), made(name, 1 + number as u64));
                }
            }
            Change::Result => {
                let results: Vec<String> =
                    machine.disk.home.keys().filter(|name| !roots.contains(*name)).cloned().collect();
                if let Some(name) = self.rng.pick(&results) {
                    machine.disk.home.remove(name);
                }
            }
            Change::Nothing | Change::Model => {}
        }
        if stage.lacks
            && let Some(name) = roots.first()
        {
            machine.disk.home.remove(name);
        }
        drop(machine_guard);
        if number == 0 {
            let quota = self.quota(&truth);
            self.queue.insert((0, 0), (0, Next::Machine(Happening::Late(Record::Quota { quota: quota.map(Bytes) }))));
        }
        Ok(())
    }

    /// The quota that a scenario's room means for its first experiment.
    fn quota(&mut self, truth: &Truth) -> Option<u64> {
        let outlier = |label: &str| self.scenario.outliers && truth::size(label, 99, false).0.is_multiple_of(7);
        let made = |task: &truth::Task| -> u64 {
            (0..task.outputs.len() as u16).map(|o| truth::size(&task.label, o, outlier(&task.label)).0).sum()
        };
        let all: u64 = truth.tasks.values().map(made).sum();
        let largest = truth.tasks.values().map(made).max().unwrap_or(0);
        // An attempt holds copies of what it reads beside what it makes, and learned needs have some slack.
        let step = (largest * 3 + 4_000) * 9 / 8 + 70_000;
        self.step = step;
        match self.scenario.room {
            Room::Endless => None,
            Room::Ample => Some(all * 6 + step * 40),
            Room::Tight => Some(step * 3),
            Room::Scarce => Some(step + all / 3),
        }
    }

    fn submit(&mut self, stage: &Stage, number: usize) -> Outcome {
        let mut design = stage.design.clone();
        design.disk = design.disk.map(|_| self.step);
        let experiment = design.build();
        let job = JobId(number as u32 + 1);
        self.machine.borrow_mut().models.insert(job, stage.model);
        self.last = Some(job);
        self.wanted = Some(Submitted {
            job,
            experiment,
            root: "/experiment".to_string(),
            same: Digest::of(&(number as u64).to_le_bytes()),
            retries: stage.retries,
            keep_going: stage.keep_going,
            again: stage.again,
            strict: stage.strict,
            wall: 0,
        });
        self.ask()
    }

    /// Sends the submission, until it is durable: a person who gets no answer gives the command again.
    fn ask(&mut self) -> Outcome {
        while let Some(wanted) = self.wanted.clone() {
            if self.grid().same_job(&wanted.same).is_some() {
                self.wanted = None;
            } else {
                self.step(vec![Record::Submitted(Box::new(wanted))])?;
            }
        }
        Ok(())
    }

    fn act(&mut self, act: Act) -> Outcome {
        let Some(job) = self.last.filter(|job| self.grid().job(*job).is_some()) else { return Ok(()) };
        let later = self.now.get() + self.rng.within(10, 20_000);
        match act {
            Act::Hold => {
                self.schedule(later, Next::Person(Act::Release));
                self.step(vec![Record::Hold { job }])
            }
            Act::Release => self.step(vec![Record::Release { job }]),
            Act::CancelJob => self.step(vec![Record::Cancel { job, task: None }]),
            Act::CancelTask => {
                let active: Vec<TaskRef> = self.grid().tasks_of(job).map(|(task, _)| task).collect();
                let Some(task) = self.rng.pick(&active).copied() else { return Ok(()) };
                self.step(vec![Record::Cancel { job, task: Some(task) }])
            }
            Act::Reopen => {
                let keep_going = self.rng.chance(500);
                self.step(vec![Record::Reopened { job, retries: 2, keep_going }])
            }
            Act::Stop => {
                self.schedule(later, Next::Person(Act::Start));
                self.step(vec![Record::Draining])
            }
            Act::Start => self.crash(),
        }
    }

    /// Lets everything come to an end; what has not ended well is mended and continued, as a person would.
    fn finish(&mut self) -> Outcome {
        for round in 0..40 {
            while self.turn()? {}
            if self.grid().draining {
                self.crash()?;
                continue;
            }
            let jobs: Vec<JobId> = self.grid().jobs.keys().copied().collect();
            let ill: Vec<JobId> = jobs
                .into_iter()
                .filter(|id| self.grid().job(*id).is_some_and(|job| job.state != JobState::Done))
                .collect();
            if ill.is_empty() {
                return Ok(());
            }
            if round >= 2 {
                self.faults.borrow_mut().cease();
                self.machine.borrow_mut().broken.clear();
            }
            for id in ill {
                self.mend(id, round)?;
            }
        }
        Err(vec!["a job does not end well although nothing goes wrong any more".to_string()])
    }

    fn mend(&mut self, id: JobId, round: u32) -> Outcome {
        let Some(job) = self.grid().job(id) else { return Ok(()) };
        let held = job.held;
        let kept_back = self.grid().tasks_of(id).any(|(_, row)| row.state == TaskState::Held);
        match &job.state {
            JobState::Done => Ok(()),
            JobState::Active if held || kept_back => self.step(vec![Record::Release { job: id }]),
            JobState::Active => {
                let waits = self.waits(id);
                let phase = job.phase;
                let counts: Vec<String> = job
                    .groups
                    .iter()
                    .map(|g| format!("{} of {}, next {}, begun {:?}", g.settled_count(), g.size, g.next, g.begun))
                    .collect();
                Err(vec![format!("nothing moves and job {id} has not ended: {phase:?}, {counts:?}, {waits:?}")])
            }
            // An attempt that outgrows what it got asks for twice as much, which may be more than there is.
            JobState::Stuck(why) if self.scenario.room == Room::Tight && !self.outgrew() => {
                Err(vec![format!("job {id} is stuck although it fits: {why}")])
            }
            JobState::Stuck(_) => self.step(vec![Record::Quota { quota: None }, reopened(id)]),
            JobState::Refused(_) => {
                let roots: Vec<String> = {
                    let machine = self.machine.borrow();
                    let known = machine.oracle.jobs.get(&id);
                    known.map(|known| known.truth.roots().map(str::to_string).collect()).unwrap_or_default()
                };
                for name in roots {
                    let made = Made { size: Bytes(1_000), digest: Digest::of(format!("{name} 0").as_bytes()) };
                    self.machine.borrow_mut().disk.home.entry(name).or_insert(made);
                }
                self.step(vec![reopened(id)])
            }
            JobState::Failed | JobState::Cancelled => {
                let _ = round;
                self.step(vec![reopened(id)])
            }
        }
    }

    fn outgrew(&self) -> bool {
        self.faults.borrow().counts().contains_key(&Fault::Outgrown)
    }

    /// What active tasks of a job wait for.
    fn waits(&self, id: JobId) -> Vec<String> {
        let active = self.grid().tasks_of(id).take(20);
        active
            .map(|(task, row)| {
                let why = self.grid().explain(task).1;
                format!("{task} {:?} {:?} {:?} grown {:?}", row.class, row.state, why, row.grown)
            })
            .collect()
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    fn schedule(&mut self, at: u64, next: Next) {
        self.count += 1;
        self.queue.insert((at, self.count), (self.present.get(), next));
    }

    fn grid(&self) -> &Grid {
        self.driver.as_ref().map_or(&self.mirror, |driver| driver.grid())
    }

    /// Lets the next thing happen. False if nothing will.
    fn turn(&mut self) -> Result<bool, Vec<String>> {
        self.steps += 1;
        if self.steps > 400_000 {
            let mut why = vec!["it never ends".to_string()];
            why.extend(self.grid().open.iter().flat_map(|id| self.waits(*id)));
            return Err(why);
        }
        let strikes = |faults: &Rc<RefCell<Faults>>, kind| {
            let strikes = faults.borrow_mut().strikes(kind);
            if strikes {
                faults.borrow_mut().fired(kind);
            }
            strikes
        };
        if strikes(&self.faults, Fault::CrashIdle) {
            self.crash()?;
        }
        self.machine.borrow_mut().vanish();
        self.gather();
        let due = self.grid().next_due().map(|due| self.clock.world_at(due));
        let first = self.queue.keys().next().map(|(at, _)| *at);
        match (first, due) {
            (None, None) => return Ok(false),
            (first, Some(due)) if first.is_none_or(|first| due < first) => {
                self.now.set(self.now.get().max(due));
                self.step(vec![Record::Tick])?;
            }
            (Some(at), _) => {
                self.now.set(self.now.get().max(at));
                // What arrives within a moment is one step.
                let moment = self.now.get() + self.rng.below(3) * self.rng.below(4);
                let mut facts = Vec::new();
                while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= moment) {
                    let (life, next) = entry.remove();
                    match next {
                        Next::Person(act) => {
                            let facts = std::mem::take(&mut facts);
                            if !facts.is_empty() {
                                self.step(facts)?;
                            }
                            self.act(act)?;
                        }
                        Next::Machine(happening) => self.happen(life, happening, &mut facts),
                    }
                }
                if !facts.is_empty() {
                    self.step(facts)?;
                }
            }
            (None, Some(_)) => {}
        }
        Ok(true)
    }

    fn happen(&mut self, life: u64, happening: Happening, facts: &mut Vec<Record>) {
        let grid = self.driver.as_ref().map_or(&self.mirror, |driver| driver.grid());
        let machine = &mut *self.machine.borrow_mut();
        match happening {
            // An agent that was taken for dead returns before its loss is known, and what it made is gone.
            Happening::Late(Record::Finished { task, attempt, report, .. })
                if !report.outputs.is_empty()
                    && grid.tasks.get(&task).is_some_and(|row| row.attempt == attempt)
                    && machine.disk.dirs.get(&(task, attempt)).is_none_or(|dir| dir.outputs.is_empty()) => {}
            Happening::Late(record) => {
                if life != self.present.get() && matches!(record, Record::Finished { .. }) {
                    self.faults.borrow_mut().fired(Fault::ReportLate);
                }
                facts.push(record);
            }
            _ if life != self.present.get() => {}
            // Whoever reports a loss has looked: a file that is there again by now is not lost.
            Happening::Fact(Record::Lost { file }) if !machine.disk.vanished.contains(&file) => {}
            Happening::Fact(Record::Lost { file }) if machine.is_home(file, grid) => {
                facts.push(Record::Delivered { file });
            }
            Happening::Fact(record) => facts.push(record),
            Happening::Start(task, attempt) => machine.start(task, attempt, grid),
            Happening::End(task, attempt) => machine.end(task, attempt),
            Happening::Home(file, made) => machine.home(file, made),
            Happening::HomeFiles(task, attempt, files) => machine.home_files(task, attempt, &files),
            Happening::Gone(what) => machine.gone(what),
            Happening::Prove(job, started) => {
                if let Some(known) = machine.oracle.jobs.get(&job) {
                    let prover = &machine.prover;
                    facts.extend(prover.job(&known.truth, known.model, job, started, grid, &machine.disk));
                }
            }
            Happening::Check(task, firsts) => {
                if let Some(known) = machine.oracle.jobs.get(&task.job) {
                    let prover = &machine.prover;
                    let verdict = prover.task(&known.truth, known.model, task, &firsts, grid, &machine.disk);
                    facts.push(Record::Checked { task, verdict });
                }
            }
        }
    }

    fn gather(&mut self) {
        let agenda = std::mem::take(&mut self.machine.borrow_mut().agenda);
        for (at, happening) in agenda {
            self.schedule(at, Next::Machine(happening));
        }
    }

    // ---- owners ---------------------------------------------------------------------------------------------------

    /// A step of the driver. If it ends the owner, the next one takes over.
    fn step(&mut self, facts: Vec<Record>) -> Outcome {
        let Some(driver) = self.driver.as_mut() else { return Err(vec!["there is no owner".to_string()]) };
        let before = driver.position();
        let result = driver.step(facts);
        let wrote = driver.position() > before;
        self.gather();
        self.complain()?;
        if let Err(DriverError::Spinning(decision)) = &result {
            return Err(vec![format!("a decision has no effect: {decision}")]);
        }
        if result.is_err() || self.machine.borrow().dead {
            return self.crash();
        }
        if wrote {
            self.check()?;
        }
        self.ask_zombie()
    }

    fn complain(&self) -> Outcome {
        let complaints = std::mem::take(&mut self.machine.borrow_mut().oracle.complaints);
        if complaints.is_empty() { Ok(()) } else { Err(complaints) }
    }
}

fn reopened(job: JobId) -> Record {
    Record::Reopened { job, retries: 3, keep_going: true }
}

fn encoded(grid: &Grid, record: Record) -> Result<Vec<u8>, Vec<String>> {
    let group = RecordGroup { now: grid.now, wall: 0, records: vec![record] };
    group.encode().map_err(|error| vec![error.to_string()])
}
