//! Before a job is printed: which of its parameters UNICORE can sweep, by which names its texts refer to them, and what
//! becomes of all other holes.

use super::draft::Draft;
use super::sweep;
use crate::json::{Out, written_out};
use crate::loss::leaves;
use pelago_job::description::{Space, Texts, Variable};
use pelago_job::{Job, Order, ParamNo, Parameter, Piece, Template, Text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A loop of a workflow around a job, while it is printed.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The parameters that advance together: as the description numbers them, and as they are read back.
    pub parameters: Vec<(ParamNo, ParamNo)>,
    /// Their variables.
    pub names: Vec<String>,
}

/// How many sweeps one job may have.
const MOST: usize = 500;

/// Why a hole is written out.
const WHY: &str = "UNICORE puts values in lines, variables and sources of files only";

/// The sweeps of a space in order, and the size of an array behind them; `None` where UNICORE has no such space.
fn shape(space: &Space, dims: &mut Vec<Vec<ParamNo>>) -> Option<Option<u64>> {
    match space {
        Space::Zip(zip) => {
            dims.push(zip.clone());
            Some(None)
        }
        Space::Times(times) => Some(Some(*times)),
        Space::Product(parts) => {
            let mut times = None;
            for part in parts {
                if times.is_some() {
                    return None;
                }
                times = match part {
                    Space::Zip(zip) => {
                        dims.push(zip.clone());
                        None
                    }
                    Space::Times(count) => Some(*count),
                    _ => return None,
                };
            }
            Some(times)
        }
        _ => None,
    }
}

/// Makes a draft of the job at `out`. `parameters` are those that are printed already; the job's own are added.
pub fn prepare(
    out: &mut Out<'_>,
    mut job: Job,
    originals: &[Parameter],
    around: &[Around],
    parameters: Vec<Parameter>,
) -> Draft {
    let mut open = job.space.is_some() || !around.is_empty();
    job.texts(&mut |text| open |= text.as_literal().is_none());
    if !open {
        return Draft { job, parameters, ..Draft::default() };
    }
    let before = serde_json::to_value(&job).unwrap_or(Value::Null);
    let plan = plan(&job, originals, around, parameters.len());
    let mut draft = Draft { parameters, ..Draft::default() };
    draft.around = around.iter().map(|a| a.parameters.iter().map(|(_, new)| *new).collect()).collect();
    let mut numbers: BTreeMap<ParamNo, ParamNo> = BTreeMap::new();
    for (position, (old, new)) in around.iter().flat_map(|a| a.parameters.iter().enumerate()) {
        let name = around.iter().find(|a| a.parameters.contains(&(*old, *new))).and_then(|a| a.names.get(position));
        draft.names.extend(name.map(|name| (name.clone(), *new)));
        numbers.insert(*old, *new);
    }
    let loops: BTreeSet<ParamNo> = numbers.values().copied().collect();
    let (own, times, supported) = match plan {
        Some((own, times)) => (own, times, true),
        None => {
            // The values of the first task, and the space is lost.
            let point = job.space.as_ref().and_then(|space| space.point(0, originals)).unwrap_or_default();
            job.texts(&mut |text| text.fill(&point, Some(1)));
            (Vec::new(), None, false)
        }
    };
    draft.times = times;
    let mut sources: BTreeSet<ParamNo> = BTreeSet::new();
    for sweep in &own {
        let new = ParamNo(u16::try_from(draft.parameters.len()).unwrap_or(u16::MAX));
        let domain = originals.get(usize::from(sweep.parameter.0)).and_then(|p| sweep::print(&p.domain));
        let Some((_, domain)) = domain else { continue };
        draft.parameters.push(Parameter { name: sweep.name.clone(), label: None, order: Order::Cross, domain });
        draft.sweeps.push(new);
        numbers.insert(sweep.parameter, new);
        match sweep.by {
            By::Parameter { add } => {
                draft.names.insert(sweep.name.clone(), new);
                if add {
                    let name = Some(Text::literal(&*sweep.name));
                    let value = Some(Text::param(sweep.parameter));
                    job.application.parameters.push(Variable { name, value, filesystem: None });
                }
            }
            By::Argument => {}
            By::Source => drop(sources.insert(new)),
        }
    }
    let known = |text: &Text| text.0.0.iter().all(|piece| matches!(piece, Piece::Text(_) | Piece::Param(_)));
    let renumber = |text: &mut Text, allowed: bool| {
        let mut made = Template::default();
        for piece in std::mem::take(&mut text.0.0) {
            match &piece {
                Piece::Text(part) => made.push_text(part),
                Piece::Param(p) => match numbers.get(p) {
                    Some(new) if allowed || loops.contains(new) => made.0.push(Piece::Param(*new)),
                    _ => made.push_text(&format!("${{{}}}", name(originals, *p))),
                },
                other => made.push_text(&Text(Template(vec![other.clone()])).to_string()),
            }
        }
        text.0 = made;
    };
    // Where holes may stand is taken out while all others are written out.
    let mut command = job.application.commands.first_mut().map(std::mem::take).unwrap_or_default();
    let mut lines = (command.executable.take(), std::mem::take(&mut command.arguments), command.shell.take());
    let mut variables = (
        std::mem::take(&mut job.application.parameters),
        std::mem::take(&mut job.application.environment),
        std::mem::take(&mut command.environment),
    );
    let from: Vec<Option<Text>> = job
        .staging
        .iter_mut()
        .map(|file| {
            let uri = &mut file.source.as_mut()?.uri;
            uri.take_if(
                |uri| matches!(uri.0.0[..], [Piece::Param(p)] if numbers.get(&p).is_some_and(|n| sources.contains(n))),
            )
        })
        .collect();
    let has_command = !job.application.commands.is_empty();
    job.texts(&mut |text| renumber(text, false));
    command.texts(&mut |text| renumber(text, false));
    lines.0.texts(&mut |text| renumber(text, known(text)));
    lines.1.texts(&mut |text| renumber(text, known(text)));
    lines.2.texts(&mut |text| renumber(text, known(text)));
    for variable in variables.0.iter_mut().chain(&mut variables.1).chain(&mut variables.2) {
        variable.name.texts(&mut |text| renumber(text, false));
        variable.value.texts(&mut |text| renumber(text, true));
    }
    (command.executable, command.arguments, command.shell) = lines;
    (job.application.parameters, job.application.environment, command.environment) = variables;
    for (file, uri) in job.staging.iter_mut().zip(from) {
        if let (Some(source), Some(mut uri)) = (&mut file.source, uri) {
            renumber(&mut uri, true);
            source.uri = Some(uri);
        }
    }
    if let Some(first) = job.application.commands.first_mut().filter(|_| has_command) {
        *first = command;
    }
    let after = serde_json::to_value(&job).unwrap_or(Value::Null);
    leaves(&after, &mut String::new(), &mut |part, instead| {
        if !part.starts_with("/space") && before.pointer(part) != Some(instead) {
            out.changed(part.trim_start_matches('/'), instead.clone(), WHY);
        }
    });
    draft.job = job;
    if supported {
        let space = draft.space();
        if draft.job.space != space {
            out.changed("space", &space, "UNICORE sweeps over parameters one by one");
        }
        draft.job.space = None;
    } else {
        out.because("space", "UNICORE sweeps over lists and ranges, each by itself");
    }
    // The variables of loops are put in wherever they stand.
    let text = |draft: &Draft, p: ParamNo| draft.name_of(p).map(|name| format!("${{{name}}}")).unwrap_or_default();
    let names: BTreeMap<ParamNo, String> = loops.iter().map(|p| (*p, text(&draft, *p))).collect();
    draft.job.texts(&mut |text| {
        let mut made = Template::default();
        for piece in std::mem::take(&mut text.0.0) {
            match &piece {
                Piece::Text(part) => made.push_text(part),
                Piece::Param(p) if names.contains_key(p) => {
                    made.push_text(names.get(p).map_or("", String::as_str));
                }
                _ => made.0.push(piece),
            }
        }
        text.0 = made;
    });
    draft
}

fn name(originals: &[Parameter], parameter: ParamNo) -> String {
    originals.get(usize::from(parameter.0)).map_or_else(|| parameter.0.to_string(), |p| p.name.clone())
}

/// How a sweep is said.
enum By {
    /// As an application parameter, which has to be added where it is not there.
    Parameter {
        /// Whether it is not there.
        add: bool,
    },
    /// As an argument.
    Argument,
    /// As the source of a file.
    Source,
}

/// One sweep of the job's own.
struct Sweep {
    parameter: ParamNo,
    name: String,
    by: By,
}

/// The sweeps in the order in which they are read back, and the size of an array; `None` where that cannot be said.
fn plan(job: &Job, originals: &[Parameter], around: &[Around], first: usize) -> Option<(Vec<Sweep>, Option<u64>)> {
    let mut dims = Vec::new();
    let times = match &job.space {
        Some(space) => shape(space, &mut dims)?.filter(|times| *times >= 1 && *times <= 1_000_000_000_000_000),
        None => None,
    };
    if let Some(Space::Times(0)) = job.space {
        return None;
    }
    let outside: Vec<Vec<ParamNo>> =
        around.iter().map(|a| a.parameters.iter().map(|(old, _)| *old).collect()).collect();
    let own = match (&job.space, dims.strip_prefix(&outside[..])) {
        (None, _) => &[],
        (Some(_), Some(own)) => own,
        (Some(_), None) => return None,
    };
    let mut left: Vec<ParamNo> = Vec::new();
    for zip in own {
        let [parameter] = zip[..] else { return None };
        let domain = &originals.get(usize::from(parameter.0))?.domain;
        if left.contains(&parameter)
            || sweep::print(domain).is_none()
            || left.len() >= MOST
            || first + left.len() > 60_000
        {
            return None;
        }
        left.push(parameter);
    }
    let mut sweeps: Vec<Sweep> = Vec::new();
    let mut taken: BTreeSet<String> = around.iter().flat_map(|a| a.names.iter().cloned()).collect();
    let variables = job.application.parameters.iter().chain(&job.application.environment);
    taken.extend(variables.filter_map(|v| v.name.as_ref().map(written_out)));
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for variable in &job.application.parameters {
        let (Some(name), Some(value)) = (&variable.name, &variable.value) else { continue };
        let name = written_out(name);
        let [Piece::Param(p)] = value.0.0[..] else { continue };
        if seen.insert(name.clone()) && left.contains(&p) {
            left.retain(|other| *other != p);
            sweeps.push(Sweep { parameter: p, name, by: By::Parameter { add: false } });
        }
    }
    let uses = uses(job);
    let is = |text: &Option<Text>, p: ParamNo| {
        text.as_ref().is_some_and(|t| matches!(t.0.0[..], [Piece::Param(q)] if q == p))
    };
    let (mut arguments, mut files, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for p in left {
        let once = uses.get(&p) == Some(&1);
        let named = name(originals, p);
        let command = job.application.commands.first();
        let argument = command.and_then(|c| c.arguments.iter().position(|argument| is(&argument.text, p)));
        let shell = command.and_then(|c| c.shell.as_ref()).and_then(|line| alone(line, p));
        let comes = job.staging.iter().filter(|file| file.source.is_some());
        let file = comes.clone().position(|file| {
            let source = file.source.as_ref();
            file.target.is_none() && source.is_some_and(|s| is(&s.uri, p)) && file.file.is_some()
        });
        let list = matches!(
            originals.get(usize::from(p.0)).map(|o| sweep::print(&o.domain)),
            Some(Some((_, pelago_job::Domain::List(_))))
        );
        match (file, argument.or(shell)) {
            (Some(file), _) if once && list => files.push((file, p)),
            (_, Some(at)) if once && !crate::bare::is_name(&named) => arguments.push((at, p)),
            _ => others.push((p, named)),
        }
    }
    for (p, named) in others {
        let plain = crate::bare::is_name(&named);
        let mut name = if plain { named } else { "SWEEP".into() };
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        sweeps.push(Sweep { parameter: p, name, by: By::Parameter { add: true } });
    }
    arguments.sort();
    files.sort();
    for (number, (_, parameter)) in arguments.into_iter().enumerate() {
        sweeps.push(Sweep { parameter, name: format!("Arguments/{number}"), by: By::Argument });
    }
    for (number, (_, parameter)) in files.into_iter().enumerate() {
        sweeps.push(Sweep { parameter, name: format!("Imports/{number}"), by: By::Source });
    }
    Some((sweeps, times))
}

/// How often each parameter is used by itself in a job's texts.
fn uses(job: &Job) -> BTreeMap<ParamNo, usize> {
    let mut uses = BTreeMap::new();
    let mut job = job.clone();
    job.texts(&mut |text| {
        for piece in &text.0.0 {
            if let Piece::Param(p) = piece {
                *uses.entry(*p).or_insert(0) += 1;
            } else {
                for p in Template(vec![piece.clone()]).params() {
                    *uses.entry(p).or_insert(0) += 2;
                }
            }
        }
    });
    uses
}

/// Where in a line a hole stands between blanks, so that it can be an argument of its own.
fn alone(line: &Text, parameter: ParamNo) -> Option<usize> {
    let at = line.0.0.iter().position(|piece| *piece == Piece::Param(parameter))?;
    let edge = |piece: Option<&Piece>, fits: fn(&str) -> bool| match piece {
        Some(Piece::Text(text)) => fits(text),
        Some(_) => false,
        None => true,
    };
    let before = at.checked_sub(1).and_then(|at| line.0.0.get(at));
    let one_blank = |text: &str| text.ends_with(' ') && !text.ends_with("  ") && text.len() > 1;
    let blank_after = |text: &str| text.starts_with(' ') && !text.starts_with("  ");
    (before.is_some() && edge(before, one_blank) && edge(line.0.0.get(at + 1), blank_after)).then_some(at)
}
