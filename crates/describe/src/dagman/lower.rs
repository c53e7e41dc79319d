//! From statements to the model: nodes become jobs, dependencies become edges. What names a node that this file does not
//! define, and may not have to, is kept word for word.

use super::command::{ALL_NODES, Command, Source, Word};
use super::document::{Document, Placed};
use super::inline;
use super::line::{Body, Token};
use super::node;
use crate::{Diagnostics, Said, spelling};
use pelago_job::description::{Edge, Extension, Job, Node, NodeKind, Reference, Throttle};
use pelago_job::{Description, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Most edges of one file: each is one word of the text or a product of two lists in it, which could be anything.
pub(super) const MOST_EDGES: usize = 1_000_000;
/// Most nodes that statements about `ALL_NODES` are applied to, one by one.
const MOST_APPLIED: usize = 4_000_000;

/// A condition of an edge: its parent has ended, in whatever way.
pub(super) const WEAK: &str = "WEAK";

/// The model of some statements, and where its parts stood in the first file.
pub(super) fn lower(document: &Document, diagnostics: &mut [Diagnostics]) -> Said {
    let mut lowering = Lowering { diagnostics, ..Lowering::new(document) };
    let statements = &document.statements;
    for placed in statements {
        lowering.define(placed);
    }
    for placed in statements {
        lowering.say(placed);
    }
    for (number, file, span, body) in std::mem::take(&mut lowering.bodies) {
        lowering.describe(number, file, &span, body);
    }
    lowering.said
}

/// What a name stands for.
enum Named {
    /// This job.
    Job(u32),
    /// A node that this file does not show: of a splice, of an included file, of the file that includes this one.
    Elsewhere,
    /// Nothing; that has been said.
    Nothing,
}

struct Lowering<'a> {
    said: Said,
    diagnostics: &'a mut [Diagnostics],
    /// Names that statements which could not be read may have defined.
    lost: &'a BTreeSet<String>,
    /// Jobs by name, and where they are defined.
    names: BTreeMap<String, (u32, usize, Range<usize>)>,
    descriptions: BTreeMap<String, (usize, Range<usize>)>,
    edges: BTreeMap<(u32, u32), usize>,
    /// Submit descriptions of jobs, each with the file and the place of the node's name.
    bodies: Vec<(usize, usize, Range<usize>, &'a Body)>,
    /// Defines no node itself: made for INCLUDE, or by a run that failed.
    fragment: bool,
    includes: bool,
    /// Words of statements about all nodes, some of which are in included files: their order counts, and it is not
    /// known here what comes of it.
    open: BTreeSet<Word>,
    applied: usize,
    too_many: bool,
}

impl<'a> Lowering<'a> {
    fn new(document: &'a Document) -> Self {
        let statements = &document.statements;
        let defines = |placed: &Placed| matches!(placed.command, Command::Node { .. } | Command::Splice { .. });
        let includes = statements.iter().any(|placed| placed.command.word() == Word::Include);
        let of_all = |placed: &&Placed| placed.command.about().is_some_and(|name| name.is(ALL_NODES));
        let open = statements.iter().filter(|_| includes).filter(of_all).map(|placed| placed.command.word()).collect();
        Self {
            said: Said::default(),
            diagnostics: &mut [],
            lost: &document.lost,
            names: BTreeMap::new(),
            descriptions: BTreeMap::new(),
            edges: BTreeMap::new(),
            bodies: Vec::new(),
            fragment: !statements.iter().any(defines),
            includes,
            open,
            applied: 0,
            too_many: false,
        }
    }

    fn warn(&mut self, file: usize, span: Range<usize>, message: impl Into<String>) -> &mut crate::Diagnostic {
        self.to(file).warning(span, message)
    }

    fn error(&mut self, file: usize, span: Range<usize>, message: impl Into<String>) -> &mut crate::Diagnostic {
        self.to(file).error(span, message)
    }

    fn to(&mut self, file: usize) -> &mut Diagnostics {
        &mut self.diagnostics[file]
    }

    fn note(&mut self, placed: &Placed, part: String, span: &Range<usize>) {
        if placed.file == 0 {
            self.said.origins.note(part, span.clone());
        }
    }

    /// The first pass: nodes and splices, so that statements may come before what they are about.
    fn define(&mut self, placed: &'a Placed) {
        match &placed.command {
            Command::Node { word, name, from, directory, noop, done } => {
                let kind = match word {
                    Word::Final => Some(NodeKind::Final),
                    Word::Provisioner => Some(NodeKind::Provisioner),
                    Word::Service => Some(NodeKind::Service),
                    Word::Subdag => Some(NodeKind::Workflow),
                    _ => None,
                };
                let mut job = Job { name: Some(Text::literal(name.text.as_str())), ..Job::default() };
                let mut place = Node { kind, noop: *noop, ..Node::default() };
                let mut reference = Reference {
                    directory: directory.as_ref().map(|token| Text::literal(token.text.as_str())),
                    ..Reference::default()
                };
                match from {
                    Source::File(file) => reference.file = Some(Text::literal(file.text.as_str())),
                    // Nothing in braces is nothing said.
                    Source::Here(body) if body.lines.is_empty() => {}
                    Source::Here(body) => {
                        self.bodies.push((self.said.description.jobs.len(), placed.file, name.span.clone(), body));
                    }
                }
                if *word == Word::Data {
                    job.extensions.push(node::extension(Word::Data, String::new()));
                }
                let special = matches!(kind, Some(NodeKind::Final | NodeKind::Provisioner | NodeKind::Service));
                if *done && special {
                    let message = format!("a {} node cannot be DONE: it runs all the same", word.name());
                    self.warn(placed.file, name.span.clone(), message);
                } else {
                    place.done = *done;
                }
                place.reference = (reference != Reference::default()).then_some(reference);
                job.node = Some(place);
                self.odd_node(*word, name, from, placed);
                self.add(
                    name,
                    job,
                    placed,
                    match from {
                        Source::File(file) => Some(&file.span),
                        Source::Here(_) => None,
                    },
                );
            }
            Command::Splice { name, file, directory } => {
                let reference = Reference {
                    file: Some(Text::literal(file.text.as_str())),
                    directory: directory.as_ref().map(|token| Text::literal(token.text.as_str())),
                    ..Reference::default()
                };
                let place = Node { kind: Some(NodeKind::Splice), reference: Some(reference), ..Node::default() };
                let name_text = Some(Text::literal(name.text.as_str()));
                self.add(name, Job { name: name_text, node: Some(place), ..Job::default() }, placed, Some(&file.span));
            }
            Command::SubmitDescription { name, .. } => {
                let first = self.descriptions.get(&name.text).cloned();
                match first {
                    Some((file, span)) => {
                        let message =
                            format!("there are two submit descriptions `{}`; the first one counts", name.text);
                        let warning = self.warn(placed.file, name.span.clone(), message);
                        if file == placed.file {
                            warning.related(span, "the first one");
                        }
                    }
                    None => drop(self.descriptions.insert(name.text.clone(), (placed.file, name.span.clone()))),
                }
            }
            _ => {}
        }
    }

    /// What is wrong or doubtful about a node by itself.
    fn odd_node(&mut self, word: Word, name: &Token, from: &Source, placed: &Placed) {
        if ["PARENT", "CHILD", ALL_NODES].iter().any(|reserved| name.text.eq_ignore_ascii_case(reserved)) {
            self.error(placed.file, name.span.clone(), format!("`{}` cannot be the name of a node", name.text))
                .note("PARENT, CHILD and ALL_NODES are words of the language, in any case");
        } else if name.text.contains('+') {
            self.warn(placed.file, name.span.clone(), format!("the name `{}` has a `+` in it", name.text))
                .note("DAGMan refuses it unless DAGMAN_ALLOW_ANY_NODE_NAME_CHARACTERS is set: `+` joins a splice and its nodes");
        }
        if let Source::File(file) = from
            && matches!(word, Word::Job | Word::Provisioner | Word::Service)
            && let Some(dag) = file.text.strip_suffix(".condor.sub")
        {
            self.warn(placed.file, file.span.clone(), "DAGMan refuses a DAG's own submit file in a JOB")
                .help(format!("write `SUBDAG EXTERNAL {} {dag}`", name.text));
        }
        if word == Word::Data {
            self.warn(placed.file, placed.span.clone(), "DATA nodes were Stork's, which is no longer part of HTCondor")
                .help("transfer the data in a JOB");
        }
    }

    fn add(&mut self, name: &Token, job: Job, placed: &Placed, file: Option<&Range<usize>>) {
        let jobs = self.said.description.jobs.len();
        if self.to(placed.file).crowded(jobs, &name.span) {
            return;
        }
        let (what, kind) = (node::kind(&job), job.node.as_ref().and_then(|node| node.kind));
        if let Some((number, other, span)) = self.names.get(&name.text).cloned() {
            let splice = |kind| if kind == NodeKind::Splice { "splice" } else { "node" };
            let earlier = self.said.description.jobs.get(number as usize).map_or("node", |job| splice(node::kind(job)));
            let message = match earlier == splice(what) {
                true => format!("there are two {earlier}s `{}`", name.text),
                false => format!("`{}` is a {} and a {earlier}", name.text, splice(what)),
            };
            let error = self.error(placed.file, name.span.clone(), message);
            if other == placed.file {
                error.related(span, "the first one");
            }
            error.note("nodes and splices of a file have names of their own, and case matters");
            return;
        }
        if matches!(kind, Some(NodeKind::Final | NodeKind::Provisioner)) {
            let of_kind = |job: &&Job| job.node.as_ref().and_then(|node| node.kind) == kind;
            let first = self.said.description.jobs.iter().find(of_kind).and_then(|job| job.name.as_ref()?.as_literal());
            if let Some(first) = first {
                let message = format!("there is one {} node at most", placed.command.word().name());
                let place = self.names.get(&first).cloned();
                let error = self.error(placed.file, name.span.clone(), message);
                if let Some((_, other, span)) = place.filter(|(_, other, _)| *other == placed.file) {
                    let _ = other;
                    error.related(span, "the first one");
                }
            }
        }
        let number = self.said.description.jobs.len();
        self.note(placed, format!("/jobs/{number}"), &placed.span);
        self.note(placed, format!("/jobs/{number}/name"), &name.span);
        if let Some(file) = file {
            self.note(placed, format!("/jobs/{number}/node/reference/file"), file);
        }
        self.names.insert(name.text.clone(), (number as u32, placed.file, name.span.clone()));
        self.said.description.jobs.push(job);
    }

    /// The second pass: everything else, in the order of the text.
    fn say(&mut self, placed: &Placed) {
        match &placed.command {
            Command::Node { .. } | Command::Splice { .. } => {}
            Command::SubmitDescription { .. } | Command::Whole { .. } => {
                if placed.command.word() == Word::Reject {
                    self.warn(placed.file, placed.span.clone(), "with REJECT in it DAGMan refuses to run this file")
                        .help("take the line out when the DAG is ready to run");
                }
                self.keep(placed, &placed.command);
            }
            Command::Edges { weak, parents, children } => self.edges(*weak, parents, children, placed),
            Command::MaxJobs { category, most } => {
                let number = self
                    .said
                    .description
                    .throttles
                    .iter()
                    .position(|known| known.category.as_ref() == Some(&category.text));
                let most = Some(f64::from(*most));
                if let Some(old) = number.and_then(|number| self.said.description.throttles.get_mut(number)) {
                    if std::mem::replace(&mut old.most, most) != most {
                        let message =
                            format!("the category `{}` has another limit already; this one counts", category.text);
                        self.warn(placed.file, category.span.clone(), message);
                    }
                    return;
                }
                let number = self.said.description.throttles.len();
                self.note(placed, format!("/throttles/{number}"), &placed.span);
                self.said.description.throttles.push(Throttle { category: Some(category.text.clone()), most });
            }
            Command::Connect { parent, child } => {
                for name in [parent, child] {
                    if let Named::Job(number) = self.find(name, placed) {
                        let job = self.said.description.jobs.get(number as usize);
                        if job.is_some_and(|job| node::kind(job) != NodeKind::Splice) {
                            let message =
                                format!("`{}` is a node: CONNECT ties splices, nodes have PARENT and CHILD", name.text);
                            self.error(placed.file, name.span.clone(), message);
                        }
                    }
                }
                self.keep(placed, &placed.command);
            }
            about => {
                if let Some(name) = about.about() {
                    self.about(name, placed);
                }
            }
        }
    }

    /// Keeps a statement word for word.
    fn keep(&mut self, placed: &Placed, command: &Command) {
        let number = self.said.description.extensions.len();
        self.note(placed, format!("/extensions/{number}"), &placed.span);
        let extension = match command {
            Command::SubmitDescription { .. } | Command::Whole { .. } => {
                node::extension(command.word(), command.arguments())
            }
            _ => Extension { remark: false, ..node::extension(command.word(), command.arguments()) },
        };
        self.said.description.extensions.push(extension);
    }

    fn find(&mut self, name: &Token, placed: &Placed) -> Named {
        if let Some((number, ..)) = self.names.get(&name.text) {
            return Named::Job(*number);
        }
        let jobs = &self.said.description.jobs;
        let splice = name.text.split_once('+').and_then(|(splice, _)| self.names.get(splice));
        let spliced = splice.is_some_and(|(number, ..)| {
            jobs.get(*number as usize).is_some_and(|job| node::kind(job) == NodeKind::Splice)
        });
        if spliced || self.includes || self.fragment {
            return Named::Elsewhere;
        }
        if self.lost.contains(&name.text) {
            return Named::Nothing;
        }
        let near = match self.diagnostics.iter().any(Diagnostics::full) {
            true => None,
            false => spelling::nearest(&name.text, self.names.keys().map(String::as_str)).map(str::to_string),
        };
        let message = format!("`{}` is no node of this file", name.text);
        let error = self.error(placed.file, name.span.clone(), message);
        if name.text.contains('+') {
            error.note("`SPLICE+NODE` is a node of a splice, and there is no SPLICE of that name");
        } else if near.as_ref().is_some_and(|near| near.eq_ignore_ascii_case(&name.text)) {
            error.note("case matters in the names of nodes");
        }
        error.did_you_mean(near.as_deref());
        Named::Nothing
    }

    fn about(&mut self, name: &Token, placed: &Placed) {
        let command = &placed.command;
        if name.is(ALL_NODES) && command.word() != Word::Done {
            return match self.open.contains(&command.word()) || self.fragment {
                true => self.keep(placed, command),
                false => self.all(placed),
            };
        }
        let number = match self.find(name, placed) {
            Named::Job(number) => number as usize,
            Named::Elsewhere => return self.keep(placed, command),
            Named::Nothing => return,
        };
        let Some(job) = self.said.description.jobs.get_mut(number) else { return };
        let (kind, word) = (node::kind(job), command.word());
        if let Some(why) = node::refused(command, kind) {
            self.error(placed.file, name.span.clone(), format!("`{}` cannot have {}", name.text, word.name()))
                .note(why);
            return;
        }
        if self.open.contains(&word) {
            return self.keep(placed, command);
        }
        if word == Word::Done && !node::is_regular(kind) {
            let message = format!("`{}` cannot be DONE: it is no JOB or SUBDAG", name.text);
            self.warn(placed.file, name.span.clone(), message).note("DAGMan looks over this line");
            return;
        }
        if let Some(old) = node::apply(command, job) {
            let message = format!("`{}` has {} already; this one takes its place", name.text, word.name());
            self.warn(placed.file, placed.span.clone(), message).note(format!("it was `{old}`"));
        }
    }

    /// Applies a statement to all nodes of the file.
    fn all(&mut self, placed: &Placed) {
        for job in &mut self.said.description.jobs {
            if !node::is_regular(node::kind(job)) {
                continue;
            }
            self.applied += 1;
            if self.applied > MOST_APPLIED {
                break;
            }
            node::apply(&placed.command, job);
        }
        if self.applied > MOST_APPLIED && !std::mem::replace(&mut self.too_many, true) {
            let message = format!("statements about ALL_NODES mean more than {MOST_APPLIED} nodes here");
            self.error(placed.file, placed.span.clone(), message);
        }
    }

    fn edges(&mut self, weak: bool, parents: &[Token], children: &[Token], placed: &Placed) {
        let mut sides = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
        let mut failed = false;
        for (side, names) in sides.iter_mut().zip([parents, children]) {
            for name in names {
                match self.find(name, placed) {
                    Named::Job(number) => {
                        let job = self.said.description.jobs.get(number as usize);
                        let kind = job.map_or(NodeKind::Job, node::kind);
                        if !node::has_edges(kind) {
                            failed = true;
                            let message = format!("`{}` cannot have parents or children", name.text);
                            self.error(placed.file, name.span.clone(), message)
                                .note("FINAL, PROVISIONER and SERVICE nodes have their place in time already");
                        }
                        side.0.push(number);
                    }
                    Named::Elsewhere => side.1.push(name.clone()),
                    Named::Nothing => failed = true,
                }
            }
        }
        if failed {
            return;
        }
        let [(known_parents, other_parents), (known_children, other_children)] = sides;
        if self.edges.len().saturating_add(known_parents.len().saturating_mul(known_children.len())) > MOST_EDGES {
            if !std::mem::replace(&mut self.too_many, true) {
                self.error(placed.file, placed.span.clone(), format!("these are more than {MOST_EDGES} edges"))
                    .help("put a node with NOOP between many parents and many children");
            }
            return;
        }
        for parent in &known_parents {
            for child in &known_children {
                self.edge(*parent, *child, weak, placed);
            }
        }
        let named = |numbers: &[u32]| -> Vec<Token> {
            let name = |number: &u32| self.said.description.jobs.get(*number as usize)?.name.as_ref()?.as_literal();
            numbers.iter().filter_map(|number| name(number).map(Token::from)).collect()
        };
        let (known_parents, known_children) = (named(&known_parents), named(&known_children));
        if !known_parents.is_empty() && !other_children.is_empty() {
            let rest = Command::Edges { weak, parents: known_parents, children: other_children.clone() };
            self.keep(placed, &rest);
        }
        if !other_parents.is_empty() {
            let children = known_children.into_iter().chain(other_children).collect();
            self.keep(placed, &Command::Edges { weak, parents: other_parents, children });
        }
    }

    /// The submit description that a node has here, read with the macros that are known by now. Where what it asks
    /// for is only known when the DAG runs, or is not one job, it is kept as it is.
    fn describe(&mut self, number: usize, file: usize, span: &Range<usize>, body: &Body) {
        let Some(job) = self.said.description.jobs.get_mut(number) else { return };
        let text = body.text();
        let name = job.name.as_ref().and_then(Text::as_literal).unwrap_or_default();
        let reference = job.node.as_ref().and_then(|node| node.reference.clone()).unwrap_or_default();
        // What is never submitted need not make sense.
        let idle = job.node.as_ref().is_some_and(|node| node.noop || node.done);
        let mut composed = inline::compose(&text, &name, &reference);
        let (inner, found) = composed.read(span, &|part| body.place(part), None);
        if let Some(diagnostics) = self.diagnostics.get_mut(file).filter(|_| !idle) {
            diagnostics.adopt(found);
        }
        let one = |inner: &Description| {
            let plain = |made: &Job| {
                let twice = made.policy.retries.is_some() && job.policy.retries.is_some();
                made.name.is_none() && made.node.is_none() && !twice
            };
            inline::is_one_job(inner) && inner.jobs.iter().all(plain)
        };
        match inner.map(|said| said.description).filter(|inner| !inline::runs(&text) && one(inner)) {
            Some(inner) => {
                let parameters = &mut self.said.description.parameters;
                if !inline::adopt(job, parameters, &composed, inner) {
                    self.error(file, span.clone(), "the nodes have more parameters than can be counted");
                }
            }
            None => job.extensions.insert(0, node::extension(Word::SubmitDescription, text)),
        }
    }

    fn edge(&mut self, parent: u32, child: u32, weak: bool, placed: &Placed) {
        let condition = weak.then(|| Text::literal(WEAK));
        if let Some(number) = self.edges.get(&(parent, child)) {
            // The strong one counts, whichever comes first.
            if let Some(edge) = self.said.description.edges.get_mut(*number).filter(|_| !weak) {
                edge.condition = None;
            }
            return;
        }
        let number = self.said.description.edges.len();
        self.note(placed, format!("/edges/{number}"), &placed.span);
        self.edges.insert((parent, child), number);
        self.said.description.edges.push(Edge { parent: Some(parent), child: Some(child), condition });
    }
}
