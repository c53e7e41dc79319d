//! Compilation: from an experiment to spaces, names and links, or to everything that is wrong with it.

use crate::after;
use crate::budget::Budget;
use crate::column::LISTED;
use crate::distinct;
use crate::error::{PlanError, Warning};
use crate::link::{Found, From, Link, Names, Tie, Way};
use crate::name::Name;
use crate::order;
use crate::path;
use crate::projection::Projection;
use crate::shape::{Filling, Part, Shape};
use crate::show;
use crate::spaces::{Block, Spaces};
use pelago_job::{Experiment, Group, ParamNo, Piece, Place, Role, Step, Template, ValueSource};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What compilation gives.
pub(crate) struct Compiled {
    pub spaces: Spaces,
    pub names: Vec<Names>,
    pub links: Vec<Link>,
    pub warnings: Vec<Warning>,
}

/// Compiles an experiment.
pub(crate) fn compile(experiment: Arc<Experiment>) -> Result<Compiled, Vec<PlanError>> {
    let named: BTreeSet<ParamNo> = experiment
        .groups
        .iter()
        .flat_map(|group| group.inputs.iter().map(|i| &i.name).chain(group.outputs.iter().map(|o| &o.name)))
        .flat_map(Template::params)
        .collect();
    let spaces = Spaces::new(experiment, &named)?;
    let mut errors = Vec::new();
    for at in 0..spaces.blocks.len() {
        check_values(&spaces, at, &mut errors);
    }
    refuse(&mut errors)?;
    let mut names: Vec<Names> = (0..spaces.blocks.len()).map(|at| name_block(&spaces, at, &mut errors)).collect();
    refuse(&mut errors)?;
    distinct::across(&spaces, &names, &mut errors);
    refuse(&mut errors)?;
    let mut warnings: Vec<Warning> = (0..spaces.blocks.len()).flat_map(|at| same_copies(&spaces, at)).collect();
    let links = link_all(&spaces, &mut names, &mut errors, &mut warnings);
    refuse(&mut errors)?;
    errors.extend(after::check(&spaces, &links));
    errors.extend(order::check(&spaces, &names, &links));
    refuse(&mut errors)?;
    Ok(Compiled { spaces, names, links, warnings })
}

fn refuse(errors: &mut Vec<PlanError>) -> Result<(), Vec<PlanError>> {
    // Blocks of one event group repeat what is wrong with it.
    let mut kept: Vec<PlanError> = Vec::new();
    for error in errors.drain(..).take(1000) {
        if !kept.contains(&error) {
            kept.push(error);
        }
    }
    if kept.is_empty() { Ok(()) } else { Err(kept) }
}

/// Every parameter that a text of the group uses must have a value for its tasks.
fn check_values(spaces: &Spaces, at: usize, errors: &mut Vec<PlanError>) {
    let block = &spaces.blocks[at];
    let Some(group) = spaces.experiment.group(block.group) else { return };
    for template in templates(group) {
        for (param, previous) in uses(template) {
            let fine = has_value(spaces, block, param, previous);
            if spaces.experiment.parameter(param).is_none() {
                errors.push(PlanError::UnknownParameter { group: group.name.clone(), number: param.0 });
            } else if !fine {
                errors.push(PlanError::NoValue {
                    group: group.name.clone(),
                    text: show::template(&spaces.experiment, template),
                    parameter: spaces.name(param).into(),
                    previous,
                });
            }
        }
    }
    for output in &group.outputs {
        if uses(&output.name).iter().any(|(_, previous)| *previous) {
            let name = show::template(&spaces.experiment, &output.name);
            errors.push(PlanError::PreviousInOutput { group: group.name.clone(), name });
        }
    }
}

/// Whether the tasks of a block have a value of a parameter, or of the link before.
fn has_value(spaces: &Spaces, block: &Block, param: ParamNo, previous: bool) -> bool {
    match previous {
        true => block.axis_of(param).is_some_and(|axis| block.axes[axis].chained),
        false => spaces.knows(block, param),
    }
}

/// All texts of a group in which parameters can stand. Inputs that were found as words are checked where they are used.
pub(crate) fn templates(group: &Group) -> Vec<&Template> {
    let declared = group.inputs.iter().filter(|input| !input.found);
    declared
        .flat_map(|input| std::iter::once(&input.name).chain(&input.as_name))
        .chain(group.outputs.iter().map(|output| &output.name))
        .chain(group.steps.iter().flat_map(show::templates))
        .chain(group.values.iter().filter_map(|rule| match &rule.source {
            ValueSource::File(name) => Some(name),
            ValueSource::Stdout => None,
        }))
        .collect()
}

/// The parameters of a template, and whether as previous values.
fn uses(template: &Template) -> BTreeSet<(ParamNo, bool)> {
    use pelago_job::Expr;
    let mut found = BTreeSet::new();
    let mut todo: Vec<&Expr> = Vec::new();
    for piece in &template.0 {
        match piece {
            Piece::Param(param) => drop(found.insert((*param, false))),
            Piece::Prev(param) => drop(found.insert((*param, true))),
            Piece::Arith(expr) => todo.push(expr),
            Piece::Text(_) | Piece::JobName | Piece::JobIndex => {}
        }
    }
    while let Some(expr) = todo.pop() {
        match expr {
            Expr::Int(_) => {}
            Expr::Param(param) => drop(found.insert((*param, false))),
            Expr::Prev(param) => drop(found.insert((*param, true))),
            Expr::Neg(a) => todo.push(a),
            Expr::Add(a, b) | Expr::Sub(a, b) | Expr::Mul(a, b) | Expr::Div(a, b) | Expr::Rem(a, b) => {
                todo.extend([a.as_ref(), b.as_ref()]);
            }
        }
    }
    found
}

/// Copies to the experiment directory in which tasks get in each other's way.
fn same_copies(spaces: &Spaces, at: usize) -> Vec<Warning> {
    let Some(group) = spaces.experiment.group(spaces.blocks[at].group) else { return Vec::new() };
    if !matches!(group.role, Role::Main | Role::Other) {
        return Vec::new();
    }
    let copies = group.steps.iter().filter_map(|step| match step {
        Step::Copy { from: Place::Node, source, to, dynamic: false } => Some((source, to)),
        _ => None,
    });
    let targets = copies.flat_map(|(source, to)| {
        to.iter().filter(|(place, _)| *place == Place::Root).filter_map(|(_, target)| target_of(source, target))
    });
    targets.filter_map(|target| distinct::copy(spaces, at, &target)).collect()
}

/// Where a copy comes to lie: in a directory under its own name. Unknown for a pattern.
fn target_of(source: &Template, target: &Template) -> Option<Template> {
    let texts = |template: &Template, held: &[char]| {
        template.0.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains(held)))
    };
    if texts(source, &['*', '?', '[']) {
        return None;
    }
    let text = target.as_literal();
    let into = match target.0.last() {
        _ if text.as_deref() == Some(".") => return Some(source.clone()).filter(|source| !texts(source, &['/'])),
        Some(Piece::Text(text)) => text.ends_with('/'),
        _ => false,
    };
    match into {
        true if texts(source, &['/']) => None,
        true => Some(Template(target.0.iter().chain(&source.0).cloned().collect())),
        false => Some(target.clone()),
    }
}

fn name_block(spaces: &Spaces, at: usize, errors: &mut Vec<PlanError>) -> Names {
    let block = &spaces.blocks[at];
    let mut names = Names::default();
    let Some(group) = spaces.experiment.group(block.group) else { return names };
    if group.outputs.len() > usize::from(u16::MAX) {
        errors.push(PlanError::TooMany { what: "outputs of one task", most: u64::from(u16::MAX) });
        return names;
    }
    for output in &group.outputs {
        let named = Shape::of(spaces, at, &output.name).and_then(|shape| {
            path::check(spaces, at, &output.name, &shape)?;
            distinct::output(spaces, at, &output.name, shape)
        });
        match named {
            Ok(name) => names.outputs.push(name),
            Err(error) => errors.push(error),
        }
    }
    for input in &group.inputs {
        let known = || uses(&input.name).iter().all(|(param, previous)| has_value(spaces, block, *param, *previous));
        let named = match input.found && !known() {
            true => Err(None),
            false => Shape::of(spaces, at, &input.name).map_err(Some).and_then(|shape| {
                match &input.as_name {
                    // With a name of its own in the working directory a file may come from anywhere.
                    Some(_) => path::check_source(spaces, at, &input.name, &shape).map_err(Some)?,
                    None => path::check(spaces, at, &input.name, &shape).map_err(Some)?,
                }
                match shape.other() {
                    Some(arithmetic) if !input.found => Err(Some(PlanError::NotAffine {
                        group: group.name.clone(),
                        name: show::template(&spaces.experiment, &input.name),
                        arithmetic: show::expr(&spaces.experiment, arithmetic),
                        reader: None,
                    })),
                    _ => Ok(Name::new(spaces, block, shape)),
                }
            }),
        };
        match named {
            Ok(name) => names.inputs.push(Some(name)),
            Err(error) => {
                names.inputs.push(None);
                errors.extend(error.filter(|_| !input.found));
            }
        }
    }
    names
}

/// The literal names that begin as all names of a shape do.
pub(crate) fn under_prefix<'a, 'b: 'a, V>(
    literals: &'a BTreeMap<&'b str, V>,
    shape: &Shape,
) -> impl Iterator<Item = (&'b str, &'a V)> + use<'a, 'b, V> {
    let prefix = match shape.0.first() {
        Some(Part::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let from: &str = prefix.as_str();
    let inside: Vec<(&'b str, &'a V)> = literals
        .range::<str, _>((std::ops::Bound::Included(from), std::ops::Bound::Unbounded))
        .map(|(text, value)| (*text, value))
        .take_while(|(text, _)| text.starts_with(from))
        .collect();
    inside.into_iter()
}

fn link_all(
    spaces: &Spaces,
    names: &mut [Names],
    errors: &mut Vec<PlanError>,
    warnings: &mut Vec<Warning>,
) -> Vec<Link> {
    let mut budget = Budget::new();
    let (mut pairs, mut shaped): (Vec<[usize; 4]>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let mut literals: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (at, block_names) in names.iter().enumerate() {
        for (number, name) in block_names.outputs.iter().enumerate() {
            match name.shape.literal() {
                Some(text) => drop(literals.insert(text, (at, number))),
                None => shaped.push((at, number)),
            }
        }
    }
    for (at, block_names) in names.iter().enumerate() {
        for (number, input) in block_names.inputs.iter().enumerate() {
            let Some(input) = input else { continue };
            let fixed: Vec<(usize, usize)> = match input.shape.literal() {
                Some(text) => literals.get(text).into_iter().copied().collect(),
                None => under_prefix(&literals, &input.shape).map(|(_, which)| *which).collect(),
            };
            if let Err(error) = budget.spend((fixed.len() + shaped.len()) as u64) {
                errors.push(error);
                return Vec::new();
            }
            for (writer, output) in fixed.iter().chain(&shaped) {
                // Thousands of pairs that cannot meet are not worth a place.
                if !input.shape.apart(&names[*writer].outputs[*output].shape) {
                    pairs.push([at, number, *writer, *output]);
                }
            }
        }
    }
    let mut links: Vec<Link> = Vec::new();
    let mut missed = Vec::new();
    for [reader, input, writer, output] in pairs {
        let shape_of = |name: &Option<Name>| name.as_ref().map(|name| name.shape.clone());
        let Some(mine) = names.get(reader).and_then(|n| shape_of(n.inputs.get(input)?)) else { continue };
        let way = match Link::meet(spaces, &mine, &names[writer].outputs[output].shape) {
            Found::Nothing => continue,
            Found::Missed(ties) => {
                missed.push((reader, input, writer, output, ties));
                continue;
            }
            Found::Edge(way) => way,
        };
        let group = spaces.experiment.group(spaces.blocks[reader].group);
        let found = group.and_then(|group| group.inputs.get(input)).is_some_and(|input| input.found);
        let link = Link { reader, input, writer, output, found, way };
        match admit(spaces, names, &link, &mut budget) {
            Ok(true) => links.push(link),
            Ok(false) => {}
            Err(error) => errors.push(error),
        }
    }
    for (reader, input, writer, output, ties) in missed {
        if !links.iter().any(|link| link.reader == reader && link.input == input) {
            warnings.extend(missed_warning(spaces, names, (reader, input), (writer, output), &ties));
        }
    }
    links
}

/// Whether a link has a pair of tasks, and may have.
fn admit(spaces: &Spaces, names: &mut [Names], link: &Link, budget: &mut Budget) -> Result<bool, PlanError> {
    let (reader, writer) = (&spaces.blocks[link.reader], &spaces.blocks[link.writer]);
    let (Some(reading), Some(writing)) = (spaces.experiment.group(reader.group), spaces.experiment.group(writer.group))
    else {
        return Ok(false);
    };
    let shown = |template: Option<&Template>| template.map_or(String::new(), |t| show::template(&spaces.experiment, t));
    let input_text = shown(reading.inputs.get(link.input).map(|input| &input.name));
    let output_text = shown(writing.outputs.get(link.output).map(|output| &output.name));
    if matches!(link.way, Way::Names) {
        list_input(spaces, names, link, &input_text)?;
        budget.spend(LISTED.min(reader.size.max(writer.size)))?;
        if let Some(false) = has_pair(spaces, names, link) {
            return Ok(false);
        }
    }
    if link.found {
        return Ok(names[link.writer].outputs[link.output].is_readable());
    }
    if let Some(arithmetic) = names[link.writer].outputs[link.output].shape.other() {
        return Err(PlanError::NotAffine {
            group: writing.name.clone(),
            name: output_text,
            arithmetic: show::expr(&spaces.experiment, arithmetic),
            reader: Some(reading.name.clone()),
        });
    }
    let (file, reader_name, writer_name) = (input_text, reading.name.clone(), writing.name.clone());
    if writing.role == Role::Event {
        return Err(PlanError::FromEvent { reader: reader_name, writer: writer_name, file });
    }
    if reading.role == Role::Event {
        return Err(PlanError::IntoEvent { reader: reader_name, writer: writer_name, file });
    }
    if phase(reading.role) < phase(writing.role) {
        return Err(PlanError::TooEarly { reader: reader_name, writer: writer_name, file });
    }
    let shape = names[link.reader].inputs[link.input].as_ref().map(|name| &name.shape);
    for hole in shape.into_iter().flat_map(Shape::holes) {
        let Some((param, _)) = hole.filling.param() else { continue };
        let Some(column) = spaces.columns.get(usize::from(param.0)) else { continue };
        let number = matches!(hole.filling, Filling::Number { .. });
        if let Some((one, other)) = column.twice.or(if number { column.same_number } else { None }) {
            let text =
                |at| spaces.experiment.parameter(param).map_or(String::new(), |p| p.domain.text(at).into_owned());
            return Err(PlanError::SameValue {
                group: reader_name,
                name: file,
                parameter: spaces.name(param).into(),
                values: Box::new([text(one), text(other)]),
            });
        }
    }
    Ok(true)
}

/// The order in which the kinds of groups run.
fn phase(role: Role) -> u8 {
    match role {
        Role::RootStart => 0,
        Role::NodeStart => 1,
        Role::Main | Role::Other | Role::Event => 2,
        Role::NodeFinish => 3,
        Role::RootFinish => 4,
    }
}

/// Makes an input readable whose holes run into each other.
fn list_input(spaces: &Spaces, names: &mut [Names], link: &Link, shown: &str) -> Result<(), PlanError> {
    let block = &spaces.blocks[link.reader];
    let Some(name) = names[link.reader].inputs[link.input].as_mut() else { return Ok(()) };
    if name.is_readable() {
        return Ok(());
    }
    let size = Projection::of(spaces, block, &name.shape).size();
    if size > LISTED {
        return Err(PlanError::Undecided {
            question: format!("which tasks read the same file as `{shown}`"),
            count: size,
            most: LISTED,
            mend: "put a separator that no value contains between the parameters".into(),
        });
    }
    name.list(spaces, link.reader);
    Ok(())
}

/// Whether any task reads what another makes; `None` if there are too many to look.
fn has_pair(spaces: &Spaces, names: &[Names], link: &Link) -> Option<bool> {
    let input = names[link.reader].inputs[link.input].as_ref()?;
    let output = &names[link.writer].outputs[link.output];
    let (reader, writer) = (&spaces.blocks[link.reader], &spaces.blocks[link.writer]);
    let reading = Projection::of(spaces, reader, &input.shape);
    let writing = Projection::of(spaces, writer, &output.shape);
    if writing.size() <= LISTED && (writing.size() <= reading.size() || !output.is_readable()) {
        return Some(writing.tasks(writer, LISTED).any(|local| {
            let mut any = false;
            if let Ok(name) = output.shape.fill(spaces, link.writer, local) {
                input.read(spaces, reader, &name, &mut |selection| {
                    any |= selection.only(spaces, reader, &input.rows).is_some();
                });
            }
            any
        }));
    }
    if reading.size() <= LISTED && output.is_readable() {
        return Some(reading.tasks(reader, LISTED).any(|local| link.source(spaces, names, local).is_some()));
    }
    None
}

fn missed_warning(
    spaces: &Spaces,
    names: &[Names],
    (reader, input): (usize, usize),
    (writer, output): (usize, usize),
    ties: &[Tie],
) -> Option<Warning> {
    let empty: Vec<&Tie> =
        ties.iter().filter(|tie| matches!(&tie.from, From::Reader { map, .. } if map.count() == 0)).collect();
    let [Tie { param, from: From::Reader { param: read, .. } }] = empty.as_slice() else { return None };
    let input_name = names.get(reader)?.inputs.get(input)?.as_ref()?;
    let output_name = names.get(writer)?.outputs.get(output)?;
    let filling = |name: &Name, param: &ParamNo| {
        name.shape.holes().map(|hole| hole.filling.clone()).find(|f| f.param().is_some_and(|(p, _)| p == *param))
    };
    let (Filling::Number { a, b, .. }, Filling::Number { a: c, b: d, .. }) =
        (filling(input_name, read)?, filling(output_name, param)?)
    else {
        return None;
    };
    let column = spaces.columns.get(usize::from(param.0))?;
    let crate::column::Numbers::Range { step, .. } = column.numbers else { return None };
    // Only a shift by less than a step, on the same grid, is surely a slip.
    let shift = i128::from(b) - i128::from(d);
    if (a, c) != (1, 1) || read != param || shift == 0 || shift.unsigned_abs() >= u128::from(step.unsigned_abs()) {
        return None;
    }
    let name = spaces.name(*param);
    let whole = i128::from(d) + shift.signum() * i128::from(step.unsigned_abs());
    let sign = if whole < 0 { '-' } else { '+' };
    let block = spaces.blocks.get(reader)?;
    let axis = block.axis_of(*param).and_then(|axis| block.axes.get(axis));
    let example =
        input_name.shape.fill(spaces, reader, axis.filter(|a| a.len > 1).map_or(0, |axis| axis.stride)).ok()?;
    let text = |at: usize, template: &dyn Fn(&Group) -> Option<Template>| {
        let group = spaces.experiment.group(spaces.blocks.get(at)?.group)?;
        Some(show::template(&spaces.experiment, &template(group)?))
    };
    Some(Warning::Missed {
        group: spaces.group_name(reader).to_string(),
        input: text(reader, &|group| Some(group.inputs.get(input)?.name.clone()))?,
        output: text(writer, &|group| Some(group.outputs.get(output)?.name.clone()))?,
        example,
        parameter: name.to_string(),
        step,
        mend: format!("$(({name} {sign} {}))", whole.unsigned_abs()),
    })
}
