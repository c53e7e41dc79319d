//! The history: what is fed comes out, whole batches only, to other threads and other tools too.

use super::*;
use pelago_job::{Bytes, Cell, GroupNo, JobId, LogSpan, Millis, TaskRef, Usage};

fn task(index: u64) -> TaskRef {
    TaskRef { job: JobId(7), group: GroupNo(1), index }
}

fn run(index: u64, attempt: u32, outcome: &'static str) -> Run {
    Run {
        task: task(index),
        attempt,
        slot: 3,
        started_ms: 1_700_000_000_000 + index,
        usage: Usage { wall: Millis(12), cpu: Millis(9), memory: Bytes(1 << 20), disk: Bytes(0) },
        outcome: outcome.into(),
        detail: (outcome != "done").then(|| "exit code 1".to_string()),
        stdout: LogSpan { pack: 1, offset: index * 10, len: 10 },
        stderr: LogSpan::default(),
    }
}

fn fresh() -> (tempfile::TempDir, History) {
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(&dir.path().join(FILE)).unwrap();
    (dir, history)
}

#[test]
fn runs_come_out_as_they_went_in_and_a_batch_counts_once() {
    let (dir, mut history) = fresh();
    let rows = [Row::Run(run(4, 1, "exit")), Row::Run(run(4, 2, "done")), Row::Run(run(9, 1, "done"))];
    assert!(history.batch(5, &rows).unwrap());
    assert!(!history.batch(5, &[Row::Run(run(4, 3, "exit"))]).unwrap(), "position 5 is in here already");
    let reader = Reader::open(&dir.path().join(FILE)).unwrap();
    assert_eq!(reader.position().unwrap(), 5);
    assert_eq!(reader.attempts(task(4), 10).unwrap(), [run(4, 1, "exit"), run(4, 2, "done")]);
    assert_eq!(reader.last_attempt(task(4)).unwrap(), Some(run(4, 2, "done")));
    assert_eq!(reader.last_attempt(task(5)).unwrap(), None);
    assert_eq!(reader.runs(JobId(7), GroupNo(1), 5, 10).unwrap(), [run(9, 1, "done")]);
    assert_eq!(reader.runs(JobId(7), GroupNo(1), 0, 2).unwrap().len(), 2);
    assert_eq!(reader.failures(JobId(7), 10).unwrap(), [run(4, 1, "exit")]);
}

#[test]
fn a_journal_that_lost_its_tail_takes_the_history_back() {
    let (_dir, mut history) = fresh();
    history.batch(9, &[Row::Run(run(4, 1, "done"))]).unwrap();
    history.rewind(12).unwrap();
    assert_eq!(history.read().position().unwrap(), 9);
    history.rewind(6).unwrap();
    assert!(history.batch(7, &[Row::Run(run(5, 1, "done"))]).unwrap(), "7 is a new group now");
    assert_eq!(history.read().runs(JobId(7), GroupNo(1), 0, 10).unwrap().len(), 2);
}

#[test]
fn a_batch_that_fails_leaves_nothing() {
    let (_dir, mut history) = fresh();
    // No number of SQLite's is that large.
    let bad = Row::Run(Run { started_ms: u64::MAX, ..run(2, 1, "done") });
    assert!(history.batch(1, &[Row::Run(run(1, 1, "done")), bad]).is_err());
    assert_eq!(history.read().position().unwrap(), 0);
    assert_eq!(history.read().last_attempt(task(1)).unwrap(), None);
}

#[test]
fn values_are_a_view_with_numbers_as_numbers_and_hostile_names_quoted() {
    let (dir, mut history) = fresh();
    let table = Table {
        job: JobId(7),
        group: GroupNo(1),
        view: Table::view_name(JobId(7), None),
        parameters: vec!["x".into(), "X".into(), "a\"; DROP TABLE runs; --".into()],
        values: vec!["warming".into(), "task".into()],
    };
    let texts = |x: &str| vec![x.to_string(), "007".to_string(), "0.50".to_string()];
    let first =
        Values { task: task(0), parameters: texts("10"), cells: vec![Cell::Real(1.5), Cell::Text("it's".into())] };
    let second = Values { task: task(1), parameters: texts("9"), cells: vec![Cell::Missing, Cell::Integer(4)] };
    let rows = [Row::Table(table.clone()), Row::Values(first.clone()), Row::Values(second.clone())];
    history.batch(1, &rows).unwrap();
    let reader = Reader::open(&dir.path().join(FILE)).unwrap();
    assert_eq!(reader.tables(JobId(7)).unwrap(), std::slice::from_ref(&table));
    assert_eq!(reader.values(&table, 0, 10).unwrap(), [first.clone(), second.clone()]);
    assert_eq!(reader.values(&table, 1, 10).unwrap(), [second]);
    // 9 comes before 10: they are numbers to other tools.
    let mut statement = reader.connection().unwrap().prepare("SELECT * FROM values_7 ORDER BY x").unwrap();
    let names: Vec<_> = statement.column_names().map(str::to_string).collect();
    assert_eq!(names, ["task", "x", "X_2", "a\"; DROP TABLE runs; --", "warming", "task_2"]);
    let tasks: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(|task| task.unwrap()).collect();
    assert_eq!(tasks, [2, 1]);
    let zeros: String =
        reader.connection().unwrap().query_row("SELECT X_2 FROM values_7", [], |row| row.get(0)).unwrap();
    assert_eq!(zeros, "007");
    // A later attempt that found nothing takes the old cell away.
    let again = Values { cells: vec![Cell::Missing, Cell::Missing], ..first };
    history.batch(2, &[Row::Values(again.clone())]).unwrap();
    assert_eq!(reader.values(&table, 0, 1).unwrap(), [again]);
}

#[test]
fn proofs_and_labels() {
    let (_dir, mut history) = fresh();
    let proof = Proof { key: [3; 16], task: task(2), outputs: vec![1, 2], at_ms: 9 };
    let label = |key: &str, text: &str| Row::Label { key: key.into(), text: text.into() };
    let rows = [Row::Proof(proof.clone()), label("job.1", "one"), label("job.2", "two"), label("jobs", "no")];
    history.batch(1, &rows).unwrap();
    let reader = history.read();
    assert_eq!(reader.proof([3; 16]).unwrap(), Some(proof.clone()));
    assert_eq!(reader.proof_of(task(2)).unwrap(), Some(proof));
    assert_eq!(reader.proof_of(task(3)).unwrap(), None);
    assert_eq!(reader.proof([4; 16]).unwrap(), None);
    assert_eq!(reader.label("job.1").unwrap().as_deref(), Some("one"));
    let found = reader.labels("job.", 10).unwrap();
    assert_eq!(found, [("job.1".into(), "one".into()), ("job.2".into(), "two".into())]);
}

fn decision(at_ms: u64, group: Option<u16>, index: Option<u64>) -> Decision {
    Decision { at_ms, job: JobId(7), group: group.map(GroupNo), index, text: format!("{{\"at\":{at_ms}}}") }
}

#[test]
fn decisions_are_found_for_tasks_groups_and_jobs_and_pruned_by_age_and_size() {
    let (_dir, mut history) = fresh();
    let all = [
        decision(1, None, None),
        decision(2, Some(1), None),
        decision(3, Some(1), Some(4)),
        decision(4, Some(1), Some(5)),
        decision(5, None, None),
    ];
    history.batch(1, &all.clone().map(Row::Decision)).unwrap();
    let times = |history: &History, group, index, limit| -> Vec<u64> {
        let found = history.read().decisions(JobId(7), group, index, limit).unwrap();
        found.into_iter().map(|decision| decision.at_ms).collect()
    };
    assert_eq!(times(&history, Some(GroupNo(1)), Some(4), 9), [1, 2, 3, 5]);
    assert_eq!(times(&history, Some(GroupNo(1)), None, 9), [1, 2, 5]);
    assert_eq!(times(&history, None, None, 9), [1, 5]);
    assert_eq!(times(&history, Some(GroupNo(1)), Some(4), 2), [3, 5]);
    assert_eq!(history.read().decisions(JobId(8), None, None, 9).unwrap(), []);
    assert_eq!(history.prune(103, 100, u64::MAX).unwrap(), 2);
    assert_eq!(times(&history, Some(GroupNo(1)), Some(4), 9), [3, 5]);
    let each = DECISION_EXTRA + "{\"at\":5}".len() as u64;
    assert_eq!(history.prune(103, 1000, each + 1).unwrap(), 2);
    assert_eq!(times(&history, None, None, 9), [5]);
    assert_eq!(history.prune(0, 1000, 0).unwrap(), 1);
}

#[test]
fn readers_in_other_threads_see_whole_batches() {
    let (dir, mut history) = fresh();
    let path = dir.path().join(FILE);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let reader = Reader::open(&path).unwrap();
            loop {
                let count = reader.runs(JobId(7), GroupNo(1), 0, u64::MAX).unwrap().len();
                assert_eq!(count % 50, 0, "half a batch was seen");
                if count == 1000 {
                    return;
                }
                std::thread::yield_now();
            }
        });
        for batch in 0..20u64 {
            let rows: Vec<Row> = (0..50).map(|row| Row::Run(run(batch * 50 + row, 1, "done"))).collect();
            history.batch(batch + 1, &rows).unwrap();
        }
        watcher.join().unwrap();
    });
}

#[test]
fn damage_and_foreign_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE);
    std::fs::write(&path, [b'x'; 9000]).unwrap();
    let error = History::open(&path).unwrap_err().to_string();
    assert!(error.contains("history.db") && error.contains("move it away"), "{error}");
    assert!(Reader::open(&dir.path().join("absent.db")).is_err());
}

#[test]
fn bulk_inserts_are_quick() {
    let (_dir, mut history) = fresh();
    let rows: Vec<Row> = (0..100_000).map(|index| Row::Run(run(index, 1, "done"))).collect();
    let start = std::time::Instant::now();
    history.batch(1, &rows).unwrap();
    let rate = 100_000.0 / start.elapsed().as_secs_f64();
    println!("{rate:.0} runs a second");
    // A bound against gross mistakes only: debug builds on busy machines.
    assert!(rate > 15_000.0, "{rate}");
}
