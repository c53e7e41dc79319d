//! The work of grounding one document: what is left to honour, what was made of the rest, what was refused.

use super::ends::Ends;
use super::periodic::Limits;
use super::requirements::Request;
use super::space::Renumbered;
use super::{Ground, Grounded, Note, Refusal};
use crate::loss::{leaves, tree};
use pelago_job::description::{Edge, Text};
use pelago_job::{Bytes, Description, Experiment, Expr, Group, GroupNo, Millis, Parameter, Piece, Role, Template};
use std::collections::{BTreeMap, BTreeSet};

/// A document that is being grounded.
pub(super) struct Work<'a> {
    pub ground: &'a Ground<'a>,
    /// What has not been honoured yet; positions in lists stay as they are.
    pub left: Description,
    /// The description's parameters.
    pub parameters: Vec<Parameter>,
    pub experiment: Experiment,
    pub refusals: Vec<Refusal>,
    pub notes: Vec<Note>,
    /// Names of files that jobs of the document read, with `*` for holes: what is made under such a name is an edge.
    pub read: BTreeSet<String>,
    /// Jobs that run at the very end, whatever happened.
    pub finals: BTreeSet<usize>,
    /// How many nodes of a category may run at a time.
    pub throttles: BTreeMap<String, u32>,
    /// Priorities of jobs that have one, by number; the others have 0.
    pub priorities: BTreeMap<usize, f64>,
    /// What expressions about the ends of jobs were found to say, by [`super::life::Life::key`].
    pub ends: BTreeMap<String, Option<Ends>>,
    /// What periodic policies were found to say, likewise.
    pub limits: BTreeMap<String, Result<Limits, String>>,
}

/// One job that is being grounded.
pub(super) struct JobWork {
    /// Its number, for pointers.
    pub number: usize,
    /// What has not been honoured yet.
    pub left: pelago_job::Job,
    pub numbers: Renumbered,
    pub group: Group,
    /// What it asks for in numbers.
    pub request: Request,
    /// Where its tasks run, if not in an empty directory of their own; empty for the document's directory.
    pub within: Option<Template>,
    /// The directory of the document that it came from, where that is another one: its paths begin there.
    pub home: Option<Template>,
    /// Where its relative paths of streams begin; the document's directory if absent.
    pub base: Option<Template>,
    /// Where the file systems are that it declares.
    pub filesystems: std::collections::BTreeMap<String, Template>,
    /// Names in the working directory that files are brought to.
    pub brought: BTreeSet<String>,
    /// Files that entries send somewhere: streams that are these go nowhere else.
    pub going: BTreeSet<String>,
    /// Files whose content is for whoever submits to see.
    pub shown: BTreeSet<String>,
    /// Variables that the command before has set for itself, as they are for all others.
    pub again: Vec<pelago_job::Setting>,
    /// Other names at home for new files that nothing lists.
    pub renamed: Vec<(String, String)>,
    /// Whether files that nothing names stay where they are.
    pub keeps_files: bool,
    /// Whether files go home only when the job ended well, where its language would send them anyhow.
    pub only_good: bool,
    /// Processors that it asks for.
    pub cpus: Option<u64>,
    /// How many threads each process is told to use.
    pub threads: Option<pelago_job::Setting>,
    /// Limits that its resources set.
    pub limits: Vec<pelago_job::Setting>,
    /// What it has inside its containers, if it runs in any.
    pub inside: Option<super::container::Inside>,
    /// Whether it has nothing to do.
    pub idle: bool,
    /// Whether a script comes after it that decides how it ended.
    pub ends_anyhow: bool,
    /// Whether inputs come only after a script that may make them.
    pub late: bool,
}

impl JobWork {
    /// A pointer to a part of the job.
    pub fn part(&self, part: &str) -> String {
        format!("/jobs/{}{part}", self.number)
    }

    /// Sets a limit of run time, if there is none that is shorter.
    pub fn at_most(&mut self, limit: Millis) {
        let before = &mut self.group.limits.walltime;
        *before = Some(before.map_or(limit, |before| before.min(limit)));
    }

    /// Sets a limit of memory, if there is none that is less.
    pub fn uses_at_most(&mut self, limit: Bytes) {
        let before = &mut self.group.limits.memory;
        *before = Some(before.map_or(limit, |before| before.min(limit)));
    }
}

impl<'a> Work<'a> {
    pub fn new(description: &Description, ground: &'a Ground<'a>) -> Self {
        let mut left = description.clone();
        let parameters = std::mem::take(&mut left.parameters);
        let name = left.name.take().filter(|name| !name.trim().is_empty());
        let experiment = Experiment {
            name: name.unwrap_or_else(|| ground.name.to_string()),
            parameters: Vec::new(),
            rows: None,
            groups: Vec::new(),
            env: std::mem::take(&mut left.proof_variables),
            in_place: false,
        };
        left.description = None;
        // None at all would never end; DAGMan takes it for no limit.
        let throttles = std::mem::take(&mut left.throttles).into_iter().filter_map(|throttle| {
            let most = throttle.most.filter(|most| *most >= 1.0)?;
            Some((throttle.category?, most.min(f64::from(u32::MAX)) as u32))
        });
        let throttles = throttles.collect();
        let (refusals, notes) = (Vec::new(), Vec::new());
        let (read, finals) = (BTreeSet::new(), BTreeSet::new());
        let priorities = BTreeMap::new();
        let (ends, limits) = (BTreeMap::new(), BTreeMap::new());
        Self {
            ground,
            left,
            parameters,
            experiment,
            refusals,
            notes,
            read,
            finals,
            throttles,
            priorities,
            ends,
            limits,
        }
    }

    /// Grounds everything.
    pub fn all(mut self) -> Result<Grounded, Vec<Refusal>> {
        if !self.left.queries.is_empty() && self.left.jobs.is_empty() {
            self.left.queries.clear();
            self.refuse("/queries", "the document asks for information and runs nothing", "`pelago check` reads it");
        } else if self.left.jobs.is_empty() && self.refusals.is_empty() {
            self.refuse("", "the document has no job to run", "");
        }
        self.open_controls();
        self.open_groups();
        self.shared_storage();
        let edges: Vec<Edge> = std::mem::take(&mut self.left.edges);
        self.read = self.names_read();
        for number in 0..self.left.jobs.len() {
            self.job(number);
        }
        self.edges(edges);
        self.leftovers();
        if self.refusals.is_empty() {
            self.order();
            if let Some(main) = self.experiment.groups.first_mut() {
                main.role = Role::Main;
            }
            return Ok(Grounded { experiment: self.experiment, notes: self.notes });
        }
        Err(self.refusals)
    }

    /// Puts groups of a greater priority before others: of what is ready, the group that comes first starts first.
    fn order(&mut self) {
        let of = |number: usize| self.priorities.get(&number).copied().unwrap_or_default();
        let mut order: Vec<usize> = (0..self.experiment.groups.len()).collect();
        order.sort_by(|a, b| of(*b).total_cmp(&of(*a)));
        if order.is_sorted() {
            return;
        }
        let mut places = vec![GroupNo(0); order.len()];
        for (now, before) in order.iter().enumerate() {
            if let Some(place) = places.get_mut(*before) {
                *place = GroupNo(now as u16);
            }
        }
        let mut groups: Vec<Option<Group>> =
            std::mem::take(&mut self.experiment.groups).into_iter().map(Some).collect();
        let moved = order.iter().filter_map(|before| groups.get_mut(*before)?.take());
        self.experiment.groups = moved.collect();
        for group in &mut self.experiment.groups {
            for after in &mut group.after {
                after.group = places.get(usize::from(after.group.0)).copied().unwrap_or(after.group);
            }
        }
    }

    /// Refuses a part. An empty help is none.
    pub fn refuse(&mut self, part: impl Into<String>, what: impl Into<String>, help: impl Into<String>) {
        let help = Some(help.into()).filter(|help| !help.is_empty());
        self.refusals.push(Refusal { part: part.into(), what: what.into(), help });
    }

    /// Notes something.
    pub fn note(&mut self, part: impl Into<String>, what: impl Into<String>) {
        self.notes.push(Note { part: part.into(), what: what.into() });
    }

    /// Whatever was neither honoured nor checked is refused by its name.
    fn leftovers(&mut self) {
        let mut found = Vec::new();
        leaves(&tree(&self.left), &mut String::new(), &mut |part, value| found.push((part.to_string(), value.clone())));
        let mut said = BTreeSet::new();
        for (part, value) in found {
            if let Some((owner, extension)) = self.extension(&part) {
                if !extension.remark && said.insert(owner.clone()) {
                    let (what, help) = super::refusal::unknown(&extension, self.ground.language);
                    self.refuse(owner, what, help);
                }
                continue;
            }
            let (what, help) = super::refusal::leftover(&part, &value);
            self.refuse(part, what, help);
        }
    }

    /// The extension that a part belongs to, with its pointer.
    fn extension(&self, part: &str) -> Option<(String, pelago_job::Extension)> {
        let (before, after) = part.split_once("/extensions/")?;
        let number = after.split('/').next()?;
        let of = match before.strip_prefix("/jobs/") {
            Some(job) => &self.left.jobs.get(job.parse::<usize>().ok()?)?.extensions,
            None => &self.left.extensions,
        };
        Some((format!("{before}/extensions/{number}"), of.get(number.parse::<usize>().ok()?)?.clone()))
    }

    /// A text of a job as a template of the experiment.
    pub fn template(&mut self, job: &JobWork, part: &str, text: Text) -> Template {
        let mut unknown = false;
        let pieces = text.0.0.into_iter().map(|piece| match piece {
            Piece::Param(p) => Piece::Param(renumber(p, &job.numbers, &mut unknown)),
            Piece::Prev(p) => Piece::Prev(renumber(p, &job.numbers, &mut unknown)),
            Piece::Arith(expr) => Piece::Arith(arithmetic(expr, &job.numbers, &mut unknown)),
            other => other,
        });
        let template = Template(pieces.collect());
        if unknown {
            let what = "a text has a parameter that the job does not vary over, so it has no value";
            self.refuse(job.part(part), what, "");
        }
        template
    }

    /// A text that has to be written out; refused if it differs from task to task.
    pub fn literal(&mut self, job: &JobWork, part: &str, text: Text) -> Option<String> {
        let literal = text.as_literal().or_else(|| self.template(job, part, text).as_literal());
        if literal.is_none() {
            let what = format!("{} differs from task to task, which is not possible here", super::refusal::words(part));
            self.refuse(job.part(part), what, "write one document for each value");
        }
        literal
    }

    /// A text that has to be a number.
    pub fn number(&mut self, job: &JobWork, part: &str, text: Text) -> Option<u64> {
        let text = self.literal(job, part, text)?;
        let number = text.trim().parse::<f64>().ok().filter(|n| n.fract() == 0.0 && (0.0..1e15).contains(n));
        if number.is_none() {
            let what = format!("{} `{text}` is no whole number", super::refusal::words(part));
            self.refuse(job.part(part), what, "");
        }
        number.map(|number| number as u64)
    }
}

fn renumber(p: pelago_job::ParamNo, numbers: &Renumbered, unknown: &mut bool) -> pelago_job::ParamNo {
    numbers.get(&p).copied().unwrap_or_else(|| {
        *unknown = true;
        p
    })
}

/// Arithmetic with other numbers. Readers bound how deep it nests.
fn arithmetic(expr: Expr, numbers: &Renumbered, unknown: &mut bool) -> Expr {
    let mut walk = |expr: Box<Expr>| Box::new(arithmetic(*expr, numbers, unknown));
    match expr {
        Expr::Int(value) => Expr::Int(value),
        Expr::Neg(a) => Expr::Neg(walk(a)),
        Expr::Add(a, b) => Expr::Add(walk(a), walk(b)),
        Expr::Sub(a, b) => Expr::Sub(walk(a), walk(b)),
        Expr::Mul(a, b) => Expr::Mul(walk(a), walk(b)),
        Expr::Div(a, b) => Expr::Div(walk(a), walk(b)),
        Expr::Rem(a, b) => Expr::Rem(walk(a), walk(b)),
        Expr::Param(p) => Expr::Param(renumber(p, numbers, unknown)),
        Expr::Prev(p) => Expr::Prev(renumber(p, numbers, unknown)),
    }
}
