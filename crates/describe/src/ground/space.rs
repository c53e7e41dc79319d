//! From a job's space to parameters of the experiment: a product of axes, each one parameter and those that follow it.

use super::work::Work;
use pelago_job::description::Space;
use pelago_job::{Domain, Order, ParamNo, Parameter, Walk};
use std::collections::BTreeMap;

/// What the description's parameters are in the experiment, for one job.
pub(super) type Renumbered = BTreeMap<ParamNo, ParamNo>;

impl Work<'_> {
    /// Adds the parameters of a job's space; gives the axes, and which parameter became which.
    pub(super) fn space(&mut self, space: Option<Space>) -> (Vec<ParamNo>, Renumbered) {
        let (mut axes, mut numbers) = (Vec::new(), Renumbered::new());
        let mut factors: Vec<Space> = Vec::new();
        let mut todo: Vec<Space> = space.into_iter().collect();
        while let Some(next) = todo.pop() {
            match next {
                Space::Product(parts) => todo.extend(parts.into_iter().rev()),
                other => factors.push(other),
            }
        }
        for factor in factors {
            axes.extend(self.axis(&factor, &mut numbers));
        }
        // Parameters that never vary are known everywhere.
        for (number, parameter) in (0u16..).map(ParamNo).zip(self.parameters.clone()) {
            if parameter.domain.len() == 1 && !numbers.contains_key(&number) {
                let own = self.parameter(&parameter.name, parameter.domain.clone());
                numbers.insert(number, own);
            }
        }
        (axes, numbers)
    }

    fn axis(&mut self, factor: &Space, numbers: &mut Renumbered) -> Option<ParamNo> {
        let declared = self.parameters.clone();
        let length = factor.len(&declared);
        let domain = |p: &ParamNo| declared.get(usize::from(p.0)).map(|p| (p.name.clone(), p.domain.clone()));
        if let Space::Zip(zipped) = factor
            && let Some((first, others)) = zipped.split_first()
            && zipped.iter().all(|p| domain(p).is_some_and(|(_, d)| d.len() == length || matches!(d, Domain::Glob(_))))
        {
            let (name, values) = domain(first)?;
            let leader = self.parameter(&name, values);
            numbers.insert(*first, leader);
            for other in others {
                let (name, values) = domain(other)?;
                let walk = Box::new(Walk::Values(values));
                let own = self.parameter(&name, Domain::Follow { leader, walk });
                numbers.insert(*other, own);
            }
            return Some(leader);
        }
        if let Space::Times(1) = factor {
            return None;
        }
        let leader = self.parameter("number", Domain::Integers { from: 1, step: 1, count: length });
        for number in factor.parameters() {
            let walk = Box::new(
                walk(factor, number, &declared).unwrap_or(Walk::Constant { value: String::new(), count: length }),
            );
            let (name, _) = domain(&number)?;
            let own = self.parameter(&name, Domain::Follow { leader, walk });
            numbers.insert(number, own);
        }
        Some(leader)
    }

    /// A parameter of the experiment with this name and these values; the same one for the same values, else one with a
    /// name of its own.
    fn parameter(&mut self, name: &str, domain: Domain) -> ParamNo {
        let parameters = &mut self.experiment.parameters;
        let (mut tried, mut count) = (name.to_string(), 1);
        loop {
            match parameters.iter().position(|p| p.name == tried) {
                Some(at) if parameters.get(at).is_some_and(|p| p.domain == domain) => {
                    return ParamNo(u16::try_from(at).unwrap_or(u16::MAX));
                }
                Some(_) => {
                    count += 1;
                    tried = format!("{name}_{count}");
                }
                None => break,
            }
        }
        parameters.push(Parameter { name: tried, label: None, order: Order::Cross, domain });
        ParamNo(u16::try_from(parameters.len() - 1).unwrap_or(u16::MAX))
    }
}

/// The values that a parameter has along a space; `None` where the space does not name it.
fn walk(space: &Space, of: ParamNo, parameters: &[Parameter]) -> Option<Walk> {
    let domain = |p: ParamNo| parameters.get(usize::from(p.0)).map(|p| p.domain.clone());
    match space {
        Space::Zip(zipped) => {
            zipped.contains(&of).then_some(())?;
            let values = Walk::Values(domain(of)?);
            let count = space.len(parameters);
            Some(if values.len() == count {
                values
            } else {
                Walk::Every { of: Box::new(values), first: 0, step: 1, count }
            })
        }
        Space::Product(parts) => {
            let at = parts.iter().rposition(|part| part.parameters().contains(&of))?;
            let product = |parts: &[Space]| parts.iter().fold(1u64, |n, part| n.saturating_mul(part.len(parameters)));
            let (before, rest) = parts.split_at(at);
            let (part, after) = rest.split_first()?;
            let of = Box::new(walk(part, of, parameters)?);
            Some(Walk::Repeat { of, each: product(after), times: product(before) })
        }
        Space::Sum { parts, defaults } => {
            let value = || defaults.iter().find(|(p, _)| *p == of).map(|(_, value)| value.clone()).unwrap_or_default();
            let part = |part: &Space| {
                let constant = || Walk::Constant { value: value(), count: part.len(parameters) };
                walk(part, of, parameters).unwrap_or_else(constant)
            };
            Some(Walk::Parts(parts.iter().map(part).collect()))
        }
        Space::Rows { parameters: named, rows } => {
            let column = named.iter().position(|p| *p == of)?;
            let domain = domain(of)?;
            let value = |row: &Vec<u32>| domain.text(row.get(column).copied().map_or(0, u64::from)).into_owned();
            Some(Walk::Values(Domain::List(rows.iter().map(value).collect())))
        }
        Space::Times(_) => None,
        Space::Slice { of: inner, first, step, count } => {
            let of = Box::new(walk(inner, of, parameters)?);
            Some(Walk::Every { of, first: *first, step: *step, count: *count })
        }
    }
}
