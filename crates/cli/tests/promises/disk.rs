//! Disks that are full, read-only, torn or zeroed: a clear error, the right exit code, and nothing lost.

use crate::place::{Ended, Place, signal, until};
use rustix::process::Signal;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

const PLAN: &str = "\
env RAN
parameter x integer range from 1 to 24 step 1
task main
    output o.$x
    shexec \"echo $x >> $RAN; head -c 1000000 /dev/zero > o.$x && echo $x >> o.$x\"
endtask
";

/// Runs a script in a mount namespace of its own with a file system of `size` on `disk`. `None` where that is not allowed.
fn on_small_disk(place: &Place, size: &str, script: &str) -> Option<Ended> {
    let whole = format!("mount -t tmpfs -o size={size} tmpfs disk || exit 99\ncd disk\ncp ../a.plan .\n{script}");
    let mut command = place.command(&[]);
    let program = command.get_program().to_os_string();
    command = std::process::Command::new("unshare");
    command.args(["-m", "sh", "-c", &whole]).current_dir(place.path()).env("PELAGO", program);
    command.env("RAN", place.at("ran")).env("NO_COLOR", "1");
    fs::create_dir_all(place.at("disk")).unwrap();
    let ended = Ended::of(&command.output().ok()?);
    if ended.code == 99 || ended.err.contains("Operation not permitted") {
        return None;
    }
    Some(ended)
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let place = Place::new(&[("a.plan", PLAN)]);
    // The journal's reserve is not given to tasks, and gives way to records of their ends.
    let Some(ended) = on_small_disk(
        &place,
        "12m",
        "$PELAGO run a.plan; echo first $?
         for f in o.*; do test $(stat -c %s $f) -gt 1000000 || echo half $f; done
         mount -o remount,size=100m $PWD; $PELAGO run a.plan; echo second $?
         $PELAGO status --json; ls o.* | wc -l",
    ) else {
        return;
    };
    assert!(ended.out.contains("first 3") || ended.out.contains("first 1"), "{ended:?}");
    assert!(ended.err.contains("the disk is full"), "{ended:?}");
    assert!(!ended.out.contains("half"), "{ended:?}");
    assert!(ended.out.contains("second 0"), "{ended:?}");
    assert!(ended.out.ends_with("24\n"), "{ended:?}");
}

#[test]
fn below_a_floor_of_free_space_nothing_starts() {
    let plan =
        "env RAN\nparameter x integer range from 1 to 3 step 1\ntask main\n  shexec \"echo $x >> $RAN\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    // Somebody else's file fills the disk; when it goes, the run goes on by itself. `why` names the reason meanwhile.
    let Some(ended) = on_small_disk(
        &place,
        "100m",
        "$PELAGO run -q -- true
         head -c $(($(df --output=avail -B1 . | tail -n 1) - 3000000)) /dev/zero > filler
         $PELAGO run a.plan & owner=$!
         until $PELAGO why 2.1 2> /dev/null | grep 'nothing starts below'; do kill -0 $owner || exit 1; sleep 0.1; done
         test -e $RAN && echo ran; rm filler; wait $owner; echo first $?",
    ) else {
        return;
    };
    assert!(ended.out.contains("nothing starts below 5.2 MB"), "{ended:?}");
    assert!(!ended.out.contains("ran\n"), "{ended:?}");
    assert!(ended.err.contains("it goes on when"), "{ended:?}");
    assert!(ended.out.contains("first 0"), "{ended:?}");
    assert_eq!(place.lines("ran").len(), 3);

    // When nothing makes room, the run ends and can be continued.
    let place = Place::new(&[("a.plan", plan)]);
    let ended = on_small_disk(
        &place,
        "100m",
        "$PELAGO run -q -- true
         head -c $(($(df --output=avail -B1 . | tail -n 1) - 3000000)) /dev/zero > filler
         $PELAGO run a.plan; echo first $?; rm filler; $PELAGO run a.plan -q; echo second $?",
    )
    .unwrap();
    assert!(ended.err.contains("then run the same command again"), "{ended:?}");
    assert!(ended.out.contains("first 3\nsecond 0"), "{ended:?}");
}

#[test]
fn a_read_only_directory_is_a_clear_error_and_can_be_read() {
    let place = Place::new(&[("a.plan", PLAN)]);
    let Some(ended) = on_small_disk(
        &place,
        "100m",
        "mount -o remount,ro $PWD; $PELAGO run a.plan; echo first $?
         mount -o remount,rw $PWD; $PELAGO run a.plan -q -p x=1:2; mount -o remount,ro $PWD
         $PELAGO run a.plan; echo second $?
         $PELAGO status > /dev/null && $PELAGO tasks > /dev/null && $PELAGO why 1.1 > /dev/null; echo third $?",
    ) else {
        return;
    };
    assert!(ended.err.contains("Read-only file system"), "{ended:?}");
    assert!(ended.err.contains("make"), "it says what to do: {ended:?}");
    assert!(ended.out.contains("first 3\nsecond 3\nthird 0\n"), "{ended:?}");
}

/// A run that was killed half-way.
fn half_way() -> Place {
    let plan = "env HERE\nparameter x integer range from 1 to 20 step 1\ntask main\n  output o.$x\n  \
                shexec \"echo $x >> $HERE/ran; if test $x = 15 -a ! -e $HERE/open; then echo > $HERE/started; sleep 100; fi; echo $x > o.$x\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.fifo("started");
    let mut run = place.start(&["run", "a.plan", "--slots", "1"]);
    place.heard("started");
    until("what has ended is recorded", || place.pelago(&["tasks", "--state", "done", "--json"]).json()["total"] == 14);
    signal(run.id().cast_signed(), Signal::KILL);
    run.wait().unwrap();
    place
}

fn journal(place: &Place) -> Vec<PathBuf> {
    ["journal.db-wal", "journal.db"]
        .map(|name| place.at(".pelago").join(name))
        .into_iter()
        .filter(|p| p.exists())
        .collect()
}

#[test]
fn a_torn_tail_costs_what_it_held_and_no_more() {
    let place = half_way();
    let Some(log) = journal(&place).into_iter().find(|path| path.ends_with("journal.db-wal")) else { return };
    let whole = fs::metadata(&log).unwrap().len();
    OpenOptions::new().write(true).open(&log).unwrap().set_len(whole - 500).unwrap();
    let tasks = place.pelago(&["tasks", "--json", "--state", "done"]).with(0).json();
    let recorded = tasks["total"].as_u64().unwrap() as usize;
    assert!(recorded <= 14, "{tasks}");
    place.write("open", "");
    place.remove("ran");
    place.pelago(&["run", "a.plan", "--slots", "1"]).with(0);
    // The six that had not ended, and what the torn group told of; how much that is depends on the pace.
    assert_eq!(place.lines("ran").len(), 20 - recorded, "{:?} ran", place.lines("ran"));
    assert_eq!(place.count("SELECT count(DISTINCT idx) FROM runs WHERE outcome = 'done'"), 20);
    place.pelago(&["run", "a.plan"]).with(0).saying("nothing to do");
}

#[test]
fn zeroed_blocks_are_never_taken_for_records() {
    let place = half_way();
    for file in journal(&place) {
        let damaged = place.copy();
        let file = damaged.at(".pelago").join(file.file_name().unwrap());
        let len = fs::metadata(&file).unwrap().len();
        let zeros = OpenOptions::new().write(true).open(&file).unwrap();
        zeros.write_all_at(&vec![0; 4096], (len / 2) & !4095).unwrap();
        let looked = damaged.pelago(&["tasks", "--json", "--state", "done"]);
        if looked.code == 0 {
            // Zeros in a log end it there: fewer records, all of them true.
            for task in looked.json()["tasks"].as_array().unwrap() {
                let x = task["values"][0][1].as_str().unwrap().to_string();
                assert!(place.lines("ran").contains(&x), "task {x} never ran");
            }
        } else {
            assert_eq!(looked.code, 3, "{}", looked.err);
            assert!(looked.err.contains("damaged") && looked.err.contains("pelago doctor"), "{}", looked.err);
            damaged.pelago(&["run", "a.plan", "-p", "x=1:2"]).with(3).saying("nothing was changed");
        }
    }
}

#[test]
fn a_result_that_cannot_come_home_is_kept_and_comes_when_that_is_mended() {
    let plan = "\
env HERE
parameter p integer range from 1 to 2 step 1
task main
    output results/r.$p
    shexec \"echo ran >> $HERE/ran; mkdir -p results; echo $p > results/r.$p; echo side > side.$p\"
    copy node:side.$p root:results/side.$p
endtask
";
    let place = Place::new(&[("a.plan", plan)]);
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), place.at("results")).unwrap();
    let ended = place.pelago(&["run", "a.plan"]).with(3).saying("leads out of its directory by a symbolic link");
    assert!(
        ended.err.contains("the same command brings them home") || ended.err.contains("the same command"),
        "{}",
        ended.err
    );
    assert_eq!(place.lines("ran").len(), 2, "nothing is made again for that");
    assert!(fs::read_dir(outside.path()).unwrap().next().is_none(), "nothing was written outside");
    for asked in [&["why"][..], &["why", "1.1"], &["why", "results/r.1"]] {
        let why = place.pelago(asked).with(0).out;
        assert!(why.contains("results/r.1 waits in the state directory and has not come home"), "{asked:?}: {why}");
    }
    place.remove("results");
    place.pelago(&["run", "a.plan"]).with(0);
    assert_eq!((place.read("results/r.2"), place.read("results/side.1")), ("2\n".to_string(), "side\n".to_string()));
    assert_eq!(place.lines("ran").len(), 2);
}
