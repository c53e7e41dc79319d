//! Job descriptions of the Globus Toolkit 4.

mod document;

use document::{check, hostile, messages, printed, taken};
use pelago_describe::Language::{self, Gt4};
use pelago_job::Text;
use pelago_job::description::{Interval, Range};

/// All that the language has, in the namespaces of 4.0.
const EVERYTHING: &str = r#"<?xml version="1.0"?>
<job xmlns="http://www.globus.org/namespaces/2004/10/gram/job/description"
     xmlns:t="http://www.globus.org/namespaces/2004/10/gram/job/types"
     xmlns:r="http://www.globus.org/namespaces/2004/10/rft"
     xmlns:g="http://www.globus.org/namespaces/2004/10/gram/job"
     xmlns:a="http://schemas.xmlsoap.org/ws/2004/03/addressing">
  <factoryEndpoint>
    <a:Address>https://gk.example.org:8443/wsrf/services/ManagedJobFactoryService</a:Address>
    <a:ReferenceProperties><g:ResourceID>PBS</g:ResourceID><g:Shard>3</g:Shard></a:ReferenceProperties>
    <a:ServiceName>x</a:ServiceName>
  </factoryEndpoint>
  <jobCredentialEndpoint><a:Address>https://gk.example.org/delegation</a:Address></jobCredentialEndpoint>
  <t:localUserId>ann</t:localUserId>
  <t:holdState>StageIn</t:holdState>
  <executable>bin/model</executable>
  <directory>/scratch/ann/run 7</directory>
  <argument>--name</argument>
  <argument> two blanks  </argument>
  <argument/>
  <environment><name>MODE</name><value>fast &amp; loose</value></environment>
  <stdin>in.txt</stdin><stdout>${GLOBUS_USER_HOME}/out</stdout><stderr>err</stderr>
  <count>8</count>
  <libraryPath>/opt/lib</libraryPath><libraryPath>/opt/lib64</libraryPath>
  <hostCount>2</hostCount>
  <project>climate</project><queue>long</queue>
  <maxWallTime>90</maxWallTime><maxCpuTime>60</maxCpuTime><maxMemory>512</maxMemory><minMemory>256</minMemory>
  <jobType>mpi</jobType>
  <fileStageIn>
    <r:maxAttempts>5</r:maxAttempts>
    <r:transfer>
      <r:sourceUrl>gsiftp://data.example.org/models/m1</r:sourceUrl>
      <r:destinationUrl>file:///scratch/ann/run 7/bin/model</r:destinationUrl>
      <r:rftOptions><r:parallelStreams>4</r:parallelStreams></r:rftOptions>
    </r:transfer>
    <r:transfer>
      <r:sourceUrl>gsiftp://data.example.org/set/</r:sourceUrl>
      <r:destinationUrl>file:///scratch/ann/set/</r:destinationUrl>
    </r:transfer>
    <r:allOrNone>true</r:allOrNone>
  </fileStageIn>
  <fileStageOut>
    <r:transfer>
      <r:sourceUrl>file:///${GLOBUS_USER_HOME}/out</r:sourceUrl>
      <r:destinationUrl>gsiftp://data.example.org/results/</r:destinationUrl>
    </r:transfer>
  </fileStageOut>
  <fileCleanUp>
    <r:deletion><r:file>file:///scratch/ann/run 7/bin/model</r:file></r:deletion>
    <r:deletion><r:file>file:///tmp/leftover</r:file></r:deletion>
  </fileCleanUp>
  <extensions>
    <resourceAllocationGroup><hostType>fast</hostType><cpuCount>8</cpuCount></resourceAllocationGroup>
    <own:data xmlns:own="urn:own">k</own:data>
  </extensions>
</job>"#;

#[test]
fn real_files() {
    let wrong = document::disagreements(Gt4);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn everything_is_read_and_printed_without_a_loss() {
    let said = taken(Gt4, EVERYTHING);
    let job = &said.description.jobs[0];
    let text = |text: &str| Some(Text::literal(text));
    assert_eq!(job.resources.candidate_hosts, [Text::literal("gk.example.org")]);
    assert_eq!(job.resources.batch_system, text("PBS"));
    assert_eq!(job.application.limits.wall_time, Some(5400.0));
    assert_eq!(job.application.limits.memory, Some(536_870_912.0));
    assert_eq!(job.resources.memory_per_cpu, Some(Range::at_least(268_435_456.0)));
    let parallel = job.application.parallel.clone().unwrap_or_default();
    assert_eq!((parallel.variation.as_deref(), parallel.processes), (Some("MPI"), text("8")));
    assert_eq!(job.application.commands[0].arguments[1].text, text(" two blanks  "));
    let files: Vec<_> = job.staging.iter().map(|file| file.file.clone().unwrap_or_default().to_string()).collect();
    assert_eq!(files, ["bin/model", "/scratch/ann/set", "$${GLOBUS_USER_HOME}/out", "/tmp/leftover"]);
    assert!(job.staging[0].executable && job.staging[0].delete_on_termination && job.staging[1].directory);
    let target = job.staging[2].target.clone().and_then(|target| target.uri);
    assert_eq!(target, text("gsiftp://data.example.org/results/out"), "the last name is kept");
    let kept: Vec<_> = job.extensions.iter().map(|extension| extension.name.as_str()).collect();
    assert_eq!(
        kept,
        [
            "ReferenceProperties",
            "factoryEndpoint",
            "jobCredentialEndpoint",
            "holdState",
            "fileStageIn/maxAttempts",
            "fileStageIn/allOrNone",
            "resourceAllocationGroup",
            "{urn:own}data"
        ]
    );
    let (again, losses) = printed(Gt4, EVERYTHING, Gt4);
    assert_eq!(losses, Vec::<String>::new());
    assert_eq!(taken(Gt4, &again).description, said.description);
    assert_eq!(printed(Gt4, &again, Gt4).0, again);
}

#[test]
fn defaults_of_a_multi_job_are_given_to_its_jobs() {
    let said = taken(
        Gt4,
        "<multiJob><factoryEndpoint xmlns:a='http://www.w3.org/2005/08/addressing'><a:Address>https://m/x</a:Address>\
         </factoryEndpoint><executable>/bin/echo</executable><count>2</count><argument>a</argument>\
         <job><argument>b</argument></job><job><executable>/bin/date</executable><count>1</count></job></multiJob>",
    );
    let jobs = &said.description.jobs;
    let words = |number: usize| {
        let command = &jobs[number].application.commands[0];
        let program = command.executable.clone().and_then(|path| path.text);
        let arguments = command.arguments.iter().filter_map(|argument| argument.text.clone());
        program.into_iter().chain(arguments).map(|text| text.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((words(0), words(1)), ("/bin/echo b".into(), "/bin/date a".into()));
    assert!(jobs[0].resources.candidate_hosts.is_empty(), "the factory of all is not that of each");
    assert_eq!(said.description.extensions.len(), 1);
}

#[test]
fn one_process_with_several_processors_is_not_several_processes() {
    let said = taken(Gt4, "<job><executable>/bin/x</executable><count>4</count><jobType>single</jobType></job>");
    let job = &said.description.jobs[0];
    assert_eq!((&job.application.parallel, &job.resources.total_cpu_count), (&None, &Some(Range::exactly(4.0))));
}

#[test]
fn what_cannot_be_said_is_a_loss() {
    let said = taken(Gt4, "<job><executable>/bin/x</executable></job>");
    let mut description = said.description;
    let job = &mut description.jobs[0];
    job.application.limits.wall_time = Some(61.0);
    job.application.commands[0].environment =
        vec![pelago_job::description::Variable { name: Some("A".into()), value: Some("1".into()), filesystem: None }];
    job.resources.total_resource_count = Some(Range(vec![Interval::Between { lower: bound(2.0), upper: bound(4.0) }]));
    job.resources.rank = Some("KFlops".into());
    let printed = Gt4.print(&description).expect("it is written");
    let losses: Vec<_> = printed.losses.iter().map(|loss| format!("{}: {}", loss.part, loss.instead)).collect();
    assert_eq!(
        losses,
        [
            "/jobs/0/resources/rank: null",
            "/jobs/0/application/commands/0/environment/0/name: null",
            "/jobs/0/application/commands/0/environment/0/value: null",
            "/jobs/0/application/environment/0: {\"name\":\"A\",\"value\":\"1\"}",
            "/jobs/0/resources/total_resource_count: [{\"exact\":{\"epsilon\":0.0,\"value\":2.0}}]",
            "/jobs/0/application/limits/wall_time: 120.0",
        ]
    );
}

fn bound(value: f64) -> pelago_job::description::Bound {
    pelago_job::description::Bound::inclusive(value)
}

#[test]
fn jobs_of_other_kinds_are_not_taken_for_these() {
    for text in [
        "<job><steps/></job>",
        "<jobs><job><executable/></job></jobs>",
        "<JobDefinition xmlns='http://schemas.ggf.org/jsdl/2005/11/jsdl'/>",
        "<adag/>",
        "(executable=a)",
        "",
    ] {
        let source = pelago_describe::Source::new("text", text);
        assert_ne!(Language::recognise(&source), Some(Gt4), "{text}");
    }
    assert_eq!(messages(Gt4, "<a/>"), ["`a` is not the root of a GT4 job description"]);
}

#[test]
fn hostile_texts() {
    hostile(Gt4, EVERYTHING, 1000);
    for text in [
        format!("<job>{}</job>", "<executable>".repeat(1_000)),
        format!("<job><executable>{}</executable></job>", "x".repeat(1_000_000)),
        format!("<job><count>{}</count></job>", "9".repeat(400)),
        format!("<job>{}</job>", "<argument>${</argument>".repeat(20_000)),
        format!("<multiJob>{}{}</multiJob>", "<argument/>".repeat(3_000), "<job/>".repeat(3_000)),
        format!("<job><fileCleanUp>{}</fileCleanUp></job>", "<deletion><file>a</file></deletion>".repeat(50_000)),
    ] {
        check(Gt4, text.as_bytes());
    }
}

#[test]
fn what_stands_in_a_transfer_and_belongs_to_the_request() {
    let transfer = |url: &str| {
        format!(
            "<transfer><sourceUrl>gsiftp://a.example/{url}</sourceUrl><destinationUrl>file:///w/{url}</destinationUrl>\
             <maxAttempts>5</maxAttempts><attempts>0</attempts></transfer>"
        )
    };
    let staged = format!("<fileStageIn>{}{}</fileStageIn>", transfer("x"), transfer("y"));
    let text = format!("<job><executable>a</executable>{staged}</job>");
    let kept = taken(Gt4, &text).description.jobs[0].extensions.clone();
    assert_eq!(kept.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["fileStageIn/maxAttempts"]);
    let said = messages(Gt4, &text);
    assert_eq!(said.iter().filter(|message| message.contains("said of all of them")).count(), 1, "{said:?}");
    assert!(said.iter().any(|message| message.contains("what the transfer service notes")), "{said:?}");
    let again = printed(Gt4, &text, Gt4).0;
    assert!(again.find("maxAttempts") < again.find("transfer>"), "{again}");
}
