//! Matching: two ads, each with requirements on the other.

use crate::ad::Ad;
use crate::error::Failure;
use crate::eval::{Context, Evaluation};
use crate::name::Name;
use crate::value::Value;
use std::sync::{Arc, LazyLock};

static REQUIREMENTS: LazyLock<Name> = LazyLock::new(|| Name::new("Requirements"));
static RANK: LazyLock<Name> = LazyLock::new(|| Name::new("Rank"));

/// Whether the requirements of each of two ads are true with the other one as `TARGET`.
///
/// Undefined, an error, a text and missing requirements are no match.
///
/// # Errors
///
/// An evaluation that was not finished; it is no match, and the caller may say why.
pub fn matches(a: &Arc<Ad>, b: &Arc<Ad>, context: &Context) -> Result<bool, Failure> {
    let mut evaluation = Evaluation::new(Some(a), Some(b), context);
    both(&mut evaluation)
}

/// Whether the requirements of one ad are true with the other one as `TARGET`, whatever the other requires.
///
/// # Errors
///
/// An evaluation that was not finished.
pub fn accepts(my: &Arc<Ad>, target: &Arc<Ad>, context: &Context) -> Result<bool, Failure> {
    required(&mut Evaluation::new(Some(my), Some(target), context))
}

/// How much an ad likes another one: its `Rank`, a boolean as 0 or 1, and 0 for all that is no number.
///
/// # Errors
///
/// An evaluation that was not finished.
pub fn rank(my: &Arc<Ad>, target: &Arc<Ad>, context: &Context) -> Result<f64, Failure> {
    ranked(&mut Evaluation::new(Some(my), Some(target), context))
}

pub(crate) fn required(evaluation: &mut Evaluation) -> Result<bool, Failure> {
    Ok(evaluation.attribute(&REQUIREMENTS)?.truth() == Some(true))
}

pub(crate) fn ranked(evaluation: &mut Evaluation) -> Result<f64, Failure> {
    let value: Value = evaluation.attribute(&RANK)?;
    Ok(value.as_number().filter(|rank| !rank.is_nan()).unwrap_or(0.0))
}

pub(crate) fn both(evaluation: &mut Evaluation) -> Result<bool, Failure> {
    if !required(evaluation)? {
        return Ok(false);
    }
    evaluation.turn();
    let result = required(evaluation);
    evaluation.turn();
    result
}

/// The names that every match looks at first.
pub(crate) fn first_names() -> [Name; 2] {
    [REQUIREMENTS.clone(), RANK.clone()]
}
