//! The core: all tables of a grid as one deterministic state machine.
//!
//! [`Grid::apply`] changes tables and contains no policy; [`Grid::decide`] looks at them and proposes. Facts and decisions
//! are both [`Record`]s. There is no clock here, no file, no thread and no random; time comes in with every group, and the
//! order of every table is the order of its keys. Replaying a journal calls `apply` alone and leads to the same tables.

pub mod action;
mod apply;
pub mod check;
pub mod codec;
mod decide;
pub mod explain;
pub mod file;
pub mod group;
pub mod image;
pub mod job;
pub mod record;
pub mod space;
pub mod spare;
pub mod tables;
pub mod task;

pub use action::{Action, Located};
pub use codec::{CodecError, RecordGroup};
pub use decide::placing::step_space;
pub use file::{At, FileRow, Kept};
pub use group::{GroupState, Settled, Stats};
pub use job::{Job, JobState, Phase};
pub use record::{FreedSpace, GroupProof, ProofKey, Record, Reused, Submitted, Verdict};
pub use space::Space;
pub use spare::Spare;
pub use tables::Grid;
pub use task::{Class, TaskRow, TaskState};
