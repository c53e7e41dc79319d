//! Whether every file has one writer: no two tasks, and no two outputs, make the same name.

use crate::budget::Budget;
use crate::column::LISTED;
use crate::error::{PlanError, Warning};
use crate::link::{Found, From, Link, Names, Way};
use crate::name::Name;
use crate::projection::Projection;
use crate::selection::RowIndex;
use crate::shape::{Filling, Shape};
use crate::show;
use crate::spaces::{Along, Spaces};
use pelago_job::{ParamNo, Template};
use std::collections::{BTreeMap, BTreeSet};

/// Compiles the name of an output, or gives two tasks that would write the same file.
pub(crate) fn output(spaces: &Spaces, at: usize, template: &Template, shape: Shape) -> Result<Name, PlanError> {
    let block = &spaces.blocks[at];
    let mut name = Name::new(spaces, block, shape);
    if let Some((one, other, mend)) = unnamed_axis(spaces, at, &name) {
        return Err(same(spaces, at, &name.shape, one, other, mend));
    }
    if let Some((one, other)) = repeated_value(spaces, at, &name.shape) {
        let mend = "give every value once, or name the output by a parameter that differs".to_string();
        return Err(same(spaces, at, &name.shape, one, other, mend));
    }
    let one_to_one = name.shape.holes().all(|hole| match &hole.filling {
        Filling::Other { one_to_one, params, .. } => *one_to_one || covered(&name.shape, params),
        _ => true,
    });
    if name.shape.is_separated() && one_to_one && !has_doubtful_rows(spaces, at, &name.shape) {
        return Ok(name);
    }
    let projection = Projection::of(spaces, block, &name.shape);
    if projection.size() > LISTED {
        let shown = show::template(&spaces.experiment, template);
        return Err(PlanError::Undecided {
            question: format!("two tasks write the same file `{shown}`"),
            count: projection.size(),
            most: LISTED,
            mend:
                "put a separator that no value contains between the parameters, and use arithmetic of the form a*t + b"
                    .into(),
        });
    }
    for local in projection.tasks(block, LISTED) {
        if let Err(error) = name.shape.fill(spaces, at, local) {
            let (group, name) = (spaces.group_name(at).to_string(), show::template(&spaces.experiment, template));
            return Err(PlanError::Arithmetic { group, name, error });
        }
    }
    name.list(spaces, at);
    match name.listed_twice() {
        Some((one, other)) => {
            let mend = "put a separator that no value contains between the parameters".to_string();
            Err(same(spaces, at, &name.shape, one, other, mend))
        }
        None => Ok(name),
    }
}

/// Two tasks of a block that copy to the same place, which no output names. That is allowed: plans of other systems do it, where
/// all copies are alike.
pub(crate) fn copy(spaces: &Spaces, at: usize, target: &Template) -> Option<Warning> {
    let name = Name::new(spaces, &spaces.blocks[at], Shape::of(spaces, at, target).ok()?);
    let (one, other, mend) = unnamed_axis(spaces, at, &name)?;
    Some(Warning::SameCopy {
        first: spaces.label(at, one),
        second: spaces.label(at, other),
        name: name.shape.fill(spaces, at, one).unwrap_or_default(),
        mend: mend.replace("the output's name", "its name"),
    })
}

/// Whether all parameters of other arithmetic stand in the name by themselves as well.
fn covered(shape: &Shape, params: &[ParamNo]) -> bool {
    let named: BTreeSet<ParamNo> =
        shape.holes().filter_map(|hole| hole.filling.param()).map(|(param, _)| param).collect();
    shape.has_index() || params.iter().all(|param| named.contains(param))
}

fn same(spaces: &Spaces, at: usize, shape: &Shape, one: u64, other: u64, mend: String) -> PlanError {
    PlanError::SameFile {
        first: spaces.label(at, one),
        second: spaces.label(at, other),
        name: shape.fill(spaces, at, one).unwrap_or_default(),
        mend,
    }
}

/// Two tasks that differ along an axis which the name does not mention.
fn unnamed_axis(spaces: &Spaces, at: usize, name: &Name) -> Option<(u64, u64, String)> {
    let block = &spaces.blocks[at];
    if name.shape.has_index() {
        return None;
    }
    let params = name.shape.params();
    for (number, axis) in block.axes.iter().enumerate().filter(|(_, axis)| axis.len > 1) {
        match axis.along {
            Along::Param(param) if !block.params_of(number).any(|param| params.contains(&(param, false))) => {
                let mend = format!("put `${{{}}}` into the output's name", spaces.name(param));
                return Some((0, axis.stride, mend));
            }
            Along::Param(_) => {}
            Along::Rows => {
                let index = RowIndex::new(spaces, block, params.iter().map(|(param, _)| *param));
                if let Some((one, other)) = index.twice(spaces) {
                    let mend =
                        "put the variables of the jobs block that differ into the output's name, and list no row twice";
                    return Some((one * axis.stride, other * axis.stride, mend.to_string()));
                }
            }
        }
    }
    None
}

/// Two tasks whose values of one parameter have the same text, or the same number where arithmetic is all that shows it.
fn repeated_value(spaces: &Spaces, at: usize, shape: &Shape) -> Option<(u64, u64)> {
    let block = &spaces.blocks[at];
    let shows = |param: ParamNo| {
        shape.holes().any(|hole| matches!(&hole.filling, Filling::Value { param: p, .. } if *p == param))
    };
    let named = shape.params();
    let axes = block.axes.iter().enumerate().filter(|(_, axis)| !shape.has_index() && axis.len > 1);
    axes.filter(|(_, axis)| axis.along != Along::Rows).find_map(|(number, axis)| {
        // Of those that advance together one that never repeats is enough.
        let params = block.params_of(number).filter(|param| named.contains(&(*param, false)));
        let repeats = params.map(|param| {
            let column = spaces.columns.get(usize::from(param.0))?;
            let numbers = if shows(param) { None } else { column.same_number };
            column.twice.or(numbers)
        });
        let (one, other) = repeats.reduce(Option::and)??;
        Some((one * axis.stride, other * axis.stride))
    })
}

/// Whether rows that differ in positions can have the same texts, since a variable lists a value twice.
fn has_doubtful_rows(spaces: &Spaces, at: usize, shape: &Shape) -> bool {
    let variables = spaces.experiment.rows.as_ref().map_or(0, |rows| rows.variables);
    spaces.blocks[at].rows_axis().is_some()
        && shape.params().iter().filter(|(param, _)| param.0 < variables).any(|(param, _)| {
            let column = spaces.columns.get(usize::from(param.0));
            column.is_some_and(|column| column.twice.is_some() || column.same_number.is_some())
        })
}

/// Looks for two outputs that can make the same name.
pub(crate) fn across(spaces: &Spaces, names: &[Names], errors: &mut Vec<PlanError>) {
    let mut budget = Budget::new();
    if let Err(error) = compare_all(spaces, names, &mut budget, errors) {
        errors.push(error);
    }
}

/// Adds what it finds to `errors`; fails when the budget is used up.
fn compare_all(
    spaces: &Spaces,
    names: &[Names],
    budget: &mut Budget,
    errors: &mut Vec<PlanError>,
) -> Result<(), PlanError> {
    let mut literals: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut shaped: Vec<(usize, usize)> = Vec::new();
    for (at, block_names) in names.iter().enumerate() {
        for (number, name) in block_names.outputs.iter().enumerate() {
            let Some(text) = name.shape.literal() else {
                shaped.push((at, number));
                continue;
            };
            if let Some(other) = literals.insert(text, (at, number)) {
                errors.push(coincide(spaces, names, (other, 0), ((at, number), 0)));
            }
        }
    }
    for (number, (at, output)) in shaped.iter().enumerate() {
        let name = &names[*at].outputs[*output];
        for (text, other) in crate::compile::under_prefix(&literals, &name.shape) {
            budget.spend(if name.is_readable() { 1 } else { LISTED })?;
            if let Some(local) = task_named(spaces, *at, name, text) {
                errors.push(coincide(spaces, names, (*other, 0), ((*at, *output), local)));
            }
        }
        for other in &shaped[number + 1..] {
            budget.spend(1)?;
            if let Err(error) = pair(spaces, names, (*at, *output), *other, budget) {
                errors.push(error);
            }
        }
    }
    Ok(())
}

fn task_named(spaces: &Spaces, at: usize, name: &Name, text: &str) -> Option<u64> {
    let block = &spaces.blocks[at];
    if name.is_readable() {
        return name.only(spaces, block, text);
    }
    let projection = Projection::of(spaces, block, &name.shape);
    projection.tasks(block, LISTED).find(|local| name.shape.fill(spaces, at, *local).is_ok_and(|filled| filled == text))
}

type Which = (usize, usize);

fn pair(spaces: &Spaces, names: &[Names], one: Which, other: Which, budget: &mut Budget) -> Result<(), PlanError> {
    let name = |which: Which| &names[which.0].outputs[which.1];
    if name(one).shape.apart(&name(other).shape) {
        return Ok(());
    }
    // The one to list, and the one to read its names with.
    let size = |which: Which| Projection::of(spaces, &spaces.blocks[which.0], &name(which).shape).size();
    let readable = |which: Which| name(which).is_readable();
    budget.spend(size(one).min(LISTED).saturating_add(size(other).min(LISTED)))?;
    let (listed, read) = match (readable(one), readable(other)) {
        (true, true) if size(one) < size(other) => (one, other),
        (true, true) => (other, one),
        (true, false) => (other, one),
        (false, true) => (one, other),
        (false, false) => (one, other),
    };
    let undecided = |count| PlanError::Undecided {
        question: format!(
            "`{}` and `{}` can write the same file",
            spaces.group_name(one.0),
            spaces.group_name(other.0)
        ),
        count,
        most: LISTED,
        mend: "begin the names of the outputs with different words".into(),
    };
    if !readable(read) {
        return list_both(spaces, names, one, other, undecided(size(one).saturating_add(size(other))));
    }
    let block = &spaces.blocks[listed.0];
    for local in Projection::of(spaces, block, &name(listed).shape).tasks(block, LISTED) {
        let Ok(text) = name(listed).shape.fill(spaces, listed.0, local) else { continue };
        if let Some(same) = name(read).only(spaces, &spaces.blocks[read.0], &text) {
            return Err(coincide(spaces, names, (listed, local), (read, same)));
        }
    }
    if size(listed) <= LISTED {
        return Ok(());
    }
    match Link::meet(spaces, &name(listed).shape, &name(read).shape) {
        Found::Nothing | Found::Missed(_) => Ok(()),
        Found::Edge(Way::Ties(ties)) if disjoint(&ties) => Ok(()),
        Found::Edge(_) => Err(undecided(size(listed))),
    }
}

/// Whether two fixed values or single pairs contradict each other; a conservative answer.
fn disjoint(ties: &[crate::link::Tie]) -> bool {
    let mut fixed: BTreeMap<ParamNo, u64> = BTreeMap::new();
    ties.iter().any(|tie| match tie.from {
        From::Fixed(position) => fixed.insert(tie.param, position).is_some_and(|other| other != position),
        From::Reader { .. } => false,
    })
}

fn list_both(
    spaces: &Spaces,
    names: &[Names],
    one: Which,
    other: Which,
    undecided: PlanError,
) -> Result<(), PlanError> {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for (which, second) in [(one, false), (other, true)] {
        let block = &spaces.blocks[which.0];
        let shape = &names[which.0].outputs[which.1].shape;
        let projection = Projection::of(spaces, block, shape);
        if projection.size() > LISTED {
            return Err(undecided);
        }
        for local in projection.tasks(block, LISTED) {
            let Ok(text) = shape.fill(spaces, which.0, local) else { continue };
            if !second {
                seen.insert(text, local);
            } else if let Some(first) = seen.get(&text) {
                return Err(coincide(spaces, names, (one, *first), (other, local)));
            }
        }
    }
    Ok(())
}

fn coincide(spaces: &Spaces, names: &[Names], one: (Which, u64), other: (Which, u64)) -> PlanError {
    let shown = |which: Which| {
        let group = spaces.blocks.get(which.0).and_then(|block| spaces.experiment.group(block.group));
        group
            .and_then(|group| group.outputs.get(which.1))
            .map_or(String::new(), |o| show::template(&spaces.experiment, &o.name))
    };
    let (one, other) = if one.0 <= other.0 { (one, other) } else { (other, one) };
    let ((first, local), (second, _)) = (one, other);
    PlanError::SameName {
        first: spaces.label(one.0.0, one.1),
        second: spaces.label(other.0.0, other.1),
        name: names[first.0].outputs[first.1].shape.fill(spaces, first.0, local).unwrap_or_default(),
        written: Box::new([shown(first), shown(second)]),
    }
}
