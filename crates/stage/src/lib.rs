//! Files on this machine: what they are (digests), where they rest (the store), how they get there (staging, delivery)
//! and how much space they take.

mod cache;
mod copy;
mod deliver;
mod digest;
mod error;
mod glob;
mod name;
mod path;
mod remove;
mod stage_in;
mod store;
mod usage;

pub use cache::DigestCache;
pub use copy::{copy_file, copy_tree, place};
pub use deliver::{Delivery, deliver};
pub use digest::{digest_file, digest_of, digest_tree};
pub use error::StageError;
pub use glob::{expand_glob, is_glob, matches};
pub use name::rename;
pub use path::{Directory, PathRefused, SafePath};
pub use remove::remove_tree;
pub use stage_in::{Staged, stage_in};
pub use store::Store;
pub use usage::{usage, usage_within};
