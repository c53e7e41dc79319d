//! The languages that are read: their names, and how a text is recognised.

use crate::loss::{Printed, Rest};
use crate::{Diagnostics, Said, Source};
use pelago_job::Description;
use std::fmt;
use std::str::FromStr;

/// A job language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// A Nimrod plan file, classic or newer, with seqameters and files.
    Plan,
    /// A Nimrod run file: `variable` lists and `jobs` rows. The newer plan language contains it.
    RunFile,
    /// A shell script with `#NIM` lines.
    Embedded,
    /// JSDL 1.0 with its POSIX, HPC profile, SPMD and sweep extensions.
    Jsdl,
    /// Globus RSL.
    Rsl,
    /// NorduGrid xRSL.
    Xrsl,
    /// InfoGram requests: jobs and information.
    Infogram,
    /// Globus Toolkit 4 job description (XML).
    Gt4,
    /// ARC job description (EMI ADL, XML).
    Adl,
    /// Pegasus abstract workflow (XML).
    Dax,
    /// HTCondor submit file.
    Submit,
    /// HTCondor DAGMan file.
    Dag,
    /// UNICORE job (JSON).
    Unicore,
    /// UNICORE workflow (JSON).
    UnicoreWorkflow,
    /// GA4GH TES task (JSON).
    Tes,
    /// WfCommons WfFormat (JSON).
    Wfformat,
    /// gLite JDL, DIRAC's variations included.
    Jdl,
    /// Slurm batch script.
    Slurm,
    /// PBS batch script.
    Pbs,
    /// Grid Engine batch script.
    GridEngine,
}

/// What is known about a language. Each language's module has one (or one for each dialect).
pub struct Entry {
    /// Which one it is.
    pub language: Language,
    /// What `--language` and `--to` call it.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Extensions of file names, for texts that do not show what they are.
    pub extensions: &'static [&'static str],
    /// Whether the beginning of a text is in it. Must be cheap, and false for texts of every other language.
    pub recognise: fn(&str) -> bool,
    /// Reads a text. Nothing is returned when there is an error among the diagnostics.
    pub read: fn(&Source, &mut Diagnostics) -> Option<Said>,
    /// Writes the document, taking from the rest what it says.
    pub print: Option<fn(&mut Rest) -> String>,
}

/// How much of a text is looked at to recognise its language.
const HEAD: usize = 64 * 1024;

/// In the order of recognition: what is more specific comes first.
static TABLE: [Entry; 20] = [
    crate::planfile::EMBEDDED,
    crate::script::SLURM,
    crate::script::PBS,
    crate::script::GRIDENGINE,
    crate::jsdl::ENTRY,
    crate::gt4::ENTRY,
    crate::adl::ENTRY,
    crate::dax::ENTRY,
    crate::planfile::RUN_FILE,
    crate::planfile::PLAN,
    crate::rsl::INFOGRAM,
    crate::rsl::RSL,
    crate::rsl::XRSL,
    crate::unicore::UNICORE_WORKFLOW,
    crate::unicore::UNICORE,
    crate::tes::ENTRY,
    crate::wfformat::ENTRY,
    crate::dagman::ENTRY,
    crate::jdl::ENTRY,
    crate::submit::ENTRY,
];

/// A name that stands for no language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no language that is read here; known: {}{}", Language::names(), self.hint())]
pub struct UnknownLanguage {
    /// The name.
    pub name: String,
}

impl UnknownLanguage {
    fn hint(&self) -> String {
        let near = crate::spelling::nearest(&self.name, TABLE.iter().map(|e| e.name));
        near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
    }
}

impl Language {
    /// The name that `--language` takes.
    pub fn name(self) -> &'static str {
        self.entry().map_or("plan", |e| e.name)
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        self.entry().map_or("", |e| e.title)
    }

    /// Whether it can be written.
    pub fn prints(self) -> bool {
        self.entry().is_some_and(|e| e.print.is_some())
    }

    /// All of them, in the order of recognition.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|e| e.language)
    }

    fn entry(self) -> Option<&'static Entry> {
        TABLE.iter().find(|e| e.language == self)
    }

    /// Reads a text as this language.
    pub(crate) fn read(self, source: &Source, diagnostics: &mut Diagnostics) -> Option<Said> {
        (self.entry()?.read)(source, diagnostics)
    }

    /// What writes this language, for documents that have it inside.
    pub(crate) fn printer(self) -> Option<fn(&mut Rest) -> String> {
        self.entry()?.print
    }

    /// Writes a description in this language; `None` if it can only be read.
    pub fn print(self, description: &Description) -> Option<Printed> {
        let mut rest = Rest::new(description);
        let text = (self.entry()?.print?)(&mut rest);
        Some(Printed { text, losses: rest.losses() })
    }

    /// All names, for messages.
    pub fn names() -> String {
        TABLE.iter().map(|e| e.name).collect::<Vec<_>>().join(", ")
    }

    /// The language of a text, by its content, then by the extension of its name.
    pub fn recognise(source: &Source) -> Option<Self> {
        let mut end = source.text.len().min(HEAD);
        while !source.text.is_char_boundary(end) {
            end -= 1;
        }
        let head = source.text.get(..end).unwrap_or("");
        let extension = source.file_name().rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
        let by_name = || TABLE.iter().filter(|e| extension.as_deref().is_some_and(|x| e.extensions.contains(&x)));
        let by_content = || TABLE.iter().find(|e| (e.recognise)(head));
        // A text may be in two dialects; then the name decides.
        let found = by_name().find(|e| (e.recognise)(head)).or_else(by_content).or_else(|| by_name().next());
        found.map(|e| e.language)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(name: &str) -> Result<Self, UnknownLanguage> {
        let found = TABLE.iter().find(|e| e.name == name).map(|e| e.language);
        found.ok_or_else(|| UnknownLanguage { name: name.to_string() })
    }
}
