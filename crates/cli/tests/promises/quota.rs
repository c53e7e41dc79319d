//! Disk: the quota holds at every moment, chains that have begun can step, and what cannot fit is refused with numbers.

use crate::place::{Place, finish};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Twelve chains whose states take 40 kB; a working directory takes twice that and a little.
const PLAN: &str = "\
env HERE
parameter p integer range from 1 to 12 step 1
seqameter t integer range from 1 to 5 step 1
task main
    inputs s.$p.$((t - 1))
    output s.$p.$t
    shexec \"head -c 40000 /dev/zero > s.$p.$t; echo $p $t >> s.$p.$t; sleep 0.02\"
endtask
";

fn place() -> Place {
    let place = Place::new(&[("a.plan", PLAN), ("b.plan", &PLAN.replace("s.$p", "z.$p"))]);
    for p in 1..=12 {
        place.write(&format!("s.{p}.0"), "0");
        place.write(&format!("z.{p}.0"), "0");
    }
    place
}

/// What counts against the quota, measured as anybody could: all blocks but those of journal, history, packs and reserve.
fn allocated(state: &Path) -> u64 {
    let mut open = vec![state.to_path_buf()];
    let mut sum = 0;
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let top = directory == state;
            // Files come and go while this looks.
            let Ok(metadata) = entry.metadata() else { continue };
            match metadata.is_dir() {
                true if top && name == "packs" => {}
                true => open.push(entry.path()),
                false if top => {}
                false => sum += metadata.blocks() * 512,
            }
        }
    }
    sum
}

/// Runs something while another thread watches the disk; gives the most that was seen.
fn watched<T>(place: &Place, run: impl FnOnce() -> T) -> (T, u64) {
    let over = AtomicBool::new(false);
    let state = place.at(".pelago");
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut peak = 0;
            while !over.load(Ordering::Relaxed) {
                peak = allocated(&state).max(peak);
            }
            peak
        });
        let result = run();
        over.store(true, Ordering::Relaxed);
        (result, watcher.join().unwrap())
    })
}

#[test]
fn the_quota_holds_and_everything_ends() {
    let place = place();
    const QUOTA: u64 = 500_000;
    let (ended, peak) = watched(&place, || place.pelago(&["run", "a.plan", "--quota", "500kB", "--slots", "4"]));
    let ended = ended.with(0);
    assert!(ended.err.contains("2.4 MB made"), "{}", ended.err);
    assert!(peak <= QUOTA, "{peak} bytes were on disk");
    assert!(peak > 40_000, "the watcher saw nothing");
    let disk = &place.pelago(&["status", "--json"]).json()["jobs"][0]["disk"];
    assert!(disk["peak"].as_u64().unwrap() <= QUOTA, "{disk}");
    (1..=12).for_each(|p| assert_eq!(place.read(&format!("s.{p}.5")).len(), 40_000 + format!("{p} 5\n").len()));
}

#[test]
fn two_sweeps_in_one_directory_share_it() {
    let place = place();
    let (ended, peak) = watched(&place, || {
        let runs = ["a.plan", "b.plan"].map(|plan| place.start(&["run", plan, "--quota", "600kB", "--slots", "4"]));
        runs.map(finish)
    });
    ended.into_iter().for_each(|ended| drop(ended.with(0)));
    assert!(peak <= 600_000, "{peak} bytes were on disk");
    assert!(place.at("s.12.5").exists() && place.at("z.12.5").exists());
}

#[test]
fn what_can_never_fit_is_refused_with_the_arithmetic() {
    let place = place();
    let ended = place.pelago(&["run", "a.plan", "--quota", "60kB"]).with(4);
    assert!(ended.err.contains("of the quota of 60.0 kB is free"), "{}", ended.err);
    assert!(ended.err.contains("--quota"), "{}", ended.err);
    // Declared, it is refused without trying.
    place
        .write("c.plan", &PLAN.replace("    shexec", "    disk 1MB\n    shexec \"echo ran >> $HERE/ran\"\n    shexec"));
    let ended = place.pelago(&["run", "c.plan", "--quota", "400kB"]).with(4);
    assert!(ended.err.contains("needs 1.0 MB") && ended.err.contains("quota of 400.0 kB"), "{}", ended.err);
    assert!(!place.at("ran").exists());
    // More room, and it goes on.
    place.pelago(&["run", "a.plan", "--quota", "2MB"]).with(0);
}

#[test]
fn an_attempt_that_outgrows_its_reservation_comes_back_with_more() {
    let plan = "parameter x integer range from 1 to 4 step 1\ntask main\n  output o.$x\n  shexec \"head -c $((x * x * 100000)) /dev/zero > o.$x; sleep 0.4\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.pelago(&["run", "a.plan", "--quota", "8MB", "--slots", "1"]).with(0);
    assert!(place.count("SELECT count(*) FROM runs WHERE outcome = 'disk'") > 0, "nothing was stopped");
    assert_eq!(fs::metadata(place.at("o.4")).unwrap().len(), 1_600_000);
    let why = place.pelago(&["why", "1.4"]).out;
    assert!(why.contains("was reserved for it"), "{why}");
}

#[test]
fn kept_states_give_way_and_that_is_said_beforehand_and_once() {
    let place = place();
    place.write("k.plan", &PLAN.replace("task main", "task main\n    keep every 2"));
    // Known beforehand, where the plan declares it.
    let declared = PLAN.replace("task main", "task main\n    keep every 2\n    disk 150kB");
    place.write("declared.plan", &declared);
    let outlook = place.pelago(&["plan", "declared.plan", "--quota", "1MB"]).with(0).out;
    assert!(outlook.contains("24 kept states take at most 3.6 MB") && outlook.contains("give way"), "{outlook}");
    // Twenty-four states of 40 kB do not fit, and the run ends well.
    let (ended, peak) = watched(&place, || place.pelago(&["run", "k.plan", "--quota", "500kB", "--slots", "4"]));
    let ended = ended.with(0).saying("kept states give way to the work");
    assert_eq!(ended.err.matches("give way to the work").count(), 1, "{}", ended.err);
    assert!(peak <= 500_000, "{peak} bytes were on disk");
    (1..=12).for_each(|p| assert!(place.at(&format!("s.{p}.5")).exists()));
    assert!(place.pelago(&["why", "1.2"]).out.contains("gave way to work that had no room"));
    assert!(place.pelago(&["why", "1"]).out.contains("kept states gave way to work that had no room"));
    // What was learned is said at the start of the next run, and by `plan`.
    let outlook = place.pelago(&["plan", "k.plan"]).with(0).out;
    assert!(outlook.contains("24 kept states take about 960.") && outlook.contains("holds all"), "{outlook}");
    let roomy = place.pelago(&["plan", "k.plan", "--quota", "20MB"]).with(0).out;
    assert!(roomy.contains("of the quota of 20.0 MB that leaves 19.0 MB for the work"), "{roomy}");
    let again = place.pelago(&["run", "k.plan", "--again", "--quota", "20MB", "--slots", "4"]).with(0);
    assert!(again.err.contains("24 kept states take about 960."), "{}", again.err);
    assert!(!again.err.contains("give way to the work"), "{}", again.err);
    assert!(place.kept("store").len() >= 24, "with room for all of them, all are kept");
}
