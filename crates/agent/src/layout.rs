//! Where things are in a state directory. Only names: nothing here touches the disk.
//!
//! ```text
//! slots/SLOT/now/work     the working directory of what runs there; now is its private parent
//! slots/SLOT/stdout,…     what it prints, before that goes into a pack
//! attempts/J.G.I.A/out/K  outputs of an ended attempt, until they are collected; home/N files for the experiment directory
//! failed/LABEL-A/         the private parent of a failed attempt
//! nodes/J/                what the node start task of a job left
//! store/…                 outputs that are kept for their readers
//! packs/N.out, N.err      what tasks printed
//! trash/                  what is being removed
//! ```

use pelago_job::{GroupNo, JobId, Stream, TaskRef};
use std::path::{Path, PathBuf};

/// The names in one state directory.
#[derive(Clone, Debug)]
pub struct Layout {
    state: PathBuf,
}

impl Layout {
    /// The layout of a state directory.
    pub fn new(state: impl Into<PathBuf>) -> Self {
        Self { state: state.into() }
    }

    /// The state directory.
    pub fn state(&self) -> &Path {
        &self.state
    }

    pub(crate) fn slots(&self) -> PathBuf {
        self.state.join("slots")
    }

    /// A slot's own directory.
    pub fn slot(&self, slot: usize) -> PathBuf {
        self.slots().join(slot.to_string())
    }

    /// The private parent of the working directory of what runs on a slot.
    pub fn private(&self, slot: usize) -> PathBuf {
        self.slot(slot).join("now")
    }

    /// The file that takes what is printed on a slot.
    pub fn live_log(&self, slot: usize, stream: Stream) -> PathBuf {
        self.slot(slot).join(match stream {
            Stream::Out => "stdout",
            Stream::Err => "stderr",
        })
    }

    pub(crate) fn attempts(&self) -> PathBuf {
        self.state.join("attempts")
    }

    /// What an ended attempt has left to be collected.
    pub fn attempt(&self, task: TaskRef, attempt: u32) -> PathBuf {
        let TaskRef { job, group, index } = task;
        self.attempts().join(format!("{}.{}.{index}.{attempt}", job.0, group.0))
    }

    /// An output that was set aside.
    pub fn output(&self, task: TaskRef, attempt: u32, output: u16) -> PathBuf {
        self.attempt(task, attempt).join("out").join(output.to_string())
    }

    /// A file that was set aside for the experiment directory.
    pub fn home(&self, task: TaskRef, attempt: u32, staged: &str) -> PathBuf {
        // The name comes from a report, which was on a wire: only a plain number is one of ours.
        let name = if staged.bytes().all(|byte| byte.is_ascii_digit()) { staged } else { "none" };
        self.attempt(task, attempt).join("home").join(name)
    }

    pub(crate) fn all_failed(&self) -> PathBuf {
        self.state.join("failed")
    }

    /// Where a failed attempt is kept.
    pub fn failed(&self, label: &str, attempt: u32) -> PathBuf {
        let plain = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let name: String = label.chars().map(plain).take(200).collect();
        self.all_failed().join(format!("{}-{attempt}", name.trim_start_matches('.')))
    }

    pub(crate) fn all_node_files(&self) -> PathBuf {
        self.state.join("nodes")
    }

    /// What the node start task of a job left.
    pub fn node_files(&self, job: JobId) -> PathBuf {
        self.all_node_files().join(job.0.to_string())
    }

    pub(crate) fn packs(&self) -> PathBuf {
        self.state.join("packs")
    }

    /// A pack file.
    pub fn pack(&self, number: u32, stream: Stream) -> PathBuf {
        self.packs().join(match stream {
            Stream::Out => format!("{number}.out"),
            Stream::Err => format!("{number}.err"),
        })
    }

    pub(crate) fn trash(&self) -> PathBuf {
        self.state.join("trash")
    }
}

/// The attempt that a directory name stands for.
pub(crate) fn attempt_of(name: &str) -> Option<(TaskRef, u32)> {
    let mut fields = name.split('.');
    let task = TaskRef {
        job: JobId(fields.next()?.parse().ok()?),
        group: GroupNo(fields.next()?.parse().ok()?),
        index: fields.next()?.parse().ok()?,
    };
    let attempt = fields.next()?.parse().ok()?;
    fields.next().is_none().then_some((task, attempt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_and_never_out() {
        let layout = Layout::new("/s");
        let task = TaskRef { job: JobId(4), group: GroupNo(2), index: 17 };
        let path = layout.attempt(task, 3);
        assert_eq!(attempt_of(path.file_name().unwrap().to_str().unwrap()), Some((task, 3)));
        for name in ["", "1.2.3", "1.2.3.4.5", "a.2.3.4", "1.99999.3.4", "-1.0.0.1"] {
            assert_eq!(attempt_of(name), None, "{name}");
        }
        assert_eq!(layout.failed("4.fl.18", 3), Path::new("/s/failed/4.fl.18-3"));
        assert_eq!(layout.failed("../../etc", 1), Path::new("/s/failed/_.._etc-1"));
        assert_eq!(layout.home(task, 3, "../../x"), path.join("home/none"));
    }
}
