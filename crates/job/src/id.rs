//! Identities: jobs, groups, parameters, tasks and files are small integers with a text form.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A job of one site, counted from 1 in the order of submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobId(pub u32);

/// A group of a job: its position in [`crate::Experiment::groups`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GroupNo(pub u16);

/// A parameter of an experiment: its position in [`crate::Experiment::parameters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ParamNo(pub u16);

/// One task: an index of the space of one group of one job.
///
/// Indices count from 0 inside the program and from 1 where people read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskRef {
    /// The job.
    pub job: JobId,
    /// The group within the job.
    pub group: GroupNo,
    /// The index within the group's space, from 0.
    pub index: u64,
}

/// One output of one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileRef {
    /// The task that makes the file.
    pub task: TaskRef,
    /// Which of its group's outputs, from 0.
    pub output: u16,
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// `JOB.GROUP.INDEX`, all numbers; people see the form of [`TaskRef::shown`].
impl fmt::Display for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.job.0, self.group.0, self.index + 1)
    }
}

impl TaskRef {
    /// The form that people read and type: `42.17` for a task of the main group, `42.fl.17` for another one.
    pub fn shown(&self, group: &crate::Group) -> String {
        match group.role {
            crate::Role::Main => format!("{}.{}", self.job, self.index + 1),
            _ => format!("{}.{}.{}", self.job, group.name, self.index + 1),
        }
    }
}
