//! The real hands: actions become orders for the agent, questions for the prover, and renames on this machine's disk.

use super::follower::Follow;
use super::homeward::{Homeward, Load};
use super::order::Making;
use super::project::home_key;
use crate::history::Reader;
use crate::naming::{label, output_name};
use crate::prove::{About, Ask};
use crossbeam_channel::Sender;
use pelago_agent::{Agent, AgentError, Source};
use pelago_driver::Hands;
use pelago_grid::{Action, At, FreedSpace, Grid, Located, ProofKey, Record, RecordGroup};
use pelago_job::{Cause, Delivered, Digest, FileRef, JobId, Made, Outcome, Report, TaskRef};
use pelago_stage::Store;
use pelago_wire::order::Order;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

/// Something that those who follow a job want to know.
pub enum Happening {
    /// A record that is durable.
    Record(Record),
    /// A job has ended.
    Ended(JobId),
    /// Words for people.
    Notice(JobId, String),
}

impl Happening {
    /// Whether what is told of it (how long it took, what it wrote) is read from the history, which follows a little later.
    pub fn is_told_from_history(&self) -> bool {
        matches!(self, Self::Record(Record::GaveUp { .. } | Record::Retry { .. }))
    }
}

/// The hands of an owner.
pub struct SiteHands {
    /// Runs orders.
    pub agent: Agent,
    /// Where files of the store are.
    files: Store,
    /// What was delivered before, and what is told of.
    pub history: Reader,
    /// Questions for the prover.
    pub asks: Sender<Ask>,
    /// What is durable goes to the follower.
    pub follow: Option<Sender<Follow>>,
    /// Facts that actions have led to, for the next step.
    pub facts: Vec<Record>,
    /// What happened in the last step.
    pub happenings: Vec<Happening>,
    /// Orders that the agent has no room for yet.
    queue: VecDeque<Box<Order>>,
    /// Keys of attempts under way: `None` while the prover works on it.
    keys: BTreeMap<(TaskRef, u32), Option<ProofKey>>,
    /// Reports that wait for their key.
    reports: BTreeMap<(TaskRef, u32), Box<Report>>,
    position: u64,
    /// Results that could not come home yet.
    pub homeward: Homeward,
}

impl SiteHands {
    /// Hands without anything to do yet.
    pub fn new(agent: Agent, files: Store, history: Reader, asks: Sender<Ask>, follow: Sender<Follow>) -> Self {
        Self {
            agent,
            files,
            history,
            asks,
            follow: Some(follow),
            facts: Vec::new(),
            happenings: Vec::new(),
            queue: VecDeque::new(),
            keys: BTreeMap::new(),
            reports: BTreeMap::new(),
            position: 0,
            homeward: Homeward::default(),
        }
    }

    /// Gives the agent what it has room for.
    pub fn feed(&mut self) {
        while let Some(order) = self.queue.pop_front() {
            if let Err(order) = self.agent.give(*order) {
                self.queue.push_front(order);
                return;
            }
        }
    }

    /// An attempt has ended: a fact at once, or as soon as its key is known.
    pub fn finished(&mut self, task: TaskRef, attempt: u32, report: Box<Report>) {
        match self.keys.get(&(task, attempt)) {
            Some(None) => {
                self.reports.insert((task, attempt), report);
            }
            _ => {
                let key = self.keys.remove(&(task, attempt)).flatten();
                self.facts.push(Record::Finished { task, attempt, key, report });
            }
        }
    }

    /// A key is known.
    pub fn key_known(&mut self, task: TaskRef, attempt: u32, key: Option<ProofKey>) {
        if let Some(slot) = self.keys.get_mut(&(task, attempt)) {
            *slot = key;
            if slot.is_none() {
                self.keys.remove(&(task, attempt));
            }
        }
        if let Some(report) = self.reports.remove(&(task, attempt)) {
            let key = self.keys.remove(&(task, attempt)).flatten();
            self.facts.push(Record::Finished { task, attempt, key, report });
        }
    }

    /// Nothing more starts; with `now`, what runs is stopped. What had not started is reported as interrupted.
    pub fn stop(&mut self, now: bool) {
        let queued: Vec<(TaskRef, u32)> = self.queue.drain(..).map(|order| (order.task, order.attempt)).collect();
        for (task, attempt) in self.agent.stop(now).into_iter().chain(queued) {
            self.interrupted(task, attempt);
        }
    }

    /// Takes back what has not started of jobs of which nothing more is to start.
    pub fn take_back(&mut self, jobs: &[JobId]) {
        let mut back = self.agent.give_back(|order| jobs.contains(&order.task.job));
        self.queue.retain(|order| {
            let keep = !jobs.contains(&order.task.job);
            if !keep {
                back.push((order.task, order.attempt));
            }
            keep
        });
        for (task, attempt) in back {
            self.interrupted(task, attempt);
        }
    }

    fn interrupted(&mut self, task: TaskRef, attempt: u32) {
        self.keys.remove(&(task, attempt));
        let report = Box::new(Report::failed(Cause::Interrupted));
        self.facts.push(Record::Finished { task, attempt, key: None, report });
    }

    fn launch(&mut self, order: Making<'_>, attempt: u32, reserved: Option<pelago_job::Bytes>) {
        let (task, located) = (order.task, order.located);
        let plain = order.job.group(task.group).is_none_or(|group| group.plain);
        match order.order(attempt, reserved) {
            Ok(made) => {
                if !plain {
                    let inputs = firsts(located);
                    self.keys.insert((task, attempt), None);
                    self.ask(Ask::Key { task, attempt, inputs });
                }
                if does_nothing(&made) {
                    return self.finished(task, attempt, Box::new(Report::of(Outcome::Done)));
                }
                self.queue.push_back(Box::new(made));
                self.feed();
            }
            Err(error) => {
                let report = Box::new(Report::failed(Cause::Refused(error.to_string())));
                self.facts.push(Record::Finished { task, attempt, key: None, report });
            }
        }
    }

    fn ask(&self, ask: Ask) {
        // The prover outlives the hands; if it is gone, so is the owner, and the next one asks again.
        let _ = self.asks.send(ask);
    }

    fn collect(&mut self, grid: &Grid, task: TaskRef, attempt: u32, outputs: u16) {
        for output in 0..outputs {
            let file = FileRef { task, output };
            // An owner before this one may have brought it home already, and died before it could say so.
            let row = grid.files.get(&file).filter(|row| row.at == At::Store);
            let Some(made) = row.map(|row| row.made) else { continue };
            if self.agent.collect(task, attempt, output, &made).is_err() {
                self.facts.push(Record::Lost { file });
            }
        }
    }

    fn deliver(&mut self, grid: &Grid, file: FileRef, made: Made) {
        let Some(job) = grid.job(file.task.job) else { return };
        let root = PathBuf::from(&job.submitted.root);
        let Ok(name) = output_name(job, file) else { return };
        match self.agent.deliver(&Source::StoredLast(file), &root, &name, &made, &self.ours(&job.submitted.root, &name))
        {
            Ok(delivery) => {
                self.homeward.forget(Load::Result(file));
                self.moved_aside(file.task.job, delivery.moved_aside);
                self.facts.push(Record::Delivered { file });
            }
            // What is still there is not lost, and making it again would not help.
            Err(error) if self.files.path_of(file).symlink_metadata().is_ok() => {
                if self.homeward.failed(Load::Result(file)) {
                    let text = cannot_come(grid, file.task, &name, &error);
                    self.happenings.push(Happening::Notice(file.task.job, text));
                }
            }
            Err(error) => {
                self.homeward.forget(Load::Result(file));
                self.happenings
                    .push(Happening::Notice(file.task.job, format!("result {name} did not come home: {error}")));
                self.facts.push(Record::Lost { file });
            }
        }
    }

    /// Tries again to bring home what could not come.
    pub fn bring_home(&mut self, grid: &Grid) {
        for load in self.homeward.due() {
            match load {
                Load::Result(file) => match grid.files.get(&file).filter(|row| row.delivering) {
                    Some(row) => self.deliver(grid, file, row.made),
                    None => self.homeward.forget(load),
                },
                Load::Aside(task, attempt) => match grid.homes.get(&(task, attempt)) {
                    Some(files) => self.deliver_home(grid, task, attempt, files),
                    None => self.homeward.forget(load),
                },
            }
        }
    }

    fn deliver_home(&mut self, grid: &Grid, task: TaskRef, attempt: u32, files: &[Delivered]) {
        let Some(job) = grid.job(task.job) else { return };
        let root = PathBuf::from(&job.submitted.root);
        let load = Load::Aside(task, attempt);
        let mut waits = false;
        for file in files {
            let source = Source::Home(task, attempt, file.staged.clone());
            match self.agent.deliver(
                &source,
                &root,
                &file.path,
                &file.made,
                &self.ours(&job.submitted.root, &file.path),
            ) {
                Ok(delivery) => self.moved_aside(task.job, delivery.moved_aside),
                Err(error) if self.agent.is_set_aside(task, attempt, &file.staged) => {
                    waits = true;
                    if self.homeward.failed(load) {
                        let text = cannot_come(grid, task, &file.path, &error);
                        self.happenings.push(Happening::Notice(task.job, text));
                    }
                    break;
                }
                Err(error) => {
                    let text = format!("{} did not come home: {error}", file.path);
                    self.happenings.push(Happening::Notice(task.job, text));
                }
            }
        }
        if waits {
            return;
        }
        self.homeward.forget(load);
        self.facts.push(Record::HomeDelivered { task, attempt });
    }

    /// What was delivered to a path last: it may be replaced without a word.
    fn ours(&self, root: &str, path: &str) -> Vec<Digest> {
        let last = self.history.label(&home_key(root, path)).ok().flatten();
        last.and_then(|text| text.parse().ok()).into_iter().collect()
    }

    /// What cannot be removed is said once and counted as gone: nothing could ever free it from here.
    fn not_removed(&mut self, job: JobId, error: &AgentError, what: FreedSpace) {
        self.happenings.push(Happening::Notice(job, error.to_string()));
        self.facts.push(Record::Freed(what));
    }

    fn moved_aside(&mut self, job: JobId, aside: Option<PathBuf>) {
        if let Some(aside) = aside {
            let text = format!(
                "another file than what came home there last was in the way and was moved to {}",
                aside.display()
            );
            self.happenings.push(Happening::Notice(job, text));
        }
    }
}

impl Hands for SiteHands {
    fn synced(&mut self, position: u64, group: &RecordGroup, _: &Grid) {
        self.position = position;
        let told = |record: &&Record| {
            matches!(
                record,
                Record::Finished { .. }
                    | Record::Retry { .. }
                    | Record::GaveUp { .. }
                    | Record::Checked { .. }
                    | Record::GaveWay { .. }
            )
        };
        self.happenings.extend(group.records.iter().filter(told).map(|record| Happening::Record(record.clone())));
        if let Some(follow) = &self.follow {
            let _ = follow.send(Follow::Group(position, Box::new(group.clone())));
        }
    }

    fn perform(&mut self, action: Action, grid: &Grid) {
        match action {
            Action::Prove { job, started } => {
                let Some(found) = grid.job(job) else { return };
                let same = |other: &&pelago_grid::Job| {
                    other.submitted.root == found.submitted.root
                        && other.submitted.experiment.name == found.submitted.experiment.name
                };
                let earlier = grid.jobs.range(..job).rev().map(|(_, job)| job).find(same);
                let earlier = earlier.map(|earlier| (earlier.id(), earlier.plan.clone()));
                let about = About { submitted: found.submitted.clone(), plan: found.plan.clone(), earlier };
                // The history has nothing to say of the first job of all.
                let position = if grid.jobs.len() > 1 { self.position } else { 0 };
                self.ask(Ask::Job { about, started, position });
            }
            Action::Check { task, inputs } => {
                // What a finish task depends on is all that ran before it.
                let run = grid.job(task.job).is_some_and(|job| {
                    matches!(job.role(task.group), pelago_job::Role::RootFinish | pelago_job::Role::NodeFinish)
                        && job.groups.iter().any(|group| !group.done.is_empty())
                });
                self.ask(Ask::Task { task, inputs, run });
            }
            Action::Launch { task, attempt, reserved, inputs } => {
                let Some(job) = grid.job(task.job) else { return };
                let files = self.files.clone();
                let store = move |file| files.path_of(file);
                // An order has no reservation where there is no quota to keep.
                let reserved = reserved.filter(|_| grid.space.quota.is_some());
                let retry = grid.tasks.get(&task).map_or(0, |row| row.faults);
                self.launch(Making { job, task, located: &inputs, retry, store: &store }, attempt, reserved);
            }
            Action::Collect { task, attempt, outputs } => self.collect(grid, task, attempt, outputs),
            Action::Deliver { file, made } => self.deliver(grid, file, made),
            Action::DeliverHome { task, attempt, files } => self.deliver_home(grid, task, attempt, &files),
            Action::Discard { task, attempt } => {
                if let Err(error) = self.agent.discard(task, attempt) {
                    self.not_removed(task.job, &error, FreedSpace::Attempt { task, attempt });
                }
            }
            Action::DropFailed { task, attempt } => {
                let label = label(grid, task);
                let what = FreedSpace::Attempt { task, attempt };
                match self.agent.drop_failed(&label, attempt) {
                    // Its directory is found by its label, so the confirmation cannot come back by its number.
                    Ok(()) => self.facts.push(Record::Freed(what)),
                    Err(error) => self.not_removed(task.job, &error, what),
                }
            }
            Action::Delete { file, version } => {
                if let Err(error) = self.agent.condemn(file) {
                    self.not_removed(file.task.job, &error, FreedSpace::File { file, version });
                }
            }
            Action::Stop { task, attempt } => {
                let queued = self.queue.len();
                self.queue.retain(|order| (order.task, order.attempt) != (task, attempt));
                if self.queue.len() < queued {
                    self.keys.remove(&(task, attempt));
                    let report = Box::new(Report::failed(Cause::Cancelled));
                    self.facts.push(Record::Finished { task, attempt, key: None, report });
                } else {
                    self.agent.cancel(task, attempt);
                }
            }
            Action::JobEnded { job } => self.happenings.push(Happening::Ended(job)),
        }
    }
}

/// Whether an order asks nothing of an agent: it is done as soon as it is given.
fn does_nothing(order: &Order) -> bool {
    let files = order.inputs.len() + order.outputs.len() + order.values.len();
    order.steps.is_empty() && files == 0 && order.within.is_none() && !order.node_files && !order.makes_node_files
}

/// What, where, why, and what next.
fn cannot_come(grid: &Grid, task: TaskRef, name: &str, error: &AgentError) -> String {
    let root = grid.job(task.job).map_or("", |job| job.submitted.root.as_str());
    format!(
        "result {name} of task {} cannot come home to {root}: {error}; it is kept in the state directory and comes as soon as \
         that is mended",
        label(grid, task)
    )
}

/// First digests of located inputs.
pub fn firsts(inputs: &[Option<Located>]) -> Vec<Option<Digest>> {
    inputs.iter().map(|located| located.map(|l| l.first)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pelago_job::{GroupNo, Limits};
    use pelago_wire::order::StageIn;

    #[test]
    fn only_what_asks_nothing_needs_no_agent() {
        let nothing = Order {
            task: TaskRef { job: JobId(1), group: GroupNo(0), index: 0 },
            attempt: 1,
            label: "1.1".to_string(),
            root: PathBuf::from("/experiment"),
            in_place: false,
            within: None,
            inputs: Vec::new(),
            node_files: false,
            makes_node_files: false,
            steps: Vec::new(),
            outputs: Vec::new(),
            values: Vec::new(),
            env: Vec::new(),
            limits: Limits::default(),
            reserved: None,
        };
        assert!(does_nothing(&nothing));
        let input = StageIn { from: PathBuf::from("/f"), name: "f".to_string(), read_only: false, expect: None };
        // A missing input is a failure, a missing output too, and node files have to be put aside.
        assert!(!does_nothing(&Order { inputs: vec![input], ..nothing.clone() }));
        assert!(!does_nothing(&Order { outputs: vec!["o".to_string()], ..nothing.clone() }));
        assert!(!does_nothing(&Order { makes_node_files: true, ..nothing.clone() }));
        assert!(!does_nothing(&Order { steps: vec![pelago_wire::order::OrderStep::KeepLocal], ..nothing }));
    }
}
