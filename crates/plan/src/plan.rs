//! A plan: what the rest of the grid asks about the tasks of an experiment.

use crate::compile::{Compiled, compile};
use crate::error::{PlanError, Warning};
use crate::link::{Link, Names};
use crate::name::Name;
use crate::selection::{RowIndex, Selection};
use crate::spaces::{Block, Spaces};
use crate::task::TaskValues;
use pelago_job::{Event, Experiment, GroupNo, NameError, ParamNo, Template};
use std::sync::Arc;

/// Where an input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An output of a task.
    Task {
        /// The task's group.
        group: GroupNo,
        /// Its index in the group.
        index: u64,
        /// Which of its outputs.
        output: u16,
    },
    /// The experiment directory.
    Root,
}

/// A compiled experiment.
///
/// Groups and indices that do not exist have no tasks: sizes are 0, texts empty, options `None`, and nothing is called back.
/// No question lists the space of a group; questions about one task take time in proportion to its inputs or readers.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) spaces: Spaces,
    pub(crate) names: Vec<Names>,
    pub(crate) links: Vec<Link>,
    /// Links of each input of each block, in the order in which they are tried.
    by_input: Vec<Vec<Vec<usize>>>,
    /// Links that read each output of each block.
    pub(crate) by_output: Vec<Vec<Vec<usize>>>,
    warnings: Vec<Warning>,
}

impl Plan {
    /// Compiles an experiment whose patterns and random values have been replaced by lists.
    ///
    /// # Errors
    /// Everything that is wrong with it, as far as it can be told at once.
    pub fn compile(experiment: Arc<Experiment>) -> Result<Self, Vec<PlanError>> {
        let Compiled { spaces, names, links, warnings } = compile(experiment)?;
        let mut by_input: Vec<Vec<Vec<usize>>> = names.iter().map(|n| vec![Vec::new(); n.inputs.len()]).collect();
        let mut by_output: Vec<Vec<Vec<usize>>> = names.iter().map(|n| vec![Vec::new(); n.outputs.len()]).collect();
        for (number, link) in links.iter().enumerate() {
            by_input[link.reader][link.input].push(number);
            if !link.found {
                by_output[link.writer][link.output].push(number);
            }
        }
        Ok(Self { spaces, names, links, by_input, by_output, warnings })
    }

    /// A plan of nothing, for a job that was refused.
    pub fn empty() -> Self {
        let experiment = Experiment {
            name: String::new(),
            parameters: Vec::new(),
            rows: None,
            groups: Vec::new(),
            env: Vec::new(),
            in_place: false,
        };
        let spaces = Spaces {
            experiment: Arc::new(experiment),
            columns: Vec::new(),
            blocks: Vec::new(),
            of_group: Vec::new(),
            sizes: Vec::new(),
        };
        let (names, links, warnings) = (Vec::new(), Vec::new(), Vec::new());
        Self { spaces, names, links, by_input: Vec::new(), by_output: Vec::new(), warnings }
    }

    /// The experiment.
    pub fn experiment(&self) -> &Arc<Experiment> {
        &self.spaces.experiment
    }

    /// What is legal but surely not meant.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// How many tasks a group has.
    pub fn size(&self, group: GroupNo) -> u64 {
        self.spaces.sizes.get(usize::from(group.0)).copied().unwrap_or(0)
    }

    /// How many tasks of a group wait for no other in a chain: its size divided by [`Plan::chain_len`].
    pub fn chains(&self, group: GroupNo) -> u64 {
        self.size(group) / self.chain_len(group)
    }

    /// How many tasks a chain of a group has; 1 for a group without seqameters and for event groups.
    /// Task `chain * chain_len + step` waits for the task with the index before it, unless `step` is 0.
    pub fn chain_len(&self, group: GroupNo) -> u64 {
        let first = self.spaces.of_group.get(usize::from(group.0)).and_then(|blocks| blocks.first());
        first.and_then(|at| self.spaces.blocks.get(*at)).map_or(1, |block| block.chain_len.max(1))
    }

    /// The tasks of all groups together.
    pub fn total(&self) -> u64 {
        self.spaces.sizes.iter().fold(0, |sum, size| sum.saturating_add(*size))
    }

    /// The positions of a task's values in the domains of its parameters, in the order of its space.
    pub fn positions(&self, group: GroupNo, index: u64) -> impl Iterator<Item = (ParamNo, u64)> + '_ {
        self.spaces
            .locate(group, index)
            .and_then(|(at, local)| Some((self.spaces.blocks.get(at)?, local)))
            .into_iter()
            .flat_map(|(block, local)| self.spaces.positions(block, local))
    }

    /// A task's values, for templates.
    pub fn values(&self, group: GroupNo, index: u64) -> TaskValues<'_> {
        let (at, local) = self.spaces.locate(group, index).unwrap_or((usize::MAX, index));
        TaskValues::of(&self.spaces, at, local)
    }

    /// The text of a template for a task.
    ///
    /// # Errors
    /// Arithmetic without a result, or a previous value that the first task of a chain does not have.
    pub fn fill(&self, group: GroupNo, index: u64, template: &Template) -> Result<String, NameError> {
        template.fill(&self.values(group, index))
    }

    /// The names and values of a task's parameters, in the order of its space.
    pub fn labels(&self, group: GroupNo, index: u64) -> Vec<(String, String)> {
        self.positions(group, index)
            .filter_map(|(param, position)| {
                let parameter = self.spaces.experiment.parameter(param)?;
                Some((parameter.name.clone(), parameter.domain.text(position).into_owned()))
            })
            .collect()
    }

    /// How people name a task: `main(exprnr=1, timestep=5)`.
    pub fn label(&self, group: GroupNo, index: u64) -> String {
        self.spaces.locate(group, index).map_or(String::new(), |(at, local)| self.spaces.label(at, local))
    }

    /// The task of a group with these values; `None` if there is none, or several since a parameter was left out.
    pub fn index_of<S: AsRef<str>>(&self, group: GroupNo, values: &[(S, S)]) -> Option<u64> {
        let blocks = self.spaces.of_group.get(usize::from(group.0))?;
        // A parameter that never varies may be given or left out, but a block over just these parameters comes first.
        let over = |strict: bool| blocks.iter().find_map(|at| self.index_in(*at, values, strict));
        over(true).or_else(|| over(false))
    }

    fn index_in<S: AsRef<str>>(&self, at: usize, values: &[(S, S)], strict: bool) -> Option<u64> {
        let block = self.spaces.blocks.get(at)?;
        let mut selection = Selection::default();
        let mut params = Vec::new();
        if strict && self.spaces.positions(block, 0).count() != values.len() {
            return None;
        }
        for (name, text) in values {
            let parameters = &self.spaces.experiment.parameters;
            let number = parameters.iter().position(|parameter| parameter.name == name.as_ref())?;
            let param = ParamNo(u16::try_from(number).ok()?);
            let position = self.spaces.columns.get(number)?.position(&parameters.get(number)?.domain, text.as_ref())?;
            let known = match strict {
                true => self.spaces.positions(block, 0).any(|(other, _)| other == param),
                false => self.spaces.knows(block, param),
            };
            (known && selection.bind(&self.spaces, block, param, false, position)).then(|| params.push(param))?;
        }
        let rows = RowIndex::new(&self.spaces, block, params.into_iter());
        (selection.count(&self.spaces, block, &rows) == 1).then_some(())?;
        Some(block.start + selection.only(&self.spaces, block, &rows)?)
    }

    /// For a task of an event group: the task whose file triggers it, which of its outputs that is, and the event.
    pub fn event_source(&self, group: GroupNo, index: u64) -> Option<(GroupNo, u64, u16, Event)> {
        let (at, local) = self.spaces.locate(group, index)?;
        let origin = self.spaces.blocks.get(at)?.origin?;
        let writer = self.spaces.blocks.get(origin.block)?;
        Some((writer.group, writer.start + local, origin.output, origin.event))
    }

    /// The task of event group `event_group` that runs when `event` happens to an output of a task.
    pub fn event_index(
        &self,
        writer: GroupNo,
        index: u64,
        output: u16,
        event: Event,
        event_group: GroupNo,
    ) -> Option<u64> {
        let (at, local) = self.spaces.locate(writer, index)?;
        let blocks = self.spaces.of_group.get(usize::from(event_group.0))?;
        blocks.iter().filter_map(|number| self.spaces.blocks.get(*number)).find_map(|block| {
            let origin = block.origin?;
            (origin.block == at && origin.output == output && origin.event == event).then_some(block.start + local)
        })
    }

    /// All tasks of event groups that run when `event` happens to an output of a task, in the order of the hooks.
    pub fn event_tasks(&self, writer: GroupNo, index: u64, output: u16, event: Event) -> Vec<(GroupNo, u64)> {
        let hooks = self.experiment().group(writer).and_then(|group| group.outputs.get(usize::from(output)));
        let mut tasks = Vec::new();
        for hook in hooks.into_iter().flat_map(|output| &output.hooks).filter(|hook| hook.event == event) {
            // A hook that is written twice runs once.
            let task = self.event_index(writer, index, output, event, hook.group).map(|task| (hook.group, task));
            tasks.extend(task.filter(|task| !tasks.contains(task)));
        }
        tasks
    }

    /// Calls `each` for every input of a task with where it comes from. The task before it in its chain is no input.
    ///
    /// Left out are an input named by a previous value, for the first task of a chain, which has none; and an input
    /// that was only found as a word, if a task makes that file.
    pub fn inputs(&self, group: GroupNo, index: u64, each: &mut dyn FnMut(usize, Source)) {
        let Some((at, local)) = self.spaces.locate(group, index) else { return };
        for number in 0..self.by_input.get(at).map_or(0, Vec::len) {
            if let Some(source) = self.input(at, local, number) {
                each(number, source);
            }
        }
    }

    /// The links that can satisfy an input of a block, in the order in which they are tried.
    pub(crate) fn links_of_input(&self, at: usize, number: usize) -> impl Iterator<Item = &Link> {
        let links = self.by_input.get(at).and_then(|inputs| inputs.get(number));
        links.into_iter().flatten().filter_map(|link| self.links.get(*link))
    }

    /// Where one input of a task of a block comes from.
    pub(crate) fn input(&self, at: usize, local: u64, number: usize) -> Option<Source> {
        let name = self.names.get(at)?.inputs.get(number)?.as_ref()?;
        let block = self.spaces.blocks.get(at)?;
        if name.previous && local.is_multiple_of(block.run) {
            return None;
        }
        for link in self.links_of_input(at, number) {
            let Some(task) = link.source(&self.spaces, &self.names, local) else { continue };
            let writer = self.spaces.blocks.get(link.writer)?;
            let output = u16::try_from(link.output).ok()?;
            return (!link.found).then_some(Source::Task { group: writer.group, index: writer.start + task, output });
        }
        Some(Source::Root)
    }

    /// Calls `each` with every task that reads an output of a task, and the number of the input by which it does.
    /// A task that names the file in two inputs comes twice.
    pub fn readers(&self, group: GroupNo, index: u64, output: u16, each: &mut dyn FnMut(GroupNo, u64, usize)) {
        self.selections(group, index, output, &mut |input, block, name, selection| {
            selection.each(&self.spaces, block, &name.rows, &mut |local| {
                each(block.group, block.start + local, input);
                true
            });
        });
    }

    /// How many calls [`Plan::readers`] would make.
    pub fn reader_count(&self, group: GroupNo, index: u64, output: u16) -> u64 {
        let mut count = 0u64;
        self.selections(group, index, output, &mut |_, block, name, selection| {
            count = count.saturating_add(selection.count(&self.spaces, block, &name.rows));
        });
        count
    }

    fn selections(
        &self,
        group: GroupNo,
        index: u64,
        output: u16,
        each: &mut dyn FnMut(usize, &Block, &Name, Selection),
    ) {
        let Some((at, local)) = self.spaces.locate(group, index) else { return };
        let links = self.by_output.get(at).and_then(|outputs| outputs.get(usize::from(output)));
        for link in links.into_iter().flatten().filter_map(|link| self.links.get(*link)) {
            link.readers(&self.spaces, &self.names, local, &mut |block, name, selection| {
                each(link.input, block, name, selection);
            });
        }
    }

    /// Whether an output of a task is a result: a file that no task reads. What is read is a state.
    pub fn is_result(&self, group: GroupNo, index: u64, output: u16) -> bool {
        self.spaces.locate(group, index).is_some() && self.reader_count(group, index, output) == 0
    }

    /// Whether no task of any group reads any file of this output, so that all of them are results.
    pub fn never_read(&self, group: GroupNo, output: u16) -> bool {
        let blocks = self.spaces.of_group.get(usize::from(group.0));
        blocks.into_iter().flatten().all(|at| {
            self.by_output.get(*at).and_then(|outputs| outputs.get(usize::from(output))).is_none_or(Vec::is_empty)
        })
    }
}
