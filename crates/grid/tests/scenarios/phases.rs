//! Phases: what runs once, before everything and after everything.

use crate::play::{JOB, Play, sweep};
use pelago_grid::{GroupProof, Record};
use pelago_job::{Cause, Group, Role};
use roaring::RoaringTreemap;

fn whole() -> Vec<Group> {
    vec![
        sweep("main", Role::Main),
        Group::new("node", Role::NodeStart),
        Group::new("clear", Role::NodeFinish),
        Group::new("last", Role::RootFinish),
    ]
}

#[test]
fn the_node_is_prepared_before_the_first_task_and_cleared_after_the_last() {
    let mut play = Play::new(2, 1, whole());
    assert_eq!(play.submit(), "node.1");
    assert_eq!(play.done("node.1", 0), "main.1 main.2");
    assert_eq!(play.done("main.1", 0), "");
    assert_eq!(play.done("main.2", 0), "clear.1");
    assert_eq!(play.done("clear.1", 0), "last.1");
    assert_eq!(play.done("last.1", 0), "ended Done");
}

#[test]
fn when_the_node_cannot_be_prepared_the_job_ends_even_if_it_was_told_to_keep_going() {
    let mut play = Play::new(2, 1, whole()).keep_going();
    play.submit();
    assert_eq!(play.fail("node.1", Cause::Exit(1)), "ended Failed");
    assert_eq!(play.reopen(), "node.1");
}

#[test]
fn what_is_proved_needs_no_node_and_what_comes_last_is_not_run_for_nothing() {
    let mut play = Play::new(3, 1, whole());
    play.tell(Record::Hold { job: JOB });
    // The proof comes before the play's own answer.
    let all = |size: u64| GroupProof { template: None, check: false, reused: (0..size).collect::<RoaringTreemap>() };
    play.verdict = None;
    let mut actions = Vec::new();
    let submitted = {
        let mut other = Play::new(3, 1, whole());
        other.submit();
        other.grid.jobs[&JOB].submitted.clone()
    };
    play.grid.apply(play.now, &Record::Submitted(Box::new((*submitted).clone())), &mut actions);
    let groups = vec![all(3), all(1), all(1), all(1)];
    assert_eq!(play.tell(Record::Proved { job: JOB, groups, start_first: false }), "ended Done");
}
