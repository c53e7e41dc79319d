//! Whether file names stay inside their directory, for all tasks at once.

use crate::column::LISTED;
use crate::error::{PathFault, PlanError};
use crate::projection::Projection;
use crate::shape::{Filling, Part, Shape};
use crate::show;
use crate::spaces::Spaces;
use pelago_job::{NameError, Template};

/// The longest path that Linux takes.
const LONGEST: usize = 4096;

/// What is wrong with one name.
pub(crate) fn fault(name: &str) -> Option<PathFault> {
    if name.is_empty() {
        return Some(PathFault::Empty);
    }
    if name.len() > LONGEST {
        return Some(PathFault::TooLong);
    }
    if name.contains('\0') {
        return Some(PathFault::Nul);
    }
    if name.starts_with('/') {
        return Some(PathFault::Absolute);
    }
    let mut fault = None;
    for part in name.split('/') {
        match part {
            ".." => return Some(PathFault::Parent),
            "" | "." => fault = Some(PathFault::Crooked),
            _ => {}
        }
    }
    fault
}

/// Checks the names of a shape. Values that are clean pieces of a path cannot change what the literal text says;
/// names with other values are filled and looked at.
pub(crate) fn check(spaces: &Spaces, at: usize, template: &Template, shape: &Shape) -> Result<(), PlanError> {
    check_by(spaces, at, template, shape, &fault)
}

/// As [`check`] for a file that is only read and gets a name of its own: it may also be named from the top.
pub(crate) fn check_source(spaces: &Spaces, at: usize, template: &Template, shape: &Shape) -> Result<(), PlanError> {
    check_by(spaces, at, template, shape, &|name| fault(name.strip_prefix('/').unwrap_or(name)))
}

fn check_by(
    spaces: &Spaces,
    at: usize,
    template: &Template,
    shape: &Shape,
    fault: &dyn Fn(&str) -> Option<PathFault>,
) -> Result<(), PlanError> {
    let Some(block) = spaces.blocks.get(at) else { return Ok(()) };
    let refuse = |mut name: String, fault| {
        // Enough to recognise it by.
        let end = (0..=name.len().min(200)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        if end < name.len() {
            name.truncate(end);
            name.push('…');
        }
        PlanError::Escapes { group: spaces.group_name(at).to_string(), name, fault }
    };
    let clean = shape.holes().all(|hole| match &hole.filling {
        Filling::Value { param, .. } => spaces.columns.get(usize::from(param.0)).is_some_and(|column| column.clean),
        _ => true,
    });
    if clean {
        let skeleton: String = shape
            .0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Hole(_) => "x",
            })
            .collect();
        return match fault(&skeleton) {
            Some(fault) => Err(refuse(show::template(&spaces.experiment, template), fault)),
            None => Ok(()),
        };
    }
    let projection = Projection::of(spaces, block, shape);
    if projection.size() > LISTED {
        return Err(PlanError::Undecided {
            question: format!(
                "every name of `{}` stays in its directory",
                show::template(&spaces.experiment, template)
            ),
            count: projection.size(),
            most: LISTED,
            mend: "use values without `.` and `/` at their ends".into(),
        });
    }
    for local in projection.tasks(block, LISTED) {
        match shape.fill(spaces, at, local) {
            Ok(name) => {
                if let Some(fault) = fault(&name) {
                    return Err(refuse(name, fault));
                }
            }
            Err(NameError::NoPrevious) => {}
            Err(error) => {
                let (group, name) = (spaces.group_name(at).to_string(), show::template(&spaces.experiment, template));
                return Err(PlanError::Arithmetic { group, name, error });
            }
        }
    }
    Ok(())
}
