//! The examples that people learned these languages by: the originals, where they are, and what the tests here say of the
//! same constructs in words of their own.
//!
//! | example | constructs | where |
//! |---|---|---|
//! | System 1, UNICORE | unquoted words and keys with blanks, trailing commas; Imports, Exports, Stage in and out; stdout that goes home; Resources with CPUs and Nodes; user name and email; a scheme that is gone | [`UNICORE`] |
//! | System 2, Condor | CamelCase names, `$(Process)` in a directory and a list, IF_NEEDED, Requirements and Rank of the machine, Queue with a number | [`CONDOR`] |
//! | System 3, GT4 | no namespace, substitution variables, transfers in and out, a destination that is a directory, clean-up | [`GT4`] |
//! | System 4, gLite | no brackets, a list over lines, a variable in a variable, lfn in an argument, sandboxes, Member of tags | [`GLITE`] |
//! | System 5, HPC profile | an application's name, a Windows path, exclusive execution; empty Input, range and DataStaging | [`HPC`], [`EMPTY`] |
//! | the script that writes a submit file | the java universe with jars, `$(PROCESS)` in capitals, a Queue for each point | [`java`] |
//! | JSDL of seed 000 | an argument with a blank, a wildcard host, `${JOB_ID}`, input, output and error, a variable, a processor's name | [`TEMPLATE`] |
//! | JSDL of seed 001 | two arguments; an application by name and version, an extension in the identification, bounds, a range and an exact value, a file from a URL that is deleted; the draft's names; bounds that are an interval; what no number of hosts gives; MPI of GridSAM | [`HELLO`], [`ABSTRACT`], [`MPI`], `jsdl` tests |
//! | InfoGram's requests | info twice, schema, response, quality, performance, filter, formats, timeout with action, a jar, several at once | [`QUESTIONS`] |
//! | figure 4 | a sweep and a chain, arithmetic in names, `on create`, shell lines, an event task, copies to two places | `figure` tests, `seeds/figure.plan` |

use super::verdict::broken;
use pelago_describe::{Language, Said, Source, read};
use std::fmt::Write;
use std::path::Path;

const UNICORE: &str = "{\n  Executable: \"/bin/tide\", Arguments: [\"-h\", \"-w\"], Environment: [\"MOON=full\"],\n\
  Imports: [ { File: levels, To: here }, ],\n  Exports: [ { File: made, To: \"curve\" }, ],\n\
  Stage in: [ { From: \"RBYTEIO:http://far.example/x\", To: \"given\" }, ],\n\
  Stage out: [ { From: stdout, To: \"RBYTEIO:http://far.example/y\" }, ],\n\
  Resources: { Memory: 1000000, CPUs: 8, Nodes: 2, Runtime: 60, },\n\
  User name: ann, User email: ann@example.org, Name: high water, Description: of the north sea,\n}\n";

const CONDOR: &str = "Universe = vanilla\nExecutable = tide\nLog = tide.log\nInitialDir = bay_$(Process)\n\
  ShouldTransferFiles = IF_NEEDED\nTransfer_input_files = level$(Process), \\\n  moon.data\n\
  Requirements = Memory >= 1 && Disk > 5\nRank = (KFLOPS*100) + Memory\nQueue 40\n";

const GT4: &str = "<job>\n  <executable>${GLOBUS_USER_HOME}/tide</executable>\n  <argument>2</argument>\n\
  <stdout>${GLOBUS_USER_HOME}/out.${GLOBUS_USER_NAME}</stdout>\n\
  <fileStageIn><transfer><sourceUrl>gsiftp://far.example:2811/tmp/my_tide</sourceUrl>\
  <destinationUrl>file:///${GLOBUS_USER_HOME}/tide</destinationUrl></transfer></fileStageIn>\n\
  <fileStageOut><transfer><sourceUrl>file:///${GLOBUS_USER_HOME}/out.${GLOBUS_USER_NAME}</sourceUrl>\
  <destinationUrl>gsiftp://far.example:2811/tmp/</destinationUrl></transfer></fileStageOut>\n\
  <fileCleanUp><deletion><file>file:///${GLOBUS_USER_HOME}/tide</file></deletion></fileCleanUp>\n</job>\n";

const GLITE: &str = "Type = \"Job\";\nJobType = \"Normal\";\nExecutable = \"tide.sh\";\n\
  Environment = {\"CLASSPATH=./a.jar:./b.jar\",\n  \"LD_LIBRARY_PATH=.:$LD_LIBRARY_PATH\"};\n\
  Arguments = \"0 4 lfn:/grid/vo/moon.dat /vo/out/\";\nStdOutput = \"t.out\";\nStdError = \"t.err\";\n\
  InputSandbox = { \"tide.sh\", \"a.jar\" };\nOutputSandbox = { \"t.err\", \"t.out\", \"t.log\" };\n\
  Requirements = Member(\"TIDES-1\", other.GlueHostApplicationSoftwareRunTimeEnvironment);\n";

/// A JSDL document around an application and what follows it.
fn jsdl(identification: &str, application: &str, behind: &str) -> String {
    format!(
        "<j:JobDefinition xmlns:j=\"http://schemas.ggf.org/jsdl/2005/11/jsdl\" \
         xmlns:p=\"http://schemas.ggf.org/jsdl/2005/11/jsdl-posix\" \
         xmlns:h=\"http://schemas.ggf.org/jsdl/2006/07/jsdl-hpcpa\" xmlns:t=\"urn:example:tides\">\n<j:JobDescription>\n\
         <j:JobIdentification>{identification}</j:JobIdentification>\n<j:Application>\n{application}\n</j:Application>\n{behind}\n\
         </j:JobDescription>\n</j:JobDefinition>\n"
    )
}

const HPC: [&str; 3] = [
    "",
    "<h:HPCProfileApplication name=\"Tides\"><h:Executable>C:\\Tides\\run.bat</h:Executable><h:Output>out.txt</h:Output></h:HPCProfileApplication>",
    "<j:Resources><j:ExclusiveExecution>false</j:ExclusiveExecution></j:Resources>",
];

const EMPTY: [&str; 3] = [
    "",
    "<h:HPCProfileApplication><h:Executable>tide</h:Executable><h:Input></h:Input></h:HPCProfileApplication>",
    "<j:Resources><j:TotalCPUCount/></j:Resources><j:DataStaging></j:DataStaging>",
];

const TEMPLATE: [&str; 3] = [
    "<j:JobName>High and low</j:JobName><j:Description>both tides</j:Description>",
    "<j:ApplicationName>cat</j:ApplicationName><p:POSIXApplication><p:Executable>/bin/cat</p:Executable>\
     <p:Argument>-n tide.txt</p:Argument><p:Input>/dev/null</p:Input><p:Output>out.${JOB_ID}</p:Output>\
     <p:Error>err.${JOB_ID}</p:Error><p:Environment name=\"MOON\">full</p:Environment></p:POSIXApplication>",
    "<j:Resources><j:CandidateHosts><j:HostName>*.bay.example</j:HostName></j:CandidateHosts>\
     <j:CPUArchitecture><j:CPUArchitectureName>x86_32</j:CPUArchitectureName></j:CPUArchitecture></j:Resources>",
];

const HELLO: [&str; 3] = [
    "",
    "<p:POSIXApplication><p:Executable>/bin/echo</p:Executable><p:Argument>high</p:Argument><p:Argument>water</p:Argument></p:POSIXApplication>",
    "",
];

const ABSTRACT: [&str; 3] = [
    "<j:JobName>Curves</j:JobName><t:Number>77</t:Number>",
    "<j:ApplicationName>tides</j:ApplicationName><j:ApplicationVersion>2.1</j:ApplicationVersion><j:Description>wherever it is</j:Description>",
    "<j:Resources><j:IndividualCPUCount><j:LowerBoundedRange>2.0</j:LowerBoundedRange></j:IndividualCPUCount>\
     <j:IndividualPhysicalMemory><j:Range><j:LowerBound>1000000.0</j:LowerBound><j:UpperBound>4000000.0</j:UpperBound></j:Range></j:IndividualPhysicalMemory>\
     <j:TotalCPUCount><j:Exact>8.0</j:Exact></j:TotalCPUCount></j:Resources>\
     <j:DataStaging><j:FileName>levels.txt</j:FileName><j:CreationFlag>overwrite</j:CreationFlag>\
     <j:DeleteOnTermination>true</j:DeleteOnTermination><j:Source><j:URI>http://far.example/levels.txt</j:URI></j:Source></j:DataStaging>",
];

const MPI: [&str; 3] = [
    "",
    "<m:MPIApplication xmlns:m=\"urn:gridsam:mpi\"><p:Executable>/usr/bin/waves</p:Executable><m:ProcessorCount>3</m:ProcessorCount></m:MPIApplication>",
    "",
];

const QUESTIONS: [&str; 12] = [
    "&(info=Disk)(info=CPU)",
    "&(info=schema)",
    "&(info=Load)(response=immediate)",
    "&(info=Load)(response=cached)(quality=70)",
    "&(info=Load)(response=last)",
    "&(info=Load)(performance=Load)",
    "&(info=Disk)(filter=\"Disk:free\")(format=xml)",
    "&(info=Disk)(format=ldif)",
    "&(executable=tide)(timeout=500)(action=cancel)",
    "&(executable=tide)(timeout=500)(action=exception)",
    "&(executable=tide.jar)",
    "+(&(info=Load))(&(executable=/bin/true))",
];

/// What a script with two loops writes.
fn java() -> String {
    let mut out = String::from(
        "Universe = java\nExecutable = tides.jar\njar_files = tides.jar,moon.jar\nLog = t.log\n\
         Output = t.$(PROCESS).out\nError = t.$(PROCESS).err\ntransfer_input_files = a.txt,b.txt\n\
         should_transfer_files = YES\nwhen_to_transfer_output = ON_EXIT\n\n",
    );
    for (x, y) in (0..6).flat_map(|x| (0..4).map(move |y| (x, y))) {
        let _ = write!(out, "Arguments = example.Tides -{}.{} {}.5 0.001\nQueue\n\n", x, x + 1, y);
    }
    out
}

fn read_as(name: &str, text: &str, language: Option<Language>) -> Said {
    let source = Source::new(name, text);
    let reading = read(&source, language);
    let shown = reading.render(&source, false);
    reading.said.unwrap_or_else(|| panic!("{name}\n{text}\n{shown}"))
}

/// Translates to every language, the law included.
fn translated(name: &str, said: &Said) {
    for target in Language::all().filter(|target| target.prints()) {
        if let Some(why) = broken(target, &said.description) {
            panic!("{name} as {target}\n{why}");
        }
    }
}

#[test]
fn what_the_examples_show_is_read_and_translated() {
    let xml = |parts: [&str; 3]| jsdl(parts[0], parts[1], parts[2]);
    let mut all: Vec<(&str, String)> =
        vec![("u", UNICORE.into()), ("sub", CONDOR.into()), ("xml", GT4.into()), ("jdl", GLITE.into())];
    all.extend([HPC, EMPTY, TEMPLATE, HELLO, ABSTRACT, MPI].map(|parts| ("jsdl", xml(parts))));
    all.push(("sub", java()));
    all.extend(QUESTIONS.map(|text| ("infogram", text.to_string())));
    all.push(("plan", include_str!("../seeds/figure.plan").into()));
    for (extension, text) in &all {
        let name = format!("example.{extension}");
        translated(&name, &read_as(&name, text, None));
    }
    assert_eq!(read_as("j.sub", &java(), None).description.tasks(), 24);
}

/// The fenced blocks of a text: the language of the fence, the text, the heading above.
fn blocks(text: &str) -> Vec<(String, String, String)> {
    let (mut found, mut heading, mut open) = (Vec::new(), String::new(), None::<(String, String)>);
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => found.extend(open.take().map(|(kind, text)| (kind, text, heading.clone()))),
            (Some(kind), None) => open = Some((kind.trim().to_string(), String::new())),
            (None, Some((_, text))) => *text += &format!("{line}\n"),
            (None, None) => heading = line.strip_prefix("## ").map_or(heading, str::to_string),
        }
    }
    found
}

#[test]
fn the_examples_themselves_are_read_and_translated() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs/seed-examples.md");
    let path = std::env::var_os("PELAGO_SEED_EXAMPLES").map_or(path, Into::into);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("ABSENT: {}, so the examples as they were printed were not tried", path.display());
        return;
    };
    let mut tried = 0;
    for (kind, text, heading) in blocks(&text) {
        let (name, texts): (&str, Vec<String>) = match heading.as_str() {
            _ if kind == "perl" => ("big.sub", vec![written_by(&text)]),
            h if h.starts_with("System 1") => ("system1.u", vec![text]),
            h if h.starts_with("System 2") => ("system2.sub", vec![text]),
            h if h.starts_with("System 3") => ("system3.xml", vec![text]),
            h if h.starts_with("System 4") => ("system4.jdl", vec![text]),
            h if h.starts_with("InfoGram") && !text.starts_with('#') => {
                ("question.infogram", text.lines().map(str::to_string).collect())
            }
            // The table of a service is no job.
            h if h.starts_with("InfoGram") => continue,
            _ if text.starts_with("<mpi:") => ("mpi.jsdl", vec![jsdl("", &text, "")]),
            _ if kind == "xml" => ("example.jsdl", vec![text]),
            _ => ("example.plan", vec![text]),
        };
        for text in texts {
            translated(&format!("{heading}, {name}"), &read_as(name, &text, None));
            tried += 1;
        }
    }
    println!("{tried} examples, each in every language");
    assert!(tried >= 22, "{} has only {tried} examples", path.display());
}

/// What the Perl script writes: its `print` lines, and those in the loops for each point.
fn written_by(perl: &str) -> String {
    let mut out = String::new();
    let line = |line: &str| {
        let inner = line.trim().strip_prefix("print SUBMIT \"")?.strip_suffix("\";")?;
        Some(inner.replace("\\n", "\n").replace("\\$", "$"))
    };
    let (before, loops) = perl.split_once("for (").unwrap_or((perl, ""));
    before.lines().filter_map(line).for_each(|line| out += &line);
    let inner: String = loops.lines().filter_map(line).collect();
    for (x, y) in (0..39).flat_map(|x| (0..6).map(move |y| (x, y))) {
        let tenths = |tenths: i32| format!("{}", f64::from(tenths) / 10.0);
        out += &inner.replace("$x", &tenths(-150 + x)).replace("$y", &tenths(98_619 + y));
    }
    assert_eq!(out.matches("Queue\n").count(), 234);
    out
}
