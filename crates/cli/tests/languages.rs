//! Documents of job languages, run by the program: what comes out, what is refused, and by which name.

#[path = "promises/place.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod place;

use place::Place;
use std::fs;

fn make_executable(place: &Place, name: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(place.at(name), fs::Permissions::from_mode(0o755)).unwrap();
}

const JSDL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<j:JobDefinition xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl"
                 xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix">
  <j:JobDescription>
    <j:JobIdentification><j:JobName>tide</j:JobName></j:JobIdentification>
    <j:Application>
      <p:POSIXApplication>
        <p:Executable>/bin/sh</p:Executable>
        <p:Argument>-c</p:Argument>
        <p:Argument>cat; echo "$MOON"; ulimit -n; wc -l &lt; levels/here.txt &gt; count; echo late &gt;&amp;2</p:Argument>
        <p:Input>in.txt</p:Input>
        <p:Output>said.txt</p:Output>
        <p:Error>complaints.txt</p:Error>
        <p:Environment name="MOON">full</p:Environment>
        <p:OpenDescriptorsLimit>77</p:OpenDescriptorsLimit>
      </p:POSIXApplication>
    </j:Application>
    <j:Resources>
      <j:TotalCPUCount><j:LowerBoundedRange>CPUS</j:LowerBoundedRange></j:TotalCPUCount>
    </j:Resources>
    <j:DataStaging>
      <j:FileName>levels/here.txt</j:FileName>
      <j:CreationFlag>overwrite</j:CreationFlag>
      <j:Source><j:URI>SOURCE</j:URI></j:Source>
    </j:DataStaging>
    <j:DataStaging>
      <j:FileName>count</j:FileName>
      <j:CreationFlag>overwrite</j:CreationFlag>
      <j:Target><j:URI>results/lines.txt</j:URI></j:Target>
    </j:DataStaging>
  </j:JobDescription>
</j:JobDefinition>
"#;

fn jsdl(cpus: &str, source: &str) -> String {
    JSDL.replace("CPUS", cpus).replace("SOURCE", source)
}

#[test]
fn a_jsdl_job_has_its_files_streams_variables_and_limits() {
    let place = Place::new(&[("in.txt", "from stdin\n"), ("sea.txt", "1\n2\n3\n")]);
    let source = format!("file://{}", place.at("sea.txt").display());
    place.write("tide.jsdl", &jsdl("1", &source));
    place.pelago(&["run", "tide.jsdl"]).with(0);
    assert_eq!(place.read("said.txt"), "from stdin\nfull\n77\n");
    assert_eq!(place.read("complaints.txt"), "late\n");
    assert_eq!(place.read("results/lines.txt"), "3\n");
    // What is proved is not run again, and a changed input is seen wherever it lies.
    place.pelago(&["run", "tide.jsdl"]).with(0).saying("nothing to do");
    place.write("sea.txt", "1\n");
    place.pelago(&["run", "tide.jsdl"]).with(0).saying("1 ran");
    assert_eq!(place.read("results/lines.txt"), "1\n");
}

#[test]
fn what_cannot_be_honoured_is_refused_by_name_and_line() {
    let place = Place::new(&[("in.txt", "")]);
    place.write("tide.jsdl", &jsdl("90000", "gsiftp://far.example/levels"));
    let ended = place.pelago(&["run", "tide.jsdl"]).with(4).saying("`gsiftp`").saying("tide.jsdl:24:");
    let ended = ended.saying("total CPU count of at least 90000 is asked for").saying("nothing was run");
    assert!(ended.err.contains("^^^"), "{}", ended.err);
    assert!(!place.at(".pelago").exists(), "nothing is made for a job that is refused");
    // `check` only reads, `plan` shows what would be refused.
    place.pelago(&["check", "tide.jsdl"]).with(0);
    place.pelago(&["plan", "tide.jsdl"]).with(4);
    place.pelago(&["run", "in.txt"]).with(2);
}

#[test]
fn a_condor_cluster_is_a_sweep() {
    let place =
        Place::new(&[("common.txt", "common\n"), ("work.sh", "#!/bin/sh\necho \"$MODE $1 $2\"; cat - common.txt\n")]);
    make_executable(&place, "work.sh");
    place.write(
        "cluster.sub",
        "executable = work.sh\narguments = \"$(Process) 'two words'\"\nenvironment = \"MODE=calm\"\n\
         initialdir = run_$(Process)\ninput = in.$(Process)\noutput = out.$(Process)\n\
         transfer_input_files = ../common.txt\nshould_transfer_files = YES\n\
         requirements = Memory >= 1 && OpSys == \"LINUX\"\nrank = KFlops\nqueue 3\n",
    );
    for number in 0..3 {
        std::fs::create_dir(place.at(&format!("run_{number}"))).unwrap();
        place.write(&format!("run_{number}/in.{number}"), &format!("in {number}\n"));
    }
    place.pelago(&["run", "cluster.sub"]).with(0).saying("3 tasks");
    assert_eq!(place.read("run_2/out.2"), "calm 2 two words\nin 2\ncommon\n");
    // Other values on the command line, as for any sweep; a file that a task would need is named.
    place.pelago(&["run", "cluster.sub", "-p", "Process=3:3"]).with(2).saying("in.3");
}

#[test]
fn what_stands_beside_a_submit_file_is_taken_in() {
    let place = Place::new(&[("items.txt", "tide, 1 2\nneap, 3\n")]);
    std::fs::create_dir(place.at("bay")).unwrap();
    ["a", "b"].iter().for_each(|name| place.write(&format!("bay/{name}.dat"), "here\n"));
    place.write("common.sub", "executable = /bin/echo\nshould_transfer_files = YES\n");
    place.write(
        "items.sub",
        "include : common.sub\narguments = $(what) $(rest)\noutput = $(what).$(Step)\nqueue 2 what,rest from items.txt\n",
    );
    place.pelago(&["run", "items.sub"]).with(0).saying("4 tasks");
    assert_eq!(place.read("tide.1"), "tide 1 2\n");
    place.write(
        "found.sub",
        "include : common.sub\noutput = $Fn(file).out\narguments = $(file)\nqueue file matching bay/*.dat\n",
    );
    place.pelago(&["run", "found.sub"]).with(0).saying("2 tasks");
    assert_eq!(place.read("b.out"), "bay/b.dat\n");
    // What is not there is said at its line, and nothing is run; nobody looks for it to check the document.
    place.write("none.sub", "executable = /bin/echo\nqueue what from none.txt\n");
    place.pelago(&["check", "none.sub"]).with(0);
    place.pelago(&["run", "none.sub"]).with(2).saying("none.sub:2:7").saying("`none.txt` cannot be opened");
}

#[test]
fn a_periodic_policy_ends_a_task_and_plan_says_when() {
    let text = "executable = /bin/sleep\narguments = 60\n+Patience = 0\nmax_retries = 3\n\
                periodic_remove = RemoteWallClockTime > Patience || NumJobStarts > 2\nqueue\n";
    let place = Place::new(&[("tide.sub", text)]);
    let planned = place.pelago(&["plan", "tide.sub"]).with(0);
    assert!(planned.out.contains("main: ended after 1.0 s, tried again 1 time at most"), "{}", planned.out);
    assert!(
        planned.err.contains("note: a task that runs for 1.0 s is ended and has failed\n --> tide.sub:5:19"),
        "{}",
        planned.err
    );
    let ended = place.pelago(&["run", "tide.sub"]).with(1);
    assert!(ended.err.contains("ran longer than its walltime of 1.0 s"), "{}", ended.err);
    assert_eq!(ended.err.matches("retrying: ").count(), 1, "{}", ended.err);
}

#[test]
fn a_limit_of_a_workflow_is_kept_and_the_greater_priority_comes_first() {
    let place = Place::new(&[(
        "one.sub",
        "executable = /bin/sh\narguments = \"-c 'echo $(JOB) >> order; sleep 0.05'\"\n\
                                           should_transfer_files = NO\noutput = /dev/null\nqueue\n",
    )]);
    let nodes = |name: &str| format!("JOB {name} one.sub\nCATEGORY {name} few\n");
    place.write("few.dag", &format!("{}{}{}MAXJOBS few 1\nPRIORITY C 2\n", nodes("A"), nodes("B"), nodes("C")));
    place.pelago(&["run", "few.dag"]).with(0).saying("3 tasks");
    assert_eq!(place.read("order"), "C\nA\nB\n");
}

#[test]
fn six_hundred_tasks_are_one_index_space() {
    let place = Place::new(&[("many.sub", "executable = /bin/true\nqueue 600\n")]);
    place.pelago(&["plan", "many.sub"]).with(0);
    place.pelago(&["run", "many.sub"]).with(0).saying("600 ran");
    place.pelago(&["run", "many.sub"]).with(0).saying("all 600 tasks are proved");
    place.write("huge.sub", "executable = /bin/true\nqueue 1000000\n");
    let ended = place.pelago(&["plan", "--json", "huge.sub"]).with(0);
    assert_eq!(ended.json()["tasks"], 1_000_000);
}

#[test]
fn a_requirement_is_refused_with_its_condition() {
    let text = "executable = /bin/true\nrequirements = Memory >= 1 && (Arch == \"VAX\") && HasPool\nqueue\n";
    let place = Place::new(&[("vax.sub", text)]);
    let ended = place.pelago(&["run", "vax.sub"]).with(4).saying("`Arch == \"VAX\"` is not true here");
    let ended = ended.saying("this machine has Arch = ").saying("`HasPool` is undefined here");
    assert!(!ended.err.contains("`Memory"), "{}", ended.err);
}

#[test]
fn copies_of_one_program_write_one_stream() {
    let text = "& (executable = /bin/sh) (arguments = \"-c\" \"echo $WAVE\") (count = 3) (jobType = multiple)\
                (environment = (WAVE high)) (stdout = waves.txt) (maxWallTime = 5)";
    let place = Place::new(&[("waves.rsl", text)]);
    place.pelago(&["run", "waves.rsl"]).with(0);
    assert_eq!(place.read("waves.txt"), "high\nhigh\nhigh\n");
}

#[test]
fn a_sandbox_brings_what_is_there() {
    let text = r#"[ Executable = "go.sh"; Arguments = "a b"; StdOutput = "said"; StdError = "err";
  InputSandbox = { "go.sh" }; OutputSandbox = { "said", "err", "made", "never" }; ]"#;
    let place = Place::new(&[("job.jdl", text), ("go.sh", "#!/bin/sh\necho \"$2 $1\"\necho x > made\n")]);
    place.pelago(&["run", "job.jdl"]).with(0);
    assert_eq!((place.read("said").as_str(), place.read("made").as_str()), ("b a\n", "x\n"));
}

#[test]
fn an_application_has_its_program_from_the_table() {
    let text =
        JSDL.replace("<p:POSIXApplication>", "<j:ApplicationName>Tides</j:ApplicationName>\n<p:POSIXApplication>");
    let text =
        text.replace("<p:Executable>/bin/sh</p:Executable>", "").replace("CPUS", "1").replace("SOURCE", "sea.txt");
    let place = Place::new(&[("tide.jsdl", &text), ("in.txt", ""), ("sea.txt", "1\n")]);
    place.pelago(&["run", "tide.jsdl"]).with(4).saying("the application `Tides` is not known here");
    let table = "[[application]]\nname = \"tide\"\ncommand = \"/bin/false\"\n";
    place.write("applications.toml", table);
    place.pelago(&["run", "tide.jsdl"]).with(4).saying("did you mean `tide`?");
    let table = "[[application]]\nname = \"Tides\"\ncommand = \"/bin/sh\"\nenvironment = { MOON = \"new\" }\n";
    place.write("applications.toml", table);
    place.pelago(&["run", "tide.jsdl"]).with(0);
    assert_eq!(place.read("results/lines.txt"), "1\n");
    let ended = place.pelago(&["plan", "--ground", "tide.jsdl"]).with(0);
    assert!(ended.out.contains("/bin/sh</") && !ended.out.contains("Tides"), "{}", ended.out);
    place.write("applications.toml", "[[application]]\nname = 3\n");
    place.pelago(&["run", "tide.jsdl"]).with(2).saying("applications.toml cannot be read");
}

#[test]
fn a_dag_runs_its_nodes_scripts_and_final_node() {
    let place = Place::new(&[
        (
            "tides.dag",
            "JOB ebb step.sub\nJOB flood step.sub DIR sub\nFINAL slack end.sub\nVARS ebb who=\"e\" code=\"7\"\n\
             VARS flood who=\"f\"\nPARENT ebb CHILD flood\nSCRIPT PRE ebb pre.sh $JOB\nSCRIPT POST ebb post.sh $JOB $RETURN\n",
        ),
        (
            "step.sub",
            "executable = /bin/sh\narguments = \"-c 'echo $(who); echo new > made.$(who); exit $(code:0)'\"\noutput = out.$(who)\nqueue\n",
        ),
        ("end.sub", "executable = /bin/echo\narguments = over\noutput = last\nqueue\n"),
        ("pre.sh", "#!/bin/sh\necho \"pre $1\" >> trace\n"),
        ("post.sh", "#!/bin/sh\necho \"post $1 $2\" >> trace\n"),
    ]);
    std::fs::create_dir(place.at("sub")).unwrap();
    std::fs::copy(place.at("step.sub"), place.at("sub/step.sub")).unwrap();
    ["pre.sh", "post.sh"].iter().for_each(|script| make_executable(&place, script));
    place.pelago(&["run", "tides.dag"]).with(0);
    assert_eq!(place.read("trace"), "pre ebb\npost ebb 7\n");
    assert_eq!((place.read("sub/out.f").as_str(), place.read("last").as_str()), ("f\n", "over\n"));
    assert_eq!(place.read("sub/made.f"), "new\n", "every new file comes home");
    place.pelago(&["run", "tides.dag"]).with(0).saying("nothing to do");
    // Without the script the exit code decides, and nothing behind it runs but the final node.
    place.write("tides.dag", &place.read("tides.dag").replace("SCRIPT POST ebb post.sh $JOB $RETURN\n", ""));
    place.remove("last");
    place.pelago(&["run", "tides.dag"]).with(1).saying("exit code 7");
    assert_eq!(place.read("last"), "over\n");
    // What is wrong in a file that the workflow names is shown there.
    place.write("end.sub", "executable = /bin/echo\nqueue nonsense (\n");
    place.pelago(&["run", "tides.dag"]).with(2).saying("end.sub");
}

#[test]
fn a_node_may_end_the_whole_dag() {
    let node = |name: &str, line: &str| {
        format!(
            "JOB {name} @=end\n executable = /bin/sh\n arguments = \"-c '{line}'\"\n should_transfer_files = NO\n@end\n"
        )
    };
    let dag = [
        node("ebb", "sleep 0.2; exit 7"),
        node("flood", "echo $$ > pid; sleep 60"),
        node("moon", "echo moon > moon"),
        node("slack", "echo over > over"),
    ]
    .concat()
    .replace("JOB slack", "FINAL slack");
    let dag = format!("{dag}PARENT flood CHILD moon\nRETRY ebb 3\nABORT-DAG-ON ebb 7 RETURN 2\n");
    let place = Place::new(&[("tides.dag", &dag)]);
    let ended = place.pelago(&["run", "--slots", "2", "tides.dag"]).with(1);
    assert!(ended.err.contains("note: the exit code is 1 as after every failure"), "{}", ended.err);
    assert_eq!(place.read("over"), "over\n");
    assert!(!place.at("moon").exists() && !ended.err.contains("retrying"), "{}", ended.err);
    let why = place.pelago(&["why", "1"]).with(0);
    assert!(why.out.contains("moon goes no further: a task of ebb has ended the job"), "{}", why.out);
    place.write("tides.dag", &dag.replace("RETURN 2", "RETURN 0"));
    place.pelago(&["run", "tides.dag"]).with(4).saying("ABORT-DAG-ON is to end the DAG as a success");
}

#[test]
fn scripts_hear_how_often_a_node_was_tried_and_how_the_dag_went() {
    let dag = "JOB ebb ebb.sub\nRETRY ebb 2\nSCRIPT PRE ebb say.sh pre $NODE $RETRY $MAX_RETRIES\n\
               SCRIPT POST ebb say.sh post $RETURN $SUCCESS $PRE_SCRIPT_RETURN $RETRY\n\
               FINAL slack slack.sub\nSCRIPT POST slack say.sh final $DAG_STATUS $FAILED_COUNT $PRE_SCRIPT_RETURN\n";
    let place = Place::new(&[
        ("tides.dag", dag),
        ("ebb.sub", "executable = /bin/sh\narguments = \"-c 'exit 3'\"\noutput = ebb.out\nqueue\n"),
        ("slack.sub", "executable = /bin/true\noutput = slack.out\nqueue\n"),
        // It ends well for all but the first two ends of the node.
        ("say.sh", "#!/bin/sh\necho \"$*\" >> said\n[ \"$1\" != post ] || [ \"$5\" = 2 ]\n"),
    ]);
    make_executable(&place, "say.sh");
    place.pelago(&["run", "tides.dag"]).with(0);
    let tries = ["0", "1", "2"].map(|n| format!("pre ebb {n} 2\npost 3 False 0 {n}\n")).concat();
    assert_eq!(place.read("said"), format!("{tries}final 0 0 -1004\n"));
    place.write("say.sh", "#!/bin/sh\necho \"$*\" >> said\n[ \"$1\" != post ]\n");
    place.write("said", "");
    std::fs::remove_dir_all(place.at(".pelago")).unwrap();
    place.pelago(&["run", "tides.dag"]).with(1);
    assert_eq!(place.read("said"), format!("{tries}final 2 1 -1004\n"));
}

#[test]
fn a_refusal_of_a_workflow_names_the_line_of_its_node() {
    let place = Place::new(&[
        ("bay.dag", "JOB first good.sub\nSPLICE inner inner.dag\nJOB last vax.sub\n"),
        ("inner.dag", "JOB x good.sub\nJOB y vax.sub\n"),
        ("good.sub", "executable = /bin/true\nqueue\n"),
        ("vax.sub", "executable = /bin/true\nrequirements = Arch == \"VAX\"\nqueue\n"),
    ]);
    let ended = place.pelago(&["run", "bay.dag"]).with(4).saying("bay.dag:2:8").saying("bay.dag:3:5");
    assert!(!ended.err.contains("bay.dag:1:"), "{}", ended.err);
}

#[test]
fn scripts_of_a_noop_node_run_and_those_of_a_done_node_do_not() {
    let place = Place::new(&[
        (
            "idle.dag",
            "JOB still missing.sub NOOP\nJOB over missing.sub DONE\nJOB inline {\n executable = /bin/false\n queue 3\n} NOOP\n\
             SCRIPT PRE still note.sh pre $JOB\nSCRIPT POST still note.sh post $RETURN\nSCRIPT PRE over note.sh never\n\
             PARENT still CHILD over inline\n",
        ),
        ("note.sh", "#!/bin/sh\necho \"$*\" >> trace\n"),
    ]);
    make_executable(&place, "note.sh");
    place.pelago(&["run", "idle.dag"]).with(0);
    assert_eq!(place.read("trace"), "pre still\npost 0\n");
}

#[test]
fn a_translation_says_what_is_lost_and_strictly_nothing_then() {
    let text = "executable = /bin/echo\narguments = high water\nlog = tide.log\nrank = KFlops\nqueue\n";
    let place = Place::new(&[("tide.sub", text), ("plain.sub", "executable = /bin/echo\narguments = ebb\nqueue\n")]);
    let ended = place.pelago(&["translate", "tide.sub", "--to", "jsdl"]).with(0);
    let ended = ended.saying("tide.sub: as jsdl, 2 parts lost").saying("line 3").saying("line 4");
    assert!(ended.out.starts_with("<?xml") && ended.out.contains(">/bin/echo</"), "{}", ended.out);
    let ended = place.pelago(&["translate", "tide.sub", "--to", "jsdl", "--strict"]).with(4).saying("`tide.log`");
    assert_eq!(ended.out, "", "a document that lacks something is not printed");
    let ended = place.pelago(&["translate", "plain.sub", "--to", "jsdl", "--strict"]).with(0);
    assert!(ended.err.is_empty() && ended.out.contains(">ebb</"), "{}{}", ended.err, ended.out);
    // The same as JSON, with nothing on standard error.
    let ended = place.pelago(&["translate", "tide.sub", "--to", "jsdl", "--json"]).with(0);
    let json = ended.json();
    assert!(ended.err.is_empty() && json["text"].as_str().is_some_and(|text| text.starts_with("<?xml")), "{json}");
    assert_eq!((json["language"].as_str(), json["losses"].as_array().map(Vec::len)), (Some("jsdl"), Some(2)));
    let json = place.pelago(&["translate", "tide.sub", "--to", "jsdl", "--json", "--strict"]).with(4).json();
    assert!(json["text"].is_null() && json["losses"][0]["line"].is_u64(), "{json}");
    place.pelago(&["translate", "tide.sub", "--to", "jsld"]).with(2).saying("did you mean `jsdl`?");
    place.write("tide.sub", "executable = /bin/echo\nqueue nonsense (\n");
    let ended = place.pelago(&["translate", "tide.sub", "--to", "jsdl"]).with(2).saying("tide.sub:2:");
    assert_eq!(ended.out, "");
}

#[test]
fn all_languages_are_listed() {
    let place = Place::new(&[]);
    let listed = place.pelago(&["check", "--languages"]).with(0).out;
    let json = place.pelago(&["check", "--languages", "--json"]).with(0).json();
    let names: Vec<&str> = json["languages"].as_array().unwrap().iter().filter_map(|l| l["name"].as_str()).collect();
    assert_eq!(names.len(), 20, "{json}");
    let lines: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.iter().all(|name| lines.contains(name)), "{listed}");
    // Each is a name that `--language` takes.
    place.write("empty", "");
    for name in names {
        let ended = place.pelago(&["check", "--language", name, "empty"]);
        assert!(!ended.err.contains("no language"), "{name}: {}", ended.err);
    }
}

#[test]
fn batch_scripts_run_where_they_are_with_their_variables() {
    let script = "#!/bin/sh\n#SBATCH --job-name=spring\n#SBATCH --array=1-5:2\n#SBATCH --output=log.%a\n#SBATCH --time=1\n\
                  echo \"$SLURM_ARRAY_TASK_ID $SLURM_JOB_NAME\"\ncat beside\n";
    let place = Place::new(&[("spring.sh", script), ("beside", "found\n")]);
    place.pelago(&["run", "spring.sh"]).with(0).saying("3 tasks");
    assert_eq!(place.read("log.3"), "3 spring\nfound\n");
    place.write("neap.sh", "#!/bin/sh\n#SBATCH --partition=short\ntrue\n");
    place.pelago(&["run", "neap.sh"]).with(4).saying("the queue or partition `short` is asked for");
}

#[test]
fn what_a_failed_job_printed_comes_home_where_its_language_says_so() {
    let place = Place::new(&[
        (
            "fail.sub",
            "executable = /bin/sh\narguments = \"-c 'echo said; echo bad >&2; echo x > made; exit 3'\"\n\
             output = out.sub\nerror = err.sub\nqueue\n",
        ),
        ("fail.rsl", "& (executable = /bin/sh) (arguments = \"-c\" \"echo said; exit 3\") (stdout = out.rsl)"),
    ]);
    place.pelago(&["run", "fail.sub"]).with(1).saying("exit code 3");
    assert_eq!((place.read("out.sub"), place.read("err.sub")), ("said\n".into(), "bad\n".into()));
    assert_eq!(place.read("made"), "x\n", "ON_EXIT is not ON_SUCCESS");
    place.pelago(&["run", "fail.rsl"]).with(1);
    assert_eq!(place.read("out.rsl"), "said\n");
    // What has come home is replaced by the next run without a copy of it.
    place.write("fail.rsl", &place.read("fail.rsl").replace("echo said; exit 3", "echo better"));
    place.pelago(&["run", "fail.rsl"]).with(0);
    assert_eq!(place.read("out.rsl"), "better\n");
    place.remove("made");
    place.remove("out.sub");
    place.write("fail.sub", &format!("when_to_transfer_output = ON_SUCCESS\n{}", place.read("fail.sub")));
    place.pelago(&["run", "fail.sub"]).with(1);
    assert!(!place.at("made").exists() && place.read("out.sub") == "said\n");
}

#[test]
fn a_script_before_a_node_skips_it() {
    let place = Place::new(&[
        (
            "tides.dag",
            "JOB ebb step.sub\nJOB flood step.sub\nVARS ebb who=\"e\"\nVARS flood who=\"f\"\nPARENT ebb CHILD flood\n\
             SCRIPT PRE ebb pre.sh 5\nSCRIPT PRE flood pre.sh 0\nSCRIPT POST ebb pre.sh 1\nPRE_SKIP ebb 5\n",
        ),
        ("step.sub", "executable = /bin/echo\narguments = $(who)\noutput = out.$(who)\nqueue\n"),
        ("pre.sh", "#!/bin/sh\nexit $1\n"),
    ]);
    make_executable(&place, "pre.sh");
    // Neither the job nor the script after it runs, and what waits for the node goes on.
    place.pelago(&["run", "tides.dag"]).with(0);
    assert!(!place.at("out.e").exists() && place.read("out.f") == "f\n");
    place.write("tides.dag", &place.read("tides.dag").replace("PRE_SKIP ebb 5", "PRE_SKIP ebb 6"));
    place.pelago(&["run", "tides.dag"]).with(1).saying("exit code 5");
}

#[test]
fn a_container_that_nothing_can_run_is_refused_by_name() {
    let task = r#"{ "executors": [ { "image": "alpine", "command": [ "true" ], "stdout": "/data/said" } ] }"#;
    let place = Place::new(&[("task.json", task)]);
    place.write("docker", "#!/bin/sh\necho 'Cannot connect to the daemon' >&2\nexit 1\n");
    make_executable(&place, "docker");
    let path = std::env::var("PATH").unwrap_or_default();
    let runs = ["podman", "apptainer", "singularity"];
    let without = |directory: &&str| !runs.iter().any(|name| std::path::Path::new(directory).join(name).exists());
    // A directory of programs without those that run containers.
    let bin = place.at("bin");
    fs::create_dir(&bin).unwrap();
    for name in ["timeout", "sh"] {
        let found = path.split(':').map(|d| std::path::Path::new(d).join(name)).find(|p| p.exists());
        std::os::unix::fs::symlink(found.unwrap(), bin.join(name)).unwrap();
    }
    fs::rename(place.at("docker"), bin.join("docker")).unwrap();
    let rest: Vec<&str> = path.split(':').filter(without).collect();
    let path = format!("{}:{}", bin.display(), rest.join(":"));
    let output = place.command(&["run", "task.json"]).env("PATH", path).output().unwrap();
    let ended = place::Ended::of(&output).with(4);
    let ended = ended.saying("docker: Cannot connect to the daemon").saying("podman: not in PATH");
    ended.saying("apt-get install podman");
}
