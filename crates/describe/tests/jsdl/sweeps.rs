//! Sweeps: which tasks they make, with which texts.

use crate::document;
use pelago_describe::{Language, Said};
use pelago_job::description::Texts;

/// A document with a program, its arguments and sweeps.
fn document(arguments: &str, sweeps: &str) -> String {
    format!(
        "<j:JobDefinition xmlns:j='http://schemas.ggf.org/jsdl/2005/11/jsdl' \
         xmlns:s='http://schemas.ogf.org/jsdl/2009/03/sweep' xmlns:f='http://schemas.ogf.org/jsdl/2009/03/sweep/functions'>\
         <j:JobDescription><j:Application><p:POSIXApplication xmlns:p='http://schemas.ggf.org/jsdl/2005/11/jsdl-posix'>\
         <p:Executable>echo</p:Executable>{arguments}</p:POSIXApplication></j:Application></j:JobDescription>{sweeps}</j:JobDefinition>"
    )
}

fn assign(place: &str, values: &str) -> String {
    let values = values.split(' ').map(|value| format!("<f:Value>{value}</f:Value>")).collect::<String>();
    format!("<s:Assignment>{}<f:Values>{values}</f:Values></s:Assignment>", node(place))
}

fn node(place: &str) -> String {
    format!(
        "<s:DocumentNode><s:NamespaceBinding prefix='p' ns='http://schemas.ggf.org/jsdl/2005/11/jsdl-posix'/>\
         <s:Match>{place}</s:Match></s:DocumentNode>"
    )
}

fn sweep(inside: &str) -> String {
    format!("<s:Sweep>{inside}</s:Sweep>")
}

/// The arguments in each task.
fn tasks(said: &Said) -> Vec<String> {
    let description = &said.description;
    let job = &description.jobs[0];
    let Some(space) = &job.space else { return Vec::new() };
    (0..space.len(&description.parameters))
        .map(|at| {
            let point = space.point(at, &description.parameters).unwrap_or_default();
            let mut arguments = job.application.commands[0].arguments.clone();
            arguments.texts(&mut |text| text.fill(&point, Some(at + 1)));
            let words = arguments.iter().map(|a| a.text.as_ref().map(ToString::to_string).unwrap_or_default());
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

/// Reads a document twice: as it is, and as it is printed.
fn check(arguments: &str, sweeps: &str, expect: &[&str]) {
    let text = document(arguments, sweeps);
    let said = document::said(Language::Jsdl, "a.jsdl", &text).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(tasks(&said), expect, "{text}");
    let printed = Language::Jsdl.print(&said.description).unwrap_or_else(|| unreachable!());
    let again = document::said(Language::Jsdl, "b.jsdl", &printed.text).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(tasks(&again), expect, "{}", printed.text);
    // Names of parameters that take turns in one place have nowhere to stand.
    assert!(printed.losses.iter().all(|loss| loss.part.ends_with("/name")), "{:?}", printed.losses);
}

const TWO: &str = "<p:Argument>a</p:Argument><p:Argument>b</p:Argument>";

#[test]
fn assignments_advance_together_and_sweeps_multiply() {
    let zip = sweep(&(assign("//p:Argument[1]", "1 2") + &assign("//p:Argument[2]", "x y")));
    check(TWO, &zip, &["1 x", "2 y"]);
    let product = sweep(&(assign("//p:Argument[1]", "1 2") + &sweep(&assign("//p:Argument[2]", "x y"))));
    check(TWO, &product, &["1 x", "1 y", "2 x", "2 y"]);
}

#[test]
fn sweeps_beside_each_other_come_one_after_another() {
    let sum = sweep(&assign("//p:Argument[1]", "1 2")) + &sweep(&assign("//p:Argument[2]", "x"));
    check(TWO, &sum, &["1 b", "2 b", "a x"]);
    // The same place in turn.
    let turn = sweep(&assign("//p:Argument[1]", "1 2")) + &sweep(&assign("//p:Argument[1]", "8 9"));
    check(TWO, &turn, &["1 b", "2 b", "8 b", "9 b"]);
}

#[test]
fn parts_of_texts_are_filled() {
    let parts = sweep(&format!(
        "<s:Assignment>{}{}<f:LoopInteger start='9' end='11'/></s:Assignment>",
        node("substring(//p:Argument[1], 4, 1)"),
        node("substring(//p:Argument[1], 7)"),
    ));
    let text = "<p:Argument>in.n.out</p:Argument>";
    check(text, &parts, &["in.9.o9", "in.10.o10", "in.11.o11"]);
    let attribute = sweep(&assign("//p:Environment/@name", "A B"));
    check("<p:Argument>a</p:Argument><p:Environment name='X'>1</p:Environment>", &attribute, &["a", "a"]);
}

#[test]
fn loops_are_ranges_and_not_lists() {
    let loops = sweep(&format!(
        "<s:Assignment>{}<f:LoopInteger start='1' end='1000000000'/></s:Assignment>",
        node("//p:Argument[1]")
    ));
    let said = document::said(Language::Jsdl, "a", &document(TWO, &loops)).unwrap_or_else(|errors| panic!("{errors}"));
    let space = said.description.jobs[0].space.clone().unwrap_or_else(|| unreachable!());
    assert_eq!(space.len(&said.description.parameters), 1_000_000_000);
    let double = sweep(&format!(
        "<s:Assignment>{}<f:LoopDouble start='0.5' end='2' step='0.5'><f:Exception>1</f:Exception></f:LoopDouble></s:Assignment>",
        node("//p:Argument[2]")
    ));
    check(TWO, &double, &["a 0.5", "a 1.5", "a 2.0"]);
}

#[test]
fn the_draft_of_2007_is_read() {
    let draft = "<d:Sweep xmlns:d='http://schemas.ogf.org/jsdl/2007/01/jsdl-sweep' xmlns:g='http://schemas.ogf.org/jsdl/2007/01/jsdl-sweep/functions' \
        xmlns:p='http://schemas.ggf.org/jsdl/2005/11/jsdl-posix'><d:Assignment><d:Parameter>//p:Argument[1]</d:Parameter>\
        <g:Loop start='1' end='9' step='3'><g:Exception value='4'/></g:Loop></d:Assignment></d:Sweep>";
    check(TWO, draft, &["1 b", "7 b"]);
}

#[test]
fn what_is_no_text_is_kept_and_not_run() {
    for place in ["//p:POSIXApplication", "//p:WallTimeLimit", "substring(//p:Argument[1], N + 1, 1)"] {
        let arguments = format!("{TWO}<p:WallTimeLimit>9</p:WallTimeLimit>");
        let text = document(&arguments, &sweep(&assign(place, "1 2")));
        let said = document::said(Language::Jsdl, "a", &text).unwrap_or_else(|errors| panic!("{errors}"));
        let kept = &said.description.extensions[0];
        assert!(kept.name.ends_with("}Sweep") && !kept.remark, "{kept:?}");
        assert_eq!(said.description.jobs[0].space, None);
    }
    let nothing = document(TWO, &sweep(&assign("//p:Argument[3]", "1")));
    let errors = document::said(Language::Jsdl, "a", &nothing).map(|_| ()).unwrap_err();
    assert!(errors.contains("this expression selects nothing"), "{errors}");
}
