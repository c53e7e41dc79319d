//! The life of an attempt on the virtual machine: it stages its inputs, makes its outputs, and ends one way or another.

use crate::disk::Dir;
use crate::fault::Fault;
use crate::machine::{Happening, Machine};
use crate::prover::Prover;
use crate::truth::{self, Origin};
use pelago_grid::{At, FreedSpace, Grid, Located, ProofKey, Record};
use pelago_job::{Bytes, Cause, Delivered, Digest, FileRef, Made, Millis, Outcome, Report, Role, TaskRef, Usage};

/// Bytes that an attempt leaves beside its outputs.
const SCRATCH: u64 = 500;

impl Machine {
    /// An attempt gets its lane: what it reads is read now, and how it will end is settled.
    pub fn start(&mut self, task: TaskRef, attempt: u32, grid: &Grid) {
        let Some(run) = self.running.get(&task).filter(|run| run.number == attempt && run.report.is_none()) else {
            return;
        };
        let (inputs, reserved, lasts) = (run.inputs.clone(), run.reserved, run.lasts);
        let (report, key, dir) = self.work(task, attempt, &inputs, reserved, lasts, grid);
        let key = key.map(|digest| ProofKey { digest, inputs: Vec::new() });
        self.disk.dirs.insert((task, attempt), dir);
        if let Some(run) = self.running.get_mut(&task) {
            run.report = Some(Record::Finished { task, attempt, key, report: Box::new(report) });
        }
        self.agenda.push((self.now.get() + lasts, Happening::End(task, attempt)));
        if self.faults.borrow_mut().strikes(Fault::AgentDied) {
            let lost = Record::Finished {
                task,
                attempt,
                key: None,
                report: Box::new(self.unfinished(task, attempt, Cause::LostAgent)),
            };
            self.faults.borrow_mut().fired(Fault::AgentDied);
            if let Some(report) = self.running.get(&task).and_then(|run| run.report.clone()) {
                // It was only taken for dead: it goes on, and reports when another attempt may be under way.
                self.soon(lasts, lasts + 5_000, Happening::Late(report));
            }
            if let Some(run) = self.running.get_mut(&task) {
                run.report = Some(lost);
            }
        }
    }

    /// An attempt has ended: its report is on its way.
    pub fn end(&mut self, task: TaskRef, attempt: u32) {
        let Some(run) = self.running.get(&task).filter(|run| run.number == attempt).cloned() else { return };
        self.running.remove(&task);
        let report = match run.report {
            Some(report) if !run.stopped => report,
            _ => {
                let report = Box::new(self.unfinished(task, attempt, Cause::Cancelled));
                Record::Finished { task, attempt, key: None, report }
            }
        };
        if let Record::Finished { report: ended, .. } = &report
            && ended.outcome != Outcome::Done
            && let Some(dir) = self.disk.dirs.get_mut(&(task, attempt))
        {
            // What a failed attempt made is of no use, but it is there.
            dir.rest += std::mem::take(&mut dir.outputs).values().map(|made| made.size.0).sum::<u64>();
        }
        if self.disk.dirs.get(&(task, attempt)).is_some_and(|dir| dir.bytes() == 0) {
            // A directory that was left empty serves the next attempt.
            self.disk.dirs.remove(&(task, attempt));
        }
        let (late, twice, reordered) = {
            let mut faults = self.faults.borrow_mut();
            let late = faults.strikes(Fault::ReportLate);
            (late, faults.strikes(Fault::ReportDoubled), faults.strikes(Fault::ReportsReordered))
        };
        if late {
            return self.soon(100, 20_000, Happening::Late(report));
        }
        if twice {
            self.faults.borrow_mut().fired(Fault::ReportDoubled);
            self.soon(0, 3_000, Happening::Fact(report.clone()));
        }
        if reordered {
            self.faults.borrow_mut().fired(Fault::ReportsReordered);
            return self.soon(0, 3_000, Happening::Fact(report));
        }
        self.soon(0, 2, Happening::Fact(report));
    }

    /// The report of an attempt that was ended from outside.
    pub fn unfinished(&self, task: TaskRef, attempt: u32, cause: Cause) -> Report {
        let mut report = Report::failed(cause);
        report.usage.disk = Bytes(self.disk.dirs.get(&(task, attempt)).map_or(0, Dir::bytes));
        report
    }

    fn work(
        &mut self,
        task: TaskRef,
        attempt: u32,
        located: &[Option<Located>],
        reserved: Option<Bytes>,
        lasts: u64,
        grid: &Grid,
    ) -> (Report, Option<Digest>, Dir) {
        let Some(known) = self.oracle.jobs.get(&task.job) else {
            return (Report::failed(Cause::CannotStart("no such job".to_string())), None, Dir::default());
        };
        let Some(what) = known.truth.tasks.get(&task).cloned() else {
            return (Report::failed(Cause::CannotStart("no such task".to_string())), None, Dir::default());
        };
        let model = known.model;
        let firsts: Vec<Option<Digest>> = located.iter().map(|l| l.map(|l| l.first)).collect();
        let key = Prover::key(&known.truth, task, model, &firsts, &self.disk).filter(|_| what.event.is_none());
        let (mut contents, mut read, mut missing) = (Vec::new(), 0, None);
        for need in &what.needs {
            let made = match need.origin {
                Origin::Root => self.disk.home.get(&need.name).copied(),
                Origin::Task(_) => self.staged(located.get(need.input).copied().flatten()),
            };
            match made {
                Some(made) => {
                    contents.push(made.digest);
                    read += made.size.0;
                }
                None => missing = Some((need.name.clone(), need.origin.clone())),
            }
        }
        if let Some((file, _)) = what.event {
            match self.staged(located.first().copied().flatten()) {
                Some(made) => read += made.size.0,
                None => missing = Some((known.truth.name(file).to_string(), Origin::Task(file))),
            }
        }
        if let Some((name, origin)) = missing {
            if let Origin::Task(file) = origin {
                // It is lost where it really is.
                let file = match grid.files.get(&file).map(|row| row.at) {
                    Some(At::Earlier(other)) => other,
                    _ => file,
                };
                self.disk.vanished.insert(file);
                self.soon(0, 0, Happening::Fact(Record::Lost { file }));
            }
            return (Report::failed(Cause::InputMissing(name)), None, Dir::default());
        }
        let outlier = self.outliers && truth::size(&what.label, 99, false).0.is_multiple_of(7);
        let salt = self.salt(task, attempt);
        let outputs: Vec<Made> = (0..what.outputs.len() as u16)
            .map(|output| Made {
                size: truth::size(&what.label, output, outlier),
                digest: truth::made(&what.label, output, model, salt, &contents),
            })
            .collect();
        let made: u64 = outputs.iter().map(|made| made.size.0).sum();
        let plain = outputs.is_empty() && what.needs.is_empty() && what.event.is_none();
        let mut usage = if plain { 0 } else { read + made + SCRATCH };
        if self.faults.borrow_mut().strikes(Fault::Outgrown) && reserved.is_some() && usage > 0 {
            self.faults.borrow_mut().fired(Fault::Outgrown);
            usage = usage * 2 + reserved.map_or(0, |r| r.0 / 2);
        }
        let failed = |cause, disk| {
            let mut report = Report::failed(cause);
            report.usage = Usage { wall: Millis(lasts), disk: Bytes(disk), ..Usage::default() };
            (report, None, Dir { rest: disk, ..Dir::default() })
        };
        if let Some(reserved) = reserved.filter(|reserved| usage > reserved.0) {
            // It is stopped as soon as it is seen to use more.
            return failed(Cause::Disk { reserved, used: Bytes(reserved.0 + 1) }, reserved.0);
        }
        if let Some(cause) = self.cause(&what.label, attempt) {
            let (mut report, key, mut dir) = failed(cause, usage / 2);
            if self.sets_aside && what.role == Role::Main && usage > 0 {
                // What it printed comes home although it failed.
                dir.aside = (SCRATCH / 2).min(dir.rest);
                dir.rest -= dir.aside;
                let made = Made { size: Bytes(dir.aside), digest: Digest::of(what.label.as_bytes()) };
                let path = format!("said/{}", what.label);
                report.home = vec![Delivered { staged: "0".to_string(), path, made }];
            }
            return (report, key, dir);
        }
        let mut report = Report { outcome: Outcome::Done, ..Report::failed(Cause::Cancelled) };
        report.outputs = outputs.clone();
        report.usage = Usage { wall: Millis(lasts), disk: Bytes(usage), ..Usage::default() };
        if self.sets_aside && what.role == Role::Main && usage > 0 {
            let made = Made { size: Bytes(SCRATCH / 2), digest: Digest::of(what.label.as_bytes()) };
            let path = format!("aside/{}", what.label);
            report.home = vec![Delivered { staged: "0".to_string(), path, made }];
        }
        let outputs = (0..).zip(outputs).collect();
        (report, key, Dir { outputs, aside: 0, rest: usage - made })
    }

    fn staged(&self, located: Option<Located>) -> Option<Made> {
        let located = located?;
        let made = match located.at {
            At::Store => self.disk.store.get(&located.file),
            At::Earlier(file) => self.disk.store.get(&file),
            At::Home => {
                let known = self.oracle.jobs.get(&located.file.task.job)?;
                self.disk.home.get(known.truth.name(located.file))
            }
            At::Gone => None,
        };
        made.copied().filter(|made| made.digest == located.made.digest)
    }

    /// What makes the outputs of this attempt differ from those of any other.
    fn salt(&mut self, task: TaskRef, attempt: u32) -> u64 {
        if !self.faults.borrow_mut().strikes(Fault::Varies) {
            return 0;
        }
        self.faults.borrow_mut().fired(Fault::Varies);
        self.oracle.varied = true;
        1 + task.index * 1000 + u64::from(attempt)
    }

    fn cause(&mut self, label: &str, attempt: u32) -> Option<Cause> {
        if self.broken.contains(label) {
            return Some(Cause::Exit(1));
        }
        let kinds = [
            (Fault::Exit, Cause::Exit(3)),
            (Fault::Signal, Cause::Signal(11)),
            (Fault::OutOfMemory, Cause::OutOfMemory { used: Bytes(1 << 30), limit: None }),
            (Fault::Walltime, Cause::Walltime { limit: Millis(1000) }),
            (Fault::CannotStart, Cause::CannotStart("no such file".to_string())),
            (Fault::OutputMissing, Cause::OutputMissing("out".to_string())),
            (Fault::DiskFull, Cause::DiskFull),
        ];
        let mut faults = self.faults.borrow_mut();
        let (fault, cause) = kinds.into_iter().find(|(fault, _)| faults.strikes(*fault))?;
        faults.fired(fault);
        let _ = attempt;
        Some(cause)
    }

    /// A result comes home, if it is still there.
    pub fn home(&mut self, file: FileRef, made: Made) {
        let Some(known) = self.oracle.jobs.get(&file.task.job) else { return };
        let name = known.truth.name(file).to_string();
        if self.disk.store.contains_key(&file) && self.faults.borrow_mut().strikes(Fault::ResultVanished) {
            self.faults.borrow_mut().fired(Fault::ResultVanished);
            self.disk.store.remove(&file);
            self.disk.vanished.insert(file);
        }
        match self.disk.store.remove(&file) {
            Some(made) => {
                self.disk.home.insert(name, made);
            }
            None if self.disk.home.get(&name).is_some_and(|home| home.digest == made.digest) => {}
            None => {
                self.disk.vanished.insert(file);
                return self.soon(0, 0, Happening::Fact(Record::Lost { file }));
            }
        }
        self.soon(0, 5, Happening::Fact(Record::Delivered { file }));
    }

    /// Whether a result that the tables know to be on its way is at home already.
    pub fn is_home(&self, file: FileRef, grid: &Grid) -> bool {
        let Some(row) = grid.files.get(&file).filter(|row| row.delivering) else { return false };
        let Some(known) = self.oracle.jobs.get(&file.task.job) else { return false };
        self.disk.home.get(known.truth.name(file)).is_some_and(|made| made.digest == row.made.digest)
    }

    /// Files that an attempt set aside come home.
    pub fn home_files(&mut self, task: TaskRef, attempt: u32, files: &[Delivered]) {
        if !self.disk.dirs.contains_key(&(task, attempt))
            && !files.iter().all(|file| self.disk.home.contains_key(&file.path))
        {
            self.oracle.complaints.push(format!("the files that attempt {attempt} of {task} set aside are gone"));
        }
        for file in files {
            self.disk.home.insert(file.path.clone(), file.made);
        }
        self.soon(0, 5, Happening::Fact(Record::HomeDelivered { task, attempt }));
    }

    /// A deletion is complete.
    pub fn gone(&mut self, what: FreedSpace) {
        self.disk.trash.remove(&what);
        self.soon(0, 5, Happening::Fact(Record::Freed(what)));
    }

    /// A file of the store vanishes: found at once, or by whoever wants to read it.
    pub fn vanish(&mut self) {
        if !self.faults.borrow_mut().strikes(Fault::FileVanished) || self.disk.store.is_empty() {
            return;
        }
        let number = self.rng.below(self.disk.store.len() as u64) as usize;
        let Some(file) = self.disk.store.keys().nth(number).copied() else { return };
        self.faults.borrow_mut().fired(Fault::FileVanished);
        self.disk.store.remove(&file);
        self.disk.vanished.insert(file);
        if self.rng.chance(500) {
            self.soon(0, 50, Happening::Fact(Record::Lost { file }));
        }
    }
}
