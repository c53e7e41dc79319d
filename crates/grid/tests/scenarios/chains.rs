//! Chains: their order, what is skipped behind a failure, and groups that wait for each other's files.

use crate::play::{JOB, Play, chains, input, output, p, sweep};
use pelago_grid::Record;
use pelago_job::{Cause, ParamNo, Role, TaskRef};

#[test]
fn a_chain_runs_in_order_and_its_states_go_with_their_reader() {
    let mut play = Play::new(1, 3, vec![chains()]);
    assert_eq!(play.submit(), "main.1");
    assert_eq!(play.done("main.1", 10), "main.2");
    assert_eq!(play.done("main.2", 10), "-main.1 main.3");
    assert_eq!(play.done("main.3", 10), ">main.3 -main.2 ended Done");
    assert_eq!(play.grid.space.used(), 0);
}

#[test]
fn begun_chains_go_before_new_ones() {
    let mut play = Play::new(3, 2, vec![chains()]);
    assert_eq!(play.submit(), "main.1 main.3");
    assert_eq!(play.done("main.1", 10), "main.2", "and not main.5, which begins the third chain");
    assert_eq!(play.done("main.2", 10), ">main.2 -main.1 main.5");
}

#[test]
fn a_chain_without_files_is_linked_all_the_same() {
    let mut group = sweep("main", Role::Main);
    group.seqameters = vec![ParamNo(1)];
    let mut play = Play::new(1, 2, vec![group]);
    assert_eq!(play.submit(), "main.1");
    assert_eq!(play.done("main.1", 0), "main.2");
    assert_eq!(play.done("main.2", 0), "ended Done");
}

#[test]
fn behind_a_failure_the_chain_is_skipped_and_others_go_on_if_told_so() {
    let mut play = Play::new(2, 3, vec![chains()]).keep_going();
    assert_eq!(play.submit(), "main.1 main.4");
    assert_eq!(play.fail("main.1", Cause::Exit(1)), "");
    let group = &play.grid.jobs[&JOB].groups[0];
    assert_eq!((group.failed.iter().collect::<Vec<_>>(), group.skipped.iter().collect()), (vec![0], vec![1, 2]));
    assert_eq!(play.done("main.4", 10), "main.5");
    assert_eq!(play.done("main.5", 10), "-main.4 main.6");
    assert_eq!(play.done("main.6", 10), ">main.6 -main.5 ended Failed");
    let skipped = TaskRef { index: 2, ..play.task("main.1") };
    let (_, reasons) = play.grid.explain(skipped);
    assert_eq!(format!("{reasons:?}"), format!("[Broken {{ by: {:?} }}]", play.task("main.1")));
}

#[test]
fn without_keep_going_nothing_more_starts_and_what_runs_may_end() {
    let mut play = Play::new(5, 1, vec![sweep("main", Role::Main)]);
    assert_eq!(play.submit(), "main.1 main.2");
    assert_eq!(play.fail("main.1", Cause::Exit(1)), "");
    assert_eq!(play.done("main.2", 0), "ended Failed");
}

#[test]
fn a_reader_of_two_outputs_of_one_task_waits_for_it_once() {
    let mut main = sweep("main", Role::Main);
    main.outputs = vec![output("a", &[p()]), output("b", &[p()])];
    let mut second = sweep("second", Role::Other);
    second.inputs = vec![input("a", &[p()]), input("b", &[p()])];
    second.outputs = vec![output("c", &[p()])];
    let mut play = Play::new(1, 1, vec![main, second]);
    assert_eq!(play.submit(), "main.1");
    assert_eq!(play.done("main.1", 10), "second.1");
    assert_eq!(play.done("second.1", 10), ">second.1 -main.1 -main.1 ended Done");
}

#[test]
fn makers_are_begun_for_a_task_that_waits_for_them_however_late_their_turn() {
    let main = {
        let mut main = sweep("main", Role::Main);
        main.outputs = vec![output("a", &[p()])];
        main
    };
    let mut last = pelago_job::Group::new("last", Role::Other);
    last.inputs = vec![pelago_job::Input {
        name: pelago_job::Template::literal("a.1000"),
        as_name: None,
        read_only: false,
        found: false,
    }];
    let mut play = Play::new(1000, 1, vec![main, last]).slots(1);
    assert_eq!(play.submit(), "main.1");
    let row = play.grid.tasks.get(&play.task("main.1000"));
    assert!(row.is_some(), "the maker has its turn although 900 others come before it");
}

#[test]
fn a_window_of_tasks_is_looked_at_and_no_more() {
    let mut main = sweep("main", Role::Main);
    main.outputs = vec![output("a", &[p()])];
    let mut play = Play::new(1_000_000, 1, vec![main]);
    play.submit();
    assert!(play.grid.tasks.len() < 100, "{} rows", play.grid.tasks.len());
}

#[test]
fn a_cancelled_task_ends_its_chain_only() {
    let mut play = Play::new(2, 2, vec![chains()]).slots(1);
    assert_eq!(play.submit(), "main.1");
    let task = play.task("main.3");
    assert_eq!(play.tell(Record::Cancel { job: JOB, task: Some(task) }), "");
    assert_eq!(play.done("main.1", 10), "main.2");
    assert_eq!(play.done("main.2", 10), ">main.2 -main.1 ended Failed");
    assert_eq!(play.reopen(), "main.3");
}
