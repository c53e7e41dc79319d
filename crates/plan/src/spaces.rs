//! The index spaces of all groups: which task has which values, by arithmetic.
//!
//! A space is a product; the last axis varies fastest, and chaining axes come after crossing ones, so a chain is a
//! contiguous run of indices. A group that runs on events has one *block* per output that it is hooked to, which is a
//! copy of that output's space; every other group has a single block.

use crate::column::{Column, DomainFault};
use crate::error::{PlanError, RowsFault};
use pelago_job::{Domain, Event, Experiment, Group, GroupNo, Order, ParamNo, Role};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The largest space: what fits into an index with room to spare.
pub(crate) const LARGEST: u64 = 1 << 40;

/// What an axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Along {
    /// The values of a parameter.
    Param(ParamNo),
    /// The rows of the `jobs` block.
    Rows,
}

/// One factor of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    pub along: Along,
    pub len: u64,
    /// How far the index moves for one step along the axis.
    pub stride: u64,
    /// Whether it is part of the chain.
    pub chained: bool,
}

/// For a block of an event group: the output whose files trigger its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Block of the writers.
    pub block: usize,
    pub output: u16,
    pub event: Event,
}

/// A product of axes; tasks `start .. start + size` of its group.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub group: GroupNo,
    pub start: u64,
    pub size: u64,
    /// Links of a chain; 1 where tasks do not wait for one another.
    pub chain_len: u64,
    /// Indices that share their crossing values: the chain's length, also for event tasks, which form no chains.
    pub run: u64,
    pub axes: Vec<Axis>,
    /// Parameters that advance with the one of an axis ([`Domain::Follow`]), and which axis that is.
    pub followers: Vec<(ParamNo, usize)>,
    pub origin: Option<Origin>,
}

impl Block {
    /// The axis along which a parameter moves.
    pub fn axis_of(&self, param: ParamNo) -> Option<usize> {
        let own = self.axes.iter().position(|axis| axis.along == Along::Param(param));
        own.or_else(|| self.followers.iter().find(|(follower, _)| *follower == param).map(|(_, axis)| *axis))
    }

    /// All parameters that move along an axis of a parameter: that one, then those that follow it.
    pub fn params_of(&self, axis: usize) -> impl Iterator<Item = ParamNo> + '_ {
        let leader = match self.axes.get(axis).map(|axis| axis.along) {
            Some(Along::Param(param)) => Some(param),
            _ => None,
        };
        let followers = self.followers.iter().filter(move |(_, at)| *at == axis).map(|(param, _)| *param);
        leader.into_iter().chain(followers)
    }

    /// The position along an axis.
    pub fn digit(&self, axis: usize, local: u64) -> u64 {
        self.axes.get(axis).map_or(0, |axis| (local / axis.stride) % axis.len)
    }

    /// The axis of the rows.
    pub fn rows_axis(&self) -> Option<usize> {
        self.axes.iter().position(|axis| axis.along == Along::Rows)
    }

    /// The task before this one in its chain.
    pub fn before(&self, local: u64) -> Option<u64> {
        if local.is_multiple_of(self.chain_len) { None } else { local.checked_sub(1) }
    }
}

/// The spaces of one experiment.
#[derive(Clone, Debug)]
pub(crate) struct Spaces {
    pub experiment: Arc<Experiment>,
    pub columns: Vec<Column>,
    pub blocks: Vec<Block>,
    /// Blocks of each group, in the order of their tasks.
    pub of_group: Vec<Vec<usize>>,
    pub sizes: Vec<u64>,
}

impl Spaces {
    /// Lays out the spaces. Parameters in `named` stand in file names.
    pub fn new(experiment: Arc<Experiment>, named: &BTreeSet<ParamNo>) -> Result<Self, Vec<PlanError>> {
        let mut errors = Vec::new();
        let mut columns = Vec::with_capacity(experiment.parameters.len());
        for (number, parameter) in (0u16..).zip(&experiment.parameters) {
            if parameter.domain.is_empty() && !matches!(parameter.domain, Domain::Glob(_)) {
                errors.push(PlanError::EmptyParameter { parameter: parameter.name.clone() });
                continue;
            }
            match Column::new(&parameter.domain, named.contains(&ParamNo(number))) {
                Ok(column) => columns.push(column),
                Err(fault) => errors.push(PlanError::BadParameter { parameter: parameter.name.clone(), fault }),
            }
        }
        if experiment.groups.len() > usize::from(u16::MAX) || experiment.parameters.len() > usize::from(u16::MAX) {
            errors.push(PlanError::TooMany { what: "groups or parameters", most: u64::from(u16::MAX) });
        }
        if let Err(error) = check_rows(&experiment) {
            errors.push(error);
        }
        errors.extend(check_followers(&experiment));
        if !errors.is_empty() {
            return Err(errors);
        }
        let groups = experiment.groups.len();
        let mut spaces = Self {
            experiment,
            columns,
            blocks: Vec::new(),
            of_group: vec![Vec::new(); groups],
            sizes: vec![0; groups],
        };
        let experiment = Arc::clone(&spaces.experiment);
        for (number, group) in (0u16..).zip(&experiment.groups) {
            match spaces.block(GroupNo(number), group) {
                Ok(Some(block)) => spaces.push(block),
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            errors = spaces.hook_events(&experiment);
        }
        if errors.is_empty() { Ok(spaces) } else { Err(errors) }
    }

    fn push(&mut self, block: Block) {
        let group = usize::from(block.group.0);
        if let (Some(size), Some(blocks)) = (self.sizes.get_mut(group), self.of_group.get_mut(group)) {
            *size += block.size;
            blocks.push(self.blocks.len());
            self.blocks.push(block);
        }
    }

    /// The block of a group that does not run on events.
    fn block(&self, number: GroupNo, group: &Group) -> Result<Option<Block>, PlanError> {
        let in_group = |param: &ParamNo| self.experiment.parameter(*param);
        let mut seen = BTreeSet::new();
        for param in group.parameters.iter().chain(&group.seqameters) {
            if in_group(param).is_none() {
                return Err(PlanError::UnknownParameter { group: group.name.clone(), number: param.0 });
            }
            if !seen.insert(*param) {
                return Err(PlanError::ParameterTwice {
                    group: group.name.clone(),
                    parameter: self.name(*param).into(),
                });
            }
        }
        let mut along: Vec<(Along, u64, bool)> = Vec::new();
        match group.role {
            Role::Event => return Ok(None),
            Role::RootStart | Role::NodeStart | Role::NodeFinish | Role::RootFinish => {}
            Role::Main | Role::Other => {
                let covered = self.experiment.rows.as_ref().map_or(0, |rows| rows.variables);
                let used: Vec<ParamNo> = seen.iter().copied().filter(|param| param.0 < covered).collect();
                if let (Some(rows), false) = (&self.experiment.rows, used.is_empty()) {
                    if let Some(missing) = (0..covered).map(ParamNo).find(|param| !group.parameters.contains(param)) {
                        return Err(PlanError::PartOfRows {
                            group: group.name.clone(),
                            missing: self.name(missing).into(),
                            chained: group.seqameters.contains(&missing),
                        });
                    }
                    along.push((Along::Rows, rows.rows.len() as u64, false));
                }
                let follows =
                    |param: &ParamNo| matches!(in_group(param), Some(p) if matches!(p.domain, Domain::Follow { .. }));
                let crossing = group.parameters.iter().filter(|param| param.0 >= covered).map(|param| (param, false));
                let crossing = crossing.filter(|(param, _)| !follows(param));
                for (param, chained) in crossing.chain(group.seqameters.iter().map(|param| (param, true))) {
                    let len = in_group(param).map_or(0, |p| p.domain.len());
                    along.push((Along::Param(*param), len, chained));
                }
            }
        }
        if along.len() > 64 {
            return Err(PlanError::TooMany { what: "parameters in one group", most: 64 });
        }
        let too_large = || PlanError::TooLarge {
            group: group.name.clone(),
            factors: along.iter().map(|(along, len, _)| (self.along_name(*along), *len)).collect(),
            most: LARGEST,
        };
        let (mut axes, mut stride, mut chain_len) = (Vec::with_capacity(along.len()), 1u64, 1u64);
        for (along, len, chained) in along.iter().rev() {
            axes.push(Axis { along: *along, len: *len, stride, chained: *chained });
            stride = stride.checked_mul(*len).filter(|size| *size <= LARGEST).ok_or_else(too_large)?;
            if *chained {
                chain_len = stride;
            }
        }
        axes.reverse();
        let axis_of = |leader: ParamNo| axes.iter().position(|axis| axis.along == Along::Param(leader));
        let followers =
            (0u16..).zip(&self.experiment.parameters).filter_map(|(number, parameter)| match parameter.domain {
                Domain::Follow { leader, .. } => Some((ParamNo(number), axis_of(leader)?)),
                _ => None,
            });
        let followers = followers.collect();
        let run = chain_len;
        Ok(Some(Block { group: number, start: 0, size: stride, chain_len, run, axes, followers, origin: None }))
    }

    /// Adds a block to an event group for every output that names it.
    fn hook_events(&mut self, experiment: &Experiment) -> Vec<PlanError> {
        let mut errors = Vec::new();
        for (writer, group) in experiment.groups.iter().enumerate() {
            for (output_no, output) in group.outputs.iter().enumerate() {
                let mut hooked = BTreeSet::new();
                for hook in &output.hooks {
                    if !hooked.insert((hook.group, hook.event)) {
                        continue;
                    }
                    let event_group = experiment.group(hook.group);
                    let fault = match (event_group, group.role) {
                        (None, _) => Some(PlanError::UnknownGroup { group: group.name.clone(), number: hook.group.0 }),
                        (Some(task), _) if task.role != Role::Event => {
                            Some(PlanError::NotAnEventTask { group: group.name.clone(), task: task.name.clone() })
                        }
                        (Some(task), Role::Event) => {
                            Some(PlanError::EventOfEvent { group: group.name.clone(), task: task.name.clone() })
                        }
                        _ => None,
                    };
                    if let Some(fault) = fault {
                        errors.push(fault);
                        continue;
                    }
                    let at = usize::from(hook.group.0);
                    let from = self.of_group.get(writer).and_then(|blocks| blocks.first()).copied();
                    let (Some(from), Ok(output)) = (from, u16::try_from(output_no)) else { continue };
                    let Some(source) = self.blocks.get(from) else { continue };
                    let start = self.sizes.get(at).copied().unwrap_or(0);
                    let block = Block {
                        group: hook.group,
                        start,
                        origin: Some(Origin { block: from, output, event: hook.event }),
                        // Event tasks do not wait for one another.
                        chain_len: 1,
                        ..source.clone()
                    };
                    if start + block.size > LARGEST {
                        errors.push(PlanError::TooLarge {
                            group: event_group.map(|g| g.name.clone()).unwrap_or_default(),
                            factors: vec![("files that trigger it".into(), start.saturating_add(block.size))],
                            most: LARGEST,
                        });
                        continue;
                    }
                    self.push(block);
                }
            }
        }
        for (group, size) in experiment.groups.iter().zip(&self.sizes) {
            if group.role == Role::Event && *size == 0 && errors.is_empty() {
                errors.push(PlanError::NeverRuns { group: group.name.clone() });
            }
        }
        errors
    }

    /// A parameter's name; empty for a number that is none.
    pub fn name(&self, param: ParamNo) -> &str {
        self.experiment.parameter(param).map_or("", |parameter| parameter.name.as_str())
    }

    /// The name of an axis for people.
    pub fn along_name(&self, along: Along) -> String {
        match along {
            Along::Param(param) => self.name(param).to_string(),
            Along::Rows => "jobs".to_string(),
        }
    }

    /// The block of a task, and its index within.
    pub fn locate(&self, group: GroupNo, index: u64) -> Option<(usize, u64)> {
        let blocks = self.of_group.get(usize::from(group.0))?;
        let at = match blocks.as_slice() {
            [only] => *only,
            several => *several.get(several.partition_point(|b| self.blocks[*b].start <= index).checked_sub(1)?)?,
        };
        let block = self.blocks.get(at)?;
        let local = index.checked_sub(block.start)?;
        (local < block.size).then_some((at, local))
    }

    /// The position of a parameter's value for a task of a block.
    pub fn position(&self, block: &Block, local: u64, param: ParamNo) -> Option<u64> {
        if let Some(axis) = block.axis_of(param) {
            return Some(block.digit(axis, local));
        }
        if let (Some(rows), Some(axis)) = (&self.experiment.rows, block.rows_axis())
            && param.0 < rows.variables
        {
            return row_value(rows.rows.get(usize::try_from(block.digit(axis, local)).ok()?)?, param);
        }
        // A parameter with one value has that value everywhere.
        (self.experiment.parameter(param)?.domain.len() == 1).then_some(0)
    }

    /// The position that a chaining parameter had one link before.
    pub fn previous(&self, block: &Block, local: u64, param: ParamNo) -> Option<u64> {
        let axis = block.axis_of(param).filter(|axis| block.axes[*axis].chained)?;
        if local.is_multiple_of(block.run) { None } else { Some(block.digit(axis, local - 1)) }
    }

    /// Whether a parameter has a value for the tasks of a block.
    pub fn knows(&self, block: &Block, param: ParamNo) -> bool {
        block.axis_of(param).is_some()
            || self.experiment.parameter(param).is_some_and(|p| p.domain.len() == 1)
            || (block.rows_axis().is_some() && self.experiment.rows.as_ref().is_some_and(|r| param.0 < r.variables))
    }

    /// The parameters of a block in the order of their axes, with the position of each.
    pub fn positions<'a>(&'a self, block: &'a Block, local: u64) -> impl Iterator<Item = (ParamNo, u64)> + 'a {
        let variables = self.experiment.rows.as_ref().map_or(0, |rows| rows.variables);
        let of_rows = move |axis: &Axis| if axis.along == Along::Rows { 0..variables } else { 0..0 };
        let axes = block.axes.iter().enumerate();
        axes.flat_map(move |(number, axis)| block.params_of(number).chain(of_rows(axis).map(ParamNo)))
            .filter_map(move |param| Some((param, self.position(block, local, param)?)))
    }

    /// How people name a task: `main(exprnr=1, timestep=5)`.
    pub fn label(&self, at: usize, local: u64) -> String {
        let Some(block) = self.blocks.get(at) else { return String::new() };
        let group = self.experiment.group(block.group).map_or("", |group| group.name.as_str());
        let values: Vec<String> = self
            .positions(block, local)
            .filter_map(|(param, position)| {
                let parameter = self.experiment.parameter(param)?;
                Some(format!("{}={}", parameter.name, parameter.domain.text(position)))
            })
            .collect();
        if values.is_empty() { group.to_string() } else { format!("{group}({})", values.join(", ")) }
    }

    /// The name of a block's group.
    pub fn group_name(&self, at: usize) -> &str {
        self.blocks.get(at).and_then(|block| self.experiment.group(block.group)).map_or("", |group| &group.name)
    }
}

/// The entry of a row for a parameter.
pub(crate) fn row_value(row: &[u32], param: ParamNo) -> Option<u64> {
    row.get(usize::from(param.0)).map(|position| u64::from(*position))
}

/// A follower needs a leader that is an axis of its own and has as many values.
fn check_followers(experiment: &Experiment) -> Vec<PlanError> {
    let covered = experiment.rows.as_ref().map_or(0, |rows| rows.variables);
    let fault = |leader: ParamNo, len: u64| match experiment.parameter(leader).map(|p| &p.domain) {
        _ if leader.0 < covered => Some(DomainFault::Astray),
        None | Some(Domain::Follow { .. }) => Some(DomainFault::Astray),
        Some(domain) if domain.len() != len => Some(DomainFault::OutOfStep { leader: domain.len(), own: len }),
        Some(_) => None,
    };
    let fault = |parameter: &pelago_job::Parameter| match &parameter.domain {
        Domain::Follow { leader, walk } => fault(*leader, walk.len()),
        _ => None,
    };
    let parameters = experiment.parameters.iter().filter_map(|p| Some((p.name.clone(), fault(p)?)));
    parameters.map(|(parameter, fault)| PlanError::BadParameter { parameter, fault }).collect()
}

fn check_rows(experiment: &Experiment) -> Result<(), PlanError> {
    let Some(rows) = &experiment.rows else { return Ok(()) };
    let wrong = |row: usize, fault| Err(PlanError::BadRows { row: row + 1, fault });
    let variables = usize::from(rows.variables);
    if variables > experiment.parameters.len() {
        return wrong(0, RowsFault::Width { has: experiment.parameters.len(), wants: variables });
    }
    if rows.rows.is_empty() || rows.variables == 0 {
        return wrong(0, RowsFault::Empty);
    }
    if let Some(chain) = experiment.parameters[..variables].iter().find(|p| p.order == Order::Chain) {
        return wrong(0, RowsFault::Chained { parameter: chain.name.clone() });
    }
    for (number, row) in rows.rows.iter().enumerate() {
        if row.len() != variables {
            return wrong(number, RowsFault::Width { has: row.len(), wants: variables });
        }
        for (position, parameter) in row.iter().zip(&experiment.parameters) {
            if u64::from(*position) >= parameter.domain.len() {
                let (parameter, values) = (parameter.name.clone(), parameter.domain.len());
                return wrong(number, RowsFault::Outside { parameter, position: *position, values });
            }
        }
    }
    Ok(())
}
