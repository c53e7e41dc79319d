//! Planning: from an experiment to index spaces, files and the edges between tasks, by arithmetic on indices.
//!
//! A plan never lists the tasks: a sweep of ten million costs what its templates cost. The crate is pure: the same
//! experiment gives the same plan, and nothing here knows a clock, a file or a thread (held by `clippy.toml`).

mod after;
mod budget;
mod bytes;
mod census;
mod column;
mod compile;
mod cut;
mod distinct;
mod error;
mod linear;
mod link;
mod name;
mod order;
mod overlap;
mod path;
mod plan;
mod preview;
mod projection;
mod roots;
mod selection;
mod shape;
mod show;
mod spaces;
mod standing;
mod survivors;
mod task;
mod tie;

pub use census::Census;
pub use column::DomainFault;
pub use error::{Need, PathFault, PlanError, RowsFault, Warning};
pub use overlap::{Map, Run, map_index};
pub use plan::{Plan, Source};
pub use preview::{FirstTask, OutputPreview, Preview};
pub use roots::RootNames;
pub use standing::StandingWords;
pub use survivors::Survivors;
pub use task::TaskValues;
