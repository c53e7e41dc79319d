//! The truth about an experiment, found the slow and obvious way: every task is listed, every name is spelled out, and who
//! makes what is looked up in a map of names. Nothing here is shared with `plan`, except the numbering of event tasks.

use pelago_job::name::Values;
use pelago_job::{
    After, Bytes, Digest, Event, Experiment, FileRef, Group, GroupNo, JobId, Made, ParamNo, Role, TaskRef,
};
use pelago_plan::Plan;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Where an input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An output of another task of the job.
    Task(FileRef),
    /// The experiment directory.
    Root,
}

/// An input of a task.
#[derive(Clone, Debug)]
pub struct Need {
    /// Its number within the group's inputs.
    pub input: usize,
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// One task.
#[derive(Clone, Debug)]
pub struct Task {
    /// What it is for.
    pub role: Role,
    /// Group and values, the same in every job of the experiment.
    pub label: String,
    /// What it reads.
    pub needs: Vec<Need>,
    /// The task before it in its chain.
    pub before: Option<TaskRef>,
    /// The groups that it comes after.
    pub after: Vec<After>,
    /// Names of what it makes.
    pub outputs: Vec<String>,
    /// For a task of an event: the file and what happens to it.
    pub event: Option<(FileRef, Event)>,
}

/// All tasks of a job.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// The tasks.
    pub tasks: BTreeMap<TaskRef, Task>,
    /// Who reads a file; event tasks apart.
    pub readers: BTreeMap<FileRef, Vec<TaskRef>>,
    /// The event tasks of a file.
    pub events: BTreeMap<FileRef, Vec<TaskRef>>,
}

struct At<'a> {
    experiment: &'a Experiment,
    group: &'a Group,
    index: u64,
}

impl At<'_> {
    fn values(&self, index: u64) -> BTreeMap<ParamNo, String> {
        let mut rest = index;
        let mut values = BTreeMap::new();
        for param in self.group.parameters.iter().chain(&self.group.seqameters).rev() {
            let Some(parameter) = self.experiment.parameter(*param) else { continue };
            let count = parameter.domain.len().max(1);
            values.insert(*param, parameter.domain.text(rest % count).into_owned());
            rest /= count;
        }
        values
    }
}

impl Values for At<'_> {
    fn text(&self, param: ParamNo) -> Cow<'_, str> {
        Cow::Owned(self.values(self.index).remove(&param).unwrap_or_default())
    }

    fn previous(&self, param: ParamNo) -> Option<Cow<'_, str>> {
        if self.index.is_multiple_of(length(self.experiment, &self.group.seqameters)) {
            return None;
        }
        self.values(self.index - 1).remove(&param).map(Cow::Owned)
    }

    fn number(&self) -> u64 {
        self.index + 1
    }
}

fn length(experiment: &Experiment, params: &[ParamNo]) -> u64 {
    params.iter().filter_map(|param| experiment.parameter(*param)).map(|p| p.domain.len()).product()
}

impl Truth {
    /// Lists an experiment as a job.
    pub fn of(job: JobId, experiment: &Experiment, plan: &Plan) -> Self {
        let mut truth = Self::default();
        let mut makers = BTreeMap::new();
        for (number, group) in experiment.groups.iter().enumerate() {
            let number = GroupNo(number as u16);
            if group.role == Role::Event {
                continue;
            }
            let chain = length(experiment, &group.seqameters);
            for index in 0..length(experiment, &group.parameters) * chain {
                let at = At { experiment, group, index };
                let me = TaskRef { job, group: number, index };
                let fill = |template: &pelago_job::Template| template.fill(&at).unwrap_or_default();
                let outputs: Vec<String> = group.outputs.iter().map(|output| fill(&output.name)).collect();
                for (output, name) in outputs.iter().enumerate() {
                    makers.insert(name.clone(), FileRef { task: me, output: output as u16 });
                }
                let task = Task {
                    role: group.role,
                    label: label(group, &at.values(index)),
                    needs: Vec::new(),
                    before: (index % chain > 0).then(|| TaskRef { index: index - 1, ..me }),
                    after: group.after.clone(),
                    outputs,
                    event: None,
                };
                truth.tasks.insert(me, task);
            }
        }
        let tasks: Vec<TaskRef> = truth.tasks.keys().copied().collect();
        for me in tasks {
            let Some(group) = experiment.group(me.group) else { continue };
            let at = At { experiment, group, index: me.index };
            for (input, need) in group.inputs.iter().enumerate() {
                // The first link of a chain has no previous value, and so no such input.
                let Ok(name) = need.name.fill(&at) else { continue };
                let origin = makers.get(&name).map_or(Origin::Root, |file| Origin::Task(*file));
                if let Origin::Task(file) = origin {
                    truth.readers.entry(file).or_default().push(me);
                }
                if let Some(task) = truth.tasks.get_mut(&me) {
                    task.needs.push(Need { input, name, origin });
                }
            }
        }
        truth.list_events(job, experiment, plan);
        truth
    }

    fn list_events(&mut self, job: JobId, experiment: &Experiment, plan: &Plan) {
        for (number, group) in experiment.groups.iter().enumerate().filter(|(_, group)| group.role == Role::Event) {
            let number = GroupNo(number as u16);
            for index in 0..plan.size(number) {
                let Some((maker, place, output, event)) = plan.event_source(number, index) else { continue };
                let file = FileRef { task: TaskRef { job, group: maker, index: place }, output };
                let me = TaskRef { job, group: number, index };
                self.events.entry(file).or_default().push(me);
                let task = Task {
                    role: group.role,
                    label: format!("{} {file:?} {event:?}", group.name),
                    needs: Vec::new(),
                    before: None,
                    after: Vec::new(),
                    outputs: Vec::new(),
                    event: Some((file, event)),
                };
                self.tasks.insert(me, task);
            }
        }
    }

    /// The name of a file.
    pub fn name(&self, file: FileRef) -> &str {
        self.tasks.get(&file.task).and_then(|task| task.outputs.get(file.output as usize)).map_or("", String::as_str)
    }

    /// Whether no task reads a file.
    pub fn is_result(&self, file: FileRef) -> bool {
        !self.readers.contains_key(&file)
    }

    /// Names that must be in the experiment directory.
    pub fn roots(&self) -> impl Iterator<Item = &str> {
        self.tasks
            .values()
            .flat_map(|task| &task.needs)
            .filter(|need| need.origin == Origin::Root)
            .map(|need| need.name.as_str())
    }

    /// The content that a file must have, if all tasks are reproducible.
    pub fn content(&self, file: FileRef, model: u64, root: &BTreeMap<String, Made>) -> Option<Digest> {
        let mut known: BTreeMap<FileRef, Digest> = BTreeMap::new();
        let mut open = vec![file];
        while let Some(next) = open.last().copied() {
            if known.contains_key(&next) {
                open.pop();
                continue;
            }
            let task = self.tasks.get(&next.task)?;
            let mut inputs = Vec::new();
            let before = open.len();
            for need in &task.needs {
                match &need.origin {
                    Origin::Root => inputs.push(root.get(&need.name)?.digest),
                    Origin::Task(maker) => match known.get(maker) {
                        Some(digest) => inputs.push(*digest),
                        None => open.push(*maker),
                    },
                }
            }
            if open.len() == before {
                known.insert(next, made(&task.label, next.output, model, 0, &inputs));
                open.pop();
            }
        }
        known.get(&file).copied()
    }
}

/// What a task makes of its inputs: a digest of all that its output depends on.
pub fn made(label: &str, output: u16, model: u64, salt: u64, inputs: &[Digest]) -> Digest {
    let numbers = [u64::from(output).to_le_bytes(), model.to_le_bytes(), salt.to_le_bytes()].concat();
    Digest::of_parts([label.as_bytes(), &numbers].into_iter().chain(inputs.iter().map(|digest| &digest.0[..])))
}

/// The size of an output: fixed for a task, from a thousand bytes to a hundred thousand.
pub fn size(label: &str, output: u16, outlier: bool) -> Bytes {
    let digest = Digest::of_parts([label.as_bytes(), &output.to_le_bytes(), b"size"]);
    let drawn = u64::from(u16::from_le_bytes([digest.0[0], digest.0[1]]));
    Bytes((1_000 + drawn) * if outlier { 4 } else { 1 })
}

fn label(group: &Group, values: &BTreeMap<ParamNo, String>) -> String {
    let values: Vec<&str> = values.values().map(String::as_str).collect();
    format!("{}({})", group.name, values.join(","))
}
