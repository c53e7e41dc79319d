//! Text for people from the views of a site. Nothing here asks, reads or prints; every function is text in, text out.

pub mod jobs;
pub mod json;
pub mod plan;
pub mod progress;
pub mod style;
pub mod table;
pub mod tasks;
pub mod values;
pub mod why;
pub mod words;
