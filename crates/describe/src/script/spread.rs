//! From the space of a sweep to the numbers of an array.

use super::read::INDEX;
use super::{Dialect, array, body};
use crate::loss::Rest;
use pelago_job::description::{Space, Text, Texts, Variable};
use pelago_job::{Domain, Order, Parameter, Piece};
use serde_json::Value;

/// How the tasks of a sweep become an array.
pub(super) enum Spread {
    /// One task.
    One,
    /// The parameter is the array's index.
    Array { numbers: String, torque: bool },
    /// The parameters are computed from the index, from 1, in these lines.
    Computed { numbers: String, lines: Vec<String> },
}

/// Makes the job's space one that an array can say, and takes it.
pub(super) fn spread(rest: &mut Rest, dialect: Dialect) -> Spread {
    let parameters = rest.left.parameters.clone();
    let Some(job) = rest.left.jobs.first_mut() else { return Spread::One };
    let Some(space) = job.space.clone() else {
        literal_only(rest, false);
        return Spread::One;
    };
    let mut others = false;
    job.texts(&mut |text| others |= text.0.0.iter().any(|p| !matches!(p, Piece::Text(_) | Piece::Param(INDEX))));
    let script = job.application.script.is_some();
    let runs = job.application.commands.iter().any(|c| c.executable.is_some() || c.shell.is_some());
    if let ([parameter], true, false) = (&parameters[..], space == Space::Zip(vec![INDEX]), others) {
        let torque =
            dialect == Dialect::Pbs && (parameter.name == "PBS_ARRAYID" || matches!(parameter.domain, Domain::List(_)));
        let numbers = array::print(&parameter.domain, dialect, torque).map(|numbers| (numbers, torque));
        let numbers =
            numbers.or_else(|| array::print(&parameter.domain, dialect, false).map(|numbers| (numbers, false)));
        if let Some((numbers, torque)) = numbers {
            job.space = None;
            rest.left.parameters.clear();
            let name = array::variable(dialect, torque);
            index(rest, parameter, name);
            literal_only(rest, true);
            return Spread::Array { numbers, torque };
        }
    }
    let length = space.len(&parameters);
    let name = array::variable(dialect, false);
    let lines =
        body::values(&space, &parameters, name).filter(|_| runs && !script && (1..1_000_000_000).contains(&length));
    if let Some(lines) = lines {
        let why = "the tasks of an array are numbered; the script makes the parameters' values from the number";
        let domain = Domain::Integers { from: 1, step: 1, count: length };
        let parameter = Parameter { name: name.to_string(), label: None, order: Order::Cross, domain };
        job.space = None;
        rest.left.parameters.clear();
        rest.changed("/parameters", vec![parameter], why);
        rest.changed("/jobs/0/space", Space::Zip(vec![INDEX]), why);
        let numbers = if length == 1 && dialect != Dialect::Pbs { "1".to_string() } else { format!("1-{length}") };
        return Spread::Computed { numbers, lines };
    }
    rest.first_task(0, "the batch system cannot number these tasks; these are the values of the first one");
    rest.because("/jobs/0/space", "the script is the first task of the sweep");
    literal_only(rest, false);
    Spread::One
}

/// Notes what becomes of the parameter and the variable that holds it.
fn index(rest: &mut Rest, parameter: &Parameter, name: &str) {
    let why = "the name under which the batch system tells a task its number";
    if parameter.name != name {
        rest.changed("/parameters/0/name", name, why);
    }
    if parameter.label.is_some() {
        rest.changed("/parameters/0/label", Value::Null, "an array has no label");
    }
    if parameter.order != Order::Cross {
        rest.changed("/parameters/0/order", Order::Cross, "tasks of an array do not wait for each other");
    }
    let Some(job) = rest.left.jobs.first_mut() else { return };
    let environment = &mut job.application.environment;
    let value = Some(Text::param(INDEX));
    let own = Variable { name: Some(name.into()), value, filesystem: None };
    let named = |v: &Variable| v.name.as_ref().and_then(Text::as_literal).as_deref() == Some(name);
    if environment.last() == Some(&own) && environment.iter().filter(|v| named(v)).count() == 1 {
        // It is there without being said.
        if let Some(last) = environment.last_mut() {
            *last = Variable::default();
        }
    } else if !environment.iter().any(named) {
        let part = format!("/jobs/0/application/environment/{}", environment.len());
        rest.changed(part, own, why);
    }
}

/// Makes holes that nothing fills texts of their own.
fn literal_only(rest: &mut Rest, array: bool) {
    rest.spell_holes(0, "no batch system fills it in", |piece| array && *piece == Piece::Param(INDEX));
}
