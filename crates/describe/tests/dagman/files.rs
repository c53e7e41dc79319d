//! Files that refer to each other, put together from a map.

use pelago_describe::Source;
use pelago_describe::dagman::{Assembly, assemble};
use pelago_job::Description;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};

fn put_together(files: &[(&str, &str)]) -> Assembly {
    let map: BTreeMap<&str, &str> = files.iter().copied().collect();
    let (name, text) = files[0];
    let mut open = |path: &str| map.get(path).map(|text| text.to_string()).ok_or(Error::from(ErrorKind::NotFound));
    assemble(&Source::new(name, text), &mut open)
}

fn whole(files: &[(&str, &str)]) -> Description {
    let assembly = put_together(files);
    let shown = assembly.render(false);
    assembly.description.unwrap_or_else(|| panic!("{shown}"))
}

fn refused(files: &[(&str, &str)], parts: &[&str]) {
    let assembly = put_together(files);
    let shown = assembly.render(false);
    assert!(assembly.description.is_none(), "{files:?} are taken");
    for part in parts {
        assert!(shown.contains(part), "{files:?}\n{shown}\nlacks {part}");
    }
}

fn names(description: &Description) -> Vec<String> {
    description.jobs.iter().map(|job| job.name.as_ref().unwrap().to_string()).collect()
}

/// The edges in words, in order.
fn edges(description: &Description) -> Vec<String> {
    let names = names(description);
    let name = |number: Option<u32>| names[number.unwrap() as usize].clone();
    let weak = |weak: bool| if weak { "~" } else { ">" };
    let edge = |e: &pelago_job::description::Edge| {
        format!("{}{}{}", name(e.parent), weak(e.condition.is_some()), name(e.child))
    };
    description.edges.iter().map(edge).collect()
}

const DIAMOND: &str =
    "JOB A - NOOP\nJOB B - NOOP\nJOB C - NOOP\nJOB D - NOOP\nPARENT A CHILD B C\nPARENT B C CHILD D\n";

#[test]
fn the_newest_rescue_dag_is_taken_up() {
    let top = ("tides.dag", "JOB A - NOOP\nSPLICE S d.dag\nRETRY A 5\n");
    let old = ("tides.dag.rescue001", "DONE A\nDONE S+B\nDONE S+C\n");
    let new = ("tides.dag.rescue002", "# Rescue DAG\nDONE S+B\nJOB S+D - DONE\nRETRY A 3 UNLESS-EXIT 2\n");
    let assembly = put_together(&[top, ("d.dag", DIAMOND), old, new]);
    let shown = assembly.render(false);
    assert!(shown.contains("`tides.dag.rescue002` says that 2 of the nodes are done"), "{shown}");
    let description = assembly.description.unwrap();
    let done = |job: &pelago_job::Job| job.node.as_ref().is_some_and(|node| node.done);
    let done: Vec<String> = names(&Description {
        jobs: description.jobs.iter().filter(|job| done(job)).cloned().collect(),
        ..Description::default()
    });
    assert_eq!(done, ["S+B", "S+D"]);
    let again = &description.jobs[0];
    assert_eq!((again.policy.retries, again.node.as_ref().unwrap().retry_unless), (Some(3.0), Some(2.0)));
    refused(&[top, ("d.dag", DIAMOND), ("tides.dag.rescue001", "DONE B\n")], &["the DAG has no node `B`"]);
    whole(&[top, ("d.dag", DIAMOND), ("tides.dag.rescue001", "RETRY ALL_NODES 2\nJOB A - DONE\n")]);
    // One that cannot be read is not passed over for an older one.
    let mut open = |path: &str| match path {
        "d.dag" => Ok(DIAMOND.to_string()),
        "tides.dag.rescue001" => Ok("DONE A\n".to_string()),
        "tides.dag.rescue002" => Err(Error::from(ErrorKind::PermissionDenied)),
        _ => Err(Error::from(ErrorKind::NotFound)),
    };
    let assembly = assemble(&Source::new(top.0, top.1), &mut open);
    assert!(assembly.description.is_none());
    assert!(assembly.render(false).contains("the rescue DAG `tides.dag.rescue002` cannot be opened"));
}

#[test]
fn a_splice_becomes_its_nodes() {
    let top = "JOB X - NOOP\nSPLICE S d.dag DIR sub\nJOB Y - NOOP DIR /abs\nPARENT X CHILD S\nWEAK PARENT S CHILD Y\n\
               PARENT S+B CHILD Y\nRETRY S+C 4\nMAXJOBS S+big 2\n";
    let inner = format!("{DIAMOND}CATEGORY B big\nCATEGORY C +all\nMAXJOBS big 9\nMAXJOBS +all 1\n");
    let d = whole(&[("top.dag", top), ("sub/d.dag", &inner)]);
    assert_eq!(names(&d), ["X", "S+A", "S+B", "S+C", "S+D", "Y"]);
    let inside = ["S+A>S+B", "S+A>S+C", "S+B>S+D", "S+C>S+D"];
    assert_eq!(edges(&d), [&inside[..], &["X>S+A", "S+D~Y", "S+B>Y"]].concat());
    let category = |n: usize| d.jobs[n].node.as_ref().unwrap().category.clone().unwrap_or_default();
    assert_eq!((category(2), category(3)), ("S+big".to_string(), "+all".to_string()));
    let throttles: Vec<_> = d.throttles.iter().map(|t| (t.category.clone().unwrap(), t.most.unwrap())).collect();
    assert_eq!(throttles, [("S+big".to_string(), 2.0), ("+all".to_string(), 1.0)]);
    assert_eq!(d.jobs[3].policy.retries, Some(4.0));
    let directory = |n: usize| {
        let node = d.jobs[n].node.as_ref().unwrap();
        node.reference.as_ref().and_then(|r| r.directory.as_ref()).map(ToString::to_string).unwrap_or_default()
    };
    assert_eq!((directory(0), directory(1), directory(5)), (String::new(), "sub".to_string(), "/abs".to_string()));
}

#[test]
fn splices_lie_in_each_other_and_beside_each_other() {
    let line = "JOB a - NOOP\nJOB b - NOOP\nPARENT a CHILD b\n";
    let middle = "SPLICE L line.dag\nJOB m - NOOP\nPARENT L CHILD m\nPARENT L+a CHILD m\n";
    let top = "SPLICE P middle.dag\nSPLICE Q middle.dag\nPARENT P CHILD Q\nVARS P+L+a x=\"1\"\n";
    let d = whole(&[("top.dag", top), ("middle.dag", middle), ("line.dag", line)]);
    assert_eq!(names(&d), ["P+L+a", "P+L+b", "P+m", "Q+L+a", "Q+L+b", "Q+m"]);
    assert!(edges(&d).contains(&"P+m>Q+L+a".to_string()), "{:?}", edges(&d));
    assert!(d.jobs[0].node.as_ref().unwrap().reference.is_some());
}

#[test]
fn many_to_many_is_tied_by_a_node_between() {
    let many: String = (0..20).map(|n| format!("JOB n{n} - NOOP\n")).collect();
    let top = "SPLICE P many.dag\nSPLICE Q many.dag\nPARENT P CHILD Q\n";
    let d = whole(&[("top.dag", top), ("many.dag", &many)]);
    assert_eq!((d.jobs.len(), d.edges.len()), (41, 40));
    let top = format!("{}SPLICE Q top.dag\n", "");
    refused(&[("top.dag", &top)], &["`top.dag` is part of itself: top.dag → top.dag"]);
}

#[test]
fn included_files_are_as_if_they_stood_there() {
    let top = "INCLUDE nodes.dag\nJOB X - NOOP\nPARENT X CHILD A\nRETRY ALL_NODES 2\nRETRY A 1\n";
    let d = whole(&[("d/top.dag", top), ("nodes.dag", "JOB A - NOOP\nJOB B - NOOP\nPARENT A CHILD B\n")]);
    assert_eq!(names(&d), ["A", "B", "X"]);
    assert_eq!(edges(&d), ["A>B", "X>A"]);
    assert_eq!(d.jobs.iter().map(|job| job.policy.retries).collect::<Vec<_>>(), [Some(1.0), Some(2.0), Some(2.0)]);
    refused(&[("top.dag", "INCLUDE a.dag\n"), ("a.dag", "INCLUDE ./b/../top.dag\n")], &["part of itself"]);
    refused(&[("top.dag", "JOB A - NOOP\nINCLUDE a.dag\n"), ("a.dag", "JOB A - NOOP\n")], &["two nodes `A`"]);
    refused(
        &[("top.dag", "INCLUDE gone.dag\n")],
        &["the included file `gone.dag` cannot be opened", "INCLUDE gone.dag"],
    );
    refused(
        &[("top.dag", "JOB A - NOOP\nINCLUDE a.dag\n"), ("a.dag", "PARENT A CHILD Z\n")],
        &["a.dag:1:16", "`Z` is no node"],
    );
}

#[test]
fn pins_connect_splices() {
    let one = "JOB a - NOOP\nJOB b - NOOP\nPIN_OUT a 1\nPIN_OUT b 2\nPIN_OUT a 2\n";
    let two = "JOB c - NOOP\nJOB d - NOOP\nPIN_IN c 1\nPIN_IN d 2\n";
    let top = "SPLICE S one.dag\nSPLICE T two.dag\nCONNECT S T\n";
    let d = whole(&[("top.dag", top), ("one.dag", one), ("two.dag", two)]);
    assert_eq!(edges(&d), ["S+a>T+c", "S+a>T+d", "S+b>T+d"]);
    assert!(d.jobs.iter().all(|job| job.extensions.is_empty()));
    let few = "JOB c - NOOP\nPIN_IN c 1\n";
    refused(&[("top.dag", top), ("one.dag", one), ("two.dag", few)], &["`S` has 2 pins going out and `T` 1 going in"]);
    let alone = format!("{two}JOB e - NOOP\n");
    refused(&[("top.dag", top), ("one.dag", one), ("two.dag", &alone)], &["`T+e` waits for nothing"]);
    let hole = two.replace("d 2", "d 1") + "PIN_IN d 3\n";
    let outs = one.replace("a 2", "a 3");
    refused(&[("top.dag", top), ("one.dag", &outs), ("two.dag", &hole)], &["do not both have a pin 2"]);
}

#[test]
fn a_sub_dag_becomes_part_of_the_whole() {
    let top = "JOB X - NOOP\nSUBDAG EXTERNAL S d.dag\nJOB Y - NOOP\nPARENT X CHILD S\nPARENT S CHILD Y\nSCRIPT PRE S prepare.sh\n\
               RETRY S 2\nPRIORITY S 5\n";
    let inner = format!("{DIAMOND}RETRY A 1\nPRIORITY B 7\nCATEGORY B +x\nMAXJOBS +x 1\n");
    let files = [("top.dag", top), ("d.dag", inner.as_str())];
    let d = whole(&files);
    assert_eq!(names(&d), ["X", "S+A", "S+B", "S+C", "S+D", "S", "Y"]);
    assert_eq!(edges(&d)[4..], ["S>S+A", "X>S", "S+D>Y"]);
    let gate = d.jobs[5].node.as_ref().unwrap();
    assert!(gate.noop && gate.scripts.len() == 1);
    assert_eq!((d.jobs[1].policy.retries, d.jobs[2].policy.retries), (Some(5.0), Some(2.0)));
    assert_eq!(d.jobs[2].policy.priority.as_ref().map(ToString::to_string), Some("7".to_string()));
    assert_eq!(d.throttles[0].category.as_deref(), Some("S++x"));
    assert!(put_together(&files).render(false).contains("each node of the sub-DAG `S` is tried again"));
    // What a DAG of its own could do.
    for (outer, inner, part) in [
        ("SCRIPT POST S x.sh", "", "`S` has a POST or HOLD script"),
        ("ABORT-DAG-ON S 1", "", "`S` has a ABORT-DAG-ON"),
        ("", "FINAL F f NOOP", "`S` has a FINAL node"),
        ("", "ABORT-DAG-ON A 1", "a node of the sub-DAG `S` has ABORT-DAG-ON"),
        ("", "REJECT", "the file of `S` says REJECT"),
        ("JOB Z - NOOP\nWEAK PARENT S CHILD Z", "", "a WEAK edge comes from a sub-DAG"),
    ] {
        let top = format!("SUBDAG EXTERNAL S d.dag\n{outer}\n");
        refused(&[("top.dag", &top), ("d.dag", &format!("JOB A - NOOP\n{inner}\n"))], &[part]);
    }
    // A sub-DAG that does nothing is a node, and its file does not matter.
    let d = whole(&[("top.dag", "JOB X - NOOP\nSUBDAG EXTERNAL S gone.dag NOOP\nPARENT X CHILD S\n")]);
    assert_eq!((names(&d), edges(&d)), (vec!["X".to_string(), "S".to_string()], vec!["X>S".to_string()]));
    let d = whole(&[
        ("top.dag", "JOB X - NOOP\nSUBDAG EXTERNAL S e.dag\nJOB Y - NOOP\nPARENT X CHILD S\nPARENT S CHILD Y\n"),
        ("e.dag", ""),
    ]);
    assert_eq!(edges(&d), ["X>S", "S>Y"]);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    refused(&[("top.dag", "SPLICE S gone.dag\n")], &["the splice `gone.dag` cannot be opened"]);
    refused(&[("top.dag", "SPLICE S s.dag\n"), ("s.dag", "")], &["the splice `S` has no nodes"]);
    refused(&[("top.dag", "SPLICE S s.dag\n"), ("s.dag", "JBO A x\n")], &["s.dag:1:1", "did you mean `JOB`?"]);
    refused(
        &[("top.dag", "SPLICE S s.dag\nRETRY S+x 1\n"), ("s.dag", "JOB A - NOOP\n")],
        &["`RETRY S+x 1` is about a node"],
    );
    refused(&[("top.dag", "JOB A - NOOP\nREJECT\n")], &["the file says REJECT"]);
    refused(&[("top.dag", "JOB A - NOOP\nJOB B - NOOP\nPARENT A CHILD B\nPARENT B CHILD A\n")], &["A → B → A"]);
    let two = "SPLICE S s.dag\nSPLICE T s.dag\nPARENT S CHILD T\nPARENT T CHILD S\n";
    refused(&[("top.dag", two), ("s.dag", "JOB A - NOOP\n")], &["S+A → T+A → S+A"]);
    let deep: Vec<(String, String)> =
        (0..40).map(|n| (format!("{n}.dag"), format!("SPLICE S {}.dag\n", n + 1))).collect();
    let deep: Vec<(&str, &str)> = deep.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    refused(&deep, &["more than 32 deep"]);
    let wide: Vec<(String, String)> =
        (0..20).map(|n| (format!("{n}.dag"), format!("SPLICE S {0}.dag\nSPLICE T {0}.dag\n", n + 1))).collect();
    let mut wide: Vec<(&str, &str)> = wide.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    wide.push(("20.dag", "JOB A - NOOP\n"));
    refused(&wide, &["more than 20000 files"]);
}

#[test]
fn nodes_get_what_they_run() {
    let top = "JOB A a.sub DIR work\nJOB B shared\nJOB C {\nexecutable = /bin/echo\narguments = $(JOB) $(n)\n}\nSPLICE S s.dag\n\
               SUBMIT-DESCRIPTION shared {\nexecutable = /bin/date\n}\nVARS A n=\"1\"\nVARS A APPEND arguments=\"last $(n)\"\n\
               VARS C n=\"7\"\nVARS S+B n=\"8\"\nRETRY A 3\n";
    let d = whole(&[
        ("top.dag", top),
        ("work/a.sub", "executable = prog\narguments = first\nqueue 3\n"),
        ("s.dag", "JOB B n.sub\n"),
        ("n.sub", "executable = x$(n)\nqueue\n"),
    ]);
    let json = serde_json::to_value(&d).unwrap();
    let at = |pointer: &str| json.pointer(pointer).cloned().unwrap_or_default();
    for (pointer, expect) in [
        ("/jobs/0/application/commands/0/executable/text", "prog"),
        ("/jobs/0/application/commands/0/arguments/0/text", "last"),
        ("/jobs/0/application/commands/0/arguments/1/text", "1"),
        ("/jobs/0/node/reference/directory", "work"),
        ("/jobs/1/application/commands/0/executable/text", "/bin/date"),
        ("/jobs/2/application/commands/0/arguments/0/text", "C"),
        ("/jobs/2/application/commands/0/arguments/1/text", "7"),
        ("/jobs/3/application/commands/0/executable/text", "x8"),
        ("/jobs/3/name", "S+B"),
    ] {
        assert_eq!(at(pointer), serde_json::json!(expect), "{pointer} of {json:#}");
    }
    assert_eq!(
        (at("/jobs/0/policy/retries"), at("/jobs/0/node/reference/file")),
        (serde_json::json!(3.0), serde_json::json!(null))
    );
    assert!(d.jobs[0].space.is_some());
    refused(&[("top.dag", "JOB A gone.sub\n")], &["the submit file `gone.sub` cannot be opened", "JOB A gone.sub"]);
    let twice = "executable = x\nqueue\narguments = 2\nqueue\n";
    refused(&[("top.dag", "JOB A a.sub\n"), ("a.sub", twice)], &["2 queue statements"]);
}

#[test]
fn a_part_of_a_node_is_found_in_its_submit_file() {
    let files =
        [("a.dag", "JOB A a.sub DIR d\n"), ("d/a.sub", "executable = prog\nrequest_cpus = 99\nqueue x from items\n")];
    let assembly = put_together(&[files[0], files[1], ("d/items", "1\n2\n")]);
    let job = &assembly.description.as_ref().unwrap().jobs[0];
    assert_eq!(job.space.as_ref().unwrap().len(&assembly.description.as_ref().unwrap().parameters), 2);
    let inside = |part: &str| assembly.inside(&format!("/jobs/0/{part}"));
    assert_eq!(inside("resources/individual_cpu_count").as_deref(), Some("d/a.sub:2: `request_cpus = 99`"));
    assert_eq!(inside("application").as_deref(), Some("`d/a.sub`"));
    assert_eq!(inside("node/abort_on"), None);
}
