//! A preview of a group for people: its numbers, its edges in words, and its first task.

use crate::census::Census;
use crate::plan::{Plan, Source};
use crate::show;
use pelago_job::{GroupNo, Role};

/// What a group would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The group's name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// How many tasks it has.
    pub size: u64,
    /// How many chains, and of how many links.
    pub chains: u64,
    /// Links of a chain.
    pub chain_len: u64,
    /// Which tasks wait for which, in words: `main(exprnr, timestep) reads main(exprnr, timestep-1)`.
    pub edges: Vec<String>,
    /// The outputs.
    pub outputs: Vec<OutputPreview>,
    /// The first task.
    pub first: Option<FirstTask>,
}

/// What an output of a group makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputPreview {
    /// The name as written in the plan.
    pub name: String,
    /// How many files; `None` if they are too many to count which are read.
    pub census: Option<Census>,
}

/// The first task of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstTask {
    /// Its label: `main(exprnr=1, timestep=1)`.
    pub label: String,
    /// The files it reads, and the task that makes each; `None` for the experiment directory.
    pub inputs: Vec<(String, Option<String>)>,
    /// Its commands with its values in them.
    pub commands: Vec<String>,
    /// The files it makes.
    pub outputs: Vec<String>,
}

impl Plan {
    /// Previews a group; `None` if there is none with that number.
    pub fn preview(&self, number: GroupNo) -> Option<Preview> {
        let group = self.experiment().group(number)?;
        let outputs = (0u16..)
            .zip(&group.outputs)
            .map(|(output, declared)| OutputPreview {
                name: show::template(self.experiment(), &declared.name),
                census: self.census(number, output),
            })
            .collect();
        Some(Preview {
            name: group.name.clone(),
            role: group.role,
            size: self.size(number),
            chains: self.chains(number),
            chain_len: self.chain_len(number),
            edges: self.edges(number),
            outputs,
            first: self.first(number),
        })
    }

    /// The edges of a group in words, the order of its chains included.
    fn edges(&self, number: GroupNo) -> Vec<String> {
        let mut edges: Vec<String> = Vec::new();
        let Some(group) = self.experiment().group(number) else { return edges };
        for after in &group.after {
            let other = self.experiment().group(after.group).map_or("", |other| other.name.as_str());
            let how = if after.any_end { "have ended, well or not" } else { "have ended well" };
            edges.push(format!("{} runs when all tasks of {other} {how}", group.name));
        }
        for at in self.spaces.of_group.get(usize::from(number.0)).into_iter().flatten() {
            let Some(block) = self.spaces.blocks.get(*at) else { continue };
            let axes: Vec<String> = block.axes.iter().map(|axis| self.spaces.along_name(axis.along)).collect();
            let mine =
                if axes.is_empty() { group.name.clone() } else { format!("{}({})", group.name, axes.join(", ")) };
            if let Some(origin) = block.origin {
                let event = match origin.event {
                    pelago_job::Event::Create => "is made",
                    pelago_job::Event::Copy => "is copied",
                };
                let writer = self.spaces.group_name(origin.block);
                let named = self.spaces.blocks.get(origin.block).and_then(|block| {
                    let output = self.experiment().group(block.group)?.outputs.get(usize::from(origin.output))?;
                    Some(show::template(self.experiment(), &output.name))
                });
                edges.push(format!("{} runs when {} of {writer} {event}", group.name, named.unwrap_or_default()));
            }
            if block.chain_len > 1 {
                let chained: Vec<String> = block
                    .axes
                    .iter()
                    .filter(|axis| axis.chained)
                    .map(|axis| self.spaces.along_name(axis.along))
                    .collect();
                edges.push(format!("{mine} runs in the order of {}", chained.join(", ")));
            }
            for (input, declared) in group.inputs.iter().enumerate().filter(|(_, input)| !input.found) {
                let before = edges.len();
                for link in self.links_of_input(*at, input) {
                    edges.push(format!("{mine} reads {}", link.written_by(&self.spaces, &self.names)));
                }
                let name = show::template(self.experiment(), &declared.name);
                if edges.len() == before {
                    edges.push(format!("{mine} reads {name} from the experiment directory"));
                }
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        edges.retain(|edge| seen.insert(edge.clone()));
        edges
    }

    fn first(&self, number: GroupNo) -> Option<FirstTask> {
        let group = self.experiment().group(number)?;
        (self.size(number) > 0).then_some(())?;
        // Text that has no value for this task is shown as it is written.
        let fill = |template: &pelago_job::Template| {
            self.fill(number, 0, template).unwrap_or_else(|_| show::template(self.experiment(), template))
        };
        let mut inputs = Vec::new();
        self.inputs(number, 0, &mut |input, source| {
            let name = group.inputs.get(input).map(|input| fill(&input.name)).unwrap_or_default();
            let maker = match source {
                Source::Task { group, index, .. } => Some(self.label(group, index)),
                Source::Root => None,
            };
            inputs.push((name, maker));
        });
        Some(FirstTask {
            label: self.label(number, 0),
            inputs,
            commands: group.steps.iter().map(|step| show::step(step, &fill)).collect(),
            outputs: group.outputs.iter().map(|output| fill(&output.name)).collect(),
        })
    }
}
