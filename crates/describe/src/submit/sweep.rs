//! How the space of a job is written: its `queue` statement, and what each parameter is called in texts.

use super::format;
use super::print::{is_free, sayable};
use super::queue;
use super::space::stem;
use crate::loss::Rest;
use pelago_job::description::Space;
use pelago_job::{Description, Domain, Expr, ParamNo, Piece};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Most tasks that are listed.
const MAX_LISTED: u64 = 20_000;

/// A way to say a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// With counters where it counts, and items where there are lists.
    Counted,
    /// With a list of items for all parameters.
    Listed,
    /// Only its first task.
    First,
}

/// The sweep of one job.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    /// How many tasks it queues.
    pub tasks: u64,
    /// The parameters that it says.
    pub said: BTreeSet<ParamNo>,
    /// What each is written as.
    names: BTreeMap<ParamNo, String>,
    /// Parameters with values that are no plain words.
    pub open: BTreeSet<ParamNo>,
    /// Definitions of counting macros.
    counts: Vec<String>,
    /// Arithmetic in texts, by its expression.
    arithmetic: RefCell<Vec<String>>,
    /// What follows `queue`.
    arguments: String,
}

/// What stands for a variable in the first task of a space, which is the job of that number: the values of parameters, which
/// in later statements have a number behind their names, and then those of counters that are none.
fn of_first(space: &Space, description: &Description, number: u64) -> Vec<(String, String)> {
    let point = space.point(0, &description.parameters).unwrap_or_default();
    let named = point.into_iter().flat_map(|(p, value)| {
        let name = description.parameters.get(usize::from(p.0)).map_or("", |p| &p.name);
        [name, name.trim_end_matches(|c: char| c.is_ascii_digit())].map(|name| (name.to_string(), value.clone()))
    });
    let counters = [("Process", number), ("ProcId", number), ("Step", 0), ("ItemIndex", 0), ("Row", 0)];
    let counters = counters.map(|(name, value)| (name.to_string(), value.to_string()));
    named.chain(counters).map(|(name, value)| (format!("$({name})"), value)).collect()
}

impl Sweep {
    /// Looks for a way to say the space of a job, and takes it.
    pub fn plan(rest: &mut Rest, description: &Description, job: usize, way: Way, first: u64) -> Self {
        let once = Self { tasks: 1, ..Self::default() };
        let Some(space) = rest.left.jobs.get(job).and_then(|j| j.space.clone()) else { return once };
        let planned = match way {
            Way::Counted => {
                let counted = Self::counted(rest, description, job, &space, first);
                counted.or_else(|| Self::listed(rest, description, job, &space))
            }
            Way::Listed => Self::listed(rest, description, job, &space),
            Way::First => None,
        };
        match planned {
            Some(sweep) => {
                if let Some(job) = rest.left.jobs.get_mut(job) {
                    job.space = None;
                }
                sweep
            }
            None => {
                if let Space::Times(times) = space
                    && times > 1
                    && let Some(left) = rest.left.jobs.get_mut(job)
                {
                    left.space = None;
                    return Self { tasks: times, arguments: times.to_string(), ..Self::default() };
                }
                rest.first_task(job, "only the first task is queued");
                let named = of_first(&space, description, first);
                // What is kept word for word may name a variable too.
                rest.rewrite(job, "only the first task is queued", |job| {
                    for extension in job.extensions.iter_mut().filter(|extension| extension.language == "submit") {
                        for (name, value) in &named {
                            extension.text = extension.text.replace(name, value);
                        }
                    }
                });
                rest.because("/parameters", "only the first task is queued");
                once
            }
        }
    }

    fn counted(rest: &mut Rest, description: &Description, job: usize, space: &Space, first: u64) -> Option<Self> {
        let mut parts: Vec<Space> = match space {
            Space::Product(parts) => parts.clone(),
            other => vec![other.clone()],
        };
        let domain = |p: &ParamNo| description.parameters.get(usize::from(p.0)).map(|p| &p.domain);
        let name = |p: &ParamNo| description.parameters.get(usize::from(p.0)).map_or("", |p| p.name.as_str());
        let mut sweep = Self { tasks: 1, ..Self::default() };
        if let Some(Space::Zip(zipped)) = parts.first()
            && let [p] = zipped[..]
            && stem(name(&p)) == "Cluster"
            && domain(&p) == Some(&Domain::Integers { from: 1, step: 1, count: 1 })
        {
            sweep.call(p, "$(Cluster)".into());
            parts.remove(0);
        }
        if let Some(extension) = rest.left.jobs.get(job)?.extensions.iter().position(|e| e.name == "queue") {
            return sweep.elsewhere(rest, job, extension, &parts);
        }
        let listed = |p: &ParamNo| !matches!(domain(p), Some(Domain::Integers { .. }));
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let (items, times, steps) = match parts.as_slice() {
            [] => return Some(sweep),
            [Space::Times(times)] => (None, *times, None),
            [Space::Zip(zipped)] if zipped.iter().any(listed) => (Some(zipped), 1, None),
            [Space::Zip(zipped)] => (None, parts.first()?.len(&description.parameters), Some(zipped)),
            [Space::Zip(zipped), Space::Times(times)] => (Some(zipped), *times, None),
            [Space::Zip(zipped), Space::Zip(steps)] if zipped.iter().any(listed) => {
                (Some(zipped), Space::Zip(steps.clone()).len(&description.parameters), Some(steps))
            }
            _ => return None,
        };
        if times == 0 || times == 1 && items.is_none() {
            return None;
        }
        let mut arguments = if times == 1 { String::new() } else { times.to_string() };
        sweep.tasks = times;
        if let Some(zipped) = items {
            let count = zipped.iter().filter_map(domain).map(Domain::len).min()?;
            let mut columns = Vec::new();
            for p in zipped {
                match domain(p)? {
                    Domain::Integers { from, step: 1, count: c }
                        if *from == number(first) && *c == count && times == 1 =>
                    {
                        sweep.call(*p, "$(Process)".into());
                    }
                    Domain::Integers { from: 0, step: 1, count: c } if *c == count => {
                        sweep.call(*p, "$(ItemIndex)".into())
                    }
                    Domain::List(values) if is_free(name(p)) => {
                        columns.push((*p, name(p).to_string(), values.clone()));
                    }
                    Domain::Glob(patterns) if zipped.len() == 1 && is_free(name(p)) && !patterns.is_empty() => {
                        let good = patterns.iter().all(|p| sayable(p) && !p.contains([' ', ',', '\t', '(', ')', '[']));
                        sweep.call(*p, format!("$({})", name(p)));
                        let list = format!("{arguments} {} matching {}", name(p), patterns.join(" "));
                        sweep.arguments = list.trim().to_string();
                        sweep.tasks = 0;
                        return good.then_some(sweep);
                    }
                    _ => return None,
                }
            }
            let list = sweep.items(columns)?;
            arguments = format!("{arguments} {list}");
            sweep.tasks = sweep.tasks.saturating_mul(count);
        }
        for p in steps.into_iter().flatten() {
            let Some(Domain::Integers { from, step, count }) = domain(p) else { return None };
            if *count != times {
                return None;
            }
            let plain = items.is_none();
            if plain && *from == number(first) && *step == 1 && stem(name(p)) == "Process" {
                sweep.call(*p, "$(Process)".into());
            } else if (*from, *step) == (0, 1) && stem(name(p)) == "Step" {
                sweep.call(*p, "$(Step)".into());
            } else if plain && is_free(name(p)) {
                let offset = from.checked_sub(step.checked_mul(number(first))?)?;
                sweep.counts.push(format!("{} = {step} * $(Process) + {offset}\n", name(p)));
                sweep.call(*p, format!("$INT({})", name(p)));
            } else {
                return None;
            }
        }
        sweep.arguments = arguments.trim().to_string();
        Some(sweep)
    }

    /// The statement as it was, whose items are in a file or come from a command.
    fn elsewhere(mut self, rest: &mut Rest, job: usize, extension: usize, parts: &[Space]) -> Option<Self> {
        let left = rest.left.jobs.get_mut(job)?;
        let extension = left.extensions.get_mut(extension)?;
        let statement = queue::read(&extension.text).ok()?;
        let Some(Space::Zip(zipped)) = parts.first() else { return None };
        let item = ["Item".to_string()];
        let variables = match statement.variables.as_slice() {
            // Only the number is elsewhere.
            [] if statement.mode == queue::Mode::Count => &[],
            [] => &item[..],
            variables => variables,
        };
        let mut others = zipped.iter();
        for (variable, p) in variables.iter().zip(others.by_ref()) {
            self.call(*p, format!("$({variable})"));
        }
        // Behind the variables stand counters, which have their own names.
        let steps = parts.iter().skip(1).filter_map(|part| match part {
            Space::Zip(steps) => Some(steps.iter()),
            _ => None,
        });
        let counters: Vec<ParamNo> = others.chain(steps.flatten()).copied().collect();
        for p in counters {
            let parameters = &rest.left.parameters;
            let name = parameters.get(usize::from(p.0))?.name.clone();
            let name = stem(&name);
            self.call(p, format!("$({name})"));
        }
        let extension = rest.left.jobs.get_mut(job)?.extensions.iter_mut().find(|e| e.name == "queue")?;
        self.arguments = std::mem::take(extension).text;
        self.tasks = 0;
        Some(self)
    }

    /// All tasks as rows of a list.
    fn listed(rest: &mut Rest, description: &Description, job: usize, space: &Space) -> Option<Self> {
        let count = space.len(&description.parameters);
        let numbers: Vec<ParamNo> = space.parameters().into_iter().collect();
        if count == 0 || count > MAX_LISTED || numbers.is_empty() {
            return None;
        }
        let mut sweep = Self { tasks: count, ..Self::default() };
        let mut columns: Vec<(ParamNo, String, Vec<String>)> = Vec::new();
        let mut names: BTreeSet<String> = BTreeSet::new();
        for p in &numbers {
            let old = &description.parameters.get(usize::from(p.0))?.name;
            let mut new = if is_free(old) { old.clone() } else { format!("v{}", p.0) };
            while !names.insert(new.to_ascii_lowercase()) {
                new = format!("v{new}");
            }
            if new != *old {
                rest.changed(format!("/parameters/{}/name", p.0), &new, "item variables have plain names");
            }
            columns.push((*p, new, Vec::new()));
        }
        for position in 0..count {
            let point = space.point(position, &description.parameters)?;
            for (p, _, values) in &mut columns {
                values.push(point.get(p).cloned().unwrap_or_default());
            }
        }
        for (p, _, values) in &columns {
            let parameter = description.parameters.get(usize::from(p.0))?;
            let list = Domain::List(values.clone());
            if parameter.domain != list {
                let why = "the values are listed, one for each task";
                rest.changed(format!("/parameters/{}/domain", p.0), list, why);
            }
            if parameter.label.is_some() {
                let label = serde_json::Value::Null;
                rest.changed(format!("/parameters/{}/label", p.0), label, "variables have no texts about them");
            }
        }
        let zipped = Space::Zip(numbers);
        if zipped != *space {
            rest.changed(format!("/jobs/{job}/space"), &zipped, "each task is a line of the list");
        }
        sweep.arguments = sweep.items(columns)?;
        Some(sweep)
    }

    /// The list of items of these columns.
    fn items(&mut self, columns: Vec<(ParamNo, String, Vec<String>)>) -> Option<String> {
        let variables: Vec<&str> = columns.iter().map(|(_, name, _)| name.as_str()).collect();
        let mut out = format!("{} from (\n", variables.join(","));
        let rows = columns.first()?.2.len();
        let several = columns.len() > 1;
        let inner = |value: &str| value.is_empty() || value.contains([',', ' ', '\t']);
        let units = several && columns.iter().any(|(_, _, values)| values.iter().any(|v| inner(v)));
        for row in 0..rows {
            let values: Option<Vec<&str>> = columns.iter().map(|(_, _, v)| v.get(row).map(String::as_str)).collect();
            let line = values?.join(if units { "\u{1f}" } else { " " });
            let macros = line.contains('$') && line.contains('(');
            if line.is_empty() || line.starts_with(['#', ')']) || line.trim() != line || line.ends_with('\\') || macros
            {
                return None;
            }
            if line.contains(['\n', '\r']) || !units && line.contains('\u{1f}') {
                return None;
            }
            out.push_str(&format!("    {line}\n"));
        }
        for (p, name, values) in columns {
            if values.iter().any(|v| v.is_empty() || v.contains([' ', '\t', '\'', '"'])) {
                self.open.insert(p);
            }
            self.call(p, format!("$({name})"));
        }
        out.push(')');
        Some(out)
    }

    fn call(&mut self, p: ParamNo, name: String) {
        self.said.insert(p);
        self.names.insert(p, name);
    }

    /// A hole as it is written.
    pub fn hole(&self, piece: &Piece) -> Option<String> {
        match piece {
            Piece::Param(p) => self.names.get(p).cloned(),
            Piece::Arith(expr) => {
                let mut all = true;
                let known = |p: ParamNo| self.names.get(&p).filter(|name| name.starts_with("$("));
                let text = format::arithmetic(expr, &|p| known(p).cloned().unwrap_or_default());
                parameters(expr, &mut |p| all &= known(p).is_some());
                if !all {
                    return None;
                }
                let mut list = self.arithmetic.borrow_mut();
                let number = list.iter().position(|t| *t == text).unwrap_or_else(|| {
                    list.push(text);
                    list.len() - 1
                });
                Some(format!("$INT(sum_{number})"))
            }
            Piece::Text(_) | Piece::Prev(_) | Piece::JobName | Piece::JobIndex => None,
        }
    }

    /// The definitions that the texts need.
    pub fn macros(&self) -> String {
        let sums = self.arithmetic.borrow();
        let sums = sums.iter().enumerate().map(|(number, text)| format!("sum_{number} = {text}\n"));
        self.counts.iter().cloned().chain(sums).collect()
    }

    /// The statement.
    pub fn queue(&self) -> String {
        format!("queue {}", self.arguments).trim_end().to_string() + "\n"
    }
}

fn parameters(expr: &Expr, each: &mut dyn FnMut(ParamNo)) {
    match expr {
        Expr::Int(_) => {}
        Expr::Param(p) | Expr::Prev(p) => each(*p),
        Expr::Neg(a) => parameters(a, each),
        Expr::Add(a, b) | Expr::Sub(a, b) | Expr::Mul(a, b) | Expr::Div(a, b) | Expr::Rem(a, b) => {
            parameters(a, each);
            parameters(b, each);
        }
    }
}
