//! A second run, questions while it runs, following output, holding, releasing, cancelling, stopping.

use crate::place::{Place, finish, signal, until};
use rustix::process::Signal;
use std::io::{BufRead, BufReader};

/// Task 1 says `one`, waits until `go` is opened, says `two`.
const PLAN: &str = "\
env HERE
parameter x integer range from 1 to 3 step 1
task main
    output o.$x
    shexec \"echo one; if test $x = 1; then echo > $HERE/started; read line < $HERE/go; fi; echo two; echo $x >> $HERE/ran; echo $x > o.$x\"
endtask
";

fn place() -> Place {
    let place = Place::new(&[("a.plan", PLAN)]);
    place.fifo("started");
    place.fifo("go");
    place
}

#[test]
fn output_is_followed_while_it_is_written() {
    let place = place();
    let run = place.start(&["run", "a.plan", "-q", "--slots", "1"]);
    place.heard("started");
    let mut follow = place.start(&["logs", "1.1", "--follow"]);
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "one", "before the task has ended");
    assert_eq!(place.pelago(&["logs", "1.1"]).with(0).out, "one\n");
    let later = place.start(&["logs", "1.3", "--follow"]);
    place.write("go", "\n");
    assert_eq!(lines.next().unwrap().unwrap(), "two");
    assert!(lines.next().is_none(), "it ends with the task");
    finish(follow).with(0);
    assert_eq!(finish(later).with(0).out, "one\ntwo\n");
    finish(run).with(0);
    assert_eq!(place.pelago(&["logs", "1.3"]).with(0).out, "one\ntwo\n");
}

#[test]
fn a_changed_plan_beside_its_older_version_is_said_to_share_its_results() {
    let place = place();
    let first = place.start(&["run", "a.plan", "--slots", "1"]);
    place.heard("started");
    place.write("a.plan", &PLAN.replace("1 to 3", "2 to 3").replace("echo two", "echo other"));
    let second = place.start(&["run", "a.plan"]);
    until("the second job is there", || place.pelago(&["status", "--json"]).json()["jobs"][1]["job"] == 2);
    place.write("go", "\n");
    let said = finish(second).with(0).err;
    assert!(said.contains("job 1 of the same name is under way"), "{said}");
    assert!(!finish(first).with(0).err.contains("of the same name"));
}

#[test]
fn the_first_run_may_go_and_the_second_goes_on() {
    let place = place();
    let mut first = place.start(&["run", "a.plan", "--slots", "1"]);
    place.heard("started");
    let second = place.start(&["run", "-q", "--", "echo", "second"]);
    until("the second job is there", || place.pelago(&["status", "--json"]).json()["jobs"][1]["job"] == 2);
    signal(first.id().cast_signed(), Signal::KILL);
    first.wait().unwrap();
    // Without being told, the second becomes the owner, and runs its own job only.
    assert_eq!(finish(second).with(0).out, "second\n");
    assert_eq!(place.pelago(&["status", "1", "--json"]).json()["jobs"][0]["state"], "paused");
    let third = place.start(&["run", "a.plan"]);
    place.heard("started");
    place.write("go", "\n");
    finish(third).with(0);
    assert_eq!(place.lines("ran"), ["1", "2", "3"]);
}

#[test]
fn the_owner_stays_for_the_job_of_another() {
    let place = place();
    let first = place.start(&["run", "-q", "--", "sh", "-c", "echo > $HERE/started; read line < $HERE/go"]);
    place.heard("started");
    let second = place.start(&["run", "a.plan", "-q"]);
    until("the second job is there", || place.pelago(&["status", "--json"]).json()["jobs"][1]["job"] == 2);
    place.write("go", "\n");
    place.heard("started");
    until("the first job has ended", || place.pelago(&["status", "1", "--json"]).json()["jobs"][0]["state"] == "done");
    place.write("go", "\n");
    finish(second).with(0);
    finish(first).with(0);
}

#[test]
fn a_held_job_waits_and_a_cancelled_one_ends() {
    let place = place();
    let run = place.start(&["run", "a.plan", "--slots", "1"]);
    place.heard("started");
    place.pelago(&["hold"]).with(0);
    let why = place.pelago(&["why", "1.3"]).with(0).out;
    assert!(why.contains("job 1 is held") && why.contains("pelago release 1"), "{why}");
    place.write("go", "\n");
    until("the running task has ended", || place.lines("ran") == ["1"]);
    until("it is recorded", || place.pelago(&["status", "--json"]).json()["jobs"][0]["counts"]["done"] == 1);
    assert_eq!(place.pelago(&["status", "--json"]).json()["jobs"][0]["state"], "held");
    place.pelago(&["release", "1"]).with(0);
    finish(run).with(0);
    assert_eq!(place.lines("ran").len(), 3);

    let run = place.start(&["run", "a.plan", "--again", "--slots", "1"]);
    place.heard("started");
    place.pelago(&["cancel"]).with(0);
    finish(run).with(1);
    assert_eq!(place.pelago(&["status", "2", "--json"]).json()["jobs"][0]["state"], "cancelled");
    assert_eq!(place.lines("ran").len(), 3, "nothing of it ended");
    assert_eq!(place.processes(), Vec::<i32>::new());
    place.pelago(&["cancel", "1"]).with(2).saying("job 1 has ended already: done");
    place.pelago(&["hold", "1"]).with(5);
}

#[test]
fn a_task_whose_turn_has_not_come_can_be_cancelled_and_never_runs() {
    let place = place();
    place.write("b.plan", &PLAN.replace("    output o.$x\n", "").replace("; echo $x > o.$x", ""));
    for (job, plan) in [("1", "a.plan"), ("2", "b.plan")] {
        let run = place.start(&["run", plan, "--slots", "1"]);
        place.heard("started");
        place.pelago(&["cancel", &format!("{job}.3")]).with(0);
        place.pelago(&["cancel", &format!("{job}.3")]).with(2).saying("has ended already: cancelled");
        place.write("go", "\n");
        finish(run).with(1);
        let states = place.pelago(&["tasks", job, "--json"]).json();
        assert_eq!([0, 1, 2].map(|n| states["tasks"][n]["state"].clone()), ["done", "done", "cancelled"], "{plan}");
    }
    assert_eq!(place.lines("ran"), ["1", "1", "2", "2"]);
}

#[test]
fn a_job_that_nobody_runs_can_be_cancelled() {
    let place = place();
    let mut run = place.start(&["run", "a.plan", "--slots", "1"]);
    place.heard("started");
    signal(run.id().cast_signed(), Signal::KILL);
    run.wait().unwrap();
    place.pelago(&["cancel"]).with(0);
    assert_eq!(place.pelago(&["status", "--json"]).json()["jobs"][0]["state"], "cancelled");
    assert_eq!(place.lines("ran"), Vec::<String>::new(), "nothing was started for it");
}

#[test]
fn a_reader_needs_no_owner_and_changes_nothing() {
    let place = place();
    let mut run = place.start(&["run", "a.plan", "--slots", "1"]);
    place.heard("started");
    signal(run.id().cast_signed(), Signal::KILL);
    run.wait().unwrap();
    until("its processes are gone", || place.processes().is_empty());
    let before = std::fs::read(place.at(".pelago/journal.db")).unwrap();
    let status = place.pelago(&["status"]).with(0).out;
    assert!(status.contains("paused"), "{status}");
    let why = place.pelago(&["why", "1.1"]).with(0).out;
    assert!(why.contains("nothing runs in this directory"), "{why}");
    place.pelago(&["tasks"]).with(0);
    assert_eq!(std::fs::read(place.at(".pelago/journal.db")).unwrap(), before);
}

#[test]
fn an_owner_that_ends_meanwhile_leaves_no_question_unanswered() {
    let place = Place::new(&[]);
    place.pelago(&["run", "-q", "--", "true"]).with(0);
    for job in 2..24 {
        let run = place.start(&["run", "-q", "--", "true"]);
        until("it runs", || {
            // Asked at every moment of its end.
            let jobs = place.pelago(&["status", "--json"]).with(0).json();
            jobs["jobs"][job - 1]["job"] == job
        });
        place.pelago(&["wait"]).with(0);
        finish(run).with(0);
    }
}
