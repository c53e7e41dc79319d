//! Starting as the owner: the journal is read, what is on disk is held against it, and what an earlier owner left is settled.

use super::floor::Floor;
use super::follower::{self, Follow, Opening};
use super::followers::Followers;
use super::hands::SiteHands;
use super::name::Name;
use super::project::project;
use super::{Call, Owner};
use crate::clock::SiteClock;
use crate::history::{self, History, HistoryError, Reached, Reader};
use crate::journal::{self, Journal, JournalError};
use crate::lock::{Lock, LockError};
use crate::prove;
use crossbeam_channel::{Receiver, unbounded};
use pelago_agent::{Agent, AgentError, Config};
use pelago_driver::Driver;
use pelago_grid::{At, CodecError, FreedSpace, Grid, Record, RecordGroup};
use pelago_job::{Bytes, Cause, Digest, FileRef, Millis, Report, TaskRef};
use pelago_launch::{LaunchError, Spawner};
use pelago_stage::Store;
use pelago_wire::message::Refusal;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// How a state directory is entered.
pub struct Enter {
    /// The state directory; made if it is not there.
    pub state: PathBuf,
    /// Slots; absent means one a core.
    pub slots: Option<u32>,
}

/// Why a process cannot own a state directory.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// It cannot be made.
    #[error("{path} cannot be made: {source}; make its directory writable, or name another one with --dir")]
    Directory {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is owned by another process, or cannot be locked.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The history.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A group of the journal.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// Spawners.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// The agent.
    #[error(transparent)]
    Agent(#[from] AgentError),
}

impl From<OwnerError> for Refusal {
    fn from(error: OwnerError) -> Self {
        let code = match &error {
            OwnerError::Lock(LockError::Held { .. }) => 5,
            OwnerError::Codec(_) | OwnerError::Launch(_) => 70,
            _ => 3,
        };
        Refusal { what: error.to_string(), hint: None, code }
    }
}

/// An owner that is ready to run, with what has to be waited for when it has ended.
pub struct Started {
    /// The owner.
    pub owner: Owner,
    /// Threads that end after it, in this order.
    pub threads: Vec<JoinHandle<()>>,
    /// Given up last.
    pub lock: Lock,
}

/// Takes a state directory over.
///
/// Forks the spawners, so the process must have no other thread yet. `lock` is held, and its file is inherited by the
/// spawners: the next owner waits until they have ended everything that runs below them.
pub fn start(enter: &Enter, lock: Lock, calls: Receiver<Call>) -> Result<Started, OwnerError> {
    let slots = enter.slots.unwrap_or_else(cores).max(1);
    let spawners = Spawner::for_slots(slots as usize, Some(lock.as_fd()))?;
    let state = enter.state.clone();
    let name = Name::of(&state)?;
    let path = state.join(history::FILE);
    let absent = |file: &str| state.join(file).symlink_metadata().is_err();
    let new = absent(journal::FILE) && absent(history::FILE);
    let mut journal = Journal::open(&state)?;
    let epoch = journal.claim()?;
    let position = journal.last()?;
    let (history, (grid, replayed, last_wall)) = if new {
        (Opening::New(path.clone()), replay(&journal, None)?)
    } else {
        let mut history = History::open(&path)?;
        history.rewind(position)?;
        let replayed = replay(&journal, Some(&mut history))?;
        (Opening::Done(history), replayed)
    };
    let (follow, followed) = unbounded::<Follow>();
    let reached = Arc::new(Reached::default());
    let following = follower::start(&state, grid.clone(), history, position, replayed, followed, reached.clone());

    let (tell, told) = unbounded();
    let (owner, fresh) = (name.text.clone(), name.fresh);
    let agent = Agent::new(Config { state: state.clone(), owner, fresh, spawners, reports: tell })?;
    let (asks, asked) = unbounded();
    let (prove_answers, proofs) = unbounded();
    let reader = || Reader::later(&path, Arc::clone(&reached));
    let files = Store::new(&state);
    let paths = files.clone();
    let store = Box::new(move |file: FileRef| paths.path_of(file));
    let prover = prove::start(agent.digests(), reader(), store, asked, prove_answers, reached.clone());

    let mut hands = SiteHands::new(agent, files, reader(), asks, follow);
    let gap = Millis(if last_wall == 0 { 0 } else { crate::clock::wall().saturating_sub(last_wall) });
    hands.facts = opening(&grid, &hands.agent, name.restarted, slots, gap)?;
    let clock = SiteClock::from(grid.now);
    let driver = Driver::new(grid, journal, clock, hands, epoch, position);
    let floor_of = state.clone();
    let owner = Owner {
        driver,
        state,
        reached,
        followers: Followers::default(),
        told,
        proofs,
        calls,
        leaving: false,
        stopping: false,
        unsettled: name.restarted.then_some(name),
        floor: Floor::new(floor_of),
    };
    Ok(Started { owner, threads: vec![following, prover], lock })
}

/// How many tasks this machine runs at once by default.
fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32)
}

/// Makes a state directory with a name of its own, by which its processes are known.
pub fn make(state: &Path) -> Result<(), OwnerError> {
    fs::create_dir_all(state).map_err(|source| OwnerError::Directory { path: state.to_path_buf(), source })
}

/// The tables as the journal says, how many records were applied since the last snapshot, and the last wall time.
/// With a history, what it has missed is made up for.
pub fn replay(journal: &Journal, mut history: Option<&mut History>) -> Result<(Grid, u64, u64), OwnerError> {
    let mut grid = Grid::default();
    let mut from = 1;
    let (mut records, mut wall) = (0, 0);
    if let Some(snapshot) = journal.newest_snapshot()? {
        from = snapshot.position + 1;
        for part in &snapshot.parts {
            wall = pelago_driver::replay(&mut grid, part)?.wall;
        }
    }
    let behind = match &history {
        Some(history) => history.read().position()?,
        None => u64::MAX,
    };
    let mut rows = Vec::new();
    let mut position = behind;
    for entry in journal.read(from)? {
        let entry = entry?;
        let group = RecordGroup::decode(&entry.body)?;
        records += group.records.len() as u64;
        wall = group.wall;
        if entry.position > behind {
            project(&mut grid, &group, &mut rows);
            position = entry.position;
        } else {
            pelago_driver::replay(&mut grid, &entry.body)?;
        }
        if rows.len() > 20_000
            && let Some(history) = history.as_deref_mut()
        {
            history.batch(position, &rows)?;
            rows.clear();
        }
    }
    if let Some(history) = history
        && position > behind
    {
        history.batch(position, &rows)?;
    }
    Ok((grid, records, wall))
}

/// The facts with which an owner begins: what ran is lost, what the tables say is there and is not is lost too, and jobs
/// wait until somebody asks for them.
fn opening(grid: &Grid, agent: &Agent, restarted: bool, slots: u32, gap: Millis) -> Result<Vec<Record>, OwnerError> {
    let survey = agent.survey()?;
    let mut facts = vec![Record::Opened { slots, gap }];
    facts.extend(
        grid.open.iter().filter(|id| grid.job(**id).is_some_and(|job| !job.held)).map(|job| Record::Hold { job: *job }),
    );
    let mut expected: BTreeSet<(TaskRef, u32)> = grid.homes.keys().copied().collect();
    expected.extend(grid.space.leaving.keys().filter_map(|what| match what {
        FreedSpace::Attempt { task, attempt } => Some((*task, *attempt)),
        FreedSpace::File { .. } => None,
    }));
    for (task, row) in grid.running_tasks() {
        expected.insert((task, row.attempt));
        let mut report = Box::new(Report::failed(Cause::LostAgent));
        let left = survey.attempts.iter().find(|found| (found.task, found.attempt) == (task, row.attempt));
        report.usage.disk = left.map_or(Bytes(0), |left| left.disk);
        facts.push(Record::Finished { task, attempt: row.attempt, key: None, report });
    }
    let mut stored: BTreeSet<FileRef> = survey.stored.iter().map(|(file, _)| *file).collect();
    if restarted {
        // Files of the store are not synced one by one: what the machine had not written when it stopped is made again.
        stored.retain(|file| match grid.files.get(file) {
            Some(row) if row.at == At::Store => {
                pelago_stage::digest_of(&agent.path_of(*file)).is_ok_and(|made| made.digest == row.made.digest)
            }
            _ => true,
        });
    }
    for (file, row) in grid.files.iter().filter(|(_, row)| row.at == At::Store) {
        if stored.contains(file) {
            continue;
        }
        // Its outcome was recorded, and the rename that follows was not made: make it now.
        // Only what the tables wait for: an attempt that nobody recorded may have made something else.
        let left = survey.attempts.iter().filter(|found| {
            found.task == file.task
                && found.outputs.contains(&file.output)
                && grid.collecting.contains_key(&(found.task, found.attempt))
        });
        let collected = left
            .max_by_key(|found| found.attempt)
            .is_some_and(|found| agent.collect(found.task, found.attempt, file.output, &row.made).is_ok());
        if collected {
            continue;
        }
        let at_home = row.delivering && is_at_home(grid, *file, &row.made.digest);
        facts.push(if at_home { Record::Delivered { file: *file } } else { Record::Lost { file: *file } });
    }
    for found in &survey.attempts {
        if !expected.contains(&(found.task, found.attempt)) {
            agent.discard(found.task, found.attempt)?;
        }
    }
    let leaving: BTreeSet<FileRef> = grid
        .space
        .leaving
        .keys()
        .filter_map(|what| match what {
            FreedSpace::File { file, .. } => Some(*file),
            FreedSpace::Attempt { .. } => None,
        })
        .collect();
    for file in stored.iter().filter(|file| !grid.files.contains_key(*file) && !leaving.contains(*file)) {
        agent.condemn(*file)?;
    }
    Ok(facts)
}

/// A result may have come home just before the end of an owner that could not record it any more. What stands there may
/// also be what an earlier run made, of the same size perhaps: only its content tells.
fn is_at_home(grid: &Grid, file: FileRef, digest: &Digest) -> bool {
    let Some(job) = grid.job(file.task.job) else { return false };
    let Ok(name) = crate::naming::output_name(job, file) else { return false };
    pelago_stage::digest_of(&Path::new(&job.submitted.root).join(name)).is_ok_and(|made| made.digest == *digest)
}
