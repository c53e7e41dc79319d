//! Activity descriptions of the EMI execution service.

mod document;

use document::{check, hostile, messages, printed, taken};
use pelago_describe::Language::Adl;
use pelago_job::Text;
use pelago_job::description::{Creation, Occasion, Range, When};

/// All that the language has.
const EVERYTHING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ActivityDescription xmlns="http://www.eu-emi.eu/es/2010/12/adl"
    xmlns:ng="http://www.nordugrid.org/es/2011/12/nordugrid-adl" xmlns:own="urn:own">
  <ActivityIdentification>
    <Name>ocean 7</Name><Description>spin-up</Description><Type>single</Type>
    <Annotation>one</Annotation><Annotation>two</Annotation>
    <ng:ActivityOldID>https://ce.example.org/1</ng:ActivityOldID>
  </ActivityIdentification>
  <Application>
    <Executable><Path>run.sh</Path><Argument>-v</Argument><Argument> a  b </Argument><Argument/>
      <FailIfExitCodeNotEqualTo>3</FailIfExitCodeNotEqualTo></Executable>
    <Input>in</Input><Output>out</Output><Error>err</Error>
    <Environment><Name>MODE</Name><Value> fast</Value></Environment>
    <PreExecutable><Path>/bin/prepare</Path></PreExecutable>
    <PostExecutable><Path>tidy</Path><Argument>all</Argument></PostExecutable>
    <RemoteLogging optional="true"><ServiceType>SGAS</ServiceType><URL>https://log.example.org</URL></RemoteLogging>
    <ExpirationTime>2031-01-01T00:00:00Z</ExpirationTime>
    <WipeTime>P1DT1H</WipeTime>
    <Notification><Protocol>email</Protocol><Recipient>ann@example.org</Recipient>
      <OnState>PREPROCESSING</OnState><OnState>TERMINAL</OnState></Notification>
    <ng:Rerun>2</ng:Rerun><ng:Priority>60</ng:Priority>
    <ng:DryRun>true</ng:DryRun>
  </Application>
  <Resources>
    <OperatingSystem><Name>ubuntu</Name><Family>linux</Family><Version>22.04</Version></OperatingSystem>
    <Platform>amd64</Platform>
    <RuntimeEnvironment><Name>ENV/PROXY</Name></RuntimeEnvironment>
    <RuntimeEnvironment><Name>APPS/R</Name><Version>4.1</Version><Option>big</Option></RuntimeEnvironment>
    <RuntimeEnvironment optional="true"><Name>ENV/CACHE</Name></RuntimeEnvironment>
    <ParallelEnvironment><Type>OpenMPI</Type><Version>4</Version><ProcessesPerSlot>1</ProcessesPerSlot>
      <ThreadsPerProcess>2</ThreadsPerProcess><Option><Name>bind</Name><Value>core</Value></Option></ParallelEnvironment>
    <Coprocessor>CUDA</Coprocessor>
    <NodeAccess>inoutbound</NodeAccess>
    <IndividualPhysicalMemory>2147483648</IndividualPhysicalMemory>
    <DiskSpaceRequirement>10737418240</DiskSpaceRequirement>
    <RemoteSessionAccess>true</RemoteSessionAccess>
    <SlotRequirement><NumberOfSlots>8</NumberOfSlots><SlotsPerHost>4</SlotsPerHost>
      <ExclusiveExecution>true</ExclusiveExecution></SlotRequirement>
    <QueueName>long</QueueName>
    <WallTime>7200</WallTime>
    <own:Colour>blue</own:Colour>
  </Resources>
  <DataStaging>
    <ClientDataPush>true</ClientDataPush>
    <InputFile><Name>run.sh</Name><IsExecutable>true</IsExecutable></InputFile>
    <InputFile><Name>data</Name>
      <Source><URI>gsiftp://a.example.org/d</URI><DelegationID>id1</DelegationID>
        <Option><Name>cache</Name><Value>no</Value></Option></Source>
      <Source><URI>http://b.example.org/d</URI></Source>
      <Source><URI>srm://c.example.org/d</URI><Option><Name>x</Name><Value>y</Value></Option></Source></InputFile>
    <OutputFile><Name>out</Name></OutputFile>
    <OutputFile><Name>res/</Name>
      <Target><URI>gsiftp://a.example.org/r/</URI><Mandatory>true</Mandatory><CreationFlag>append</CreationFlag></Target>
      <Target><URI>http://b.example.org/r/</URI><UseIfFailure>true</UseIfFailure></Target></OutputFile>
    <ng:DelegationID>id2</ng:DelegationID>
  </DataStaging>
</ActivityDescription>"#;

/// Files of the corpus that are taken although it says otherwise. ARC's `ErrorTest` is about the element `Error`, the
/// file of standard error, and asserts that ARC reads it, like `InputTest` and `OutputTest` beside it.
const TAKEN: [&str; 1] = ["ADLParserTest__ErrorTest_1.adl"];

#[test]
fn real_files() {
    let mut wrong = document::disagreements(Adl);
    wrong.retain(|text| !TAKEN.iter().any(|name| text.lines().next().is_some_and(|line| line.contains(name))));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn everything_is_read_and_printed_without_a_loss() {
    let said = taken(Adl, EVERYTHING);
    let job = &said.description.jobs[0];
    let text = |text: &str| Some(Text::literal(text));
    assert_eq!((&job.name, &job.policy.priority, job.policy.retries), (&text("ocean 7"), &text("60"), Some(2.0)));
    assert_eq!(job.application.commands[0].success, [3]);
    assert_eq!(job.policy.keep.as_ref().and_then(|keep| keep.directory), Some(90_000.0));
    let all = [Occasion::Success, Occasion::Failure, Occasion::Cancelled, Occasion::Preparing];
    assert_eq!(job.policy.notices[0].on, all);
    let system = &job.resources.operating_systems[0];
    assert_eq!((&system.name, &system.description), (&text("LINUX"), &text("ubuntu")));
    assert_eq!(job.resources.architectures, [Text::literal("x86_64")]);
    assert_eq!(job.resources.software.len(), 2, "what is optional is not demanded");
    assert_eq!(job.resources.individual_cpu_count, Some(Range::exactly(4.0)));
    let parallel = job.application.parallel.clone().unwrap_or_default();
    assert_eq!((parallel.variation.as_deref(), parallel.as_allocated), (Some("OpenMPI"), true));
    assert_eq!(parallel.options, [Text::literal("bind=core")]);
    let [script, data, out, first, second] = &job.staging[..] else { panic!("{:?}", job.staging) };
    assert!(script.executable && script.source.as_ref().is_some_and(|source| source.uri.is_none()));
    assert_eq!(data.source.as_ref().map(|source| source.alternatives.len()), Some(1));
    assert!(out.target.is_some() && !out.optional);
    assert_eq!((first.creation, first.directory, first.optional), (Some(Creation::Append), true, false));
    assert_eq!((second.when, second.optional), (Some(When { success: true, failure: true, cancel: false }), true));
    let (again, losses) = printed(Adl, EVERYTHING, Adl);
    assert_eq!(losses, Vec::<String>::new());
    assert_eq!(taken(Adl, &again).description, said.description);
    assert_eq!(printed(Adl, &again, Adl).0, again);
}

#[test]
fn several_activities_stand_in_one_document() {
    let one = "<ActivityDescription xmlns='http://www.eu-emi.eu/es/2010/12/adl'><Application><Executable><Path>a</Path>\
               </Executable></Application></ActivityDescription>";
    let said = taken(Adl, &format!("<ActivityDescriptions>{one}{one}</ActivityDescriptions>"));
    assert_eq!(said.description.jobs.len(), 2);
}

#[test]
fn what_arc_passes_over_is_kept_with_a_warning() {
    let text = "<a:ActivityDescription xmlns:a='http://www.eu-emi.eu/es/2010/12/adl'><a:Application><a:Executable>\
                <a:Path>x</a:Path></a:Executable><a:Otput>o</a:Otput></a:Application><a:Resources><a:Rerun>1</a:Rerun>\
                <a:IndividualPhysicalMemory>1000</a:IndividualPhysicalMemory></a:Resources></a:ActivityDescription>";
    let said = taken(Adl, text);
    let kept: Vec<_> = said.description.jobs[0].extensions.iter().map(|extension| extension.name.as_str()).collect();
    assert_eq!(kept, ["Application/Otput", "Resources/Rerun"]);
    assert_eq!(
        messages(Adl, text),
        [
            "`a:Otput` is not an element of `Application`",
            "`Rerun` does not belong here",
            "`a:Rerun` is not an element of `Resources`",
            "1000 bytes is very little",
        ]
    );
}

#[test]
fn hostile_texts() {
    hostile(Adl, EVERYTHING, 1000);
    let around = |inner: &str| {
        format!("<ActivityDescription xmlns='http://www.eu-emi.eu/es/2010/12/adl'>{inner}</ActivityDescription>")
    };
    for text in [
        around(&format!("<DataStaging>{}</DataStaging>", "<InputFile><Name>a</Name></InputFile>".repeat(50_000))),
        around(&format!("<Application>{}</Application>", "<Annotation>x</Annotation>".repeat(20_000))),
        around(&format!("<Resources><WallTime>{}</WallTime></Resources>", "9".repeat(400))),
        around(&"<Application>".repeat(1_000)),
        around(&"x".repeat(1_000_000)),
    ] {
        check(Adl, text.as_bytes());
    }
}
