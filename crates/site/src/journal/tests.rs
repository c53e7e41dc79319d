//! The journal against what happens to journals: kill -9, full disks, directories that may not be written, damage,
//! two owners at once.

use super::*;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

const DIR: &str = "PELAGO_TEST_JOURNAL";

fn fresh() -> (tempfile::TempDir, Journal, u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    let epoch = journal.claim().unwrap();
    (dir, journal, epoch)
}

/// A body that its position determines, of varying length.
fn body(position: u64) -> Vec<u8> {
    format!("<{position}>").repeat(1 + (position as usize * 37) % 200).into_bytes()
}

fn grow(journal: &mut Journal, epoch: u64, count: u64) {
    let mut at = journal.last().unwrap();
    for _ in 0..count {
        at = journal.append(epoch, at, &body(at + 1)).unwrap();
    }
}

/// Checks every group and gives the last position.
fn whole(dir: &Path) -> u64 {
    let journal = Journal::open(dir).unwrap();
    journal.examine().unwrap();
    let mut due = 1;
    for entry in journal.read(1).unwrap() {
        let entry = entry.unwrap();
        assert_eq!((entry.position, entry.body), (due, body(due)));
        due += 1;
    }
    due - 1
}

/// Appends in a process of its own, telling each acknowledged position on a line, until it is stopped or fails.
/// `sh` runs first, to set limits.
fn child(dir: &Path, sh: &str) -> Child {
    let line = format!("{sh} exec \"$0\" --exact journal::tests::appends_for_its_parent --ignored --nocapture");
    let exe = std::env::current_exe().unwrap();
    Command::new("sh").args(["-c", &line]).arg(exe).env(DIR, dir).stdout(Stdio::piped()).spawn().unwrap()
}

#[test]
#[ignore = "is the child process of other tests"]
fn appends_for_its_parent() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let mut journal = Journal::open(dir.as_ref()).unwrap();
    let epoch = journal.claim().unwrap();
    let mut at = journal.last().unwrap();
    let mut out = std::io::stdout();
    loop {
        match journal.append(epoch, at, &body(at + 1)) {
            Ok(position) => at = position,
            Err(error) => {
                // The same handle must not say yes later: the driver is to stop.
                let again = journal.append(epoch, at, &body(at + 1)).is_ok();
                writeln!(out, "error {again} {error}").unwrap();
                return;
            }
        }
        writeln!(out, "acknowledged {at}").unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..12u64 {
        let mut child = child(dir.path(), "");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut said =
            lines.filter_map(|line| line.strip_prefix("acknowledged ").and_then(|at| at.parse::<u64>().ok()));
        let mut acknowledged = said.by_ref().take(3 + (round as usize * 29) % 90).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        // What it still said before it died counts too.
        acknowledged = said.last().unwrap_or(acknowledged);
        let last = whole(dir.path());
        assert!(last == acknowledged || last == acknowledged + 1, "acknowledged {acknowledged}, found {last}");
    }
}

#[test]
fn positions_epochs_and_repeats() {
    let (dir, mut first, epoch) = fresh();
    assert_eq!((epoch, first.last().unwrap()), (1, 0));
    assert_eq!(first.append(1, 0, b"a"), Ok(1));
    assert_eq!(first.append(1, 1, b"b"), Ok(2));
    // The answer was lost and the call is repeated: recognised, and there once.
    assert_eq!(first.append(1, 1, b"b"), Ok(2));
    assert_eq!(first.append(1, 1, b"c"), Err(AppendError::Mismatch { at: 2 }));
    assert_eq!(first.append(1, 7, b"c"), Err(AppendError::Mismatch { at: 2 }));
    assert_eq!(first.append(1, u64::MAX, b"c"), Err(AppendError::Mismatch { at: 2 }));
    let mut second = Journal::open(dir.path()).unwrap();
    assert_eq!(second.claim().unwrap(), 2);
    assert_eq!(first.append(1, 2, b"c"), Err(AppendError::Fenced { seen: 2 }));
    assert_eq!(second.append(2, 2, b"c"), Ok(3));
    let bodies: Vec<_> = second.read(2).unwrap().map(|entry| entry.unwrap()).map(|e| (e.epoch, e.body)).collect();
    assert_eq!(bodies, [(1, b"b".to_vec()), (2, b"c".to_vec())]);
}

#[test]
fn a_group_that_is_appended_is_synced() {
    let (_dir, journal, _) = fresh();
    let setting = |name: &str| -> String {
        journal
            .connection
            .query_row(&format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"), [], |r| r.get(0))
            .unwrap()
    };
    // FULL syncs the write-ahead log at each commit; NORMAL, SQLite's advice for it, only when it is full.
    assert_eq!((setting("synchronous").as_str(), setting("journal_mode").as_str()), ("2", "wal"));
}

#[test]
fn many_groups_are_read_in_order_across_fetches() {
    let (dir, mut journal, epoch) = fresh();
    journal.connection.execute_batch("PRAGMA synchronous = OFF").unwrap();
    grow(&mut journal, epoch, 3000);
    drop(journal);
    assert_eq!(whole(dir.path()), 3000);
    let reader = Journal::look(dir.path()).unwrap();
    assert_eq!(reader.read(2999).unwrap().count(), 2);
    assert_eq!(reader.read(3001).unwrap().count(), 0);
}

#[test]
fn snapshots_and_pruning() {
    let (dir, mut journal, epoch) = fresh();
    grow(&mut journal, epoch, 10);
    assert_eq!(journal.newest_snapshot().unwrap(), None);
    assert!(matches!(journal.prune(4), Err(JournalError::Beyond { limit: 0, .. })));
    assert!(matches!(journal.snapshot(11, &[]), Err(JournalError::Beyond { limit: 10, .. })));
    journal.snapshot(4, &[b"four".to_vec()]).unwrap();
    let parts = vec![b"one".to_vec(), Vec::new(), b"three".to_vec()];
    journal.snapshot(6, &parts).unwrap();
    // Written again, as after a crash on the way.
    journal.snapshot(6, &parts).unwrap();
    assert_eq!(journal.newest_snapshot().unwrap(), Some(Snapshot { position: 6, parts: parts.clone() }));
    // Half a snapshot, as a crash leaves it, counts as not there.
    let half = "INSERT INTO snapshot VALUES (9, 0, 0, x'00')";
    journal.connection.execute(half, []).unwrap();
    assert_eq!(journal.newest_snapshot().unwrap().unwrap().position, 6);
    journal.prune(5).unwrap();
    assert!(matches!(journal.read(5), Err(JournalError::Pruned { pruned: 5, .. })));
    assert_eq!(journal.read(6).unwrap().count(), 5);
    drop(journal);
    let mut journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.newest_snapshot().unwrap(), Some(Snapshot { position: 6, parts }));
    // A damaged snapshot without which nothing goes is an error, not an empty state.
    journal.connection.execute("UPDATE snapshot SET body = x'00' WHERE position = 6 AND part = 2", []).unwrap();
    let error = journal.newest_snapshot().unwrap_err().to_string();
    assert!(error.contains("snapshot of position 6") && error.contains("pelago doctor"), "{error}");
    // Everything pruned: the position goes on.
    journal.snapshot(10, &[]).unwrap();
    journal.prune(10).unwrap();
    let epoch = journal.claim().unwrap();
    assert_eq!(journal.append(epoch, 10, b"next"), Ok(11));
}

#[test]
fn pruning_gives_the_space_back() {
    let (_dir, mut journal, epoch) = fresh();
    for at in 0..200 {
        journal.append(epoch, at, &[7; 50_000]).unwrap();
    }
    journal.snapshot(200, &[b"short".to_vec()]).unwrap();
    journal.prune(200).unwrap();
    journal.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    assert!(journal.bytes() < 1_000_000, "{} bytes are left", journal.bytes());
}

#[test]
fn a_changed_byte_is_found_with_its_position() {
    let (dir, mut journal, epoch) = fresh();
    grow(&mut journal, epoch, 300);
    drop(journal);
    let file = dir.path().join(FILE);
    let mut bytes = std::fs::read(&file).unwrap();
    let place = bytes.windows(5).position(|window| window == b"<120>").unwrap();
    bytes[place + 1] = b'9';
    std::fs::write(&file, &bytes).unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let read: Vec<_> = journal.read(1).unwrap().collect();
    assert_eq!(read.len(), 120, "119 good ones and the error");
    let error = read[119].as_ref().unwrap_err().to_string();
    for word in ["journal.db", "position 120", "pelago doctor"] {
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn zero_blocks_are_an_error_wherever_they_are() {
    let (dir, mut journal, epoch) = fresh();
    grow(&mut journal, epoch, 300);
    drop(journal);
    let file = dir.path().join(FILE);
    let good = std::fs::read(&file).unwrap();
    let pages = good.len() / 4096;
    assert!(pages > 20);
    for page in 0..pages {
        let mut bytes = good.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0);
        std::fs::write(&file, &bytes).unwrap();
        let outcome = Journal::open(dir.path()).and_then(|journal| {
            journal.examine()?;
            journal.last()
        });
        // A page that is free anyway (the pointer map's, the empty snapshot table's) may be lost.
        match outcome {
            Err(error) => assert!(error.to_string().contains("journal.db"), "{error}"),
            Ok(last) => assert_eq!(last, 300, "page {page}"),
        }
    }
}

#[test]
fn foreign_and_newer_files_are_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(FILE);
    std::fs::write(&file, "a text that someone put here\n".repeat(300)).unwrap();
    let before = std::fs::read(&file).unwrap();
    let error = Journal::open(dir.path()).unwrap_err();
    assert!(matches!(error, JournalError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    std::fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE theirs(x)").unwrap();
    assert!(matches!(Journal::open(dir.path()), Err(JournalError::Foreign { .. })));
    std::fs::remove_file(&file).unwrap();
    let (dir, journal, _) = fresh();
    journal.connection.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(journal);
    assert!(matches!(Journal::open(dir.path()), Err(JournalError::Newer { found: 99, .. })));
}

#[test]
fn a_journal_that_was_cut_off_is_not_taken_for_a_short_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = child(dir.path(), "");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let seen =
        lines.filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok()).take(20).last().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let log = std::fs::OpenOptions::new().write(true).open(dir.path().join("journal.db-wal")).unwrap();
    log.set_len(log.metadata().unwrap().len() / 2).unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    journal.examine().unwrap();
    assert!(matches!(journal.demand(seen), Err(JournalError::CutOff { .. })));
    assert!(journal.demand(journal.last().unwrap()).is_ok());
}

#[test]
fn a_journal_that_lost_all_its_bytes_is_not_taken_for_a_new_one() {
    let (dir, mut journal, epoch) = fresh();
    grow(&mut journal, epoch, 3);
    drop(journal);
    std::fs::write(dir.path().join(FILE), "").unwrap();
    assert!(matches!(Journal::open(dir.path()), Err(JournalError::Damaged { .. })));
    assert!(matches!(Journal::look(dir.path()), Err(JournalError::Damaged { .. })));
}

#[test]
fn a_missing_group_is_an_error() {
    let (_dir, mut journal, epoch) = fresh();
    grow(&mut journal, epoch, 5);
    journal.connection.execute("DELETE FROM journal WHERE position = 3", []).unwrap();
    let error = journal.read(1).unwrap().find_map(Result::err).unwrap().to_string();
    assert!(error.contains("position 3"), "{error}");
}

#[test]
fn a_link_in_its_place_is_not_followed() {
    let (other, journal, _) = fresh();
    drop(journal);
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(other.path().join(FILE), dir.path().join(FILE)).unwrap();
    assert!(Journal::open(dir.path()).is_err());
}

/// A file system of its own, for as long as this lives; only root can have one.
struct Mount(tempfile::TempDir);

impl Mount {
    fn new(options: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mount = Self(dir);
        mount.run(&["-t", "tmpfs", "-o", options, "tmpfs"]).then_some(mount)
    }

    fn run(&self, options: &[&str]) -> bool {
        let done = Command::new("mount").args(options).arg(self.0.path()).stderr(Stdio::null()).status();
        done.is_ok_and(|status| status.success())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).stderr(Stdio::null()).status();
    }
}

#[test]
fn a_full_disk_is_met_with_the_reserve_and_then_with_a_clear_error() {
    let Some(mount) = Mount::new("size=80m") else { return eprintln!("skipped: mounting needs root") };
    let dir = mount.0.path();
    let mut journal = Journal::open(dir).unwrap();
    let epoch = journal.claim().unwrap();
    assert_eq!(journal.reserve(), 32 << 20);
    let scarce = journal.scarce();
    let filler = dir.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write_all(&[1; 16 << 10]).is_ok() {}
    let mut at = 0;
    let error = loop {
        match journal.append(epoch, at, &[5; 200_000]) {
            Ok(position) => at = position,
            Err(error) => break error,
        }
        assert!(scarce.load(Ordering::Relaxed) || at < 10, "the filler left no room");
    };
    assert!(at > 50, "the reserve took {at} groups only");
    assert!(matches!(&error, AppendError::Full(text) if text.contains("journal.db")), "{error}");
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    // There is room again: it goes on, and the reserve is made again.
    journal.refilled_ms = 0;
    assert_eq!(journal.append(epoch, at, b"after"), Ok(at + 1));
    drop(journal);
    let mut journal = Journal::open(dir).unwrap();
    assert_eq!(journal.read(1).unwrap().filter(|entry| entry.is_ok()).count() as u64, at + 1);
    journal.snapshot(at + 1, &[]).unwrap();
    journal.prune(at + 1).unwrap();
    journal.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    journal.claim().unwrap();
    assert_eq!(journal.reserve(), 32 << 20);
    assert!(!journal.scarce().load(Ordering::Relaxed));
}

#[test]
fn a_file_that_may_not_grow_stops_the_journal_without_loss() {
    let dir = tempfile::tempdir().unwrap();
    let output = child(dir.path(), "trap '' XFSZ; ulimit -f 600;").wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let acknowledged = text.lines().filter_map(|line| line.strip_prefix("acknowledged ")).next_back().unwrap();
    let error = text.lines().find(|line| line.starts_with("error")).unwrap();
    assert!(error.starts_with("error false ") && error.contains("journal.db"), "{error}");
    let last = whole(dir.path());
    assert!(last >= acknowledged.parse().unwrap());
}

#[test]
fn a_directory_that_may_not_be_written_is_a_clear_error_and_can_be_read() {
    let Some(mount) = Mount::new("size=64m") else { return eprintln!("skipped: mounting needs root") };
    let dir = mount.0.path();
    let mut journal = Journal::open(dir).unwrap();
    let epoch = journal.claim().unwrap();
    grow(&mut journal, epoch, 3);
    drop(journal);
    assert!(mount.run(&["-o", "remount,ro"]));
    let mut journal = match Journal::open(dir) {
        // SQLite opens it for reading where it cannot for writing; the first write tells.
        Ok(journal) => journal,
        Err(error) => {
            assert!(matches!(error, JournalError::ReadOnly { .. }), "{error}");
            Journal::look(dir).unwrap()
        }
    };
    let error = journal.claim().unwrap_err();
    assert!(matches!(error, JournalError::ReadOnly { .. }) && error.to_string().contains("--dir"), "{error}");
    drop(journal);
    assert_eq!(Journal::look(dir).unwrap().read(1).unwrap().count(), 3);
    assert!(mount.run(&["-o", "remount,rw"]));
    std::fs::remove_file(dir.join(FILE)).unwrap();
    assert!(mount.run(&["-o", "remount,ro"]));
    let error = Journal::open(dir).unwrap_err();
    assert!(matches!(error, JournalError::ReadOnly { .. }), "{error:?}");
    assert!(matches!(Journal::look(dir), Err(JournalError::NoJournal { .. })));
}

#[test]
fn a_fresh_journal_is_quick_to_open() {
    let times: Vec<_> = (0..9)
        .map(|_| {
            let dir = tempfile::tempdir().unwrap();
            let start = std::time::Instant::now();
            Journal::open(dir.path()).unwrap().claim().unwrap();
            start.elapsed()
        })
        .collect();
    let best = times.iter().min().unwrap();
    println!("opening a fresh journal took {best:?}");
    // A bound against gross mistakes only: the machine may be busy.
    assert!(*best < Duration::from_millis(250), "{times:?}");
}
