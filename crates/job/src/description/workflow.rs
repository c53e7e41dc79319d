//! What ties jobs into a workflow: nodes with their scripts, and edges between them.

use super::{Command, Text};
use serde::Serialize;

/// One job waits for another, both by their position among the description's jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Edge {
    /// The job that comes first.
    pub parent: Option<u32>,
    /// The job that waits for it.
    pub child: Option<u32>,
    /// When the edge is taken; absent means when the parent has succeeded. In the document's own words.
    pub condition: Option<Text>,
}

/// At most this many nodes of a category at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Throttle {
    /// The category.
    pub category: Option<String>,
    /// How many.
    pub most: Option<f64>,
}

/// What a job is as a node of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Node {
    /// What kind of node; absent means a job.
    pub kind: Option<NodeKind>,
    /// The document that describes it, where it is another file, which is not opened when this one is read.
    pub reference: Option<Reference>,
    /// Scripts around it.
    pub scripts: Vec<Script>,
    /// With this exit code it is not tried again (DAGMan `UNLESS-EXIT`).
    pub retry_unless: Option<f64>,
    /// With this exit code of the script before it, the node has succeeded without running (DAGMan `PRE_SKIP`).
    pub skip_on: Option<f64>,
    /// With this exit code the whole workflow ends, with the second number as its own exit code.
    pub abort_on: Option<(f64, Option<f64>)>,
    /// Its category, for throttles.
    pub category: Option<String>,
    /// Not run, but counted as done at once when its turn comes.
    pub noop: bool,
    /// Done already (rescue files).
    pub done: bool,
    /// The group that it lies in, by its position among the description's jobs. What waits for the group waits for all in it.
    pub within: Option<u32>,
}

/// The kinds of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// A job.
    Job,
    /// A workflow of its own in another file, run as one node.
    Workflow,
    /// Another file's nodes, put in place of this one.
    Splice,
    /// Runs at the very end, whatever happened.
    Final,
    /// Runs at the very beginning; all others wait until it is ready.
    Provisioner,
    /// Runs beside all others, as long as they run; its end matters to none.
    Service,
    /// Holds other nodes (`within`); with a space it runs all of them for each of its tasks. A loop's condition is an
    /// extension.
    Group,
    /// Runs nothing, but directs the others: a fork, a branch, a pause. What it does is an extension.
    Control,
}

/// Another file that describes a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reference {
    /// The file, as written.
    pub file: Option<Text>,
    /// The directory that it is read and run in.
    pub directory: Option<Text>,
    /// Values for its macros, put before its own definitions, which count more.
    pub macros: Vec<(String, Text)>,
    /// Values for its macros, put after its own definitions, which they replace (DAGMan `VARS … APPEND`).
    pub overrides: Vec<(String, Text)>,
}

/// A script around a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Script {
    /// `pre`, `post` or `hold`.
    pub when: Option<String>,
    /// The command, run where the workflow is submitted.
    pub command: Command,
    /// With this exit code it is tried again after so many seconds.
    pub defer: Option<(f64, f64)>,
    /// A file for what it prints, and which streams of it.
    pub debug: Option<(Text, String)>,
}
