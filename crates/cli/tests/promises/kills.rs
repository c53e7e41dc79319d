//! `kill -9` at random moments, and the same command again: nothing lost, nothing twice, nothing half.

use crate::place::{Place, finish, signal, until};
use rustix::process::Signal;
use std::fs;
use std::process::Child;
use std::time::Duration;

/// How many links each of the four chains has: enough that a run outlasts several kills on a fast machine too.
const LINKS: i64 = 36;

/// Chains of states of one size, an event task at each, and a result per chain.
const CHAINS: &str = "\
parameter p integer range from 1 to 4 step 1
seqameter t integer range from 1 to 36 step 1
env WORLD HEARD
task main
    inputs s.$p.$((t - 1))
    output s.$p.$t on create check
    shexec \"echo >> $HEARD/begun; [ ! -p $HEARD/hold ] || { echo >> $HEARD/held; read x < $HEARD/hold; }; printf '%s %010d\\n' $WORLD $(cksum s.$p.$((t - 1)) | cut -d' ' -f1) > s.$p.$t; sleep 0.01\"
    value sum from s.$p.$t match \"0*([0-9]+)$\"
endtask
task check
    node:execute cksum $FILE
endtask
";

fn place() -> Place {
    let place = Place::new(&[("chains.plan", CHAINS)]);
    for p in 1..=4 {
        place.write(&format!("s.{p}.0"), &format!("start {p}\n"));
    }
    place
}

fn results(place: &Place) -> Vec<String> {
    (1..=4).map(|p| fs::read_to_string(place.at(&format!("s.{p}.{LINKS}"))).unwrap_or_default()).collect()
}

/// Where tasks say that they have begun, and where they wait to be killed while `hold` is there.
struct Ear {
    place: Place,
}

impl Ear {
    /// Returns when so many tasks more have begun and one of them waits in the middle of its work, or when the run has ended.
    ///
    /// However slow the machine is, a kill after that hits a task.
    fn hear(&self, more: u64, owner: &mut Child) {
        let begun = || fs::metadata(self.place.at("begun")).map_or(0, |lines| lines.len());
        let from = begun();
        let mut ended = || owner.try_wait().unwrap().is_some();
        until("tasks begin", || begun() >= from + more || ended());
        self.place.fifo("hold");
        until("a task waits", || self.place.at("held").exists() || ended());
    }

    fn forget(&self) {
        for name in ["hold", "held"] {
            let _ = fs::remove_file(self.place.at(name));
        }
    }
}

/// A small generator, so that a failure can be repeated.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[test]
fn killed_at_random_moments_it_ends_as_if_undisturbed() {
    const RUN: [&str; 6] = ["run", "chains.plan", "-q", "--slots", "3", "--keep-going"];
    let ear = Ear { place: Place::new(&[]) };
    let run = |place: &Place, world| {
        let mut command = place.command(&RUN);
        command.env("WORLD", world).env("HEARD", ear.place.path());
        command
    };
    let undisturbed = place();
    run(&undisturbed, "old").status().unwrap();
    let old = results(&undisturbed);
    run(&undisturbed, "new").status().unwrap();
    let new = results(&undisturbed);
    assert!(old.iter().zip(&new).all(|(old, new)| old.len() == new.len() && old != new), "{old:?} {new:?}");

    // The results of the first world are at home while the second one is killed.
    let place = place();
    run(&place, "old").status().unwrap();
    let mut seed = 20_260_101;
    let mut kills = 0;
    for kill in 0..32 {
        let mut owner = run(&place, "new").spawn().unwrap();
        if kill / 2 % 2 == 0 {
            ear.hear(next(&mut seed) % 10, &mut owner);
        } else {
            // Any moment, that of the start too.
            std::thread::sleep(Duration::from_millis(next(&mut seed) % 150));
        }
        if let Some(status) = owner.try_wait().unwrap() {
            assert!(status.success(), "a run that nobody killed ended with {status}");
            break;
        }
        kills += 1;
        if kill % 2 == 0 {
            signal(owner.id().cast_signed(), Signal::KILL);
        } else {
            place.processes().into_iter().for_each(|pid| signal(pid, Signal::KILL));
        }
        owner.wait().unwrap();
        ear.forget();
        for (now, (old, new)) in results(&place).iter().zip(old.iter().zip(&new)) {
            assert!(now == old || now == new, "what is at home is whole at every moment: {now:?}");
        }
    }
    assert!(kills > 5, "only {kills} kills hit a run");
    ear.forget();
    assert_eq!(run(&place, "new").status().unwrap().code(), Some(0));
    assert_eq!(results(&place), new);
    let values = |place: &Place| place.pelago(&["values", "2", "--csv"]).out;
    assert_eq!(values(&place), values(&undisturbed));
    let twice =
        "SELECT count(*) FROM (SELECT 1 FROM runs WHERE outcome = 'done' GROUP BY job, grp, idx HAVING count(*) > 1)";
    assert_eq!(place.count(twice), 0, "what was recorded ran again");
    assert_eq!(place.count("SELECT count(*) FROM runs WHERE outcome = 'done' AND job = 2"), 2 * 4 * LINKS);
    assert!(place.count("SELECT count(*) FROM runs WHERE outcome LIKE 'lost-%'") > 0, "no kill hit a task");
    assert_eq!(place.processes(), Vec::<i32>::new(), "processes are left");
    for folder in ["attempts", "trash", "store", "failed"] {
        assert!(place.kept(folder).is_empty(), "left in {folder}: {:?}", place.kept(folder));
    }
    let mut names: Vec<_> = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names.len(), 1 + 1 + 4 + 4, "{names:?}");
}

/// Whether a process has ended; whoever should collect it may not have.
fn is_gone(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
}

#[test]
fn nothing_of_a_dead_owner_goes_on() {
    let place = Place::new(&[]);
    place.fifo("pids");
    // A task that hides: a daemon of its own session that ignores what can be ignored.
    let hide = "trap '' HUP INT TERM; setsid sh -c 'trap \"\" HUP INT TERM; echo $$ > $HERE/pids; while :; do sleep 100; done'";
    let mut owner = place.start(&["run", "-q", "--", "sh", "-c", hide]);
    let hidden: i32 = place.heard("pids").trim().parse().unwrap();
    signal(owner.id().cast_signed(), Signal::KILL);
    owner.wait().unwrap();
    until("the task of a killed owner ends", || is_gone(hidden));

    // With the spawners killed too, the next owner ends it before it starts anything.
    let mut owner = place.start(&["run", "-q", "--", "sh", "-c", hide]);
    let hidden: i32 = place.heard("pids").trim().parse().unwrap();
    let all = place.processes();
    assert!(all.contains(&hidden) && all.len() >= 3, "{all:?}");
    all.iter().filter(|pid| **pid != hidden).for_each(|pid| signal(*pid, Signal::KILL));
    owner.wait().unwrap();
    place.pelago(&["run", "-q", "--", "true"]).with(0);
    assert!(is_gone(hidden), "it outlived two owners");
}

#[test]
fn a_task_declared_once_is_held_after_a_loss() {
    let plan = "env HERE\ntask main\n  once\n  shexec \"echo ran >> $HERE/ran; echo > $HERE/started; read x < $HERE/go\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.fifo("started");
    place.fifo("go");
    let mut owner = place.start(&["run", "a.plan"]);
    place.heard("started");
    signal(owner.id().cast_signed(), Signal::KILL);
    owner.wait().unwrap();
    let second = place.start(&["run", "a.plan"]);
    // Its job is held too until the second owner has heard what is asked of it.
    until("it is held", || place.pelago(&["why", "1.1"]).out.contains("it may have run"));
    assert_eq!(place.pelago(&["tasks", "--json"]).json()["tasks"][0]["state"], "held");
    signal(second.id().cast_signed(), Signal::INT);
    finish(second).with(-2);
    assert_eq!(place.lines("ran"), ["ran"]);
}
