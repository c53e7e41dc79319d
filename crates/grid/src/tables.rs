//! The tables of a grid, and the questions that the rest of the core asks of them.

use crate::file::FileRow;
use crate::group::{GroupState, Settled};
use crate::job::{Job, JobState};
use crate::space::Space;
use crate::spare::Spare;
use crate::task::{Class, TaskRow, TaskState};
use pelago_job::{Delivered, Event, FileRef, GridTime, GroupNo, JobId, Role, TaskRef};
use pelago_plan::Source;
use std::collections::{BTreeMap, BTreeSet};

/// All tables.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// Grid time of the last group applied.
    pub now: GridTime,
    /// Slots of the owner.
    pub slots: u32,
    /// Whether nothing more may start because the owner is stopping.
    pub draining: bool,
    /// All jobs.
    pub jobs: BTreeMap<JobId, Job>,
    /// Jobs that have not ended.
    pub open: BTreeSet<JobId>,
    /// Active tasks.
    pub tasks: BTreeMap<TaskRef, TaskRow>,
    /// Live files.
    pub files: BTreeMap<FileRef, FileRow>,
    /// Files that nobody needs, to be kept or condemned.
    pub orphans: BTreeSet<FileRef>,
    /// Files that nobody needs and that only a rule keeps.
    pub spare: Spare,
    /// Tasks that wait for a file, by the task that makes it.
    pub waiting: BTreeMap<TaskRef, BTreeSet<TaskRef>>,
    /// Tasks whose attempt failed and whose future is not decided.
    pub failing: BTreeSet<TaskRef>,
    /// When back-offs end.
    pub timers: BTreeSet<(GridTime, TaskRef)>,
    /// Files set aside for the experiment directory, until that is confirmed.
    pub homes: BTreeMap<(TaskRef, u32), Vec<Delivered>>,
    /// Attempts that ended well and whose directory is not confirmed to be gone, with the number of their outputs: these may
    /// still have to be moved into the store.
    pub collecting: BTreeMap<(TaskRef, u32), u16>,
    /// The disk.
    pub space: Space,
    /// Attempts that are placed.
    pub running: u32,
    /// Tasks whose proof is being looked up.
    pub checking: u32,
    /// The last version number given to a file.
    pub versions: u32,
}

/// A file that a task reads and another one makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Which of the reader's inputs.
    pub input: usize,
    /// The file.
    pub file: FileRef,
}

impl Grid {
    /// A task's job. The reference must come from a record; an unknown one gives `None`.
    pub fn job(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(&id)
    }

    /// Progress of a task's group.
    pub fn group(&self, task: TaskRef) -> Option<&GroupState> {
        self.job(task.job)?.group(task.group)
    }

    /// How a task ended, if it has.
    pub fn settled(&self, task: TaskRef) -> Option<Settled> {
        self.group(task)?.settled(task.index)
    }

    /// The files that a task reads and other tasks make; for an event task, the file of the event.
    pub fn edges(&self, task: TaskRef) -> Vec<Edge> {
        let Some(job) = self.job(task.job) else { return Vec::new() };
        let mut edges = Vec::new();
        if job.role(task.group) == Role::Event {
            if let Some(file) = self.event_file(task) {
                edges.push(Edge { input: 0, file });
            }
            return edges;
        }
        job.plan.inputs(task.group, task.index, &mut |input, source| {
            if let Source::Task { group, index, output } = source {
                let task = TaskRef { job: task.job, group, index };
                edges.push(Edge { input, file: FileRef { task, output } });
            }
        });
        edges
    }

    /// The file whose event an event task serves.
    pub fn event_file(&self, task: TaskRef) -> Option<FileRef> {
        let (group, index, output, _) = self.job(task.job)?.plan.event_source(task.group, task.index)?;
        Some(FileRef { task: TaskRef { job: task.job, group, index }, output })
    }

    /// Whether a person can end a task by itself: it is active, or it is the first of its chain that has not ended and the
    /// chain has not begun.
    pub fn can_be_cancelled(&self, task: TaskRef) -> bool {
        let ready = |group: &GroupState| {
            let chain = task.index / group.chain_len.max(1);
            let to_come = chain >= group.next && !group.early.contains(&chain);
            (to_come || group.restart.contains(&chain))
                && !group.begun.contains_key(&chain)
                && group.first_open(chain) == Some(task.index)
        };
        let role = self.job(task.job).filter(|job| job.state == JobState::Active).map(|job| job.role(task.group));
        self.tasks.contains_key(&task)
            || (matches!(role, Some(Role::Main | Role::Other))
                && self.settled(task).is_none()
                && self.group(task).is_some_and(ready))
    }

    /// How many tasks that have not ended well will read a file.
    pub fn open_readers(&self, file: FileRef) -> u64 {
        let Some(job) = self.job(file.task.job) else { return 0 };
        let mut open = 0;
        job.plan.readers(file.task.group, file.task.index, file.output, &mut |group, index, _| {
            // What an event task is about is held by its event, not by being read.
            let reads = job.role(group) != Role::Event;
            open += u64::from(reads && !job.group(group).is_some_and(|g| g.is_good(index)));
        });
        open
    }

    /// Whether nobody reads an output, so that it comes home.
    pub fn is_result(&self, file: FileRef) -> bool {
        self.job(file.task.job)
            .is_some_and(|job| job.plan.reader_count(file.task.group, file.task.index, file.output) == 0)
    }

    /// Whether a task serves an event.
    pub fn is_event(&self, task: TaskRef) -> bool {
        self.job(task.job).is_some_and(|job| job.role(task.group) == Role::Event)
    }

    /// Whether a group's task runs once per machine, before or after the others there.
    pub fn is_of_node(&self, job: JobId, group: GroupNo) -> bool {
        self.job(job).is_some_and(|job| matches!(job.role(group), Role::NodeStart | Role::NodeFinish))
    }

    /// The queue of a task that is not making something again.
    pub fn class_of(&self, task: TaskRef) -> Class {
        match self.group(task) {
            _ if self.is_event(task) => Class::Event,
            Some(group) if !task.index.is_multiple_of(group.chain_len.max(1)) => Class::Step,
            Some(group) if group.reads && !self.edges(task).is_empty() => Class::Step,
            _ => Class::Start,
        }
    }

    /// The event tasks of a file, for all events.
    pub fn event_tasks(&self, file: FileRef) -> Vec<TaskRef> {
        let Some(job) = self.job(file.task.job) else { return Vec::new() };
        [Event::Create, Event::Copy]
            .into_iter()
            .flat_map(|event| job.plan.event_tasks(file.task.group, file.task.index, file.output, event))
            .map(|(group, index)| TaskRef { job: file.task.job, group, index })
            .collect()
    }

    /// How many active event tasks hold a file.
    pub fn active_events(&self, file: FileRef) -> u32 {
        self.event_tasks(file).iter().filter(|task| self.tasks.contains_key(task)).count() as u32
    }

    /// The active tasks of a job.
    pub fn tasks_of(&self, job: JobId) -> impl Iterator<Item = (TaskRef, &TaskRow)> {
        let first = TaskRef { job, group: GroupNo(0), index: 0 };
        let last = TaskRef { job, group: GroupNo(u16::MAX), index: u64::MAX };
        self.tasks.range(first..=last).map(|(task, row)| (*task, row))
    }

    /// The live files of a job.
    pub fn files_of(&self, job: JobId) -> impl Iterator<Item = (FileRef, &FileRow)> {
        let first = TaskRef { job, group: GroupNo(0), index: 0 };
        let last = TaskRef { job, group: GroupNo(u16::MAX), index: u64::MAX };
        let range = FileRef { task: first, output: 0 }..=FileRef { task: last, output: u16::MAX };
        self.files.range(range).map(|(file, row)| (*file, row))
    }

    /// The current task of a chain that has begun.
    pub fn current_of_chain(&self, task: TaskRef) -> Option<TaskRef> {
        let group = self.group(task)?;
        let chain = task.index / group.chain_len.max(1);
        let step = group.begun.get(&chain)?;
        Some(TaskRef { index: chain * group.chain_len + step, ..task })
    }

    /// Whether anything could still happen by itself: something runs, is looked up, deleted, delivered or due.
    pub fn is_busy(&self) -> bool {
        self.moves() || self.space.leaving_bytes > 0
    }

    /// Whether anything but deletions is under way or due.
    pub fn moves(&self) -> bool {
        self.running > 0
            || self.checking > 0
            || !self.failing.is_empty()
            || !self.timers.is_empty()
            || self.open.iter().any(|id| self.job(*id).is_some_and(|job| job.deliveries > 0))
    }

    /// When something is due that no fact will announce.
    pub fn next_due(&self) -> Option<GridTime> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Whether every job has ended.
    pub fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// The last job submitted.
    pub fn last_job(&self) -> Option<&Job> {
        self.jobs.last_key_value().map(|(_, job)| job)
    }

    /// The number that the next job gets.
    pub fn next_job(&self) -> JobId {
        JobId(self.jobs.last_key_value().map_or(0, |(id, _)| id.0) + 1)
    }

    /// Tasks with an attempt under way, with its number.
    pub fn running_tasks(&self) -> impl Iterator<Item = (TaskRef, &TaskRow)> {
        self.tasks.iter().filter(|(_, row)| row.state == TaskState::Running).map(|(task, row)| (*task, row))
    }

    /// The open job that a submission continues, else the newest one that did not end well.
    pub fn same_job(&self, same: &pelago_job::Digest) -> Option<&Job> {
        self.jobs.values().rev().find(|job| job.submitted.same == *same)
    }

    /// Progress of one group, to be changed.
    pub(crate) fn group_mut(&mut self, job: JobId, group: GroupNo) -> Option<&mut GroupState> {
        self.jobs.get_mut(&job)?.groups.get_mut(group.0 as usize)
    }

    /// Whether a job is under way.
    pub fn is_active(&self, job: JobId) -> bool {
        self.job(job).is_some_and(|job| job.state == JobState::Active)
    }
}
