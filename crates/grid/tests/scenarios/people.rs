//! What people ask for: hold, release, cancel, stop.

use crate::play::{JOB, Play, chains, sweep};
use pelago_grid::{Record, Settled};
use pelago_job::{Cause, Role};
use pelago_match::Reason;

#[test]
fn a_held_job_starts_nothing_more() {
    let mut play = Play::new(2, 2, vec![chains()]).slots(1);
    play.submit();
    play.tell(Record::Hold { job: JOB });
    assert_eq!(play.done("main.1", 10), "");
    let (_, reasons) = play.grid.explain(play.task("main.2"));
    assert!(reasons.contains(&Reason::Held), "{reasons:?}");
    assert_eq!(play.tell(Record::Release { job: JOB }), "main.2");
}

#[test]
fn a_cancelled_job_stops_what_runs_and_keeps_nothing_that_no_one_will_read() {
    let mut play = Play::new(2, 3, vec![chains()]);
    play.submit();
    assert_eq!(play.done("main.1", 10), "main.2");
    assert_eq!(play.tell(Record::Cancel { job: JOB, task: None }), "stop main.2 stop main.4");
    assert_eq!(play.fail("main.2", Cause::Cancelled), "");
    assert_eq!(play.fail("main.4", Cause::Cancelled), "ended Cancelled -main.1");
    assert_eq!(play.grid.settled(play.task("main.4")), Some(Settled::Cancelled));
    assert_eq!(play.grid.space.used(), 0);
}

#[test]
fn a_cancelled_job_can_be_continued_and_makes_again_what_it_threw_away() {
    let mut play = Play::new(1, 2, vec![chains()]);
    play.submit();
    play.done("main.1", 10);
    play.tell(Record::Cancel { job: JOB, task: None });
    assert_eq!(play.fail("main.2", Cause::Cancelled), "ended Cancelled -main.1");
    assert_eq!(play.reopen(), "main.1", "whose state main.2 reads");
    assert_eq!(play.done("main.1", 10), "main.2");
    assert_eq!(play.done("main.2", 10), ">main.2 -main.1 ended Done");
}

#[test]
fn a_result_that_arrives_while_its_job_is_cancelled_is_kept() {
    let mut play = Play::new(1, 1, vec![chains()]);
    play.submit();
    play.tell(Record::Cancel { job: JOB, task: None });
    assert_eq!(play.done("main.1", 10), ">main.1 ended Cancelled", "stopping it came too late");
    assert_eq!(play.grid.settled(play.task("main.1")), Some(Settled::Done));
}

#[test]
fn an_owner_that_is_stopping_starts_nothing_and_the_next_one_goes_on() {
    let mut play = Play::new(3, 1, vec![sweep("main", Role::Main)]).slots(1);
    assert_eq!(play.submit(), "main.1");
    play.tell(Record::Draining);
    assert_eq!(play.done("main.1", 0), "");
    let (_, reasons) = play.grid.explain(play.task("main.2"));
    assert!(reasons.contains(&Reason::Draining), "{reasons:?}");
    assert_eq!(play.tell(Record::Opened { slots: 1, gap: pelago_job::Millis(0) }), "main.2");
}

#[test]
fn records_that_fit_nothing_change_nothing() {
    let mut play = Play::new(1, 1, vec![chains()]);
    play.submit();
    let before = pelago_grid::image::Image::of(&play.grid);
    let (task, file) = (pelago_job::TaskRef { index: 77, ..play.task("main.1") }, play.file("main.1"));
    let elsewhere = pelago_job::TaskRef { job: pelago_job::JobId(9), ..task };
    for record in [
        Record::Begun { task },
        Record::Begun { task: elsewhere },
        Record::Placed { task, attempt: 1, reserved: None },
        Record::Placed { task: elsewhere, attempt: 1, reserved: None },
        Record::Delivered { file },
        Record::Lost { file },
        Record::Condemned { file },
        Record::Sacrificed { file },
        Record::Due { task },
        Record::GaveUp { task: elsewhere, cause: Cause::Exit(1) },
        Record::HeldBack { task },
        Record::Freed(pelago_grid::FreedSpace::Attempt { task, attempt: 3 }),
        Record::HomeDelivered { task, attempt: 1 },
        Record::Release { job: pelago_job::JobId(9) },
        Record::Cancel { job: pelago_job::JobId(9), task: Some(elsewhere) },
    ] {
        play.grid.apply(play.now, &record, &mut Vec::new());
        assert_eq!(pelago_grid::image::Image::of(&play.grid), before, "{record:?}");
    }
}

#[test]
fn a_task_whose_turn_has_not_come_is_cancelled_with_what_comes_after_it_in_its_chain() {
    let mut play = Play::new(3, 2, vec![chains()]).slots(1).quota(1000).keep_going();
    play.submit();
    let cancel = |play: &mut Play, name| play.tell(Record::Cancel { job: JOB, task: Some(play.task(name)) });
    cancel(&mut play, "main.5");
    assert_eq!(play.grid.settled(play.task("main.5")), Some(Settled::Cancelled));
    assert_eq!(play.grid.settled(play.task("main.6")), Some(Settled::Skipped));
    // Others come before these: they are told so, and nothing changes.
    cancel(&mut play, "main.4");
    assert_eq!(play.grid.settled(play.task("main.4")), None);
    assert!(!play.grid.can_be_cancelled(play.task("main.4")) && !play.grid.can_be_cancelled(play.task("main.5")));
}

#[test]
fn a_plain_task_whose_turn_has_not_come_is_cancelled_and_the_others_run() {
    let mut play = Play::new(3, 1, vec![sweep("main", Role::Main)]).slots(1).keep_going();
    assert_eq!(play.submit(), "main.1");
    play.tell(Record::Cancel { job: JOB, task: Some(play.task("main.2")) });
    assert_eq!(play.done("main.1", 0), "main.3");
    assert_eq!(play.done("main.3", 0), "ended Failed");
    assert_eq!(play.grid.settled(play.task("main.2")), Some(Settled::Cancelled));
    assert_eq!(play.reopen(), "main.2");
}
