//! Inputs, outputs, the store, the experiment directory.

use crate::Test;
use crate::bench::{Bench, cause, done, input, read, shell};
use pelago_agent::{Freed, Source, Told};
use pelago_job::{Bytes, Cause, Digest, FileRef, Made};
use pelago_stage::digest_of;
use pelago_wire::order::StageIn;
use std::fs;

pub(crate) const TESTS: &[Test] = &[
    ("a chain hands its state on", 2, chain),
    ("inputs belong to the task", 1, inputs),
    ("linked inputs stay for the next task, and nothing else does", 1, kept_inputs),
    ("outputs may be directories, nested, or linked", 1, outputs),
    ("outputs do not lead out", 1, attacks),
    ("owner's operations may be repeated", 1, repeated),
    ("the node start task's files reach later tasks", 1, node_files),
];

fn chain(bench: &mut Bench) {
    fs::create_dir_all(bench.root.join("start")).unwrap();
    fs::write(bench.root.join("start/n"), "0\n").unwrap();
    let mut from = bench.root.join("cms.1.0.tar");
    let packed =
        std::process::Command::new("tar").args(["cf", "cms.1.0.tar", "start"]).current_dir(&bench.root).status();
    assert!(packed.unwrap().success());
    let mut expect = None;
    for step in 1..=5 {
        let name = format!("cms.1.{step}.tar");
        let mut order = bench.order(vec![
            shell("tar xf cms.1*.tar"),
            shell("cd start && echo $(($(cat n) + 1)) > n.new && mv n.new n && echo step >> ../../output 2>&1"),
            shell(&format!("rm cms.*; tar cf {name} start; cat ../output")),
        ]);
        order.inputs = vec![input(&from, &format!("cms.1.{}.tar", step - 1), expect)];
        order.outputs = vec![name];
        let report = bench.run(order.clone());
        done(&report);
        assert_eq!(bench.stdout(&report), "step\n");
        from = bench.agent().collect(order.task, 1, 0, &report.outputs[0]).unwrap();
        bench.agent().discard(order.task, 1).unwrap();
        expect = Some(report.outputs[0]);
    }
    let count = std::process::Command::new("tar").args(["xOf", from.to_str().unwrap(), "start/n"]).output().unwrap();
    assert_eq!(count.stdout, b"5\n");
}

fn inputs(bench: &mut Bench) {
    let file = bench.root.join("input");
    fs::write(&file, "content").unwrap();
    let made = digest_of(&file).unwrap();
    let mut order = bench.order(vec![shell("mv a b; echo changed > b; echo more >> c/d")]);
    order.inputs = vec![input(&file, "a", Some(made)), input(&file, "c/d", None)];
    done(&bench.run(order));
    assert_eq!(read(&file), "content");
    // A promise that is broken is noticed, and the culprit named.
    let mut order = bench.order(vec![shell("echo broken >> a")]);
    order.inputs = vec![StageIn { read_only: true, ..input(&file, "a", None) }];
    let task = order.task;
    done(&bench.run(order));
    let changed = bench.wait(|told| match told {
        Told::InputChanged { task, file, .. } => Some((*task, file.clone())),
        _ => None,
    });
    assert_eq!(changed, Some((task, file.clone())));
    let wrong = |expect: Made| StageIn { expect: Some(expect), ..input(&file, "a", None) };
    let larger = Made { size: Bytes(1), ..made };
    let other = Made { size: Bytes(read(&file).len() as u64), digest: Digest::of(b"other") };
    for bad in [input(&bench.root.join("absent"), "a", None), wrong(larger), wrong(other)] {
        let mut order = bench.order(vec![shell("true")]);
        order.inputs = vec![bad];
        let report = bench.run(order);
        assert!(matches!(cause(&report), Cause::InputMissing(name) if name.starts_with('a')), "{report:?}");
    }
    let mut order = bench.order(vec![shell("true")]);
    order.inputs = vec![input(&file, "../a", None)];
    assert!(matches!(cause(&bench.run(order)), Cause::Refused(_)));
}

/// Linked inputs stay for the next task that reads the same, and only while nothing else is there and all is as it was.
fn kept_inputs(bench: &mut Bench) {
    let data = bench.root.join("data");
    fs::create_dir_all(data.join("deep")).unwrap();
    fs::write(data.join("a"), "one").unwrap();
    fs::write(data.join("deep/b"), "two").unwrap();
    let inputs: Vec<StageIn> = ["data/a", "data/deep/b"]
        .map(|name| StageIn { read_only: true, ..input(&bench.root.join(name), name, None) })
        .to_vec();
    let mut run = |line: &str, inputs: &[StageIn]| {
        let mut order = bench.order(vec![shell(line)]);
        order.inputs = inputs.to_vec();
        let report = bench.run(order);
        done(&report);
        bench.stdout(&report)
    };
    let look = "find . | LC_ALL=C sort | tr '\\n' ' '; cat data/a data/deep/b; stat -c ' %i %y' data";
    let first = run(look, &inputs);
    assert!(first.starts_with(". ./data ./data/a ./data/deep ./data/deep/b onetwo"), "{first}");
    assert_eq!(run(look, &inputs), first, "the same directory");
    let modes = "stat -c %a%h data; find . -type l";
    let usual = run(modes, &inputs);
    // What a task adds or removes, and modes that it changes, are not seen by the next one.
    for change in ["touch new", "mkdir data/deep/new", "rm data/a", "chmod 700 data", "mv data/a x; ln -s x data/a"] {
        run(change, &inputs);
        let second = run(look, &inputs);
        assert!(second.starts_with(". ./data ./data/a ./data/deep ./data/deep/b onetwo"), "{change}: {second}");
        assert_eq!(run(modes, &inputs), usual, "{change}");
    }
    // Nor are inputs of others.
    assert_eq!(run("find .", &[]), ".\n");
    assert_eq!(run("find . -type f", &inputs[..1]), "./data/a\n");
    // A file that was replaced meanwhile is the new one.
    run("true", &inputs);
    fs::write(bench.root.join("new"), "three").unwrap();
    fs::rename(bench.root.join("new"), data.join("a")).unwrap();
    let mut order = bench.order(vec![shell("cat data/a")]);
    order.inputs = inputs;
    let report = bench.run(order);
    assert_eq!(bench.stdout(&report), "three");
    let work = bench.layout.private(0).join("work");
    assert!(work.join("data/a").exists());
    bench.end();
    assert!(!work.exists(), "nothing of others is left behind");
}

fn outputs(bench: &mut Bench) {
    let mut order = bench.order(vec![shell(
        "mkdir -p d/in; echo x > d/in/x; echo y > y; ln -s d/in/x link; ln y z; echo e > ../beside",
    )]);
    order.outputs = ["d", "d/in/x", "link", "y", "z", "y"].map(str::to_string).to_vec();
    let report = bench.run(order.clone());
    done(&report);
    let x = Made { size: Bytes(2), digest: Digest::of(b"x\n") };
    let y = Made { size: Bytes(2), digest: Digest::of(b"y\n") };
    assert_eq!(report.outputs[1..], [x, x, y, y, y]);
    for (number, made) in (0..).zip(&report.outputs) {
        assert_eq!(digest_of(&bench.layout.output(order.task, 1, number)).unwrap(), *made, "{number}");
        assert_eq!(bench.agent().collect(order.task, 1, number, made).unwrap(), {
            bench.agent().path_of(FileRef { task: order.task, output: number })
        });
    }
    // A directory is an input like any other.
    let directory = bench.agent().path_of(FileRef { task: order.task, output: 0 });
    let mut reader = bench.order(vec![shell("cat in/in/x; echo z > in/in/x")]);
    reader.inputs = vec![StageIn { read_only: true, ..input(&directory, "in", Some(report.outputs[0])) }];
    let read_report = bench.run(reader);
    assert_eq!(bench.stdout(&read_report), "x\n");
    assert_eq!(digest_of(&directory).unwrap(), report.outputs[0]);
}

fn attacks(bench: &mut Bench) {
    for (line, output) in [
        ("ln -s /etc/passwd out", "out"),
        ("ln -s /etc out", "out/passwd"),
        ("ln -s .. up; echo x > ../x", "up/x"),
        ("echo x > ../x", "../x"),
        ("true", "/etc/passwd"),
        ("mkfifo out", "out"),
        ("mkdir out; mkfifo out/pipe", "out"),
        ("mkdir d; ln -s d out", "out"),
        ("true", "."),
        ("true", ""),
    ] {
        let mut order = bench.order(vec![shell(line)]);
        order.outputs = vec![output.to_string()];
        let report = bench.run(order.clone());
        assert!(matches!(cause(&report), Cause::Refused(_)), "{line}: {report:?}");
        assert!(!bench.layout.attempt(order.task, 1).exists());
    }
}

fn repeated(bench: &mut Bench) {
    let mut order = bench.order(vec![shell("echo result > r; echo state > s")]);
    order.outputs = vec!["r".to_string(), "s".to_string()];
    let report = bench.run(order.clone());
    let task = order.task;
    let survey = bench.agent().survey().unwrap();
    assert_eq!((survey.attempts.len(), survey.attempts[0].outputs.clone()), (1, vec![0, 1]));
    let stored = FileRef { task, output: 1 };
    for _ in 0..2 {
        let source = Source::Output(task, 1, 0);
        let delivery = bench.agent().deliver(&source, &bench.root, "out/r", &report.outputs[0], &[]).unwrap();
        assert_eq!(delivery.moved_aside, None);
        bench.agent().collect(task, 1, 1, &report.outputs[1]).unwrap();
        let source = Source::Stored(stored);
        bench.agent().deliver(&source, &bench.root, "out/s", &report.outputs[1], &[]).unwrap();
    }
    assert_eq!(
        (read(&bench.root.join("out/r")), read(&bench.root.join("out/s"))),
        ("result\n".into(), "state\n".into())
    );
    assert_eq!(bench.agent().survey().unwrap().stored.iter().map(|(file, _)| *file).collect::<Vec<_>>(), [stored]);
    let mut freed = Vec::new();
    for _ in 0..2 {
        bench.agent().discard(task, 1).unwrap();
        bench.agent().condemn(stored).unwrap();
        for wanted in [Freed::Attempt(task, 1), Freed::File(stored)] {
            freed.push(bench.wait(|told| match told {
                Told::Freed { what, bytes } if *what == wanted => Some(bytes.0),
                _ => None,
            }));
        }
    }
    assert!(freed[1] >= Some(1) && freed[2] == Some(0) && freed[3] == Some(0), "{freed:?}");
    let survey = bench.agent().survey().unwrap();
    assert_eq!((survey.attempts.len(), survey.stored.len()), (0, 0));
    // The same attempt again: what the first try left is not in its way.
    let report = bench.run(order.clone());
    done(&report);
    let report = bench.run(order);
    done(&report);
}

fn node_files(bench: &mut Bench) {
    let mut start = bench.order(vec![shell("mkdir bin; echo tool > bin/tool; echo data > data")]);
    start.makes_node_files = true;
    let job = start.task.job;
    for _ in 0..2 {
        done(&bench.run(start.clone()));
        let mut order = bench.order(vec![shell("cat bin/tool data; echo changed > data")]);
        order.node_files = true;
        for _ in 0..2 {
            let report = bench.run(order.clone());
            assert_eq!(bench.stdout(&report), "tool\ndata\n");
        }
    }
    assert_eq!(bench.agent().survey().unwrap().node_files, [job]);
    bench.agent().drop_node_files(job).unwrap();
    let mut order = bench.order(vec![shell("true")]);
    order.node_files = true;
    assert!(matches!(cause(&bench.run(order)), Cause::InputMissing(_)));
}
