//! One DAG's nodes put together with those of its splices and sub-DAGs: names and categories with their prefix, edges to
//! a splice tied to its first and last nodes, pins connected.

use super::assemble::{Level, Place, path};
use super::command::{Command, Word};
use super::document;
use super::inline;
use super::lower::{MOST_EDGES, WEAK};
use super::node::{self, LANGUAGE};
use crate::Diagnostics;
use pelago_job::description::{Edge, Extension, Job, Node, NodeKind, Reference, Throttle};
use pelago_job::{Description, Text};
use std::collections::{BTreeMap, BTreeSet};

/// Two sets of nodes are tied by a node between them when that saves more than so many edges.
const FEW_EDGES: usize = 64;

/// What is wrong with how files fit together.
pub(super) struct Problem {
    /// Whether they do not fit at all.
    pub error: bool,
    /// Where the splice or sub-DAG is named.
    pub place: Place,
    /// What.
    pub message: String,
    /// Why.
    pub why: &'static str,
}

/// Nodes on both sides of what a pin is: whether it is one for parents, its number, the nodes.
type Pins = BTreeMap<(bool, u32), Vec<u32>>;

/// A DAG whose splices and sub-DAGs are part of it.
#[derive(Default)]
pub(super) struct Part {
    /// Its nodes, edges and limits, and statements about the whole.
    pub description: Description,
    /// Where each node is defined.
    pub places: Vec<Place>,
    /// Named submit descriptions: which nodes' names begin with what, and the text.
    pub submit: BTreeMap<String, Vec<(String, String)>>,
    pins: Pins,
}

impl Part {
    fn regular(&self) -> impl Iterator<Item = u32> {
        let jobs = self.description.jobs.iter().enumerate();
        jobs.filter(|(_, job)| node::is_regular(node::kind(job))).map(|(number, _)| number as u32)
    }

    /// Its nodes that wait for none, and those that none waits for.
    fn ends(&self) -> (Vec<u32>, Vec<u32>) {
        let edges = &self.description.edges;
        let children: BTreeSet<u32> = edges.iter().filter_map(|edge| edge.child).collect();
        let parents: BTreeSet<u32> = edges.iter().filter_map(|edge| edge.parent).collect();
        let first = self.regular().filter(|number| !children.contains(number)).collect();
        (first, self.regular().filter(|number| !parents.contains(number)).collect())
    }
}

/// What edges to and from a node of the file are tied to.
#[derive(Clone, Default)]
struct Tied {
    kind: Option<NodeKind>,
    first: Vec<u32>,
    last: Vec<u32>,
    pins: Pins,
}

/// A DAG while it is put together.
pub(super) struct Graft {
    own: Description,
    own_places: Vec<Place>,
    /// The file's nodes and splices by name.
    names: BTreeMap<String, usize>,
    /// All nodes by name, once they are all there.
    all_names: BTreeMap<String, u32>,
    level: Level,
    directory: String,
    part: Part,
    tied: Vec<Tied>,
    edges: BTreeMap<(u32, u32), usize>,
    joins: usize,
    problems: Vec<Problem>,
}

impl Graft {
    /// Begins with the nodes of one file and the directory that its paths are relative to.
    pub fn new(mut own: Description, own_places: Vec<Place>, level: Level, directory: &str) -> Self {
        let mut part = Part::default();
        part.description.parameters = std::mem::take(&mut own.parameters);
        part.description.throttles = std::mem::take(&mut own.throttles);
        let (directory, problems) = (directory.to_string(), Vec::new());
        let (tied, edges) = (Vec::new(), BTreeMap::new());
        let named = |(number, job): (usize, &Job)| Some((job.name.as_ref()?.as_literal()?, number));
        let names = own.jobs.iter().enumerate().filter_map(named).collect();
        let all_names = BTreeMap::new();
        Self { own, own_places, names, all_names, level, directory, part, tied, edges, joins: 0, problems }
    }

    /// How many nodes and splices the file itself has.
    pub fn count(&self) -> usize {
        self.own.jobs.len()
    }

    /// How many nodes there are with those that were put in.
    pub fn count_all(&self) -> usize {
        self.part.description.jobs.len()
    }

    /// What one of the file's nodes is, where it is described, and whether it does nothing.
    pub fn look(&self, number: usize) -> (NodeKind, Reference, bool) {
        let Some(job) = self.own.jobs.get(number) else { return (NodeKind::Job, Reference::default(), true) };
        let place = job.node.as_ref();
        let reference = place.and_then(|node| node.reference.clone()).unwrap_or_default();
        (node::kind(job), reference, place.is_some_and(|node| node.noop))
    }

    /// Where one of the file's nodes is defined.
    pub fn place(&self, number: usize) -> Place {
        self.own_places.get(number).cloned().unwrap_or((0, 0..0))
    }

    fn wrong(&mut self, place: Place, message: impl Into<String>, why: &'static str) {
        self.problems.push(Problem { error: true, place, message: message.into(), why });
    }

    fn doubt(&mut self, place: Place, message: impl Into<String>, why: &'static str) {
        self.problems.push(Problem { error: false, place, message: message.into(), why });
    }

    fn push(&mut self, job: Job, place: Place) -> u32 {
        self.part.description.jobs.push(job);
        self.part.places.push(place);
        (self.part.description.jobs.len() - 1) as u32
    }

    /// A node of the file that is a node of the whole.
    pub fn keep(&mut self, number: usize) {
        let place = self.place(number);
        let mut job = self.own.jobs.get_mut(number).map(std::mem::take).unwrap_or_default();
        let kind = node::kind(&job);
        let node = job.node.get_or_insert_default();
        if kind == NodeKind::Workflow {
            // It does nothing, so that its file does not matter.
            node.kind = None;
        }
        let below = node.reference.as_ref().and_then(|reference| reference.directory.as_ref()?.as_literal());
        let directory = path(&self.directory, &below.unwrap_or_default());
        if !directory.is_empty() {
            node.reference.get_or_insert_default().directory = Some(Text::literal(directory));
        }
        let at = self.count_all() as u32;
        job.extensions.retain(|extension| {
            let pin = pin(extension);
            if let Some(pin) = pin {
                self.part.pins.entry(pin).or_default().push(at);
            }
            pin.is_none()
        });
        self.push(job, place);
        self.tied.push(Tied { kind: Some(kind), first: vec![at], last: vec![at], ..Tied::default() });
    }

    /// A splice or sub-DAG of the file, with its nodes; without, when its file could not be had.
    pub fn put(&mut self, number: usize, inner: Option<Part>) {
        let place = self.place(number);
        let job = self.own.jobs.get_mut(number).map(std::mem::take).unwrap_or_default();
        let kind = node::kind(&job);
        let Some(mut inner) = inner else {
            self.tied.push(Tied { kind: Some(kind), ..Tied::default() });
            return;
        };
        let name = job.name.as_ref().and_then(Text::as_literal).unwrap_or_default();
        self.fits(&inner, kind, &name, &place);
        if kind == NodeKind::Workflow {
            self.pass_on(&job, &mut inner, &name, &place);
        }
        let (first, last) = inner.ends();
        let Part { description, places, submit, pins } = inner;
        for (known, of) in submit {
            let of = of.into_iter().map(|(scope, text)| (format!("{name}+{scope}"), text));
            self.part.submit.entry(known).or_default().extend(of);
        }
        let Some(numbers) = inline::merge(&mut self.part.description.parameters, description.parameters) else {
            return self.wrong(place, "the nodes have more parameters than can be counted", "65,536 is the most");
        };
        let category = |category: &str| match category.starts_with('+') && kind == NodeKind::Splice {
            true => category.to_string(),
            false => format!("{name}+{category}"),
        };
        let base = self.count_all() as u32;
        for (mut inner, place) in description.jobs.into_iter().zip(places) {
            let own = inner.name.as_ref().and_then(Text::as_literal).unwrap_or_default();
            inner.name = Some(Text::literal(format!("{name}+{own}")));
            inner.renumber(&|number| numbers.get(usize::from(number.0)).copied().unwrap_or(number));
            if let Some(of) = inner.node.as_mut().and_then(|node| node.category.as_mut()) {
                *of = category(of);
            }
            self.push(inner, place);
        }
        for throttle in description.throttles {
            let of = throttle.category.as_deref().map(category);
            // The file that splices has the last word.
            if !self.part.description.throttles.iter().any(|known| known.category == of) {
                self.part.description.throttles.push(Throttle { category: of, ..throttle });
            }
        }
        for edge in description.edges {
            if let (Some(parent), Some(child)) = (edge.parent, edge.child) {
                self.edge(parent + base, child + base, edge.condition.is_some());
            }
        }
        let moved = |numbers: Vec<u32>| -> Vec<u32> { numbers.into_iter().map(|number| number + base).collect() };
        let pins = pins.into_iter().map(|(pin, nodes)| (pin, moved(nodes))).collect();
        let mut tied = Tied { kind: Some(kind), first: moved(first), last: moved(last), pins };
        let before = job.node.as_ref().is_some_and(|node| !node.scripts.is_empty());
        if kind == NodeKind::Workflow && (before || tied.first.is_empty()) {
            tied = self.gate(job, tied, place);
        }
        self.tied.push(tied);
    }

    /// What a part may not have.
    fn fits(&mut self, inner: &Part, kind: NodeKind, name: &str, place: &Place) {
        let what = if kind == NodeKind::Splice { "splice" } else { "sub-DAG" };
        for job in &inner.description.jobs {
            let special = match node::kind(job) {
                NodeKind::Final => "FINAL",
                NodeKind::Provisioner => "PROVISIONER",
                NodeKind::Service => "SERVICE",
                _ => continue,
            };
            let why = match kind {
                NodeKind::Splice => "a splice's nodes become nodes of the whole, which has its own",
                _ => "here a sub-DAG becomes part of the whole: run it on its own, or take the node out",
            };
            self.wrong(place.clone(), format!("the {what} `{name}` has a {special} node"), why);
        }
        if inner.description.jobs.is_empty() && kind == NodeKind::Splice {
            self.wrong(place.clone(), format!("the splice `{name}` has no nodes"), "DAGMan cannot tie edges to it");
        }
        for extension in &inner.description.extensions {
            if extension.name == Word::Reject.name() {
                self.wrong(place.clone(), format!("the file of `{name}` says REJECT"), "DAGMan refuses to run it");
            }
        }
    }

    /// What a sub-DAG's node says becomes what its nodes say, as far as that comes to the same.
    fn pass_on(&mut self, job: &Job, inner: &mut Part, name: &str, place: &Place) {
        const WHY: &str = "here a sub-DAG becomes part of the whole, and its nodes cannot be given that together";
        let node = job.node.clone().unwrap_or_default();
        let asked = [
            (node.scripts.iter().any(|script| script.when.as_deref() != Some("pre")), "POST or HOLD script"),
            (node.skip_on.is_some(), "PRE_SKIP"),
            (node.abort_on.is_some(), "ABORT-DAG-ON"),
            (node.category.is_some(), "CATEGORY"),
            (!job.extensions.is_empty(), "statement that asks for something of the whole"),
        ];
        for (_, what) in asked.iter().filter(|(asked, _)| *asked) {
            self.wrong(place.clone(), format!("the sub-DAG `{name}` has a {what}"), WHY);
        }
        if inner.description.jobs.iter().any(|job| job.node.as_ref().is_some_and(|node| node.abort_on.is_some())) {
            let message = format!("a node of the sub-DAG `{name}` has ABORT-DAG-ON");
            self.wrong(place.clone(), message, "it would end the whole, not the sub-DAG alone");
        }
        let own = |extension: &Extension| ["CONFIG", "ENV", "SET_JOB_ATTR"].contains(&extension.name.as_str());
        if inner.description.extensions.iter().any(own) {
            let message = format!("the sub-DAG `{name}` has settings of its own, which are not looked at");
            self.doubt(place.clone(), message, "they are about the DAGMan that would run it");
        }
        let again = job.policy.retries.unwrap_or(0.0);
        if again > 0.0 {
            let message = format!("each node of the sub-DAG `{name}` is tried again, instead of all of them together");
            self.doubt(place.clone(), message, "what was done when it failed is not done again in either case");
        }
        for inner in &mut inner.description.jobs {
            let place = inner.node.get_or_insert_default();
            place.done |= node.done;
            if again > 0.0 {
                inner.policy.retries = Some((inner.policy.retries.unwrap_or(0.0) + 1.0) * (again + 1.0) - 1.0);
            }
            inner.policy.priority = inner.policy.priority.take().or_else(|| job.policy.priority.clone());
        }
    }

    /// A node that does nothing but run the script before a sub-DAG.
    fn gate(&mut self, job: Job, tied: Tied, place: Place) -> Tied {
        let mut node = job.node.unwrap_or_default();
        let below = node.reference.as_ref().and_then(|reference| reference.directory.as_ref()?.as_literal());
        let directory = path(&self.directory, &below.unwrap_or_default());
        let directory = (!directory.is_empty()).then(|| Text::literal(directory));
        let reference = directory.map(|directory| Reference { directory: Some(directory), ..Reference::default() });
        node = Node { noop: true, scripts: node.scripts, done: node.done, reference, ..Node::default() };
        let policy = pelago_job::description::Policy { retries: job.policy.retries, ..Default::default() };
        let gate = self.push(Job { name: job.name, policy, node: Some(node), ..Job::default() }, place);
        for first in &tied.first {
            self.edge(gate, *first, false);
        }
        let last = if tied.last.is_empty() { vec![gate] } else { tied.last };
        Tied { first: vec![gate], last, ..tied }
    }

    fn edge(&mut self, parent: u32, child: u32, weak: bool) {
        let all = &mut self.part.description.edges;
        if let Some(number) = self.edges.get(&(parent, child)) {
            if let Some(edge) = all.get_mut(*number).filter(|_| !weak) {
                edge.condition = None;
            }
            return;
        }
        self.edges.insert((parent, child), all.len());
        all.push(Edge { parent: Some(parent), child: Some(child), condition: weak.then(|| Text::literal(WEAK)) });
    }

    /// Ties sets of nodes, all to all.
    fn tie(&mut self, parents: &[u32], children: &[u32], weak: bool, place: &Place) {
        let direct = parents.len().saturating_mul(children.len());
        if self.edges.len().saturating_add(direct.min(parents.len() + children.len())) > MOST_EDGES {
            self.wrong(place.clone(), format!("these are more than {MOST_EDGES} edges"), "there is no room for them");
        } else if direct > FEW_EDGES && direct > parents.len() + children.len() {
            // As DAGMan does it: a node that does nothing, between them.
            self.joins += 1;
            let name = Text::literal(format!("_condor_join_node{}", self.joins));
            let node = Node { noop: true, ..Node::default() };
            let join = self.push(Job { name: Some(name), node: Some(node), ..Job::default() }, place.clone());
            parents.iter().for_each(|parent| self.edge(*parent, join, weak));
            children.iter().for_each(|child| self.edge(join, *child, false));
        } else {
            for parent in parents {
                children.iter().for_each(|child| self.edge(*parent, *child, weak));
            }
        }
    }

    /// The whole, and what is wrong with it.
    pub fn finish(mut self) -> (Part, Vec<Problem>) {
        for edge in std::mem::take(&mut self.own.edges) {
            let (Some(parent), Some(child)) = (edge.parent, edge.child) else { continue };
            let place = self.place(child as usize);
            let side = |number: u32| self.tied.get(number as usize).cloned().unwrap_or_default();
            let (parent, child, weak) = (side(parent), side(child), edge.condition.is_some());
            if weak && parent.kind == Some(NodeKind::Workflow) {
                let why = "here a sub-DAG becomes part of the whole, and its last nodes may never run";
                self.wrong(place, "a WEAK edge comes from a sub-DAG", why);
            } else {
                self.tie(&parent.last, &child.first, weak, &place);
            }
        }
        let named = |(number, job): (usize, &Job)| Some((job.name.as_ref()?.as_literal()?, number as u32));
        self.all_names = self.part.description.jobs.iter().enumerate().filter_map(named).collect();
        let statements = std::mem::take(&mut self.own.extensions);
        for extension in statements {
            self.remaining(extension);
        }
        (self.part, self.problems)
    }

    /// A statement that was kept because it is about what only all files together show.
    fn remaining(&mut self, extension: Extension) {
        let line = format!("{} {}", extension.name, extension.text);
        let document = document::read(&line, 0, &mut Diagnostics::default());
        let Some(command) = document.statements.into_iter().next().map(|placed| placed.command) else { return };
        let place = (self.own_places.first().map_or(0, |place| place.0), 0..0);
        match &command {
            Command::SubmitDescription { name, body } => {
                let text = body.text();
                self.part.submit.entry(name.text.clone()).or_default().push((String::new(), text));
            }
            Command::Whole { word: Word::Reject, .. } if self.level == Level::Whole => {
                self.wrong(place, "the file says REJECT", "DAGMan refuses to run it");
            }
            Command::Whole { .. } => self.part.description.extensions.push(extension),
            Command::Edges { weak, parents, children } => {
                let parents: Option<Vec<_>> = parents.iter().map(|name| self.named(&name.text, false)).collect();
                let children: Option<Vec<_>> = children.iter().map(|name| self.named(&name.text, true)).collect();
                match (parents, children) {
                    (Some(parents), Some(children)) => self.tie(&parents.concat(), &children.concat(), *weak, &place),
                    _ => self.unknown(place, &line),
                }
            }
            Command::Connect { parent, child } => {
                let of = |name: &str| self.names.get(name).and_then(|number| self.tied.get(*number)).cloned();
                match (of(&parent.text), of(&child.text)) {
                    (Some(from), Some(to)) => self.connect(&from, &to, &parent.text, &child.text, &place),
                    _ => self.unknown(place, &line),
                }
            }
            about => {
                let found =
                    about.about().and_then(|name| self.named(&name.text, true)).filter(|found| found.len() == 1);
                let number = found.and_then(|found| found.first().copied()).unwrap_or(u32::MAX);
                match self.part.description.jobs.get_mut(number as usize) {
                    Some(job) => drop(node::apply(about, job)),
                    None => self.unknown(place, &line),
                }
            }
        }
    }

    fn unknown(&mut self, place: Place, line: &str) {
        let message = format!("`{line}` is about a node that no file defines");
        self.wrong(place, message, "a node of a splice is called `SPLICE+NODE`");
    }

    /// The nodes that a name stands for on one side of an edge.
    fn named(&self, name: &str, first: bool) -> Option<Vec<u32>> {
        match self.names.get(name).and_then(|number| self.tied.get(*number)) {
            Some(tied) => Some(if first { tied.first.clone() } else { tied.last.clone() }),
            None => self.all_names.get(name).map(|number| vec![*number]),
        }
    }

    fn connect(&mut self, from: &Tied, to: &Tied, parent: &str, child: &str, place: &Place) {
        let most =
            |pins: &Pins, side: bool| pins.keys().filter(|(of, _)| *of == side).map(|(_, n)| *n).max().unwrap_or(0);
        let (outs, ins) = (most(&from.pins, false), most(&to.pins, true));
        const WHY: &str = "each PIN_OUT of the first splice is tied to the PIN_IN of the same number of the second";
        if outs == 0 || ins == 0 || outs != ins {
            let message = format!("`{parent}` has {outs} pins going out and `{child}` {ins} going in");
            return self.wrong(place.clone(), message, WHY);
        }
        for number in 1..=outs.min(MOST_EDGES as u32) {
            match (from.pins.get(&(false, number)), to.pins.get(&(true, number))) {
                (Some(parents), Some(children)) => {
                    self.tie(parents, children, false, place);
                }
                _ => {
                    return self.wrong(
                        place.clone(),
                        format!("`{parent}` and `{child}` do not both have a pin {number}"),
                        WHY,
                    );
                }
            }
        }
        let waiting: BTreeSet<u32> = self.part.description.edges.iter().filter_map(|edge| edge.child).collect();
        let alone = to.first.iter().find(|number| !waiting.contains(number));
        if let Some(name) = alone.and_then(|number| self.part.description.jobs.get(*number as usize)?.name.as_ref()) {
            let message = format!("`{name}` waits for nothing after `{parent}` is connected to `{child}`");
            self.wrong(place.clone(), message, "each node of the second splice has a parent or a PIN_IN");
        }
    }
}

/// The pin that an extension of a job is: whether it goes in, and its number.
fn pin(extension: &Extension) -> Option<(bool, u32)> {
    let inwards = extension.name == Word::PinIn.name();
    let ours = extension.language == LANGUAGE && (inwards || extension.name == Word::PinOut.name());
    extension.text.parse().ok().filter(|_| ours).map(|number| (inwards, number))
}
