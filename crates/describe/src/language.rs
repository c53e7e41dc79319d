//! The languages that are read: their names, and how a text is recognised.

use crate::Source;
use std::fmt;
use std::str::FromStr;

/// A language that an experiment can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// A Nimrod plan file, classic or newer, with seqameters and files.
    Plan,
    /// A Nimrod run file: `variable` lists and `jobs` rows. The newer plan language contains it.
    RunFile,
    /// A shell script with `#NIM` lines.
    Embedded,
}

struct Entry {
    language: Language,
    name: &'static str,
    extensions: &'static [&'static str],
    recognise: fn(&str) -> bool,
}

/// How much of a text is looked at to recognise its language.
const HEAD: usize = 64 * 1024;

/// In the order of recognition: what is more specific comes first.
const TABLE: [Entry; 3] = [
    Entry { language: Language::Embedded, name: "embedded", extensions: &["nsh"], recognise: has_directives },
    Entry { language: Language::RunFile, name: "run-file", extensions: &["run"], recognise: has_variables },
    Entry { language: Language::Plan, name: "plan", extensions: &["plan", "pln", "nim"], recognise: has_plan_words },
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
        TABLE.iter().find(|e| e.language == self).map_or("plan", |e| e.name)
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
        let by_content = TABLE.iter().find(|e| (e.recognise)(head));
        let extension = source.file_name().rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
        let by_name = || TABLE.iter().find(|e| extension.as_deref().is_some_and(|x| e.extensions.contains(&x)));
        by_content.or_else(by_name).map(|e| e.language)
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

fn first_words(head: &str) -> impl Iterator<Item = (&str, &str)> {
    head.lines().map(|line| line.trim_start()).map(|line| line.split_once([' ', '\t']).unwrap_or((line.trim_end(), "")))
}

fn has_directives(head: &str) -> bool {
    first_words(head).any(|(word, _)| word == "#NIM")
}

fn has_variables(head: &str) -> bool {
    first_words(head).any(|(word, rest)| word == "variable" && rest.contains("index"))
}

fn has_plan_words(head: &str) -> bool {
    first_words(head).any(|(word, rest)| matches!(word, "parameter" | "seqameter" | "task") && !rest.is_empty())
}
