//! A job: its template, its groups' progress, its queues.

use crate::group::GroupState;
use crate::record::Submitted;
use crate::task::Class;
use pelago_job::{After, Experiment, GridTime, GroupNo, JobId, Role};
use pelago_plan::Plan;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobState {
    /// Under way.
    Active,
    /// All tasks ended well.
    Done,
    /// Some task failed; the same command runs what is left.
    Failed,
    /// A person ended it.
    Cancelled,
    /// It can never run, for this reason.
    Refused(String),
    /// It goes no further within the quota: the arithmetic.
    Stuck(String),
}

/// What part of a job is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// Looking up proofs and inputs.
    Proving {
        /// Whether the root start task has run.
        started: bool,
    },
    /// The root start task.
    Start,
    /// The tasks the job is about, with the node's start task before them and event tasks beside them.
    Work,
    /// The node's finish task.
    NodeFinish,
    /// The root finish task.
    Finish,
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// What was submitted.
    pub submitted: Arc<Submitted>,
    /// The compiled template.
    pub plan: Arc<Plan>,
    /// How it stands.
    pub state: JobState,
    /// What is under way.
    pub phase: Phase,
    /// Held by a person.
    pub held: bool,
    /// A person has ended it, and some of its attempts still run.
    pub cancelling: bool,
    /// The group with a task that has ended the whole job by its end.
    pub aborted: Option<GroupNo>,
    /// Tries after the first, as last asked for.
    pub retries: u32,
    /// Whether other tasks go on after a failure, as last asked for.
    pub keep_going: bool,
    /// Its groups, by number.
    pub groups: Vec<GroupState>,
    /// Attempts placed under each throttle.
    pub throttled: BTreeMap<String, u32>,
    /// Ready tasks by queue.
    pub ready: BTreeMap<Class, BTreeSet<(GroupNo, u64)>>,
    /// Deliveries that are not confirmed.
    pub deliveries: u64,
    /// When it was submitted.
    pub since: GridTime,
    /// When it ended.
    pub ended: Option<GridTime>,
}

impl Job {
    /// Its number.
    pub fn id(&self) -> JobId {
        self.submitted.job
    }

    /// The role of a group.
    pub fn role(&self, group: GroupNo) -> Role {
        self.submitted.experiment.group(group).map_or(Role::Other, |g| g.role)
    }

    /// Progress of a group.
    pub fn group(&self, group: GroupNo) -> Option<&GroupState> {
        self.groups.get(group.0 as usize)
    }

    /// The groups of some role.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = (GroupNo, &GroupState)> {
        self.groups
            .iter()
            .enumerate()
            .map(|(number, state)| (GroupNo(number as u16), state))
            .filter(move |(number, _)| self.role(*number) == role)
    }

    /// Counts an attempt of a group that is placed, or no longer is, under the group's throttle.
    pub(crate) fn count_throttled(&mut self, group: GroupNo, placed: bool) {
        let submitted = self.submitted.clone();
        let Some(throttle) = submitted.experiment.group(group).and_then(|group| group.throttle.as_ref()) else {
            return;
        };
        let count = self.throttled.entry(throttle.name.clone()).or_default();
        *count = if placed { *count + 1 } else { count.saturating_sub(1) };
    }

    /// How many attempts are placed under each throttle, from the counts of the groups.
    pub(crate) fn counted(experiment: &Experiment, groups: &[GroupState]) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        for (group, state) in experiment.groups.iter().zip(groups) {
            if let Some(throttle) = &group.throttle {
                *counts.entry(throttle.name.clone()).or_default() += state.running as u32;
            }
        }
        counts
    }

    /// Whether tasks of a group may start: their phase has come, the groups that they come after have ended, and nothing
    /// has ended the job before.
    pub fn open(&self, group: GroupNo) -> bool {
        self.in_phase(group)
            && self.barriers(group).next().is_none()
            && (self.aborted.is_none() || self.aborted_for(group).is_none())
    }

    /// The groups that a group still waits for, each with how many of its tasks have not ended as they must.
    pub fn barriers(&self, group: GroupNo) -> impl Iterator<Item = (After, u64)> {
        let after = self.submitted.experiment.group(group).map_or(&[][..], |group| &group.after);
        after.iter().filter_map(|after| {
            let state = self.group(after.group)?;
            let ended = if after.any_end { state.settled_count() } else { state.done.len() + state.reused.len() };
            (ended < state.size).then(|| (*after, state.size - ended))
        })
    }

    /// Whether a group waits for one that did not end well, or the job is over for it, so that its tasks never start.
    pub fn is_cut_off(&self, group: GroupNo) -> bool {
        let broken = |after: &After| self.group(after.group).is_some_and(|state| state.bad_count() > 0);
        self.barriers(group).any(|(after, _)| !after.any_end && broken(&after))
            || self.aborted.is_some() && self.aborted_for(group).is_some()
    }

    /// The group with a task that has ended the whole job, if that is so for this group: what only comes after any end of
    /// others still runs.
    pub fn aborted_for(&self, group: GroupNo) -> Option<GroupNo> {
        let by = self.aborted?;
        let after = self.submitted.experiment.group(group).map_or(&[][..], |group| &group.after);
        let last = !after.is_empty() && after.iter().all(|after| after.any_end);
        let counts = matches!(self.role(group), Role::Main | Role::Other) && !last;
        counts.then_some(by)
    }

    /// Whether the phase of a group is under way.
    pub fn in_phase(&self, group: GroupNo) -> bool {
        match self.role(group) {
            Role::RootStart => self.phase == Phase::Start,
            Role::NodeStart | Role::Main | Role::Other | Role::Event => self.phase == Phase::Work,
            Role::NodeFinish => self.phase == Phase::NodeFinish,
            Role::RootFinish => self.phase == Phase::Finish,
        }
    }

    /// Whether it has edges between groups: then a failure ends what lies behind it, and nothing else.
    pub fn is_workflow(&self) -> bool {
        self.submitted.experiment.groups.iter().any(|group| !group.after.is_empty())
    }

    /// Whether a task of its own has failed for good, events apart, and it was not told to keep going; or nothing else
    /// can run because the node's start task did not end well.
    pub fn stopped(&self) -> bool {
        self.groups.iter().enumerate().any(|(number, state)| match self.role(GroupNo(number as u16)) {
            Role::Event => false,
            Role::NodeStart => state.bad_count() > 0,
            _ => !state.failed.is_empty() && !self.keep_going && !self.is_workflow(),
        })
    }

    /// Whether anything of it may start.
    pub fn runs(&self) -> bool {
        self.state == JobState::Active && !self.held && !self.cancelling && !self.stopped()
    }
}
