//! The core's behaviours, each as a short play: something is told, and what the core then does is read as one line.

mod chains;
mod events;
mod failures;
mod files;
mod people;
mod phases;
mod play;
mod quota;
