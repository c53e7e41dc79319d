//! Designs: experiments of many shapes, drawn from a seed, that can be extended and changed as people do.

use crate::rng::Rng;
use pelago_job::{
    After, Bytes, Domain, Event, Experiment, Expr, Group, GroupNo, Hook, Input, Keep, Limits, Order, Output, ParamNo,
    Parameter, Piece, Role, Template, Throttle,
};

/// The form of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Tasks without files.
    Plain,
    /// Each task makes a result.
    Results,
    /// Chains linked by a state file.
    Chains,
    /// Two seqameters nest into one chain.
    Nested,
    /// Chains without files: linked by their order alone.
    Ordered,
    /// Two groups of chains that read each other's states.
    Coupled,
    /// A second group reads the two outputs of each task of the first.
    Pipeline,
    /// As a pipeline, and one task reads several of the second group's outputs.
    Reduce,
    /// Three groups that come after one another without a file between them.
    Stages,
}

/// An experiment by its numbers.
#[derive(Clone, Debug)]
pub struct Design {
    /// Its form.
    pub shape: Shape,
    /// Values of the crossing parameter.
    pub wide: u64,
    /// Values of the seqameter.
    pub long: u64,
    /// Values of the inner seqameter of a nested chain.
    pub inner: u64,
    /// Whether all tasks of a step read one file of the experiment directory.
    pub common: bool,
    /// Whether chains bring a result home at every link.
    pub reports: bool,
    /// Which events the first output is hooked to.
    pub hooks: Vec<Event>,
    /// Whether there are root start, node start, node finish and root finish tasks.
    pub ends: [bool; 4],
    /// Which states are kept.
    pub keep: Keep,
    /// Whether the first output is kept.
    pub keep_output: bool,
    /// Declared disk of every group.
    pub disk: Option<u64>,
    /// Retries of the main group.
    pub retries: Option<u32>,
    /// Whether main tasks must not run twice by themselves.
    pub once: bool,
    /// Whether groups that read from others also come after them as a whole.
    pub barrier: bool,
}

const WIDE: ParamNo = ParamNo(0);
const LONG: ParamNo = ParamNo(1);
const INNER: ParamNo = ParamNo(2);

impl Design {
    /// Draws a design of at most about `limit` tasks.
    pub fn draw(rng: &mut Rng, limit: u64) -> Self {
        let shapes = [
            Shape::Plain,
            Shape::Results,
            Shape::Chains,
            Shape::Chains,
            Shape::Chains,
            Shape::Nested,
            Shape::Ordered,
            Shape::Coupled,
            Shape::Pipeline,
            Shape::Reduce,
            Shape::Stages,
        ];
        let shape = *rng.pick(&shapes).unwrap_or(&Shape::Plain);
        let tasks = rng.log_uniform(limit);
        let (wide, long, inner) = match shape {
            Shape::Plain | Shape::Results => (tasks, 1, 1),
            Shape::Pipeline | Shape::Reduce | Shape::Stages => ((tasks / 2).max(1), 1, 1),
            Shape::Chains | Shape::Ordered => split(rng, tasks),
            Shape::Coupled => split(rng, (tasks / 2).max(1)),
            Shape::Nested => {
                let (wide, steps, _) = split(rng, tasks);
                let (long, inner, _) = split(rng, steps);
                (wide, long, inner)
            }
        };
        let mut hooks = Vec::new();
        if shape != Shape::Plain && shape != Shape::Ordered && rng.chance(350) {
            hooks = match rng.below(3) {
                0 => vec![Event::Create],
                1 => vec![Event::Copy],
                _ => vec![Event::Create, Event::Copy],
            };
        }
        let keep = match rng.below(6) {
            0 => Keep::Every(rng.within(2, 5)),
            1 => Keep::Auto,
            2 => Keep::All,
            _ => Keep::None,
        };
        Self {
            shape,
            wide,
            long,
            inner,
            common: rng.chance(300),
            reports: rng.chance(200),
            hooks,
            ends: [rng.chance(150), rng.chance(150), rng.chance(150), rng.chance(150)],
            keep,
            keep_output: rng.chance(80),
            disk: None,
            retries: rng.chance(300).then(|| rng.below(4) as u32),
            once: rng.chance(50),
            barrier: rng.chance(250),
        }
    }

    /// The experiment.
    pub fn build(&self) -> Experiment {
        let integers = |name: &str, order, count| Parameter {
            name: name.to_string(),
            label: None,
            order,
            domain: Domain::Integers { from: 1, step: 1, count },
        };
        let mut parameters = vec![integers("p", Order::Cross, self.wide)];
        if self.is_chained() {
            parameters.push(integers("t", Order::Chain, self.long));
        }
        if self.shape == Shape::Nested {
            parameters.push(integers("m", Order::Chain, self.inner));
        }
        let mut groups = self.groups();
        let event = GroupNo(groups.len() as u16);
        if !self.hooks.is_empty() {
            let mut task = Group::new("tell", Role::Event);
            task.limits = Limits { disk: self.disk.map(Bytes), ..Limits::default() };
            groups.push(task);
            if let Some(output) = groups[0].outputs.first_mut() {
                output.hooks = self.hooks.iter().map(|when| Hook { event: *when, group: event }).collect();
            }
        }
        let ends = [Role::RootStart, Role::NodeStart, Role::NodeFinish, Role::RootFinish];
        for (role, name) in ends
            .into_iter()
            .zip(["first", "node", "clear", "last"])
            .zip(self.ends)
            .filter_map(|(end, wanted)| wanted.then_some(end))
        {
            groups.push(Group::new(name, role));
        }
        for group in &mut groups {
            group.limits.disk = self.disk.map(Bytes);
            group.throttle = self.throttle();
        }
        if let Some(main) = groups.first_mut() {
            main.aborts = self.aborts();
        }
        Experiment { name: "drawn".to_string(), parameters, rows: None, groups, env: Vec::new(), in_place: false }
    }

    /// A limit on all tasks together, by the design's own numbers: nothing is drawn for it, so that a seed draws what it
    /// always drew.
    fn throttle(&self) -> Option<Throttle> {
        (self.wide % 8 == 3).then(|| Throttle { name: "few".to_string(), most: 1 + (self.wide / 8 % 2) as u32 })
    }

    /// Ends of the main group that end the whole job, likewise.
    fn aborts(&self) -> Vec<i32> {
        if self.wide % 8 == 5 { vec![3, -11] } else { Vec::new() }
    }

    /// Whether tasks stand in chains.
    pub fn is_chained(&self) -> bool {
        matches!(self.shape, Shape::Chains | Shape::Nested | Shape::Ordered | Shape::Coupled)
    }

    fn groups(&self) -> Vec<Group> {
        let mut main = Group::new("main", Role::Main);
        main.parameters = vec![WIDE];
        main.retries = self.retries;
        main.once = self.once;
        main.keep = self.keep;
        let mut more = Vec::new();
        match self.shape {
            Shape::Plain => {}
            Shape::Results => main.outputs.push(output(name("r", &[here(WIDE)]))),
            Shape::Chains => {
                main.seqameters = vec![LONG];
                main.inputs.push(input(name("s", &[here(WIDE), before(LONG)])));
                main.outputs.push(output(name("s", &[here(WIDE), here(LONG)])));
            }
            Shape::Nested => {
                main.seqameters = vec![LONG, INNER];
                main.inputs.push(input(name("s", &[here(WIDE), Piece::Prev(LONG), Piece::Prev(INNER)])));
                main.outputs.push(output(name("s", &[here(WIDE), here(LONG), here(INNER)])));
            }
            Shape::Ordered => main.seqameters = vec![LONG],
            Shape::Coupled => {
                main.seqameters = vec![LONG];
                main.inputs.push(input(name("a", &[here(WIDE), before(LONG)])));
                main.inputs.push(input(name("o", &[here(WIDE), before(LONG)])));
                main.outputs.push(output(name("a", &[here(WIDE), here(LONG)])));
                let mut ocean = Group::new("ocean", Role::Other);
                ocean.parameters = vec![WIDE];
                ocean.seqameters = vec![LONG];
                ocean.inputs.push(input(name("a", &[here(WIDE), here(LONG)])));
                ocean.inputs.push(input(name("o", &[here(WIDE), before(LONG)])));
                ocean.outputs.push(output(name("o", &[here(WIDE), here(LONG)])));
                more.push(ocean);
            }
            Shape::Pipeline | Shape::Reduce => {
                main.outputs.push(output(name("m", &[here(WIDE)])));
                main.outputs.push(output(name("n", &[here(WIDE)])));
                let mut second = Group::new("second", Role::Other);
                second.parameters = vec![WIDE];
                second.inputs.push(input(name("m", &[here(WIDE)])));
                second.inputs.push(input(name("n", &[here(WIDE)])));
                second.outputs.push(output(name("q", &[here(WIDE)])));
                more.push(second);
                if self.shape == Shape::Reduce {
                    let mut all = Group::new("all", Role::Other);
                    all.inputs = (1..=self.wide.min(5)).map(|p| input(Template::literal(format!("q.{p}")))).collect();
                    all.outputs.push(output(Template::literal("all")));
                    more.push(all);
                }
            }
            Shape::Stages => {
                main.outputs.push(output(name("m", &[here(WIDE)])));
                let mut second = Group::new("second", Role::Other);
                second.parameters = vec![WIDE];
                second.outputs.push(output(name("q", &[here(WIDE)])));
                more.push(second);
                more.push(Group::new("third", Role::Other));
            }
        }
        if self.barrier || self.shape == Shape::Stages {
            for (number, group) in more.iter_mut().enumerate().filter(|_| self.shape != Shape::Coupled) {
                let any_end = self.reports && group.name == "third";
                group.after = vec![After { group: GroupNo(number as u16), any_end }];
            }
        }
        if self.reports && self.is_chained() && self.shape != Shape::Ordered {
            let mut pieces = vec![here(WIDE), here(LONG)];
            if self.shape == Shape::Nested {
                pieces.push(here(INNER));
            }
            main.outputs.push(output(name("report", &pieces)));
        }
        if self.common && self.shape != Shape::Plain {
            let pieces = if self.is_chained() { vec![here(LONG)] } else { vec![here(WIDE)] };
            main.inputs.push(input(name("vf", &pieces)));
        }
        if let Some(output) = main.outputs.first_mut() {
            output.keep = self.keep_output;
        }
        more.insert(0, main);
        more
    }
}

fn split(rng: &mut Rng, tasks: u64) -> (u64, u64, u64) {
    let wide = rng.log_uniform(tasks);
    (wide, (tasks / wide).max(1), 1)
}

fn here(param: ParamNo) -> Piece {
    Piece::Param(param)
}

fn before(param: ParamNo) -> Piece {
    Piece::Arith(Expr::Sub(Box::new(Expr::Param(param)), Box::new(Expr::Int(1))))
}

fn name(stem: &str, pieces: &[Piece]) -> Template {
    let mut template = Template::literal(stem);
    for piece in pieces {
        template.0.push(Piece::Text(".".to_string()));
        template.0.push(piece.clone());
    }
    let mut joined = Template::default();
    for piece in template.0 {
        match piece {
            Piece::Text(text) => joined.push_text(&text),
            other => joined.0.push(other),
        }
    }
    joined
}

fn input(name: Template) -> Input {
    Input { name, as_name: None, read_only: false, found: false }
}

fn output(name: Template) -> Output {
    Output { name, hooks: Vec::new(), keep: false }
}
