//! Snapshots: all tables as one record, so that a journal may begin with one.

use crate::file::FileRow;
use crate::group::GroupState;
use crate::job::{Job, JobState, Phase};
use crate::record::Submitted;
use crate::space::Space;
use crate::spare::Spare;
use crate::tables::Grid;
use crate::task::{Class, TaskRow};
use pelago_job::{Delivered, FileRef, GridTime, GroupNo, TaskRef};
use pelago_plan::Plan;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A job without what is computed from its template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct JobImage {
    submitted: Submitted,
    state: JobState,
    phase: Phase,
    held: bool,
    cancelling: bool,
    aborted: Option<GroupNo>,
    retries: u32,
    keep_going: bool,
    groups: Vec<GroupState>,
    ready: BTreeMap<Class, BTreeSet<(GroupNo, u64)>>,
    deliveries: u64,
    since: GridTime,
    ended: Option<GridTime>,
}

/// All tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Image {
    now: GridTime,
    slots: u32,
    draining: bool,
    jobs: Vec<JobImage>,
    tasks: BTreeMap<TaskRef, TaskRow>,
    files: BTreeMap<FileRef, FileRow>,
    orphans: BTreeSet<FileRef>,
    waiting: BTreeMap<TaskRef, BTreeSet<TaskRef>>,
    failing: BTreeSet<TaskRef>,
    timers: BTreeSet<(GridTime, TaskRef)>,
    homes: BTreeMap<(TaskRef, u32), Vec<Delivered>>,
    collecting: BTreeMap<(TaskRef, u32), u16>,
    space: Space,
    running: u32,
    checking: u32,
    versions: u32,
}

impl Image {
    /// The tables as they are.
    pub fn of(grid: &Grid) -> Self {
        let jobs = grid.jobs.values().map(|job| JobImage {
            submitted: (*job.submitted).clone(),
            state: job.state.clone(),
            phase: job.phase,
            held: job.held,
            cancelling: job.cancelling,
            aborted: job.aborted,
            retries: job.retries,
            keep_going: job.keep_going,
            groups: job.groups.clone(),
            ready: job.ready.iter().filter(|(_, queue)| !queue.is_empty()).map(|(c, q)| (*c, q.clone())).collect(),
            deliveries: job.deliveries,
            since: job.since,
            ended: job.ended,
        });
        Self {
            now: grid.now,
            slots: grid.slots,
            draining: grid.draining,
            jobs: jobs.collect(),
            tasks: grid.tasks.clone(),
            files: grid.files.clone(),
            orphans: grid.orphans.clone(),
            waiting: grid.waiting.clone(),
            failing: grid.failing.clone(),
            timers: grid.timers.clone(),
            homes: grid.homes.clone(),
            collecting: grid.collecting.clone(),
            space: grid.space.clone(),
            running: grid.running,
            checking: grid.checking,
            versions: grid.versions,
        }
    }

    /// Makes the tables of `grid` what they were.
    pub(crate) fn restore(&self, grid: &mut Grid) {
        let image = self.clone();
        let jobs = image.jobs.into_iter().map(|job| {
            // A template that no longer compiles belongs to a job that was refused when it was submitted.
            let plan = Plan::compile(Arc::new(job.submitted.experiment.clone())).unwrap_or_else(|_| Plan::empty());
            let restored = Job {
                throttled: Job::counted(&job.submitted.experiment, &job.groups),
                plan: Arc::new(plan),
                submitted: Arc::new(job.submitted),
                state: job.state,
                phase: job.phase,
                held: job.held,
                cancelling: job.cancelling,
                aborted: job.aborted,
                retries: job.retries,
                keep_going: job.keep_going,
                groups: job.groups,
                ready: job.ready,
                deliveries: job.deliveries,
                since: job.since,
                ended: job.ended,
            };
            (restored.id(), restored)
        });
        let jobs: BTreeMap<_, _> = jobs.collect();
        let open = jobs.iter().filter(|(_, job)| job.state == JobState::Active).map(|(id, _)| *id).collect();
        *grid = Grid {
            spare: Spare::of(image.files.iter()),
            now: image.now,
            slots: image.slots,
            draining: image.draining,
            jobs,
            open,
            tasks: image.tasks,
            files: image.files,
            orphans: image.orphans,
            waiting: image.waiting,
            failing: image.failing,
            timers: image.timers,
            homes: image.homes,
            collecting: image.collecting,
            space: image.space,
            running: image.running,
            checking: image.checking,
            versions: image.versions,
        };
    }
}
