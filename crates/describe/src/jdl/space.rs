//! Index spaces as parametric jobs: gLite's way where one parameter is enough, DIRAC's where several advance together.

use super::sweep::{COUNTER, GLITE_NAME, MOST_LISTED, PLAIN, Style, Sweep, counter, printed};
use crate::loss::Rest;
use pelago_job::description::{Space, Text, Texts};
use pelago_job::{Domain, Order, ParamNo, Parameter, Piece, Template};
use serde_json::Value;

/// Makes a job's space one that JDL can say, and takes it; the rest are the values of the first task.
pub(super) fn prepare(rest: &mut Rest) -> Sweep {
    let parameters = rest.left.parameters.clone();
    let space = rest.left.jobs.first().and_then(|job| job.space.clone());
    let found = space.as_ref().and_then(|space| zipped(rest, space, &parameters));
    let Some(mut sweep) = found else {
        if space.is_some() {
            rest.first_task(0, "JDL cannot say this sweep; these are the values of its first task");
            rest.because("/jobs/0/space", "JDL cannot say it; the document is the first task");
        }
        plain_only(rest, &Sweep::default());
        return Sweep::default();
    };
    if !fits(rest, &sweep) {
        rest.first_task(
            0,
            "a text of the job looks like JDL's marker of a parameter; these are the values of the first task",
        );
        plain_only(rest, &Sweep::default());
        return Sweep::default();
    }
    // What reading gives, against what was said.
    let taken = std::mem::take(&mut rest.left.parameters);
    for (number, (now, before)) in sweep.parameters.iter_mut().zip(&parameters).enumerate() {
        if sweep.style == Style::Glite {
            now.name = GLITE_NAME.to_string();
        }
        let at = format!("/parameters/{number}");
        if now.name != before.name {
            rest.changed(format!("{at}/name"), &now.name, "the name that JDL gives it");
        }
        if before.label.is_some() {
            rest.changed(format!("{at}/label"), Value::Null, "JDL's parameters have no text");
        }
        if before.order != Order::Cross {
            rest.changed(format!("{at}/order"), Order::Cross, "jobs of JDL's sweeps do not wait for each other");
        }
        if now.domain != before.domain {
            rest.changed(format!("{at}/domain"), &now.domain, "JDL lists these values");
        }
    }
    for (number, new) in sweep.parameters.iter().enumerate().skip(taken.len()) {
        rest.changed(format!("/parameters/{number}"), new, "JDL numbers the jobs of a sweep");
    }
    let now = sweep.space();
    if now != space {
        rest.changed("/jobs/0/space", &now, "the same tasks as one list of values for each parameter");
    }
    if let Some(job) = rest.left.jobs.first_mut() {
        job.space = None;
    }
    plain_only(rest, &sweep);
    sweep
}

/// The parameters as sequences that advance together.
fn zipped(rest: &mut Rest, space: &Space, parameters: &[Parameter]) -> Option<Sweep> {
    let length = space.len(parameters);
    if length == 0 || parameters.len() > 1000 {
        return None;
    }
    if let Space::Times(count) = space {
        if !parameters.is_empty() {
            return None;
        }
        let domain = Domain::Integers { from: 1, step: 1, count: *count };
        let parameter = Parameter { name: GLITE_NAME.into(), label: None, order: Order::Cross, domain };
        rest.rewrite(0, "the number of the task is JDL's parameter", |job| {
            job.texts(&mut |text| number_to_parameter(text));
        });
        return Some(named(vec![parameter]));
    }
    let all: Vec<ParamNo> = (0..parameters.len()).map(|number| ParamNo(number as u16)).collect();
    if space.parameters().into_iter().ne(all.iter().copied()) {
        return None;
    }
    let direct = matches!(space, Space::Zip(zipped) if *zipped == all)
        && parameters.iter().all(|p| p.domain.len() == length && sayable(&p.domain));
    if direct {
        return Some(named(parameters.to_vec()));
    }
    if length.saturating_mul(parameters.len() as u64) > MOST_LISTED {
        return None;
    }
    let mut lists: Vec<Vec<String>> = vec![Vec::new(); parameters.len()];
    for position in 0..length {
        let point = space.point(position, parameters)?;
        for (list, number) in lists.iter_mut().zip(&all) {
            list.push(point.get(number).cloned().unwrap_or_default());
        }
    }
    let listed = parameters.iter().zip(lists).map(|(p, list)| Parameter { domain: Domain::List(list), ..p.clone() });
    Some(named(listed.collect()))
}

fn number_to_parameter(text: &mut Text) {
    let mut out = Template::default();
    for piece in std::mem::take(&mut text.0.0) {
        match piece {
            Piece::JobIndex => out.0.push(Piece::Param(ParamNo(0))),
            Piece::JobName => {
                out.push_text("j");
                out.0.push(Piece::Param(ParamNo(0)));
            }
            Piece::Text(text) => out.push_text(&text),
            other => out.0.push(other),
        }
    }
    text.0 = out;
}

/// Whether a document says a domain by rule or as a list.
fn sayable(domain: &Domain) -> bool {
    match domain {
        Domain::Integers { from, step, count } => {
            let most = 1 << 52;
            count.checked_mul(step.unsigned_abs()).is_some_and(|far| far < most) && from.abs() < 1 << 52 && *count > 0
        }
        Domain::List(values) => !values.is_empty() && values.iter().all(|value| !value.contains('\0')),
        _ => false,
    }
}

/// Gives markers, and makes lists of what has no rule in the dialect.
fn named(mut parameters: Vec<Parameter>) -> Sweep {
    let count = parameters.first().map_or(0, |p| p.domain.len());
    let last = parameters.len().saturating_sub(1);
    let dirac = parameters.len() != 1 || parameters.iter().all(|p| p.name == PLAIN || p.name == COUNTER);
    let mut sweep = Sweep { style: if dirac { Style::Dirac } else { Style::Glite }, ..Sweep::default() };
    for (number, parameter) in parameters.iter_mut().enumerate() {
        let key = match sweep.style {
            Style::Dirac if parameter.name == PLAIN => format!("%{PLAIN}"),
            Style::Dirac
                if parameter.name == COUNTER
                    && number == last
                    && counter(count).as_ref() == Some(&parameter.domain) =>
            {
                format!("%{COUNTER}")
            }
            Style::Dirac => {
                let word = parameter.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                let new = word
                    && !parameter.name.is_empty()
                    && !sweep.names.contains_key(&parameter.name.to_ascii_lowercase());
                if !new {
                    parameter.name = format!("parameter_{}", number + 1);
                }
                parameter.name.to_ascii_lowercase()
            }
            _ => GLITE_NAME.to_string(),
        };
        let ruled = match parameter.domain {
            Domain::Integers { step, .. } => step > 0 || dirac && step != 0,
            _ => false,
        };
        if !ruled {
            let values = (0..parameter.domain.len()).map(|at| parameter.domain.text(at).into_owned());
            parameter.domain = Domain::List(values.take(MOST_LISTED as usize).collect());
        }
        sweep.names.insert(key, ParamNo(number as u16));
    }
    sweep.parameters = parameters;
    sweep
}

/// Whether no literal text looks like a marker, and all values are listed.
fn fits(rest: &mut Rest, sweep: &Sweep) -> bool {
    let mut good =
        sweep.parameters.iter().all(|p| p.domain.len() == sweep.parameters.first().map_or(0, |f| f.domain.len()));
    let Some(job) = rest.left.jobs.first_mut() else { return false };
    let mut literal = |text: &str| {
        good &= match sweep.style {
            Style::None => true,
            Style::Glite => !text.contains("_PAR") && !text.contains("PARAM"),
            Style::Dirac => !["%s", "%n", "%("].iter().any(|sign| text.contains(sign)),
        };
    };
    job.texts(&mut |text| {
        for piece in &text.0.0 {
            if let Piece::Text(text) = piece {
                literal(text);
            }
        }
    });
    good
}

/// Makes holes that JDL has no marker for texts of their own.
fn plain_only(rest: &mut Rest, sweep: &Sweep) {
    for job in 0..rest.left.jobs.len() {
        let marked = |piece: &Piece| matches!(piece, Piece::Param(p) if sweep.names.values().any(|known| known == p));
        rest.spell_holes(job, "JDL has no marker for it", marked);
    }
}

/// The attributes of a sweep.
pub(super) fn lines(sweep: &Sweep) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let count = sweep.parameters.first().map_or(0, |p| p.domain.len());
    if sweep.style == Style::Dirac && !sweep.names.contains_key(&format!("%{PLAIN}")) {
        lines.push(("Parameters".to_string(), count.to_string()));
    }
    for (number, parameter) in sweep.parameters.iter().enumerate() {
        let key = sweep.names.iter().find(|(_, p)| usize::from(p.0) == number).map_or("", |(key, _)| key);
        if key == format!("%{COUNTER}") {
            continue;
        }
        let suffix =
            if key == GLITE_NAME || key.starts_with('%') { String::new() } else { format!(".{}", parameter.name) };
        match &parameter.domain {
            Domain::Integers { from, step, count } => {
                // gLite's number is a bound that is not reached, DIRAC's is how many there are.
                let last = i128::from(*from) + i128::from(*count).saturating_sub(1) * i128::from(*step);
                let number = if sweep.style == Style::Glite { last + 1 } else { i128::from(*count) };
                if suffix.is_empty() {
                    lines.push(("Parameters".to_string(), number.to_string()));
                }
                lines.push((format!("ParameterStart{suffix}"), from.to_string()));
                lines.push((format!("ParameterStep{suffix}"), step.to_string()));
            }
            domain => {
                let values: Vec<String> = (0..domain.len()).map(|at| printed(&domain.text(at))).collect();
                lines.push((format!("Parameters{suffix}"), super::print::list(&values)));
            }
        }
    }
    lines
}
