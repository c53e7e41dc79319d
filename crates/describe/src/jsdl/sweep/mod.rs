//! Parameter sweeps (GFD.149): which texts of a document they fill, and the index space that they span.

mod function;
mod place;
mod plan;
mod read;
mod write;
mod xpath;

pub use plan::Plan;
pub use read::{Outcome, read};
pub use write::print;

use pelago_job::description::Space;
use pelago_job::{ParamNo, Piece, Template, Text};
use std::collections::{BTreeMap, BTreeSet};

/// A place in the document that holds text: an element by where it begins, and perhaps an attribute of it.
pub type Key = (usize, Option<String>);

/// Which texts of a document a sweep fills.
#[derive(Clone, Debug, Default)]
pub struct Holes {
    holes: BTreeMap<Key, Vec<Hole>>,
    used: BTreeSet<Key>,
}

/// A part of a text that a parameter fills: all of it, or so many characters from one of them, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    parameter: ParamNo,
    part: Option<(usize, usize)>,
}

impl Holes {
    /// The text that stands at a place, with its holes.
    pub fn fill(&mut self, element: usize, attribute: Option<&str>, raw: &str) -> Text {
        let key = (element, attribute.map(String::from));
        let Some(holes) = self.holes.get(&key) else { return Text::literal(raw) };
        self.used.insert(key);
        if holes.iter().any(|hole| hole.part.is_none()) {
            return Text(Template(holes.iter().map(|hole| Piece::Param(hole.parameter)).collect()));
        }
        let mut holes = holes.clone();
        holes.sort_by_key(|hole| hole.part);
        let mut template = Template::default();
        let mut chars = raw.chars();
        let mut at = 0;
        for hole in &holes {
            let (start, length) = hole.part.unwrap_or_default();
            let before: String = chars.by_ref().take(start.saturating_sub(at)).collect();
            template.push_text(&before);
            template.0.push(Piece::Param(hole.parameter));
            let skipped = chars.by_ref().take((start + length).saturating_sub(at.max(start))).count();
            at = at.max(start) + skipped;
        }
        template.push_text(&chars.collect::<String>());
        Text(template)
    }

    /// Whether a place has holes.
    pub fn has(&self, element: usize, attribute: Option<&str>) -> bool {
        self.holes.contains_key(&(element, attribute.map(String::from)))
    }

    /// The first place with holes that no text of the model was read from.
    pub fn unused(&self) -> Option<usize> {
        self.holes.keys().find(|key| !self.used.contains(*key)).map(|(element, _)| *element)
    }
}

/// A template with its literal parts changed.
pub fn map_literals(template: &Template, change: impl Fn(&str) -> String) -> Template {
    let mut changed = Template::default();
    for piece in &template.0 {
        match piece {
            Piece::Text(text) => changed.push_text(&change(text)),
            other => changed.0.push(other.clone()),
        }
    }
    changed
}

/// One `Sweep`: parameters that advance together, and the sweeps inside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// The parameters.
    pub zipped: Vec<ParamNo>,
    /// What runs for each of their steps, one after another.
    pub children: Vec<Node>,
}

/// The index space of sweeps that stand beside each other. A parameter that not all of them name stands in the
/// others for what the document says there: its default.
pub fn space(nodes: &[Node], defaults: &BTreeMap<ParamNo, String>) -> Option<Space> {
    match nodes {
        [] => None,
        [node] => Some(node_space(node, defaults)),
        nodes => {
            let parts: Vec<Space> = nodes.iter().map(|node| node_space(node, defaults)).collect();
            let sets: Vec<BTreeSet<ParamNo>> = parts.iter().map(Space::parameters).collect();
            let all: BTreeSet<ParamNo> = sets.iter().flatten().copied().collect();
            let partial = all.into_iter().filter(|p| !sets.iter().all(|set| set.contains(p)));
            let defaults = partial.map(|p| (p, defaults.get(&p).cloned().unwrap_or_default())).collect();
            Some(Space::Sum { parts, defaults })
        }
    }
}

fn node_space(node: &Node, defaults: &BTreeMap<ParamNo, String>) -> Space {
    let own = Space::Zip(node.zipped.clone());
    match space(&node.children, defaults) {
        None => own,
        Some(Space::Product(parts)) => Space::Product(std::iter::once(own).chain(parts).collect()),
        Some(inner) => Space::Product(vec![own, inner]),
    }
}

/// Whether every task of these sweeps gives a value to one of the parameters.
fn covers(nodes: &[Node], parameters: &BTreeSet<ParamNo>) -> bool {
    !nodes.is_empty()
        && nodes
            .iter()
            .all(|node| node.zipped.iter().any(|p| parameters.contains(p)) || covers(&node.children, parameters))
}

/// Names for parameters, which have none in JSDL: what stands in the first place that each of them fills, if that is
/// a name and no other parameter's.
fn names(originals: &[Vec<String>]) -> Vec<String> {
    let is_name = |text: &str| {
        text.len() <= 40
            && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let mut taken = BTreeSet::new();
    let mut found: Vec<Option<String>> = Vec::new();
    for texts in originals {
        let name = texts.iter().find(|text| is_name(text) && !taken.contains(*text)).cloned();
        taken.extend(name.clone());
        found.push(name);
    }
    let mut number = 0;
    let mut fresh = || loop {
        number += 1;
        let name = format!("p{number}");
        if taken.insert(name.clone()) {
            return name;
        }
    };
    found.into_iter().map(|name| name.unwrap_or_else(&mut fresh)).collect()
}
