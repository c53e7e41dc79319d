//! The tasks of one `queue` statement: what each symbol is among the description's parameters, and their space.

use super::expand::Variable;
use super::names;
use super::symbol::{Symbol, Symbols};
use pelago_job::description::{Space, Text};
use pelago_job::{Domain, Expr, Order, ParamNo, Parameter, Piece, Template};
use std::collections::BTreeMap;

/// The items of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Items {
    /// None: only a count.
    None,
    /// A list that is known.
    Known {
        /// The values of each variable.
        columns: Vec<Vec<String>>,
        /// The place of the first in the list before slicing.
        start: usize,
        /// How far the next is from it.
        step: usize,
    },
    /// Only known when files are looked at: the patterns, if they say it all.
    Unknown(Vec<String>),
}

/// One `queue` statement.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The number of its first process.
    pub first: u64,
    /// How many for each item.
    pub times: u64,
    /// Names of the item variables.
    pub variables: Vec<Variable>,
    /// Their values.
    pub items: Items,
    cluster: Option<ParamNo>,
    process: Option<ParamNo>,
    step: Option<ParamNo>,
    index: Option<ParamNo>,
    own: Vec<ParamNo>,
    /// How many parameters there were with the item variables.
    before: usize,
    counts: Vec<(String, ParamNo)>,
}

impl Scope {
    /// A statement; its item variables become parameters at once.
    pub fn new(first: u64, times: u64, variables: Vec<Variable>, items: Items, all: &mut Vec<Parameter>) -> Self {
        let mut scope = Self {
            first,
            times,
            variables,
            items,
            cluster: None,
            process: None,
            step: None,
            index: None,
            own: Vec::new(),
            before: 0,
            counts: Vec::new(),
        };
        for (number, variable) in scope.variables.iter().enumerate() {
            let domain = match &scope.items {
                Items::Known { columns, .. } => Domain::List(columns.get(number).cloned().unwrap_or_default()),
                Items::Unknown(patterns) if number == 0 => Domain::Glob(patterns.clone()),
                Items::Unknown(_) | Items::None => Domain::Glob(Vec::new()),
            };
            scope.own.push(parameter(all, &variable.name, domain));
        }
        scope.before = all.len();
        scope
    }

    /// Asks again for every parameter that was asked for, in an order that does not depend on which command asked: the
    /// cluster, the items' places, the processes, the steps, then the counting macros in the order of `places`. Says
    /// whether that can have changed their numbers.
    pub fn settle(&mut self, symbols: &Symbols, all: &mut Vec<Parameter>, places: &dyn Fn(&str) -> usize) -> bool {
        let plain = [self.cluster, self.index, self.process, self.step].iter().flatten().count();
        if plain + self.counts.len() < 2 {
            return false;
        }
        let asked = [
            (self.cluster.take().is_some(), Symbol::Cluster),
            (self.index.take().is_some(), Symbol::Index),
            (self.process.take().is_some(), Symbol::Process),
            (self.step.take().is_some(), Symbol::Step),
        ];
        let mut counts: Vec<String> = std::mem::take(&mut self.counts).into_iter().map(|(name, _)| name).collect();
        counts.sort_by_key(|name| places(name));
        all.truncate(self.before);
        for (_, symbol) in asked.iter().filter(|(asked, _)| *asked) {
            self.value(symbol, symbols, all);
        }
        for name in counts {
            let found = symbols.all().iter().find(|s| matches!(s, Symbol::Count { name: n, .. } if *n == name));
            if let Some(symbol) = found {
                self.value(&symbol.clone(), symbols, all);
            }
        }
        true
    }

    /// The parameter of the cluster's number, where it was asked for.
    pub fn cluster(&self) -> Option<ParamNo> {
        self.cluster
    }

    /// The parameters of the item variables.
    pub fn own(&self) -> &[ParamNo] {
        &self.own
    }

    /// How many items there are; one where there is no list.
    pub fn length(&self) -> u64 {
        match &self.items {
            Items::None => 1,
            Items::Known { columns, .. } => columns.first().map_or(0, |c| c.len() as u64),
            Items::Unknown(_) => 0,
        }
    }

    /// What counts before the definitions: each counter and variable as symbol or value.
    pub fn live(&self, symbols: &mut Symbols) -> BTreeMap<String, String> {
        let mut live = BTreeMap::new();
        let mut set = |names: &[&str], text: String| {
            for name in names {
                live.insert(name.to_ascii_lowercase(), text.clone());
            }
        };
        let listed = self.items != Items::None;
        let cluster = symbols.character(Symbol::Cluster).to_string();
        let process = match listed || self.times > 1 {
            true => symbols.character(Symbol::Process).to_string(),
            false => self.first.to_string(),
        };
        let step = match (self.times > 1, listed, self.first) {
            (false, _, _) => "0".to_string(),
            // Without items the steps are the processes.
            (true, false, 0) => process.clone(),
            _ => symbols.character(Symbol::Step).to_string(),
        };
        let index = if listed { symbols.character(Symbol::Index).to_string() } else { "0".to_string() };
        set(&["JobId"], format!("{cluster}.{process}"));
        set(&["Cluster", "ClusterId"], cluster);
        set(&["Process", "ProcId"], process);
        set(&["Step"], step);
        set(&["ItemIndex", "Row"], index);
        for (number, variable) in self.variables.iter().enumerate() {
            set(&[variable.name.as_str()], symbols.character(Symbol::Item(number)).to_string());
        }
        live
    }

    /// A text of the model.
    pub fn text(&mut self, text: &str, symbols: &Symbols, all: &mut Vec<Parameter>) -> Text {
        let mut template = Template::default();
        let mut literal = String::new();
        for c in text.chars() {
            match symbols.of(c) {
                Some((_, symbol)) => {
                    template.push_text(&std::mem::take(&mut literal));
                    let piece = match self.value(symbol, symbols, all) {
                        Expr::Param(number) => Piece::Param(number),
                        other => Piece::Arith(other),
                    };
                    template.0.push(piece);
                }
                None => literal.push(c),
            }
        }
        template.push_text(&literal);
        Text(template)
    }

    /// What a symbol is: a parameter, or arithmetic on some.
    fn value(&mut self, symbol: &Symbol, symbols: &Symbols, all: &mut Vec<Parameter>) -> Expr {
        let listed = self.items != Items::None;
        let (length, times) = (self.length(), self.times);
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        match symbol {
            Symbol::Cluster => {
                let domain = Domain::Integers { from: 1, step: 1, count: 1 };
                Expr::Param(*self.cluster.get_or_insert_with(|| parameter(all, "Cluster", domain)))
            }
            Symbol::Item(at) => self.own.get(*at).map_or(Expr::Int(0), |p| Expr::Param(*p)),
            Symbol::Step => {
                let domain = Domain::Integers { from: 0, step: 1, count: times };
                Expr::Param(*self.step.get_or_insert_with(|| parameter(all, "Step", domain)))
            }
            Symbol::Index => {
                let (start, step) = match &self.items {
                    Items::Known { start, step, .. } => (*start as u64, *step as u64),
                    _ => (0, 1),
                };
                let domain = Domain::Integers { from: number(start), step: number(step.max(1)), count: length };
                Expr::Param(*self.index.get_or_insert_with(|| parameter(all, "ItemIndex", domain)))
            }
            Symbol::Process if listed && times > 1 => {
                let index = self.value(&Symbol::Index, symbols, all);
                let index = match &self.items {
                    Items::Known { start, step, .. } if (*start, *step) != (0, 1) => {
                        let from = Expr::Sub(Box::new(index), Box::new(Expr::Int(number(*start as u64))));
                        Expr::Div(Box::new(from), Box::new(Expr::Int(number(*step as u64).max(1))))
                    }
                    _ => index,
                };
                let step = self.value(&Symbol::Step, symbols, all);
                let rows = Expr::Mul(Box::new(index), Box::new(Expr::Int(number(times))));
                let process = Expr::Add(Box::new(rows), Box::new(step));
                match self.first {
                    0 => process,
                    first => Expr::Add(Box::new(process), Box::new(Expr::Int(number(first)))),
                }
            }
            Symbol::Process => {
                let count = if listed { length } else { times };
                let domain = Domain::Integers { from: number(self.first), step: 1, count };
                Expr::Param(*self.process.get_or_insert_with(|| parameter(all, "Process", domain)))
            }
            Symbol::Count { name, factor, offset } => {
                let from = number(self.first).checked_mul(*factor).and_then(|n| n.checked_add(*offset));
                let count = if listed { length } else { times };
                match from.filter(|_| !listed || times == 1) {
                    Some(from) => {
                        let known = self.counts.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, p)| *p);
                        Expr::Param(known.unwrap_or_else(|| {
                            let p = parameter(all, name, Domain::Integers { from, step: *factor, count });
                            self.counts.push((name.clone(), p));
                            p
                        }))
                    }
                    None => {
                        let process = self.value(&Symbol::Process, symbols, all);
                        let scaled = Expr::Mul(Box::new(process), Box::new(Expr::Int(*factor)));
                        Expr::Add(Box::new(scaled), Box::new(Expr::Int(*offset)))
                    }
                }
            }
            Symbol::Arithmetic(expr) => self.put(&expr.clone(), symbols, all),
        }
    }

    /// Arithmetic with the values of symbols in the place of their numbers.
    fn put(&mut self, expr: &Expr, symbols: &Symbols, all: &mut Vec<Parameter>) -> Expr {
        let mut both = |a: &Expr, b: &Expr| (Box::new(self.put(a, symbols, all)), Box::new(self.put(b, symbols, all)));
        match expr {
            Expr::Int(number) => Expr::Int(*number),
            Expr::Param(number) | Expr::Prev(number) => match symbols.get(*number) {
                // Arithmetic is never part of arithmetic: it is put together from plain symbols.
                Some(Symbol::Arithmetic(_)) | None => Expr::Int(0),
                Some(symbol) => self.value(&symbol.clone(), symbols, all),
            },
            Expr::Neg(a) => Expr::Neg(Box::new(self.put(a, symbols, all))),
            Expr::Add(a, b) => {
                let (a, b) = both(a, b);
                Expr::Add(a, b)
            }
            Expr::Sub(a, b) => {
                let (a, b) = both(a, b);
                Expr::Sub(a, b)
            }
            Expr::Mul(a, b) => {
                let (a, b) = both(a, b);
                Expr::Mul(a, b)
            }
            Expr::Div(a, b) => {
                let (a, b) = both(a, b);
                Expr::Div(a, b)
            }
            Expr::Rem(a, b) => {
                let (a, b) = both(a, b);
                Expr::Rem(a, b)
            }
        }
    }

    /// The space of its tasks, as far as parameters were asked for: the cluster's number slowest, then the items, the
    /// steps fastest.
    pub fn space(&self) -> Option<Space> {
        let listed = self.items != Items::None;
        let mut rows = self.own.clone();
        let mut steps = Vec::new();
        let counts = self.counts.iter().map(|(_, p)| *p);
        rows.extend(self.index);
        if listed {
            rows.extend(self.process);
            rows.extend(counts);
            steps.extend(self.step);
        } else {
            steps.extend(self.process);
            steps.extend(self.step);
            steps.extend(counts);
        }
        let mut parts = Vec::new();
        parts.extend(self.cluster.map(|p| Space::Zip(vec![p])));
        if listed {
            parts.push(Space::Zip(rows));
        }
        if self.times > 1 {
            parts.push(if steps.is_empty() { Space::Times(self.times) } else { Space::Zip(steps) });
        }
        match parts.len() {
            0 | 1 => parts.pop(),
            _ => Some(Space::Product(parts)),
        }
    }
}

/// The name of a counter without the number that tells it from others.
pub(super) fn stem(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// A parameter of that name and domain: one that is there, or a new one whose name differs from all others.
pub(super) fn parameter(all: &mut Vec<Parameter>, name: &str, domain: Domain) -> ParamNo {
    let number = |at: usize| ParamNo(u16::try_from(at).unwrap_or(u16::MAX));
    let name = match super::command::is_known(name) && !names::is_own(name) {
        // A variable that is called like a command would take its place when it is written again.
        true => format!("item_{name}"),
        false => name.to_string(),
    };
    // In names of item variables digits only stand behind letters.
    let between = if name.ends_with(|c: char| c.is_ascii_alphabetic()) { "" } else { "v" };
    // One look at all of them: the same one again, or the numbers behind the name that are taken.
    let mut last = 0u64;
    for (at, other) in all.iter().enumerate() {
        let Some((head, tail)) = other.name.split_at_checked(name.len()) else { continue };
        let more = match tail {
            "" => Some(1),
            tail => tail.strip_prefix(between).and_then(|n| n.parse::<u64>().ok()).filter(|n| *n > 1),
        };
        let Some(more) = more.filter(|_| head.eq_ignore_ascii_case(&name)) else { continue };
        if other.domain == domain {
            return number(at);
        }
        last = last.max(more);
    }
    let tried = if last == 0 { name } else { format!("{name}{between}{}", last.saturating_add(1)) };
    all.push(Parameter { name: tried, label: None, order: Order::Cross, domain });
    number(all.len() - 1)
}
