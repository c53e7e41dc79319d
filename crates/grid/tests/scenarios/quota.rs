//! Space: admission by reservation, the step reserve, groups of unknown size, and what is said when nothing fits.

use crate::play::{JOB, Play, chains, sweep};
use pelago_grid::{JobState, Record};
use pelago_job::{Bytes, Cause, Keep, Role};

fn declared(disk: u64) -> pelago_job::Group {
    let mut group = chains();
    group.limits.disk = Some(Bytes(disk));
    group
}

#[test]
fn the_sum_of_reservations_stays_within_the_quota() {
    let mut group = sweep("main", Role::Main);
    group.limits.disk = Some(Bytes(40));
    let mut play = Play::new(5, 1, vec![group]).slots(5).quota(100);
    assert_eq!(play.submit(), "main.1 main.2");
    assert_eq!(play.done("main.1", 0), "main.3");
}

#[test]
fn one_step_is_never_lent_to_a_start() {
    let mut play = Play::new(3, 2, vec![declared(40)]).slots(3).quota(120);
    assert_eq!(play.submit(), "main.1 main.3", "40 of 120 stay free for a step");
    assert_eq!(play.done("main.1", 20), "main.2");
    assert_eq!(play.done("main.2", 20), ">main.2 -main.1 main.5");
}

#[test]
fn a_group_of_unknown_size_runs_one_task_at_a_time_until_one_has_finished() {
    let mut play = Play::new(4, 1, vec![chains()]).slots(4).quota(10_000_000);
    assert_eq!(play.submit(), "main.1");
    assert_eq!(play.fail("main.1", Cause::Exit(1)), "ended Failed");
    let mut play = Play::new(4, 1, vec![chains()]).slots(4).quota(10_000_000);
    play.submit();
    assert_eq!(play.done("main.1", 1000), ">main.1 main.2 main.3 main.4");
}

#[test]
fn what_can_never_fit_is_refused_with_the_arithmetic() {
    let mut play = Play::new(1, 1, vec![declared(5000)]).quota(1000);
    assert_eq!(play.submit(), "ended Stuck");
    let Some(JobState::Stuck(why)) = play.grid.job(JOB).map(|job| job.state.clone()) else { panic!("it is stuck") };
    assert!(why.contains("needs 5.0 kB and 1.0 kB of the quota of 1.0 kB is free"), "{why}");
    play.tell(Record::Quota { quota: Some(Bytes(20_000)) });
    assert_eq!(play.reopen(), "main.1");
}

#[test]
fn a_plain_sweep_that_does_not_fit_is_refused_too() {
    let mut group = sweep("main", Role::Main);
    group.limits.disk = Some(Bytes(5000));
    let mut play = Play::new(3, 1, vec![group]).quota(1000);
    assert_eq!(play.submit(), "ended Stuck");
}

#[test]
fn kept_directories_of_failures_go_before_anything_is_refused() {
    let mut group = sweep("main", Role::Main);
    group.limits.disk = Some(Bytes(600));
    let mut play = Play::new(2, 1, vec![group]).slots(1).quota(1000).keep_going();
    assert_eq!(play.submit(), "main.1");
    let mut report = pelago_job::Report::failed(Cause::Exit(1));
    report.usage.disk = Bytes(600);
    assert_eq!(play.report("main.1", report), "main.2");
    assert!(play.grid.space.failed.is_empty(), "the directory gave way");
}

#[test]
fn kept_directories_of_failures_never_stay_above_the_quota() {
    let mut group = sweep("main", Role::Main);
    group.limits.disk = Some(Bytes(300));
    let mut play = Play::new(2, 1, vec![group]).slots(1).quota(1000).keep_going();
    play.submit();
    let mut failed = |task| {
        let mut report = pelago_job::Report::failed(Cause::Exit(1));
        report.usage.disk = Bytes(600);
        play.report(task, report);
        play.grid.space.failed.keys().map(|(task, _)| task.index + 1).collect::<Vec<_>>()
    };
    assert_eq!(failed("main.1"), [1]);
    assert_eq!(failed("main.2"), [2], "the older one went, though nothing waits for its space");
}

#[test]
fn a_state_gives_way_when_begun_chains_hold_so_much_that_none_can_step() {
    // States grow: what was learned from the first links does not hold for the next ones.
    let mut play = Play::new(2, 3, vec![chains()]).quota(456_000);
    assert_eq!(play.submit(), "main.1");
    assert_eq!(play.done("main.1", 100), "main.2 main.4");
    assert_eq!(play.done("main.2", 120_000), "-main.1");
    assert_eq!(play.done("main.4", 120_000), "-main.4 main.3", "335,536 bytes are needed, 216,000 are free");
    assert!(play.decisions.contains(&Record::Sacrificed { file: play.file("main.4") }));
    assert_eq!(play.done("main.3", 120_000), ">main.3 -main.2 main.4", "it is made again");
    assert_eq!(play.done("main.4", 120_000), "main.5");
    assert_eq!(play.done("main.5", 120_000), "-main.4 main.6");
    assert_eq!(play.done("main.6", 120_000), ">main.6 -main.5 ended Done");
}

#[test]
fn the_state_of_a_failed_chain_gives_way_and_is_made_again_when_the_job_is_continued() {
    let mut play = Play::new(2, 2, vec![declared(100)]).slots(1).quota(120).keep_going();
    assert_eq!(play.submit(), "main.1");
    assert_eq!(play.done("main.1", 20), "main.2");
    assert_eq!(play.fail("main.2", Cause::Exit(1)), "main.3");
    assert_eq!(play.done("main.3", 20), "-main.1 main.4");
    assert_eq!(play.done("main.4", 20), ">main.4 -main.3 ended Failed");
    assert_eq!(play.reopen(), "main.1");
    assert_eq!(play.done("main.1", 20), "main.2");
    assert_eq!(play.done("main.2", 20), ">main.2 -main.1 ended Done");
}

#[test]
fn while_a_person_holds_a_job_another_one_waits_and_is_not_refused() {
    let mut play = Play::new(1, 1, vec![declared(5000)]).quota(1000);
    play.tell(Record::Hold { job: JOB });
    play.submit();
    assert!(matches!(play.grid.job(JOB).map(|job| &job.state), Some(JobState::Stuck(_))), "it was not held yet");
    play.tell(Record::Quota { quota: None });
    assert_eq!(play.reopen(), "main.1");
}

#[test]
fn states_are_kept_by_rule() {
    for (keep, deleted) in
        [(Keep::None, "-main.1 -main.2 -main.3"), (Keep::Every(2), "-main.1 -main.3"), (Keep::All, "")]
    {
        let mut group = chains();
        group.keep = keep;
        let mut play = Play::new(1, 4, vec![group]);
        play.submit();
        let said: Vec<String> = (1..=4).map(|link| play.done(&format!("main.{link}"), 10)).collect();
        let gone: Vec<&str> =
            said.iter().flat_map(|line| line.split(' ')).filter(|word| word.starts_with('-')).collect();
        assert_eq!(gone.join(" "), deleted, "{keep:?}");
    }
}

#[test]
fn what_every_n_keeps_gives_way_to_steps_and_to_new_chains_but_not_to_less_than_that() {
    let mut group = declared(100);
    group.keep = Keep::Every(1);
    let mut play = Play::new(3, 4, vec![group]).slots(1).quota(350);
    play.submit();
    assert_eq!(play.done("main.1", 50), "main.2");
    assert_eq!(play.done("main.2", 50), "main.3", "main.1 is kept: there is room for it");
    assert_eq!(play.done("main.3", 50), "main.4");
    assert_eq!(play.done("main.4", 50), ">main.4 main.5", "three states are kept, and 200 bytes are free");
    assert_eq!(play.grid.spare.bytes(), 150);
    assert!(play.decisions.iter().all(|decision| !matches!(decision, Record::GaveWay { .. })));
}

#[test]
fn the_oldest_state_of_a_chain_gives_way_first_and_the_newest_last() {
    let mut group = declared(100);
    group.keep = Keep::Every(1);
    let mut play = Play::new(2, 5, vec![group]).slots(1).quota(270);
    play.submit();
    play.done("main.1", 60);
    play.done("main.2", 60);
    assert_eq!(play.done("main.3", 60), "-main.1 main.4", "180 are kept and 100 needed");
    assert_eq!(play.done("main.4", 60), "-main.2 main.5");
    // A chain that has not begun needs 100, and 100 stay free for its next step.
    assert_eq!(play.done("main.5", 60), ">main.5 -main.3 main.6");
    assert_eq!(play.done("main.6", 30), "main.7", "the newest of the chain that has ended is still there");
    assert_eq!(play.grid.spare.bytes(), 60);
    let gone = |name: &str| Record::GaveWay { file: play.file(name) };
    let gave = play.decisions.iter().filter(|decision| matches!(decision, Record::GaveWay { .. }));
    assert!(gave.eq(&[gone("main.1"), gone("main.2"), gone("main.3")]), "{:?}", play.decisions);
}

#[test]
fn what_auto_keeps_goes_before_what_every_n_keeps() {
    let mut first = declared(100);
    first.keep = Keep::Every(1);
    let mut play = Play::new(1, 3, vec![first]).slots(1).quota(1000);
    play.submit();
    play.done("main.1", 60);
    play.done("main.2", 60);
    assert!(play.grid.files[&play.file("main.1")].kept == pelago_grid::file::Kept::Every);
    play.tell(Record::Kept { file: play.file("main.1"), auto: false });
    play.done("main.3", 60);
    play.tell(Record::Kept { file: play.file("main.2"), auto: true });
    assert_eq!(play.grid.spare.next(|_| 0), Some(play.file("main.2")));
}

#[test]
fn kept_states_give_way_to_a_last_try_with_all_there_is() {
    let mut group = declared(100);
    group.keep = Keep::Every(1);
    group.limits.disk = None;
    let mut play = Play::new(1, 4, vec![group]).slots(1).quota(400_000);
    play.submit();
    play.done("main.1", 60_000);
    play.done("main.2", 60_000);
    let outgrown = |reserved: u64| Cause::Disk { reserved: Bytes(reserved), used: Bytes(reserved + 1) };
    play.fail("main.3", outgrown(280_000));
    // It asks for 560,000 now, and all there is are 400,000: it gets what there is without its two states, once.
    assert!(play.decisions.contains(&Record::GaveWay { file: play.file("main.1") }), "{:?}", play.decisions);
    assert_eq!(play.fail("main.3", outgrown(390_000)), "ended Stuck");
}

#[test]
fn what_the_plan_keeps_in_any_case_does_not_give_way() {
    let mut group = declared(100);
    group.keep = Keep::All;
    let mut play = Play::new(1, 5, vec![group]).slots(1).quota(250);
    play.submit();
    play.done("main.1", 60);
    play.done("main.2", 60);
    assert_eq!(play.done("main.3", 60), "ended Stuck");
}

#[test]
fn a_state_kept_by_the_auto_rule_gives_way() {
    let mut group = declared(100);
    group.keep = Keep::Auto;
    // Making it again costs a quarter of an hour, and the disk is small.
    let mut play = Play::new(1, 3, vec![group]).quota(450);
    play.wall = 1_000_000;
    play.submit();
    assert_eq!(play.done("main.1", 60), "main.2");
    assert_eq!(play.done("main.2", 60), "main.3", "main.1 is kept");
    assert_eq!(play.grid.space.used(), 120);
    let mut group = declared(100);
    group.keep = Keep::Auto;
    let mut play = Play::new(1, 3, vec![group]).quota(210);
    play.wall = 1_000_000;
    play.submit();
    assert_eq!(play.done("main.1", 60), "main.2");
    assert_eq!(play.done("main.2", 60), "-main.1 main.3", "there is no room for both");
}
