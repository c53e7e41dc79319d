//! Records: the lines of the journal. Facts say what happened, decisions what follows.

use crate::file::At;
use crate::image::Image;
use crate::job::{JobState, Phase};
use pelago_job::{Bytes, Cause, Digest, Experiment, FileRef, GridTime, GroupNo, JobId, Made, Millis, Report, TaskRef};
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};

/// A fact or a decision. Variants are only ever added at the end: their position is their number in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Record {
    // Facts about the site.
    /// An owner has taken the state directory. What ran under an earlier one is reported lost by facts of its own.
    Opened {
        /// Slots it has.
        slots: u32,
        /// Wall time that passed without an owner, as far as clocks tell.
        gap: Millis,
    },
    /// The quota in force.
    Quota {
        /// Absent means none.
        quota: Option<Bytes>,
    },
    /// The owner is asked to stop: nothing more starts.
    Draining,
    /// Time has passed and something may be due.
    Tick,

    // Facts about jobs.
    /// A job was submitted.
    Submitted(Box<Submitted>),
    /// An ended or stopped job continues: failed, skipped and cancelled tasks count as not run.
    Reopened {
        /// The job.
        job: JobId,
        /// Tries after the first.
        retries: u32,
        /// Whether other tasks go on after a failure.
        keep_going: bool,
    },
    /// What was looked up for a job: template digests, and what earlier runs prove at once.
    Proved {
        /// The job.
        job: JobId,
        /// One for each group.
        groups: Vec<GroupProof>,
        /// Whether the root start task has to run before this can be known.
        start_first: bool,
    },
    /// A job can never run, for this reason: for people.
    Unprovable {
        /// The job.
        job: JobId,
        /// What is missing.
        why: String,
    },
    /// A task's inputs were looked at and its proof looked up.
    Checked {
        /// The task.
        task: TaskRef,
        /// What was found.
        verdict: Verdict,
    },
    /// An attempt has ended.
    Finished {
        /// The task.
        task: TaskRef,
        /// Its attempt.
        attempt: u32,
        /// The key of its proof, if its group keeps proofs per task.
        key: Option<ProofKey>,
        /// What is known of it.
        report: Box<Report>,
    },
    /// A result has its name in the experiment directory.
    Delivered {
        /// The result.
        file: FileRef,
    },
    /// The files that an attempt set aside have their names in the experiment directory.
    HomeDelivered {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
    },
    /// Something was deleted.
    Freed(FreedSpace),
    /// A file that the tables say is there is not.
    Lost {
        /// Which.
        file: FileRef,
    },
    /// A person ends a job, or one task.
    Cancel {
        /// The job.
        job: JobId,
        /// One task of it; all if absent.
        task: Option<TaskRef>,
    },
    /// A person holds a job: nothing more of it starts.
    Hold {
        /// The job.
        job: JobId,
    },
    /// A person ends a hold.
    Release {
        /// The job.
        job: JobId,
    },

    // Decisions.
    /// The next chain that has not begun begins.
    Begun {
        /// Its first task that has not run.
        task: TaskRef,
    },
    /// A task is placed.
    Placed {
        /// The task.
        task: TaskRef,
        /// Which attempt this is, from 1.
        attempt: u32,
        /// Space reserved, if there is a quota.
        reserved: Option<Bytes>,
    },
    /// A failed attempt is followed by another one.
    Retry {
        /// The task.
        task: TaskRef,
        /// Not before.
        at: GridTime,
        /// What happened.
        cause: Cause,
    },
    /// A back-off has ended.
    Due {
        /// The task.
        task: TaskRef,
    },
    /// A task has failed for good.
    GaveUp {
        /// The task.
        task: TaskRef,
        /// What happened last.
        cause: Cause,
    },
    /// A task that may have run is held for a person.
    HeldBack {
        /// The task.
        task: TaskRef,
    },
    /// A file that no one will read again is deleted.
    Condemned {
        /// Which.
        file: FileRef,
    },
    /// A file that no one needs now survives.
    Kept {
        /// Which.
        file: FileRef,
        /// By the `auto` rule, which gives way when space is short.
        auto: bool,
    },
    /// The kept directory of a failed task is deleted.
    DropFailed {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
    },
    /// A job enters a phase.
    Entered {
        /// The job.
        job: JobId,
        /// The phase.
        phase: Phase,
    },
    /// A job has ended.
    Ended {
        /// The job.
        job: JobId,
        /// How.
        state: JobState,
    },
    /// A job can go no further within the quota.
    Stuck {
        /// The job.
        job: JobId,
        /// A task that would be next.
        task: TaskRef,
        /// What it needs.
        need: Bytes,
        /// What is free.
        free: Bytes,
    },

    // Snapshots.
    /// All tables at some position.
    Image(Box<Image>),

    // Later additions.
    /// A state is deleted though it will be read: chains that have begun hold so much space that none can step. It is made
    /// again when others have gone on.
    Sacrificed {
        /// Which.
        file: FileRef,
    },
    /// The disk has less free than must stay so: nothing is placed until there is more.
    Floor {
        /// What is free and what must stay; absent when there is enough again.
        low: Option<(Bytes, Bytes)>,
    },
    /// What has not run of a group never will: a group that it comes after did not end well, or one has ended the job.
    CutOff {
        /// The job.
        job: JobId,
        /// The group.
        group: GroupNo,
        /// The group that has ended the whole job, if one has.
        by: Option<GroupNo>,
    },
    /// A state that survived its last reader by a rule of its plan is deleted, because work has no room.
    GaveWay {
        /// Which.
        file: FileRef,
    },
}

/// Under what a run is found again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofKey {
    /// Digest of everything that the task depends on.
    pub digest: Digest,
    /// The first four bytes of the digest of each input of its own: enough to name the one that changed.
    pub inputs: Vec<u32>,
}

/// A submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    /// The job's number.
    pub job: JobId,
    /// Its template, with globs and random values resolved.
    pub experiment: Experiment,
    /// The experiment directory.
    pub root: String,
    /// Digest of the experiment as written and its directory: the same command finds the same job.
    pub same: Digest,
    /// Tries after the first.
    pub retries: u32,
    /// Whether other tasks go on after a failure.
    pub keep_going: bool,
    /// Whether proofs of earlier jobs are ignored.
    pub again: bool,
    /// Whether readers of a file that was made again with another digest run again.
    pub strict: bool,
    /// Wall time in milliseconds since 1970, for people.
    pub wall: u64,
}

/// What earlier runs prove for one group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupProof {
    /// Digest of what all its tasks have in common.
    pub template: Option<Digest>,
    /// Whether each task must be looked up before it runs.
    pub check: bool,
    /// Tasks that are proved without a look at files of their own.
    pub reused: RoaringTreemap,
}

/// What was found about one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// It has to run; why, for people.
    Run {
        /// The first component that differs from the nearest earlier run.
        why: Option<String>,
    },
    /// An earlier run proves it.
    Reuse {
        /// Its outputs, in order.
        outputs: Vec<Reused>,
    },
    /// It cannot run: an input is nowhere.
    Missing {
        /// The input's name.
        name: String,
    },
}

/// An output that an earlier run made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reused {
    /// What it was the first time.
    pub first: Made,
    /// What it is now, if it is anywhere.
    pub now: Made,
    /// Where it is.
    pub at: At,
}

/// What was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FreedSpace {
    /// A condemned file's version.
    File {
        /// The file.
        file: FileRef,
        /// The version.
        version: u32,
    },
    /// The directory of an attempt.
    Attempt {
        /// The task.
        task: TaskRef,
        /// The attempt.
        attempt: u32,
    },
}
