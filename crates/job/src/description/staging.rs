//! Files that come to a job and go from it.

use super::{Credential, Text};
use serde::Serialize;

/// One file or directory of the job and where it comes from or goes (JSDL `DataStaging`).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Staging {
    /// A name of this entry (JSDL `@name`).
    pub name: Option<String>,
    /// A text about it.
    pub description: Option<Text>,
    /// The file's name at the job, relative to its working directory; may be a pattern where the language has them.
    pub file: Option<Text>,
    /// The file system that the name is relative to, if not the working directory.
    pub filesystem: Option<String>,
    /// What happens to a file that is there already.
    pub creation: Option<Creation>,
    /// Whether it is deleted when the job has ended and everything has gone home.
    pub delete_on_termination: bool,
    /// Where it comes from before the job starts.
    pub source: Option<Location>,
    /// Where it goes when the job has ended.
    pub target: Option<Location>,
    /// Whether it is a directory.
    pub directory: bool,
    /// Whether it is made executable.
    pub executable: bool,
    /// Whether the job runs, or has succeeded, without it.
    pub optional: bool,
    /// Whether the job promises not to change it.
    pub read_only: bool,
    /// Whether it may be read as a stream instead of being copied.
    pub streamable: bool,
    /// Whether it may be kept and shared with other jobs.
    pub cache: Option<bool>,
    /// The size in bytes, where it is declared.
    pub size: Option<f64>,
    /// A checksum, as `algorithm:hex`.
    pub checksum: Option<Text>,
    /// The part of the path that is left out at the target, where `file` is a pattern (TES `path_prefix`).
    pub prefix: Option<Text>,
    /// When it goes: absent means when the job succeeded, and in languages that do not say, always.
    pub when: Option<When>,
    /// The credential for both ends (HPC file staging profile, GFD.135).
    pub credential: Option<Credential>,
}

/// What happens to a file that is there already (JSDL `CreationFlag`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Creation {
    /// It is replaced.
    Overwrite,
    /// The new one is put at its end.
    Append,
    /// It stays, and that is no error.
    DontOverwrite,
}

/// A place outside the job.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Location {
    /// A URI, or a path relative to where the user submits. Absent means that the user moves the file by other means.
    pub uri: Option<Text>,
    /// Further places of the same content; any will do.
    pub alternatives: Vec<Text>,
    /// The content itself, where the document holds it (TES `content`, UNICORE `Data`).
    pub content: Option<Text>,
    /// Options of the transfer, by name.
    pub options: Vec<(Text, Text)>,
    /// The credential for this end.
    pub credential: Option<Credential>,
}

/// On what outcome a file goes to its target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct When {
    /// When the job succeeded.
    pub success: bool,
    /// When it failed.
    pub failure: bool,
    /// When it was cancelled.
    pub cancel: bool,
}
