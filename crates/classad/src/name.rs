//! Names of attributes and functions: they compare without regard to the case of ASCII letters.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A name as it was written, with what it is compared by.
///
/// The order is the one in which HTCondor keeps attributes: short names first, then alphabetically.
#[derive(Clone)]
pub struct Name {
    text: Arc<str>,
    /// `text` in lower case; the same allocation if it already is.
    key: Arc<str>,
    special: Option<Special>,
}

/// Names that mean something in every ad that has no attribute so called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// `MY` and `self`: the ad that the expression stands in.
    My,
    /// `TARGET` and `other`: the ad on the other side of a match.
    Target,
    /// `parent`: the ad around this one.
    Parent,
    /// `toplevel` and `root`: the outermost ad.
    Root,
    /// `CurrentTime`: the seconds of `time()`.
    CurrentTime,
}

impl Name {
    /// A name of any characters.
    pub fn new(text: &str) -> Self {
        let shared: Arc<str> = Arc::from(text);
        let key = if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Arc::from(text.to_ascii_lowercase())
        } else {
            Arc::clone(&shared)
        };
        let special = match &*key {
            "my" | "self" => Some(Special::My),
            "target" | "other" => Some(Special::Target),
            "parent" => Some(Special::Parent),
            "toplevel" | "root" => Some(Special::Root),
            "currenttime" => Some(Special::CurrentTime),
            _ => None,
        };
        Self { text: shared, key, special }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In lower case.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it means where no attribute has it.
    pub fn special(&self) -> Option<Special> {
        self.special
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Name {}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.len().cmp(&other.key.len()).then_with(|| self.key.cmp(&other.key))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}
