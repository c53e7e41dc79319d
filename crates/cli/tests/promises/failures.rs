//! Failures: typed causes with evidence, retries, what stops and what goes on, and exit codes.

use crate::place::{Place, finish, signal, until};
use rustix::process::Signal;
use std::fs;
use std::io::{BufRead, BufReader};

const CAUSES: &str = "\
parameter x text select anyof \"exit\" \"signal\" \"walltime\" \"memory\" \"nothing\" \"output\" \"good\"
task main
    output o.$x
    walltime 300ms
    memory 40MB
    shexec \"case $x in exit) exit 3;; signal) kill -SEGV $$;; walltime) sleep 100;; memory) dd if=/dev/zero of=/dev/null bs=90M;; nothing) exec /nonexistent;; esac; test $x = output || echo good > o.$x\"
endtask
";

#[test]
fn every_cause_is_told_with_its_evidence() {
    let place = Place::new(&[("a.plan", CAUSES)]);
    place.pelago(&["run", "a.plan", "--keep-going"]).with(1).saying("failed: 6 of 7 tasks failed, 1 done");
    let tasks = place.pelago(&["tasks", "--json"]).json();
    let found: Vec<(&str, &str)> = (0..7)
        .map(|n| {
            let task = &tasks["tasks"][n];
            (task["cause"].as_str().unwrap_or("-"), task["outcome"].as_str().unwrap_or("-"))
        })
        .collect();
    assert_eq!(found[0], ("exit", "exit code 3"));
    assert_eq!(found[1], ("signal", "ended by signal 11"));
    assert_eq!(found[2].0, "walltime");
    assert_eq!(found[3].0, "memory", "{found:?}");
    assert!(found[3].1.contains("may use 40.0 MB"), "{found:?}");
    assert_eq!(found[4], ("exit", "exit code 127"));
    assert_eq!(found[5], ("output-missing", "declared output `o.output` was not made"));
    assert_eq!(found[6], ("-", "done"));
    assert_eq!(place.read("o.good"), "good\n");
    assert!(!place.at("o.exit").exists());
}

#[test]
fn programs_and_inputs_that_are_not_there() {
    let place = Place::new(&[
        ("start.plan", "task main\n  exec ./nothing\nendtask\n"),
        (
            "input.plan",
            "parameter x integer range from 1 to 2 step 1\ntask main\n  input in.$x\n  exec cat in.$x\nendtask\n",
        ),
    ]);
    place.pelago(&["run", "start.plan"]).with(1).saying("could not start: ./nothing: no such file");
    place.pelago(&["run", "--", "./nothing"]).with(127);
    place.write("in.1", "one");
    let refused = place.pelago(&["run", "input.plan"]).with(2);
    assert!(refused.err.contains("`in.2`") && !refused.err.contains("`in.1`"), "{}", refused.err);
    place.write("in.2", "two");
    place.pelago(&["run", "input.plan"]).with(0);
}

/// The third link of the second of three chains fails until `mended` is there.
const CHAIN: &str = "\
env HERE
parameter p integer range from 1 to 3 step 1
seqameter t integer range from 1 to 5 step 1
task main
    inputs s.$p.$((t - 1))
    output s.$p.$t
    shexec \"echo $p.$t >> $HERE/ran; touch debris; cp s.$p.$((t - 1)) s.$p.$t && echo $t >> s.$p.$t; echo about $p.$t >&2; test $p.$t != 2.3 -o -e $HERE/mended\"
endtask
";

fn chains() -> Place {
    let place = Place::new(&[("a.plan", CHAIN)]);
    (1..=3).for_each(|p| place.write(&format!("s.{p}.0"), "0\n"));
    place
}

#[test]
fn a_failed_link_skips_the_rest_of_its_chain_and_only_that() {
    let place = chains();
    let ended = place.pelago(&["run", "a.plan", "--keep-going", "--retries", "2"]).with(1);
    assert_eq!(ended.err.matches("retrying: 1.8 (p=2, t=3): exit code 1").count(), 2, "{}", ended.err);
    let ended = ended.saying("failed: 1 of 15 tasks failed, 2 skipped").saying("    | about 2.3\n");
    let kept = place.at(".pelago/failed/1.8-3");
    assert!(ended.err.contains(&format!("its working directory is kept: {}", kept.display())), "{}", ended.err);
    assert!(kept.join("work/debris").exists());
    let ran = place.lines("ran");
    assert_eq!((ran.len(), ran.iter().filter(|line| *line == "2.3").count()), (12 + 3, 3));
    let why = place.pelago(&["why", "1.9"]).with(0).out;
    assert!(why.contains("skipped") && why.contains("task 1.8 before it did not end well"), "{why}");
    // Each pause is longer than the one before: half a second, a second.
    let pauses = "SELECT max(started_ms) - min(started_ms) FROM runs WHERE idx = 7";
    assert!(place.count(pauses) >= 1_500, "{}", place.count(pauses));

    place.write("mended", "");
    place.remove("ran");
    place.pelago(&["run", "a.plan"]).with(0).saying("it was begun before and continues");
    assert_eq!(place.lines("ran"), ["2.3", "2.4", "2.5"], "only what failed and what was skipped runs");
    assert_eq!(place.read("s.2.5"), "0\n1\n2\n3\n4\n5\n");
}

#[test]
fn by_default_a_failure_stops_what_has_not_started() {
    // Tasks of a few milliseconds are placed ahead of the slots.
    let plan = "env HERE\nparameter x integer range from 1 to 130 step 1\ntask main\n  \
                shexec \"echo $x >> $HERE/ran; test $x -le 100 || sleep 0.05; test $x != 100 -o -e $HERE/mended\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.pelago(&["run", "a.plan", "--slots", "2"]).with(1).saying("failed: 1 of 130 tasks failed");
    let ran = place.lines("ran").len();
    assert!((100..=105).contains(&ran), "{ran} tasks ran");
    place.write("mended", "");
    place.pelago(&["run", "a.plan"]).with(0);
    assert_eq!(place.lines("ran").len(), 131, "and only the rest runs after it is mended");
}

#[test]
fn ctrl_c_twice_stops_what_runs_and_dies_by_it() {
    let place = Place::new(&[]);
    place.fifo("started");
    place.write("a.plan", "env HERE\ntask main\n  shexec \"echo > $HERE/started; sleep 100\"\nendtask\n");
    let mut run = place.start(&["run", "a.plan"]);
    place.heard("started");
    let pid = run.id().cast_signed();
    signal(pid, Signal::INT);
    // Once: the running task finishes. The second time counts when the first has been answered.
    let mut said = BufReader::new(run.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.starts_with("no new task starts")));
    signal(pid, Signal::INT);
    assert!(said.any(|line| line.contains("the same command continues")));
    finish(run).with(-2);
    assert_eq!(place.processes(), Vec::<i32>::new());
    assert_eq!(place.pelago(&["status", "--json"]).json()["jobs"][0]["state"], "paused");
}

#[test]
fn a_state_that_vanishes_while_its_reader_waits_is_made_again() {
    let plan = "env HERE\nparameter p integer range from 1 to 2 step 1\ntask main\n  output a.$p\n  \
        shexec \"echo $p >> $HERE/ran; test $p = 1 || read go < $HERE/go; echo $p > a.$p\"\nendtask\n\
        task all\n  parameters None\n  inputs a.1 a.2\n  output all\n  shexec \"cat a.1 a.2 > all\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.fifo("go");
    let owner = place.start(&["run", "a.plan", "--slots", "2"]);
    until("the first file is in the store", || !place.kept("store").is_empty());
    place.kept("store").iter().for_each(|file| fs::remove_file(file).unwrap());
    fs::write(place.at("go"), "go\n").unwrap();
    finish(owner).with(0);
    assert_eq!(fs::read_to_string(place.at("all")).unwrap(), "1\n2\n");
    assert_eq!(place.lines("ran").iter().filter(|line| *line == "1").count(), 2, "what it missed was made again");
    assert!(place.pelago(&["why", "1.1"]).out.contains("was lost"));
}
