//! Owners and spawners that are killed, and owners that come after them.

use crate::Test;
use crate::bench::{Bench, cause, done, pid, read, runs, shell};
use crate::limits::on_small_disk;
use crossbeam_channel::unbounded;
use pelago_agent::{Agent, Config, Layout, Told};
use pelago_job::Cause;
use pelago_launch::Spawner;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

pub(crate) const TESTS: &[Test] = &[
    ("a killed spawner is a lost agent and leaves nothing", 2, spawner_killed),
    ("what waits while the only spawner is killed runs with the next one", 1, last_spawner),
    ("after kill -9 a new owner finds what was left, and nothing runs", 1, owner_killed),
    ("dropping an agent ends what runs", 1, dropped),
];

fn spawner_killed(bench: &mut Bench) {
    let order = bench.order(vec![shell("echo $PPID > ../spawner; setsid sleep 1000 & echo $! > p; wait")]);
    let key = (order.task, 1);
    bench.agent().give(order).unwrap();
    let slot = bench.wait(|told| match told {
        Told::Started { slot, .. } => Some(*slot),
        _ => None,
    });
    let private = bench.layout.private(slot.unwrap());
    let (spawner, child) = (pid(&private.join("spawner")), pid(&private.join("work/p")));
    assert!(Command::new("kill").args(["-9", &spawner.to_string()]).status().unwrap().success());
    let lost = Cause::LostSpawner { slot: slot.unwrap() as u32, pid: spawner.unsigned_abs(), signal: Some(9) };
    assert_eq!(cause(&bench.report(key)), &lost);
    assert!(!runs(child), "the next attempt must find nothing running");
    let back = bench.wait(|told| match told {
        Told::SlotBack { slot, gone, pid } => Some((*slot, *gone, *pid)),
        _ => None,
    });
    let (back, gone, pid) = back.unwrap();
    assert_eq!((Some(back), gone), (slot, spawner.unsigned_abs()));
    assert!(runs(pid.cast_signed()), "another one took its place");
    // Each slot ends only when both run.
    let both: Vec<_> = (0..2)
        .map(|number| {
            let line = format!(
                "echo > {0}/m{number}; until test -e {0}/m{1}; do sleep .01; done",
                bench.root.display(),
                1 - number
            );
            let order = bench.order(vec![shell(&line)]);
            let key = (order.task, 1);
            bench.agent().give(order).unwrap();
            key
        })
        .collect();
    both.into_iter().for_each(|key| done(&bench.report(key)));
}

fn last_spawner(bench: &mut Bench) {
    // The second loss in a row is followed by a pause.
    for _ in 0..2 {
        let order = bench.order(vec![shell("kill -9 $PPID; sleep 1000")]);
        let waiting = bench.order(vec![shell("true")]);
        let (key, other) = ((order.task, 1), (waiting.task, 1));
        bench.agent().give(order).unwrap();
        bench.agent().give(waiting).unwrap();
        assert!(matches!(cause(&bench.report(key)), Cause::LostSpawner { signal: Some(9), .. }));
        done(&bench.report(other));
    }
}

fn dropped(bench: &mut Bench) {
    let order = bench.order(vec![shell("trap '' TERM; echo $$ > p; sleep 1000")]);
    let key = (order.task, 1);
    bench.agent().give(order).unwrap();
    let pid = pid(&bench.layout.private(0).join("work/p"));
    bench.end();
    assert!(!runs(pid));
    assert_eq!(cause(&bench.report(key)), &Cause::Interrupted);
}

/// The part of an owner that is going to be killed; or a whole owner on a small file system.
pub(crate) fn as_owner(directory: &Path) {
    let spawners = Spawner::fork_all(2, None).unwrap();
    let small = std::env::var_os("PELAGO_TEST_FULL").is_some();
    // The directory is the parent's, which removes it.
    let mut bench = Bench::on(tempfile::Builder::new().disable_cleanup(true).tempdir_in(directory).unwrap(), spawners);
    if small {
        return on_small_disk(&mut bench);
    }
    fs::write(directory.join("root"), bench.root.display().to_string()).unwrap();
    let mut order = bench.order(vec![shell("echo result > r; echo noise")]);
    order.outputs = vec!["r".to_string()];
    done(&bench.run(order));
    let order =
        bench.order(vec![shell("trap '' TERM HUP; setsid sh -c 'echo $$ > b; sleep 1000' & echo $$ > a; wait")]);
    bench.agent().give(order).unwrap();
    let started = bench.wait(|told| match told {
        Told::Started { task, slot, .. } if task.index == 1 => Some(*slot),
        _ => None,
    });
    let work = bench.layout.private(started.unwrap()).join("work");
    let pids = format!("{} {}\n", pid(&work.join("a")), pid(&work.join("b")));
    fs::write(directory.join("pids.new"), pids).unwrap();
    fs::rename(directory.join("pids.new"), directory.join("pids")).unwrap();
    let _ = bench.told.recv_timeout(Duration::from_secs(100));
}

fn owner_killed(bench: &mut Bench) {
    bench.end();
    let directory = tempfile::tempdir().unwrap();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .arg("owner")
        .arg(directory.path())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !directory.path().join("pids").exists() {
        assert!(std::time::Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(5));
    }
    let pids: Vec<i32> =
        read(&directory.path().join("pids")).split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    assert!(pids.iter().all(|pid| runs(*pid)));
    owner.kill().unwrap();
    owner.wait().unwrap();
    // The spawners end everything by themselves; a lock that they inherit says when, and is tested with them.
    while pids.iter().any(|pid| runs(*pid)) {
        assert!(std::time::Instant::now() < deadline, "processes outlive their owner");
        std::thread::sleep(Duration::from_millis(5));
    }
    let state = Path::new(&read(&directory.path().join("root"))).join(".pelago");
    fs::create_dir_all(state.join("attempts/noise")).unwrap();
    let (reports, _told) = unbounded();
    let config =
        Config { state: state.clone(), owner: "next".to_string(), fresh: false, spawners: Vec::new(), reports };
    let agent = Agent::new(config).unwrap();
    let survey = agent.survey().unwrap();
    assert_eq!(survey.attempts.len(), 1);
    assert_eq!((survey.attempts[0].task.index, survey.attempts[0].outputs.clone()), (0, vec![0]));
    assert!(fs::read_dir(state.join("slots")).unwrap().next().is_none(), "what ran is gone");
    assert!(!state.join("attempts/noise").exists());
    let layout = Layout::new(&state);
    assert_eq!(read(&layout.output(survey.attempts[0].task, 1, 0)), "result\n");
}
