//! Documents that want to exhaust the machine: far too large, or small and growing without bounds when they are read. Each is
//! refused at once, in little memory, with its reason.

#[path = "promises/place.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod place;

use place::{Ended, Place};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::process::Command;

/// Bytes of a document that is too large.
const LARGE: u64 = 100_000_000;
/// Seconds of CPU time for a refusal; it takes milliseconds of a release build.
const QUICK: u64 = 4;
/// Address space for a refusal, in KiB: the program, and no document.
const SMALL: u64 = 200_000;

/// How documents begin in each language, so that they are recognised.
const BEGINNINGS: [(&str, &str); 20] = [
    ("a.plan", "parameter x integer range from 1 to 2\n"),
    ("a.run", "variable x index 0 list \"1\"\n"),
    ("a.nsh", "#!/bin/sh\n#NIM parameter x\n"),
    ("a.jsdl", "<JobDefinition xmlns=\"http://schemas.ggf.org/jsdl/2005/11/jsdl\">"),
    ("a.rsl", "&(executable=/bin/true)"),
    ("a.xrsl", "&(executable=true)(jobname=a)"),
    ("a.infogram", "&(info=all)"),
    ("gt4.xml", "<job><executable>/bin/true</executable>"),
    ("a.adl", "<ActivityDescription xmlns=\"http://www.eu-emi.eu/es/2010/12/adl\">"),
    ("a.dax", "<adag xmlns=\"http://pegasus.isi.edu/schema/DAX\">"),
    ("a.sub", "executable = /bin/true\nqueue\n"),
    ("a.dag", "JOB a a.sub\n"),
    ("a.u", "{Executable: /bin/true, "),
    ("workflow.json", "{\"activities\": ["),
    ("tes.json", "{\"executors\": ["),
    ("wfformat.json", "{\"schemaVersion\": \"1.5\", \"workflow\": {"),
    ("a.jdl", "[ Executable = \"/bin/true\"; "),
    ("a.sbatch", "#!/bin/sh\n#SBATCH -n 1\n"),
    ("a.pbs", "#!/bin/sh\n#PBS -N a\n"),
    ("a.sge", "#!/bin/sh\n#$ -N a\n"),
];

const GLOBUS: &str = "xmlns=\"http://www.globus.org/namespaces/2004/10/gram/job/description\"";

/// Checks a document in bounded memory and time.
fn check(place: &Place, name: &str, kibibytes: u64) -> Ended {
    let line = format!("ulimit -v {kibibytes}; ulimit -t {QUICK}; exec \"$0\" check \"$1\"");
    let mut command = Command::new("sh");
    command.args(["-c", &line, env!("CARGO_BIN_EXE_pelago"), name]).current_dir(place.path()).env("NO_COLOR", "1");
    Ended::of(&command.output().unwrap())
}

#[test]
fn a_document_of_100_mb_is_refused_without_reading_it() {
    let place = Place::new(&[]);
    for (name, beginning) in BEGINNINGS {
        place.write(name, beginning);
        // What follows takes no space on the disk.
        OpenOptions::new().write(true).open(place.at(name)).unwrap().set_len(LARGE).unwrap();
        let refused = check(&place, name, SMALL).with(2);
        let reason = format!("error: `{name}` is too large: 100000000 bytes, and the limit is 32000000 bytes");
        assert!(refused.out.contains(&reason), "{}", refused.out);
    }
}

#[test]
fn a_document_without_end_is_read_up_to_the_limit() {
    let place = Place::new(&[]);
    std::os::unix::fs::symlink("/dev/zero", place.at("endless.sub")).unwrap();
    let refused = check(&place, "endless.sub", SMALL).with(2);
    let reason = "`endless.sub` is too large: more than 32000000 bytes, and the limit is 32000000 bytes";
    assert!(refused.out.contains(reason), "{}", refused.out);
}

/// Ten entities, each ten times the one before: a billion laughs.
fn laughs() -> String {
    let entity = |n: usize| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10));
    format!("<!DOCTYPE a [<!ENTITY l0 \"laugh\">{}]>", (1..10).map(entity).collect::<String>())
}

#[test]
fn a_billion_laughs_are_refused_unread() {
    let namespaces = "xmlns=\"http://schemas.ggf.org/jsdl/2005/11/jsdl\"";
    for (name, open, close) in [
        ("a.jsdl", format!("<JobDefinition {namespaces}><JobDescription>"), "</JobDescription></JobDefinition>"),
        ("gt4.xml", format!("<job {GLOBUS}><executable>"), "</executable></job>"),
        (
            "a.adl",
            "<ActivityDescription xmlns=\"http://www.eu-emi.eu/es/2010/12/adl\">".to_string(),
            "</ActivityDescription>",
        ),
        ("a.dax", "<adag xmlns=\"http://pegasus.isi.edu/schema/DAX\">".to_string(), "</adag>"),
    ] {
        let place = Place::new(&[(name, &format!("<?xml version=\"1.0\"?>{}{open}&l9;{close}", laughs()))]);
        let refused = check(&place, name, SMALL).with(2);
        assert!(refused.out.contains("they can define entities that grow without bounds"), "{}", refused.out);
    }
}

/// Macros, variables and attributes are the entities of the other languages.
#[test]
fn laughs_in_other_languages_are_bounded() {
    let chain = |one: &dyn Fn(usize) -> String| (1..40).map(one).collect::<String>();
    let submit = chain(&|n| format!("v{n} = $(v{0})$(v{0})\n", n - 1));
    let rsl = chain(&|n| format!("(rslSubstitution=(V{n} \"$(V{0}) # $(V{0})\"))", n - 1));
    let rsl_joined = chain(&|n| format!("(rslSubstitution=(V{n} $(V{0})#$(V{0})))", n - 1));
    let jdl = chain(&|n| format!("v{n} = strcat(v{0}, v{0});\n", n - 1));
    for (name, text) in [
        ("a.sub", format!("executable = /bin/true\nv0 = laugh\n{submit}arguments = $(v39)\nqueue\n")),
        ("a.rsl", format!("&(rslSubstitution=(V0 laugh)){rsl_joined}(executable=/bin/true)(arguments=$(V39))")),
        ("quoted.rsl", format!("&(rslSubstitution=(V0 laugh)){rsl}(executable=/bin/true)(arguments=$(V39))")),
        ("a.jdl", format!("[ Executable = \"/bin/true\"; v0 = \"laugh\";\n{jdl} Arguments = v39; ]")),
    ] {
        let place = Place::new(&[(name, &text)]);
        let ended = check(&place, name, 4 * SMALL);
        assert!([0, 2].contains(&ended.code), "{name}: {ended:?}");
    }
}

/// A job of a few bytes takes kilobytes, so their number has a limit of its own.
#[test]
fn a_document_of_too_many_jobs_is_refused() {
    let place = Place::new(&[]);
    let mut file = File::create(place.at("a.rsl")).unwrap();
    file.write_all(b"+").unwrap();
    file.write_all(&b"(&(executable=a))".repeat(pelago_describe::MAX_JOBS + 1)).unwrap();
    let refused = place.pelago(&["check", "a.rsl"]).with(2);
    assert!(refused.out.contains("the document has more than 200000 jobs, which is the limit"), "{}", refused.out);
}
