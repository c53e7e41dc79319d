//! Questions about jobs, tasks and files: answers say what is so.

use crate::place::{Place, finish, signal, until};
use rustix::process::Signal;

/// A chain of two in which the second step fails unless `ok` is there, and an event task at each state.
const CHAIN: &str = "\
env HERE
seqameter t integer range from 1 to 3
task main
    input s.$((t - 1)) common
    output s.$t on create look
    shexec \"test $t = 1 -o -e $HERE/ok && echo $t > s.$t\"
endtask
task look
    shexec \"cat $FILE\"
endtask
";

#[test]
fn a_file_is_explained_by_its_name() {
    let place = Place::new(&[("a.plan", CHAIN), ("s.0", "0\n"), ("common", "c\n")]);
    place.pelago(&["run", "a.plan"]).with(1);
    let why = |name: &str| place.pelago(&["why", name]).with(0).out;
    assert!(why("s.1").contains("a state of task 1.1") && why("s.1").contains("1 task will read it"), "{}", why("s.1"));
    assert!(why("s.2").contains("a state of task 1.2, which did not make it"), "{}", why("s.2"));
    assert!(why("s.3").contains("a result of task 1.3, which did not make it"), "{}", why("s.3"));
    assert!(why("common").contains("an input of task 1.1 that no task makes"), "{}", why("common"));
    let none = place.pelago(&["why", "nothing"]).with(2);
    assert!(none.err.contains("no job here has a file of that name"), "{}", none.err);
    place.write("ok", "");
    place.pelago(&["run", "a.plan"]).with(0);
    assert!(why("s.1").contains("deleted, because nobody will read it again"), "{}", why("s.1"));
    assert!(why("./s.3").contains("it came home, where it is there"), "{}", why("s.3"));
    place.remove("s.3");
    let gone = why("s.3");
    assert!(gone.contains("is not there") && gone.contains("run the same command again"), "{gone}");
}

#[test]
fn an_event_task_whose_event_did_not_happen_is_not_said_to_wait_for_its_turn() {
    let place = Place::new(&[("a.plan", CHAIN), ("s.0", "0\n"), ("common", "c\n")]);
    place.pelago(&["run", "a.plan"]).with(1);
    let why = place.pelago(&["why", "1.look.2"]).with(0).out;
    assert!(
        why.contains("it did not run") && why.contains("task 1.2, which makes its file, did not end well"),
        "{why}"
    );
    assert!(!why.contains("its turn") && !why.contains("nothing runs in this directory"), "{why}");
    place.write("ok", "");
    place.pelago(&["run", "a.plan"]).with(0);
    place.write("a.plan", &CHAIN.replace("to 3", "to 4"));
    place.pelago(&["run", "a.plan"]).with(0);
    let why = place.pelago(&["why", "2.look.1"]).with(0).out;
    assert!(why.contains("what is reused triggers no event"), "{why}");
}

#[test]
fn nothing_is_told_that_did_not_happen() {
    let place = Place::new(&[(
        "a.plan",
        "env HERE\nparameter x integer range from 1 to 9\ntask main\n  shexec \"echo > $HERE/started; read x < $HERE/go; echo $x\"\nendtask\n",
    )]);
    place.fifo("started");
    place.fifo("go");
    let run = place.start(&["run", "a.plan", "--slots", "1"]);
    place.heard("started");
    signal(run.id().cast_signed(), Signal::INT);
    // Before it has heard that, it would start the next task when this one ends.
    until("it is being stopped", || place.pelago(&["why"]).out.contains("is stopping"));
    place.write("go", "0\n");
    finish(run).with(-2);
    let why = place.pelago(&["why"]).with(0).out;
    assert!(why.contains("nothing runs in this directory") && !why.contains("is stopping"), "{why}");
    let waiting = place.pelago(&["tasks", "--state", "waiting", "--json"]).json();
    let counted = place.pelago(&["status", "--json"]).json()["jobs"][0]["counts"]["waiting"].clone();
    assert_eq!(waiting["tasks"].as_array().map(Vec::len), counted.as_u64().map(|count| count as usize));
    let run = place.start(&["run", "a.plan", "--slots", "1", "-q"]);
    for _ in 0..8 {
        place.heard("started");
        place.write("go", "0\n");
    }
    finish(run).with(0);
    let why = place.pelago(&["why"]).with(0).out;
    assert!(why.contains("the command was given again"), "{why}");
    assert!(!why.contains("held") && !why.contains("released") && !why.contains("root finish"), "{why}");
}

#[test]
fn a_command_stopped_after_a_failure_tries_what_failed_again() {
    let plan = "env HERE\nparameter x integer range from 1 to 9\ntask main\n  shexec \"test -e $HERE/ok && exit; test $x = 1 && exit 1; echo > $HERE/started; read x < $HERE/go\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.fifo("started");
    place.fifo("go");
    let run = place.start(&["run", "a.plan", "--slots", "2", "--keep-going"]);
    place.heard("started");
    // Without --keep-going now: nothing that has not run would begin behind the old failure.
    until("the first one has failed", || {
        place.pelago(&["status", "--json"]).json()["jobs"][0]["counts"]["failed"] == 1
    });
    for _ in 0..2 {
        signal(run.id().cast_signed(), Signal::INT);
        until("it is being stopped", || {
            place.pelago(&["why"]).out.contains("is stopping") || place.processes().is_empty()
        });
    }
    finish(run).with(-2);
    assert_eq!(place.pelago(&["status", "--json"]).json()["jobs"][0]["state"], "paused");
    place.write("ok", "");
    place.pelago(&["run", "a.plan"]).with(0);
}

#[test]
fn failed_event_tasks_are_not_counted_among_those_that_were_asked_for() {
    let plan = "parameter x integer range from 1 to 2\ntask main\n  output o.$x on create look\n  shexec \"echo $x > o.$x\"\nendtask\ntask look\n  exec false\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.pelago(&["run", "a.plan"]).with(1).saying("failed: 2 tasks of events failed, 2 done");
}

#[test]
fn who_is_told_of_a_copy_learns_from_where_and_to_where() {
    let plan = "env HERE\ntask main\n  output o on copy look\n  shexec \"echo > o\"\nendtask\ntask look\n  shexec \"echo $FILE $FROM $TO >> $HERE/told\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.pelago(&["run", "a.plan"]).with(0);
    assert_eq!(place.lines("told"), ["o node root"]);
}

#[test]
fn the_only_task_of_a_job_needs_no_number() {
    let place = Place::new(&[("f.1", ""), ("f.2", "")]);
    place.pelago(&["run", "-q", "--", "echo", "hi"]).with(0);
    assert_eq!(place.pelago(&["logs"]).with(0).out, "hi\n");
    assert_eq!(place.pelago(&["logs", "1"]).with(0).out, "hi\n");
    let counted = place.pelago(&["run", "-p", "f=f.*", "--", "echo", "{f}"]).with(0);
    assert!(counted.err.starts_with("f: 2 values (f.1 … f.2)\n"), "{}", counted.err);
    assert!(place.pelago(&["logs"]).with(2).err.contains("job 2 has several tasks; one of them is written `2.1`"));
}

#[test]
fn a_plan_says_what_a_quota_refuses() {
    let place = Place::new(&[("a.plan", "task main\n  disk 10MB\n  exec true\nendtask\n")]);
    let said = |quota| place.pelago(&["plan", "a.plan", "--quota", quota]).with(0);
    let (small, large) = (said("5MB"), said("10MB"));
    let text = "a task of main needs 10.0 MB, as the plan says, and the quota is 5.0 MB";
    assert!(small.out.contains(text) && !large.out.contains("as the plan says"), "{}{}", small.out, small.err);
    place.pelago(&["run", "a.plan", "--quota", "5MB"]).with(4);
}

#[test]
fn a_parameter_that_is_given_twice_is_refused() {
    let place =
        Place::new(&[("a.plan", "parameter p integer range from 1 to 2\ntask main\n  exec echo $p\nendtask\n")]);
    for twice in [["-p", "p=1", "-p", "p=2"], ["-p", "p=1", "-s", "p=2"]] {
        let arguments: Vec<&str> = ["run", "a.plan"].into_iter().chain(twice).collect();
        place.pelago(&arguments).with(2).saying("parameter `p` is given twice");
    }
}
