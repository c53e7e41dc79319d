//! Values with their variables put in: `rsl_substitution`, defaults, and the names that only the site or the client knows.

use super::parse::shortened;
use super::tree::{Combine, Relation, Spec, Value};
use crate::{Diagnostics, spelling};
use std::collections::BTreeMap;
use std::ops::Range;

/// Most bytes that variables may expand to in one document.
const MOST: usize = 16_000_000;

/// What GRAM defines when a job runs (`globus_gram_job_manager_request.c`), and globusrun when it submits.
const KNOWN: [&str; 21] = [
    "HOME",
    "LOGNAME",
    "GLOBUS_ID",
    "GLOBUS_LOCATION",
    "GLOBUS_HOST_MANUFACTURER",
    "GLOBUS_HOST_CPUTYPE",
    "GLOBUS_HOST_OSNAME",
    "GLOBUS_HOST_OSVERSION",
    "GLOBUS_GATEKEEPER_HOST",
    "GLOBUS_GATEKEEPER_PORT",
    "GLOBUS_GATEKEEPER_SUBJECT",
    "GLOBUS_CONDOR_OS",
    "GLOBUS_CONDOR_ARCH",
    "GLOBUS_GRAM_JOB_CONTACT",
    "GLOBUS_CACHED_STDOUT",
    "GLOBUS_CACHED_STDERR",
    "GLOBUS_TCP_PORT_RANGE",
    "GLOBUSRUN_GASS_URL",
    "SCRATCH_DIRECTORY",
    "X509_USER_PROXY",
    "DATE",
];

/// Attributes about places that files come from and go to. A client that serves files (globusrun, say) may define names for
/// those; anywhere else GRAM's evaluation fails.
const PLACES: [&str; 8] =
    ["stdin", "stdout", "stderr", "filestagein", "filestageinshared", "filestageout", "filecleanup", "remoteiourl"];

/// Whether a name that the document does not define may stand in an attribute, given by its canonical name.
pub(super) fn may_stand(name: &str, attribute: &str) -> bool {
    KNOWN.contains(&name) || PLACES.contains(&attribute)
}

/// An evaluated value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    /// A word.
    Word(Word),
    /// A sequence.
    List(Vec<Item>, Range<usize>),
}

impl Item {
    /// Where it stands.
    pub(super) fn span(&self) -> Range<usize> {
        match self {
            Item::Word(word) => word.span.clone(),
            Item::List(_, span) => span.clone(),
        }
    }
}

/// An evaluated word.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Word {
    /// Its parts, texts joined.
    pub parts: Vec<Part>,
    /// Where it stands.
    pub span: Range<usize>,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Text.
    Text(String),
    /// A variable that has its value when the job is submitted or runs.
    Late(String),
}

impl Word {
    /// A word that is text only.
    pub(super) fn literal(text: impl Into<String>) -> Self {
        let mut word = Self::default();
        word.push(Part::Text(text.into()));
        word
    }

    pub(super) fn push(&mut self, part: Part) {
        match (self.parts.last_mut(), part) {
            (_, Part::Text(text)) if text.is_empty() => {}
            (Some(Part::Text(last)), Part::Text(text)) => last.push_str(&text),
            (_, part) => self.parts.push(part),
        }
    }

    /// The text, if no variable is in it.
    pub(super) fn text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with late variables as `$(NAME)`.
    pub(super) fn shown(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Late(name) => format!("$({name})"),
        };
        self.parts.iter().map(part).collect()
    }

    /// What follows a variable that the word begins with.
    pub(super) fn after(&self, variable: &str) -> Option<Word> {
        match self.parts.split_first() {
            Some((Part::Late(name), rest)) if name == variable => {
                Some(Word { parts: rest.to_vec(), span: self.span.clone() })
            }
            _ => None,
        }
    }

    /// Its variables.
    pub(super) fn late(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Late(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }
}

/// What a variable is that nothing defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undefined {
    /// GRAM: the request fails, unless the client that submits defines it.
    Late,
    /// ARC: the empty text.
    Empty,
}

/// Definitions in force, inner scopes last.
pub(super) struct Scopes {
    scopes: Vec<BTreeMap<String, Word>>,
    undefined: Undefined,
    budget: usize,
    /// Names that nothing defines.
    pub unknown: Vec<Unknown>,
}

/// A variable that nothing defines.
pub(super) struct Unknown {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub span: Range<usize>,
    /// What was surely meant.
    pub near: Option<String>,
}

/// A name, and the words and variables after it as one word if each of them touches the next.
fn touching(values: &[Value]) -> Option<(Value, Value)> {
    let (name, parts) = values.split_first()?;
    let simple = parts.iter().all(|part| !matches!(part, Value::Sequence(..)));
    let joined = parts.windows(2).all(|two| matches!(two, [one, next] if one.span().end == next.span().start));
    (parts.len() > 1 && simple && joined).then(|| (name.clone(), Value::Joined(parts.to_vec())))
}

/// For so many of them something similar is looked for.
const SUGGESTIONS: usize = 20;

impl Scopes {
    /// No definitions.
    pub(super) fn new(undefined: Undefined) -> Self {
        Self { scopes: Vec::new(), undefined, budget: MOST, unknown: Vec::new() }
    }

    /// Opens a scope with the definitions that stand directly in these specifications.
    pub(super) fn open(&mut self, items: &[Spec], diagnostics: &mut Diagnostics) {
        self.scopes.push(BTreeMap::new());
        for item in items {
            if let Spec::Relation(relation) = item
                && relation.name == "rslsubstitution"
            {
                self.define(relation, diagnostics);
            }
        }
    }

    /// Closes it.
    pub(super) fn close(&mut self) {
        self.scopes.pop();
    }

    fn define(&mut self, relation: &Relation, diagnostics: &mut Diagnostics) {
        for value in &relation.values {
            let pair = match value {
                Value::Sequence(pair, _) if pair.len() == 2 => self.items(pair, diagnostics),
                Value::Sequence(values, _) => {
                    match touching(values) {
                        Some((name, definition)) => {
                            diagnostics
                            .warning(definition.span(), "these are one word only where `#` stands between them")
                            .note("the specification of RSL joins them; GRAM's reader does not, and refuses the request");
                            self.items(&[name, definition], diagnostics)
                        }
                        None => Vec::new(),
                    }
                }
                _ => Vec::new(),
            };
            let [Item::Word(name), Item::Word(definition)] = pair.as_slice() else {
                diagnostics
                    .error(value.span(), "a substitution is a pair of a name and a word")
                    .help("write `(rsl_substitution = (NAME value) (NAME2 value2))`");
                continue;
            };
            let Some(text) = name.text().filter(|text| !text.is_empty()) else {
                diagnostics.error(name.span.clone(), "the name of a substitution has to be known when it is read");
                continue;
            };
            if let Some(scope) = self.scopes.last_mut() {
                scope.insert(text.to_string(), definition.clone());
            }
        }
    }

    fn find(&self, name: &str) -> Option<Word> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).cloned()
    }

    /// The name that is nearest to one that is not defined.
    fn near(&self, name: &str) -> Option<String> {
        let names = self.scopes.iter().flat_map(|scope| scope.keys().map(String::as_str)).take(500);
        spelling::nearest(name, names.chain(KNOWN)).map(str::to_string)
    }

    /// Evaluates values.
    pub(super) fn items(&mut self, values: &[Value], diagnostics: &mut Diagnostics) -> Vec<Item> {
        values.iter().map(|value| self.item(value, diagnostics)).collect()
    }

    fn item(&mut self, value: &Value, diagnostics: &mut Diagnostics) -> Item {
        match value {
            Value::Sequence(values, span) => Item::List(self.items(values, diagnostics), span.clone()),
            other => Item::Word(self.word(other, diagnostics)),
        }
    }

    fn word(&mut self, value: &Value, diagnostics: &mut Diagnostics) -> Word {
        let mut word = match value {
            Value::Literal(text, _) => Word::literal(text.clone()),
            Value::Variable(inside, span) => self.variable(inside, span, diagnostics),
            Value::Joined(parts) => {
                let mut word = Word::default();
                for part in parts {
                    self.word(part, diagnostics).parts.into_iter().for_each(|part| word.push(part));
                }
                word
            }
            // The parser lets no sequence stand in a word.
            Value::Sequence(..) => Word::default(),
        };
        word.span = value.span();
        word
    }

    fn variable(&mut self, inside: &[Value], span: &Range<usize>, diagnostics: &mut Diagnostics) -> Word {
        let Some(name) = inside.first().map(|name| self.word(name, diagnostics)) else { return Word::default() };
        let Some(name) = name.text().map(str::to_string) else {
            diagnostics.error(span.clone(), "the variable's name has to be known when the request is read");
            return Word::default();
        };
        if let Some(word) = self.find(&name) {
            let size: usize = word
                .parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) | Part::Late(text) => text.len() + 32,
                })
                .sum();
            if size > self.budget {
                if self.budget > 0 {
                    let message = format!("the substitutions make more than {MOST} bytes of it");
                    diagnostics.error(span.clone(), message);
                }
                self.budget = 0;
                return Word::default();
            }
            self.budget -= size;
            return word;
        }
        if self.undefined == Undefined::Empty {
            let near = self.near(&name);
            diagnostics
                .warning(span.clone(), format!("nothing defines `{}`: ARC puts nothing there", shortened(&name)))
                .did_you_mean(near.as_deref());
            return Word::default();
        }
        if KNOWN.contains(&name.as_str()) {
            return Word { parts: vec![Part::Late(name)], span: span.clone() };
        }
        if let Some(default) = inside.get(1) {
            return self.word(default, diagnostics);
        }
        let near = if self.unknown.len() < SUGGESTIONS { self.near(&name) } else { None };
        self.unknown.push(Unknown { name: name.clone(), span: span.clone(), near });
        Word { parts: vec![Part::Late(name)], span: span.clone() }
    }
}

/// Whether there is a multi-request below the top of a specification.
pub(super) fn each_below(spec: &Spec) -> Option<Range<usize>> {
    match spec {
        Spec::Combined { how: Combine::Each, span, .. } => Some(span.clone()),
        Spec::Combined { items, .. } => items.iter().find_map(each_below),
        Spec::Relation(_) => None,
    }
}
