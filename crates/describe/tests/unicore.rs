//! UNICORE jobs and workflows.

mod document;

use document::{check, hostile, said};
use pelago_describe::{Language, Source};
use pelago_job::description::{Launcher, Range, Space, Starter};
use pelago_job::{Description, Domain, ParamNo};

const EVERYTHING: &str = r##"{
  # every member that goes to the model, in the relaxed dialect
  Name: a test of all,
  Description: 'what there is',
  ApplicationName: Tool, ApplicationVersion: 2.1;
  Executable: "./run.sh", Arguments: ["-v", 'a b'],
  Environment: { LANG: C, EMPTY: "" },
  Parameters: { WIDTH: { From: 10, To: 30, Step: 10 }, NAME: "x${WIDTH}" },
  Stdin: in.txt, Stdout: "out.txt", Stderr: err.txt,
  IgnoreNonZeroExitCode: true,
  User precommand: ["echo one", "echo two"], RunUserPrecommandOnLoginNode: "false",
  User postcommand: "touch done; sync", UserPostcommandIgnoreNonZeroExitCode: "true",
  Imports: [
    { From: "https://h.example/a", To: a, Mode: append, FailOnError: "false", ReadOnly: "true",
      Credentials: { Username: ann, Password: "secret" }, ExtraParameters: { streams: "2" } },
    { File: here, To: there }, { To: run.sh, Data: ["#!/bin/sh", "date"], Permissions: "rwx------" }, { File: same },
  ],
  Stage in: [ { From: "BFT:https://h.example/b", To: b, Permissions: "r--------" } ],
  Exports: { result.dat: { To: "https://h.example/r", Credentials: { BearerToken: "t" } } },
  Stage out: [ { From: stdout, To: ./, Mode: nooverwrite } ],
  Resources: {
    Runtime: 12h, Queue: batch, Nodes: 2, CPUsPerNode: "8", Memory: 2G, GPUsPerNode: 1, Reservation: r1,
    NodeConstraints: "fast", QoS: high, Exclusive: true, ArraySize: 4, ArrayLimit: 2, Operating system: LINUX, Special: 3,
  },
  Project: money, Job type: interactive, Not before: "2031-05-01 10:00", Tags: [one, two],
  NotificationSettings: { URL: "https://n.example/", status: ["RUNNING", "FAILED"] }, User email: ann@example.org,
  Lifetime: 2d, User: ann, Group: users, Site: DEMO, /* kept: */ Umask: "0022", Login node: login1, User name: ann,
}"##;

const WORKFLOW: &str = r#"{
  "name": "flow", "Tags": ["t"], "inputs": { "wf:in": "https://h.example/in" },
  "variables": { "N": { "type": "INTEGER", "initial_value": "1" } },
  "activities": {
    "begin": { "type": "START" },
    "one": { "job": { "Executable": "date", "Name": "first", "Exports": [{ "From": "stdout", "To": "wf:one/out" }] },
             "options": { "MAX_RESUBMITS": "3", "IGNORE_FAILURE": "true" } },
    "wait": { "type": "HOLD", "sleep_time": "30m" },
    "branch": { "type": "BRANCH" },
  },
  "subworkflows": {
    "each": { "type": "FOR_EACH", "iterator_name": "IT", "values": ["a", "b c"], "options": { "maxConcurrentActivities": "1" },
      "body": { "id": "each_body", "activities": {
        "work": { "job": { "Executable": "echo", "Arguments": ["${IT_VALUE}", "'${IT}'"],
                           "Exports": [{ "From": "stdout", "To": "wf:out_${IT}" }] } },
        "next": { "job": { "ApplicationName": "Date", "Parameters": { "P": { "Values": [1, 2] } } } } },
        "transitions": [{ "from": "work", "to": "next" }] } },
    "loop": { "type": "WHILE", "condition": "C<=2", "variables": { "C": { "type": "INTEGER", "initial_value": "1" } },
      "body": { "activities": { "up": { "type": "MODIFY_VARIABLE", "variable_name": "C", "expression": "C++" } } } },
    "files": { "type": "FOR_EACH", "filesets": [{ "base": "wf:/", "include": ["*.txt"] }],
      "body": { "activities": { "cat": { "job": { "Executable": "cat ${IT_VALUE}" } } } } },
    "plain": { "activities": { "x": { "job": {} } } },
  },
  "transitions": [
    { "from": "begin", "to": "one" }, { "from": "one", "to": "each", "id": "t1" },
    { "from": "branch", "to": "wait", "condition": "2+2==4" },
  ],
}"#;

fn taken(language: Language, text: &str) -> Description {
    said(language, "j.u", text).unwrap_or_else(|errors| panic!("{text}\n{errors}")).description
}

fn words(description: &Description) -> Vec<String> {
    let command = &description.jobs[0].application.commands[0];
    let paths = command.executable.iter().chain(&command.arguments);
    paths.filter_map(|path| path.text.as_ref().map(ToString::to_string)).collect()
}

#[test]
fn a_job_says_all_that_unicore_reads() {
    let description = taken(Language::Unicore, EVERYTHING);
    let job = &description.jobs[0];
    assert_eq!(words(&description), ["./run.sh", "-v", "a", "b"]);
    assert_eq!(job.resources.wall_time, Some(Range::exactly(43200.0)));
    assert_eq!(job.resources.individual_physical_memory, Some(Range::at_least(2_147_483_648.0)));
    assert_eq!(job.application.launcher, Launcher::by(Starter::FrontEnd));
    assert_eq!(job.space, Some(Space::Product(vec![Space::Zip(vec![ParamNo(0)]), Space::Times(4)])));
    assert_eq!(description.parameters[0].domain, Domain::Integers { from: 10, step: 10, count: 3 });
    assert_eq!((job.staging.len(), job.policy.notices.len(), job.policy.tasks_at_once), (7, 2, Some(2.0)));
    assert!(job.staging[0].optional && job.staging[0].read_only && job.staging[2].executable);
    let kept: Vec<&str> = job.extensions.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(kept, ["Login node", "Umask", "User name", "Permissions"]);
    let printed = Language::Unicore.print(&description).unwrap_or_else(|| panic!("it is printed"));
    assert_eq!(printed.losses, [], "{}", printed.text);
    check(Language::Unicore, EVERYTHING.as_bytes());
}

#[test]
fn lines_are_words_where_a_shell_only_splits_them() {
    let of = |text: &str| words(&taken(Language::Unicore, text)).join("|");
    assert_eq!(of("{Executable: 'ls -l', Arguments: ['-o 1', \"'a b'\"]}"), "ls|-l|-o|1|a b");
    assert_eq!(of("{Executable: run, Arguments: ['-n', {Values: [1, 2]}]}"), "run|-n|${0}");
    assert_eq!(
        of("{Executable: run, Arguments: ['${N}', \"x$N\"], Parameters: {N: {From: 1, To: 3}}}"),
        "run|${0}|x${0}"
    );
    let shell = |text: &str| {
        let description = taken(Language::Unicore, text);
        check(Language::Unicore, text.as_bytes());
        description.jobs[0].application.commands[0].shell.as_ref().map(ToString::to_string)
    };
    assert_eq!(shell("{Executable: 'echo $HOME'}"), Some("echo $HOME".into()));
    assert_eq!(shell("{Executable: a, Arguments: ['>', b]}"), Some("a > b".into()));
    assert_eq!(shell("{Executable: a, Arguments: ['$X', {Values: ['-o 1', '-o 2']}, z]}"), Some("a $X ${0} z".into()));
}

#[test]
fn sweeps_have_their_values() {
    let values = |text: &str| {
        let description = taken(Language::Unicore, text);
        check(Language::Unicore, text.as_bytes());
        let domain = &description.parameters[0].domain;
        (0..domain.len()).map(|at| domain.text(at).into_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(values("{Parameters: {X: {From: 0.5, To: 2, Step: 0.5}}}"), "0.5 1.0 1.5 2.0");
    assert_eq!(values("{Parameters: {X: {From: \"3\", To: \"1\", Step: \"-1\"}}}"), "3 2 1");
    assert_eq!(values("{Imports: [{From: [\"https://h/1\", \"https://h/2\"], To: f}]}"), "https://h/1 https://h/2");
    assert_eq!(values("{Parameters: {X: {From: 0, To: 30000.5, Step: 0.5}}}").split(' ').count(), 60002);
}

/// Refused, with each of these messages and no other error.
fn refused(language: Language, text: &str, messages: &[&str]) {
    let errors = said(language, "j.u", text).err().unwrap_or_else(|| panic!("{text}"));
    for message in messages {
        assert!(errors.contains(message), "`{message}` is not said:\n{errors}");
    }
    assert_eq!(errors.lines().filter(|line| line.starts_with("error")).count(), messages.len(), "{errors}");
}

#[test]
fn what_unicore_refuses_is_refused() {
    let no = |text: &str, messages: &[&str]| refused(Language::Unicore, text, messages);
    no("Executable: date", &["a UNICORE job is an object"]);
    no("{Executable: date, Executable: ls}", &["`Executable` is given twice"]);
    no(
        "{Job type: batsh, Resources: {Nodes: many, Runtime: 3 moons}}",
        &["no type of a job", "does not begin with", "`moons` is no unit"],
    );
    no(
        "{Imports: [{To: x}, {From: y}], Exports: [{From: z}]}",
        &["where the file comes from", "called at the job", "where the file goes"],
    );
    no("{Parameters: {X: {From: 1}, Y: {From: 1, To: 2, Step: 0}}}", &["needs a number for `To`", "must not be zero"]);
    no("{Arguments: \"-l\", Environment: 3}", &["`Arguments` must be a list", "`Environment` must be an object"]);
    no("{Not before: tomorrow}", &["`tomorrow` is no time that UNICORE reads"]);
    no("{Executable: date", &["this bracket is not closed"]);
    no("{CPUs: 32\n Nodes: 4}", &["expected `,` or `}` after a member"]);
}

#[test]
fn a_workflow_says_all_that_unicore_reads() {
    let description = taken(Language::UnicoreWorkflow, WORKFLOW);
    assert_eq!((description.jobs.len(), description.edges.len(), description.parameters.len()), (13, 4, 3));
    let work = &description.jobs[5];
    assert_eq!(work.space, Some(Space::Zip(vec![ParamNo(0), ParamNo(1)])));
    let target = work.staging[0].target.as_ref().and_then(|t| t.uri.as_ref()).map(ToString::to_string);
    assert_eq!(target.as_deref(), Some("wf:out_${1}"));
    assert_eq!(description.jobs[1].policy.retries, Some(3.0));
    let printed = Language::UnicoreWorkflow.print(&description).unwrap_or_else(|| panic!("it is printed"));
    assert_eq!(printed.losses, [], "{}", printed.text);
    check(Language::UnicoreWorkflow, WORKFLOW.as_bytes());
    check(Language::Unicore, WORKFLOW.as_bytes());
}

#[test]
fn what_cannot_flow_is_refused() {
    let no = |text: &str, messages: &[&str]| refused(Language::UnicoreWorkflow, text, messages);
    no(
        "{activities: {a: {job: {}}}, transitions: [{from: a, to: c}, {to: a}]}",
        &["no activity or group `c`", "needs `from`"],
    );
    no("{activities: {a: {type: STRAT}, b: {}}}", &["`STRAT` is no type", "the activity `b` needs `job`"]);
    no("{activities: [{id: a, job: {}}, {id: a, job: {}}]}", &["two parts of this workflow have the id `a`"]);
    no("{activities: {a: {job: {}, options: {MAX_RESUBMIT: 1}}}}", &["`MAX_RESUBMIT` is no option"]);
    no("{subworkflows: {a: {type: WHILE}}}", &["needs `body`", "needs `condition`"]);
    no(
        "{subworkflows: {a: {type: FOR_EACH, body: {activities: {b: {job: {}}}}}}}",
        &["needs `values`, `filesets` or `variables`"],
    );
    no("{activities: {a: {type: MODIFY_VARIABLE, expression: 'X++'}}}", &["needs `variable_name`"]);
    no("{activities: {}}", &["this workflow has no beginning"]);
    no("{name: x}", &["a workflow needs `activities` or `subworkflows`"]);
}

#[test]
fn the_languages_in_json_are_told_apart() {
    let of = |text: &str| Language::recognise(&Source::new("x", text)).map(Language::name);
    assert_eq!(of(EVERYTHING), Some("unicore"));
    assert_eq!(of(WORKFLOW), Some("unicore-workflow"));
    assert_eq!(of("{\"inputs\": [], \"outputs\": [], \"executors\": []}"), Some("tes"));
    assert_eq!(of("{\"name\": \"n\", \"schemaVersion\": \"1.5\", \"workflow\": {"), Some("wfformat"));
    assert_eq!(of("{\"a\": 1}"), None);
    assert_eq!(Language::recognise(&Source::new("empty.u", "{}")), Some(Language::Unicore));
}

#[test]
fn real_files() {
    for language in [Language::Unicore, Language::UnicoreWorkflow] {
        let wrong = document::disagreements(language);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn hostile_texts() {
    hostile(Language::Unicore, EVERYTHING, 2000);
    hostile(Language::UnicoreWorkflow, WORKFLOW, 2000);
    for text in
        ["{a:".repeat(100_000), format!("{{Executable: {}}}", "x ".repeat(500_000)), "{Arguments:[".repeat(10_000)]
    {
        check(Language::Unicore, text.as_bytes());
    }
    let line = format!("{{{}}}", (0..20_000).map(|n| format!("Key {n}: \"v\" ")).collect::<Vec<_>>().join(","));
    check(Language::Unicore, line.as_bytes());
    for number in ["1e308", "99999999999999999999999999999999999999", "-9223372036854775808", "0.0000000000000000001"] {
        check(
            Language::Unicore,
            format!("{{Parameters: {{X: {{From: {number}, To: {number}, Step: {number}}}}}}}").as_bytes(),
        );
        check(
            Language::Unicore,
            format!("{{Resources: {{Runtime: {number}, Nodes: {number}, ArraySize: {number}}}}}").as_bytes(),
        );
    }
}
