//! Templates: what all tasks of a group have in common, as a digest and as the components it is made of.
//!
//! DESIGN 5, proof of run: the commands, the programs they start, the inputs that are the same for every task, and the
//! variables that the plan names. Nothing else counts: no time, no path of a state directory, no machine.

use super::digests::Digests;
use pelago_describe::programs;
use pelago_job::{Digest, Experiment, Group, GroupNo};
use pelago_plan::{Plan, Source};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One component of a template: what it is, for people, and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// `commands`, `program ./model`, `input data.csv`, `variable OMP_NUM_THREADS`.
    pub what: String,
    /// Of its content.
    pub digest: Digest,
}

/// A group's template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupTemplate {
    /// Digest of all components.
    pub digest: Option<Digest>,
    /// The components, in a fixed order.
    pub components: Vec<Component>,
}

impl GroupTemplate {
    /// The first component that differs from an earlier template, in words.
    pub fn difference(&self, earlier: &[Component]) -> Option<String> {
        let changed = self.components.iter().find(|component| {
            earlier.iter().find(|e| e.what == component.what).is_some_and(|e| e.digest != component.digest)
        });
        let added = || self.components.iter().find(|c| !earlier.iter().any(|e| e.what == c.what));
        let removed = || earlier.iter().find(|e| !self.components.iter().any(|c| c.what == e.what));
        changed
            .map(|c| format!("{} changed", c.what))
            .or_else(|| added().map(|c| format!("{} is new", c.what)))
            .or_else(|| removed().map(|c| format!("{} is gone", c.what)))
    }
}

/// The template of a group as the world is now.
pub fn of(plan: &Plan, root: &Path, number: GroupNo, digests: &mut Digests) -> GroupTemplate {
    let experiment = plan.experiment();
    let Some(group) = experiment.group(number) else { return GroupTemplate::default() };
    let mut components = vec![Component { what: "commands".to_string(), digest: commands(experiment, group) }];
    for program in programs(group) {
        // A program that is not there now may come with an input; what it is then counts through that input.
        if let Some(made) = resolve(&program, root).and_then(|path| digests.of(&path).ok()) {
            components.push(Component { what: format!("program {program}"), digest: made.digest });
        }
    }
    for name in common_inputs(plan, number, group) {
        if let Ok(made) = digests.of(&root.join(&name)) {
            components.push(Component { what: format!("input {name}"), digest: made.digest });
        }
    }
    for name in &experiment.env {
        let value = std::env::var_os(name).unwrap_or_default();
        let digest = Digest::of(value.as_encoded_bytes());
        components.push(Component { what: format!("variable {name}"), digest });
    }
    components.dedup();
    let parts = components.iter().flat_map(|c| [c.what.as_bytes(), &c.digest.0[..]]);
    GroupTemplate { digest: Some(Digest::of_parts(parts)), components }
}

/// Names of inputs that are the same file of the experiment directory for every task.
fn common_inputs(plan: &Plan, number: GroupNo, group: &Group) -> Vec<String> {
    let mut outside = vec![true; group.inputs.len()];
    plan.inputs(number, 0, &mut |input, source| {
        if let Some(outside) = outside.get_mut(input) {
            *outside = matches!(source, Source::Root);
        }
    });
    let inputs = group.inputs.iter().zip(outside);
    inputs.filter(|(_, outside)| *outside).filter_map(|(input, _)| input.name.as_literal()).collect()
}

/// Steps, names and rules, with the parameters by name: what the plan says of the group, less what only limits or retries.
fn commands(experiment: &Experiment, group: &Group) -> Digest {
    let names: Vec<&str> = experiment.parameters.iter().map(|p| p.name.as_str()).collect();
    let outputs: Vec<_> = group.outputs.iter().map(|output| &output.name).collect();
    let said = (&names, &group.steps, &group.inputs, outputs, &group.values, experiment.in_place);
    // Serialisation of these types cannot fail: they hold no maps with keys that are no strings.
    Digest::of(&serde_json::to_vec(&said).unwrap_or_default())
}

/// The file that a command's program word stands for.
fn resolve(program: &str, root: &Path) -> Option<PathBuf> {
    if program.contains('/') {
        let path = root.join(program);
        return path.is_file().then_some(path);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}
