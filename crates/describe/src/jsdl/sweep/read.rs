//! Reading sweeps: from their XML to parameters, an index space and holes in the document's texts.

use super::super::namespace::{self, Space};
use super::place::{self, Filled};
use super::xpath::{Match, Tree, Trouble};
use super::{Holes, Key, Node, function};
use crate::xml::Element;
use crate::{Diagnostics, spelling};
use pelago_job::{Domain, ParamNo, Parameter};
use std::collections::BTreeMap;
use std::ops::Range;

/// Most assignments of one document.
const MOST: usize = 1000;

/// What a document's sweeps are.
pub enum Outcome {
    /// Parameters, the space over them, and the texts that they fill.
    Space(Vec<Parameter>, pelago_job::description::Space, Holes),
    /// Something that is correct and cannot be held here: what, and where it stands.
    Kept(String, Range<usize>),
    /// An error, which is among the diagnostics.
    Wrong,
}

/// One assignment: values, and the places that they fill.
pub struct Assignment {
    /// Its values.
    pub domain: Domain,
    /// What it fills.
    pub filled: Vec<Filled>,
}

struct Sweeps<'a, 'd> {
    tree: Tree<'a>,
    diagnostics: &'d mut Diagnostics,
    assignments: Vec<Assignment>,
    kept: Option<(String, Range<usize>)>,
    text: &'a str,
}

/// Reads the sweeps of a document.
pub fn read(text: &str, root: &Element, sweeps: &[&Element], diagnostics: &mut Diagnostics) -> Outcome {
    let errors = diagnostics.errors();
    let mut reading = Sweeps { tree: Tree::new(root), diagnostics, assignments: Vec::new(), kept: None, text };
    let nodes: Vec<Node> = sweeps.iter().map(|sweep| reading.sweep(sweep)).collect();
    let Sweeps { diagnostics, assignments, kept, .. } = reading;
    if diagnostics.errors() > errors {
        return Outcome::Wrong;
    }
    if let Some((why, span)) = kept {
        return Outcome::Kept(why, span);
    }
    match place::arrange(&nodes, assignments) {
        Ok((parameters, space, holes)) => Outcome::Space(parameters, space, holes),
        Err((why, span)) => Outcome::Kept(why, span),
    }
}

impl Sweeps<'_, '_> {
    fn keep(&mut self, why: impl Into<String>, span: Range<usize>) {
        if self.kept.is_none() {
            self.kept = Some((why.into(), span));
        }
    }

    /// One sweep. Documents are read to a bounded depth, and this goes no deeper than they do.
    fn sweep(&mut self, element: &Element) -> Node {
        let mut node = Node::default();
        let mut lengths: Vec<(u64, Range<usize>)> = Vec::new();
        for child in element.elements() {
            let space = Space::of(&child.namespace).map(|(space, _)| space);
            let ours = matches!(space, Some(Space::Sweep | Space::DraftSweep));
            match child.name.as_str() {
                "Assignment" if ours => {
                    let Some(assignment) = self.assignment(child) else { continue };
                    lengths.push((assignment.domain.len(), child.name_span.clone()));
                    if self.assignments.len() >= MOST {
                        self.diagnostics.error(child.name_span.clone(), format!("more than {MOST} assignments"));
                        return node;
                    }
                    node.zipped.push(ParamNo(self.assignments.len() as u16));
                    self.assignments.push(assignment);
                }
                "Sweep" if ours => node.children.push(self.sweep(child)),
                name if ours || space.is_some_and(Space::closed) || child.namespace.is_empty() => {
                    let near = spelling::nearest(name, ["Assignment", "Sweep"]);
                    self.diagnostics
                        .error(child.name_span.clone(), format!("`{}` does not stand in a `Sweep`", child.written))
                        .did_you_mean(near);
                }
                _ => self.keep(format!("`{}` is not known here", child.qualified()), child.name_span.clone()),
            }
        }
        self.lengths(&lengths);
        if node.zipped.is_empty() && self.kept.is_none() && !self.diagnostics.failed() {
            self.diagnostics
                .error(element.name_span.clone(), "this sweep assigns nothing, so it has no job")
                .help("add an `Assignment`, or delete the sweep");
        }
        node
    }

    /// Assignments of one sweep advance together, so they have to be equally long.
    fn lengths(&mut self, lengths: &[(u64, Range<usize>)]) {
        let Some(((first, place), others)) = lengths.split_first() else { return };
        for (length, span) in others {
            if length == first {
                continue;
            }
            let message = format!("this assignment has {length} values, and the first one of the sweep has {first}");
            let diagnostic = match length < first {
                true => self.diagnostics.error(span.clone(), message),
                false => self.diagnostics.warning(span.clone(), format!("{message}; the rest is never used")),
            };
            diagnostic
                .related(place.clone(), "the first one")
                .note("assignments of one sweep advance together; every combination is a sweep in a sweep");
        }
    }

    fn assignment(&mut self, element: &Element) -> Option<Assignment> {
        let mut filled = Vec::new();
        let mut domain = None;
        let errors = self.diagnostics.errors();
        for child in element.elements() {
            let space = Space::of(&child.namespace).map(|(space, _)| space);
            match (space, child.name.as_str()) {
                (Some(Space::Sweep), "DocumentNode") => filled.extend(self.document_node(child)),
                (Some(Space::DraftSweep), "Parameter") => {
                    let prefixes = bindings(child);
                    filled.extend(self.select(child, prefixes));
                }
                (Some(Space::FileSweep), _) => {
                    self.keep("a sweep over places inside a file is not known here", child.name_span.clone());
                }
                (Some(Space::Sweep | Space::DraftSweep), name) => {
                    let near = spelling::nearest(name, ["DocumentNode", "Parameter"]);
                    self.diagnostics
                        .error(
                            child.name_span.clone(),
                            format!("`{}` does not stand in an `Assignment`", child.written),
                        )
                        .did_you_mean(near);
                }
                _ => {
                    if let Some(right) = namespace::misspelt(&child.namespace) {
                        self.diagnostics
                            .error(child.name_span.clone(), format!("`{}` is no namespace of sweeps", child.namespace))
                            .help(format!("the right one is `{right}`"));
                        return None;
                    }
                    if domain.is_some() {
                        self.diagnostics.error(child.name_span.clone(), "a second function; an assignment has one");
                        return None;
                    }
                    match function::read(child, self.diagnostics) {
                        Ok(values) => domain = values,
                        Err(why) => self.keep(why, child.name_span.clone()),
                    }
                }
            }
        }
        if self.diagnostics.errors() > errors || self.kept.is_some() {
            return None;
        }
        let missing = match (&domain, filled.is_empty()) {
            (None, _) => "no function, so it has no values",
            (_, true) => "no `DocumentNode`, so its values go nowhere",
            _ => return Some(Assignment { domain: domain?, filled }),
        };
        self.diagnostics.error(element.name_span.clone(), format!("this assignment has {missing}"));
        None
    }

    fn document_node(&mut self, element: &Element) -> Option<Filled> {
        let mut prefixes = bindings(element);
        let mut expression = None;
        for child in element.elements() {
            match child.name.as_str() {
                "NamespaceBinding" => {
                    if let (Some(prefix), Some(namespace)) = (child.attribute("prefix"), child.attribute("ns")) {
                        prefixes.insert(prefix.trim().to_string(), namespace.trim().to_string());
                        if let Some(right) = namespace::misspelt(namespace) {
                            self.diagnostics
                                .error(child.name_span.clone(), format!("`{namespace}` is no namespace of JSDL"))
                                .help(format!("the right one is `{right}`"));
                        }
                    } else {
                        self.diagnostics.error(child.name_span.clone(), "a binding needs both `ns` and `prefix`");
                    }
                }
                "Match" => expression = Some(child),
                name => {
                    let near = spelling::nearest(name, ["NamespaceBinding", "Match"]);
                    self.diagnostics
                        .error(child.name_span.clone(), format!("`{name}` does not stand in a `DocumentNode`"))
                        .did_you_mean(near);
                    return None;
                }
            }
        }
        let Some(expression) = expression else {
            self.diagnostics.error(element.name_span.clone(), "this `DocumentNode` has no `Match`");
            return None;
        };
        self.select(expression, prefixes)
    }

    /// The place that an expression selects.
    fn select(&mut self, element: &Element, prefixes: BTreeMap<String, String>) -> Option<Filled> {
        let text = element.text();
        let span = element.text_span();
        let expression = match Match::parse(&text, &prefixes) {
            Ok(expression) => expression,
            Err(Trouble::Prefix(prefix)) => {
                let near = spelling::nearest(&prefix, prefixes.keys().map(String::as_str));
                self.diagnostics
                    .error(span, format!("the prefix `{prefix}:` is not bound for this expression"))
                    .did_you_mean(near)
                    .help(format!("add `<NamespaceBinding prefix=\"{prefix}\" ns=\"…\"/>` before the `Match`"));
                return None;
            }
            Err(Trouble::Unknown(part)) => {
                self.keep(format!("`{part}` in the expression of a sweep is not understood"), span);
                return None;
            }
        };
        let Some(found) = self.tree.select(&expression.path) else {
            self.keep("the expressions of the sweeps select so many nodes that they are not followed", span);
            return None;
        };
        let Some(first) = found.first().copied() else {
            let error = self.diagnostics.error(span, "this expression selects nothing in the document");
            let bare = text.split(['/', '(', ',']).any(|step| {
                step.starts_with(|c: char| c.is_alphabetic()) && !step.contains(':') && step != "substring"
            });
            match bare {
                true => error.note("a name without a prefix has no namespace, and JSDL's elements all have one"),
                false => error.note("positions count from 1, and each list of elements of one name for itself"),
            };
            return None;
        };
        if found.len() > 1 {
            self.diagnostics
                .warning(
                    span.clone(),
                    format!("this expression selects {} nodes; only the first is filled", found.len()),
                )
                .note("so do GenesisII and UNICORE")
                .help("say which one is meant, by its position");
        }
        let (number, attribute) = first;
        let target = self.tree.element(number)?;
        let attribute = attribute.and_then(|at| target.attributes.get(at)).map(|a| a.name.clone());
        let original = self.tree.text(first);
        let inside = target.span.clone();
        let key: Key = (inside.start, attribute);
        if key.1.is_none() && target.elements().next().is_some() {
            let name = target.written.clone();
            self.keep(format!("the expression selects `{name}`, which holds elements and not a text"), span);
            return None;
        }
        if self.text.is_empty() {
            return None;
        }
        let part = match expression.part {
            None => None,
            Some((start, length)) => Some(self.part(&original, start, length, &span)?),
        };
        Some(Filled { key, part, original, span })
    }

    /// The characters from 0 that a `substring` takes.
    fn part(&mut self, text: &str, start: i64, length: Option<i64>, span: &Range<usize>) -> Option<(usize, usize)> {
        let all = text.chars().count();
        let from = usize::try_from(start.checked_sub(1)?).ok();
        let wanted = length.map(|length| usize::try_from(length).unwrap_or(0));
        let rest = from.and_then(|from| all.checked_sub(from));
        let (Some(from), Some(rest)) = (from, rest.filter(|rest| *rest > 0 || wanted == Some(0))) else {
            // Some documents are templates whose texts are longer when they are used.
            self.keep(format!("character {start} lies outside the text, which has {all}: `{text}`"), span.clone());
            return None;
        };
        if wanted.is_some_and(|wanted| wanted > rest) {
            let message = format!("the text ends {rest} characters after that place: `{text}`");
            self.diagnostics.warning(span.clone(), message);
        }
        Some((from, wanted.unwrap_or(rest).min(rest)))
    }
}

/// The prefixes that the document binds where an expression stands; those of the expression's own count more.
fn bindings(element: &Element) -> BTreeMap<String, String> {
    element.bindings.iter().filter(|(p, _)| !p.is_empty()).map(|(p, n)| (p.clone(), n.to_string())).collect()
}
