//! A link: an input of one block that some output of a block can satisfy, and for which pairs of tasks it does.

use crate::cut::{Cut, Piece};
use crate::name::Name;
use crate::selection::Selection;
use crate::shape::{Filling, Shape};
use crate::spaces::{Along, Block, Spaces};
use crate::tie::Map;
use pelago_job::ParamNo;

/// Where the writer's value comes from.
#[derive(Clone, Debug)]
pub(crate) enum From {
    /// The name says it for all readers.
    Fixed(u64),
    /// From a value of the reader, or of the task before it in its chain.
    Reader { param: ParamNo, previous: bool, map: Map },
}

/// One value of the writer, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Tie {
    /// The writer's parameter.
    pub param: ParamNo,
    pub from: From,
}

/// How pairs are found.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// By arithmetic on positions.
    Ties(Vec<Tie>),
    /// By filling one name and reading it as the other.
    Names,
}

/// An edge between two blocks by one file name.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub reader: usize,
    pub input: usize,
    pub writer: usize,
    pub output: usize,
    /// The input was found as a word: no edge, but what a task makes is not taken from the experiment directory.
    pub found: bool,
    pub way: Way,
}

/// What [`Link::new`] found out.
pub(crate) enum Found {
    /// No name of the input is a name of the output.
    Nothing,
    /// The holes fit each other, but the values never do.
    Missed(Vec<Tie>),
    /// There are pairs, or there may be.
    Edge(Way),
}

/// All compiled names of a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Per input; `None` for one that can be no file of the plan.
    pub inputs: Vec<Option<Name>>,
    /// Per output.
    pub outputs: Vec<Name>,
}

impl Link {
    /// How an input's shape meets an output's.
    pub fn meet(spaces: &Spaces, reader: &Shape, writer: &Shape) -> Found {
        if reader.apart(writer) {
            return Found::Nothing;
        }
        let pieces = match writer.cut_shape(reader) {
            Cut::Never => return Found::Nothing,
            Cut::No => return Found::Edge(Way::Names),
            Cut::Pieces(pieces) => pieces,
        };
        let mut ties = Vec::new();
        let mut missed = false;
        for (hole, piece) in writer.holes().zip(pieces) {
            let Some((param, _)) = hole.filling.param() else { return Found::Edge(Way::Names) };
            let from = match piece {
                Piece::Literal(text) => match hole.filling.position(spaces, text) {
                    Some(position) => From::Fixed(position),
                    None => return Found::Nothing,
                },
                Piece::Hole(filling) => {
                    let Some((read, previous)) = filling.param() else { return Found::Edge(Way::Names) };
                    let Some(map) = Map::between(spaces, filling, &hole.filling) else {
                        return Found::Edge(Way::Names);
                    };
                    missed |= map.count() == 0;
                    From::Reader { param: read, previous, map }
                }
            };
            ties.push(Tie { param, from });
        }
        if missed { Found::Missed(ties) } else { Found::Edge(Way::Ties(ties)) }
    }

    /// The task of the writing block whose output the reader's input is.
    pub fn source(&self, spaces: &Spaces, names: &[Names], local: u64) -> Option<u64> {
        let (reader, writer) = (&spaces.blocks[self.reader], &spaces.blocks[self.writer]);
        let output = &names[self.writer].outputs[self.output];
        match &self.way {
            Way::Names => {
                let input = names[self.reader].inputs[self.input].as_ref()?;
                let name = input.shape.fill(spaces, self.reader, local).ok()?;
                output.only(spaces, writer, &name)
            }
            Way::Ties(ties) => {
                let mut task = Selection::default();
                for tie in ties {
                    let position = match &tie.from {
                        From::Fixed(position) => *position,
                        From::Reader { param, previous, map } => {
                            let position = match previous {
                                false => spaces.position(reader, local, *param),
                                true => spaces.previous(reader, local, *param),
                            };
                            map.forward(position?)?
                        }
                    };
                    match writer.axis_of(tie.param) {
                        Some(axis) if !task.bind_axis(writer, axis, false, position) => return None,
                        Some(_) => {}
                        None if !task.bind(spaces, writer, tie.param, false, position) => return None,
                        None => {}
                    }
                }
                match writer.rows_axis() {
                    None => Some(task.base()),
                    Some(_) => task.only(spaces, writer, &output.rows),
                }
            }
        }
    }

    /// What is known of the tasks that read a task's file: one selection, or several for names that were listed.
    pub fn readers(
        &self,
        spaces: &Spaces,
        names: &[Names],
        local: u64,
        each: &mut dyn FnMut(&Block, &Name, Selection),
    ) {
        let (reader, writer) = (&spaces.blocks[self.reader], &spaces.blocks[self.writer]);
        let Some(input) = names[self.reader].inputs[self.input].as_ref() else { return };
        match &self.way {
            Way::Names => {
                let output = &names[self.writer].outputs[self.output];
                if let Ok(name) = output.shape.fill(spaces, self.writer, local) {
                    input.read(spaces, reader, &name, &mut |selection| each(reader, input, selection));
                }
            }
            Way::Ties(ties) => {
                let mut selection = Selection::default();
                let bound = ties.iter().all(|tie| {
                    let Some(position) = spaces.position(writer, local, tie.param) else { return false };
                    match &tie.from {
                        From::Fixed(fixed) => *fixed == position,
                        From::Reader { param, previous, map } => map
                            .back(position)
                            .is_some_and(|position| selection.bind(spaces, reader, *param, *previous, position)),
                    }
                });
                if bound {
                    each(reader, input, selection);
                }
            }
        }
    }

    /// In words, where each value of the writer comes from: `main(exprnr, timestep - 1)`.
    pub fn written_by(&self, spaces: &Spaces, names: &[Names]) -> String {
        let writer = &spaces.blocks[self.writer];
        let group = spaces.group_name(self.writer);
        let Way::Ties(ties) = &self.way else { return format!("{group}(by name)") };
        let input = names[self.reader].inputs.get(self.input).and_then(Option::as_ref);
        let output = names[self.writer].outputs.get(self.output);
        let mut values = Vec::new();
        for axis in &writer.axes {
            let Along::Param(param) = axis.along else {
                values.push(spaces.along_name(axis.along));
                continue;
            };
            let tie = ties.iter().find(|tie| tie.param == param);
            values.push(match tie.map(|tie| &tie.from) {
                None => spaces.name(param).to_string(),
                Some(From::Fixed(position)) => {
                    spaces.experiment.parameter(param).map_or(String::new(), |p| p.domain.text(*position).into_owned())
                }
                Some(From::Reader { param: read, previous: true, .. }) => format!("{}.prev", spaces.name(*read)),
                Some(From::Reader { param: read, .. }) => {
                    let filling = |name: Option<&Name>, param: ParamNo| {
                        name?
                            .shape
                            .holes()
                            .map(|h| h.filling.clone())
                            .find(|f| f.param().is_some_and(|(p, _)| p == param))
                    };
                    sum(spaces.name(*read), filling(input, *read), filling(output.map(|o| o as &Name), param))
                }
            });
        }
        if values.is_empty() { group.to_string() } else { format!("{group}({})", values.join(", ")) }
    }
}

/// `t - 1` for a reader's `a*t + b` where the writer says `c*t + d`.
fn sum(name: &str, reader: Option<Filling>, writer: Option<Filling>) -> String {
    let (Some(Filling::Number { a, b, .. }), Some(Filling::Number { a: c, b: d, .. })) = (reader, writer) else {
        return name.to_string();
    };
    let constant = i128::from(b) - i128::from(d);
    let times = if a == 1 { name.to_string() } else { format!("{a}*{name}") };
    let sum = match constant {
        0 => times,
        _ if constant < 0 => format!("{times}-{}", constant.unsigned_abs()),
        _ => format!("{times}+{constant}"),
    };
    if c == 1 { sum } else { format!("({sum})/{c}") }
}
