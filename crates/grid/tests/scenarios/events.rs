//! Event tasks: once for each version, never for reuse; they hold their file and stop no chain.

use crate::play::{Play, chains, output, p, sweep, told};
use pelago_grid::{At, Record, Reused, Verdict};
use pelago_job::{Bytes, Cause, Digest, Event, Made, Role, TaskRef};

#[test]
fn a_state_is_held_until_its_event_task_has_ended_and_its_reader_does_not_wait() {
    let mut play = Play::new(1, 2, told(vec![chains()], &[Event::Create]));
    assert_eq!(play.submit(), "main.1");
    assert_eq!(play.done("main.1", 10), "tell.1 main.2");
    assert_eq!(play.done("main.2", 10), ">main.2 tell.2", "main.1 has been read and is held");
    assert_eq!(play.done("tell.1", 0), "-main.1");
    assert_eq!(play.done("tell.2", 0), "ended Done");
}

#[test]
fn who_is_told_of_a_result_waits_until_it_is_at_home() {
    let mut main = sweep("main", Role::Main);
    main.outputs = vec![output("r", &[p()])];
    let mut play = Play::new(1, 1, told(vec![main], &[Event::Create, Event::Copy]));
    play.confirms = false;
    play.submit();
    assert_eq!(play.done("main.1", 10), ">main.1", "it changes its place");
    assert_eq!(play.tell(Record::Delivered { file: play.file("main.1") }), "tell.1 tell.2");
}

#[test]
fn a_failed_event_task_stops_nothing_makes_the_job_fail_and_runs_again() {
    let mut play = Play::new(1, 2, told(vec![chains()], &[Event::Create]));
    play.submit();
    play.done("main.1", 10);
    assert_eq!(play.fail("tell.1", Cause::Exit(1)), "");
    assert_eq!(play.done("main.2", 10), ">main.2 tell.2", "main.1 is kept for it");
    assert_eq!(play.done("tell.2", 0), "ended Failed");
    assert_eq!(play.reopen(), "tell.1");
    assert_eq!(play.done("tell.1", 0), "-main.1 ended Done");
}

#[test]
fn reuse_tells_nobody() {
    fn proved(task: TaskRef) -> Verdict {
        let made = Made { size: Bytes(10), digest: Digest::of(&task.index.to_le_bytes()) };
        Verdict::Reuse { outputs: vec![Reused { first: made, now: made, at: At::Home }] }
    }
    let mut play = Play::new(1, 2, told(vec![chains()], &[Event::Create, Event::Copy]));
    play.check = true;
    play.verdict = Some(proved);
    assert_eq!(play.submit(), "ended Done");
}
