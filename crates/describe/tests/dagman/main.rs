//! DAGMan files: what they say, what is refused and doubted, and that what is printed says the same.

#[path = "../dice/mod.rs"]
mod dice;
mod files;
mod hostile;
mod law;

use pelago_describe::{Language, Reading, Source, read};
use pelago_job::Description;

/// Reads a text as a DAGMan file.
fn reading(text: &str) -> (Source, Reading) {
    let source = Source::new("test.dag", text);
    let reading = read(&source, Some(Language::Dag));
    (source, reading)
}

/// What a good text says.
fn said(text: &str) -> Description {
    let (source, reading) = reading(text);
    match reading.said {
        Some(said) => said.description,
        None => panic!("{text}\n{}", reading.render(&source, false)),
    }
}

/// What is printed for a text, without losses.
fn printed(text: &str) -> String {
    let printed = Language::Dag.print(&said(text)).unwrap();
    assert_eq!(printed.losses, [], "{}", printed.text);
    printed.text
}

/// That a text is accepted and each part stands in what is said about it.
fn doubted(text: &str, parts: &[&str]) {
    let (source, reading) = reading(text);
    let shown = reading.render(&source, false);
    assert!(!reading.failed(), "{text}\n{shown}");
    for part in parts {
        assert!(shown.contains(part), "{text}\n{shown}\nlacks {part}");
    }
    assert!(!parts.is_empty() || shown.is_empty(), "{shown}");
}

/// That a text is refused and each part stands in why.
fn refused(text: &str, parts: &[&str]) {
    let (source, reading) = reading(text);
    let shown = reading.render(&source, false);
    assert!(reading.failed(), "{text} is taken");
    for part in parts {
        assert!(shown.contains(part), "{text}\n{shown}\nlacks {part}");
    }
}

#[test]
fn everything_is_printed_again() {
    let text = include_str!("everything.dag");
    let expect = include_str!("everything.txt");
    let got = printed(text);
    if std::env::var_os("UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dagman/everything.txt");
        std::fs::write(path, &got).unwrap();
        return;
    }
    assert_eq!(got, expect);
    assert_eq!(printed(&got), got);
}

#[test]
fn statements_become_the_model() {
    let text = "job A a.sub dir \"my dir\" noop\nPARENT A CHILD B\nretry A 3 unless-exit 7\nSubdag External B b.dag done\n\
                Script defer 4 30 debug log.txt all POST A check.sh $RETURN it's\nPRE_SKIP A 9\npre-skip A 10\n\
                Abort-Dag-On B 5 return 1\nCATEGORY A big\nMAXJOBS big 2\nPRIORITY ALL_NODES 4\nvars A x = 'q' +y=\"\\\"z\\\"\"\n\
                VARS A APPEND v=1";
    let d = said(text);
    let json = serde_json::to_value(&d).unwrap();
    let at = |pointer: &str| json.pointer(pointer).cloned().unwrap_or_default();
    for (pointer, expect) in [
        ("/jobs/0/name", serde_json::json!("A")),
        ("/jobs/0/node/reference/file", serde_json::json!("a.sub")),
        ("/jobs/0/node/reference/directory", serde_json::json!("my dir")),
        ("/jobs/0/node/reference/macros", serde_json::json!([["x", "q"], ["+y", "\"z\""]])),
        ("/jobs/0/node/reference/overrides", serde_json::json!([["v", "1"]])),
        ("/jobs/0/node/noop", serde_json::json!(true)),
        ("/jobs/0/node/skip_on", serde_json::json!(10.0)),
        ("/jobs/0/node/retry_unless", serde_json::json!(7.0)),
        ("/jobs/0/policy/retries", serde_json::json!(3.0)),
        ("/jobs/0/policy/priority", serde_json::json!("4")),
        ("/jobs/0/node/category", serde_json::json!("big")),
        ("/jobs/0/node/scripts/0/defer", serde_json::json!([4.0, 30.0])),
        ("/jobs/0/node/scripts/0/debug", serde_json::json!(["log.txt", "all"])),
        ("/jobs/0/node/scripts/0/command/arguments/1/text", serde_json::json!("it's")),
        ("/jobs/1/node/kind", serde_json::json!("workflow")),
        ("/jobs/1/node/done", serde_json::json!(true)),
        ("/jobs/1/node/abort_on", serde_json::json!([5.0, 1.0])),
        ("/edges/0/child", serde_json::json!(1)),
        ("/throttles/0/most", serde_json::json!(2.0)),
    ] {
        assert_eq!(at(pointer), expect, "{pointer} of {json:#}");
    }
}

#[test]
fn edges_keep_their_order_and_are_said_once() {
    let nodes = "JOB A a\nJOB B b\nJOB C c\nJOB D d\n";
    let pairs = |text: &str| {
        let edges = said(&format!("{nodes}{text}")).edges;
        edges.iter().map(|e| (e.parent.unwrap(), e.child.unwrap(), e.condition.is_some())).collect::<Vec<_>>()
    };
    let expect = [(0, 1, false), (0, 2, false), (1, 3, false), (2, 3, false)];
    assert_eq!(pairs("PARENT A CHILD B C\nPARENT B C CHILD D\nPARENT A CHILD C"), expect);
    assert_eq!(
        pairs("WEAK PARENT A CHILD B\nPARENT A CHILD B\nWEAK PARENT A CHILD B C"),
        [(0, 1, false), (0, 2, true)]
    );
    let text = printed(&format!("{nodes}PARENT A CHILD B C\nPARENT B C CHILD D\nweak parent A child D"));
    assert!(text.ends_with("PARENT A CHILD B C\nPARENT B C CHILD D\nWEAK PARENT A CHILD D\n"), "{text}");
}

#[test]
fn statements_are_as_strict_as_their_parser() {
    for (text, parts) in [
        ("JOB", &["JOB lacks the name of the node", "JOB NAME SUBMIT-FILE|{ … } [DIR DIRECTORY] [NOOP] [DONE]"][..]),
        ("JOB A", &["JOB lacks the submit file or description"]),
        ("JOB A a.sub DRI x", &["`DRI` is not expected here", "did you mean `DIR`?"]),
        ("JOB A a.sub DIR", &["DIR lacks the directory"]),
        ("JOB A \"a.sub", &["this quote is never closed"]),
        ("JOB A {\nexecutable = x\n", &["never closed: there is no line `}`"]),
        ("JOB A @=END\nexecutable = x\n}", &["there is no line `@END`"]),
        ("JOB Parent a.sub", &["`Parent` cannot be the name of a node"]),
        ("JBO A a.sub\nPARENT A CHILD B\nJOB B b", &["`JBO` begins no statement", "did you mean `JOB`?"]),
        ("NODE A a.sub", &["a node is a JOB"]),
        ("SUBDAG A a.dag", &["SUBDAG", "EXTERNAL"]),
        ("SUBDAG EXTRENAL A a.dag", &["did you mean `EXTERNAL`?"]),
        ("SPLICE A a.dag NOOP", &["`NOOP` is not expected here"]),
        ("JOB A a\nJOB A b", &["there are two nodes `A`", "the first one"]),
        ("JOB A a\nSPLICE A b", &["`A` is a splice and a node"]),
        ("FINAL A a\nFINAL B b", &["there is one FINAL node at most"]),
        ("JOB A a\nFINAL F f\nPARENT A CHILD F", &["`F` cannot have parents or children"]),
        (
            "JOB Alpha a\nJOB B b\nPARENT alpha CHILD B",
            &["`alpha` is no node", "case matters", "did you mean `Alpha`?"],
        ),
        ("JOB A a\nVARS S+A x=\"1\"", &["there is no SPLICE of that name"]),
        ("JOB A a\nPARENT A CHILD", &["there is no child after CHILD"]),
        ("JOB A a\nPARENT A B", &["the word CHILD is missing"]),
        ("JOB A a\nPARENT CHILD A", &["there is no parent before CHILD"]),
        ("JOB A a\nPARENT A CHLID A", &["the word CHILD is missing", "did you mean `CHILD`?"]),
        ("JOB A a\nRETRY A -1", &["-1 is no number of retries: it is 0 or more"]),
        ("JOB A a\nRETRY A x", &["`x` is no number of retries: a whole number is expected"]),
        ("JOB A a\nRETRY A 3 UNLES-EXIT 2", &["did you mean `UNLESS-EXIT`?"]),
        ("JOB A a\nRETRY A 99999999999", &["a whole number is expected"]),
        ("JOB A a\nPRE_SKIP A 256", &["256 is no exit code: it is 0 to 255"]),
        ("JOB A a\nABORT-DAG-ON A 1 RETURN 300", &["300 is no exit code of the DAG: it is 0 to 255"]),
        ("JOB A a\nSCRIPT PER A x", &["`PER` stands where PRE, POST or HOLD has to", "did you mean `PRE`?"]),
        ("JOB A a\nSCRIPT PRE A", &["SCRIPT lacks the program"]),
        ("JOB A a\nSCRIPT DEBUG f STDUOT PRE A x", &["did you mean `STDOUT`?"]),
        ("JOB A a\nVARS A queueing=\"1\"", &["names must not begin with `queue`"]),
        ("JOB A a\nVARS A x", &["a name is followed by `=` and a value"]),
        ("JOB A a\nVARS A", &["there is no NAME=\"VALUE\""]),
        ("FINAL F f\nRETRY F 2", &["`F` cannot have RETRY"]),
        ("SPLICE S s.dag\nVARS S x=\"1\"", &["`S` cannot have VARS", "`SPLICE+NODE`"]),
        ("JOB A a\nCONNECT A A", &["CONNECT ties splices"]),
        ("JOB A a\nPIN_IN A 0", &["0 is no number of the pin: it is 1 or more"]),
        ("SAVE_POINT_FILE ALL_NODES x", &["takes one node"]),
        ("REJECT now", &["`now` is not expected here", "REJECT stands alone"]),
        ("ENV PUT X", &["`PUT` is not expected here"]),
        ("INCLUDE : x.dag", &["without a colon"]),
    ] {
        refused(text, parts);
    }
}

#[test]
fn doubtful_files_are_taken_with_a_word() {
    doubted("", &["this DAG has no nodes"]);
    doubted("# nothing\n", &["this DAG has no nodes"]);
    doubted("JOB A a\nJOB B b\nPARENT A CHILD B", &[]);
    doubted("JOB A a\nPARENT A CHILD A", &["a node waits for itself: A → A"]);
    doubted("JOB A a\nMAXJOBS big 2\nCATEGORY A bgi", &["`big`", "did you mean `bgi`?", "did you mean `big`?"]);
    doubted("JOB A a\nCATEGORY A big", &["the category `big` has no MAXJOBS here"]);
    doubted("SPLICE S s.dag\nMAXJOBS S+big 2\nMAXJOBS +all 3", &[]);
    doubted("JOB A a\nSCRIPT PRE A x $RETURN", &["$RETURN has no value in a PRE script"]);
    doubted("JOB A a\nSCRIPT POST A x $RETRUN", &["`$RETRUN` is no macro", "did you mean `$RETURN`?"]);
    doubted("JOB A a\nSCRIPT POST A x code=$RETURN", &["$RETURN in `code=$RETURN` is not replaced"]);
    doubted("JOB A a\nPRE_SKIP A 1", &["`A` has no PRE script"]);
    doubted("JOB A a\nRETRY A 3x", &["`3x` is read as 3"]);
    doubted("JOB A a\nVARS A x=\"1\"\nVARS A x=\"2\"", &["`A` has VARS already", "it was `x=\"1\"`"]);
    doubted("JOB A a\nRETRY ALL_NODES 1\nRETRY A 1\nRETRY A 2", &["`A` has RETRY already", "it was `1`"]);
    doubted("FINAL A a DONE", &["a FINAL node cannot be DONE"]);
    doubted("JOB A a\nFINAL F f\nDONE F", &["`F` cannot be DONE"]);
    doubted("SUBMIT-DESCRIPTION one {\nexecutable = x\n}\nJOB A oen", &["no node uses", "did you mean `one`?"]);
    doubted("JOB A { executable = x\n}", &["is lost"]);
    doubted("JOB A a.sub \\\n", &["no line follows"]);
}

#[test]
fn names_from_elsewhere_are_kept_word_for_word() {
    // A run that failed leaves a file of what is done; its nodes are in the file that it ran.
    let rescue = "# Rescue DAG\nDONE A\nDONE S+B\nRETRY C 2 UNLESS-EXIT 3\n";
    assert_eq!(printed(rescue), "DONE A\nDONE S+B\nRETRY C 2 UNLESS-EXIT 3\n");
    let text =
        "INCLUDE more.dag\nSPLICE S s.dag\nJOB A a\nPARENT A X CHILD S B\nVARS S+N v=\"1\"\nVARS ALL_NODES w=\"2\"\n";
    let d = said(text);
    assert_eq!((d.jobs.len(), d.edges.len(), d.extensions.len()), (2, 1, 5));
    let again = printed(text);
    assert_eq!(printed(&again), again);
    assert!(again.contains("PARENT X CHILD S B\n") && again.contains("PARENT A CHILD B\n"), "{again}");
}

#[test]
fn dags_are_recognised_by_what_they_say() {
    let of = |text: &str| Language::recognise(&Source::new("x", text));
    for text in [
        "JOB A a.sub\n",
        "# c\n\nsplice X y.dag\n",
        "Subdag External A b.dag\nparent A child B",
        "JOB A {\nexecutable = /bin/true\narguments = 1\n}\nJOB B b.sub\n",
        "SUBMIT-DESCRIPTION d {\n executable = x\n}\nJOB A d\n",
        "SUBMIT-DESCRIPTION d @=end\n executable = x\n arguments = 1\n output = o\n log = l\n@end\nJOB A d\n",
        "JOB A @=end\n executable = x\n arguments = 1\n output = o\n log = l\nqueue\n",
        "DONE A\nDONE B\n",
        "VARS A x=\"1\"\nJBO B b.sub\nJOB C c.sub\n",
        "NODE_STATUS_FILE x 60\nCONFIG c\nJOB A a",
    ] {
        assert_eq!(of(text), Some(Language::Dag), "{text}");
    }
    for text in [
        "executable = x\nqueue\n",
        "job = 1\nfinal = 2\nqueue",
        "parameter x integer 1\ntask main\nendtask\n",
        "[ Executable = \"x\"; ]",
        "include : other.sub\nqueue",
        "done now\nis the time for all good men\nto come\n",
        "",
    ] {
        assert_ne!(of(text), Some(Language::Dag), "{text}");
    }
}
