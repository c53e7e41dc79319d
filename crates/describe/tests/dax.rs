//! Pegasus' abstract workflows.

mod document;

use document::{check, hostile, messages, printed, taken};
use pelago_describe::Language::Dax;
use pelago_job::Text;
use pelago_job::description::{NodeKind, Range};

/// All that version 3.6 has.
const EVERYTHING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<adag xmlns="http://pegasus.isi.edu/schema/DAX" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
      xsi:schemaLocation="http://pegasus.isi.edu/schema/DAX http://pegasus.isi.edu/schema/dax-3.6.xsd"
      version="3.6" name="tiles" index="1" count="4">
  <metadata key="author">ann</metadata>
  <invoke when="at_end">/bin/notify done</invoke>
  <file name="raw.img"><pfn url="gsiftp://data.example.org/raw.img" site="far"/><pfn url="http://b.example.org/raw" site="b"/></file>
  <file name="unused"><pfn url="file:///x" site="local"/></file>
  <executable namespace="sky" name="cut" version="1.2" installed="true"><pfn url="file:///opt/sky/cut" site="local"/></executable>
  <executable name="join" arch="x86_64" os="linux"><profile namespace="env" key="A">b</profile>
    <pfn url="file:///usr/bin/join" site="local"/><pfn url="file:///opt/join" site="far"/></executable>
  <transformation name="both"><uses name="cut" namespace="sky" version="1.2"/></transformation>
  <job id="c1" namespace="sky" name="cut" version="1.2" node-label="cuts the image" runtime="12.5">
    <argument>-i <file name="raw.img"/> -o<file name="t1"/> 'two words' --x=1</argument>
    <metadata key="band">j</metadata>
    <profile namespace="env" key="MODE">fast and loose</profile>
    <profile namespace="pegasus" key="cores">4</profile>
    <profile namespace="globus" key="maxwalltime">30</profile>
    <profile namespace="condor" key="requirements">Memory &gt; 100</profile>
    <profile namespace="hints" key="execution.site">far</profile>
    <stdin name="raw.img" link="input"/><stdout name="log" link="output"/>
    <uses name="raw.img" link="input"/>
    <uses name="t1" link="output" transfer="false" register="false" size="2e3"><metadata key="q">1</metadata></uses>
    <uses name="state" link="checkpoint" transfer="true"/>
    <uses name="helper" link="input" executable="true"/>
    <uses name="log" link="output" optional="true"/>
    <invoke when="on_error">/bin/mail ann</invoke>
  </job>
  <job id="j1" name="join"><uses name="t1" link="input"/><uses name="whole" link="inout"/></job>
  <dag id="d1" file="old.dag"/>
  <dax id="d2" file="inner.dax"><argument>--force</argument></dax>
  <child ref="j1"><parent ref="c1" edge-label="tile"/></child>
  <child ref="d2"><parent ref="j1"/><parent ref="d1"/></child>
</adag>"#;

#[test]
fn real_files() {
    let wrong = document::disagreements(Dax);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn everything_is_read_and_printed_without_a_loss() {
    let said = taken(Dax, EVERYTHING);
    let description = &said.description;
    let text = |text: &str| Some(Text::literal(text));
    let [cut, join, dag, dax] = &description.jobs[..] else { panic!("{description:?}") };
    assert_eq!(
        (&cut.name, &cut.application.name, &cut.application.version),
        (&text("c1"), &text("sky::cut"), &text("1.2"))
    );
    let command = &cut.application.commands[0];
    let words: Vec<_> = command.arguments.iter().filter_map(|a| a.text.as_ref().and_then(Text::as_literal)).collect();
    assert_eq!(words, ["-i", "raw.img", "-ot1", "two words", "--x=1"]);
    assert_eq!(command.executable.as_ref().and_then(|path| path.text.clone()), text("/opt/sky/cut"));
    assert_eq!(cut.resources.total_cpu_count, Some(Range::exactly(4.0)));
    assert_eq!(cut.resources.wall_time, Some(Range::at_least(1800.0)));
    assert_eq!(cut.resources.requirements, text("Memory > 100"));
    let place = |number: usize| cut.staging[number].source.as_ref().and_then(|source| source.uri.clone());
    assert_eq!((place(0), place(3)), (text("gsiftp://data.example.org/raw.img"), text("helper")));
    assert_eq!((cut.staging[1].size, cut.staging[3].executable, cut.staging[4].optional), (Some(2000.0), true, true));
    let program = join.application.commands[0].executable.as_ref().and_then(|path| path.text.clone());
    assert_eq!(program, text("/usr/bin/join"), "the one for this machine");
    assert_eq!(dag.node.as_ref().and_then(|node| node.kind), Some(NodeKind::Workflow));
    assert_eq!(dax.application.commands[0].arguments.len(), 1);
    let edges: Vec<_> = description.edges.iter().map(|edge| (edge.parent, edge.child)).collect();
    assert_eq!(edges, [(Some(0), Some(1)), (Some(1), Some(3)), (Some(2), Some(3))]);
    let (again, losses) = printed(Dax, EVERYTHING, Dax);
    assert_eq!(losses, Vec::<String>::new());
    assert_eq!(taken(Dax, &again).description, said.description);
    assert_eq!(printed(Dax, &again, Dax).0, again);
}

#[test]
fn version_2_and_generators_are_read() {
    let text = "<!-- generated -->\n<adag version='2.1' name='x' jobCount='2' childCount='0'><filename file='a' link='input'/>\
                <job id='ID0' namespace='N' name='p' version='1.0' runtime='13.59' level='2' dv-name='d'>\
                <argument>-a <filename file='a'/></argument><profile namespace='ENV' key='K' origin='vdl'>v</profile>\
                <uses file='a' link='input' register='true' transfer='true' optional='false' type='data' size='4222080'/>\
                <uses file='b' link='output' register='false' transfer='false' optional='false' type='data' size='10'/></job>\
                <job id='ID1' name='q'><uses file='b' link='input' temporaryHint='tmp'/></job></adag>";
    let said = taken(Dax, text);
    let jobs = &said.description.jobs;
    assert_eq!((jobs.len(), jobs[0].application.environment.len(), jobs[0].staging[0].size), (2, 1, Some(4_222_080.0)));
    assert_eq!(messages(Dax, text), Vec::<String>::new());
    let (_, losses) = printed(Dax, text, Dax);
    assert_eq!(losses, Vec::<String>::new());
}

#[test]
fn programs_and_places_of_other_languages_become_catalogue_entries() {
    let mut description = taken(Dax, "<adag version='3.6' name='w'><job id='a' name='x'/></adag>").description;
    let job = &mut description.jobs[0];
    job.application.commands = vec![Default::default()];
    job.application.commands[0].executable =
        Some(pelago_job::description::Path { text: Some("/bin/x y".into()), filesystem: None });
    job.staging = vec![pelago_job::description::Staging {
        file: Some("in".into()),
        source: Some(pelago_job::description::Location { uri: Some("http://h/in".into()), ..Default::default() }),
        ..Default::default()
    }];
    let printed = Dax.print(&description).expect("it is written");
    assert_eq!(printed.losses, []);
    assert_eq!(taken(Dax, &printed.text).description, description);
}

#[test]
fn dependencies_must_fit() {
    let around = |inner: &str| {
        let jobs: String = ["a", "b", "job-3"].iter().map(|id| format!("<job id='{id}' name='x'/>")).collect();
        format!("<adag version='3.6' name='w'>{jobs}{inner}</adag>")
    };
    let circle = "<child ref='a'><parent ref='b'/></child><child ref='b'><parent ref='a'/></child>";
    let files = "<job id='d' name='y'><uses name='f' link='input'/><uses name='g' link='output'/></job>\
                 <job id='e' name='y'><uses name='g' link='input'/><uses name='f' link='output'/></job>";
    for (inner, message) in [
        ("<child ref='job-4'><parent ref='a'/></child>", "there is no job with the id `job-4`"),
        ("<child ref='a'><parent ref='a'/></child>", "this job waits for itself"),
        ("<job id='b' name='y'/>", "two jobs have the id `b`"),
        ("<job id='c'/>", "this job has no `name`"),
        ("<job name='c'/>", "this `job` has no `id`"),
        ("<job id='d' name='y'><uses name='f' link='inptu'/></job>", "`inptu` is no way to link a file"),
        (circle, "these dependencies go in a circle"),
        (files, "these dependencies, together with the files that jobs read, go in a circle"),
    ] {
        assert_eq!(messages(Dax, &around(inner)), [message]);
    }
    assert_eq!(messages(Dax, "<adag version='3.6' name='w'/>"), ["this workflow has no job"]);
}

#[test]
fn hostile_texts() {
    hostile(Dax, EVERYTHING, 1000);
    let around = |inner: &str| format!("<adag version='3.6' name='w'>{inner}</adag>");
    let jobs: String =
        (0..20_000).map(|n| format!("<job id='{n}' name='n{n}'><uses name='f{n}' link='input'/></job>")).collect();
    let children: String = (1..20_000).map(|n| format!("<child ref='{n}'><parent ref='{}'/></child>", n - 1)).collect();
    let uses = "<uses name='f' link='input' register='false'/>".repeat(20_000);
    let entries: String = (0..20_000).map(|n| format!("<file name='f{n}'><pfn url='u{n}' site='s'/></file>")).collect();
    for text in [
        around(&format!("{entries}{jobs}{children}")),
        around(&format!("<job id='a' name='x'>{uses}</job>")),
        around(&format!("<job id='a' name='x'><argument>{}</argument></job>", "'a ".repeat(100_000))),
        around(&format!("<job id='a' name='x'>{}</job>", "<argument>".repeat(1_000))),
        around(&"<child ref='zzzzz'><parent ref='yyyyy'/></child>".repeat(20_000)),
    ] {
        check(Dax, text.as_bytes());
    }
}
