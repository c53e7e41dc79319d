//! A play: the core on a stage where every question is answered at once, and every action is written down as a word.
//!
//! `main.2` is the launch of task 2 of group `main`; `-main.2` is the deletion of its first output; `>main.2` its delivery;
//! `stop main.2` asks an attempt to stop; `ended Done` is the end of the job.

use pelago_grid::{Action, FreedSpace, Grid, GroupProof, JobState, Record, Submitted, Verdict};
use pelago_job::{
    Bytes, Cause, Digest, Domain, Experiment, Expr, FileRef, GridTime, Group, GroupNo, Hook, Input, JobId, Made,
    Millis, Order, Outcome, Output, ParamNo, Parameter, Piece, Report, Role, TaskRef, Template,
};
use roaring::RoaringTreemap;
use std::collections::VecDeque;

/// The only job of a play.
pub const JOB: JobId = JobId(1);

/// The stage.
pub struct Play {
    pub grid: Grid,
    pub now: GridTime,
    experiment: Experiment,
    pub keep_going: bool,
    pub retries: u32,
    /// Whether tasks are looked up; then `verdicts` answers, and `Run` where it has none.
    pub check: bool,
    pub verdict: Option<fn(TaskRef) -> Verdict>,
    /// Whether deletions and deliveries are confirmed at once.
    pub confirms: bool,
    pub decisions: Vec<Record>,
    /// How long attempts run, in milliseconds.
    pub wall: u64,
}

impl Play {
    /// A stage with two slots, parameters `p` (crossing) and `t` (chaining), and these groups.
    pub fn new(wide: u64, long: u64, groups: Vec<Group>) -> Self {
        let parameter = |name: &str, order, count| Parameter {
            name: name.to_string(),
            label: None,
            order,
            domain: Domain::Integers { from: 1, step: 1, count },
        };
        let experiment = Experiment {
            name: "play".to_string(),
            parameters: vec![parameter("p", Order::Cross, wide), parameter("t", Order::Chain, long)],
            rows: None,
            groups,
            env: Vec::new(),
            in_place: false,
        };
        let mut play = Self {
            grid: Grid::default(),
            now: GridTime(0),
            experiment,
            keep_going: false,
            retries: 0,
            check: false,
            verdict: None,
            confirms: true,
            decisions: Vec::new(),
            wall: 1000,
        };
        play.tell(Record::Opened { slots: 2, gap: Millis(0) });
        play
    }

    pub fn slots(mut self, slots: u32) -> Self {
        self.tell(Record::Opened { slots, gap: Millis(0) });
        self
    }

    pub fn quota(mut self, bytes: u64) -> Self {
        self.tell(Record::Quota { quota: Some(Bytes(bytes)) });
        self
    }

    pub fn keep_going(mut self) -> Self {
        self.keep_going = true;
        self
    }

    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    pub fn submit(&mut self) -> String {
        let submitted = Submitted {
            job: JOB,
            experiment: self.experiment.clone(),
            root: "/experiment".to_string(),
            same: Digest::of(b"play"),
            retries: self.retries,
            keep_going: self.keep_going,
            again: false,
            strict: false,
            wall: 0,
        };
        self.tell(Record::Submitted(Box::new(submitted)))
    }

    pub fn task(&self, name: &str) -> TaskRef {
        let (group, index) = name.split_once('.').unwrap_or((name, "1"));
        let number = self.experiment.groups.iter().position(|g| g.name == group).expect("a group of the play");
        TaskRef { job: JOB, group: GroupNo(number as u16), index: index.parse::<u64>().expect("an index") - 1 }
    }

    pub fn file(&self, name: &str) -> FileRef {
        FileRef { task: self.task(name), output: 0 }
    }

    fn name(&self, task: TaskRef) -> String {
        format!("{}.{}", self.experiment.groups[task.group.0 as usize].name, task.index + 1)
    }

    /// The attempt under way ends well; every output has so many bytes, and the attempt used twice that.
    pub fn done(&mut self, name: &str, bytes: u64) -> String {
        let task = self.task(name);
        let outputs = self.experiment.groups[task.group.0 as usize].outputs.len();
        let mut report = Report::failed(Cause::Cancelled);
        report.outcome = Outcome::Done;
        report.outputs = vec![Made { size: Bytes(bytes), digest: Digest::of(name.as_bytes()) }; outputs];
        report.usage.disk = Bytes(bytes * outputs as u64 * 2);
        report.usage.wall = Millis(self.wall);
        self.report(name, report)
    }

    /// The attempt under way fails.
    pub fn fail(&mut self, name: &str, cause: Cause) -> String {
        self.report(name, Report::failed(cause))
    }

    pub fn report(&mut self, name: &str, report: Report) -> String {
        let task = self.task(name);
        let attempt = self.grid.tasks.get(&task).map_or(0, |row| row.attempt);
        self.tell(Record::Finished { task, attempt, key: None, report: Box::new(report) })
    }

    /// Time passes.
    pub fn wait(&mut self, millis: u64) -> String {
        self.now = self.now.after(Millis(millis));
        self.tell(Record::Tick)
    }

    /// The job is continued.
    pub fn reopen(&mut self) -> String {
        self.tell(Record::Reopened { job: JOB, retries: self.retries, keep_going: self.keep_going })
    }

    /// Something happens; what the core does then, in order.
    pub fn tell(&mut self, fact: Record) -> String {
        let mut said = Vec::new();
        let mut facts = VecDeque::from([fact]);
        while let Some(fact) = facts.pop_front() {
            let mut actions = Vec::new();
            self.grid.apply(self.now, &fact, &mut actions);
            while let Some(decision) = self.grid.decide(self.now) {
                assert_ne!(self.decisions.last(), Some(&decision), "a decision without effect");
                self.grid.apply(self.now, &decision, &mut actions);
                self.decisions.push(decision);
            }
            for action in actions {
                self.act(action, &mut said, &mut facts);
            }
            assert_eq!(self.grid.contradictions(), Vec::<String>::new());
        }
        said.join(" ")
    }

    fn act(&mut self, action: Action, said: &mut Vec<String>, facts: &mut VecDeque<Record>) {
        match action {
            Action::Prove { job, .. } => {
                let proof = GroupProof { template: None, check: self.check, reused: RoaringTreemap::new() };
                let groups = vec![proof; self.experiment.groups.len()];
                facts.push_back(Record::Proved { job, groups, start_first: false });
            }
            Action::Check { task, .. } => {
                let verdict = self.verdict.map_or(Verdict::Run { why: None }, |answer| answer(task));
                facts.push_back(Record::Checked { task, verdict });
            }
            Action::Launch { task, .. } => said.push(self.name(task)),
            Action::Deliver { file, .. } => {
                said.push(format!(">{}", self.name(file.task)));
                if self.confirms {
                    facts.push_back(Record::Delivered { file });
                }
            }
            Action::Delete { file, version } => {
                said.push(format!("-{}", self.name(file.task)));
                if self.confirms {
                    facts.push_back(Record::Freed(FreedSpace::File { file, version }));
                }
            }
            Action::Discard { task, attempt } | Action::DropFailed { task, attempt } => {
                if self.confirms {
                    facts.push_back(Record::Freed(FreedSpace::Attempt { task, attempt }));
                }
            }
            Action::Stop { task, .. } => said.push(format!("stop {}", self.name(task))),
            Action::JobEnded { job } => {
                let state = self.grid.job(job).map(|job| job.state.clone());
                said.push(match state {
                    Some(JobState::Stuck(_)) => "ended Stuck".to_string(),
                    Some(state) => format!("ended {state:?}"),
                    None => "ended".to_string(),
                });
            }
            Action::Collect { .. } | Action::DeliverHome { .. } => {}
        }
    }
}

/// A group over `p`.
pub fn sweep(name: &str, role: Role) -> Group {
    let mut group = Group::new(name, role);
    group.parameters = vec![ParamNo(0)];
    group
}

/// A group of chains over `p` and `t`, linked by a state: `s.p.t` from `s.p.(t-1)`.
pub fn chains() -> Group {
    let mut group = sweep("main", Role::Main);
    group.seqameters = vec![ParamNo(1)];
    let before = Piece::Arith(Expr::Sub(Box::new(Expr::Param(ParamNo(1))), Box::new(Expr::Int(1))));
    group.inputs = vec![input("s", &[Piece::Param(ParamNo(0)), before])];
    group.outputs = vec![output("s", &[Piece::Param(ParamNo(0)), Piece::Param(ParamNo(1))])];
    group
}

/// A name made of a stem and pieces, with dots between.
pub fn name(stem: &str, pieces: &[Piece]) -> Template {
    let mut template = Template::literal(stem);
    for piece in pieces {
        template.push_text(".");
        template.0.push(piece.clone());
    }
    template
}

pub fn input(stem: &str, pieces: &[Piece]) -> Input {
    Input { name: name(stem, pieces), as_name: None, read_only: false, found: false }
}

pub fn output(stem: &str, pieces: &[Piece]) -> Output {
    Output { name: name(stem, pieces), hooks: Vec::new(), keep: false }
}

/// Hooks an event task `tell` to the first output of the first group.
pub fn told(mut groups: Vec<Group>, events: &[pelago_job::Event]) -> Vec<Group> {
    let tell = GroupNo(groups.len() as u16);
    groups.push(Group::new("tell", Role::Event));
    if let Some(output) = groups[0].outputs.first_mut() {
        output.hooks = events.iter().map(|event| Hook { event: *event, group: tell }).collect();
    }
    groups
}

/// The value of `p`.
pub fn p() -> Piece {
    Piece::Param(ParamNo(0))
}
