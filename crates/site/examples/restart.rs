//! How fast tasks without a process go through the core, a durable journal and its follower, and how long a restart takes
//! with so many finished: `cargo run --release -p pelago-site --example restart -- 1000000`.

use crossbeam_channel::Sender;
use pelago_driver::{Driver, Hands};
use pelago_grid::{Action, Grid, GroupProof, Record, RecordGroup, Submitted};
use pelago_job::{
    Bytes, Digest, Domain, Experiment, Group, JobId, Millis, Order, Outcome, ParamNo, Parameter, Report, Role,
};
use pelago_site::clock::SiteClock;
use pelago_site::history::History;
use pelago_site::history::Reached;
use pelago_site::journal::Journal;
use pelago_site::owner::follower::{self, Follow};
use pelago_site::owner::start::replay;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Hands for which every task has ended as soon as it starts, with the real follower behind them.
struct Instantly(Vec<Record>, Sender<Follow>);

impl Hands for Instantly {
    fn synced(&mut self, position: u64, group: &RecordGroup, _: &Grid) {
        // The follower lives as long as these hands.
        let _ = self.1.send(Follow::Group(position, Box::new(group.clone())));
    }

    fn perform(&mut self, action: Action, _: &Grid) {
        match action {
            Action::Prove { job, .. } => {
                self.0.push(Record::Proved { job, groups: vec![GroupProof::default()], start_first: false });
            }
            Action::Launch { task, attempt, .. } => {
                let mut report = Box::new(Report::failed(pelago_job::Cause::LostAgent));
                report.outcome = Outcome::Done;
                self.0.push(Record::Finished { task, attempt, key: None, report });
            }
            _ => {}
        }
    }
}

fn sweep(count: u64) -> Experiment {
    let mut main = Group::new("main", Role::Main);
    main.parameters = vec![ParamNo(0)];
    let domain = Domain::Integers { from: 1, step: 1, count };
    let x = Parameter { name: "x".to_string(), label: None, order: Order::Cross, domain };
    Experiment {
        name: "no-op".to_string(),
        parameters: vec![x],
        rows: None,
        groups: vec![main],
        env: Vec::new(),
        in_place: false,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    match arguments.next() {
        Some(dir) => fill(count, Path::new(&dir)),
        None => measure(count),
    }
}

/// Runs the tasks, and is killed when the last one has ended.
fn fill(count: u64, dir: &Path) -> Result<(), Box<dyn Error>> {
    let mut journal = Journal::open(dir)?;
    let epoch = journal.claim()?;
    let clock = SiteClock::from(Grid::default().now);
    let (follow, followed) = crossbeam_channel::bounded(1000);
    let history = History::open(&dir.join("history.db"))?;
    let _follower = follower::start(dir, Grid::default(), history, 0, 0, followed, Arc::new(Reached::default()))?;
    let mut driver = Driver::new(Grid::default(), journal, clock, Instantly(Vec::new(), follow), epoch, 0);
    let submitted = Submitted {
        job: JobId(1),
        experiment: sweep(count),
        root: "/".to_string(),
        same: Digest::of(b"no-op"),
        retries: 0,
        keep_going: false,
        again: false,
        strict: false,
        wall: 0,
    };
    let begin = Instant::now();
    let mut facts = vec![Record::Opened { slots: 1000, gap: Millis(0) }, Record::Submitted(Box::new(submitted))];
    while !facts.is_empty() {
        driver.step(facts)?;
        facts = std::mem::take(&mut driver.hands.0);
    }
    let took = begin.elapsed().as_secs_f64();
    assert!(driver.grid().is_idle(), "every task has ended");
    println!("{count} tasks in {took:.2} s, journal durable: {:.0} a second", count as f64 / took);
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?;
    Ok(())
}

fn measure(count: u64) -> Result<(), Box<dyn Error>> {
    let dir = std::env::temp_dir().join(format!("pelago-restart-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let myself = std::env::current_exe()?;
    let ended = std::process::Command::new(myself).arg(count.to_string()).arg(&dir).status()?;
    assert!(ended.code().is_none(), "it was killed");

    let begin = Instant::now();
    let journal = Journal::open(&dir)?;
    let mut history = History::open(&dir.join("history.db"))?;
    let (grid, records, _) = replay(&journal, Some(&mut history))?;
    println!(
        "restart after kill -9: {records} records since the last snapshot, {:.2} s",
        begin.elapsed().as_secs_f64()
    );
    println!("journal: {}", Bytes(journal.bytes()));
    assert!(grid.is_idle(), "the tables are as they were");
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}
