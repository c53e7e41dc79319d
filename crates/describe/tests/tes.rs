//! GA4GH TES tasks.

mod document;

use document::{check, hostile, said};
use pelago_describe::{Language, Source};
use pelago_job::description::Range;

const EVERYTHING: &str = r#"{
  "id": "task-7",
  "state": "COMPLETE",
  "name": "count",
  "description": "Counts the words of a text",
  "inputs": [
    { "name": "text", "description": "what is counted", "url": "s3://texts/one.txt", "path": "/data/in.txt", "streamable": true },
    { "path": "/data/list", "content": "a\nb \"c\"\n" },
    { "url": "file:///srv/tables", "path": "/data/tables", "type": "DIRECTORY" }
  ],
  "outputs": [
    { "url": "s3://results/all", "path": "/out/*.cnt", "path_prefix": "/out/" },
    { "url": "s3://results/log", "path": "/log/err", "type": "FILE", "name": "log" }
  ],
  "resources": {
    "cpu_cores": 3, "ram_gb": 2.5, "disk_gb": 40, "preemptible": false, "zones": ["north", "south"],
    "backend_parameters": { "VmSize": "m3" }, "backend_parameters_strict": true
  },
  "executors": [
    {
      "image": "alpine:3", "command": ["sh", "-c", "wc -w /data/in.txt > /out/n.cnt"], "workdir": "/out",
      "stdin": "/data/list", "stdout": "/log/out", "stderr": "/log/err", "env": { "LANG": "C", "X": "" }, "ignore_error": true
    },
    { "image": "alpine:3", "command": ["true"], "gpus": 1 }
  ],
  "volumes": ["/tmp/shared"],
  "tags": { "project": "words", "urgent": "" },
  "priority_class": { "level": [1, 2.50] }
}"#;

#[test]
fn a_task_says_all_that_the_schema_has() {
    let said = said(Language::Tes, "t.json", EVERYTHING).unwrap_or_else(|errors| panic!("{errors}"));
    let job = &said.description.jobs[0];
    let text = |text: &Option<pelago_job::Text>| text.as_ref().and_then(|t| t.as_literal()).unwrap_or_default();
    assert_eq!((text(&job.name), job.staging.len(), job.application.commands.len()), ("count".into(), 5, 2));
    assert_eq!(job.resources.individual_physical_memory, Some(Range::at_least(2.5e9)));
    assert_eq!(job.resources.total_cpu_count, Some(Range::exactly(3.0)));
    assert!(job.staging[0].streamable && job.staging[2].directory && job.application.commands[0].ignore_failure);
    assert_eq!(text(&job.staging[3].prefix), "/out/");
    let kept: Vec<(&str, bool)> = job.extensions.iter().map(|e| (e.name.as_str(), e.remark)).collect();
    let expect = [
        ("id", true),
        ("priority_class", false),
        ("state", true),
        ("gpus", false),
        ("backend_parameters_strict", false),
    ];
    assert_eq!(kept, expect);
    assert_eq!(said.origins.line("/jobs/0/resources/total_cpu_count", &Source::new("t.json", EVERYTHING)), Some(16));
    let printed = Language::Tes.print(&said.description).unwrap_or_else(|| panic!("TES is printed"));
    assert_eq!(printed.losses, [], "{}", printed.text);
    check(Language::Tes, EVERYTHING.as_bytes());
}

/// Refused, with each of these messages and no other error.
fn refused(text: &str, messages: &[&str]) {
    let errors = said(Language::Tes, "t.json", text).err().unwrap_or_else(|| panic!("{text}"));
    for message in messages {
        assert!(errors.contains(message), "`{message}` is not said:\n{errors}");
    }
    assert_eq!(errors.lines().filter(|line| line.starts_with("error")).count(), messages.len(), "{errors}");
}

#[test]
fn what_breaks_the_schema_is_refused() {
    let task = |rest: &str| format!("{{\"executors\": [{{\"image\": \"i\", \"command\": [\"c\"]}}]{rest}}}");
    refused("{\"name\": \"x\"}", &["a TES task needs `executors`"]);
    refused("{\"executors\": []}", &["`executors` is empty"]);
    refused("{\"executors\": [{\"image\": \"\", \"command\": []}]}", &["`image` is empty", "`command` is empty"]);
    refused("{\"executors\": [{\"cmd\": [\"c\"]}]}", &["needs `image`", "needs `command`"]);
    refused(
        "{\"executors\": [{\"image\": \"i\", \"command\": \"echo hi\"}]}",
        &["`command` must be a list, found a string"],
    );
    refused(&task(", \"inputs\": [{\"url\": \"u\", \"path\": \"data\"}]"), &["`path` must be an absolute path"]);
    refused(
        &task(", \"inputs\": [{\"path\": \"/d\"}, {\"url\": \"u\"}]"),
        &["`inputs[0]` needs `url`", "`inputs[1]` needs `path`"],
    );
    refused(&task(", \"outputs\": [{\"url\": \"u\", \"path\": \"/o/*\"}]"), &["needs a `path_prefix`"]);
    refused(
        &task(", \"outputs\": [{\"url\": \"u\", \"path\": \"/o\", \"type\": \"DIR\"}]"),
        &["`type` must be `FILE` or `DIRECTORY`"],
    );
    refused(
        &task(", \"volumes\": [\"v\"], \"tags\": {\"a\": 1}"),
        &["`volumes[0]` must be", "`tags.a` must be a string"],
    );
    refused(
        &task(", \"resources\": {\"cpu_cores\": 1.5, \"ram_gb\": -1}"),
        &["must be a whole number", "must not be negative"],
    );
    refused("[1]", &["a TES task is an object, found a list"]);
}

#[test]
fn camel_case_and_quoted_numbers_are_read() {
    let text = "{\"executors\": [{\"image\": \"i\", \"command\": [\"c\"], \"ignoreError\": true}], \
                \"resources\": {\"cpuCores\": \"4\", \"ramGb\": 1, \"diskGb\": 2}}";
    let said = said(Language::Tes, "t.json", text).unwrap_or_else(|errors| panic!("{errors}"));
    let job = &said.description.jobs[0];
    assert_eq!(job.resources.total_cpu_count, Some(Range::exactly(4.0)));
    assert!(job.application.commands[0].ignore_failure);
}

#[test]
fn real_files() {
    let wrong = document::disagreements(Language::Tes);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_texts() {
    hostile(Language::Tes, EVERYTHING, 2000);
    for text in ["[".repeat(200_000), format!("{{\"name\": \"{}\"}}", "x".repeat(1_000_000)), "{\"a\":".repeat(50_000)]
    {
        check(Language::Tes, text.as_bytes());
    }
    let huge = "{\"executors\": [{\"image\": \"i\", \"command\": [\"c\"]}], \"resources\": {\"cpu_cores\": 1e300, \"ram_gb\": 1e308}}";
    check(Language::Tes, huge.as_bytes());
}
