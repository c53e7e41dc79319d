//! Copy and substitute steps, and attacks on them.

use crate::Test;
use crate::bench::{Bench, cause, done, input, read, shell};
use pelago_agent::Source;
use pelago_job::{Cause, Outcome};
use pelago_wire::order::{OrderSetting, OrderStep};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

pub(crate) const TESTS: &[Test] = &[
    ("files are copied in, around and home", 1, around),
    ("backticks and variables in copies are real", 1, dynamic),
    ("copies do not lead out", 1, attacks),
    ("what is set aside does not change any more", 1, set_aside),
    ("placeholders are filled", 1, substitutes),
    ("what is to come home anyhow does so after a failure", 1, after_failure),
    ("an exit code may end a task well", 1, skipped),
];

fn copy_in(from: &str, to: &str) -> OrderStep {
    OrderStep::CopyIn { from: from.into(), to: to.into(), dynamic: false }
}

fn within(from: &str, to: &str) -> OrderStep {
    OrderStep::CopyWithin { from: from.into(), to: to.into(), dynamic: false }
}

fn home(from: &str, to: &str) -> OrderStep {
    OrderStep::CopyHome { from: from.into(), to: to.into(), dynamic: false }
}

fn around(bench: &mut Bench) {
    fs::create_dir_all(bench.root.join("data/sub")).unwrap();
    for (path, content) in
        [("data/a.1", "a1"), ("data/a.2", "a2"), ("data/sub/x", "x"), ("run.sh", "#!/bin/sh\necho ran\n")]
    {
        fs::write(bench.root.join(path), content).unwrap();
    }
    fs::set_permissions(bench.root.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let order = bench.order(vec![
        copy_in("run.sh", "."),
        copy_in("data/a.*", "in/"),
        copy_in("data", "tree"),
        copy_in("/etc/hostname", "deep/er/name"),
        shell("./run.sh; cat in/a.1 in/a.2 tree/sub/x; test -s deep/er/name; echo r > r.1; echo s > r.2"),
        within("r.*", "results"),
        within("results/r.1", "tree"),
        shell("cat tree/r.1"),
        home("r.[12]", "done/"),
        home("tree", "kept"),
        home("r.1", ""),
        home("r.2", "renamed"),
    ]);
    let report = bench.run(order.clone());
    done(&report);
    assert_eq!(bench.stdout(&report), "ran\na1a2xr\n");
    let paths: Vec<&str> = report.home.iter().map(|delivered| delivered.path.as_str()).collect();
    assert_eq!(paths, ["done/r.1", "done/r.2", "kept", "r.1", "renamed"]);
    for delivered in &report.home {
        let source = Source::Home(order.task, order.attempt, delivered.staged.clone());
        for again in [false, true] {
            let delivery = bench.agent().deliver(&source, &bench.root, &delivered.path, &delivered.made, &[]).unwrap();
            assert_eq!(delivery.unchanged, again);
        }
    }
    let at = |path: &str| read(&bench.root.join(path));
    assert_eq!((at("done/r.1"), at("kept/sub/x"), at("renamed")), ("r\n".into(), "x".into(), "s\n".into()));
}

fn dynamic(bench: &mut Bench) {
    let order = bench.order(vec![
        shell("echo 23 > result; echo three > count; echo x > \"it's \\\"it\\\"\""),
        OrderStep::CopyHome {
            from: "result".into(),
            to: "output.`expr 2 \\* 10 + $ADD`.$(cat count)".into(),
            dynamic: true,
        },
        OrderStep::CopyHome { from: "it's \"it\"".into(), to: "quoted".into(), dynamic: true },
        OrderStep::CopyWithin { from: "res*".into(), to: "`pwd | tr / _`".into(), dynamic: true },
    ]);
    let mut order = order;
    order.env = vec![("ADD".to_string(), "3".to_string())];
    let report = bench.run(order);
    done(&report);
    assert_eq!(report.home[0].path, "output.23.three");
    assert_eq!(report.home[1].path, "quoted");
    let step = OrderStep::CopyHome { from: "`echo ../../..`/x".into(), to: "x".into(), dynamic: true };
    let order = bench.order(vec![step]);
    assert!(matches!(cause(&bench.run(order)), Cause::Refused(_)));
}

fn attacks(bench: &mut Bench) {
    let outside = bench.root.join("victim");
    fs::write(&outside, "whole").unwrap();
    fs::write(bench.root.join("data"), "data").unwrap();
    let victim = outside.display();
    let plant = format!(
        "ln -s {victim} f; ln -s {} d; echo mine > mine; ln -s .. up; mkfifo pipe; mkdir -p ../beside; echo theirs > ../beside/mine",
        bench.root.display()
    );
    let steps = [
        home("f", "stolen"),
        home("d/victim", "stolen"),
        home("../../../../victim", "stolen"),
        home("/etc/passwd", "stolen"),
        home("mine", "../out"),
        home("mine", "/tmp/pelago-out"),
        home("pipe", "pipe"),
        within("f", "g"),
        within("d/*", "g"),
        within("up/beside/mine", "g"),
        within("mine", "d/victim"),
        within("mine", "../x"),
        within("mine", "up/x"),
        copy_in("data", "d/victim"),
        copy_in("data", "../x"),
        copy_in("data", "/tmp/pelago-out"),
        OrderStep::Substitute { source: "f".into(), target: "g".into(), values: Vec::new() },
        OrderStep::Substitute { source: "mine".into(), target: "d/victim".into(), values: Vec::new() },
    ];
    for step in steps {
        let order = bench.order(vec![shell(&plant), step.clone()]);
        let report = bench.run(order);
        let refused = cause(&report);
        // `d/*` is not even looked into, so it matches nothing.
        assert!(matches!(refused, Cause::Refused(_)) || step == within("d/*", "g"), "{step:?}: {refused}");
    }
    // A link where a copy goes is replaced, not written through.
    let order = bench.order(vec![shell(&plant), within("mine", "f"), copy_in("data", "f"), shell("cat f")]);
    let report = bench.run(order);
    assert_eq!(bench.stdout(&report), "data");
    assert_eq!(read(&outside), "whole");
    assert!(!bench.root.join("stolen").exists());
    // At home it is the same.
    symlink("/tmp", bench.root.join("away")).unwrap();
    let order = bench.order(vec![shell("echo x > pelago-out"), home("pelago-out", "away/pelago-out")]);
    let report = bench.run(order.clone());
    let delivered = &report.home[0];
    let source = Source::Home(order.task, 1, delivered.staged.clone());
    let refused = bench.agent().deliver(&source, &bench.root, &delivered.path, &delivered.made, &[]);
    assert!(refused.unwrap_err().to_string().contains("leads out"));
}

fn set_aside(bench: &mut Bench) {
    let mut order = bench.order(vec![
        shell("echo one > f; echo out > o"),
        home("f", "first"),
        shell("echo two >> f"),
        home("f", "second"),
        home("o", "o"),
    ]);
    order.outputs = vec!["o".to_string()];
    let report = bench.run(order.clone());
    done(&report);
    let staged = |number: usize| bench.layout.home(order.task, 1, &report.home[number].staged);
    assert_eq!((read(&staged(0)), read(&staged(1))), ("one\n".into(), "one\ntwo\n".into()));
    // What a person edits at home later must not be the store's.
    fs::write(staged(2), "edited").unwrap();
    assert_eq!(bench.output(&order, 0), "out\n");
    let source = bench.root.join("shared");
    fs::write(&source, "shared").unwrap();
    let mut order = bench.order(vec![home("in", "copy")]);
    order.inputs = vec![pelago_wire::order::StageIn { read_only: true, ..input(&source, "in", None) }];
    let report = bench.run(order.clone());
    done(&report);
    fs::write(bench.layout.home(order.task, 1, "0"), "edited").unwrap();
    assert_eq!(read(&source), "shared");
}

fn substitutes(bench: &mut Bench) {
    let values = vec![("x".to_string(), "1.5".to_string()), ("y".to_string(), "b".to_string())];
    let step = |source: &str, target: &str| OrderStep::Substitute {
        source: source.into(),
        target: target.into(),
        values: values.clone(),
    };
    let order = bench.order(vec![
        shell("echo '$x ${y} $z ${x}y' > skeleton; printf '#!/bin/sh\\necho $x\\n' > s; chmod +x s"),
        step("skeleton", "filled"),
        step("skeleton", "skeleton"),
        step("s", "run"),
        shell("cat filled skeleton; ./run"),
        step("absent", "x"),
    ]);
    let report = bench.run(order);
    assert_eq!(bench.stdout(&report), "1.5 b $z 1.5y\n1.5 b $z 1.5y\n1.5\n");
    assert_eq!(cause(&report), &Cause::OutputMissing("absent".into()));
    let order = bench.order(vec![shell("head -c 70000000 /dev/zero > big"), step("big", "x")]);
    assert!(matches!(cause(&bench.run(order)), Cause::Refused(_)));
}

fn after_failure(bench: &mut Bench) {
    let set = |on| OrderStep::Set(OrderSetting::AfterFailure(on));
    let order = bench.order(vec![
        shell("echo said > said; echo part > part"),
        home("part", "early"),
        shell("echo more >> said; exit 3"),
        shell("echo never >> said"),
        set(true),
        shell("mkdir new && mv part new"),
        home("nothing", "missing"),
        home("said", "said"),
        home("new/*", ""),
        set(false),
        home("said", "late"),
    ]);
    let report = bench.run(order.clone());
    assert!(matches!(cause(&report), Cause::Exit(3)), "{report:?}");
    let came: Vec<(&str, String)> = report
        .home
        .iter()
        .map(|file| {
            let source = Source::Home(order.task, order.attempt, file.staged.clone());
            bench.agent().deliver(&source, &bench.root, &file.path, &file.made, &[]).unwrap();
            (file.path.as_str(), read(&bench.root.join(&file.path)))
        })
        .collect();
    assert_eq!(came, [("said", "said\nmore\n".to_string()), ("part", "part\n".to_string())]);
    // A file that is missing is a failure where there was none; what else there is comes home.
    let order = bench.order(vec![shell("echo x > x"), set(true), home("nothing", "nothing"), home("x", "x")]);
    let report = bench.run(order);
    assert!(matches!(cause(&report), Cause::OutputMissing(_)), "{report:?}");
    assert_eq!(report.home.len(), 1);
    // One that was ended from outside brings nothing.
    let order = bench.order(vec![shell("exit 1"), home("x", "x")]);
    assert!(bench.run(order).home.is_empty());
}

fn skipped(bench: &mut Bench) {
    let skip = |code| OrderStep::Set(OrderSetting::Skip(code));
    for (code, said, good) in [(7, "", true), (0, "ran\n", true), (8, "", false)] {
        let order = bench.order(vec![
            skip(Some(7)),
            shell(&format!("exit {code}")),
            skip(None),
            shell("echo ran; echo x > x"),
            home("x", "x"),
        ]);
        let report = bench.run(order);
        assert_eq!(report.outcome == Outcome::Done, good, "{report:?}");
        assert_eq!((bench.stdout(&report).as_str(), report.home.len()), (said, usize::from(code == 0)));
    }
    // After it the code is one like any other.
    let order = bench.order(vec![skip(Some(7)), shell("true"), skip(None), shell("exit 7")]);
    assert!(matches!(cause(&bench.run(order)), Cause::Exit(7)));
}
