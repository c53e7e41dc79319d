//! One attempt: inputs in, steps in order, then what it made. Every failure carries its cause and its step.

use crate::board::{Key, Why};
use crate::command::Settings;
use crate::lane::Lane;
use crate::watch::measure;
use pelago_job::{Bytes, Cause, Delivered, Failure, Limits, Made, Place, Stream};
use pelago_launch::{Command, Ended, How, LaunchError, Program, Script};
use pelago_stage::{Directory, SafePath, StageError, Staged, digest_of, stage_in};
use pelago_wire::order::{Order, OrderSetting, OrderStep, StageIn};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// With less space than this, a command that failed has most likely failed for want of it.
const FULL: u64 = 64 << 10;

/// A disk is nearly full with less than one part in so many of it left, and with less than this in any case.
const NEARLY: u64 = 20;
const NEARLY_MOST: u64 = 64 << 20;

/// An attempt that is being made.
pub(crate) struct Attempt<'a> {
    pub(crate) lane: &'a mut Lane,
    pub(crate) order: &'a Order,
    /// The working directory, open: paths of the task are looked up below it.
    pub(crate) work: Directory,
    /// Files set aside for the experiment directory, and of each whether it comes home also if the task fails.
    pub(crate) home: Vec<(Delivered, bool)>,
    /// A command has failed, so the task has, whatever is still done.
    pub(crate) failing: bool,
    /// A command has ended the task well before its last step.
    pub(crate) skipped: bool,
    pub(crate) keep_local: bool,
    /// Whether the inputs were in place before.
    ready: bool,
    /// Inputs in place, some of them shared with the world outside.
    pub(crate) staged: Vec<Staged>,
    pub(crate) cpu: u64,
    pub(crate) memory: u64,
    /// Lengths of the live logs.
    pub(crate) printed: (u64, u64),
    /// The spawner is gone.
    pub(crate) lost: bool,
    settings: Settings,
    /// Commands that are not yet run, with the numbers of their steps.
    pending: Vec<(u16, Command)>,
    /// A script of this attempt has been run, and the last one has not ended all processes.
    began: bool,
    open: bool,
    started: Instant,
}

/// A failure of the attempt as a whole.
pub(crate) fn failed(cause: Cause) -> Failure {
    Failure { cause, step: None }
}

/// The cause that a file error is; `missing` says what it means that something is not there.
pub(crate) fn cause(why: StageError, name: &str, missing: fn(String) -> Cause) -> Cause {
    match why {
        StageError::DiskFull { .. } => Cause::DiskFull,
        StageError::Missing { why, .. } if why == "not there" => missing(name.to_string()),
        other => Cause::Refused(other.to_string()),
    }
}

impl<'a> Attempt<'a> {
    /// An attempt whose inputs are still to be put into place, unless they are `in_place`.
    pub(crate) fn new(lane: &'a mut Lane, order: &'a Order, in_place: Option<Vec<Staged>>) -> Result<Self, Failure> {
        let path = match (&order.within, order.in_place) {
            (Some(within), _) => within.clone(),
            (None, true) => order.root.clone(),
            (None, false) => lane.shared.layout.private(lane.slot).join("work"),
        };
        if order.within.is_some() {
            fs::create_dir_all(&path).map_err(|why| {
                let why = StageError::system("cannot make", &path, why);
                failed(cause(why, "the working directory", Cause::InputMissing))
            })?;
        }
        let work = Directory::open(&path).map_err(|why| {
            let why = StageError::system("cannot open", &path, why);
            failed(cause(why, "the working directory", Cause::InputMissing))
        })?;
        Ok(Self {
            lane,
            order,
            work,
            home: Vec::new(),
            failing: false,
            skipped: false,
            keep_local: false,
            ready: in_place.is_some(),
            staged: in_place.unwrap_or_default(),
            cpu: 0,
            memory: 0,
            printed: (0, 0),
            lost: false,
            settings: Settings::default(),
            pending: Vec::new(),
            began: false,
            open: false,
            started: Instant::now(),
        })
    }

    /// Files set aside for the experiment directory, as the attempt ended.
    pub(crate) fn take_home(&mut self, failure: Option<&Failure>) -> Vec<Delivered> {
        let home = std::mem::take(&mut self.home).into_iter();
        match failure {
            None => home.map(|(file, _)| file).collect(),
            Some(failure) if goes_on(&failure.cause) => {
                home.filter(|(_, anyhow)| *anyhow).map(|(file, _)| file).collect()
            }
            Some(_) => Vec::new(),
        }
    }

    /// Whether what is done now is done also after a failure.
    pub(crate) fn after_failure(&self) -> bool {
        self.settings.after_failure()
    }

    pub(crate) fn key(&self) -> Key {
        (self.order.task, self.order.attempt)
    }

    /// Inputs, then all steps. Whatever comes of it, no process of the attempt is left afterwards.
    pub(crate) fn run(&mut self) -> Result<(), Failure> {
        let ran = self.stage().map_err(failed).and_then(|()| {
            self.started = Instant::now();
            self.steps()
        });
        if self.open && !self.lost {
            let ended = self.script(Vec::new(), true);
            return ran.and(ended.map(|_| ()));
        }
        ran
    }

    fn stage(&mut self) -> Result<(), Cause> {
        let wanted = if self.ready { &[][..] } else { &self.order.inputs };
        for input in wanted {
            self.input(input)?;
        }
        if self.order.node_files {
            let from = self.lane.shared.layout.node_files(self.order.task.job);
            let missing = |why| cause(why, "what the node's start task left", Cause::InputMissing);
            let entries = fs::read_dir(&from).map_err(|why| missing(StageError::system("cannot read", &from, why)))?;
            for entry in entries {
                let entry = entry.map_err(|why| missing(StageError::system("cannot read", &from, why)))?;
                let name = SafePath::new(entry.file_name()).map_err(|why| Cause::Refused(why.to_string()))?;
                stage_in(&entry.path(), &self.work, &name, false).map_err(missing)?;
            }
        }
        Ok(())
    }

    fn input(&mut self, input: &StageIn) -> Result<(), Cause> {
        let failed = |why| cause(why, &input.name, Cause::InputMissing);
        let name = SafePath::new(&input.name).map_err(|why| Cause::Refused(why.to_string()))?;
        if let Some(expected) = &input.expect {
            let found = self.identify(&input.from, expected).map_err(failed)?;
            if found != *expected {
                let recorded = "is not what was recorded, it must be made again";
                return Err(Cause::InputMissing(format!("{} ({} {recorded})", input.name, input.from.display())));
            }
        }
        let target = self.work.path().join(name.as_path());
        if self.order.in_place && same_file(&input.from, &target) {
            return Ok(());
        }
        if input.read_only && input.expect.is_none() {
            self.lane.shared.digests.hold(&input.from);
        }
        self.staged.push(stage_in(&input.from, &self.work, &name, input.read_only).map_err(failed)?);
        Ok(())
    }

    /// What a file is. One whose size is wrong already is not read.
    fn identify(&self, path: &Path, expected: &Made) -> Result<Made, StageError> {
        let metadata = fs::metadata(path).map_err(|why| StageError::system("cannot look at", path, why))?;
        if metadata.is_dir() {
            return digest_of(path);
        }
        if metadata.len() != expected.size.0 {
            return Ok(Made { size: Bytes(metadata.len()), digest: pelago_job::Digest([0; 32]) });
        }
        self.lane.shared.digests.digest(path)
    }

    /// All steps; after a failure those that are done all the same.
    fn steps(&mut self) -> Result<(), Failure> {
        let order = self.order;
        let mut ended = Ok(());
        for (number, step) in (0u16..).zip(&order.steps) {
            if self.skipped {
                break;
            }
            // Settings count in any case: one of them says what is done after a failure.
            if self.failing && !self.settings.after_failure() && !matches!(step, OrderStep::Set(_)) {
                continue;
            }
            match self.step(number, step) {
                Ok(()) => {}
                Err(_) if self.failing => {}
                Err(failure) if goes_on(&failure.cause) && self.goes_on_at(number) => {
                    self.failing = true;
                    self.pending.clear();
                    ended = Err(failure);
                }
                Err(failure) => return Err(failure),
            }
        }
        if self.skipped {
            return Ok(());
        }
        let last = self.flush(true);
        if self.failing { ended } else { last }
    }

    fn step(&mut self, number: u16, step: &OrderStep) -> Result<(), Failure> {
        let in_place = self.order.in_place;
        let at = |cause| Failure { cause, step: Some(number) };
        match step {
            OrderStep::Exec { program, argv, search_path, at } => {
                let (program, argv) = (program.clone(), argv.clone());
                self.command(number, Program::Exec { program, argv, search_path: *search_path }, *at);
            }
            OrderStep::Shell { line, at } => self.command(number, Program::Shell(line.clone()), *at),
            OrderStep::Redirect { stream, target } => {
                let set = self.settings.redirect(*stream, target.as_ref(), in_place);
                set.map_err(|why| at(Cause::Refused(why.to_string())))?;
            }
            OrderStep::Set(setting) => {
                // It holds for the commands before it or for those after it, never for both.
                if matches!(setting, OrderSetting::Skip(_)) {
                    self.flush(!self.more_commands(number))?;
                }
                let set = self.settings.set(setting, in_place);
                set.map_err(|why| at(Cause::Refused(why.to_string())))?;
                if matches!(setting, OrderSetting::AfterFailure(_)) {
                    self.flush(!self.more_commands(number))?;
                }
            }
            OrderStep::OnError(on_error) => self.settings.on_error(*on_error),
            OrderStep::KeepLocal => self.keep_local = true,
            OrderStep::CopyIn { .. }
            | OrderStep::CopyWithin { .. }
            | OrderStep::CopyHome { .. }
            | OrderStep::CopyOut { .. }
            | OrderStep::Substitute { .. } => {
                self.flush(!self.more_commands(number))?;
                match self.transfer(step, number) {
                    Err(failure) if self.settings.ignores() && passes(&failure.cause) => {}
                    other => other.map_err(|failure| at(failure.cause))?,
                }
            }
        }
        Ok(())
    }

    /// Whether a step from this one on is done also after a failure.
    fn goes_on_at(&self, number: u16) -> bool {
        let sets = |step: &OrderStep| *step == OrderStep::Set(OrderSetting::AfterFailure(true));
        self.settings.after_failure() || self.order.steps.iter().skip(usize::from(number)).any(sets)
    }

    /// Whether a process will run after this step.
    pub(crate) fn more_commands(&self, after: u16) -> bool {
        self.order.steps.iter().skip(usize::from(after) + 1).any(|step| match step {
            OrderStep::Exec { .. } | OrderStep::Shell { .. } => true,
            OrderStep::CopyIn { dynamic, .. }
            | OrderStep::CopyWithin { dynamic, .. }
            | OrderStep::CopyHome { dynamic, .. } => *dynamic,
            _ => false,
        })
    }

    fn command(&mut self, number: u16, program: Program, at: Place) {
        let cwd = match at {
            Place::Root => self.order.root.clone(),
            Place::Node | Place::Local | Place::Machine => self.work.path().to_path_buf(),
        };
        let command = self.settings.command(program, &cwd, self.work.path());
        self.pending.push((number, command));
    }

    /// Runs the commands that wait; with `end`, no process is left behind.
    fn flush(&mut self, end: bool) -> Result<(), Failure> {
        let (numbers, commands): (Vec<u16>, Vec<Command>) = std::mem::take(&mut self.pending).into_iter().unzip();
        if commands.is_empty() && !(end && self.open) {
            return Ok(());
        }
        let ended = self.script(commands, end)?;
        if ended.how == How::Done {
            return Ok(());
        }
        if let How::Exit(code) = ended.how
            && self.settings.skip() == Some(code)
        {
            self.skipped = true;
            return Ok(());
        }
        let step = usize::try_from(ended.command).ok().and_then(|at| numbers.get(at)).copied();
        Err(Failure { cause: self.cause_of(ended), step })
    }

    /// Has the spawner run something, and adds up what it used.
    pub(crate) fn script(&mut self, commands: Vec<Command>, end: bool) -> Result<Ended, Failure> {
        let Limits { walltime, memory, .. } = self.order.limits;
        // What is done after a failure has been counted by nobody, and does not last long.
        let walltime = walltime.filter(|_| !self.failing);
        let left = walltime.map(|limit| limit.0.saturating_sub(self.started.elapsed().as_millis() as u64));
        let id = self.lane.next_script();
        if let Err(why) = self.lane.shared.board.begin_script(self.key(), id)
            // The script that only ends the processes is run in any case.
            && !commands.is_empty()
        {
            return Err(failed(stop_cause(why)));
        }
        let (layout, slot) = (&self.lane.shared.layout, self.lane.slot);
        let mut env = self.order.env.clone();
        env.extend([
            ("PELAGO_OWNER".to_string(), self.lane.shared.owner.clone()),
            ("PELAGO_SLOT".to_string(), slot.to_string()),
            ("PELAGO_TASK".to_string(), self.order.label.clone()),
        ]);
        let script = Script {
            id,
            begin: !self.began,
            end,
            commands,
            env,
            stdout: layout.live_log(slot, Stream::Out),
            stderr: layout.live_log(slot, Stream::Err),
            walltime: left,
            memory: memory.map(|limit| limit.0),
        };
        self.began = true;
        let ran = self.lane.spawner.run(script);
        let stopped = self.lane.shared.board.end_script(self.key());
        let ended = ran.map_err(|why| {
            self.lost = true;
            failed(match why {
                LaunchError::Gone { pid, signal, .. } => Cause::LostSpawner { slot: slot as u32, pid, signal },
                _ => Cause::LostAgent,
            })
        })?;
        self.open = !end && ended.how == How::Done;
        self.cpu += ended.cpu;
        self.memory = self.memory.max(ended.memory);
        self.printed = (ended.stdout, ended.stderr);
        match stopped {
            // It may have ended by itself in the same moment; what counts is that we were asked.
            Some(why) if ended.how != How::Done => Err(failed(stop_cause(why))),
            _ => Ok(ended),
        }
    }

    pub(crate) fn cause_of(&self, ended: Ended) -> Cause {
        let Limits { walltime, memory, .. } = self.order.limits;
        match ended.how {
            How::Walltime => Cause::Walltime { limit: walltime.unwrap_or_default() },
            How::OutOfMemory { used, limit } => {
                Cause::OutOfMemory { used: Bytes(used), limit: memory.filter(|_| limit) }
            }
            How::CannotStart { errno: Some(libc_enospc), .. } if is_full(libc_enospc) => Cause::DiskFull,
            How::CannotStart { why, .. } => Cause::CannotStart(why),
            How::Exit(_) | How::Signal(_) if self.disk_is_full() => Cause::DiskFull,
            How::Exit(code) => Cause::Exit(code),
            How::Signal(signal) => Cause::Signal(signal),
            // Nobody but the board asks for this, and what it asked for was looked at before.
            How::Killed | How::Done => Cause::Interrupted,
        }
    }

    fn disk_is_full(&self) -> bool {
        rustix::fs::statvfs(self.work.path()).is_ok_and(|fs| {
            let free = fs.f_bavail.saturating_mul(fs.f_frsize);
            // Some file systems have no fixed number of files, and say 0 of 0.
            free < FULL || (fs.f_files > 0 && fs.f_favail == 0) || {
                // Another task that met the full disk has given back what it had by now: as much as this one, about.
                let nearly = (fs.f_blocks.saturating_mul(fs.f_frsize) / NEARLY).min(NEARLY_MOST);
                let own = if self.order.in_place { 0 } else { measure(&self.lane.shared.layout, self.lane.slot) };
                free < nearly && free < own.saturating_mul(2)
            }
        })
    }

    /// Where this attempt sets files aside; made if it is not there.
    pub(crate) fn aside(&self, kind: &str) -> Result<PathBuf, Cause> {
        let path = self.lane.shared.layout.attempt(self.order.task, self.order.attempt).join(kind);
        fs::create_dir_all(&path)
            .map_err(|why| cause(StageError::system("cannot make", &path, why), "", Cause::Refused))?;
        Ok(path)
    }
}

fn is_full(errno: i32) -> bool {
    use rustix::io::Errno;
    [Errno::NOSPC, Errno::DQUOT].iter().any(|full| full.raw_os_error() == errno)
}

/// Whether `onerror ignore` passes over a failed copy: not when there is a reason to end the task from outside.
fn passes(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::InputMissing(_) | Cause::OutputMissing(_) | Cause::Exit(_) | Cause::Signal(_) | Cause::CannotStart(_)
    )
}

/// Whether a task that failed so is still of use: its commands ran.
pub(crate) fn goes_on(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Exit(_)
            | Cause::Signal(_)
            | Cause::OutOfMemory { .. }
            | Cause::Walltime { .. }
            | Cause::OutputMissing(_)
    )
}

fn stop_cause(why: Why) -> Cause {
    match why {
        Why::Cancelled => Cause::Cancelled,
        Why::Interrupted => Cause::Interrupted,
        Why::Disk { reserved, used } => Cause::Disk { reserved, used },
    }
}

/// Whether two paths lead to one file.
pub(crate) fn same_file(a: &Path, b: &Path) -> bool {
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}
