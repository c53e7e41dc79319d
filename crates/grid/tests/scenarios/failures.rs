//! After a failure: again, later, held for a person, or given up; by cause.

use crate::play::{JOB, Play, chains, sweep};
use pelago_grid::{Record, Settled, TaskState};
use pelago_job::{After, Bytes, Cause, Group, GroupNo, Role, Throttle};
use pelago_match::Reason;

fn one(retries: u32) -> Play {
    Play::new(1, 1, vec![sweep("main", Role::Main)]).retries(retries)
}

#[test]
fn a_faulty_task_is_tried_again_with_back_off_as_often_as_asked() {
    let mut play = one(2);
    assert_eq!(play.submit(), "main.1");
    assert_eq!(play.fail("main.1", Cause::Exit(1)), "");
    assert_eq!(play.wait(499), "", "half a second at first");
    assert_eq!(play.wait(1), "main.1");
    assert_eq!(play.fail("main.1", Cause::Exit(1)), "");
    assert_eq!(play.wait(999), "");
    assert_eq!(play.wait(1), "main.1");
    assert_eq!(play.fail("main.1", Cause::Exit(1)), "ended Failed");
}

#[test]
fn ends_that_are_said_to_be_final_are_not_tried_again() {
    let mut group = sweep("main", Role::Main);
    group.spent = vec![3, -9];
    for (cause, tried) in [(Cause::Exit(3), false), (Cause::Signal(9), false), (Cause::Exit(9), true)] {
        let mut play = Play::new(1, 1, vec![group.clone()]).retries(2);
        play.submit();
        assert_eq!(play.fail("main.1", cause), if tried { "" } else { "ended Failed" });
    }
}

#[test]
fn an_end_that_aborts_stops_all_but_what_comes_after_any_end() {
    let mut main = sweep("main", Role::Main);
    main.aborts = vec![3];
    let mut behind = sweep("behind", Role::Other);
    behind.after = vec![After { group: GroupNo(0), any_end: false }];
    let mut last = Group::new("last", Role::Other);
    last.after = [0, 1, 2].map(|number| After { group: GroupNo(number), any_end: true }).to_vec();
    let groups = vec![main, sweep("beside", Role::Other), behind, last];
    let mut play = Play::new(2, 1, groups).slots(3).retries(5);
    assert_eq!(play.submit(), "main.1 main.2 beside.1");
    assert_eq!(play.fail("main.2", Cause::Exit(1)), "beside.2", "another end is tried again");
    assert_eq!(play.fail("main.1", Cause::Exit(3)), "stop beside.1 stop beside.2");
    assert_eq!(play.wait(60_000), "", "what waits to be tried again never is");
    // One ends well before it hears of it.
    assert_eq!(play.done("beside.1", 0), "");
    assert_eq!(play.fail("beside.2", Cause::Cancelled), "last.1");
    assert_eq!(play.done("last.1", 0), "ended Failed");
    let ends = ["main.1", "main.2", "beside.1", "beside.2", "behind.1"].map(|name| play.grid.settled(play.task(name)));
    let [failed, skipped, done, cancelled] = [Settled::Failed, Settled::Skipped, Settled::Done, Settled::Cancelled];
    assert_eq!(ends, [failed, skipped, done, cancelled, skipped].map(Some));
    // The same command goes on with what has not ended well, and the final group sees the end of that.
    assert_eq!(play.reopen(), "main.1 main.2 beside.2");
}

#[test]
fn a_chain_that_is_cut_off_while_a_task_of_it_runs_ends_with_that() {
    let mut main = chains();
    main.aborts = vec![3];
    let mut play = Play::new(2, 3, vec![main]).slots(2).keep_going();
    assert_eq!(play.submit(), "main.1 main.4");
    assert_eq!(play.fail("main.1", Cause::Exit(3)), "stop main.4");
    let end = play.done("main.4", 0);
    assert!(end.ends_with("ended Failed"), "{end}");
    let of = |name| play.grid.settled(play.task(name));
    assert_eq!(["main.4", "main.5", "main.3"].map(of), [Settled::Done, Settled::Skipped, Settled::Skipped].map(Some));
}

#[test]
fn groups_under_one_limit_wait_for_each_other() {
    let under = |name: &str, role| {
        let mut group = sweep(name, role);
        group.throttle = Some(Throttle { name: "tape".to_string(), most: 2 });
        group
    };
    let mut play = Play::new(2, 1, vec![under("main", Role::Main), under("more", Role::Other)]).slots(4);
    assert_eq!(play.submit(), "main.1 main.2");
    assert_eq!(play.done("main.1", 0), "more.1");
    let reasons = play.grid.explain(play.task("more.2")).1;
    let full = Reason::Throttle { group: GroupNo(1), busy: 2, most: 2 };
    assert!(reasons.contains(&full) || matches!(reasons[..], [Reason::Turn { .. }]), "{reasons:?}");
    assert_eq!(play.done("main.2", 0), "more.2");
    play.done("more.1", 0);
    assert_eq!(play.done("more.2", 0), "ended Done");
}

#[test]
fn losses_of_ours_never_count() {
    let mut play = one(0);
    play.submit();
    for _ in 0..10 {
        assert_eq!(play.fail("main.1", Cause::LostAgent), "main.1");
    }
    assert_eq!(play.done("main.1", 0), "ended Done");
}

#[test]
fn a_task_that_ends_its_owner_again_and_again_is_given_up() {
    let mut play = one(0);
    play.submit();
    let again = (0..100).take_while(|_| play.fail("main.1", Cause::LostAgent) == "main.1").count();
    assert_eq!(again, 20);
    assert_eq!(play.grid.settled(play.task("main.1")), Some(Settled::Failed));
}

#[test]
fn a_refusal_or_a_missing_output_is_not_tried_again() {
    for cause in [Cause::Refused("a path outside".to_string()), Cause::OutputMissing("out".to_string())] {
        let mut play = one(5);
        play.submit();
        assert_eq!(play.fail("main.1", cause), "ended Failed");
    }
}

#[test]
fn a_report_without_a_declared_output_is_a_failure() {
    let mut play = Play::new(1, 1, vec![chains()]);
    play.submit();
    let mut report = pelago_job::Report::failed(Cause::Cancelled);
    report.outcome = pelago_job::Outcome::Done;
    assert_eq!(play.report("main.1", report), "ended Failed");
}

#[test]
fn a_task_declared_once_is_held_until_a_person_releases_it() {
    let mut group = sweep("main", Role::Main);
    group.once = true;
    let mut play = Play::new(1, 1, vec![group]);
    play.submit();
    assert_eq!(play.fail("main.1", Cause::LostAgent), "");
    assert_eq!(play.grid.tasks[&play.task("main.1")].state, TaskState::Held);
    play.tell(Record::Hold { job: JOB });
    assert_eq!(play.tell(Record::Release { job: JOB }), "", "the end of a hold is no decision about the task");
    assert_eq!(play.tell(Record::Release { job: JOB }), "main.1");
}

#[test]
fn only_the_current_attempt_counts() {
    let mut play = one(0);
    play.submit();
    assert_eq!(play.fail("main.1", Cause::LostAgent), "main.1");
    let task = play.task("main.1");
    let mut report = pelago_job::Report::failed(Cause::Cancelled);
    report.outcome = pelago_job::Outcome::Done;
    let late = Record::Finished { task, attempt: 1, key: None, report: Box::new(report) };
    assert_eq!(play.tell(late), "");
    assert_eq!(play.grid.settled(task), None, "attempt 2 runs, and 1 has been given up");
    assert_eq!(play.done("main.1", 0), "ended Done");
}

#[test]
fn a_reopened_job_runs_what_failed_and_what_was_skipped_with_new_attempt_numbers() {
    let mut play = Play::new(2, 2, vec![chains()]).keep_going();
    assert_eq!(play.submit(), "main.1 main.3");
    play.fail("main.1", Cause::Exit(1));
    assert_eq!(play.done("main.3", 10), "main.4");
    assert_eq!(play.done("main.4", 10), ">main.4 -main.3 ended Failed");
    assert_eq!(play.reopen(), "main.1");
    assert_eq!(play.grid.tasks[&play.task("main.1")].attempt, 2, "late word of attempt 1 is not taken for it");
    assert_eq!(play.done("main.1", 10), "main.2");
    assert_eq!(play.done("main.2", 10), ">main.2 -main.1 ended Done");
}

#[test]
fn an_attempt_that_outgrows_its_reservation_comes_back_with_a_larger_one() {
    let mut group = sweep("main", Role::Main);
    group.limits.disk = Some(Bytes(100));
    let mut play = Play::new(1, 1, vec![group]).quota(1000);
    play.submit();
    assert_eq!(play.grid.space.reserved, 100);
    assert_eq!(play.fail("main.1", Cause::Disk { reserved: Bytes(100), used: Bytes(110) }), "main.1");
    assert_eq!(play.grid.space.reserved, 220);
}
