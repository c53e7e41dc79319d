//! A lane: the thread of one slot, which makes one attempt after the other with its spawner.

use crate::attempt::{Attempt, failed, goes_on};
use crate::board::Board;
use crate::cleaner::Cleaner;
use crate::kept::Kept;
use crate::layout::Layout;
use crate::packs::Packs;
use crate::told::Told;
use crate::value::Expressions;
use crate::watch::measure;
use crossbeam_channel::Sender;
use pelago_job::{Bytes, Cause, Failure, Millis, Outcome, Report, Stream, Usage};
use pelago_launch::{Spawner, sweep};
use pelago_stage::{DigestCache, StageError, Staged, Store, remove_tree, rename, usage_within};
use pelago_wire::order::{Order, OrderStep};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What all lanes and their owner share.
pub(crate) struct Shared {
    pub(crate) layout: Layout,
    pub(crate) owner: String,
    pub(crate) board: Board,
    pub(crate) store: Store,
    pub(crate) digests: Arc<DigestCache>,
    pub(crate) cleaner: Cleaner,
    /// What attempts of earlier owners have set aside, as it was when this one began.
    pub(crate) earlier: BTreeSet<PathBuf>,
    pub(crate) reports: Sender<Told>,
}

impl Shared {
    /// A slot can run nothing more.
    pub(crate) fn lose(&self, slot: usize) {
        // An owner that no longer listens is about to drop the agent.
        let _ = self.reports.send(Told::SlotLost { slot });
        for (task, attempt) in self.board.lose_lane() {
            let report = Box::new(Report::failed(Cause::LostAgent));
            let _ = self.reports.send(Told::Finished { task, attempt, report });
        }
    }
}

/// How often it is tried to start a spawner in place of one that is gone, before the slot counts as lost.
const TRIES: u32 = 6;
/// The longest pause before another spawner is started.
const LONGEST: Duration = Duration::from_secs(60);

/// The losses of spawners in a row, for the pause before the next one: none at first, then a second, twice as long each
/// time. One that lived for as long as the longest pause begins a new row.
#[derive(Default)]
struct Losses {
    last: Option<Instant>,
    row: u32,
}

impl Losses {
    fn pause(&mut self) -> Duration {
        let soon = self.last.is_some_and(|last| last.elapsed() < LONGEST * 2);
        self.row = if soon { self.row.saturating_add(1) } else { 0 };
        self.last = Some(Instant::now());
        match self.row {
            0 => Duration::ZERO,
            row => Duration::from_secs(1 << (row - 1).min(10)).min(LONGEST),
        }
    }
}

/// One slot.
pub(crate) struct Lane {
    pub(crate) slot: usize,
    pub(crate) spawner: Spawner,
    pub(crate) shared: Arc<Shared>,
    pub(crate) packs: Packs,
    /// The live logs, standard output and error, once the slot has had something to do. Held open: each close of a file
    /// that was emptied before makes some file systems write it out, which would cost more than the task.
    pub(crate) logs: Option<(File, File)>,
    pub(crate) expressions: Expressions,
    pub(crate) scripts: u64,
    /// The working directory was seen to be empty, as it was made, since the last attempt.
    pub(crate) ready: bool,
    /// The working directory holds these inputs and nothing else since the last attempt.
    pub(crate) kept: Option<Kept>,
    /// The mode with which directories are made here.
    pub(crate) mode: u32,
}

impl Lane {
    pub(crate) fn next_script(&mut self) -> u64 {
        self.scripts += 1;
        self.scripts
    }

    /// Takes orders until the board is closed or the spawner is gone.
    pub(crate) fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let tell = |told| {
            // An owner that no longer listens is about to drop the agent.
            let _ = shared.reports.send(told);
        };
        let killer = self.spawner.killer();
        let mut losses = Losses::default();
        if self.spawner.pid().is_none() && !self.revive(&mut losses) {
            return shared.lose(self.slot);
        }
        while let Some(order) = shared.board.take(self.slot, &killer) {
            let (task, attempt) = (order.task, order.attempt);
            tell(Told::Started { task, attempt, slot: self.slot });
            // A bug of ours must not leave the owner waiting for ever.
            let made = catch_unwind(AssertUnwindSafe(|| self.perform(&order)));
            let (report, lost) = made.unwrap_or_else(|_| (Report::failed(Cause::LostAgent), true));
            shared.board.finish((task, attempt));
            tell(Told::Finished { task, attempt, report: Box::new(report) });
            if lost && !self.revive(&mut losses) {
                return shared.lose(self.slot);
            }
        }
        // Files of others are not left with names of ours.
        if self.kept.take().is_some() {
            let _ = remove_tree(&shared.layout.private(self.slot));
        }
    }

    /// Starts a spawner, in place of the one that is gone if there was one. Whether the slot can go on; it cannot when the board
    /// was closed, or when no process can be had at all.
    fn revive(&mut self, losses: &mut Losses) -> bool {
        let gone = self.spawner.pid();
        for _ in 0..TRIES {
            if !self.shared.board.rest(losses.pause()) {
                return false;
            }
            if self.spawner.start_again().is_ok() {
                if let (Some(gone), Some(pid)) = (gone, self.spawner.pid()) {
                    let _ = self.shared.reports.send(Told::SlotBack { slot: self.slot, gone, pid });
                }
                return true;
            }
        }
        false
    }

    /// Makes one attempt. Also says whether the spawner is gone.
    fn perform(&mut self, order: &Order) -> (Report, bool) {
        let begin = Instant::now();
        let key = (order.task, order.attempt);
        let mut report = Report::failed(Cause::LostAgent);
        let (mut failure, in_place) = match self.prepare(order) {
            Ok(in_place) => (None, in_place),
            Err(why) => (Some(failed(full_or_refused(why))), None),
        };
        let mut lost = false;
        if failure.is_none() {
            match Attempt::new(self, order, in_place) {
                Err(why) => failure = Some(why),
                Ok(mut attempt) => {
                    failure = attempt.run().err();
                    if failure.is_none() {
                        report.values = attempt.values();
                        match attempt.outputs() {
                            Ok(outputs) => report.outputs = outputs,
                            Err(why) => failure = Some(why),
                        }
                    }
                    report.home = attempt.take_home(failure.as_ref());
                    report.keep_local = attempt.keep_local;
                    report.usage =
                        Usage { cpu: Millis(attempt.cpu), memory: Bytes(attempt.memory), ..Usage::default() };
                    let (staged, printed) = (std::mem::take(&mut attempt.staged), attempt.printed);
                    lost = attempt.lost;
                    let keeps = failure.is_none() && !order.in_place && order.within.is_none();
                    let kept = if keeps { self.keep(order, &staged) } else { None };
                    // What is kept was seen to be unchanged.
                    let staged = if kept.is_some() { Vec::new() } else { staged };
                    self.kept = kept.or(self.kept.take());
                    for file in staged.iter().filter_map(|staged| staged.changed()) {
                        let (task, attempt) = key;
                        let _ =
                            self.shared.reports.send(Told::InputChanged { task, attempt, file: file.to_path_buf() });
                    }
                    if lost {
                        // Its processes lost the one that would have ended them.
                        let _ = sweep(&self.shared.owner, Some(self.slot));
                    }
                    if let Err(why) = self.keep_logs(printed, &mut report) {
                        failure.get_or_insert(failed(full_or_refused(why)));
                    }
                }
            }
        }
        if !order.in_place {
            self.ready = pristine(&self.shared.layout.private(self.slot), self.mode);
            if failure.is_some() {
                self.kept = None;
            }
            report.usage.disk = Bytes(self.shared.board.peak(key).max(self.measure(order)));
        }
        if let Err(why) = self.leave(order, failure.as_ref(), !report.home.is_empty()) {
            failure.get_or_insert(failed(full_or_refused(why)));
        }
        report.usage.wall = Millis(begin.elapsed().as_millis() as u64);
        report.outcome = match failure {
            None => Outcome::Done,
            Some(failure) => {
                report.outputs.clear();
                report.values.clear();
                if !goes_on(&failure.cause) {
                    report.home.clear();
                }
                Outcome::Failed(failure)
            }
        };
        (report, lost)
    }

    /// Makes the slot's own directory and its live logs, when it is used for the first time.
    fn open_logs(&mut self) -> Result<(), StageError> {
        if self.logs.is_some() {
            return Ok(());
        }
        let layout = &self.shared.layout;
        let slot = layout.slot(self.slot);
        fs::create_dir_all(&slot).map_err(|why| StageError::system("cannot make", &slot, why))?;
        let open = |stream| {
            let path = layout.live_log(self.slot, stream);
            let opened = File::options().read(true).append(true).create(true).open(&path);
            opened.map_err(|why| StageError::system("cannot make", &path, why))
        };
        self.logs = Some((open(Stream::Out)?, open(Stream::Err)?));
        Ok(())
    }

    /// Moves what was printed into the packs.
    fn keep_logs(&mut self, printed: (u64, u64), report: &mut Report) -> Result<(), StageError> {
        let Some((out, err)) = &self.logs else { return Ok(()) };
        report.stdout = self.packs.keep(Stream::Out, out, printed.0)?;
        report.stderr = self.packs.keep(Stream::Err, err, printed.1)?;
        Ok(())
    }

    /// The inputs of an attempt that ended well, if there is nothing else where it has worked.
    fn keep(&self, order: &Order, staged: &[Staged]) -> Option<Kept> {
        let private = self.shared.layout.private(self.slot);
        let work = private.join("work");
        let alone = fs::read_dir(&private).map_or(usize::MAX, Iterator::count) == 1;
        (alone && is_plain(&private, self.mode) && is_plain(&work, self.mode))
            .then(|| Kept::of(order, staged, &work, self.mode))
            .flatten()
    }

    /// Makes sure that there is a working directory with an empty private parent: empty, or with the inputs of the order, which are
    /// given then.
    fn prepare(&mut self, order: &Order) -> Result<Option<Vec<Staged>>, StageError> {
        self.open_logs()?;
        // What a try of the same number under an earlier owner left was never recorded.
        let earlier = self.shared.layout.attempt(order.task, order.attempt);
        if self.shared.earlier.contains(&earlier) {
            remove_tree(&earlier).map_err(|why| StageError::system("cannot remove", &earlier, why))?;
        }
        if order.in_place || self.ready {
            return Ok(None);
        }
        if let Some(staged) = self.kept.take().and_then(|kept| kept.serve(order)) {
            return Ok(Some(staged));
        }
        let private = self.shared.layout.private(self.slot);
        remove_tree(&private).map_err(|why| StageError::system("cannot remove", &private, why))?;
        for path in [private.clone(), private.join("work")] {
            fs::create_dir(&path).map_err(|why| StageError::system("cannot make", &path, why))?;
        }
        self.mode = fs::symlink_metadata(&private).map_or(0, |metadata| metadata.mode());
        self.ready = true;
        Ok(None)
    }

    /// Leaves the slot as the next attempt needs it: what failed is kept, what the node start task made is put where
    /// later tasks find it, the rest is removed. With `home`, files of it are on their way home. An untouched directory is used again: making one costs a third of the
    /// rate of small tasks.
    fn leave(&mut self, order: &Order, failure: Option<&Failure>, home: bool) -> Result<(), StageError> {
        let shared = Arc::clone(&self.shared);
        let layout = &shared.layout;
        if failure.is_some() && !home {
            let aside = layout.attempt(order.task, order.attempt);
            remove_tree(&aside).map_err(|why| StageError::system("cannot remove", &aside, why))?;
        }
        if order.in_place {
            return Ok(());
        }
        let private = layout.private(self.slot);
        match failure {
            None if order.makes_node_files => {
                self.ready = false;
                let target = layout.node_files(order.task.job);
                self.replace(&private.join("work"), &target)?;
            }
            _ if self.ready || self.kept.is_some() => return Ok(()),
            Some(failure) if keeps(&failure.cause) => {
                return self.replace(&private, &layout.failed(&order.label, order.attempt));
            }
            _ => {}
        }
        remove_tree(&private).map_err(|why| StageError::system("cannot remove", &private, why))
    }

    /// Disk in use now. Nearly every small task leaves nothing: then there is nothing to add up.
    fn measure(&self, order: &Order) -> u64 {
        let layout = &self.shared.layout;
        let private = if self.ready || self.kept.is_some() { 0 } else { measure(layout, self.slot) };
        let home = |step: &OrderStep| matches!(step, OrderStep::CopyHome { .. } | OrderStep::CopyOut { .. });
        let aside = if order.outputs.is_empty() && !order.steps.iter().any(home) {
            0
        } else {
            usage_within(&layout.attempt(order.task, order.attempt)).0
        };
        private + aside
    }

    fn replace(&self, from: &Path, to: &Path) -> Result<(), StageError> {
        remove_tree(to).map_err(|why| StageError::system("cannot remove", to, why))?;
        rename(from, to).map_err(|why| StageError::system("cannot keep", from, why))
    }
}

/// Whether the private parent holds the working directory and nothing else, and that nothing, both as they were made.
fn pristine(private: &Path, mode: u32) -> bool {
    let work = private.join("work");
    let names = |path: &Path| fs::read_dir(path).map_or(usize::MAX, Iterator::count);
    is_plain(private, mode) && is_plain(&work, mode) && names(private) == 1 && names(&work) == 0
}

fn is_plain(directory: &Path, mode: u32) -> bool {
    fs::symlink_metadata(directory).is_ok_and(|metadata| metadata.is_dir() && metadata.mode() == mode)
}

/// Whether the working directory helps to understand the failure.
fn keeps(cause: &Cause) -> bool {
    !cause.is_ours() && !matches!(cause, Cause::Cancelled | Cause::DiskFull)
}

fn full_or_refused(why: StageError) -> Cause {
    match why {
        StageError::DiskFull { .. } => Cause::DiskFull,
        other => Cause::Refused(other.to_string()),
    }
}
