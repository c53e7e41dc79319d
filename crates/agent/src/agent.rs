//! The agent as its owner sees it.

use crate::board::{Board, Why};
use crate::cleaner::Cleaner;
use crate::error::AgentError;
use crate::lane::{Lane, Shared};
use crate::layout::{Layout, attempt_of};
use crate::packs::{Packs, numbers};
use crate::told::{Config, Found, Freed, Survey, Told};
use crate::value::Expressions;
use crate::watch;
use pelago_job::{Bytes, Cause, Digest, FileRef, JobId, Made, Report, Stream, TaskRef};
use pelago_launch::sweep;
use pelago_stage::{Delivery, DigestCache, SafePath, StageError, Store, deliver, remove_tree, usage};
use pelago_wire::order::Order;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Runs tasks on this machine. Dropping it stops what runs (reported as interrupted) and waits.
pub struct Agent {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    lanes: Mutex<Lanes>,
}

/// A lane begins with the first work that no other one is free for: most slots of a large machine never have anything to do.
#[derive(Default)]
struct Lanes {
    /// Those that have not begun, the next one last.
    ahead: Vec<Lane>,
    threads: Vec<JoinHandle<()>>,
}

/// Where a file that is to be delivered lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Set aside by a copy step; moved.
    Home(TaskRef, u32, String),
    /// An output that was set aside and that no task reads; moved.
    Output(TaskRef, u32, u16),
    /// In the store, where it stays.
    Stored(FileRef),
    /// In the store, and nobody needs it there any more; moved.
    StoredLast(FileRef),
}

impl Agent {
    /// Starts the lanes. Before that: ends processes that an earlier owner's tasks left, and removes what was running.
    /// The caller holds the lock of the state directory.
    pub fn new(config: Config) -> Result<Agent, AgentError> {
        if !config.fresh {
            sweep(&config.owner, None)?;
        }
        let layout = Layout::new(&config.state);
        let (cleaner, jobs) = Cleaner::new(layout.clone());
        cleaner.empty_trash();
        // Whatever ran on a slot runs no more, and slots that there are no more hold nothing of use.
        for entry in entries(&layout.slots())? {
            let known = entry.file_name().and_then(|name| name.to_str()?.parse::<usize>().ok());
            match known {
                Some(slot) if slot < config.spawners.len() => cleaner.remove(&layout.private(slot), None)?,
                _ => cleaner.remove(&entry, None)?,
            }
        }
        let numbers = numbers(&layout)?;
        let digests = Arc::new(DigestCache::open(&config.state.join("digests"))?);
        let store = Store::new(&config.state);
        let (owner, reports) = (config.owner, config.reports);
        let earlier = entries(&layout.attempts())?.into_iter().collect();
        let board = Board::default();
        let shared = Arc::new(Shared { layout, owner, board, store, digests, cleaner, earlier, reports });
        shared.board.open(config.spawners.len());
        let mut agent = Agent { shared: Arc::clone(&shared), threads: Vec::new(), lanes: Mutex::default() };
        let mut lanes = Vec::new();
        for (slot, spawner) in config.spawners.into_iter().enumerate().rev() {
            let packs = Packs::new(shared.layout.clone(), Arc::clone(&numbers));
            let shared = Arc::clone(&shared);
            let expressions = Expressions::default();
            let (logs, scripts, ready, kept, mode) = (None, 0, false, None, 0);
            let lane = Lane { slot, spawner, shared, packs, logs, expressions, scripts, ready, kept, mode };
            lanes.push(lane);
        }
        agent.lanes = Mutex::new(Lanes { ahead: lanes, threads: Vec::new() });
        let watched = Arc::clone(&shared);
        agent.thread("watcher".to_string(), move || watch::run(&watched.board, &watched.layout))?;
        agent.thread("cleaner".to_string(), move || shared.cleaner.run(&jobs, &shared.reports))?;
        Ok(agent)
    }

    fn thread(&mut self, name: String, run: impl FnOnce() + Send + 'static) -> Result<(), AgentError> {
        self.threads.push(Builder::new().name(name).spawn(run).map_err(AgentError::Thread)?);
        Ok(())
    }

    /// What the state directory holds, by its names. To be asked before the first order.
    pub fn survey(&self) -> Result<Survey, AgentError> {
        let layout = &self.shared.layout;
        let mut survey = Survey { stored: self.shared.store.list()?, ..Survey::default() };
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for path in entries(&layout.attempts())? {
            let Some((task, attempt)) = attempt_of(&name(&path)) else {
                self.shared.cleaner.remove(&path, None)?;
                continue;
            };
            let mut outputs: Vec<u16> =
                entries(&path.join("out"))?.iter().filter_map(|path| name(path).parse().ok()).collect();
            let mut home: Vec<String> = entries(&path.join("home"))?.iter().map(|path| name(path)).collect();
            outputs.sort_unstable();
            home.sort_unstable();
            survey.attempts.push(Found { task, attempt, outputs, home, disk: usage(&path) });
        }
        for path in entries(&layout.all_failed())? {
            if let Some((label, attempt)) = name(&path).rsplit_once('-')
                && let Ok(attempt) = attempt.parse()
            {
                survey.failed.push((label.to_string(), attempt, usage(&path)));
            }
        }
        survey.node_files = entries(&layout.all_node_files())?
            .iter()
            .filter_map(|path| Some(JobId(name(path).parse().ok()?)))
            .collect();
        survey.attempts.sort_by_key(|found| (found.task, found.attempt));
        survey.failed.sort();
        survey.node_files.sort();
        Ok(survey)
    }

    /// How many orders may be given now.
    pub fn room(&self) -> usize {
        self.shared.board.room()
    }

    /// How many orders wait for every slot behind what it runs: as long as there are some, there is time to gather before
    /// a sync.
    pub fn ahead(&self) -> usize {
        self.shared.board.ahead()
    }

    /// Takes an order, or gives it back when there is no room. Never waits. An order that is here already is taken once.
    pub fn give(&self, order: Order) -> Result<(), Box<Order>> {
        self.shared.board.give(order)?;
        self.begin_lane();
        Ok(())
    }

    /// One more lane begins if there is work for it: also when another one was lost.
    pub fn begin_lane(&self) {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.ahead.is_empty() || !self.shared.board.begins_lane() {
            return;
        }
        let Some(lane) = lanes.ahead.pop() else { return };
        let slot = lane.slot;
        match Builder::new().name(format!("slot {slot}")).spawn(move || lane.run()) {
            Ok(thread) => lanes.threads.push(thread),
            // The system has no thread left: the other slots go on.
            Err(_) => self.shared.lose(slot),
        }
    }

    /// Takes back unstarted orders that are wanted; no report comes for them.
    pub fn give_back(&self, wanted: impl FnMut(&Order) -> bool) -> Vec<(TaskRef, u32)> {
        self.shared.board.give_back(wanted)
    }

    /// Ends an attempt; its report says `Cancelled`, unless it had ended before.
    pub fn cancel(&self, task: TaskRef, attempt: u32) {
        if !self.shared.board.stop((task, attempt), Why::Cancelled) {
            for (task, attempt) in self.give_back(|order| (order.task, order.attempt) == (task, attempt)) {
                let report = Box::new(Report::failed(Cause::Cancelled));
                let _ = self.shared.reports.send(Told::Finished { task, attempt, report });
            }
        }
    }

    /// Starts nothing more, and gives back what waits. `now`: ends what runs; its reports say `Interrupted`.
    pub fn stop(&self, now: bool) -> Vec<(TaskRef, u32)> {
        self.shared.board.stop_all(now)
    }

    /// Nothing more is asked of it: its threads begin to end, and what runs is stopped. Dropping it waits for them.
    pub fn leave(&self) {
        self.shared.board.stop_all(true);
        self.shared.board.close();
        self.shared.cleaner.stop();
    }

    /// Moves an output of an ended attempt into the store. May be repeated.
    pub fn collect(&self, task: TaskRef, attempt: u32, output: u16, made: &Made) -> Result<PathBuf, AgentError> {
        let from = self.shared.layout.output(task, attempt, output);
        let path = self.shared.store.collect(&from, FileRef { task, output })?;
        self.shared.digests.note(&path, made)?;
        Ok(path)
    }

    /// Gives a file its name below the experiment directory. `earlier`: digests of what was delivered there before, which
    /// may be replaced; anything else there is moved to `NAME~`. May be repeated.
    pub fn deliver(
        &self,
        source: &Source,
        root: &Path,
        path: &str,
        made: &Made,
        earlier: &[Digest],
    ) -> Result<Delivery, AgentError> {
        let layout = &self.shared.layout;
        let (from, keep) = match source {
            Source::Home(task, attempt, staged) => (layout.home(*task, *attempt, staged), false),
            Source::Output(task, attempt, output) => (layout.output(*task, *attempt, *output), false),
            Source::Stored(file) => (self.shared.store.path_of(*file), true),
            Source::StoredLast(file) => (self.shared.store.path_of(*file), false),
        };
        // A path from the top is one that the user named for this file.
        let absolute = Path::new(path);
        let delivery = match (absolute.is_absolute(), absolute.parent(), absolute.file_name()) {
            (true, Some(parent), Some(name)) => {
                fs::create_dir_all(parent).map_err(|why| StageError::system("cannot make", parent, why))?;
                deliver(&from, keep, parent, &SafePath::new(name)?, made, earlier)?
            }
            _ => deliver(&from, keep, root, &SafePath::new(path)?, made, earlier)?,
        };
        if matches!(source, Source::StoredLast(_)) {
            self.shared.store.prune(&from);
        }
        Ok(delivery)
    }

    /// Whether a file that an attempt set aside for the experiment directory is still there.
    pub fn is_set_aside(&self, task: TaskRef, attempt: u32, staged: &str) -> bool {
        fs::symlink_metadata(self.shared.layout.home(task, attempt, staged)).is_ok()
    }

    /// Removes what an ended attempt left. Told as [`Freed::Attempt`].
    pub fn discard(&self, task: TaskRef, attempt: u32) -> Result<(), AgentError> {
        let path = self.shared.layout.attempt(task, attempt);
        Ok(self.shared.cleaner.remove(&path, Some(Freed::Attempt(task, attempt)))?)
    }

    /// Removes a file of the store. Told as [`Freed::File`].
    pub fn condemn(&self, file: FileRef) -> Result<(), AgentError> {
        let path = self.shared.store.path_of(file);
        self.shared.digests.forget(&path);
        self.shared.cleaner.remove(&path, Some(Freed::File(file)))?;
        self.shared.store.prune(&path);
        Ok(())
    }

    /// Removes what a job's node start task left. Told as [`Freed::NodeFiles`].
    pub fn drop_node_files(&self, job: JobId) -> Result<(), AgentError> {
        let path = self.shared.layout.node_files(job);
        Ok(self.shared.cleaner.remove(&path, Some(Freed::NodeFiles(job)))?)
    }

    /// Removes the kept directory of a failed attempt. Told as [`Freed::Failed`].
    pub fn drop_failed(&self, label: &str, attempt: u32) -> Result<(), AgentError> {
        let path = self.failed_dir(label, attempt);
        Ok(self.shared.cleaner.remove(&path, Some(Freed::Failed(label.to_string(), attempt)))?)
    }

    /// Removes all of the kept directory of a failed attempt but small files that look like logs. Told as
    /// [`Freed::Failed`]. What the task printed is in the packs in any case.
    pub fn keep_logs_only(&self, label: &str, attempt: u32) -> Result<(), AgentError> {
        let path = self.failed_dir(label, attempt);
        let before = usage(&path);
        for directory in [path.join("work"), path.clone()] {
            for entry in entries(&directory)? {
                if entry != path.join("work") && !looks_like_log(&entry) {
                    remove_tree(&entry).map_err(|why| AgentError::state("cannot remove", &entry, why))?;
                }
            }
        }
        let bytes = Bytes(before.0.saturating_sub(usage(&path).0));
        let _ = self.shared.reports.send(Told::Freed { what: Freed::Failed(label.to_string(), attempt), bytes });
        Ok(())
    }

    /// Where a collected file is.
    pub fn path_of(&self, file: FileRef) -> PathBuf {
        self.shared.store.path_of(file)
    }

    /// Where a failed attempt is kept, if it left anything and its failure was its own.
    pub fn failed_dir(&self, label: &str, attempt: u32) -> PathBuf {
        self.shared.layout.failed(label, attempt)
    }

    /// The digests that are remembered, for others who look at the same files.
    pub fn digests(&self) -> Arc<DigestCache> {
        Arc::clone(&self.shared.digests)
    }

    /// Digest and size of an input of the experiment directory, remembered while the file does not change.
    pub fn digest(&self, path: &Path) -> Result<Made, AgentError> {
        Ok(self.shared.digests.digest(path)?)
    }

    /// What a running attempt has printed so far: at most `most` bytes after the first `skip`. `None` if it does not run.
    pub fn live_log(&self, task: TaskRef, attempt: u32, stream: Stream, skip: u64, most: u64) -> Option<Vec<u8>> {
        let slot = self.shared.board.slot((task, attempt))?;
        let mut file = fs::File::open(self.shared.layout.live_log(slot, stream)).ok()?;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(skip)).ok()?;
        file.take(most).read_to_end(&mut bytes).ok()?;
        // The slot may have gone on to another attempt meanwhile: then this is not ours.
        (self.shared.board.slot((task, attempt)) == Some(slot)).then_some(bytes)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.leave();
        let lanes = std::mem::take(self.lanes.get_mut().unwrap_or_else(PoisonError::into_inner));
        drop(lanes.ahead);
        for thread in self.threads.drain(..).chain(lanes.threads) {
            // A thread that panicked has been reported by its panic.
            let _ = thread.join();
        }
        self.shared.digests.settle();
    }
}

/// The paths in a directory; none if it is not there.
fn entries(path: &Path) -> Result<Vec<PathBuf>, AgentError> {
    match fs::read_dir(path) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(why) => Err(AgentError::state("cannot read", path, why)),
    }
}

fn looks_like_log(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let small =
        fs::symlink_metadata(path).is_ok_and(|m| m.is_file() && !m.file_type().is_fifo() && m.len() <= 64 << 10);
    small
        && (["output", "stdout", "stderr"].contains(&name.as_str())
            || [".log", ".out", ".err"].iter().any(|end| name.ends_with(end)))
}
