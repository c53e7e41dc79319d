//! Limits: time, memory, disk; and orders that are taken back or stopped.

use crate::Test;
use crate::bench::{Bench, cause, done, pid, runs, shell};
use pelago_job::{Bytes, Cause, Millis};
use pelago_wire::order::OrderStep;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

pub(crate) const TESTS: &[Test] = &[
    ("the walltime covers all steps together", 1, walltime),
    ("memory over the limit is out of memory", 1, memory),
    ("an attempt that outgrows its reservation is stopped", 1, outgrown),
    ("a full disk is told apart", 1, full),
    ("running and waiting attempts are cancelled", 1, cancelled),
    ("stopping interrupts what runs and gives back what waits", 1, stopped),
    ("orders that wait are bounded and may be taken back", 1, room),
];

fn walltime(bench: &mut Bench) {
    let mut order = bench.order(vec![
        shell("sleep 0.2"),
        OrderStep::CopyIn { from: "/etc/hostname".into(), to: "h".into(), dynamic: false },
        shell("trap '' TERM; echo $$ > p; while :; do sleep 10; done"),
    ]);
    order.limits.walltime = Some(Millis(500));
    let begin = Instant::now();
    let report = bench.run(order);
    assert_eq!(cause(&report), &Cause::Walltime { limit: Millis(500) });
    assert!((490..5_000).contains(&begin.elapsed().as_millis()));
    assert!((490..5_000).contains(&report.usage.wall.0), "{report:?}");
    assert!(!runs(pid(&bench.agent().failed_dir("1.1", 1).join("work/p"))));
}

fn memory(bench: &mut Bench) {
    let mut order = bench.order(vec![shell("head -c 200000000 /dev/zero | tail -c 190000000 > /dev/null")]);
    order.limits.memory = Some(Bytes(40 << 20));
    let report = bench.run(order);
    let Cause::OutOfMemory { used, limit: Some(limit) } = cause(&report) else { panic!("{report:?}") };
    assert!(limit.0 == 40 << 20 && used.0 > 20 << 20, "{used}");
}

fn outgrown(bench: &mut Bench) {
    let fill = "i=0; while [ $i -lt 1000 ]; do head -c 1000000 /dev/zero > f$i; i=$((i+1)); sleep 0.01; done";
    for line in [fill.to_string(), fill.replace("f$i", "../../../$PELAGO_SLOT/now/f$i"), fill.replace("> f$i", "")] {
        let mut order = bench.order(vec![shell(&line)]);
        order.reserved = Some(Bytes(5_000_000));
        let report = bench.run(order.clone());
        let Cause::Disk { reserved, used } = cause(&report) else { panic!("{report:?}") };
        assert!(reserved.0 == 5_000_000 && used.0 > 5_000_000 && used.0 < 500_000_000, "{used}");
        assert!(report.usage.disk >= *used);
        // It comes back with more: what it left is of no use.
        assert!(!bench.agent().failed_dir(&order.label, 1).exists());
    }
    let mut order = bench.order(vec![shell("head -c 1000000 /dev/zero > f; sleep 0.3")]);
    order.reserved = Some(Bytes(5_000_000));
    let report = bench.run(order);
    done(&report);
    assert!((1_000_000..2_000_000).contains(&report.usage.disk.0), "{report:?}");
}

/// Needs the right to mount; without it only the steps that need no full file system are tested, in `stage` and `launch`.
fn full(_: &mut Bench) {
    let directory = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(directory.path()).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("not tested: a file system of 2 MB cannot be mounted here");
        return;
    }
    // The agent of this test has no spawner of its own left; it borrows another program's: itself.
    let program = std::env::current_exe().unwrap();
    let output =
        Command::new(program).arg("owner").arg(directory.path()).env("PELAGO_TEST_FULL", "1").output().unwrap();
    assert!(Command::new("umount").arg(directory.path()).status().unwrap().success());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the test above runs on its small file system.
pub(crate) fn on_small_disk(bench: &mut Bench) {
    let report = bench.shell("head -c 5000000 /dev/zero > f");
    assert_eq!(cause(&report), &Cause::DiskFull, "a command that fails on a full disk");
    let report = bench.shell("head -c 5000000 /dev/zero > f; truncate -s -80K f; exit 1");
    assert_eq!(cause(&report), &Cause::DiskFull, "others have given back some of it");
    let report = bench.shell("head -c 10000 /dev/zero > f; exit 1");
    assert_eq!(cause(&report), &Cause::Exit(1), "there was room");
    let big = Path::new("/tmp").join(format!("pelago-big-{}", std::process::id()));
    fs::write(&big, vec![1; 4_000_000]).unwrap();
    let mut order = bench.order(vec![shell("true")]);
    order.inputs = vec![crate::bench::input(&big, "in", None)];
    let report = bench.run(order);
    fs::remove_file(&big).unwrap();
    assert_eq!(cause(&report), &Cause::DiskFull, "staging in");
    let step = OrderStep::CopyHome { from: "f".into(), to: "f".into(), dynamic: false };
    let order = bench.order(vec![shell("head -c 1200000 /dev/zero > f"), step.clone(), step, shell("true")]);
    let report = bench.run(order);
    assert_eq!(cause(&report), &Cause::DiskFull, "setting aside");
    done(&bench.shell("echo x > f"));
}

fn cancelled(bench: &mut Bench) {
    let order = bench.order(vec![shell("trap '' TERM; echo $$ > p; sleep 1000")]);
    let waiting = bench.order(vec![shell("touch never")]);
    let (key, other) = ((order.task, 1), (waiting.task, 1));
    bench.agent().give(order.clone()).unwrap();
    bench.agent().give(order).unwrap();
    bench.agent().give(waiting).unwrap();
    let pid = pid(&bench.layout.private(0).join("work/p"));
    bench.agent().cancel(other.0, other.1);
    bench.agent().cancel(key.0, key.1);
    let report = bench.report(key);
    assert_eq!(cause(&report), &Cause::Cancelled);
    assert_eq!(cause(&bench.report(other)), &Cause::Cancelled);
    assert!(!runs(pid));
    // Before the first process, between processes: it takes effect all the same.
    for _ in 0..20 {
        let order = bench.order(vec![shell("true"), shell("sleep 1000")]);
        let key = (order.task, 1);
        bench.agent().give(order).unwrap();
        bench.wait(|told| matches!(told, pelago_agent::Told::Started { task, .. } if *task == key.0).then_some(()));
        bench.agent().cancel(key.0, key.1);
        assert_eq!(cause(&bench.report(key)), &Cause::Cancelled);
    }
}

fn stopped(bench: &mut Bench) {
    let order = bench.order(vec![shell("echo $$ > p; sleep 1000")]);
    let waiting = bench.order(vec![shell("true")]);
    let (key, other) = ((order.task, 1), (waiting.task, 1));
    bench.agent().give(order).unwrap();
    let pid = pid(&bench.layout.private(0).join("work/p"));
    bench.agent().give(waiting).unwrap();
    assert_eq!(bench.agent().stop(false), [other]);
    assert_eq!(bench.agent().room(), 0);
    let late = bench.order(Vec::new());
    assert!(bench.agent().give(late).is_err());
    assert!(runs(pid), "what runs may finish");
    assert!(bench.agent().stop(true).is_empty());
    assert_eq!(cause(&bench.report(key)), &Cause::Interrupted);
    assert!(!runs(pid));
}

fn room(bench: &mut Bench) {
    let running = bench.order(vec![shell("echo $$ > p; while ! [ -e go ]; do sleep 0.01; done")]);
    let key = (running.task, 1);
    bench.agent().give(running).unwrap();
    pid(&bench.layout.private(0).join("work/p"));
    let room = bench.agent().room();
    let waiting: Vec<_> = (0..=room).map(|_| bench.order(vec![shell("true")])).collect();
    assert!(bench.agent().ahead() == 0);
    for order in &waiting[..room] {
        bench.agent().give(order.clone()).unwrap();
    }
    assert!(bench.agent().ahead() > 0 && bench.agent().room() == 0);
    assert!(bench.agent().give(waiting[room].clone()).is_err());
    // One that is here already is not refused, and not taken twice.
    bench.agent().give(waiting[1].clone()).unwrap();
    let back = bench.agent().give_back(|order| order.task != waiting[1].task);
    assert_eq!(back.len(), room - 1);
    fs::write(bench.layout.private(0).join("work/go"), "").unwrap();
    done(&bench.report(key));
    done(&bench.report((waiting[1].task, 1)));
    assert!(bench.told.recv_timeout(Duration::from_millis(50)).is_err(), "no report of what was given back");
}
