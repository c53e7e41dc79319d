//! Submission: an experiment as written becomes one whose values are fixed, and is compiled before it is accepted.

use pelago_describe::found_words;
use pelago_job::{Digest, Domain, Experiment, Input, ParamNo, Parameter, Role, Step};
use pelago_plan::Plan;
use pelago_wire::message::{Refusal, Submit};
use std::path::Path;
use std::sync::Arc;

/// An experiment that can be run.
pub struct Ready {
    /// With globs and random values resolved, and files that stand as words of commands among the inputs.
    pub experiment: Experiment,
    /// Compiled.
    pub plan: Plan,
    /// Digest of the experiment as written and its directory.
    pub same: Digest,
    /// Things to know.
    pub notices: Vec<String>,
}

/// Resolves and compiles a submission.
pub fn prepare(submit: &Submit) -> Result<Ready, Refusal> {
    let bad = |what: String| Refusal { what, hint: None, code: 2 };
    let written = serde_json::to_vec(&submit.experiment).map_err(|e| bad(e.to_string()))?;
    let same = Digest::of_parts([&written[..], submit.root.as_os_str().as_encoded_bytes()]);
    let mut experiment = submit.experiment.clone();
    for number in 0..experiment.parameters.len() {
        resolve(&mut experiment, ParamNo(number as u16), &submit.root)?;
    }
    let mut notices = take_found_words(&mut experiment, &submit.root);
    let plan = Plan::compile(Arc::new(experiment.clone())).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        bad(lines.join("\n"))
    })?;
    notices.extend(plan.warnings().iter().map(ToString::to_string));
    Ok(Ready { experiment, plan, same, notices })
}

fn resolve(experiment: &mut Experiment, number: ParamNo, root: &Path) -> Result<(), Refusal> {
    let seed = Digest::of(format!("{:?}", experiment.parameters[number.0 as usize]).as_bytes());
    let parameter = &mut experiment.parameters[number.0 as usize];
    let list = match &parameter.domain {
        Domain::Random { from, to, count, integer } => draw(&seed, *from, *to, *count, *integer),
        Domain::Glob(patterns) => {
            let found = glob(patterns, root);
            if found.is_empty() {
                return Err(Refusal {
                    what: format!(
                        "parameter `{}`: no file matches {} in {}",
                        parameter.name,
                        patterns.join(" "),
                        root.display()
                    ),
                    hint: Some("check the pattern; it is relative to the experiment directory".to_string()),
                    code: 2,
                });
            }
            found
        }
        _ => return Ok(()),
    };
    parameter.domain = Domain::List(list);
    Ok(())
}

/// Values that follow from the parameter's declaration alone, so that the same plan draws the same values again.
fn draw(seed: &Digest, from: f64, to: f64, count: u64, integer: bool) -> Vec<String> {
    (0..count)
        .map(|position| {
            let bits = Digest::of_parts([&seed.0[..], &position.to_le_bytes()]).0;
            let word = u64::from_le_bytes([bits[0], bits[1], bits[2], bits[3], bits[4], bits[5], bits[6], bits[7]]);
            // 53 bits: a uniform number in [0, 1).
            let unit = (word >> 11) as f64 / (1u64 << 53) as f64;
            let value = from + (to - from) * unit;
            if integer { format!("{}", value.floor() as i64) } else { format!("{value}") }
        })
        .collect()
}

/// Replaces patterns by the files below the experiment directory that match; one that matches none stays.
pub fn look_up_files(parameters: &mut [Parameter], root: &Path) {
    for parameter in parameters {
        let Domain::Glob(patterns) = &parameter.domain else { continue };
        let found = glob(patterns, root);
        if !found.is_empty() {
            parameter.domain = Domain::List(found);
        }
    }
}

/// The names below a directory that match a pattern, in order.
///
/// # Errors
/// The pattern leads out of the directory, matches too much, or a directory cannot be read.
pub fn matching(pattern: &str, root: &Path) -> Result<Vec<String>, pelago_stage::StageError> {
    let found = pelago_stage::expand_glob(root, pattern)?;
    Ok(found.into_iter().map(|path| path.as_path().to_string_lossy().into_owned()).collect())
}

/// Names of files below the experiment directory that match, in order.
pub fn glob(patterns: &[String], root: &Path) -> Vec<String> {
    let mut found: Vec<String> =
        patterns.iter().flat_map(|pattern| matching(pattern, root).unwrap_or_default()).collect();
    found.sort();
    found.dedup();
    found
}

/// Files of the experiment directory that stand as words of a command become inputs, and that is said.
fn take_found_words(experiment: &mut Experiment, root: &Path) -> Vec<String> {
    if experiment.in_place {
        return Vec::new();
    }
    let mut taken: Vec<String> = Vec::new();
    for (group, name) in found_words(experiment) {
        let Some(literal) = name.as_literal() else { continue };
        let Some(group) = experiment.groups.get_mut(group.0 as usize) else { continue };
        // The root start task may make what the others read; a digest of what it makes would never be the same.
        if matches!(group.role, Role::RootStart) {
            continue;
        }
        // Where a task runs among other files its words are those files.
        if matches!(group.steps.first(), Some(Step::Within(_))) {
            continue;
        }
        let known = group.inputs.iter().any(|input| input.name == name)
            || group.outputs.iter().any(|output| output.name == name);
        if known || !root.join(&literal).is_file() {
            continue;
        }
        group.inputs.push(Input { name, as_name: None, read_only: false, found: true });
        taken.push(literal);
    }
    if taken.is_empty() {
        return Vec::new();
    }
    taken.sort();
    taken.dedup();
    vec![format!("taken as inputs, because they stand in commands: {}", taken.join(", "))]
}
