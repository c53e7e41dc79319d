//! Orders: a task's steps with its parameters filled in, and the files it reads with their places.

use crate::naming::output_name;
use pelago_grid::{At, Job, Located};
use pelago_job::{Bytes, Event, FileRef, NameError, Piece, Place, Role, Setting, Step, TaskRef, Template, ValueSource};
use pelago_wire::order::{Order, OrderSetting, OrderStep, OrderValue, StageIn};
use std::path::{Path, PathBuf};

/// What an order is made from.
pub struct Making<'a> {
    /// The job.
    pub job: &'a Job,
    /// The task.
    pub task: TaskRef,
    /// Where files are that other tasks make.
    pub located: &'a [Option<Located>],
    /// How often the task has failed before.
    pub retry: u32,
    /// Where a file of the store is.
    pub store: &'a dyn Fn(FileRef) -> PathBuf,
}

impl Making<'_> {
    /// The order for an attempt.
    pub fn order(&self, attempt: u32, reserved: Option<Bytes>) -> Result<Order, NameError> {
        let (job, task) = (self.job, self.task);
        let experiment = &job.submitted.experiment;
        let Some(group) = experiment.group(task.group) else { return Err(NameError::Overflow) };
        let root = PathBuf::from(&job.submitted.root);
        let within = group.steps.iter().find_map(|step| match step {
            Step::Within(directory) => Some(self.fill(directory).map(|path| root.join(path))),
            _ => None,
        });
        let within = within.transpose()?;
        let in_place =
            experiment.in_place || within.is_some() || matches!(group.role, Role::RootStart | Role::RootFinish);
        let mut env: Vec<(String, String)> = job
            .plan
            .labels(task.group, task.index)
            .into_iter()
            .map(|(name, value)| (format!("NIMROD_VAR_{name}"), value))
            .collect();
        let failed = job.groups.iter().filter(|group| !group.failed.is_empty()).count();
        env.push(("PELAGO_RETRY".to_string(), self.retry.to_string()));
        env.push(("PELAGO_FAILED".to_string(), failed.to_string()));
        let mut inputs = Vec::new();
        if group.role == Role::Event
            && let Some(Some(located)) = self.located.first()
        {
            let name = self.output_name(located.file)?;
            env.push(("FILE".to_string(), name.clone()));
            // The words of `copy` for where it was and where it is now as well: there is no other site yet.
            if let Some((_, _, _, Event::Copy)) = job.plan.event_source(task.group, task.index) {
                env.extend(
                    [("FROM", "node"), ("TO", "root")].map(|(name, value)| (name.to_string(), value.to_string())),
                );
            }
            let from = self.path(located, &root)?;
            inputs.push(StageIn { from, name, read_only: false, expect: Some(located.made) });
        }
        if !in_place || within.is_some() {
            inputs.extend(self.inputs(&root)?);
        }
        let has_node_files = job.with_role(Role::NodeStart).next().is_some();
        Ok(Order {
            task,
            attempt,
            label: task.shown(group),
            in_place,
            within,
            inputs,
            node_files: has_node_files && matches!(group.role, Role::Main | Role::Other | Role::NodeFinish),
            makes_node_files: group.role == Role::NodeStart,
            steps: self.steps(&root)?,
            outputs: group.outputs.iter().map(|output| self.fill(&output.name)).collect::<Result<_, _>>()?,
            values: group
                .values
                .iter()
                .map(|rule| {
                    let file = match &rule.source {
                        ValueSource::Stdout => None,
                        ValueSource::File(name) => Some(self.fill(name)?),
                    };
                    Ok(OrderValue { file, take: rule.take.clone() })
                })
                .collect::<Result<_, NameError>>()?,
            env,
            limits: group.limits,
            reserved,
            root,
        })
    }

    fn fill(&self, template: &Template) -> Result<String, NameError> {
        self.job.plan.fill(self.task.group, self.task.index, template)
    }

    /// Text of a command. What stands for a previous value is empty in the first task of a chain, which has none.
    fn word(&self, template: &Template) -> Result<String, NameError> {
        match self.fill(template) {
            Err(NameError::NoPrevious) => {
                let pieces = template.0.iter().filter(|piece| !matches!(piece, Piece::Prev(_)));
                self.fill(&Template(pieces.cloned().collect()))
            }
            text => text,
        }
    }

    /// Where an input is, if a task makes it. What was located for an event task is the file of its event; all that it
    /// declares as inputs lies in the experiment directory.
    fn located(&self, input: usize) -> Option<Located> {
        match self.job.role(self.task.group) {
            Role::Event => None,
            _ => self.located.get(input).copied().flatten(),
        }
    }

    /// The name of an output of any task of the job.
    fn output_name(&self, file: FileRef) -> Result<String, NameError> {
        output_name(self.job, file)
    }

    fn path(&self, located: &Located, root: &Path) -> Result<PathBuf, NameError> {
        Ok(match located.at {
            At::Store | At::Gone => {
                let stored = (self.store)(located.file);
                // A result may have left for home in the same step in which its event task starts.
                if stored.exists() { stored } else { root.join(self.output_name(located.file)?) }
            }
            At::Earlier(file) => (self.store)(file),
            At::Home => root.join(self.output_name(located.file)?),
        })
    }

    /// Inputs that no `copy` step brings in by itself.
    fn inputs(&self, root: &Path) -> Result<Vec<StageIn>, NameError> {
        let Some(group) = self.job.submitted.experiment.group(self.task.group) else { return Ok(Vec::new()) };
        let mut staged = Vec::new();
        for (number, input) in group.inputs.iter().enumerate() {
            let by_step = group
                .steps
                .iter()
                .any(|step| matches!(step, Step::Copy { from: Place::Root, source, .. } if *source == input.name));
            if by_step {
                continue;
            }
            let name = match self.fill(&input.name) {
                // The first task of a chain has no previous value, and so no such input.
                Err(NameError::NoPrevious) => continue,
                name => name?,
            };
            let located = self.located(number);
            let from = match &located {
                Some(located) => self.path(located, root)?,
                None => root.join(&name),
            };
            if input.found && located.is_none() && !from.exists() {
                continue;
            }
            let name = match &input.as_name {
                Some(other) => self.fill(other)?,
                None => name,
            };
            let expect = located.map(|located| located.made);
            staged.push(StageIn { from, name, read_only: input.read_only, expect });
        }
        Ok(staged)
    }

    fn steps(&self, root: &Path) -> Result<Vec<OrderStep>, NameError> {
        let Some(group) = self.job.submitted.experiment.group(self.task.group) else { return Ok(Vec::new()) };
        let mut steps = Vec::new();
        for step in &group.steps {
            match step {
                Step::Exec { program, argv, search_path, at } => steps.push(OrderStep::Exec {
                    program: self.word(program)?,
                    argv: argv.iter().map(|arg| self.word(arg)).collect::<Result<_, _>>()?,
                    search_path: *search_path,
                    at: *at,
                }),
                Step::Shell { line, at } => steps.push(OrderStep::Shell { line: self.word(line)?, at: *at }),
                // What the first task of a chain would copy from the one before it is not there.
                Step::Copy { from: Place::Root, source, .. } if self.fill(source) == Err(NameError::NoPrevious) => {}
                Step::Copy { from, source, to, dynamic } => {
                    for (place, target) in to {
                        steps.push(self.copy(root, *from, source, *place, target, *dynamic)?);
                    }
                }
                Step::Substitute { source, target } => steps.push(OrderStep::Substitute {
                    source: self.fill(source)?,
                    target: self.fill(target)?,
                    values: self.job.plan.labels(self.task.group, self.task.index),
                }),
                Step::Redirect { stream, target } => steps.push(OrderStep::Redirect {
                    stream: *stream,
                    target: target.as_ref().map(|(file, append)| Ok((self.fill(file)?, *append))).transpose()?,
                }),
                Step::OnError(what) => steps.push(OrderStep::OnError(*what)),
                Step::Within(_) => {}
                Step::Set(setting) => steps.push(OrderStep::Set(self.setting(setting)?)),
            }
        }
        Ok(steps)
    }

    fn setting(&self, setting: &Setting) -> Result<OrderSetting, NameError> {
        let filled = |template: &Option<Template>| template.as_ref().map(|text| self.word(text)).transpose();
        Ok(match setting {
            Setting::Variable { name, value } => OrderSetting::Variable(self.fill(name)?, filled(value)?),
            Setting::Input(path) => OrderSetting::Input(filled(path)?),
            Setting::Directory(path) => OrderSetting::Directory(filled(path)?),
            Setting::Success(codes) => OrderSetting::Success(codes.clone()),
            Setting::Limit { of, most } => OrderSetting::Limit(*of, *most),
            Setting::AfterFailure(on) => OrderSetting::AfterFailure(*on),
            Setting::Skip(code) => OrderSetting::Skip(*code),
        })
    }

    fn copy(
        &self,
        root: &Path,
        from: Place,
        source: &Template,
        place: Place,
        target: &Template,
        dynamic: bool,
    ) -> Result<OrderStep, NameError> {
        let (name, to) = (self.fill(source)?, self.fill(target)?);
        Ok(match (from, place) {
            (_, Place::Local) => OrderStep::KeepLocal,
            (_, Place::Machine) => OrderStep::CopyOut { from: name, to },
            (Place::Node | Place::Local | Place::Machine, Place::Root) => {
                OrderStep::CopyHome { from: name, to, dynamic }
            }
            (Place::Node | Place::Local | Place::Machine, Place::Node) => {
                OrderStep::CopyWithin { from: name, to, dynamic }
            }
            (Place::Root, _) => {
                let group = self.job.submitted.experiment.group(self.task.group);
                let number = group.and_then(|g| g.inputs.iter().position(|input| input.name == *source));
                let from = match number.and_then(|number| self.located(number)) {
                    Some(located) => self.path(&located, root)?,
                    None => PathBuf::from(name),
                };
                OrderStep::CopyIn { from, to, dynamic }
            }
        })
    }
}
