//! Plans from end to end: the five tasks in their order, copies, redirects, `onerror`, `substitute`, values.

use crate::place::Place;

const CLASSIC: &str = "\
parameter x label \"a number\" integer range from 1 to 3 step 1;
task rootstart
    execute echo rootstart >> log
endtask
task nodestart
    copy seed.txt node:.
    node:execute tr a-z A-Z < seed.txt > tool; echo nodestart >> $HERE/log
endtask
task main
    copy skeleton node:skeleton
    substitute skeleton filled
    node:execute cat tool filled > out
    onerror ignore
    node:execute false
    onerror fail
    redirect stdout to said
    exec echo hello $x
    redirect stdout append to said
    exec echo again ${x}
    redirect stdout off
    exec echo visible $x
    node:execute echo main >> $HERE/log
    copy node:out out.$x
    copy node:said said.$x
endtask
task nodefinish
    node:execute test -s tool && echo nodefinish >> $HERE/log
endtask
task rootfinish
    execute echo rootfinish >> log; cat out.1 out.2 out.3 > all
endtask
";

#[test]
fn the_five_tasks_run_in_their_order() {
    let place = Place::new(&[("a.plan", CLASSIC), ("seed.txt", "seed\n"), ("skeleton", "x is $x or ${x}, $y stays\n")]);
    place.pelago(&["run", "a.plan", "--slots", "2"]).with(0);
    assert_eq!(place.read("log"), "rootstart\nnodestart\nmain\nmain\nmain\nnodefinish\nrootfinish\n");
    let text = |x: u32| format!("SEED\nx is {x} or {x}, $y stays\n");
    assert_eq!(place.read("all"), (1..=3).map(text).collect::<String>());
    assert_eq!(place.read("said.2"), "hello 2\nagain 2\n");
    assert_eq!(place.pelago(&["logs", "1.2"]).out, "visible 2\n");
    assert_eq!(place.pelago(&["run", "a.plan"]).with(0).err.matches("nothing to do").count(), 1);
    // What stands in a copy line is an input.
    place.write("skeleton", "$x\n");
    place.remove("log");
    place.pelago(&["run", "a.plan"]).with(0);
    assert_eq!(place.read("all"), "SEED\n1\nSEED\n2\nSEED\n3\n");
    let why = place.pelago(&["why", "3.1"]).out;
    assert!(why.contains("skeleton changed"), "{why}");
}

#[test]
fn a_failing_command_ends_its_task_unless_it_is_ignored() {
    let plan = "env HERE\nparameter x integer range from 1 to 2 step 1\ntask main\n  onerror ignore\n  exec false\n  onerror fail\n  shexec \"test $x = 1\"\n  shexec \"echo $x >> $HERE/ran\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.pelago(&["run", "a.plan", "--keep-going"]).with(1);
    assert_eq!(place.lines("ran"), ["1"]);
}

#[test]
fn values_are_a_table_for_every_tool() {
    let plan = "\
parameter name text select anyof \"a b\" \"c,\\\"d\\\"\" \"=1\"
parameter n integer range from 1 to 2 step 1
task main
    shexec \"echo '{\\\"speed\\\": '$((n * 10)).5', \\\"deep\\\": [{\\\"x\\\": null}, \\\"t\\\"]}' > r.json; echo speed = $((n * 10)); test $n = 1 || printf 'x\\ny' > note\"
    value speed from stdout match \"speed = ([0-9]+)\"
    value exact from r.json pointer /speed
    value deep from r.json pointer /deep/1
    value none from r.json pointer /deep/0/x
    value note from note
endtask
";
    let place = Place::new(&[("a.plan", plan)]);
    place.pelago(&["run", "a.plan"]).with(0);
    let csv = place.pelago(&["values", "--csv"]).with(0).out;
    assert_eq!(
        csv.lines().take(2).collect::<Vec<_>>(),
        ["name,n,speed,exact,deep,none,note", "a b,1,10,10.5,t,,"],
        "{csv}"
    );
    assert!(csv.contains("\"c,\"\"d\"\"\",2,20,20.5,t,,\"x\ny\"\n"), "{csv}");
    let json = place.pelago(&["values", "--json"]).with(0).json();
    assert_eq!(json["columns"].as_array().unwrap().len(), 7);
    assert_eq!(json["rows"][1], serde_json::json!(["a b", 2, 20, 20.5, "t", null, "x\ny"]));
    let sum = "SELECT CAST(sum(exact) AS INTEGER) FROM values_1 WHERE n = 2 OR speed = 10";
    assert_eq!(place.count(sum), 93);
}

#[test]
fn plans_that_cannot_be_run_are_refused_by_name_before_anything_runs() {
    let head = "parameter x integer range from 1 to 3 step 1\n";
    for (plan, part) in [
        ("parameter x integer range from 1 to 3\ntask main\n  exec echo ${x\nendtask\n", "a.plan:3:"),
        (&format!("{head}task main\n  exec echo $y\nendtask\n"), "`y`"),
        ("parameter x integer range from 3 to 1 step 1\ntask main\n  exec echo $x\nendtask\n", "a.plan:1:"),
        (
            &format!(
                "{head}task main\n  input a.$x\n  output b.$x\n  exec true\nendtask\ntask second\n  parameters x\n  input b.$x\n  output a.$x\n  exec true\nendtask\n"
            ),
            "wait for one another",
        ),
        (&format!("{head}task main\n  input nobody.$x\n  exec true\nendtask\n"), "`nobody.1`"),
    ] {
        let place = Place::new(&[("a.plan", plan)]);
        let ended = place.pelago(&["run", "a.plan"]).with(2);
        assert!(ended.err.contains(part), "{part} is not in:\n{}", ended.err);
        assert_eq!(place.pelago(&["tasks", "--json", "--state", "done"]).out.matches("\"id\"").count(), 0);
    }
}

#[test]
fn an_event_task_gets_its_inputs_besides_its_file() {
    const PLAN: &str = "\
parameter p integer range from 1 to 3 step 1
env HERE
task main
    output r.$p on create tell
    shexec \"echo $p > r.$p\"
endtask
task tell
    inputs note
    copy root:more node:m
    shexec \"echo $(cat $FILE note m) >> $HERE/told\"
endtask
";
    let place = Place::new(&[("e.plan", PLAN), ("note", "a\n"), ("more", "b\n")]);
    place.pelago(&["run", "e.plan"]).with(0);
    assert_eq!(place.lines("told"), ["1 a b", "2 a b", "3 a b"]);
    place.remove("note");
    place.pelago(&["run", "e.plan", "--again"]).with(2).saying("input `note` is made by no task");
}

#[test]
fn previous_values_name_the_states_of_nested_seqameters() {
    let plan = |to: u32| {
        format!(
            "seqameter y integer range from 1 to 2\nseqameter m integer range from 1 to {to}\ntask main\n  input s.${{y.prev}}.${{m.prev}}\n  \
             output s.$y.$m\n  shexec \"cat s.* 2>&- > s; echo [${{y.prev}}.${{m.prev}}] >> s; mv s s.$y.$m\"\nendtask\n"
        )
    };
    let place = Place::new(&[("a.plan", &plan(2))]);
    place.pelago(&["run", "a.plan"]).with(0);
    assert_eq!(
        place.read("s.2.2"),
        "[.]\n[1.1]\n[1.2]\n[2.1]\n",
        "the first task has nothing before it, and reads nothing"
    );
    // What comes before year 2 is another month now.
    place.write("a.plan", &plan(3));
    place.pelago(&["run", "a.plan"]).with(0).saying("(6 ran, 2 of them only to make a lost file again");
    assert_eq!(place.read("s.2.3"), "[.]\n[1.1]\n[1.2]\n[1.3]\n[2.1]\n[2.2]\n");
}

#[test]
fn copies_that_replace_each_other_are_warned_of() {
    let plan = |target: &str| {
        format!(
            "parameter x integer range from 1 to 2\ntask main\n  shexec \"echo $x > o\"\n  copy node:o {target}\nendtask\n"
        )
    };
    let place = Place::new(&[]);
    for (target, name) in [("root:same", "same"), ("root:d/", "d/o"), ("root:.", "o")] {
        place.write("a.plan", &plan(target));
        let warned = format!("tasks main(x=1) and main(x=2) both copy to `{name}`");
        let said = place.pelago(&["check", "a.plan"]).with(0).out;
        assert!(said.contains(&warned) && said.contains("put `${x}` into its name"), "{target}: {said}");
    }
    for target in ["root:o.$x", "root:$x/", "root:d.$x/o"] {
        place.write("a.plan", &plan(target));
        let ended = place.pelago(&["check", "a.plan"]).with(0);
        assert!(!ended.out.contains("warning"), "{target}: {}", ended.out);
    }
}
