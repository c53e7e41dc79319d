//! The shared words of Pelago: what a job, a task, a file, a value, an outcome and a reason are.
//!
//! Nothing here does anything: no clock, no file, no process. Every other crate speaks in these types.

pub mod description;
pub mod digest;
pub mod domain;
pub mod experiment;
pub mod id;
pub mod name;
pub mod outcome;
pub mod step;
pub mod units;
pub mod value;
pub mod walk;

pub use description::{Description, Extension, Job, Text};
pub use digest::Digest;
pub use domain::Domain;
pub use experiment::{
    After, Event, Experiment, Group, Hook, Input, Keep, Limits, Order, Output, Parameter, Role, Rows, Throttle,
};
pub use id::{FileRef, GroupNo, JobId, ParamNo, TaskRef};
pub use name::{Expr, NameError, Piece, Template};
pub use outcome::{Cause, Delivered, Failure, LogSpan, Made, Outcome, Report, Usage};
pub use step::{OnError, Place, Resource, Setting, Step, Stream};
pub use units::{Bytes, GridTime, Millis};
pub use value::{Cell, Take, ValueRule, ValueSource};
pub use walk::Walk;
