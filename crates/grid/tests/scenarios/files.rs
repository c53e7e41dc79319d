//! Files: made again when they are lost, reused where they are, and never read while they move.

use crate::play::{JOB, Play, chains, output, p, sweep};
use pelago_grid::{At, Record, Reused, Verdict};
use pelago_job::{Bytes, Digest, Made, Role, TaskRef};

#[test]
fn a_lost_state_is_made_again_from_the_last_one_that_is_there() {
    let mut play = Play::new(1, 4, vec![chains()]).slots(1);
    play.submit();
    play.done("main.1", 10);
    play.done("main.2", 10);
    assert_eq!(play.tell(Record::Hold { job: JOB }), "");
    assert_eq!(play.done("main.3", 10), "-main.2");
    assert_eq!(play.tell(Record::Lost { file: play.file("main.3") }), "");
    assert_eq!(play.tell(Record::Release { job: JOB }), "main.1", "and not main.4, which waits for main.3");
    assert_eq!(play.done("main.1", 10), "main.2");
    assert_eq!(play.done("main.2", 10), "-main.1 main.3");
    assert_eq!(play.done("main.3", 10), "-main.2 main.4");
    assert_eq!(play.done("main.4", 10), ">main.4 -main.3 ended Done");
    assert_eq!(play.grid.jobs[&JOB].groups[0].remade, 3);
}

#[test]
fn a_task_made_again_with_another_digest_is_marked() {
    let mut play = Play::new(1, 2, vec![chains()]).slots(1);
    play.submit();
    play.tell(Record::Hold { job: JOB });
    play.done("main.1", 10);
    play.tell(Record::Lost { file: play.file("main.1") });
    play.tell(Record::Release { job: JOB });
    let first = play.grid.files[&play.file("main.1")].first;
    let mut report = pelago_job::Report::failed(pelago_job::Cause::Cancelled);
    report.outcome = pelago_job::Outcome::Done;
    report.outputs = vec![Made { size: Bytes(10), digest: Digest::of(b"another") }];
    play.report("main.1", report);
    let row = &play.grid.files[&play.file("main.1")];
    assert_eq!(row.first, first, "what proofs of its readers hold");
    assert!(play.grid.jobs[&JOB].groups[0].varies.contains(0));
}

#[test]
fn a_result_lost_on_its_way_is_made_again_and_comes_home() {
    let mut main = sweep("main", Role::Main);
    main.outputs = vec![output("r", &[p()])];
    let mut play = Play::new(1, 1, vec![main]);
    play.confirms = false;
    play.submit();
    assert_eq!(play.done("main.1", 10), ">main.1");
    assert_eq!(play.tell(Record::Lost { file: play.file("main.1") }), "main.1");
    play.confirms = true;
    assert_eq!(play.done("main.1", 10), ">main.1 ended Done");
}

#[test]
fn a_proved_chain_runs_nothing_and_one_lost_result_brings_back_what_it_needs() {
    fn proved(task: TaskRef) -> Verdict {
        if task.index == 2 {
            return Verdict::Run { why: Some("its result is gone".to_string()) };
        }
        let made = Made { size: Bytes(10), digest: Digest::of(&task.index.to_le_bytes()) };
        let at = if task.index == 0 { At::Home } else { At::Gone };
        Verdict::Reuse { outputs: vec![Reused { first: made, now: made, at }] }
    }
    let mut play = Play::new(1, 3, vec![chains()]);
    play.check = true;
    play.verdict = Some(proved);
    assert_eq!(
        play.submit(),
        "main.1",
        "main.3 needs main.2, which needs main.1, whose state has gone with its reader"
    );
    assert_eq!(play.done("main.1", 10), "main.2");
    assert_eq!(play.done("main.2", 10), "-main.1 main.3");
    assert_eq!(play.done("main.3", 10), ">main.3 -main.2 ended Done");
}

#[test]
fn after_a_restart_everything_that_may_not_have_been_done_is_asked_for_again() {
    let mut play = Play::new(2, 2, vec![chains()]);
    play.confirms = false;
    play.submit();
    play.done("main.1", 10);
    play.done("main.2", 10);
    let mut actions = Vec::new();
    let opened = Record::Opened { slots: 2, gap: pelago_job::Millis(5) };
    play.grid.apply(play.now, &opened, &mut actions);
    let said: Vec<String> = actions.iter().map(|action| format!("{action:?}")).collect();
    let at =
        |word: &str| said.iter().position(|text| text.starts_with(word)).unwrap_or_else(|| panic!("{word}: {said:?}"));
    assert!(at("Collect") < at("Deliver"), "into the store before home");
    assert!(at("Deliver") < at("Delete"));
    assert!(at("Collect") < at("Discard"));
    assert!(said.iter().any(|text| text.starts_with("Prove")));
}
