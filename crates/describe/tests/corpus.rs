//! What plan and run files found in the wild must be accepted or refused for: one text here for each kind of row there.

use pelago_describe::{Language, Source, read};
use pelago_job::{Domain, Experiment, Place, Step};

fn accepted(name: &str, text: &str) -> Experiment {
    let source = Source::new(name, text);
    let reading = read(&source, None);
    let shown = reading.render(&source, false);
    reading.said.and_then(|said| said.experiment).unwrap_or_else(|| panic!("{text}\n{shown}"))
}

/// Refused, with one error for each of `parts` and no more.
fn refused(name: &str, text: &str, parts: &[&str]) {
    let source = Source::new(name, text);
    let reading = read(&source, None);
    let shown = reading.render(&source, false);
    assert!(reading.failed(), "{text}");
    for part in parts {
        assert!(shown.contains(part), "`{part}` is not said:\n{shown}");
    }
    let errors = shown.lines().filter(|l| l.starts_with("error")).count();
    assert_eq!(errors, parts.len(), "{shown}");
}

const VARIABLES: &str = "variable p index 0 list \"7\" \"8\" \"9\"\nvariable q index 1 list \"l\" \"m\"\n";
const NOTHING: &str = "task main\n    onerror fail\nendtask\n";

#[test]
fn run_files() {
    let empty = accepted("a.run", &format!("{VARIABLES}jobs\nendjobs\n{NOTHING}"));
    assert_eq!(empty.rows.map(|r| (r.variables, r.rows.len())), Some((2, 0)));
    let rows = accepted("a.run", &format!("{VARIABLES}jobs\n 01 2 0\n 2 0 1\nendjobs\n{NOTHING}")).rows;
    assert_eq!(rows.map(|r| r.rows), Some(vec![vec![2, 0], vec![0, 1]]));
    let tasks = "task main\n // a comment\n copy \"a b \" \"c\"\n /* another */\n copy node:\"x\" root:\"y\"\n onerror fail\n \
                 exec \"prog\" \"$p\" \"arg\"\n shexec \"true\"\n shexec \"/opt/run.sh one\"\n \
                 lexec \"/bin/sh\" \"/bin/sh\" \"do_${q}.sh\"\n lpexec \"sh\" \"sh\" \"do_${q}.sh\"\nendtask\n";
    let e = accepted("a.run", &format!("{VARIABLES}jobs\nendjobs\n{tasks}"));
    assert_eq!(e.groups[0].steps.len(), 8);

    let rows = |rows: &str| format!("{VARIABLES}jobs\n{rows}\nendjobs\n{NOTHING}");
    refused("a.run", &rows(" 0002 0 0\n 0003 0 1"), &["this row has number 2, and it is row 1"]);
    refused("a.run", &rows(" 0001 0 4"), &["variable `q` has no value 4: its 2 values are 0 to 1"]);
    refused("a.run", &rows(" 0001 0 0 1"), &["row 1 has more positions than there are variables (2)"]);
    refused("a.run", &rows(" 0001 0"), &["none for `q`"]);
    refused("a.run", &rows(" 0001 0 z\n x 1 1"), &["`z` is no position", "a row begins with its number, found `x`"]);
    refused("a.run", &format!("{VARIABLES}{NOTHING}{NOTHING}"), &["there are two tasks named `main`"]);
    let index = |index: &str| format!("{}jobs\nendjobs\n{NOTHING}", VARIABLES.replace("index 1", index));
    refused("a.run", &index("index 2"), &["variable `q` has index 2, and index 1 is missing"]);
    let first = VARIABLES.replace("index 1", "index 2").replace("index 0", "index 1");
    refused("a.run", &format!("{first}{NOTHING}"), &["has index 1, and index 0 is missing"]);
    refused("a.run", &format!("{}{NOTHING}", VARIABLES.replace(" q ", " p ")), &["`p` is declared twice"]);
    let semicolons = "task main\n copy node:\"a\" root:\"b\";\nendtask\n";
    refused("a.run", &format!("{VARIABLES}{semicolons}"), &["a statement ends with its line"]);
}

#[test]
fn newer_plans() {
    let head = "parameter n integer range from 0 to 20 step 2\n";
    refused("a.pln", &format!("{head}task main\n shexec \"echo $m\"\nendtask"), &["`m` is not a parameter"]);
    refused("a.pln", &format!("{head}task mein\n exec hostname\nendtask"), &["task `mein` never runs"]);
    let cut = format!("{head}para\ntask main\n exec hostname $n\nendtask");
    refused("a.pln", &cut, &["unknown statement `para`"]);
    let e = accepted("a.pln", &format!("{head}task main\n exec hostname -$n\nendtask"));
    assert_eq!(e.parameters[0].domain, Domain::Integers { from: 0, step: 2, count: 11 });
}

#[test]
fn classic_plans() {
    let head =
        "# A sweep\n\nparameter v float range from 1 to 30 step 1;\nparameter w float range from -4 to 5 step 1;\n\n";
    let plan = |body: &str| accepted("a.nim", &format!("{head}task main\n{body}\nendtask"));
    let e = plan(" copy given node:made\n node:execute /bin/date -u >> made\n copy node:made made.${v}.${w}");
    assert_eq!(e.parameters[1].domain.text(0), "-4");
    assert_eq!(e.groups[0].inputs.len(), 1, "what is copied from the experiment directory is an input");
    // Outside quotes, backticks and unknown names in a copy are the shell's.
    let e = plan(
        " node:execute ${HOME}/bin/make ${v}\n copy node:made made.`expr ${w} \\* 10 + ${v}`\n copy node:file* out.${v}/",
    );
    let dynamic = |e: &Experiment| {
        let of = |s: &Step| if let Step::Copy { dynamic, .. } = s { Some(*dynamic) } else { None };
        e.groups[0].steps.iter().filter_map(of).collect::<Vec<_>>()
    };
    assert_eq!(dynamic(&e), [true, false]);
    let e = plan(
        " copy s.sub node:.\n node:subsitute s.sub s\n onerror ignore\n node:execute /bin/sleep ${w}\n onerror fail",
    );
    assert!(matches!(e.groups[0].steps[1], Step::Substitute { .. }));
    assert!(matches!(&e.groups[0].steps[3], Step::Shell { at: Place::Node, .. }));
}

#[test]
fn embedded_scripts() {
    let text = include_str!("seeds/script.nsh");
    let e = accepted("dir/script.nsh", text);
    assert!(e.in_place && e.name == "script");
    let Step::Exec { argv, .. } = &e.groups[0].steps[0] else { panic!("{:?}", e.groups[0].steps) };
    let last: Vec<_> = argv.iter().rev().take(3).map(|w| w.as_literal().unwrap_or_default()).collect();
    assert_eq!(last, ["script.nsh", "-e", "/bin/bash"]);
    assert_eq!(Language::recognise(&Source::new("x", text)), Some(Language::Embedded));
    // A batch script too, and one of a batch system's name: the parameters decide.
    assert_eq!(Language::recognise(&Source::new("x.pbs", text)), Some(Language::Embedded));
    let student = "#!/bin/sh\n#SBATCH --time=1\n#NIM : 0123\ndate\n";
    assert_eq!(Language::recognise(&Source::new("x", student)).map(Language::name), Some("slurm"));
    let plain = |text: &str| {
        let e = accepted("a.nsh", text);
        matches!(&e.groups[0].steps[0], Step::Exec { argv, .. } if argv.iter().any(|w| w.as_literal().is_some_and(|w| w == "/bin/sh")))
    };
    assert!(plain(&text.replace("#NIM shebang", "#NIM shebong")));
    assert!(plain(&text.replace("#NIM shebang", " #NIM shebang")));
    assert!(plain(&text.replace("shebang /bin/bash -e", "shebang")));
    refused("a.nsh", "#NIM parameter r integer range from 1 to ${ROWS}\n", &["write the number"]);
    refused("a.nsh", "#NIM parameter r integer range to 5\n", &["expected `from`, found `to`"]);
}

#[test]
fn languages_are_recognised_and_named() {
    let of = |name: &str, text: &str| Language::recognise(&Source::new(name, text)).map(Language::name);
    assert_eq!(of("x", "# c\nparameter x integer 1\n"), Some("plan"));
    assert_eq!(of("x", VARIABLES), Some("run-file"));
    assert_eq!(of("sweep.pln", "garbage"), Some("plan"));
    assert_eq!(of("x.txt", "garbage"), None);
    let error = "plann".parse::<Language>().map_err(|e| e.to_string());
    assert!(error.is_err_and(|e| e.contains("did you mean `plan`?")));
    refused("notes.txt", "hello", &["`notes.txt` is in no language that is known here"]);
}
