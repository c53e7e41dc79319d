//! What a document in a job language asks for: one model for all of them.
//!
//! A [`Description`] keeps what was said, unresolved and unplaced; what is run, an [`Experiment`](crate::Experiment),
//! is made from it by grounding. Everything is absent until said: JSDL's rule that there are no defaults (seed 001)
//! holds for all languages. Taking a field out leaves its default, so a printer that takes what it says leaves
//! behind exactly what its language cannot say.

mod application;
mod policy;
mod query;
mod range;
mod renumber;
mod resources;
mod space;
mod staging;
mod text;
mod texts;
mod workflow;

pub use application::{
    Application, Argument, Command, Launcher, Limits, Mount, Parallel, Path, Starter, Stdio, Variable,
};
pub use policy::{Credential, Notice, Occasion, Policy, Ttl};
pub use query::{Query, Response};
pub use range::{Bound, Interval, Range};
pub use resources::{Accelerator, FileSystem, OperatingSystem, Resources, Software};
pub use space::{Point, Space};
pub use staging::{Creation, Location, Staging, When};
pub use text::Text;
pub use texts::Texts;
pub use workflow::{Edge, Node, NodeKind, Reference, Script, Throttle};

use crate::Parameter;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Everything that one document says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Description {
    /// What the whole document is called, where it has a name apart from its jobs' (a workflow, a collection).
    pub name: Option<String>,
    /// A text about the whole document.
    pub description: Option<String>,
    /// The parameters that the jobs' [`Text`]s refer to by number, shared by all jobs.
    pub parameters: Vec<Parameter>,
    /// The jobs, in the order of the document.
    pub jobs: Vec<Job>,
    /// Which job waits for which (DAGs, workflows). A job that reads another's file needs no edge for it.
    pub edges: Vec<Edge>,
    /// Limits on how many nodes of a class run at a time (DAGMan `MAXJOBS`).
    pub throttles: Vec<Throttle>,
    /// Questions to the information service (InfoGram, seed 004).
    pub queries: Vec<Query>,
    /// Variables whose values count for the proof of a run (planfile `env`).
    pub proof_variables: Vec<String>,
    /// What the model has no place for, kept verbatim.
    pub extensions: Vec<Extension>,
}

impl Description {
    /// How many tasks all its jobs together are, or the most that can be counted.
    pub fn tasks(&self) -> u64 {
        let of = |job: &Job| job.space.as_ref().map_or(1, |space| space.len(&self.parameters));
        self.jobs.iter().fold(0, |all, job| all.saturating_add(of(job)))
    }
}

/// One job: what runs, on what, with which files, under which policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Job {
    /// Its name. In a workflow it is the node's name and unique.
    pub name: Option<Text>,
    /// A text for people.
    pub description: Option<Text>,
    /// Further remarks (JSDL `JobAnnotation`, tags).
    pub annotations: Vec<Text>,
    /// Accounts that are charged (JSDL `JobProject`, RSL `project`, Condor `accounting_group`).
    pub projects: Vec<Text>,
    /// The virtual organisation that it runs for.
    pub organisation: Option<Text>,
    /// What runs.
    pub application: Application,
    /// On what.
    pub resources: Resources,
    /// Files that come and go.
    pub staging: Vec<Staging>,
    /// Retries, priority, when to hold or remove it, who is told.
    pub policy: Policy,
    /// How many tasks it is and with which values; absent means one.
    pub space: Option<Space>,
    /// What it is as a node of a workflow.
    pub node: Option<Node>,
    /// What only a planfile says of a task: its role, hooks, kept states and values.
    pub group: Option<Box<crate::Group>>,
    /// What the model has no place for, kept verbatim.
    pub extensions: Vec<Extension>,
}

/// A definition of one language that the model has no place for: kept word for word, printed again in the same
/// language, a loss in every other one, and refused by name when the job is to run, unless it asks for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extension {
    /// The language's name, as `--language` takes it.
    pub language: String,
    /// The word, attribute or qualified name (`{namespace}name`).
    pub name: String,
    /// Its text as it stood in the document, comments apart.
    pub text: String,
    /// Whether it only remarks something, so that a site which does not know it still does all that was asked.
    pub remark: bool,
    /// The part that it belongs to, where that is not the job or the document as a whole: a JSON pointer from there,
    /// such as `/staging/2/source`.
    pub place: Option<String>,
}

/// One that was taken, which leaves an empty one in its place, is nothing.
impl Serialize for Extension {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.name.is_empty() {
            return serializer.serialize_none();
        }
        let mut fields = serializer.serialize_struct("Extension", 5)?;
        fields.serialize_field("language", &self.language)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("text", &self.text)?;
        fields.serialize_field("remark", &self.remark)?;
        fields.serialize_field("place", &self.place)?;
        fields.end()
    }
}
