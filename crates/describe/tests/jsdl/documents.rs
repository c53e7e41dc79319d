//! Documents without sweeps: the seeds' examples in our own words, ranges, extensions, and what is refused.

use crate::{WHOLE, document};
use pelago_describe::{Language, Source, read};
use pelago_job::description::{Interval, Range};

const JSDL: &str = "http://schemas.ggf.org/jsdl/2005/11/jsdl";

fn job(inside: &str) -> String {
    format!(
        "<j:JobDefinition xmlns:j=\"{JSDL}\" xmlns:p=\"http://schemas.ggf.org/jsdl/2005/11/jsdl-posix\" \
         xmlns:x=\"urn:example:x\"><j:JobDescription>{inside}</j:JobDescription></j:JobDefinition>"
    )
}

fn said(text: &str) -> pelago_job::Job {
    let said = document::said(Language::Jsdl, "a.jsdl", text).unwrap_or_else(|errors| panic!("{errors}"));
    document::check(Language::Jsdl, text.as_bytes());
    said.description.jobs.into_iter().next().unwrap_or_default()
}

/// All that is said about a document.
fn report(text: &str) -> String {
    let source = Source::new("a.jsdl", text);
    read(&source, Some(Language::Jsdl)).render(&source, false)
}

fn refused(text: &str, parts: &[&str]) {
    assert!(document::said(Language::Jsdl, "a.jsdl", text).is_err(), "{text}");
    let report = report(text);
    for part in parts {
        assert!(report.contains(part), "{part} is not in\n{report}");
    }
}

#[test]
fn everything_prints_as_it_was() {
    let said = document::said(Language::Jsdl, "a.jsdl", WHOLE).unwrap_or_else(|errors| panic!("{errors}"));
    let printed = Language::Jsdl.print(&said.description).unwrap_or_else(|| unreachable!());
    assert_eq!(printed.losses, []);
    let again = document::said(Language::Jsdl, "b.jsdl", &printed.text).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(again.description, said.description);
    assert_eq!(Language::Jsdl.print(&again.description), Some(printed));
}

#[test]
fn a_lower_bound_below_an_upper_one_is_an_interval() {
    let text = job("<j:Resources><j:TotalCPUCount><j:LowerBoundedRange>2</j:LowerBoundedRange>\
        <j:UpperBoundedRange>16</j:UpperBoundedRange></j:TotalCPUCount></j:Resources>");
    assert_eq!(said(&text).resources.total_cpu_count, Some(Range::between(2.0, 16.0)));
    assert!(report(&text).contains("<j:Range><j:LowerBound>2</j:LowerBound>"), "{}", report(&text));
    let apart = text.replace(">2<", ">20<");
    let range = said(&apart).resources.total_cpu_count.unwrap_or_default();
    assert!(matches!(range.0[..], [Interval::Upper(_), Interval::Lower(_)]), "{range:?}");
}

#[test]
fn what_is_empty_asks_for_nothing() {
    let text = job(
        "<j:JobIdentification/><j:Application><h:HPCProfileApplication xmlns:h=\"http://schemas.ggf.org/jsdl/2006/07/jsdl-hpcpa\">\
        <h:Executable>C:\\work\\scan.bat</h:Executable><h:Input></h:Input></h:HPCProfileApplication></j:Application>\
        <j:Resources><j:TotalCPUCount/></j:Resources><j:DataStaging></j:DataStaging>",
    );
    let job = said(&text);
    assert_eq!((job.resources.total_cpu_count, job.staging.len()), (None, 0));
    assert_eq!(job.application.commands[0].input, None);
    let report = report(&text);
    assert_eq!(report.matches("is empty, so it asks for nothing").count(), 3, "{report}");
    assert!(report.contains("is a Windows path"), "{report}");
}

#[test]
fn counts_that_do_not_fit_are_refused_with_the_sum() {
    let counts = |each: &str, total: &str, hosts: &str| {
        job(&format!(
            "<j:Resources><j:IndividualCPUCount>{each}</j:IndividualCPUCount><j:TotalCPUCount>{total}</j:TotalCPUCount>{hosts}</j:Resources>"
        ))
    };
    let three = "<j:TotalResourceCount><j:Exact>3</j:Exact></j:TotalResourceCount>";
    let least = |n: u32| format!("<j:LowerBoundedRange>{n}</j:LowerBoundedRange>");
    let exact = |n: u32| format!("<j:Exact>{n}</j:Exact>");
    refused(&counts(&least(4), &exact(10), three), &["cannot be satisfied together", "4 + 4 + 2"]);
    refused(&counts(&format!("{}{}", exact(4), exact(8)), &exact(10), ""), &["adds up to 10"]);
    said(&counts(&least(2), &exact(10), ""));
    said(&counts(&least(3), &exact(10), three));
    said(&counts(&format!("{}{}", exact(4), exact(8)), &exact(20), three));
}

#[test]
fn names_of_drafts_and_slips_are_known() {
    let resources = |inside: &str| job(&format!("<j:Resources>{inside}</j:Resources>"));
    refused(&resources("<j:CPUCount><j:Exact>1</j:Exact></j:CPUCount>"), &["IndividualCPUCount", "TotalCPUCount"]);
    refused(&resources("<j:PhysicalMemory/>"), &["did you mean `IndividualPhysicalMemory`"]);
    refused(&resources("<j:TotalCPUCount><j:exact>1</j:exact></j:TotalCPUCount>"), &["did you mean `j:Exact`?"]);
    refused(&resources("<j:TotalCPUCount><Exact>1</Exact></j:TotalCPUCount>"), &["write `j:Exact`"]);
    refused(&resources("<j:TotalCPUCount>4</j:TotalCPUCount>"), &["<j:Exact>4</j:Exact>"]);
    refused(&job("<j:DataStaging><j:Source/></j:DataStaging>"), &["does not say which file"]);
    refused(&job("").replace("/jsdl/2005/11/jsdl\"", "/2005/11/jsdl\""), &["the right one is", JSDL]);
    refused("<jsdl:JobDefinition/>", &["the prefix `jsdl:` is not declared", JSDL]);
    refused("<JobDefinition/>", &["has no namespace", JSDL]);
}

#[test]
fn names_that_other_systems_look_for_are_read() {
    let text = job("<j:Resources><j:CandidateHost><j:HostName>n1</j:HostName></j:CandidateHost></j:Resources>\
        <j:DataStaging><j:FileName>a</j:FileName><j:FileSystemName>HOME</j:FileSystemName>\
        <j:CreationFlag>append</j:CreationFlag></j:DataStaging>");
    let said = said(&text);
    assert_eq!(said.extensions, []);
    assert_eq!(said.resources.candidate_hosts.len(), 1);
    assert!(format!("{:?}", said.staging).contains("HOME"), "{:?}", said.staging);
    for part in ["`j:CandidateHost` is what GridWay call", "write `FilesystemName`"] {
        assert!(report(&text).contains(part), "{part} is not in\n{}", report(&text));
    }
}

#[test]
fn a_message_holds_a_document() {
    let document = job("<j:Application><j:ApplicationName>tally</j:ApplicationName></j:Application>");
    let message = |inside: &str| {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
             <b:CreateActivity xmlns:b=\"http://schemas.ggf.org/bes/2006/08/bes-factory\"><b:ActivityDocument>{inside}\
             </b:ActivityDocument></b:CreateActivity></s:Body></s:Envelope>"
        )
    };
    let text = message(&document);
    assert_eq!(Language::recognise(&Source::new("a.xml", text.as_str())), Some(Language::Jsdl));
    assert_eq!(said(&text), said(&document));
    assert!(report(&text).contains("is a message with a JSDL document in it"));
    refused(&message(&format!("{document}{document}")), &["is no element of JSDL"]);
    refused(&message(""), &["is no element of JSDL"]);
}

#[test]
fn elements_that_no_slip_explains_are_kept() {
    let text = job(
        "<j:Application><p:POSIXApplication><p:Executable>a</p:Executable><p:Licence>b</p:Licence></p:POSIXApplication>\
        <j:TotalCPUCount>4</j:TotalCPUCount><Budget>7</Budget></j:Application>",
    );
    let kept = said(&text).extensions;
    let names: Vec<_> = kept.iter().map(|e| (e.name.rsplit('}').next().unwrap_or(""), e.remark)).collect();
    assert_eq!(names, [("Licence", false), ("TotalCPUCount", false), ("Budget", false)]);
    let report = report(&text);
    assert!(report.contains("warning: `j:TotalCPUCount` does not stand in `Application`"), "{report}");
    assert!(report.contains("refused when the job is run"), "{report}");
    refused(&text.replace("Licence", "Excutable"), &["did you mean `Executable`?"]);
    refused(&text.replace("p:Licence", "j:Input"), &["write `p:Input`"]);
}

#[test]
fn attributes_that_mean_nothing_are_kept_with_one_warning() {
    let form = "<p:Executable title=\"Program\" validator=\"file\">a</p:Executable>";
    let text = job(&format!("<j:Application><p:POSIXApplication>{form}</p:POSIXApplication></j:Application>"));
    let read = document::said(Language::Jsdl, "a.jsdl", &text).unwrap_or_else(|errors| panic!("{errors}"));
    let kept: Vec<_> = said(&text).extensions.iter().map(|e| (e.name.clone(), e.text.clone())).collect();
    assert_eq!(kept, [("@title".into(), "Program".into()), ("@validator".into(), "file".into())]);
    let tag = read.origins.of("/jobs/0/extensions/1").unwrap_or_default();
    assert!(text[tag].contains("validator"));
    let report = report(&text);
    assert!(report.contains("warning: `Executable` has no attributes `title`, `validator`"), "{report}");
    refused(&text.replace("validator", "filesystemname"), &["did you mean `filesystemName`?"]);
}

#[test]
fn foreign_elements_are_remarks_only_in_the_identification() {
    let text =
        job("<j:JobIdentification><x:Id>7</x:Id></j:JobIdentification><j:Resources><x:Tape>1</x:Tape></j:Resources>");
    let job = said(&text);
    let [id, tape] = &job.extensions[..] else { panic!("{:?}", job.extensions) };
    assert_eq!((id.name.as_str(), id.remark, &id.place), ("{urn:example:x}Id", true, &None));
    assert_eq!(
        (tape.name.as_str(), tape.remark, tape.place.as_deref()),
        ("{urn:example:x}Tape", false, Some("/resources"))
    );
    assert!(report(&text).contains("has to refuse the job"));
}

#[test]
fn parallel_programs_are_spmd() {
    let text = job("<j:Application><m:MPIApplication xmlns:m=\"urn:gridsam:mpi\"><p:Executable>/opt/pi</p:Executable>\
        <m:ProcessorCount>4</m:ProcessorCount></m:MPIApplication></j:Application>");
    let said = document::said(Language::Jsdl, "a", &text).unwrap_or_else(|errors| panic!("{errors}"));
    let printed = Language::Jsdl.print(&said.description).unwrap_or_else(|| unreachable!());
    assert!(printed.text.contains("<jsdl-spmd:NumberOfProcesses>4</jsdl-spmd:NumberOfProcesses>"), "{}", printed.text);
    assert!(printed.text.contains("jsdl-spmd/MPI</jsdl-spmd:SPMDVariation>"), "{}", printed.text);
    assert_eq!(printed.losses, []);
    let nil = job("<j:Application><s:SPMDApplication xmlns:s=\"http://schemas.ogf.org/jsdl/2007/02/jsdl-spmd\" \
        xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><s:NumberOfProcesses xsi:nil=\"true\" actualTotalCPUCount=\"true\"/>\
        <s:SPMDVariation>http://www.ogf.org/jsdl/2007/02/jsdl-spmd/OpenMPI</s:SPMDVariation></s:SPMDApplication></j:Application>");
    let parallel = self::said(&nil).application.parallel.unwrap_or_default();
    assert_eq!((parallel.as_allocated, parallel.variation.as_deref()), (true, Some("OpenMPI")));
}

#[test]
fn arguments_are_words_as_they_stand() {
    let text = job("<j:Application><p:POSIXApplication><p:Argument>-la file.txt</p:Argument><p:Argument></p:Argument>\
        </p:POSIXApplication></j:Application>");
    let arguments = said(&text).application.commands[0].arguments.clone();
    let words: Vec<_> = arguments.iter().filter_map(|a| a.text.as_ref()?.as_literal()).collect();
    assert_eq!(words, ["-la file.txt", ""]);
    assert!(report(&text).contains("are that two `Argument` elements?"));
}

#[test]
fn other_systems_words_are_in_the_model() {
    let unicore = "xmlns:u=\"http://www.unicore.eu/unicore/jsdl-extensions\"";
    let text = job(&format!(
        "<j:Application><u:UserPreCommand {unicore} runOnLoginNode=\"true\">make</u:UserPreCommand></j:Application>\
         <j:Resources><j:GPUCountPerNode><j:Exact>2</j:Exact></j:GPUCountPerNode></j:Resources>\
         <j:DataStaging><j:FileName>a</j:FileName><j:CreationFlag>overwrite</j:CreationFlag><j:Source>\
         <j:URI>inline://x</j:URI></j:Source><u:InlineData {unicore}>one\ntwo</u:InlineData></j:DataStaging>"
    ));
    let job = said(&text);
    assert!(job.application.before[0].at_front_end);
    assert_eq!(job.resources.accelerators[0].per_host, Some(Range::exactly(2.0)));
    let source = job.staging[0].source.clone().unwrap_or_default();
    assert_eq!((source.uri, source.content), (None, Some("one\ntwo".into())));
}

#[test]
fn collections_of_jsaga_are_sweeps() {
    let text = format!(
        "<c:JobCollection xmlns:c=\"http://www.in2p3.fr/jsdl-extension\"><c:JobCollectionDescription>\
         <c:Parametric count=\"3\" start=\"5\" step=\"2\"/></c:JobCollectionDescription><c:Job>{}</c:Job></c:JobCollection>",
        job("<j:JobIdentification><j:JobName>run@{INDEX}</j:JobName></j:JobIdentification>")
    );
    let said = document::said(Language::Jsdl, "a", &text).unwrap_or_else(|errors| panic!("{errors}"));
    let job = &said.description.jobs[0];
    let space = job.space.clone().unwrap_or_else(|| unreachable!());
    let point = space.point(2, &said.description.parameters).unwrap_or_default();
    let mut name = job.name.clone().unwrap_or_default();
    name.fill(&point, None);
    assert_eq!(name.as_literal().as_deref(), Some("run9"));
    document::check(Language::Jsdl, text.as_bytes());
}
