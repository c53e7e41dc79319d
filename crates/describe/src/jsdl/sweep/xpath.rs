//! The part of XPath 1.0 that sweeps use: location paths with simple predicates, and `substring` of one.

use crate::xml::Element;
use std::collections::BTreeMap;

/// How many steps an evaluation may take, over all expressions of a document.
const FUEL: usize = 20_000_000;
/// How deep predicates may lie in each other.
const DEPTH: usize = 8;

/// An expression of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The nodes.
    pub path: Path,
    /// The part of the first node's text: first character from 1 and length.
    pub part: Option<(i64, Option<i64>)>,
}

/// A location path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    absolute: bool,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
struct Step {
    axis: Axis,
    test: Test,
    predicates: Vec<Predicate>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Axis {
    Child,
    Descendant,
    DescendantOrSelf,
    Itself,
    Parent,
    Attribute,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Name(String, String),
    Any,
    AnyIn(String),
    Node,
    Text,
}

#[derive(Clone, Debug, PartialEq)]
enum Predicate {
    Position(usize),
    Last,
    Has(Path),
    Equals(Path, String),
}

/// Why an expression cannot be taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// A prefix that nothing binds.
    Prefix(String),
    /// XPath that is not understood here, from this part on.
    Unknown(String),
}

/// A node that was found: an element by its number, and perhaps an attribute of it by position.
pub type Found = (usize, Option<usize>);

/// A document as a list of its elements, each with the elements around it.
pub struct Tree<'a> {
    nodes: Vec<Entry<'a>>,
    fuel: usize,
}

struct Entry<'a> {
    /// `None` for the document itself.
    element: Option<&'a Element>,
    parent: usize,
    /// The number after the last one inside.
    end: usize,
}

impl Match {
    /// Reads an expression; `prefixes` are the namespaces bound for it.
    pub fn parse(text: &str, prefixes: &BTreeMap<String, String>) -> Result<Self, Trouble> {
        let text = text.trim();
        let inner = text.strip_prefix("substring").map(str::trim_start);
        let inner = inner.and_then(|rest| rest.strip_prefix('(')).and_then(|rest| rest.strip_suffix(')'));
        let Some(inner) = inner else {
            return Ok(Self { path: parse_path(text, prefixes)?, part: None });
        };
        let arguments = split_arguments(inner);
        let (path, start, length) = match arguments[..] {
            [path, start] => (path, start, None),
            [path, start, length] => (path, start, Some(length)),
            _ => return Err(Trouble::Unknown(text.to_string())),
        };
        let length = length.map(number).transpose()?;
        Ok(Self { path: parse_path(path, prefixes)?, part: Some((number(start)?, length)) })
    }
}

/// A whole number, or a sum of some.
fn number(text: &str) -> Result<i64, Trouble> {
    let mut sum: i64 = 0;
    for term in text.split('+') {
        let value: i64 = term.trim().parse().map_err(|_| Trouble::Unknown(term.trim().to_string()))?;
        sum = sum.checked_add(value).ok_or_else(|| Trouble::Unknown(text.to_string()))?;
    }
    Ok(sum)
}

/// The arguments of a function: what stands between commas outside brackets and quotes.
fn split_arguments(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(text.get(start..at).unwrap_or("").trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or("").trim());
    parts
}

fn parse_path(text: &str, prefixes: &BTreeMap<String, String>) -> Result<Path, Trouble> {
    let mut parser = Parser { rest: text.trim(), prefixes, depth: 0 };
    let path = parser.path()?;
    parser.blanks();
    if parser.rest.is_empty() { Ok(path) } else { Err(Trouble::Unknown(parser.rest.to_string())) }
}

struct Parser<'a> {
    rest: &'a str,
    prefixes: &'a BTreeMap<String, String>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn unknown<T>(&self) -> Result<T, Trouble> {
        Err(Trouble::Unknown(self.rest.chars().take(60).collect()))
    }

    fn path(&mut self) -> Result<Path, Trouble> {
        let anywhere = || Step { axis: Axis::DescendantOrSelf, test: Test::Node, predicates: Vec::new() };
        let mut path = Path::default();
        if self.eat("//") {
            path.absolute = true;
            path.steps.push(anywhere());
        } else if self.eat("/") {
            path.absolute = true;
        }
        loop {
            path.steps.push(self.step()?);
            if self.eat("//") {
                path.steps.push(anywhere());
            } else if !self.eat("/") {
                return Ok(path);
            }
        }
    }

    fn step(&mut self) -> Result<Step, Trouble> {
        let simple = |axis| Step { axis, test: Test::Node, predicates: Vec::new() };
        if self.eat("..") {
            return Ok(simple(Axis::Parent));
        }
        if self.eat(".") {
            return Ok(simple(Axis::Itself));
        }
        let axis = if self.eat("@") {
            Axis::Attribute
        } else {
            let known = [
                ("child::", Axis::Child),
                ("descendant-or-self::", Axis::DescendantOrSelf),
                ("descendant::", Axis::Descendant),
                ("self::", Axis::Itself),
                ("parent::", Axis::Parent),
                ("attribute::", Axis::Attribute),
            ];
            known.iter().find(|(name, _)| self.eat(name)).map_or(Axis::Child, |(_, axis)| *axis)
        };
        let test = self.test()?;
        let mut predicates = Vec::new();
        while self.eat("[") {
            if self.depth >= DEPTH {
                return self.unknown();
            }
            self.depth += 1;
            loop {
                predicates.push(self.predicate()?);
                if !self.eat("and ") {
                    break;
                }
            }
            self.depth -= 1;
            if !self.eat("]") {
                return self.unknown();
            }
        }
        Ok(Step { axis, test, predicates })
    }

    fn test(&mut self) -> Result<Test, Trouble> {
        if self.eat("*") {
            return Ok(Test::Any);
        }
        if self.eat("node()") {
            return Ok(Test::Node);
        }
        if self.eat("text()") {
            return Ok(Test::Text);
        }
        let first = self.name()?;
        match self.rest.strip_prefix(':').filter(|rest| !rest.starts_with(':')) {
            Some(rest) => {
                self.rest = rest;
                let namespace = self.prefixes.get(first).cloned().ok_or_else(|| Trouble::Prefix(first.to_string()))?;
                if self.eat("*") {
                    return Ok(Test::AnyIn(namespace));
                }
                Ok(Test::Name(namespace, self.name()?.to_string()))
            }
            None if self.rest.starts_with('(') => self.unknown(),
            None => Ok(Test::Name(String::new(), first.to_string())),
        }
    }

    fn name(&mut self) -> Result<&'a str, Trouble> {
        self.blanks();
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return self.unknown();
        }
        self.rest = rest;
        Ok(name)
    }

    fn predicate(&mut self) -> Result<Predicate, Trouble> {
        if self.eat("last()") {
            return Ok(Predicate::Last);
        }
        if self.eat("position()") {
            if !self.eat("=") {
                return self.unknown();
            }
            if self.eat("last()") {
                return Ok(Predicate::Last);
            }
        }
        self.blanks();
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let (number, rest) = self.rest.split_at(digits);
            let Ok(number) = number.parse() else { return self.unknown() };
            self.rest = rest;
            return Ok(Predicate::Position(number));
        }
        let path = self.path()?;
        if !self.eat("=") {
            return Ok(Predicate::Has(path));
        }
        self.blanks();
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else { return self.unknown() };
        let inner = self.rest.get(1..).unwrap_or("");
        let Some(end) = inner.find(quote) else { return self.unknown() };
        self.rest = inner.get(end + 1..).unwrap_or("");
        Ok(Predicate::Equals(path, inner.get(..end).unwrap_or("").to_string()))
    }
}

impl<'a> Tree<'a> {
    /// Lists the elements of a document.
    pub fn new(root: &'a Element) -> Self {
        let mut nodes = vec![Entry { element: None, parent: 0, end: 0 }];
        // What is left to list, last first; `Err` closes an element.
        let mut open: Vec<Result<(&Element, usize), usize>> = vec![Ok((root, 0))];
        while let Some(next) = open.pop() {
            match next {
                Ok((element, parent)) => {
                    let number = nodes.len();
                    nodes.push(Entry { element: Some(element), parent, end: 0 });
                    open.push(Err(number));
                    let children: Vec<&Element> = element.elements().collect();
                    open.extend(children.into_iter().rev().map(|child| Ok((child, number))));
                }
                Err(number) => {
                    let end = nodes.len();
                    if let Some(entry) = nodes.get_mut(number) {
                        entry.end = end;
                    }
                }
            }
        }
        let end = nodes.len();
        if let Some(document) = nodes.first_mut() {
            document.end = end;
        }
        Self { nodes, fuel: FUEL }
    }

    /// An element by its number.
    pub fn element(&self, number: usize) -> Option<&'a Element> {
        self.nodes.get(number)?.element
    }

    /// The nodes that a path selects from the document, in its order. `None` when that takes too long.
    pub fn select(&mut self, path: &Path) -> Option<Vec<Found>> {
        self.walk(path, vec![(0, None)])
    }

    fn walk(&mut self, path: &Path, from: Vec<Found>) -> Option<Vec<Found>> {
        let mut current = if path.absolute { vec![(0, None)] } else { from };
        for step in &path.steps {
            let mut next = Vec::new();
            for (number, attribute) in current {
                if attribute.is_some() {
                    continue;
                }
                let mut found = self.candidates(step, number)?;
                for predicate in &step.predicates {
                    found = self.filtered(predicate, found)?;
                }
                next.extend(found);
            }
            next.sort_unstable();
            next.dedup();
            current = next;
        }
        Some(current)
    }

    fn spend(&mut self, amount: usize) -> Option<()> {
        self.fuel = self.fuel.checked_sub(amount + 1)?;
        Some(())
    }

    fn candidates(&mut self, step: &Step, number: usize) -> Option<Vec<Found>> {
        let end = self.nodes.get(number)?.end;
        let inside: Vec<usize> = match step.axis {
            Axis::Child => {
                let mut children = Vec::new();
                let mut at = number + 1;
                while at < end {
                    children.push(at);
                    at = self.nodes.get(at)?.end.max(at + 1);
                }
                children
            }
            Axis::Descendant => (number + 1..end).collect(),
            Axis::DescendantOrSelf => (number..end).collect(),
            Axis::Itself => vec![number],
            Axis::Parent if number == 0 => Vec::new(),
            Axis::Parent => vec![self.nodes.get(number)?.parent],
            Axis::Attribute => {
                let attributes = self.element(number).map_or(0, |e| e.attributes.len());
                self.spend(attributes)?;
                let fits = |at: &usize| self.attribute_fits(number, *at, &step.test);
                return Some((0..attributes).filter(fits).map(|at| (number, Some(at))).collect());
            }
        };
        self.spend(inside.len())?;
        if step.test == Test::Text {
            // Replacing a text node is replacing what its element holds.
            return Some(vec![(number, None)]);
        }
        Some(inside.into_iter().filter(|at| self.fits(*at, &step.test)).map(|at| (at, None)).collect())
    }

    fn fits(&self, number: usize, test: &Test) -> bool {
        let Some(element) = self.element(number) else { return *test == Test::Node };
        match test {
            Test::Name(namespace, name) => *element.namespace == **namespace && element.name == *name,
            Test::AnyIn(namespace) => *element.namespace == **namespace,
            Test::Any | Test::Node => true,
            Test::Text => false,
        }
    }

    fn attribute_fits(&self, number: usize, at: usize, test: &Test) -> bool {
        let Some(attribute) = self.element(number).and_then(|e| e.attributes.get(at)) else { return false };
        match test {
            Test::Name(namespace, name) => *attribute.namespace == **namespace && attribute.name == *name,
            Test::AnyIn(namespace) => *attribute.namespace == **namespace,
            Test::Any | Test::Node => true,
            Test::Text => false,
        }
    }

    fn filtered(&mut self, predicate: &Predicate, found: Vec<Found>) -> Option<Vec<Found>> {
        Some(match predicate {
            Predicate::Position(number) => {
                number.checked_sub(1).and_then(|at| found.get(at)).copied().into_iter().collect()
            }
            Predicate::Last => found.last().copied().into_iter().collect(),
            Predicate::Has(path) => {
                let mut kept = Vec::new();
                for node in found {
                    if !self.walk(path, vec![node])?.is_empty() {
                        kept.push(node);
                    }
                }
                kept
            }
            Predicate::Equals(path, text) => {
                let mut kept = Vec::new();
                for node in found {
                    let equal = self.walk(path, vec![node])?.iter().any(|at| self.text(*at).trim() == text.trim());
                    if equal {
                        kept.push(node);
                    }
                }
                kept
            }
        })
    }

    /// The text of a node.
    pub fn text(&self, (number, attribute): Found) -> String {
        let Some(element) = self.element(number) else { return String::new() };
        match attribute {
            Some(at) => element.attributes.get(at).map(|a| a.value.clone()).unwrap_or_default(),
            None => element.text(),
        }
    }
}
