//! An agent in a directory of its own, and orders for it.

use crossbeam_channel::{Receiver, unbounded};
use pelago_agent::{Agent, Config, Layout, Told, read_log};
use pelago_job::{Cause, Failure, GroupNo, JobId, Limits, Made, OnError, Outcome, Place, Report, Stream, TaskRef};
use pelago_launch::Spawner;
use pelago_wire::order::{Order, OrderStep, StageIn};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) struct Bench {
    // Before the directory: the agent ends what runs in it first.
    agent: Option<Agent>,
    pub(crate) told: Receiver<Told>,
    pub(crate) layout: Layout,
    pub(crate) root: PathBuf,
    pub(crate) owner: String,
    next: u64,
    /// What was told while something else was waited for.
    early: Vec<Told>,
    _directory: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new(spawners: Vec<Spawner>) -> Self {
        Self::on(tempfile::tempdir().unwrap(), spawners)
    }

    pub(crate) fn on(directory: tempfile::TempDir, spawners: Vec<Spawner>) -> Self {
        let root = fs::canonicalize(directory.path()).unwrap().join("experiment");
        let state = root.join(".pelago");
        fs::create_dir_all(&state).unwrap();
        let (reports, told) = unbounded();
        let owner = format!("test-{}-{}", std::process::id(), root.display());
        let config = Config { state: state.clone(), owner: owner.clone(), fresh: false, spawners, reports };
        let agent = Some(Agent::new(config).unwrap());
        Self { agent, told, layout: Layout::new(state), root, owner, next: 0, early: Vec::new(), _directory: directory }
    }

    pub(crate) fn agent(&self) -> &Agent {
        self.agent.as_ref().unwrap()
    }

    /// Ends the agent; what it had told stays.
    pub(crate) fn end(&mut self) {
        self.agent = None;
    }

    /// An order for a new task, to be filled.
    pub(crate) fn order(&mut self, steps: Vec<OrderStep>) -> Order {
        let index = self.next;
        self.next += 1;
        Order {
            task: TaskRef { job: JobId(1), group: GroupNo(0), index },
            attempt: 1,
            label: format!("1.{}", index + 1),
            root: self.root.clone(),
            in_place: false,
            within: None,
            inputs: Vec::new(),
            node_files: false,
            makes_node_files: false,
            steps,
            outputs: Vec::new(),
            values: Vec::new(),
            env: Vec::new(),
            limits: Limits::default(),
            reserved: None,
        }
    }

    pub(crate) fn run(&mut self, order: Order) -> Report {
        let key = (order.task, order.attempt);
        self.agent().give(order).unwrap();
        self.report(key)
    }

    pub(crate) fn shell(&mut self, line: &str) -> Report {
        let order = self.order(vec![shell(line)]);
        self.run(order)
    }

    pub(crate) fn report(&mut self, key: (TaskRef, u32)) -> Report {
        let report = self.wait(|told| match told {
            Told::Finished { task, attempt, report } if (*task, *attempt) == key => Some((**report).clone()),
            _ => None,
        });
        report.unwrap_or_else(|| panic!("no report of {key:?}"))
    }

    /// The first thing told that is wanted, within 20 seconds.
    pub(crate) fn wait<T>(&mut self, mut wanted: impl FnMut(&Told) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + Duration::from_secs(20);
        for at in 0..self.early.len() {
            if let Some(found) = wanted(&self.early[at]) {
                self.early.remove(at);
                return Some(found);
            }
        }
        loop {
            let told = self.told.recv_deadline(deadline).ok()?;
            match wanted(&told) {
                Some(found) => return Some(found),
                None => self.early.push(told),
            }
        }
    }

    pub(crate) fn stdout(&self, report: &Report) -> String {
        let bytes = read_log(self.layout.state(), report.stdout, Stream::Out, 0, 1 << 20).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    pub(crate) fn stderr(&self, report: &Report) -> String {
        let bytes = read_log(self.layout.state(), report.stderr, Stream::Err, 0, 1 << 20).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Content of an output that was set aside.
    pub(crate) fn output(&self, order: &Order, output: u16) -> String {
        read(&self.layout.output(order.task, order.attempt, output))
    }
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

pub(crate) fn shell(line: &str) -> OrderStep {
    OrderStep::Shell { line: line.to_string(), at: Place::Node }
}

pub(crate) fn exec(words: &[&str], search_path: bool) -> OrderStep {
    let argv: Vec<String> = words.iter().map(|word| word.to_string()).collect();
    OrderStep::Exec { program: argv[0].clone(), argv, search_path, at: Place::Node }
}

pub(crate) fn ignore() -> OrderStep {
    OrderStep::OnError(OnError::Ignore)
}

pub(crate) fn input(from: &Path, name: &str, expect: Option<Made>) -> StageIn {
    StageIn { from: from.to_path_buf(), name: name.to_string(), read_only: false, expect }
}

pub(crate) fn cause(report: &Report) -> &Cause {
    match &report.outcome {
        Outcome::Failed(Failure { cause, .. }) => cause,
        Outcome::Done => panic!("it ended well: {report:?}"),
    }
}

#[track_caller]
pub(crate) fn done(report: &Report) {
    assert_eq!(report.outcome, Outcome::Done, "{report:?}");
}

/// Whether a process runs; one that ended and was not collected by its parent does not.
pub(crate) fn runs(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')))
}

/// A number in a file, once it is there.
pub(crate) fn pid(path: &Path) -> i32 {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(pid) =
            fs::read_to_string(path).ok().filter(|t| t.ends_with('\n')).and_then(|t| t.trim().parse().ok())
        {
            return pid;
        }
        assert!(Instant::now() < deadline, "{} did not come", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How many orders a second pass through two lanes: `orders rate 5000 /bin/true`, from a release build. With `bare` before
/// the command: without an agent. Run under `time`, it also tells the processor time of everything.
pub(crate) fn rate(words: &[String]) {
    let [count, command @ ..] = words else { panic!("a count and a command are needed") };
    let count: u64 = count.parse().unwrap();
    let begin = Instant::now();
    match command {
        [bare, program, arguments @ ..] if bare == "bare" => {
            let starts = || {
                for _ in 0..count / 2 {
                    let mut command = std::process::Command::new(program);
                    let null = std::process::Stdio::null;
                    let command = command.args(arguments).stdin(null()).stdout(null());
                    assert!(command.status().unwrap().success());
                }
            };
            std::thread::scope(|scope| {
                scope.spawn(starts);
                scope.spawn(starts);
            });
        }
        _ => {
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            let mut bench = Bench::new(Spawner::fork_all(2, None).unwrap());
            let (mut given, mut ended) = (0, 0);
            while ended < count {
                while given < count && bench.agent().room() > 0 {
                    let order = bench.order(vec![exec(&words, true)]);
                    bench.agent().give(order).unwrap();
                    given += 1;
                }
                if let Told::Finished { report, .. } = bench.told.recv().unwrap() {
                    done(&report);
                    ended += 1;
                }
            }
        }
    }
    println!("{:.0} a second", count as f64 / begin.elapsed().as_secs_f64());
}
