//! The program end to end: real runs in temporary directories, as a user would start and stop them.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

fn pelago(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pelago"));
    command.args(arguments).current_dir(dir).stdin(Stdio::null()).env("NO_COLOR", "1");
    command
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    pelago(dir, arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn ended(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "stdout:\n{}\nstderr:\n{}", out(output), err(output));
}

fn directory(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// Each task notes in `ran` that it ran; `ran` is no input of anything.
const SWEEP: &str = "\
parameter x integer range from 1 to 4 step 1
task main
    output out.$x
    shexec \"echo $x >> $RAN; echo $((x * x)) > out.$x; cat out.$x\"
    value square from stdout
endtask
env RAN
";

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    lines.sort();
    lines
}

#[test]
fn a_bare_sweep_prints_what_its_commands_print() {
    let dir = directory(&[]);
    let output = run(dir.path(), &["run", "-p", "x=1:3", "-p", "y=a,b", "--", "echo", "{x}-{y}", "{z}"]);
    ended(&output, 0);
    let mut said: Vec<String> = out(&output).lines().map(str::to_string).collect();
    said.sort();
    assert_eq!(said, ["1-a {z}", "1-b {z}", "2-a {z}", "2-b {z}", "3-a {z}", "3-b {z}"]);
    assert!(err(&output).starts_with("x: 3 values (1 … 3)\ny: 2 values (a … b)\n"), "{}", err(&output));
    assert!(err(&output).contains("done: 6 tasks in "), "{}", err(&output));
    // As people expect of a shell tool, it simply runs again.
    for _ in 0..2 {
        let again = run(dir.path(), &["run", "-q", "-p", "x=1:2", "--slots", "1", "--", "echo", "{x}"]);
        assert_eq!((out(&again).as_str(), err(&again).as_str()), ("1\n2\n", ""));
    }
}

#[test]
fn a_single_command_is_as_in_a_shell() {
    let dir = directory(&[]);
    let output = run(dir.path(), &["run", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
    ended(&output, 7);
    assert_eq!((out(&output).as_str(), err(&output).as_str()), ("out\n", "err\n"));
    ended(&run(dir.path(), &["run", "--exit-code", "--", "sh", "-c", "exit 7"]), 1);
    ended(&run(dir.path(), &["run", "--", "sh", "-c", "kill -9 $$"]), 137);
    let good = run(dir.path(), &["run", "--", "echo", "hi"]);
    ended(&good, 0);
    assert_eq!((out(&good).as_str(), err(&good).as_str()), ("hi\n", ""));
}

#[test]
fn a_bad_plan_makes_nothing() {
    let dir =
        directory(&[("a.plan", "parameter x integer range from 1 to 3 step 1\ntask main\n exec echo $y\nendtask\n")]);
    let output = run(dir.path(), &["run", "a.plan"]);
    ended(&output, 2);
    assert!(err(&output).contains("a.plan:3:"), "{}", err(&output));
    assert!(err(&output).contains("nothing was run"), "{}", err(&output));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is made on disk");
    ended(&run(dir.path(), &["check", "a.plan"]), 2);
}

#[test]
fn what_is_proved_does_not_run_again() {
    let dir = directory(&[("a.plan", SWEEP)]);
    let ran = dir.path().join("ran");
    let go = |arguments: &[&str]| pelago(dir.path(), arguments).env("RAN", &ran).output().unwrap();
    let first = go(&["run", "a.plan"]);
    ended(&first, 0);
    assert!(err(&first).contains("done: 4 tasks in "), "{}", err(&first));
    assert_eq!(fs::read_to_string(dir.path().join("out.3")).unwrap(), "9\n");
    let second = go(&["run", "a.plan"]);
    ended(&second, 0);
    assert!(err(&second).contains("nothing to do: all 4 tasks are proved by earlier runs"), "{}", err(&second));
    let more = go(&["run", "a.plan", "-p", "x=1:6"]);
    ended(&more, 0);
    assert!(err(&more).contains("(2 ran, 4 reused)"), "{}", err(&more));
    assert_eq!(lines(&ran), ["1", "2", "3", "4", "5", "6"]);
    let again = go(&["run", "a.plan", "--again"]);
    ended(&again, 0);
    assert_eq!(lines(&ran).len(), 10);
    let csv = run(dir.path(), &["values", "--csv"]);
    assert_eq!(out(&csv), "x,square\n1,1\n2,4\n3,9\n4,16\n");
    let json: serde_json::Value = serde_json::from_str(&out(&run(dir.path(), &["values", "--json"]))).unwrap();
    assert_eq!(json["rows"][2], serde_json::json!([3, 9]));
}

#[test]
fn a_failure_is_explained() {
    let plan = "parameter x integer range from 1 to 3 step 1\ntask main\n \
                shexec \"echo about $x >&2; test $x -ne 2\"\nendtask\n";
    let dir = directory(&[("a.plan", plan)]);
    let output = run(dir.path(), &["run", "a.plan", "--keep-going"]);
    ended(&output, 1);
    let said = err(&output);
    assert!(said.contains("failed: 1.2 (x=2): exit code 1"), "{said}");
    assert!(said.contains("    | about 2\n"), "{said}");
    assert!(said.contains("failed: 1 of 3 tasks failed, 2 done"), "{said}");
    assert!(said.contains("next: `pelago why 1.2`"), "{said}");
    assert!(out(&run(dir.path(), &["why", "1.2"])).contains("exit code 1"));
    assert_eq!(out(&run(dir.path(), &["logs", "1.2", "--stderr"])), "about 2\n");
    let tasks: serde_json::Value =
        serde_json::from_str(&out(&run(dir.path(), &["tasks", "--state", "failed", "--json"]))).unwrap();
    assert_eq!((tasks["schema"].as_u64(), tasks["tasks"][0]["id"].as_str()), (Some(1), Some("1.2")));
    // Mended, only what failed runs.
    ended(&run(dir.path(), &["run", "a.plan"]), 1);
}

#[test]
fn events_are_json_lines() {
    let dir = directory(&[]);
    let output = run(dir.path(), &["run", "--json", "-p", "x=1:3", "--", "echo", "{x}"]);
    ended(&output, 0);
    let events: Vec<serde_json::Value> = out(&output).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(events.iter().all(|event| event["schema"] == 1));
    assert_eq!(events.first().unwrap()["event"], "accepted");
    assert_eq!(events.last().unwrap()["event"], "ended");
    assert_eq!(events.iter().filter(|event| event["event"] == "done").count(), 3);
    assert_eq!(err(&output), "");
}

/// Starts a sweep of 40 tasks whose third waits for the file `go`, and returns when that one runs.
fn start_and_wait(dir: &Path) -> Child {
    let plan = "parameter x integer range from 1 to 40 step 1\nenv DIR\ntask main\n output out.$x\n \
                shexec \"echo $x >> $DIR/ran; if test $x = 3; then echo > $DIR/fifo; read line < $DIR/go; fi; \
                echo $x > out.$x\"\nendtask\n";
    fs::write(dir.join("a.plan"), plan).unwrap();
    for fifo in ["fifo", "go"] {
        assert!(Command::new("mkfifo").arg(dir.join(fifo)).status().unwrap().success());
    }
    let child = pelago(dir, &["run", "a.plan", "--slots", "1"])
        .env("DIR", dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Opening waits for the task to open the other end.
    let mut line = String::new();
    BufReader::new(fs::File::open(dir.join("fifo")).unwrap()).read_line(&mut line).unwrap();
    child
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

/// Runs it again to the end; the third task finds its way open.
fn go_on(dir: &Path) {
    for fifo in ["fifo", "go"] {
        fs::remove_file(dir.join(fifo)).unwrap();
    }
    fs::write(dir.join("go"), "go\n").unwrap();
    let output = pelago(dir, &["run", "a.plan"]).env("DIR", dir).output().unwrap();
    ended(&output, 0);
    for x in 1..=40 {
        assert_eq!(fs::read_to_string(dir.join(format!("out.{x}"))).unwrap(), format!("{x}\n"));
    }
}

fn times(dir: &Path, x: &str) -> usize {
    lines(&dir.join("ran")).iter().filter(|line| *line == x).count()
}

#[test]
fn ctrl_c_lets_running_tasks_finish() {
    let dir = directory(&[]);
    let dir = dir.path();
    let mut child = start_and_wait(dir);
    signal(&child, rustix::process::Signal::INT);
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("no new task starts") {
        line.clear();
        assert_ne!(errors.read_line(&mut line).unwrap(), 0, "it ended without a word");
    }
    // Only now the running task may end.
    fs::write(dir.join("go"), "go\n").unwrap();
    let mut rest = String::new();
    errors.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(2), "{rest}");
    assert!(rest.contains("the same command continues"), "{rest}");
    assert_eq!(lines(&dir.join("ran")), ["1", "2", "3"]);
    assert!(out(&run(dir, &["status"])).contains("paused"), "{}", out(&run(dir, &["status"])));
    go_on(dir);
    assert_eq!((times(dir, "3"), lines(&dir.join("ran")).len()), (1, 40));
}

#[test]
fn ctrl_c_twice_stops_at_once() {
    let dir = directory(&[]);
    let dir = dir.path();
    let child = start_and_wait(dir);
    // Two of the same kind at once could count as one.
    signal(&child, rustix::process::Signal::TERM);
    let output = child.wait_with_output().unwrap();
    ended(&output, 3);
    go_on(dir);
    assert_eq!((times(dir, "3"), lines(&dir.join("ran")).len()), (2, 41));
}

#[test]
fn a_killed_run_continues() {
    let dir = directory(&[]);
    let dir = dir.path();
    let mut child = start_and_wait(dir);
    // The two before the one that runs may have ended without being recorded yet.
    while !out(&run(dir, &["tasks", "--json", "--state", "done"])).contains("\"total\":2") {}
    signal(&child, rustix::process::Signal::KILL);
    child.wait().unwrap();
    go_on(dir);
    let ran = lines(&dir.join("ran"));
    assert_eq!((times(dir, "1"), times(dir, "3"), ran.len()), (1, 2, 41), "only the task that was lost runs again");
}

#[test]
fn a_second_run_hands_its_work_over() {
    let dir = directory(&[]);
    let dir = dir.path();
    let child = start_and_wait(dir);
    let second = pelago(dir, &["run", "-q", "--", "echo", "second"]).stdout(Stdio::piped()).spawn().unwrap();
    let status = run(dir, &["status", "--json"]);
    ended(&status, 0);
    fs::write(dir.join("go"), "go\n").unwrap();
    let second = second.wait_with_output().unwrap();
    ended(&second, 0);
    assert_eq!(out(&second), "second\n");
    ended(&child.wait_with_output().unwrap(), 0);
}

#[test]
fn a_closed_output_ends_it_quietly() {
    let dir = directory(&[]);
    let mut child = pelago(dir.path(), &["run", "-q", "-p", "x=1:100000", "--", "echo", "{x}"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.signal(), err(&output).as_str()), (Some(13), ""));
}

#[test]
fn questions_without_an_answer_say_what_to_do() {
    let dir = directory(&[]);
    let nothing = run(dir.path(), &["status", "--dir", "."]);
    ended(&nothing, 2);
    assert!(err(&nothing).starts_with("error: no .pelago directory in ."), "{}", err(&nothing));
    assert!(err(&nothing).contains("\n  hint: "), "{}", err(&nothing));
    ended(&run(dir.path(), &["run", "-q", "--", "true"]), 0);
    let unknown = run(dir.path(), &["why", "7.9"]);
    assert_ne!(unknown.status.code(), Some(0));
    assert!(err(&unknown).starts_with("error: "), "{}", err(&unknown));
}

#[test]
fn what_a_command_prints_is_passed_on_byte_for_byte_however_much_it_is() {
    let dir = directory(&[]);
    // Twenty megabytes with every byte that there is.
    let all: Vec<u8> = (0..=255).collect();
    std::fs::write(dir.path().join("part"), all.repeat(4096)).unwrap();
    let twenty = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cat part; done; printf '\\377' >&2";
    let output = run(dir.path(), &["run", "--", "sh", "-c", twenty]);
    ended(&output, 0);
    let expect = all.repeat(4096 * 20);
    assert!(output.stdout == expect, "{} bytes", output.stdout.len());
    assert_eq!(output.stderr, [255]);
    let logs = run(dir.path(), &["logs", "1.1"]);
    assert!(logs.stdout == expect, "{} bytes", logs.stdout.len());
    assert_eq!(run(dir.path(), &["logs", "1.1", "--stderr"]).stdout, [255]);
}
