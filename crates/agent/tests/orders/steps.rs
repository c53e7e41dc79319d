//! Commands, streams, failures, values: what happens within a working directory.

use crate::Test;
use crate::bench::{Bench, cause, done, exec, ignore, read, runs, shell};
use pelago_agent::Told;
use pelago_job::{Cause, Cell, Failure, OnError, Outcome, Place, Stream, Take};
use pelago_wire::order::{OrderStep, OrderValue};
use std::fs;

pub(crate) const TESTS: &[Test] = &[
    ("a task ends well and says what it used", 1, ends_well),
    ("failures have a cause and a step", 1, failures),
    ("commands run where they are told", 1, places),
    ("streams are redirected and given back", 1, redirects),
    ("onerror ignores what it can", 1, on_error),
    ("each attempt finds an empty directory", 1, empty_directory),
    ("a failed attempt keeps its directory and its parent's files", 1, kept),
    ("nothing of a task runs on", 1, nothing_left),
    ("values are taken from files and from standard output", 1, values),
    ("logs lie one after the other in packs", 2, logs),
    ("a running task's output can be read", 1, live),
];

fn ends_well(bench: &mut Bench) {
    let order = bench.order(vec![exec(&["sh", "-c", "echo $FILE $PELAGO_TASK; echo e >&2"], true)]);
    let mut order = order;
    order.env = vec![("FILE".to_string(), "state.1".to_string()), ("PELAGO_OWNER".to_string(), "other".to_string())];
    let key = (order.task, order.attempt);
    let report = bench.run(order);
    done(&report);
    assert_eq!((bench.stdout(&report), bench.stderr(&report)), ("state.1 1.1\n".into(), "e\n".into()));
    assert!(report.usage.memory.0 > 100_000 && report.usage.disk.0 == 0, "{report:?}");
    let started = bench.wait(|told| match told {
        Told::Started { task, attempt, slot } => Some(((*task, *attempt), *slot)),
        _ => None,
    });
    assert_eq!(started, Some((key, 0)));
    let order = bench.order(vec![shell("echo $PELAGO_OWNER")]);
    let report = bench.run(order);
    assert_eq!(bench.stdout(&report).trim_end(), bench.owner);
    let report = bench.shell("head -c 3000000 /dev/zero > f");
    done(&report);
    assert!((3_000_000..4_000_000).contains(&report.usage.disk.0), "{report:?}");
    let nothing = bench.order(Vec::new());
    done(&bench.run(nothing));
}

fn failures(bench: &mut Bench) {
    let order = bench.order(vec![shell("true"), OrderStep::KeepLocal, shell("exit 3"), shell("touch never")]);
    let report = bench.run(order);
    assert_eq!(report.outcome, Outcome::Failed(Failure { cause: Cause::Exit(3), step: Some(2) }));
    assert_eq!(cause(&bench.shell("kill -TERM $$")), &Cause::Signal(15));
    let order = bench.order(vec![exec(&["./model"], false)]);
    let report = bench.run(order);
    let Cause::CannotStart(why) = cause(&report) else { panic!("{report:?}") };
    assert!(why.starts_with("./model: no such file"), "{why}");
    let mut order = bench.order(vec![shell("echo x > other")]);
    order.outputs = vec!["result".to_string()];
    let report = bench.run(order);
    assert_eq!(report.outcome, Outcome::Failed(Failure { cause: Cause::OutputMissing("result".into()), step: None }));
    assert!(report.outputs.is_empty());
}

fn places(bench: &mut Bench) {
    fs::write(bench.root.join("here"), "root\n").unwrap();
    let at_root = OrderStep::Shell { line: "cat here".to_string(), at: Place::Root };
    let order = bench.order(vec![at_root, shell("pwd > f; cat f")]);
    let report = bench.run(order);
    let work = bench.layout.private(0).join("work");
    assert_eq!(bench.stdout(&report), format!("root\n{}\n", work.display()));
    let mut order = bench.order(vec![shell("echo made > there; cat here")]);
    order.in_place = true;
    order.outputs = vec!["there".to_string()];
    let report = bench.run(order.clone());
    assert_eq!((bench.stdout(&report), report.outputs.len()), ("root\n".into(), 1));
    assert_eq!(read(&bench.root.join("there")), "made\n");
    assert!(!bench.layout.attempt(order.task, 1).exists());
}

fn redirects(bench: &mut Bench) {
    let redirect = |stream, target: Option<(&str, bool)>| OrderStep::Redirect {
        stream,
        target: target.map(|(path, append)| (path.to_string(), append)),
    };
    let mut order = bench.order(vec![
        shell("echo old > f; mkdir d"),
        redirect(Stream::Out, Some(("f", false))),
        shell("echo 1"),
        shell("echo 2"),
        redirect(Stream::Out, Some(("d/g", true))),
        redirect(Stream::Err, Some(("d/g", true))),
        shell("echo 3; echo 4 >&2"),
        redirect(Stream::Out, Some(("/dev/null", false))),
        shell("echo lost"),
        redirect(Stream::Out, None),
        redirect(Stream::Err, None),
        shell("echo log; echo err >&2"),
    ]);
    order.outputs = vec!["f".to_string(), "d/g".to_string()];
    let report = bench.run(order.clone());
    done(&report);
    assert_eq!((bench.output(&order, 0), bench.output(&order, 1)), ("1\n2\n".into(), "3\n4\n".into()));
    assert_eq!((bench.stdout(&report), bench.stderr(&report)), ("log\n".into(), "err\n".into()));
    for path in ["../f", "/tmp/f", "", "link/f"] {
        let steps = vec![shell("ln -s /tmp link"), redirect(Stream::Out, Some((path, false))), shell("echo x")];
        let order = bench.order(steps);
        let report = bench.run(order);
        let why = cause(&report).to_string();
        assert!(why.contains("refused") || why.contains("leads out"), "{path}: {why}");
    }
}

fn on_error(bench: &mut Bench) {
    let order = bench.order(vec![
        ignore(),
        shell("exit 1"),
        exec(&["./absent"], false),
        OrderStep::CopyWithin { from: "absent".into(), to: "x".into(), dynamic: false },
        shell("echo on"),
        OrderStep::OnError(OnError::Fail),
        shell("exit 9"),
    ]);
    let report = bench.run(order);
    assert_eq!(report.outcome, Outcome::Failed(Failure { cause: Cause::Exit(9), step: Some(6) }));
    assert_eq!(bench.stdout(&report), "on\n");
    // What is refused is not a failing command.
    let copy = OrderStep::CopyWithin { from: "../x".into(), to: "x".into(), dynamic: false };
    let order = bench.order(vec![ignore(), copy]);
    assert!(matches!(cause(&bench.run(order)), Cause::Refused(_)));
}

fn empty_directory(bench: &mut Bench) {
    for mess in [
        "true",
        "touch f",
        "touch ../f",
        "chmod 700 .",
        "rmdir ../work",
        "mkdir -p a/b; chmod 0 a",
        "ln -s / ../x",
        "rm -r ../work; ln -s /tmp ../work",
        "touch .hidden",
        "chmod 0 ..",
        "mkdir ../out ../home",
    ] {
        bench.shell(mess);
        let report = bench.shell("test -z \"$(ls -A)\" && test \"$(ls -A ..)\" = work && stat -c %a . ..");
        done(&report);
        let modes = bench.stdout(&report);
        assert!(modes == "755\n755\n" || modes == "700\n700\n", "after {mess}: {modes}");
    }
}

fn kept(bench: &mut Bench) {
    let order = bench.order(vec![shell("mkdir d; echo a > d/f; cd d; echo log >> ../../output; exit 1")]);
    let report = bench.run(order);
    assert_eq!(cause(&report), &Cause::Exit(1));
    let directory = bench.agent().failed_dir("1.1", 1);
    assert_eq!((read(&directory.join("work/d/f")), read(&directory.join("output"))), ("a\n".into(), "log\n".into()));
    assert_eq!(bench.agent().survey().unwrap().failed.len(), 1);
    bench.agent().keep_logs_only("1.1", 1).unwrap();
    assert!(directory.join("output").exists() && !directory.join("work/d").exists());
    bench.agent().drop_failed("1.1", 1).unwrap();
    assert!(!directory.exists());
    // A failure that left nothing keeps nothing.
    bench.shell("exit 1");
    assert!(bench.agent().survey().unwrap().failed.is_empty());
}

fn nothing_left(bench: &mut Bench) {
    let line = "(setsid sh -c 'trap \"\" TERM; echo $$; exec sleep 1000' &) ; sleep 1000 & echo $!; sleep 0.1";
    let order = bench.order(vec![
        shell(line),
        // Between two commands of a task they live on; a copy between them changes nothing.
        OrderStep::CopyIn { from: "/etc/hostname".into(), to: "h".into(), dynamic: false },
        shell("kill -0 $(cat /proc/self/task/*/children) || true"),
    ]);
    let report = bench.run(order);
    done(&report);
    let pids: Vec<i32> = bench.stdout(&report).lines().filter_map(|line| line.parse().ok()).collect();
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|pid| !runs(*pid)));
}

fn values(bench: &mut Bench) {
    let value = |file: Option<&str>, take| OrderValue { file: file.map(str::to_string), take };
    let mut order = bench.order(vec![shell(
        "echo warming 1.5; echo '{\"a\": [1, 2]}' > j; echo ' text ' > t; ln -s /etc/passwd away; mkfifo pipe",
    )]);
    order.outputs = vec!["j".to_string()];
    order.values = vec![
        value(None, Take::Match("warming (\\S+)".into())),
        value(Some("j"), Take::Pointer("/a/1".into())),
        value(Some("t"), Take::Whole),
        value(Some("absent"), Take::Whole),
        value(Some("away"), Take::Whole),
        value(Some("pipe"), Take::Whole),
        value(Some("../output"), Take::Whole),
        value(None, Take::Match("cooling".into())),
    ];
    let report = bench.run(order);
    done(&report);
    let text = Cell::Text("text".into());
    let mut expected = vec![Cell::Real(1.5), Cell::Integer(2), text];
    expected.resize(8, Cell::Missing);
    assert_eq!(report.values, expected);
}

fn logs(bench: &mut Bench) {
    let mut reports = Vec::new();
    for number in 0..20 {
        reports.push((number, bench.shell(&format!("echo {number}; test {number} -ne 7 || echo gone > /dev/stderr"))));
    }
    for (number, report) in &reports {
        assert_eq!(bench.stdout(report), format!("{number}\n"));
    }
    assert_eq!(bench.stderr(&reports[7].1), "gone\n");
    assert!(fs::read_dir(bench.layout.state().join("packs")).unwrap().count() <= 4);
    let report = bench.shell("head -c 200000 /dev/zero; echo end");
    assert_eq!(report.stdout.len, 200_004);
    assert!(bench.stdout(&report).ends_with("end\n"));
}

fn live(bench: &mut Bench) {
    let order = bench.order(vec![shell("echo first; while ! [ -e go ]; do sleep 0.01; done; echo second")]);
    let key = (order.task, order.attempt);
    assert_eq!(bench.agent().live_log(key.0, key.1, Stream::Out, 0, 100), None);
    bench.agent().give(order).unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while bench.agent().live_log(key.0, key.1, Stream::Out, 2, 100).as_deref() != Some(b"rst\n") {
        assert!(std::time::Instant::now() < deadline);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    fs::write(bench.layout.private(0).join("work/go"), "").unwrap();
    let report = bench.report(key);
    assert_eq!(bench.stdout(&report), "first\nsecond\n");
}
