//! How a sweep can say an index space: which assignments stand in which sweeps, and what fills the texts.

use super::{Node, covers, function, space};
use crate::loss::{Rest, leaves};
use pelago_job::description::{Point, Space, Texts};
use pelago_job::{Domain, Job, Order, ParamNo, Parameter, Piece, Template, Text};
use std::collections::{BTreeMap, BTreeSet};

/// Most sweeps of one document.
const MOST: usize = 1000;
/// Most tasks whose values are listed where no function says them.
const LISTED: u64 = 10_000;
/// How deep spaces may lie in each other.
const DEPTH: usize = 60;

/// The sweeps of a document that is printed.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The sweeps, with parameters by their numbers in `parameters`.
    pub nodes: Vec<Node>,
    /// The parameters, in the order in which a reader will find them.
    pub parameters: Vec<Parameter>,
    /// What stands in the place of those that not every task names.
    pub defaults: BTreeMap<ParamNo, String>,
}

/// What fills a place.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    Parameter(ParamNo),
    /// Arithmetic, or the task's number.
    Piece(Piece),
    /// Nothing: it only counts.
    Count,
}

/// One parameter of a sweep, before it has a number.
#[derive(Clone, Debug)]
struct Column {
    source: Source,
    domain: Domain,
}

#[derive(Clone, Debug, Default)]
struct Sweep {
    columns: Vec<Column>,
    children: Vec<Sweep>,
}

impl Plan {
    /// Plans the sweeps of a job and rewrites its texts for them. Where JSDL has no sweep like it, the texts are those
    /// of the first task, and the space is left to get lost.
    pub fn make(rest: &mut Rest, job: &mut Job, parameters: &[Parameter]) -> Self {
        match Self::try_make(rest, job, parameters) {
            Some(plan) => plan,
            None => {
                let point = job.space.as_ref().and_then(|space| space.point(0, parameters)).unwrap_or_default();
                let why = match job.space {
                    Some(_) => "JSDL has no sweep like it; this is the first task",
                    None => "there are no values for it",
                };
                rewrite(rest, job, why, |text| {
                    text.fill(&point, Some(1));
                    text.0.0.retain(|piece| matches!(piece, Piece::Text(_)));
                });
                Self::default()
            }
        }
    }

    fn try_make(rest: &mut Rest, job: &mut Job, parameters: &[Parameter]) -> Option<Self> {
        let mut sweeps = match &job.space {
            Some(space) => build(space, parameters, 0)?,
            None => Vec::new(),
        };
        let mut pieces: Vec<Piece> = Vec::new();
        job.texts(&mut |text| {
            for piece in &text.0.0 {
                if !matches!(piece, Piece::Text(_)) && !pieces.contains(piece) && pieces.len() <= MOST {
                    pieces.push(piece.clone());
                }
            }
        });
        let computed: Vec<&Piece> = pieces.iter().filter(|p| !matches!(p, Piece::Param(_))).collect();
        for piece in computed {
            let column = Source::Piece(piece.clone());
            let single = sweeps.len() == 1 && sweeps.iter().all(|s| s.children.is_empty());
            let place = find(&mut sweeps, piece, single)?;
            let domain = compute(place, piece)?;
            place.columns.push(Column { source: column, domain });
        }
        let mut plan = Self::default();
        let mut sources = Vec::new();
        plan.nodes = number(&mut sweeps, &mut plan.parameters, &mut sources, parameters)?;
        plan.set_defaults(job.space.as_ref(), &sources)?;
        let numbers = |wanted: &Source| -> Vec<Piece> {
            let found = sources.iter().enumerate().filter(|(_, source)| *source == wanted);
            found.map(|(at, _)| Piece::Param(ParamNo(at as u16))).collect()
        };
        let known = |piece: &Piece| match piece {
            Piece::Text(_) => true,
            Piece::Param(p) => !numbers(&Source::Parameter(*p)).is_empty(),
            other => !numbers(&Source::Piece(other.clone())).is_empty(),
        };
        if !pieces.iter().all(known) {
            return None;
        }
        rewrite(rest, job, "parameters are numbered by their sweeps in JSDL", |text| {
            let mut own = Template::default();
            for piece in std::mem::take(&mut text.0.0) {
                match piece {
                    Piece::Text(text) => own.push_text(&text),
                    Piece::Param(p) => own.0.extend(numbers(&Source::Parameter(p))),
                    other => own.0.extend(numbers(&Source::Piece(other))),
                }
            }
            text.0 = own;
        });
        let before = job.space.take();
        let after = space(&plan.nodes, &plan.defaults);
        if before != after {
            rest.changed("/jobs/0/space", &after, "JSDL has sweeps in sweeps, and sweeps beside each other");
        }
        Some(plan)
    }

    /// What stands for each parameter in the tasks that do not name it.
    fn set_defaults(&mut self, space: Option<&Space>, sources: &[Source]) -> Option<()> {
        let mut known: BTreeMap<ParamNo, String> = BTreeMap::new();
        let mut open: Vec<&Space> = space.into_iter().collect();
        while let Some(space) = open.pop() {
            match space {
                Space::Sum { parts, defaults } => {
                    known.extend(defaults.iter().cloned());
                    open.extend(parts);
                }
                Space::Product(parts) => open.extend(parts),
                Space::Slice { of, .. } => open.push(of),
                Space::Zip(_) | Space::Rows { .. } | Space::Times(_) => {}
            }
        }
        for (at, source) in sources.iter().enumerate() {
            let number = ParamNo(at as u16);
            let same: BTreeSet<ParamNo> = sources
                .iter()
                .enumerate()
                .filter(|(_, other)| *other == source && *source != Source::Count)
                .map(|(at, _)| ParamNo(at as u16))
                .collect();
            let everywhere = covers(&self.nodes, &BTreeSet::from([number]));
            if same.len() > 1 {
                // Each stands for nothing where another one of them has the value.
                if !covers(&self.nodes, &same) {
                    return None;
                }
                self.defaults.insert(number, String::new());
            } else if !everywhere {
                let default = match source {
                    Source::Parameter(p) => known.get(p).cloned().unwrap_or_default(),
                    Source::Count => String::new(),
                    Source::Piece(piece) => {
                        let mut text = Text(Template(vec![piece.clone()]));
                        text.fill(&known.clone(), None);
                        text.as_literal().unwrap_or_default()
                    }
                };
                self.defaults.insert(number, default);
            }
        }
        Some(())
    }
}

/// Changes the texts of a job, and notes what that changed.
pub fn rewrite(rest: &mut Rest, job: &mut Job, why: &str, mut change: impl FnMut(&mut Text)) {
    let before = serde_json::to_value(&*job).unwrap_or_default();
    job.texts(&mut |text| change(text));
    let after = serde_json::to_value(&*job).unwrap_or_default();
    if before == after {
        return;
    }
    leaves(&after, &mut String::new(), &mut |part, instead| {
        if before.pointer(part) != Some(instead) {
            rest.changed(format!("/jobs/0{part}"), instead, why);
        }
    });
}

/// A space as sweeps beside each other; none at all is one task.
fn build(space: &Space, parameters: &[Parameter], depth: usize) -> Option<Vec<Sweep>> {
    if depth > DEPTH {
        return None;
    }
    let column = |p: &ParamNo| {
        let domain = parameters.get(usize::from(p.0))?.domain.clone();
        Some(Column { source: Source::Parameter(*p), domain })
    };
    let one = |columns: Vec<Column>| Some(vec![Sweep { columns, children: Vec::new() }]);
    match space {
        Space::Zip(zipped) => {
            let columns: Vec<Column> = zipped.iter().map(column).collect::<Option<_>>()?;
            let length = columns.first()?.domain.len();
            match columns.iter().all(|c| c.domain.len() == length) {
                true => one(columns),
                false => listed(space, parameters),
            }
        }
        Space::Times(0) => None,
        Space::Times(count) => {
            one(vec![Column { source: Source::Count, domain: Domain::Integers { from: 1, step: 1, count: *count } }])
        }
        Space::Rows { .. } => listed(space, parameters),
        Space::Slice { of, first, step, count } => {
            let Space::Zip(zipped) = &**of else { return listed(space, parameters) };
            let [only] = zipped[..] else { return listed(space, parameters) };
            match parameters.get(usize::from(only.0))?.domain {
                Domain::Integers { from, step: own, .. } if *count > 0 => {
                    let (first, step) = (i64::try_from(*first).ok()?, i64::try_from(*step).ok()?);
                    let from = from.checked_add(own.checked_mul(first)?)?;
                    let domain = Domain::Integers { from, step: own.checked_mul(step)?, count: *count };
                    one(vec![Column { source: Source::Parameter(only), domain }])
                }
                _ => listed(space, parameters),
            }
        }
        Space::Product(parts) => {
            let mut whole: Vec<Sweep> = Vec::new();
            for part in parts.iter().rev() {
                let mut outer = build(part, parameters, depth + 1)?;
                if !whole.is_empty() {
                    attach(&mut outer, &whole, &mut 0)?;
                }
                if !outer.is_empty() {
                    whole = outer;
                }
            }
            Some(whole)
        }
        Space::Sum { parts, .. } => {
            let mut all = Vec::new();
            for part in parts {
                let own = build(part, parameters, depth + 1)?;
                let single = Column { source: Source::Count, domain: Domain::Integers { from: 1, step: 1, count: 1 } };
                match own.is_empty() {
                    true => all.push(Sweep { columns: vec![single], children: Vec::new() }),
                    false => all.extend(own),
                }
                if all.len() > MOST {
                    return None;
                }
            }
            (!all.is_empty()).then_some(all)
        }
    }
}

/// A small space as one sweep with lists of values.
fn listed(space: &Space, parameters: &[Parameter]) -> Option<Vec<Sweep>> {
    let count = space.len(parameters);
    if count == 0 || count > LISTED {
        return None;
    }
    let points: Vec<Point> = (0..count).map(|at| space.point(at, parameters)).collect::<Option<_>>()?;
    let mut columns = Vec::new();
    for parameter in space.parameters() {
        let values: Vec<String> = points.iter().map(|p| p.get(&parameter).cloned()).collect::<Option<_>>()?;
        columns.push(Column { source: Source::Parameter(parameter), domain: Domain::List(values) });
    }
    if columns.is_empty() {
        columns.push(Column { source: Source::Count, domain: Domain::Integers { from: 1, step: 1, count } });
    }
    Some(vec![Sweep { columns, children: Vec::new() }])
}

/// Puts sweeps into the innermost ones of others.
fn attach(outer: &mut [Sweep], inner: &[Sweep], count: &mut usize) -> Option<()> {
    for sweep in outer {
        *count += inner.len();
        if *count > MOST {
            return None;
        }
        match sweep.children.is_empty() {
            true => sweep.children = inner.to_vec(),
            false => attach(&mut sweep.children, inner, count)?,
        }
    }
    Some(())
}

/// The one sweep that has all parameters of a piece, or that counts the tasks.
fn find<'a>(sweeps: &'a mut [Sweep], piece: &Piece, single: bool) -> Option<&'a mut Sweep> {
    let wanted = match piece {
        Piece::Arith(_) => Template(vec![piece.clone()]).params(),
        Piece::JobIndex | Piece::JobName if single => return sweeps.first_mut(),
        _ => return None,
    };
    let mut found = None;
    let mut open: Vec<&mut Sweep> = sweeps.iter_mut().collect();
    while let Some(sweep) = open.pop() {
        let has = |p: &ParamNo| sweep.columns.iter().any(|c| c.source == Source::Parameter(*p));
        let some = wanted.iter().any(has);
        let all = wanted.iter().all(has);
        if some && (!all || found.is_some()) {
            return None;
        }
        if all && !wanted.is_empty() {
            let Sweep { children, .. } = &*sweep;
            if children.iter().any(|c| names_any(c, &wanted)) {
                return None;
            }
            found = Some(sweep);
            continue;
        }
        open.extend(sweep.children.iter_mut());
    }
    found
}

fn names_any(sweep: &Sweep, wanted: &[ParamNo]) -> bool {
    sweep.columns.iter().any(|c| wanted.iter().any(|p| c.source == Source::Parameter(*p)))
        || sweep.children.iter().any(|child| names_any(child, wanted))
}

/// The values of a piece in each step of a sweep.
fn compute(sweep: &Sweep, piece: &Piece) -> Option<Domain> {
    let count = sweep.columns.first()?.domain.len();
    if *piece == Piece::JobIndex {
        return Some(Domain::Integers { from: 1, step: 1, count });
    }
    if count > LISTED {
        return None;
    }
    let mut values = Vec::new();
    for at in 0..count {
        let parameters = sweep.columns.iter().filter_map(|column| match column.source {
            Source::Parameter(p) => Some((p, column.domain.text(at).into_owned())),
            _ => None,
        });
        let point: Point = parameters.collect();
        let mut text = Text(Template(vec![piece.clone()]));
        text.fill(&point, Some(at + 1));
        values.push(text.as_literal()?);
    }
    let steps = || {
        let numbers: Vec<i64> = values.iter().map(|v| v.parse().ok()).collect::<Option<_>>()?;
        let (from, step) = (*numbers.first()?, numbers.get(1)?.checked_sub(*numbers.first()?)?);
        let domain = Domain::Integers { from, step, count };
        (step > 0 && (0..count).zip(&values).all(|(at, value)| domain.text(at) == *value)).then_some(domain)
    };
    Some(steps().unwrap_or_else(|| Domain::List(values.clone())))
}

/// Numbers the columns in the order in which a reader finds them.
fn number(
    sweeps: &mut [Sweep],
    parameters: &mut Vec<Parameter>,
    sources: &mut Vec<Source>,
    before: &[Parameter],
) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    for sweep in sweeps {
        let mut node = Node::default();
        for column in &sweep.columns {
            if parameters.len() >= MOST {
                return None;
            }
            node.zipped.push(ParamNo(u16::try_from(parameters.len()).ok()?));
            let name = match &column.source {
                Source::Parameter(p) => before.get(usize::from(p.0)).map(|p| p.name.clone()).unwrap_or_default(),
                Source::Piece(_) | Source::Count => "index".into(),
            };
            let domain = function::sayable(&column.domain)?;
            parameters.push(Parameter { name, label: None, order: Order::Cross, domain });
            sources.push(column.source.clone());
        }
        node.children = number(&mut sweep.children, parameters, sources, before)?;
        nodes.push(node);
    }
    Some(nodes)
}
