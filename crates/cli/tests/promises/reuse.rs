//! Resume and reuse by proof: what is proved never runs, and exactly what depends on a change runs.

use crate::place::Place;

/// `model` and `in.P` are inputs; each task notes that it ran.
const PLAN: &str = "\
env HERE
parameter p integer range from 1 to 2 step 1
seqameter t integer range from 1 to 6 step 1
task main
    inputs s.$p.$((t - 1)) in.$p
    input model readonly
    output s.$p.$t
    keep every 3
    shexec \"echo $p.$t >> $HERE/ran; cat s.$p.$((t - 1)) in.$p model > s.$p.$t; echo $t >> s.$p.$t\"
endtask
";

struct Sweep(Place);

impl Sweep {
    fn new() -> Self {
        let place =
            Place::new(&[("a.plan", PLAN), ("model", "m\n"), ("in.1", "one\n"), ("in.2", "two\n"), ("in.3", "3\n")]);
        (1..=3).for_each(|p| place.write(&format!("s.{p}.0"), "0\n"));
        let sweep = Self(place);
        assert_eq!(sweep.run(&[]).len(), 12);
        sweep
    }

    /// Which tasks run.
    #[track_caller]
    fn run(&self, options: &[&str]) -> Vec<String> {
        let _ = std::fs::remove_file(self.0.at("ran"));
        let arguments: Vec<&str> = ["run", "a.plan"].iter().chain(options).copied().collect();
        self.0.pelago(&arguments).with(0);
        self.0.lines("ran")
    }

    fn why(&self, task: &str) -> String {
        self.0.pelago(&["why", task]).with(0).out
    }
}

fn tasks(p: u32, links: std::ops::RangeInclusive<u32>) -> Vec<String> {
    links.map(|t| format!("{p}.{t}")).collect()
}

#[test]
fn nothing_runs_for_a_lost_intermediate_and_what_is_needed_for_a_lost_result() {
    let sweep = Sweep::new();
    assert!(!sweep.0.kept("store").is_empty(), "every third state is kept");
    assert_eq!(sweep.run(&[]), Vec::<String>::new());
    let whole = sweep.0.read("s.1.6");
    sweep.0.remove("s.1.6");
    assert_eq!(sweep.run(&[]), tasks(1, 4..=6), "from the kept state on");
    assert_eq!(sweep.0.read("s.1.6"), whole);
    let why = sweep.why("3.6");
    assert!(why.contains("it has to run: its result s.1.6 is gone"), "{why}");
    // Now the kept states go too: nothing runs for that alone.
    sweep.0.kept("store").iter().for_each(|path| std::fs::remove_file(path).unwrap());
    assert_eq!(sweep.run(&[]), Vec::<String>::new());
    sweep.0.remove("s.2.6");
    assert_eq!(sweep.run(&[]), tasks(2, 1..=6), "nothing is left of the chain");
}

#[test]
fn a_change_runs_what_depends_on_it() {
    let sweep = Sweep::new();
    sweep.0.write("in.2", "other\n");
    assert_eq!(sweep.run(&[]), tasks(2, 1..=6));
    assert!(sweep.why("2.7").contains("input in.2 changed"), "{}", sweep.why("2.7"));
    // The same content written again is no change.
    sweep.0.write("in.2", "other\n");
    sweep.0.write("model", "m\n");
    assert_eq!(sweep.run(&[]), Vec::<String>::new());
    sweep.0.write("model", "n\n");
    assert_eq!(sweep.run(&[]), [tasks(1, 1..=6), tasks(2, 1..=6)].concat());
    assert!(sweep.why("4.3").contains("input model changed"), "{}", sweep.why("4.3"));
    // Back to what was there before: its results are not, but its kept states are.
    sweep.0.write("model", "m\n");
    assert_eq!(sweep.run(&[]), [tasks(1, 4..=6), tasks(2, 4..=6)].concat());
    assert_eq!(sweep.run(&["--again"]).len(), 12);
    // A person's changed result is not written over.
    sweep.0.write("s.1.6", "mine\n");
    assert!(sweep.run(&[]).contains(&"1.6".to_string()));
    assert_eq!(sweep.0.read("s.1.6~"), "mine\n");
}

#[test]
fn extended_ranges_run_what_is_new() {
    let sweep = Sweep::new();
    assert_eq!(sweep.run(&["-p", "p=1:3"]), tasks(3, 1..=6));
    assert_eq!(
        sweep.run(&["-p", "p=1:3", "-s", "t=1:8"]),
        [tasks(1, 7..=8), tasks(2, 7..=8), tasks(3, 7..=8)].concat()
    );
    // An edited plan is a new job, and what it has in common counts as reused.
    sweep.0.write("a.plan", &PLAN.replace("keep every 3", "keep all\n    retries 1").replace("1 to 6", "1 to 4"));
    assert_eq!(sweep.run(&[]), Vec::from(["1.4", "2.4"]), "state 4 is a result now, and it is gone");
    let counts = &sweep.0.pelago(&["status", "4", "--json"]).json()["jobs"][0]["counts"];
    assert_eq!((counts["done"].as_u64(), counts["reused"].as_u64()), (Some(2), Some(6)), "{counts}");
    sweep.0.write("a.plan", &PLAN.replace("echo $t >>", "echo x$t >>"));
    assert_eq!(sweep.run(&[]).len(), 12);
    assert!(sweep.why("5.1").contains("commands changed"), "{}", sweep.why("5.1"));
}

#[test]
fn a_variable_counts_when_the_plan_names_it() {
    let place = Place::new(&[("a.plan", "env LEVEL\ntask main\n  output o\n  shexec \"echo $LEVEL > o\"\nendtask\n")]);
    for (level, other, done) in [("1", "a", 1), ("1", "b", 0), ("2", "b", 1)] {
        let output = place.command(&["run", "a.plan"]).env("LEVEL", level).env("OTHER", other).output().unwrap();
        assert!(output.status.success());
        let jobs = place.pelago(&["status", "--json"]).json();
        assert_eq!(jobs["jobs"].as_array().unwrap().last().unwrap()["counts"]["done"], done);
        assert_eq!(place.read("o"), format!("{level}\n"));
    }
}

#[test]
fn a_command_that_names_its_number_is_another_one_when_the_numbers_move() {
    for (output, rule) in [("    output o.$x\n", "> o.$x"), ("", "")] {
        let plan = |from: u32| {
            format!(
                "parameter x integer range from {from} to 3\ntask main\n{output}    shexec \"echo $x $jobindex {rule}\"\nendtask\n"
            )
        };
        let place = Place::new(&[("a.plan", &plan(2))]);
        place.pelago(&["run", "a.plan"]).with(0);
        place.write("a.plan", &plan(1));
        place.pelago(&["run", "a.plan"]).with(0).saying("(3 ran, 0 reused)");
        place.pelago(&["run", "a.plan"]).with(0).saying("all 3 tasks are proved");
        let said = if output.is_empty() { place.pelago(&["logs", "2.3"]).with(0).out } else { place.read("o.3") };
        assert_eq!(said, "3 3\n");
    }
}

#[test]
fn a_command_that_names_the_value_before_its_own_is_another_one_when_that_changes() {
    let plan = |from: u32| {
        format!("seqameter t integer range from {from} to 3\ntask main\n  shexec \"echo $t [${{t.prev}}]\"\nendtask\n")
    };
    let place = Place::new(&[("a.plan", &plan(1))]);
    place.pelago(&["run", "a.plan"]).with(0);
    place.write("a.plan", &plan(0));
    place.pelago(&["run", "a.plan"]).with(0).saying("(2 ran, 2 reused)");
    assert_eq!(place.pelago(&["logs", "2.1"]).with(0).out, "0 []\n");
    assert_eq!(place.pelago(&["logs", "2.2"]).with(0).out, "1 [0]\n");
}

#[test]
fn values_of_reused_tasks_are_those_of_the_runs_that_prove_them() {
    // The model is common to all tasks, or each task has one of its own.
    for model in ["model", "model.$p"] {
        let plan = |name: &str| {
            format!(
                "parameter p integer range from 1 to 2\ntask main\n  input {name}\n  shexec \"sh {name} $p\"\n  value v from stdout\nendtask\n"
            )
        };
        let place = Place::new(&[("a.plan", &plan(model))]);
        place.write("b.plan", &plan(model).replace("sh model", "echo other; : sh model"));
        let run = |plan: &str, version: &str| {
            for name in ["model", "model.1", "model.2"] {
                place.write(name, &format!("echo {version}-$1\n"));
            }
            place.pelago(&["run", plan]).with(0).err
        };
        run("a.plan", "v1");
        run("a.plan", "v2");
        run("b.plan", "v1");
        let again = run("a.plan", "v1");
        assert!(again.contains("all 2 tasks are proved"), "{again}");
        assert_eq!(place.pelago(&["values", "--csv"]).with(0).out, "p,v\n1,v1-1\n2,v1-2\n", "{model}");
    }
}

#[test]
fn every_task_with_values_has_its_table() {
    let plan = "parameter p integer range from 1 to 2\ntask main\n  output s.$p\n  shexec \"echo $p > s.$p\"\n  value a from s.$p\nendtask\ntask two\n  input s.$p\n  shexec \"cat s.$p s.$p\"\n  value b from stdout match \"[0-9]\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.pelago(&["run", "a.plan"]).with(0);
    let first = place.pelago(&["values", "--csv"]).with(0);
    assert_eq!(
        (first.out.as_str(), first.err.contains("`pelago values 1.two`")),
        ("p,a\n1,1\n2,2\n", true),
        "{}",
        first.err
    );
    assert_eq!(place.pelago(&["values", "1.two", "--csv"]).with(0).out, "p,b\n1,1\n2,2\n");
    place.pelago(&["values", "1.three"]).with(2);
}

#[test]
fn strictly_all_readers_of_a_file_that_came_out_different_run_again() {
    let plan = "env HERE\nparameter p integer range from 1 to 2\ntask main\n  output s.$p\n  shexec \"date +%N > s.$p\"\nendtask\n\
                task b\n  input s.$p\n  output b.$p\n  shexec \"cp s.$p b.$p\"\nendtask\n\
                task c\n  input s.$p\n  output c.$p\n  shexec \"cp s.$p c.$p\"\nendtask\n\
                task d\n  input c.$p b.$p\n  output d.$p\n  shexec \"cat b.$p c.$p > d.$p\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.pelago(&["run", "a.plan"]).with(0);
    let halves = |p: u32| {
        let text = place.read(&format!("d.{p}"));
        text.lines().map(str::to_string).collect::<Vec<_>>()
    };
    let (first, other) = (halves(1), halves(2));
    assert_eq!(first[0], first[1]);
    // Of the two that d reads only one is lost: what it is made again from differs, and so does what the other was made from.
    place.remove("d.1");
    place.pelago(&["run", "a.plan", "--strict"]).with(0);
    let now = halves(1);
    assert!(now[0] == now[1] && now[0] != first[0], "{first:?} {now:?}");
    assert_eq!(halves(2), other);
    place.pelago(&["run", "a.plan"]).with(0).saying("nothing to do");
}

#[test]
fn strictly_results_of_readers_that_had_ended_come_home_anew() {
    let plan = "parameter p integer range from 1 to 1\ntask main\n  output s.$p\n  shexec \"date +%N > s.$p\"\nendtask\n\
                task b\n  input s.$p\n  output b.$p\n  shexec \"cp s.$p b.$p\"\nendtask\n\
                task c\n  input s.$p\n  output c.$p\n  shexec \"cp s.$p c.$p\"\nendtask\n";
    let place = Place::new(&[("a.plan", plan)]);
    place.pelago(&["run", "a.plan"]).with(0);
    let before = place.read("c.1");
    place.remove("b.1");
    place.pelago(&["run", "a.plan"]).with(0);
    assert_eq!(place.read("c.1"), before, "what was proved stays");
    place.remove("b.1");
    place.pelago(&["run", "a.plan", "--strict"]).with(0).saying("(3 ran");
    assert!(place.read("b.1") == place.read("c.1") && place.read("c.1") != before);
}
