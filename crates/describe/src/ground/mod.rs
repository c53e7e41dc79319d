//! Grounding: from what a document asks for to what this machine runs.
//!
//! JSDL's rule holds for every language (seed 001): there are no defaults, and all elements must be satisfied. So a part
//! of the description is honoured, checked against the machine's [`Offer`], or refused by name. It is so by
//! construction, as with the printers: what is honoured or checked is taken out of a copy, and what is left of that is
//! refused.
//!
//! Nothing here looks at a disk or measures: the machine is described by whoever asks, and files are looked up by a
//! closure.

mod applications;
mod around;
mod container;
mod dialect;
mod ends;
mod files;
mod groups;
mod jobs;
mod launcher;
mod life;
mod moment;
mod offer;
mod periodic;
mod place;
mod policy;
mod process;
mod refusal;
mod requirements;
mod resources;

mod space;
mod work;
mod workflow;

pub use applications::{Applications, TableError};
pub use offer::{Found, Offer, Speed};
pub use refusal::{Note, Refusal};

use crate::{Language, Said};
use pelago_job::{Description, Experiment};
use std::path::Path;

/// What a description is grounded on.
pub struct Ground<'a> {
    /// The machine.
    pub offer: &'a Offer<'a>,
    /// The applications that are known by name.
    pub applications: &'a Applications,
    /// The document's directory, absolute: relative paths begin there.
    pub directory: &'a Path,
    /// What to call the experiment where the document has no name: the stem of its file.
    pub name: &'a str,
    /// The language, where it decides what a word means at run time.
    pub language: Option<Language>,
    /// What stands at an absolute path of the machine.
    pub look: &'a dyn Fn(&Path) -> Option<Found>,
}

/// A description that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Grounded {
    /// What is run.
    pub experiment: Experiment,
    /// What to know about how it was understood.
    pub notes: Vec<Note>,
}

/// Makes what runs from what was said.
///
/// # Errors
/// Everything that this machine cannot honour, in the order of the description.
pub fn ground(said: &Said, ground: &Ground<'_>) -> Result<Grounded, Vec<Refusal>> {
    if let Some(experiment) = &said.experiment {
        return Ok(Grounded { experiment: experiment.clone(), notes: Vec::new() });
    }
    work::Work::new(&said.description, ground).all()
}

/// The description with its abstract applications replaced by what the table says of them, for people to see.
///
/// # Errors
/// Names that the table does not have.
pub fn concrete(description: &Description, applications: &Applications) -> Result<Description, Vec<Refusal>> {
    let mut description = description.clone();
    let mut refusals = Vec::new();
    for (number, job) in description.jobs.iter_mut().enumerate() {
        if let Err(mut refusal) = applications.fill(&mut job.application) {
            refusal.part = format!("/jobs/{number}{}", refusal.part);
            refusals.push(refusal);
        }
    }
    if refusals.is_empty() { Ok(description) } else { Err(refusals) }
}
