//! WfFormat documents.

mod document;

use document::{check, hostile, said};
use pelago_describe::Language;

const SMALL: &str = r##"{
  "name": "two steps", "description": "One makes, one counts", "createdAt": "2031-05-01T10:00:00Z", "schemaVersion": "1.5",
  "author": { "name": "Ann", "email": "ann@example.org" },
  "runtimeSystem": { "name": "Some", "version": "1" },
  "workflow": {
    "specification": {
      "tasks": [
        { "name": "make", "id": "make_1", "parents": [], "children": ["count#2"], "inputFiles": ["in/a.txt"], "outputFiles": ["b.txt"] },
        { "name": "count#2", "id": "count#2", "parents": ["make_1"], "children": [], "inputFiles": ["b.txt", "unsized"], "colour": "red" }
      ],
      "files": [
        { "id": "in/a.txt", "sizeInBytes": 120 }, { "id": "b.txt", "sizeInBytes": 0, "kind": "text" },
        { "id": "nobody", "sizeInBytes": 7 }
      ]
    },
    "execution": {
      "makespanInSeconds": 12.5, "executedAt": "2031-05-01T10:00:00Z",
      "tasks": [
        { "id": "make_1", "runtimeInSeconds": 3, "command": { "program": "mk", "arguments": ["-o", "b.txt"] }, "coreCount": 2, "priority": 10, "avgCPU": 99.5, "machines": ["n1"] },
        { "id": "count#2", "runtimeInSeconds": 0 }
      ],
      "machines": [{ "nodeName": "n1", "system": "linux", "cpu": { "coreCount": 4 } }]
    }
  }
}"##;

const OLD: &str = r#"{
  "name": "old", "schemaVersion": "1.3", "wms": { "name": "Some", "version": "1" },
  "workflow": {
    "makespan": 4, "executedAt": "20200101T000000Z", "machines": [{ "nodeName": "n" }],
    "tasks": [
      { "name": "a_ID01", "id": "ID01", "category": "a", "type": "compute", "runtime": 2, "parents": [], "cores": 1,
        "command": { "program": "a", "arguments": [] },
        "files": [{ "name": "x", "size": 3, "link": "output" }, { "name": "w", "size": 1, "link": "input" }], "machine": "n" },
      { "name": "b", "id": "ID02", "type": "compute", "runtime": 1, "parents": ["a_ID01"], "files": [{ "name": "x", "size": 3, "link": "input" }] }
    ]
  }
}"#;

#[test]
fn structure_and_commands_are_read() {
    let said = said(Language::Wfformat, "w.json", SMALL).unwrap_or_else(|errors| panic!("{errors}"));
    let description = &said.description;
    assert_eq!(description.jobs.len(), 2);
    assert_eq!(description.edges.iter().map(|e| (e.parent, e.child)).collect::<Vec<_>>(), [(Some(0), Some(1))]);
    let first = &description.jobs[0];
    assert_eq!(first.application.commands[0].arguments.len(), 2);
    assert_eq!(first.staging[0].size, Some(120.0));
    assert!(first.extensions.iter().all(|e| e.remark), "what was measured asks for nothing");
    let printed = Language::Wfformat.print(description).unwrap_or_else(|| panic!("it is printed"));
    assert_eq!(printed.losses, [], "{}", printed.text);
    check(Language::Wfformat, SMALL.as_bytes());
}

#[test]
fn old_documents_become_new_ones() {
    let said = said(Language::Wfformat, "w.json", OLD).unwrap_or_else(|errors| panic!("{errors}"));
    let names: Vec<String> = said.description.jobs.iter().filter_map(|j| j.name.as_ref()?.as_literal()).collect();
    assert_eq!(names, ["a_ID01", "b_ID02"]);
    assert_eq!(said.description.edges.len(), 1);
    assert!(said.description.jobs[0].staging[0].source.is_some(), "inputs come first");
    let printed = Language::Wfformat.print(&said.description).unwrap_or_else(|| panic!("it is printed"));
    assert_eq!(printed.losses, [], "{}", printed.text);
    assert!(printed.text.contains("\"schemaVersion\": \"1.5\""));
    check(Language::Wfformat, OLD.as_bytes());
}

#[test]
fn what_breaks_the_schema_is_refused() {
    for (from, to, message) in [
        (
            "\"parents\": [\"make_1\"]",
            "\"parents\": [\"mak_1\"]",
            "no task has the id `mak_1`, which is named as a parent",
        ),
        ("\"id\": \"count#2\", \"parents\"", "\"id\": \"make_1\", \"parents\"", "two tasks have the id `make_1`"),
        ("\"schemaVersion\": \"1.5\"", "\"schemaVersion\": \"2.0\"", "`2.0` is no version of WfFormat"),
        ("\"parents\": [], ", "", "`tasks[0]` needs `parents`"),
        ("\"parents\": []", "\"parents\": [\"count#2\"]", "wait for each other in a circle"),
        ("\"sizeInBytes\": 120", "\"sizeInBytes\": -1", "must be a whole number from 0 on"),
        ("\"in/a.txt\"]", "\"in a.txt\"]", "`in a.txt` is no id of a file"),
        (
            "\"id\": \"make_1\", \"runtime",
            "\"id\": \"made_1\", \"runtime",
            "no task of the specification has the id `made_1`",
        ),
        ("\"executedAt\": \"2031-05-01T10:00:00Z\",\n", "", "`execution` needs `executedAt`"),
        ("\"system\": \"linux\"", "\"system\": \"linus\"", "did you mean `linux`?"),
        ("\"coreCount\": 2", "\"coreCount\": 0.5", "`coreCount` must be 1 or more"),
    ] {
        let text = SMALL.replace(from, to);
        assert_ne!(text, SMALL, "{from}");
        let errors = said(Language::Wfformat, "w.json", &text).err().unwrap_or_else(|| panic!("{message}"));
        assert!(errors.contains(message), "`{message}` is not said:\n{errors}");
    }
}

#[test]
fn real_files() {
    let wrong = document::disagreements(Language::Wfformat);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_texts() {
    hostile(Language::Wfformat, SMALL, 1000);
    hostile(Language::Wfformat, OLD, 500);
    let line =
        format!("{{\"schemaVersion\": \"1.5\", \"workflow\": {{\"specification\": \"{}\"}}}}", "y".repeat(1_000_000));
    check(Language::Wfformat, line.as_bytes());
}
