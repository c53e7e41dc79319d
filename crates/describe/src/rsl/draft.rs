//! What several attributes of a job say together, until all of them are read.

use super::evaluate::Word;
use pelago_job::description::{Occasion, Staging};
use std::ops::Range;

/// The collection.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// Where the request stands.
    pub span: Range<usize>,
    /// What kind of request it is: one of the `when`s of attributes.
    pub when: u8,
    /// Whether it is only a part of a request, which need not be complete.
    pub partial: bool,
    /// How the processes start (GRAM `jobType`).
    pub jobtype: Option<String>,
    /// How many, and where it is said.
    pub count: Option<(f64, Range<usize>)>,
    /// Minutes of clock or processor time, as the site decides (GRAM `maxTime`).
    pub time: Option<(f64, Range<usize>)>,
    /// Files of the executable and of standard input that are fetched.
    pub fetched: Vec<Staging>,
    /// Files that come.
    pub inputs: Vec<Staging>,
    /// Places that standard output and then standard error are sent to.
    pub streams: [Vec<Staging>; 2],
    /// Files that go.
    pub outputs: Vec<Staging>,
    /// Files that are removed at the end.
    pub removed: Vec<Word>,
    /// Who gets mail (PBS and Grid Engine adapters).
    pub address: Option<Word>,
    /// On what.
    pub occasions: Vec<Occasion>,
    /// Whether standard error goes where standard output goes, and where that is said.
    pub join: Option<Range<usize>>,
    /// Files that are made executable.
    pub executables: Vec<Word>,
    /// Transfer streams for each file.
    pub threads: Option<String>,
    /// Whether and how files are cached.
    pub cache: Option<String>,
    /// Where `gridtime` is said.
    pub gridtime: Option<Range<usize>>,
    /// Milliseconds until the action (InfoGram).
    pub timeout: Option<(f64, Range<usize>)>,
    /// `cancel` or `exception` (InfoGram).
    pub action: Option<(String, Range<usize>)>,
}
