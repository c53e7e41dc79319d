//! A DAG and all that its files name, put together into one description: included files, splices, sub-DAGs, submit
//! files.
//!
//! Files are opened by whoever puts it together, by paths as DAGMan has them: relative to where the DAG is submitted, with the
//! directories (`DIR`) of splices and nodes before them. Nodes of a splice are called `SPLICE+NODE`, and so are those of a
//! sub-DAG, which becomes part of the whole where that comes to the same.

use super::command::{Command, Word};
use super::document::{self, Document, Placed};
use super::graft::{Graft, Part, Problem};
use super::inline;
use super::node::LANGUAGE;
use super::{lower, rescue};
use crate::beside::{Below, Beside};
use crate::cycle;
use crate::source::LineIndex;
use crate::{Diagnostic, Diagnostics, MAX_TEXT, Origins, Source, diagnostic};
use pelago_job::description::{NodeKind, Reference};
use pelago_job::{Description, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;

/// How deep files may lie in each other.
const DEPTH: usize = 32;
/// How many times a file is put in, over all of them.
const MOST_FILES: usize = 20_000;
/// How many nodes all files may have together.
const MOST_NODES: usize = crate::MAX_JOBS;

/// A DAG with all its files.
#[derive(Clone, Debug)]
pub struct Assembly {
    /// All nodes that run, with what each one runs. Absent when there is an error in some file. A node's paths are
    /// relative to the directory of its [`Reference`], where it has one.
    pub description: Option<Description>,
    /// Where its jobs stand in the DAG itself: their own statements, or those of the splices and sub-DAGs that they lie in.
    pub origins: Origins,
    /// The files that were read, the DAG itself first, each once with everything that was found in it.
    pub files: Vec<(Source, Vec<Diagnostic>)>,
    /// By the number of a job: the file that describes it, by position, and where it says what.
    inside: BTreeMap<usize, (usize, Origins)>,
}

impl Assembly {
    /// The line of a node's submit file that says a part, for people.
    pub fn inside(&self, part: &str) -> Option<String> {
        let rest = part.strip_prefix("/jobs/")?;
        let (number, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let (file, origins) = self.inside.get(&number.parse().ok()?)?;
        let (source, _) = self.files.get(*file)?;
        let known = !rest.starts_with("node/");
        let span = origins.of(&format!("/jobs/0/{rest}")).filter(|span| Some(span) != origins.of("/jobs/0").as_ref());
        let Some(span) = span.filter(|_| known) else { return known.then(|| format!("`{}`", source.name)) };
        let line = LineIndex::new(&source.text).position(span.start).0;
        let text = source.text.lines().nth(line.checked_sub(1)?)?.trim();
        let shown: String = text.chars().take(120).collect();
        Some(format!("{}:{line}: `{shown}`", source.name))
    }

    /// What was found, file by file, as text with the lines it is about.
    pub fn render(&self, colour: bool) -> String {
        let shown = |(source, found): &(Source, Vec<Diagnostic>)| diagnostic::render(found, source, colour);
        self.files.iter().map(shown).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// Puts a DAG together with the files that it names. Cycles among files and among nodes are errors, and so is whatever
/// a single workflow cannot be: a sub-DAG that is tried again as a whole, or has a final node of its own.
pub fn assemble(source: &Source, open: &mut dyn Beside) -> Assembly {
    let mut work = Work {
        open,
        sources: Vec::new(),
        found: Vec::new(),
        opened: BTreeMap::new(),
        size: 0,
        put_in: 0,
        inside: BTreeMap::new(),
        running: BTreeSet::new(),
    };
    let file = work.add(source.clone());
    work.opened.insert(path("", &source.name), Some(file));
    let part = work.dag(file, "", &mut vec![path("", &source.name)], Level::Whole);
    let mut description = part.description;
    work.rescue(&source.name, &mut description);
    for number in 0..description.jobs.len() {
        work.node(&mut description, number, &part.submit, &part.places);
    }
    for found in cycle::cycles(&description) {
        let shown = cycle::shown(&description, &found);
        work.error((0, 0..0), format!("these nodes wait for one another: {shown}"));
    }
    let origins = origins(source, &description, &part.places);
    let failed = work.found.iter().any(Diagnostics::failed);
    let files = work.sources.into_iter().zip(work.found).map(|(source, found)| {
        let found = found.finish(&source.text);
        (source, found)
    });
    let files = files.collect();
    Assembly { description: (!failed).then_some(description), origins, files, inside: work.inside }
}

/// Where the jobs of an assembled description stand in the DAG itself.
fn origins(source: &Source, description: &Description, places: &[Place]) -> Origins {
    let document = document::read(&source.text, 0, &mut Diagnostics::default());
    let named: BTreeMap<&str, &Range<usize>> = document.statements.iter().filter_map(name).collect();
    let mut origins = Origins::default();
    for (number, job) in description.jobs.iter().enumerate() {
        let name = job.name.as_ref().and_then(Text::as_literal).unwrap_or_default();
        let outer = || named.get(name.split('+').next().unwrap_or("")).copied();
        let own = places.get(number).filter(|(file, _)| *file == 0).map(|(_, span)| span);
        if let Some(span) = own.or_else(outer) {
            origins.note(format!("/jobs/{number}"), span.clone());
        }
    }
    origins
}

/// What a statement defines, and where its name stands.
fn name(placed: &Placed) -> Option<(&str, &Range<usize>)> {
    match &placed.command {
        Command::Node { name, .. } | Command::Splice { name, .. } => Some((name.text.as_str(), &name.span)),
        _ => None,
    }
}

/// What a file is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The DAG itself.
    Whole,
    /// A part of another one's nodes.
    Splice,
    /// A DAG of its own within another.
    Subdag,
}

/// A place in one of the files.
pub(super) type Place = (usize, Range<usize>);

/// The files while they are read.
struct Work<'a> {
    open: &'a mut dyn Beside,
    sources: Vec<Source>,
    found: Vec<Diagnostics>,
    /// Files by path; `None` for those that cannot be opened.
    opened: BTreeMap<String, Option<usize>>,
    size: usize,
    put_in: usize,
    inside: BTreeMap<usize, (usize, Origins)>,
    /// Submit files that use macros of a running DAG, which is said once.
    running: BTreeSet<usize>,
}

/// A path below a directory, without what makes two names of one file.
pub(super) fn path(directory: &str, name: &str) -> String {
    let whole =
        if name.starts_with('/') || directory.is_empty() { name.to_string() } else { format!("{directory}/{name}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(&last)) if last != ".." => drop(parts.pop()),
            ("..", None) if whole.starts_with('/') => {}
            _ => parts.push(part),
        }
    }
    format!("{}{}", if whole.starts_with('/') { "/" } else { "" }, parts.join("/"))
}

impl Work<'_> {
    fn add(&mut self, source: Source) -> usize {
        self.size += source.text.len();
        self.sources.push(source);
        self.found.push(Diagnostics::default());
        self.sources.len() - 1
    }

    fn error(&mut self, place: Place, message: impl Into<String>) -> &mut Diagnostic {
        let file = place.0.min(self.found.len().saturating_sub(1));
        self.found[file].error(place.1, message)
    }

    /// Opens a file that is named at a place.
    fn file(&mut self, name: &str, what: &str, at: &Place) -> Option<usize> {
        if let Some(known) = self.opened.get(name) {
            return *known;
        }
        let opened = self.open.text(name);
        let known = match opened {
            Err(error) => {
                self.error(at.clone(), format!("the {what} `{name}` cannot be opened: {error}"));
                None
            }
            Ok(text) if self.size + text.len() > MAX_TEXT => {
                self.error(at.clone(), format!("with `{name}` the files are larger than {MAX_TEXT} bytes"));
                None
            }
            Ok(text) => Some(self.add(Source::new(name, text))),
        };
        self.opened.insert(name.to_string(), known);
        known
    }

    /// The statements of a file, with those of the files that it includes in their place.
    fn statements(&mut self, file: usize, directory: &str, within: &mut Vec<String>, into: &mut Document) {
        let text = std::mem::take(&mut self.sources[file].text);
        let document = document::read(&text, file, &mut self.found[file]);
        self.sources[file].text = text;
        into.lost.extend(document.lost);
        for placed in document.statements {
            match &placed.command {
                Command::Whole { word: Word::Include, file: Some(name), .. } => {
                    let at = (placed.file, name.span.clone());
                    let name = path(directory, &name.text);
                    if let Some(file) = self.enter(&name, "included file", &at, within) {
                        self.statements(file, directory, within, into);
                        within.pop();
                    }
                }
                _ => into.statements.push(placed),
            }
        }
    }

    /// Opens a DAG file, unless it is one of those that it lies in, or too deep.
    fn enter(&mut self, name: &str, what: &str, at: &Place, within: &mut Vec<String>) -> Option<usize> {
        self.put_in += 1;
        if within.iter().any(|outer| outer == name) {
            let mut around: Vec<&str> = within.iter().skip_while(|outer| *outer != name).map(String::as_str).collect();
            around.push(name);
            let message = format!("`{name}` is part of itself: {}", around.join(" → "));
            self.error(at.clone(), message);
        } else if within.len() >= DEPTH {
            self.error(at.clone(), format!("files lie more than {DEPTH} deep in each other"));
        } else if self.put_in > MOST_FILES {
            if self.put_in == MOST_FILES + 1 {
                self.error(at.clone(), format!("more than {MOST_FILES} files are put together"));
            }
        } else {
            let file = self.file(name, what, at)?;
            within.push(name.to_string());
            return Some(file);
        }
        None
    }

    /// A file as one DAG, with everything that is put into it.
    fn dag(&mut self, file: usize, directory: &str, within: &mut Vec<String>, level: Level) -> Part {
        let mut document = Document::default();
        self.statements(file, directory, within, &mut document);
        let places = places(&document.statements);
        let own = lower::lower(&document, &mut self.found).description;
        let mut graft = Graft::new(own, places, level, directory);
        for number in 0..graft.count() {
            let (kind, reference, noop) = graft.look(number);
            let nested = match kind {
                NodeKind::Splice => Level::Splice,
                NodeKind::Workflow if !noop => Level::Subdag,
                _ => {
                    graft.keep(number);
                    continue;
                }
            };
            let at = graft.place(number);
            let below = reference.directory.as_ref().and_then(Text::as_literal).map(|below| path(directory, &below));
            let below = below.unwrap_or_else(|| directory.to_string());
            let name = path(&below, &reference.file.and_then(|file| file.as_literal()).unwrap_or_default());
            let what = if nested == Level::Splice { "splice" } else { "sub-DAG" };
            let inner = self.enter(&name, what, &at, within).map(|file| {
                let part = self.dag(file, &below, within, nested);
                within.pop();
                part
            });
            graft.put(number, inner);
            if graft.count_all() > MOST_NODES {
                self.error(at, format!("the files have more than {MOST_NODES} nodes together"));
                break;
            }
        }
        let (part, problems) = graft.finish();
        for Problem { error, place, message, why } in problems {
            let Some(found) = self.found.get_mut(place.0) else { continue };
            let diagnostic = if error { found.error(place.1, message) } else { found.warning(place.1, message) };
            diagnostic.note(why);
        }
        part
    }

    /// Takes up the newest rescue DAG beside a DAG, as DAGMan does.
    fn rescue(&mut self, dag: &str, description: &mut Description) {
        let dag = dag.rsplit('/').next().unwrap_or(dag);
        let newest = rescue::names(dag).find_map(|name| match self.open.text(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            opened => Some((name, opened)),
        });
        let Some((name, opened)) = newest else { return };
        // An older one would run again what has been done since.
        let text = match opened {
            Ok(text) => text,
            Err(error) => {
                let message = format!("the rescue DAG `{name}` cannot be opened: {error}");
                self.error((0, 0..0), message).help("make it readable, or delete it to run all nodes");
                return;
            }
        };
        if self.size + text.len() > MAX_TEXT {
            self.error((0, 0..0), format!("with `{name}` the files are larger than {MAX_TEXT} bytes"));
            return;
        }
        let file = self.add(Source::new(&name, text));
        let text = std::mem::take(&mut self.sources[file].text);
        let document = document::read(&text, file, &mut self.found[file]);
        self.sources[file].text = text;
        let (done, unknown) = rescue::apply(&document, &mut description.jobs);
        for (span, node) in unknown {
            self.error((file, span), format!("the DAG has no node `{node}`"));
        }
        let message = format!("`{name}` says that {done} of the nodes are done: they do not run");
        self.found[0].warning(0..0, message).help("delete it to run all nodes");
    }

    /// Reads what a node runs: its submit file, or a description inside a DAG file.
    fn node(
        &mut self,
        description: &mut Description,
        number: usize,
        submit: &BTreeMap<String, Vec<(String, String)>>,
        places: &[Place],
    ) {
        let Description { jobs, parameters, .. } = description;
        let Some(job) = jobs.get_mut(number) else { return };
        let name = job.name.as_ref().and_then(Text::as_literal).unwrap_or_default();
        let place = job.node.get_or_insert_default();
        let reference = place.reference.clone().unwrap_or_default();
        if place.noop || place.done {
            // Never looked at: the file of a node that does nothing need not exist.
            if let Some(reference) = &mut place.reference {
                reference.file = None;
            }
            return;
        }
        let at = places.get(number).cloned().unwrap_or((0, 0..0));
        let here =
            job.extensions.iter().position(|e| e.language == LANGUAGE && e.name == Word::SubmitDescription.name());
        let text = match (here, reference.file.as_ref().and_then(Text::as_literal)) {
            (Some(here), _) => Some((job.extensions.remove(here).text, None)),
            // It was read with the DAG file.
            (None, None) => None,
            (None, Some(file)) => match shared(submit, &name, &file) {
                Some(text) => Some((text, None)),
                None => {
                    let below = reference.directory.as_ref().and_then(Text::as_literal).unwrap_or_default();
                    let file = self.file(&path(&below, &file), "submit file", &at);
                    let Some(file) = file else { return };
                    Some((self.sources[file].text.clone(), Some(file)))
                }
            },
        };
        let Some((text, file)) = text else { return };
        if inline::runs(&text) && file.is_none_or(|file| self.running.insert(file)) {
            let what = file.map_or(format!("`{name}`"), |file| format!("`{}`", self.sources[file].name));
            let message =
                format!("{what} uses a macro that only a running DAG has, such as $(RETRY): it stands for 0 here");
            self.found[at.0].warning(at.1.clone(), message);
        }
        let directory = reference.directory.as_ref().and_then(Text::as_literal).unwrap_or_default();
        let mut composed = inline::compose(&text, &name, &Reference { file: None, ..reference });
        let mut below = Below { directory: &directory, beside: &mut *self.open };
        let place = |part| if file.is_some() { part } else { at.1.clone() };
        let (inner, mut found) = composed.read(&at.1, &place, Some(&mut below));
        // What was found in a file is said once, however many nodes use it.
        let to = file.unwrap_or(at.0);
        found.retain(|diagnostic| !self.found[to].has(diagnostic));
        self.found[to].adopt(found);
        let Some(inner) = inner else { return };
        self.inside.extend(file.map(|file| (number, (file, inner.origins))));
        let mut inner = inner.description;
        // Definitions that nothing uses ask for nothing.
        inner.extensions.clear();
        if inner.jobs.len() != 1 {
            let count = inner.jobs.len();
            self.error(at, format!("`{name}` has a submit description with {count} queue statements; a node has one"));
            return;
        }
        if !inline::adopt(job, parameters, &composed, inner) {
            self.error(at, "the nodes have more parameters than can be counted");
        }
    }
}

/// Where each node is defined, by position.
fn places(statements: &[Placed]) -> Vec<Place> {
    statements.iter().filter_map(|placed| Some((placed.file, name(placed)?.1.clone()))).collect()
}

/// A submit description that DAG files give a name: that of the node's own file, else that of any other.
fn shared(submit: &BTreeMap<String, Vec<(String, String)>>, node: &str, name: &str) -> Option<String> {
    let of = submit.get(name)?;
    let own = of.iter().filter(|(scope, _)| node.starts_with(scope.as_str())).max_by_key(|(scope, _)| scope.len());
    own.or(of.first()).map(|(_, text)| text.clone())
}
