//! What is printed for bad plans: each `bad/NAME.plan` beside the text that it gives.
//!
//! `UPDATE=1 cargo test -p pelago-describe --test messages` writes the texts anew; read them before they are committed.

use pelago_describe::{Source, read};
use std::path::Path;

fn compare(name: &str) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let text = std::fs::read_to_string(folder.join(name)).map_err(|e| format!("{name}: {e}"))?;
    let source = Source::new(name, text);
    let got = read(&source, None).render(&source, false);
    let path = folder.join(name).with_extension("txt");
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(path, got).map_err(|e| e.to_string());
    }
    let expect = std::fs::read_to_string(path).map_err(|e| format!("{name}: {e}"))?;
    if got == expect { Ok(()) } else { Err(format!("{name} gives\n{got}\ninstead of\n{expect}")) }
}

#[test]
fn bad_plans_are_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| !name.ends_with(".txt"));
    names.sort();
    assert!(names.len() > 10, "{names:?}");
    let wrong: Vec<String> = names.iter().filter_map(|name| compare(name).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn bad_requests_are_explained() {
    let names = ["rsl-words.rsl", "rsl-brackets.rsl", "rsl-nosign.rsl", "xrsl-job.xrsl", "infogram-question.infogram"];
    let wrong: Vec<String> = names.iter().filter_map(|name| compare(name).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn bad_dags_are_explained() {
    let names = ["dag-names.dag", "dag-words.dag", "dag-doubts.dag"];
    let wrong: Vec<String> = names.iter().filter_map(|name| compare(name).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn bad_xml_jobs_are_explained() {
    let names = ["gt4-words.xml", "gt4-open.xml", "adl-values.adl", "dax-graph.dax"];
    let wrong: Vec<String> = names.iter().filter_map(|name| compare(name).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn bad_documents_in_json_are_explained() {
    let names = [
        "unicore-job.u",
        "unicore-commas.u",
        "unicore-workflow.json",
        "tes-task.json",
        "tes-comma.json",
        "wfformat-tasks.json",
    ];
    let wrong: Vec<String> = names.iter().filter_map(|name| compare(name).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn places_are_given_for_other_programs() {
    let source =
        Source::new("é.plan", "parameter é integer 1\nparameter x intger 1\ntask main\n exec \"é\" $y\nendtask\n");
    let located = read(&source, None).located(&source);
    let places: Vec<_> = located.iter().map(|l| (l.line, l.column, l.length)).collect();
    assert_eq!(places, [(1, 11, 1), (2, 13, 6), (4, 11, 2)]);
    let json = serde_json::to_value(&located[1]).unwrap_or_default();
    let expect = serde_json::json!({
        "file": "é.plan", "line": 2, "column": 13, "length": 6, "severity": "error",
        "message": "`intger` is no type of a parameter", "help": ["did you mean `integer`?"],
    });
    assert_eq!(json, expect);
}

#[test]
fn bytes_that_are_no_text_have_a_place() {
    let error = Source::from_bytes("a.plan", b"task main\n exec \xe9\n").map_err(|e| e.to_string());
    assert!(error.is_err_and(|e| e.starts_with("a.plan:2:7: byte 0xe9 is not UTF-8")));
    assert_eq!(Source::from_bytes("a", b"\xef\xbb\xbfx").map(|s| s.text), Ok("x".to_string()));
}

#[test]
fn a_flood_of_errors_is_counted_not_printed() {
    let source = Source::new("a.plan", format!("{}task main\n exec true\nendtask\n", "parameter x q\n".repeat(5000)));
    let reading = read(&source, None);
    assert_eq!(reading.diagnostics.len(), 101);
    assert!(reading.render(&source, false).contains("more problems are not shown"));
}
