//! The promises to a user, each as a hostile user would try them: the real program, real processes, real disks.

mod asking;
mod control;
mod disk;
mod failures;
mod kills;
mod place;
mod plans;
mod quota;
mod reuse;
